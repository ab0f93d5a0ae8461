package queue

import (
	"fmt"
	"testing"
	"time"
)

// true books of the engine in brought's situations, by hand.
func booksOf(e *Engine) (b Books) {
	for id := range e.callers {
		b.Callers = append(b.Callers, id)
	}
	for id := range e.offers {
		b.Offers = append(b.Offers, id)
	}
	for id, a := range e.agents {
		b.Agents = append(b.Agents, AgentBook{id, a.attached, a.seized})
	}
	return b
}

// In every situation the engine agrees with true books: nothing is repaired.
func TestReconcileFindsNothing(t *testing.T) {
	for _, s := range situations {
		e, _ := brought(t, s)
		for range 3 {
			if r := e.Reconcile(booksOf(e)); r != nil {
				t.Errorf("%s: %+v", s.name, r)
			}
		}
	}
}

// What is found the second time, but not running, is not given.
func TestReconcileUnsuspects(t *testing.T) {
	e, _ := brought(t, situations[len(situations)-1])
	if r := e.Reconcile(Books{}); r != nil {
		t.Fatalf("found at once: %+v", r)
	}
	e.Unsuspect()
	if r := e.Reconcile(Books{}); r != nil {
		t.Errorf("given although the look before does not count: %+v", r)
	}
	if r := e.Reconcile(Books{}); r == nil {
		t.Error("nothing is given when it was found twice running")
	}
}

// In every situation, with books in which everything is gone, applying the repairs again and again leaves nothing behind.
func TestFaultReconcileLeavesNothingStuck(t *testing.T) {
	for _, s := range situations {
		e, _ := brought(t, s)
		now := monday
		for range 12 {
			now = now.Add(time.Second)
			for _, r := range e.Reconcile(Books{}) {
				if r.Event == nil {
					t.Errorf("%s: %+v has no event", s.name, r)
				}
				e.Apply(r.Event, now)
			}
		}
		if c := e.Census(); c != (Census{}) {
			t.Errorf("%s: left %+v", s.name, c)
		}
	}
}

// Each kind of disagreement, found the second time and not the first, and what it is repaired by.
func TestFaultReconcile(t *testing.T) {
	talks := []Event{annaIn, c1, OfferAccepted{1}, CallConnected{1}}
	for _, row := range []struct {
		name   string
		events []Event
		spoil  func(*Engine, *Books)
		want   Repair
	}{
		{"a caller whose call is gone", []Event{c1}, func(_ *Engine, b *Books) { b.Callers = nil },
			Repair{Why: RepairCallerGone, Caller: "c1", Event: CallerLeft{"c1", LeaveGone}}},
		{"a call that the engine does not know", nil, func(_ *Engine, b *Books) { b.Callers = []CallerID{"c9"} },
			Repair{Why: RepairCallerLost, Caller: "c9"}},
		{"a call that ended unheard", talks, func(_ *Engine, b *Books) { b.Offers = nil },
			Repair{Why: RepairOfferGone, Caller: "c1", Offer: 1, Agent: "anna", Event: CallEnded{1}}},
		{"an agent who left unheard", []Event{annaIn}, func(_ *Engine, b *Books) { b.Agents = nil },
			Repair{Why: RepairAgentGone, Agent: "anna", Event: AgentLoggedOut{"anna"}}},
		{"a socket lost unheard", []Event{annaIn}, func(_ *Engine, b *Books) { b.Agents[0].Attached = false },
			Repair{Why: RepairAttached, Agent: "anna", Event: AgentDetached{"anna"}}},
		{"a call of her own that ended unheard", []Event{annaIn, AgentSeized{"anna"}}, func(_ *Engine, b *Books) { b.Agents[0].OwnCalls = 0 },
			Repair{Why: RepairSeized, Agent: "anna", Event: AgentFreed{"anna"}}},
		{"a call of her own unheard of", []Event{annaIn}, func(_ *Engine, b *Books) { b.Agents[0].OwnCalls = 1 },
			Repair{Why: RepairNotSeized, Agent: "anna", Event: AgentSeized{"anna"}}},
		{"an agent stuck on a call that is none", talks, func(e *Engine, b *Books) { e.agents["anna"].offer = nil },
			Repair{Why: RepairWithoutOwner, Agent: "anna", Event: AgentLoggedOut{"anna"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			e, _ := brought(t, situation{events: row.events})
			b := booksOf(e)
			row.spoil(e, &b)
			if r := e.Reconcile(b); r != nil {
				t.Errorf("the first time: %+v", r)
			}
			if r := e.Reconcile(b); fmt.Sprint(r) != fmt.Sprint([]Repair{row.want}) {
				t.Errorf("got %+v, want %+v", r, row.want)
			}
		})
	}
}

// What the next look does not find again was on its way.
func TestReconcileWaitsForWhatIsOnItsWay(t *testing.T) {
	e, _ := brought(t, situation{events: []Event{c1}})
	e.Reconcile(Books{})
	e.Apply(CallerLeft{Caller: "c1"}, monday)
	if r := e.Reconcile(Books{}); r != nil {
		t.Errorf("got %+v", r)
	}
}
