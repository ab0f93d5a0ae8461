package dialog

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The UAS half: an INVITE that came.

// newUAS makes the dialog of an incoming INVITE; begin starts it. req carries our To tag already.
func newUAS(us *local, trunk *Trunk, ev arrived) *Dialog {
	req := ev.req
	d := &Dialog{
		role: uas, us: us, trunk: trunk, invite: req, tx: ev.tx, peer: ev.from,
		callID:    req.CallID().Value(),
		remoteSeq: req.CSeq().SeqNo,
		localSeq:  us.firstSeq(),
		late:      len(sdpOf(req)) == 0,
		auth:      noCredentials{}, // never in a dialog that the far side began (security rule S14)
	}
	if !d.late {
		d.describe(theyOffer)
		d.heard(sdpOf(req))
	}
	from, to := req.From(), req.To()
	d.remoteTag, _ = from.Params.Get("tag")
	d.localTag, _ = to.Params.Get("tag")
	d.remoteURI, d.localURI = nameOf(from.DisplayName, from.Address.String()), nameOf(to.DisplayName, to.Address.String())
	d.routes = routeSet(req.GetHeaders("record-route"))
	d.refreshTarget(req)
	return d
}

func (d *Dialog) trying(Event) {
	d.deadline.expire = d.now.Add(maxPending)
	d.answerTo(d.tx, d.invite, 100, "Trying", nil)
}

func (d *Dialog) answer(ev Event) {
	d.deadline.refresh, d.deadline.expire = time.Time{}, time.Time{}
	if d.reliable != nil {
		d.reliable.next, d.reliable.end = time.Time{}, time.Time{} // its PRACK may come still (RFC 3262 §3)
	}
	sdp := ev.(Answer).SDP
	switch {
	case d.answered, d.late && d.offers != stable:
		sdp = nil // given already (RFC 6337 §3.1)
	case d.late && d.ourSDP != nil:
		sdp = nil
	case d.early != nil:
		sdp = d.early // the first is the answer; a strict caller ignores another (RFC 3261 §13.2.1, RFC 6337 §3.1.1)
	}
	d.send2xx(d.tx, d.invite, sdp, d.late && sdp != nil, true)
}

// send2xx sends a 200 to an INVITE and keeps it for resending.
func (d *Dialog) send2xx(tx serverTx, req *sip.Request, body []byte, offered, first bool) {
	extra := append(d.acceptance(req, body), d.us.allowHeader(), d.us.supportedHeader())
	if len(body) > 0 {
		e := weAnswer
		if offered {
			e = weOffer
		}
		d.describe(e)
		d.ourSDP = body
	}
	res := d.us.response(req, 200, "OK", body, extra...)
	d.ok2xx = &pending2xx{tx: tx, res: res, seq: req.CSeq().SeqNo, offered: offered, gap: T1, next: d.now.Add(T1), end: d.now.Add(timerB)}
	d.do(respond{tx: tx, res: res, answer: first})
}

// acceptance are the headers of a 2xx to INVITE, UPDATE or PRACK: Contact, session timer (PRACK has none, RFC 4028 §3), the body's type.
func (d *Dialog) acceptance(req *sip.Request, body []byte) []sip.Header {
	extra := []sip.Header{d.us.contactHeader()}
	if req.Method != sip.PRACK {
		extra = append(extra, d.agreeSession(req)...)
	}
	if len(body) > 0 {
		extra = append(extra, sip.NewHeader("Content-Type", "application/sdp"))
	}
	return extra
}

func (d *Dialog) resend(Event) {
	p := d.ok2xx
	for !d.now.Before(p.next) {
		p.gap = min(2*p.gap, T2)
		p.next = p.next.Add(p.gap)
	}
	d.do(respond{tx: p.tx, res: p.res})
}

func (d *Dialog) taken(Event) { d.report(Report{Kind: Taken}) }

func (d *Dialog) refused(Event) {
	d.report(Report{Kind: Refused})
	d.finish(Report{Kind: Ended, Status: 487, Phrase: phraseOf(487, ""), By: There})
}

func (d *Dialog) noACK(Event) {
	d.end = Report{Kind: Ended, Status: 408, Phrase: "No ACK", Q850: 102, By: Nobody}
	d.sendBYE(Hangup{Q850: 102, Text: "no ACK"})
}

func (d *Dialog) remember(ev Event) {
	h := ev.(Hangup)
	d.bye = &h
}

func (d *Dialog) confirm(ev Event) {
	a := ev.(acked)
	d.peer = a.from
	offered := d.ok2xx.offered
	d.ok2xx = nil
	sdp := sdpOf(a.req)
	if offered {
		d.answerInACK(sdp)
	}
	d.report(Report{Kind: Confirmed, SDP: sdp})
}

// answerInACK closes the offer that our 2xx made.
func (d *Dialog) answerInACK(sdp []byte) {
	if len(sdp) == 0 {
		d.describe(offerDropped)
		return
	}
	d.describe(theyAnswer)
	d.heard(sdp)
}

func (d *Dialog) confirmHangup(ev Event) {
	h := *d.bye
	d.confirm(ev)
	d.hangup(h)
}

func (d *Dialog) reject(ev Event) { d.sendReject(ev.(Reject)) }

func (d *Dialog) rejectHangup(ev Event) {
	h := ev.(Hangup)
	d.sendReject(Reject{Status: 480, Q850: h.Q850, Text: h.Text})
}

func (d *Dialog) expire(Event) {
	d.sendReject(Reject{Status: 480, Q850: 19})
	d.out[len(d.out)-1] = Report{Kind: Ended, Status: 480, Phrase: phraseOf(480, ""), Q850: 19, By: Nobody}
}

// sendReject sends a final response other than 2xx (RFC 3261 §13.3.1.2, §13.3.1.3).
func (d *Dialog) sendReject(r Reject) {
	if r.Status < 300 || r.Status > 699 {
		r.Status, r.Phrase = 500, ""
	}
	var extra []sip.Header
	if h := reasonHeader(r.Q850, r.Text); h != nil {
		extra = append(extra, h)
	}
	if h := warningHeader(d.us.sentBy(), r.Warning); h != nil {
		extra = append(extra, h)
	}
	if r.RetryAfter > 0 {
		extra = append(extra, sip.NewHeader("Retry-After", strconv.Itoa(int((r.RetryAfter+time.Second-1)/time.Second))))
	}
	phrase := phraseOf(r.Status, r.Phrase)
	d.answerTo(d.tx, d.invite, r.Status, phrase, nil, extra...)
	d.finish(Report{Kind: Ended, Status: r.Status, Phrase: phrase, Q850: r.Q850, Text: r.Text, By: Here})
}

func (d *Dialog) cancelled(ev Event) {
	q850, elsewhere, text := 0, 0, ""
	if req := ev.(cancelled).req; req != nil {
		q850, elsewhere, text = readReason(req.GetHeaders("reason"))
	}
	d.report(Report{Kind: Cancelled, Status: elsewhere, Q850: q850, Text: text})
	d.finish(Report{Kind: Ended, Status: 487, Phrase: phraseOf(487, ""), Q850: q850, Text: text, By: There})
}

func (d *Dialog) earlyBYE(ev Event) {
	a := ev.(arrived)
	d.seen(a)
	d.answerTo(a.tx, a.req, 200, "OK", nil)
	d.answerTo(d.tx, d.invite, 487, phraseOf(487, ""), nil)
	q850, _, text := readReason(a.req.GetHeaders("reason"))
	d.finish(Report{Kind: Ended, Status: 487, Phrase: phraseOf(487, ""), Q850: q850, Text: text, By: There})
}
