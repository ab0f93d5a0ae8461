package sdp_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"

	"offhook/translator/sdp"
)

// walk is the life of one trunk dialog, seen from outside.
type walk struct {
	t       *testing.T
	r       *rand.Rand
	b       *sdp.Bridge
	last    []byte // what the trunk was told last
	version int
	legal   sdp.TrunkRemote // when the dialog was stable last
	heldBy  sdp.Holder
}

// TestWalks lets both sides of a dialog offer, answer, refuse and cancel in any order, and holds after each step: the state is the
// table's; o= rises by one exactly with the text; sections are never fewer; what was refused is as if it had not been.
func TestWalks(t *testing.T) {
	for seed := range uint64(400) {
		w := &walk{t: t, r: rand.New(rand.NewPCG(seed, 1)), b: call(t, withSRTP(trunk()), plainOffer)}
		if seed%2 == 0 {
			w.b, _, _ = dial(t, trunk(), chromeOffer())
			accept(t, w.b, plainOffer)
		} else {
			w.answer()
		}
		w.stable()
		for range 40 {
			w.step()
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

var walkOffers = [][]byte{
	plainOffer, means("sendonly"), means("0 sendrecv"), means("inactive"), means("recvonly"), plainOffer,
	offerOf("m=audio 6004 RTP/AVP 8 97", "a=rtpmap:97 telephone-event/8000", "m=video 6006 RTP/AVP 34"),
	offerOf("m=audio 6000 RTP/AVP 18"), offerOf("m=image 6000 udptl t38"), []byte("no description"),
}

func (w *walk) step() {
	state := w.b.Signaling()
	switch w.r.IntN(6) {
	case 0, 1: // the far side offers
		err := w.b.TrunkOffer(walkOffers[w.r.IntN(len(walkOffers))])
		switch {
		case state == sdp.HaveLocalOffer && !errors.Is(err, sdp.ErrGlare), state == sdp.HaveRemoteOffer && !errors.Is(err, sdp.ErrPending):
			w.t.Errorf("in %s an offer gets %v", state, err)
		case state == sdp.Stable && err == nil && w.b.Signaling() != sdp.HaveRemoteOffer:
			w.t.Errorf("after an offer: %s", w.b.Signaling())
		case err != nil && w.b.Signaling() != state:
			w.t.Errorf("a refused offer made %s of %s", w.b.Signaling(), state)
		}
	case 2: // we answer
		if state == sdp.HaveRemoteOffer {
			w.answer()
			w.stable()
		}
	case 3: // we offer
		text, err := w.b.OfferTrunk(trunkLocal, sdp.Change(w.r.IntN(4)))
		if (err == nil) != (state == sdp.Stable) {
			w.t.Errorf("in %s our offer gives %v", state, err)
		}
		if err == nil {
			w.told(text)
		}
	case 4: // the far side answers
		if state == sdp.HaveLocalOffer && w.b.TrunkAccept("a", walkOffers[w.r.IntN(len(walkOffers))]) == nil {
			w.stable()
		}
	case 5: // whoever offered is refused
		w.b.TrunkRollback()
		if w.b.Signaling() != sdp.Stable || w.b.TrunkRemote() != w.legal || w.b.HeldBy() != w.heldBy {
			w.t.Errorf("rolled back to %s, held by %q, %+v; want %q, %+v", w.b.Signaling(), w.b.HeldBy(), w.b.TrunkRemote(), w.heldBy, w.legal)
		}
	}
}

// stable notes what a rollback must lead back to.
func (w *walk) stable() { w.legal, w.heldBy = w.b.TrunkRemote(), w.b.HeldBy() }

func (w *walk) answer() {
	text, err := w.b.TrunkAnswer(trunkLocal)
	if err != nil {
		w.t.Fatal(err)
	}
	w.told(text)
}

func (w *walk) told(text []byte) {
	s := parse(w.t, text)
	got, _ := strconv.Atoi(s.Origin.Version)
	switch {
	case w.last == nil:
		w.version = got
	case !bytes.Equal(text, w.last):
		w.version++
	}
	if got != w.version {
		w.t.Errorf("version %d, want %d, of\n%s\nafter\n%s", got, w.version, text, w.last)
	}
	if w.last != nil && w.b.Signaling() == sdp.HaveLocalOffer && len(s.Sections) < len(parse(w.t, w.last).Sections) {
		w.t.Errorf("we offer fewer sections than before:\n%s\nafter\n%s", text, w.last)
	}
	w.last = text
}
