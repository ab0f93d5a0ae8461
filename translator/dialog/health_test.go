package dialog

import (
	"testing"
	"time"
)

func TestHealthTableIsTotal(t *testing.T) {
	for s := range healthTable {
		for e, r := range healthTable[s] {
			if r == nil || r.rule == "" {
				t.Errorf("no row for state %d, event %d", s, e)
			}
		}
	}
}

// TestFaultTrunkDead: down after one silence or refusal, back after three good answers in a row (F7).
func TestFaultTrunkDead(t *testing.T) {
	for _, bad := range []healthEvent{sawSilence, sawRefusal, sawBad} {
		h := health{qualified: true}
		see := func(ev healthEvent, up bool) {
			t.Helper()
			h.see(ev, 0, t0)
			if h.usable(t0) != up {
				t.Fatalf("event %d after %d: usable %v", ev, bad, !up)
			}
		}
		see(sawGood, true)
		see(bad, false)
		see(sawGood, false)
		see(sawGood, false)
		see(bad, false) // counted from the beginning again
		see(sawGood, false)
		see(sawGood, false)
		see(sawGood, true)
	}
}

func TestRetryAfterTakesAnAddressOut(t *testing.T) {
	for _, c := range []struct {
		qualified  bool
		after, out time.Duration
	}{{true, 20 * time.Second, 20 * time.Second}, {true, time.Hour, 300 * time.Second}, {false, 20 * time.Second, 20 * time.Second}, {false, 0, 10 * time.Second}} {
		h := health{qualified: c.qualified}
		if !h.see(sawRefusal, c.after, t0) {
			t.Errorf("%+v: no change told", c)
		}
		for range 3 {
			h.see(sawGood, 0, t0)
		}
		if h.usable(t0.Add(c.out-time.Millisecond)) || !h.usable(t0.Add(c.out)) {
			t.Errorf("%+v: back too early or too late", c)
		}
	}
}

// TestQualifyTimes: OPTIONS every 10 s, 10 % more or less.
func TestQualifyTimes(t *testing.T) {
	h := health{qualified: true, next: t0}
	if !h.due(t0, 0) || h.next.Sub(t0) != 9*time.Second || h.due(t0.Add(8*time.Second), 0) {
		t.Errorf("least: %v", h.next.Sub(t0))
	}
	if at := h.next; !h.due(at, 1999) || h.next.Sub(at) > 11*time.Second || h.next.Sub(at) < 10990*time.Millisecond {
		t.Errorf("most: %v", h.next.Sub(at))
	}
	if (&health{next: t0}).due(t0.Add(time.Hour), 0) {
		t.Error("an address that is not to be asked is")
	}
}
