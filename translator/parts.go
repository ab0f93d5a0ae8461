package translator

import (
	"slices"

	"offhook/agent/protocol"
)

// parted deals with what concerns the part of an agent who passed the call on, and is in wrap-up for it while the call goes on without him.
// False: it is about the part in use.
func (c *Call) parted(ev Event) bool {
	if o := c.asksToo(ev); o != nil {
		c.besides(o, ev)
		return true
	}
	switch ev := ev.(type) {
	case evWithdrawn:
		if ev.d.Offer == c.offer.id && len(c.also) > 0 {
			c.asksOthers(ev)
			return true
		}
	case evWrapUp:
		o := c.partOf(func(o *offer) bool { return o.id == ev.offer })
		if o != nil {
			c.wrapUpPart(o, ev)
		}
		return o != nil
	case evWrapUpOver:
		o := c.partOf(func(o *offer) bool { return o.id == ev.offer })
		if o != nil {
			c.partEnded(o)
		}
		return o != nil
	case evRequest:
		if c.parked != nil && ev.ref.Agent == c.parked.agent {
			c.parkedAsks(ev)
			return true
		}
		o := c.partOf(func(o *offer) bool { return o.agent == ev.ref.Agent })
		if o == nil || c.offer.id != 0 && c.offer.agent == ev.ref.Agent {
			return false
		}
		c.askPart(o, ev)
		return true
	case evAgent:
		if c.parked != nil && ev.agent == c.parked.agent {
			c.parkedAgent(ev.k)
			return true
		}
		return ev.agent != c.offer.agent
	case evMedia:
		if f := c.saysFarewell(ev.n); f != nil {
			if f.spoken(ev) {
				c.farewell(f)
			}
			return true
		}
		if c.parked != nil && ev.n == c.parked.home && ev.m.Leg == c.parked.leg {
			c.parkedMedia(ev.k)
			return true
		}
	case evLegRestarted:
		if c.parked != nil && ev.leg == c.parked.leg {
			c.restartedOf(c.parked, ev)
			return true
		}
	}
	return false
}

func (c *Call) partOf(is func(*offer) bool) *offer {
	if i := slices.IndexFunc(c.after, is); i >= 0 {
		return c.after[i]
	}
	return nil
}

// askPart answers an agent who has passed the call on: what is left is his wrap-up.
func (c *Call) askPart(o *offer, ev evRequest) {
	switch ev.k {
	case kWrapupRequest:
		c.wrapupOf(o, ev, false, o.view.Phase == protocol.PhaseEnded)
	case kHangup:
		c.reply(ev.ref)
	default:
		c.refuse(ev.ref, protocol.CallGone, "the call was passed on")
	}
}

// partWay lets the agent go: the call lives on without him.
func (c *Call) partWay(why ending) {
	o := c.offer
	c.offer = offer{}
	c.hold.local, c.hold.later = false, nil
	c.letGo(&o, why)
}

// letGo ends what an agent had of the call. What is left of his part, the queue says: wrap-up, or nothing.
func (c *Call) letGo(o *offer, why ending) {
	c.partLeft(o, why)
	o.view.EndedAt, o.view.Cause, o.view.SDP, o.view.HeldBy, o.view.Transfer = protocol.At(c.now), why.cause(), nil, "", nil
	if o.fromQueue() {
		c.after = append(c.after, o)
		c.endOffer(o.id)
	} else {
		c.partEnded(o)
	}
	c.do(doDrop{o.home, o.leg}) // last: should it fail, he has been told all the same
}

// partEnded: the agent has nothing to do with the call any more.
func (c *Call) partEnded(o *offer) {
	if o.view.Phase == protocol.PhaseWrapUp {
		c.wrapUpNoted(o)
	}
	o.view.Phase, o.view.HeldBy = protocol.PhaseEnded, ""
	c.showPart(o)
	c.recent(o)
	c.free(o)
	c.after = slices.DeleteFunc(c.after, func(other *offer) bool { return other == o && o.lateUntil.IsZero() })
}

// free tells the exchange that the agent has been told the end of his part.
func (c *Call) free(o *offer) {
	switch {
	case o.id == ownPart:
		c.do(doFreed{o.agent})
	case o.id != 0:
		c.do(doPartOver{o.agent, o.id})
	}
}

// parts are those that agents have of the call now, or may have.
func (c *Call) parts() []*offer {
	all := append(c.askedNow(), c.after...)
	if c.parked != nil {
		all = append(all, c.parked)
	}
	if c.face != nil {
		all = append(all, c.face)
	}
	return all
}
