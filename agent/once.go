package agent

import (
	"sync"
	"time"
)

// maxOnce is how many tokens with a jti are remembered. They were all signed by an issuer that we trust, so only its own mistake can fill the memory;
// then tokens with a jti are refused.
const maxOnce = 200_000

// once remembers the jti of tokens until they expire: a token that has one logs in once. To resume it may come again, since whoever resumes has shown
// the session's secret as well.
type once struct {
	mu    sync.Mutex
	seen  map[[2]string]time.Time // issuer and jti, when the token expires; guarded by mu
	sweep time.Time               // when to look for expired ones again; guarded by mu
}

// first reports whether the token is new, and remembers it.
func (o *once) first(c claims, now time.Time) bool {
	if c.jti == "" {
		return true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sweepLocked(now)
	name := [2]string{c.issuer, c.jti}
	if _, again := o.seen[name]; again || len(o.seen) >= maxOnce {
		return false
	}
	if o.seen == nil {
		o.seen = make(map[[2]string]time.Time)
	}
	o.seen[name] = c.Expires.Add(time.Minute) // longer than any leeway that makes sense
	return true
}

func (o *once) sweepLocked(now time.Time) {
	if now.Before(o.sweep) {
		return
	}
	o.sweep = now.Add(time.Minute)
	for name, expires := range o.seen {
		if now.After(expires) {
			delete(o.seen, name)
		}
	}
}
