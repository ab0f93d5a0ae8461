package dialog

import (
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"
)

// vState is the state of a virtual transaction.
type vState uint8

const (
	vOpen      vState = iota // Trying, Proceeding, Calling
	vProceed                 // a client's Proceeding
	vCompleted               // a final response other than 2xx, or any for a request that is not INVITE
	vAccepted                // 2xx to an INVITE (RFC 6026)
	vConfirmed               // ACK to the final response came
	vDone
)

// vServer is a server transaction (RFC 3261 §17.2, RFC 6026 §7.1).
type vServer struct {
	v         *VirtualTx
	key       string
	req       *sip.Request
	from      netip.AddrPort
	invite    bool
	entry     *entry
	state     vState
	cancelled bool
	last      []byte

	resend, end time.Time
	gap         time.Duration
}

// bind ties an INVITE's transaction to its dialog, so that a CANCEL finds it.
func (s *vServer) bind(e *entry) bool {
	s.entry = e
	return true
}

func (s *vServer) respond(res *sip.Response) error {
	switch {
	case s.cancelled:
		return errCancelled
	case s.state == vAccepted && res.StatusCode/100 == 2:
		s.send(res)
		return nil
	case s.state != vOpen:
		return errAnswered
	}
	s.send(res)
	switch {
	case res.StatusCode < 200:
	case s.invite && res.StatusCode < 300:
		s.state, s.end = vAccepted, s.v.now.Add(timerB) // timer L
	default:
		s.finish(vCompleted)
	}
	return nil
}

func (s *vServer) send(res *sip.Response) {
	s.last = []byte(res.String())
	s.v.send(s.last, via(s.req).replyTo(s.from))
}

// finish starts timers G and H, or J.
func (s *vServer) finish(state vState) {
	s.state, s.end = state, s.v.now.Add(timerB)
	if s.invite {
		s.gap = T1
		s.resend = s.v.now.Add(s.gap)
	}
}

func (s *vServer) abandon() { s.state = vDone }

// again absorbs a retransmission. An accepted INVITE is left to the dialog's own 2xx.
func (s *vServer) again() {
	if s.last != nil && (s.state == vOpen || s.state == vCompleted) {
		s.v.send(s.last, via(s.req).replyTo(s.from))
	}
}

func (s *vServer) ack() {
	if s.state == vCompleted {
		s.state, s.resend, s.end = vConfirmed, time.Time{}, s.v.now.Add(t4) // timer I
	}
}

func (s *vServer) due() time.Time {
	if s.state == vDone {
		return time.Time{}
	}
	return sooner(s.resend, s.end)
}

func (s *vServer) fire() {
	if !s.end.IsZero() && !s.v.now.Before(s.end) {
		s.state = vDone
		return
	}
	s.v.send(s.last, via(s.req).replyTo(s.from))
	s.gap = min(2*s.gap, T2)
	s.resend = s.resend.Add(s.gap)
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
