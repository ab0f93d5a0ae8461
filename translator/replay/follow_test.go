package replay

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A call whose record is whole needs no word about it, and nothing of the agent but what was derived; one whose record ends in its middle is hung up.
func TestRecordEndsInMidCall(t *testing.T) {
	for _, row := range []struct {
		drop int // messages off the end
		note string
	}{{0, ""}, {2, "the record ends in mid-call: the agent hangs up"}} {
		c := trace(t, "baresip-in-answered")
		c.Messages = c.Messages[:len(c.Messages)-row.drop]
		calls := c.Calls()
		r, err := PlayCall(calls[0], SideCaller, calls)
		if err != nil {
			t.Fatal(err)
		}
		hungUp := slices.ContainsFunc(r.Messages, func(m Message) bool { return m.In && m.Type() == "hangup" })
		if got := strings.Join(r.Notes, "; "); got != row.note || hungUp != (row.note != "") || len(r.Problems) > 0 {
			t.Errorf("without the last %d: notes %q, hung up %v, problems %q", row.drop, got, hungUp, r.Problems)
		}
	}
}

// Nobody can dial an empty number: that is a note, and the rest is played.
func TestUndialledNumber(t *testing.T) {
	c := trace(t, "baresip-in-answered")
	c.Messages[0].SIP = strings.Replace(c.Messages[0].SIP, "INVITE sip:bar@", "INVITE sip:@", 1)
	calls := c.Calls()
	r, err := PlayCall(calls[0], SideCallee, calls)
	if err != nil || len(r.Notes) == 0 || !strings.Contains(r.Notes[0], "cannot ask") {
		t.Errorf("%v, %+v", err, r)
	}
}

// A record that lasts longer than any call is not played for ever, but refused with the packet's number.
func TestSecurityEndlessRecord(t *testing.T) {
	c := trace(t, "baresip-in-answered")
	last := &c.Messages[len(c.Messages)-1]
	last.At = last.At.Add(50 * 365 * 24 * time.Hour)
	calls := c.Calls()
	if _, err := PlayCall(calls[0], SideCaller, calls); err == nil || !strings.Contains(err.Error(), "packet 6 is ") {
		t.Errorf("got %v", err)
	}
}
