package relay

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtp"

	"offhook/media"
)

// A caller who is answered by a 183 alone and sends nothing hears the queue's sounds; the 200 repeats the description, and the agent
// speaks in the same stream.
func TestEarlySound(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	first, err := c.s.TrunkAnswer() // of the 183
	if err != nil {
		t.Fatal(err)
	}
	c.trunk.answered(first)
	if err := c.s.Play(media.Sound{Name: "prompt:en/welcome"}, media.Sound{Name: "prompt:en/place-next"}); err != nil {
		t.Fatal(err)
	}
	var packets []*rtp.Packet
	var times []time.Time
	hear := func() *rtp.Packet {
		t.Helper()
		p := c.trunk.receive(patience)
		if p == nil {
			t.Fatal("nothing is heard")
		}
		packets, times = append(packets, p), append(times, time.Now())
		return p
	}
	want, err := c.r.sounds.encoded("prompt:en/welcome", "PCMA")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if !bytes.Contains(want.octets, hear().Payload) {
			t.Fatal("what is heard is not the welcome")
		}
	}
	page := c.ring(1)
	if err := c.s.Connect(1); err != nil {
		t.Fatal(err)
	}
	second, err := c.s.TrunkAnswer() // of the 200
	if err != nil || !bytes.Equal(second, first) {
		t.Errorf("the 200 says\n%s\nnot\n%s (%v)", second, first, err)
	}
	for p := c.trunk.receive(3 * frameTime); p != nil; p = c.trunk.receive(3 * frameTime) {
		packets, times = append(packets, p), append(times, time.Now())
	}
	page.send(sound(9))
	if p := hear(); p.Payload[0] != 9 || !p.Marker {
		t.Errorf("heard %v of the agent", p)
	}
	continuous(t, packets, times)
}

// The keys of a caller who waits, be he answered or not, are told without any agent. What comes before our description is out is nobody's.
func TestDigitsOfWaitingCaller(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	first, err := c.s.TrunkAnswer()
	if err != nil {
		t.Fatal(err)
	}
	c.trunk.answered(first)
	if err := c.s.Play(media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	ts := uint32(8000)
	event := func(key, flags byte, long uint16) {
		t.Helper()
		b := rtpBytes(96, c.trunk.seq, ts, c.trunk.ssrc, []byte{key, flags, byte(long >> 8), byte(long)})
		c.trunk.seq++
		c.trunk.write(c.trunk.rtp, b)
		c.trunk.write(c.trunk.rtp, b) // doubled on the way
	}
	digit := func(want byte) {
		t.Helper()
		if e := c.await(media.TrunkDigit); e.Digit != want {
			t.Fatalf("told of %q, want %q", e.Digit, want)
		}
	}
	for _, long := range []uint16{160, 320, 480} {
		event(1, 10, long)
	}
	for range 3 {
		event(1, 0x8a, 640)
	}
	digit('1')

	ts += 4000
	event(2, 10, 160)
	digit('2') // its end is lost, and so is all behind it

	ts += 40000
	event(3, 10, 160)
	ts += 4000
	event(10, 0x8a, 320) // the next key says that the one before is over
	digit('3')
	digit('*')

	ts += 40000
	for range 2 { // held for 16 s: two whole segments, and a rest
		event(11, 10, 800)
		event(11, 10, 0xffff)
		ts += 0xffff
	}
	if len(c.events) != 0 {
		t.Fatalf("told %v while a key is held", <-c.events)
	}
	event(11, 0x8a, 800)
	digit('#')
	select {
	case e := <-c.events:
		t.Errorf("and told %v", e)
	case <-time.After(soon):
	}
}
