package translator_test

import (
	"strings"
	"testing"

	"offhook/agent/protocol"
	"offhook/translator"
	"offhook/translator/replay"
)

// What the runs over a bad network have found.

// TestReferredWhileHeld: whoever the far side sends in its place is held as it was, though the trunk, which was told by re-INVITE, knows nothing of
// the new one: the agent may be talking to someone else.
func TestReferredWhileHeld(t *testing.T) {
	s := newScene(t, replay.Setup{Trunk: accepting, Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
	call, invite := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "hold", "call": call})
	s.respond(s.next("INVITE "), 200, "far", "", withDirection("recvonly"))
	s.next("ACK ")
	s.far("REFER", invite, "far", "Refer-To: <sip:+49305678@192.0.2.10>\n", "")
	s.next("SIP/2.0 202")
	s.respond(s.next("NOTIFY "), 200, "far", "", "")
	s.respond(s.next("INVITE "), 200, "two", "", strings.Replace(farSDP, "8 0 101", "8 101", 1))
	s.next("ACK ")
	if c := s.object("alice", call); c.HeldBy != "agent" || c.Phase != protocol.PhaseHeld {
		t.Errorf("the call is %s, held by %q", c.Phase, c.HeldBy)
	}
	s.sent()
	s.must("alice", map[string]any{"type": "resume", "call": call})
	s.silent() // the new far side was told of no hold
	s.heldBy(call, "")
}

// TestReferredWhileHoldIsOpen: a REFER that crosses our re-INVITE waits for its turn, and the hold is not lost.
func TestReferredWhileHoldIsOpen(t *testing.T) {
	s := newScene(t, replay.Setup{Trunk: accepting, Rules: translator.TrunkRules{Hold: translator.HoldSendonly}})
	call, invite := s.talking("+49301234")
	s.must("alice", map[string]any{"type": "hold", "call": call})
	hold := s.next("INVITE ")
	s.far("REFER", invite, "far", "Refer-To: <sip:+49305678@192.0.2.10>\n", "")
	s.next("SIP/2.0 491")
	s.respond(hold, 200, "far", "", withDirection("recvonly"))
	s.next("ACK ")
	s.heldBy(call, "agent")
	s.must("alice", map[string]any{"type": "resume", "call": call})
	if back := s.next("INVITE "); direction(back) != "sendrecv" {
		t.Errorf("resume offers %q", direction(back))
	}
}
