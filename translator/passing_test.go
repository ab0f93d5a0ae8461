package translator_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/replay"
)

// pcma is an answer with one codec.
var pcma = strings.Replace(farSDP, "8 0 101", "8 101", 1)

// inbound is a call from the trunk that comes into the queue; its Call-ID is in-1.
func (s *scene) inbound(sdp string) {
	s.w.Trunk("INVITE sip:billing@192.0.2.20 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1\nMax-Forwards: 70\nFrom: <sip:+49301@192.0.2.10>;tag=1\nTo: <sip:billing@192.0.2.20>\nCall-ID: in-1\nCSeq: 1 INVITE\nContact: <sip:1@192.0.2.10>\nContent-Type: application/sdp\n\n" + sdp)
	s.next("SIP/2.0 100")
}

// takes lets an agent take the call that is offered to him, and gives our 200 if that sent one.
func (s *scene) takes(agent string) (ok string) {
	s.t.Helper()
	s.must(agent, map[string]any{"type": "ringing", "call": "$call", "sdp": "$answer"})
	s.wait(time.Second)
	s.must0(agent, map[string]any{"type": "accept", "call": "$call"})
	for _, m := range s.sent() {
		if strings.HasPrefix(m, "SIP/2.0 200") {
			ok = m
			s.w.Trunk("ACK sip:192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKack\nMax-Forwards: 70\nFrom: " + line(ok, "From") + "\nTo: " + line(ok, "To") + "\nCall-ID: in-1\nCSeq: 1 ACK\n\n")
		}
	}
	s.wait(time.Second)
	return ok
}

// theirs is a request of the caller in the dialog of in-1.
func (s *scene) theirs(method, ok, extra, body string) {
	s.cseq++
	if body != "" {
		extra += "Content-Type: application/sdp\n"
	}
	if method == "INVITE" || method == "UPDATE" || method == "REFER" {
		extra += "Contact: <sip:1@192.0.2.10:5060>\n"
	}
	s.w.Trunk(method + " sip:192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKth" + strings.Repeat("x", s.cseq-99) + "\nMax-Forwards: 70\nFrom: " + line(ok, "From") + "\nTo: " + line(ok, "To") + "\nCall-ID: in-1\nCSeq: " + strconv.Itoa(s.cseq) + " " + method + "\n" + extra + "\n" + body)
}

// phase is what an agent does, and the call that he has.
func phase(s *scene, agent string) (protocol.AgentState, protocol.Call) {
	a, c, _ := s.w.Agent(agent)
	return a.State, c
}

// consult lets alice call somebody about a call, who answers.
func (s *scene) consult(call string) (consult, invite string) {
	s.must0("alice", map[string]any{"type": "dial", "to": "+49305678", "sdp": "$offer", "consult_of": call})
	invite = s.next("INVITE sip:+49305678@")
	for _, m := range s.w.Messages() {
		if c, ok := m.Object.(protocol.Call); ok && c.ConsultOf == call {
			consult = c.ID
		}
	}
	s.respond(invite, 200, "two", "", pcma)
	s.next("ACK ")
	s.wait(time.Second)
	return consult, invite
}

// An agent in wrap-up for a call that somebody else talks on dials: that call is not held for it.
func TestDialInWrapUpHoldsNobodyElse(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("alice", protocol.Available)
	s.w.Hello("carol", protocol.Available)
	s.inbound(farSDP)
	s.takes("alice")
	_, in := phase(s, "alice")
	s.must("alice", map[string]any{"type": "transfer", "call": in.ID, "to": "queue:sales"})
	s.takes("carol")
	if st, c := phase(s, "carol"); st != protocol.OnCall || c.Phase != protocol.PhaseConnected {
		t.Fatalf("carol is %s %s", st, c.Phase)
	}
	if st, _ := phase(s, "alice"); st != protocol.WrapUp {
		t.Fatalf("alice is %s", st)
	}
	s.must("alice", map[string]any{"type": "dial", "to": "+49305678", "sdp": "$offer"})
	if _, c := phase(s, "carol"); c.Phase != protocol.PhaseConnected {
		t.Errorf("carol's call is %s, held by %q", c.Phase, c.HeldBy)
	}
}

// A call that was held by who passed it on is not held by who takes it.
func TestHeldThenPassedToAgent(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("bob", protocol.Available)
	call, invite := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "hold", "call": call})
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	s.takes("bob")
	s.sent()
	if _, c := phase(s, "bob"); c.Phase != protocol.PhaseConnected {
		t.Errorf("bob's call is %s", c.Phase)
	}
	s.far("INVITE", invite, "far", "", withDirection("sendonly"))
	if c := s.object("bob", call); c.HeldBy != "remote" {
		t.Errorf("bob's call is held by %q", c.HeldBy)
	}
}

// Socket and media of the agent who passes a call on go while it rings at his colleague: when it comes back, he is lost as any other (security.md F3).
func TestFaultParkedAgentDoesNotReturn(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("bob", protocol.Available)
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	s.must("bob", map[string]any{"type": "ringing", "call": call})
	s.w.Lose("alice")
	if !s.w.HappenAny(media.AgentSilent, func(int) int { return 0 }) {
		t.Fatal("no agent's media can be silent")
	}
	s.wait(2 * time.Minute)
	gone := false
	for _, m := range s.sent() {
		gone = gone || strings.HasPrefix(m, "BYE ")
	}
	if !gone {
		t.Error("socket and media are gone, and the call goes on")
	}
}

// His page reloads meanwhile: the media that came up counts when his socket is lost later.
func TestFaultParkedAgentReloads(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("bob", protocol.Available)
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	s.must("bob", map[string]any{"type": "ringing", "call": call})
	s.must("alice", map[string]any{"type": "restart", "call": call, "sdp": "$offer"})
	s.wait(30 * time.Second)
	s.sent()
	s.w.Lose("alice")
	s.wait(2 * time.Minute)
	s.silent()
}

// A call that came in and was passed on to a number lasts no longer than any call to that number may (security.md S13).
func TestSecurityLongestTimeOfTransferredCall(t *testing.T) {
	s := newScene(t, replay.Setup{Dial: func(who protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
		d, n := byPBX(who, ask)
		d.Longest = time.Hour
		return d, n
	}, Policy: nil})
	s.w.Hello("alice", protocol.Available)
	s.inbound(farSDP)
	s.takes("alice")
	s.must("alice", map[string]any{"type": "transfer", "call": "$call", "to": "+49305678"})
	out := s.next("INVITE ")
	s.respond(out, 200, "two", "", pcma)
	s.next("ACK ")
	s.sent()
	s.wait(61 * time.Minute)
	byes := 0
	for _, m := range s.sent() {
		if strings.HasPrefix(m, "BYE ") {
			byes++
			t.Log(line(m, "Reason"))
		}
	}
	if byes == 0 {
		t.Error("no BYE after the longest time")
	}
}

// The longest time of a call runs out while it rings at a colleague: the call ends when somebody has it, and nothing spins.
func TestSecurityLongestTimeWhileItRingsAtColleague(t *testing.T) {
	s := newScene(t, replay.Setup{Dial: func(who protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
		d, n := byPBX(who, ask)
		d.Longest = time.Minute
		return d, n
	}})
	s.w.Hello("bob", protocol.Available)
	call, _ := s.talking("+49301234")
	s.wait(50 * time.Second)
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	s.must("bob", map[string]any{"type": "ringing", "call": call})
	done := make(chan bool)
	go func() { s.wait(30 * time.Second); close(done) }()
	select {
	case <-done:
	case <-time.After(60 * time.Second):
		panic("it spins")
	}
}

// Whose token has expired starts nothing new: no call, and no transfer to a number (agent-protocol.md Tokens).
func TestSecurityTransferWithExpiredToken(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, _ := s.talking("+49301234")
	s.wait(13 * time.Hour)
	s.sent()
	if _, c := phase(s, "alice"); c.ID != call {
		t.Skip("call over")
	}
	s.refused("alice", protocol.Forbidden, map[string]any{"type": "dial", "to": "+49305678", "sdp": "$offer"})
	s.refused("alice", protocol.Forbidden, map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
}

// A resume of a call that is over is refused, and holds no other.
func TestResumeOfPastCallHoldsNothing(t *testing.T) {
	s := newScene(t, replay.Setup{})
	old, invite := s.talking("+49301111")
	s.far("BYE", invite, "far", "", "")
	s.next("SIP/2.0 200")
	s.sent()
	call, _ := s.talking("+49301234")
	s.refused("alice", protocol.CallGone, map[string]any{"type": "resume", "call": old})
	if c := s.object("alice", call); c.HeldBy != "" {
		t.Errorf("the live call is held by %q", c.HeldBy)
	}
}

// A far side that the agent holds is still held when an INVITE with Replaces takes its place.
func TestReplacedWhileHeld(t *testing.T) {
	s := newScene(t, replay.Setup{Trunk: accepting, Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
	call, invite := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "hold", "call": call})
	s.respond(s.next("INVITE "), 200, "far", "", withDirection("recvonly"))
	s.next("ACK ")
	s.w.Trunk(replacing(invite, "", ""))
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 200")
	if c := s.object("alice", call); c.HeldBy != "agent" || c.Phase != protocol.PhaseHeld {
		t.Errorf("the call is %s, held by %q", c.Phase, c.HeldBy)
	}
}

// An agent who logs out in the middle of an attended transfer leaves a caller who can be passed on by the next one.
func TestLogOutWhileConsultationIsAsked(t *testing.T) {
	for seed := range uint64(12) {
		s := newScene(t, replay.Setup{Seed: seed})
		s.w.Hello("alice", protocol.Available)
		s.inbound(farSDP)
		s.takes("alice")
		_, c := phase(s, "alice")
		call := c.ID
		consult, _ := s.consult(call)
		s.w.Together(func() {
			s.must0("alice", map[string]any{"type": "transfer", "call": call, "consult": consult})
			s.must0("alice", map[string]any{"type": "bye"})
		})
		s.sent()
		s.wait(time.Second)
		s.w.Hello("bob", protocol.Available)
		if st, c := phase(s, "bob"); st == protocol.Offered {
			s.takes("bob")
			s.must("bob", map[string]any{"type": "transfer", "call": c.ID, "to": "+49307777"})
		}
		_ = call
	}
}

// A far side that holds from its first description on, or while it waits, is shown to hold (translation.md 2.4).
func TestH01FarSideHoldsFromTheBeginning(t *testing.T) {
	t.Run("dialled", func(t *testing.T) {
		s := newScene(t, replay.Setup{})
		call, invite := s.dial("+49301234")
		s.respond(invite, 200, "far", "", withDirection("sendonly"))
		s.next("ACK ")
		s.wait(time.Second)
		s.heldBy(call, "remote")
	})
	t.Run("inbound", func(t *testing.T) {
		s := newScene(t, replay.Setup{})
		s.w.Hello("alice", protocol.Available)
		s.inbound(withDirection("sendonly"))
		s.takes("alice")
		_, c := phase(s, "alice")
		s.heldBy(c.ID, "remote")
	})
	t.Run("while waiting", func(t *testing.T) {
		s := newScene(t, replay.Setup{Terms: translator.Terms{Answer: translator.AnswerAtOnce}})
		s.inbound(farSDP)
		ok := s.next("SIP/2.0 200")
		s.w.Trunk("ACK sip:192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKack\nMax-Forwards: 70\nFrom: " + line(ok, "From") + "\nTo: " + line(ok, "To") + "\nCall-ID: in-1\nCSeq: 1 ACK\n\n")
		s.theirs("INVITE", ok, "", withDirection("sendonly"))
		s.sent()
		s.w.Hello("alice", protocol.Available)
		s.takes("alice")
		_, c := phase(s, "alice")
		s.heldBy(c.ID, "remote")
	})
}

// Whom one agent called, and passed on, is the caller for the next one, under his new name too.
func TestIdentifiedAfterTransferToQueue(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, invite := s.talking("+49301234")
	s.w.Hello("carol", protocol.Available)
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "queue:sales"})
	s.takes("carol")
	s.far("UPDATE", invite, "far", "P-Asserted-Identity: \"Mara\" <sip:+49308888@192.0.2.10>\n", "")
	c := s.object("carol", call)
	if c.From.Number != "+49308888" || c.To.Number == "+49308888" {
		t.Errorf("carol sees from %+v to %+v", c.From, c.To)
	}
}

// The far side of a consultation that came from the queue is its caller.
func TestAttendedWithCallOfQueue(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(replay.Setup{}, &all))
	s.w.Hello("alice", protocol.Available)
	s.inbound(farSDP)
	s.takes("alice")
	_, in := phase(s, "alice")
	consult, second := s.consult(in.ID)
	s.must0("alice", map[string]any{"type": "transfer", "call": consult, "consult": in.ID})
	s.wantCause("alice", consult, protocol.CauseTransferred, protocol.ByAgent)
	s.sent()
	s.far("BYE", second, "two", "", "")
	for _, m := range s.sent() {
		if strings.HasPrefix(m, "BYE ") {
			s.respond(m, 200, "", "", "")
		}
	}
	s.idle()
	for _, r := range all {
		for _, x := range r.Transfers {
			if x.To.Number != "+49301" {
				t.Errorf("transferred to %+v", x.To)
			}
		}
	}
}

// Of two whom an agent called and joined, neither is the caller.
func TestBridgedCalleesEnd(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(replay.Setup{}, &all))
	call, first := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
	second := s.next("INVITE ")
	s.respond(second, 200, "two", "", pcma)
	s.next("ACK ")
	s.far("BYE", first, "far", "", "")
	s.next("SIP/2.0 200")
	s.respond(s.next("BYE "), 200, "two", "", "")
	s.idle()
	if by := all[0].Cause.By; by != protocol.ByCallee {
		t.Errorf("ended by %s", by)
	}
}

// A REFER of the second of two joined far sides is declined at once.
func TestReferOfJoinedLegIsDeclined(t *testing.T) {
	s := newScene(t, replay.Setup{Trunk: accepting})
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
	second := s.next("INVITE ")
	s.respond(second, 200, "two", "", pcma)
	s.next("ACK ")
	s.far("REFER", second, "two", "Refer-To: <sip:+49305679@192.0.2.10>\n", "")
	s.wait(time.Second)
	s.next("SIP/2.0 603")
}

// A trunk that did not join two calls leaves both as they were: a consultation that ends later was not transferred.
func TestConsultationAfterFailedRefer(t *testing.T) {
	s := newScene(t, replay.Setup{Dial: byPBX, Rules: translator.TrunkRules{Refer: true}})
	call, first := s.talking("+49301234")
	consult, second := s.consult(call)
	s.must0("alice", map[string]any{"type": "transfer", "call": call, "consult": consult})
	s.respond(s.next("REFER "), 202, "far", "", "")
	s.notifyFrag(first, "terminated;reason=noresource", "SIP/2.0 481 Gone")
	s.next("SIP/2.0 200")
	s.wait(5 * time.Minute)
	s.sent()
	s.far("BYE", second, "two", "", "")
	s.wantCause("alice", consult, protocol.CauseNormal, protocol.ByCallee)
}

// The far side that another one replaced ends its dialog (RFC 3891 §3). One that does not keeps no agent on a dead line.
func TestConsultationThatTheTrunkJoinedEnds(t *testing.T) {
	s := newScene(t, replay.Setup{Dial: byPBX, Rules: translator.TrunkRules{Refer: true}})
	call, first := s.talking("+49301234")
	consult, second := s.consult(call)
	s.must0("alice", map[string]any{"type": "transfer", "call": call, "consult": consult})
	s.respond(s.next("REFER "), 202, "far", "", "")
	s.notifyFrag(first, "terminated;reason=noresource", "SIP/2.0 200 OK")
	s.next("SIP/2.0 200")
	s.respond(s.next("BYE "), 200, "far", "", "")
	s.wait(4 * time.Second)
	s.silent()
	s.wait(2 * time.Second)
	bye := s.next("BYE ")
	if line(bye, "Call-ID") != line(second, "Call-ID") {
		t.Errorf("it is not the consultation's:\n%s", bye)
	}
	s.respond(bye, 200, "two", "", "")
	s.wantCause("alice", consult, protocol.CauseTransferred, protocol.ByAgent)
	s.wantCause("alice", call, protocol.CauseTransferred, protocol.ByAgent)
	s.idle()
}

// The outcome that is owed by an agent who passed the call on is not waited for either.
func TestDrainWaitsForNoOutcomeOfWhoPassedOn(t *testing.T) {
	s := newScene(t, replay.Setup{Queue: queue.QueueSettings{OutcomeRequired: true}})
	s.w.Hello("alice", protocol.Available)
	s.w.Hello("carol", protocol.Available)
	s.inbound(farSDP)
	ok := s.takes("alice")
	_, in := phase(s, "alice")
	s.must("alice", map[string]any{"type": "transfer", "call": in.ID, "to": "queue:sales"})
	s.wait(2 * time.Minute)
	s.theirs("BYE", ok, "", "")
	s.wait(3 * time.Minute)
	s.w.X.Drain()
	s.wait(time.Second)
	if b := s.w.Books(); b.Calls != 0 {
		t.Errorf("draining waits: %+v", b)
	}
}

// A call that panics again and again frees the agent, too, who was passing it on (security.md F5).
func TestFaultPanicFreesWhoPassesOn(t *testing.T) {
	w, err := replay.NewWorld(replay.Setup{})
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, w: w, cseq: 100} // panics are no problem here
	s.w.Hello("bob", protocol.Available)
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	s.w.Media.Fault = func(m string) {
		if m == "AgentAnswer" || m == "Drop" {
			panic("on purpose")
		}
	}
	s.must0("bob", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	for _, a := range []string{"alice", "bob"} {
		if st, c := phase(s, a); st != protocol.Available {
			t.Errorf("%s is %s with %s", a, st, c.Phase)
		}
	}
}

// Who passed a call on logs out while it rings at his colleague, and the far side hangs up: the transfer has failed (no outcome is never one).
func TestTransferWhoseAgentsAreGone(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(replay.Setup{}, &all))
	s.w.Hello("bob", protocol.Available)
	call, invite := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	s.must("bob", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	if err := s.w.Ask("alice", map[string]any{"type": "bye"}); err != nil {
		t.Fatal(err)
	}
	s.far("BYE", invite, "far", "", "")
	s.idle()
	if len(all) != 1 || len(all[0].Transfers) != 1 || all[0].Transfers[0].Outcome != "failed" {
		t.Errorf("the record is %+v", all)
	}
}
