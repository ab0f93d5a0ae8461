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

func (b *liveBox) post(ev any) bool {
	b.mu.Lock()
	ok := !b.stopped && len(b.waiting) < b.limit
	if ok {
		b.waiting = append(b.waiting, ev)
	}
	b.mu.Unlock()
	if ok {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
	return ok
}

func (b *liveBox) stop() {
	b.mu.Lock()
	b.stopped = true
	b.mu.Unlock()
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

// run is the owner's goroutine. After stop, what still waited is handled, then it ends.
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
		if len(events) > 0 {
			continue
		}
		wait := time.Hour
		if at, ok := a.deadline(); ok {
			wait = max(time.Until(at), 0)
		}
		timer.Reset(wait)
		select {
		case <-b.wake:
		case <-timer.C:
			a.handle(tick{}, time.Now())
		}
	}
}
