package load

import "sync"

// echoLongest is how far behind an [Echo] may fall; older sound is dropped.
const echoLongest = 2 * Rate

// An Echo is a caller who first says something, and from then on repeats what he hears a little later. Hear and Speak may be
// called from two goroutines.
type Echo struct {
	mu       sync.Mutex
	greeting []int16
	delay    int // samples
	heard    []int16
	talking  bool // the delay is filled
}

// NewEcho makes an echo which begins with greeting, 8 kHz, and then repeats each sound delay milliseconds after it came.
func NewEcho(greeting []int16, delayMS int) *Echo {
	return &Echo{greeting: greeting, delay: delayMS * Rate / 1000}
}

// Hear takes what there is to repeat. What comes during the greeting is not repeated.
func (e *Echo) Hear(pcm []int16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.greeting) > 0 {
		return
	}
	e.heard = append(e.heard, pcm...)
	if over := len(e.heard) - echoLongest; over > 0 {
		e.heard = append(e.heard[:0], e.heard[over:]...)
	}
}

// Speak is the echo's [Source].
func (e *Echo) Speak(frame []int16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(frame)
	if len(e.greeting) > 0 {
		e.greeting = e.greeting[copy(frame, e.greeting):]
		return
	}
	if len(e.heard) < len(frame) {
		e.talking = false // nothing came for a while: fill the delay anew
	} else if len(e.heard) >= e.delay {
		e.talking = true
	}
	if e.talking {
		n := copy(frame, e.heard)
		e.heard = append(e.heard[:0], e.heard[n:]...)
	}
}
