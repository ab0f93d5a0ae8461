package relay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/dtls/v3"

	"offhook/media"
	"offhook/media/prompts"
)

// memory is a file in memory, that may be full or slow.
type memory struct {
	mu     sync.Mutex
	b      []byte
	full   int           // it takes no octet from here on, 0: any
	wait   chan struct{} // writing waits for it
	synced bool
	closed bool
}

func (m *memory) WriteAt(b []byte, at int64) (int, error) {
	if m.wait != nil {
		<-m.wait
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	end := int(at) + len(b)
	if m.full > 0 && end > m.full {
		return 0, syscall.ENOSPC
	}
	if end > len(m.b) {
		m.b = append(m.b, make([]byte, end-len(m.b))...)
	}
	copy(m.b[at:], b)
	return len(b), nil
}

func (m *memory) Sync() error  { m.synced = true; return nil }
func (m *memory) Close() error { m.closed = true; return nil }

func (m *memory) bytes() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.b)
}

// stereo reads a recording: its channels, and samples a second.
func stereo(t *testing.T, b []byte) (left, right []int16, rate int) {
	t.Helper()
	le := binary.LittleEndian
	if len(b) < wavHeader || string(b[:4]) != "RIFF" || string(b[8:16]) != "WAVEfmt " || string(b[36:40]) != "data" {
		t.Fatalf("no WAV file: %q", b[:min(len(b), wavHeader)])
	}
	rate = int(le.Uint32(b[24:]))
	if le.Uint16(b[20:]) != 1 || le.Uint16(b[22:]) != 2 || le.Uint32(b[28:]) != uint32(rate*4) || le.Uint16(b[32:]) != 4 || le.Uint16(b[34:]) != 16 {
		t.Fatalf("format % x", b[20:36])
	}
	size := int(le.Uint32(b[40:]))
	if int(le.Uint32(b[4:])) != size+36 || size > len(b)-wavHeader {
		t.Fatalf("told %d octets in %d, of a file of %d", size, le.Uint32(b[4:]), len(b))
	}
	for b = b[wavHeader : wavHeader+size]; len(b) >= 4; b = b[4:] {
		left, right = append(left, int16(le.Uint16(b))), append(right, int16(le.Uint16(b[2:])))
	}
	return left, right, rate
}

// loud is the part of some samples that is not silence.
func loud(pcm []int16) float64 {
	n := 0
	for _, s := range pcm {
		if s > 1000 || s < -1000 {
			n++
		}
	}
	return float64(n) / float64(max(len(pcm), 1))
}

// recordedSession is a session of a relay without sockets, for recordings alone.
func recordedSession(file recordFile) *Session {
	r := &Relay{log: slog.New(slog.NewTextHandler(io.Discard, nil)), create: func(string) (recordFile, error) { return file, nil }}
	return &Session{r: r, call: "c"}
}

// speaker is one side of a call that speaks by a clock of its own: it clicks at the beginning of each minute of true time.
type speaker struct {
	channel uint8
	source  uint64
	fast    float64 // by how much its clock is fast
	ts      uint32
	sent    int64 // its samples since it began
	began   time.Duration
	jitter  func() time.Duration
	lost    func() bool
	random  *rand.Rand
}

// arriving is a packet on its way.
type arriving struct {
	at      time.Duration
	ts      uint32
	payload []byte
}

const clickEvery = time.Minute

// silence is 20 ms of it.
var silence = bytes.Repeat([]byte{0xd5}, 160)

// next is the next packet, made of what was spoken in true time.
func (s *speaker) next() arriving {
	tick := float64(time.Second) / ticksPerSecond / (1 + s.fast)
	payload := silence
	if at := s.began + time.Duration(float64(s.sent)*tick); at > clickEvery/2 && (at+25*time.Millisecond)%clickEvery < 30*time.Millisecond {
		payload = bytes.Clone(silence)
		for i := range payload {
			if at := s.began + time.Duration(float64(s.sent+int64(i))*tick); at%clickEvery < 5*time.Millisecond {
				payload[i] = prompts.EncodePCMA(20000)
			}
		}
	}
	s.sent += 160
	a := arriving{at: s.began + time.Duration(float64(s.sent)*tick) + s.jitter(), ts: s.ts, payload: payload}
	s.ts += 160
	return a
}

// clicks are where a channel has its clicks, as times in the file.
type clicks struct {
	last, first time.Duration
	at          []time.Duration
}

func (c *clicks) hear(at time.Duration, s int16) {
	if s < 10000 {
		return
	}
	if at-c.last > time.Second || len(c.at) == 0 {
		c.at = append(c.at, at)
	}
	c.last = at
}

// listening is a file that keeps nothing but the clicks.
type listening struct {
	memory
	channels [2]clicks
}

func (l *listening) WriteAt(b []byte, at int64) (int, error) {
	if at < wavHeader {
		return len(b), nil
	}
	for i := 0; i+4 <= len(b); i += 4 {
		if binary.LittleEndian.Uint32(b[i:])&0x40004000 == 0 { // quiet, both
			continue
		}
		t := time.Duration((at-wavHeader+int64(i))/4) * time.Second / ticksPerSecond
		for c := range l.channels {
			if s := int16(binary.LittleEndian.Uint16(b[i+2*c:])); s >= 10000 {
				l.channels[c].hear(t, s)
			}
		}
	}
	return len(b), nil
}

// Over an hour, with clocks of which one is fast and one is slow, with jitter, loss, packets out of order, a change of source and a pause, both channels lie where
// they were spoken, within 20 ms.
func TestRecordAlignsForAnHour(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	start := time.Unix(1e9, 0)
	file := new(listening)
	r := newRecording(recordedSession(file), "", start)
	r.file = file
	left := &speaker{channel: channelLeft, source: 1, fast: 100e-6, ts: math.MaxUint32 - 10_000, random: random}
	left.jitter = func() time.Duration { return time.Duration(random.ExpFloat64() * 6e6) } // 6 ms, now and then 60
	right := &speaker{channel: channelRight, source: 9, fast: -100e-6, began: 700 * time.Millisecond, random: random}
	right.jitter = func() time.Duration { return 3*time.Millisecond + time.Duration(random.IntN(20))*time.Millisecond }
	sides := [2]*speaker{left, right}
	var waiting [2][]arriving
	stepped := time.Duration(0)
	for now := time.Duration(0); now < time.Hour; now += 10 * time.Millisecond {
		for i, s := range sides {
			for s.began+time.Duration(float64(s.sent)*float64(time.Second)/ticksPerSecond/(1+s.fast)) < now {
				a := s.next()
				if random.IntN(50) > 0 && !(i == 0 && now > 20*time.Minute && now < 20*time.Minute+10*time.Second) { // 2 % loss, and a hold
					waiting[i] = append(waiting[i], a)
				}
			}
			if i == 0 && s.source == 1 && now > 40*time.Minute { // the caller is transferred: another source, other timestamps
				*s = speaker{channel: s.channel, source: 2, fast: -50e-6, ts: 77, began: now, jitter: s.jitter, random: random}
			}
			kept := waiting[i][:0]
			for _, a := range waiting[i] {
				if a.at > now {
					kept = append(kept, a)
					continue
				}
				r.note(s.channel, codecPCMA, s.source, a.ts, a.payload, start.Add(now))
			}
			waiting[i] = kept
		}
		if now-stepped >= writeEvery {
			stepped = now
			if err := r.step(start.Add(now)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := r.lost.Load(); got > 0 {
		t.Errorf("%d packets had no room", got)
	}
	for c, heard := range file.channels {
		if len(heard.at) < 55 {
			t.Fatalf("channel %d: %d clicks", c, len(heard.at))
		}
		worst := time.Duration(0)
		for _, at := range heard.at {
			off := (at+clickEvery/2)%clickEvery - clickEvery/2
			worst = max(worst, off, -off)
		}
		t.Logf("channel %d: %d clicks, at most %v off", c, len(heard.at), worst)
		if worst > 20*time.Millisecond {
			t.Errorf("channel %d is %v off", c, worst)
		}
	}
}

// A place in time for what a track is given.
func TestTrack(t *testing.T) {
	const ms = ticksPerSecond / 1000
	packet := func(tr *track, ts uint32, arrival int64) int64 { return tr.place(1, ts, 20*ms, arrival) }
	t.Run("order and delay do not matter", func(t *testing.T) {
		var tr track
		base := packet(&tr, 1000, 500*ms)
		if base != 480*ms {
			t.Errorf("the first lies at %d", base)
		}
		for i, row := range []struct{ ts, arrival int64 }{{1, 520}, {3, 570}, {2, 571}, {4, 600}, {5, 780}, {6, 781}, {7, 782}} {
			if at := packet(&tr, uint32(1000+row.ts*20*ms), row.arrival*ms); at != base+row.ts*20*ms {
				t.Errorf("row %d lies at %d, want %d", i, at-base, row.ts*20*ms)
			}
		}
	})
	t.Run("the first came late", func(t *testing.T) {
		var tr track
		packet(&tr, 0, 300*ms)
		for i := int64(1); i < 40; i++ {
			packet(&tr, uint32(i*20*ms), (200+20*i)*ms)
		}
		if at := packet(&tr, 40*20*ms, 1000*ms); at < (980-trackJump/ms)*ms || at > 980*ms+trackSlack {
			t.Errorf("lies at %d ms", at/ms)
		}
	})
	t.Run("timestamps that leave a pause out", func(t *testing.T) {
		var tr track
		for i := int64(0); i < 100; i++ {
			at := i * 20 * ms
			if i >= 50 {
				at += 9000 * ms
			}
			got := packet(&tr, uint32(i*20*ms), at)
			if i == 99 && (got < at-40*ms || got > at) {
				t.Errorf("half a second later it lies at %d, want %d", got, at)
			}
		}
	})
	t.Run("timestamps that jump", func(t *testing.T) {
		for _, jump := range []uint32{1 << 20, 1 << 30, math.MaxUint32 - 1<<25} {
			var tr track
			ts := uint32(0)
			for i := int64(0); i < 100; i++ {
				if ts += 20 * ms; i == 50 {
					ts += jump
				}
				at := (i + 1) * 20 * ms
				got := packet(&tr, ts, at)
				if got > at+trackLost {
					t.Fatalf("packet %d lies %d ms before it is spoken", i, (got-at)/ms)
				}
				if i == 99 && (got < at-40*ms || got > at) {
					t.Errorf("half a second later it lies %d ms off", (got-at)/ms)
				}
			}
		}
	})
}

// TestSecurityRecordHostile: whatever timestamps, sources and sizes a far side sends, the file is no longer than the call, and what the writer holds is bounded.
func TestSecurityRecordHostile(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	start := time.Unix(1e9, 0)
	file := new(memory)
	r := newRecording(recordedSession(file), "", start)
	r.file = file
	now := time.Duration(0)
	payload := make([]byte, 1500)
	for i := range 20_000 {
		now += time.Duration(random.IntN(3)) * time.Millisecond
		ts := uint32(now / (125 * time.Microsecond))
		if random.IntN(3) == 0 {
			ts = random.Uint32()
		}
		r.note(uint8(random.IntN(2)), codecPCMU, uint64(random.IntN(3)), ts, payload[:random.IntN(len(payload))], start.Add(now))
		if i%50 == 0 {
			if err := r.step(start.Add(now)); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.end(start.Add(now))
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}
	left, _, _ := stereo(t, file.bytes())
	if got := time.Duration(len(left)) * time.Second / ticksPerSecond; got < now || got > now+time.Second {
		t.Errorf("%v in the file of a call of %v", got, now)
	}
	if cap(r.notes) > notesSize || cap(r.spare) > notesSize || len(r.canvas.samples) != canvasTime*ticksPerSecond*2 {
		t.Errorf("room grew: %d, %d, %d", cap(r.notes), cap(r.spare), len(r.canvas.samples))
	}
}

// speak notes both sides, each loud by turns of 100 ms, from one time to another.
func speak(r *recording, from, to time.Duration) {
	for at := from; at < to; at += 20 * time.Millisecond {
		for side := range uint8(2) {
			payload := silence
			if at/(100*time.Millisecond)%2 == time.Duration(side) {
				payload = bytes.Repeat([]byte{prompts.EncodePCMA(8000)}, 160)
			}
			r.note(side, codecPCMA, uint64(side), uint32(at/(125*time.Microsecond)), payload, r.start.Add(at+20*time.Millisecond))
		}
	}
}

// TestFaultRecordKilled: at any moment the file is a whole WAV file that lacks a second and a quarter at most.
func TestFaultRecordKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := new(memory)
		s := recordedSession(file)
		r := newRecording(s, "", time.Now())
		s.recording = r
		var work sync.WaitGroup
		work.Go(r.run)
		for at := time.Duration(0); at < 10*time.Second; at += 100 * time.Millisecond {
			time.Sleep(100 * time.Millisecond)
			speak(r, at, at+100*time.Millisecond)
			if synctest.Wait(); at < time.Second {
				continue
			}
			left, _, _ := stereo(t, file.bytes())
			if got := time.Duration(len(left)) * time.Second / ticksPerSecond; got < at-headEvery-writeEvery {
				t.Errorf("after %v the file has %v", at, got)
			}
		}
		r.end(time.Now())
		work.Wait()
		left, right, _ := stereo(t, file.bytes())
		if !file.synced || !file.closed || len(left) != 10*ticksPerSecond {
			t.Errorf("%d samples; synced %v, closed %v", len(left), file.synced, file.closed)
		}
		for i, part := range [][]int16{left[9600 : 9600+800], right[9600 : 9600+800], left[10400 : 10400+800], right[10400 : 10400+800]} {
			if got := loud(part); (got > 0.9) != (i == 0 || i == 3) && (got < 0.1) == (i == 0 || i == 3) {
				t.Errorf("part %d: %.2f of it is loud", i, got)
			}
		}
	})
}

// TestFaultRecordDiskFull: a full disk ends the recording, with the reason, and leaves a whole file.
func TestFaultRecordDiskFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := &memory{full: 100_000}
		s := recordedSession(file)
		var told []media.Event
		s.notify = func(e media.Event) { told = append(told, e) }
		r := newRecording(s, "", time.Now())
		s.recording = r
		var work sync.WaitGroup
		work.Go(r.run)
		for at := time.Duration(0); at < 10*time.Second; at += time.Second {
			speak(r, at, at+time.Second)
			time.Sleep(time.Second)
		}
		work.Wait()
		if len(told) != 1 || told[0].Kind != media.RecordEnded || !errors.Is(told[0].Err, syscall.ENOSPC) || s.recording != nil {
			t.Fatalf("told %+v", told)
		}
		if left, _, _ := stereo(t, file.bytes()); len(left) < 100_000/4-2*ticksPerSecond || !file.closed {
			t.Errorf("%d samples are left; closed %v", len(left), file.closed)
		}
	})
}

// TestFaultRecordSlowDisk: while the disk does not answer, whoever carries packets is not kept waiting; what finds no room is silence, and the recording goes on.
func TestFaultRecordSlowDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := &memory{wait: make(chan struct{})}
		s := recordedSession(file)
		r := newRecording(s, "", time.Now())
		var work sync.WaitGroup
		work.Go(r.run)
		for at := time.Duration(0); at < 20*time.Second; at += time.Second {
			speak(r, at, at+time.Second)
			time.Sleep(time.Second)
		}
		if got := s.r.count.unrecorded.Load(); got < 1000 || got > 1900 {
			t.Errorf("%d packets of 2000 had no room", got)
		}
		close(file.wait)
		time.Sleep(time.Second)
		speak(r, 21*time.Second, 22*time.Second)
		time.Sleep(time.Second)
		r.end(time.Now())
		work.Wait()
		left, _, _ := stereo(t, file.bytes())
		if len(left) != 22*ticksPerSecond || loud(left[:ticksPerSecond]) < 0.4 || loud(left[10*ticksPerSecond:20*ticksPerSecond]) > 0 || loud(left[21*ticksPerSecond:]) < 0.4 {
			t.Errorf("%d samples: %.2f, %.2f, %.2f loud", len(left), loud(left[:ticksPerSecond]), loud(left[10*ticksPerSecond:20*ticksPerSecond]), loud(left[21*ticksPerSecond:]))
		}
	})
}

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

// breaking is a file that breaks whoever writes it.
type breaking struct{ memory }

func (b *breaking) WriteAt([]byte, int64) (int, error) { panic("broken") }

// TestFaultRecordPanics: a fault of ours in the writer ends the recording, closes its file, and is told.
func TestFaultRecordPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := new(breaking)
		s := recordedSession(file)
		told := make(chan media.Event, 9)
		s.notify = func(e media.Event) { told <- e }
		r := newRecording(s, "", time.Now())
		s.recording = r
		s.r.spawn("recorder", r.run)
		speak(r, 0, time.Second)
		if e := <-told; e.Kind != media.RecordEnded || e.Err == nil || !file.closed {
			t.Errorf("told %+v, closed %v", e, file.closed)
		}
		s.r.work.Wait()
		if got := s.r.count.panics.Load(); got != 1 {
			t.Errorf("%d faults are counted", got)
		}
	})
}
