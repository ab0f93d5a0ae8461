package harness

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"offhook/agent/protocol"
	"offhook/internal/load"
)

// Secret signs the agents' tokens; SecretVariable is the environment variable in which each offhook gets it.
const (
	Secret         = "tests on loopback have nothing to hide"
	SecretVariable = "OFFHOOK_TOKEN_SECRET"
)

// Build builds offhook into a file.
func Build(to string, flags ...string) error {
	args := append([]string{"build", "-o", to}, flags...)
	if out, err := exec.Command("go", append(args, "offhook/cmd/offhook")...).CombinedOutput(); err != nil {
		return fmt.Errorf("building offhook: %w\n%s", err, out)
	}
	return nil
}

// Launch says how an offhook is started and where it will be found.
type Launch struct {
	// Program is the file; Args follow it.
	Program string
	Args    []string
	// HTTP and Admin are host and port of its listeners; Admin may be empty. SIP is the first address of its SIP listeners.
	HTTP, Admin string
	SIP         netip.AddrPort
	// Origin is what pages send, "" for HTTP's own; Issuer signs the tokens.
	Origin, Issuer string
	// Queues are those that agents serve; Serves those of one agent, by name, instead.
	Queues []string
	Serves map[string][]string
	// Dial are the patterns that agents may call (see the token's claim).
	Dial []string
}

// A Server is a running offhook.
type Server struct {
	*Process
	Launch
	killed bool
}

// StartServer starts offhook and waits until it is ready. At the test's end it gets two signals, the second ending what still drains, and
// must end well: another exit code than 0, an end of its own accord and a panic fail the test. So does, before that, a figure of what must never happen.
func StartServer(t testing.TB, launch Launch) *Server {
	t.Helper()
	if launch.Origin == "" {
		launch.Origin = "http://" + launch.HTTP
	}
	cmd := exec.Command(launch.Program, launch.Args...)
	cmd.Env = append(os.Environ(), SecretVariable+"="+Secret, "GORACE=halt_on_error=1 atexit_sleep_ms=0")
	s := &Server{Process: Start(t, cmd), Launch: launch}
	s.name = "offhook"
	t.Cleanup(s.end)
	s.ready()
	return s
}

// ready waits until the server answers.
func (s *Server) ready() {
	s.t.Helper()
	ctx := Patiently(s.t)
	for !s.Ready(ctx) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-s.ended:
			s.t.Fatalf("offhook ended: %v\n%s", s.cmd.ProcessState, s.Log)
		case <-ctx.Done():
			s.t.Fatalf("offhook is not ready\n%s", s.Log)
		}
	}
}

// Ready asks the server whether it is.
func (s *Server) Ready(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.HTTP+"/readyz", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// Kill ends the server without a word; the test goes on.
func (s *Server) Kill() {
	s.killed = true
	s.Process.Kill()
}

// Drain asks the server to end when its last call has.
func (s *Server) Drain() {
	s.killed = true // it may end of its own accord from here on
	s.Signal(syscall.SIGTERM)
}

// end asks the server to end, and again after two seconds, which ends draining, and checks that it ended well.
func (s *Server) end() {
	early := false
	select {
	case <-s.ended:
		early = !s.killed
	default:
		s.faultless()
	}
	s.Signal(syscall.SIGTERM)
	again := time.AfterFunc(2*time.Second, func() { s.Signal(syscall.SIGTERM) })
	defer again.Stop()
	select {
	case <-s.ended:
	case <-time.After(Patience):
		s.t.Errorf("offhook did not end within %v of two SIGTERM", Patience)
		s.Process.Kill()
	}
	if code := s.cmd.ProcessState.ExitCode(); early || code != 0 && !s.killed {
		s.t.Errorf("offhook ended early: %v, exit code %d", early, code)
	}
	if strings.Contains(s.Log.String(), "panic") {
		s.t.Errorf("offhook's log tells of a panic:\n%s", s.Log)
	}
}

// neverHappen are the figures of which docs/metrics.md says that every series reads zero.
var neverHappen = regexp.MustCompile(`(?m)^offhook_(?:faults|queue_repairs)_total\{.*\} (.*)$`)

// faultless fails the test if the server has counted what must never happen.
func (s *Server) faultless() {
	if s.Admin == "" || s.killed {
		return
	}
	series := neverHappen.FindAllStringSubmatch(s.Metrics(), -1)
	if len(series) == 0 {
		s.t.Errorf("the metrics have no figures like %s", neverHappen)
	}
	for _, line := range series {
		if line[1] != "0" {
			s.t.Errorf("offhook counts what must never happen: %s", line[0])
		}
	}
}

// Token is a fresh token of an agent, who serves the queues of the launch and may call what its Dial says.
func (s *Server) Token(agent string) (string, error) {
	now, queues := time.Now(), map[string]int{}
	served := s.Queues
	if own := s.Serves[agent]; own != nil {
		served = own
	}
	for _, q := range served {
		queues[q] = 1
	}
	claims := jwt.MapClaims{
		"iss": s.Issuer, "aud": "offhook", "sub": agent, "name": "Agent " + agent, "roles": []string{"agent"},
		"queues": queues, "iat": now.Unix(), "exp": now.Add(15 * time.Minute).Unix(),
	}
	if len(s.Dial) > 0 {
		claims["dial"] = s.Dial
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(Secret))
}

// NewAgent logs an agent in until the test's end: available, and one who accepts calls when their media is up, unless configure says otherwise. configure may
// be nil.
func (s *Server) NewAgent(name string, configure func(*load.AgentConfig)) *Agent {
	s.t.Helper()
	a := &Agent{t: s.t, ears: map[string]*load.Ear{}}
	config := load.AgentConfig{
		Name: name, URL: "ws://" + s.HTTP + "/agent", Origin: s.Origin, State: protocol.Available, WhenUp: true, Events: a.Journal.Add,
		Token: func(context.Context) (string, error) { return s.Token(name) },
		Speak: func(string) load.Source { return load.Sine(AgentTone, -10) },
		Heard: a.hear,
	}
	if configure != nil {
		configure(&config)
	}
	var err error
	if a.Agent, err = load.StartAgent(Patiently(s.t), config); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(a.Close)
	return a
}

// NewCaller opens a SIP phone until the test's end, on Loopback and any port.
func (s *Server) NewCaller(pacer *load.Pacer, events func(load.Event)) *load.Caller {
	s.t.Helper()
	caller, err := load.NewCaller(load.CallerConfig{Name: "mara", Addr: Loopback, Pacer: pacer, Events: events})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = caller.Close() })
	return caller
}

// URI is how a number is called.
func (s *Server) URI(number string) string { return "sip:" + number + "@" + s.SIP.String() }

// Metrics is the admin listener's page.
func (s *Server) Metrics() string {
	s.t.Helper()
	client := http.Client{Timeout: Patience}
	response, err := client.Get("http://" + s.Admin + "/metrics")
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

// NewPacer starts a pacer that is closed at the test's end.
func NewPacer(t testing.TB) *load.Pacer {
	pacer := load.NewPacer()
	t.Cleanup(pacer.Close)
	return pacer
}
