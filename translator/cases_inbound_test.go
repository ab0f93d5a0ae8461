package translator_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"offhook/agent/protocol"
	"offhook/translator/replay"
)

// Cases of translation.md §4 that are whole calls from the trunk: each is a transcript of testdata/replay, which says all that is sent to whom.

func transcripts(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../testdata/replay", name+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			tr, err := replay.Parse(name, string(text))
			if err != nil {
				t.Fatal(err)
			}
			r, err := replay.Play(tr)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range r.Differences {
				t.Error(d)
			}
		})
	}
}

func TestI01Answered(t *testing.T) {
	transcripts(t, "rfc3665-answered-caller-hangs-up", "rfc3665-answered-agent-hangs-up")
}

func TestI02LostACK(t *testing.T) { transcripts(t, "lost-ack", "late-ack") }

func TestI03NextAgent(t *testing.T) { transcripts(t, "decline-next-agent") }

func TestI05CancelledBeforeAccept(t *testing.T) {
	transcripts(t, "cancel-then-accept", "rfc3665-cancelled", "rfc3665-cancelled-elsewhere")
}

func TestI06CancelComesLate(t *testing.T) {
	transcripts(t, "cancel-crosses-200", "rfc5407-3.1.2-cancel-after-200")
}

func TestI07CancelOfNothing(t *testing.T) { transcripts(t, "cancel-of-nothing") }

func TestI08NobodyLoggedIn(t *testing.T) { transcripts(t, "rfc3665-refused-no-agent") }

func TestI09WaitLimit(t *testing.T) { transcripts(t, "wait-limit", "at-once-limit") }

func TestI14LateOffer(t *testing.T) { transcripts(t, "late-offer", "rfc3665-3.6-sdp-in-ack") }

func TestI15LateOfferWithoutAnswer(t *testing.T) { transcripts(t, "late-offer-without-answer") }

func TestI21RecordedRoute(t *testing.T) { transcripts(t, "rfc3665-3.2-through-two-proxies") }

func TestD02ReinviteBeforeACK(t *testing.T) {
	transcripts(t, "rfc5407-3.1.4-re-invite-before-ack", "rfc5407-3.1.4-re-invite-before-ack-late-offer")
}

func TestD05BYEWithReinviteOpen(t *testing.T) {
	transcripts(t, "rfc5407-b-bye-with-re-invite-open")
}

func TestW10Restart(t *testing.T) { transcripts(t, "reload-in-a-call", "reload-while-ringing") }

// heldBy wants a call to be held by whom, "" for nobody.
func (s *scene) heldBy(call, whom string) {
	s.t.Helper()
	c := s.object("alice", call)
	if phase := map[bool]protocol.Phase{true: protocol.PhaseConnected, false: protocol.PhaseHeld}[whom == ""]; c.HeldBy != whom || c.Phase != phase {
		s.t.Errorf("the call is %s, held by %q, want %s by %q", c.Phase, c.HeldBy, phase, whom)
	}
}

// reinvite lets the far side offer, and gives our answer.
func (s *scene) reinvite(invite, sdp string) string {
	s.t.Helper()
	s.far("INVITE", invite, "far", "", sdp)
	s.next("SIP/2.0 100")
	return s.next("SIP/2.0 ")
}

func (s *scene) acked(invite string) { s.w.Trunk(s.ackOf(invite, "")) }

// ackOf is the far side's ACK of our 2xx to its last INVITE.
func (s *scene) ackOf(invite, sdp string) string {
	s.cseq-- // it has the number of the INVITE
	return strings.Replace(s.request("ACK", invite, "far", "", sdp), "branch=z9hG4bKfar", "branch=z9hG4bKfarack", 1)
}

// TestH01FarSideHolds: every way to hold is one, is answered in kind with our real address, and is shown.
func TestH01FarSideHolds(t *testing.T) {
	zero := strings.Replace(farSDP, "c=IN IP4 192.0.2.10", "c=IN IP4 0.0.0.0", 1)
	for _, row := range []struct{ name, offer, answer string }{
		{"sendonly", withDirection("sendonly"), "recvonly"},
		{"inactive", withDirection("inactive"), "inactive"},
		{"zero address, sendrecv", zero + "a=sendrecv\n", "recvonly"},
		{"zero address, inactive", zero + "a=inactive\n", "inactive"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newScene(t, replay.Setup{})
			call, invite := s.talking("+49301234")
			answer := s.reinvite(invite, row.offer)
			if direction(answer) != row.answer || !strings.Contains(answer, "c=IN IP4 192.0.2.20\n") {
				t.Errorf("we answer %q:\n%s", direction(answer), answer)
			}
			s.acked(invite)
			s.heldBy(call, "remote")
			if back := s.reinvite(invite, withDirection("sendrecv")); direction(back) != "sendrecv" {
				t.Errorf("taken back, we answer %q", direction(back))
			}
			s.acked(invite)
			s.heldBy(call, "")
			s.silent()
		})
	}
}

// TestH02ReinviteWithoutSDP: whoever holds and asks for an offer wants to come back: he is offered sendrecv and the codec in use.
func TestH02ReinviteWithoutSDP(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, invite := s.talking("+49301234")
	s.reinvite(invite, withDirection("sendonly"))
	s.acked(invite)
	s.heldBy(call, "remote")
	offer := s.reinvite(invite, "")
	if direction(offer) != "sendrecv" || !strings.Contains(offer, " RTP/AVP 8 101\n") {
		t.Errorf("we offer\n%s", offer)
	}
	s.w.Trunk(s.ackOf(invite, strings.Replace(farSDP, "8 0 101", "8 101", 1)+"a=sendrecv\n"))
	s.heldBy(call, "")
	transcripts(t, "re-invite-without-offer")
}

// TestH04UnchangedVersion: an UPDATE that holds counts although its o= is that of the answer before.
func TestH04UnchangedVersion(t *testing.T) {
	s := newScene(t, replay.Setup{})
	call, invite := s.talking("+49301234")
	s.far("UPDATE", invite, "far", "", withDirection("sendonly"))
	if answer := s.next("SIP/2.0 200"); direction(answer) != "recvonly" {
		t.Errorf("we answer %q", direction(answer))
	}
	s.heldBy(call, "remote")
}

// TestH05NoAudioLeft: an offer without audio that can be used is refused, and the call goes on as it was.
func TestH05NoAudioLeft(t *testing.T) {
	for _, sdp := range []string{
		strings.Replace(farSDP, "m=audio 49172 RTP/AVP 8 0 101", "m=image 49172 udptl t38", 1),
		strings.Replace(farSDP, "m=audio 49172", "m=audio 0", 1),
	} {
		s := newScene(t, replay.Setup{})
		call, invite := s.talking("+49301234")
		if got := firstLine(s.reinvite(invite, sdp)); !strings.HasPrefix(got, "SIP/2.0 488") {
			t.Errorf("got %s", got)
		}
		s.acked(invite)
		s.heldBy(call, "")
		if answer := s.reinvite(invite, farSDP); !strings.HasPrefix(answer, "SIP/2.0 200") {
			t.Errorf("afterwards: %s", firstLine(answer))
		}
	}
}
