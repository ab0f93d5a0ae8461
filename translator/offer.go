package translator

import (
	"errors"
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator/sdp"
)

// start: the INVITE was admitted; its media session is made from its offer.
func (c *Call) start(Event) {
	if c.back.on {
		c.raise(evPlain{kTakenOver})
		return
	}
	if c.inside != nil {
		c.startInside()
		return
	}
	c.log(slog.LevelInfo, "call arrived", slog.String("trunk", c.in.Trunk), slog.String("from", c.from.Number), slog.String("to", c.to.Number), slog.String("queue", c.terms.Queue))
	c.happened(HappenedArrived, "")
	if c.refusal != nil {
		c.raise(evEnd{*c.refusal})
		return
	}
	c.do(doOpen{c.far.n, c.in.SDP})
}

// enqueue: the offer is usable; the caller asks to join the queue.
func (c *Call) enqueue(ev Event) {
	if c.inside != nil {
		c.insideOpened(ev.(evSessionOpened).err)
		return
	}
	if err := ev.(evSessionOpened).err; err != nil {
		c.raise(evEnd{mediaRefused(err, c.terms.RetryAfter)})
		return
	}
	c.far.open = true
	if c.sent != nil {
		c.leave(evLeave{*c.sent})
		return
	}
	if c.forAgent != "" {
		c.raise(evPlain{kLeaves})
		c.do(doAskAgent{c.forAgent})
		return
	}
	c.joinQueue(time.Time{})
}

// joinQueue puts the caller into the queue; since keeps an earlier place, but is not asked.
func (c *Call) joinQueue(since time.Time, but ...queue.AgentID) {
	c.inQueue = true
	c.do(doQueue{c.arrival(since, but...)})
	c.happened(HappenedQueued, "")
}

// arrival is what the queue is told of a caller who joins it.
func (c *Call) arrival(since time.Time, but ...queue.AgentID) queue.CallerArrived {
	in := queue.CallerArrived{
		Caller: queue.CallerID(c.id), Queue: c.terms.Queue, Class: c.terms.Class, HeadStart: c.terms.HeadStart, Since: since, Exclude: but,
		Needs: c.terms.Needs, Prefer: c.terms.Prefer,
	}
	if caller := c.caller(); caller.Verified {
		in.Number = caller.Number
	}
	return in
}

// caller is who waits: whom an agent called, and passed on, is the caller now.
func (c *Call) caller() protocol.Party {
	if c.direction == protocol.Outbound {
		return c.to
	}
	return c.from
}

// makeOffer: the queue asks this agent; his leg is made.
func (c *Call) makeOffer(d queue.Offer) offer {
	c.leg++
	home := c.far
	if c.back.on {
		home = c.next
	}
	return offer{id: d.Offer, agent: string(d.Agent), leg: c.leg, home: home.n, terms: c.terms}
}

// offerPart makes the agent's leg of the offer, and the call as he is to see it. place is the caller's in the queue, 0 for none.
func (c *Call) offerPart(o *offer, queue string, waited time.Duration, place int, expires time.Time) {
	c.newPart(o)
	from, to := c.caller(), c.to
	if c.direction == protocol.Outbound {
		to = c.from
	}
	o.view = protocol.Call{
		ID: c.id, Direction: protocol.Inbound, Phase: protocol.PhaseOffered, From: from, To: to, Queue: queue,
		WaitedMS: waited.Milliseconds(), Position: place, Data: c.data, Callback: c.back.on, OfferedAt: protocol.At(c.now), ExpiresAt: protocol.At(expires), Recording: c.rec.word(),
	}
	if c.face != nil {
		o.view.Direction = protocol.Internal
	}
	c.do(doOfferLeg{o.home, o.leg})
}

func (c *Call) offerTo(ev Event) {
	d := ev.(evOffer).d
	if c.back.on {
		c.offerBack(d)
		return
	}
	c.offer = c.makeOffer(d)
	c.offerPart(&c.offer, d.Queue, d.Waited, d.Place, d.ExpiresAt)
}

// present: the agent's offer is made; the agent sees the call.
func (c *Call) present(ev Event) {
	e := ev.(evLegOffered)
	if e.err != nil {
		c.log(slog.LevelError, "agent leg failed", slog.Any("error", e.err))
		c.raise(evEnd{mediaRefused(e.err, c.terms.RetryAfter)})
		return
	}
	c.presentTo(&c.offer, e.sdp)
}

func (c *Call) presentTo(o *offer, sdp []byte) {
	o.seen = true
	o.view.SDP = &protocol.Description{Type: "offer", SDP: string(sdp)}
	c.showPart(o)
	c.happened(HappenedOffered, o.agent)
	c.log(slog.LevelInfo, "call offered", slog.String("agent", o.agent), slog.Int64("waited_ms", o.view.WaitedMS))
}

// shown: the agent's page shows the call, perhaps with its answer already.
func (c *Call) shown(ev Event) { c.shownBy(&c.offer, ev.(evRequest)) }

func (c *Call) shownBy(o *offer, req evRequest) {
	c.answerLeg(o, req.ref, protocol.Ref{}, req.req.(protocol.Ringing).SDP)
}

// accept: the agent pressed answer.
func (c *Call) accept(ev Event) {
	if c.acceptBy(&c.offer, ev.(evRequest)) {
		c.raise(evPlain{kAccepted})
	}
}

// acceptBy takes an agent's accept. True: it is good; else its answer is being looked at, or it was refused.
func (c *Call) acceptBy(o *offer, req evRequest) bool {
	text := req.req.(protocol.Accept).SDP
	switch {
	case o.accept.ID != 0:
		c.refuse(req.ref, protocol.WrongPhase, "the call is accepted already")
		return false
	case text != "":
		c.answerLeg(o, protocol.Ref{}, req.ref, text)
		return false
	case !o.answered:
		c.refuse(req.ref, protocol.BadRequest, "sdp: missing, ringing carried none")
		return false
	}
	o.accept = req.ref
	return true
}

// answerLeg gives the browser's answer to its leg; the request behind it waits for the result.
func (c *Call) answerLeg(o *offer, show, accept protocol.Ref, text string) {
	o.show, o.accept = show, accept
	if text == "" {
		c.raise(evLegAnswered{leg: o.leg})
		return
	}
	o.up, o.heard, o.answered = false, false, true
	c.do(doAnswerLeg{o.home, o.leg, text})
}

// legAnswered: the browser's answer was taken, or not.
func (c *Call) legAnswered(ev Event) {
	if c.answerTaken(&c.offer, ev.(evLegAnswered).err) {
		c.raise(evPlain{kAccepted})
	}
}

// answerTaken replies to what the answer came with. True: to accept, which is good.
func (c *Call) answerTaken(o *offer, err error) bool {
	if err == nil && o.answered && len(c.also) == 0 { // else it is not known yet whose codec counts
		c.answerFace()
	}
	show, accept := o.show, o.accept
	o.show = protocol.Ref{}
	if err != nil {
		o.answered, o.accept = false, protocol.Ref{}
		code := sdpCode(err)
		c.refuse(show, code, err.Error())
		c.refuse(accept, code, err.Error())
		c.offerFailed(o)
		return false
	}
	if accept.ID != 0 {
		return true
	}
	c.reply(show)
	c.tellOffer(o, queue.OfferShown{Offer: o.id})
	if c.parked != nil {
		c.ringsAtColleague()
	}
	return false
}

// offerFailed: the agent's media is of no use; the queue takes the offer back and asks the next agent.
func (c *Call) offerFailed(o *offer) {
	if !o.failed {
		o.failed = true
		c.tellOffer(o, queue.OfferFailed{Offer: o.id, Fault: queue.FaultAgent})
	}
}

// accepted: the queue is asked whether the offer still stands: one atomic step there decides.
func (c *Call) accepted(Event) {
	c.tellOffer(&c.offer, queue.OfferAccepted{Offer: c.offer.id})
}

// reject: the agent declined; the caller keeps the place.
func (c *Call) reject(ev Event) { c.rejectBy(&c.offer, ev.(evRequest)) }

func (c *Call) rejectBy(o *offer, req evRequest) {
	reason := "decline"
	if r, ok := req.req.(protocol.Reject); ok && r.Reason != "" {
		reason = r.Reason
	}
	c.reply(req.ref)
	c.tellOffer(o, queue.OfferRejected{Offer: o.id, Reason: reason})
}

// withdraw: the offer is over for this agent; the caller waits on.
func (c *Call) withdraw(ev Event) {
	d := ev.(evWithdrawn).d
	why := withdrawn(d.Reason, ev.(evWithdrawn).leave)
	if c.offer.why != nil {
		why = *c.offer.why
	}
	c.digits = digits{}
	c.endPart(why)
	c.partOver()
	c.log(slog.LevelInfo, "offer ended", slog.String("agent", string(d.Agent)), slog.String("reason", string(d.Reason)))
	c.do(doCount{"offer", string(d.Reason)})
	c.dropLeg()
	c.sendAway()
}

// dropLeg ends the agent leg; a caller who was joined with it hears the queue's sound again.
func (c *Call) dropLeg() {
	c.do(doDrop{c.offer.home, c.offer.leg})
	joined := c.offer.joined
	c.offer = offer{}
	if c.back.on && c.far == nil {
		c.dropNext(ending{q850: 16})
	}
	if joined && c.audible() {
		c.hears()
	}
}

// endPart ends the agent's part of the call, in his view, and answers an accept that still waits. Once the queue knows, partOver follows.
func (c *Call) endPart(why ending) { c.endPartOf(&c.offer, why) }

func (c *Call) endPartOf(o *offer, why ending) {
	c.refuse(o.show, protocol.CallGone, why.message())
	c.refuse(o.accept, protocol.CallGone, why.message())
	c.reply(o.hangup)
	o.show, o.accept, o.hangup = protocol.Ref{}, protocol.Ref{}, protocol.Ref{}
	c.partLeft(o, why)
	if !o.seen {
		return
	}
	o.view.Phase = protocol.PhaseEnded
	o.view.EndedAt = protocol.At(c.now)
	o.view.SDP = nil
	o.view.Cause = why.cause()
	c.showPart(o)
	c.recent(o)
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
