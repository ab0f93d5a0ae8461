package agent

import "time"

// bucket is a token bucket. The zero bucket is full.
type bucket struct {
	used float64   // tokens taken and not yet grown again
	last time.Time // when used was right
}

// take takes one token, if there is one, from a bucket that grows by rate a second up to burst.
func (b *bucket) take(now time.Time, rate, burst float64) bool {
	if grown := now.Sub(b.last).Seconds() * rate; grown > 0 {
		b.used = max(0, b.used-grown)
	}
	b.last = now
	if b.used+1 > burst {
		return false
	}
	b.used++
	return true
}

// meter is the rate of one session: frames beyond it are refused, and who goes on regardless is cut off.
type meter struct{ frames, refusals, controls bucket }

// verdict is what a meter says of a frame.
type verdict int

const (
	pass verdict = iota
	refuse
	cut
)

// The session's rate of the protocol, and how many refusals in a row somebody may earn.
const (
	framesPerSecond   = 50
	framesBurst       = 100
	refusalsPerSecond = 50
	refusalsBurst     = 200
	// A browser answers pings and sends none; a few a second are a proxy's.
	controlsPerSecond = 5
	controlsBurst     = 20
	// Log-ins of one agent: a page comes back after a lost socket, a reload, in another tab. One that does so all the time has a fault, and each time makes lines in the log
	// and work for the exchange.
	loginsPerSecond = 1
	loginsBurst     = 60
	// Searches of the directory look at every agent and are made as somebody types.
	searchesPerSecond = 5
	searchesBurst     = 30
)

func (m *meter) frame(now time.Time) verdict {
	switch {
	case m.frames.take(now, framesPerSecond, framesBurst):
		return pass
	case m.refusals.take(now, refusalsPerSecond, refusalsBurst):
		return refuse
	}
	return cut
}

// control says whether one more ping or pong is fine.
func (m *meter) control(now time.Time) bool {
	return m.controls.take(now, controlsPerSecond, controlsBurst)
}
