package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"offhook/agent/protocol"
	"offhook/internal/load"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// A server is a running offhook.
type server struct {
	t       *testing.T
	command *exec.Cmd
	log     *logbook
	ended   chan struct{} // closed when the program has ended

	sip   netip.AddrPort
	http  string // host and port
	admin string // host and port, "" for none
	url   string // of the page
}

// secret signs the agents' tokens.
var secret = []byte("end-to-end tests are no secret at all")

// configuration of startServer: one trunk on loopback, a queue that rings behind 100, one that answers at once with music behind 200.
const configuration = `
listen:
  http: 127.0.0.1:%[1]d
  sip: [127.0.0.1:%[2]d]
  admin: 127.0.0.1:%[3]d
media:
  browsers: [127.0.0.1:%[4]d]
  trunk: 127.0.0.1
  ports: %[5]s
trunks:
  - name: pbx
    networks: [127.0.0.0/8]
    media_networks: [127.0.0.0/8]
    codecs: [PCMA, PCMU]
routes:
  - called: "100"
    queue: support
  - called: "200"
    queue: music
queues:
  - name: support
    ring_for: 10s
    wrap_up: 2s
  - name: music
    answer: at_once
    wrap_up: 2s
agents:
  reject_delay: 1s
  tokens:
    - issuer: e2e
      algorithm: HS256
      secret: {env: OFFHOOK_E2E_SECRET}
origins: ["http://127.0.0.1:%[1]d"]
`

// ranges hands out ranges of RTP ports, so that servers may run beside each other.
var ranges atomic.Uint32

func freeRange() string {
	const width = 400
	first := 41000 + int(ranges.Add(1)-1)%20*width
	return fmt.Sprintf("%d-%d", first, first+width-1)
}

// startServer runs offhook serve until the test's end. edit may change the configuration; nil does not.
func startServer(t *testing.T, edit func(yaml string) string) *server {
	t.Helper()
	s := &server{t: t}
	httpPort, adminPort, sipPort, mediaPort := freeTCP(t), freeTCP(t), freeUDP(t), freeUDP(t)
	yaml := fmt.Sprintf(configuration, httpPort, sipPort, adminPort, mediaPort, freeRange())
	if edit != nil {
		yaml = edit(yaml)
	}
	file := filepath.Join(t.TempDir(), "offhook.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	s.sip = netip.AddrPortFrom(loopback, uint16(sipPort))
	s.http, s.admin = fmt.Sprintf("127.0.0.1:%d", httpPort), fmt.Sprintf("127.0.0.1:%d", adminPort)
	s.run("serve", "-config", file)
	return s
}

// demoNumber is what the demo's caller calls; any number does.
const demoNumber = "+493023125000"

// startDemo runs offhook demo until the test's end, without the built-in caller.
func startDemo(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, sip: netip.AddrPortFrom(loopback, uint16(freeUDP(t))), http: fmt.Sprintf("127.0.0.1:%d", freeTCP(t))}
	s.url = "http://" + s.http + "/demo/"
	first, _, _ := strings.Cut(freeRange(), "-")
	s.run("demo", "-softphone", "-http", s.http, "-sip", s.sip.String(), "-rtp", first)
	return s
}

func (s *server) run(args ...string) {
	s.t.Helper()
	s.log, s.ended = &logbook{}, make(chan struct{})
	s.command = exec.Command(program, args...)
	s.command.Env = append(os.Environ(), "OFFHOOK_E2E_SECRET="+string(secret), "GORACE=halt_on_error=1 atexit_sleep_ms=0")
	s.command.Stdout, s.command.Stderr = s.log, s.log
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		_ = s.command.Wait()
	}()
	s.t.Cleanup(s.stop)
	s.ready()
}

// ready waits until the server answers.
func (s *server) ready() {
	s.t.Helper()
	ctx := within(s.t, 20*time.Second)
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.http+"/readyz", nil)
		if err != nil {
			s.t.Fatal(err)
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-s.ended:
			s.t.Fatalf("offhook ended: %v", s.command.ProcessState)
		case <-ctx.Done():
			s.t.Fatal("offhook is not ready")
		}
	}
}

// stop asks the server to end, and again after three seconds, which ends draining, and checks that it ended well. A failed test shows its
// log.
func (s *server) stop() {
	early := false
	select {
	case <-s.ended:
		early = true
	default:
	}
	_ = s.command.Process.Signal(syscall.SIGTERM)
	again := time.AfterFunc(3*time.Second, func() { _ = s.command.Process.Signal(syscall.SIGTERM) })
	defer again.Stop()
	select {
	case <-s.ended:
	case <-time.After(10 * time.Second):
		s.t.Error("offhook did not end within 10 s of two SIGTERM")
		_ = s.command.Process.Kill()
		<-s.ended
	}
	if code := s.command.ProcessState.ExitCode(); early || code != 0 {
		s.t.Errorf("offhook ended early: %v, exit code %d", early, code)
	}
	if text := s.log.text(); s.t.Failed() || strings.Contains(text, "panic") {
		s.t.Logf("offhook's log:\n%s", text)
	}
}

// token is a fresh token of an agent.
func (s *server) token(agent string) (string, error) {
	now := time.Now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "e2e", "aud": "offhook", "sub": agent, "name": "Agent " + agent, "roles": []string{"agent"},
		"queues": map[string]int{"support": 1, "music": 1}, "iat": now.Unix(), "exp": now.Add(15 * time.Minute).Unix(),
	}).SignedString(secret)
}

// newAgent logs an agent in until the test's end: available, unless configure says otherwise.
func (s *server) newAgent(t *testing.T, name string, configure func(*load.AgentConfig)) *load.Agent {
	t.Helper()
	config := load.AgentConfig{
		Name: name, URL: "ws://" + s.http + "/agent", Origin: "http://" + s.http, State: protocol.Available,
		Token: func(context.Context) (string, error) { return s.token(name) },
	}
	configure(&config)
	agent, err := load.StartAgent(within(t, 15*time.Second), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(agent.Close)
	return agent
}

// newCaller opens a SIP phone until the test's end.
func (s *server) newCaller(t *testing.T, pacer *load.Pacer, events func(load.Event)) *load.Caller {
	t.Helper()
	caller, err := load.NewCaller(load.CallerConfig{Name: "mara", Addr: loopback, Pacer: pacer, Events: events})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caller.Close() })
	return caller
}

// uri is how a number is called.
func (s *server) uri(number string) string { return "sip:" + number + "@" + s.sip.String() }

// metrics is the admin listener's page.
func (s *server) metrics() string {
	s.t.Helper()
	response, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// A logbook keeps what a program writes.
type logbook struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

// Write keeps text.
func (l *logbook) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(text)
}

func (l *logbook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

func freeTCP(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
