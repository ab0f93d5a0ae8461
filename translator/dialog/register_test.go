package dialog

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// TestRegistrationTable: every state can be left but the last, each row has its rule, and no two rows are for the same pair.
func TestRegistrationTable(t *testing.T) {
	pairs := map[[2]int]int{}
	for _, r := range regRows {
		if r.rule == "" {
			t.Errorf("a row without a rule: %+v", r)
		}
		for _, s := range r.from {
			pairs[[2]int{int(s), int(r.on)}]++
		}
	}
	for p, n := range pairs {
		if n != 1 {
			t.Errorf("%d rows for %v", n, p)
		}
	}
	for s := range regStates {
		var r registration
		r.state = s
		if r.step(regLeave, regInput{now: t0}); s != regGone && r.state != regLeaving && r.state != regGone {
			t.Errorf("state %d is not left at shutdown", s)
		}
	}
}

// TestRegistrationLife is one registration in virtual time: challenge, too brief, bound, refreshed, lost, tried again with growing waits, found
// again, taken back.
func TestRegistrationLife(t *testing.T) {
	now := t0
	r := newRegistration(&Register{Expires: time.Minute}, now)
	step := func(ev regEvent, in regInput, state regState) *regRequest {
		t.Helper()
		in.now = now
		req := r.step(ev, in)
		if r.state != state {
			t.Fatalf("event %d: state %d, want %d", ev, r.state, state)
		}
		return req
	}
	wait := func(d time.Duration) {
		t.Helper()
		if got := r.next.Sub(now); got != d {
			t.Fatalf("next in %v, want %v", got, d)
		}
		now = r.next
	}
	if req := step(regDue, regInput{}, regTrying); req == nil || req.expires != time.Minute || !req.fresh {
		t.Fatalf("first: %+v", req)
	}
	if req := step(regChallenge, regInput{headers: []sip.Header{sip.NewHeader("Authorization", "x")}}, regTrying); req == nil || len(req.headers) != 1 {
		t.Fatalf("answer: %+v", req)
	}
	if req := step(regBrief, regInput{expires: 5 * time.Minute}, regTrying); req == nil || req.expires != 5*time.Minute {
		t.Fatalf("after 423: %+v", req)
	}
	step(regOK, regInput{expires: 4 * time.Minute}, regOn)
	wait(2 * time.Minute) // half of what was granted
	step(regDue, regInput{}, regRenew)
	step(regOK, regInput{expires: time.Hour}, regOn)
	wait(50 * time.Minute)
	step(regDue, regInput{}, regRenew)
	for i, d := range []time.Duration{5, 10, 20, 40, 80, 160, 300, 300, 300} {
		step(regFailed, regInput{random: 1000}, regWaiting)
		if i == 0 && !r.bindingHolds(now) {
			t.Error("the old binding holds for ten minutes more")
		}
		wait(d * time.Second)
		step(regDue, regInput{}, regTrying)
	}
	if r.bindingHolds(now) {
		t.Error("the binding has run out")
	}
	step(regFailed, regInput{after: 30 * time.Second, random: 0}, regWaiting)
	wait(150 * time.Second) // half at least
	step(regDue, regInput{}, regTrying)
	step(regOK, regInput{expires: 10 * time.Minute}, regOn)
	step(regFailed, regInput{}, regOn) // an answer that comes late
	if req := step(regLeave, regInput{}, regLeaving); req == nil || req.expires != 0 {
		t.Fatalf("leaving: %+v", req)
	}
	if req := step(regChallenge, regInput{}, regLeaving); req == nil || req.expires != 0 {
		t.Fatalf("leaving, challenged: %+v", req)
	}
	step(regOK, regInput{}, regGone)
	if !r.next.IsZero() || r.bindingHolds(now) {
		t.Error("gone, and yet something is due or bound")
	}
}

func TestRetryAfterOfARegistrar(t *testing.T) {
	r := newRegistration(&Register{}, t0)
	r.step(regDue, regInput{now: t0})
	r.step(regFailed, regInput{now: t0, after: 30 * time.Second})
	if d := r.next.Sub(t0); d != 30*time.Second {
		t.Errorf("next in %v", d)
	}
	r.step(regDue, regInput{now: t0})
	r.step(regFailed, regInput{now: t0, after: 30 * 24 * time.Hour})
	if d := r.next.Sub(t0); d != longestWait {
		t.Errorf("next in %v: nobody can hold us off longer", d)
	}
}

func TestGrantedInterval(t *testing.T) {
	us := &local{network: UDP, host: "192.0.2.1", port: 5060}
	for _, c := range []struct {
		contact, expires string
		want             time.Duration
	}{
		{"<sip:100@192.0.2.1:5060>;expires=120", "3600", 2 * time.Minute},
		{"<sip:other@192.0.2.9>;expires=60, <sip:100@192.0.2.1:5060;ob>;q=1;EXPIRES=90", "3600", 90 * time.Second},
		{"<sip:other@192.0.2.9>;expires=60", "3600", time.Hour},
		{"", "60 (a minute)", time.Minute},
		{"", "soon", 0},
		{"", "", 0},
	} {
		res := sip.NewResponse(200, "OK")
		if c.contact != "" {
			res.AppendHeader(sip.NewHeader("Contact", c.contact))
		}
		if c.expires != "" {
			res.AppendHeader(sip.NewHeader("Expires", c.expires))
		}
		if got := grantedBy(res, us, "100"); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestTrunkRowsAreWhole(t *testing.T) {
	rows := TrunkRows()
	for _, r := range rows {
		if r.Role == "" || r.From == "" || r.Event == "" || r.To == "" || r.Rule == "" {
			t.Errorf("row %+v", r)
		}
	}
	if n := int(healthStates)*int(healthEvents) + 20; len(rows) < n {
		t.Errorf("%d rows, want %d at least", len(rows), n)
	}
}
