package translator

import (
	"log/slog"
	"slices"
	"time"

	"offhook/agent/protocol"
)

// Several agents may be asked for one caller (ring-all, ring-progressively). One of them has the part in use, offer; the others are beside it in also.
// Who accepts first gets the part in use, and the queue is asked; the others wait for its word too: it takes their offers back in the same step
// that gives the call away, or, if the first accept came too late, it is their turn.

// askedNow are the part in use and those beside it.
func (c *Call) askedNow() []*offer { return append([]*offer{&c.offer}, c.also...) }

// offerAlso: the queue asks one more agent.
func (c *Call) offerAlso(ev Event) {
	d := ev.(evOffer).d
	o := c.makeOffer(d)
	c.also = append(c.also, &o)
	c.offerPart(&o, d.Queue, d.Waited, d.Place, d.ExpiresAt)
}

// asksToo finds the part beside the one in use that an event is about; nil if it is about none.
func (c *Call) asksToo(ev Event) *offer {
	if len(c.also) == 0 {
		return nil
	}
	var is func(*offer) bool
	switch ev := ev.(type) {
	case evLegOffered:
		is = func(o *offer) bool { return o.leg == ev.leg }
	case evLegAnswered:
		is = func(o *offer) bool { return o.leg == ev.leg }
	case evMedia:
		is = func(o *offer) bool { return ev.m.Leg != 0 && o.home == ev.n && o.leg == ev.m.Leg }
	case evWithdrawn:
		is = func(o *offer) bool { return o.id == ev.d.Offer }
	case evRequest:
		is = func(o *offer) bool { return o.agent == ev.ref.Agent }
	case evAgent:
		is = func(o *offer) bool { return o.agent == ev.agent }
	default:
		return nil
	}
	if i := slices.IndexFunc(c.also, is); i >= 0 {
		return c.also[i]
	}
	return nil
}

// besides deals with what concerns an agent who is asked beside the part in use.
func (c *Call) besides(o *offer, ev Event) {
	switch ev := ev.(type) {
	case evLegOffered:
		if ev.err != nil {
			c.log(slog.LevelError, "agent leg failed", slog.Any("error", ev.err))
			c.offerFailed(o)
			return
		}
		c.presentTo(o, ev.sdp)
	case evLegAnswered:
		if c.answerTaken(o, ev.err) {
			c.wants(o)
		}
	case evMedia:
		c.askedMedia(o, ev.k)
	case evWithdrawn:
		c.also = slices.DeleteFunc(c.also, func(other *offer) bool { return other == o })
		c.notAsked(o, ev)
	case evRequest:
		o.who = ev.who
		c.askedRequest(o, ev)
	case evAgent:
		switch ev.k {
		case kAgentDetached:
			o.detached = c.now
		case kAgentAttached:
			o.detached = time.Time{}
		}
	}
}

// askedMedia notes what becomes of the media of an agent who is only asked.
func (c *Call) askedMedia(o *offer, k kind) {
	switch k {
	case kLegUp:
		o.up = true
	case kLegHeard:
		o.heard = true
	case kLegFailed:
		o.up, o.heard = false, false
	case kLegSilent:
		o.silent = c.now
	case kLegBack:
		o.silent = time.Time{}
	}
}

func (c *Call) askedRequest(o *offer, ev evRequest) {
	switch ev.k {
	case kShow:
		if o.accept.ID != 0 { // late, no harm
			c.reply(ev.ref)
			return
		}
		c.shownBy(o, ev)
	case kAccept:
		if c.acceptBy(o, ev) {
			c.wants(o)
		}
	case kReject, kHangup:
		c.rejectBy(o, ev)
	default:
		c.refuse(ev.ref, protocol.WrongPhase, "the call is "+string(o.view.Phase))
	}
}

// wants: this agent accepts. While another one's accept is before the queue, his waits.
func (c *Call) wants(o *offer) {
	if c.state == Offered {
		c.offer, *o = *o, c.offer
		c.raise(evPlain{kAccepted})
	}
}

// notAsked: the offer of an agent who was asked beside others is over.
func (c *Call) notAsked(o *offer, ev evWithdrawn) {
	c.endPartOf(o, withdrawn(ev.d.Reason, ev.leave))
	c.free(o)
	c.log(slog.LevelInfo, "offer ended", slog.String("agent", o.agent), slog.String("reason", string(ev.d.Reason)))
	c.do(doCount{"offer", string(ev.d.Reason)}, doDrop{o.home, o.leg})
}

// asksOthers: the offer of the part in use is over, but others are asked still; one of them may have accepted meanwhile.
func (c *Call) asksOthers(ev evWithdrawn) {
	gone := c.offer
	i := max(0, slices.IndexFunc(c.also, (*offer).accepts))
	c.offer = *c.also[i]
	c.also = slices.Delete(c.also, i, i+1)
	c.raise(evPlain{kAskedStill})
	c.notAsked(&gone, ev)
	if c.offer.accepts() {
		c.raise(evPlain{kAccepted})
	}
}

// accepts says whether the agent has accepted, and his answer was taken.
func (o *offer) accepts() bool { return o.accept.ID != 0 && o.show.ID == 0 && o.answered }

// nobodyAsked ends the parts of all who are asked beside the part in use: the call is over.
func (c *Call) nobodyAsked(why ending) {
	for _, o := range c.also {
		c.endPartOf(o, why)
		c.free(o)
	}
	c.also = nil
}
