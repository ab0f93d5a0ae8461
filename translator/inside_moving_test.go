package translator_test

import (
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/replay"
)

// either lets a story happen with who dialled as the first of the two agents, and with who was called.
func either(t *testing.T, story func(t *testing.T, who, other string)) {
	t.Run("dialled", func(t *testing.T) { story(t, "alice", "bob") })
	t.Run("called", func(t *testing.T) { story(t, "bob", "alice") })
}

// One of two agents passes the other one on to a number: that one has a call with it from then on.
func TestColleaguePassedToNumber(t *testing.T) {
	either(t, func(t *testing.T, who, other string) {
		var all []translator.CallRecord
		s := newScene(t, records(replay.Setup{}, &all))
		call := s.inside("agent:bob", "bob")
		s.must(who, map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
		second := s.next("INVITE sip:+49305678@")
		s.respond(second, 180, "two", "", "")
		s.respond(second, 200, "two", "", pcmaOf(second))
		s.next("ACK ")
		s.wait(time.Second)
		s.wantCause(who, call, protocol.CauseTransferred, protocol.ByAgent)
		s.wantState(who, protocol.Available)
		c := s.object(other, call)
		if far := map[string]protocol.Party{"alice": c.To, "bob": c.From}[other]; c.Phase != protocol.PhaseConnected || far.Number != "+49305678" {
			t.Errorf("%s has %s with %+v → %+v", other, c.Phase, c.From, c.To)
		}
		s.must(other, map[string]any{"type": "dtmf", "call": call, "digits": "1"})
		s.respond(s.next("INFO "), 200, "two", "", "")
		s.far("BYE", second, "two", "", "")
		s.next("SIP/2.0 200")
		if c := s.object(other, call); c.Phase != protocol.PhaseEnded {
			t.Errorf("after BYE %s has %s", other, c.Phase)
		}
		s.idle()
		if len(all) != 1 || len(all[0].Transfers) != 1 || all[0].Transfers[0].Outcome != "done" || len(all[0].Legs) != 1 {
			t.Errorf("the records are %+v", all)
		}
	})
}

// The number does not answer: the two talk again.
func TestColleaguePassedToNumberThatIsBusy(t *testing.T) {
	either(t, func(t *testing.T, who, other string) {
		s := newScene(t, replay.Setup{Dial: byPBX})
		call := s.inside("agent:bob", "bob")
		s.must(who, map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
		second := s.next("INVITE ")
		s.refused(other, protocol.WrongPhase, map[string]any{"type": "hold", "call": call})
		s.respond(second, 486, "two", "", "")
		s.heard("1+2")
		if c := s.object(who, call); c.Phase != protocol.PhaseConnected || c.Transfer == nil || c.Transfer.State != protocol.TransferFailed {
			t.Errorf("%s has %+v", who, c)
		}
	})
}

// One of the two passes the other one on to a third agent.
func TestColleaguePassedToAgent(t *testing.T) {
	either(t, func(t *testing.T, who, other string) {
		s := newScene(t, replay.Setup{})
		s.w.Hello("carol", protocol.Available)
		call := s.inside("agent:bob", "bob")
		s.must(who, map[string]any{"type": "transfer", "call": call, "to": "agent:carol"})
		s.picksUp("carol", call)
		s.wantCause(who, call, protocol.CauseTransferred, protocol.ByAgent)
		for _, id := range []string{other, "carol"} {
			if c := s.object(id, call); c.Phase != protocol.PhaseConnected {
				t.Errorf("%s has %s", id, c.Phase)
			}
		}
		s.must(other, map[string]any{"type": "hangup", "call": call})
		if c := s.object("carol", call); c.Phase != protocol.PhaseEnded {
			t.Errorf("carol has %s", c.Phase)
		}
		s.idle()
	})
}

// She does not take it: the two talk again.
func TestColleaguePassedToAgentAndBack(t *testing.T) {
	either(t, func(t *testing.T, who, other string) {
		s := newScene(t, replay.Setup{})
		s.w.Hello("carol", protocol.Available)
		call := s.inside("agent:bob", "bob")
		s.must(who, map[string]any{"type": "transfer", "call": call, "to": "agent:carol"})
		s.must("carol", map[string]any{"type": "reject", "call": call})
		s.heard("1+2")
		s.wantHeld(call, "", "")
		s.must(other, map[string]any{"type": "transfer", "call": call, "to": "agent:carol"})
		s.must(who, map[string]any{"type": "hangup", "call": call})
		for _, id := range []string{"alice", "bob", "carol"} {
			if c := s.object(id, call); c.Phase != protocol.PhaseEnded {
				t.Errorf("%s has %s", id, c.Phase)
			}
		}
		s.idle()
	})
}

// One of the two passes the other one on to a queue: he waits there with its sound, and is asked for.
func TestColleaguePassedToQueue(t *testing.T) {
	either(t, func(t *testing.T, who, other string) {
		s := newScene(t, replay.Setup{})
		s.w.Hello("carol", protocol.Available)
		call := s.inside("agent:bob", "bob")
		s.must(who, map[string]any{"type": "transfer", "call": call, "to": "queue:sales"})
		s.wantState(who, protocol.Available)
		s.heard(map[string]string{"alice": "1<music", "bob": "2<music"}[other])
		s.picksUp("carol", call)
		s.heard(map[string]string{"alice": "1+3", "bob": "2+3"}[other])
		s.must("carol", map[string]any{"type": "hangup", "call": call})
		s.wantState("carol", protocol.WrapUp)
		if c := s.object(other, call); c.Phase != protocol.PhaseEnded {
			t.Errorf("%s has %s", other, c.Phase)
		}
		s.idle()
	})
}

// An agent calls a queue: he waits, is given to one of its agents, never to himself, who has wrap-up as after any call of it.
func TestCallQueue(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(replay.Setup{}, &all))
	s.w.Hello("alice", protocol.Available)
	call := s.calls("queue:billing")
	s.wantPhases("alice", call, "dialing", "ringing")
	s.wait(time.Minute)
	s.w.Hello("bob", protocol.Available)
	s.picksUp("bob", call)
	s.heard("1+2")
	if c := s.object("bob", call); c.Queue != "billing" || c.WaitedMS != 60000 || c.From.URI != "agent:alice" {
		t.Errorf("bob has %+v", c)
	}
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	s.wantState("bob", protocol.WrapUp)
	s.wantState("alice", protocol.Available)
	s.idle()
	if len(all) != 1 || all[0].Queue != "billing" || all[0].WaitMS < 60000 {
		t.Errorf("the records are %+v", all)
	}
}

// He gives up, or the queue lets him go.
func TestCallQueueInVain(t *testing.T) {
	t.Run("gives up", func(t *testing.T) {
		s := newScene(t, replay.Setup{})
		call := s.calls("queue:sales")
		s.must("alice", map[string]any{"type": "hangup", "call": call})
		s.wantCause("alice", call, protocol.CauseCancelled, protocol.ByAgent)
		s.idle()
	})
	t.Run("limit", func(t *testing.T) {
		s := newScene(t, replay.Setup{Queue: queue.QueueSettings{MaxWait: time.Minute}})
		call := s.calls("queue:sales")
		s.wait(61 * time.Second)
		s.wantCause("alice", call, protocol.CauseLimit, protocol.BySystem)
		s.idle()
	})
}

// A queue's agent passes on who called the queue, and has its wrap-up; so has he where who called passes him on.
func TestCallQueueAndPassOn(t *testing.T) {
	for _, who := range []string{"alice", "bob"} {
		s := newScene(t, replay.Setup{})
		s.w.Hello("bob", protocol.Available)
		s.w.Hello("carol", protocol.Available)
		s.w.Hello("alice", protocol.Away)
		call := s.calls("queue:billing")
		s.picksUp("bob", call)
		s.must(who, map[string]any{"type": "transfer", "call": call, "to": "agent:carol"})
		s.picksUp("carol", call)
		if who == "bob" {
			s.wantState("bob", protocol.WrapUp)
		}
		s.must("carol", map[string]any{"type": "hangup", "call": call})
		s.wantState("bob", protocol.WrapUp)
		s.wantState("carol", protocol.Available)
		s.idle()
	}
}

// The agent of a queue who talks to a colleague is lost: the colleague waits again.
func TestFaultQueueAgentOfColleagueIsLost(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call := s.inside("queue:billing", "bob")
	s.w.Lose("bob")
	if !s.w.HappenAny(media.AgentSilent, func(int) int { return 1 }) {
		t.Fatal("no media can be silent")
	}
	s.wait(31 * time.Second)
	s.heard("1<music")
	s.w.Hello("bob", protocol.Available)
	s.picksUp("bob", call)
	s.heard("1+3")
}

// consulted is a call that came in, which alice has, and her consultation with bob about it.
func (s *scene) consulted(to string) (in protocol.Call, ok, consult string) {
	s.t.Helper()
	s.w.Hello("alice", protocol.Available)
	s.inbound(farSDP)
	ok = s.takes("alice")
	_, in = phase(s, "alice")
	consult = s.inside(to, "bob", "consult_of", in.ID)
	s.heard("trunk<music", "1+2")
	return in, ok, consult
}

// An agent asks a colleague, or a queue, about a customer and passes him on: the colleague's call goes on with the customer.
func TestConsultColleague(t *testing.T) {
	for _, to := range []string{"agent:bob", "queue:billing"} {
		t.Run(to, func(t *testing.T) {
			var all []translator.CallRecord
			s := newScene(t, records(replay.Setup{}, &all))
			in, ok, consult := s.consulted(to)
			s.must("alice", map[string]any{"type": "transfer", "call": in.ID, "consult": consult})
			s.heard("trunk+3")
			s.wantCause("alice", in.ID, protocol.CauseTransferred, protocol.ByAgent)
			s.wantCause("alice", consult, protocol.CauseTransferred, protocol.ByAgent)
			s.wantState("alice", protocol.WrapUp)
			if c := s.object("bob", consult); c.Phase != protocol.PhaseConnected || c.From.Number != "+49301" {
				t.Errorf("bob has %+v", c)
			}
			s.must("bob", map[string]any{"type": "hold", "call": consult})
			s.heard("trunk<music")
			s.must("bob", map[string]any{"type": "resume", "call": consult})
			s.heard("trunk+3")
			s.theirs("BYE", ok, "", "")
			s.next("SIP/2.0 200")
			s.wantCause("bob", consult, protocol.CauseNormal, protocol.ByCaller)
			s.idle()
			if len(all) != 2 {
				t.Fatalf("the records are %+v", all)
			}
			for _, r := range all {
				if r.ID == in.ID && (len(r.Transfers) != 1 || r.Transfers[0].Kind != "attended" || r.Transfers[0].Outcome != "done" || r.Transfers[0].To.URI != "agent:bob") {
					t.Errorf("the transfers are %+v", r.Transfers)
				}
			}
		})
	}
}

// She goes back to the customer instead; the colleague hangs up, or goes on to be asked.
func TestConsultColleagueAndSwap(t *testing.T) {
	s := newScene(t, replay.Setup{})
	in, _, consult := s.consulted("agent:bob")
	s.must("alice", map[string]any{"type": "resume", "call": in.ID})
	s.heard("trunk+1", "2<music")
	if c := s.object("bob", consult); c.HeldBy != "remote" {
		t.Errorf("bob's call is held by %q", c.HeldBy)
	}
	s.must("alice", map[string]any{"type": "resume", "call": consult})
	s.heard("trunk<music", "1+2")
	s.must("bob", map[string]any{"type": "hangup", "call": consult})
	s.must("alice", map[string]any{"type": "resume", "call": in.ID})
	s.heard("trunk+1")
}

// The transfer is completed while the colleague is held, as after a swap.
func TestConsultColleagueHeldThenJoined(t *testing.T) {
	s := newScene(t, replay.Setup{})
	in, _, consult := s.consulted("agent:bob")
	s.must("alice", map[string]any{"type": "resume", "call": in.ID})
	s.must("alice", map[string]any{"type": "transfer", "call": in.ID, "consult": consult})
	s.heard("trunk+3")
	if c := s.object("bob", consult); c.Phase != protocol.PhaseConnected || c.HeldBy != "" {
		t.Errorf("bob has %s, held by %q", c.Phase, c.HeldBy)
	}
}

// Two agents talk; one of them asks a customer, and lets the other one talk to him.
func TestConsultCustomerAboutColleague(t *testing.T) {
	either(t, func(t *testing.T, who, other string) {
		s := newScene(t, replay.Setup{})
		call := s.inside("agent:bob", "bob")
		consult := s.must(who, map[string]any{"type": "dial", "to": "+49305678", "sdp": "$offer", "consult_of": call}).Call
		invite := s.next("INVITE ")
		s.respond(invite, 200, "two", "", pcmaOf(invite))
		s.next("ACK ")
		s.wait(time.Second)
		s.must(who, map[string]any{"type": "transfer", "call": call, "consult": consult})
		s.wantCause(who, call, protocol.CauseTransferred, protocol.ByAgent)
		s.wantCause(who, consult, protocol.CauseTransferred, protocol.ByAgent)
		s.wantState(who, protocol.Available)
		if c := s.object(other, call); c.Phase != protocol.PhaseConnected {
			t.Errorf("%s has %s", other, c.Phase)
		}
		if len(s.w.Media.Hears()) != 1 {
			t.Errorf("heard is %q", s.w.Media.Hears())
		}
		s.must(other, map[string]any{"type": "hangup", "call": call})
		s.respond(s.next("BYE "), 200, "two", "", "")
		s.idle()
	})
}

// Two calls between agents have no far side to join: it is refused, and both stay.
func TestConsultBetweenColleagues(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("carol", protocol.Available)
	call := s.inside("agent:bob", "bob")
	consult := s.calls("agent:carol", "consult_of", call)
	s.picksUp("carol", consult)
	s.refused("alice", protocol.WrongPhase, map[string]any{"type": "transfer", "call": call, "consult": consult})
	s.heard("2<music", "1+2")
}

// pcmaOf answers an INVITE of ours with its one codec.
func pcmaOf(invite string) string {
	t := &target{}
	return t.sdp(invite)
}
