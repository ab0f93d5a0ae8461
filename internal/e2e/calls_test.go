package e2e

import (
	"context"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/load"
)

// A stage is a server, an agent who says pageTone, and a caller who says callerTone.
type stage struct {
	t        *testing.T
	server   *server
	pacer    *load.Pacer
	journal  load.Journal
	agent    *load.Agent
	agentEar load.Ear
	caller   *load.Caller
	ear      load.Ear // the caller's
}

// newStage starts a server with one available agent, who treats calls as policy says.
func newStage(t *testing.T, policy load.Policy) *stage {
	t.Helper()
	s := &stage{t: t, server: startServer(t, nil), pacer: newPacer(t)}
	s.agent = s.server.newAgent(t, "anna", func(c *load.AgentConfig) {
		c.Pacer, c.Events = s.pacer, s.journal.Add
		c.Decide = func(protocol.Call) load.Policy { return policy }
		c.Speak = func(string) load.Source { return load.Sine(pageTone, -10) }
		c.Heard = func(_ string, pcm []int16) { s.agentEar.Hear(pcm) }
	})
	s.caller = s.server.newCaller(t, s.pacer, s.journal.Add)
	return s
}

func newPacer(t *testing.T) *load.Pacer {
	pacer := load.NewPacer()
	t.Cleanup(pacer.Close)
	return pacer
}

// place lets the caller call the queue.
func (s *stage) place(plan load.Plan) *load.Outgoing {
	s.t.Helper()
	return s.placeTo("100", plan)
}

func (s *stage) placeTo(number string, plan load.Plan) *load.Outgoing {
	s.t.Helper()
	plan.To, plan.From, plan.Display = s.server.uri(number), "+4930111", "Mara Lindqvist"
	plan.Speak, plan.Heard = load.Sine(callerTone, -10), s.ear.Hear
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
	e, err := s.journal.WaitFrom(within(s.t, 15*time.Second), n, match)
	if err != nil {
		s.t.Fatalf("%s: %v; so far: %v", what, err, s.journal.Events())
	}
	return e
}

// bothHear fails the test unless each side hears the other's tone.
func (s *stage) bothHear(ctx context.Context) {
	s.t.Helper()
	hears(ctx, s.t, "the agent", &s.agentEar, callerTone)
	hears(ctx, s.t, "the caller", &s.ear, pageTone)
}

func hears(ctx context.Context, t *testing.T, who string, ear *load.Ear, hz float64) {
	t.Helper()
	if err := ear.Tone(ctx, hz); err != nil {
		t.Errorf("%s: %v", who, err)
	}
}

// result waits for the call's end.
func (s *stage) result(call *load.Outgoing) load.Result {
	s.t.Helper()
	result, err := call.Wait(within(s.t, 15*time.Second))
	if err != nil {
		s.t.Fatalf("%v; so far: %v", err, s.journal.Events())
	}
	return result
}

// afterCall fails the test unless the agent has the call's cause in his object and is available again.
func (s *stage) afterCall(code protocol.CauseCode, by protocol.By) {
	s.t.Helper()
	e := s.wait("the call's end at the agent", func(e load.Event) bool {
		return e.Kind == load.CallChanged && (e.Object.Phase == protocol.PhaseWrapUp || e.Object.Phase == protocol.PhaseEnded)
	})
	if c := e.Object.Cause; c == nil || c.Code != code || c.By != by {
		s.t.Errorf("the cause is %+v, want %s by %s", c, code, by)
	}
	n := s.journal.Len()
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
	ctx := within(t, 15*time.Second)
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
	ctx := within(t, 15*time.Second)
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
		s.waitFrom(s.journal.Len(), "the agent is available again", load.InState(protocol.Available))
	}
}

func TestUnansweredCallGoesToTheNextAgent(t *testing.T) {
	t.Parallel()
	s := newStage(t, load.Policy{Do: load.Refuse})
	var second load.Journal
	var heard load.Ear
	bert := s.server.newAgent(t, "bert", func(c *load.AgentConfig) {
		c.Pacer, c.Events, c.State = s.pacer, second.Add, protocol.Away
		c.Speak = func(string) load.Source { return load.Sine(pageTone, -10) }
		c.Heard = func(_ string, pcm []int16) { heard.Hear(pcm) }
	})
	call := s.place(load.Plan{})
	s.wait("anna refused", load.InPhase(protocol.PhaseEnded))
	ctx := within(t, 15*time.Second)
	if err := bert.SetState(ctx, protocol.Available, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Wait(ctx, load.InPhase(protocol.PhaseConnected)); err != nil {
		t.Fatalf("bert has no call: %v; %v", err, second.Events())
	}
	hears(ctx, t, "bert", &heard, callerTone)
	hears(ctx, t, "the caller", &s.ear, pageTone)
	call.Hangup()
	s.result(call)
}

// The caller speaks SIP by hand here, and keeps every datagram that comes: a reload must not show on the trunk (security.md F2).
func TestFaultReloadIsUnseenByTheTrunk(t *testing.T) {
	t.Parallel()
	s := newStage(t, load.Policy{})
	call := placeTraced(t, s.server, s.pacer, "100")
	ctx := within(t, 30*time.Second)
	call.wait(ctx, "SIP/2.0 200")
	s.wait("the call is connected", load.InPhase(protocol.PhaseConnected))
	hears(ctx, t, "the agent", &s.agentEar, callerTone)
	hears(ctx, t, "the caller", &call.ear, pageTone)

	before, began := call.count(), time.Now()
	if err := s.agent.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	hears(ctx, t, "the reloaded agent", &s.agentEar, callerTone)
	hears(ctx, t, "the caller after the reload", &call.ear, pageTone)
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
	ctx := within(t, 20*time.Second)
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
