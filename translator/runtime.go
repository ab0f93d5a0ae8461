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

// inbox is where an actor's events wait. post never blocks. After stop it takes nothing more.
type inbox interface {
	post(ev any) posted
	stop()
}

// posted says what became of an event.
type posted uint8

const (
	boxTook    posted = iota
	boxFull           // the limit is reached; the event is lost
	boxStopped        // the actor has stopped
)

// tick is the event that a runtime gives an actor at its deadline.
type tick struct{}

// Runtime runs owners: live, each on a goroutine of its own ([NewLive]); or stepped, one event at a time in virtual time ([NewStepped]).
type Runtime interface {
	// Now is the runtime's clock.
	Now() time.Time
	start(a *actor)
}
