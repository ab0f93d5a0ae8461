package dialog

import (
	"net/netip"
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Our own re-INVITE or UPDATE: asked for by the call, or a refresh of the session timer. One at a time.

// reoffer is a description of ours on its way; req is nil while it waits.
type reoffer struct {
	sdp     []byte
	refresh bool // of the session timer: the call does not hear of it
	req     *sip.Request
	to      netip.AddrPort
	due     time.Time // it waits for this after a 491
	anew    bool      // it has waited: the call is asked for it when it may go
	until   time.Time // it has its final response by then
	glares  int
	tries   int
	then    *Reoffer // asked for during a refresh
}

const (
	maxGlares    = 3
	maxReinvite  = 60 * time.Second // a re-INVITE without a final response, 1xx or not
	glareStep    = 10 * time.Millisecond
	ownGlareMin  = 210 // steps: 2.1 s to 4.0 s if the Call-ID is ours
	ownGlareMax  = 400
	farGlareMax  = 200 // 0 s to 2.0 s if it is theirs
	refreshAgain = time.Second
)

// open says whether an offer of ours, or the INVITE that asks for one, has no final response.
func (m *reoffer) open() bool {
	return m.req != nil && (m.req.Method == sip.INVITE || len(m.sdp) > 0)
}

func (m *reoffer) is(o outcome) bool {
	return m.req != nil && m.req.Method == o.method && m.req.CSeq().SeqNo == o.seq
}

// raises says whether a 422 asks for more than we did.
func (m *reoffer) raises(res *sip.Response) bool {
	have, _ := sessionExpires(m.req)
	return m.tries < maxTries && minSE(res) > have
}

func (d *Dialog) wantReoffer(ev Event) {
	r := ev.(Reoffer)
	if d.mine != nil { // a refresh: it goes first
		d.mine.then = &r
		return
	}
	d.mine = &reoffer{sdp: r.SDP, glares: d.glares}
}

func (d *Dialog) reofferBusy(Event) {
	d.report(Report{Kind: ReofferFailed, Status: 491, Phrase: phraseOf(491, ""), By: Here})
}

// free says whether an offer of ours may go out now (RFC 3261 §14.1, RFC 3311 §5.1).
func (d *Dialog) free() bool {
	if d.reinvite != nil || d.ok2xx != nil || d.owed != nil || d.reliable != nil && d.reliable.sdp || d.offers != stable || d.bye != nil {
		return false
	}
	return d.state == StateConfirmed || d.state == StateEarly && d.ourSDP != nil && d.takes(sip.UPDATE) && !d.isAsked(sip.PRACK)
}

// sendWaiting sends what was asked for and may go now.
func (d *Dialog) sendWaiting() {
	if m := d.mine; m != nil && m.req == nil && m.due.IsZero() && d.free() && (d.state == StateConfirmed || len(m.sdp) > 0) {
		d.sendMine()
	}
	d.sendInfo()
	d.sendRefer()
}

// sendMine sends what waits; of an offer that has crossed one of theirs the call makes another.
func (d *Dialog) sendMine() {
	m := d.mine
	switch {
	case m.anew && m.refresh:
		m.sdp = d.ourSDP
	case m.anew:
		d.glares = m.glares
		d.reofferOver()
		d.report(Report{Kind: ReofferDue})
		return
	}
	d.sendReoffer()
}

func (d *Dialog) sendReoffer() {
	m := d.mine
	method := sip.INVITE
	if d.takes(sip.UPDATE) && (d.state == StateEarly || m.refresh) {
		method = sip.UPDATE
	}
	sdp := m.sdp
	if m.refresh && method == sip.UPDATE {
		sdp = nil
	}
	headers := append([]sip.Header{d.us.contactHeader(), d.us.allowHeader(), d.us.supportedHeader()}, d.askRefresh()...)
	m.req, m.to = d.within(method, "application/sdp", sdp, headers...)
	if method == sip.INVITE {
		m.until = d.now.Add(maxReinvite)
	}
	if len(sdp) > 0 {
		d.describe(weOffer)
	}
	d.transact(m.req, m.to)
}

// reofferOK is the 2xx to our offer, or to our asking for one.
func (d *Dialog) reofferOK(ev Event) {
	o, m := ev.(outcome), d.mine
	if m == nil || !m.is(o) { // given up before
		d.reofferOKLate(ev)
		return
	}
	d.refreshTarget(o.res)
	d.acceptSession(o.res)
	sdp := sdpOf(o.res)
	r := Report{Kind: ReofferAnswered, Status: o.res.StatusCode, SDP: sdp}
	late := m.req.Method == sip.INVITE && len(m.sdp) == 0
	if d.describe(theyAnswer) {
		d.ourSDP = m.sdp
		d.agreed(sdp)
	}
	r.Same, d.glares = d.heard(sdp), 0
	switch {
	case late && len(sdp) > 0 && d.describe(theyOffer):
		r.Offer = true
		d.owed = &owed{o: o, re: true}
	case m.req.Method == sip.INVITE:
		d.reacknowledge(o, nil)
	}
	if !m.refresh || len(sdp) > 0 && !r.Same {
		d.report(r)
	}
	d.reofferOver()
}

// reofferOver makes room for the next one.
func (d *Dialog) reofferOver() {
	then := d.mine.then
	d.mine = nil
	if then != nil {
		d.mine = &reoffer{sdp: then.SDP}
	}
}

// reack is the ACK to the 2xx of a re-INVITE of ours, for its copies.
type reack struct {
	seq uint32
	ack bare
}

// maxReacks are kept: a copy of a 2xx may be that late.
const maxReacks = 4

// reackOf gives the ACK that a re-INVITE's 2xx got; nil if none is kept.
func (d *Dialog) reackOf(seq uint32) *reack {
	for i := range d.reacks {
		if d.reacks[i].seq == seq {
			return &d.reacks[i]
		}
	}
	return nil
}

func (d *Dialog) reacknowledge(o outcome, sdp []byte) {
	req, to := d.newRequest(sip.ACK, o.seq)
	if d.mine != nil && d.mine.is(o) {
		copyCredentials(d.mine.req, req)
	}
	if len(sdp) > 0 {
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	req.SetBody(sdp)
	if len(d.reacks) == maxReacks {
		d.reacks = slices.Delete(d.reacks, 0, 1)
	}
	d.reacks = append(d.reacks, reack{o.seq, bare{req, to}})
	d.do(bare{req, to})
}

func (d *Dialog) reofferAgain(ev Event) { d.do(d.reackOf(ev.(outcome).seq).ack) }

// reofferOKLate is a 2xx to a re-INVITE that we have given up: it gets its ACK and means nothing more.
func (d *Dialog) reofferOKLate(ev Event) {
	if o := ev.(outcome); o.method == sip.INVITE {
		d.reacknowledge(o, nil)
	}
}

// reofferGlare is a 491: both sides offered at once.
func (d *Dialog) reofferGlare(ev Event) {
	m := d.mine
	if m.glares++; m.glares > maxGlares {
		d.reofferFailed(ev)
		return
	}
	d.describe(offerDropped)
	steps := d.us.random(farGlareMax + 1)
	if d.role == uac {
		steps = ownGlareMin + d.us.random(ownGlareMax-ownGlareMin+1)
	}
	m.req, m.until, m.anew = nil, time.Time{}, true
	m.due = d.now.Add(time.Duration(steps) * glareStep)
	if !m.refresh {
		d.report(Report{Kind: ReofferCrossed, Status: 491, By: There})
	}
}

// reofferDue ends the wait; sendWaiting goes on if theirs is not open now.
func (d *Dialog) reofferDue(Event) { d.mine.due = time.Time{} }

func (d *Dialog) retryReoffer(ev Event) {
	o, m := ev.(outcome), d.mine
	var add []sip.Header
	if o.status() == 422 {
		d.session.asked, d.session.min = minSE(o.res), minSE(o.res)
		add = d.askRefresh()
	} else {
		var ok bool
		if add, ok = d.auth.Challenged(m.req, o.res, o.from); !ok {
			d.raise(onReofferFailed, o)
			return
		}
	}
	m.tries++
	m.req = d.again(m.req, add)
	d.transact(m.req, m.to)
}

// reofferFailed leaves the session as it was.
func (d *Dialog) reofferFailed(ev Event) {
	m := d.mine
	d.glares = 0
	d.describe(offerDropped)
	r := Report{Kind: ReofferFailed, Status: 408, Phrase: phraseOf(408, ""), By: Nobody}
	if o := ev.(outcome); o.err == nil {
		r.Status, r.Phrase, r.By = o.res.StatusCode, tidy(o.res.Reason, maxField), There
	}
	if m.refresh {
		d.refreshFailed()
	} else {
		d.report(r)
	}
	d.reofferOver()
}
