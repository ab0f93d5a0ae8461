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

// A trunk takes so many calls at once: one more that comes is refused as translation.md 1.4 says, and the line is free when a call is over, not its wrap-up.
func TestTrunkTakesSoManyCalls(t *testing.T) {
	s := newScene(t, replay.Setup{Rules: translator.TrunkRules{MaxCalls: 1}})
	s.w.Hello("alice", protocol.Available)
	s.inbound(farSDP)
	ok := s.takes("alice")
	again := strings.NewReplacer("in-1", "in-2", "bK1\n", "bK2\n").Replace
	invite := "INVITE sip:billing@192.0.2.20 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1\nMax-Forwards: 70\nFrom: <sip:+49301@192.0.2.10>;tag=1\nTo: <sip:billing@192.0.2.20>\nCall-ID: in-1\nCSeq: 1 INVITE\nContact: <sip:1@192.0.2.10>\nContent-Type: application/sdp\n\n" + farSDP
	s.w.Trunk(again(invite))
	s.next("SIP/2.0 100")
	refusal := s.next("SIP/2.0 503")
	if !strings.Contains(line(refusal, "Reason"), "cause=34") || line(refusal, "Retry-After") == "" {
		t.Errorf("the refusal is\n%s", refusal)
	}
	s.w.Trunk("ACK sip:billing@192.0.2.20 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK2\nMax-Forwards: 70\nFrom: <sip:+49301@192.0.2.10>;tag=1\nTo: " + line(refusal, "To") + "\nCall-ID: in-2\nCSeq: 1 ACK\n\n")
	s.refusedOut()
	s.theirs("BYE", ok, "", "")
	s.next("SIP/2.0 200")
	s.wantState("alice", protocol.WrapUp)
	s.w.Trunk(strings.NewReplacer("in-1", "in-3", "bK1\n", "bK3\n").Replace(invite))
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 180")
	s.w.Trunk("CANCEL sip:billing@192.0.2.20 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK3\nMax-Forwards: 70\nFrom: <sip:+49301@192.0.2.10>;tag=1\nTo: <sip:billing@192.0.2.20>\nCall-ID: in-3\nCSeq: 1 CANCEL\n\n")
	s.idle()
}

// refusedOut: a call by that trunk goes by the next one.
func (s *scene) refusedOut() {
	s.t.Helper()
	s.w.Hello("bob", protocol.Away)
	s.must("bob", map[string]any{"type": "dial", "to": "+49301234", "sdp": "$offer"})
	second := s.next("INVITE sip:+49301234@192.0.2.11:5060")
	s.must0("bob", map[string]any{"type": "hangup", "call": "$call"})
	s.respond(second, 480, "two", "", "")
	s.wait(time.Second)
	s.sent()
}

// A call for help is never one too many.
func TestSecurityUnmeteredCall(t *testing.T) {
	s := newScene(t, replay.Setup{
		Meter: func(string, time.Time) (func(), *translator.Denial) {
			return nil, &translator.Denial{Code: protocol.TooManyRequests, Message: "enough"}
		},
		Dial: func(_ protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
			return translator.Destination{User: ask.To, Trunks: []string{"pbx"}, From: dialog.Party{User: "+4930100"}, Unmetered: ask.To == "112"}, nil
		},
	})
	s.w.Hello("alice", protocol.Available)
	s.refused("alice", protocol.TooManyRequests, map[string]any{"type": "dial", "to": "+49301234", "sdp": "$offer"})
	s.dial("112")
}
