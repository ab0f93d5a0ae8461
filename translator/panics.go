package translator

import "time"

// A process that panics more than panicBudget times in panicSpan is broken.
const (
	panicBudget = 5
	panicSpan   = time.Minute
)

// panicked counts a panic, and says so when they are too many. Called by any owner.
func (x *Exchange) panicked(who string, now time.Time) {
	x.hooks.Count("panic", who)
	x.panicMu.Lock()
	x.panics = append(x.panics, now)
	if len(x.panics) > panicBudget+1 {
		x.panics = x.panics[1:]
	}
	broken := len(x.panics) > panicBudget && now.Sub(x.panics[0]) <= panicSpan
	x.panicMu.Unlock()
	if broken {
		x.hooks.Broken()
	}
}
