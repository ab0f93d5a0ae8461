package relay

import "time"

// limiter lets packets through up to a rate, after a burst: four times what the codec nominally sends (security rule S12).
type limiter struct {
	every time.Duration // the time that one packet is worth
	burst time.Duration // savings, at most
	saved time.Duration
	last  time.Time
}

// newLimiter is for packets of packet ms each: 4 times that rate, and two seconds' worth at once (a network that held them back).
func newLimiter(packet int) limiter {
	every := time.Duration(min(max(packet, 10), 60)) * time.Millisecond / 4
	return limiter{every: every, burst: 400 * every, saved: 400 * every}
}

func (l *limiter) allow(now time.Time) bool {
	if !l.last.IsZero() {
		l.saved = min(l.saved+max(now.Sub(l.last), 0), l.burst)
	}
	l.last = now
	if l.saved < l.every {
		return false
	}
	l.saved -= l.every
	return true
}
