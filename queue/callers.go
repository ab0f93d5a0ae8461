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
	from  instant // what his age counts from: his arrival, or when he moved to another queue without it

	ownHeadStart time.Duration
	number       string

	arrival  instant
	arrived  time.Time
	joined   instant // this queue, this time: max_wait counts from here
	returned bool    // has been served before (CallerArrived.Since): not counted again in the figures
	guess    Estimate
	hops     int // queues entered at the instant hopsAt
	hopsAt   instant

	callback bool
	tries    int     // of the callback
	sleeps   instant // until the next of them

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

	told int  // the last Position, 0 before the first
	said said // the last Announce

	line, open, age node[*caller] // his seats in the queue's trees and his group's
	limit, turn     timer
	tell            timer
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
	if q == nil {
		e.decide(Leave{Caller: ev.Caller, Reason: LeaveGone})
		return
	}
	if !ev.Kept.IsZero() {
		ev.Since = ev.Kept.Arrived
		c := e.newCaller(ev, q)
		e.callers[c.id] = c
		e.keptBefore(c, ev.Kept)
		return
	}
	again := !ev.Since.IsZero()
	back := !again && e.returns(q, &ev)
	c := e.newCaller(ev, q)
	e.callers[c.id] = c
	c.returned = again
	if again {
		q.count(e, func(i *Interval) { i.Requeued++ })
	} else {
		q.count(e, func(i *Interval) { i.Offered++ })
	}
	// One who was in before and keeps his place is not turned away: whatever happens, no caller is lost.
	if row := e.hit(q, c, joining); row != nil && !again && !back {
		e.refuse(c, row)
		return
	}
	e.enterLine(c)
}

// returns gives a caller who abandoned lately his old arrival.
func (e *Engine) returns(q *queue, ev *CallerArrived) bool {
	if ev.Number == "" || q.set.ReturnWithin <= 0 {
		return false
	}
	arrived, ok := q.returns.back(ev.Number, e.at, q.set.ReturnWithin)
	if ok {
		ev.Since = arrived
	}
	return ok
}

// refuse gives a caller who may not join the way out of the limit that he met.
func (e *Engine) refuse(c *caller, row *limitRow) {
	q := c.queue
	out := row.out(&q.set)
	switch out.Kind {
	case OutQueue:
		e.move(c, e.queues[out.Queue], row.reason, out.KeepAge)
		return
	case OutCallback:
		e.enterLine(c)
		e.becomeCallback(c)
		return
	}
	l := Leave{Caller: c.id, Reason: row.reason, Waited: e.waited(c)}
	if out.Kind != OutEnd {
		l.Reason, l.Why, l.Out = LeaveOverflow, row.reason, out
	}
	q.count(e, func(i *Interval) {
		if l.Reason == LeaveOverflow {
			i.Overflowed++
		} else {
			i.Refused++
		}
	})
	e.decide(l)
	e.forgetCaller(c)
}

// enterLine puts the caller into his queue.
func (e *Engine) enterLine(c *caller) {
	q := c.queue
	q.flow.wait(e.at, q.line.len() > 0)
	q.line.insert(&c.line)
	q.age.insert(&c.age)
	if c.callback {
		q.callbacks++
	}
	place := c.line.place()
	q.moved(place)
	e.touch(q)
	c.guess = e.estimate(q, place+1)
	if q.set.AnnounceEvery > 0 {
		e.joined = append(e.joined, c)
	}
	e.joinLine(c)
	e.tellPlace(c)
}

// outOfLine takes him out of it.
func (e *Engine) outOfLine(c *caller) {
	q := c.queue
	if c.line.seated() {
		q.flow.wait(e.at, true)
		q.moved(c.line.place())
		if c.callback {
			q.callbacks--
		}
	}
	q.line.remove(&c.line)
	q.age.remove(&c.age)
	e.displace(c)
	e.timers.disarm(&c.limit)
	e.timers.disarm(&c.turn)
	e.timers.disarm(&c.tell)
	e.touch(q)
}

// forgetCaller drops one who has left.
func (e *Engine) forgetCaller(c *caller) {
	delete(e.callers, c.id)
	clear(c.needs)
	clear(c.exclude)
	clear(c.barred)
	e.spareCallers = append(e.spareCallers, c)
}

func (e *Engine) newCaller(ev CallerArrived, q *queue) *caller {
	c := e.spareCaller()
	e.lastSeq++
	c.id, c.queue, c.class, c.seq = ev.Caller, q, ev.Class, e.lastSeq
	c.joined, c.arrival, c.arrived = e.at, e.at, e.when(e.at)
	if !ev.Since.IsZero() {
		c.arrival = e.ago(ev.Since)
		if c.arrival < e.at {
			c.arrived = ev.Since
		}
	}
	c.needs = sortedNeeds(c.needs[:0], ev.Needs)
	c.from, c.ownHeadStart, c.number = c.arrival, ev.HeadStart, ev.Number
	c.rank = c.from - e.headStart(c, c.ownHeadStart)
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
	c.tell = timer{due: dueTell, of: c}
	return c
}

// joinLine makes the caller one for whom agents may be asked: on arrival, and after each offer that came to nothing. His limit counts
// on from when he joined: if it passed while an agent had accepted him, it is due at once.
func (e *Engine) joinLine(c *caller) {
	e.place(c)
	e.setLimit(c)
	if every := c.queue.set.AnnounceEvery; every > 0 && !c.tell.armed() {
		e.timers.arm(&c.tell, e.at.plus(every))
	}
}

func (e *Engine) callerLeft(ev CallerLeft) {
	c := e.callers[ev.Caller]
	reason := or(ev.Reason, LeaveAbandoned)
	if c == nil || (c.callback && reason == LeaveAbandoned && !c.won) {
		return
	}
	e.dismiss(c, Leave{Reason: reason})
}

// dismiss takes a caller out who has not been connected, whatever his offers.
func (e *Engine) dismiss(c *caller, l Leave) {
	e.stopRinging(c, WithdrawCallerGone)
	e.leave(c, l)
}

// leave takes a caller out of the queue, for good.
func (e *Engine) leave(c *caller, l Leave) {
	q := c.queue
	e.countEnd(c, l.Reason)
	if l.Reason == LeaveAbandoned && c.number != "" && q.set.ReturnWithin > 0 {
		q.returns.abandoned(c.number, c.arrived, e.at)
	}
	e.outOfLine(c)
	l.Caller, l.Waited = c.id, e.waited(c)
	e.decide(l)
	e.forgetCaller(c)
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
