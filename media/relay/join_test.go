package relay

import (
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"offhook/media"
	"offhook/translator/sdp"
)

// placed is a call without a browser that was answered by its trunk.
func placed(t *testing.T, r *Relay, like *call, lines ...string) *call {
	t.Helper()
	c := newSessionCall(t, r, policy())
	c.trunk.ssrc = 0x4242
	if err := c.s.DialTrunk(like.s); err != nil {
		t.Fatal(err)
	}
	offer := c.offerTrunk(sdp.Keep)
	if !strings.Contains(string(offer), "RTP/AVP 8 96\r\n") {
		t.Errorf("offered\n%s\nwant the codec in use and its events alone", offer)
	}
	if err := c.s.TrunkAccept("x", c.trunk.offer(lines...)); err != nil {
		t.Fatal(err)
	}
	return c
}

// hear is one trunk's way to another's ear: what is sent until it is heard.
func hear(t *testing.T, from, to *trunkPeer, number byte) *rtp.Packet {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		from.send(8, sound(number))
		for p := to.receive(soon); p != nil; p = to.receive(soon) {
			if p.Payload[0] == number {
				return p
			}
		}
	}
	t.Fatalf("sound %d is not heard", number)
	return nil
}

// The caller is transferred to a number: first he hears music, then the other trunk, in one stream, and the agent is out of it.
func TestJoinTwoTrunks(t *testing.T) {
	r := newRelay(t)
	first := newCall(t, r, policy())
	page := first.ring(1)
	first.accept(1)
	first.speaks(page, 1)
	page.send(sound(2))
	before := first.trunk.receive(patience)

	second := placed(t, r, first)
	if err := first.s.Join(second.s); err != nil {
		t.Fatal(err)
	}
	after := hear(t, second.trunk, first.trunk, 3)
	if after.SSRC != before.SSRC || after.SequenceNumber != before.SequenceNumber+1 || !after.Marker {
		t.Errorf("%v, then %v: want one stream", before, after)
	}
	hear(t, first.trunk, second.trunk, 4)
	page.send(sound(9))
	if p := first.trunk.receive(soon); p != nil {
		t.Errorf("the agent is heard: %v", p)
	}
	if p := page.receive(soon); p != nil && p.Payload[0] >= 3 {
		t.Errorf("the agent hears %v", p)
	}

	second.s.Part()
	first.trunk.drain()
	second.trunk.send(8, sound(5))
	first.trunk.send(8, sound(5))
	if p, q := first.trunk.receive(soon), second.trunk.receive(soon); p != nil || q != nil {
		t.Errorf("parted, and heard %v, %v", p, q)
	}
	if err := first.s.Connect(1); err != nil {
		t.Fatal(err)
	}
	first.speaks(page, 6)
}

// Either end of a joint is enough, and what comes next begins anew.
func TestJoinEnds(t *testing.T) {
	r := newRelay(t)
	first := newCall(t, r, policy())
	page := first.ring(1)
	first.accept(1)
	second := placed(t, r, first)
	for name, end := range map[string]func(){
		"Connect": func() {
			if err := first.s.Connect(1); err != nil {
				t.Error(err)
			}
		},
		"Part of one":       first.s.Part,
		"Part of the other": second.s.Part,
		"Part of both":      func() { first.s.Part(); second.s.Part() },
		"another joint": func() {
			third := placed(t, r, first)
			if err := third.s.Join(second.s); err != nil {
				t.Error(err)
			}
			third.s.Close()
		},
	} {
		if err := second.s.Join(first.s); err != nil {
			t.Fatal(err)
		}
		hear(t, first.trunk, second.trunk, 1)
		end()
		second.trunk.drain()
		first.trunk.send(8, sound(2))
		if p := second.trunk.receive(soon); p != nil {
			t.Errorf("%s: still heard: %v", name, p)
		}
	}
	if err := second.s.Join(first.s); err != nil {
		t.Fatal(err)
	}
	second.s.Close()
	first.trunk.send(8, sound(3))
	if err := first.s.Connect(1); err != nil {
		t.Fatal(err)
	}
	first.speaks(page, 4)
}

// Keys of one trunk are keys of the other, with its number for them, and are told as well.
func TestJoinCarriesKeys(t *testing.T) {
	r := newRelay(t)
	first := newCall(t, r, policy())
	first.answer()
	second := newSessionCall(t, r, policy())
	if err := second.s.DialTrunk(first.s); err != nil {
		t.Fatal(err)
	}
	second.offerTrunk(sdp.Keep)
	answer := strings.NewReplacer("8 0 96", "8 101", "rtpmap:96", "rtpmap:101").Replace(string(second.trunk.offer()))
	if err := second.s.TrunkAccept("x", []byte(answer)); err != nil {
		t.Fatal(err)
	}
	if err := first.s.Join(second.s); err != nil {
		t.Fatal(err)
	}
	hear(t, first.trunk, second.trunk, 1)
	for range 3 {
		b := rtpBytes(96, first.trunk.seq, 9999, first.trunk.ssrc, []byte{5, 0x8a, 0, 160})
		first.trunk.seq++
		first.trunk.write(first.trunk.rtp, b)
		p := second.trunk.receive(patience)
		if p == nil || p.PayloadType != 101 || p.Payload[0] != 5 {
			t.Fatalf("got %v, want key 5 as 101", p)
		}
	}
	if e := first.await(media.TrunkDigit); e.Digit != '5' {
		t.Errorf("told of %q", e.Digit)
	}
}

// Each side's trunk may hold, and be described anew, by itself.
func TestJoinWhileOneHolds(t *testing.T) {
	r := newRelay(t)
	first := newCall(t, r, policy())
	first.answer()
	second := placed(t, r, first)
	if err := first.s.Join(second.s); err != nil {
		t.Fatal(err)
	}
	hear(t, first.trunk, second.trunk, 1)
	reoffer := func(c *call, lines ...string) {
		t.Helper()
		if err := c.s.TrunkOffer(c.trunk.offer(lines...)); err != nil {
			t.Fatal(err)
		}
		c.answer()
	}
	reoffer(second, "a=sendonly")
	second.trunk.drain()
	first.trunk.send(8, sound(2))
	if p := second.trunk.receive(soon); p != nil {
		t.Errorf("who holds got %v", p)
	}
	hear(t, second.trunk, first.trunk, 3) // its music
	reoffer(second)
	hear(t, first.trunk, second.trunk, 4)

	if err := second.s.Play(media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	first.trunk.send(8, sound(5))
	for range 5 {
		if p := second.trunk.receive(patience); p == nil || p.Payload[0] == 5 && p.Payload[159] == 5 {
			t.Fatalf("under the music: %v", p)
		}
	}
	if err := second.s.Play(media.SoundNone); err != nil {
		t.Fatal(err)
	}
	hear(t, first.trunk, second.trunk, 6)
	if err := second.s.SendDigits("1"); err != nil {
		t.Fatal(err)
	}
	second.await(media.DigitsSent)
	hear(t, first.trunk, second.trunk, 7)
}

func TestJoinRefused(t *testing.T) {
	r := newRelay(t)
	first, second := newCall(t, r, policy()), newSessionCall(t, r, policy())
	first.answer()
	if err := first.s.Join(first.s); !errors.Is(err, media.ErrCompanion) {
		t.Errorf("with itself: %v", err)
	}
	if err := first.s.Join(newCall(t, newRelay(t), policy()).s); !errors.Is(err, media.ErrCompanion) {
		t.Errorf("with one of another engine: %v", err)
	}
	if err := first.s.Join(second.s); err == nil {
		t.Error("with one that has no trunk yet")
	}
	if err := second.s.TrunkOffer([]byte(strings.Replace(string(second.trunk.offer()), "8 0 96", "0 96", 1))); err != nil {
		t.Fatal(err)
	}
	var refusal *sdp.Error
	if err := first.s.Join(second.s); !errors.As(err, &refusal) || refusal.Code != "no_common_codec" {
		t.Errorf("with one of another codec: %v", err)
	}
	if err := newSessionCall(t, r, sdp.TrunkPolicy{Codecs: []string{"PCMU"}}).s.DialTrunk(first.s); !errors.As(err, &refusal) || refusal.Code != "no_common_codec" {
		t.Errorf("a trunk that may not use the codec: %v", err)
	}
	if err := newSessionCall(t, r, policy()).s.DialTrunk(newSessionCall(t, r, policy()).s); err == nil {
		t.Error("like one that speaks nothing yet")
	}
	second.s.Close()
	if err := first.s.Join(second.s); !errors.Is(err, media.ErrClosed) {
		t.Errorf("with a closed one: %v", err)
	}
	if err := newSessionCall(t, r, policy()).s.DialTrunk(second.s); !errors.Is(err, media.ErrClosed) {
		t.Errorf("like a closed one: %v", err)
	}
	first.s.Close()
	if err := first.s.Join(newSessionCall(t, r, policy()).s); !errors.Is(err, media.ErrClosed) {
		t.Errorf("a closed one: %v", err)
	}
	first.s.Part()
}

// A consultation speaks as its first call does.
func TestDialLikeAnotherSession(t *testing.T) {
	r := newRelay(t)
	first := newCall(t, r, policy())
	first.answer()
	second := newSessionCall(t, r, policy())
	page := newBrowser(t)
	if err := second.s.DialLike(1, page.offer(nil), first.s); err != nil {
		t.Fatal(err)
	}
	if offer := second.offerTrunk(sdp.Keep); !strings.Contains(string(offer), "RTP/AVP 8 126\r\n") {
		t.Errorf("offered\n%s", offer)
	}
	if err := second.s.TrunkAccept("x", second.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	second.takes(page)
	second.speaks(page, 1)
	if err := first.s.Join(second.s); err != nil {
		t.Fatal(err)
	}
	hear(t, first.trunk, second.trunk, 2)
}

// Two calls that belong to different goroutines join, part, are described anew and end while packets come in.
func TestFaultJoinInAnyOrder(t *testing.T) {
	r := newRelay(t)
	calls := [2]*call{newCall(t, r, policy()), newCall(t, r, policy())}
	for _, c := range calls {
		c.answer()
		c.s.rtpOut = nowhere{}
	}
	var work, packets sync.WaitGroup
	over := make(chan struct{})
	for i, c := range calls {
		packets.Go(func() {
			var b [maxDatagram + tailroom]byte
			src, now := netip.AddrPortFrom(loopback, portOf(c.trunk.rtp)), time.Now()
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
				}
				now = now.Add(20 * time.Millisecond)
				c.s.trunkPacket(b[:], copy(b[:], c.trunk.packet(8, sound(1))), src, now)
			}
		})
		work.Go(func() {
			for n := range 150 {
				switch n % 5 {
				case 0, 2:
					if err := c.s.Join(calls[1-i].s); err != nil {
						t.Error(err)
					}
				case 1:
					if err := c.s.TrunkOffer(c.trunk.offer()); err != nil {
						t.Error(err)
					}
					if _, err := c.s.TrunkAnswer(); err != nil {
						t.Error(err)
					}
				case 3:
					c.s.Part()
				case 4:
					if _, err := calls[1-i].s.speechOf(c.s); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	work.Wait()
	if err := calls[0].s.Join(calls[1].s); err != nil {
		t.Error(err)
	}
	eventually(t, "packets pass", func() bool {
		before := r.Stats().ToTrunk
		time.Sleep(time.Millisecond)
		return r.Stats().ToTrunk > before
	})
	calls[1].s.Close()
	close(over)
	packets.Wait()
}

// Between two trunks, as between two browsers, steady relaying allocates nothing.
func TestNoAllocationBetweenTrunks(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	r := newRelay(t)
	first := newCall(t, r, policy())
	first.answer()
	second := placed(t, r, first)
	if err := first.s.Join(second.s); err != nil {
		t.Fatal(err)
	}
	second.s.rtpOut = nowhere{}
	src, now := netip.AddrPortFrom(loopback, portOf(first.trunk.rtp)), time.Now()
	var b [maxDatagram + tailroom]byte
	packet := first.trunk.packet(8, sound(1))
	passed := 0
	pass := func() {
		if packet[3]++; packet[3] == 0 {
			packet[2]++
		}
		now = now.Add(20 * time.Millisecond)
		first.s.trunkPacket(b[:], copy(b[:], packet), src, now)
		passed++
	}
	pass()
	if got := testing.AllocsPerRun(200, pass); got > 0 {
		t.Errorf("%v allocations for a packet", got)
	}
	if got := r.Stats().ToTrunk; got != uint64(passed) {
		t.Errorf("%d of %d passed: %v", got, passed, r.Stats().Dropped)
	}
}

func BenchmarkRelayTrunkToTrunk(b *testing.B) {
	r := newRelay(b)
	first, second := newCall(b, r, policy()), newCall(b, r, policy())
	for _, c := range [...]*call{first, second} {
		c.answer()
	}
	if err := first.s.Join(second.s); err != nil {
		b.Fatal(err)
	}
	second.s.rtpOut = nowhere{}
	src, now := netip.AddrPortFrom(loopback, portOf(first.trunk.rtp)), time.Now()
	var buf [maxDatagram + tailroom]byte
	packet := first.trunk.packet(8, sound(1))
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(20 * time.Millisecond)
		if packet[3]++; packet[3] == 0 {
			packet[2]++
		}
		first.s.trunkPacket(buf[:], copy(buf[:], packet), src, now)
	}
	if s := r.Stats(); s.ToTrunk != uint64(b.N) {
		b.Fatalf("%d of %d relayed: %v", s.ToTrunk, b.N, s.Dropped)
	}
}
