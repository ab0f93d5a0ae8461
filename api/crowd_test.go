package api

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// fakeListener gives the connections, and the errors, that it is told to give.
type fakeListener struct {
	net.Listener
	next chan any
}

func (l *fakeListener) Accept() (net.Conn, error) {
	switch next := (<-l.next).(type) {
	case net.Conn:
		return next, nil
	case error:
		return nil, next
	}
	return nil, net.ErrClosed
}

func (l *fakeListener) Close() error { close(l.next); return nil }

// fakeConn is a connection from an address.
type fakeConn struct {
	net.Conn
	from   string
	closed bool
}

func (c *fakeConn) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.from))
}
func (c *fakeConn) Close() error { c.closed = true; return nil }

// Connections are bounded, in all and for each address, and a place is free again once a connection is closed.
func TestSecurityConnectionsAreBounded(t *testing.T) {
	counts := map[string]int{}
	var log bytes.Buffer
	crowd := Crowd{
		All: 5, Each: 2, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Count: func(why string) { counts[why]++ }, Log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	inner := &fakeListener{next: make(chan any, 20)}
	l := crowd.bound(inner)
	comes := func(from string) *fakeConn {
		c := &fakeConn{from: from}
		inner.next <- c
		return c
	}
	taken := func(from string) net.Conn {
		t.Helper()
		c := comes(from)
		got, err := l.Accept()
		if err != nil || got.(*crowdConn).NetConn() != net.Conn(c) {
			t.Fatalf("%s: got %v, %v", from, got, err)
		}
		return got
	}
	first := taken("192.0.2.1:1")
	taken("[::ffff:192.0.2.1]:2")
	third := comes("192.0.2.1:3") // one too many of that address: the next is taken
	taken("[2001:db8:0:1::1]:1")
	taken("[2001:db8:0:1::2]:1")
	sixth := comes("[2001:db8:0:1:ffff::3]:1") // another address of the same /64
	taken("10.0.0.1:1")
	if !third.closed || !sixth.closed || counts[crowdAddress] != 2 {
		t.Errorf("closed %v %v, counted %v", third.closed, sixth.closed, counts)
	}

	late := comes("192.0.2.9:1") // the sixth in all
	_ = first.Close()            // too late for that one
	_ = first.Close()            // it counts once
	done := make(chan struct{})
	go func() { defer close(done); _, _ = l.Accept() }() // takes late: its place is that of first
	<-done
	if late.closed {
		t.Error("a place that was free was not given")
	}
	over := comes("192.0.2.10:1")
	inner.next <- net.ErrClosed
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) || !over.closed || counts[crowdFull] != 1 {
		t.Errorf("got %v, closed %v, counted %v", err, over.closed, counts)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines:\n%s", n, &log)
	}
}

// A proxy's connections are those of many.
func TestConnectionsOfAProxy(t *testing.T) {
	l := Crowd{Each: 1, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}.bound(nil).(*crowded)
	for range 3 {
		if why := l.enter(netip.MustParseAddr("10.0.0.1")); why != "" {
			t.Error(why)
		}
	}
}

// When the process has no files left, the server waits for some and does not end: its calls go on, and so does log-in once there are files again.
func TestFaultNoFilesLeft(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fails := &failing{Listener: tcp, err: &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}, times: 3}
	var mu sync.Mutex
	counted := 0
	l := Crowd{Count: func(string) { mu.Lock(); counted++; mu.Unlock() }}.bound(fails)
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/", func(c *fiber.Ctx) error { return c.SendString("here") })
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(l) }()
	conn, err := net.Dial("tcp", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	answer := make([]byte, 12)
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(answer); err != nil || string(answer) != "HTTP/1.1 200" {
		t.Errorf("got %q, %v", answer, err)
	}
	mu.Lock()
	if counted != 3 {
		t.Errorf("%d were counted", counted)
	}
	mu.Unlock()
	if err := app.Shutdown(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server ended: %v", err)
	}
}

// failing fails a few times before it accepts.
type failing struct {
	net.Listener
	err   error
	times int
}

func (f *failing) Accept() (net.Conn, error) {
	if f.times > 0 {
		f.times--
		return nil, f.err
	}
	return f.Listener.Accept()
}
