package relay

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"

	"offhook/media"
)

// The browser's keys reach the trunk in the trunk's numbers, as events, and the trunk's are told once.
func TestTelephoneEvents(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	page := c.ring(1)
	c.accept(1)
	for i, flags := range []byte{10, 0x8a, 0x8a} {
		c.trunk.ts = 4000 // one event: one timestamp
		c.trunk.send(96, []byte{9, flags, 0, byte(160 + i)})
		p := page.receive(patience)
		if p == nil || p.PayloadType != 126 && p.PayloadType != 96 || p.Payload[0] != 9 || p.Payload[1] != flags {
			t.Fatalf("the page got %v", p)
		}
	}
	c.wait(media.TrunkHeard)
	if e := c.wait(media.TrunkDigit); e.Digit != '9' {
		t.Errorf("digit %q", e.Digit)
	}
	select {
	case e := <-c.events:
		t.Errorf("told %+v too", e)
	case <-time.After(soon):
	}
}

func TestAgentEventsAreRenumbered(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	out := new(kept)
	w.s.rtpOut = out
	w.s.numbers.ToTrunk[126], w.s.numbers.ToTrunk[96] = 96, -1
	k := w.from.socket
	var b [maxDatagram + tailroom]byte
	k.now = time.Now()
	k.handle(b[:], copy(b[:], w.seal(rtpBytes(126, 1, 0, 1, []byte{5, 0x80, 0, 160}))), w.from.addr)
	if p, ok := parseRTP(out.sent); !ok || p.pt != 96 || !slices.Equal(out.sent[p.payload:p.end], []byte{5, 0x80, 0, 160}) {
		t.Errorf("the trunk got %x", out.sent)
	}
	out.sent = nil
	k.handle(b[:], copy(b[:], w.seal(rtpBytes(96, 2, 0, 1, []byte{5, 0x80, 0, 160}))), w.from.addr)
	if out.sent != nil || w.r.Stats().Dropped["payload"] != 1 {
		t.Errorf("a number that the trunk does not know was sent: %x", out.sent)
	}
}

// Extensions, contributing sources and padding end at the relay.
func TestHeadersAreStripped(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	out := new(kept)
	w.s.rtpOut = out
	b := []byte{0x80 | 0x20 | 0x10 | 2, 0x80 | 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1,
		1, 1, 1, 1, 2, 2, 2, 2, // contributing sources
		0xbe, 0xde, 0, 1, 0x10, 0x55, 0, 0, // extension
		7, 7, 7, 7, 0, 0, 0, 4} // payload, padding
	k := w.from.socket
	k.now = time.Now()
	var room [maxDatagram + tailroom]byte
	k.handle(room[:], copy(room[:], w.seal(b)), w.from.addr)
	if len(out.sent) != rtpHeader+4 || out.sent[0] != 0x80 || !slices.Equal(out.sent[rtpHeader:], []byte{7, 7, 7, 7}) {
		t.Errorf("the trunk got %x; dropped %v", out.sent, w.r.Stats().Dropped)
	}
}

// Both sides get our own reports, about our stream and theirs; a BYE of RTCP ends nothing (RFC 3550 §6.6).
func TestReports(t *testing.T) {
	r := newRelay(t, func(c *Config) { c.Reports, c.AgentSilence = 50*time.Millisecond, 500*time.Millisecond })
	c := newCall(t, r, policy())
	page := c.ring(1)
	c.accept(1)
	page.send(sound(1))
	heard := c.trunk.receive(patience)
	c.trunk.send(8, sound(1))
	toPage := page.receive(patience)
	if heard == nil || toPage == nil {
		t.Fatal("no sound")
	}
	to := c.trunk.to
	to = addrPort(to.Addr(), to.Port()+1)
	sr, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: c.trunk.ssrc, NTPTime: 0x1111222233334444}, &rtcp.Goodbye{Sources: []uint32{c.trunk.ssrc}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.trunk.rtcp.WriteToUDPAddrPort(sr, to); err != nil {
		t.Fatal(err)
	}
	answered := false
	for deadline := time.Now().Add(patience); !answered && time.Now().Before(deadline); {
		b := make([]byte, 2000)
		c.trunk.rtcp.SetReadDeadline(deadline)
		n, err := c.trunk.rtcp.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		packets, err := rtcp.Unmarshal(b[:n])
		if err != nil || len(packets) != 2 {
			t.Fatalf("%v %v", packets, err)
		}
		report, ok := packets[0].(*rtcp.SenderReport)
		if !ok || report.SSRC != heard.SSRC || report.PacketCount != 1 || report.OctetCount != 160 || len(report.Reports) != 1 || report.Reports[0].SSRC != c.trunk.ssrc {
			t.Fatalf("got %v", packets[0])
		}
		answered = report.Reports[0].LastSenderReport == 0x22223333
	}
	if !answered {
		t.Error("our reports do not answer the trunk's")
	}
	packets, _, err := page.pc.GetReceivers()[0].ReadRTCP()
	if err != nil {
		t.Fatal(err)
	}
	if report, ok := packets[0].(*rtcp.SenderReport); !ok || report.SSRC != uint32(toPage.SSRC) {
		t.Errorf("the page got %v", packets)
	}
	c.trunk.send(8, sound(2))
	if p := page.receive(patience); p == nil {
		t.Error("the BYE of RTCP ended the sound")
	}
}

// F15: reports alone are signs of life of a trunk; without them it is silent, and told so once.
func TestFaultSilentTrunk(t *testing.T) {
	r := newRelay(t, func(c *Config) { c.TrunkSilence = 200 * time.Millisecond })
	c := newCall(t, r, policy())
	c.answer()
	to := addrPort(c.trunk.to.Addr(), c.trunk.to.Port()+1)
	rr, err := (&rtcp.ReceiverReport{SSRC: 9}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := c.trunk.rtcp.WriteToUDPAddrPort(rr, to); err != nil {
			t.Fatal(err)
		}
		select {
		case e := <-c.events:
			t.Fatalf("told %+v while reports come", e)
		case <-time.After(20 * time.Millisecond):
		}
	}
	c.wait(media.TrunkSilent)
	select {
	case e := <-c.events:
		t.Errorf("told %+v again", e)
	case <-time.After(400 * time.Millisecond):
	}
}

// A far side that holds sends nothing, and that is no silence.
func TestFaultHeldTrunkIsNotSilent(t *testing.T) {
	r := newRelay(t, func(c *Config) { c.TrunkSilence = 50 * time.Millisecond })
	c := newCall(t, r, policy())
	if err := c.s.TrunkOffer(c.trunk.offer("a=recvonly")); err != nil {
		t.Fatal(err)
	}
	c.answer()
	select {
	case e := <-c.events:
		t.Errorf("told %+v", e)
	case <-time.After(300 * time.Millisecond):
	}
}

func TestSessionsAndPorts(t *testing.T) {
	r := newRelay(t, func(c *Config) { c.PortMax = c.PortMin + 3 })
	a := newCall(t, r, policy())
	newCall(t, r, policy())
	if _, err := r.NewSession(media.Params{Trunk: policy()}); !errors.Is(err, media.ErrFull) {
		t.Errorf("a third session on two pairs: %v", err)
	}
	a.s.Close()
	a.s.Close()
	if r.Stats().Sessions != 1 {
		t.Errorf("%d sessions", r.Stats().Sessions)
	}
	if err := a.s.Connect(1); err != nil {
		t.Errorf("after Close: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.NewSession(media.Params{Trunk: policy()}); err == nil {
		t.Error("a session of a closed engine")
	}
}

func TestUnknownLeg(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	if err := c.s.Connect(5); !errors.Is(err, media.ErrNoLeg) {
		t.Errorf("Connect: %v", err)
	}
	if err := c.s.AgentAnswer(5, nil); !errors.Is(err, media.ErrNoLeg) {
		t.Errorf("AgentAnswer: %v", err)
	}
	c.s.Drop(5)
	c.s.Disconnect(5)
}
