package queue

import (
	"fmt"
	"testing"
	"time"
)

// However many different skills callers have needed, a queue keeps few pools; and none of them more than its members.
func TestSecurityPoolsAreBounded(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", Capacity: 1000})
	e.Apply(annaIn, monday)
	q := e.queues["billing"]
	for i := range 500 {
		id := CallerID(fmt.Sprint(i))
		e.Apply(CallerArrived{Caller: id, Queue: "billing", Needs: []Need{{Skill: fmt.Sprint("s", i)}}}, monday)
		e.Apply(CallerLeft{Caller: id}, monday)
		if n := len(q.pools); n > maxIdlePools+2 {
			t.Fatalf("%d pools after %d callers, none of whom waits", n, i+1)
		}
	}
	if len(q.groups) != 0 || len(e.agents["anna"].members[0].seats) > maxIdlePools+2 {
		t.Errorf("%d groups, %d seats", len(q.groups), len(e.agents["anna"].members[0].seats))
	}
}

// A pool that was dropped while callers of others wait takes nobody along: whoever is able is asked afterwards as before.
func TestDroppedPoolIsBuiltAnew(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", Capacity: 1000})
	e.Apply(AgentLoggedIn{Agent: "anna", Queues: annaIn.Queues, Skills: []Skill{{"s3", 1}}, State: Available}, monday)
	for i := range 100 {
		e.Apply(CallerArrived{Caller: CallerID(fmt.Sprint(i)), Queue: "billing", Needs: []Need{{Skill: fmt.Sprint("x", i)}}}, monday)
		if i%2 == 0 {
			e.Apply(CallerLeft{Caller: CallerID(fmt.Sprint(i))}, monday)
		}
	}
	offer, ok := got[Offer](e.Apply(CallerArrived{Caller: "able", Queue: "billing", Needs: []Need{{Skill: "s3"}}}, monday))
	if !ok || offer.Caller != "able" {
		t.Errorf("got %+v", offer)
	}
}

// The numbers remembered for return_within are bounded, and a number that is forgotten is gone whole.
func TestSecurityReturnsAreBounded(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", ReturnWithin: time.Hour})
	q := e.queues["billing"]
	for i := range 3 * returnKept {
		ev := CallerArrived{Caller: "c", Queue: "billing", Number: fmt.Sprint(i % (returnKept + 500))}
		e.Apply(ev, monday.Add(time.Duration(i)*time.Millisecond))
		e.Apply(CallerLeft{Caller: "c"}, monday.Add(time.Duration(i)*time.Millisecond))
	}
	if len(q.returns.by) > returnKept || len(q.returns.order) > returnKept {
		t.Errorf("%d numbers, %d entries", len(q.returns.by), len(q.returns.order))
	}
	e.Apply(CallerArrived{Caller: "late", Queue: "billing", Number: fmt.Sprint(returnKept)}, monday.Add(2*time.Hour))
	if c := e.callers["late"]; !c.arrived.Equal(monday.Add(2 * time.Hour)) {
		t.Errorf("after more than return_within he counts from %v", c.arrived)
	}
}

// An agent's reasons are free text: of many, few are kept, and their times still add up.
func TestSecurityReasonsAreBounded(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	now := monday
	e.Apply(annaIn, now)
	for i := range 500 {
		now = now.Add(time.Second)
		e.Apply(AgentStateSet{"anna", Away, fmt.Sprint("reason ", i)}, now)
	}
	f, _ := e.AgentFigures("anna")
	var sum time.Duration
	for _, s := range f.States {
		sum += s.Time
	}
	if len(f.States) > keptReasons+1 || sum != f.LoggedIn || sum != 500*time.Second {
		t.Errorf("%d states, %v in them, logged in for %v", len(f.States), sum, f.LoggedIn)
	}
}

// Accounts of agents who are gone are dropped after a day, at midnight.
func TestSecurityAccountsAreBounded(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	for i := range 100 {
		id := AgentID(fmt.Sprint(i))
		e.Apply(AgentLoggedIn{Agent: id, Queues: annaIn.Queues}, monday)
		e.Apply(AgentLoggedOut{id}, monday)
	}
	e.Apply(annaIn, monday)
	e.Apply(Tick{}, monday.Add(16*time.Hour))
	if len(e.ledgers) != 101 {
		t.Errorf("the same night: %d accounts, want 101", len(e.ledgers))
	}
	e.Apply(Tick{}, monday.Add(40*time.Hour))
	if len(e.ledgers) != 1 {
		t.Errorf("the night after: %d accounts, want 1", len(e.ledgers))
	}
}

// Whatever time passes without an event, a queue keeps a day of intervals and its totals are right.
func TestFaultLongSilence(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", Hours: &Hours{Week: weekdays(9*time.Hour, 17*time.Hour)}})
	e.Apply(annaIn, monday)
	e.Apply(Tick{}, monday.AddDate(3, 0, 0))
	if n := len(e.Intervals("billing")); n > keptIntervals+1 {
		t.Errorf("%d intervals", n)
	}
	total, _ := e.Totals("billing")
	if want := monday.AddDate(3, 0, 0).Sub(monday); total.Staffed != want {
		t.Errorf("staffed for %v, want %v", total.Staffed, want)
	}
}

// An owner who was late, a suspended machine say, is told a caller's place once, and not once for each time that was missed.
func TestFaultLateAnnouncements(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", AnnounceEvery: 10 * time.Second})
	e.Apply(CallerArrived{Caller: "c1", Queue: "billing"}, monday)
	e.Apply(CallerArrived{Caller: "c2", Queue: "billing"}, monday)
	e.Apply(CallerLeft{Caller: "c1"}, monday.Add(time.Second))
	n := 0
	for _, d := range e.Apply(Tick{}, monday.Add(time.Hour)) {
		if _, ok := d.(Announce); ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("told %d times after an hour's silence", n)
	}
}
