package dialog

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Register makes an endpoint register with a trunk and keep that up (RFC 3261 §10.2).
type Register struct {
	// Registrar is the Request-URI, as "sip:pbx.example".
	Registrar string
	// Identity is the address of record, as "sip:100@pbx.example": To and From.
	Identity string
	// User is the user part of our Contact: the number that the trunk's calls then name. "" means that of Identity.
	User string
	// Expires is what we ask for; 0 means 600 s.
	Expires time.Duration
}

// Registration times.
const (
	defaultExpires  = 600 * time.Second
	minRefresh      = 5 * time.Second
	firstWait       = 5 * time.Second // after a failure, doubled for each more
	longestWait     = 300 * time.Second
	longestInterval = 24 * time.Hour // a Min-Expires above it is not believed
	leaveTime       = 2 * time.Second
)

// regState is where a registration stands.
type regState uint8

const (
	regIdle    regState = iota // not begun
	regTrying                  // REGISTER is out, nothing is known to be bound
	regOn                      // bound
	regRenew                   // bound, REGISTER is out
	regWaiting                 // failed, to be tried again
	regLeaving                 // REGISTER with Expires 0 is out
	regGone
	regStates
)

var regNames = [...]string{"idle", "trying", "registered", "registered", "waiting", "leaving", "gone"}

// regEvent is what happens to a registration.
type regEvent uint8

const (
	regDue       regEvent = iota // the time for it has come
	regOK                        // 2xx
	regBrief                     // 423 with a Min-Expires that we have not asked for yet
	regChallenge                 // 401 or 407 that is to be answered
	regFailed                    // any other final response, or none
	regLeave                     // shutdown
	regEvents
)

// regRow is one row of the table. do gives what is to be sent.
type regRow struct {
	from []regState
	on   regEvent
	to   regState
	do   func(r *registration, in regInput)
	rule string
}

var regRows = []regRow{
	{[]regState{regIdle, regWaiting}, regDue, regTrying, (*registration).ask, "RFC 3261 §10.2.1"},
	{[]regState{regOn}, regDue, regRenew, (*registration).ask, "RFC 3261 §10.2.4: refreshed before it runs out"},
	{[]regState{regTrying, regRenew}, regOK, regOn, (*registration).bound, "RFC 3261 §10.2.4: the registrar's interval counts"},
	{[]regState{regTrying}, regBrief, regTrying, (*registration).longer, "RFC 3261 §10.2.8"},
	{[]regState{regRenew}, regBrief, regRenew, (*registration).longer, "RFC 3261 §10.2.8"},
	{[]regState{regTrying}, regChallenge, regTrying, (*registration).answer, "RFC 3261 §22.2"},
	{[]regState{regRenew}, regChallenge, regRenew, (*registration).answer, "RFC 3261 §22.2"},
	{[]regState{regTrying, regRenew}, regFailed, regWaiting, (*registration).wait, "RFC 5626 §4.5: each failure doubles the wait"},
	{[]regState{regOn, regRenew}, regLeave, regLeaving, (*registration).leave, "RFC 3261 §10.2.2"},
	{[]regState{regTrying}, regLeave, regLeaving, (*registration).leave, "RFC 3261 §10.2.2: it may be bound by the time this arrives"},
	{[]regState{regIdle, regWaiting}, regLeave, regGone, nil, "nothing is bound"},
	{[]regState{regLeaving}, regChallenge, regLeaving, (*registration).answer, "RFC 3261 §22.2"},
	{[]regState{regLeaving}, regOK, regGone, nil, "RFC 3261 §10.2.2"},
	{[]regState{regLeaving}, regFailed, regGone, nil, "the binding runs out by itself"},
	{[]regState{regLeaving}, regBrief, regGone, nil, "RFC 3261 §10.2.8: not for Expires 0"},
}

// regTable is the rows by state and event. A pair without a row is ignored: an answer that comes late, or a time that is not meant.
var regTable = func() (t [regStates][regEvents]*regRow) {
	for i := range regRows {
		for _, s := range regRows[i].from {
			t[s][regRows[i].on] = &regRows[i]
		}
	}
	return t
}()

// regInput is what came with an event.
type regInput struct {
	now     time.Time
	expires time.Duration // 2xx: the interval granted; 423: Min-Expires
	after   time.Duration // Retry-After
	headers []sip.Header  // credentials
	random  int           // in [0, 1000)
}

// registration is one trunk's registration as a machine without clock or network.
type registration struct {
	state    regState
	ask4     time.Duration // the interval asked for
	next     time.Time     // when regDue is due; zero for never
	until    time.Time     // the binding holds so long
	failures int
	send     *regRequest // what the step wants sent; taken by its owner
}

// regRequest is one REGISTER to be sent.
type regRequest struct {
	expires time.Duration
	headers []sip.Header
	fresh   bool // begins an exchange: credentials that are known go along
}

func newRegistration(r *Register, now time.Time) registration {
	g := registration{ask4: r.Expires, next: now}
	if g.ask4 <= 0 {
		g.ask4 = defaultExpires
	}
	return g
}

// step takes one event and returns what is to be sent, if anything.
func (r *registration) step(ev regEvent, in regInput) *regRequest {
	row := regTable[r.state][ev]
	if row == nil {
		return nil
	}
	r.send = nil
	r.state = row.to
	if row.do != nil {
		row.do(r, in)
	}
	if r.state == regGone || r.state == regLeaving {
		r.next = time.Time{}
	}
	if r.state == regGone {
		r.until = time.Time{}
	}
	return r.send
}

// bindingHolds says whether the registrar knows us.
func (r *registration) bindingHolds(now time.Time) bool { return now.Before(r.until) }

func (r *registration) ask(regInput) {
	r.next = time.Time{}
	r.send = &regRequest{expires: r.ask4, fresh: true}
}

func (r *registration) bound(in regInput) {
	granted := in.expires
	if granted <= 0 || granted > longestInterval {
		granted = r.ask4
	}
	r.failures = 0
	r.until = in.now.Add(granted)
	early := granted / 2
	if granted > 20*time.Minute {
		early = granted - 10*time.Minute
	}
	r.next = in.now.Add(max(early, min(minRefresh, granted)))
}

func (r *registration) longer(in regInput) {
	r.ask4 = in.expires
	r.send = &regRequest{expires: r.ask4, fresh: true}
}

func (r *registration) answer(in regInput) {
	expires := r.ask4
	if r.state == regLeaving {
		expires = 0
	}
	r.send = &regRequest{expires: expires, headers: in.headers}
}

// wait plans the next try: between half and all of 5 s doubled for each failure, at most 300 s, and not before Retry-After.
func (r *registration) wait(in regInput) {
	d := longestWait
	if r.failures < 6 {
		d = min(longestWait, firstWait<<r.failures)
	}
	r.failures++
	d = d/2 + d/2*time.Duration(in.random)/1000
	r.next = in.now.Add(max(d, min(in.after, longestWait)))
}

func (r *registration) leave(regInput) { r.send = &regRequest{expires: 0, fresh: true} }

// grantedBy reads the interval that a registrar gave our Contact: its parameter, else the Expires header, else 0 (RFC 3261 §10.2.4).
func grantedBy(res *sip.Response, us *local, user string) time.Duration {
	for _, v := range valuesOf(res.GetHeaders("contact")) {
		a, ok := parseNameAddr(v)
		if !ok || !strings.EqualFold(bareURI(a.uri), bareURI(contactURI(us, user))) {
			continue
		}
		if e, has := findParam(a.params, "expires"); has {
			return deltaSeconds(e)
		}
	}
	return deltaSeconds(firstValue(res, "expires"))
}

// deltaSeconds reads delta-seconds, perhaps with a comment or parameters behind; 0 for anything else.
func deltaSeconds(s string) time.Duration {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, " ;("); i >= 0 {
		s = s[:i]
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

func contactURI(us *local, user string) string {
	uri := "sip:" + us.sentBy()
	if user != "" {
		uri = "sip:" + user + "@" + us.sentBy()
	}
	if us.network.stream() {
		uri += ";transport=" + string(us.network)
	}
	return uri
}

// contactUser is the user part of our Contact.
func (r *Register) contactUser() string {
	if r.User != "" {
		return r.User
	}
	return nameAddr{uri: r.Identity}.party().User
}
