package translator

import (
	"time"

	"offhook/queue"
)

// Spoil gives the queue an event behind the exchange's back: what it decides is lost. So a test breaks the books.
func (x *Exchange) Spoil(ev queue.Event) {
	x.post(do{func() { x.queue.Apply(ev, x.rt.Now()) }})
}

// Repair lets the exchange carry one repair out.
func (x *Exchange) Repair(r queue.Repair) {
	x.post(do{func() { x.repair(r, x.rt.Now()) }})
}

// OwnCalls says how many calls of his own the log-in of an agent keeps.
func (x *Exchange) OwnCalls(agent string, f func(n int)) {
	x.post(do{func() { f(len(x.logins[agent].own)) }})
}

// ForgetOwn lets calls that the agent does not have stand in his log-in, as if a call had gone without a word.
func (x *Exchange) ForgetOwn(agent string) {
	x.post(do{func() { x.logins[agent].own = append(x.logins[agent].own, "gone") }})
}

// ComparesAt is when the books are compared next; false for never.
func (x *Exchange) ComparesAt() (at time.Time, ok bool) { return x.compareAt, !x.compareAt.IsZero() }

// CompareLate lets the next comparison be one that should have been made that long ago.
func (x *Exchange) CompareLate(by time.Duration) {
	x.post(do{func() { x.compareAt = x.rt.Now().Add(-by) }})
}

// Engine shows the queue itself to f, in the exchange's turn.
func (x *Exchange) Engine(f func(e *queue.Engine)) { x.post(do{func() { f(x.queue) }}) }

// Tell gives the queue an event, as whoever runs the center does.
func (x *Exchange) Tell(ev queue.Event) { x.post(fromCall{ev}) }

// EndAll ends all calls, as a Shutdown does that waits no longer.
func (x *Exchange) EndAll() { x.post(toAll{evEnd{draining(0)}}) }

// PauseAll lets nobody be asked for a queue's callers.
func (x *Exchange) PauseAll(name string) { x.Tell(queue.QueuePaused{Queue: name, Paused: true}) }
