package sdp

import "testing"

// TestNegotiationIsComplete walks every state and move: exactly one row each, every rule told, and no refusal that changes the state.
func TestNegotiationIsComplete(t *testing.T) {
	for s := Stable; s <= HaveRemoteOffer; s++ {
		for m := range moves {
			rows := 0
			for _, r := range negotiation {
				if r.from != s || r.on != m {
					continue
				}
				rows++
				if r.rule == "" || r.refusal != nil && r.to != r.from {
					t.Errorf("%s on %s: rule %q, refusal %v to %s", s, m, r.rule, r.refusal, r.to)
				}
			}
			if rows != 1 {
				t.Errorf("%s on %s has %d rows", s, m, rows)
			}
		}
	}
}
