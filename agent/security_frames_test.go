package agent

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	ws "github.com/fasthttp/websocket"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

// rawFrame is a masked WebSocket frame with the zero mask, RFC 6455 §5.2.
func rawFrame(first byte, payload string) []byte {
	out := []byte{first}
	switch n := len(payload); {
	case n < 126:
		out = append(out, 0x80|byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(n))
	}
	return append(append(out, 0, 0, 0, 0), payload...)
}

const (
	fin          = 0x80
	continuation = 0x0
	text         = 0x1
	binaryFrame  = 0x2
	closing      = 0x8
	ping         = 0x9
	pong         = 0xa
)

// TestSecurityFrames (S7): what is not the protocol closes the socket with the code that says so, logged in or not, and nothing else happens.
func TestSecurityFrames(t *testing.T) {
	hangup := func(id int) string { return fmt.Sprintf(`{"type":"hangup","id":%d,"call":"c1"}`, id) }
	many := func(n int, frame []byte) []byte { return bytes.Repeat(frame, n) }
	rows := []struct {
		name string
		wire []byte
		code int
	}{
		{"binary", rawFrame(fin|binaryFrame, hangup(1)), 4400},
		{"not JSON", rawFrame(fin|text, "hello"), 4400},
		{"array", rawFrame(fin|text, "[]"), 4400},
		{"empty", rawFrame(fin|text, ""), 4400},
		{"bad UTF-8", rawFrame(fin|text, `{"type":"bye","id":1,"x":"`+"\xff"+`"}`), 4400},
		{"64 KiB and one byte", rawFrame(fin|text, strings.Repeat(" ", protocol.MaxFrame+1)), 4400},
		{"1 MiB", rawFrame(fin|text, strings.Repeat(" ", 1<<20)), 4400},
		{"announced 8 MiB, and 70 KB of it", append([]byte{fin | text, 0x80 | 127, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0}, make([]byte, 70<<10)...), 4400},
		{"64 KiB and one byte in two fragments", append(rawFrame(text, strings.Repeat(" ", 40<<10)), rawFrame(fin|continuation, strings.Repeat(" ", 24<<10+1))...), 4400},
		{"depth bomb", rawFrame(fin|text, strings.Repeat("[", 60000)), 4400},
		{"depth bomb inside", rawFrame(fin|text, `{"type":"bye","id":1,"x":`+strings.Repeat(`{"a":`, 12000)), 4400},
		{"announced 8 EiB", []byte{fin | text, 0x80 | 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, -1},
		{"announced with the sign bit", []byte{fin | text, 0x80 | 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, 1006},
		{"not masked", []byte{fin | text, 2, '{', '}'}, 1002},
		{"reserved bit", rawFrame(fin|0x40|text, "{}"), 1002},
		{"reserved opcode", rawFrame(fin|0x3, "{}"), 1002},
		{"continuation of nothing", rawFrame(fin|continuation, "{}"), 1002},
		{"text inside text", append(rawFrame(text, "{"), rawFrame(fin|text, "}")...), 1002},
		{"long ping", rawFrame(fin|ping, strings.Repeat("x", 126)), 1002},
		{"fragmented ping", rawFrame(ping, ""), 1002},
		{"close with bad UTF-8", rawFrame(fin|closing, "\x03\xe8\xff"), 1002},
		{"close with a code that may not be sent", rawFrame(fin|closing, "\x03\xed"), 1002},
		{"close as it should be", rawFrame(fin|closing, "\x03\xe8"), 1000},
		{"ping flood", many(200, rawFrame(fin|ping, "")), 4429},
		{"pong flood", many(200, rawFrame(fin|pong, "")), 4429},
	}
	s := serve(t, func(c *Config) { c.MaxWaiting = 1000 })
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			for _, loggedIn := range []bool{true, false} {
				c := agenttest.Dial(t, s.url, testOrigin)
				if loggedIn {
					c.Hello(s.issuer.Token("ana"), "")
				}
				if _, err := c.Conn().NetConn().Write(row.wire); err != nil {
					t.Fatal(err)
				}
				if row.code < 0 {
					c.Cut() // it waits for what will never come; messageTimeout ends that, see TestSecurityEndlessMessage
					continue
				}
				if code := c.Closed(); code != row.code {
					t.Errorf("logged in: %v: closed with %d, want %d", loggedIn, code, row.code)
				}
			}
		})
	}
	eventually(t, "all sockets are gone", func() bool { return s.Figures().Sockets == 0 })
	if n := s.back.times("hangup 1"); n != 0 {
		t.Error("something was done")
	}
}

// TestSecurityFragments: fragments and pings between them are put together, as RFC 6455 §5.4 wants.
func TestSecurityFragments(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	wire := rawFrame(text, `{"type":"hang`)
	wire = append(wire, rawFrame(fin|ping, "x")...)
	wire = append(wire, rawFrame(continuation, "")...)
	wire = append(wire, rawFrame(fin|continuation, `up","id":5,"call":"c1"}`)...)
	if _, err := c.Conn().NetConn().Write(wire); err != nil {
		t.Fatal(err)
	}
	if r := c.Reply(); r.ID != 5 || r.Type != "ok" {
		t.Errorf("reply %+v", r)
	}
}

// TestSecurityEndlessMessage: a frame that was begun has to come to its end in time, however busily it goes on.
func TestSecurityEndlessMessage(t *testing.T) {
	s := serve(t)
	s.messageIn = 100 * time.Millisecond
	c, _ := s.login("ana")
	wire := c.Conn().NetConn()
	_, err := wire.Write(rawFrame(text, "{"))
	for start := time.Now(); err == nil && time.Since(start) < 60*time.Second; time.Sleep(time.Millisecond) {
		_, err = wire.Write(rawFrame(continuation, ""))
	}
	if err == nil {
		t.Error("endless fragments were read for a minute")
	}
	s.back.await(t, "detached ana", 1)
}

// TestSecurityCompression: compression is not agreed on, since limits would count compressed bytes.
func TestSecurityCompression(t *testing.T) {
	s := serve(t)
	c := agenttest.DialWith(t, s.url, agenttest.Options{Origin: testOrigin, Subprotocol: protocol.Subprotocol,
		Header: map[string][]string{"Sec-WebSocket-Extensions": {"permessage-deflate; client_max_window_bits"}}})
	c.Hello(s.issuer.Token("ana"), "")
	if _, err := c.Conn().NetConn().Write(rawFrame(fin|0x40|text, "{}")); err != nil {
		t.Fatal(err)
	}
	if code := c.Closed(); code != ws.CloseProtocolError {
		t.Errorf("a compressed frame: closed with %d", code)
	}
}

// TestSecurityFirstFrame: what is not a hello closes the socket; nothing of it reaches the backend.
func TestSecurityFirstFrame(t *testing.T) {
	s := serve(t)
	for frame, code := range map[string]int{
		`{"type":"hangup","id":1,"call":"c1"}`:                                           4400,
		`{"type":"beat"}`:                                                                4400,
		`{"type":"levitate","id":1}`:                                                     4400,
		`{"type":"hello","id":1}`:                                                        4401, // without a token it cannot be a good one
		`{"type":"hello","id":1,"token":7,"client":"x"}`:                                 4401,
		`{"type":"hello","id":1,"token":"` + strings.Repeat("x", 9000) + `"}`:            4401,
		`{"type":"hello","id":1,"token":"a.b.c","client":"x","state":"on_call"}`:         4400,
		`{"type":"hello","id":1,"token":"a.b.c","client":"x","session":"a","Session":1}`: 4400,
	} {
		c := s.dial()
		c.Raw(frame)
		if got := c.Closed(); got != code {
			t.Errorf("%.60s: closed with %d, want %d", frame, got, code)
		}
	}
	if heard := s.back.all(); heard != "" {
		t.Errorf("the backend heard %q", heard)
	}
}

// TestSecurityNoHello: who says nothing is closed with 4408.
func TestSecurityNoHello(t *testing.T) {
	s := serve(t)
	s.helloIn = 400 * time.Millisecond
	if code := s.dial().Closed(); code != protocol.CloseNoHello {
		t.Errorf("closed with %d", code)
	}
	c, _ := s.login("ana")
	time.Sleep(2 * s.helloIn) // nothing happens then, which no event tells
	c.Send(request("hangup", c.NextID(), "c1"))
	if r := c.Reply(); r.Type != "ok" {
		t.Errorf("reply %+v", r)
	}
}

// TestSecurityWaiting: an address may have 20 sockets without a hello; those with one do not count.
func TestSecurityWaiting(t *testing.T) {
	s := serve(t)
	for i := range 25 {
		s.login(fmt.Sprint("agent", i))
	}
	var waiting []*agenttest.Client
	for range 20 {
		waiting = append(waiting, s.dial())
	}
	eventually(t, "20 wait", func() bool { return s.Figures().Waiting == 20 })
	try := func() int {
		conn, status, _ := agenttest.Try(s.url, agenttest.Options{Origin: testOrigin, Subprotocol: protocol.Subprotocol})
		if conn != nil {
			conn.Close()
		}
		return status
	}
	if status := try(); status != 429 {
		t.Errorf("the 21st: status %d", status)
	}
	waiting[0].Hello(s.issuer.Token("ana"), "")
	waiting[1].Cut()
	eventually(t, "18 wait", func() bool { return s.Figures().Waiting == 18 })
	if status := try(); status != 101 {
		t.Errorf("after a hello: status %d", status)
	}
}

// TestSecurityFull: there is a limit to all sockets together.
func TestSecurityFull(t *testing.T) {
	s := serve(t, func(c *Config) { c.MaxSockets = 2 })
	s.login("ana")
	s.login("ben")
	if _, status, _ := agenttest.Try(s.url, agenttest.Options{Origin: testOrigin, Subprotocol: protocol.Subprotocol}); status != 503 {
		t.Errorf("status %d", status)
	}
	if n := s.counts.of(CountedRefused, "full"); n != 1 {
		t.Errorf("%d counted", n)
	}
}

// TestSecurityRate: 100 requests at once are taken, what is above is refused, and who goes on is cut off.
func TestSecurityRate(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	var burst bytes.Buffer
	for id := 2; id < 2+1000; id++ {
		burst.Write(rawFrame(fin|text, fmt.Sprintf(`{"type":"hangup","id":%d,"call":"c1"}`, id)))
	}
	if _, err := c.Conn().NetConn().Write(burst.Bytes()); err != nil {
		t.Fatal(err)
	}
	if code := c.Closed(); code != protocol.CloseFlooding {
		t.Errorf("closed with %d", code)
	}
	done := 0
	for id := range 1002 {
		done += s.back.times(fmt.Sprintf("hangup %d", id))
	}
	if done < 100 || done > 200 {
		t.Errorf("%d requests were done", done)
	}
	if n := s.counts.of(CountedFrame, string(protocol.TooManyRequests)); n < 200 {
		t.Errorf("%d were refused", n)
	}
}

// TestSecurityResume (S4): a session secret opens nothing without a token of the same agent, is new with each welcome, and the one before is good
// only until the new one is in use. An unknown or spent one is no error: it begins a new session.
func TestSecurityResume(t *testing.T) {
	s := serve(t)
	c, w1 := s.login("ana")
	c.Send(request("hangup", 5, "c1"))
	c.Reply()
	hello := func(agent, session string) (*agenttest.Client, protocol.Welcome) {
		c := s.dial()
		return c, c.Hello(s.issuer.Token(agent), session)
	}
	if _, w := hello("eve", w1.Session); w.LastID != 0 || w.Agent.ID != "eve" || len(w.Calls) != 0 {
		t.Errorf("another agent's secret: %+v", w)
	}
	_, w2 := hello("ana", w1.Session)
	if w2.LastID != 5 || w2.Session == w1.Session {
		t.Errorf("resumed: %+v", w2)
	}
	// The welcome with w2 may have been lost, so w1 is still good; that makes w2 void, which nobody has used.
	c, w3 := hello("ana", w1.Session)
	if w3.LastID != 5 {
		t.Errorf("the one before, not yet replaced: %+v", w3)
	}
	c.Send(request("hangup", 6, "c1")) // w3 is in use
	c.Reply()
	spent := s.counts.of(CountedLogin, "spent")
	for _, session := range []string{w1.Session, w2.Session, "guess", strings.Repeat("A", 43)} {
		if _, w := hello("ana", session); w.LastID != 0 {
			t.Errorf("spent or unknown: %+v", w)
		}
	}
	if n := s.counts.of(CountedLogin, "spent") - spent; n != 4 {
		t.Errorf("%d spent ones were counted, want 4", n)
	}
	bad := s.dial()
	bad.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: "a.b.c", Client: "x", Session: w3.Session})
	if code := bad.Closed(); code != protocol.CloseToken {
		t.Errorf("a session without a token: closed with %d", code)
	}
	// Only hashes are kept.
	if strings.Contains(fmt.Sprintf("%+v", *s.known("ana").login), w3.Session) {
		t.Error("the secret is in memory")
	}
}

// TestSecurityPanic: a panic of the backend costs one message, and the client learns nothing of it.
func TestSecurityPanic(t *testing.T) {
	s := serve(t)
	calm := func(ref Ref) { s.Welcome(ref) }
	s.back.login = func(ref Ref) { s.back.login = calm; panic("canary") }
	c := s.dial()
	c.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: s.issuer.Token("ana"), Client: "x"})
	eventually(t, "the panic is counted", func() bool { return s.counts.of(CountedPanic, "backend") == 1 })
	c.Cut()
	s.login("ana")
	if !strings.Contains(s.log.String(), "canary") {
		t.Error("the panic is not in the log")
	}
	s.counts.mu.Lock()
	delete(s.counts.n, CountedPanic+" backend") // expected here
	s.counts.mu.Unlock()
}

// TestSecurityReaderPanic: a panic in a reader costs its socket. The client is not told of it, as the library would do, and the others go on.
func TestSecurityReaderPanic(t *testing.T) {
	var s *site
	s = serve(t, func(c *Config) {
		count := c.Count
		c.Count = func(name, reason string) {
			if count(name, reason); name == CountedFrame && reason == "unknown_type" {
				panic("canary")
			}
		}
	})
	other, _ := s.login("other")
	c, _ := s.login("ana")
	c.Raw(`{"type":"levitate","id":9}`)
	for {
		_, data, err := c.Conn().ReadMessage()
		if err != nil {
			break
		}
		if strings.Contains(string(data), "canary") {
			t.Errorf("the client got %s", data)
		}
	}
	s.back.await(t, "detached ana", 1)
	eventually(t, "the panic is counted", func() bool { return s.counts.of(CountedPanic, "reader") == 1 })
	other.Send(request("hangup", other.NextID(), "c1"))
	if r := other.Reply(); r.Type != "ok" {
		t.Errorf("reply %+v", r)
	}
	s.counts.mu.Lock()
	delete(s.counts.n, CountedPanic+" reader") // expected here
	s.counts.mu.Unlock()
}

// A page that logs in again and again is closed with 4429; it is not believed more than once a second, makes one line in the log, and another agent notices nothing.
func TestSecurityLogins(t *testing.T) {
	s := serve(t, func(c *Config) { c.MaxWaiting = 1000 })
	codes := map[int]int{}
	for range loginsBurst + 20 {
		c := s.dial()
		c.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: s.issuer.Token("ana"), Client: "x"})
		switch _, _, err := c.Conn().ReadMessage(); {
		case err == nil:
			codes[0]++
		case ws.IsCloseError(err, protocol.CloseFlooding):
			codes[protocol.CloseFlooding]++
		default:
			t.Fatal(err)
		}
	}
	if codes[0] < loginsBurst || codes[protocol.CloseFlooding] < 10 {
		t.Errorf("got %v", codes)
	}
	if n := s.counts.of(CountedToken, "rate"); n != codes[protocol.CloseFlooding] {
		t.Errorf("%d were counted, %v", n, codes)
	}
	if n := strings.Count(s.log.String(), "reason=rate"); n != 1 {
		t.Errorf("%d lines", n)
	}
	s.login("ben")
}

// Searches, each of which looks at every agent, have a rate of their own; other requests are taken all the same.
func TestSecuritySearches(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	refused := 0
	for range searchesBurst + 30 {
		c.Send(map[string]any{"type": "directory", "id": c.NextID(), "query": "a"})
		if r := c.Reply(); r.Code == protocol.TooManyRequests {
			refused++
		}
	}
	if refused == 0 || refused > 30 {
		t.Errorf("%d were refused", refused)
	}
	c.Send(request("hangup", c.NextID(), "c1"))
	if r := c.Reply(); r.Type != "ok" {
		t.Errorf("got %+v", r)
	}
}
