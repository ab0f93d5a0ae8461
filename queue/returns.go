package queue

import "time"

// returnKept is how many numbers of abandoned callers a queue remembers for return_within.
const returnKept = 1000

// returns remembers who abandoned, by verified number: at most returnKept, the oldest forgotten first.
type returns struct {
	by    map[string]gone
	order []string // of leaving; a number stands there once for each entry that it had
}

type gone struct {
	arrived time.Time
	at      instant
	entries int // in order
}

// abandoned remembers a caller.
func (r *returns) abandoned(number string, arrived time.Time, at instant) {
	if r.by == nil {
		r.by = map[string]gone{}
	}
	r.by[number] = gone{arrived, at, r.by[number].entries + 1}
	r.order = append(r.order, number)
	if len(r.order) > returnKept {
		r.forgetFirst()
	}
}

func (r *returns) forgetFirst() {
	number := r.order[0]
	r.order = append(r.order[:0], r.order[1:]...)
	g := r.by[number]
	if g.entries--; g.entries == 0 {
		delete(r.by, number)
	} else {
		r.by[number] = g
	}
}

// back gives the arrival of a number that abandoned not longer ago than within. It counts once.
func (r *returns) back(number string, now instant, within time.Duration) (time.Time, bool) {
	g, ok := r.by[number]
	if !ok || g.arrived.IsZero() || time.Duration(now-g.at) > within {
		return time.Time{}, false
	}
	arrived := g.arrived
	g.arrived = time.Time{}
	r.by[number] = g
	return arrived, true
}
