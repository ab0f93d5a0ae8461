package queue

import "time"

// wrapUp is the after-call work of one offer's call, by the settings of the queue that it came through.
type wrapUp struct {
	outcome string
	limit   instant // no extension goes beyond
	until   instant // its end, while it runs
	runs    bool
	from    instant       // since when, while it runs
	spent   time.Duration // before that
	left    time.Duration // what remains of it, while it waits
	leeway  time.Duration // what remains until limit, while it waits
}

// ended: the call is over. Wrap-up follows if the queue has one and the agent is still logged in; while he has a call of his own, it waits.
func (e *Engine) ended(ev CallEnded) {
	o := e.offers[ev.Offer]
	if o == nil || o.phase != talking {
		return
	}
	a, set := o.agent, o.queue.set
	e.countTalk(o)
	w := &o.wrapUp
	w.left, w.leeway = set.WrapUp, set.WrapUpMax
	switch {
	case set.WrapUp < 0 || a.next.state == Offline:
		o.move(offerEndedPlain)
		e.forget(o)
		e.step(a, callOver)
	case a.seized > 0:
		o.move(offerEndedBusy)
	default:
		o.move(offerEndedWrap)
		e.step(a, callToWrapUp)
		e.resumeWrapUp(o)
	}
}

// resumeWrapUp lets it run, from its start or from where it stood still.
func (e *Engine) resumeWrapUp(o *offer) {
	w := &o.wrapUp
	w.runs, w.from, w.limit = true, e.at, e.at.plus(w.leeway)
	e.runWrapUp(o, e.at.plus(w.left))
}

func (e *Engine) runWrapUp(o *offer, until instant) {
	o.wrapUp.until = until
	e.timers.arm(&o.timer, until)
	e.decide(WrapUpStarted{Offer: o.id, Caller: o.callerID, Agent: o.agent.id, Until: e.when(until)})
}

func (e *Engine) pauseWrapUp(o *offer) {
	w := &o.wrapUp
	w.book(e.at)
	w.left, w.leeway = time.Duration(w.until-e.at), time.Duration(w.limit-e.at)
	e.timers.disarm(&o.timer)
}

// book books the time that it has run.
func (w *wrapUp) book(now instant) {
	if w.runs {
		w.spent += time.Duration(now - w.from)
		w.runs = false
	}
}

// worked gives the offer whose call the agent has or works on after, nil if there is none.
func (e *Engine) worked(id AgentID, phases ...phase) *offer {
	a := e.agents[id]
	if a == nil || a.offer == nil {
		return nil
	}
	for _, p := range phases {
		if a.offer.phase == p {
			return a.offer
		}
	}
	return nil
}

func (e *Engine) outcomeSet(ev OutcomeSet) {
	if o := e.worked(ev.Agent, talking, wrapping, waiting); o != nil {
		o.wrapUp.outcome = ev.Outcome
	}
}

func (e *Engine) wrapUpDone(ev WrapUpDone) {
	o := e.worked(ev.Agent, wrapping, waiting)
	if o == nil {
		return
	}
	o.wrapUp.outcome = or(ev.Outcome, o.wrapUp.outcome)
	e.finish(o, offerWrapped)
}

// wrapUpExtended moves the end, at most to wrap_up_max after the start.
func (e *Engine) wrapUpExtended(ev WrapUpExtended) {
	o := e.worked(ev.Agent, wrapping)
	if o == nil || ev.By <= 0 {
		return
	}
	w := &o.wrapUp
	by := min(instant(ev.By), w.limit-w.until)
	if by > 0 {
		e.runWrapUp(o, w.until+by)
	}
}

// finish ends wrap-up; what follows depends on whether the outcome that is required is there.
func (e *Engine) finish(o *offer, by offerInput) {
	a, on := o.agent, wrappedUp
	if o.queue.set.OutcomeRequired && o.wrapUp.outcome == "" {
		on = outcomeMissing
	}
	if o.move(by) {
		e.endWrapUp(o)
		e.step(a, on)
	}
}

// endWrapUp drops the offer of a wrap-up that is over.
func (e *Engine) endWrapUp(o *offer) {
	w := &o.wrapUp
	w.book(e.at)
	o.queue.count(e, func(i *Interval) { i.WrapUp.add(w.spent) })
	o.agent.book.figures.WrapUp += w.spent
	e.decide(WrapUpEnded{Offer: o.id, Caller: o.callerID, Agent: o.agent.id})
	e.forget(o)
}
