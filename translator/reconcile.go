package translator

import (
	"log/slog"
	"slices"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
)

// The reconciler (queue.md): once a second the queue's books are held against what calls and log-ins know of themselves. It should never find anything; what it
// finds twice running is logged, counted and put right, so that no agent stays busy and no caller stays forgotten, whatever went wrong. A look that comes late
// does not count: an offer was taken from an agent of a call that had not been run for two seconds.

// reconcileEvery is how often the books are compared, while there is anything in them.
const reconcileEvery = time.Second

// lateLook is how late a comparison is not made any more: on a machine that lets the exchange wait, calls have not seen either what the queue decided for them.
const lateLook = 100 * time.Millisecond

// stake is what a call knows that the queue must know too. One that is published is never changed.
type stake struct {
	waits  bool            // its caller stands in the queue
	offers []queue.OfferID // that agents have of it, wrap-up included
	own    []string        // agents for whom it is a call of their own
}

// stake gives what the call knows, in the memory of an earlier one.
func (c *Call) stake(s stake) stake {
	s.waits, s.offers, s.own = c.inQueue && c.state != Ended, s.offers[:0], s.own[:0]
	if c.state != Ended {
		s.add(&c.offer)
	}
	for _, o := range c.also {
		s.add(o)
	}
	for _, o := range c.after {
		s.add(o)
	}
	for _, o := range [...]*offer{c.parked, c.face} {
		if o != nil {
			s.add(o)
		}
	}
	return s
}

// add notes a part, unless it is over for its agent.
func (s *stake) add(o *offer) {
	switch {
	case o.id == 0 || o.view.Phase == protocol.PhaseEnded:
	case o.fromQueue():
		s.offers = append(s.offers, o.id)
	default:
		s.own = append(s.own, o.agent)
	}
}

func (s *stake) equal(t *stake) bool {
	return s.waits == t.waits && slices.Equal(s.offers, t.offers) && slices.Equal(s.own, t.own)
}

// publish lets the exchange see what the call knows after a step, if that has changed.
func (o *callOwner) publish() {
	o.scratch = o.call.stake(o.scratch)
	if was := o.known.Load(); was != nil && was.equal(&o.scratch) {
		return
	}
	o.known.Store(&stake{o.scratch.waits, slices.Clone(o.scratch.offers), slices.Clone(o.scratch.own)})
}

// watch has the books compared a second from now, if there is anything in them.
func (x *Exchange) watch(now time.Time) {
	if x.compareAt.IsZero() && (len(x.calls)+len(x.logins) > 0 || x.queue.Census() != queue.Census{}) {
		x.compareAt = now.Add(reconcileEvery)
	}
}

// reconcile compares the books if that is due, and repairs what it finds.
func (x *Exchange) reconcile(now time.Time) {
	if x.compareAt.IsZero() || now.Before(x.compareAt) {
		return
	}
	late := now.Sub(x.compareAt) > lateLook
	x.compareAt = time.Time{}
	if late {
		x.queue.Unsuspect()
		return
	}
	for _, r := range x.queue.Reconcile(x.books(now)) {
		x.repair(r, now)
	}
}

// books are what calls and log-ins know at this moment.
func (x *Exchange) books(now time.Time) (b queue.Books) {
	own := map[string]int{}
	for id, o := range x.calls {
		k := o.known.Load()
		if k == nil {
			continue // it has not begun
		}
		if k.waits {
			b.Callers = append(b.Callers, queue.CallerID(id))
		}
		b.Offers = append(b.Offers, k.offers...)
		for _, agent := range k.own {
			own[agent]++
		}
	}
	for id, l := range x.logins {
		n := own[id]
		if l.yielding != nil && l.yielding.dials {
			n++ // the call begins when his others are held
		}
		b.Agents = append(b.Agents, queue.AgentBook{Agent: queue.AgentID(id), Attached: l.asked(now), OwnCalls: n})
	}
	return b
}

// asked says whether the queue may take the agent for one who can be asked, as far as his socket is concerned: one who is leaving for good is not asked anyway.
func (l *login) asked(now time.Time) bool {
	leaving := l.object.State == protocol.Offline || l.object.Next == protocol.Offline
	return l.attached || leaving || !l.told && now.Before(l.detached.Add(confirmAgain))
}

// repair puts one thing right that the queue and its callers and agents do not agree about.
func (x *Exchange) repair(r queue.Repair, now time.Time) {
	x.log.Warn("queue repaired", slog.String("reason", string(r.Why)), slog.String("call", string(r.Caller)), slog.Uint64("offer", uint64(r.Offer)), slog.String("agent", string(r.Agent)))
	x.hooks.Count("repair", string(r.Why))
	switch {
	case r.Why == queue.RepairSeized && x.freeOne(string(r.Agent), now):
	case r.Event != nil:
		x.apply(r.Event, now)
	default:
		x.toCall(string(r.Caller), evUnknown{})
	}
}

// freeOne ends one of the agent's own calls that does not know him, or is gone, as if it had said so. False: there is none.
func (x *Exchange) freeOne(agent string, now time.Time) bool {
	l := x.logins[agent]
	if l == nil {
		return false
	}
	for _, id := range l.own {
		if o := x.calls[id]; o == nil || !o.has(agent) {
			x.freed(freed{agent, id}, now)
			return true
		}
	}
	return false
}

// has says whether this is a call of the agent's own.
func (o *callOwner) has(agent string) bool {
	k := o.known.Load()
	return k != nil && slices.Contains(k.own, agent)
}

// evUnknown: the call waits, but the queue does not know its caller.
type evUnknown struct{}

func (evUnknown) kind() kind { return numKinds }

// unknown lets the caller arrive in the queue again, where his arrival time puts him. One for whom an agent is asked already is beyond that: his call ends.
func (c *Call) unknown() {
	switch {
	case !c.inQueue:
	case c.state == Queued:
		c.joinQueue(c.arrivedAt)
	default:
		c.raise(evEnd{internalError()})
	}
}
