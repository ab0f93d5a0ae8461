package dialog

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// What both sides of an established dialog do alike: BYE, re-INVITE, and the other requests.

func (d *Dialog) hangup(ev Event) {
	h := ev.(Hangup)
	if d.reinvite != nil { // theirs waits: it gets an end too (RFC 3261 §15.1.2 by analogy)
		d.answerTo(d.reinvite.tx, d.reinvite.req, 487, phraseOf(487, ""), nil)
		d.reinvite = nil
	}
	d.end = Report{Kind: Ended, Q850: h.Q850, Text: h.Text, By: Here}
	d.sendBYE(h)
}

func (d *Dialog) endByBYE(ev Event) {
	a := ev.(arrived)
	d.seen(a)
	if d.reinvite != nil {
		d.answerTo(d.reinvite.tx, d.reinvite.req, 487, phraseOf(487, ""), nil)
		d.reinvite = nil
	}
	d.answerTo(a.tx, a.req, 200, "OK", nil)
	if d.end.Kind != 0 { // ours crossed it
		d.finish(d.end)
		return
	}
	q850, _, text := readReason(a.req.GetHeaders("reason"))
	d.finish(Report{Kind: Ended, Q850: q850, Text: text, By: There})
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
	d.reinvite = &a
	d.answerTo(a.tx, a.req, 100, "Trying", nil)
	d.report(Report{Kind: Reoffered, SDP: sdpOf(a.req)})
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
	if d.reinvite == nil {
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
	d.reinvite = nil
	if a.Status >= 300 && a.Status <= 699 {
		var extra []sip.Header
		if h := warningHeader(d.us.sentBy(), a.Warning); h != nil {
			extra = append(extra, h)
		}
		d.answerTo(re.tx, re.req, a.Status, phraseOf(a.Status, ""), nil, extra...)
		return
	}
	d.send2xx(re.tx, re.req, a.SDP, len(sdpOf(re.req)) == 0, false)
}

func (d *Dialog) reACK(ev Event) {
	a := ev.(acked)
	d.peer = a.from
	d.ok2xx = nil
	if body := sdpOf(a.req); len(body) > 0 {
		d.report(Report{Kind: Confirmed, SDP: body})
	}
}

func (d *Dialog) reCancelled(Event) { d.reinvite = nil }

// gone answers a request that came after the end.
func (d *Dialog) gone(ev Event) {
	a := ev.(arrived)
	d.answerTo(a.tx, a.req, 481, phraseOf(481, ""), nil)
}

func (d *Dialog) stale(ev Event) {
	a := ev.(arrived)
	d.answerTo(a.tx, a.req, 500, "CSeq Out Of Order", nil)
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
		d.answerTo(a.tx, a.req, 603, phraseOf(603, ""), nil)
	default: // NOTIFY of no subscription, PRACK of no reliable response
		d.answerTo(a.tx, a.req, 481, phraseOf(481, ""), nil)
	}
}

func (d *Dialog) update(a arrived) {
	if len(a.req.Body()) > 0 {
		d.answerTo(a.tx, a.req, 488, phraseOf(488, ""), nil)
		return
	}
	d.refreshTarget(a.req)
	d.answerTo(a.tx, a.req, 200, "OK", nil, d.us.contactHeader())
}

func (d *Dialog) info(a arrived) {
	switch {
	case len(a.req.GetHeaders("info-package")) > 0:
		d.answerTo(a.tx, a.req, 469, phraseOf(469, ""), nil, sip.NewHeader("Recv-Info", ""))
	case len(a.req.Body()) == 0 || isDTMF(a.req):
		d.answerTo(a.tx, a.req, 200, "OK", nil)
	default:
		d.answerTo(a.tx, a.req, 415, phraseOf(415, ""), nil, sip.NewHeader("Accept", "application/dtmf-relay, application/dtmf"))
	}
}

func isDTMF(req *sip.Request) bool {
	t := mediaType(req)
	return strings.EqualFold(t, "application/dtmf-relay") || strings.EqualFold(t, "application/dtmf")
}
