package queue

import "time"

// caller is one who waits, until his call is connected or he leaves otherwise.
type caller struct {
	id    CallerID
	queue *queue

	// His rank, fixed on arrival: see before.
	class int
	rank  instant // from minus head starts
	seq   uint64
	from  instant // what his age counts from: his arrival

	arrival  instant
	arrived  time.Time
	joined   instant // this queue, this time: max_wait counts from here
	returned bool    // has been served before (CallerArrived.Since): not counted again in the service level

	// What he requires: see requirement.
	needs       []Need
	exclude     []AgentID
	barred      []bar
	prefer      AgentID
	preferUntil instant

	group    *group   // nil while he wants no agent
	offers   []*offer // those that ring, in the order of asking; the won one alone
	won      bool     // an agent has accepted
	allowed  int      // how many agents ring-progressively asks at once
	progress instant  // when it asks one more, 0 while that is not set

	told int // the last Position, 0 before the first

	line, open, age node[*caller] // his seats in the queue's trees and his group's
	limit, turn     timer
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
	c.needs = sortedNeeds(c.needs[:0], ev.Needs)
	c.from = c.arrival
	c.rank = c.from - e.headStart(c, ev.HeadStart)
	c.exclude = append(c.exclude[:0], ev.Exclude...)
	c.prefer, c.preferUntil = ev.Prefer, e.at.plus(q.set.PreferFor)
	c.allowed = 1
	return c
}

// headStart adds up what puts a caller forward: his own, his queue's, and his needs'.
func (e *Engine) headStart(c *caller, own time.Duration) instant {
	sum := instant(0)
	for _, d := range [...]time.Duration{own, c.queue.set.Weight, e.skillHeadStart(c.needs)} {
		sum += instant(min(max(d, -century), century))
	}
	return sum
}

// spareCaller gives a caller with nothing in it but memory.
func (e *Engine) spareCaller() *caller {
	var c *caller
	if last := len(e.spareCallers) - 1; last < 0 {
		c = &caller{}
	} else {
		c = e.spareCallers[last]
		e.spareCallers = e.spareCallers[:last]
		*c = caller{needs: c.needs[:0], exclude: c.exclude[:0], barred: c.barred[:0], offers: c.offers[:0]}
	}
	c.line.item, c.open.item, c.age.item = c, c, c
	c.limit = timer{due: dueLimit, of: c}
	c.turn = timer{due: dueTurn, of: c}
	return c
}

// joinLine makes the caller one for whom agents may be asked: on arrival, and after each offer that came to nothing. His limit counts
// on from when he joined: if it passed while an agent had accepted him, it is due at once.
func (e *Engine) joinLine(c *caller) {
	e.place(c)
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
	for len(c.offers) > 0 {
		e.withdraw(c.offers[0], offerCallerLeft, WithdrawCallerGone, callerGone)
	}
	e.leave(c, reason)
}

// leave takes a caller out of the queue, for good.
func (e *Engine) leave(c *caller, reason LeaveReason) {
	q := c.queue
	q.moved(c.line.place())
	q.line.remove(&c.line)
	q.age.remove(&c.age)
	e.displace(c)
	e.timers.disarm(&c.limit)
	e.timers.disarm(&c.turn)
	delete(e.callers, c.id)
	e.touch(q)
	e.decide(Leave{Caller: c.id, Reason: reason, Waited: e.waited(c)})
	clear(c.needs)
	clear(c.exclude)
	clear(c.barred)
	e.spareCallers = append(e.spareCallers, c)
}

func (e *Engine) waited(c *caller) time.Duration { return time.Duration(e.at - c.arrival) }

// setBar keeps the agent from being asked for the caller for a while.
func (e *Engine) setBar(c *caller, a *agent, d time.Duration) {
	if d > 0 {
		c.barred = append(c.barred, bar{a.id, e.at.plus(d)})
	}
}

// dropBars drops the bars that are over.
func (c *caller) dropBars(now instant) {
	kept := c.barred[:0]
	for _, b := range c.barred {
		if b.until > now {
			kept = append(kept, b)
		}
	}
	clear(c.barred[len(kept):])
	c.barred = kept
}
