package relay

import (
	"bytes"
	"errors"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/dtls/v3"

	"offhook/media"
	"offhook/media/prompts"
)

// A recording of G.722 has its rate, and the tone of each side on its own channel.
func TestRecordG722(t *testing.T) {
	start := time.Unix(1e9, 0)
	file := new(memory)
	r := newRecording(recordedSession(file), "", start)
	r.file = file
	var encoders [2]prompts.G722Encoder
	for frame := range 100 {
		for side, hertz := range [2]float64{700, 3000} {
			pcm := make([]int16, 320)
			for i := range pcm {
				pcm[i] = int16(8000 * math.Sin(2*math.Pi*hertz*float64(frame*320+i)/16000))
			}
			r.note(uint8(side), codecG722, 5, uint32(frame*160), encoders[side].Append(nil, pcm), start.Add(time.Duration(frame+1)*20*time.Millisecond))
		}
	}
	r.end(start.Add(2 * time.Second))
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}
	left, right, rate := stereo(t, file.bytes())
	if rate != 16000 || len(left) != 32000 {
		t.Fatalf("%d samples at %d", len(left), rate)
	}
	for c, side := range [2][]int16{left, right} {
		turns := 0
		for i := 16001; i < 32000; i++ {
			if side[i-1] < 0 && side[i] >= 0 {
				turns++
			}
		}
		if want := [2]int{700, 3000}[c]; turns < want-3 || turns > want+3 {
			t.Errorf("channel %d: %d Hz, want %d", c, turns, want)
		}
	}
}

// recordedFile waits until a session's recording is in its file, and reads it.
func (c *call) recordedFile(path string) (left, right []int16) {
	c.t.Helper()
	c.s.RecordStop()
	if e := c.await(media.RecordEnded); e.Err != nil {
		c.t.Fatal(e.Err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	left, right, _ = stereo(c.t.(*testing.T), b)
	return left, right
}

// A call is recorded into a file: the caller left, the agent right; not what is played, and not what a muted agent says. A pause is silence, and ends by itself.
func TestRecordACall(t *testing.T) {
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	w.s.rtpOut, w.from.socket.out = nowhere{}, nowhere{}
	path := filepath.Join(t.TempDir(), "2026", "call.wav")
	if err := w.s.RecordPause(time.Second); !errors.Is(err, media.ErrNotRecording) {
		t.Errorf("paused before it began: %v", err)
	}
	if err := w.s.Record(path); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Record(path); !errors.Is(err, media.ErrRecording) {
		t.Errorf("twice: %v", err)
	}
	start := w.s.recording.start
	src, k := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp)), w.from.socket
	var b [maxDatagram + tailroom]byte
	number := uint16(0)
	both := func(frames int) {
		for range frames {
			now := start.Add(time.Duration(number+1) * 20 * time.Millisecond)
			k.now = now
			w.s.trunkPacket(b[:], copy(b[:], w.trunk.packet(8, bytes.Repeat([]byte{prompts.EncodePCMA(4000)}, 160))), src, now)
			k.handle(b[:], copy(b[:], w.seal(rtpBytes(8, number, uint32(number)*160, 3, bytes.Repeat([]byte{prompts.EncodePCMA(8000)}, 160)))), w.from.addr)
			number++
		}
	}
	both(20) // 0.0 to 0.4 s
	w.s.Mute(1, true)
	both(20)
	w.s.Mute(1, false)
	w.s.recordPaused = start.Add(1200 * time.Millisecond) // until 1.2 s
	both(20)                                              // to 1.2 s
	both(20)
	if err := w.s.Play(media.SoundMusic); err != nil {
		t.Fatal(err)
	}
	both(20) // to 2.0 s
	w.await(media.RecordResumed)
	left, right := w.recordedFile(path)
	const part = ticksPerSecond * 4 / 10
	for i, want := range [5][2]int16{{4000, 8000}, {4000, 0}, {0, 0}, {4000, 8000}, {4000, 0}} {
		middle := i*part + part/2
		if middle >= len(left) {
			t.Fatalf("%d samples", len(left))
		}
		for c, got := range [2]int16{left[middle], right[middle]} {
			if off := int(got) - int(want[c]); off > 200 || off < -200 {
				t.Errorf("part %d, channel %d: %d, want %d", i, c, got, want[c])
			}
		}
	}
	if err := w.s.Record(path); err != nil {
		t.Fatal(err)
	}
	if e := w.await(media.RecordEnded); !errors.Is(e.Err, os.ErrExist) {
		t.Errorf("over a file that is there: %v", e.Err)
	}
	if err := w.s.Record(path + ".2"); err != nil {
		t.Fatal(err)
	}
	w.s.Close()
	if err := w.s.Record(path + ".3"); !errors.Is(err, media.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
	eventually(t, "the file is whole after the call", func() bool {
		b, err := os.ReadFile(path + ".2")
		return err == nil && len(b) >= wavHeader
	})
}

// Two trunks, and two agents, are recorded too.
func TestRecordJoinsAndTalks(t *testing.T) {
	r := newRelay(t)
	first := newCall(t, r, policy())
	first.answer()
	second := placed(t, r, first)
	if err := first.s.Join(second.s); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "joined.wav")
	if err := first.s.Record(path); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		hear(t, first.trunk, second.trunk, prompts.EncodePCMA(4000))
		hear(t, second.trunk, first.trunk, prompts.EncodePCMA(8000))
		first.trunk.receive(frameTime) // as people speak
	}
	has := func(pcm []int16, want int16) bool {
		n := 0
		for _, s := range pcm {
			if s > want-200 && s < want+200 {
				n++
			}
		}
		return n >= 160
	}
	if left, right := first.recordedFile(path); !has(left, 4000) || !has(right, 8000) || has(left, 8000) || has(right, 4000) {
		t.Errorf("the trunks are not left and right: %v %v", summary(left), summary(right))
	}

	c, one, two := internal(t, r)
	if err := c.s.Talk(1, 2); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "talk.wav")
	if err := c.s.Record(path); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		talks(t, one, two, prompts.EncodePCMA(4000))
		talks(t, two, one, prompts.EncodePCMA(8000))
		one.receive(frameTime)
	}
	if left, right := c.recordedFile(path); !has(left, 4000) || !has(right, 8000) || has(left, 8000) || has(right, 4000) {
		t.Errorf("the agents are not left and right: %v %v", summary(left), summary(right))
	}
}

// What cannot be decoded is refused, at once or when it turns out.
func TestRecordRefusesOpus(t *testing.T) {
	p := policy()
	p.Codecs = []string{"opus"}
	offer := func(c *call) []byte {
		return []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n")
	}
	r := newRelay(t)
	early := newSessionCall(t, r, p)
	if err := early.s.Record(filepath.Join(t.TempDir(), "early.wav")); err != nil {
		t.Fatal(err)
	}
	if err := early.s.TrunkOffer(offer(early)); err != nil {
		t.Fatal(err)
	}
	early.answer()
	if e := early.await(media.RecordEnded); !errors.Is(e.Err, media.ErrRecordCodec) {
		t.Errorf("ended by %v", e.Err)
	}
	if err := early.s.Record("never.wav"); !errors.Is(err, media.ErrRecordCodec) {
		t.Errorf("got %v", err)
	}
}

// Relaying allocates nothing while it is recorded.
func TestNoAllocationWhileRecording(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	w := wire(t, dtls.SRTP_AEAD_AES_128_GCM)
	w.s.rtpOut, w.from.socket.out = nowhere{}, nowhere{}
	w.s.mu.Lock()
	w.s.recording = newRecording(w.s, "", time.Now()) // nobody writes: that allocates elsewhere
	w.s.typesLocked()
	w.s.mu.Unlock()
	src, k, now := netip.AddrPortFrom(loopback, portOf(w.trunk.rtp)), w.from.socket, time.Now()
	const runs = 100
	var sealed, plain [runs + 2][]byte
	for i := range sealed {
		plain[i] = w.trunk.packet(8, sound(1))
		sealed[i] = w.seal(rtpBytes(8, uint16(i), uint32(i*160), 3, sound(2)))
	}
	var in, out [maxDatagram + tailroom]byte
	i := 0
	pass := func() {
		now = now.Add(20 * time.Millisecond)
		k.now = now
		k.handle(in[:], copy(in[:], sealed[i]), w.from.addr)
		w.s.trunkPacket(out[:], copy(out[:], plain[i]), src, now)
		i++
	}
	pass()
	if got := testing.AllocsPerRun(runs, pass); got > 0 {
		t.Errorf("%v allocations for a packet each way", got)
	}
	if want := i * 2 * (noteHead + 160); len(w.s.recording.notes) != want {
		t.Errorf("%d octets are noted, want %d", len(w.s.recording.notes), want)
	}
}

// summary counts the samples of each kind, for what a test says.
func summary(pcm []int16) map[int16]int {
	m := map[int16]int{}
	for _, s := range pcm {
		m[s]++
	}
	return m
}
