package queue

import "time"

// instant is a point in time as nanoseconds since the engine's first event. Inside the engine only instants are compared: they are
// totally ordered, whatever mix of monotonic and wall-clock times comes in.
type instant int64

func (t instant) plus(d time.Duration) instant { return t + instant(d) }

// timer is one deadline, inside the thing that it is for.
type timer struct {
	at   instant
	seq  uint64 // order of arming: the tie-break
	slot int    // index in the heap + 1; 0 while not armed
	due  dueKind
	of   any // *caller, *agent, *offer or *queue
}

// dueKind says what a timer is for.
type dueKind uint8

const (
	dueLimit dueKind = iota // a caller has waited max_wait
	dueTurn                 // what a caller requires may have changed: a bar is over, a step has come, ...
	dueLease                // an agent's lease is over
	dueTally                // an agent's tally of the last window changes
	dueTell                 // a caller hears his place again
	dueEmpty                // a queue has been empty for the grace
	dueHours                // a queue opens or closes
	dueOffer                // an offer's present phase is over: not confirmed, not answered, wrap-up's end
)

func (t *timer) armed() bool { return t.slot > 0 }

// timers is a binary heap of armed timers, the earliest first.
type timers struct {
	heap []*timer
	seq  uint64
}

// arm sets t to go off at the instant, whether or not it was armed.
func (h *timers) arm(t *timer, at instant) {
	h.seq++
	t.at, t.seq = at, h.seq
	if !t.armed() {
		h.heap = append(h.heap, t)
		t.slot = len(h.heap)
	}
	h.fix(t)
}

// disarm takes t out, if it is armed.
func (h *timers) disarm(t *timer) {
	if !t.armed() {
		return
	}
	hole, last := t.slot, h.heap[len(h.heap)-1]
	h.heap[len(h.heap)-1] = nil
	h.heap = h.heap[:len(h.heap)-1]
	t.slot = 0
	if last != t {
		h.heap[hole-1], last.slot = last, hole
		h.fix(last)
	}
}

// next gives the earliest timer, nil if none is armed.
func (h *timers) next() *timer {
	if len(h.heap) == 0 {
		return nil
	}
	return h.heap[0]
}

func (t *timer) before(u *timer) bool {
	if t.at != u.at {
		return t.at < u.at
	}
	return t.seq < u.seq
}

func (h *timers) fix(t *timer) {
	for t.slot > 1 && t.before(h.heap[t.slot/2-1]) {
		h.swap(t, h.heap[t.slot/2-1])
	}
	for {
		child := t.slot * 2
		if child > len(h.heap) {
			return
		}
		least := h.heap[child-1]
		if child < len(h.heap) && h.heap[child].before(least) {
			least = h.heap[child]
		}
		if !least.before(t) {
			return
		}
		h.swap(t, least)
	}
}

func (h *timers) swap(t, u *timer) {
	t.slot, u.slot = u.slot, t.slot
	h.heap[t.slot-1], h.heap[u.slot-1] = t, u
}
