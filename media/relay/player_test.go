package relay

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"offhook/media"
	"offhook/media/prompts"
)

// The caller hears ringing, then the agent: one stream, without a step back.
func TestRingingThenAgent(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	if err := c.s.Play(media.SoundRinging); err != nil {
		t.Fatal(err)
	}
	if p := c.trunk.receive(soon); p != nil {
		t.Errorf("heard %v before the answer", p)
	}
	page := c.ring(1)
	c.answer()
	want, err := prompts.Encode(prompts.Ringing(), "PCMA")
	if err != nil {
		t.Fatal(err)
	}
	first := c.trunk.receive(patience)
	if first == nil || first.PayloadType != 8 || !first.Marker || !bytes.Equal(first.Payload, want[:160]) {
		t.Fatalf("heard %v", first)
	}
	last := first
	for i := 1; i < 5; i++ {
		p := c.trunk.receive(patience)
		if p.SequenceNumber != last.SequenceNumber+1 || p.Timestamp != last.Timestamp+160 || p.SSRC != first.SSRC || p.Marker {
			t.Errorf("frame %d: %v after %v", i, p, last)
		}
		last = p
	}
	if err := c.s.Connect(1); err != nil {
		t.Fatal(err)
	}
	for { // what was on the way
		p := c.trunk.receive(3 * frameTime)
		if p == nil {
			break
		}
		last = p
	}
	page.send(sound(7))
	p := c.trunk.receive(patience)
	if p == nil || p.Payload[0] != 7 || p.SSRC != first.SSRC || p.SequenceNumber != last.SequenceNumber+1 || !p.Marker {
		t.Fatalf("heard %v of the agent after %v", p, last)
	}
	if step := p.Timestamp - last.Timestamp; step < 2*160 || step > 8000 {
		t.Errorf("the timestamp steps by %d", step)
	}
	if c.r.Stats().Played < 5 {
		t.Errorf("counted %d frames", c.r.Stats().Played)
	}
}

func TestPlayFileToItsEnd(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	path := shortSound(t)
	c.answer()
	if err := c.s.Play(media.Sound{Name: path}); err != nil {
		t.Fatal(err)
	}
	c.wait(media.PlayEnded)
	frames := 0
	for c.trunk.receive(soon) != nil {
		frames++
	}
	if frames < 1 || frames > 4 { // 512 octets are 3.2 frames; a machine that is held up leaves some out
		t.Errorf("%d frames, want 4", frames)
	}
	if err := c.s.Play(media.Sound{Name: path + ".not"}); err == nil {
		t.Error("a file that is not there is played")
	}
}

func TestPlayStops(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	c.answer()
	if err := c.s.Play(media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	if c.trunk.receive(patience) == nil {
		t.Fatal("no music")
	}
	if err := c.s.Play(media.SoundNone); err != nil {
		t.Fatal(err)
	}
	c.trunk.drain()
	if p := c.trunk.receive(soon); p != nil {
		t.Errorf("heard %v after the end", p)
	}
	eventually(t, "the pacer rests", func() bool { return len(c.r.pacer.playing(nil)) == 0 })
}

// Nothing is sent to a far side that holds, and the sound is at its place when it comes back.
func TestPlayWhileHeld(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	c.answer()
	if err := c.s.Play(media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	if c.trunk.receive(patience) == nil {
		t.Fatal("no music")
	}
	if err := c.s.TrunkOffer(c.trunk.offer("a=inactive")); err != nil {
		t.Fatal(err)
	}
	c.answer()
	c.trunk.drain()
	if p := c.trunk.receive(soon); p != nil {
		t.Errorf("heard %v while holding", p)
	}
	if err := c.s.TrunkOffer(c.trunk.offer()); err != nil {
		t.Fatal(err)
	}
	c.answer()
	if c.trunk.receive(time.Second) == nil {
		t.Error("no music after the hold")
	}
}

// A pacer that was held up leaves sound out, and nothing seems lost of the stream.
func TestFaultLatePlayer(t *testing.T) {
	c := newCall(t, newRelay(t), policy())
	c.answer()
	now := time.Now()
	c.s.mu.Lock()
	c.s.player = &player{id: 1, reel: newReel([]encoded{{make([]byte, 160*101), 160 * 100}}, true), start: now}
	c.s.mu.Unlock()
	before, _ := paced(c.s, now, 3)
	after, _ := paced(c.s, now.Add(time.Second), 3)
	if len(before) != 3 || len(after) != maxLate+2 {
		t.Fatalf("%d frames, then %d", len(before), len(after))
	}
	last, next := before[2], after[0]
	if next.SequenceNumber != last.SequenceNumber+1 || !next.Marker || after[1].Marker || next.Timestamp-last.Timestamp != (51-maxLate-2)*frameTicks {
		t.Errorf("%v, then %v", last, next)
	}
}

// A player that gets its turn late begins with the first frame all the same.
func TestFaultPlayerBeginsLate(t *testing.T) {
	c := pcmuCall(t)
	path, now := octetsFile(t, rising(1600)), time.Now()
	c.s.mu.Lock()
	p, err := c.s.newPlayerLocked(0, &c.s.music, []media.Sound{{Name: path}})
	p.codec, c.s.player = "PCMU", p
	c.s.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	r := c.s.encode(p.sounds, "PCMU")
	c.s.pacing.Lock() // the pacer's own turn does not come meanwhile
	defer c.s.pacing.Unlock()
	c.s.prepared(p, "PCMU", r)
	packets, _ := paced(c.s, now.Add(time.Second), 10)
	if len(packets) != 10 || !bytes.Equal(packets[0].Payload, rising(160)) {
		t.Errorf("%d frames", len(packets))
	}
}

// shortSound writes a file of 64 ms.
func shortSound(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "short.wav")
	head := "RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x07\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x00\x02\x00\x00"
	if err := os.WriteFile(path, append([]byte(head), bytes.Repeat([]byte{0x80}, 512)...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
