package queue

import (
	"fmt"
	"testing"
)

// random asks each agent equally often, and each of the others equally often when one is avoided; another seed draws otherwise.
func TestRandomIsEven(t *testing.T) {
	const turns = 6000
	asked := func(seed uint64, not ...AgentID) (by map[AgentID]int, first string) {
		e, err := New(Settings{Seed: seed, Queues: []QueueSettings{{Name: "billing", Strategy: Random}}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			e.Apply(AgentLoggedIn{Agent: AgentID(fmt.Sprint("a", i)), Queues: annaIn.Queues, State: Available}, monday)
		}
		by = map[AgentID]int{}
		for i := range turns {
			offer, _ := got[Offer](e.Apply(CallerArrived{Caller: "c", Queue: "billing", Exclude: not}, monday))
			e.Apply(CallerLeft{Caller: "c"}, monday)
			by[offer.Agent]++
			if i < 20 {
				first += string(offer.Agent)
			}
		}
		return by, first
	}
	by, one := asked(1)
	for id, n := range by {
		if n < turns/4*9/10 || n > turns/4*11/10 {
			t.Errorf("%s: %d of %d", id, n, turns)
		}
	}
	if _, again := asked(1); again != one {
		t.Error("the same seed draws otherwise")
	}
	if _, two := asked(2); two == one {
		t.Error("two seeds draw the same")
	}
	by, _ = asked(1, "a1")
	for _, id := range []AgentID{"a0", "a2", "a3"} {
		if n := by[id]; n < turns/3*9/10 || n > turns/3*11/10 {
			t.Errorf("without a1, %s: %d of %d", id, n, turns)
		}
	}
	if by["a1"] != 0 {
		t.Errorf("a1, whom all exclude, is asked %d times", by["a1"])
	}
}

// round-robin comes round: each is asked once before anybody is asked again.
func TestRoundRobinComesRound(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", Strategy: RoundRobin})
	for i := range 5 {
		e.Apply(AgentLoggedIn{Agent: AgentID(fmt.Sprint("a", i)), Queues: []Membership{{Queue: "billing", Order: 5 - i}}, State: Available}, monday)
	}
	order := ""
	for range 12 {
		offer, _ := got[Offer](e.Apply(CallerArrived{Caller: "c", Queue: "billing"}, monday))
		order += string(offer.Agent[1:])
		e.Apply(CallerLeft{Caller: "c"}, monday)
	}
	if order != "432104321043" {
		t.Errorf("asked in the order %s", order)
	}
}
