package load

import "sync"

// echoLongest is how far behind an [Echo] may fall; older sound is dropped.
const echoLongest = 2 * Rate

// An Echo is a [Party] who first says something, and from then on repeats what comes a little later: sound as it was, keys as their tones.
// Its methods may be called from several goroutines.
type Echo struct {
	mu       sync.Mutex
	greeting []int16
	delay    int // samples
	heard    []int16
	pressed  []int16
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

// Press takes a key. Its tones come before all else, the greeting too; a key that comes while two seconds of tones wait is not repeated.
func (e *Echo) Press(key byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if sound := keySound(key); len(e.pressed)+len(sound) <= echoLongest {
		e.pressed = append(e.pressed, sound...)
	}
}

// Speak is the echo's [Source].
func (e *Echo) Speak(frame []int16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(frame)
	switch {
	case len(e.pressed) > 0:
		e.pressed = append(e.pressed[:0], e.pressed[copy(frame, e.pressed):]...)
	case len(e.greeting) > 0:
		e.greeting = e.greeting[copy(frame, e.greeting):]
	default:
		e.repeat(frame)
	}
}

func (e *Echo) repeat(frame []int16) {
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

// A Speaker is a [Party] that speaks and does not listen.
type Speaker Source

// Speak is the speaker's [Source].
func (s Speaker) Speak(frame []int16) { s(frame) }

// Hear does nothing.
func (Speaker) Hear([]int16) {}

// Press does nothing.
func (Speaker) Press(byte) {}

// Loop repeats a sound of 8 kHz without end.
func Loop(pcm []int16) Source {
	at := 0
	return func(frame []int16) {
		clear(frame)
		for n := 0; n < len(frame) && len(pcm) > 0; at %= len(pcm) {
			copied := copy(frame[n:], pcm[at:])
			n, at = n+copied, at+copied
		}
	}
}
