package agent

import (
	"bufio"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"

	"offhook/agent/protocol"
)

// TestMemoryPerAgent measures what an idle agent costs: 1,000 sockets on loopback, logged in. The client side is bare TCP connections, of about 1 KB each,
// which are counted in. Half of it is the request that fasthttp keeps as long as the socket. A buffer kept by mistake goes over the limit.
func TestMemoryPerAgent(t *testing.T) {
	const agents, limit = 1000, 40 << 10
	s := serve(t, func(c *Config) { c.MaxWaiting = agents })
	s.idleAgent(t, "first")
	before, goroutines := memory(), runtime.NumGoroutine()
	for i := range agents {
		s.idleAgent(t, fmt.Sprintf("agent-%04d", i))
	}
	eventually(t, "all are logged in", func() bool { f := s.Figures(); return f.Sockets == agents+1 && f.Waiting == 0 })
	each := (memory() - before) / agents
	t.Logf("%d bytes and %.1f goroutines for each of %d idle agents", each, float64(runtime.NumGoroutine()-goroutines)/agents, agents)
	if each > limit && !raceDetector {
		t.Errorf("%d bytes for each, limit %d", each, limit)
	}
}

func memory() int64 {
	for range 6 { // pools are emptied by the second, and a stack that checking a signature has grown is halved by each
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// idleAgent logs an agent in over a bare TCP connection and waits for the welcome.
func (s *site) idleAgent(t *testing.T, name string) {
	host := strings.TrimSuffix(strings.TrimPrefix(s.url, "ws://"), "/agent")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET /agent HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: %s\r\nCookie: a=%s\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/141\r\n\r\n",
		host, testOrigin, protocol.Subprotocol, strings.Repeat("c", 1000))
	in := bufio.NewReaderSize(conn, 4096)
	for line := ""; line != "\r\n"; { // a browser waits for the answer
		if line, err = in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	conn.Write(rawFrame(fin|text, fmt.Sprintf(`{"type":"hello","id":1,"client":"x","token":%q}`, s.issuer.Token(name))))
	for {
		line, err := in.ReadString('}')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "welcome") {
			return
		}
	}
}
