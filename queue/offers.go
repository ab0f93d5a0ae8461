package queue

import (
	"cmp"
	"slices"
	"time"
)

// offer is one attempt to give one caller to one agent, and what follows from it: the call and its wrap-up.
type offer struct {
	id       OfferID
	caller   *caller // nil once connected
	callerID CallerID
	agent    *agent
	queue    *queue
	level    int // of the agent in the queue when he was asked
	phase    phase
	timer    timer // the end of the phase, where it has one
	expires  instant
	talksAt  instant // connected
	heldAt   instant // on hold since, while onHold
	onHold   bool
	hold     time.Duration
	wrapUp   wrapUp
}

// give asks the agent for the caller.
func (e *Engine) give(c *caller, m *member) {
	o := e.spareOffer()
	e.lastOffer++
	o.id, o.caller, o.callerID, o.agent, o.queue, o.level = e.lastOffer, c, c.id, m.agent, c.queue, m.level.n
	o.expires = e.at.plus(o.queue.set.RingFor)
	confirm := min(e.at.plus(e.settings.ConfirmWithin), o.expires)
	o.move(offerGiven)
	e.offers[o.id] = o
	m.agent.offer = o
	o.queue.last = m.turn()
	e.timers.arm(&o.timer, confirm)
	e.decide(Offer{
		Offer:     o.id,
		Caller:    c.id,
		Agent:     m.agent.id,
		Queue:     c.queue.set.Name,
		ConfirmBy: e.when(confirm),
		ExpiresAt: e.when(o.expires),
		Waited:    e.waited(c),
		Place:     c.line.place() + 1,
		Callback:  c.callback,
	})
	m.agent.book.figures.Offered++
	e.step(m.agent, given)
	e.asked(c, o)
}

// asked: one more agent is asked for the caller.
func (e *Engine) asked(c *caller, o *offer) {
	c.offers = append(c.offers, o)
	if c.progress == 0 && len(c.offers) == c.allowed && c.queue.strategy.name == RingProgressively {
		c.progress = e.at.plus(c.queue.set.Step)
	}
	e.place(c)
}

func (e *Engine) spareOffer() *offer {
	var o *offer
	if last := len(e.spareOffers) - 1; last < 0 {
		o = &offer{}
	} else {
		o = e.spareOffers[last]
		e.spareOffers = e.spareOffers[:last]
	}
	*o = offer{timer: timer{due: dueOffer, of: o}}
	return o
}

// forget drops an offer that is over.
func (e *Engine) forget(o *offer) {
	e.timers.disarm(&o.timer)
	delete(e.offers, o.id)
	o.agent.offer = nil
	e.spareOffers = append(e.spareOffers, o)
}

// withdraw ends an offer that is not yet a call: the caller is back in line at his place, on says what becomes of the agent.
func (e *Engine) withdraw(o *offer, by offerInput, reason WithdrawReason, on input) {
	if !o.move(by) {
		return
	}
	a := o.agent
	e.release(o, reason)
	e.step(a, on)
}

// release withdraws an offer that is over already.
func (e *Engine) release(o *offer, reason WithdrawReason) {
	c := o.caller
	o.agent.book.countOffer(reason)
	e.decide(Withdraw{Offer: o.id, Caller: o.callerID, Agent: o.agent.id, Reason: reason})
	if o.agent.id == c.prefer && reason != WithdrawElsewhere {
		c.prefer = "" // he has been asked
	}
	c.won = c.won && c.offers[0] != o
	c.offers = slices.DeleteFunc(c.offers, func(p *offer) bool { return p == o })
	e.forget(o)
	if !c.won {
		e.joinLine(c)
	}
}

func (e *Engine) shown(ev OfferShown) {
	if o := e.offers[ev.Offer]; o != nil && o.move(offerShown) {
		e.timers.arm(&o.timer, o.expires)
	}
}

// accepted gives the caller to the agent. From here to connected no limit of the queue's ends the offer: its call watches over it.
func (e *Engine) accepted(ev OfferAccepted) {
	o := e.offers[ev.Offer]
	if o == nil || !o.move(offerAccepted) {
		return
	}
	c := o.caller
	e.timers.disarm(&o.timer)
	e.timers.disarm(&c.limit)
	o.agent.misses, o.agent.rejects = 0, 0
	e.decide(Won{Offer: o.id, Caller: o.callerID, Agent: o.agent.id})
	e.step(o.agent, accepted)
	e.win(c, o)
}

// win makes the offer the caller's only one: whoever was asked beside is free again.
func (e *Engine) win(c *caller, o *offer) {
	at := slices.Index(c.offers, o)
	c.offers[0], c.offers[at] = o, c.offers[0]
	slices.SortFunc(c.offers[1:], func(a, b *offer) int { return cmp.Compare(a.id, b.id) })
	c.won = true
	e.place(c)
	for len(c.offers) > 1 {
		e.withdraw(c.offers[1], offerLost, WithdrawElsewhere, elsewhere)
	}
}

func (e *Engine) rejected(ev OfferRejected) {
	o := e.offers[ev.Offer]
	if o == nil || offerTable[o.phase][offerRejected] == nil {
		return
	}
	a, on := o.agent, rejected
	a.misses = 0
	a.rejects++
	if a.rejects >= e.settings.MaxRejects {
		a.rejects, on = 0, rejectedOften
	}
	e.setBar(o.caller, a, e.settings.RejectDelay)
	e.withdraw(o, offerRejected, WithdrawRejected, on)
}

func (e *Engine) failed(ev OfferFailed) {
	o := e.offers[ev.Offer]
	if o == nil || offerTable[o.phase][offerFailed] == nil {
		return
	}
	switch ev.Fault {
	case FaultUnshown:
		e.unreachable(o, offerFailed)
	case FaultAgent:
		e.withdraw(o, offerFailed, WithdrawMedia, mediaLost)
	case FaultCustomer:
		e.customerMissed(o)
	default:
		e.setBar(o.caller, o.agent, failDelay)
		e.withdraw(o, offerFailed, WithdrawMedia, failed)
	}
}

// timedOut ends the phase that had a deadline.
func (e *Engine) timedOut(o *offer) {
	switch o.phase {
	case ringing:
		e.unreachable(o, offerTimedOut)
	case shown:
		e.miss(o)
	case wrapping:
		e.finish(o, offerTimedOut)
	}
}

// miss is RONA: the page showed the call and nobody answered.
func (e *Engine) miss(o *offer) {
	a, on := o.agent, missed
	a.misses++
	if a.misses >= e.settings.MaxMisses {
		a.misses, on = 0, missedOften
	}
	e.withdraw(o, offerTimedOut, WithdrawMissed, on)
}

// unreachable ends an offer that the page cannot have shown: no miss, but the agent must beat before he is asked again.
func (e *Engine) unreachable(o *offer, by offerInput) {
	if offerTable[o.phase][by] == nil {
		return
	}
	a, on := o.agent, unreached
	if a.unreached && e.at-a.unreachedAt <= instant(unreachableWithin) {
		on = unreachedAgain
	}
	a.silent, a.unreached, a.unreachedAt = true, true, e.at
	e.withdraw(o, by, WithdrawUnreachable, on)
}

// connected: the caller has what he came for.
func (e *Engine) connected(ev CallConnected) {
	o := e.offers[ev.Offer]
	if o == nil || !o.move(offerConnected) {
		return
	}
	c := o.caller
	o.queue.countAnswered(c, e.waited(c))
	o.talksAt = e.at
	e.count(o.agent, 1, 0)
	o.agent.book.figures.Answered++
	if c.guess.Known && !c.callback {
		o.queue.flow.erred(e.at, time.Duration(e.at-c.joined)-c.guess.Wait)
	}
	o.caller, c.offers = nil, c.offers[:0]
	e.leave(c, Leave{Reason: LeaveAnswered})
}
