package dialog

import (
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The UAC half: an INVITE that we place. One early dialog is followed, the newest; a 2xx of another branch is ACKed and ended.

// placing is what newUAC needs beyond our own identity.
type placing struct {
	trunk    *Trunk
	to       netip.AddrPort
	target   string // Request-URI
	from     string // name-addr without tag
	callID   string
	sdp      []byte
	headers  []sip.Header
	localTag string
	seq      uint32 // CSeq; 0 means 1
	hops     int    // Max-Forwards; 0 means 70
	limit    time.Duration
	replaces *Replacement
}

// newUAC makes the dialog of an outgoing INVITE; begin sends it.
func newUAC(us *local, p placing) *Dialog {
	d := &Dialog{
		role: uac, us: us, trunk: p.trunk, peer: p.to, inviteTo: p.to, callID: p.callID, auth: authorizerOf(us, p.trunk),
		localTag: p.localTag, localURI: p.from, remoteURI: "<" + bareURI(p.target) + ">", localSeq: max(p.seq, 1), target: p.target,
		late: len(p.sdp) == 0, hops: p.hops, limit: p.limit,
	}
	if d.limit <= 0 {
		d.limit = maxPending
	}
	if !d.late {
		d.describe(weOffer)
		d.ourSDP = p.sdp
	}
	d.invite = d.firstInvite(p)
	return d
}

func (d *Dialog) firstInvite(p placing) *sip.Request {
	req, _ := d.newRequest(sip.INVITE, d.localSeq)
	req.AppendHeader(d.us.contactHeader())
	req.AppendHeader(d.us.allowHeader())
	req.AppendHeader(d.us.supportedHeader())
	for _, h := range d.askSession() {
		req.AppendHeader(h)
	}
	if p.replaces != nil {
		req.AppendHeader(sip.NewHeader("Replaces", p.replaces.header()))
		req.AppendHeader(sip.NewHeader("Require", "replaces"))
	}
	for _, h := range p.headers {
		req.AppendHeader(h)
	}
	if len(p.sdp) > 0 {
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	req.SetBody(p.sdp)
	prime(req)
	return req
}

func (d *Dialog) place(Event) {
	d.deadline.expire = d.now.Add(d.limit)
	d.do(transact{d, d.invite, d.inviteTo})
}

// ringTooLong gives a call up that rings without end: sipgo has no timer C.
func (d *Dialog) ringTooLong(Event) {
	d.cancel(Hangup{Q850: 19})
	d.end = Report{Kind: Ended, Status: 408, Phrase: phraseOf(408, ""), Q850: 19, By: Nobody}
}

func (d *Dialog) setLimit(ev Event) { d.deadline.expire = d.now.Add(ev.(Limit).After) }

// progress reports a 1xx without a tag: it makes no dialog, but its sound may play.
func (d *Dialog) progress(ev Event) {
	res := ev.(outcome).res
	if res.StatusCode == 100 {
		return // the next hop has the INVITE; nothing is known of the far side
	}
	d.report(Report{Kind: Progress, Status: res.StatusCode, Phrase: tidy(res.Reason, maxField), SDP: sdpOf(res)})
}

// earlyBranch is a 1xx of a branch, which is the newest from now on.
func (d *Dialog) earlyBranch(ev Event) {
	o := ev.(outcome)
	f := d.follow1xx(o)
	rseq, reliably := reliableSeq(o.res)
	r := Report{Kind: Progress, Status: o.res.StatusCode, Phrase: tidy(o.res.Reason, maxField), Tag: d.remoteTag, SDP: sdpOf(o.res), Reliable: reliably}
	switch {
	case len(r.SDP) == 0:
	case d.late: // an offer, if it may be one; to be answered in the PRACK
		if reliably && d.owed == nil && d.describe(theyOffer) {
			r.Offer = true
			d.heard(r.SDP)
			d.owed = &owed{o: o, prack: true}
		} else {
			r.SDP = nil
		}
	case f.answer == nil:
		f.answer = r.SDP
		d.theirSDP = r.SDP
		f.settled = reliably && d.describe(theyAnswer)
	default:
		r.SDP = f.answer // the first of a branch is its answer (RFC 3261 §13.2.1)
	}
	if reliably {
		f.rseq = rseq
		if d.owed == nil {
			d.sendPRACK(o, nil)
		}
	}
	d.report(r)
}

// learn takes the remote side of the dialog from a response (RFC 3261 §12.1.2).
func (d *Dialog) learn(o outcome) {
	d.remoteTag = responseTag(o.res)
	if o.from.IsValid() {
		d.peer = o.from
	}
	d.routes = routeSet(o.res.GetHeaders("record-route"))
	slices.Reverse(d.routes)
	d.refreshTarget(o.res)
}

// acknowledge sends the ACK of a 2xx and keeps it for the copies that will come (RFC 3261 §13.2.2.4).
func (d *Dialog) acknowledge(o outcome, sdp []byte) {
	req, to := d.newRequest(sip.ACK, o.seq)
	copyCredentials(d.invite, req)
	if len(sdp) > 0 {
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	req.SetBody(sdp)
	d.ack = &bare{req, to}
	d.do(*d.ack)
}

// won says whether a branch has answered.
func (d *Dialog) won() bool { return d.ack != nil || d.owed != nil && !d.owed.prack }

func (d *Dialog) accepted(ev Event) {
	o := ev.(outcome)
	f := d.follow1xx(o)
	d.deadline.expire = time.Time{}
	r := Report{Kind: Answered, Status: o.res.StatusCode, Phrase: tidy(o.res.Reason, maxField), Tag: d.remoteTag, SDP: sdpOf(o.res)}
	if f.answer != nil {
		r.SDP = f.answer
	}
	d.acceptSession(o.res)
	switch {
	case d.late && d.theirSDP == nil && len(r.SDP) > 0 && d.describe(theyOffer):
		r.Offer = true
		d.heard(r.SDP)
		d.owed = &owed{o: o}
	default:
		if d.late {
			r.SDP = nil // offer and answer went by PRACK, or there is none
		} else if !f.settled {
			d.describe(theyAnswer)
			d.heard(r.SDP)
		}
		if d.owed != nil {
			d.owed = nil // an answered 2xx ends the wait for a PRACK's answer
			d.describe(offerDropped)
		}
		d.acknowledge(o, nil)
	}
	d.forks = nil
	d.report(r)
}

func (d *Dialog) ackAgain(Event) {
	if d.ack != nil { // else the call has not answered its offer yet
		d.do(*d.ack)
	}
}

// endFork ends another branch's 2xx: ACK, then BYE, in a dialog of its own that is not kept.
func (d *Dialog) endFork(ev Event) {
	for _, e := range d.endStray(ev.(outcome)) {
		d.do(e)
	}
}

// endStray makes the ACK and the BYE for a 2xx that nobody wants, without changing the dialog. It reads only what is fixed at creation, so the
// transaction layer may use it when the dialog is over.
func (d *Dialog) endStray(o outcome) []Effect {
	twin := &Dialog{
		role: uac, us: d.us, trunk: d.trunk, peer: d.inviteTo, callID: d.callID, invite: d.invite,
		localTag: d.localTag, localURI: d.localURI, remoteURI: d.remoteURI, localSeq: o.seq, target: bareURI(d.invite.Recipient.String()),
		auth: noCredentials{},
	}
	twin.learn(o)
	twin.acknowledge(o, nil)
	twin.sendBYE(Hangup{})
	for i, e := range twin.out { // its outcome is nobody's business
		if t, ok := e.(transact); ok {
			t.d = nil
			twin.out[i] = t
		}
	}
	return twin.out
}

func (d *Dialog) failed(ev Event) {
	o, ok := ev.(outcome)
	r := Report{Kind: Failed, Status: 408, Phrase: phraseOf(408, ""), By: Nobody}
	if ok && o.err == errTransport { // RFC 3261 §8.1.3.1
		r.Status, r.Phrase = 503, phraseOf(503, "")
	}
	if ok && o.err == nil {
		r = Report{Kind: Failed, Status: o.res.StatusCode, Phrase: tidy(o.res.Reason, maxField), By: There}
		r.Q850, _, r.Text = readReason(o.res.GetHeaders("reason"))
		r.Contacts = d.redirects(o.res)
	}
	d.finish(r)
}

func (d *Dialog) holdCancel(ev Event) {
	h := ev.(Hangup)
	d.bye = &h
	d.end = Report{Kind: Ended, Status: 487, Phrase: phraseOf(487, ""), Q850: h.Q850, Text: h.Text, By: Here}
	d.deadline.giveUp, d.deadline.expire = d.now.Add(timerB), time.Time{}
}

func (d *Dialog) cancel(ev Event) {
	d.holdCancel(ev)
	d.cancelNow(ev)
}

// cancelNow sends the CANCEL once a provisional response has shown that there is something to cancel (RFC 3261 §9.1).
func (d *Dialog) cancelNow(Event) {
	if d.canceled || d.bye == nil || d.ack != nil {
		return
	}
	d.canceled = true
	d.deadline.giveUp = d.now.Add(timerB)
	req := d.us.request(sip.CANCEL, "")
	req.Recipient = *d.invite.Recipient.Clone()
	req.AppendHeader(d.invite.Via().Clone())
	for _, name := range [...]string{"route", "from", "to", "call-id"} {
		for _, h := range d.invite.GetHeaders(name) {
			req.AppendHeader(sip.HeaderClone(h))
		}
	}
	req.AppendHeader(sip.NewHeader("CSeq", strconv.FormatUint(uint64(d.invite.CSeq().SeqNo), 10)+" CANCEL"))
	req.AppendHeader(sip.NewHeader("Max-Forwards", "70"))
	r := reasonHeader(d.bye.Q850, d.bye.Text)
	if d.bye.Elsewhere {
		r = sip.NewHeader("Reason", `SIP;cause=200;text="Call completed elsewhere"`)
	}
	if r != nil {
		req.AppendHeader(r)
	}
	req.SetBody(nil)
	d.do(transact{d, req, d.inviteTo})
}

// crossed is a 2xx that came although the call was given up.
func (d *Dialog) crossed(ev Event) {
	h := Hangup{}
	if d.bye != nil {
		h = *d.bye
	}
	o := ev.(outcome)
	d.owed = nil
	d.follow1xx(o)
	d.acknowledge(o, nil)
	d.end.Status, d.end.Phrase = 0, ""
	d.sendBYE(h)
}

func (d *Dialog) cancelDone(ev Event) {
	if o := ev.(outcome); o.err == nil {
		d.end.Status, d.end.Phrase = o.res.StatusCode, tidy(o.res.Reason, maxField)
	}
	d.finish(d.end)
}
