package translator_test

import (
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/replay"
)

func direction(text string) string {
	for _, d := range []string{"sendrecv", "sendonly", "recvonly", "inactive"} {
		if strings.Contains(text, "a="+d+"\n") {
			return d
		}
	}
	return ""
}

func withDirection(d string) string { return farSDP + "a=" + d + "\n" }

// hold and resume of a trunk that is not told: music of ours, no SIP.
func TestHoldLocal(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "hold", "call": call})
	if c := s.object("alice", call); c.Phase != protocol.PhaseHeld || c.HeldBy != "agent" {
		t.Errorf("held, the call is %+v", c)
	}
	s.must("alice", map[string]any{"type": "hold", "call": call})
	s.refused("alice", protocol.WrongPhase, map[string]any{"type": "dtmf", "call": call, "digits": "1"})
	s.must("alice", map[string]any{"type": "resume", "call": call})
	if c := s.object("alice", call); c.Phase != protocol.PhaseConnected || c.HeldBy != "" {
		t.Errorf("resumed, the call is %+v", c)
	}
	s.silent()
}

// hold of a trunk that is told: re-INVITE sendonly, and back.
func TestHoldSendonly(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "hold", "call": call})
	again := s.next("INVITE ")
	if direction(again) != "sendonly" {
		t.Errorf("hold offers %s", direction(again))
	}
	// resume crosses the open offer, and has its turn after it
	s.must0("alice", map[string]any{"type": "resume", "call": call})
	s.silent()
	s.respond(again, 200, "far", "", withDirection("recvonly"))
	s.next("ACK ")
	again = s.next("INVITE ")
	if direction(again) != "sendrecv" {
		t.Errorf("resume offers %s", direction(again))
	}
	if got := s.phases("alice", call); got[len(got)-1] != "held" {
		t.Errorf("alice saw %v", got)
	}
	s.respond(again, 200, "far", "", farSDP)
	s.next("ACK ")
	if c := s.object("alice", call); c.Phase != protocol.PhaseConnected || c.HeldBy != "" {
		t.Errorf("resumed, the call is %+v", c)
	}
}

// must0 sends a request whose reply comes later.
func (s *scene) must0(agent string, frame map[string]any) {
	s.t.Helper()
	if err := s.w.Ask(agent, frame); err != nil {
		s.t.Fatal(err)
	}
}

func TestD01(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
	call, invite := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "hold", "call": call})
	ours := s.next("INVITE ")
	theirs := s.request("INVITE", invite, "far", "", farSDP)
	s.w.Trunk(theirs)
	s.next("SIP/2.0 491")
	s.far0("ACK", theirs)
	s.respond(ours, 491, "far", "", "")
	s.next("ACK ")
	s.wait(2 * time.Second)
	s.silent()
	var again string // 2.1 to 4.0 s after the 491, since the Call-ID is ours
	for end := s.w.Elapsed() + 2*time.Second; again == "" && s.w.Elapsed() < end; s.wait(10 * time.Millisecond) {
		if sent := s.sent(); len(sent) > 0 {
			again = sent[0]
		}
	}
	s.respond(again, 200, "far", "", withDirection("recvonly"))
	s.next("ACK ")
	if c := s.object("alice", call); c.HeldBy != "agent" {
		t.Errorf("the call is %+v", c)
	}
}

// far0 sends the ACK of a request of theirs that got a failure.
func (s *scene) far0(method, request string) {
	text := strings.Replace(request, "INVITE ", method+" ", 1)
	text = strings.Replace(text, " INVITE\n", " "+method+"\n", 1)
	head, _, _ := strings.Cut(text, "\n\n")
	head = strings.Replace(head, "Content-Type: application/sdp\n", "", 1)
	s.w.Trunk(head + "\n\n")
}

func TestD04(t *testing.T) {
	t.Run("488", func(t *testing.T) {
		s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
		call, _ := s.talking("+49301234")
		s.must("alice", map[string]any{"type": "hold", "call": call})
		s.respond(s.next("INVITE "), 488, "far", "", "")
		s.next("ACK ")
		if c := s.object("alice", call); c.Phase != protocol.PhaseConnected || c.HeldBy != "" {
			t.Errorf("the call is %+v", c)
		}
		s.silent()
		s.must("alice", map[string]any{"type": "hold", "call": call})
		s.next("INVITE ")
	})
	t.Run("481", func(t *testing.T) {
		s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
		call, _ := s.talking("+49301234")
		s.must("alice", map[string]any{"type": "hold", "call": call})
		s.respond(s.next("INVITE "), 481, "far", "", "")
		s.next("ACK ")
		s.next("BYE ")
		if c := s.object("alice", call); c.Phase != protocol.PhaseEnded || c.Cause.Code != "call_gone" {
			t.Errorf("the call is %+v %+v", c, c.Cause)
		}
	})
}

func TestH03(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
	call, invite := s.talking("+49301234")
	held := func(want string) {
		t.Helper()
		if c := s.object("alice", call); c.HeldBy != want {
			t.Errorf("held by %q, want %q", c.HeldBy, want)
		}
	}
	s.must("alice", map[string]any{"type": "hold", "call": call})
	again := s.next("INVITE ")
	if direction(again) != "sendonly" {
		t.Errorf("hold offers %s", direction(again))
	}
	s.respond(again, 200, "far", "", withDirection("recvonly"))
	s.next("ACK ")
	held("agent")
	s.far("INVITE", invite, "far", "", withDirection("sendonly"))
	s.next("SIP/2.0 100")
	if ok := s.next("SIP/2.0 200"); direction(ok) != "inactive" {
		t.Errorf("answer to sendonly is %s", direction(ok))
	}
	s.cseq--
	s.far("ACK", invite, "far", "", "")
	held("both")
	s.must("alice", map[string]any{"type": "resume", "call": call})
	again = s.next("INVITE ")
	if direction(again) != "recvonly" {
		t.Errorf("resume offers %s", direction(again))
	}
	s.respond(again, 200, "far", "", withDirection("sendonly"))
	s.next("ACK ")
	held("remote")
	s.far("INVITE", invite, "far", "", withDirection("sendrecv"))
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 200")
	held("")
}

// dtmf goes by INFO where the trunk's rules say so, one at a time, a comma for half a second.
func TestDigitsByInfo(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Digits: translator.DigitsInfo}})
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "dtmf", "call": call, "digits": "1,#"})
	info := s.next("INFO ")
	if !strings.Contains(info, "application/dtmf-relay") || !strings.Contains(info, "Signal=1\n") {
		t.Errorf("INFO is\n%s", info)
	}
	s.respond(info, 200, "far", "", "")
	s.wait(700 * time.Millisecond)
	s.silent()
	s.wait(100 * time.Millisecond)
	info = s.next("INFO ")
	if !strings.Contains(info, "Signal=#\n") {
		t.Errorf("INFO is\n%s", info)
	}
	s.respond(info, 415, "far", "", "")
	s.silent()
}

// dtmf goes as telephone events where the far side takes them.
func TestDigitsAsEvents(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "dtmf", "call": call, "digits": "12"})
	s.silent()
	s = newScene(t, replay.Setup{})
	call, invite := s.dial("+49301234")
	s.refused("alice", protocol.WrongPhase, map[string]any{"type": "dtmf", "call": call, "digits": "12"})
	s.respond(invite, 200, "far", "", strings.Replace(farSDP, " 101\na=rtpmap:101 telephone-event/8000\n", "\n", 1))
	s.next("ACK ")
	s.wait(time.Second)
	s.must("alice", map[string]any{"type": "dtmf", "call": call, "digits": "1"})
	s.next("INFO ") // no events: by INFO
}

// A blind transfer by us: the far side hears music, the target is called with the codec in use, both are joined, the agent is free.
func TestTransferBlind(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, first := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
	second := s.next("INVITE sip:+49305678@")
	if !strings.Contains(second, "RTP/AVP 8 ") {
		t.Errorf("INVITE offers\n%s", second)
	}
	if p := s.object("alice", call).Phase; p != protocol.PhaseTransferring {
		t.Errorf("the call is %s", p)
	}
	s.respond(second, 180, "two", "", "")
	s.respond(second, 200, "two", "", strings.Replace(farSDP, "8 0 101", "8 101", 1))
	s.next("ACK ")
	s.wantPhases("alice", call, "dialing", "connecting", "connected", "transferring", "ended")
	s.wantCause("alice", call, protocol.CauseTransferred, protocol.ByAgent)
	if a, _, _ := s.w.Agent("alice"); a.State != protocol.Available {
		t.Errorf("alice is %s", a.State)
	}
	s.silent()
	s.wait(time.Minute)
	s.refused("alice", protocol.CallGone, map[string]any{"type": "hangup", "call": call})
	s.far("BYE", first, "far", "", "")
	s.next("SIP/2.0 200")
	bye := s.next("BYE ")
	if line(bye, "Call-ID") != line(second, "Call-ID") {
		t.Error("BYE is not for the other far side")
	}
	s.respond(bye, 200, "two", "", "")
	s.idle()
}

func TestTransferFailsAndReturns(t *testing.T) {
	s := newScene(t, replay.Setup{Dial: byPBX})
	call, _ := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
	second := s.next("INVITE ")
	s.respond(second, 486, "two", "", "")
	s.next("ACK ")
	if c := s.object("alice", call); c.Phase != protocol.PhaseConnected || c.Transfer == nil || c.Transfer.State != protocol.TransferFailed || c.Transfer.Code != protocol.CauseBusyHere || c.Transfer.SIP != 486 {
		t.Errorf("the call is %+v %+v", c, c.Transfer)
	}
	// once more, and taken back
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
	second = s.next("INVITE ")
	s.respond(second, 180, "two", "", "")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "cancel": true})
	cancel := s.next("CANCEL ")
	s.respond(cancel, 200, "two", "", "")
	s.respond(second, 487, "two", "", "")
	s.next("ACK ")
	if p := s.object("alice", call).Phase; p != protocol.PhaseConnected {
		t.Errorf("the call is %s", p)
	}
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	s.respond(s.next("BYE "), 200, "far", "", "")
	s.idle()
}

// The far side gives up while it is transferred: the target is not rung on.
func TestTransferFarSideGone(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, first := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
	second := s.next("INVITE ")
	s.respond(second, 180, "two", "", "")
	s.far("BYE", first, "far", "", "")
	s.next("SIP/2.0 200")
	cancel := s.next("CANCEL ")
	s.respond(cancel, 200, "two", "", "")
	s.respond(second, 487, "two", "", "")
	s.next("ACK ")
	s.wantPhases("alice", call, "dialing", "connecting", "connected", "transferring", "ended")
	s.wantCause("alice", call, protocol.CauseNormal, protocol.ByCallee)
	s.idle()
}

func (s *scene) transferByRefer() (call, invite, refer string) {
	call, invite = s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
	refer = s.next("REFER ")
	if !strings.Contains(line(refer, "Refer-To"), "sip:+49305678@") {
		s.t.Errorf("REFER is\n%s", refer)
	}
	s.respond(refer, 202, "far", "", "")
	if p := s.object("alice", call).Phase; p != protocol.PhaseTransferring {
		s.t.Errorf("the call is %s", p)
	}
	return call, invite, refer
}

func TestT04(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Refer: true}})
	call, invite, _ := s.transferByRefer()
	for _, n := range []struct{ state, frag string }{{"active;expires=60", "SIP/2.0 180 Ringing"}, {"terminated;reason=noresource", "SIP/2.0 486 Busy Here"}} {
		s.notifyFrag(invite, n.state, n.frag)
		s.next("SIP/2.0 200")
	}
	if c := s.object("alice", call); c.Phase != protocol.PhaseConnected {
		t.Errorf("the call is %s", c.Phase)
	}
	s.silent()
}

func (s *scene) notifyFrag(invite, state, frag string) {
	text := s.request("NOTIFY", invite, "far", "Event: refer\nSubscription-State: "+state+"\nContent-Type: message/sipfrag;version=2.0\n", "")
	s.w.Trunk(strings.TrimRight(text, "\n") + "\n\n" + frag + "\n")
}

func TestT05(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Refer: true}})
	call, invite, _ := s.transferByRefer()
	s.far("BYE", invite, "far", "", "")
	s.next("SIP/2.0 200")
	s.wantPhases("alice", call, "dialing", "connecting", "connected", "transferring", "ended")
	s.wantCause("alice", call, protocol.CauseTransferred, protocol.ByAgent)
	s.idle()
}

// The trunk does what it was asked for: the dialog that is of no more use ends.
func TestTransferByReferDone(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Refer: true}})
	call, invite, _ := s.transferByRefer()
	s.notifyFrag(invite, "terminated;reason=noresource", "SIP/2.0 200 OK")
	s.next("SIP/2.0 200")
	s.respond(s.next("BYE "), 200, "far", "", "")
	s.wantCause("alice", call, protocol.CauseTransferred, protocol.ByAgent)
	s.idle()
}

func accepting(t *dialog.Trunk) { t.AcceptRefer, t.AcceptReplaces = true, true }

func TestT01(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, invite := s.talking("+49301234")
	s.far("REFER", invite, "far", "Refer-To: <sip:+49305678@192.0.2.10>\n", "")
	s.next("SIP/2.0 603")
	if p := s.object("alice", call).Phase; p != protocol.PhaseConnected {
		t.Errorf("the call is %s", p)
	}
}

func TestT02(t *testing.T) {
	s := newScene(t, replay.Setup{Trunk: accepting})
	call, invite := s.talking("+49301234")
	s.far("REFER", invite, "far", "Refer-To: <sip:+49305678@192.0.2.10?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2>\n", "")
	s.next("SIP/2.0 202")
	notify := s.next("NOTIFY ")
	if !strings.Contains(notify, "SIP/2.0 100") {
		t.Errorf("NOTIFY is\n%s", notify)
	}
	s.respond(notify, 200, "far", "", "")
	second := s.next("INVITE sip:+49305678@192.0.2.10")
	if line(second, "Replaces") != "abc;to-tag=1;from-tag=2" {
		t.Errorf("INVITE has Replaces %q", line(second, "Replaces"))
	}
	if p := s.object("alice", call).Phase; p != protocol.PhaseTransferring {
		t.Errorf("the call is %s", p)
	}
	s.respond(second, 200, "two", "", strings.Replace(farSDP, "8 0 101", "8 101", 1))
	s.next("ACK ")
	var notified, bye bool
	for _, text := range s.sent() {
		switch {
		case strings.HasPrefix(text, "NOTIFY ") && strings.Contains(text, "SIP/2.0 200"):
			notified = strings.Contains(line(text, "Subscription-State"), "terminated")
			s.respond(text, 200, "far", "", "")
		case strings.HasPrefix(text, "BYE "):
			bye = line(text, "Call-ID") == line(invite, "Call-ID")
			s.respond(text, 200, "far", "", "")
		}
	}
	if !notified || !bye {
		t.Errorf("notified %v, BYE to the old one %v", notified, bye)
	}
	if c := s.object("alice", call); c.Phase != protocol.PhaseConnected || c.To.Number != "+49305678" {
		t.Errorf("the call is %+v", c)
	}
	s.sent()
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	gone := s.next("BYE ")
	if line(gone, "Call-ID") != line(second, "Call-ID") {
		t.Error("BYE does not go to the new far side")
	}
	s.respond(gone, 200, "two", "", "")
	s.idle()
}

// A REFER to someone whom the agent may not call is declined, and one whose target refuses is told so; the call goes on.
func TestReferredPolicyAndFailure(t *testing.T) {
	deny := func(who protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
		if ask.Far != "" && strings.Contains(ask.To, "900") {
			return translator.Destination{}, &translator.Denial{Code: protocol.Forbidden, Message: "to: not allowed"}
		}
		return byPBX(who, ask)
	}
	s := newScene(t, replay.Setup{Trunk: accepting, Dial: deny})
	call, invite := s.talking("+49301234")
	s.far("REFER", invite, "far", "Refer-To: <sip:+49900@192.0.2.10>\n", "")
	s.next("SIP/2.0 603")
	s.far("REFER", invite, "far", "Refer-To: <sip:+49305678@192.0.2.10>\n", "")
	s.next("SIP/2.0 202")
	s.respond(s.next("NOTIFY "), 200, "far", "", "")
	second := s.next("INVITE ")
	s.respond(second, 486, "two", "", "")
	s.next("ACK ")
	if n := s.next("NOTIFY "); !strings.Contains(n, "SIP/2.0 486") {
		t.Errorf("NOTIFY is\n%s", n)
	}
	if p := s.object("alice", call).Phase; p != protocol.PhaseConnected {
		t.Errorf("the call is %s", p)
	}
}

func TestT03(t *testing.T) {
	s := newScene(t, replay.Setup{Trunk: accepting})
	call, invite := s.talking("+49301234")
	for headers, status := range map[string]string{"Refer-To: <sip:1@192.0.2.10>\nRefer-To: <sip:2@192.0.2.10>\n": "400", "": "400", "Refer-To: <mailto:a@example.org>\n": "416"} {
		s.far("REFER", invite, "far", headers, "")
		s.next("SIP/2.0 " + status)
	}
	if p := s.object("alice", call).Phase; p != protocol.PhaseConnected {
		t.Errorf("the call is %s", p)
	}
}

// replacing is an INVITE with Replaces for the dialog that an INVITE of ours began.
func replacing(invite, callID, params string) string {
	_, ours, _ := strings.Cut(line(invite, "From"), ";tag=")
	if callID == "" {
		callID = line(invite, "Call-ID")
	}
	return "INVITE sip:+4930100@192.0.2.20 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKrep" + callID[:3] + "\nMax-Forwards: 70\nFrom: \"Jonas\" <sip:+49309999@192.0.2.10>;tag=new\nTo: <sip:+4930100@192.0.2.20>\n" +
		"Call-ID: new-" + callID[:3] + "\nCSeq: 1 INVITE\nContact: <sip:new@192.0.2.10>\nRequire: replaces\nReplaces: " + callID + ";to-tag=" + ours + ";from-tag=far" + params + "\nContent-Type: application/sdp\n\n" + farSDP
}

func TestT06(t *testing.T) {
	t.Run("match", func(t *testing.T) {
		s := newScene(t, replay.Setup{Trunk: accepting})
		call, invite := s.talking("+49301234")
		s.w.Trunk(replacing(invite, "", ""))
		s.next("SIP/2.0 100")
		ok := s.next("SIP/2.0 200")
		if !strings.Contains(ok, "RTP/AVP 8 ") {
			t.Errorf("200 answers\n%s", ok)
		}
		bye := s.next("BYE ")
		if line(bye, "Call-ID") != line(invite, "Call-ID") {
			t.Error("BYE is not for the old dialog")
		}
		s.respond(bye, 200, "far", "", "")
		s.w.Trunk("ACK sip:192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKrepack\nMax-Forwards: 70\nFrom: " + line(ok, "From") + "\nTo: " + line(ok, "To") + "\nCall-ID: " + line(ok, "Call-ID") + "\nCSeq: 1 ACK\n\n")
		if c := s.object("alice", call); c.Phase != protocol.PhaseConnected || c.To.Number != "+49309999" || c.To.Name != "Jonas" {
			t.Errorf("the call is %+v", c)
		}
		s.must("alice", map[string]any{"type": "hangup", "call": call})
		bye = s.next("BYE ")
		if line(bye, "Call-ID") != line(ok, "Call-ID") {
			t.Error("BYE does not go to the new far side")
		}
		s.respond(bye, 200, "new", "", "")
		s.idle()
	})
	t.Run("none", func(t *testing.T) {
		s := newScene(t, replay.Setup{Trunk: accepting})
		_, invite := s.talking("+49301234")
		s.w.Trunk(replacing(invite, "nobody", ""))
		s.next("SIP/2.0 481")
	})
	t.Run("ended", func(t *testing.T) {
		s := newScene(t, replay.Setup{Trunk: accepting})
		call, invite := s.talking("+49301234")
		s.must("alice", map[string]any{"type": "hangup", "call": call})
		s.next("BYE ")
		s.w.Trunk(replacing(invite, "", ""))
		s.next("SIP/2.0 603")
	})
	t.Run("early-only", func(t *testing.T) {
		s := newScene(t, replay.Setup{Trunk: accepting})
		_, invite := s.talking("+49301234")
		s.w.Trunk(replacing(invite, "", ";early-only"))
		s.next("SIP/2.0 486")
	})
}

// An attended transfer: the consultation is dialled with the first call's codec alone, holds it, and both are joined; the agent is free.
func TestTransferAttended(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, first := s.talking("+49301234")
	s.must0("alice", map[string]any{"type": "dial", "to": "+49305678", "sdp": "$offer", "consult_of": call})
	second := s.next("INVITE sip:+49305678@")
	if !strings.Contains(second, "RTP/AVP 8 ") {
		t.Errorf("the consultation offers\n%s", second)
	}
	if c := s.object("alice", call); c.HeldBy != "agent" {
		t.Errorf("the call is %+v", c)
	}
	var consult string
	for _, m := range s.w.Messages() {
		if c, ok := m.Object.(protocol.Call); ok && c.ConsultOf == call {
			consult = c.ID
		}
	}
	s.respond(second, 200, "two", "", strings.Replace(farSDP, "8 0 101", "8 101", 1))
	s.next("ACK ")
	s.wait(time.Second)
	// swap: resume one holds the other
	s.must0("alice", map[string]any{"type": "resume", "call": call})
	if a, b := s.object("alice", call), s.object("alice", consult); a.HeldBy != "" || b.HeldBy != "agent" {
		t.Errorf("held by %q and %q", a.HeldBy, b.HeldBy)
	}
	s.must0("alice", map[string]any{"type": "resume", "call": consult})
	s.must0("alice", map[string]any{"type": "transfer", "call": call, "consult": consult})
	s.wantCause("alice", call, protocol.CauseTransferred, protocol.ByAgent)
	s.wantCause("alice", consult, protocol.CauseTransferred, protocol.ByAgent)
	if a, _, _ := s.w.Agent("alice"); a.State != protocol.Available {
		t.Errorf("alice is %s", a.State)
	}
	s.silent()
	s.far("BYE", second, "two", "", "")
	s.next("SIP/2.0 200")
	bye := s.next("BYE ")
	if line(bye, "Call-ID") != line(first, "Call-ID") {
		t.Error("BYE is not for the first far side")
	}
	s.respond(bye, 200, "far", "", "")
	s.idle()
}

// Both dialogs are one trunk's, which joins them when asked.
func TestTransferAttendedByRefer(t *testing.T) {
	s := newScene(t, replay.Setup{Dial: byPBX, Rules: translator.TrunkRules{Refer: true}})
	call, first := s.talking("+49301234")
	s.must0("alice", map[string]any{"type": "dial", "to": "+49305678", "sdp": "$offer", "consult_of": call})
	second := s.next("INVITE ")
	s.respond(second, 200, "two", "Contact: <sip:two@192.0.2.10:5080>\n", strings.Replace(farSDP, "8 0 101", "8 101", 1))
	s.next("ACK ")
	s.wait(time.Second)
	var consult string
	for _, m := range s.w.Messages() {
		if c, ok := m.Object.(protocol.Call); ok && c.ConsultOf == call {
			consult = c.ID
		}
	}
	s.must0("alice", map[string]any{"type": "transfer", "call": call, "consult": consult})
	refer := s.next("REFER ")
	to := line(refer, "Refer-To")
	if !strings.Contains(to, "sip:two@192.0.2.10:5080?Replaces="+line(second, "Call-ID")) || line(refer, "Call-ID") != line(first, "Call-ID") {
		t.Errorf("REFER is\n%s", refer)
	}
	s.respond(refer, 202, "far", "", "")
	s.far("BYE", second, "two", "", "")
	s.next("SIP/2.0 200")
	s.wantCause("alice", consult, protocol.CauseTransferred, protocol.ByAgent)
	s.notifyFrag(first, "terminated;reason=noresource", "SIP/2.0 200 OK")
	s.next("SIP/2.0 200")
	s.respond(s.next("BYE "), 200, "far", "", "")
	s.wantCause("alice", call, protocol.CauseTransferred, protocol.ByAgent)
	s.idle()
}

// A transfer to a queue: the agent is free at once, the far side hears music, keeps its arrival time, and is offered the codec in use alone.
func TestTransferToQueue(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
	s.w.Hello("carol", protocol.Available)
	call, invite := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "hold", "call": call})
	s.respond(s.next("INVITE "), 200, "far", "", withDirection("recvonly"))
	s.next("ACK ")
	s.wait(20 * time.Second)
	s.refused("alice", protocol.NotFound, map[string]any{"type": "transfer", "call": call, "to": "queue:none"})
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "queue:sales"})
	s.wantCause("alice", call, protocol.CauseTransferred, protocol.ByAgent)
	if a, _, _ := s.w.Agent("alice"); a.State != protocol.Available {
		t.Errorf("alice is %s", a.State)
	}
	s.silent()
	_, c, _ := s.w.Agent("carol")
	if c.ID != call || c.Phase != protocol.PhaseOffered || c.From.Number != "+49301234" || c.Queue != "sales" || c.WaitedMS < 20000 || strings.Count(c.SDP.SDP, "a=rtpmap:") != 2 {
		t.Errorf("carol is offered %+v", c)
	}
	s.must("carol", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.wait(time.Second)
	s.must("carol", map[string]any{"type": "accept", "call": call})
	s.wait(100 * time.Millisecond)
	again := s.next("INVITE ") // the far side was held by alice: it is told that it is not any more
	if direction(again) != "sendrecv" {
		t.Errorf("re-INVITE offers %s", direction(again))
	}
	s.respond(again, 200, "far", "", farSDP)
	s.next("ACK ")
	if p := s.object("carol", call).Phase; p != protocol.PhaseConnected {
		t.Errorf("the call is %s", p)
	}
	s.far("BYE", invite, "far", "", "")
	s.next("SIP/2.0 200")
	s.idle()
}

// Whom a REFER names never answers: the far side is told when the limit is reached, and the answer to the CANCEL finds its dialog.
func TestReferredToNobody(t *testing.T) {
	s := newScene(t, replay.Setup{Trunk: accepting, Dial: byPBX})
	call, invite := s.talking("+49301234")
	s.far("REFER", invite, "far", "Refer-To: <sip:+49305678@192.0.2.10>\n", "")
	s.next("SIP/2.0 202")
	s.respond(s.next("NOTIFY "), 200, "far", "", "")
	second := s.next("INVITE ")
	s.respond(second, 180, "two", "", "")
	s.respond(s.next("NOTIFY "), 200, "far", "", "")
	s.wait(330*time.Second + 100*time.Millisecond)
	cancel := s.next("CANCEL ")
	s.respond(s.next("NOTIFY "), 200, "far", "", "")
	s.respond(cancel, 200, "two", "", "")
	s.respond(second, 487, "two", "", "")
	s.next("ACK ")
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	s.respond(s.next("BYE "), 200, "far", "", "")
	s.idle()
}

// toColleague is a call of alice's that she passes on to bob, who is free.
func toColleague(t *testing.T) (s *scene, call, invite string) {
	s = newScene(t, replay.Setup{})
	s.w.Hello("bob", protocol.Available)
	call, invite = s.talking("+49301234")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	a, c, _ := s.w.Agent("bob")
	if a.State != protocol.Offered || c.ID != call || c.Phase != protocol.PhaseOffered || c.From.Number != "+49301234" || c.ExpiresAt.IsZero() {
		t.Fatalf("bob is %s with %+v", a.State, c)
	}
	if p := s.object("alice", call).Phase; p != protocol.PhaseTransferring {
		t.Errorf("alice's call is %s", p)
	}
	return s, call, invite
}

func TestTransferToAgent(t *testing.T) {
	s, call, invite := toColleague(t)
	s.must("bob", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	if x := s.object("alice", call).Transfer; x == nil || x.State != protocol.TransferRinging {
		t.Errorf("alice is told %+v", x)
	}
	s.wait(time.Second)
	s.must("bob", map[string]any{"type": "accept", "call": call})
	s.wait(time.Second)
	s.wantCause("alice", call, protocol.CauseTransferred, protocol.ByAgent)
	if a, c, _ := s.w.Agent("bob"); a.State != protocol.OnCall || c.Phase != protocol.PhaseConnected {
		t.Errorf("bob is %s with a call %s", a.State, c.Phase)
	}
	if a, _, _ := s.w.Agent("alice"); a.State != protocol.Available {
		t.Errorf("alice is %s", a.State)
	}
	s.silent() // the far side's dialog saw nothing of it
	s.far("BYE", invite, "far", "", "")
	s.next("SIP/2.0 200")
	if a, _, _ := s.w.Agent("bob"); a.State != protocol.Available {
		t.Errorf("bob is %s", a.State)
	}
	s.idle()
}

// A colleague who declines, does not take it, or whose page does not show it: the call is alice's again.
func TestTransferToAgentReturns(t *testing.T) {
	for name, end := range map[string]func(s *scene, call string){
		"rejected": func(s *scene, call string) {
			s.must("bob", map[string]any{"type": "reject", "call": call, "reason": "busy"})
		},
		"missed": func(s *scene, call string) {
			s.must("bob", map[string]any{"type": "ringing", "call": call})
			s.wait(21 * time.Second)
		},
		"unreachable": func(s *scene, call string) { s.wait(4 * time.Second) },
		"logged out":  func(s *scene, call string) { s.must0("bob", map[string]any{"type": "bye"}) },
		"cancelled": func(s *scene, call string) {
			s.must("alice", map[string]any{"type": "transfer", "call": call, "cancel": true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, call, _ := toColleague(t)
			end(s, call)
			if c := s.object("alice", call); c.Phase != protocol.PhaseConnected || c.Transfer == nil || c.Transfer.State != protocol.TransferFailed || c.Transfer.Code == "" {
				t.Errorf("alice's call is %+v %+v", c, c.Transfer)
			}
			if c := s.object("bob", call); c.Phase != protocol.PhaseEnded && s.w.Attached("bob") {
				t.Errorf("bob's call is %s", c.Phase)
			}
			s.silent()
			s.must("alice", map[string]any{"type": "hangup", "call": call})
			s.respond(s.next("BYE "), 200, "far", "", "")
			s.idle()
		})
	}
}

// Who cannot be asked is named at once.
func TestTransferToAgentRefused(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("bob", protocol.Away)
	call, _ := s.talking("+49301234")
	s.refused("alice", protocol.BusyHere, map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
	s.refused("alice", protocol.Unreachable, map[string]any{"type": "transfer", "call": call, "to": "agent:carol"})
	s.refused("alice", protocol.BadRequest, map[string]any{"type": "transfer", "call": call, "to": "agent:alice"})
	s.must("bob", map[string]any{"type": "state", "state": "available"})
	s.refused("bob", protocol.Forbidden, map[string]any{"type": "transfer", "call": call, "to": "agent:alice"})
	if a, _, _ := s.w.Agent("bob"); a.State != protocol.Available {
		t.Errorf("bob is %s", a.State)
	}
}

// directory finds whom a call may be passed on to: agents with what they do, queues with their figures, nobody himself.
func TestDirectory(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.w.Hello("alice", protocol.Available)
	s.w.Hello("bob", protocol.Away)
	r := s.must("alice", map[string]any{"type": "directory", "query": ""})
	var found []string
	for _, e := range *r.Entries {
		found = append(found, e.Kind+":"+e.ID)
	}
	if got := strings.Join(found, " "); got != "agent:bob queue:billing queue:sales" {
		t.Errorf("found %s", got)
	}
	r = s.must("alice", map[string]any{"type": "directory", "query": "b", "kind": "agent"})
	if len(*r.Entries) != 1 || (*r.Entries)[0].State != protocol.Away || (*r.Entries)[0].Since.IsZero() {
		t.Errorf("found %+v", *r.Entries)
	}
}

// A transfer that failed is no call in progress: the agent's next one is not counted beside it, and all is given back with the call (security rule S13).
func TestSecurityFailedTransferIsNotCounted(t *testing.T) {
	open, most := 0, 0
	meter := func(string, time.Time) (func(), *translator.Denial) {
		open++
		most = max(most, open)
		return func() { open-- }, nil
	}
	s := newScene(t, replay.Setup{Dial: byPBX, Meter: meter})
	call, _ := s.talking("+49301234")
	for range 3 {
		s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "+49305678"})
		s.respond(s.next("INVITE "), 486, "two", "", "")
		s.next("ACK ")
	}
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	s.respond(s.next("BYE "), 200, "far", "", "")
	s.idle()
	if open != 0 || most != 2 {
		t.Errorf("%d calls are still counted, %d at once", open, most)
	}
}

// A consultation that its agent holds by re-INVITE is held no more once its far side is joined with the other call's (RFC 3264 §8.4): the hold is the far leg's.
func TestConsultationHeldThenJoined(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
	call, first := s.talking("+49301234")
	consult, second := s.consult(call)
	s.must("alice", map[string]any{"type": "hold", "call": consult})
	hold := s.next("INVITE ")
	s.respond(hold, 200, "two", "", pcma+"a=recvonly\n")
	s.next("ACK ")
	if c := s.object("alice", consult); c.HeldBy != "agent" {
		t.Fatalf("the consultation is held by %q", c.HeldBy)
	}
	s.must("alice", map[string]any{"type": "transfer", "call": call, "consult": consult})
	again := s.next("INVITE ")
	if line(again, "Call-ID") != line(second, "Call-ID") || direction(again) != "sendrecv" {
		t.Fatalf("the offer to the far side that was held is %s in %s", direction(again), line(again, "Call-ID"))
	}
	s.respond(again, 491, "two", "", "") // it offered at the same time: ours is made again
	s.next("ACK ")
	s.wait(5 * time.Second)
	again = s.next("INVITE ")
	s.sent() // it was sent again meanwhile
	s.respond(again, 200, "two", "", pcma)
	s.next("ACK ")
	s.silent()
	s.far("BYE", first, "far", "", "")
	s.next("SIP/2.0 200")
	s.respond(s.next("BYE "), 200, "two", "", "")
	s.idle()
}

// It refuses to be resumed: the two stay joined, and nothing else is asked of it.
func TestConsultationHeldThenJoinedRefused(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
	call, _ := s.talking("+49301234")
	consult, second := s.consult(call)
	s.must("alice", map[string]any{"type": "hold", "call": consult})
	s.respond(s.next("INVITE "), 200, "two", "", pcma+"a=recvonly\n")
	s.next("ACK ")
	s.must("alice", map[string]any{"type": "transfer", "call": call, "consult": consult})
	s.respond(s.next("INVITE "), 488, "two", "", "")
	s.next("ACK ")
	s.silent()
	s.far("BYE", second, "two", "", "")
	s.next("SIP/2.0 200")
	s.next("BYE ")
}
