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
	if !c.answered {
		plain = protocol.CauseCancelled // a CANCEL that crossed our 200, or a BYE in the place of a CANCEL
	}
	c.finish(farEnd(ev.(evReport).r, plain), queue.LeaveAbandoned)
}

// leave: the queue lets the caller go. That he left as answered is no news, and may come when he waits again.
func (c *Call) leave(ev Event) {
	if why, ok := leaveEnding(ev.(evLeave).d.Reason, c.terms.RetryAfter); ok {
		c.inQueue = false
		c.raise(evEnd{why})
	}
}

func (c *Call) waitLimit(Event) {
	why, _ := leaveEnding(queue.LeaveLimit, c.terms.RetryAfter)
	c.raise(evEnd{why})
}

// endWhole ends a call that nobody talks on: a final response, or BYE where the caller was answered.
func (c *Call) endWhole(ev Event) {
	why := ev.(evEnd).why
	if !c.answered && why.sipStatus == 0 {
		why.sipStatus = why.status
	}
	c.tell(why)
	c.finish(why, queue.LeaveGone)
}

// tell ends the dialog with the response or the BYE that fits the cause.
func (c *Call) tell(why ending) {
	if c.answered {
		c.dialogDo(dialog.Hangup{Q850: why.q850, Text: why.text})
		return
	}
	c.dialogDo(dialog.Reject{Status: why.status, Q850: why.q850, Text: why.text, Warning: why.warning, RetryAfter: why.retryAfter})
}

// finish ends a call without conversation.
func (c *Call) finish(why ending, reason queue.LeaveReason) {
	c.ended = why
	c.endPart(why)
	if c.inQueue {
		c.inQueue = false
		c.do(doQueue{queue.CallerLeft{Caller: queue.CallerID(c.id), Reason: reason}})
	}
	c.partOver()
	c.closeMedia()
	c.logEnd()
}

// farSideEnded: the caller hung up, or his dialog failed, during the conversation.
func (c *Call) farSideEnded(ev Event) {
	c.endTalk(farEnd(ev.(evReport).r, protocol.CauseNormal))
}

// endConnected: we end the conversation with BYE.
func (c *Call) endConnected(ev Event) {
	why := ev.(evEnd).why
	c.dialogDo(dialog.Hangup{Q850: why.q850, Text: why.text})
	c.endTalk(why)
	if why.code == protocol.CauseDraining {
		c.cutWrapUp(ev)
	}
}

// endTalk closes what the conversation used. What the agent sees follows from the queue's word on wrap-up.
func (c *Call) endTalk(why ending) {
	c.ended = why
	c.view.EndedAt = protocol.At(c.now)
	c.view.Cause = why.cause()
	c.closeMedia()
	c.logEnd()
	c.do(doQueue{queue.CallEnded{Offer: c.offer.id}})
}

func (c *Call) closeMedia() {
	if c.mediaOpen {
		c.mediaOpen = false
		c.do(doCloseMedia{})
	}
}

func (c *Call) logEnd() {
	attrs := []slog.Attr{slog.String("cause", string(c.ended.code)), slog.String("by", string(c.ended.by))}
	if c.ended.sipStatus != 0 {
		attrs = append(attrs, slog.Int("sip", c.ended.sipStatus))
	}
	if at := c.view.AnsweredAt; !at.IsZero() {
		attrs = append(attrs, slog.Int64("talk_ms", c.now.Sub(at.Time).Milliseconds()))
	}
	if c.ended.text != "" {
		attrs = append(attrs, slog.String("why", c.ended.text))
	}
	c.log(slog.LevelInfo, "call ended", attrs...)
	c.do(doCount{"call", string(c.ended.code) + "/" + string(c.ended.by)})
}

// wrapUpUntil: after-call work begins, or its end has moved.
func (c *Call) wrapUpUntil(ev Event) {
	c.view.Phase = protocol.PhaseWrapUp
	c.view.WrapUpUntil = protocol.At(ev.(evWrapUp).until)
	c.show()
}

// lateOutcome is how long an outcome that is still missing may be stored after wrap-up ran out.
const lateOutcome = 10 * time.Minute

func (c *Call) wrapUpOver(Event) {
	if c.view.Phase == protocol.PhaseWrapUp {
		c.log(slog.LevelInfo, "wrap-up over", slog.String("agent", c.offer.agent), slog.String("outcome", c.offer.outcome))
		if c.terms.OutcomeRequired && c.offer.outcome == "" && !c.brief {
			c.offer.lateUntil = c.now.Add(lateOutcome)
		}
	}
	c.view.Phase = protocol.PhaseEnded
	c.show()
	c.recent()
	c.partOver()
}

// hurry: the server goes. Nobody is waited for who only has an outcome to choose, and who still hears ringing is sent away, to a server that
// will have agents for him.
func (c *Call) hurry(Event) {
	c.brief = true
	c.offer.lateUntil = time.Time{}
	c.sendAway()
}

// sendAway ends a call that only waits, while the server goes. A caller who was answered waits on: some agent may still come free.
func (c *Call) sendAway() {
	if c.brief && c.state == Queued && !c.answered {
		c.raise(evEnd{draining(c.terms.RetryAfter)})
	}
}

// cutWrapUp: the server ends what is left.
func (c *Call) cutWrapUp(Event) {
	c.brief = true
	c.do(doQueue{queue.WrapUpDone{Agent: queue.AgentID(c.offer.agent), Outcome: c.offer.outcome}})
}

// wrapupRequest stores what the agent noted, and extends or ends wrap-up.
func (c *Call) wrapupRequest(ev Event) {
	req := ev.(evRequest)
	w := req.req.(protocol.Wrapup)
	if !c.knownOutcome(w.Outcome) {
		c.refuse(req.ref, protocol.BadRequest, "outcome: not one of this queue's")
		return
	}
	if c.state == Ended && c.offer.lateUntil.IsZero() {
		c.refuse(req.ref, protocol.CallGone, "the wrap-up of this call is over")
		return
	}
	if (w.Done || w.ExtendS > 0) && c.state < WrapUp {
		c.refuse(req.ref, protocol.WrongPhase, "the call is "+string(c.view.Phase))
		return
	}
	if w.Outcome != "" {
		c.offer.outcome = w.Outcome
	}
	c.reply(req.ref)
	if w.Outcome != "" || w.Notes != "" || len(w.Fields) > 0 {
		c.log(slog.LevelInfo, "wrap-up noted", slog.String("agent", c.offer.agent), slog.String("outcome", c.offer.outcome), slog.Int("notes_bytes", len(w.Notes)))
	}
	c.wrapupMove(w)
}

func (c *Call) wrapupMove(w protocol.Wrapup) {
	who := queue.AgentID(c.offer.agent)
	if w.Outcome != "" {
		c.do(doQueue{queue.OutcomeSet{Agent: who, Outcome: w.Outcome}})
	}
	switch {
	case c.state == Ended:
		if c.offer.outcome != "" {
			c.offer.lateUntil = c.now
		}
	case w.Done:
		c.do(doQueue{queue.WrapUpDone{Agent: who, Outcome: c.offer.outcome}})
	case w.ExtendS > 0:
		c.do(doQueue{queue.WrapUpExtended{Agent: who, By: time.Duration(w.ExtendS) * time.Second}})
	}
}

func (c *Call) knownOutcome(name string) bool {
	if name == "" || len(c.terms.Outcomes) == 0 {
		return true
	}
	return slices.Contains(c.terms.Outcomes, name)
}
