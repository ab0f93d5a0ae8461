package dialog

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Timers of RFC 3261 §17.1.1.1 and the ceilings of security.md §5.
const (
	T1 = 500 * time.Millisecond
	T2 = 4 * time.Second

	timerB      = 64 * T1
	ringRefresh = 60 * time.Second  // 180 again, so that proxies keep the call (RFC 3261 §16.6)
	maxPending  = 330 * time.Second // an INVITE without a final answer
)

// Dialog is one SIP dialog, as the UAS of an INVITE that came or as the UAC of one that we placed. It is a value-in, value-out
// machine: not safe for concurrent use, without goroutines, clocks or sockets. Its owner steps it.
type Dialog struct {
	// Fixed at creation.
	role   role
	us     *local
	trunk  *Trunk
	link   *entry // how the transaction layer reaches the owner; not used here
	invite *sip.Request
	tx     serverTx // UAS: the INVITE's transaction
	callID string
	late   bool // UAS: the INVITE had no offer

	// What the dialog is (RFC 3261 §12).
	state     State
	localTag  string
	remoteTag string
	localURI  string // our side as a name-addr without tag
	remoteURI string
	localSeq  uint32
	remoteSeq uint32
	routes    []string // name-addrs, in the order of our requests
	target    string
	peer      netip.AddrPort // where its last request came from

	// What is under way.
	now      time.Time
	out      []Effect
	ok2xx    *pending2xx // a 2xx of ours without its ACK
	reinvite *arrived    // a re-INVITE of theirs without our final response
	bye      *Hangup     // hang up asked for, BYE or CANCEL to come
	ack      *bare       // UAC: the ACK to our INVITE's 2xx
	inviteTo netip.AddrPort
	canceled bool // UAC: CANCEL is sent
	deadline struct{ refresh, expire, giveUp time.Time }
	end      Report // what Ended will say, set when the end begins
}

// pending2xx is a 2xx that is sent again until its ACK comes (RFC 3261 §13.3.1.4).
type pending2xx struct {
	tx        serverTx
	res       *sip.Response
	seq       uint32
	offered   bool // our SDP is an offer, the answer comes in the ACK
	next, end time.Time
	gap       time.Duration
}

// State returns where the dialog stands.
func (d *Dialog) State() State { return d.state }

// SIPCallID returns the dialog's Call-ID, for logs.
func (d *Dialog) SIPCallID() string { return d.callID }

// Deadline returns when a [Tick] is due, and whether one is. A tick that comes early does nothing; a late one does what is due then.
func (d *Dialog) Deadline() (time.Time, bool) {
	var min time.Time
	take := func(t time.Time) {
		if !t.IsZero() && (min.IsZero() || t.Before(min)) {
			min = t
		}
	}
	if d.state == StateTerminated {
		return min, false
	}
	if d.ok2xx != nil {
		take(d.ok2xx.next)
		take(d.ok2xx.end)
	}
	take(d.deadline.refresh)
	take(d.deadline.expire)
	take(d.deadline.giveUp)
	return min, !min.IsZero()
}

// Step takes one event at a time now and gives what is to be done, in order. It never fails and never blocks.
func (d *Dialog) Step(ev Event, now time.Time) []Effect {
	d.now, d.out = now, nil
	t := d.classify(ev)
	r := lookup[d.role][d.state][t]
	if r == nil {
		return nil // the table is total; a test walks it
	}
	before := d.state
	if r.act != nil {
		r.act(d, ev)
	}
	d.state = r.target(before)
	if d.state == StateTerminated && before != StateTerminated {
		d.do(release{d})
	}
	out := d.out
	d.out = nil
	return out
}

func (d *Dialog) do(e Effect) { d.out = append(d.out, e) }

// classify turns an event into the table's trigger. It changes nothing.
func (d *Dialog) classify(ev Event) trigger {
	switch ev := ev.(type) {
	case begin:
		return onBegin
	case Ring:
		return onRing
	case Answer:
		return onAnswer
	case Reject:
		return onReject
	case Hangup:
		return onHangup
	case AnswerReoffer:
		if d.reinvite == nil {
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

func (d *Dialog) due() trigger {
	past := func(t time.Time) bool { return !t.IsZero() && !d.now.Before(t) }
	switch {
	case d.ok2xx != nil && past(d.ok2xx.end):
		return onNoACK
	case d.ok2xx != nil && past(d.ok2xx.next):
		return onResend
	case past(d.deadline.giveUp):
		return onGiveUp
	case past(d.deadline.expire):
		return onExpire
	case past(d.deadline.refresh):
		return onRefresh
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
		switch {
		case d.reinvite != nil:
			return onReinviteEarly
		case d.ok2xx != nil && d.ok2xx.offered:
			return onReinviteEarly
		case d.ok2xx != nil && d.bye != nil:
			return onReinvite
		case d.ok2xx != nil:
			return onReinviteACK
		}
		return onReinvite
	}
	return onRequest
}

func (d *Dialog) classifyOutcome(ev outcome) trigger {
	status := 0
	if ev.err == nil {
		status = ev.res.StatusCode
	}
	switch {
	case ev.method == sip.BYE && (ev.err != nil || status >= 200):
		return onByeDone
	case ev.method != sip.INVITE:
		return onNothing
	case ev.err != nil || status >= 300:
		return onFailure
	case status < 200:
		if tag := responseTag(ev.res); tag != "" && status > 100 {
			return onEarly
		}
		return onProvisional
	case d.ack == nil:
		return on2xx
	case responseTag(ev.res) == d.remoteTag:
		return on2xxAgain
	}
	return on2xxFork
}

// report is the event's news for the call.
func (d *Dialog) report(r Report) { d.do(r) }

// finish reports the one end of the dialog.
func (d *Dialog) finish(r Report) {
	d.ok2xx, d.bye = nil, nil
	d.deadline.refresh, d.deadline.expire, d.deadline.giveUp = time.Time{}, time.Time{}, time.Time{}
	if r.Q850 == 0 && r.Kind == Failed {
		r.Q850 = Q850FromStatus(r.Status)
	}
	d.do(r)
}

// answerTo sends a response in tx with extra headers.
func (d *Dialog) answerTo(tx serverTx, req *sip.Request, status int, phrase string, body []byte, extra ...sip.Header) *sip.Response {
	res := d.us.response(req, status, phrase, body, extra...)
	d.do(respond{tx: tx, res: res})
	return res
}

// seen notes an accepted request's CSeq and source.
func (d *Dialog) seen(ev arrived) {
	d.remoteSeq = ev.req.CSeq().SeqNo
	d.peer = ev.from
}

// refreshTarget takes the new Contact of an INVITE or UPDATE (RFC 3261 §12.2.2).
func (d *Dialog) refreshTarget(req interface{ GetHeaders(string) []sip.Header }) {
	if uri, ok := contactOf(req.GetHeaders("contact")); ok {
		d.target = uri
	}
}

// newRequest builds a request within the dialog (RFC 3261 §12.2.1.1) and says where it goes.
func (d *Dialog) newRequest(method sip.RequestMethod, seq uint32) (*sip.Request, netip.AddrPort) {
	uri, routes := d.target, d.routes
	if len(routes) > 0 && !looseRouter(routes[0]) { // strict first hop
		first, _ := parseNameAddr(routes[0])
		routes = append(append([]string(nil), routes[1:]...), "<"+d.target+">")
		uri = first.uri
	}
	req := d.us.request(method, uri)
	req.AppendHeader(d.us.via())
	for _, r := range routes {
		req.AppendHeader(sip.NewHeader("Route", r))
	}
	req.AppendHeader(sip.NewHeader("From", d.localURI+";tag="+d.localTag))
	req.AppendHeader(sip.NewHeader("To", d.remoteURI+toTagParam(d.remoteTag)))
	req.AppendHeader(sip.NewHeader("Call-ID", d.callID))
	req.AppendHeader(sip.NewHeader("CSeq", strconv.FormatUint(uint64(seq), 10)+" "+string(method)))
	req.AppendHeader(sip.NewHeader("Max-Forwards", "70"))
	return req, d.nextHop(uri, routes)
}

func toTagParam(tag string) string {
	if tag == "" {
		return ""
	}
	return ";tag=" + tag
}

func looseRouter(route string) bool {
	a, _ := parseNameAddr(route)
	_, params, _ := strings.Cut(a.uri, ";")
	ps, _ := parseParams(params)
	_, ok := findParam(ps, "lr")
	return ok
}

// nextHop is where a request goes: by the first Route, else by the target; but only to an address of the trunk. Names are never looked up
// and strange addresses never written to (security rule S10): then, and behind NAT, it is the address last heard.
func (d *Dialog) nextHop(uri string, routes []string) netip.AddrPort {
	if len(routes) > 0 {
		if a, ok := parseNameAddr(routes[0]); ok {
			uri = a.uri
		}
	}
	if d.trunk != nil && !d.trunk.NAT {
		if at, ok := addrOfURI(uri); ok && d.trunk.has(at.Addr()) {
			return at
		}
	}
	return d.peer
}

// sendBYE starts the end of an established dialog.
func (d *Dialog) sendBYE(h Hangup) {
	if h.Q850 == 0 {
		h.Q850 = 16
	}
	d.localSeq++
	req, to := d.newRequest(sip.BYE, d.localSeq)
	if r := reasonHeader(h.Q850, h.Text); r != nil {
		req.AppendHeader(r)
	}
	req.SetBody(nil)
	d.bye, d.ok2xx = nil, nil
	d.deadline.giveUp = d.now.Add(timerB + T1) // the transaction's timer F comes first
	d.do(transact{d, req, to})
}
