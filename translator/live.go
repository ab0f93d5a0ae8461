package translator

import (
	"sync"
	"time"
)

// Live runs each owner on a goroutine of its own, by the machine's clock.
type Live struct{ wg sync.WaitGroup }

// NewLive makes a runtime for a server.
func NewLive() *Live { return &Live{} }

// Now is time.Now; it carries the monotonic clock, so a wall clock that jumps ends no call.
func (l *Live) Now() time.Time { return time.Now() }

// Wait returns when every owner has stopped.
func (l *Live) Wait() { l.wg.Wait() }

func (l *Live) start(a *actor) {
	b := &liveBox{wake: make(chan struct{}, 1), limit: a.limit}
	a.box = b
	l.wg.Go(func() { b.run(a) })
}

// liveBox is a bounded list behind a mutex with a wake-up channel: post never waits for the owner.
type liveBox struct {
	wake  chan struct{}
	limit int

	mu      sync.Mutex // guards the fields below
	waiting []any
	stopped bool
}

func (b *liveBox) post(ev any) posted {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.stopped:
		return boxStopped
	case len(b.waiting) >= b.limit:
		return boxFull
	}
	b.waiting = append(b.waiting, ev)
	b.poke()
	return boxTook
}

func (b *liveBox) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopped = true
	b.poke()
}

// poke wakes the owner. The channel holds one wake-up, which is enough for any number of events.
func (b *liveBox) poke() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *liveBox) take(into []any) ([]any, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	into = append(into[:0], b.waiting...)
	clear(b.waiting)
	b.waiting = b.waiting[:0]
	return into, b.stopped
}

// run is the owner's goroutine. A deadline is met between two batches of events, however many keep coming. After stop, what still waited is
// handled, then it ends.
func (b *liveBox) run(a *actor) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var events []any
	for {
		var stopped bool
		events, stopped = b.take(events)
		for i, ev := range events {
			a.handle(ev, time.Now())
			events[i] = nil
		}
		if stopped {
			return
		}
		wait := time.Hour
		if at, ok := a.deadline(); ok {
			wait = time.Until(at)
		}
		if wait <= 0 {
			a.handle(tick{}, time.Now())
			continue
		}
		timer.Reset(wait)
		select {
		case <-b.wake:
		case <-timer.C:
		}
	}
}
