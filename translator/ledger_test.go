package translator_test

import (
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
	"offhook/translator/replay"
)

// records is a setup whose calls' records are kept.
func records(set replay.Setup, into *[]translator.CallRecord) replay.Setup {
	set.Hooks.Record = func(r translator.CallRecord) { *into = append(*into, r) }
	return set
}

// A call of an agent's own: its legs, from trunk to trunk, what the agent did, and how it ended.
func TestRecordOfDialledCall(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(replay.Setup{}, &all))
	call, first := s.dial("+49301234")
	s.respond(first, 503, "far", "", "")
	s.next("ACK ")
	second := s.next("INVITE ")
	s.wait(2 * time.Second)
	s.sent()
	s.respond(second, 200, "far", "", farSDP)
	s.next("ACK ")
	s.wait(5 * time.Second)
	s.must("alice", map[string]any{"type": "quality", "call": call, "rtt_ms": 80, "jitter_ms": 4, "loss_pct": 0.5})
	s.must("alice", map[string]any{"type": "hold", "call": call})
	s.wait(3 * time.Second)
	s.must("alice", map[string]any{"type": "resume", "call": call})
	s.wait(2 * time.Second)
	s.far("BYE", second, "far", "Reason: Q.850;cause=16\n", "")
	s.next("SIP/2.0 200")
	s.idle()
	if len(all) != 1 {
		t.Fatalf("%d records", len(all))
	}
	r := all[0]
	if r.ID != call || r.Direction != protocol.Outbound || r.WaitMS != 2060 || r.TalkMS != 9940 || r.Cause.Code != protocol.CauseNormal || r.Cause.By != protocol.ByCallee || r.To.Number != "+49301234" {
		t.Errorf("the record is %+v", r)
	}
	if len(r.Legs) != 2 || r.Legs[0].Trunk != "pbx" || r.Legs[0].Status != 503 || r.Legs[1].Trunk != "carrier" || r.Legs[1].Status != 200 || r.Legs[1].CallID != line(second, "Call-ID") || r.Legs[1].Q850 != 16 {
		t.Errorf("its legs are %+v", r.Legs)
	}
	if b := r.Agents[0].Browser; b == nil || b.RTTMS != 80 || b.LossPct != 0.5 {
		t.Errorf("the browser measured %+v", b)
	}
	if len(r.Agents) != 1 || r.Agents[0].Agent != "alice" || r.Agents[0].Holds != 1 || r.Agents[0].HoldMS != 3000 || r.Agents[0].TalkMS != 9940 {
		t.Errorf("its agents are %+v", r.Agents)
	}
}

// An inbound call that one agent declines and another takes, passes on, and writes up: every part and the transfer are told.
func TestRecordOfQueuedCall(t *testing.T) {
	var all []translator.CallRecord
	s := newScene(t, records(replay.Setup{}, &all))
	s.w.Hello("alice", protocol.Available)
	s.w.Hello("bob", protocol.Available)
	s.w.Trunk("INVITE sip:billing@192.0.2.20 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1\nMax-Forwards: 70\nFrom: <sip:+49301@192.0.2.10>;tag=1\nTo: <sip:billing@192.0.2.20>\nCall-ID: in-1\nCSeq: 1 INVITE\nContact: <sip:1@192.0.2.10>\nContent-Type: application/sdp\n\n" + farSDP)
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 180")
	s.must("alice", map[string]any{"type": "ringing", "call": "$call", "sdp": "$answer"})
	s.wait(time.Second)
	s.must("alice", map[string]any{"type": "reject", "call": "$call", "reason": "busy"})
	s.must("bob", map[string]any{"type": "ringing", "call": "$call", "sdp": "$answer"})
	s.wait(time.Second)
	s.must0("bob", map[string]any{"type": "accept", "call": "$call"})
	ok := s.next("SIP/2.0 200")
	s.w.Trunk("ACK sip:192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKack\nMax-Forwards: 70\nFrom: " + line(ok, "From") + "\nTo: " + line(ok, "To") + "\nCall-ID: in-1\nCSeq: 1 ACK\n\n")
	s.wait(10 * time.Second)
	s.must("bob", map[string]any{"type": "transfer", "call": "$call", "to": "+49305678"})
	out := s.next("INVITE ")
	s.respond(out, 486, "two", "", "")
	s.next("ACK ")
	s.must("bob", map[string]any{"type": "transfer", "call": "$call", "to": "+49309999"})
	out = s.next("INVITE ")
	s.respond(out, 200, "two", "", strings.Replace(farSDP, "8 0 101", "8 101", 1))
	s.next("ACK ")
	if a, c, _ := s.w.Agent("bob"); a.State != protocol.WrapUp || c.Phase != protocol.PhaseWrapUp || c.Cause.Code != protocol.CauseTransferred {
		t.Errorf("bob is %s with a call %s", a.State, c.Phase)
	}
	s.wait(4 * time.Second)
	s.must("bob", map[string]any{"type": "wrapup", "call": "$call", "outcome": "sold", "notes": "calls back", "done": true})
	if a, _, _ := s.w.Agent("bob"); a.State != protocol.Available {
		t.Errorf("bob is %s", a.State)
	}
	s.wait(time.Minute)
	s.far("BYE", out, "two", "", "")
	s.next("SIP/2.0 200")
	s.respond(s.next("BYE "), 200, "1", "", "")
	s.idle()
	if len(all) != 1 {
		t.Fatalf("%d records", len(all))
	}
	r := all[0]
	if r.Queue != "billing" || r.WaitMS != 2000 || r.Cause.Code != protocol.CauseNormal || len(r.Legs) != 3 || r.Legs[0].Direction != protocol.Inbound || r.Legs[1].Status != 486 || r.Legs[2].Status != 200 {
		t.Errorf("the record is %+v", r)
	}
	if len(r.Agents) != 2 || r.Agents[0].Cause.Code != protocol.CauseRejected || r.Agents[1].Cause.Code != protocol.CauseTransferred || r.Agents[1].Outcome != "sold" || r.Agents[1].Notes != "calls back" ||
		r.Agents[1].WrapUpMS != 4000 || r.Agents[1].TalkMS != 10000 {
		t.Errorf("its agents are %+v", r.Agents)
	}
	if len(r.Transfers) != 2 || r.Transfers[0].Outcome != "failed" || r.Transfers[0].Code != protocol.CauseBusyHere || r.Transfers[1].Outcome != "done" || r.Transfers[1].To.Number != "+49309999" {
		t.Errorf("its transfers are %+v", r.Transfers)
	}
}
