package translator

import (
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
)

// apply gives the queue an event and carries its decisions out, in their order.
func (x *Exchange) apply(ev queue.Event, now time.Time) {
	decisions := x.queue.Apply(ev, now)
	placed := func() {}
	if in, ok := ev.(queue.CallerArrived); ok && leaves(decisions, in.Caller) == "" {
		placed = func() { // once it is known in which queue, and before anything else
			x.toCall(string(in.Caller), evPlain{kPlaced})
			placed = func() {}
		}
	}
	defer func() { placed() }()
	x.tellSent(ev, decisions)
	for _, d := range decisions {
		if _, ok := d.(queue.Offer); ok {
			placed()
		}
		if w, ok := d.(queue.Withdraw); ok {
			x.endPart(w.Offer, evWithdrawn{w, leaves(decisions, w.Caller)})
			continue
		}
		x.carry(d, now)
	}
	if ended, ok := ev.(queue.CallEnded); ok && !x.offers[ended.Offer].wrapUp {
		x.notWrapped(ended.Offer)
	}
}

// tellSent tells who watches that callers go another way.
func (x *Exchange) tellSent(ev queue.Event, decisions []queue.Decision) {
	in, _ := ev.(queue.CallerArrived)
	for _, d := range decisions {
		var caller queue.CallerID
		switch d := d.(type) {
		case queue.Moved:
			caller = d.Caller
		case queue.CallbackKept:
			caller = d.Caller
		case queue.Leave:
			if d.Reason != queue.LeaveAnswered && d.Reason != queue.LeaveAbandoned {
				caller = d.Caller
			}
		}
		if caller != "" {
			x.hooks.Sent(string(caller), d, caller == in.Caller && in.Since.IsZero())
		}
	}
}

// moved: a caller waits in another queue.
func (x *Exchange) moved(d queue.Moved) {
	terms, known := x.termsOf(d.To)
	if !known {
		x.log.Error("a queue without terms", "queue", d.To)
	}
	x.toCall(string(d.Caller), evMoved{d, terms})
}

// agentAsked: a call is for one agent.
func (x *Exchange) agentAsked(ev agentAsked, now time.Time) {
	l := x.logins[ev.agent]
	if l == nil || !l.attached || x.parts[ev.agent] != nil || len(l.calls()) > 0 {
		x.toCall(ev.call, evWanted{})
		return
	}
	l.direct = ev.call // before the queue says that he is on a call: for him it is an offer
	x.apply(queue.DirectAsked{Call: queue.CallerID(ev.call), Agent: queue.AgentID(ev.agent)}, now)
}

// direct is the queue's word on a call for one agent.
func (x *Exchange) direct(d queue.Direct, now time.Time) {
	l := x.logins[string(d.Agent)]
	if l == nil || !d.Free {
		if l != nil && l.direct == string(d.Call) {
			l.direct = ""
		}
		x.toCall(string(d.Call), evWanted{})
		return
	}
	l.own = append(l.own, string(d.Call))
	l.remember(string(d.Call))
	if !x.toCall(string(d.Call), evWanted{l.object, true}) {
		x.post(freed{string(d.Agent), string(d.Call)})
	}
}

// notWrapped: a conversation is over and no wrap-up has begun: there is none, or it waits until the agent's own calls are over.
func (x *Exchange) notWrapped(o queue.OfferID) {
	t, ok := x.offers[o]
	switch {
	case !ok:
	case x.queue.Holds(o):
		x.offers[o] = taken{t.call, t.agent, true}
		x.toCall(t.call, evWrapUp{offer: o})
	default:
		x.endPart(o, evWrapUpOver{o, t.agent})
	}
}

// pauseWrapUp shows an agent who has a call of his own now that his wrap-up stands still.
func (x *Exchange) pauseWrapUp(agent string) {
	for o, t := range x.offers {
		if t.agent == agent && t.wrapUp {
			x.toCall(t.call, evWrapUp{offer: o})
		}
	}
}

// leaves says why the caller leaves by these decisions, "" if he does not.
func leaves(decisions []queue.Decision, c queue.CallerID) queue.LeaveReason {
	for _, d := range decisions {
		if l, ok := d.(queue.Leave); ok && l.Caller == c {
			return l.Reason
		}
	}
	return ""
}

func (x *Exchange) carry(d queue.Decision, now time.Time) {
	switch d := d.(type) {
	case queue.Offer:
		x.offers[d.Offer] = taken{call: string(d.Caller), agent: string(d.Agent)}
		x.offer(x.login(string(d.Agent)), d)
	case queue.Won:
		x.toCall(string(d.Caller), evWon{d})
	case queue.Moved:
		x.moved(d)
	case queue.CallbackKept:
		if !x.toCall(string(d.Caller), evKept{kKept, d.Kept}) {
			x.post(fromCall{queue.CallerLeft{Caller: d.Caller, Reason: queue.LeaveGone}})
		}
	case queue.CallbackChanged:
		x.toCall(string(d.Caller), evKept{kKeptAs, d.Kept})
	case queue.Announce:
		x.toCall(string(d.Caller), evAnnounce{d})
	case queue.Direct:
		x.direct(d, now)
	case queue.Leave:
		x.toCall(string(d.Caller), evLeave{d})
	case queue.WrapUpStarted:
		x.offers[d.Offer] = taken{string(d.Caller), string(d.Agent), true}
		x.toCall(string(d.Caller), evWrapUp{d.Offer, d.Until})
	case queue.WrapUpEnded:
		x.endPart(d.Offer, evWrapUpOver{d.Offer, string(d.Agent)})
	case queue.AgentChanged:
		x.agentChanged(d)
	case queue.QueueChanged:
		x.queueChanged(d.Figures, now)
	}
}

// offer asks the agent, once he has been told the end of his part before: that comes from another call's owner, and he shall never see two.
func (x *Exchange) offer(l *login, d queue.Offer) {
	l.hold(string(d.Caller))
	p := x.parts[l.object.ID]
	if p != nil {
		p.next = &d
		return
	}
	x.parts[l.object.ID] = &part{offer: d.Offer}
	x.toCall(string(d.Caller), evOffer{d})
}

// part is what an agent has of a call, by its offer, until he was told its end; logging out does not end it sooner. next is the offer that waits for that.
type part struct {
	offer queue.OfferID
	next  *queue.Offer
}

// partOver: the agent was told that his part in the call of this offer is over.
func (x *Exchange) partOver(ev partOver) {
	p := x.parts[ev.agent]
	if p == nil || p.offer != ev.offer {
		return
	}
	delete(x.parts, ev.agent)
	x.release(ev.agent)
	if l := x.logins[ev.agent]; l != nil && p.next != nil {
		x.offer(l, *p.next)
	}
}

// taken says which call an offer gave to which agent, and whether its wrap-up has begun.
type taken struct {
	call, agent string
	wrapUp      bool
}

// toCall gives a call an event. False: it is gone.
func (x *Exchange) toCall(id string, ev Event) bool {
	o := x.calls[id]
	return o != nil && o.post(ev)
}

// endPart: the agent has nothing to do with this call any more. The call tells him, and then us with partOver.
func (x *Exchange) endPart(offer queue.OfferID, ev Event) {
	t, ok := x.offers[offer]
	if !ok {
		return
	}
	delete(x.offers, offer)
	if l := x.logins[t.agent]; l != nil && l.call == t.call {
		l.call = ""
	}
	if p := x.parts[t.agent]; p != nil && p.next != nil && p.next.Offer == offer {
		p.next = nil // he never saw it
	}
	if !x.toCall(t.call, ev) {
		x.post(partOver{t.agent, offer}) // in its turn, after what else is decided now
	}
}

// agentChanged sends the agent his own object. The one that accept caused waits until accept has its reply.
func (x *Exchange) agentChanged(d queue.AgentChanged) {
	l := x.login(string(d.Agent))
	offered := l.object.State == protocol.Offered
	l.object.State, l.object.Reason = protocol.AgentState(d.State), d.Reason
	if l.direct != "" && d.State == queue.OnCall {
		l.object.State = protocol.Offered
	}
	l.object.Next, l.object.NextReason = protocol.AgentState(d.Next), d.NextReason
	l.object.Since = protocol.At(d.Since)
	if offered && d.State == queue.OnCall && l.direct == "" {
		l.held = true
	}
	if !l.held {
		x.agents.SendAgent(l.object.ID, l.object)
	}
	if d.State == queue.Offline {
		x.forgetLogin(l)
	}
}

// settled: accept, or dial, has its reply; what it made of the agent follows.
func (x *Exchange) settled(agent string) {
	if l := x.logins[agent]; l != nil && l.direct != "" {
		l.direct, l.held = "", true
		l.object.State = protocol.OnCall
	}
	x.release(agent)
}

// release sends the agent's object that was held back.
func (x *Exchange) release(agent string) {
	if l := x.logins[agent]; l != nil && l.held {
		l.held = false
		x.agents.SendAgent(l.object.ID, l.object)
	}
}

// figuresEvery is how often a queue's figures are sent at most.
const figuresEvery = 5 * time.Second

// figures are a queue's newest numbers and when they were last sent.
type figures struct {
	now    queue.Figures
	sent   time.Time
	unsent bool
}

func (x *Exchange) queueChanged(q queue.Figures, now time.Time) {
	f := x.figures[q.Queue]
	if f == nil {
		f = &figures{}
		x.figures[q.Queue] = f
	}
	f.now, f.unsent = q, true
	x.sendFigures(f, now)
}

// sendFigures sends a queue's figures to its agents, if they changed and were not sent just now.
func (x *Exchange) sendFigures(f *figures, now time.Time) {
	if !f.unsent || now.Before(f.sent.Add(figuresEvery)) {
		return
	}
	f.unsent, f.sent = false, now
	for _, l := range x.logins {
		if l.serves(f.now.Queue) {
			x.agents.SendQueue(l.object.ID, f.frame(now))
		}
	}
}

func (f *figures) frame(now time.Time) protocol.QueueFigures {
	q := protocol.QueueFigures{Name: f.now.Queue, Waiting: f.now.Waiting, Callbacks: f.now.Callbacks, Available: f.now.Available, OnCall: f.now.OnCall, ServiceLevel: f.now.ServiceLevel}
	if !f.now.Oldest.IsZero() {
		q.LongestWaitMS = now.Sub(f.now.Oldest).Milliseconds()
	}
	return q
}
