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
	c.queue.count(e, func(i *Interval) { i.Callbacks++ })
	e.decide(CallbackKept{Caller: c.id, Queue: c.queue.set.Name})
	e.joinLine(c)
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
