package queue

import (
	"testing"
	"time"
)

// One morning, by hand: what the quarter hours hold, what they add up to, and what the agents' accounts say.
func TestIntervals(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", WrapUp: time.Minute, Target: 20 * time.Second})
	at := func(minutes float64, ev Event) { e.Apply(ev, monday.Add(time.Duration(minutes*float64(time.Minute)))) }
	beat := func(minutes float64) { at(minutes, AgentBeat{"anna"}) }
	at(0, AgentLoggedIn{Agent: "anna", Queues: annaIn.Queues, State: Away, Reason: "coffee"})
	at(5, CallerArrived{Caller: "c1", Queue: "billing"})
	at(5.05, CallerLeft{Caller: "c1"}) // 3 s: short
	at(6, CallerArrived{Caller: "c2", Queue: "billing"})
	at(7, CallerLeft{Caller: "c2"})
	at(14.75, CallerArrived{Caller: "c3", Queue: "billing"})
	beat(14.9)
	at(15, AgentStateSet{"anna", Available, ""}) // 15 s
	at(15, OfferAccepted{1})
	at(15, CallConnected{1})
	at(17, CallHeld{1, true})
	at(18, CallHeld{1, false})
	at(20, CallEnded{1}) // talk 4 min, hold 1 min
	at(20.5, WrapUpDone{Agent: "anna"})
	beat(31)
	at(31, CallerArrived{Caller: "c4", Queue: "billing"})
	at(31.5, Tick{}) // unreachable
	list := e.Intervals("billing")
	if len(list) != 3 {
		t.Fatalf("%d intervals, want 3", len(list))
	}
	first, second := list[0], list[1]
	if first.From != monday || second.From != monday.Add(15*time.Minute) {
		t.Errorf("from %v and %v", first.From, second.From)
	}
	if first.Offered != 3 || first.Abandoned != 2 || first.ShortAbandoned != 1 || first.LongestWait != time.Minute || first.Staffed != 0 {
		t.Errorf("first: %+v", first)
	}
	if second.Answered != 1 || second.InTarget != 1 || second.Talk.Sum != 4*time.Minute || second.Hold.Sum != time.Minute || second.WrapUp.Sum != 30*time.Second {
		t.Errorf("second: %+v", second)
	}
	if second.Staffed != 15*time.Minute || second.Busy != 5*time.Minute+30*time.Second {
		t.Errorf("second: staffed %v, busy %v", second.Staffed, second.Busy)
	}
	total, _ := e.Totals("billing")
	if total.ServiceLevel() != 1 || total.ServiceLevelOffered() != 0.5 || total.Offered != 4 {
		t.Errorf("total: service level %v, with abandoned %v, offered %d", total.ServiceLevel(), total.ServiceLevelOffered(), total.Offered)
	}
	f, _ := e.AgentFigures("anna")
	want := []StateTime{
		{Available, "", 11 * time.Minute}, {Away, "coffee", 15 * time.Minute}, {Offered, "", 3 * time.Second},
		{OnCall, "", 5 * time.Minute}, {WrapUp, "", 30 * time.Second},
	}
	want[0].Time = f.LoggedIn - 15*time.Minute - 3*time.Second - 5*time.Minute - 30*time.Second
	if len(f.States) != len(want) || f.LoggedIn != 31*time.Minute+30*time.Second {
		t.Fatalf("states %v, logged in %v", f.States, f.LoggedIn)
	}
	for i := range want {
		if f.States[i] != want[i] {
			t.Errorf("state %d: %v, want %v", i, f.States[i], want[i])
		}
	}
	if f.Offered != 2 || f.Answered != 1 || f.Unreachable != 1 || f.Talk != 4*time.Minute || f.Hold != time.Minute || f.WrapUp != 30*time.Second {
		t.Errorf("%+v", f)
	}
}

// The estimate is the drain rate while somebody waited, by place; its error is that of the last hour.
func TestEstimate(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	if est, ok := e.EstimateAt("billing", 1); est.Known || !ok {
		t.Errorf("of a new queue: %+v, %v", est, ok)
	}
	if _, ok := e.EstimateAt("sales", 1); ok {
		t.Error("of a queue that is not there")
	}
	at := func(s int, ev Event) { e.Apply(ev, monday.Add(time.Duration(s)*time.Second)) }
	at(0, CallerArrived{Caller: "c1", Queue: "billing"})
	at(0, CallerArrived{Caller: "c2", Queue: "billing"})
	at(30, CallerLeft{Caller: "c1"})
	at(60, CallerLeft{Caller: "c2"}) // two left in 60 s of waiting
	at(600, Tick{})                  // nobody waited meanwhile: it does not count
	if est, _ := e.EstimateAt("billing", 3); !est.Known || est.Wait != 90*time.Second || est.Error != 0 {
		t.Errorf("third place: %+v, want 90 s", est)
	}
	at(600, CallerArrived{Caller: "c3", Queue: "billing"}) // told 30 s
	at(650, annaIn)
	at(650, OfferAccepted{1})
	at(650, CallConnected{1}) // waited 50 s
	if est, _ := e.EstimateAt("billing", 1); est.Error != 20*time.Second || est.Wait != 110*time.Second/3 {
		t.Errorf("after one that was wrong by 20 s: %+v", est)
	}
	at(650+16*60, Tick{})
	if est, _ := e.EstimateAt("billing", 1); est.Known {
		t.Errorf("after a quarter of an hour without a departure: %+v", est)
	}
}

func TestHistogram(t *testing.T) {
	var h Histogram
	for _, d := range []time.Duration{0, time.Second, time.Second + 1, 20 * time.Second, 2 * time.Hour} {
		h.add(d)
	}
	if h.N() != 5 || h.Counts[0] != 2 || h.Counts[1] != 1 || h.Counts[5] != 1 || h.Counts[len(h.Counts)-1] != 1 {
		t.Errorf("%+v", h)
	}
}

// Who is sent on as he comes has not stood in the line: he says nothing about how fast it moves, nor how long callers wait.
func TestEstimateWithoutThoseSentOn(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", Hours: &Hours{}, OnClosed: WayOut{Kind: OutQueue, Queue: "sales"}}, QueueSettings{Name: "sales"})
	e.Apply(Tick{}, monday)
	e.Apply(c1, monday.Add(10*time.Minute))
	if est, _ := e.EstimateAt("billing", 1); est.Known {
		t.Errorf("got %+v from a line in which nobody stood", est)
	}
	if total, _ := e.Totals("billing"); total.Offered != 1 || total.Overflowed != 1 || total.Wait.N() != 0 {
		t.Errorf("got %+v", total)
	}
}
