package dialog

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestFaultOvertaken: requests of a call that come in the wrong order are taken in the right one; a gap that stays one is no fault (RFC 3261 §12.2.2). A machine that is busy
// with something else for longer than a request waits may spoil a try.
func TestFaultOvertaken(t *testing.T) {
	calls := make(chan *liveCall, 1)
	o := newOffice(t, func(c *liveCall) { answerAtOnce(c); calls <- c })
	p := newPhone(t, o, "127.0.0.1:0")
	p.send(message("INVITE", 1, "inv", "", offer))
	tag := tagOf(p.expect("SIP/2.0 200"))
	p.send(message("ACK", 1, "ack", tag, ""))
	c := <-calls
	digit := func(seq int, key string) {
		p.send(message("INFO", seq, fmt.Sprint("i", seq), tag, key, "Content-Type: application/dtmf"))
	}
	var got []string
	for try, seq := 0, 2; try < 5; try, seq = try+1, seq+3 {
		digit(seq+2, "3")
		digit(seq+1, "2")
		digit(seq, "1")
		taken := 0
		for range 3 {
			if start(p.expect("SIP/2.0 ")) == "SIP/2.0 200 OK" {
				taken++
			}
		}
		got = nil
		for range taken {
			got = append(got, c.report(t, Digit).Digit)
		}
		if slices.Equal(got, []string{"1", "2", "3"}) {
			break
		}
	}
	if !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("the keys are %v", got)
	}
	began := time.Now()
	p.send(message("OPTIONS", 60, "gap", tag, ""))
	p.expect("SIP/2.0 200")
	if d := time.Since(began); d > time.Second {
		t.Errorf("a gap holds a request back for %v", d)
	}
}
