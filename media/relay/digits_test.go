package relay

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"

	"offhook/media"
	"offhook/media/prompts"
)

// tone is a key as it was sent.
type tone struct {
	key   byte
	start uint32 // timestamp
	at    time.Duration
	ends  int
}

// paced lets the pacer's clock go for a time, in frames, and returns what it sends and when. The pacer itself is kept away.
func paced(s *Session, from time.Time, frames int) (packets []*rtp.Packet, at []time.Duration) {
	var b [rtpHeader + prompts.FrameBytes + tailroom]byte
	for i := range frames {
		now := from.Add(time.Duration(i) * frameTime)
		for {
			packet, _, _ := s.frame(now, b[:])
			if packet == nil {
				break
			}
			p := new(rtp.Packet)
			if err := p.Unmarshal(append([]byte(nil), packet...)); err != nil {
				panic(err)
			}
			packets, at = append(packets, p), append(at, now.Sub(from))
		}
	}
	return packets, at
}

// ask queues keys without waking the pacer.
func ask(t *testing.T, s *Session, keys string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tones.take(keys) {
		t.Fatalf("%q is refused", keys)
	}
}

func TestSendDigits(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	c.answer()
	ask(t, c.s, "1#,D")
	packets, at := paced(c.s, time.Now(), 100)
	var tones []tone
	for i, p := range packets {
		key, flags, long := p.Payload[0], p.Payload[1], binary.BigEndian.Uint16(p.Payload[2:])
		if p.PayloadType != 96 || len(p.Payload) != 4 || flags&0x7f != toneLevel {
			t.Fatalf("packet %d: %v", i, p)
		}
		if i > 0 && (p.SequenceNumber != packets[i-1].SequenceNumber+1 || p.SSRC != packets[0].SSRC) {
			t.Errorf("packet %d: number %d after %d", i, p.SequenceNumber, packets[i-1].SequenceNumber)
		}
		first := len(tones) == 0 || tones[len(tones)-1].start != p.Timestamp
		if p.Marker != first {
			t.Errorf("packet %d: marker %v", i, p.Marker)
		}
		if first {
			tones = append(tones, tone{key: digits[key], start: p.Timestamp, at: at[i]})
		}
		last := &tones[len(tones)-1]
		n := i - (len(tones)-1)*tonePackets
		if want := uint16(min(n+1, 8) * 160); long != want || digits[key] != last.key {
			t.Errorf("packet %d: key %c, duration %d, want %d", i, digits[key], long, want)
		}
		if flags&0x80 != 0 {
			last.ends++
		}
		if at[i]-last.at != time.Duration(n)*frameTime {
			t.Errorf("packet %d of %c comes after %v", n, last.key, at[i]-last.at)
		}
	}
	if len(tones) != 3 || tones[0].key != '1' || tones[1].key != '#' || tones[2].key != 'D' {
		t.Fatalf("keys %v", tones)
	}
	for i, gap := range []time.Duration{60 * time.Millisecond, 560 * time.Millisecond} {
		a, b := tones[i], tones[i+1]
		if got := b.at - a.at - 160*time.Millisecond; got != gap {
			t.Errorf("%v between %c and %c, want %v", got, a.key, b.key, gap)
		}
		if got := time.Duration(b.start-a.start) * time.Second / 8000; got != b.at-a.at {
			t.Errorf("the timestamps of %c and %c are %v apart, the keys %v", a.key, b.key, got, b.at-a.at)
		}
	}
	for _, k := range tones {
		if k.ends != 3 {
			t.Errorf("%c ends %d times", k.key, k.ends)
		}
	}
	c.s.tell()
	c.wait(media.DigitsSent)
}

// Durations count in the clock of the events, timestamps in that of the stream.
func TestSendDigitsClock(t *testing.T) {
	p := policy()
	p.Codecs = []string{"opus"}
	c := newSessionCall(t, newRelay(t), p)
	offer := strings.Replace(string(c.trunk.offer()), "RTP/AVP 8 0 96", "RTP/AVP 111 96", 1) + "a=rtpmap:111 opus/48000/2\r\n"
	for clock, want := range map[string]uint16{"48000": 960, "8000": 160} {
		if err := c.s.TrunkOffer([]byte(strings.Replace(offer, "event/8000", "event/"+clock, 1))); err != nil {
			t.Fatal(err)
		}
		c.answer()
		ask(t, c.s, "55")
		packets, at := paced(c.s, time.Now(), 30)
		if len(packets) != 2*tonePackets {
			t.Fatalf("%d packets", len(packets))
		}
		if got := binary.BigEndian.Uint16(packets[0].Payload[2:]); got != want {
			t.Errorf("event/%s: duration %d, want %d", clock, got, want)
		}
		step := packets[tonePackets].Timestamp - packets[0].Timestamp
		if got := time.Duration(step) * time.Second / 48000; got != at[tonePackets] {
			t.Errorf("event/%s: the timestamp goes on by %v in %v", clock, got, at[tonePackets])
		}
	}
}

// However late the pacer is, a key has all its packets, and the far side hears a gap before the next one.
func TestFaultLateDigits(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	c.answer()
	ask(t, c.s, "12")
	now := time.Now()
	packets, _ := paced(c.s, now, 1)
	late, _ := paced(c.s, now.Add(time.Second), 1)
	if len(packets) != 1 || len(late) != tonePackets-1 {
		t.Fatalf("%d packets, %d late", len(packets), len(late))
	}
	rest, at := paced(c.s, now.Add(time.Second), 30)
	if len(rest) != tonePackets || at[0] < 40*time.Millisecond || at[0] > 100*time.Millisecond {
		t.Errorf("%d packets of the next key, after %v", len(rest), at[0])
	}
}

// While a key is sent the trunk hears nothing else; before and after it hears the agent, in one stream.
func TestDigitsReplaceTheAgent(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	out := new(kept)
	w.s.rtpOut = out
	k := w.from.socket
	k.now = time.Now()
	var seq uint16
	var b [maxDatagram + tailroom]byte
	speak := func() *rtp.Packet {
		seq++
		k.now = k.now.Add(frameTime)
		out.sent = nil
		k.handle(b[:], copy(b[:], w.seal(rtpBytes(8, seq, uint32(seq)*160, 1, sound(1)))), w.from.addr)
		if out.sent == nil {
			return nil
		}
		p := new(rtp.Packet)
		if err := p.Unmarshal(out.sent); err != nil {
			t.Fatal(err)
		}
		return p
	}
	stream := []*rtp.Packet{speak()}
	times := []time.Time{k.now}
	ask(t, w.s, "7,8")
	var heard, tones int
	for range 60 {
		packets, _ := paced(w.s, k.now, 1)
		for _, p := range packets {
			tones++
			stream, times = append(stream, p), append(times, k.now)
		}
		if p := speak(); p != nil {
			heard++
			stream, times = append(stream, p), append(times, k.now)
		}
	}
	if tones != 2*tonePackets || heard < 60-2*12 || heard > 60-2*11 {
		t.Errorf("%d packets of keys, %d of the agent", tones, heard)
	}
	if s := w.r.Stats(); s.Dropped["replaced"] != uint64(60-heard) {
		t.Errorf("dropped %v", s.Dropped)
	}
	continuous(t, stream, times)
}

// Music makes room for keys too.
func TestDigitsReplaceMusic(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	c.answer()
	if err := c.s.Play(media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	if c.trunk.receive(patience) == nil {
		t.Fatal("no music")
	}
	if err := c.s.SendDigits("5"); err != nil {
		t.Fatal(err)
	}
	tones, after := 0, 0
	for after < 3 {
		p := c.trunk.receive(patience)
		switch {
		case p == nil:
			t.Fatal("no music after the key")
		case p.PayloadType == 96:
			tones++
			if after > 0 {
				t.Error("music under a key")
			}
		case tones > 0:
			after++
		}
	}
	if tones != tonePackets {
		t.Errorf("%d packets of the key", tones)
	}
	c.wait(media.DigitsSent)
	if got := c.r.Stats().Digits; got != tonePackets {
		t.Errorf("%d counted", got)
	}
}

// A far side that holds gets its keys when it comes back.
func TestDigitsWaitForHold(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	c.answer()
	hold := func(how ...string) {
		if err := c.s.TrunkOffer(c.trunk.offer(how...)); err != nil {
			t.Fatal(err)
		}
		c.answer()
	}
	hold("a=inactive")
	ask(t, c.s, "3")
	now := time.Now()
	if packets, _ := paced(c.s, now, 100); len(packets) != 0 {
		t.Errorf("%d packets to one who holds", len(packets))
	}
	hold()
	if packets, _ := paced(c.s, now.Add(3*time.Second), 30); len(packets) != tonePackets {
		t.Errorf("%d packets after the hold", len(packets))
	}
}

func TestDigitsRefused(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	if c.s.CanSendDigits() || !errors.Is(c.s.SendDigits("1"), media.ErrNoDigits) {
		t.Error("keys before the answer")
	}
	c.answer()
	if !c.s.CanSendDigits() {
		t.Error("no keys after it")
	}
	for _, keys := range []string{"", "x", "1 2", "a", "\x00", "12345678901234567890123456789012,"} {
		if err := c.s.SendDigits(keys); !errors.Is(err, media.ErrDigits) {
			t.Errorf("%q: %v", keys, err)
		}
	}
	if len(c.s.tones.queue) != 0 {
		t.Errorf("refused keys wait: %q", c.s.tones.queue)
	}
	plain := newSessionCall(t, newRelay(t), policy())
	if err := plain.s.TrunkOffer([]byte(strings.Replace(string(plain.trunk.offer()), "8 0 96", "8 0", 1))); err != nil {
		t.Fatal(err)
	}
	plain.answer()
	if plain.s.CanSendDigits() || !errors.Is(plain.s.SendDigits("1"), media.ErrNoDigits) {
		t.Error("keys to one who knows no events")
	}
}

// Whoever asks without end fills no memory.
func TestSecurityDigitsAreBounded(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	c.answer()
	refused := 0
	for range 1000 {
		if err := c.s.SendDigits("1,"); errors.Is(err, media.ErrDigits) {
			refused++
		}
	}
	c.s.mu.Lock()
	waiting := len(c.s.tones.queue)
	c.s.mu.Unlock()
	if refused < 900 || waiting > 2*maxDigits {
		t.Errorf("%d refused, %d wait", refused, waiting)
	}
	c.s.Close()
	if err := c.s.SendDigits("1"); err != nil || c.s.CanSendDigits() {
		t.Errorf("after Close: %v", err)
	}
}

// A re-INVITE without events gives up the keys that wait, and says so.
func TestDigitsGivenUp(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	c.answer()
	ask(t, c.s, "12")
	if err := c.s.TrunkOffer([]byte(strings.Replace(string(c.trunk.offer()), "8 0 96", "8 0", 1))); err != nil {
		t.Fatal(err)
	}
	c.answer()
	if packets, _ := paced(c.s, time.Now(), 50); len(packets) != 0 {
		t.Errorf("%d packets", len(packets))
	}
	c.s.tell()
	c.wait(media.DigitsSent)
}

// A far side that answered with a number of its own may use that of our offer all the same (RFC 3264 §6.1).
func TestDigitsByEitherNumber(t *testing.T) {
	c, page, _ := dial(t, newRelay(t), policy())
	if err := c.s.TrunkAccept("a", c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	c.takes(page)
	ours := c.s.remote.EventIn
	if ours.Name == "" || ours.PT == 96 {
		t.Fatalf("our number is %+v: this test tests nothing", ours)
	}
	for i, pt := range []uint8{96, ours.PT} {
		c.trunk.ts += 4000
		c.trunk.send(pt, []byte{byte(i), 0x80, 0, 160})
		if p := page.receive(patience); p == nil || p.Payload[0] != byte(i) {
			t.Errorf("number %d: the page got %v", pt, p)
		}
		if e := c.await(media.TrunkDigit); e.Digit != digits[i] {
			t.Errorf("number %d: digit %q", pt, e.Digit)
		}
	}
}
