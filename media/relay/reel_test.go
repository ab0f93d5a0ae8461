package relay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"offhook/media"
	"offhook/media/prompts"
)

// octetsFile writes a μ-law file.
func octetsFile(t *testing.T, octets []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sound.wav")
	head := "RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x07\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data"
	file := append(binary.LittleEndian.AppendUint32([]byte(head), uint32(len(octets))), octets...)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rising is octets that tell their place.
func rising(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 0x80 | byte(i%100)
	}
	return b
}

// pcmuCall is a call that speaks μ-law, in which files of μ-law are heard as they are.
func pcmuCall(t *testing.T) *call {
	t.Helper()
	c := newSessionCall(t, newRelay(t), policy())
	if err := c.s.TrunkOffer([]byte(strings.Replace(string(c.trunk.offer()), "8 0 96", "0 96", 1))); err != nil {
		t.Fatal(err)
	}
	c.answer()
	return c
}

// playedBy is what sounds give in a number of frames, or until their end, by a clock of its own: the pacer is kept away.
func playedBy(t *testing.T, c *call, frames int, sounds ...media.Sound) (got []byte) {
	t.Helper()
	now := time.Now()
	c.s.mu.Lock()
	p, err := c.s.newPlayerLocked(0, &c.s.music, sounds)
	if err == nil {
		p.load(c.s.encode(p.sounds, "PCMU"), now)
		c.s.player = p
	}
	c.s.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	packets, _ := paced(c.s, now, frames)
	c.s.tell()
	for _, p := range packets {
		got = append(got, p.Payload...)
	}
	return got
}

// Sounds follow each other without a gap, to the sample; the end is told once.
func TestPlayOneAfterAnother(t *testing.T) {
	c := pcmuCall(t)
	one, two, three := rising(512), rising(1), rising(300)
	sounds := []media.Sound{{Name: octetsFile(t, one)}, {Name: octetsFile(t, two), Loop: true, Tag: 6}, {}, {Name: octetsFile(t, three), Tag: 7}}
	got := playedBy(t, c, 20, sounds...)
	want := append(append(append([]byte{}, one...), two...), three...)
	want = append(want, bytes.Repeat([]byte{0xff}, 6*160-len(want))...)
	if !bytes.Equal(got, want) {
		t.Errorf("heard %d octets:\n%x\nwant %d:\n%x", len(got), got, len(want), want)
	}
	if e := c.wait(media.PlayEnded); e.Tag != 7 {
		t.Errorf("their end is told as that of %d", e.Tag)
	}
	if len(c.events) != 0 {
		t.Errorf("and event %v", <-c.events)
	}
}

// The last of several begins again, from its own start, without a gap.
func TestPlayRepeatsTheLast(t *testing.T) {
	c := pcmuCall(t)
	one, last := rising(100), rising(333)
	got := playedBy(t, c, 50, media.Sound{Name: octetsFile(t, one)}, media.Sound{Name: octetsFile(t, last), Loop: true})
	want := one
	for len(want) < 50*160 {
		want = append(want, last...)
	}
	if want = want[:50*160]; !bytes.Equal(got, want) {
		t.Errorf("heard\n%x, want\n%x", got, want)
	}
}

// A sound that is not there is named, and what plays goes on.
func TestFaultPlayMissingSound(t *testing.T) {
	c := pcmuCall(t)
	if err := c.s.Play(media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	c.s.mu.Lock()
	music := c.s.player
	c.s.mu.Unlock()
	short := media.Sound{Name: octetsFile(t, rising(200))}
	err := c.s.Play(short, media.Sound{Name: "/nowhere/place-3.wav"}, media.SoundMusic)
	if err == nil || !strings.Contains(err.Error(), "/nowhere/place-3.wav") {
		t.Errorf("error %v", err)
	}
	if err := c.s.Play(make([]media.Sound, media.MaxSounds+1)...); !errors.Is(err, media.ErrSounds) {
		t.Errorf("too many: %v", err)
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.s.player != music || music.over || c.s.toTrunk.source != 0 && c.s.toTrunk.source != music.source() {
		t.Error("the music is over")
	}
}

// What can be opened and never read to its end is no sound.
func TestFaultPlayNoFile(t *testing.T) {
	c := pcmuCall(t)
	pipe := filepath.Join(t.TempDir(), "pipe.wav")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pipe, t.TempDir()} {
		if err := c.s.Play(media.Sound{Name: name}); !errors.Is(err, prompts.ErrNoFile) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file that is no sound is left out, and the others are heard; behind them the built-in music, where the file was to go round.
func TestFaultPlayBrokenSound(t *testing.T) {
	c := pcmuCall(t)
	broken := filepath.Join(t.TempDir(), "broken.wav")
	if err := os.WriteFile(broken, []byte("no sound"), 0o600); err != nil {
		t.Fatal(err)
	}
	sound := rising(320)
	got := playedBy(t, c, 10, media.Sound{Name: broken}, media.Sound{Name: octetsFile(t, sound)}, media.Sound{Name: broken, Loop: true})
	music, err := c.r.sounds.encoded("music", "PCMU")
	if err != nil {
		t.Fatal(err)
	}
	if want := append(sound, music.octets[:1600-320]...); !bytes.Equal(got, want) {
		t.Errorf("heard %x", got)
	}
	empty := c.s.encode([]media.Sound{{Name: octetsFile(t, sound)}, {Name: broken, Loop: true}}, "nonsense")
	if !empty.over() {
		t.Error("something is played in a codec that there is not")
	}
}

// Music that something else took its turn goes on where it was, behind words too; the ringing tone begins anew.
func TestMusicGoesOn(t *testing.T) {
	c := pcmuCall(t)
	song := make([]byte, 100*160)
	for i := range song {
		song[i] = byte(i / 160)
	}
	music, word := media.Sound{Name: octetsFile(t, song), Loop: true}, media.Sound{Name: octetsFile(t, bytes.Repeat([]byte{0xee}, 160))}
	hear := func(frames int, sounds ...media.Sound) (first, last byte) {
		t.Helper()
		got := playedBy(t, c, frames, sounds...)
		c.s.mu.Lock()
		c.s.player = c.s.player.stop()
		c.s.mu.Unlock()
		return got[0], got[len(got)-1]
	}
	for i, row := range []struct {
		frames      int
		sounds      []media.Sound
		first, last byte
	}{
		{30, []media.Sound{music}, 0, 29},
		{11, []media.Sound{word, music}, 0xee, 39},
		{1, []media.Sound{word, music}, 0xee, 0xee}, // its turn did not come
		{70, []media.Sound{music}, 40, 9},           // round its end
		{5, []media.Sound{word, word, music}, 0xee, 12},
	} {
		if first, last := hear(row.frames, row.sounds...); first != row.first || last != row.last {
			t.Errorf("row %d: heard %d to %d, want %d to %d", i, first, last, row.first, row.last)
		}
	}
	ring, err := c.r.sounds.encoded("ringing", "PCMU")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := playedBy(t, c, 20, media.SoundRinging); !bytes.Equal(got, ring.octets[:20*160]) {
			t.Error("it rings from the middle")
		}
		c.s.mu.Lock()
		c.s.player = c.s.player.stop()
		c.s.mu.Unlock()
	}
}

// slowWriter holds the first datagram back until it is let go, and counts all.
type slowWriter struct {
	packetWriter
	writing, goOn chan struct{}
	written       atomic.Int32
}

func (w *slowWriter) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if w.written.Add(1) == 1 {
		close(w.writing)
	}
	<-w.goOn
	return w.packetWriter.WriteToUDPAddrPort(b, to)
}

// The step that ends a sound returns when the last packet of it is gone: what an agent says can only be behind it.
func TestSoundEndsBeforeTheStepReturns(t *testing.T) {
	for name, end := range map[string]func(c *call) error{
		"Connect": func(c *call) error { return c.s.Connect(1) },
		"Play":    func(c *call) error { return c.s.Play() },
		"Join": func(c *call) error {
			other := newCall(t, c.r, policy())
			other.answer()
			return c.s.Join(other.s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCall(t, newRelay(t), policy())
			c.ring(1)
			w := &slowWriter{packetWriter: c.s.rtpOut, writing: make(chan struct{}), goOn: make(chan struct{})}
			c.s.rtpOut = w
			c.answer()
			if err := c.s.Play(media.Sound{Name: octetsFile(t, rising(3200))}, media.SoundMusic); err != nil {
				t.Fatal(err)
			}
			<-w.writing
			ended := make(chan error, 1)
			go func() { ended <- end(c) }()
			select {
			case err := <-ended:
				ended <- err
				t.Error("ended while a packet was under way")
			case <-time.After(50 * time.Millisecond):
			}
			close(w.goOn)
			if err := <-ended; err != nil {
				t.Error(err)
			}
			n := w.written.Load()
			time.Sleep(5 * frameTime)
			if more := w.written.Load() - n; more != 0 {
				t.Errorf("%d packets after the end", more)
			}
		})
	}
}

// A sound goes on where it was when the far side is described with another codec.
func TestPlayGoesOnInAnotherCodec(t *testing.T) {
	r := newRelay(t)
	c := newCall(t, r, policy())
	pcmu, err := r.sounds.encoded("music", "PCMU")
	if err != nil {
		t.Fatal(err)
	}
	c.s.mu.Lock()
	p := &player{id: 1, sounds: []media.Sound{media.SoundMusic}, codec: "PCMU", frames: 50, reel: newReel(nil, true), start: time.Now()}
	p.again()
	p.asked = true
	c.s.mu.Unlock()
	c.s.prepared(p, "PCMU", newReel([]encoded{pcmu}, true))
	var b [160]byte
	p.reel.next(b[:])
	if !bytes.Equal(b[:], pcmu.octets[50*160:51*160]) || time.Since(p.start) < 50*frameTime {
		t.Errorf("at another place, started %v ago", time.Since(p.start))
	}
}

// What is kept of encoded sounds is bounded.
func TestSecuritySoundsAreBounded(t *testing.T) {
	c := newSounds()
	path := octetsFile(t, rising(16<<20))
	for _, codec := range []string{"PCMU", "PCMA"} {
		if s, err := c.encoded(path, codec); err != nil || s.length != 16<<20 {
			t.Fatalf("%s: %d octets, %v", codec, s.length, err)
		}
	}
	if len(c.encodes) != 2 || c.octets < 32<<20 {
		t.Fatalf("%d kept, %d octets", len(c.encodes), c.octets)
	}
	if _, err := c.encoded(octetsFile(t, rising(17<<20)), "PCMA"); err != nil {
		t.Fatal(err)
	}
	if len(c.encodes) != 0 || c.octets != 0 {
		t.Errorf("%d kept, %d octets", len(c.encodes), c.octets)
	}
	for i := range maxSounds + 10 {
		c.encoding(soundKey{name: string(rune(i))})
	}
	if len(c.encodes) > maxSounds {
		t.Errorf("%d kept", len(c.encodes))
	}
}

// The silence that fills the last frame is there in each codec, whatever the length of the sound.
func TestEncodedSoundsEndInSilence(t *testing.T) {
	for _, n := range []int{1, 159, 160, 161, 500} {
		path := octetsFile(t, rising(n))
		for _, codec := range []string{"PCMU", "PCMA", "G722"} {
			s, err := encode(path, codec)
			if err != nil || s.length != n || len(s.octets) < n+prompts.FrameBytes {
				t.Errorf("%d samples, %s: %d of %d octets, %v", n, codec, s.length, len(s.octets), err)
			}
		}
	}
}

// A frame of a sound costs no memory.
func TestPlayedFramesAllocateNothing(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	next := playedFrame(t)
	if got := testing.AllocsPerRun(200, next); got > 0 {
		t.Errorf("%v allocations for a frame", got)
	}
}

func BenchmarkPlayedFrame(b *testing.B) {
	next := playedFrame(b)
	b.ReportAllocs()
	for b.Loop() {
		next()
	}
}

// playedFrame has a call hear two phrases for ever, a frame with each turn of what it returns.
func playedFrame(t testing.TB) (next func()) {
	c := newCall(t, newRelay(t), policy())
	c.s.rtpOut = nowhere{}
	c.answer()
	one, err := c.r.sounds.encoded("prompt:en/number-1", "PCMA")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c.s.mu.Lock()
	c.s.player = &player{id: 1, reel: newReel([]encoded{one, one}, true), start: now}
	c.s.mu.Unlock()
	var b [rtpHeader + prompts.FrameBytes + tailroom]byte
	return func() {
		if sent, _ := c.s.sendFrame(now, b[:]); !sent {
			t.Fatal("nothing is sent")
		}
		now = now.Add(frameTime)
	}
}
