package dialog

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Reliable provisional responses (RFC 3262), both ways.

// reliable is a 1xx of ours that is sent again until its PRACK comes.
type reliable struct {
	res       *sip.Response
	rseq      uint32
	sdp       bool // it carried our description
	offer     bool // which was an offer
	next, end time.Time
	gap       time.Duration
}

// matches says whether a PRACK is for this response (RFC 3262 §7.2).
func (r *reliable) matches(prack *sip.Request) bool {
	f := strings.Fields(firstValue(prack, "rack"))
	if len(f) != 3 || !strings.EqualFold(f[2], "INVITE") {
		return false
	}
	rseq, err1 := strconv.ParseUint(f[0], 10, 32)
	cseq, err2 := strconv.ParseUint(f[1], 10, 32)
	return err1 == nil && err2 == nil && uint32(rseq) == r.rseq && uint32(cseq) == r.res.CSeq().SeqNo
}

// wantsReliable says whether our 1xx must be, or by the trunk's policy shall be, reliable.
func (d *Dialog) wantsReliable() bool {
	return hasOption(d.invite, "require", "100rel") || d.trunk != nil && d.trunk.Reliable && hasOption(d.invite, "supported", "100rel")
}

// hasOption looks for an option tag in Require or Supported.
func hasOption(m headed, header, tag string) bool {
	for _, v := range valuesOf(m.GetHeaders(header)) {
		if strings.EqualFold(v, tag) {
			return true
		}
	}
	return false
}

// ring sends 180 or 183.
func (d *Dialog) ring(ev Event) {
	r, _ := ev.(Ring) // a refresh brings none
	d.deadline.refresh = d.now.Add(ringRefresh)
	reliably := d.wantsReliable()
	if reliably && d.reliable != nil {
		if _, asked := ev.(Ring); asked {
			d.ringNext = &r // RFC 3262 §3: the second waits for the first one's PRACK
		}
		return
	}
	status := 180
	extra := []sip.Header{d.us.contactHeader(), d.us.allowHeader()}
	body := d.earlySDP(r.SDP, reliably)
	if len(body) > 0 {
		status = 183
		extra = append(extra, sip.NewHeader("Content-Type", "application/sdp"))
	}
	if !reliably {
		d.early = body // nil if there is none, then and now
		d.answerTo(d.tx, d.invite, status, phraseOf(status, ""), body, extra...)
		return
	}
	if d.rseq == 0 {
		d.rseq = uint32(d.us.random(1 << 20))
	}
	d.rseq++
	extra = append(extra, sip.NewHeader("Require", "100rel"), sip.NewHeader("RSeq", strconv.FormatUint(uint64(d.rseq), 10)))
	p := &reliable{rseq: d.rseq, sdp: len(body) > 0, gap: T1, next: d.now.Add(T1), end: d.now.Add(timerB)}
	if p.sdp {
		p.offer = d.late
		if d.late {
			d.describe(weOffer)
		} else {
			d.answered = d.describe(weAnswer)
		}
		d.ourSDP = body
	}
	p.res = d.answerTo(d.tx, d.invite, status, phraseOf(status, ""), body, extra...)
	d.reliable = p
}

// earlySDP is what of a description may go into a 1xx: an offer of ours only reliably, an answer only once.
func (d *Dialog) earlySDP(sdp []byte, reliably bool) []byte {
	if d.answered || d.late && (!reliably || d.offers != stable || d.ourSDP != nil) {
		return nil
	}
	if d.early != nil {
		return d.early
	}
	return sdp
}

func (d *Dialog) resendReliable(Event) {
	r := d.reliable
	for !d.now.Before(r.next) {
		r.gap *= 2 // without T2 as its end (RFC 3262 §3)
		r.next = r.next.Add(r.gap)
	}
	d.do(respond{tx: d.tx, res: r.res})
}

func (d *Dialog) noPRACK(Event) {
	d.sendReject(Reject{Status: 504, Q850: 102})
	d.out[len(d.out)-1] = Report{Kind: Ended, Status: 504, Phrase: phraseOf(504, ""), Q850: 102, By: Nobody}
}

func (d *Dialog) holdAnswer(ev Event) {
	a := ev.(Answer)
	d.held = &a
}

// pracked ends the resending. The PRACK brings the answer if we offered; else its description is an offer of its own (RFC 3262 §5).
func (d *Dialog) pracked(ev Event) {
	a, r := ev.(arrived), d.reliable
	d.seen(a)
	d.reliable = nil
	sdp := sdpOf(a.req)
	switch {
	case len(sdp) > 0 && r.offer && d.describe(theyAnswer):
		d.heard(sdp)
		d.answerTo(a.tx, a.req, 200, "OK", nil)
		d.report(Report{Kind: ReofferAnswered, SDP: sdp})
	case len(sdp) > 0 && !r.offer && d.reinvite == nil && d.describe(theyOffer):
		d.reinvite = &a
		d.report(Report{Kind: Reoffered, SDP: sdp, Offer: true, Same: d.heard(sdp)})
	default:
		if r.offer {
			d.describe(offerDropped)
		}
		d.answerTo(a.tx, a.req, 200, "OK", nil)
	}
	switch {
	case d.held != nil:
		d.raise(onAnswer, *d.held)
		d.held = nil
	case d.ringNext != nil:
		d.raise(onRing, *d.ringNext)
	}
	d.ringNext = nil
}

// reliableSeq reads the RSeq of a 1xx that must be acknowledged; 0 if it has none that can be.
func reliableSeq(res *sip.Response) (uint32, bool) {
	if !hasOption(res, "require", "100rel") {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(firstValue(res, "rseq")), 10, 32)
	if err != nil {
		n = 0
	}
	return uint32(n), true
}

// inSequence says whether a reliable 1xx of a branch is the next one (RFC 3262 §4).
func (d *Dialog) inSequence(tag string, rseq uint32) bool {
	if f := d.fork(tag); f != nil && f.rseq != 0 {
		return rseq == f.rseq+1
	}
	return rseq > 0
}

// sendPRACK acknowledges a reliable 1xx within its branch.
func (d *Dialog) sendPRACK(o outcome, sdp []byte) {
	rseq, _ := reliableSeq(o.res)
	rack := strconv.FormatUint(uint64(rseq), 10) + " " + strconv.FormatUint(uint64(o.seq), 10) + " INVITE"
	req, to := d.within(sip.PRACK, "application/sdp", sdp, sip.NewHeader("RAck", rack))
	d.ask(req, to)
}
