package queue

// A callback is a caller who has hung up and whose entry waits on, at the place that his arrival gives. When an agent has accepted it the
// customer is dialled; if he does not answer, the agent is free again and the entry rests before the next try.

func (e *Engine) callbackAsked(ev CallbackAsked) {
	if c := e.callers[ev.Caller]; c != nil && !c.won && !c.callback {
		e.becomeCallback(c)
	}
}

// becomeCallback: from here on no limit of waiting callers ends his wait, only callback_for and callback_tries.
func (e *Engine) becomeCallback(c *caller) {
	e.stopRinging(c, WithdrawOverflow)
	c.callback = true
	c.queue.callbacks++
	e.touch(c.queue)
	c.queue.count(e, func(i *Interval) { i.Callbacks++ })
	e.decide(CallbackKept{Caller: c.id, Queue: c.queue.set.Name, Kept: e.kept(c)})
	e.joinLine(c)
}

// kept is what is to be remembered of a callback.
func (e *Engine) kept(c *caller) Kept {
	k := Kept{Arrived: c.arrived, From: e.when(c.from), Joined: e.when(c.joined), Tries: c.tries}
	if c.from == c.arrival {
		k.From = c.arrived
	}
	if c.sleeps > e.at {
		k.Next = e.when(c.sleeps)
	}
	return k
}

// keptBefore takes over a callback that an engine before this one kept.
func (e *Engine) keptBefore(c *caller, k Kept) {
	q := c.queue
	c.callback, c.tries = true, k.Tries
	c.joined, c.from = e.ago(k.Joined), e.ago(k.From)
	c.rank = c.from - e.headStart(c, c.ownHeadStart)
	c.preferUntil = c.joined.plus(q.set.PreferFor)
	if rest := k.Next.Sub(e.when(e.at)); !k.Next.IsZero() && rest > 0 {
		c.sleeps = e.at.plus(min(rest, q.set.CallbackGap)) // a clock that was put back makes no rest longer
	}
	q.count(e, func(i *Interval) { i.Offered++ })
	e.enterLine(c)
	if c.tries >= q.set.CallbackTries {
		e.dismiss(c, Leave{Reason: LeaveCallbackFailed})
	}
}

// customerMissed: the customer did not answer his callback.
func (e *Engine) customerMissed(o *offer) {
	c := o.caller
	if !c.callback || o.phase != won { // nobody was dialled
		e.setBar(c, o.agent, failDelay)
		e.withdraw(o, offerFailed, WithdrawMedia, failed)
		return
	}
	c.tries++
	if c.tries < c.queue.set.CallbackTries {
		c.sleeps = e.at.plus(c.queue.set.CallbackGap)
		e.withdraw(o, offerFailed, WithdrawCallerGone, failed)
		e.decide(CallbackChanged{Caller: c.id, Queue: c.queue.set.Name, Kept: e.kept(c)})
		return
	}
	e.withdraw(o, offerFailed, WithdrawCallerGone, failed)
	e.dismiss(c, Leave{Reason: LeaveCallbackFailed})
}

// rests says whether the callback is not to be tried now: between tries, and while the queue is closed.
func (c *caller) rests(now instant) bool {
	return c.callback && (now < c.sleeps || c.queue.closed)
}

// placeCallbacks works out what callbacks require now that the queue has opened or closed.
func (e *Engine) placeCallbacks(q *queue) {
	for n := q.line.first(); n != nil; n = n.next() {
		if n.item.callback {
			e.place(n.item)
		}
	}
}
