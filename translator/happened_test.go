package translator_test

import (
	"slices"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
	"offhook/translator/replay"
)

// Whoever watches is told a call's story in its order, and its end with the record last.
func TestHappenings(t *testing.T) {
	var told []string
	var last translator.Happening
	s := newScene(t, replay.Setup{Hooks: translator.Hooks{Happened: func(h translator.Happening) {
		told, last = append(told, h.Type+" "+h.Agent+" "+h.Queue), h
	}}})
	s.available("alice", "carol")
	s.arrives(1)
	call := s.offered("alice")
	s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.wait(time.Second)
	s.accepts("alice", call)
	s.again("ACK", 1)
	s.must("alice", map[string]any{"type": "hold", "call": call})
	s.must("alice", map[string]any{"type": "resume", "call": call})
	s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "queue:sales"})
	s.must("carol", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.accepts("carol", call)
	s.must("carol", map[string]any{"type": "hangup", "call": call})
	s.respond(s.last("BYE "), 200, "", "", "")
	s.idle()
	want := []string{
		"call.arrived  billing", "call.queued  billing", "call.offered alice billing", "call.answered alice billing", "call.held alice billing", "call.resumed alice billing",
		"call.transferred alice billing", "call.queued  sales", "call.offered carol sales", "call.answered carol sales", "call.ended  sales",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	if last.Record == nil || last.Record.ID != call || last.Call != call || last.At.IsZero() {
		t.Errorf("the last is %+v", last)
	}
	told = nil
	dialled, invite := s.dial("+493088")
	s.respond(invite, 486, "far", "", "")
	s.idle()
	if want := []string{"call.arrived alice ", "call.ended  "}; !slices.Equal(told, want) || last.Call != dialled {
		t.Errorf("told %q, want %q", told, want)
	}
}

// A call that is passed on rings at the colleague as long as the queue that it came through says, and comes back.
func TestPassedOnRingsAsTheQueueSays(t *testing.T) {
	s := newScene(t, replay.Setup{Terms: translator.Terms{RingFor: 7 * time.Second, ConfirmWithin: 2 * time.Second}})
	s.available("alice")
	s.arrives(1)
	call := s.offered("alice")
	s.must("alice", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.wait(time.Second)
	s.accepts("alice", call)
	s.again("ACK", 1)
	s.available("bob")
	for _, shows := range []bool{true, false} {
		s.must("alice", map[string]any{"type": "transfer", "call": call, "to": "agent:bob"})
		after := 2 * time.Second
		if shows {
			s.must("bob", map[string]any{"type": "ringing", "call": call})
			after = 7 * time.Second
		}
		s.wait(after - time.Second/2)
		if p := s.object("alice", call).Phase; p != protocol.PhaseTransferring {
			t.Errorf("shown %v: %s before its time is over", shows, p)
		}
		s.wait(time.Second)
		if p := s.object("alice", call).Phase; p != protocol.PhaseConnected {
			t.Errorf("shown %v: %s after its time", shows, p)
		}
	}
	s.must("alice", map[string]any{"type": "hangup", "call": call})
	s.respond(s.last("BYE "), 200, "", "", "")
	s.idle()
}
