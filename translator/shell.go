package translator

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"offhook/media"
	"offhook/translator/dialog"
)

// callOwner performs a call's actions. It and the call belong to one actor.
type callOwner struct {
	x       *Exchange
	call    *Call
	session media.Session
	actor   *actor
	log     *slog.Logger
	pending []Event // results of actions, handled before anything else
	broken  bool
	full    atomic.Bool // the inbox overflowed
}

// handle is the actor's: one event, then everything that its actions bring back.
func (o *callOwner) handle(ev any, now time.Time) {
	defer o.recovered(now)
	if o.full.CompareAndSwap(true, false) {
		o.step(evEnd{internalError()}, now)
	}
	switch ev := ev.(type) {
	case tick:
		o.step(evTick{}, now)
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

// recovered turns a panic into the end of this one call (security.md F5).
func (o *callOwner) recovered(now time.Time) {
	p := recover()
	if p == nil {
		return
	}
	o.pending = nil
	o.log.Error("panic in a call", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	o.x.hooks.Count("panic", "call")
	if o.broken {
		o.stop()
		return
	}
	o.broken = true
	defer func() {
		if recover() != nil {
			o.stop()
		}
	}()
	o.step(evEnd{internalError()}, now)
}

func (o *callOwner) stop() {
	if o.session != nil {
		o.session.Close()
		o.session = nil
	}
	o.actor.box.stop()
	o.x.post(callOver{o.call.id, o})
}

// perform does one action and gives back what it brings.
func (o *callOwner) perform(a Action) Event {
	switch a := a.(type) {
	case doSend:
		err := o.x.tx.Perform(a.e)
		if dialog.NeedsResult(a.e) {
			return evDialog{dialog.Sent{Effect: a.e, Err: err}}
		}
		if err != nil {
			o.log.Warn("message not sent", "error", err)
		}
	case doQueue:
		o.x.post(fromCall{o.call.id, a.ev})
	case doView:
		o.x.agents.SendCall(a.agent, a.call)
	case doReply:
		o.x.agents.Reply(a.ref, a.reply)
	case doSettled:
		o.x.post(settled{a.agent})
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
		sdp, err := s.OfferAgent(a.leg)
		return evLegOffered{a.leg, sdp, err}
	case doAnswerLeg:
		return evLegAnswered{a.leg, s.AgentAnswer(a.leg, []byte(a.sdp))}
	case doRestartLeg:
		sdp, err := s.AgentOffer(a.leg, []byte(a.sdp))
		return evLegRestarted{a.leg, a.ref, sdp, err}
	case doTrunkAnswer:
		if a.leg != 0 {
			if err := s.Connect(a.leg); err != nil {
				return evTrunkAnswer{err: err}
			}
		}
		sdp, err := s.TrunkAnswer()
		return evTrunkAnswer{sdp, err}
	case doReoffer:
		err := s.TrunkOffer(a.offer)
		if err != nil {
			return evReofferAnswered{err: err}
		}
		sdp, err := s.TrunkAnswer()
		return evReofferAnswered{sdp, err}
	case doConnect:
		if err := s.Connect(a.leg); err != nil {
			o.log.Warn("agent leg not connected", "error", err)
			return evMedia{media.Event{Kind: media.AgentFailed, Leg: a.leg, Err: err}, kLegFailed}
		}
	case doDisconnect:
		s.Disconnect(a.leg)
	case doDrop:
		s.Drop(a.leg)
	case doPlay:
		if err := s.Play(a.sound); err != nil {
			o.log.Warn("sound not played", "sound", a.sound.Name, "error", err)
		}
	case doCloseMedia:
		s.Close()
		o.session = nil
	}
	return nil
}

// open makes the session. Its events come to the call's inbox, never into the call.
func (o *callOwner) open(a doOpen) Event {
	s, err := o.x.media.NewSession(media.Params{Call: o.call.id, Trunk: o.x.policy(o.call.in), Notify: o.notify})
	if err != nil {
		return evSessionOpened{err}
	}
	if err := s.TrunkOffer(a.offer); err != nil {
		s.Close()
		return evSessionOpened{err}
	}
	o.session = s
	return evSessionOpened{}
}

func (o *callOwner) notify(m media.Event) {
	if k, ok := mediaKinds[m.Kind]; ok {
		o.post(evMedia{m, k})
	}
}

// post gives the call an event. A call whose inbox is full is ended rather than left without control.
func (o *callOwner) post(ev Event) {
	if !o.actor.box.post(ev) {
		o.full.Store(true)
		o.x.hooks.Count("call_inbox_full", "")
	}
}
