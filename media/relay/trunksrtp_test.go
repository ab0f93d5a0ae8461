package relay

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/srtp/v3"

	"offhook/media"
	"offhook/translator/sdp"
)

// trunkKeys are the far side's ends of the keys of a trunk leg.
type trunkKeys struct{ in, out *srtp.Context }

func (k *trunkKeys) seal(t testing.TB, b []byte) []byte {
	t.Helper()
	sealed, err := k.out.EncryptRTP(nil, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func (k *trunkKeys) open(t testing.TB, b []byte) []byte {
	t.Helper()
	plain, err := k.in.DecryptRTP(nil, b, nil)
	if err != nil {
		t.Fatalf("the trunk got %x: %v", b, err)
	}
	return plain
}

// farKey is a key of the far side, told apart by its number.
func farKey(suite sdp.Suite, number byte) sdp.Key {
	k := sdp.Key{Suite: suite, Tag: 1}
	for i := range suite.Octets() {
		k.Master[i] = number + byte(i)
	}
	return k
}

var suites = []sdp.Suite{sdp.AESCM80, sdp.AESCM32, sdp.GCM128, sdp.GCM256}

func securePolicy() sdp.TrunkPolicy {
	p := policy()
	p.SRTP = sdp.SRTPRequired
	return p
}

// secured makes a description of the peer that is secured by a key.
func (p *trunkPeer) secured(key sdp.Key, lines ...string) []byte {
	crypto := fmt.Sprintf("a=crypto:%d %s inline:%s", key.Tag, key.Suite, base64.StdEncoding.EncodeToString(key.Octets()))
	return []byte(strings.Replace(string(p.offer(append(lines, crypto)...)), "RTP/AVP", "RTP/SAVP", 1))
}

// use gives the peer its own key and ours, as our description of it tells.
func (p *trunkPeer) use(key sdp.Key, ours []byte) {
	p.t.Helper()
	p.answered(ours)
	s, err := sdp.Parse(ours)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, k := range s.Sections[0].Keys {
		if k.Suite != key.Suite {
			continue
		}
		p.keys = new(trunkKeys)
		if p.keys.in, err = newContext(k, srtp.SRTPReplayProtection(64), srtp.SRTCPReplayProtection(64)); err == nil {
			p.keys.out, err = newContext(key)
		}
		if err != nil {
			p.t.Fatal(err)
		}
		return
	}
	p.t.Fatalf("no key of ours for %s in\n%s", key.Suite, ours)
}

// newSecureCall joins a page with a trunk that is secured by a key, and returns our answer.
func newSecureCall(t *testing.T, r *Relay, key sdp.Key) (*call, *browser, []byte) {
	t.Helper()
	c := newSessionCall(t, r, securePolicy())
	if err := c.s.TrunkOffer(c.trunk.secured(key)); err != nil {
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
	c.trunk.use(key, answer)
	return c, page, answer
}

func TestTrunkSRTP(t *testing.T) {
	for _, suite := range suites {
		t.Run(suite.String(), func(t *testing.T) {
			r := newRelay(t, func(c *Config) { c.Reports = 20 * time.Millisecond; c.AgentSilence = 100 * time.Millisecond })
			c, page, _ := newSecureCall(t, r, farKey(suite, 1))
			for i := range byte(3) {
				c.speaks(page, 10+i)
				c.hears(page, c.trunk, 20+i)
			}
			if err := c.s.SendDigits("4"); err != nil {
				t.Fatal(err)
			}
			if p := c.trunk.receive(patience); p == nil || p.PayloadType != 96 || p.Payload[0] != 4 {
				t.Errorf("key: %v", p)
			}
			c.s.Disconnect(1)
			if err := c.s.Play(media.SoundMusic); err != nil {
				t.Fatal(err)
			}
			eventually(t, "music", func() bool {
				p := c.trunk.receive(patience)
				return p != nil && p.PayloadType == 8
			})
			c.reportsSecured(t)
		})
	}
}

// reportsSecured holds that reports are protected both ways.
func (c *call) reportsSecured(t *testing.T) {
	t.Helper()
	to := netip.AddrPortFrom(c.trunk.addr, c.trunk.to.Port()+1)
	sr, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: c.trunk.ssrc, NTPTime: 0x1111222233334444}})
	if err != nil {
		t.Fatal(err)
	}
	plain := append([]byte(nil), sr...)
	plain[12] = 0x99
	for _, b := range [][]byte{must(c.trunk.keys.out.EncryptRTCP(nil, sr, nil)), plain} {
		if _, err := c.trunk.rtcp.WriteToUDPAddrPort(b, to); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "a report that answers ours", func() bool {
		c.trunk.send(8, sound(1)) // there are blocks about those who speak alone
		b := datagram(c.trunk.rtcp, patience)
		report, err := c.trunk.keys.in.DecryptRTCP(nil, b, nil)
		if err != nil {
			t.Fatalf("%v: %x", err, b)
		}
		packets, err := rtcp.Unmarshal(report)
		if err != nil {
			t.Fatal(err)
		}
		r, ok := packets[0].(*rtcp.SenderReport)
		return ok && len(r.Reports) == 1 && r.Reports[0].LastSenderReport == 0x22223333
	})
	if c.r.Stats().Dropped["srtp"] == 0 {
		t.Error("a plain report was taken")
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// A call out offers keys, and each suite that the far side may take of them works; a plain answer goes on in plain where that is allowed.
func TestDialSRTP(t *testing.T) {
	for _, suite := range []sdp.Suite{sdp.AESCM80, sdp.GCM128, sdp.GCM256} {
		c, page, offer := dial(t, newRelay(t), securePolicy())
		key := farKey(suite, 5)
		s, err := sdp.Parse(offer)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range s.Sections[0].Keys {
			if k.Suite == suite {
				key.Tag = k.Tag
			}
		}
		if err := c.s.TrunkAccept("a", c.trunk.secured(key)); err != nil {
			t.Fatal(err)
		}
		c.trunk.use(key, offer)
		c.takes(page)
		c.hears(page, c.trunk, 1)
		c.speaks(page, 2)
	}
	p := policy()
	p.SRTP = sdp.SRTPOptional
	c, page, _ := dial(t, newRelay(t), p)
	if err := c.s.TrunkAccept("a", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	c.takes(page)
	c.hears(page, c.trunk, 1)
	c.speaks(page, 2)
}

// Where there are keys nothing plain is taken, nothing is sent in plain, and nothing under another key or from elsewhere counts.
func TestSecurityTrunkKeys(t *testing.T) {
	c, page, _ := newSecureCall(t, newRelay(t), farKey(sdp.GCM128, 1))
	c.hears(page, c.trunk, 1)
	good := c.trunk.keys
	wrong, err := newContext(farKey(sdp.GCM128, 2))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		c.trunk.keys = nil
		c.trunk.send(8, sound(66)) // plain
		c.trunk.keys = &trunkKeys{out: wrong}
		c.trunk.send(8, sound(66))
	}
	c.trunk.keys = good
	replayed := good.seal(t, c.trunk.packet(8, sound(3)))
	c.trunk.write(c.trunk.rtp, replayed)
	c.trunk.write(c.trunk.rtp, replayed)
	elsewhere := udp(t, netip.MustParseAddr("127.0.0.2"))
	c.trunk.write(elsewhere, good.seal(t, c.trunk.packet(8, sound(67))))
	c.trunk.send(8, sound(4))
	for _, want := range []byte{3, 4} {
		if p := page.receive(patience); p == nil || p.Payload[0] != want {
			t.Errorf("the page heard %v, want %d", p, want)
		}
	}
	if p := page.receive(soon); p != nil {
		t.Errorf("and then %v", p)
	}
	if s := c.r.Stats(); s.Dropped["srtp"] != 41 || s.Dropped["stranger"] == 0 {
		t.Errorf("dropped %v", s.Dropped)
	}
	page.send(sound(9))
	b := datagram(c.trunk.rtp, patience)
	if bytes.Contains(b, sound(9)) {
		t.Error("sent in plain")
	}
}

// Packets that only look like SRTP lock nothing (S11): the trunk's address is learned from authentic ones.
func TestSecurityTrunkLatchNeedsKeys(t *testing.T) {
	p := securePolicy()
	p.NAT = true
	c := newSessionCall(t, newRelay(t), p)
	key := farKey(sdp.AESCM80, 1)
	if err := c.s.TrunkOffer(c.trunk.secured(key)); err != nil {
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
	c.trunk.use(key, answer)
	sprayer := udp(t, loopback) // within the trunk's networks
	for i := range uint16(3 * believed) {
		c.trunk.write(sprayer, rtpBytes(8, i, 0, 99, sound(255)))
	}
	mapped := udp(t, loopback) // where the NAT put the trunk
	for range believed {
		c.trunk.write(mapped, c.trunk.keys.seal(t, c.trunk.packet(8, sound(1))))
	}
	if got := page.receive(patience); got == nil || got.Payload[0] != 1 {
		t.Fatalf("the page heard %v; dropped %v", got, c.r.Stats().Dropped)
	}
	page.send(sound(2))
	if b := datagram(mapped, patience); b == nil {
		t.Error("the trunk behind its NAT gets nothing")
	}
	if b := datagram(sprayer, soon); b != nil {
		t.Errorf("the sprayer got %x", b)
	}
}

// A far side that changes its key is heard under the old one until it uses the new; ours stays, and so does its count.
func TestTrunkRekeys(t *testing.T) {
	for _, suite := range suites {
		t.Run(suite.String(), func(t *testing.T) { testTrunkRekeys(t, suite) })
	}
}

func testTrunkRekeys(t *testing.T, suite sdp.Suite) {
	c, page, answer := newSecureCall(t, newRelay(t), farKey(suite, 1))
	c.hears(page, c.trunk, 1)
	c.speaks(page, 2)
	key := farKey(suite, 101)
	if err := c.s.TrunkOffer(c.trunk.secured(key)); err != nil {
		t.Fatal(err)
	}
	c.hears(page, c.trunk, 3) // it has no answer yet
	again, err := c.s.TrunkAnswer()
	if err != nil {
		t.Fatal(err)
	}
	if crypto(answer) != crypto(again) {
		t.Errorf("our key changed: %s, then %s", crypto(answer), crypto(again))
	}
	was := c.trunk.keys
	c.trunk.keys = &trunkKeys{in: was.in}
	if c.trunk.keys.out, err = newContext(key); err != nil {
		t.Fatal(err)
	}
	c.hears(page, c.trunk, 4)
	c.speaks(page, 5)
	c.trunk.keys = was
	c.trunk.send(8, sound(6)) // the old key is over
	if p := page.receive(soon); p != nil {
		t.Errorf("heard %v under a key that is over", p)
	}
}

// An offer with another key that comes to nothing leaves the old one as it was, its turns of the sequence number too.
func TestTrunkRekeyTakenBack(t *testing.T) {
	c, page, _ := newSecureCall(t, newRelay(t), farKey(sdp.GCM256, 1))
	c.trunk.seq = 65534
	for i := range byte(4) { // over the turn
		c.hears(page, c.trunk, i)
	}
	if err := c.s.TrunkOffer(c.trunk.secured(farKey(sdp.GCM128, 9))); err != nil {
		t.Fatal(err)
	}
	c.s.TrunkRollback()
	c.hears(page, c.trunk, 5)
	c.speaks(page, 6)
}

func crypto(text []byte) string {
	_, line, _ := strings.Cut(string(text), "a=crypto:")
	line, _, _ = strings.Cut(line, "\r\n")
	return line
}

// One who has the key cannot make us remember sources without end.
func TestSecurityTrunkSources(t *testing.T) {
	var far trunkSRTP
	key := farKey(sdp.AESCM80, 1)
	far.agree(sdp.TrunkLocal{}, key)
	out, err := newContext(key)
	if err != nil {
		t.Fatal(err)
	}
	for ssrc := range uint32(1000) {
		sealed := must(out.EncryptRTP(nil, rtpBytes(8, 1, 0, ssrc, sound(1)), nil))
		if _, why, ok := far.open(sealed); ok != (ssrc < maxTrunkSources) || !ok && why != DropSources {
			t.Fatalf("source %d: %v, dropped as %v", ssrc, ok, why)
		}
	}
	if len(far.in.ssrcs) != maxTrunkSources {
		t.Errorf("%d sources", len(far.in.ssrcs))
	}
}

// A suite that comes back goes on counting, as its key is the same (RFC 3711 §9.1).
func TestSecurityTrunkSuiteComesBack(t *testing.T) {
	var ours trunkSRTP
	local := sdp.TrunkLocal{Secret: sdp.Secret{1, 2, 3}}
	ours.agree(local, farKey(sdp.AESCM80, 1))
	first := ours.out[sdp.AESCM80]
	ours.agree(local, farKey(sdp.GCM128, 1))
	if ours.out[sdp.GCM128] == first {
		t.Error("one context for two suites")
	}
	ours.agree(local, sdp.Key{})
	if b, ok := ours.seal([]byte{1}); !ok || len(b) != 1 {
		t.Error("without keys it is not plain")
	}
	ours.agree(local, farKey(sdp.AESCM80, 2))
	if ours.out[sdp.AESCM80] != first {
		t.Error("the context began anew under the same key")
	}
}

// Keys that cannot be used stop the sound, they do not lay it open.
func TestSecurityTrunkKeysFail(t *testing.T) {
	broken := trunkSRTP{suite: sdp.GCM256}
	if b, ok := broken.seal(rtpBytes(8, 1, 0, 1, sound(1))); ok {
		t.Errorf("sent %x", b)
	}
	if b, ok := broken.sealReport(make([]byte, 100), []byte{0x80, 201, 0, 1, 0, 0, 0, 1}); ok {
		t.Errorf("sent %x", b)
	}
	if _, _, ok := broken.open(rtpBytes(8, 1, 0, 1, sound(1))); ok {
		t.Error("taken")
	}
	if _, ok := broken.openReport([]byte{0x80, 201, 0, 1, 0, 0, 0, 1}); ok {
		t.Error("report taken")
	}
}
