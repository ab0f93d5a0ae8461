package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"offhook/internal/harness"
)

// telephoneEvent is the payload type of telephone-event in sipp's scenarios.
const telephoneEvent = 101

// keypad: what is pressed on the callbar's keypad arrives as telephone events, each whole, with a gap after it, and the conversation goes on.
func (o *office) keypad() {
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	o.press("5", "1", "star", "hash", "0")
	wholePresses(o.t, c.pressed(5), "51*#0")
	c.talksTo(o.anna)
	o.anna.do("press", args{"keys": []string{"Escape"}})
	c.ends(o.anna)
}

// press opens Anna's keypad and presses keys, by their accessible names.
func (o *office) press(names ...string) {
	o.t.Helper()
	o.anna.do("click", args{"name": "Keypad"})
	for _, name := range names {
		o.anna.do("click", args{"name": name})
	}
}

// pressed waits until the customer has got so many keys to their end, and a little longer, as the end of each is sent three times.
func (c *customer) pressed(n int) []harness.Press {
	c.o.t.Helper()
	c.hears.Reads(c.o.ctx, c.o.t, telephoneEvent, n)
	return c.hears.Presses(telephoneEvent)
}

// wholePresses fails the test unless these are the keys, each of 160 ms as RFC 4733 has it, with 40 ms at least between them.
func wholePresses(t *testing.T, presses []harness.Press, keys string) {
	t.Helper()
	if got := harness.Keys(presses); got != keys {
		t.Fatalf("the keys %s arrived, want %s", got, keys)
	}
	for i, p := range presses {
		if p.Duration != 160*time.Millisecond || !p.Marked || !p.Rising || p.Ends != 3 || p.SSRC != presses[0].SSRC {
			t.Errorf("key %c: %+v; want 160 ms, its first packet marked, its end three times, from one source", p.Key, p)
		}
		if i > 0 && p.Pause < 40*time.Millisecond {
			t.Errorf("key %c begins %v after the end of the one before", p.Key, p.Pause)
		}
	}
}

// keypadByInfo: this trunk wants keys as SIP INFO, one after the other; sipp checks both.
func (o *office) keypadByInfo() {
	c := o.sipp(o.old, "uac-gets-info", "100")
	wire := harness.Listen(o.t, "udp dst port "+fmt.Sprint(c.run.Addr.Port()))
	c.answeredBy(o.anna)
	o.press("5", "hash")
	for _, signal := range []string{"5", "#"} {
		wire.Said(o.ctx, "INFO with "+signal, func(m harness.Message) bool {
			return m.Is("INFO") && strings.Contains(strings.ReplaceAll(m.SDP(), " ", ""), "Signal="+signal+"\nDuration=160")
		})
	}
	if got := c.hears.Presses(telephoneEvent); len(got) > 0 {
		o.t.Errorf("keys went as telephone events too: %s", harness.Keys(got))
	}
	o.anna.do("press", args{"keys": []string{"Escape"}})
	c.ends(o.anna)
}

// keysOfTheCustomer: what he presses is nothing that the agent would hear, and takes nothing from the conversation.
func (o *office) keysOfTheCustomer() {
	c := o.baresip("100")
	says := harness.Listen(o.t, c.phone.Sends())
	c.answeredBy(o.anna)
	for i, key := range []string{"4", "2"} {
		c.phone.Do("sndcode", key)
		says.Reads(o.ctx, o.t, telephoneEvent, i+1)
	}
	c.talksTo(o.anna)
	c.ends(o.anna)
}
