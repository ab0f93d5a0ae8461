package translator

import (
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
)

// A call that is passed on to one agent is offered to him directly: no queue stands behind the offer, so the call itself sees to its times. The agent
// who passes it on is parked meanwhile: he has the call back if the other one does not take it.

// direct are the times of an offer that no queue made.
type direct struct {
	confirmBy, ringUntil time.Time
	busy                 bool // he declines because he is busy
}

// toAgent: the agent passes the far side on to a colleague, who is free.
func (c *Call) toAgent(ev Event) {
	e := ev.(evToAgent)
	if code, why := c.mayPass(e.ref); code != "" {
		c.refuse(e.ref, code, why)
		c.do(doFreed{e.to.ID})
		return
	}
	c.reply(e.ref)
	c.log(slog.LevelInfo, "call transferred", slog.String("agent", c.offer.agent), slog.String("to_agent", e.to.ID))
	c.move = moving{kind: moveBlind, to: protocol.Party{Name: e.to.Name, URI: "agent:" + e.to.ID}}
	c.moveBegan("blind", c.move.to)
	c.digits = digits{}
	c.do(doHold{c.far.n, c.offer.leg, c.terms.Sound})
	c.showMoving()
	parked := c.offer
	c.parked = &parked
	c.raise(evPlain{kParked})
	c.offerDirectly(e.to)
}

// mayPass says why a call cannot be passed on now, nothing if it can.
func (c *Call) mayPass(ref protocol.Ref) (protocol.Code, string) {
	switch {
	case c.state < WrapUp && c.face != nil && ref.Agent == c.face.agent:
		return protocol.WrongPhase, "the call is " + string(c.face.view.Phase)
	case c.state >= WrapUp || ref.Agent != c.offer.agent:
		return protocol.CallGone, "the call is over, or someone else has it"
	case c.state != Connected:
		return protocol.WrongPhase, "the call is " + string(c.offer.view.Phase)
	case c.busy():
		return protocol.WrongPhase, "the call is being moved, or hold is under way"
	}
	return "", ""
}

// offerDirectly makes the offer to a colleague.
func (c *Call) offerDirectly(to protocol.Agent) {
	c.leg++
	c.offer = offer{
		id: ownPart, agent: to.ID, leg: c.leg, home: c.far.n, terms: c.terms,
		direct: direct{confirmBy: c.now.Add(c.terms.ConfirmWithin), ringUntil: c.now.Add(c.terms.RingFor)},
	}
	c.offerPart(&c.offer, c.terms.Queue, 0, 0, c.offer.direct.ringUntil)
}

// tellOffer says what became of an offer: to the queue that made it, or to the call where no queue did.
func (c *Call) tellOffer(o *offer, ev queue.Event) {
	if o.fromQueue() {
		c.do(doQueue{ev})
		return
	}
	switch ev := ev.(type) {
	case queue.OfferShown:
		c.offer.direct.confirmBy = time.Time{}
		c.faceRings()
	case queue.OfferAccepted:
		c.offer.direct = direct{}
		c.raise(evWon{queue.Won{Offer: ownPart, Caller: queue.CallerID(c.id), Agent: queue.AgentID(c.offer.agent)}})
	case queue.OfferRejected:
		c.offer.direct.busy = ev.Reason == "busy"
		c.directOver(queue.WithdrawRejected)
	case queue.OfferFailed:
		c.directOver(queue.WithdrawMedia)
	}
}

// directDue is when a direct offer has waited too long.
func (c *Call) directDue() time.Time {
	d := c.offer.direct
	switch {
	case c.state != Offered:
		return time.Time{}
	case !d.confirmBy.IsZero() && d.confirmBy.Before(d.ringUntil):
		return d.confirmBy
	}
	return d.ringUntil
}

// directLate: the colleague's page did not show the call, or he did not take it.
func (c *Call) directLate(Event) {
	if !c.offer.direct.confirmBy.IsZero() {
		c.directOver(queue.WithdrawUnreachable)
		return
	}
	c.directOver(queue.WithdrawMissed)
}

// directGone: the colleague logged out while it rang, or his page is gone.
func (c *Call) directGone(Event) {
	switch {
	case c.offer.fromQueue():
	case !c.offer.detached.IsZero(): // his socket is lost, and he did not come back in time
		c.directOver(queue.WithdrawUnreachable)
	default:
		c.directOver(queue.WithdrawLoggedOut)
	}
}

// directOver takes a direct offer back. The agent who passed the call on has it again; is he gone too, it waits in its queue.
func (c *Call) directOver(reason queue.WithdrawReason) {
	why := withdrawn(reason, "")
	c.log(slog.LevelInfo, "offer ended", slog.String("agent", c.offer.agent), slog.String("reason", string(reason)))
	c.do(doCount{"offer", string(reason)})
	c.endPart(why)
	c.partOver()
	c.do(doDrop{c.offer.home, c.offer.leg})
	busy := c.offer.direct.busy
	c.offer = offer{}
	if c.inside != nil && c.inside.agent.ID != "" && c.firstTalk.IsZero() {
		c.raise(evEnd{notTaken(reason, busy)})
		return
	}
	c.move = moving{}
	code := why.code
	if c.book.open {
		c.do(doCount{"transfer", "failed"})
	}
	if reason == queue.WithdrawElsewhere {
		code = protocol.CauseCancelled
		c.moveOver("cancelled", code, 0)
	} else {
		c.moveOver("failed", code, 0)
	}
	if c.parked == nil {
		c.waitAgain(why)
		return
	}
	c.offer, c.parked = *c.parked, nil
	c.raise(evPlain{kUnparked})
	if t := c.offer.view.Transfer; t != nil {
		c.offer.view.Transfer = &protocol.Transferring{To: t.To, State: protocol.TransferFailed, Code: code}
	}
	if !c.hold.local {
		c.rejoin()
	}
	c.showHold()
}

// waitAgain: nobody is left who had the far side; it waits in the queue that it came through, if it came through one.
func (c *Call) waitAgain(why ending) {
	c.hold.local, c.hold.later = false, nil
	c.talking = time.Time{}
	if c.audible() && c.terms.Queue != "" {
		c.hears()
	}
	why.by, why.status, why.q850 = protocol.BySystem, 480, 19
	if why.code == protocol.CauseRejected {
		why.status, why.q850 = 603, 21
	}
	c.notWanted(why)
}

// ringsAtColleague shows the agent who passes the call on that it rings.
func (c *Call) ringsAtColleague() {
	if t := c.parked.view.Transfer; t != nil && t.State == protocol.TransferTrying {
		c.parked.view.Transfer = &protocol.Transferring{To: t.To, State: protocol.TransferRinging}
		c.showPart(c.parked)
	}
}

// parkedAsks answers the agent who passes the call on, while it rings at his colleague.
func (c *Call) parkedAsks(ev evRequest) {
	switch ev.k {
	case kHangup:
		c.reply(ev.ref)
		c.raise(evEnd{ending{code: protocol.CauseNormal, by: protocol.ByAgent, q850: 16, text: "Normal call clearing"}})
	case kTransfer:
		if !ev.req.(protocol.Transfer).Cancel {
			c.refuse(ev.ref, protocol.WrongPhase, "the call is transferring")
		} else if c.state == Offered {
			c.reply(ev.ref)
			c.directOver(queue.WithdrawElsewhere)
		} else {
			c.refuse(ev.ref, protocol.WrongPhase, "your colleague has taken the call")
		}
	case kMute:
		c.reply(ev.ref)
		c.parked.view.Muted = ev.req.(protocol.Mute).Muted
		c.showPart(c.parked)
	case kRestart:
		c.do(doRestartLeg{c.parked.home, c.parked.leg, ev.ref, ev.req.(protocol.Restart).SDP})
	case kWrapupRequest:
		c.wrapupOf(c.parked, ev, true, false)
	default:
		c.refuse(ev.ref, protocol.WrongPhase, "the call is transferring")
	}
}

// parkedAgent: something became of the socket of the agent who passes the call on.
func (c *Call) parkedAgent(k kind) {
	switch k {
	case kAgentDetached:
		c.parked.detached = c.now
	case kAgentAttached:
		c.parked.detached = time.Time{}
	case kAgentLost:
		c.unpark(ending{code: protocol.CauseAgentLost, by: protocol.BySystem})
	}
}

// parkedMedia: his media has gone, or is back.
func (c *Call) parkedMedia(k kind) {
	switch k {
	case kLegSilent, kLegFailed:
		if c.parked.silent.IsZero() {
			c.parked.silent = c.now
		}
	case kLegUp, kLegHeard, kLegBack:
		c.parked.silent = time.Time{}
	}
}

// unpark lets the agent go who passed the call on.
func (c *Call) unpark(why ending) {
	if p := c.parked; p != nil {
		c.parked = nil
		c.letGo(p, why)
	}
}
