package replay

import (
	"testing"
	"time"
)

// A CANCEL and a BYE that come at once are answered in either order by a live server; the transcript has the order of the requests. What is asked later is
// answered later, and what is far apart stays.
func TestAnswersInTheirOrder(t *testing.T) {
	sip := func(in bool, at time.Duration, first, cseq string) Message {
		return Message{Party: "trunk", In: in, At: at, SIP: first + "\r\nCall-ID: a\r\nCSeq: " + cseq + "\r\n\r\n"}
	}
	const ms = time.Millisecond
	got := inTheirOrder([]Message{
		sip(true, 0, "INVITE x SIP/2.0", "1 INVITE"), sip(false, 0, "SIP/2.0 200 OK", "1 INVITE"),
		sip(true, 10*ms, "CANCEL x SIP/2.0", "1 CANCEL"), sip(true, 10*ms, "BYE x SIP/2.0", "2 BYE"),
		sip(false, 11*ms, "SIP/2.0 200 OK", "2 BYE"), sip(false, 12*ms, "SIP/2.0 200 OK", "1 CANCEL"),
	})
	if exchange(got[4].SIP) != "a 1 CANCEL" || exchange(got[5].SIP) != "a 2 BYE" || got[4].At != 11*ms || exchange(got[1].SIP) != "a 1 INVITE" {
		t.Errorf("the order is %q, %q", exchange(got[4].SIP), exchange(got[5].SIP))
	}
	far := []Message{sip(true, 0, "INFO x SIP/2.0", "3 INFO"), sip(true, 0, "BYE x SIP/2.0", "4 BYE"), sip(false, 0, "SIP/2.0 200 OK", "4 BYE"), sip(false, time.Second, "SIP/2.0 200 OK", "3 INFO")}
	if got := inTheirOrder(far); exchange(got[2].SIP) != "a 4 BYE" {
		t.Error("answers that are a second apart changed places")
	}
}
