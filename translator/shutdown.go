package translator

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Drain refuses new calls from now on, tells the agents so, and no longer waits for outcomes that they still owe.
func (x *Exchange) Drain() {
	if x.refuse.Swap(true) {
		return
	}
	x.post(do{x.tellDraining})
	x.post(toAll{evPlain{kDraining}})
}

// tellDraining marks every agent's object.
func (x *Exchange) tellDraining() {
	for _, id := range slices.Sorted(maps.Keys(x.logins)) {
		l := x.logins[id]
		l.object.Draining = true
		if !l.held {
			x.agents.SendAgent(id, l.object)
		}
	}
}

// Calls is how many calls are in progress, from INVITE until the last message of the dialog and the end of wrap-up.
func (x *Exchange) Calls() int { return int(x.inCalls.Load()) }

// afterBYE is how long Shutdown waits for the answers to its BYEs.
const afterBYE = 5 * time.Second

// Shutdown drains, waits for the calls in progress until ctx is done, then ends them with BYE, waits 5 s at most for what comes back, and
// stops every owner. It may be called once; later calls return at once. The media engine, the transactions and the hub must still live.
func (x *Exchange) Shutdown(ctx context.Context) {
	x.down.Do(func() { x.shutdown(ctx) })
}

func (x *Exchange) shutdown(ctx context.Context) {
	x.Drain()
	idle := make(chan struct{})
	x.post(do{func() {
		x.idle = idle
		x.checkIdle()
	}})
	select {
	case <-idle:
		x.actor.box.stop()
		return
	case <-ctx.Done():
	}
	x.post(toAll{evEnd{draining(0)}})
	if !within(idle, afterBYE) {
		x.post(toAll{cut{}})
		within(idle, time.Second)
	}
	x.actor.box.stop()
}

// within says whether the channel is closed in time.
func within(idle <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-idle:
		return true
	case <-timer.C:
		return false
	}
}

// checkIdle tells a Shutdown that waits when no call is left.
func (x *Exchange) checkIdle() {
	if x.idle != nil && len(x.calls) == 0 {
		close(x.idle)
		x.idle = nil
	}
}
