package translator

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// callOwner performs a call's actions. It and the call belong to one actor.
type callOwner struct {
	x       *Exchange
	call    *Call
	legs    map[int]*givenLeg // by number: those that have transactions or media here
	like    media.Session     // of the call that this one consults about
	second  func()            // takes the second leg off the agent's calls in the dial policy's count
	actor   *actor
	log     *slog.Logger
	pending []Event // results of actions, handled before anything else
	broken  bool    // it panicked once
	stopped bool
	full    atomic.Bool           // the inbox overflowed
	known   atomic.Pointer[stake] // what the exchange may see of the call; nil before the first step
	scratch stake
}

// cut ends a call's owner without more ado: the process is about to go.
type cut struct{}

func (cut) kind() kind { return numKinds }

// handle is the actor's: one event, then everything that its actions bring back.
func (o *callOwner) handle(ev any, now time.Time) {
	defer o.publish() // after recovered
	defer o.recovered(now)
	if o.full.CompareAndSwap(true, false) {
		o.step(evEnd{internalError()}, now)
		o.tellYielded()
	}
	switch ev := ev.(type) {
	case tick:
		o.step(evTick{}, now)
	case cut:
		if c := o.call; !o.stopped && c.begun() && !(c.lasting && c.back.on) {
			o.record(c.record())
		}
		o.stop()
	case evLegGiven:
		o.legs[ev.leg.n] = &ev.given
		o.step(ev, now)
	case evReplacing:
		o.legs[ev.leg.n] = &ev.given
		o.step(ev, now)
	case evDialog:
		if !o.gone(ev.n) {
			o.step(ev, now)
		} else if l := o.legs[ev.n]; l != nil {
			l.wire.dialog(ev.ev)
		}
	case evMedia:
		if !o.gone(ev.n) {
			o.step(ev, now)
		} else if l := o.legs[ev.n]; l != nil {
			l.wire.media(ev.m, ev.k)
		}
	case Event:
		o.step(ev, now)
	}
}

// record gives the call's record away; it is the last that happens.
func (o *callOwner) record(r CallRecord) {
	o.x.hooks.Record(r)
	o.x.hooks.Happened(Happening{Type: HappenedEnded, At: r.Ended.Time, Call: r.ID, Queue: r.Queue, Record: &r})
}

func (o *callOwner) step(ev Event, now time.Time) {
	o.pending = append(o.pending, ev)
	for len(o.pending) > 0 {
		next := o.pending[0]
		o.pending = o.pending[1:]
		for _, a := range o.call.Step(next, now) {
			if back := o.perform(a); back != nil {
				o.pending = append(o.pending, back)
			}
		}
	}
}

// recovered turns a panic into the end of this one call (security.md F5). What the step that broke had begun may be half done, so
// nobody relies on the call's own words: the queue is told in any case.
func (o *callOwner) recovered(now time.Time) {
	p := recover()
	if p == nil {
		return
	}
	o.pending = nil
	o.log.Error("panic in a call", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	o.x.panicked("call", now)
	if o.broken || o.call.state >= WrapUp {
		o.abandon(now)
		return
	}
	o.broken = true
	defer func() {
		if recover() != nil {
			o.abandon(now)
		}
	}()
	o.step(evEnd{internalError()}, now)
	o.tellQueue()
}

// abandon ends a call that panics again and again: nothing of it is left, but the far side may have to find out by itself.
func (o *callOwner) abandon(now time.Time) {
	defer o.stop()
	o.tellQueue()
	c := o.call
	if c.lasting && c.back.on {
		o.x.cfg.Promises.Done(c.id)
	}
	if ref := c.unanswered(); ref.ID != 0 {
		o.x.agents.Reply(ref, protocol.Refuse(ref.ID, protocol.TrunkFailed, "the call was not placed"))
	}
	for _, p := range c.parts() {
		if p.seen && p.view.Phase != protocol.PhaseEnded {
			c.rev++
			p.view.Rev, p.view.Phase, p.view.SDP, p.view.EndedAt, p.view.Cause = c.rev, protocol.PhaseEnded, nil, protocol.At(now), internalError().cause()
			o.x.agents.SendCall(p.agent, p.view)
		}
	}
}

// tellYielded lets agents go on who wait for this call to be held: it has broken, and may have lost the word.
func (o *callOwner) tellYielded() {
	for _, p := range o.call.parts() {
		if p.agent != "" {
			o.x.post(yielded{agent: p.agent, call: o.call.id, ok: true})
		}
	}
}

// tellQueue says that this caller and his agents are free. What the queue knows already changes nothing.
func (o *callOwner) tellQueue() {
	c := o.call
	o.tellYielded()
	o.x.post(fromCall{queue.CallerLeft{Caller: queue.CallerID(c.id), Reason: queue.LeaveGone}})
	if c.inside != nil && c.inside.agent.ID != "" { // who may not have been offered it yet
		o.x.post(freed{c.inside.agent.ID, c.id})
	}
	for _, p := range c.parts() {
		switch {
		case p.fromQueue():
			o.x.post(fromCall{queue.CallEnded{Offer: p.id}})
			o.x.post(settled{p.agent})
		case p.id == ownPart:
			o.x.post(freed{p.agent, c.id})
		}
	}
}

func (o *callOwner) stop() {
	if o.stopped {
		return
	}
	o.stopped = true
	o.actor.box.stop()
	o.x.post(callOver{o.call.id})
	o.letSecondGo()
	for n, l := range o.legs {
		o.closeSession(n)
		if !l.away {
			for _, d := range l.known {
				o.x.dialogs.Delete(d)
			}
		}
		for _, f := range l.release {
			f()
		}
		l.hangUp()
	}
}

// closeSession closes the media of a leg, whatever comes of it.
func (o *callOwner) closeSession(n int) {
	l := o.legs[n]
	if l == nil || l.session == nil {
		return
	}
	s := l.session
	l.session = nil
	defer func() {
		if p := recover(); p != nil {
			o.log.Error("panic while media was closed", "panic", fmt.Sprint(p))
		}
	}()
	s.Close()
}

// perform does one action and gives back what it brings.
func (o *callOwner) perform(a Action) Event {
	switch a := a.(type) {
	case doSend:
		return o.send(a)
	case doQueue:
		o.x.post(fromCall{a.ev})
	case doView:
		o.x.agents.SendCall(a.agent, a.call)
	case doReply:
		o.x.agents.Reply(a.ref, a.reply)
	case doSettled:
		o.x.post(settled{a.agent})
	case doPartOver:
		o.x.post(partOver{a.agent, a.offer})
	case doFreed:
		o.x.post(freed{a.agent, o.call.id})
	case doYielded:
		y := yielded{agent: a.agent, call: o.call.id, ok: a.ok}
		if l := o.legs[a.n]; l != nil {
			y.session = l.session
		}
		o.x.post(y)
	case doAgentLost:
		o.x.post(agentLost{a.agent, o.call.id})
	case doAskAgent:
		o.x.post(agentAsked{o.call.id, a.agent})
	case doRecent:
		o.x.agents.AddRecent(a.agent, a.recent)
	case doTell:
		o.x.hooks.Happened(a.h)
	case doRecord:
		o.record(a.rec)
	case doLog:
		o.log.LogAttrs(context.Background(), a.level, a.msg, a.attrs...)
	case doCount:
		o.x.hooks.Count(a.what, a.label)
	case doPromise:
		o.x.cfg.Promises.Keep(a.p)
	case doPromiseOver:
		o.x.cfg.Promises.Done(o.call.id)
	case doOver:
		o.stop()
	default:
		return o.performLegs(a)
	}
	return nil
}

// send gives a message to the leg's transactions.
func (o *callOwner) send(a doSend) Event {
	l := o.legs[a.n]
	if l == nil {
		return nil
	}
	err := l.tx.Perform(a.e)
	if dialog.NeedsResult(a.e) {
		return evDialog{a.n, dialog.Sent{Effect: a.e, Err: err}}
	}
	if err != nil {
		o.log.Warn("message not sent", "error", err)
	}
	return nil
}

// performMedia does what concerns one leg's session.
func (o *callOwner) performMedia(n int, s media.Session, a Action) Event {
	switch a := a.(type) {
	case doOfferLeg:
		text, err := s.OfferAgent(a.leg)
		return evLegOffered{a.leg, text, err}
	case doAnswerLeg:
		return evLegAnswered{a.leg, s.AgentAnswer(a.leg, []byte(a.sdp))}
	case doRestartLeg:
		text, err := s.AgentOffer(a.leg, []byte(a.sdp))
		return evLegRestarted{a.leg, a.ref, text, err}
	case doTrunkAnswer:
		if a.leg != 0 {
			if err := s.Connect(a.leg); err != nil {
				return o.legFailed(n, a.leg, err)
			}
		}
		text, err := o.answer(n, s)
		return evTrunkAnswer{n, text, err, s.HeldBy()}
	case doReoffer:
		return o.reoffer(n, s, a.offer)
	case doReadAnswer:
		err := s.TrunkAccept("", a.answer)
		return evAnswerRead{n, err, s.HeldBy()}
	case doOfferTrunk:
		text, err := s.OfferTrunk(a.change)
		return evOfferMade{n, text, err}
	case doAcceptTrunk:
		err := s.TrunkAccept("", a.answer)
		return evChanged{n, err, s.HeldBy()}
	case doRollback:
		s.TrunkRollback()
	case doAnswerFace:
		text, err := s.DialAnswer(a.leg)
		return evFaceAnswered{n, text, err}
	case doConnect:
		if err := o.connect(n, s, a.leg); err != nil {
			return o.legFailed(n, a.leg, err)
		}
	case doHold:
		s.Disconnect(a.leg)
		o.play(n, s, a.sound)
	case doDrop:
		s.Drop(a.leg)
	case doPlay:
		if a.words != nil {
			return o.say(n, s, a.words)
		}
		o.play(n, s, a.sound)
	case doDigits:
		return evDigits{a.ref, a.keys, s.SendDigits(a.keys)}
	case doEarly:
		return o.early(s, a)
	case doPick:
		return o.pick(s, a)
	case doNotice:
		s.Disconnect(a.leg)
		if err := o.sound(n, s, a.sound); err != nil {
			return evNotPlayed{a.n, err}
		}
	case doTape:
		return o.tape(s, a)
	case doTapePause:
		if err := s.RecordPause(a.d); err != nil {
			o.log.Warn("recording not paused", "error", err)
		}
	case doTapeStop:
		s.RecordStop()
	case doCloseMedia:
		o.closeSession(n)
		return evStats{n, a.book, s.Stats()}
	}
	return nil
}

func (o *callOwner) play(n int, s media.Session, sound media.Sound) {
	if err := o.sound(n, s, sound); err != nil {
		o.log.Warn("sound not played", "sound", sound.Name, "error", err)
	}
}

// say plays words. Those that cannot be played are as good as spoken, so that nobody waits for their end.
func (o *callOwner) say(n int, s media.Session, words []media.Sound) Event {
	if err := o.sound(n, s, words...); err != nil {
		o.log.Warn("words not played", "error", err)
		return evMedia{n, media.Event{Kind: media.PlayEnded, Tag: words[len(words)-1].Tag}, kPlayed}
	}
	return nil
}

// answer makes what the 2xx to an INVITE carries: our answer to its offer, or our offer where it made none.
func (o *callOwner) answer(n int, s media.Session) ([]byte, error) {
	if f := o.call.farLegOf(n); f != nil && f.in != nil && f.in.SDP == nil {
		return s.OfferTrunk(sdp.Keep)
	}
	return s.TrunkAnswer()
}

// reoffer answers a re-INVITE.
func (o *callOwner) reoffer(n int, s media.Session, offer []byte) Event {
	if offer == nil {
		text, err := s.OfferTrunk(sdp.Asked)
		return evReofferAnswered{n, text, err, s.HeldBy()}
	}
	if err := s.TrunkOffer(offer); err != nil {
		return evReofferAnswered{n: n, err: err}
	}
	text, err := s.TrunkAnswer()
	return evReofferAnswered{n, text, err, s.HeldBy()}
}

// legFailed is the event of a leg that could not be joined with the trunk: its browser sends another codec than the one in use.
func (o *callOwner) legFailed(n int, leg media.LegID, err error) Event {
	o.log.Warn("agent leg not connected", "error", err)
	return evMedia{n, media.Event{Kind: media.AgentFailed, Leg: leg, Err: err}, kLegFailed}
}

// post gives the call an event. False: the call is gone. A call whose inbox is full is ended rather than left without control.
func (o *callOwner) post(ev Event) bool {
	switch o.actor.box.post(ev) {
	case boxStopped:
		return false
	case boxFull:
		if o.full.CompareAndSwap(false, true) {
			o.log.Error("a call's inbox is full")
		}
		o.x.hooks.Count("inbox_full", "call")
	}
	return true
}
