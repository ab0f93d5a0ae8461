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
	session media.Session
	actor   *actor
	log     *slog.Logger
	pending []Event // results of actions, handled before anything else
	broken  bool    // it panicked once
	stopped bool
	full    atomic.Bool // the inbox overflowed
}

// cut ends a call's owner without more ado: the process is about to go.
type cut struct{}

func (cut) kind() kind { return numKinds }

// handle is the actor's: one event, then everything that its actions bring back.
func (o *callOwner) handle(ev any, now time.Time) {
	defer o.recovered(now)
	if o.full.CompareAndSwap(true, false) {
		o.step(evEnd{internalError()}, now)
	}
	switch ev := ev.(type) {
	case tick:
		o.step(evTick{}, now)
	case cut:
		o.stop()
	case Event:
		o.step(ev, now)
	}
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
	if c.offer.seen && c.view.Phase != protocol.PhaseEnded {
		c.rev++
		c.view.Rev, c.view.Phase, c.view.SDP, c.view.EndedAt, c.view.Cause = c.rev, protocol.PhaseEnded, nil, protocol.At(now), internalError().cause()
		o.x.agents.SendCall(c.offer.agent, c.view)
	}
}

// tellQueue says that this caller and his agent are free. What the queue knows already changes nothing.
func (o *callOwner) tellQueue() {
	c := o.call
	o.x.post(fromCall{queue.CallerLeft{Caller: queue.CallerID(c.id), Reason: queue.LeaveGone}})
	if c.offer.id != 0 {
		o.x.post(fromCall{queue.CallEnded{Offer: c.offer.id}})
		o.x.post(settled{c.offer.agent})
	}
}

func (o *callOwner) stop() {
	if o.stopped {
		return
	}
	o.stopped = true
	o.actor.box.stop()
	o.x.post(callOver{o.call.id})
	o.closeSession()
}

// closeSession closes the media, whatever comes of it.
func (o *callOwner) closeSession() {
	s := o.session
	o.session = nil
	if s == nil {
		return
	}
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
		err := o.call.in.Tx.Perform(a.e)
		if dialog.NeedsResult(a.e) {
			return evDialog{dialog.Sent{Effect: a.e, Err: err}}
		}
		if err != nil {
			o.log.Warn("message not sent", "error", err)
		}
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
	case doAgentLost:
		o.x.post(agentLost{a.agent})
	case doRecent:
		o.x.agents.AddRecent(a.agent, a.recent)
	case doLog:
		o.log.LogAttrs(context.Background(), a.level, a.msg, a.attrs...)
	case doCount:
		o.x.hooks.Count(a.what, a.label)
	case doOver:
		o.stop()
	default:
		return o.performMedia(a)
	}
	return nil
}

func (o *callOwner) performMedia(a Action) Event {
	if open, ok := a.(doOpen); ok {
		return o.open(open)
	}
	s := o.session
	if s == nil {
		return nil
	}
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
				return o.legFailed(a.leg, err)
			}
		}
		text, err := o.describe(o.call.in.SDP == nil, sdp.Keep)
		return evTrunkAnswer{text, err}
	case doReoffer:
		if a.offer != nil {
			if err := s.TrunkOffer(a.offer); err != nil {
				return evReofferAnswered{err: err}
			}
		}
		text, err := o.describe(a.offer == nil, sdp.Asked)
		return evReofferAnswered{text, err, s.HeldBy()}
	case doReadAnswer:
		err := s.TrunkAccept("", a.answer)
		return evAnswerRead{err, s.HeldBy()}
	case doConnect:
		if err := s.Connect(a.leg); err != nil {
			return o.legFailed(a.leg, err)
		}
	case doDrop:
		s.Drop(a.leg)
	case doPlay:
		if err := s.Play(a.sound); err != nil {
			o.log.Warn("sound not played", "sound", a.sound.Name, "error", err)
		}
	case doCloseMedia:
		o.closeSession()
	}
	return nil
}

// describe makes what a 2xx carries: our answer to the trunk's offer, or our offer where it made none.
func (o *callOwner) describe(offer bool, change sdp.Change) ([]byte, error) {
	if offer {
		return o.session.OfferTrunk(change)
	}
	return o.session.TrunkAnswer()
}

// legFailed is the event of a leg that could not be joined with the trunk: its browser sends another codec than the one in use.
func (o *callOwner) legFailed(leg media.LegID, err error) Event {
	o.log.Warn("agent leg not connected", "error", err)
	return evMedia{media.Event{Kind: media.AgentFailed, Leg: leg, Err: err}, kLegFailed}
}

// open makes the session. Its events come to the call's inbox, never into the call.
func (o *callOwner) open(a doOpen) Event {
	s, err := o.x.media.NewSession(media.Params{Call: o.call.id, Trunk: o.x.policy(o.call.in), Notify: o.notify})
	if err != nil {
		return evSessionOpened{err}
	}
	o.session = s
	if a.offer == nil {
		err = s.TrunkLate()
	} else {
		err = s.TrunkOffer(a.offer)
	}
	if err != nil {
		o.closeSession()
		return evSessionOpened{err}
	}
	return evSessionOpened{}
}

func (o *callOwner) notify(m media.Event) {
	if k, ok := mediaKinds[m.Kind]; ok {
		o.post(evMedia{m, k})
	}
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
