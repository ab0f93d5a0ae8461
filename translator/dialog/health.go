package dialog

import (
	"time"
)

// Qualify by OPTIONS (translation.md §1.5, F7 of security.md).
const (
	qualifyEvery = 10 * time.Second // ±10 %
	silenceTime  = 3 * time.Second  // no response at all to a request
	maxOut       = 300 * time.Second
	plainOut     = 10 * time.Second // after a 503 without Retry-After from an address that is not qualified
)

// healthState says whether an address of a trunk may be sent calls.
type healthState uint8

const (
	healthUp   healthState = iota // also before the first answer: a trunk is not refused on suspicion
	healthDown                    // silent, refusing or not reachable
	healthOnce                    // one good answer after that
	healthTwice
	healthStates
)

// healthEvent is something that an answer, or the lack of one, says about an address.
type healthEvent uint8

const (
	sawGood    healthEvent = iota // any final response but 408 and 503, to OPTIONS
	sawBad                        // 408
	sawSilence                    // nothing in 3 s
	sawRefusal                    // 503, ICMP, a connection that cannot be made
	healthEvents
)

// healthRow is one row of the table.
type healthRow struct {
	from []healthState
	on   []healthEvent
	to   healthState
	rule string
}

var healthRows = []healthRow{
	{[]healthState{healthUp}, []healthEvent{sawGood}, healthUp, "translation.md §1.5 Qualify: any final response but 408 and 503 means up"},
	{[]healthState{healthUp, healthOnce, healthTwice, healthDown}, []healthEvent{sawSilence}, healthDown, "F7: down after 3 s of silence"},
	{[]healthState{healthUp, healthOnce, healthTwice, healthDown}, []healthEvent{sawRefusal}, healthDown, "F7: at once on 503 or ICMP"},
	{[]healthState{healthUp, healthOnce, healthTwice, healthDown}, []healthEvent{sawBad}, healthDown, "translation.md §1.5 Qualify: 408 is not up"},
	{[]healthState{healthDown}, []healthEvent{sawGood}, healthOnce, "F7: back after 3 good"},
	{[]healthState{healthOnce}, []healthEvent{sawGood}, healthTwice, "F7: back after 3 good"},
	{[]healthState{healthTwice}, []healthEvent{sawGood}, healthUp, "F7: back after 3 good"},
}

// healthTable is the rows by state and event; it is total.
var healthTable = func() (t [healthStates][healthEvents]*healthRow) {
	for i := range healthRows {
		for _, s := range healthRows[i].from {
			for _, e := range healthRows[i].on {
				t[s][e] = &healthRows[i]
			}
		}
	}
	return t
}()

// health is what is known of one address. It is a value-in, value-out machine without a clock.
type health struct {
	state     healthState
	qualified bool      // OPTIONS are sent; without them only time brings an address back
	next      time.Time // of the next OPTIONS
	out       time.Time // not before then, by Retry-After
}

// see takes one event. after is the Retry-After that came with a refusal, 0 if none did. It says whether usable has changed.
func (h *health) see(ev healthEvent, after time.Duration, now time.Time) bool {
	was := h.usable(now)
	if ev == sawRefusal && after <= 0 && !h.qualified {
		after = plainOut
	}
	if ev == sawRefusal && after > 0 {
		h.out = now.Add(min(after, maxOut))
	}
	if h.qualified {
		h.state = healthTable[h.state][ev].to
	} else if ev == sawSilence {
		h.out = now.Add(plainOut)
	}
	return was != h.usable(now)
}

// usable says whether calls may go there.
func (h *health) usable(now time.Time) bool { return h.state == healthUp && !now.Before(h.out) }

// due says whether OPTIONS is to be sent now, and plans the next one. jitter is in [0, 2000): thousandths of 10 % either way.
func (h *health) due(now time.Time, jitter int) bool {
	if !h.qualified || now.Before(h.next) {
		return false
	}
	tenth := qualifyEvery / 10
	h.next = now.Add(qualifyEvery - tenth + time.Duration(jitter)*tenth/1000)
	return true
}

// healthOf reads an answer to OPTIONS or INVITE. For an INVITE only a refusal of the trunk itself counts: what it says of the callee does not.
func healthOf(o outcome, options bool) (healthEvent, bool) {
	switch {
	case o.err == errTransport:
		return sawRefusal, true
	case o.err != nil:
		return sawSilence, options || o.silent
	case o.res.StatusCode == 503:
		return sawRefusal, true
	case !options || o.res.StatusCode < 200:
		return 0, false
	case o.res.StatusCode == 408:
		return sawBad, true
	}
	return sawGood, true
}
