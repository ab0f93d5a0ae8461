package translator

import (
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
)

// apply gives the queue an event and carries its decisions out, in their order.
func (x *Exchange) apply(ev queue.Event, now time.Time) {
	wrapUp := false
	for _, d := range x.queue.Apply(ev, now) {
		if _, ok := d.(queue.WrapUpStarted); ok {
			wrapUp = true
		}
		x.carry(d, now)
	}
	if ended, ok := ev.(queue.CallEnded); ok && !wrapUp {
		x.toOffer(ended.Offer, evWrapUpOver{ended.Offer})
		x.endOffer(ended.Offer)
	}
}

func (x *Exchange) carry(d queue.Decision, now time.Time) {
	switch d := d.(type) {
	case queue.Offer:
		x.offers[d.Offer] = taken{string(d.Caller), string(d.Agent)}
		x.login(string(d.Agent)).hold(string(d.Caller))
		x.toCall(string(d.Caller), evOffer{d})
	case queue.Withdraw:
		x.release(string(d.Agent))
		x.toCall(string(d.Caller), evWithdrawn{d})
		x.endOffer(d.Offer)
	case queue.Won:
		x.toCall(string(d.Caller), evWon{d})
	case queue.Leave:
		x.toCall(string(d.Caller), evLeave{d})
	case queue.WrapUpStarted:
		x.toCall(string(d.Caller), evWrapUp{d.Offer, d.Until})
	case queue.WrapUpEnded:
		x.toCall(string(d.Caller), evWrapUpOver{d.Offer})
		x.endOffer(d.Offer)
	case queue.AgentChanged:
		x.agentChanged(d)
	case queue.QueueChanged:
		x.queueChanged(d.Figures, now)
	}
}

// taken says which call an offer gave to which agent.
type taken struct{ call, agent string }

func (x *Exchange) toCall(id string, ev Event) {
	if o := x.calls[id]; o != nil {
		o.post(ev)
	}
}

func (x *Exchange) toOffer(offer queue.OfferID, ev Event) {
	if t, ok := x.offers[offer]; ok {
		x.toCall(t.call, ev)
	}
}

// endOffer: the agent has nothing to do with this call any more.
func (x *Exchange) endOffer(offer queue.OfferID) {
	t, ok := x.offers[offer]
	if !ok {
		return
	}
	delete(x.offers, offer)
	if l := x.logins[t.agent]; l != nil && l.call == t.call {
		l.call = ""
	}
}

// agentChanged sends the agent his own object. The one that accept caused waits until accept has its reply.
func (x *Exchange) agentChanged(d queue.AgentChanged) {
	l := x.login(string(d.Agent))
	offered := l.object.State == protocol.Offered
	l.object.State, l.object.Reason = protocol.AgentState(d.State), d.Reason
	l.object.Next, l.object.NextReason = protocol.AgentState(d.Next), d.NextReason
	l.object.Since = protocol.At(d.Since)
	if offered && d.State == queue.OnCall {
		l.held = true
	}
	if !l.held {
		x.agents.SendAgent(l.object.ID, l.object)
	}
	if d.State == queue.Offline {
		x.forgetLogin(l)
	}
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
	q := protocol.QueueFigures{Name: f.now.Queue, Waiting: f.now.Waiting, Available: f.now.Available, OnCall: f.now.OnCall, ServiceLevel: f.now.ServiceLevel}
	if !f.now.Oldest.IsZero() {
		q.LongestWaitMS = now.Sub(f.now.Oldest).Milliseconds()
	}
	return q
}
