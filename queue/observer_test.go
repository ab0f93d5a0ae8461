package queue

import (
	"cmp"
	"slices"
	"time"
)

// observer watches an engine from outside. It knows the events and the decisions, keeps its own simple books of
// them (lists walked from end to end), and holds the engine to the invariants of queue.md.
type observer struct {
	e        *Engine
	start    time.Time // of the first Apply
	now      time.Time
	settings Settings
	callers  [manyCallers]watchedCaller
	agents   [manyAgents]watchedAgent
	queues   [manyQueues]watchedQueue
	offers   []watchedOffer // by ID
	event    Event
	record   []recorded
	wrong    error

	answeredAll, withdrawn int
	loggedIn               [manyAgents]time.Duration
	given                  [manyAgents]int // offers
}

type recorded struct {
	event     Event
	at        time.Time
	decisions []Decision
}

type watchedCaller struct {
	waiting        bool
	queue          int
	class, seq     int
	arrived        time.Time
	rank           time.Time
	from           time.Time // what the age counts from
	head           time.Duration
	back           bool
	exclude        []AgentID
	barred         [manyAgents]time.Time
	needs          []Need
	prefer         AgentID
	preferUntil    time.Time
	offers         []OfferID // that ring, or the won one
	won            bool
	asked          time.Time // first of all
	told           int
	joined, leaves int
	number         string
	callback       bool
	tries          int
	sleeps         time.Time
}

type watchedAgent struct {
	state    State
	reason   string
	since    time.Time
	login    time.Time
	sum      time.Duration // in all states since log-in
	level    [manyQueues]int
	order    [manyQueues]int
	skills   map[string]int
	answers  []time.Time // at which he answered, while anybody looked back
	talks    []talk
	onCall   time.Time // connected
	attached bool
	silent   bool
	beat     time.Time
	idle     time.Time
	seized   int
	offer    OfferID // pending, won or connected, or in wrap-up
	last     OfferID
	failed   bool // an offer of his ended without a call, and his state does not show it yet
}

type talk struct {
	ended time.Time
	time  time.Duration
}

type watchedOffer struct {
	caller, agent int
	level         int
	phase         phase
	connected     time.Time
	onHold        bool
	held          time.Time // since, while onHold
	hold          time.Duration
}

type watchedQueue struct {
	there         bool
	set           QueueSettings
	told          Figures
	answered, met int
	last          turn // who was asked last
	paused        bool
	abandoned     map[string]watchedGone
	ends          map[LeaveReason]int // of callers who had not been connected before
	offered       int
}

type watchedGone struct{ arrived, left time.Time }

func newObserver(s Settings) *observer {
	e, err := New(s)
	o := &observer{e: e, now: monday, wrong: err, offers: make([]watchedOffer, 1)}
	for i := range o.agents {
		o.agents[i].state = Offline
	}
	o.configure(s)
	return o
}

func (o *observer) configure(s Settings) {
	o.settings = s.filled()
	var there [manyQueues]bool
	for _, set := range o.settings.Queues {
		i := queueNo(set.Name)
		there[i] = true
		if !o.queues[i].there {
			o.queues[i] = watchedQueue{
				there: true, told: Figures{Queue: set.Name, ServiceLevel: 1}, abandoned: map[string]watchedGone{}, ends: map[LeaveReason]int{},
			}
		}
		o.queues[i].set = set
	}
	for i := range there {
		o.queues[i].there = there[i]
	}
}

// apply gives the engine an event, and checks what it decides.
func (o *observer) apply(ev Event) {
	if o.wrong != nil {
		return
	}
	if o.start.IsZero() {
		o.start = o.now
	}
	switch ev := ev.(type) {
	case SettingsChanged:
		o.apply(Tick{}) // what is due by the old settings
	case CallerArrived:
		if o.callers[callerNo(ev.Caller)].waiting {
			o.apply(Tick{}) // what is due may take him out, whose ID comes again now
		}
	}
	o.event = ev
	o.before(ev)
	decisions := o.e.Apply(ev, o.now)
	o.record = append(o.record, recorded{ev, o.now, decisions})
	for _, d := range decisions {
		o.decided(d)
	}
	o.after(ev)
	o.atRest()
}

// before books what an event says by itself.
func (o *observer) before(ev Event) {
	for i := range o.agents {
		o.agents[i].failed = false
	}
	switch ev := ev.(type) {
	case CallerArrived:
		o.arrive(ev)
	case AgentLoggedIn:
		o.assign(agentNo(ev.Agent), ev.Queues, ev.Skills)
	case AgentLoggedOut:
		o.agents[agentNo(ev.Agent)].level = [manyQueues]int{}
	case AgentAssigned:
		if a := &o.agents[agentNo(ev.Agent)]; a.state != Offline && !o.leaving(ev.Agent) {
			o.assign(agentNo(ev.Agent), ev.Queues, ev.Skills)
		}
	case SettingsChanged:
		o.configure(ev.Settings)
	case QueuePaused:
		o.queues[queueNo(ev.Queue)].paused = ev.Paused
	}
}

// leaving says whether the agent has logged out and is only still in a call.
func (o *observer) leaving(id AgentID) bool {
	told, _ := o.e.Agent(id)
	return told.Next == Offline
}

func (o *observer) assign(agent int, queues []Membership, skills []Skill) {
	a := &o.agents[agent]
	a.level, a.order, a.skills = [manyQueues]int{}, [manyQueues]int{}, map[string]int{}
	for _, m := range queues {
		a.level[queueNo(m.Queue)], a.order[queueNo(m.Queue)] = max(m.Level, 1), m.Order
	}
	for _, s := range skills {
		a.skills[s.Name] = s.Level
	}
}

func (o *observer) arrive(ev CallerArrived) {
	c := &o.callers[callerNo(ev.Caller)]
	if c.waiting {
		return
	}
	*c = watchedCaller{
		waiting: true, queue: queueNo(ev.Queue), class: ev.Class, seq: 1 << 30, arrived: o.now, exclude: ev.Exclude,
		number: ev.Number, needs: ev.Needs, prefer: ev.Prefer, preferUntil: o.now.Add(o.queues[queueNo(ev.Queue)].set.PreferFor),
		joined: c.joined + 1, leaves: c.leaves,
	}
	q := &o.queues[c.queue]
	if k := ev.Kept; !k.IsZero() {
		o.takeOver(c, k)
		return
	}
	if !ev.Since.IsZero() {
		c.arrived, c.back = ev.Since, true
	}
	if q.there && !c.back {
		q.offered++
		if g, ok := q.abandoned[ev.Number]; ok && ev.Number != "" && q.set.ReturnWithin > 0 && o.now.Sub(g.left) <= q.set.ReturnWithin {
			c.arrived = g.arrived
			delete(q.abandoned, ev.Number)
		}
	}
	c.from, c.head = c.arrived, ev.HeadStart
	c.rank = o.ranked(c)
}

// takeOver books a callback that was kept before.
func (o *observer) takeOver(c *watchedCaller, k Kept) {
	q := &o.queues[c.queue]
	c.callback, c.arrived, c.from, c.tries, c.sleeps = true, k.Arrived, k.From, k.Tries, k.Next
	c.preferUntil = k.Joined.Add(q.set.PreferFor)
	if latest := o.now.Add(q.set.CallbackGap); c.sleeps.After(latest) {
		c.sleeps = latest
	}
	c.rank = o.ranked(c)
	if q.there {
		q.offered++
	}
}

// reach books what an event says about an agent's page. It counts only after the deadlines before it: so it is booked where the engine's
// answer to it begins, at the first offer, or when the Apply is over.
func (o *observer) reach(ev Event) {
	switch ev := ev.(type) {
	case AgentBeat:
		o.lives(ev.Agent)
	case AgentLoggedIn:
		o.lives(ev.Agent)
	case AgentDetached:
		o.agents[agentNo(ev.Agent)].attached = false
	}
}

func (o *observer) lives(id AgentID) {
	if a := &o.agents[agentNo(id)]; a.state != Offline {
		a.attached, a.silent, a.beat = true, false, o.now
	}
}

func (o *observer) after(ev Event) {
	o.reach(ev)
	switch ev := ev.(type) {
	case CallerArrived: // whoever comes is the last until then
		if w := o.e.callers[ev.Caller]; w != nil {
			o.callers[callerNo(ev.Caller)].seq = int(w.seq)
		}
	case CallHeld:
		if int(ev.Offer) < len(o.offers) && o.offers[ev.Offer].phase == talking {
			o.offers[ev.Offer].setHold(ev.On, o.now)
		}
	case AgentSeized:
		if a := &o.agents[agentNo(ev.Agent)]; a.state == OnCall {
			a.seized++
		}
	case AgentFreed:
		a := &o.agents[agentNo(ev.Agent)]
		a.seized = max(a.seized-1, 0)
	case CallEnded:
		o.callEnded(ev.Offer)
	}
}

func (o *observer) callEnded(id OfferID) {
	offer := &o.offers[id]
	if offer.phase != talking {
		return
	}
	a := &o.agents[offer.agent]
	if a.state == WrapUp || (a.seized > 0 && o.e.agents[agentIDs[offer.agent]].offer != nil) {
		offer.phase = wrapping
		o.talked(offer)
		return
	}
	offer.phase, a.offer = over, 0
	o.talked(offer)
}

// setHold books hold time: it is no talk.
func (w *watchedOffer) setHold(on bool, now time.Time) {
	if w.onHold && !on {
		w.hold += now.Sub(w.held)
	}
	if !w.onHold && on {
		w.held = now
	}
	w.onHold = on
}

func (o *observer) talked(offer *watchedOffer) {
	offer.setHold(false, o.now)
	if o.settings.lookBack() {
		a := &o.agents[offer.agent]
		a.talks = append(a.talks, talk{o.now, o.now.Sub(offer.connected) - offer.hold})
	}
}

// decided books one decision and checks it against the books.
func (o *observer) decided(d Decision) {
	switch d := d.(type) {
	case Offer:
		o.offered(d)
	case Withdraw:
		o.withdraw(d)
	case Won:
		o.won(d)
	case Leave:
		o.left(d)
	case Moved:
		o.moved(d)
	case CallbackKept:
		o.callbackKept(d)
	case CallbackChanged:
		o.callbackChanged(d)
	case Announce:
		c := &o.callers[callerNo(d.Caller)]
		if !c.waiting || c.callback || c.won || o.queues[c.queue].set.AnnounceEvery == 0 {
			o.fail("%s is told where he stands and should not be", d.Caller)
		}
	case Direct:
		a := &o.agents[agentNo(d.Agent)]
		if d.Free != o.ready(agentNo(d.Agent)) {
			o.fail("direct call to %s, who is %s: free %v", d.Agent, a.state, d.Free)
		}
		a.seized += btoi(d.Free)
	case Position:
		o.callers[callerNo(d.Caller)].told = d.Position
		if !o.callers[callerNo(d.Caller)].waiting {
			o.fail("%s has a place but does not wait", d.Caller)
		}
	case AgentChanged:
		o.changed(d)
	case WrapUpStarted:
		if a := &o.agents[agentNo(d.Agent)]; a.offer != d.Offer || a.state != WrapUp {
			o.fail("wrap-up of offer %d, but %s is %s with offer %d", d.Offer, d.Agent, a.state, a.offer)
		}
		if offer := &o.offers[d.Offer]; offer.phase == talking {
			offer.phase = wrapping
			o.talked(offer)
		}
	case WrapUpEnded:
		offer := &o.offers[d.Offer]
		if offer.phase != wrapping && offer.phase != talking {
			o.fail("wrap-up of offer %d ended twice", d.Offer)
		}
		offer.phase, o.agents[offer.agent].offer = over, 0
	case QueueChanged:
		o.queues[queueNo(d.Figures.Queue)].told = d.Figures
	}
}

// offered holds an offer to invariants 2, 3 and 4.
func (o *observer) offered(d Offer) {
	o.reach(o.event)
	ci, ai := callerNo(d.Caller), agentNo(d.Agent)
	c, a := &o.callers[ci], &o.agents[ai]
	if int(d.Offer) != len(o.offers) {
		o.fail("offer %d, want %d", d.Offer, len(o.offers))
		return
	}
	if a.offer != 0 || a.state == OnCall {
		o.fail("%s has offer %d and gets %d (invariant 3)", d.Agent, a.offer, d.Offer)
	}
	if !o.may(ci, ai) {
		o.fail("%s may not be asked for %s now", d.Agent, d.Caller)
	}
	for i := range o.callers {
		if i != ci && o.may(i, ai) && o.first(i, ci) {
			o.fail("%s goes before %s (invariant 2)", d.Caller, callerIDs[i])
		}
	}
	for i := range o.agents {
		if i != ai && o.may(ci, i) && o.preferred(i, ai, ci) {
			o.fail("%s is asked before %s", d.Agent, agentIDs[i])
		}
	}
	if d.Waited != o.now.Sub(c.arrived) {
		o.fail("%s waited %v, offer says %v (invariant 4)", d.Caller, o.now.Sub(c.arrived), d.Waited)
	}
	if place := o.place(ci); d.Place != place {
		o.fail("%s stands at %d, offer says %d", d.Caller, place, d.Place)
	}
	if c.asked.IsZero() {
		c.asked = o.now
	}
	o.offers = append(o.offers, watchedOffer{caller: ci, agent: ai, level: a.level[c.queue], phase: ringing})
	c.offers = append(c.offers, d.Offer)
	o.given[ai]++
	a.offer, a.last = d.Offer, d.Offer
	o.queues[c.queue].last = turn{a.order[c.queue], d.Agent}
	if n, most := len(c.offers), o.crowd(ci); n > most {
		o.fail("%d agents are asked for %s, at most %d may be", n, d.Caller, most)
	}
}

// may says whether the agent may be asked for the caller.
func (o *observer) may(caller, agent int) bool {
	c, a := &o.callers[caller], &o.agents[agent]
	if !c.waiting || c.won || len(c.offers) >= o.crowd(caller) || !o.ready(agent) || a.level[c.queue] == 0 || o.now.Before(c.barred[agent]) {
		return false
	}
	if o.queues[c.queue].paused || o.rests(c) {
		return false
	}
	if p := o.waitsFor(caller); p >= 0 && p != agent || p < 0 && !(o.open(caller, a.level[c.queue]) && o.able(caller, agent)) {
		return false
	}
	for _, id := range c.exclude {
		if id == agentIDs[agent] {
			return false
		}
	}
	return true
}

func (o *observer) ready(agent int) bool {
	a := &o.agents[agent]
	return a.state == Available && a.attached && !a.silent && o.now.Before(a.beat.Add(o.settings.Lease))
}

// first says whether the caller stands before the other.
func (o *observer) first(i, j int) bool {
	c, d := &o.callers[i], &o.callers[j]
	switch {
	case c.class != d.class:
		return c.class > d.class
	case !c.rank.Equal(d.rank):
		return c.rank.Before(d.rank)
	}
	return c.seq < d.seq
}

func (o *observer) withdraw(d Withdraw) {
	offer := &o.offers[d.Offer]
	if offer.phase != ringing && offer.phase != won {
		o.fail("offer %d is withdrawn in phase %s (invariant 5)", d.Offer, phaseNames[offer.phase])
	}
	o.withdrawn++
	c, a := &o.callers[offer.caller], &o.agents[offer.agent]
	c.won = c.won && c.offers[0] != d.Offer
	c.offers = slices.DeleteFunc(c.offers, func(id OfferID) bool { return id == d.Offer })
	offer.phase, a.offer, a.failed = over, 0, true
	if d.Agent == c.prefer && d.Reason != WithdrawElsewhere {
		c.prefer = ""
	}
	if (d.Reason == WithdrawElsewhere) != c.won {
		o.fail("offer %d is withdrawn as %s, while the caller's other offer is won: %v", d.Offer, d.Reason, c.won)
	}
	switch d.Reason {
	case WithdrawRejected:
		c.barred[offer.agent] = o.now.Add(o.settings.RejectDelay)
	case WithdrawUnreachable:
		a.silent = true
	case WithdrawCallerGone:
		if ev, ok := o.event.(OfferFailed); ok && ev.Offer == d.Offer {
			c.tries++
			c.sleeps = o.now.Add(o.queues[c.queue].set.CallbackGap)
		}
	case WithdrawMedia:
		if ev, ok := o.event.(OfferFailed); ok && (ev.Fault == FaultNone || ev.Fault == FaultCustomer) {
			c.barred[offer.agent] = o.now.Add(failDelay)
		}
	}
}

func (o *observer) won(d Won) {
	offer := &o.offers[d.Offer]
	c := &o.callers[offer.caller]
	if offer.phase != ringing || c.won || !slices.Contains(c.offers, d.Offer) || !c.waiting {
		o.fail("offer %d is won in phase %s (invariant 3)", d.Offer, phaseNames[offer.phase])
	}
	offer.phase, c.won = won, true
	slices.SortFunc(c.offers, func(a, b OfferID) int { return cmp.Compare(btoi(a != d.Offer), btoi(b != d.Offer)) })
}

// left holds a departure to invariants 4 and 5.
func (o *observer) left(d Leave) {
	c := &o.callers[callerNo(d.Caller)]
	if !c.waiting {
		o.fail("%s leaves twice (invariant 5)", d.Caller)
	}
	if waited := o.now.Sub(c.arrived); d.Waited > waited || (d.Reason == LeaveAnswered && d.Waited != waited) {
		if c.told != 0 { // one who is refused has not waited
			o.fail("%s waited %v, leave says %v (invariant 4)", d.Caller, waited, d.Waited)
		}
	}
	q := &o.queues[c.queue]
	switch d.Reason {
	case LeaveAnswered:
		o.answered(d, c, q)
	case LeaveLimit:
		if _, reload := o.event.(SettingsChanged); q.set.MaxWait == 0 && !c.callback && !reload {
			o.fail("%s left by a limit that is not there", d.Caller)
		}
	case LeaveFull:
		if n := o.waiting(c.queue); n <= q.set.Capacity {
			o.fail("%d of %d wait, and %s is refused", n-1, q.set.Capacity, d.Caller)
		}
	}
	if len(c.offers) > 0 {
		o.fail("%s leaves with offers %d", d.Caller, c.offers)
	}
	if !c.back && q.there {
		q.ends[d.Reason]++
	}
	if at := o.now; d.Reason == LeaveAbandoned && c.number != "" && q.there && q.set.ReturnWithin > 0 {
		q.abandoned[c.number] = watchedGone{c.arrived, at}
	}
	c.waiting = false
	c.leaves++
}

func (o *observer) answered(d Leave, c *watchedCaller, q *watchedQueue) {
	if !c.won || len(c.offers) != 1 {
		o.fail("%s is answered with offers %d", d.Caller, c.offers)
		return
	}
	offer := &o.offers[c.offers[0]]
	offer.phase, offer.connected, c.offers, c.won = talking, o.now, nil, false
	if o.settings.lookBack() {
		a := &o.agents[offer.agent]
		a.answers = append(a.answers, o.now)
	}
	o.answeredAll++
	if !c.back {
		q.answered++
		if d.Waited <= q.set.Target {
			q.met++
		}
	}
}

// changed holds an agent's change to invariant 6: each time in a state begins where the one before ended.
func (o *observer) changed(d AgentChanged) {
	a := &o.agents[agentNo(d.Agent)]
	if a.state == Offline {
		*a = watchedAgent{state: Offline, login: o.now, since: o.now, level: a.level, order: a.order, skills: a.skills, last: a.last, answers: a.answers, talks: a.talks}
	}
	if d.Since.Before(a.since) || d.Since.After(o.now) {
		o.fail("%s is %s since %v, was %s since %v, now %v (invariant 6)", d.Agent, d.State, d.Since, a.state, a.since, o.now)
	}
	a.sum += d.Since.Sub(a.since)
	if d.State == Available && a.state != Available && a.state != Offered && !a.failed {
		a.idle = d.Since
	}
	a.failed = a.failed && d.State == a.state
	if d.State == a.state && d.Reason == a.reason && !d.Since.Equal(a.since) {
		o.fail("%s is still %s, but since %v", d.Agent, d.State, d.Since)
	}
	if ev, ok := o.event.(CallEnded); ok && ev.Offer != 0 && a.offer == ev.Offer && d.State != OnCall && d.State != WrapUp {
		o.talked(&o.offers[a.offer])
		o.offers[a.offer].phase, a.offer = over, 0
	}
	a.state, a.reason, a.since = d.State, d.Reason, d.Since
	if a.state == Offline && a.sum != d.Since.Sub(a.login) {
		o.fail("%s was in states for %v, logged in for %v (invariant 6)", d.Agent, a.sum, d.Since.Sub(a.login))
	}
	if d.State == Offline {
		o.loggedIn[agentNo(d.Agent)] += a.sum
	}
	o.reachNew(d)
}

// reachNew books the log-in as a sign of life as soon as the agent is there.
func (o *observer) reachNew(d AgentChanged) {
	if ev, ok := o.event.(AgentLoggedIn); ok && ev.Agent == d.Agent {
		o.reach(ev)
	}
}

func (o *observer) waiting(queue int) (n int) {
	for i := range o.callers {
		if o.callers[i].waiting && o.callers[i].queue == queue {
			n++
		}
	}
	return n
}

// atRest holds the engine to invariant 1 after an Apply, and its figures, places and deadline to the books.
func (o *observer) atRest() {
	for i := range o.callers {
		for j := range o.agents {
			if o.may(i, j) {
				o.fail("c%d waits and a%d could serve (invariant 1)", i, j)
			}
		}
	}
	for i := range o.queues {
		if o.queues[i].there {
			o.checkFigures(i)
			o.checkPlaces(i)
		}
	}
	if at, ok := o.e.NextDeadline(); ok && !at.After(o.now) {
		o.fail("deadline %v is not after %v", at, o.now)
	}
	if n := o.e.Faults(); n != 0 {
		o.fail("%d impossible inputs", n)
	}
}

func (o *observer) checkFigures(queue int) {
	q := &o.queues[queue]
	want := Figures{Queue: queueIDs[queue], Waiting: o.waiting(queue), ServiceLevel: 1}
	for i := range o.callers {
		c := &o.callers[i]
		if c.waiting && c.queue == queue {
			want.Callbacks += btoi(c.callback)
		}
		if c.waiting && c.queue == queue && (want.Oldest.IsZero() || c.arrived.Before(want.Oldest)) {
			want.Oldest = c.arrived
		}
	}
	for i := range o.agents {
		if o.agents[i].level[queue] == 0 {
			continue
		}
		if o.ready(i) {
			want.Available++
		}
		if o.agents[i].state == OnCall {
			want.OnCall++
		}
	}
	if q.answered > 0 {
		want.ServiceLevel = float64(q.met) / float64(q.answered)
	}
	if q.told != want {
		o.fail("figures %+v, want %+v", q.told, want)
	}
}

func (o *observer) checkPlaces(queue int) {
	for i := range o.callers {
		c := &o.callers[i]
		if !c.waiting || c.queue != queue {
			continue
		}
		want := o.place(i)
		if c.told != want {
			o.fail("c%d is told place %d, stands at %d", i, c.told, want)
		}
	}
}

// place is where a caller stands in his queue's line; 1 is next.
func (o *observer) place(caller int) int {
	n, queue := 1, o.callers[caller].queue
	for j := range o.callers {
		if d := &o.callers[j]; d.waiting && d.queue == queue && o.first(j, caller) {
			n++
		}
	}
	return n
}
