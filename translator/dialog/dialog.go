package dialog

import (
	"net/netip"
	"strings"
	"sync/atomic"
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
	link   *entry       // how the transaction layer reaches the owner; not used here
	invite *sip.Request // UAC: the newest; a retry makes another
	tx     serverTx     // UAS: the INVITE's transaction
	auth   authorizer   // UAC: answers challenges
	callID string
	late   bool // the INVITE had no offer

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
	methods   string         // what the far side's newest Allow lists, with blanks around each; "" if unknown
	hops      int            // Max-Forwards of the INVITE that we place; 0 means 70

	// What is under way.
	now      time.Time
	out      []Effect
	raised   []raised
	ok2xx    *pending2xx // a 2xx of ours without its ACK
	reinvite *arrived    // a re-INVITE of theirs without our final response
	bye      *Hangup     // hang up asked for, BYE or CANCEL to come
	ack      *bare       // UAC: the ACK to our INVITE's 2xx
	inviteTo netip.AddrPort
	canceled bool // UAC: CANCEL is sent
	deadline struct{ refresh, expire, giveUp time.Time }
	end      Report // what Ended will say, set when the end begins

	forks    []fork  // UAC: the branches that answered with a tag, the newest last
	retries  retries // UAC: what the INVITE was tried again for
	limit    time.Duration
	reliable *reliable // UAS: the 1xx that waits for its PRACK
	rseq     uint32    // UAS: of the last reliable 1xx
	held     *Answer   // UAS: waits for the PRACK
	ringNext *Ring     // UAS: waits for the PRACK
	answered bool      // UAS: a reliable 183 carried the answer
	early    []byte    // UAS: what an unreliable 183 carried

	offers   offerState
	ourSDP   []byte   // the newest description of ours that the far side has
	theirSDP []byte   // the newest of theirs
	owed     *owed    // an offer in a response, until the call answers it
	mine     *reoffer // our own re-INVITE or UPDATE, waiting or open
	glares   int      // of the offer that the call was asked to make again
	reacks   []reack  // the ACKs to our last re-INVITEs' 2xx
	asked    []asked  // other requests of ours without a final response
	session  session  // session timer
	digits   []Info   // waiting to be sent
	refer    *referOut
	referral *referIn
	referred uint32 // CSeq of the first REFER that came

	stage atomic.Uint32 // the state, for the router, which runs on other goroutines
}

// raised is a trigger that an action found: it runs when the action's own row is done.
type raised struct {
	on trigger
	ev Event
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

// Ending is why the dialog ends, from the moment in which its end begins: in StateClosing it waits for the last answer still. By tells whether
// we asked for it.
func (d *Dialog) Ending() Report { return d.end }

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
	for _, t := range d.timers() {
		take(t.at)
	}
	return min, !min.IsZero()
}

// Step takes one event at a time now and gives what is to be done, in order. It never fails and never blocks.
func (d *Dialog) Step(ev Event, now time.Time) []Effect {
	d.now, d.out, d.raised = now, nil, nil
	d.run(d.classify(ev), ev)
	for d.follow() {
		r := d.raised[0]
		d.raised = d.raised[1:]
		d.run(r.on, r.ev)
	}
	out := d.out
	d.out = nil
	return out
}

// run carries out one row of the table.
func (d *Dialog) run(t trigger, ev Event) {
	r := lookup[d.role][d.state][t]
	if r == nil {
		return // the table is total; a test walks it
	}
	before := d.state
	if r.act != nil {
		r.act(d, ev)
	}
	d.state = r.target(before)
	d.stage.Store(uint32(d.state))
	if d.state == StateTerminated && before != StateTerminated {
		d.do(release{d})
	}
}

// follow says whether something is to be run still: a trigger that an action raised, or what waited and may go now.
func (d *Dialog) follow() bool {
	if len(d.raised) == 0 {
		d.sendWaiting()
	}
	return len(d.raised) > 0
}

// raise makes a trigger follow the row that runs.
func (d *Dialog) raise(on trigger, ev Event) { d.raised = append(d.raised, raised{on, ev}) }

func (d *Dialog) do(e Effect) { d.out = append(d.out, e) }

// report is the event's news for the call.
func (d *Dialog) report(r Report) { d.do(r) }

// finish reports the one end of the dialog.
func (d *Dialog) finish(r Report) {
	d.dropTheirs()
	d.refer = nil
	d.ok2xx, d.bye, d.mine, d.owed, d.reliable, d.held, d.digits = nil, nil, nil, nil, nil, nil, nil
	d.session = session{}
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
	if hs := req.GetHeaders("allow"); len(hs) > 0 {
		d.methods = " " + strings.ToUpper(strings.Join(valuesOf(hs), " ")) + " "
	}
}

// takes says whether the far side takes a method; what it never said is believed of the older ones only.
func (d *Dialog) takes(m sip.RequestMethod) bool {
	return strings.Contains(d.methods, " "+string(m)+" ")
}

// sendBYE starts the end of an established dialog.
func (d *Dialog) sendBYE(h Hangup) {
	if h.Q850 == 0 {
		h.Q850 = 16
	}
	d.dropTheirs()
	if d.refer != nil {
		d.refer.until = time.Time{} // their BYE that crosses ours may tell still
	}
	req, to := d.within(sip.BYE, "", nil, reasonHeader(h.Q850, h.Text))
	d.bye, d.ok2xx, d.mine, d.owed = nil, nil, nil, nil
	d.session = session{}
	d.deadline.giveUp = d.now.Add(timerB + T1) // the transaction's timer F comes first
	d.ask(req, to)
}
