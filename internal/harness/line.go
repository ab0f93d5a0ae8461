package harness

import (
	"context"
	"fmt"
	"testing"
	"time"

	"offhook/internal/load"
)

// Further tones of tests, in Hz. None of all four is a multiple of another; only CallerTone is a note of the built-in music.
const (
	ColleagueTone = 620  // by who is consulted, or gets a call that is passed on
	SecondTone    = 1250 // by a second agent
)

// tones are all of them.
var tones = []float64{AgentTone, CallerTone, ColleagueTone, SecondTone}

const (
	lineWindow  = load.Rate / 10 // samples judged at a time: 100 ms
	lineTone    = 0.5            // share of the power that makes a window a tone's
	lineSilence = -50            // dBFS, below which a window is silence
	lineMusic   = 10             // windows that are heard before sound is called music
	lineQuiet   = 500 * time.Millisecond
)

// A Line is a [Wire] that listens to the plain G.711 which passes it: one direction of one call at a time.
type Line struct {
	*Wire
	pcm     []int16   // what is not yet a window; guarded by the wire's mutex, as is the rest
	windows [][]int16 // the last of them, the newest last
	count   int       // all
}

// Overhear begins to listen; filter is [Softphone.Hears], [Softphone.Sends] or [SippRun.Hears].
func Overhear(t testing.TB, filter string) *Line {
	t.Helper()
	l := &Line{}
	l.Wire = listen(t, filter, l.hear)
	return l
}

// hear takes a packet. The wire's lock is held.
func (l *Line) hear(p Packet) {
	l.pcm = append(l.pcm, G711(p.Payload)...)
	for ; len(l.pcm) >= lineWindow; l.pcm = l.pcm[lineWindow:] {
		l.windows = append(l.windows, l.pcm[:lineWindow:lineWindow])
		l.windows = l.windows[max(0, len(l.windows)-lineMusic):]
		l.count++
	}
}

// heard are the last windows, how many there were in all, and what is closed at the next packet.
func (l *Line) heard() (windows [][]int16, count int, added <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.windows[:len(l.windows):len(l.windows)], l.count, l.added
}

// last waits until the last n windows, all heard from now on, fit.
func (l *Line) last(ctx context.Context, n int, fit func(windows [][]int16) bool) error {
	_, began, _ := l.heard()
	for {
		windows, count, added := l.heard()
		if count-began >= n && fit(windows[len(windows)-n:]) {
			return nil
		}
		select {
		case <-added:
		case <-ctx.Done():
			return fmt.Errorf("%w after %d windows of sound; the last: %s", ctx.Err(), count-began, portrait(windows))
		}
	}
}

// Hears fails the test unless a tone is heard from now on: 200 ms of it without anything between.
func (l *Line) Hears(ctx context.Context, t testing.TB, who string, hz float64) {
	t.Helper()
	err := l.last(ctx, 2, func(windows [][]int16) bool { return shareOf(windows, hz) == 1 })
	if err != nil {
		t.Errorf("%s does not hear %.0f Hz: %v", who, hz, err)
	}
}

// Music fails the test unless a second of sound is heard from now on that has no pause, and in which nobody of the tests says
// his tone.
func (l *Line) Music(ctx context.Context, t testing.TB, who string) {
	t.Helper()
	err := l.last(ctx, lineMusic, isMusic)
	if err != nil {
		t.Errorf("%s hears no music: %v", who, err)
	}
}

// Quiet fails the test unless for half a second from now on no sound is heard; no packets are silence too.
func (l *Line) Quiet(ctx context.Context, t testing.TB, who string) {
	t.Helper()
	over := time.NewTimer(lineQuiet)
	defer over.Stop()
	_, judged, _ := l.heard()
	for {
		windows, count, added := l.heard()
		if n := min(count-judged, len(windows)); n > 0 && !silent(windows[len(windows)-n:]) {
			over.Reset(lineQuiet)
		}
		judged = count
		select {
		case <-added:
		case <-over.C:
			return
		case <-ctx.Done():
			t.Errorf("%s still hears something: %s", who, portrait(windows))
			return
		}
	}
}

func silent(windows [][]int16) bool {
	for _, w := range windows {
		if load.Level(w) >= lineSilence {
			return false
		}
	}
	return true
}

func isMusic(windows [][]int16) bool {
	for _, w := range windows {
		if load.Level(w) < lineSilence {
			return false
		}
	}
	for _, hz := range tones {
		if share := shareOf(windows, hz); share > 0.5 || share > 0 && hz != CallerTone { // the music has an a' in it
			return false
		}
	}
	return true
}

// shareOf is how many of the windows are a tone of hz, from 0 to 1.
func shareOf(windows [][]int16, hz float64) float64 {
	n := 0
	for _, w := range windows {
		if load.Share(w, hz) > lineTone {
			n++
		}
	}
	return float64(n) / float64(max(1, len(windows)))
}

// portrait tells what windows sound like, for a test's message.
func portrait(windows [][]int16) (text string) {
	for _, w := range windows {
		text += fmt.Sprintf(" %.0f dBFS", load.Level(w))
		for _, hz := range tones {
			if share := load.Share(w, hz); share > 0.1 {
				text += fmt.Sprintf(" (%.0f Hz: %.2f)", hz, share)
			}
		}
	}
	if text == "" {
		return " nothing"
	}
	return text
}
