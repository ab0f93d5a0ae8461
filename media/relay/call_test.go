package relay

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/webrtc/v4"

	"offhook/media"
)

// soon is how long a test waits to be sure that nothing comes.
const soon = 100 * time.Millisecond

func TestTwoWayAudio(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	page := c.ring(1)
	c.accept(1)

	for i := range byte(5) {
		page.send(sound(i))
		p := c.trunk.receive(patience)
		if p == nil || p.PayloadType != 8 || !bytes.Equal(p.Payload, sound(i)) {
			t.Fatalf("the trunk heard %v", p)
		}
		if i == 0 && !p.Marker || i > 0 && p.Marker {
			t.Errorf("packet %d: marker %v", i, p.Marker)
		}
	}
	c.wait(media.AgentHeard)

	for i := range byte(5) {
		c.trunk.send(8, sound(i))
		p := page.receive(patience)
		if p == nil || p.PayloadType != 8 || !bytes.Equal(p.Payload, sound(i)) {
			t.Fatalf("the agent heard %v; dropped %v", p, c.r.Stats().Dropped)
		}
	}
	c.wait(media.TrunkHeard)
	eventually(t, "5 packets counted each way", func() bool {
		s := c.r.Stats()
		return s.ToTrunk == 5 && s.ToAgent == 5
	})
}

// DTLS is up while it rings, and no sound passes before Connect (nor after Disconnect).
func TestSilentUntilConnected(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	page := c.ring(1)
	c.answer() // music on answer: the trunk is answered before any agent
	page.send(sound(1))
	c.wait(media.AgentHeard)
	c.trunk.send(8, sound(1))
	c.wait(media.TrunkHeard)
	if p := c.trunk.receive(soon); p != nil {
		t.Errorf("the trunk heard %v before Connect", p)
	}
	if p := page.receive(soon); p != nil {
		t.Errorf("the agent heard %v before Connect", p)
	}
	c.accept(1)
	page.send(sound(2))
	if p := c.trunk.receive(patience); p == nil || p.Payload[0] != 2 {
		t.Errorf("the trunk heard %v after Connect", p)
	}
	c.s.Disconnect(1)
	page.send(sound(3))
	c.trunk.send(8, sound(3))
	if p := c.trunk.receive(soon); p != nil {
		t.Errorf("the trunk heard %v after Disconnect", p)
	}
	if p := page.receive(soon); p != nil {
		t.Errorf("the agent heard %v after Disconnect", p)
	}
}

// A reloaded page is a new PeerConnection: the trunk's stream goes on where it was.
func TestRestartKeepsTheTrunkStream(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	page := c.ring(1)
	c.accept(1)
	page.send(sound(1))
	before := c.trunk.receive(patience)
	c.await(media.AgentHeard)
	page.close()

	page = newBrowser(t)
	page.seq, page.ts = 33, 44
	answer, err := c.s.AgentOffer(1, page.offer(nil))
	if err != nil {
		t.Fatal(err)
	}
	page.answered(answer)
	c.await(media.AgentUp)
	page.connected()
	page.send(sound(2))
	after := c.trunk.receive(patience)
	if before == nil || after == nil {
		t.Fatal("the trunk heard nothing")
	}
	if after.SSRC != before.SSRC || after.SequenceNumber != before.SequenceNumber+1 {
		t.Errorf("SSRC %x seq %d, then %x seq %d", before.SSRC, before.SequenceNumber, after.SSRC, after.SequenceNumber)
	}
	if step := after.Timestamp - before.Timestamp; step < 160 || step > 8000*10 || !after.Marker {
		t.Errorf("timestamp went on by %d, marker %v", step, after.Marker)
	}
	c.await(media.AgentHeard)
	c.trunk.send(8, sound(3))
	if p := page.receive(patience); p == nil || p.Payload[0] != 3 {
		t.Errorf("the reloaded page heard %v", p)
	}
}

// An ICE restart of the same page keeps its DTLS (RFC 8842 §5.5).
func TestICERestartKeepsDTLS(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	page := c.ring(1)
	c.accept(1)
	page.send(sound(1))
	before := c.trunk.receive(patience)
	c.await(media.AgentHeard)
	assoc := c.association(1)

	answer, err := c.s.AgentOffer(1, page.offer(&webrtc.OfferOptions{ICERestart: true}))
	if err != nil {
		t.Fatal(err)
	}
	page.answered(answer)
	c.await(media.AgentUp)
	page.connected()
	page.send(sound(2))
	after := c.trunk.receive(patience)
	if before == nil || after == nil || after.SequenceNumber != before.SequenceNumber+1 || after.Marker {
		t.Errorf("before %v, after %v", before, after)
	}
	if c.association(1) != assoc {
		t.Error("another DTLS association")
	}
}

// A page that keeps its certificate through a reload looks like an ICE restart until its ClientHello comes.
func TestRestartWithTheSameCertificate(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := webrtc.GenerateCertificate(key)
	if err != nil {
		t.Fatal(err)
	}
	c := newCall(t, newRelay(t), policy())
	page := newBrowser(t, *certificate)
	offer, err := c.s.OfferAgent(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.s.AgentAnswer(1, page.answer(offer)); err != nil {
		t.Fatal(err)
	}
	c.wait(media.AgentUp)
	page.connected()
	c.accept(1)
	// The page is reloaded: it has no time to say good-bye.
	again := newBrowser(t, *certificate)
	answer, err := c.s.AgentOffer(1, again.offer(nil))
	if err != nil {
		t.Fatal(err)
	}
	again.answered(answer)
	again.connected()
	eventually(t, "the trunk hears the reloaded page", func() bool { // which may know its keys a moment before we do
		again.send(sound(4))
		p := c.trunk.receive(soon)
		return p != nil && p.Payload[0] == 4
	})
	c.trunk.send(8, sound(5))
	if p := again.receive(patience); p == nil || p.Payload[0] != 5 {
		t.Errorf("the reloaded page heard %v", p)
	}
}

// After an ICE restart a forged ClientHello from the browser's address does not cost it the keys it has.
func TestSecurityForgedHello(t *testing.T) {
	r := newRelay(t, func(c *Config) { c.Handshake = 100 * time.Millisecond })
	c := newCall(t, r, policy())
	page := c.ring(1)
	c.accept(1)
	answer, err := c.s.AgentOffer(1, page.offer(&webrtc.OfferOptions{ICERestart: true}))
	if err != nil {
		t.Fatal(err)
	}
	page.answered(answer)
	c.await(media.AgentUp)
	leg := c.s.legs[1]
	leg.fromDTLS(clientHello)
	c.s.mu.Lock()
	began := leg.next != nil
	c.s.mu.Unlock()
	if !began {
		t.Fatal("the forged ClientHello began nothing: this test tests nothing")
	}
	eventually(t, "the forged handshake ends", func() bool {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		return leg.next == nil
	})
	page.send(sound(1))
	if p := c.trunk.receive(patience); p == nil {
		t.Error("the sound ended")
	}
}

// The page was reloaded while it rang: its second answer replaces the first.
func TestSecondAnswer(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	offer, err := c.s.OfferAgent(1)
	if err != nil {
		t.Fatal(err)
	}
	var page *browser
	for range 2 {
		page = newBrowser(t)
		if err := c.s.AgentAnswer(1, page.answer(offer)); err != nil {
			t.Fatal(err)
		}
		c.wait(media.AgentUp)
		page.connected()
	}
	c.accept(1)
	page.send(sound(2))
	if p := c.trunk.receive(patience); p == nil || p.Payload[0] != 2 {
		t.Errorf("the trunk heard %v of the reloaded page", p)
	}
}

// The second agent gets the call: one stream at the trunk, whoever speaks.
func TestNextAgent(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	first := c.ring(1)
	second := c.ring(2)
	c.accept(1)
	first.send(sound(1))
	a := c.trunk.receive(patience)
	if err := c.s.Connect(2); err != nil {
		t.Fatal(err)
	}
	c.s.Drop(1)
	second.send(sound(2))
	b := c.trunk.receive(patience)
	if a == nil || b == nil || a.SSRC != b.SSRC || b.SequenceNumber != a.SequenceNumber+1 || b.Payload[0] != 2 {
		t.Errorf("heard %v, then %v", a, b)
	}
	eventually(t, "the dropped browser gets close_notify", func() bool { return dtlsClosed(first) })
}

func dtlsClosed(b *browser) bool {
	for _, s := range b.pc.GetSenders() {
		if s.Transport() != nil && s.Transport().State() == webrtc.DTLSTransportStateClosed {
			return true
		}
	}
	return false
}

// A browser that closes its connection says so by close_notify.
func TestBrowserCloses(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	page := c.ring(1)
	page.close()
	if e := c.await(media.AgentFailed); e.Leg != 1 || e.Err == nil {
		t.Errorf("told %+v", e)
	}
}

// A browser that is out of reach is silent, and back when it is heard again.
func TestFaultSilentAgent(t *testing.T) {
	r := newRelay(t, func(c *Config) { c.AgentSilence = 200 * time.Millisecond })
	w := wireTo(t, r, dtls.SRTP_AEAD_AES_128_GCM)
	w.s.rtpOut = nowhere{}
	k := w.from.socket
	var b [maxDatagram + tailroom]byte
	packet := func(seq uint16) {
		k.now = time.Now()
		k.handle(b[:], copy(b[:], w.seal(rtpBytes(8, seq, 0, 1, sound(1)))), w.from.addr)
	}
	packet(1)
	w.wait(media.AgentUp)
	w.wait(media.AgentHeard)
	w.wait(media.AgentSilent)
	packet(2)
	w.wait(media.AgentBack)
	w.wait(media.AgentSilent)
}
