package interop

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

const origin = "https://crm.example.com"

// A stage is Asterisk, a running offhook with the page's configuration, and a carrier that calls through both.
type stage struct {
	*harness.Server
	t      *testing.T
	file   string // offhook.yaml
	logged int    // where Asterisk's log stood at the beginning

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
	s := &stage{t: t, logged: len(pbx.log(0)), pacer: harness.NewPacer(t)}
	yaml := readPage(t, page).file(t, "offhook.yaml")
	if edit != nil {
		yaml = edit(yaml)
	}
	s.file = filepath.Join(t.TempDir(), "offhook.yaml")
	if err := os.WriteFile(s.file, []byte(net0.fit(yaml)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.tell)
	record(t)
	s.Server = harness.StartServer(t, harness.Launch{
		Program: program, Args: []string{"serve", "-config", s.file}, Origin: origin,
		HTTP: net0.fit("127.0.0.1:8080"), SIP: netip.MustParseAddrPort(net0.fit("192.0.2.5:5060")),
	})
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

// qualified waits until Asterisk has asked offhook by OPTIONS, and is content with the answer.
func (s *stage) qualified() {
	s.t.Helper()
	ctx := harness.Within(s.t, 15*time.Second)
	pbx.cli(ctx, s.t, "pjsip qualify offhook")
	pbx.eventually(ctx, s.t, "pjsip show contacts", `offhook/\S+\s.*\bAvail\b`)
}

// tell shows what Asterisk said, if the test failed.
func (s *stage) tell() {
	if s.t.Failed() {
		s.t.Logf("Asterisk:\n%s", pbx.log(s.logged))
	}
}

// trace is what Asterisk and offhook have said to each other since the test began.
func (s *stage) trace() []message { return trace(pbx.log(s.logged), s.SIP.String()) }

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

// newAgent logs an agent in, available, with a token from offhook token.
func (s *stage) newAgent(name string, policy load.Policy) *harness.Agent {
	s.t.Helper()
	return s.NewAgent(name, func(c *load.AgentConfig) {
		c.Pacer, c.Decide = s.pacer, func(protocol.Call) load.Policy { return policy }
		c.Token = func(ctx context.Context) (string, error) { return s.token(ctx, name) }
	})
}

func (s *stage) token(ctx context.Context, name string) (string, error) {
	command := exec.CommandContext(ctx, program, "token", "-config", s.file, "-agent", name, "-dial", "+*")
	command.Env = append(os.Environ(), harness.SecretVariable+"="+harness.Secret)
	out, err := command.Output()
	return strings.TrimSpace(string(out)), err
}

// call lets the carrier call a number at Asterisk. The caller says callerTone.
func (s *stage) call(number string, ear *load.Ear, plan load.Plan) *load.Outgoing {
	s.t.Helper()
	plan.To = fmt.Sprintf("sip:%s@%s", number, net0.fit("192.0.2.10:5060"))
	plan.From, plan.Display, plan.Speak = "+4917012345", "Mara Lindqvist", load.Sine(harness.CallerTone, -10)
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
