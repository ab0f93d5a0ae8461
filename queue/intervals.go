package queue

import (
	"slices"
	"time"
)

const (
	// IntervalLength is how long an [Interval] is. They begin at the full and quarter hours.
	IntervalLength = 15 * time.Minute
	// keptIntervals is how many past ones a queue keeps: a day and a little.
	keptIntervals = 100
)

// Interval is what happened in a queue in a quarter of an hour, or, as [Engine.Totals] gives it, since the engine began. Each caller counts where it
// happened: as offered when he came, as answered when he was connected. At any time
//
//	Offered = Answered + Abandoned + Overflowed + Refused + TimedOut + Removed + those who wait
//
// A caller who was connected and waits again (agent lost) counts as Requeued and nowhere else.
type Interval struct {
	Queue string
	From  time.Time

	Offered        int // came, whether or not they could stay; callbacks that an engine before this one kept among them
	Answered       int // connected
	InTarget       int // of those, within the service level's target
	Abandoned      int // left before
	ShortAbandoned int // of those, sooner than ShortAbandon
	Overflowed     int // went another way: by a limit or by a key
	Refused        int // turned away when they came
	TimedOut       int // a limit ended their wait and gave no other way
	Removed        int // taken out: the queue or the call is gone, or a callback failed
	Requeued       int // waited again after having been connected
	Callbacks      int // turned into callbacks (they wait on)

	LongestWait              time.Duration // of those who left
	Wait, Talk, Hold, WrapUp Histogram
	Staffed                  time.Duration // agents logged in and not away, added up
	Busy                     time.Duration // of that, on calls and in wrap-up
}

// ServiceLevel is the share within the target of those answered, 1 if nobody was.
func (i *Interval) ServiceLevel() float64 { return share(i.InTarget, i.Answered) }

// ServiceLevelOffered is the share within the target of those answered or abandoned, without those who abandoned shortly.
func (i *Interval) ServiceLevelOffered() float64 {
	return share(i.InTarget, i.Answered+i.Abandoned-i.ShortAbandoned)
}

// Occupancy is the share of staffed time that was busy.
func (i *Interval) Occupancy() float64 {
	if i.Staffed == 0 {
		return 0
	}
	return float64(i.Busy) / float64(i.Staffed)
}

func share(part, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(part) / float64(of)
}

// HistogramBounds are the upper bounds of a [Histogram]'s counts; the last count is of all above.
var HistogramBounds = [...]time.Duration{
	1 * time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 20 * time.Second, 30 * time.Second, 45 * time.Second,
	time.Minute, 90 * time.Second, 2 * time.Minute, 3 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour,
}

// Histogram counts durations by length.
type Histogram struct {
	Counts [len(HistogramBounds) + 1]int
	Sum    time.Duration
}

func (h *Histogram) add(d time.Duration) {
	at, _ := slices.BinarySearch(HistogramBounds[:], d)
	h.Counts[at]++
	h.Sum += d
}

// N is how many there are.
func (h *Histogram) N() (n int) {
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// books are a queue's intervals.
type books struct {
	total, current Interval
	past           []Interval // the oldest first
	ends           instant    // of the current one
	booked         instant    // up to here agents' time is booked
}

// count books something in the current interval and in the total.
func (q *queue) count(e *Engine, what func(*Interval)) {
	e.turnPage(q)
	what(&q.books.current)
	what(&q.books.total)
}

// turnPage books agents' time up to now, and begins a new interval at each quarter of an hour.
func (e *Engine) turnPage(q *queue) {
	b := &q.books
	if b.current.From.IsZero() {
		e.beginInterval(q, e.at)
		b.booked, b.total.From = e.at, e.when(e.at)
	}
	for turns := 0; e.at >= b.ends; turns++ {
		e.bookTime(q, b.ends)
		b.past = append(b.past, b.current)
		if len(b.past) > keptIntervals {
			b.past = append(b.past[:0], b.past[1:]...)
		}
		at := b.ends
		if turns > keptIntervals {
			at = e.at // after days without an event: what lies between is older than what is kept
			e.bookTime(q, at)
		}
		e.beginInterval(q, at)
	}
	e.bookTime(q, e.at)
}

func (e *Engine) beginInterval(q *queue, at instant) {
	from := e.when(at).Truncate(IntervalLength)
	q.books.current = Interval{Queue: q.set.Name, From: from}
	q.books.total.Queue = q.set.Name
	q.books.ends = at.plus(from.Add(IntervalLength).Sub(e.when(at)))
}

// bookTime adds the agents' time up to then.
func (e *Engine) bookTime(q *queue, until instant) {
	b := &q.books
	passed := time.Duration(until - b.booked)
	b.booked = until
	staffed := passed * time.Duration(q.members-q.in[stateNo(Away)])
	busy := passed * time.Duration(q.in[stateNo(OnCall)]+q.in[stateNo(WrapUp)])
	for _, i := range [...]*Interval{&b.current, &b.total} {
		i.Staffed += staffed
		i.Busy += busy
	}
}

// countEnd books how a caller's wait in the queue ended.
func (e *Engine) countEnd(c *caller, reason LeaveReason) {
	q, stood := c.queue, c.line.seated() // in the line, and was not sent on as he came
	if stood {
		q.flow.wait(e.at, true)
		q.flow.left(e.at)
	}
	if c.returned {
		return
	}
	waited := e.waited(c)
	q.count(e, func(i *Interval) {
		if stood {
			i.Wait.add(waited)
			i.LongestWait = max(i.LongestWait, waited)
		}
		switch reason {
		case LeaveAnswered:
			i.Answered++
			if waited <= q.set.Target {
				i.InTarget++
			}
		case LeaveAbandoned:
			i.Abandoned++
			if waited < q.set.ShortAbandon {
				i.ShortAbandoned++
			}
		case LeaveOverflow, LeaveKey:
			i.Overflowed++
		case LeaveLimit, LeaveEmpty, LeaveClosed:
			i.TimedOut++
		default:
			i.Removed++
		}
	})
}

// Intervals gives a queue's intervals as of the last Apply, the oldest first and the current one last; nil if there is no such queue.
func (e *Engine) Intervals(name string) []Interval {
	q := e.queues[name]
	if q == nil {
		return nil
	}
	e.turnPage(q)
	return append(slices.Clone(q.books.past), q.books.current)
}

// Totals gives what a queue's intervals add up to, those that are no longer kept included; false if there is no such queue.
func (e *Engine) Totals(name string) (Interval, bool) {
	q := e.queues[name]
	if q == nil {
		return Interval{}, false
	}
	e.turnPage(q)
	return q.books.total, true
}

// EstimateAt estimates the wait of a caller at a place of a queue's line (1 is next), as of the last Apply; false if there is no such queue.
func (e *Engine) EstimateAt(name string, place int) (Estimate, bool) {
	q := e.queues[name]
	if q == nil {
		return Estimate{}, false
	}
	return e.estimate(q, place), true
}
