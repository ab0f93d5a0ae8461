package dialog

import (
	"net/netip"
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
}

// newUAC makes the dialog of an outgoing INVITE; begin sends it.
func newUAC(us *local, p placing) *Dialog {
	d := &Dialog{
		role: uac, us: us, trunk: p.trunk, peer: p.to, inviteTo: p.to, callID: p.callID,
		localTag: p.localTag, localURI: p.from, remoteURI: "<" + bareURI(p.target) + ">", localSeq: 1, target: p.target,
	}
	req, _ := d.newRequest(sip.INVITE, 1)
	req.AppendHeader(us.contactHeader())
	req.AppendHeader(us.allowHeader())
	req.AppendHeader(us.supportedHeader())
	for _, h := range p.headers {
		req.AppendHeader(h)
	}
	if len(p.sdp) > 0 {
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	req.SetBody(p.sdp)
	// sipgo reads these lazily and keeps what it read: do it before the transaction's goroutines share the request.
	req.From()
	req.To()
	req.CallID()
	req.CSeq()
	req.Contact()
	req.Route()
	d.invite = req
	return d
}

func (d *Dialog) place(Event) {
	d.deadline.expire = d.now.Add(maxPending)
	d.do(transact{d, d.invite, d.inviteTo})
}

// ringTooLong gives a call up that rings without end: sipgo has no timer C.
func (d *Dialog) ringTooLong(Event) {
	d.cancel(Hangup{Q850: 19})
	d.end = Report{Kind: Ended, Status: 408, Phrase: phraseOf(408, ""), Q850: 19, By: Nobody}
}

func (d *Dialog) progress(ev Event) {
	res := ev.(outcome).res
	d.report(Report{Kind: Progress, Status: res.StatusCode, Phrase: tidy(res.Reason, maxField), SDP: sdpOf(res)})
}

func (d *Dialog) early(ev Event) {
	d.learn(ev.(outcome))
	d.progress(ev)
}

// learn takes the remote side of the dialog from a response (RFC 3261 §12.1.2).
func (d *Dialog) learn(o outcome) {
	d.remoteTag = responseTag(o.res)
	if o.from.IsValid() {
		d.peer = o.from
	}
	d.routes = valuesOf(o.res.GetHeaders("record-route"))
	for i, j := 0, len(d.routes)-1; i < j; i, j = i+1, j-1 {
		d.routes[i], d.routes[j] = d.routes[j], d.routes[i]
	}
	d.refreshTarget(o.res)
}

// acknowledge sends the ACK of a 2xx and keeps it for the copies that will come (RFC 3261 §13.2.2.4).
func (d *Dialog) acknowledge(o outcome) {
	d.learn(o)
	req, to := d.newRequest(sip.ACK, d.invite.CSeq().SeqNo)
	req.SetBody(nil)
	d.ack = &bare{req, to}
	d.do(*d.ack)
}

func (d *Dialog) accepted(ev Event) {
	o := ev.(outcome)
	d.acknowledge(o)
	d.deadline.expire = time.Time{}
	d.report(Report{Kind: Answered, Status: o.res.StatusCode, Phrase: tidy(o.res.Reason, maxField), SDP: sdpOf(o.res)})
}

func (d *Dialog) ackAgain(Event) { d.do(*d.ack) }

// fork ends another branch's 2xx: ACK, then BYE, in a dialog of its own that is not kept.
func (d *Dialog) fork(ev Event) {
	for _, e := range d.endStray(ev.(outcome)) {
		d.do(e)
	}
}

// endStray makes the ACK and the BYE for a 2xx that nobody wants, without changing the dialog. It reads only what is fixed at creation, so the
// transaction layer may use it when the dialog is over.
func (d *Dialog) endStray(o outcome) []Effect {
	twin := &Dialog{
		role: uac, us: d.us, trunk: d.trunk, peer: d.inviteTo, callID: d.callID, invite: d.invite,
		localTag: d.localTag, localURI: d.localURI, remoteURI: d.remoteURI, localSeq: d.invite.CSeq().SeqNo, target: bareURI(d.invite.Recipient.String()),
	}
	twin.acknowledge(o)
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
	r := Report{Kind: Failed, Status: 408, Phrase: phraseOf(408, ""), By: Nobody}
	if o, ok := ev.(outcome); ok && o.err == nil {
		r = Report{Kind: Failed, Status: o.res.StatusCode, Phrase: tidy(o.res.Reason, maxField), By: There}
		r.Q850, _, r.Text = readReason(o.res.GetHeaders("reason"))
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
	if r := reasonHeader(d.bye.Q850, d.bye.Text); r != nil {
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
	d.acknowledge(ev.(outcome))
	d.end.Status, d.end.Phrase = 0, ""
	d.sendBYE(h)
}

func (d *Dialog) cancelDone(ev Event) {
	if o := ev.(outcome); o.err == nil {
		d.end.Status, d.end.Phrase = o.res.StatusCode, tidy(o.res.Reason, maxField)
	}
	d.finish(d.end)
}
