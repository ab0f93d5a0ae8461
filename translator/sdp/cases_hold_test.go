package sdp_test

import (
	"errors"
	"strings"
	"testing"

	"offhook/translator/sdp"
)

// talking is an inbound call in which an agent talks.
func talking(t testing.TB) *sdp.Bridge {
	t.Helper()
	b := call(t, trunk(), plainOffer)
	leg, _ := offerAgent(t, b)
	if _, err := leg.Answer(browser("active", "8 0 101", event101)); err != nil {
		t.Fatal(err)
	}
	connect(t, b, leg)
	trunkAnswer(t, b)
	return b
}

// means is a description of the far side with a direction, "0 " before it for the zero address.
func means(direction string) []byte {
	if direction[0] == '0' {
		return lines("v=0", "o=pbx 81 82 IN IP4 192.0.2.10", "s=-", "c=IN IP4 0.0.0.0", "t=0 0", "m=audio 6000 RTP/AVP 8 101", event101, "a="+direction[2:])
	}
	return offerOf("m=audio 6000 RTP/AVP 8 101", event101, "a="+direction)
}

// TestH01AnswersWhileHoldingAndNot is the table of answers to what the far side offers.
func TestH01AnswersWhileHoldingAndNot(t *testing.T) {
	rows := []struct{ offered, active, holding, heldBy, heldByToo string }{
		{"sendrecv", "sendrecv", "sendonly", "", "agent"},
		{"sendonly", "recvonly", "inactive", "remote", "both"},
		{"0 sendrecv", "recvonly", "inactive", "remote", "both"},
		{"0 sendonly", "recvonly", "inactive", "remote", "both"},
		{"recvonly", "sendonly", "sendonly", "", "agent"},
		{"inactive", "inactive", "inactive", "remote", "both"},
		{"0 recvonly", "inactive", "inactive", "remote", "both"},
		{"0 inactive", "inactive", "inactive", "remote", "both"},
	}
	for _, r := range rows {
		t.Run(r.offered, func(t *testing.T) {
			check := func(b *sdp.Bridge, want, heldBy string) {
				t.Helper()
				if err := b.TrunkOffer(means(r.offered)); err != nil {
					t.Fatal(err)
				}
				sec := trunkAnswer(t, b).Sections[0]
				if sec.Direction.String() != want || sec.Conn.Addr != "203.0.113.5" || b.HeldBy().String() != heldBy {
					t.Errorf("got %s at %s held by %q, want %s at our address held by %q", sec.Direction, sec.Conn.Addr, b.HeldBy(), want, heldBy)
				}
				if remote := b.TrunkRemote(); remote.Send != sec.Direction.Sends() || remote.Receive != sec.Direction.Receives() || r.offered[0] == '0' && remote.RTP.IsValid() {
					t.Errorf("we say %s and do %+v", want, remote)
				}
			}
			check(talking(t), r.active, r.heldBy)
			b := talking(t)
			offerTrunk(t, b, sdp.Hold)
			accept(t, b, means("recvonly"))
			check(b, r.holding, r.heldByToo)
		})
	}
}

// TestOurOffers is the table of what we offer.
func TestOurOffers(t *testing.T) {
	rows := []struct {
		agentHolds, remoteHolds bool
		change                  sdp.Change
		want, answer, heldBy    string
		send, receive           bool // after the answer
	}{
		{false, false, sdp.Hold, "sendonly", "recvonly", "agent", true, false},
		{false, false, sdp.Hold, "sendonly", "inactive", "agent", false, false},
		{false, false, sdp.Hold, "sendonly", "sendrecv", "agent", true, false}, // read as recvonly
		{false, false, sdp.Asked, "sendrecv", "sendrecv", "", true, true},
		{false, false, sdp.Asked, "sendrecv", "sendonly", "remote", false, true},
		{false, false, sdp.Asked, "sendrecv", "0 sendrecv", "remote", false, true},
		{false, false, sdp.Asked, "sendrecv", "recvonly", "", true, false},
		{false, true, sdp.Hold, "inactive", "inactive", "both", false, false},
		{false, true, sdp.Hold, "inactive", "sendrecv", "both", false, false},
		{false, true, sdp.Asked, "sendrecv", "sendrecv", "", true, true}, // H02
		{false, true, sdp.Keep, "recvonly", "sendonly", "remote", false, true},
		{true, false, sdp.Resume, "sendrecv", "sendrecv", "", true, true},
		{true, false, sdp.Asked, "sendonly", "recvonly", "agent", true, false},
		{true, true, sdp.Resume, "recvonly", "sendonly", "remote", false, true},
		{true, true, sdp.Resume, "recvonly", "sendrecv", "remote", false, true},
		{true, true, sdp.Asked, "sendonly", "recvonly", "both", true, false},
	}
	for _, r := range rows {
		b := talking(t)
		if r.agentHolds {
			offerTrunk(t, b, sdp.Hold)
			accept(t, b, means("recvonly"))
		}
		if r.remoteHolds {
			if err := b.TrunkOffer(means("sendonly")); err != nil {
				t.Fatal(err)
			}
			trunkAnswer(t, b)
		}
		before := b.HeldBy()
		if got := offerTrunk(t, b, r.change).Sections[0].Direction.String(); got != r.want {
			t.Errorf("%q, change %d: got %s, want %s", before, r.change, got, r.want)
		}
		accept(t, b, means(r.answer))
		remote := b.TrunkRemote()
		if b.HeldBy().String() != r.heldBy || remote.Send != r.send || remote.Receive != r.receive {
			t.Errorf("%q, change %d, answered %s: held by %q, send %v receive %v", before, r.change, r.answer, b.HeldBy(), remote.Send, remote.Receive)
		}
	}
}

// TestH02ReofferWhileHeld holds that the far side, asking for an offer, is offered to come back in the codec in use.
func TestH02ReofferWhileHeld(t *testing.T) {
	b := talking(t)
	if err := b.TrunkOffer(means("sendonly")); err != nil {
		t.Fatal(err)
	}
	trunkAnswer(t, b)
	s := offerTrunk(t, b, sdp.Asked)
	if formats(s, 0) != "8 101" || s.Sections[0].Direction != sdp.SendRecv {
		t.Errorf("got %q %s", formats(s, 0), s.Sections[0].Direction)
	}
	if err := b.TrunkAccept("", means("sendrecv")); err != nil || b.HeldBy() != 0 {
		t.Errorf("got %v, held by %q", err, b.HeldBy())
	}
}

// TestH03BothHold is the whole story of two holds that cross.
func TestH03BothHold(t *testing.T) {
	b := talking(t)
	offers := func(c sdp.Change, want, answer, heldBy string) {
		t.Helper()
		if got := offerTrunk(t, b, c).Sections[0].Direction.String(); got != want {
			t.Errorf("offered %s, want %s", got, want)
		}
		accept(t, b, means(answer))
		if b.HeldBy().String() != heldBy {
			t.Errorf("held by %q, want %q", b.HeldBy(), heldBy)
		}
	}
	answers := func(offer, want, heldBy string) {
		t.Helper()
		if err := b.TrunkOffer(means(offer)); err != nil {
			t.Fatal(err)
		}
		if got := trunkAnswer(t, b).Sections[0].Direction.String(); got != want || b.HeldBy().String() != heldBy {
			t.Errorf("answered %s, held by %q; want %s, %q", got, b.HeldBy(), want, heldBy)
		}
	}
	offers(sdp.Hold, "sendonly", "recvonly", "agent")
	answers("sendonly", "inactive", "both")
	offers(sdp.Resume, "recvonly", "sendonly", "remote")
	answers("sendrecv", "sendrecv", "")
}

// TestD01Glare holds who gets which answer while an offer is open, and that nothing is lost by it.
func TestD01Glare(t *testing.T) {
	b := talking(t)
	offerTrunk(t, b, sdp.Hold)
	if err := b.TrunkOffer(means("sendonly")); !errors.Is(err, sdp.ErrGlare) || b.MayTrunkOffer() != sdp.ErrGlare || sdp.ErrGlare.Status != 491 {
		t.Errorf("got %v and %v, want 491", err, b.MayTrunkOffer())
	}
	b.TrunkRollback() // ours got 491 too
	if b.HeldBy() != 0 || b.Signaling() != sdp.Stable {
		t.Errorf("held by %q in %s after the glare", b.HeldBy(), b.Signaling())
	}
	if err := b.TrunkOffer(means("sendonly")); err != nil {
		t.Fatal(err)
	}
	if err := b.TrunkOffer(means("sendrecv")); !errors.Is(err, sdp.ErrPending) || b.MayTrunkOffer() != sdp.ErrPending || sdp.ErrPending.Status != 500 {
		t.Errorf("got %v and %v, want 500", err, b.MayTrunkOffer())
	}
	if _, err := b.OfferTrunk(trunkLocal, sdp.Hold); !errors.Is(err, sdp.ErrOpen) || b.MayOffer() == nil {
		t.Errorf("got %v, want ErrOpen", err)
	}
	b.TrunkRollback() // theirs was cancelled
	if r := b.TrunkRemote(); !r.Send || b.HeldBy() != 0 || b.MayTrunkOffer() != nil || b.MayOffer() != nil {
		t.Errorf("got %+v held by %q after the rollback", r, b.HeldBy())
	}
}

// TestD04RefusedHoldIsUndone holds RFC 3261 §14.1: the session stays as it was; what is offered next has a version of its own.
func TestD04RefusedHoldIsUndone(t *testing.T) {
	b := talking(t)
	before := b.TrunkRemote()
	if s := offerTrunk(t, b, sdp.Hold); s.Origin.Version != "2" {
		t.Errorf("hold has version %s", s.Origin.Version)
	}
	if b.HeldBy() != sdp.HeldByAgent {
		t.Errorf("held by %q while it is asked", b.HeldBy())
	}
	b.TrunkRollback()
	if b.HeldBy() != 0 || b.TrunkRemote() != before {
		t.Errorf("held by %q, %+v", b.HeldBy(), b.TrunkRemote())
	}
	if s := offerTrunk(t, b, sdp.Hold); s.Origin.Version != "2" {
		t.Errorf("the same hold again has version %s, want 2", s.Origin.Version)
	}
	b.TrunkRollback()
	if s := offerTrunk(t, b, sdp.Keep); s.Origin.Version != "3" || s.Sections[0].Direction != sdp.SendRecv {
		t.Errorf("got version %s %s, want 3 sendrecv", s.Origin.Version, s.Sections[0].Direction)
	}
}

// TestD06RefreshChangesNothing holds RFC 4028 §9 and RFC 3264 §8: a refresh repeats the text, o= included, in both kinds of calls.
func TestD06RefreshChangesNothing(t *testing.T) {
	b := talking(t)
	last, err := b.TrunkAnswer(trunkLocal)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := b.OfferTrunk(trunkLocal, sdp.Keep)
		if err != nil || string(again) != string(last) {
			t.Errorf("got %v\n%s\nwant\n%s", err, again, last)
		}
		accept(t, b, means("sendrecv"))
	}
	b, leg, _ := dial(t, trunk(), chromeOffer())
	accept(t, b, plainOffer)
	answerDial(t, leg)
	if s := offerTrunk(t, b, sdp.Keep); s.Origin.Version != "1" || formats(s, 0) != "9 0 8 126" {
		t.Errorf("got version %s, %q", s.Origin.Version, formats(s, 0))
	}
	accept(t, b, plainOffer)
	if m := connect(t, b, leg); m.ToAgent[101] != 126 || m.ToAgent[0] != 0 {
		t.Errorf("got 101→%d 0→%d", m.ToAgent[101], m.ToAgent[0])
	}
}

// TestOurNumbersKeepTheirMeaning holds RFC 3264 §8.3.2 in a placed call whose far side answered with numbers of its own.
func TestOurNumbersKeepTheirMeaning(t *testing.T) {
	b, leg, _ := dial(t, trunk("opus", "PCMA"), chromeOffer())
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 110 111", "a=rtpmap:110 opus/48000/2", "a=rtpmap:111 telephone-event/48000"))
	answerDial(t, leg)
	if s := offerTrunk(t, b, sdp.Hold); formats(s, 0) != "111 110" || s.Sections[0].Codecs[0].Name != "opus" {
		t.Errorf("got %q %v, want our 111 opus and 110 events", formats(s, 0), s.Sections[0].Codecs)
	}
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 110 111", "a=rtpmap:110 opus/48000/2", "a=rtpmap:111 telephone-event/48000", "a=recvonly"))
	if m := connect(t, b, leg); m.ToAgent[111] != 111 || m.ToTrunk[111] != 110 || m.ToTrunk[110] != 111 || m.ToAgent[110] != 110 {
		t.Errorf("got 111→%d and back 111→%d, 110→%d and back %d", m.ToAgent[111], m.ToTrunk[111], m.ToAgent[110], m.ToTrunk[110])
	}
}

// TestH04OlderVersionsAreHonoured holds §2.4: a lower version counts and is remarked, a new session id is another session.
func TestH04OlderVersionsAreHonoured(t *testing.T) {
	rows := []struct {
		origin string
		older  bool
	}{{"81 80", true}, {"81 81", false}, {"81 82", false}, {"7 1", false}, {"81 x", false}}
	for _, r := range rows {
		for _, answered := range []bool{false, true} {
			b := talking(t)
			text := strings.Replace(string(means("sendonly")), "81 81", r.origin, 1)
			var err error
			if answered {
				offerTrunk(t, b, sdp.Asked)
				err = b.TrunkAccept("", []byte(text))
			} else {
				err = b.TrunkOffer([]byte(text))
			}
			if got := b.TrunkRemote(); err != nil || got.Older != r.older || got.Send {
				t.Errorf("o= %s: %v, older %v, want %v", r.origin, err, got.Older, r.older)
			}
		}
	}
}

// TestLaterOffersKeepEverySection holds RFC 3264 §8 and §2.5: what the far side once offered and we refused stays, at port 0.
func TestLaterOffersKeepEverySection(t *testing.T) {
	b := call(t, trunk(), offerOf("m=video 6002 RTP/AVP 34", "m=audio 6000 RTP/AVP 8 0", "m=image 6004 udptl t38"))
	trunkAnswer(t, b)
	s := offerTrunk(t, b, sdp.Hold)
	if len(s.Sections) != 3 || s.Sections[0].Port != 0 || s.Sections[1].Port != 40002 || formats(s, 1) != "8" || s.Sections[2].Proto != "udptl" {
		t.Errorf("got %+v", s.Sections)
	}
	wantCode(t, b.TrunkAccept("", offerOf("m=video 0 RTP/AVP 34")), "bad_sdp")
	accept(t, b, offerOf("m=video 0 RTP/AVP 34", "m=audio 6000 RTP/AVP 8", "a=recvonly", "m=image 0 udptl t38"))
	if b.HeldBy() != sdp.HeldByAgent || b.TrunkRemote().RTP.Port() != 6000 {
		t.Errorf("held by %q, %+v", b.HeldBy(), b.TrunkRemote())
	}
}

// TestReofferIsRolledBackWhenItCannotBeAnswered holds that a change of family within a call leaves it as it was.
func TestReofferIsRolledBackWhenItCannotBeAnswered(t *testing.T) {
	b := talking(t)
	before := b.TrunkRemote()
	six := lines("v=0", "o=- 1 1 IN IP6 2001:db8::9", "s=-", "c=IN IP6 2001:db8::9", "t=0 0", "m=audio 6000 RTP/AVP 8")
	if err := b.TrunkOffer(six); err != nil {
		t.Fatal(err)
	}
	_, err := b.TrunkAnswer(trunkLocal)
	wantError(t, err, "bad_sdp", 488, 301)
	if b.Signaling() != sdp.Stable || b.TrunkRemote() != before {
		t.Errorf("state %s, %+v", b.Signaling(), b.TrunkRemote())
	}
}
