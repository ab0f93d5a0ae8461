package e2e

import (
	"context"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// A stage is a server, an agent who says AgentTone, and a caller who says CallerTone.
type stage struct {
	t      *testing.T
	server *harness.Server
	pacer  *load.Pacer
	agent  *harness.Agent
	caller *load.Caller
	ear    load.Ear // the caller's
}

// newStage starts a server with one available agent, who treats calls as policy says. What the caller lives through is in the agent's journal.
func newStage(t *testing.T, policy load.Policy) *stage {
	t.Helper()
	return newStageWith(t, policy, nil)
}

// newStageWith is newStage with another configuration.
func newStageWith(t *testing.T, policy load.Policy, edit func(yaml string) string) *stage {
	t.Helper()
	return newStageFrom(t, policy, edit, nil)
}

// newStageFrom is newStageWith, the server started in another way.
func newStageFrom(t *testing.T, policy load.Policy, edit func(yaml string) string, start func(*harness.Launch)) *stage {
	t.Helper()
	s := &stage{t: t, server: startServerAs(t, edit, start), pacer: harness.NewPacer(t)}
	s.agent = s.server.NewAgent("anna", func(c *load.AgentConfig) {
		c.Pacer, c.Decide = s.pacer, func(protocol.Call) load.Policy { return policy }
	})
	s.caller = s.server.NewCaller(s.pacer, s.agent.Journal.Add)
	return s
}

// place lets the caller call the queue.
func (s *stage) place(plan load.Plan) *load.Outgoing {
	s.t.Helper()
	return s.placeTo("100", plan)
}

func (s *stage) placeTo(number string, plan load.Plan) *load.Outgoing {
	s.t.Helper()
	plan.To, plan.From, plan.Display = s.server.URI(number), "+4930111", "Mara Lindqvist"
	plan.Speak, plan.Heard = load.Sine(harness.CallerTone, -10), s.ear.Hear
	call, err := s.caller.Place(plan)
	if err != nil {
		s.t.Fatal(err)
	}
	return call
}

// wait waits for an event.
func (s *stage) wait(what string, match func(load.Event) bool) load.Event {
	s.t.Helper()
	return s.waitFrom(0, what, match)
}

func (s *stage) waitFrom(n int, what string, match func(load.Event) bool) load.Event {
	s.t.Helper()
	return s.agent.WaitFrom(harness.Within(s.t, 15*time.Second), n, what, match)
}

// bothHear fails the test unless each side hears the other's tone.
func (s *stage) bothHear(ctx context.Context) {
	s.t.Helper()
	harness.Hears(ctx, s.t, "the agent", &s.agent.Ear, harness.CallerTone)
	harness.Hears(ctx, s.t, "the caller", &s.ear, harness.AgentTone)
}

// result waits for the call's end.
func (s *stage) result(call *load.Outgoing) load.Result {
	s.t.Helper()
	result, err := call.Wait(harness.Within(s.t, 15*time.Second))
	if err != nil {
		s.t.Fatalf("%v; so far: %v", err, s.agent.Journal.Events())
	}
	return result
}

// afterCall fails the test unless the agent has the call's cause in his object and is available again.
func (s *stage) afterCall(code protocol.CauseCode, by protocol.By) {
	s.t.Helper()
	s.agent.Over(harness.Within(s.t, 15*time.Second), code, by)
	n := s.agent.Journal.Len()
	if s.agent.Object().State != protocol.Available {
		s.waitFrom(n, "the agent is available again", load.InState(protocol.Available))
	}
}

func TestCallIsAnsweredAndBothHear(t *testing.T) {
	t.Parallel()
	s := newStage(t, load.Policy{After: 200 * time.Millisecond})
	call := s.place(load.Plan{})
	e := s.wait("the call is offered", load.InPhase(protocol.PhaseOffered))
	if e.Object.From.Number == "" || e.Object.From.Name != "Mara Lindqvist" || e.Object.Queue == "" {
		t.Errorf("the offered object is %+v", e.Object)
	}
	s.wait("the call is connected", load.InPhase(protocol.PhaseConnected))
	ctx := harness.Within(t, 15*time.Second)
	s.bothHear(ctx)

	if err := s.agent.Mute(ctx, e.Call, true); err != nil {
		t.Error(err)
	}
	if err := s.ear.Quiet(ctx); err != nil {
		t.Error("muted:", err)
	}
	s.wait("the object says so", func(e load.Event) bool { return e.Kind == load.CallChanged && e.Object.Muted })
	if err := s.agent.Mute(ctx, e.Call, false); err != nil {
		t.Error(err)
	}
	s.bothHear(ctx)

	call.Hangup()
	if r := s.result(call); r.Status != 200 {
		t.Errorf("the caller's result is %+v", r)
	}
	s.afterCall(protocol.CauseNormal, protocol.ByCaller)
}

// A queue that answers at once plays music until the agent answers; the agent's sound then takes its place in the same stream.
func TestCallerHearsMusicThenTheAgent(t *testing.T) {
	t.Parallel()
	s := newStage(t, load.Policy{Do: load.Ignore})
	call := s.placeTo("200", load.Plan{})
	s.wait("the queue answered", load.Is(load.Answered))
	ctx := harness.Within(t, 15*time.Second)
	if err := s.ear.Sound(ctx); err != nil {
		t.Error("music:", err)
	}
	offered := s.wait("the call is offered", load.InPhase(protocol.PhaseOffered))
	if _, err := s.agent.Do(ctx, "accept", load.Fields{"call": offered.Call}); err != nil {
		t.Fatal(err)
	}
	s.bothHear(ctx)
	call.Hangup()
	s.result(call)
	s.afterCall(protocol.CauseNormal, protocol.ByCaller)
}

func TestAgentHangsUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, load.Policy{TalkFor: 300 * time.Millisecond})
	call := s.place(load.Plan{})
	if r := s.result(call); r.Status != 200 || r.Q850 != 16 {
		t.Errorf("the caller's result is %+v", r)
	}
	s.afterCall(protocol.CauseNormal, protocol.ByAgent)
}

func TestCallerGivesUpWhileItRings(t *testing.T) {
	t.Parallel()
	s := newStage(t, load.Policy{Do: load.Ignore})
	call := s.place(load.Plan{RingFor: 500 * time.Millisecond})
	if r := s.result(call); r.Status != 487 {
		t.Errorf("the caller's result is %+v", r)
	}
	s.wait("the agent's call is over", load.InPhase(protocol.PhaseEnded))
	if state := s.agent.Object().State; state != protocol.Available {
		s.waitFrom(s.agent.Journal.Len(), "the agent is available again", load.InState(protocol.Available))
	}
}

func TestUnansweredCallGoesToTheNextAgent(t *testing.T) {
	t.Parallel()
	s := newStage(t, load.Policy{Do: load.Refuse})
	bert := s.server.NewAgent("bert", func(c *load.AgentConfig) { c.Pacer, c.State = s.pacer, protocol.Away })
	call := s.place(load.Plan{})
	s.wait("anna refused", load.InPhase(protocol.PhaseEnded))
	ctx := harness.Within(t, 15*time.Second)
	if err := bert.SetState(ctx, protocol.Available, ""); err != nil {
		t.Fatal(err)
	}
	bert.Connected(ctx)
	harness.Hears(ctx, t, "bert", &bert.Ear, harness.CallerTone)
	harness.Hears(ctx, t, "the caller", &s.ear, harness.AgentTone)
	call.Hangup()
	s.result(call)
}

// The caller speaks SIP by hand here, and keeps every datagram that comes: a reload must not show on the trunk (security.md F2).
func TestFaultReloadIsUnseenByTheTrunk(t *testing.T) {
	t.Parallel()
	s := newStage(t, load.Policy{})
	call := placeTraced(t, s.server, s.pacer, "100")
	ctx := harness.Within(t, 30*time.Second)
	call.wait(ctx, "SIP/2.0 200")
	s.wait("the call is connected", load.InPhase(protocol.PhaseConnected))
	harness.Hears(ctx, t, "the agent", &s.agent.Ear, harness.CallerTone)
	harness.Hears(ctx, t, "the caller", &call.ear, harness.AgentTone)

	before, began := call.count(), time.Now()
	if err := s.agent.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	harness.Hears(ctx, t, "the reloaded agent", &s.agent.Ear, harness.CallerTone)
	harness.Hears(ctx, t, "the caller after the reload", &call.ear, harness.AgentTone)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("media came back after %v, want 3 s at most", took)
	}
	if after := call.count(); after != before {
		t.Errorf("the trunk saw %d messages: %q", after-before, call.messages[before:])
	}
	call.hangUp()
	s.afterCall(protocol.CauseNormal, protocol.ByCaller)
}

func TestFaultSocketLostInACallAndResumed(t *testing.T) {
	t.Parallel()
	s := newStage(t, load.Policy{})
	call := s.place(load.Plan{})
	s.wait("the call is connected", load.InPhase(protocol.PhaseConnected))
	ctx := harness.Within(t, 20*time.Second)
	s.bothHear(ctx)
	s.agent.Cut()
	s.wait("the socket is lost", load.Is(load.SocketLost))
	s.bothHear(ctx) // media flows on
	if err := s.agent.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	if calls := s.agent.Calls(); len(calls) != 1 || calls[0].Phase != protocol.PhaseConnected {
		t.Errorf("the welcome brought %+v", calls)
	}
	s.bothHear(ctx)
	call.Hangup()
	s.result(call)
	s.afterCall(protocol.CauseNormal, protocol.ByCaller)
}
