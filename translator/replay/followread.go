package replay

import (
	"fmt"
	"time"
)

// longestCall is how long a recorded call may last.
const longestCall = 4 * time.Hour

// newFollower reads a recorded call from the end that side names.
func newFollower(r *RecordedCall, side Side, others []*RecordedCall) (*follower, error) {
	calls, err := r.trunkCalls(side)
	if err != nil {
		return nil, err
	}
	us, them := r.Callee, r.Caller
	if !calls {
		us, them = them, us
	}
	f := &follower{call: r, others: others, trunkCalls: calls, agent: pageID, skip: map[int]bool{}, tooBrief: map[int]bool{}, fit: newFitter(us, them),
		ours: map[string][]*ownSent{}, answers: map[string][]*answered{}, seen: map[string]bool{}}
	messages := r.seenBy(us, others)
	for _, m := range messages {
		if span := m.At.Sub(messages[0].At).Abs(); span > longestCall {
			return nil, fmt.Errorf("replay: packet %d is %s from the call's first one", m.Packet, span)
		}
		f.record = append(f.record, recorded{m, max(m.At.Sub(messages[0].At), 0) + lead, !r.is(m.From, us), readSIP(m.SIP)})
	}
	f.readOwn()
	if calls {
		f.fit.is.callID = f.fit.was.callID
	}
	return f, nil
}

// readOwn learns from the record what our end called itself, what it asked and was answered, and which INVITEs it challenged.
func (f *follower) readOwn() {
	f.fit.was.callID = f.fit.addresses(f.call.CallID)
	for _, m := range f.record {
		n, method := m.sip.cseq()
		status := m.sip.status()
		switch {
		case m.theirs && status != 0:
			f.readAnswer(m, n, method)
		case m.theirs:
		case status == 0:
			f.readRequest(m, n, method)
		case method == "INVITE" && (status == 401 || status == 407):
			f.skip[n] = true
			f.note("an INVITE was challenged with %d and sent again: offhook knows trunks by their addresses, and gets the second one only", status)
		case method == "INVITE" && status == 422:
			f.tooBrief[n] = true
		default:
			f.fit.was.tag = first(m.sip.tag("to"), f.fit.was.tag)
			f.fit.was.contact = first(m.sip.contactURI(), f.fit.was.contact)
		}
	}
}

func (f *follower) readRequest(m recorded, n int, method string) {
	f.fit.was.tag = first(m.sip.tag("from"), f.fit.was.tag)
	f.fit.was.contact = first(m.sip.contactURI(), f.fit.was.contact)
	list := f.answers[method]
	if method == "ACK" || len(list) > 0 && list[len(list)-1].number == n {
		return // a retransmission
	}
	f.answers[method] = append(list, &answered{at: m.at, number: n})
}

// ownSession is the session interval that our INVITEs ask for.
const ownSession = 1800

// minSE is the smallest session interval that a 422 would take, in seconds (RFC 4028 §6).
func minSE(m *sipText) (seconds int) {
	_, err := fmt.Sscan(m.get("min-se"), &seconds)
	if err != nil {
		return 0
	}
	return seconds
}

func (f *follower) readAnswer(m recorded, n int, method string) {
	list := f.answers[method]
	if last := len(list) - 1; method == "INVITE" && m.sip.status() == 422 && last >= 0 && list[last].number == n && !f.trunkCalls && minSE(m.sip) <= ownSession {
		f.note("an INVITE of the record asked for too short a session: offhook asks for half an hour at once")
		f.answers[method] = list[:last]
		return
	}
	for _, a := range list {
		if a.number == n {
			a.responses = append(a.responses, m)
		}
	}
}
