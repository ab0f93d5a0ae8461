package translator

import (
	"time"
)

// actor is one owner of state: the exchange, or a call. handle gets one event at a time; deadline says when it wants a tick.
type actor struct {
	handle   func(ev any, now time.Time)
	deadline func() (time.Time, bool)
	limit    int // events that may wait
	box      inbox
}

// inbox is where an actor's events wait. post never blocks; false means that the limit is reached or the actor has stopped.
type inbox interface {
	post(ev any) bool
	stop()
}

// tick is the event that a runtime gives an actor at its deadline.
type tick struct{}

// Runtime runs owners: live, each on a goroutine of its own ([NewLive]); or stepped, one event at a time in virtual time ([NewStepped]).
type Runtime interface {
	// Now is the runtime's clock.
	Now() time.Time
	start(a *actor)
}
