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

// A dial that panics before it has its reply gets one, and leaves nobody seized.
func TestFaultDialThatPanics(t *testing.T) {
	for method, to := range map[string]string{"Dial": "+49301234", "OfferTrunk": "+49301234", "Dial ": "agent:bob", "OfferAgent": "agent:bob", "Dial  ": "queue:sales"} {
		t.Run(method+to, func(t *testing.T) {
			for twice := 1; twice <= 2; twice++ {
				s := duo(t, replay.Setup{})
				left := twice
				s.w.Media.Fault = func(m string) {
					if left > 0 && (m == "Dial" || m == method || left < twice && m == "Close") {
						left--
						panic("broken on purpose")
					}
				}
				s.ask("alice", map[string]any{"type": "dial", "to": to, "sdp": "$offer"})
				s.w.Media.Fault = nil
				s.pages["alice"].replied()
				s.advance(2 * time.Minute)
				for _, id := range agents {
					if a, _, _ := s.w.Agent(id); a.State != protocol.Available {
						t.Errorf("%s is %s", id, a.State)
					}
				}
				if s.fault != "" {
					t.Error(s.fault)
				}
			}
		})
	}
}

// The call that is to be held for another one breaks: who dials is not kept waiting.
func TestFaultHeldCallBreaks(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{}})
	s.broken = true
	s.talking("+49301234")
	s.w.Media.Fault = func(m string) {
		if m == "Disconnect" {
			s.w.Media.Fault = nil
			panic("broken on purpose")
		}
	}
	r := s.ask("alice", map[string]any{"type": "dial", "to": "+49305678", "sdp": "$offer"})
	if r.Type != "ok" {
		t.Errorf("dial gets %+v", r)
	}
}

// A consultation that breaks when it is to give its far side away: the transfer is refused, and the call can be passed on later.
func TestFaultConsultationBreaks(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.broken = true
	call, _ := s.talking("+49301234")
	consult, _ := s.consult(call)
	s.w.Media.Fault = func(m string) {
		if m == "Join" {
			s.w.Media.Fault = nil
			panic("broken on purpose")
		}
	}
	if err := s.w.Ask("alice", map[string]any{"type": "transfer", "call": call, "consult": consult}); err != nil {
		t.Fatal(err)
	}
	s.wait(6 * time.Second)
	s.sent()
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49307777"})
	s.next("INVITE ")
}

// One of an agent's calls is lost, and another one goes on: he is not logged out.
func TestFaultLostOnOneCallOfTwo(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, _ := s.talking("+49301234")
	s.consult(call)
	s.w.Lose("alice")
	if !s.w.HappenAny(media.AgentSilent, func(int) int { return 0 }) {
		t.Fatal("no media can be silent")
	}
	s.wait(31 * time.Second)
	if b := s.w.Books(); b.Logins != 1 || b.Calls != 2 { // one of them is ending
		t.Errorf("the books are %+v", b)
	}
	if s.w.Hello("alice", protocol.Available); s.object("alice", call).Phase == "" {
		t.Error("the call is gone")
	}
}

// Who had a call once cannot let it ring at a colleague.
func TestSecurityFormerAgentSeizesNobody(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("alice", protocol.Available)
	s.inbound(farSDP)
	s.takes("alice")
	_, in := phase(s, "alice")
	s.w.Hello("bob", protocol.Available)
	s.w.Hello("carol", protocol.Available)
	s.must("alice", map[string]any{"type": "transfer", "call": in.ID, "to": "agent:bob"})
	s.takes("bob")
	s.must("alice", map[string]any{"type": "wrapup", "call": in.ID, "done": true})
	seen := len(s.w.Messages())
	s.refused("alice", protocol.CallGone, map[string]any{"type": "transfer", "call": in.ID, "to": "agent:carol"})
	for _, m := range s.w.Messages()[seen:] {
		if a, ok := m.Object.(protocol.Agent); ok && m.Party == "carol" {
			t.Errorf("carol is %s", a.State)
		}
	}
}

// A colleague whose page is gone is not rung on for the whole time.
func TestFaultColleagueOfTransferLosesHisPage(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("bob", protocol.Available)
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	s.must("bob", map[string]any{"type": "ringing", "call": call})
	s.w.Lose("bob")
	s.wait(3500 * time.Millisecond)
	if c := s.object("alice", call); c.Phase != protocol.PhaseConnected || c.Transfer == nil || c.Transfer.State != protocol.TransferFailed {
		t.Errorf("alice has %+v", c)
	}
}

// A trunk that would be asked to pass calls on is not asked for a number of another trunk: that is joined here, and the record says so.
func TestRecordKindOfTransferJoinedHere(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(replay.Setup{Rules: translator.TrunkRules{Refer: true}, Dial: func(who protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
		d, denied := byPBX(who, ask)
		if ask.To == "+49305678" {
			d.Trunks = []string{"carrier"}
		}
		return d, denied
	}}, &all))
	call, invite := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
	second := s.next("INVITE ")
	s.respond(second, 200, "two", "", pcma)
	s.next("ACK ")
	s.far("BYE", invite, "far", "", "")
	s.next("SIP/2.0 200")
	s.respond(s.next("BYE "), 200, "two", "", "")
	s.idle()
	if len(all) != 1 || len(all[0].Transfers) != 1 || all[0].Transfers[0].Kind != "blind" {
		t.Errorf("the records are %+v", all)
	}
}

// A record's lists do not grow without end: what is left out is counted.
func TestSecurityRecordIsBounded(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(replay.Setup{Agents: queue.Settings{MaxMisses: 1000, RejectDelay: time.Second}}, &all))
	s.w.Hello("alice", protocol.Available)
	s.w.Hello("bob", protocol.Available)
	call, invite := s.talking("+49301234")
	for range 130 {
		s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
		s.must("bob", map[string]any{"type": "reject", "call": call})
		s.must("bob", map[string]any{"type": "state", "state": "available"})
		s.wait(2 * time.Second)
	}
	s.far("BYE", invite, "far", "", "")
	s.idle()
	if len(all) != 1 {
		t.Fatalf("%d records", len(all))
	}
	r := all[0]
	if len(r.Agents) != 100 || len(r.Transfers) != 100 || r.Omitted != 31+30 {
		t.Errorf("the record has %d parts, %d transfers, %d left out", len(r.Agents), len(r.Transfers), r.Omitted)
	}
	if r.Agents[0].Agent != "alice" || r.Agents[0].TalkMS == 0 {
		t.Errorf("who talked is not in it: %+v", r.Agents[0])
	}
}

// What a placed call counts in the dial policy goes over to the call that its leg goes to, and ends with it.
func TestSecurityCountOfConsultationLivesOn(t *testing.T) {
	placed := 0
	s := newScene(t, replay.Setup{Meter: func(string, time.Time) (func(), *translator.Denial) {
		placed++
		over := false
		return func() {
			if over {
				t.Error("released twice")
			}
			over = true
			placed--
		}, nil
	}})
	call, first := s.talking("+49301234")
	consult, second := s.consult(call)
	s.must("alice", map[string]any{"type": "transfer", "call": call, "consult": consult})
	s.wait(time.Minute)
	if placed != 2 {
		t.Errorf("%d calls count while two far sides talk", placed)
	}
	s.far("BYE", second, "two", "", "")
	s.next("SIP/2.0 200")
	s.respond(s.next("BYE "), 200, "far", "", "")
	_ = first
	s.idle()
	if placed != 0 {
		t.Errorf("%d calls count when all is over", placed)
	}
}
