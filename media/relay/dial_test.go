package relay

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// dial begins an outbound call of a new page and returns the offer for the trunk.
func dial(t testing.TB, r *Relay, p sdp.TrunkPolicy) (*call, *browser, []byte) {
	t.Helper()
	c := newSessionCall(t, r, p)
	page := newBrowser(t)
	if err := c.s.Dial(1, page.offer(nil)); err != nil {
		t.Fatal(err)
	}
	return c, page, c.offerTrunk(sdp.Keep)
}

// offerTrunk makes an offer and lets the peer know where to send.
func (c *call) offerTrunk(change sdp.Change) []byte {
	c.t.Helper()
	offer, err := c.s.OfferTrunk(change)
	if err != nil {
		c.t.Fatal(err)
	}
	c.trunk.answered(offer)
	return offer
}

// takes gives the page its answer, and joins it with the trunk.
func (c *call) takes(page *browser) {
	c.t.Helper()
	answer, err := c.s.DialAnswer(1)
	if err != nil {
		c.t.Fatal(err)
	}
	if again, err := c.s.DialAnswer(1); err != nil || !bytes.Equal(again, answer) {
		c.t.Errorf("asked again: %v\n%s", err, again)
	}
	page.answered(answer)
	c.await(media.AgentUp)
	page.connected()
	if err := c.s.Connect(1); err != nil {
		c.t.Fatal(err)
	}
}

// hears lets the peer speak until the page hears it: an address may have to be learned first.
func (c *call) hears(page *browser, from *trunkPeer, number byte) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		from.send(8, sound(number))
		if p := page.receive(soon); p != nil && p.Payload[0] == number {
			return
		}
	}
	c.t.Fatalf("the page does not hear the trunk; dropped %v", c.r.Stats().Dropped)
}

func (c *call) speaks(page *browser, number byte) {
	c.t.Helper()
	page.send(sound(number))
	for {
		p := c.trunk.receive(patience)
		if p == nil {
			c.t.Fatalf("the trunk does not hear the page; dropped %v", c.r.Stats().Dropped)
		}
		if p.Payload[0] == number {
			return
		}
	}
}

func TestDialWithEarlyMedia(t *testing.T) {
	c, page, _ := dial(t, newRelay(t), policy())
	if _, err := c.s.DialAnswer(1); err == nil {
		t.Error("the page is answered before the trunk has")
	}
	if err := c.s.TrunkEarly("a", c.trunk.offer(), false); err != nil {
		t.Fatal(err)
	}
	c.takes(page)
	c.hears(page, c.trunk, 1) // the ringing tone of the far side
	c.speaks(page, 2)
	elsewhere := c.trunk.offerAt(9)
	if err := c.s.TrunkAccept("a", elsewhere); err != nil { // passed over (RFC 3261 §13.2.1)
		t.Fatal(err)
	}
	c.hears(page, c.trunk, 3)
	c.speaks(page, 4)
}

func TestDialAnsweredAtOnce(t *testing.T) {
	c, page, offer := dial(t, newRelay(t), policy())
	if strings.Contains(string(offer), "ice-") || strings.Count(string(offer), "m=") != 1 {
		t.Errorf("the trunk is offered\n%s", offer)
	}
	if err := c.s.TrunkAccept("a", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	c.takes(page)
	c.speaks(page, 1)
	c.hears(page, c.trunk, 2)
	c.speaks(page, 3)
}

// The newest fork is heard, and then the one that wins.
func TestDialForks(t *testing.T) {
	c, page, _ := dial(t, newRelay(t), policy())
	first, second := c.trunk, newTrunkPeer(t, loopback)
	second.to, second.ssrc = first.to, 0x9999
	if err := c.s.TrunkEarly("a", first.offer(), false); err != nil {
		t.Fatal(err)
	}
	c.takes(page)
	c.hears(page, first, 1)
	if err := c.s.TrunkEarly("b", second.offer(), false); err != nil {
		t.Fatal(err)
	}
	c.hears(page, second, 2)
	first.send(8, sound(3))
	if p := page.receive(soon); p != nil {
		t.Errorf("heard %v of a fork that is not the newest", p)
	}
	if err := c.s.TrunkAccept("a", nil); err != nil {
		t.Fatal(err)
	}
	c.hears(page, first, 4)
	c.speaks(page, 5)
}

// A fork without the codec that the page has is silent until it took that one.
func TestDialForkOfAnotherCodec(t *testing.T) {
	c, page, _ := dial(t, newRelay(t), policy())
	if err := c.s.TrunkEarly("a", []byte(strings.Replace(string(c.trunk.offer()), "RTP/AVP 8 0 96", "RTP/AVP 8 96", 1)), false); err != nil {
		t.Fatal(err)
	}
	c.takes(page)
	other := []byte(strings.Replace(string(c.trunk.offer()), "RTP/AVP 8 0 96", "RTP/AVP 0 96", 1))
	if err := c.s.TrunkEarly("b", other, false); !errors.Is(err, sdp.ErrOtherCodec) {
		t.Fatalf("early: %v", err)
	}
	if err := c.s.TrunkAccept("b", other); !errors.Is(err, sdp.ErrOtherCodec) {
		t.Fatalf("accepted: %v", err)
	}
	page.send(sound(1))
	if p := c.trunk.receive(soon); p != nil {
		t.Errorf("the fork got %v", p)
	}
	c.offerTrunk(sdp.Narrow)
	if err := c.s.TrunkAccept("b", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	c.speaks(page, 2)
	c.hears(page, c.trunk, 3)
}

// The trunk said no, the next one takes the same offer: on the same ports, with another o=.
func TestDialByAnotherTrunk(t *testing.T) {
	c, page, first := dial(t, newRelay(t), policy())
	if err := c.s.Route(policy()); !errors.Is(err, sdp.ErrOpen) {
		t.Errorf("with an open offer: %v", err)
	}
	c.s.TrunkRollback()
	if err := c.s.Route(policy()); err != nil {
		t.Fatal(err)
	}
	second := c.offerTrunk(sdp.Keep)
	line := func(text []byte, prefix string) string {
		_, rest, _ := strings.Cut(string(text), "\r\n"+prefix)
		rest, _, _ = strings.Cut(rest, "\r\n")
		return rest
	}
	if line(first, "m=") != line(second, "m=") || line(first, "o=") == line(second, "o=") {
		t.Errorf("first\n%s\nthen\n%s", first, second)
	}
	if err := c.s.TrunkAccept("x", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	c.takes(page)
	c.hears(page, c.trunk, 1)
	c.speaks(page, 2)
}

// So it is where the browser waited for the call, and was told a codec before any trunk was asked.
func TestLateByAnotherTrunk(t *testing.T) {
	c := newSessionCall(t, newRelay(t), policy())
	if err := c.s.TrunkLate(); err != nil {
		t.Fatal(err)
	}
	page := c.ring(1)
	c.offerTrunk(sdp.Keep)
	c.s.TrunkRollback()
	if err := c.s.Route(policy()); err != nil {
		t.Fatal(err)
	}
	c.offerTrunk(sdp.Keep)
	if err := c.s.TrunkAccept("x", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	if err := c.s.Connect(1); err != nil {
		t.Fatal(err)
	}
	c.speaks(page, 1)
	c.hears(page, c.trunk, 2)
}

func TestDialRefused(t *testing.T) {
	c := newSessionCall(t, newRelay(t), policy())
	var refusal *sdp.Error
	if err := c.s.Dial(1, []byte("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n")); !errors.As(err, &refusal) {
		t.Errorf("an offer without sound: %v", err)
	}
	if len(c.s.legs) != 0 || len(c.r.routes.byUfrag) != 0 {
		t.Error("a refused offer leaves a leg")
	}
	if err := c.s.Dial(1, newBrowser(t).offer(nil)); err != nil {
		t.Errorf("a good one after it: %v", err)
	}
	if err := c.s.Dial(1, newBrowser(t).offer(nil)); err == nil {
		t.Error("one leg twice")
	}
	c.s.Drop(1)
	if err := c.s.Dial(2, nil); err == nil {
		t.Error("no offer")
	}
}

// An answer that cannot be used leaves the offer open, and the call is dropped or routed elsewhere.
func TestDialUnusableAnswer(t *testing.T) {
	c, page, _ := dial(t, newRelay(t), policy())
	bad := []byte(strings.Replace(string(c.trunk.offer()), "RTP/AVP 8 0 96", "RTP/AVP 18", 1))
	for name, err := range map[string]error{
		"early":       c.s.TrunkEarly("a", bad, false),
		"accepted":    c.s.TrunkAccept("a", bad),
		"without SDP": c.s.TrunkAccept("b", nil),
	} {
		var refusal *sdp.Error
		if !errors.As(err, &refusal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.s.TrunkAccept("c", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	c.takes(page)
	c.speaks(page, 1)
}

// The INVITE had no offer: ours is in the 2xx, the answer in the ACK, and sound begins with it.
func TestLateOffer(t *testing.T) {
	p := policy()
	p.LateCodec = "PCMA"
	c := newSessionCall(t, newRelay(t), p)
	if err := c.s.TrunkLate(); err != nil {
		t.Fatal(err)
	}
	page := c.ring(1)
	if err := c.s.Play(media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	c.offerTrunk(sdp.Keep)
	if p := c.trunk.receive(soon); p != nil {
		t.Errorf("heard %v before the ACK", p)
	}
	if err := c.s.Connect(1); err != nil {
		t.Fatal(err)
	}
	page.send(sound(1))
	if p := c.trunk.receive(soon); p != nil {
		t.Errorf("heard %v of the agent before the ACK", p)
	}
	if err := c.s.TrunkAccept("", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	c.speaks(page, 2)
	c.hears(page, c.trunk, 3)
}

// Music waits for the ACK too, and is then heard.
func TestLateOfferMusic(t *testing.T) {
	c := newSessionCall(t, newRelay(t), policy())
	if err := c.s.TrunkLate(); err != nil {
		t.Fatal(err)
	}
	if err := c.s.Play(media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	c.offerTrunk(sdp.Keep)
	if err := c.s.TrunkAccept("", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	if c.trunk.receive(patience) == nil {
		t.Error("no music")
	}
}

// What was offered and refused has not been.
func TestRollback(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	page := c.ring(1)
	c.accept(1)
	c.speaks(page, 1)
	c.offerTrunk(sdp.Hold)
	if got := c.s.HeldBy(); got != sdp.HeldByAgent {
		t.Errorf("while the offer is open held by %q", got)
	}
	if err := c.s.TrunkOffer(c.trunk.offer()); !errors.Is(err, sdp.ErrGlare) {
		t.Errorf("an offer that crosses ours: %v", err)
	}
	c.s.TrunkRollback()
	if got := c.s.HeldBy(); got != 0 {
		t.Errorf("taken back, and held by %q", got)
	}
	c.speaks(page, 2)
	c.hears(page, c.trunk, 3)
	if err := c.s.TrunkOffer(c.trunk.offerAt(1, "a=inactive")); err != nil {
		t.Fatal(err)
	}
	c.s.TrunkRollback() // refused by us
	c.speaks(page, 4)
	c.hears(page, c.trunk, 5)
}

// A page that is reloaded before anybody has answered is answered at once, and the call goes on with it.
func TestDialReload(t *testing.T) {
	c, page, _ := dial(t, newRelay(t), policy())
	page.close()
	again := newBrowser(t)
	answer, err := c.s.AgentOffer(1, again.offer(nil))
	if err != nil {
		t.Fatal(err)
	}
	again.answered(answer)
	c.await(media.AgentUp)
	again.connected()
	if err := c.s.TrunkAccept("a", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	if same, err := c.s.DialAnswer(1); err != nil || !bytes.Equal(same, answer) {
		t.Errorf("asked after it: %v\n%s", err, same)
	}
	if err := c.s.Connect(1); err != nil {
		t.Fatal(err)
	}
	c.speaks(again, 1)
	c.hears(again, c.trunk, 2)
}
