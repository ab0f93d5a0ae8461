package dialog

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Cases of translation.md §4 that no other file of this package has, as far as they are a dialog's.

// TestI01OwnRequestsWaitForTheACK: in the dialog of an INVITE that came we ask nothing before its ACK, and then all that was wanted, in order.
func TestI01OwnRequestsWaitForTheACK(t *testing.T) {
	s := newStage(t)
	o, tag := s.answered()
	s.want(o.act(Reoffer{SDP: []byte(offer)}), "")
	s.want(o.act(Refer{Target: "sip:x@198.51.100.9"}), "")
	s.want(s.receive(message("ACK", 1, "ack", tag, "")), "INVITE, REFER")
}

// TestI10Stranger: who belongs to no trunk gets no answer to anything, not even in a dialog that he knows; he is counted, and nothing is kept.
func TestI10Stranger(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	stranger := netip.MustParseAddrPort("203.0.113.5:5060")
	kept := s.v.Transactions()
	for i, m := range []string{
		message("INVITE", 1, "inv", "", offer, "Call-ID: other"), message("OPTIONS", 1, "opt", "", ""), message("BYE", 2, "bye", tag, ""),
		message("CANCEL", 1, "inv", "", ""), "not SIP at all", "\r\n\r\n",
	} {
		s.want(s.receiveFrom(m, stranger), "")
		if got := s.v.Stats().Strangers; got != uint64(i+1) {
			t.Errorf("%d strangers counted after %d messages", got, i+1)
		}
	}
	if o.d.State() != StateConfirmed || s.v.Transactions() != kept || len(s.calls) != 1 {
		t.Errorf("state %v, %d transactions, %d calls", o.d.State(), s.v.Transactions(), len(s.calls))
	}
}

// TestI04RefusalsOfAnAgent: a refusal is its status and the Reason's number; a text that the call does not give stands in no message.
func TestI04RefusalsOfAnAgent(t *testing.T) {
	for _, row := range []struct{ status, q850 int }{{486, 17}, {603, 21}} {
		s := newStage(t)
		s.receive(message("INVITE", 1, "inv", "", offer))
		p := s.calls[0].act(Reject{Status: row.status, Q850: row.q850})[0]
		if !strings.HasPrefix(start(p), "SIP/2.0 "+phraseLine(row.status)) || strings.Contains(header(p, "Reason"), "text") {
			t.Errorf("%s, Reason %q", start(p), header(p, "Reason"))
		}
	}
}

func phraseLine(status int) string {
	return map[int]string{486: "486 Busy Here", 603: "603 Decline"}[status]
}

// TestI09WaitOverAfterAnAnswer: a call that was answered at once ends by BYE with the cause, one that was not with 480.
func TestI09WaitOverAfterAnAnswer(t *testing.T) {
	s := newStage(t)
	o, _ := s.confirmed()
	s.pass(time.Minute)
	bye := o.act(Hangup{Q850: 19})
	s.want(bye, "BYE")
	if r := header(bye[0], "Reason"); r != "Q.850;cause=19" {
		t.Errorf("Reason %q", r)
	}
	s = newStage(t)
	s.receive(message("INVITE", 1, "inv", "", offer))
	refusal := s.calls[0].act(Reject{Status: 480, Q850: 19, RetryAfter: 7 * time.Second})
	s.want(refusal, "480 INVITE")
	if r := header(refusal[0], "Reason"); r != "Q.850;cause=19" || header(refusal[0], "Retry-After") != "7" {
		t.Errorf("%s", refusal[0].Data)
	}
}
