package relay

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"

	"offhook/media"
	"offhook/translator/sdp"
)

// consults is a call of an agent to a second trunk, up and talking.
func consults(t *testing.T, r *Relay, like *call) (*call, *browser) {
	t.Helper()
	c := newSessionCall(t, r, policy())
	c.trunk.ssrc = 0x4242
	page := newBrowser(t)
	if err := c.s.DialLike(1, page.offer(nil), like.s); err != nil {
		t.Fatal(err)
	}
	c.offerTrunk(sdp.Keep)
	if err := c.s.TrunkAccept("x", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	c.takes(page)
	return c, page
}

// The agent whom a consultation asked takes the first caller over, on the connection that he has: his stream goes on.
func TestAdopt(t *testing.T) {
	r := newRelay(t)
	first := newCall(t, r, policy())
	first.answer()
	consult, page := consults(t, r, first)
	var packets []*rtp.Packet
	var times []time.Time
	hears := func(from *trunkPeer, number byte) {
		t.Helper()
		from.send(8, sound(number))
		p := page.receive(patience)
		if p == nil || p.Payload[0] != number {
			t.Fatalf("heard %v, want sound %d; dropped %v", p, number, r.Stats().Dropped)
		}
		packets, times = append(packets, p), append(times, time.Now())
	}
	hears(consult.trunk, 1)
	consult.speaks(page, 1)

	told := len(consult.events)
	if err := first.s.Adopt(7, consult.s, 1); err != nil {
		t.Fatal(err)
	}
	consult.trunk.send(8, sound(2))
	first.trunk.send(8, sound(2))
	if p := page.receive(soon); p != nil {
		t.Errorf("joined with nobody, and heard %v", p)
	}
	if err := first.s.Connect(7); err != nil {
		t.Fatal(err)
	}
	hears(first.trunk, 3)
	first.speaks(page, 4)
	consult.s.Drop(1)
	if err := consult.s.Connect(1); !errors.Is(err, media.ErrNoLeg) {
		t.Errorf("the session that it left: %v", err)
	}
	consult.s.Close()
	hears(first.trunk, 5)
	first.speaks(page, 6)
	continuous(t, packets, times)
	if more := len(consult.events) - told; more > 0 {
		t.Errorf("the session that it left was told %d things more", more)
	}

	answer, err := first.s.AgentOffer(7, page.offer(nil))
	if err != nil {
		t.Fatal(err)
	}
	page.answered(answer)
	hears(first.trunk, 8)

	page.close()
	if e := first.await(media.AgentFailed); e.Leg != 7 {
		t.Errorf("told of leg %d", e.Leg)
	}
}

// What was wrong with a leg when it came is told to its new session, and what was about to be told to the old one is not.
func TestAdoptTellsWhatIsWrong(t *testing.T) {
	for _, failed := range []bool{false, true} {
		r := newRelay(t)
		w := wireTo(t, r, dtls.SRTP_AEAD_AES_128_GCM)
		other := newCall(t, r, policy())
		w.s.mu.Lock()
		w.leg.toldUp, w.leg.silent, w.leg.failed, w.leg.fault = true, true, failed, errClosedByPeer
		w.s.eventLocked(media.Event{Kind: media.AgentSilent, Leg: 1})
		w.s.mu.Unlock()
		if err := other.s.Adopt(2, w.s, 1); err != nil {
			t.Fatal(err)
		}
		want := media.AgentSilent
		if failed {
			want = media.AgentFailed
		}
		if e := other.wait(want); e.Leg != 2 || (e.Err != nil) != failed {
			t.Errorf("told %+v", e)
		}
		w.s.tell()
		for len(w.events) > 0 {
			if e := <-w.events; e.Leg == 1 && e.Kind == media.AgentSilent {
				t.Error("the old session is told too")
			}
		}
	}
}

func TestAdoptRefused(t *testing.T) {
	r := newRelay(t)
	w := wireTo(t, r, dtls.SRTP_AEAD_AES_128_GCM)
	pcmu := newSessionCall(t, r, policy())
	if err := pcmu.s.TrunkOffer([]byte(strings.Replace(string(pcmu.trunk.offer()), "8 0 96", "0 96", 1))); err != nil {
		t.Fatal(err)
	}
	var refusal *sdp.Error
	if err := pcmu.s.Adopt(1, w.s, 1); !errors.As(err, &refusal) || refusal.Code != "no_common_codec" {
		t.Errorf("into a call of another codec: %v", err)
	}
	if err := w.s.Connect(1); err != nil {
		t.Errorf("the leg is not where it was: %v", err)
	}
	other := newCall(t, r, policy())
	for name, err := range map[string]error{
		"itself":         other.s.Adopt(1, other.s, 1),
		"another engine": other.s.Adopt(1, newCall(t, newRelay(t), policy()).s, 1),
	} {
		if !errors.Is(err, media.ErrCompanion) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := other.s.Adopt(1, w.s, 9); !errors.Is(err, media.ErrNoLeg) {
		t.Errorf("an unknown leg: %v", err)
	}
	if _, err := other.s.OfferAgent(5); err != nil {
		t.Fatal(err)
	}
	if err := other.s.Adopt(5, w.s, 1); err == nil {
		t.Error("under an ID that is taken")
	}
	if err := w.s.Adopt(2, other.s, 5); err == nil {
		t.Error("a leg whose browser has not answered")
	}
	other.s.Close()
	if err := other.s.Adopt(6, w.s, 1); !errors.Is(err, media.ErrClosed) {
		t.Errorf("by a closed one: %v", err)
	}
	if err := w.s.Adopt(6, other.s, 5); !errors.Is(err, media.ErrClosed) {
		t.Errorf("of a closed one: %v", err)
	}
}

// A leg goes to and fro between two sessions while its browser sends: each packet is of one of them.
func TestFaultAdoptUnderTraffic(t *testing.T) {
	r := newRelay(t)
	w := wireTo(t, r, dtls.SRTP_AEAD_AES_128_GCM)
	other := newCall(t, r, policy())
	other.answer()
	w.s.rtpOut, other.s.rtpOut, w.from.socket.out = nowhere{}, nowhere{}, nowhere{}
	var work sync.WaitGroup
	over := make(chan struct{})
	work.Go(func() {
		var b [maxDatagram + tailroom]byte
		k := w.from.socket
		for seq := uint16(0); ; seq++ {
			select {
			case <-over:
				return
			default:
			}
			k.now = time.Now()
			k.handle(b[:], copy(b[:], w.seal(rtpBytes(8, seq, uint32(seq)*160, 3, sound(1)))), w.from.addr)
		}
	})
	from, to := w.s, other.s
	for i := range media.LegID(200) {
		if err := to.Adopt(i+2, from, i+1); err != nil {
			t.Fatal(err)
		}
		if err := to.Connect(i + 2); err != nil {
			t.Fatal(err)
		}
		from, to = to, from
	}
	eventually(t, "the browser is heard", func() bool { return r.Stats().ToTrunk > 0 })
	close(over)
	work.Wait()
	if got := r.Stats(); got.Dropped["stranger"] != 0 || got.Dropped["no_keys"] != 0 || got.Dropped["srtp"] != 0 {
		t.Errorf("dropped %v", got.Dropped)
	}
}
