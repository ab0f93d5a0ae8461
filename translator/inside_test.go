package translator_test

import (
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/translator"
	"offhook/translator/replay"
)

// calls lets alice, who is logged in first if need be, call a colleague or a queue. It gives the call's ID.
func (s *scene) calls(to string, more ...string) string {
	s.t.Helper()
	if !s.w.Attached("alice") {
		s.w.Hello("alice", protocol.Available)
	}
	frame := map[string]any{"type": "dial", "to": to, "sdp": "$offer"}
	for i := 0; i+1 < len(more); i += 2 {
		frame[more[i]] = more[i+1]
	}
	return s.must("alice", frame).Call
}

// picksUp lets an agent take the call that is offered to him, about which no SIP is sent.
func (s *scene) picksUp(agent, call string) {
	s.t.Helper()
	s.must(agent, map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.wait(time.Second)
	s.must(agent, map[string]any{"type": "accept", "call": call})
	s.wait(time.Second)
	s.silent()
}

// inside is a call of alice's that bob, or whom the queue asks, has taken.
func (s *scene) inside(to, taker string, more ...string) string {
	s.t.Helper()
	if !s.w.Attached(taker) {
		s.w.Hello(taker, protocol.Available)
	}
	call := s.calls(to, more...)
	s.picksUp(taker, call)
	for _, id := range []string{"alice", taker} {
		if c := s.object(id, call); c.Phase != protocol.PhaseConnected || c.Direction != protocol.Internal {
			s.t.Fatalf("%s has %s %s", id, c.Direction, c.Phase)
		}
	}
	return call
}

func (s *scene) wantState(agent string, want protocol.AgentState) {
	s.t.Helper()
	if a, _, _ := s.w.Agent(agent); a.State != want {
		s.t.Errorf("%s is %s, want %s", agent, a.State, want)
	}
}

// wantHeld wants what two agents see of who holds.
func (s *scene) wantHeld(call, alice, bob string) {
	s.t.Helper()
	for id, want := range map[string]string{"alice": alice, "bob": bob} {
		c := s.object(id, call)
		if c.HeldBy != want || (c.Phase == protocol.PhaseHeld) != (want != "") {
			s.t.Errorf("%s sees %s, held by %q, want %q", id, c.Phase, c.HeldBy, want)
		}
	}
}

// One agent calls another one: both see one call, each from his side, and no SIP is sent.
func TestCallColleague(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(replay.Setup{}, &all))
	s.w.Hello("bob", protocol.Available)
	call := s.calls("agent:bob")
	s.wantState("alice", protocol.OnCall)
	s.wantState("bob", protocol.Offered)
	s.picksUp("bob", call)
	s.wantPhases("alice", call, "dialing", "ringing", "connecting", "connected")
	s.wantPhases("bob", call, "offered", "connecting", "connected")
	s.heard("1+2")
	alice, bob := s.object("alice", call), s.object("bob", call)
	if alice.To.URI != "agent:bob" || alice.From.URI != "agent:alice" || bob.From.URI != "agent:alice" || bob.To.URI != "agent:bob" {
		t.Errorf("alice sees %+v → %+v, bob %+v → %+v", alice.From, alice.To, bob.From, bob.To)
	}
	if alice.SDP == nil || alice.SDP.Type != "answer" || alice.SDP.For == 0 || alice.AnsweredAt.IsZero() {
		t.Errorf("alice's call is %+v", alice)
	}
	s.must("bob", map[string]any{"type": "mute", "call": call, "muted": true})
	s.must("alice", map[string]any{"type": "mute", "call": call, "muted": true})
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	s.wantCause("alice", call, protocol.CauseNormal, protocol.ByAgent)
	s.wantCause("bob", call, protocol.CauseNormal, protocol.ByCaller)
	s.wantState("alice", protocol.Available)
	s.wantState("bob", protocol.Available)
	s.idle()
	if len(all) != 1 || all[0].Direction != protocol.Internal || len(all[0].Agents) != 2 || len(all[0].Legs) != 0 || all[0].From.URI != "agent:alice" || all[0].TalkMS == 0 {
		t.Fatalf("the records are %+v", all)
	}
	for _, p := range all[0].Agents {
		if p.TalkMS == 0 || p.Left.IsZero() {
			t.Errorf("the part of %s is %+v", p.Agent, p)
		}
	}
}

// The other one hangs up.
func TestColleagueHangsUp(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call := s.inside("agent:bob", "bob")
	s.must("bob", map[string]any{"type": "hangup", "call": call})
	s.wantCause("alice", call, protocol.CauseNormal, protocol.ByCallee)
	s.wantCause("bob", call, protocol.CauseNormal, protocol.ByAgent)
	s.idle()
}

// What becomes of a call that the colleague does not take.
func TestColleagueDoesNotTakeIt(t *testing.T) {
	for name, c := range map[string]struct {
		does  func(s *scene, call string)
		code  protocol.CauseCode
		by    protocol.By
		other protocol.CauseCode
	}{
		"busy": {func(s *scene, call string) {
			s.must("bob", map[string]any{"type": "reject", "call": call, "reason": "busy"})
		}, protocol.CauseBusyHere, protocol.ByCallee, protocol.CauseRejected},
		"declines": {func(s *scene, call string) { s.must("bob", map[string]any{"type": "reject", "call": call}) }, protocol.CauseDeclined, protocol.ByCallee, protocol.CauseRejected},
		"no answer": {func(s *scene, call string) {
			s.must("bob", map[string]any{"type": "ringing", "call": call})
			s.wait(21 * time.Second)
		}, protocol.CauseTimeout, protocol.BySystem, protocol.CauseMissed},
		"no page":  {func(s *scene, call string) { s.wait(4 * time.Second) }, protocol.CauseUnreachable, protocol.BySystem, protocol.CauseUnreachable},
		"logs out": {func(s *scene, call string) { _ = s.w.Ask("bob", map[string]any{"type": "bye"}) }, protocol.CauseUnreachable, protocol.BySystem, ""},
		"loses it": {func(s *scene, call string) {
			s.must("bob", map[string]any{"type": "ringing", "call": call})
			s.w.Lose("bob")
			s.wait(4 * time.Second)
		}, protocol.CauseUnreachable, protocol.BySystem, ""},
		"gives up": {func(s *scene, call string) { s.must("alice", map[string]any{"type": "hangup", "call": call}) }, protocol.CauseCancelled, protocol.ByAgent, protocol.CauseCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, replay.Setup{})
			s.w.Hello("bob", protocol.Available)
			call := s.calls("agent:bob")
			c.does(s, call)
			s.wantCause("alice", call, c.code, c.by)
			if got := s.object("bob", call).Cause; c.other != "" && (got == nil || got.Code != c.other) {
				t.Errorf("bob's cause is %+v, want %s", got, c.other)
			}
			s.wantState("alice", protocol.Available)
			s.idle()
		})
	}
}

// Who cannot be called, and who cannot call.
func TestColleagueCannotBeCalled(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("alice", protocol.Available)
	dial := func(to string) map[string]any { return map[string]any{"type": "dial", "to": to, "sdp": "$offer"} }
	s.refused("alice", protocol.Unreachable, dial("agent:bob"))
	s.refused("alice", protocol.NotFound, dial("agent:nobody"))
	s.refused("alice", protocol.NotFound, dial("queue:nowhere"))
	s.refused("alice", protocol.BadRequest, dial("agent:alice"))
	s.w.Hello("bob", protocol.Away)
	s.refused("alice", protocol.BusyHere, dial("agent:bob"))
	s.wantState("alice", protocol.Available)
	s.must("bob", map[string]any{"type": "state", "state": "available"})
	s.refused("alice", protocol.BadSDP, map[string]any{"type": "dial", "to": "agent:bob", "sdp": "v=0\r\nnonsense"})
	s.wantState("alice", protocol.Available)
	s.wantState("bob", protocol.Available)
	s.idle()
}

// Hold: whoever is held hears music; both may hold, and each takes only his own back.
func TestColleaguesHold(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call := s.inside("agent:bob", "bob")
	ask := func(agent, what string) {
		t.Helper()
		s.must(agent, map[string]any{"type": what, "call": call})
	}
	ask("alice", "hold")
	s.heard("2<music")
	s.wantHeld(call, "agent", "remote")
	ask("bob", "hold")
	s.heard("1<music", "2<music")
	s.wantHeld(call, "both", "both")
	ask("bob", "resume")
	s.heard("2<music")
	s.wantHeld(call, "agent", "remote")
	ask("alice", "resume")
	s.heard("1+2")
	s.wantHeld(call, "", "")
	ask("bob", "hold")
	s.heard("1<music")
	s.wantHeld(call, "remote", "agent")
	ask("bob", "resume")
	s.heard("1+2")
	s.refused("alice", protocol.WrongPhase, map[string]any{"type": "dtmf", "call": call, "digits": "1"})
	s.refused("bob", protocol.WrongPhase, map[string]any{"type": "dtmf", "call": call, "digits": "1"})
}

// Socket and media of either are gone for resume_for: the call ends for both. A page that reloads goes on.
func TestFaultColleagueIsLost(t *testing.T) {
	for i, id := range []string{"alice", "bob"} {
		s := newScene(t, replay.Setup{})
		call := s.inside("agent:bob", "bob")
		s.w.Lose(id)
		s.wait(time.Minute)
		s.heard("1+2")
		s.w.Hello(id, protocol.Available)
		s.must(id, map[string]any{"type": "restart", "call": call, "sdp": "$offer"})
		s.wait(time.Minute)
		s.heard("1+2")
		s.w.Lose(id)
		if !s.w.HappenAny(media.AgentSilent, func(int) int { return i }) {
			t.Fatal("no media can be silent")
		}
		s.wait(31 * time.Second)
		other := map[string]string{"alice": "bob", "bob": "alice"}[id]
		s.wantCause(other, call, protocol.CauseAgentLost, protocol.BySystem)
		s.wantState(other, protocol.Available)
		s.idle()
	}
}

// Whoever logs out has left the call.
func TestColleagueLogsOut(t *testing.T) {
	for _, id := range []string{"alice", "bob"} {
		s := newScene(t, replay.Setup{})
		call := s.inside("agent:bob", "bob")
		if err := s.w.Ask(id, map[string]any{"type": "bye"}); err != nil {
			t.Fatal(err)
		}
		other := map[string]string{"alice": "bob", "bob": "alice"}[id]
		if c := s.object(other, call); c.Phase != protocol.PhaseEnded {
			t.Errorf("%s still has %s", other, c.Phase)
		}
		s.idle()
	}
}

// Who dialled reloads his page while it rings.
func TestReloadWhileColleagueRings(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("bob", protocol.Available)
	call := s.calls("agent:bob")
	s.must("bob", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.w.Lose("alice")
	s.w.Hello("alice", protocol.Available)
	s.must("alice", map[string]any{"type": "restart", "call": call, "sdp": "$offer"})
	s.wait(time.Second)
	s.must("bob", map[string]any{"type": "accept", "call": call})
	s.wait(time.Second)
	s.heard("1+2")
	s.wantState("bob", protocol.OnCall)
}

// A recording of two agents, with its notice.
func TestColleaguesRecorded(t *testing.T) {
	s := newScene(t, noticed(translator.RecordAlways))
	call := s.inside("agent:bob", "bob")
	s.heard("1<recorded.wav")
	s.wait(3 * time.Second)
	s.heard("1+2")
	s.recording("alice", call, "on")
	s.recording("bob", call, "on")
}

// One call at a time has the agent's ear: another one is held, whoever dialled it.
func TestColleagueDialsAgain(t *testing.T) {
	for _, id := range []string{"alice", "bob"} {
		s := newScene(t, replay.Setup{})
		call := s.inside("agent:bob", "bob")
		s.must(id, map[string]any{"type": "dial", "to": "+49301234", "sdp": "$offer"})
		second := s.next("INVITE ")
		if c := s.object(id, call); c.HeldBy != "agent" {
			t.Errorf("%s: the call is held by %q", id, c.HeldBy)
		}
		s.respond(second, 486, "two", "", "")
		s.must(id, map[string]any{"type": "resume", "call": call})
		s.heard("1+2")
	}
}

// The page of who dialled is gone while it rings, before there was any sound: he is waited for as long as for any, and then the call is over.
func TestFaultDiallerIsGoneWhileItRings(t *testing.T) {
	for _, to := range []string{"queue:sales", "agent:bob"} {
		s := newScene(t, replay.Setup{})
		s.w.Hello("bob", protocol.Available)
		call := s.calls(to)
		if to == "agent:bob" {
			s.must("bob", map[string]any{"type": "ringing", "call": call})
		}
		s.w.Lose("alice")
		s.wait(10 * time.Second)
		s.w.Hello("alice", protocol.Available)
		s.w.Lose("alice")
		s.idle()
		if b := s.w.Books(); b.Calls != 0 || b.Callers != 0 {
			t.Errorf("%s: the books are %+v", to, b)
		}
	}
}
