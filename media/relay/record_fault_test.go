package relay

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"offhook/media"
	"offhook/media/prompts"
)

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
			if err := r.step(); err != nil {
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

// TestFaultRecordKilled: at any moment the file is a whole WAV file that lacks half a second at most.
func TestFaultRecordKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := new(memory)
		s := recordedSession(file)
		r := newRecording(s, "", time.Now())
		s.recording = r
		var work sync.WaitGroup
		work.Go(r.run)
		synctest.Wait()
		stereo(t, file.bytes()) // before anybody speaks it is one too
		for at := time.Duration(0); at < 10*time.Second; at += 100 * time.Millisecond {
			time.Sleep(100 * time.Millisecond)
			speak(r, at, at+100*time.Millisecond)
			if synctest.Wait(); at < time.Second {
				continue
			}
			left, _, _ := stereo(t, file.bytes())
			if got := time.Duration(len(left)) * time.Second / ticksPerSecond; got < at-2*writeEvery {
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

// TestFaultRecordDiskFullAlready: on a disk that is full from the beginning the recording ends at once, and its file is closed.
func TestFaultRecordDiskFullAlready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := &memory{full: 1}
		s := recordedSession(file)
		var told []media.Event
		s.notify = func(e media.Event) { told = append(told, e) }
		r := newRecording(s, "", time.Now())
		s.recording = r
		r.run()
		if len(told) != 1 || !errors.Is(told[0].Err, syscall.ENOSPC) || s.recording != nil || !file.closed {
			t.Errorf("told %+v, closed %v", told, file.closed)
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
