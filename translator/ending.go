package translator

import (
	"log/slog"
	"slices"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator/dialog"
)

// hangup: the agent ends the call.
func (c *Call) hangup(ev Event) {
	c.offer.hangup = protocol.Ref{}
	c.reply(ev.(evRequest).ref)
	if c.back.on && c.far == nil { // before the customer was dialled
		c.notReached(ending{code: protocol.CauseCancelled, by: protocol.ByAgent, q850: 16, text: "Normal call clearing"}, queue.FaultCustomer)
		return
	}
	c.raise(evEnd{ending{code: protocol.CauseNormal, by: protocol.ByAgent, status: 480, q850: 16, text: "Normal call clearing"}})
}

// cancelled: the caller gave up before the final response; the transaction has sent 487.
func (c *Call) cancelled(ev Event) {
	r := ev.(evReport).r
	c.finish(ending{code: protocol.CauseCancelled, by: protocol.ByCaller, sipStatus: 487, q850: r.Q850, text: r.Text}, queue.LeaveAbandoned)
}

// abandoned: the caller hung up while he waited, or his dialog failed.
func (c *Call) abandoned(ev Event) {
	plain := protocol.CauseAbandoned
	if !c.answered() {
		plain = protocol.CauseCancelled // a CANCEL that crossed our 200, or a BYE in the place of a CANCEL
	}
	c.finish(farEnd(ev.(evReport).r, plain), queue.LeaveAbandoned)
}

func (c *Call) waitLimit(Event) {
	why, _ := leaveEnding(queue.LeaveLimit, c.terms.RetryAfter)
	c.raise(evEnd{why})
}

// endWhole ends a call that nobody talks on: a final response, or BYE where the caller was answered.
func (c *Call) endWhole(ev Event) {
	why := ev.(evEnd).why
	if !c.answered() && why.sipStatus == 0 {
		why.sipStatus = why.status
	}
	c.tell(why)
	c.finish(why, queue.LeaveGone)
}

// tell ends the dialog with the response or the BYE that fits the cause.
func (c *Call) tell(why ending) {
	if c.far == nil {
		return
	}
	if c.answered() {
		c.dialogDo(c.far, dialog.Hangup{Q850: why.q850, Text: why.text})
		return
	}
	c.dialogDo(c.far, dialog.Reject{Status: why.status, Q850: why.q850, Text: why.text, Warning: why.warning, RetryAfter: why.retryAfter})
}

// finish ends a call without conversation.
func (c *Call) finish(why ending, reason queue.LeaveReason) {
	c.ended, c.endedAt = why, c.now
	c.endPart(why)
	c.nobodyAsked(why)
	c.promiseOver(why)
	c.leaving = leaving{}
	c.dropNext(why)
	if c.inQueue {
		c.inQueue = false
		c.do(doQueue{queue.CallerLeft{Caller: queue.CallerID(c.id), Reason: reason}})
	}
	c.partOver()
	if c.parked != nil {
		gone := why
		if gone.code == protocol.CauseAbandoned {
			gone.code = protocol.CauseNormal // for whom he talked with it was no waiting
		}
		c.unpark(gone)
	}
	c.moveOver("failed", why.code, why.sipStatus) // also where who passed it on has left
	c.endFace(why)
	c.notBegun()
	c.closeMedia()
	if c.begun() {
		c.logEnd()
	}
}

// farSideEnded: the far side hung up, or its dialog failed, during the conversation.
func (c *Call) farSideEnded(ev Event) {
	why := farEnd(ev.(evReport).r, protocol.CauseNormal)
	if c.out != nil && why.by == protocol.ByCaller {
		why.by = protocol.ByCallee
	}
	if c.named && why.code == protocol.CauseNormal {
		why = transferred()
	}
	c.endTalk(why)
}

// endConnected: we end the conversation with BYE.
func (c *Call) endConnected(ev Event) {
	why := ev.(evEnd).why
	c.dialogDo(c.far, dialog.Hangup{Q850: why.q850, Text: why.text})
	c.endTalk(why)
	if why.code == protocol.CauseDraining {
		c.cutWrapUp(ev)
	}
}

// endTalk closes what the conversation used. What the agent sees follows from the queue's word on wrap-up; a call of the agent's own has none.
func (c *Call) endTalk(why ending) {
	c.ended, c.endedAt = why, c.now
	c.dropNext(why)
	c.offer.view.EndedAt = protocol.At(c.now)
	c.offer.view.Cause = why.cause()
	c.offer.view.HeldBy, c.offer.view.SDP = "", nil
	c.refuse(c.move.ref, protocol.CallGone, why.message())
	c.partLeft(&c.offer, why)
	c.moveOver("failed", why.code, why.sipStatus)
	c.tapeOver()
	c.hold, c.digits, c.move = holding{}, digits{}, moving{}
	c.endFace(why)
	c.closeMedia()
	c.logEnd()
	if c.offer.fromQueue() {
		c.endOffer(c.offer.id)
		return
	}
	c.raise(evWrapUpOver{c.offer.id, c.offer.agent})
}

// endOffer tells the queue that the conversation of this offer is over.
func (c *Call) endOffer(id queue.OfferID) { c.do(doQueue{queue.CallEnded{Offer: id}}) }

// dropNext ends the leg that was to join or to replace the far one.
func (c *Call) dropNext(why ending) {
	f := c.next
	if f == nil {
		return
	}
	c.next = nil
	c.windDown(f, dialog.Hangup{Q850: why.q850, Text: why.text})
}

// windDown ends a leg that is of no more use.
func (c *Call) windDown(f *farLeg, h dialog.Hangup) {
	c.closeLeg(f)
	c.past = append(c.past, f)
	if f.d == nil {
		f.over = true // it was never placed
		return
	}
	c.dialogDo(f, h)
}

// closeLeg frees a leg's ports.
func (c *Call) closeLeg(f *farLeg) {
	if f.open {
		f.open = false
		c.do(doCloseMedia{f.n, f.book})
	}
}

// closeMedia frees all ports of the call. Who is still being told that he will be called back is let go.
func (c *Call) closeMedia() {
	c.farewells()
	for _, f := range append([]*farLeg{c.far, c.next}, c.past...) {
		if f != nil {
			c.closeLeg(f)
		}
	}
}

func (c *Call) logEnd() {
	if c.back.promised.handed { // it goes on elsewhere
		return
	}
	attrs := []slog.Attr{slog.String("cause", string(c.ended.code)), slog.String("by", string(c.ended.by))}
	if c.ended.sipStatus != 0 {
		attrs = append(attrs, slog.Int("sip", c.ended.sipStatus))
	}
	if !c.talking.IsZero() {
		attrs = append(attrs, slog.Int64("talk_ms", c.now.Sub(c.talking).Milliseconds()))
	}
	if c.ended.text != "" {
		attrs = append(attrs, slog.String("why", c.ended.text))
	}
	c.log(slog.LevelInfo, "call ended", attrs...)
	c.do(doCount{"call", string(c.ended.code) + "/" + string(c.ended.by)})
}

// wrapUpUntil: after-call work begins, or its end has moved.
func (c *Call) wrapUpUntil(ev Event) { c.wrapUpPart(&c.offer, ev.(evWrapUp)) }

func (c *Call) wrapUpPart(o *offer, ev evWrapUp) {
	o.view.Phase = protocol.PhaseWrapUp
	if o.wrapSince.IsZero() {
		o.wrapSince = c.now
	}
	o.view.WrapUpUntil = protocol.At(ev.until) // zero: it stands still, while the agent has a call of his own
	c.showPart(o)
}

// lateOutcome is how long an outcome that is still missing may be stored after wrap-up ran out.
const lateOutcome = 10 * time.Minute

func (c *Call) wrapUpOver(Event) { c.partEnded(&c.offer) }

// wrapUpNoted says that after-call work is over, and leaves some time for an outcome that is missing.
func (c *Call) wrapUpNoted(o *offer) {
	o.wrapped(c.now)
	c.log(slog.LevelInfo, "wrap-up over", slog.String("agent", o.agent), slog.String("outcome", o.outcome))
	if o.terms.OutcomeRequired && o.outcome == "" && !c.brief {
		o.lateUntil = c.now.Add(lateOutcome)
	}
}

// hurry: the server goes. Nobody is waited for who only has an outcome to choose, and who still hears ringing is sent away, to a server that
// will have agents for him.
func (c *Call) hurry(Event) {
	c.brief = true
	c.offer.lateUntil = time.Time{}
	for _, o := range c.after {
		if !o.lateUntil.IsZero() {
			o.lateUntil = c.now
		}
	}
	c.sendAway()
}

// sendAway ends a call that only waits, while the server goes. A caller who was answered waits on: some agent may still come free.
func (c *Call) sendAway() {
	if c.brief && c.state == Queued && !c.answered() {
		c.raise(evEnd{draining(c.terms.RetryAfter)})
	}
}

// cutWrapUp: the server ends what is left.
func (c *Call) cutWrapUp(Event) {
	c.brief = true
	c.do(doQueue{queue.WrapUpDone{Agent: queue.AgentID(c.offer.agent), Outcome: c.offer.outcome}})
}

// cutAfter does so for the agents who have passed the call on.
func (c *Call) cutAfter() {
	c.brief = true
	for _, o := range c.after {
		if !o.lateUntil.IsZero() {
			o.lateUntil = c.now
		} else {
			c.do(doQueue{queue.WrapUpDone{Agent: queue.AgentID(o.agent), Outcome: o.outcome}})
		}
	}
}

// wrapupRequest stores what the agent noted, and extends or ends wrap-up.
func (c *Call) wrapupRequest(ev Event) {
	c.wrapupOf(&c.offer, ev.(evRequest), c.state < WrapUp, c.state == Ended)
}

// wrapupOf does so for one agent's part: early says that he talks still, over that the wrap-up is behind him.
func (c *Call) wrapupOf(o *offer, req evRequest, early, over bool) {
	w := req.req.(protocol.Wrapup)
	if !o.terms.knows(w.Outcome) {
		c.refuse(req.ref, protocol.BadRequest, "outcome: not one of this queue's")
		return
	}
	if over && o.lateUntil.IsZero() {
		c.refuse(req.ref, protocol.CallGone, "the wrap-up of this call is over")
		return
	}
	if (w.Done || w.ExtendS > 0) && early {
		c.refuse(req.ref, protocol.WrongPhase, "the call is "+string(o.view.Phase))
		return
	}
	if w.Outcome != "" {
		o.outcome = w.Outcome
	}
	o.noted(w)
	c.reply(req.ref)
	if w.Outcome != "" || w.Notes != "" || len(w.Fields) > 0 {
		c.log(slog.LevelInfo, "wrap-up noted", slog.String("agent", o.agent), slog.String("outcome", o.outcome), slog.Int("notes_bytes", len(w.Notes)))
	}
	c.wrapupMove(o, w, over)
}

func (c *Call) wrapupMove(o *offer, w protocol.Wrapup, over bool) {
	who := queue.AgentID(o.agent)
	if w.Outcome != "" {
		c.do(doQueue{queue.OutcomeSet{Agent: who, Outcome: w.Outcome}})
	}
	switch {
	case over:
		if o.outcome != "" {
			o.lateUntil = c.now
		}
	case w.Done:
		c.do(doQueue{queue.WrapUpDone{Agent: who, Outcome: o.outcome}})
	case w.ExtendS > 0:
		c.do(doQueue{queue.WrapUpExtended{Agent: who, By: time.Duration(w.ExtendS) * time.Second}})
	}
}

// knows says whether an outcome is one of the queue's.
func (t *Terms) knows(outcome string) bool {
	return outcome == "" || len(t.Outcomes) == 0 || slices.Contains(t.Outcomes, outcome)
}
