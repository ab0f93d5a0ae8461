package dialog

import (
	"strings"
	"testing"
)

// TestTableIsTotal walks every role, state and event: each pair has a row, and each row that does nothing says why.
func TestTableIsTotal(t *testing.T) {
	used := map[*rule]bool{}
	for who := range roles {
		for from := range states {
			for on := range triggers {
				r := lookup[who][from][on]
				if r == nil {
					t.Errorf("%v %v: no row for %v", who, from, on)
					continue
				}
				used[r] = true
				if r.cite == "" || r.action == "" || on.String() == "" {
					t.Errorf("%v %v %v: row without action or rule", who, from, on)
				}
				if r.act == nil && (!strings.HasPrefix(r.action, "ignored") || r.target(from) != from) {
					t.Errorf("%v %v %v: a row without an action changes state or claims to act", who, from, on)
				}
				if from == StateTerminated && r.target(from) != from {
					t.Errorf("%v %v: leaves Terminated", who, on)
				}
			}
		}
	}
	for i := range rules {
		if !used[&rules[i]] {
			t.Errorf("row %d (%v, %s) never applies", i, rules[i].on, rules[i].action)
		}
	}
}

func TestRowsTellTheTable(t *testing.T) {
	rows := Rows()
	if want := int(roles) * int(states) * int(triggers); len(rows) != want {
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	first := rows[0]
	if first != (Row{"UAS", "Null", "INVITE arrives / place", "Trying", "send 100", "RFC 3261 §8.2.6.1"}) {
		t.Errorf("first row %+v", first)
	}
}

// TestUnknownEventChangesNothing: after an event nobody expects, the state is what it was.
func TestUnknownEventChangesNothing(t *testing.T) {
	s := newStage(t)
	o, _ := s.confirmed()
	if out := o.d.Step(nil, s.now); out != nil || o.d.State() != StateConfirmed {
		t.Errorf("nil event: %v, state %v", out, o.d.State())
	}
}
