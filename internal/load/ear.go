package load

import (
	"context"
	"fmt"
	"sync"
)

const (
	earWindow = Rate / 10 // samples judged at a time
	earTone   = 0.5       // share of power that makes a window the tone's
	earTones  = 0.8       // and of two tones together, each with half of earTone at least
	earQuiet  = -50       // dBFS, below which a window is silence
	earPause  = 5         // windows in a row that make silence more than a pause
)

// An Ear listens to sound packet by packet and judges each 100 ms of it. The zero Ear is ready. Hear is for one goroutine, the
// rest for any.
type Ear struct {
	window []int16 // owned by Hear

	mu      sync.Mutex
	last    []int16
	windows int
	silent  int // windows of silence in a row, up to the last
	changed chan struct{}
}

// Hear takes the next samples. It keeps no reference to pcm.
func (e *Ear) Hear(pcm []int16) {
	e.window = append(e.window, pcm...)
	for len(e.window) >= earWindow {
		e.judge(e.window[:earWindow])
		e.window = append(e.window[:0], e.window[earWindow:]...)
	}
}

func (e *Ear) judge(window []int16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = append(e.last[:0], window...)
	e.windows++
	if e.silent++; Level(window) >= earQuiet {
		e.silent = 0
	}
	if e.changed != nil {
		close(e.changed)
		e.changed = nil
	}
}

// Windows is how many windows of 100 ms were heard.
func (e *Ear) Windows() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.windows
}

// Tone waits until a window heard from now on is a tone of hz.
func (e *Ear) Tone(ctx context.Context, hz float64) error {
	return e.wait(ctx, fmt.Sprintf("a tone of %g Hz", hz), func(w []int16) bool { return Share(w, hz) > earTone })
}

// Tones waits until a window heard from now on is these tones together, such as a key's.
func (e *Ear) Tones(ctx context.Context, hz ...float64) error {
	return e.wait(ctx, fmt.Sprintf("tones of %g Hz", hz), func(w []int16) bool {
		least, all := 1.0, 0.0
		for _, f := range hz {
			share := Share(w, f)
			least, all = min(least, share), all+share
		}
		return all > earTones && least > earTone/2
	})
}

// Quiet waits until half a second heard from now on is silence. Hearing nothing at all is not silence.
func (e *Ear) Quiet(ctx context.Context) error {
	began := e.Windows()
	return e.wait(ctx, "silence", func([]int16) bool { return e.silent >= earPause && e.windows-began >= earPause })
}

// Sound waits until a window heard from now on is not silence.
func (e *Ear) Sound(ctx context.Context) error {
	return e.wait(ctx, "sound", func(w []int16) bool { return Level(w) > earQuiet })
}

func (e *Ear) wait(ctx context.Context, what string, good func([]int16) bool) error {
	for heard := 0; ; heard++ {
		select {
		case <-e.next():
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w after %d windows of sound", what, ctx.Err(), heard)
		}
		if e.check(good) {
			return nil
		}
	}
}

func (e *Ear) next() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.changed == nil {
		e.changed = make(chan struct{})
	}
	return e.changed
}

func (e *Ear) check(good func([]int16) bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return good(e.last)
}
