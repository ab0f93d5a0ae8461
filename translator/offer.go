package translator

import (
	"errors"
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// start: the INVITE was admitted; its media session is made from its offer.
func (c *Call) start(Event) {
	c.log(slog.LevelInfo, "call arrived", slog.String("trunk", c.in.Trunk), slog.String("from", c.from.Number), slog.String("to", c.to.Number), slog.String("queue", c.terms.Queue))
	if c.refusal != nil {
		c.raise(evEnd{*c.refusal})
		return
	}
	c.do(doOpen{c.far.n, c.in.SDP})
}

// enqueue: the offer is usable; the caller asks to join the queue.
func (c *Call) enqueue(ev Event) {
	if err := ev.(evSessionOpened).err; err != nil {
		c.raise(evEnd{mediaRefused(err, c.terms.RetryAfter)})
		return
	}
	c.far.open = true
	c.joinQueue(time.Time{})
}

// greet: the queue took the caller, who hears so. A queue that is full refuses him before anything was sent.
func (c *Call) greet(Event) {
	if c.greeted {
		return
	}
	c.greeted = true
	if c.terms.Answer == AnswerAtOnce {
		c.do(doTrunkAnswer{n: c.far.n})
		return
	}
	c.dialogDo(c.far, dialog.Ring{})
}

// joinQueue puts the caller into the queue; since keeps an earlier place, but is not asked.
func (c *Call) joinQueue(since time.Time, but ...queue.AgentID) {
	c.inQueue = true
	in := queue.CallerArrived{
		Caller: queue.CallerID(c.id), Queue: c.terms.Queue, Class: c.terms.Class, HeadStart: c.terms.HeadStart, Since: since, Exclude: but,
		Needs: c.terms.Needs, Prefer: c.terms.Prefer,
	}
	if caller := c.caller(); caller.Verified {
		in.Number = caller.Number
	}
	c.do(doQueue{in})
}

// caller is who waits: whom an agent called, and passed on, is the caller now.
func (c *Call) caller() protocol.Party {
	if c.out != nil {
		return c.to
	}
	return c.from
}

// makeOffer: the queue asks this agent; his leg is made.
func (c *Call) makeOffer(d queue.Offer) {
	c.leg++
	c.offer = offer{id: d.Offer, agent: string(d.Agent), leg: c.leg, home: c.far.n, terms: c.terms}
	c.offerPart(d.Queue, d.Waited, d.ExpiresAt)
}

// offerPart makes the agent's leg of the offer, and the call as he is to see it.
func (c *Call) offerPart(queue string, waited time.Duration, expires time.Time) {
	c.newPart(&c.offer)
	from, to := c.caller(), c.to
	if c.out != nil {
		to = c.from
	}
	c.offer.view = protocol.Call{
		ID: c.id, Direction: protocol.Inbound, Phase: protocol.PhaseOffered, From: from, To: to, Queue: queue,
		WaitedMS: waited.Milliseconds(), Data: c.data, OfferedAt: protocol.At(c.now), ExpiresAt: protocol.At(expires), Recording: c.rec.word(),
	}
	c.do(doOfferLeg{c.offer.home, c.leg})
}

func (c *Call) offerTo(ev Event) { c.makeOffer(ev.(evOffer).d) }

// present: the agent's offer is made; the agent sees the call.
func (c *Call) present(ev Event) {
	e := ev.(evLegOffered)
	if e.err != nil {
		c.log(slog.LevelError, "agent leg failed", slog.Any("error", e.err))
		c.raise(evEnd{mediaRefused(e.err, c.terms.RetryAfter)})
		return
	}
	c.offer.seen = true
	c.offer.view.SDP = &protocol.Description{Type: "offer", SDP: string(e.sdp)}
	c.show()
	c.log(slog.LevelInfo, "call offered", slog.String("agent", c.offer.agent), slog.Int64("waited_ms", c.offer.view.WaitedMS))
}

// shown: the agent's page shows the call, perhaps with its answer already.
func (c *Call) shown(ev Event) {
	req := ev.(evRequest)
	c.answerLeg(req.ref, protocol.Ref{}, req.req.(protocol.Ringing).SDP)
}

// accept: the agent pressed answer.
func (c *Call) accept(ev Event) {
	req := ev.(evRequest)
	text := req.req.(protocol.Accept).SDP
	switch {
	case text != "":
		c.answerLeg(protocol.Ref{}, req.ref, text)
	case !c.offer.answered:
		c.refuse(req.ref, protocol.BadRequest, "sdp: missing, ringing carried none")
	default:
		c.offer.accept = req.ref
		c.raise(evPlain{kAccepted})
	}
}

// answerLeg gives the browser's answer to its leg; the request behind it waits for the result.
func (c *Call) answerLeg(show, accept protocol.Ref, text string) {
	c.offer.show, c.offer.accept = show, accept
	if text == "" {
		c.raise(evLegAnswered{leg: c.offer.leg})
		return
	}
	c.offer.up, c.offer.heard, c.offer.answered = false, false, true
	c.do(doAnswerLeg{c.offer.home, c.offer.leg, text})
}

// legAnswered: the browser's answer was taken, or not.
func (c *Call) legAnswered(ev Event) {
	o := &c.offer
	show, accept := o.show, o.accept
	o.show = protocol.Ref{}
	if err := ev.(evLegAnswered).err; err != nil {
		o.answered, o.accept = false, protocol.Ref{}
		code := sdpCode(err)
		c.refuse(show, code, err.Error())
		c.refuse(accept, code, err.Error())
		c.offerFailed()
		return
	}
	if accept.ID == 0 {
		c.reply(show)
		c.tellOffer(queue.OfferShown{Offer: o.id})
		if c.parked != nil {
			c.ringsAtColleague()
		}
		return
	}
	c.raise(evPlain{kAccepted})
}

// offerFailed: the agent's media is of no use; the queue takes the offer back and asks the next agent.
func (c *Call) offerFailed() {
	if !c.offer.failed {
		c.offer.failed = true
		c.tellOffer(queue.OfferFailed{Offer: c.offer.id, Fault: queue.FaultAgent})
	}
}

// accepted: the queue is asked whether the offer still stands: one atomic step there decides.
func (c *Call) accepted(Event) {
	c.tellOffer(queue.OfferAccepted{Offer: c.offer.id})
}

// reject: the agent declined; the caller keeps the place.
func (c *Call) reject(ev Event) {
	req := ev.(evRequest)
	reason := "decline"
	if r, ok := req.req.(protocol.Reject); ok && r.Reason != "" {
		reason = r.Reason
	}
	c.reply(req.ref)
	c.tellOffer(queue.OfferRejected{Offer: c.offer.id, Reason: reason})
}

// withdraw: the offer is over for this agent; the caller waits on.
func (c *Call) withdraw(ev Event) {
	d := ev.(evWithdrawn).d
	c.endPart(withdrawn(d.Reason, ev.(evWithdrawn).leave))
	c.partOver()
	c.log(slog.LevelInfo, "offer ended", slog.String("agent", string(d.Agent)), slog.String("reason", string(d.Reason)))
	c.do(doCount{"offer", string(d.Reason)})
	c.dropLeg()
	c.sendAway()
}

// dropLeg ends the agent leg; a caller who was answered hears the queue's sound again.
func (c *Call) dropLeg() {
	c.do(doDrop{c.offer.home, c.offer.leg})
	c.offer = offer{}
	if c.answered() {
		c.do(doPlay{c.far.n, c.terms.Sound})
	}
}

// endPart ends the agent's part of the call, in his view, and answers an accept that still waits. Once the queue knows, partOver follows.
func (c *Call) endPart(why ending) {
	if c.offer.accept.ID != 0 {
		c.refuse(c.offer.accept, protocol.CallGone, why.message())
		c.offer.accept = protocol.Ref{}
	}
	c.reply(c.offer.hangup)
	c.offer.hangup = protocol.Ref{}
	c.partLeft(&c.offer, why)
	if !c.offer.seen {
		return
	}
	c.offer.view.Phase = protocol.PhaseEnded
	c.offer.view.EndedAt = protocol.At(c.now)
	c.offer.view.SDP = nil
	c.offer.view.Cause = why.cause()
	c.show()
	c.recent(&c.offer)
}

// partOver says that the agent has been told the end of his part, and the queue too, so that what he is from now on may be sent to him.
func (c *Call) partOver() {
	c.free(&c.offer)
}

// settle says that the accept has its reply.
func (c *Call) settle() {
	c.offer.accept = protocol.Ref{}
	c.do(doSettled{c.offer.agent})
}

// sdpCode is the protocol's error code for a browser's description.
func sdpCode(err error) protocol.Code {
	var e *sdp.Error
	if errors.As(err, &e) {
		return protocol.Code(e.Code)
	}
	return protocol.BadSDP
}
