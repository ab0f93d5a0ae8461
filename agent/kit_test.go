package agent

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/goleak"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp keeps one goroutine for the Date header as long as the process lives.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		// The cleaner of a stopped server's idle workers notices it at the end of a sleep of 10 s.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

const (
	testIssuer = "https://crm.example"
	testOrigin = "https://crm.example:8443"
)

// exchange is a backend that welcomes everybody and notes what it hears.
type exchange struct {
	hub *Hub

	mu       sync.Mutex
	heard    []string
	requests []Ref
	changed  chan struct{} // closed and made anew with each thing heard
	silent   bool          // does not answer requests
	login    func(Ref)     // instead of a plain welcome
}

func (e *exchange) note(format string, args ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, fmt.Sprintf(format, args...))
	close(e.changed)
	e.changed = make(chan struct{})
}

func (e *exchange) Login(ref Ref, who protocol.Identity, hello protocol.Hello) {
	e.note("login %s", ref.Agent)
	if hello.Token != "" || hello.Session != "" {
		e.note("a secret reached the backend")
	}
	if e.login != nil {
		e.login(ref)
		return
	}
	e.hub.SendAgent(ref.Agent, protocol.Agent{ID: ref.Agent, Name: who.Name, State: protocol.Away})
	e.hub.Welcome(ref)
}

func (e *exchange) Request(ref Ref, req protocol.Request) {
	e.note("%s %d", req.Type(), req.RequestID())
	e.mu.Lock()
	e.requests = append(e.requests, ref)
	silent := e.silent
	e.mu.Unlock()
	if !silent {
		e.hub.Reply(ref, protocol.Ok(0))
	}
}

func (e *exchange) Renewed(agent string, _ protocol.Identity) { e.note("renewed %s", agent) }
func (e *exchange) Beat(agent string)                         { e.note("beat %s", agent) }
func (e *exchange) Detached(agent string)                     { e.note("detached %s", agent) }
func (e *exchange) LoggedOut(agent string)                    { e.note("logged out %s", agent) }

// times is how often something was heard.
func (e *exchange) times(what string) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, h := range e.heard {
		if h == what {
			n++
		}
	}
	return n
}

// all is everything that was heard, a line each.
func (e *exchange) all() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.heard, "\n")
}

// await waits until something was heard n times.
func (e *exchange) await(t testing.TB, what string, n int) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for {
		e.mu.Lock()
		changed := e.changed
		e.mu.Unlock()
		if e.times(what) >= n {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("heard %q %d times, want %d; all: %q", what, e.times(what), n, e.all())
		}
	}
}

// counts are what Config.Count was told.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counts) add(name, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[name+" "+reason]++
}

func (c *counts) of(name, reason string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name+" "+reason]
}

func (c *counts) all() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprint(c.n)
}

// logBuffer collects the log of a test.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// site is a hub on a real loopback socket, with everything around it.
type site struct {
	*Hub
	t      testing.TB
	back   *exchange
	issuer *agenttest.Issuer
	counts *counts
	log    *logBuffer
	url    string
}

// config is one that starts.
func config(t testing.TB, issuer *agenttest.Issuer) Config {
	t.Helper()
	key, err := PublicKey(issuer.Name, issuer.KID, issuer.Public())
	if err != nil {
		t.Fatal(err)
	}
	return Config{Backend: &exchange{changed: make(chan struct{})}, Origins: []string{testOrigin}, Keys: []Key{key}}
}

// newHub is a hub that nobody serves.
func newHub(t testing.TB, change ...func(*Config)) *site {
	t.Helper()
	s := &site{t: t, issuer: agenttest.NewIssuer(t, testIssuer), counts: &counts{}, log: &logBuffer{}}
	cfg := config(t, s.issuer)
	cfg.Count = s.counts.add
	cfg.Log = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, c := range change {
		c(&cfg)
	}
	hub, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.Hub, s.back = hub, cfg.Backend.(*exchange)
	s.back.hub = hub
	return s
}

// serve is a hub that is served on loopback until the test ends.
func serve(t testing.TB, change ...func(*Config)) *site {
	t.Helper()
	s := newHub(t, change...)
	app := fiber.New(Settings())
	s.Mount(app)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "ws://" + listener.Addr().String() + "/agent"
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := app.Shutdown(); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("listener: %v", err)
		}
		if n := s.counts.of(CountedPanic, "backend") + s.counts.of(CountedPanic, "reader") + s.counts.of(CountedPanic, "writer"); n > 0 {
			t.Errorf("%d panics: %s", n, s.log)
		}
		if strings.Contains(s.back.all(), "secret") {
			t.Error("a secret reached the backend")
		}
	})
	return s
}

// dial opens a socket as our page does.
func (s *site) dial() *agenttest.Client { return agenttest.Dial(s.t, s.url, testOrigin) }

// login opens a socket and logs an agent in.
func (s *site) login(agent string) (*agenttest.Client, protocol.Welcome) {
	s.t.Helper()
	c := s.dial()
	return c, c.Hello(s.issuer.Token(agent), "")
}

// eventually waits for what comes without an event of its own.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func request(kind string, id int64, call string) any {
	return map[string]any{"type": kind, "id": id, "call": call}
}
