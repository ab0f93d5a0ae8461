package relay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"
	"github.com/pion/srtp/v3"

	"offhook/media"
	"offhook/translator/sdp"
)

func dtlsPolicy() sdp.TrunkPolicy {
	p := policy()
	p.DTLS = true
	return p
}

// dtlsPeer is a far side that is secured by DTLS, as its client: it tells DTLS and media apart on its one port.
type dtlsPeer struct {
	*trunkPeer
	certificate tls.Certificate
	in          atomic.Pointer[pipe] // DTLS
	rtp         chan []byte
	conn        *dtls.Conn
}

func newDTLSPeer(t *testing.T, p *trunkPeer) *dtlsPeer {
	t.Helper()
	certificate, err := newCertificate()
	if err != nil {
		t.Fatal(err)
	}
	d := &dtlsPeer{trunkPeer: p, certificate: certificate, rtp: make(chan []byte, 1000)}
	var work sync.WaitGroup
	work.Go(func() {
		b := make([]byte, 2000)
		for {
			n, err := p.rtp.Read(b)
			if err != nil {
				return
			}
			if classify(b[:n]) == kindDTLS {
				if in := d.in.Load(); in != nil {
					in.feed(b[:n])
				}
				continue
			}
			select {
			case d.rtp <- append([]byte(nil), b[:n]...):
			default:
			}
		}
	})
	t.Cleanup(func() {
		p.rtp.Close()
		work.Wait()
	})
	return d
}

// describes makes a description with the peer's fingerprint.
func (d *dtlsPeer) describes(setup string, lines ...string) []byte {
	lines = append(lines, "a=setup:"+setup, "a=fingerprint:sha-256 "+fingerprint(d.certificate.Certificate[0]), "a=rtcp-mux")
	return []byte(strings.Replace(string(d.offer(lines...)), "RTP/AVP", "UDP/TLS/RTP/SAVP", 1))
}

// handshake makes the peer's association; it checks our certificate by our description.
func (d *dtlsPeer) handshake(ours []byte) error {
	d.t.Helper()
	s, err := sdp.Parse(ours)
	if err != nil {
		d.t.Fatal(err)
	}
	check := pinned(s.Sections[0].Fingerprints)
	end := newPipe(func(b []byte) { d.trunkPeer.rtp.WriteToUDPAddrPort(b, d.to) })
	d.in.Store(end)
	conn, err := dtls.ClientWithOptions(end, end.RemoteAddr(),
		dtls.WithCertificates(d.certificate), dtls.WithInsecureSkipVerify(true), dtls.WithSRTPProtectionProfiles(profiles...),
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, chains [][]*x509.Certificate) error { return check(raw, chains) }))
	if err != nil {
		d.t.Fatal(err)
	}
	d.conn = conn
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		conn.Close()
		return err
	}
	d.t.Cleanup(func() { conn.Close() })
	state, _ := conn.ConnectionState()
	profile, _ := conn.SelectedSRTPProtectionProfile()
	c := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := c.ExtractSessionKeysFromDTLS(&state, true); err != nil {
		d.t.Fatal(err)
	}
	d.keys = new(trunkKeys)
	d.keys.in, d.keys.out, err = contexts(c.Keys, c.Profile)
	if err != nil {
		d.t.Fatal(err)
	}
	return nil
}

// hear is the payload of the next packet of ours, nil when none comes in a time.
func (d *dtlsPeer) hear(within time.Duration) []byte {
	d.t.Helper()
	select {
	case b := <-d.rtp:
		if classify(b) == kindRTCP {
			return d.hear(within)
		}
		return d.keys.open(d.t, b)[rtpHeader:]
	case <-time.After(within):
		return nil
	}
}

// passes checks that sound passes both ways.
func (d *dtlsPeer) passes(c *call, page *browser, number byte) {
	d.t.Helper()
	eventually(d.t, "the trunk hears the page", func() bool {
		page.send(sound(number))
		for got := d.hear(soon / 2); got != nil; got = d.hear(0) {
			if got[0] == number {
				return true
			}
		}
		return false
	})
	eventually(d.t, "the page hears the trunk", func() bool {
		d.send(8, sound(number+1))
		p := page.receive(soon / 2)
		return p != nil && p.Payload[0] == number+1
	})
}

// secureDTLS is a call of a trunk that is secured by DTLS, to an agent who is there.
func secureDTLS(t *testing.T, r *Relay) (*call, *dtlsPeer, *browser, []byte) {
	t.Helper()
	c := newSessionCall(t, r, dtlsPolicy())
	d := newDTLSPeer(t, c.trunk)
	if err := c.s.TrunkOffer(d.describes("actpass")); err != nil {
		t.Fatal(err)
	}
	page := c.ring(1)
	if err := c.s.Connect(1); err != nil {
		t.Fatal(err)
	}
	answer, err := c.s.TrunkAnswer()
	if err != nil {
		t.Fatal(err)
	}
	d.answered(answer)
	return c, d, page, answer
}

func TestTrunkDTLS(t *testing.T) {
	r := newRelay(t, func(c *Config) { c.Reports = 20 * time.Millisecond })
	c, d, page, answer := secureDTLS(t, r)
	page.send(sound(1))
	c.trunk.send(8, sound(1)) // plain
	select {
	case b := <-d.rtp:
		t.Fatalf("before the handshake the trunk got %x", b)
	case <-time.After(soon):
	}
	if p := page.receive(soon); p != nil {
		t.Fatalf("plain RTP was passed on: %v", p)
	}
	if err := d.handshake(answer); err != nil {
		t.Fatal(err)
	}
	d.passes(c, page, 2)
	eventually(t, "a report comes, on the RTP port", func() bool {
		b := <-d.rtp
		if classify(b) != kindRTCP {
			return false
		}
		plain, err := d.keys.in.DecryptRTCP(nil, b, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = rtcp.Unmarshal(plain)
		return err == nil
	})

	// Another description with the same certificate keeps the association; one with another asks for a new one.
	if err := c.s.TrunkOffer(d.describes("actpass", "a=sendonly")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.s.TrunkAnswer(); err != nil {
		t.Fatal(err)
	}
	if err := c.s.TrunkOffer(d.describes("actpass")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.s.TrunkAnswer(); err != nil {
		t.Fatal(err)
	}
	d.passes(c, page, 10)
	var err error
	if d.certificate, err = newCertificate(); err != nil {
		t.Fatal(err)
	}
	if err := c.s.TrunkOffer(d.describes("actpass")); err != nil {
		t.Fatal(err)
	}
	if answer, err = c.s.TrunkAnswer(); err != nil {
		t.Fatal(err)
	}
	d.send(8, sound(20))
	if p := page.receive(soon); p != nil && p.Payload[0] == 20 {
		t.Error("what is sealed by the certificate before is passed on")
	}
	if err := d.handshake(answer); err != nil {
		t.Fatal(err)
	}
	d.passes(c, page, 30)
	c.s.Close()
	eventually(t, "the trunk is told of the end", func() bool {
		b := make([]byte, 100)
		_, err := d.conn.Read(b)
		return err != nil
	})
}

// A placed call: the far side answers as the client, and shakes hands while it rings.
func TestTrunkDTLSOutbound(t *testing.T) {
	r := newRelay(t)
	c := newSessionCall(t, r, dtlsPolicy())
	d := newDTLSPeer(t, c.trunk)
	page := newBrowser(t)
	if err := c.s.Dial(1, page.offer(nil)); err != nil {
		t.Fatal(err)
	}
	offer := c.offerTrunk(sdp.Keep)
	if err := c.s.TrunkEarly("a", d.describes("active"), false); err != nil {
		t.Fatal(err)
	}
	if err := d.handshake(offer); err != nil {
		t.Fatal(err)
	}
	c.takes(page)
	d.passes(c, page, 1)
	if err := c.s.TrunkAccept("a", nil); err != nil {
		t.Fatal(err)
	}
	d.passes(c, page, 3)
}

// Who is not the one whose fingerprint was told gets nowhere, and does not keep the right one out.
func TestSecurityTrunkDTLSFingerprint(t *testing.T) {
	r := newRelay(t)
	c, d, page, answer := secureDTLS(t, r)
	right := d.certificate
	var err error
	if d.certificate, err = newCertificate(); err != nil {
		t.Fatal(err)
	}
	if err := d.handshake(answer); err == nil {
		t.Error("a certificate that nobody described is taken")
	}
	page.send(sound(1))
	select {
	case b := <-d.rtp:
		t.Fatalf("it got %x", b)
	case <-time.After(soon):
	}
	d.certificate = right
	if err := d.handshake(answer); err != nil {
		t.Fatal(err)
	}
	d.passes(c, page, 2)
	for len(c.events) > 0 {
		if e := <-c.events; e.Kind == media.AgentFailed || e.Kind == media.TrunkSilent {
			t.Errorf("the call was told %+v", e)
		}
	}
}

// Strangers begin no handshake, and one of the trunk's networks cannot keep the trunk's own address from beginning one.
func TestSecurityTrunkDTLSStrangers(t *testing.T) {
	r := newRelay(t)
	c, d, page, answer := secureDTLS(t, r)
	hello := clientHello
	now := time.Now()
	c.s.trunkHandshake(hello, netip.MustParseAddrPort("203.0.113.9:9"), now)
	if l := c.s.secure.dtls.now; l.next != nil || r.Stats().Dropped["stranger"] == 0 {
		t.Error("a stranger begins a handshake")
	}
	inside := netip.AddrPortFrom(loopback, 9)
	for range 10 {
		c.s.trunkHandshake(hello, inside, now)
	}
	c.s.mu.Lock()
	taken := c.s.secure.dtls.now.next != nil && c.s.secure.dtls.now.next.from == inside
	c.s.mu.Unlock()
	if !taken {
		t.Error("one of the trunk's networks begins none")
	}
	if err := d.handshake(answer); err != nil {
		t.Fatalf("the trunk's own: %v", err)
	}
	d.passes(c, page, 2)
	c.s.trunkHandshake(hello, inside, now) // without a new description
	c.s.mu.Lock()
	if c.s.secure.dtls.now.next != nil {
		t.Error("another handshake without another description")
	}
	c.s.mu.Unlock()
	for range 2000 {
		c.s.trunkHandshake(hello, inside, now)
	}
	if r.Stats().Dropped["rate"] == 0 {
		t.Error("handshakes without measure")
	}
	plain := newCall(t, r, policy())
	plain.s.trunkHandshake(hello, inside, now)
	if plain.s.secure.dtls != nil {
		t.Error("DTLS on a plain trunk")
	}
}

// Forks of a call each have a certificate; the engine remembers a few.
func TestTrunkDTLSForks(t *testing.T) {
	s := newSessionCall(t, newRelay(t), dtlsPolicy()).s
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.secure.dtls
	describe := func(number byte) *trunkLink {
		d.agreeLocked(&sdp.Fingerprints{{Hash: "sha-256", Value: []byte{number}}})
		return d.now
	}
	first := describe(1)
	if describe(2) == first || describe(1) != first {
		t.Error("a certificate that comes back is another one")
	}
	for number := byte(3); number < 20; number++ {
		describe(number)
	}
	if len(d.links) > maxLinks || describe(1) == first {
		t.Errorf("%d certificates are remembered", len(d.links))
	}
	d.agreeLocked(nil)
	if d.ready() != nil || s.secure.usable() || !s.secure.on() {
		t.Error("taken back, and something can be sent")
	}
}
