package queue

import "time"

// EmptyRule says which agents count when a queue is asked whether it is empty. The zero value: it never is.
type EmptyRule string

// The rules.
const (
	CountNone      EmptyRule = ""
	CountLoggedIn  EmptyRule = "logged_in" // whatever their state
	CountNotAway   EmptyRule = "not_away"  // available or busy
	CountAvailable EmptyRule = "available" // could be asked now
)

// moment is when a limit is looked at.
type moment uint8

const (
	joining moment = 1 << iota
	waitingOn
)

// limitRow is one limit of a queue: when it is looked at, when it is hit, and where it leads.
type limitRow struct {
	name   string
	at     moment
	reason LeaveReason
	hit    func(e *Engine, q *queue, c *caller) bool
	out    func(set *QueueSettings) WayOut
	rule   string
}

// limitRows is the one evaluator of queue.md §Limits: the first row that is hit decides.
var limitRows = []limitRow{
	{"closed", joining, LeaveClosed, isClosed, func(s *QueueSettings) WayOut { return s.OnClosed },
		"queue.md §Limits: closed by its opening hours"},
	{"join_empty", joining, LeaveEmpty, joinsEmpty, func(s *QueueSettings) WayOut { return s.OnEmpty },
		"queue.md §Limits: join_empty counts no agent"},
	{"capacity", joining, LeaveFull, isFull, func(s *QueueSettings) WayOut { return s.OnFull },
		"queue.md §Limits: as many wait as capacity allows"},
	{"max_estimate", joining, LeaveEstimate, waitsTooLong, func(s *QueueSettings) WayOut { return s.OnEstimate },
		"queue.md §Limits: estimated wait above which callers are turned away"},
	{"max_wait", waitingOn, LeaveLimit, waitedTooLong, func(s *QueueSettings) WayOut { return s.OnMaxWait },
		"queue.md §Limits: in this queue for max_wait"},
	{"leave_empty", waitingOn, LeaveEmpty, isLeftEmpty, func(s *QueueSettings) WayOut { return s.OnEmpty },
		"queue.md §Limits: leave_empty has counted no agent for max_wait_empty, and nobody rings for the caller"},
	{"leave_closed", waitingOn, LeaveClosed, isLeftClosed, func(s *QueueSettings) WayOut { return s.OnClosed },
		"queue.md §Limits: the queue has closed, and lets nobody wait on"},
}

// hit gives the first limit that is hit, nil if none is.
func (e *Engine) hit(q *queue, c *caller, at moment) *limitRow {
	for i := range limitRows {
		if r := &limitRows[i]; r.at == at && r.hit(e, q, c) {
			return r
		}
	}
	return nil
}

func isClosed(_ *Engine, q *queue, _ *caller) bool { return q.closed }

func joinsEmpty(_ *Engine, q *queue, _ *caller) bool { return q.empty(q.set.JoinEmpty) }

func isFull(_ *Engine, q *queue, _ *caller) bool { return q.line.len() >= q.set.Capacity }

func waitsTooLong(e *Engine, q *queue, _ *caller) bool {
	estimate := e.estimate(q, q.line.len()+1)
	return q.set.MaxEstimate > 0 && estimate.Known && estimate.Wait > q.set.MaxEstimate
}

func waitedTooLong(e *Engine, q *queue, c *caller) bool {
	return q.set.MaxWait > 0 && e.at >= c.joined.plus(q.set.MaxWait)
}

// isLeftEmpty: nobody who counts has been there for the grace. While an agent rings for the caller he stays.
func isLeftEmpty(e *Engine, q *queue, c *caller) bool {
	e.notice(q)
	return q.emptyFor && len(c.offers) == 0 && e.at >= max(q.emptySince, c.joined).plus(q.set.MaxWaitEmpty)
}

func isLeftClosed(_ *Engine, q *queue, c *caller) bool {
	return q.closed && q.set.LeaveClosed && len(c.offers) == 0 && !c.returned
}

// empty says whether the rule counts nobody.
func (q *queue) empty(rule EmptyRule) bool {
	switch rule {
	case CountLoggedIn:
		return q.members == 0
	case CountNotAway:
		return q.members == q.in[stateNo(Away)]
	case CountAvailable:
		return q.ready == 0
	}
	return false
}

// setLimit arms the caller's next limit: of those that have a time. It does not count while an agent has accepted him: if it passes meanwhile,
// it is due at once afterwards.
func (e *Engine) setLimit(c *caller) {
	q, at := c.queue, instant(-1)
	e.notice(q)
	sooner := func(t instant) {
		if at < 0 || t < at {
			at = t
		}
	}
	switch {
	case c.won:
	case c.callback:
		sooner(c.joined.plus(q.set.CallbackFor))
	default:
		if q.set.MaxWait > 0 {
			sooner(c.joined.plus(q.set.MaxWait))
		}
		if q.emptyFor && len(c.offers) == 0 {
			sooner(max(q.emptySince, c.joined).plus(q.set.MaxWaitEmpty))
		}
		if isLeftClosed(e, q, c) {
			sooner(e.at)
		}
	}
	if at < 0 {
		e.timers.disarm(&c.limit)
	} else {
		e.timers.arm(&c.limit, at)
	}
}

// limitReached looks at a waiting caller's limits. An offer that rings ends with them.
func (e *Engine) limitReached(c *caller) {
	if c.callback {
		e.dismiss(c, Leave{Reason: LeaveLimit})
		return
	}
	if row := e.hit(c.queue, c, waitingOn); row != nil {
		e.send(c, row.reason, row.out(&c.queue.set))
		return
	}
	e.setLimit(c)
}

// watch notices queues that have become empty, or are so no longer.
func (e *Engine) watch() {
	for _, q := range e.touched {
		e.notice(q)
	}
}

// notice notes since when LeaveEmpty counts nobody.
func (e *Engine) notice(q *queue) {
	is := q.empty(q.set.LeaveEmpty)
	if is == q.emptyFor {
		return
	}
	q.emptyFor, q.emptySince = is, e.at
	e.timers.disarm(&q.emptyDue)
	if is {
		e.timers.arm(&q.emptyDue, e.at.plus(q.set.MaxWaitEmpty))
	}
}

// reviewAll looks at the limits of all who wait: the queue has been empty for the grace, or has closed.
func (e *Engine) reviewAll(q *queue) {
	for n := q.line.first(); n != nil; {
		c := n.item
		n = n.next()
		if !c.won && !c.callback {
			e.limitReached(c)
		}
	}
}

// hoursOver: the queue opens or closes, or its hours are to be looked at again.
func (e *Engine) hoursOver(q *queue) {
	q.closed = false
	if q.set.Hours != nil {
		e.lookAtClock(q)
	} else {
		e.timers.disarm(&q.hoursDue)
	}
	if q.closed {
		e.reviewAll(q)
	}
	e.placeCallbacks(q)
}

func (e *Engine) lookAtClock(q *queue) {
	now := e.when(e.at)
	q.closed = !q.set.Hours.OpenAt(now)
	next := now.Add(hoursAgain)
	if change, ok := q.set.Hours.NextChange(now); ok && change.Before(next) {
		next = change
	}
	e.timers.arm(&q.hoursDue, e.at.plus(next.Sub(now)))
}

// hoursAgain is how often hours are looked at at least: a wall clock may be set.
const hoursAgain = time.Hour
