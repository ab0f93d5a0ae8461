package translator

import (
	"math/rand/v2"
	"time"
)

// Stepped runs owners one event at a time on a clock that only Advance moves. With a seed, owners whose events wait take turns in a
// random but repeatable order, as goroutines would; with seed 0 in the order of posting. It is for replay and tests; one goroutine uses it.
type Stepped struct {
	now     time.Time
	rng     *rand.Rand
	actors  []*actor
	arrived uint64
}

// NewStepped makes a runtime whose clock stands at now.
func NewStepped(now time.Time, seed uint64) *Stepped {
	s := &Stepped{now: now}
	if seed != 0 {
		s.rng = rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))
	}
	return s
}

// Now is the virtual clock.
func (s *Stepped) Now() time.Time { return s.now }

func (s *Stepped) start(a *actor) {
	a.box = &steppedBox{s: s, limit: a.limit}
	s.actors = append(s.actors, a)
}

type steppedBox struct {
	s       *Stepped
	limit   int
	waiting []any
	order   []uint64
	stopped bool
}

func (b *steppedBox) post(ev any) posted {
	switch {
	case b.stopped:
		return boxStopped
	case len(b.waiting) >= b.limit:
		return boxFull
	}
	b.s.arrived++
	b.waiting = append(b.waiting, ev)
	b.order = append(b.order, b.s.arrived)
	return boxTook
}

func (b *steppedBox) stop() { b.stopped = true }

// Settle handles events until none waits.
func (s *Stepped) Settle() {
	for {
		a := s.pick()
		if a == nil {
			return
		}
		b := a.box.(*steppedBox)
		ev := b.waiting[0]
		b.waiting, b.order = b.waiting[1:], b.order[1:]
		a.handle(ev, s.now)
		s.sweep()
	}
}

// pick chooses the owner whose event is handled next.
func (s *Stepped) pick() *actor {
	var best *actor
	var ready []*actor
	for _, a := range s.actors {
		b := a.box.(*steppedBox)
		if len(b.waiting) == 0 {
			continue
		}
		ready = append(ready, a)
		if best == nil || b.order[0] < best.box.(*steppedBox).order[0] {
			best = a
		}
	}
	if s.rng != nil && len(ready) > 0 {
		return ready[s.rng.IntN(len(ready))]
	}
	return best
}

// sweep forgets owners that have stopped and have nothing left.
func (s *Stepped) sweep() {
	keep := s.actors[:0]
	for _, a := range s.actors {
		if b := a.box.(*steppedBox); !b.stopped || len(b.waiting) > 0 {
			keep = append(keep, a)
		}
	}
	clear(s.actors[len(keep):])
	s.actors = keep
}

// Owners is how many owners there are, the exchange included.
func (s *Stepped) Owners() int { return len(s.actors) }

// Deadline is the earliest time at which an owner wants a tick.
func (s *Stepped) Deadline() (time.Time, bool) {
	var next time.Time
	for _, a := range s.actors {
		if at, ok := a.deadline(); ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, !next.IsZero()
}

// AdvanceTo moves the clock to at, which must not lie in the past, and gives every owner that is due its tick.
func (s *Stepped) AdvanceTo(at time.Time) {
	if at.After(s.now) {
		s.now = at
	}
	for _, a := range append([]*actor(nil), s.actors...) {
		if d, ok := a.deadline(); ok && !d.After(s.now) {
			a.handle(tick{}, s.now)
		}
	}
	s.sweep()
	s.Settle()
}
