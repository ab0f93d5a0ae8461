package queue

import (
	"slices"
	"time"
)

// agent is one who is logged in, or has logged out and is still in a call.
type agent struct {
	id      AgentID
	wants   []Membership // as his log-in said, also of queues that are not there
	members []*member
	skills  []Skill

	state   State
	reason  string
	next    wish // what comes after the present state; the zero wish: available
	since   time.Time
	sinceAt instant
	book    *ledger
	told    AgentChanged

	// Whether he can be reached: none of it is a state that anyone sees.
	attached bool // has a socket
	fresh    bool // his lease runs
	silent   bool // did not show an offer and has not beaten since
	beatAt   instant
	lease    timer

	window timer // when the book's tally changes next by itself

	ready  bool    // is in his queues' ready trees
	idle   instant // when his last call was over or he became available, whichever is later
	seized int     // calls of his own

	misses, rejects int // in a row
	unreached       bool
	unreachedAt     instant

	offer *offer // of any phase but over
}

func (e *Engine) agentLoggedIn(ev AgentLoggedIn) {
	if ev.Agent == "" {
		return
	}
	a := e.agents[ev.Agent]
	if a == nil {
		a = &agent{id: ev.Agent, state: Offline, next: firstWish(ev), book: e.ledger(ev.Agent)}
		a.lease = timer{due: dueLease, of: a}
		a.window = timer{due: dueTally, of: a}
		e.agents[a.id] = a
	} else if a.next.state == Offline { // back before his last call was over
		a.next = firstWish(ev)
	}
	e.serve(a, ev.Queues, ev.Skills)
	e.reached(a)
	e.step(a, loggedIn)
}

func (e *Engine) agentAssigned(ev AgentAssigned) {
	if a := e.agents[ev.Agent]; a != nil && a.next.state != Offline {
		e.serve(a, ev.Queues, ev.Skills)
	}
}

// firstWish is what an agent whose state nobody knows begins with.
func firstWish(ev AgentLoggedIn) wish {
	switch ev.State {
	case Available:
		return wish{}
	case Away:
		return wish{Away, ev.Reason}
	}
	return wish{Away, ReasonLogin}
}

// agentLoggedOut ends what the agent has but a call: that goes on without him in any queue, and he is offline when it is over.
func (e *Engine) agentLoggedOut(ev AgentLoggedOut) {
	a := e.agents[ev.Agent]
	if a == nil || a.next.state == Offline {
		return
	}
	e.serve(a, nil, nil)
	a.next = wish{state: Offline}
	if o := a.offer; o != nil && o.caller != nil && o.move(offerAgentGone) {
		e.release(o, WithdrawLoggedOut)
	} else if o != nil && o.move(offerAgentGone) {
		e.endWrapUp(o)
	}
	e.step(a, loggedOut)
}

// agentStateSet keeps the wish. A word from the agent himself also forgives what was counted against him.
func (e *Engine) agentStateSet(ev AgentStateSet) {
	a := e.agents[ev.Agent]
	if a == nil || a.next.state == Offline || (ev.State != Available && ev.State != Away) {
		return
	}
	a.next = wish{}
	if ev.State == Away {
		a.next = wish{Away, ev.Reason}
	} else {
		a.misses, a.rejects, a.unreached = 0, 0, false
	}
	e.step(a, asked)
}

func (e *Engine) agentBeat(ev AgentBeat) {
	if a := e.agents[ev.Agent]; a != nil {
		e.reached(a)
	}
}

// reached begins a new lease.
func (e *Engine) reached(a *agent) {
	a.attached, a.fresh, a.silent = true, true, false
	a.beatAt = e.at
	e.timers.arm(&a.lease, e.at.plus(e.settings.Lease))
	e.refresh(a)
}

func (e *Engine) leaseOver(a *agent) {
	a.fresh = false
	e.refresh(a)
}

func (e *Engine) agentDetached(ev AgentDetached) {
	a := e.agents[ev.Agent]
	if a == nil {
		return
	}
	a.attached = false
	if a.offer != nil {
		e.unreachable(a.offer, offerAgentLost)
	}
	e.refresh(a)
}

// agentSeized: what the agent was comes after the call, unless he asks for something else meanwhile.
func (e *Engine) agentSeized(ev AgentSeized) {
	a := e.agents[ev.Agent]
	if a == nil || a.state == Offered {
		return
	}
	if a.state == Away {
		a.next = wish{Away, a.reason}
	}
	a.seized++
	a.book.figures.Direct++
	if a.offer != nil && a.offer.move(offerSeized) {
		e.pauseWrapUp(a.offer)
	}
	e.step(a, seized)
}

func (e *Engine) agentFreed(ev AgentFreed) {
	a := e.agents[ev.Agent]
	if a == nil || a.seized == 0 {
		return
	}
	a.seized--
	switch {
	case a.seized > 0: // another call of his own goes on
	case a.offer == nil:
		e.step(a, freed)
	case a.offer.move(offerFreed):
		e.step(a, freedToWrapUp)
		e.resumeWrapUp(a.offer)
	}
}

// step takes the agent to the state that the table says. Nobody else assigns a state.
func (e *Engine) step(a *agent, on input) {
	row := agentTable[stateNo(a.state)][on]
	to := wish{row.to, row.reason}
	switch {
	case to.state == never:
		e.faults++
		return
	case to.state == stay:
	case a.seized > 0 && to.state != OnCall:
		a.comes(to)
	default:
		e.enter(a, a.resolve(to), on)
	}
	e.tell(a)
}

// comes keeps what a row says for when the agent's own calls are over.
func (a *agent) comes(to wish) {
	if to.state != toNext && a.next.state != Offline {
		a.next = to
	}
}

// resolve gives the state that a row means, and uses up the wish if the row does.
func (a *agent) resolve(to wish) wish {
	switch to.state {
	case Offered, OnCall, WrapUp:
		return to
	case toNext:
		to = a.next
	}
	if a.next.state == Offline {
		to = a.next
	}
	a.next = wish{}
	if to.state == StateNone {
		to.state = Available
	}
	return to
}

// enter puts the agent into the state.
func (e *Engine) enter(a *agent, to wish, on input) {
	if a.state == to.state && a.reason == to.reason {
		return
	}
	if to.state == Available && a.state != Available && !on.withoutCall() {
		a.idle = e.at
	}
	if a.state != Offline {
		a.book.spent(a.state, a.reason, time.Duration(e.at-a.sinceAt))
	}
	e.countState(a, -1)
	a.state, a.reason, a.since, a.sinceAt = to.state, to.reason, e.when(e.at), e.at
	e.countState(a, +1)
	e.refresh(a)
	if a.state == Offline {
		a.book.left, a.book.present = e.at, false
		e.timers.disarm(&a.lease)
		delete(e.agents, a.id)
	}
}

// withoutCall says whether an offer came to nothing: then the agent's idle time is as before.
func (on input) withoutCall() bool {
	switch on {
	case rejected, missed, unreached, elsewhere, callerGone, failed:
		return true
	}
	return false
}

// countState counts the agent's state in his queues, once their time up to now is booked.
func (e *Engine) countState(a *agent, by int) {
	for _, m := range a.members {
		e.turnPage(m.queue)
		m.queue.in[stateNo(a.state)] += by
		e.touch(m.queue)
	}
}

// tell gives out what has changed.
func (e *Engine) tell(a *agent) {
	now := AgentChanged{a.id, a.state, a.reason, a.next.state, a.next.reason, a.since}
	if now != a.told {
		a.told = now
		e.decide(now)
	}
}

// reachable says whether the agent's page would show an offer, as far as is known.
func (a *agent) reachable() bool { return a.attached && a.fresh && !a.silent }

// refresh keeps the agent in his queues' ready trees while he may be asked.
func (e *Engine) refresh(a *agent) {
	ready := a.state == Available && a.reachable()
	if ready == a.ready {
		return
	}
	a.ready = ready
	if ready {
		e.forgetOld(a)
	}
	for _, m := range a.members {
		e.setReady(m, ready)
	}
	e.armTally(a)
}

func (e *Engine) setReady(m *member, ready bool) {
	q := m.queue
	if ready {
		e.seatAll(m)
		q.ready++
		e.stir(q)
		return
	}
	e.unseatAll(m)
	q.ready--
	e.touch(q)
}

// serve makes the agent a member of these queues and of no others, with these skills. A queue named twice counts with its lower level.
func (e *Engine) serve(a *agent, wants []Membership, skills []Skill) {
	e.leaveQueues(a)
	a.wants, a.skills = slices.Clone(wants), slices.Clone(skills)
	for _, w := range a.wants {
		if q := e.queues[w.Queue]; q != nil {
			e.joinQueue(a, q, lowest(a.wants, w.Queue))
		}
	}
	e.countState(a, +1)
}

func lowest(wants []Membership, queue string) (m Membership) {
	for _, w := range wants {
		w.Level = max(w.Level, 1)
		if w.Queue == queue && (m.Level == 0 || w.Level < m.Level) {
			m = w
		}
	}
	return m
}

func (e *Engine) joinQueue(a *agent, q *queue, as Membership) {
	if e.member(a.id, q) != nil {
		return
	}
	e.turnPage(q)
	m := q.join(a, as)
	a.members = append(a.members, m)
	e.touch(q)
	if a.ready {
		e.setReady(m, true)
	}
}

func (e *Engine) leaveQueues(a *agent) {
	e.countState(a, -1)
	for _, m := range a.members {
		if a.ready {
			e.setReady(m, false)
		}
		m.queue.part(m)
		e.stir(m.queue) // a level without members opens the next; a caller does not wait for one who is gone
	}
	clear(a.members)
	a.members = a.members[:0]
}
