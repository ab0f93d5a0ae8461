package dialog

import (
	"time"

	"github.com/emiago/sipgo/sip"
)

// classify turns an event into the table's trigger. It changes nothing.
func (d *Dialog) classify(ev Event) trigger {
	switch ev := ev.(type) {
	case begin:
		return onBegin
	case Ring:
		return onRing
	case Answer:
		if d.reliable != nil && d.reliable.sdp {
			return onAnswerHeld
		}
		return onAnswer
	case Reject:
		return onReject
	case Hangup:
		return onHangup
	case Limit:
		return onLimit
	case Reoffer:
		if d.mine != nil && (!d.mine.refresh || d.mine.then != nil) {
			return onReofferBusy
		}
		return onReoffer
	case Info:
		return onInfo
	case Refer:
		return onRefer
	case AcceptRefer:
		if d.referral == nil || d.referral.accepted {
			return onNothing
		}
		return onAcceptRefer
	case ReferNews:
		if d.referral == nil || !d.referral.accepted || d.referral.Silent {
			return onNothing
		}
		return onReferNews
	case AnswerReoffer:
		if d.reinvite == nil && d.owed == nil {
			return onNothing
		}
		return onAnswerReoffer
	case Sent:
		if ev.Err != nil {
			return onNotSent
		}
		if r, ok := ev.Effect.(respond); ok && r.answer {
			return onTaken
		}
		return onNothing
	case Tick:
		return d.due()
	case cancelled:
		return onCancelled
	case acked:
		return d.classifyACK(ev)
	case arrived:
		return d.classifyRequest(ev)
	case outcome:
		return d.classifyOutcome(ev)
	}
	return onNothing
}

// timer is a time at which something is due.
type timer struct {
	at time.Time
	on trigger
}

// timers lists what the dialog waits for; of two that are due the first is meant.
func (d *Dialog) timers() (ts [13]timer) {
	if p := d.ok2xx; p != nil {
		ts[0], ts[1] = timer{p.end, onNoACK}, timer{p.next, onResend}
	}
	if r := d.reliable; r != nil {
		ts[2], ts[3] = timer{r.end, onNoPRACK}, timer{r.next, onResendReliable}
	}
	if m := d.mine; m != nil {
		ts[4], ts[5] = timer{m.until, onReofferLate}, timer{m.due, onReofferDue}
	}
	if r := d.refer; r != nil {
		ts[6] = timer{r.until, onReferSilent}
	}
	if r := d.referral; r != nil {
		ts[7] = timer{r.until, onReferSilent}
	}
	ts[8], ts[9], ts[10] = timer{d.deadline.giveUp, onGiveUp}, timer{d.deadline.expire, onExpire}, timer{d.deadline.refresh, onRefresh}
	ts[11], ts[12] = timer{d.session.end, onSessionExpired}, timer{d.session.refresh, onSessionRefresh}
	return ts
}

func (d *Dialog) due() trigger {
	for _, t := range d.timers() {
		if !t.at.IsZero() && !d.now.Before(t.at) {
			return t.on
		}
	}
	return onNothing
}

func (d *Dialog) classifyACK(ev acked) trigger {
	cseq := ev.req.CSeq()
	switch {
	case d.ok2xx == nil || cseq == nil || cseq.SeqNo != d.ok2xx.seq:
		return onNothing
	case d.bye != nil:
		return onACKHangup
	}
	return onACK
}

func (d *Dialog) classifyRequest(ev arrived) trigger {
	cseq := ev.req.CSeq()
	if cseq == nil || cseq.SeqNo <= d.remoteSeq {
		return onStale
	}
	switch ev.req.Method {
	case sip.BYE:
		return onBYE
	case sip.INVITE:
		return d.classifyReinvite()
	case sip.UPDATE:
		if len(sdpOf(ev.req)) > 0 {
			return d.classifyUpdate()
		}
	case sip.PRACK:
		if d.reliable != nil && d.reliable.matches(ev.req) {
			return onPRACK
		}
	}
	return onRequest
}

func (d *Dialog) classifyReinvite() trigger {
	switch {
	case d.state == StateAnswered && d.offers == haveLocalOffer:
		return onReinviteEarly
	case d.mine != nil && d.mine.open():
		return onReinviteGlare
	case d.reinvite != nil, d.owed != nil, d.ok2xx != nil && d.ok2xx.offered:
		return onReinviteEarly
	case d.ok2xx != nil && d.bye != nil:
		return onReinvite
	case d.ok2xx != nil:
		return onReinviteACK
	}
	return onReinvite
}

// classifyUpdate judges an UPDATE with an offer by the state of offers (RFC 3311 §5.2).
func (d *Dialog) classifyUpdate() trigger {
	switch {
	case d.state < StateEarly:
		return onReinviteEarly
	case d.reinvite != nil || d.owed != nil:
		return onReinviteEarly
	case d.offers == haveLocalOffer:
		return onReinviteGlare
	case d.offers == haveRemoteOffer:
		return onReinviteEarly
	}
	return onUpdate
}

func (o outcome) status() int {
	if o.err != nil {
		return 0
	}
	return o.res.StatusCode
}

// final says whether the request is over: a final response, or none will come.
func (o outcome) final() bool { return o.err != nil || o.res.StatusCode >= 200 }

func (d *Dialog) classifyOutcome(ev outcome) trigger {
	switch {
	case ev.method == sip.CANCEL:
		return onNothing
	case d.mine != nil && d.mine.is(ev):
		return d.classifyReoffer(ev)
	case ev.method == sip.INVITE && d.role == uac && ev.seq == d.invite.CSeq().SeqNo:
		return d.classifyInvite(ev)
	case ev.method == sip.INVITE && ev.status()/100 == 2:
		return d.classifyStray2xx(ev)
	}
	a := d.askedFor(ev)
	switch {
	case a == nil || !ev.final():
		return onNothing
	case d.mayRetry(ev, a.tries):
		return onAskedRetry
	case ev.method == sip.BYE:
		return onByeDone
	case ev.method != sip.PRACK && ev.method != sip.NOTIFY && gone(ev):
		return onAskedGone
	}
	return onAsked
}

// gone says whether an outcome means that the dialog is no more at the far side (RFC 5057 §5.1).
func gone(o outcome) bool { return o.err != nil || o.status() == 408 || o.status() == 481 }

// classifyStray2xx is for a 2xx to an INVITE that is not open any more.
func (d *Dialog) classifyStray2xx(ev outcome) trigger {
	switch {
	case d.owed != nil && d.owed.re && d.owed.o.seq == ev.seq:
		return onNothing // the call has not answered its offer yet
	case d.reackOf(ev.seq) != nil && responseTag(ev.res) == d.remoteTag:
		return onReofferAgain
	case responseTag(ev.res) == d.remoteTag:
		return onReofferOK // given up by us before it came
	case d.role == uac:
		return on2xxFork
	}
	return onNothing
}

func (d *Dialog) classifyInvite(ev outcome) trigger {
	status := ev.status()
	switch {
	case ev.err != nil:
		return onFailure
	case status >= 300:
		if d.worthRetry(ev) {
			return onRetry
		}
		return onFailure
	case status < 200:
		tag := responseTag(ev.res)
		if tag == "" || status == 100 {
			return onProvisional
		}
		if rseq, ok := reliableSeq(ev.res); ok && !d.inSequence(tag, rseq) {
			return onOutOfSequence
		}
		return onEarly
	case !d.won():
		return on2xx
	case responseTag(ev.res) == d.remoteTag:
		return on2xxAgain
	}
	return on2xxFork
}

func (d *Dialog) classifyReoffer(ev outcome) trigger {
	status := ev.status()
	switch {
	case !ev.final():
		return onNothing
	case ev.err == nil && status < 300:
		return onReofferOK
	case status == 491:
		return onReofferGlare
	case d.mayRetry(ev, d.mine.tries), status == 422 && d.mine.raises(ev.res):
		return onReofferRetry
	case gone(ev):
		return onReofferGone
	}
	return onReofferFailed
}
