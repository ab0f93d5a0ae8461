package queue

import "time"

// caller is one who waits, until his call is connected or he leaves otherwise.
type caller struct {
	id    CallerID
	queue *queue

	// His rank, fixed on arrival: see before.
	class int
	rank  instant // arrival minus head start
	seq   uint64

	arrival  instant
	arrived  time.Time
	joined   instant // this queue, this time: max_wait counts from here
	returned bool    // has been served before (CallerArrived.Since): not counted again in the service level

	exclude []AgentID
	barred  []bar
	offer   *offer // nil while nobody is asked for him
	told    int    // the last Position, 0 before the first

	line, open, age node[*caller] // his seats in the queue's trees
	limit, unbar    timer
}

// bar keeps an agent from being asked for a caller until the instant.
type bar struct {
	agent AgentID
	until instant
}

// before is the order of all callers, in whichever queues: class, arrival minus head start, sequence.
func (c *caller) before(d *caller) bool {
	if c.class != d.class {
		return c.class > d.class
	}
	if c.rank != d.rank {
		return c.rank < d.rank
	}
	return c.seq < d.seq
}

func (c *caller) older(d *caller) bool {
	if c.arrival != d.arrival {
		return c.arrival < d.arrival
	}
	return c.seq < d.seq
}

// bars says whether the agent may not be asked for this caller, for ever or for now.
func (c *caller) bars(a *agent) bool {
	for _, id := range c.exclude {
		if id == a.id {
			return true
		}
	}
	for i := range c.barred {
		if c.barred[i].agent == a.id {
			return true
		}
	}
	return false
}

func (e *Engine) callerArrived(ev CallerArrived) {
	if ev.Caller == "" || e.callers[ev.Caller] != nil {
		return
	}
	q := e.queues[ev.Queue]
	if reason := q.refusal(!ev.Since.IsZero()); reason != "" {
		e.decide(Leave{Caller: ev.Caller, Reason: reason})
		return
	}
	c := e.newCaller(ev, q)
	e.callers[c.id] = c
	q.line.insert(&c.line)
	q.age.insert(&c.age)
	q.moved(c.line.place())
	e.touch(q)
	e.joinLine(c)
	e.tellPlace(c)
}

// refusal says why a caller may not join, "" if he may. One who was in before and keeps his place is not turned away: whatever happens, no
// caller is lost.
func (q *queue) refusal(returns bool) LeaveReason {
	switch {
	case q == nil:
		return LeaveGone
	case returns:
		return ""
	case q.set.RefuseEmpty && q.members == 0:
		return LeaveEmpty
	case q.line.len() >= q.set.Capacity:
		return LeaveFull
	}
	return ""
}

func (e *Engine) newCaller(ev CallerArrived, q *queue) *caller {
	c := e.spareCaller()
	e.lastSeq++
	c.id, c.queue, c.class, c.seq = ev.Caller, q, ev.Class, e.lastSeq
	c.joined, c.arrival, c.arrived = e.at, e.at, e.when(e.at)
	if !ev.Since.IsZero() {
		c.returned, c.arrival = true, e.ago(ev.Since)
		if c.arrival < e.at {
			c.arrived = ev.Since
		}
	}
	c.rank = c.arrival - instant(min(max(ev.HeadStart, -century), century))
	c.exclude = append(c.exclude[:0], ev.Exclude...)
	return c
}

// spareCaller gives a caller with nothing in it but memory.
func (e *Engine) spareCaller() *caller {
	var c *caller
	if last := len(e.spareCallers) - 1; last < 0 {
		c = &caller{}
	} else {
		c = e.spareCallers[last]
		e.spareCallers = e.spareCallers[:last]
		*c = caller{exclude: c.exclude[:0], barred: c.barred[:0]}
	}
	c.line.item, c.open.item, c.age.item = c, c, c
	c.limit = timer{due: dueLimit, of: c}
	c.unbar = timer{due: dueUnbar, of: c}
	return c
}

// joinLine makes the caller one for whom agents may be asked: on arrival, and after each offer that came to nothing. His limit counts
// on from when he joined: if it passed while an agent had accepted him, it is due at once.
func (e *Engine) joinLine(c *caller) {
	c.queue.open.insert(&c.open)
	e.stir(c.queue)
	e.setLimit(c)
}

func (e *Engine) setLimit(c *caller) {
	if c.queue.set.MaxWait > 0 {
		e.timers.arm(&c.limit, c.joined.plus(c.queue.set.MaxWait))
	} else {
		e.timers.disarm(&c.limit)
	}
}

func (e *Engine) callerLeft(ev CallerLeft) {
	if c := e.callers[ev.Caller]; c != nil {
		e.dismiss(c, or(ev.Reason, LeaveAbandoned))
	}
}

// limitReached ends a wait of max_wait. An offer that rings ends with it; one that is accepted does not: while sound comes up the limit
// is disarmed.
func (e *Engine) limitReached(c *caller) { e.dismiss(c, LeaveLimit) }

// dismiss takes a caller out who has not been connected, whatever his offer.
func (e *Engine) dismiss(c *caller, reason LeaveReason) {
	if c.offer != nil {
		e.withdraw(c.offer, offerCallerLeft, WithdrawCallerGone, callerGone)
	}
	e.leave(c, reason)
}

// leave takes a caller out of the queue, for good.
func (e *Engine) leave(c *caller, reason LeaveReason) {
	q := c.queue
	q.moved(c.line.place())
	q.line.remove(&c.line)
	q.open.remove(&c.open)
	q.age.remove(&c.age)
	e.timers.disarm(&c.limit)
	e.timers.disarm(&c.unbar)
	delete(e.callers, c.id)
	e.touch(q)
	e.decide(Leave{Caller: c.id, Reason: reason, Waited: e.waited(c)})
	clear(c.exclude)
	clear(c.barred)
	e.spareCallers = append(e.spareCallers, c)
}

func (e *Engine) waited(c *caller) time.Duration { return time.Duration(e.at - c.arrival) }

// setBar keeps the agent from being asked for the caller for a while. There is never more than one bar for an agent.
func (e *Engine) setBar(c *caller, a *agent, d time.Duration) {
	if d <= 0 {
		return
	}
	c.barred = append(c.barred, bar{a.id, e.at.plus(d)})
	e.armUnbar(c)
}

// unbar drops the bars that are over.
func (e *Engine) unbar(c *caller) {
	kept := c.barred[:0]
	for _, b := range c.barred {
		if b.until > e.at {
			kept = append(kept, b)
		}
	}
	clear(c.barred[len(kept):])
	c.barred = kept
	e.stir(c.queue)
	e.armUnbar(c)
}

func (e *Engine) armUnbar(c *caller) {
	if len(c.barred) == 0 {
		return
	}
	first := c.barred[0].until
	for _, b := range c.barred[1:] {
		first = min(first, b.until)
	}
	e.timers.arm(&c.unbar, first)
}
