package interop

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/load"
)

const (
	tokenSecret = "a secret that only these tests know"
	origin      = "https://crm.example.com"

	agentTone  = 620 // Hz, what agents say
	callerTone = 440 // Hz, what callers say
)

// A stage is Asterisk, a running offhook with the page's configuration, and a carrier that calls through both.
type stage struct {
	t       *testing.T
	file    string // offhook.yaml
	command *exec.Cmd
	ended   chan struct{}
	out     output
	logged  int // where Asterisk's log stood at the beginning

	pacer   *load.Pacer
	carrier *load.Caller
	calls   load.Journal // of the carrier
}

// newStage starts offhook, with the page's configuration but for what edit changes (nil: nothing), and waits until Asterisk has found out
// that it is there. Tests with a stage follow one another: the PBX calls one address.
func newStage(t *testing.T, edit func(yaml string) string) *stage {
	t.Helper()
	s := newOffhook(t, "asterisk.md", edit)
	var err error
	s.carrier, err = load.NewCaller(load.CallerConfig{
		Name: "carrier", Addr: netip.MustParseAddr(net0.fit("198.51.100.20")), Port: 5060, Pacer: s.pacer, Events: s.calls.Add,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.carrier.Close() })
	s.qualified()
	return s
}

// newOffhook starts offhook with the configuration of a page but for what edit changes (nil: nothing).
func newOffhook(t *testing.T, page string, edit func(yaml string) string) *stage {
	t.Helper()
	if pbx == nil {
		t.Skip("OFFHOOK_INTEROP is not set: make interop")
	}
	s := &stage{t: t, logged: len(pbx.log(0)), pacer: load.NewPacer()}
	t.Cleanup(s.pacer.Close)
	yaml := readPage(t, page).file(t, "offhook.yaml")
	if edit != nil {
		yaml = edit(yaml)
	}
	s.file = filepath.Join(t.TempDir(), "offhook.yaml")
	if err := os.WriteFile(s.file, []byte(net0.fit(yaml)), 0o600); err != nil {
		t.Fatal(err)
	}
	s.serve()
	t.Cleanup(s.tell)
	return s
}

// edited replaces a piece of the page's configuration, and fails the test if it is not there.
func edited(t *testing.T, old, new string) func(string) string {
	return func(yaml string) string {
		t.Helper()
		if strings.Count(yaml, old) != 1 {
			t.Fatalf("the page's offhook.yaml has %q %d times, want once", old, strings.Count(yaml, old))
		}
		return strings.Replace(yaml, old, new, 1)
	}
}

// serve runs offhook until the test's end.
func (s *stage) serve() {
	s.t.Helper()
	s.command, s.ended = exec.Command(program, "serve", "-config", s.file), make(chan struct{})
	s.command.Env = append(os.Environ(), "OFFHOOK_TOKEN_SECRET="+tokenSecret)
	s.command.Stdout, s.command.Stderr = &s.out, &s.out
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		_ = s.command.Wait()
	}()
	s.t.Cleanup(s.stop)
	ctx := within(s.t, 15*time.Second)
	for !s.healthy(ctx) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-s.ended:
			s.t.Fatalf("offhook ended: %v\n%s", s.command.ProcessState, s.out.text())
		case <-ctx.Done():
			s.t.Fatalf("offhook is not ready\n%s", s.out.text())
		}
	}
}

func (s *stage) http() string { return net0.fit("127.0.0.1:8080") }
func (s *stage) sip() string  { return net0.fit("192.0.2.5:5060") }

func (s *stage) healthy(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.http()+"/readyz", nil)
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

// qualified waits until Asterisk has asked offhook by OPTIONS, and is content with the answer.
func (s *stage) qualified() {
	s.t.Helper()
	ctx := within(s.t, 15*time.Second)
	pbx.cli(ctx, s.t, "pjsip qualify offhook")
	pbx.eventually(ctx, s.t, "pjsip show contacts", `offhook/\S+\s.*\bAvail\b`)
}

// stop ends offhook: two signals, so that it does not wait for calls.
func (s *stage) stop() {
	select {
	case <-s.ended:
		return
	default:
	}
	_ = s.command.Process.Signal(syscall.SIGTERM)
	again := time.AfterFunc(time.Second, func() { _ = s.command.Process.Signal(syscall.SIGTERM) })
	defer again.Stop()
	select {
	case <-s.ended:
	case <-time.After(10 * time.Second):
		s.t.Error("offhook did not end within 10 s of two SIGTERM")
		_ = s.command.Process.Kill()
		<-s.ended
	}
	if code := s.command.ProcessState.ExitCode(); code != 0 {
		s.t.Errorf("offhook's exit code is %d", code)
	}
}

// tell shows what both programs said, if the test failed.
func (s *stage) tell() {
	if s.t.Failed() {
		s.t.Logf("offhook:\n%s", s.out.text())
		s.t.Logf("Asterisk:\n%s", pbx.log(s.logged))
	}
}

// trace is what Asterisk and offhook have said to each other since the test began.
func (s *stage) trace() []message { return trace(pbx.log(s.logged), s.sip()) }

// said waits for a message between Asterisk and offhook that fits, past or to come.
func (s *stage) said(ctx context.Context, what string, fits func(message) bool) message {
	s.t.Helper()
	for {
		for _, m := range s.trace() {
			if fits(m) {
				return m
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("%s: %v", what, ctx.Err())
		}
	}
}

// An agent is a page with a callbar, as a program, and what it heard.
type agent struct {
	*load.Agent
	t       *testing.T
	journal load.Journal
	ear     load.Ear
}

// newAgent logs an agent in, available, with a token from offhook token. He says agentTone.
func (s *stage) newAgent(name string, policy load.Policy) *agent {
	s.t.Helper()
	a := &agent{t: s.t}
	var err error
	a.Agent, err = load.StartAgent(within(s.t, 15*time.Second), load.AgentConfig{
		Name: name, URL: "ws://" + s.http() + "/agent", Origin: origin, State: protocol.Available, Pacer: s.pacer, Events: a.journal.Add,
		Token:  func(ctx context.Context) (string, error) { return s.token(ctx, name) },
		Decide: func(protocol.Call) load.Policy { return policy },
		Speak:  func(string) load.Source { return load.Sine(agentTone, -10) },
		Heard:  func(_ string, pcm []int16) { a.ear.Hear(pcm) },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(a.Close)
	return a
}

func (s *stage) token(ctx context.Context, name string) (string, error) {
	command := exec.CommandContext(ctx, program, "token", "-config", s.file, "-agent", name)
	command.Env = append(os.Environ(), "OFFHOOK_TOKEN_SECRET="+tokenSecret)
	out, err := command.Output()
	return strings.TrimSpace(string(out)), err
}

// wait waits for an event of the agent, past or to come.
func (a *agent) wait(ctx context.Context, what string, match func(load.Event) bool) load.Event {
	a.t.Helper()
	e, err := a.journal.Wait(ctx, match)
	if err != nil {
		a.t.Fatalf("%s: %v; so far: %v", what, err, a.journal.Events())
	}
	return e
}

// over reports whether the agent's last call has ended.
func (a *agent) over() bool { return len(a.Calls()) == 0 || a.Calls()[0].Phase == protocol.PhaseWrapUp }

// after fails the test unless the agent's call ends so.
func (a *agent) after(ctx context.Context, code protocol.CauseCode, by protocol.By) {
	a.t.Helper()
	e := a.wait(ctx, "the end of the agent's call", func(e load.Event) bool {
		return e.Kind == load.CallChanged && (e.Object.Phase == protocol.PhaseWrapUp || e.Object.Phase == protocol.PhaseEnded)
	})
	if c := e.Object.Cause; c == nil || c.Code != code || c.By != by {
		a.t.Errorf("the cause is %+v, want %s by %s", c, code, by)
	}
}

// hears fails the test unless this tone is heard from now on.
func hears(ctx context.Context, t *testing.T, who string, ear *load.Ear, hz float64) {
	t.Helper()
	if err := ear.Tone(ctx, hz); err != nil {
		t.Errorf("%s: %v", who, err)
	}
}

// call lets the carrier call a number at Asterisk. The caller says callerTone.
func (s *stage) call(number string, ear *load.Ear, plan load.Plan) *load.Outgoing {
	s.t.Helper()
	plan.To = fmt.Sprintf("sip:%s@%s", number, net0.fit("192.0.2.10:5060"))
	plan.From, plan.Display, plan.Speak = "+4917012345", "Mara Lindqvist", load.Sine(callerTone, -10)
	if ear != nil {
		plan.Heard = ear.Hear
	}
	call, err := s.carrier.Place(plan)
	if err != nil {
		s.t.Fatal(err)
	}
	return call
}

// result waits for the end of a call of the carrier.
func (s *stage) result(ctx context.Context, call *load.Outgoing) load.Result {
	s.t.Helper()
	r, err := call.Wait(ctx)
	if err != nil {
		s.t.Fatalf("%v; so far: %v", err, s.calls.Events())
	}
	return r
}

// output keeps what a program writes.
type output struct {
	mu   sync.Mutex
	kept strings.Builder
}

// Write keeps text.
func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.kept.Write(text)
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.kept.String()
}
