package relay

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"offhook/media/prompts"
)

// speaker is one side of a call that speaks by a clock of its own: it clicks at the beginning of each minute of true time.
type speaker struct {
	channel uint8
	source  uint64
	fast    float64 // by how much its clock is fast
	ts      uint32
	sent    int64 // its samples since it began
	began   time.Duration
	jitter  func() time.Duration
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
	last time.Duration
	at   []time.Duration
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

// Over an hour, with clocks of which one is fast and one is slow, with jitter, 5 % loss, packets out of order, a change of source and a pause, both channels lie where
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
				if random.IntN(20) > 0 && !(i == 0 && now > 20*time.Minute && now < 20*time.Minute+10*time.Second) { // 5 % loss, and a hold
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
			if err := r.step(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := r.lost.Load(); got > 0 {
		t.Errorf("%d packets had no room", got)
	}
	places := [2]map[time.Duration]time.Duration{{}, {}} // of the click of each minute
	for c, heard := range file.channels {
		if len(heard.at) < 50 {
			t.Fatalf("channel %d: %d clicks", c, len(heard.at))
		}
		worst := time.Duration(0)
		for _, at := range heard.at {
			off := (at+clickEvery/2)%clickEvery - clickEvery/2
			worst = max(worst, off, -off)
			places[c][at-off] = off
		}
		t.Logf("channel %d: %d clicks, at most %v off", c, len(heard.at), worst)
		if worst > 20*time.Millisecond {
			t.Errorf("channel %d is %v off", c, worst)
		}
	}
	apart := time.Duration(0)
	for minute, off := range places[0] {
		if other, ok := places[1][minute]; ok {
			apart = max(apart, off-other, other-off)
		}
	}
	t.Logf("the channels are at most %v apart", apart)
	if apart > 20*time.Millisecond {
		t.Errorf("the channels are %v apart", apart)
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
