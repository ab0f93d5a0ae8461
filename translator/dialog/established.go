package dialog

import (
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// What both sides of an established dialog do alike: BYE, re-INVITE, and the other requests.

func (d *Dialog) hangup(ev Event) {
	h := ev.(Hangup)
	if d.owed != nil { // a 2xx must be acknowledged, whatever it offers
		w := d.owed
		d.owed = nil
		if w.re {
			d.reacknowledge(w.o, nil)
		} else if !w.prack {
			d.acknowledge(w.o, nil)
		}
	}
	d.end = Report{Kind: Ended, Q850: h.Q850, Text: h.Text, By: Here}
	d.sendBYE(h)
}

func (d *Dialog) endByBYE(ev Event) {
	a := ev.(arrived)
	d.seen(a)
	d.dropTheirs()
	d.answerTo(a.tx, a.req, 200, "OK", nil)
	d.referEnds()
	if d.end.Kind != 0 { // ours crossed it
		d.finish(d.end)
		return
	}
	q850, _, text := readReason(a.req.GetHeaders("reason"))
	d.finish(Report{Kind: Ended, Q850: q850, Text: text, By: There})
}

// dropTheirs gives the requests that the call has not answered their end (RFC 3261 §15.1.2).
func (d *Dialog) dropTheirs() {
	if a := d.reinvite; a != nil {
		d.reinvite = nil
		d.answerTo(a.tx, a.req, 487, phraseOf(487, ""), nil)
	}
	if r := d.referral; r != nil {
		d.referral = nil
		if !r.accepted {
			d.answerTo(r.a.tx, r.a.req, 487, phraseOf(487, ""), nil)
		}
	}
}

// closed reports the end that was begun by our BYE or CANCEL.
func (d *Dialog) closed(ev Event) {
	if d.end.Kind == 0 {
		d.end = Report{Kind: Ended, By: Here}
	}
	d.finish(d.end)
}

func (d *Dialog) reoffer(a arrived) {
	d.seen(a)
	d.refreshTarget(a.req)
	if v, bad := d.tooSmall(a.req); bad {
		d.answerTo(a.tx, a.req, v.status, v.phrase, nil, v.extra...)
		return
	}
	d.reinvite = &a
	d.answerTo(a.tx, a.req, 100, "Trying", nil)
	sdp := sdpOf(a.req)
	if len(sdp) > 0 {
		d.describe(theyOffer)
	}
	d.report(Report{Kind: Reoffered, SDP: sdp, Offer: len(sdp) > 0, Same: d.heard(sdp)})
}

func (d *Dialog) reinvited(ev Event) { d.reoffer(ev.(arrived)) }

func (d *Dialog) reinviteACK(ev Event) {
	wasInvite := d.state == StateAnswered
	d.ok2xx = nil
	if wasInvite {
		d.report(Report{Kind: Confirmed})
	}
	d.reoffer(ev.(arrived))
}

func (d *Dialog) reinviteEarly(ev Event) {
	a := ev.(arrived)
	d.answerTo(a.tx, a.req, 500, phraseOf(500, ""), nil, d.retryAfter(10))
}

func (d *Dialog) reinviteGlare(ev Event) {
	a := ev.(arrived)
	d.answerTo(a.tx, a.req, 491, phraseOf(491, ""), nil)
}

func (d *Dialog) reinviteBusy(ev Event) {
	if d.reinvite == nil && d.owed == nil {
		d.reinviteGlare(ev)
		return
	}
	d.reinviteEarly(ev)
}

func (d *Dialog) retryAfter(max int) sip.Header {
	return sip.NewHeader("Retry-After", strconv.Itoa(d.us.random(max+1)))
}

func (d *Dialog) answerReoffer(ev Event) {
	a, re := ev.(AnswerReoffer), d.reinvite
	if re == nil {
		d.payOwed(a)
		return
	}
	d.reinvite = nil
	if a.Status >= 300 && a.Status <= 699 {
		var extra []sip.Header
		if h := warningHeader(d.us.sentBy(), a.Warning); h != nil {
			extra = append(extra, h)
		}
		d.describe(offerDropped)
		d.answerTo(re.tx, re.req, a.Status, phraseOf(a.Status, ""), nil, extra...)
		return
	}
	if re.req.Method == sip.INVITE {
		d.send2xx(re.tx, re.req, a.SDP, len(sdpOf(re.req)) == 0, false)
		return
	}
	if d.describe(weAnswer) {
		d.ourSDP = a.SDP
		d.agreed(sdpOf(re.req))
	}
	d.answerTo(re.tx, re.req, 200, "OK", a.SDP, d.acceptance(re.req, a.SDP)...)
}

// updateOffer is an UPDATE with a description (RFC 3311 §5.2).
func (d *Dialog) updateOffer(ev Event) {
	a := ev.(arrived)
	d.seen(a)
	d.refreshTarget(a.req)
	if v, bad := d.tooSmall(a.req); bad {
		d.answerTo(a.tx, a.req, v.status, v.phrase, nil, v.extra...)
		return
	}
	d.reinvite = &a
	d.describe(theyOffer)
	sdp := sdpOf(a.req)
	d.report(Report{Kind: Reoffered, SDP: sdp, Offer: true, Same: d.heard(sdp)})
}

func (d *Dialog) reACK(ev Event) {
	a := ev.(acked)
	d.peer = a.from
	offered := d.ok2xx.offered
	d.ok2xx = nil
	body := sdpOf(a.req)
	if offered {
		d.answerInACK(body)
	}
	if len(body) > 0 {
		d.report(Report{Kind: Confirmed, SDP: body})
	}
}

func (d *Dialog) reCancelled(Event) {
	d.reinvite = nil
	d.describe(offerDropped)
}

// gone answers a request that came after the end.
func (d *Dialog) gone(ev Event) {
	a := ev.(arrived)
	d.answerTo(a.tx, a.req, 481, phraseOf(481, ""), nil)
}

func (d *Dialog) stale(ev Event) {
	a := ev.(arrived)
	d.answerTo(a.tx, a.req, 500, "CSeq Out Of Order", nil)
}

// mortalRequest answers what crosses our BYE or CANCEL: only of a transfer there may be news.
func (d *Dialog) mortalRequest(ev Event) {
	if ev.(arrived).req.Method == sip.NOTIFY {
		d.otherRequest(ev)
		return
	}
	d.gone(ev)
}

// otherRequest gives each remaining method its own answer (translation.md §1.2, §1.5).
func (d *Dialog) otherRequest(ev Event) {
	a := ev.(arrived)
	d.seen(a)
	switch a.req.Method {
	case sip.OPTIONS:
		d.answerTo(a.tx, a.req, 200, "OK", nil, d.us.capabilities()...)
	case sip.UPDATE:
		d.update(a)
	case sip.INFO:
		d.info(a)
	case sip.REFER:
		d.referArrives(a)
	case sip.NOTIFY:
		d.notified(a)
	default: // PRACK of no reliable response
		d.answerTo(a.tx, a.req, 481, phraseOf(481, ""), nil)
	}
}

// update is an UPDATE without a description: target, session timer, identity.
func (d *Dialog) update(a arrived) {
	if len(a.req.Body()) > 0 {
		d.answerTo(a.tx, a.req, 415, phraseOf(415, ""), nil, sip.NewHeader("Accept", "application/sdp"))
		return
	}
	if v, bad := d.tooSmall(a.req); bad {
		d.answerTo(a.tx, a.req, v.status, v.phrase, nil, v.extra...)
		return
	}
	d.refreshTarget(a.req)
	d.answerTo(a.tx, a.req, 200, "OK", nil, d.acceptance(a.req, nil)...)
	if d.trunk != nil && d.trunk.Trusted {
		if p := asserted(a.req); p != nil {
			d.report(Report{Kind: Identified, Party: p})
		}
	}
}
