package queue

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// Those who wait are shown in the order in which they are served, a page at a time, and each with what is true of him.
func TestALineIsShownByPages(t *testing.T) {
	e, now := engine(t, QueueSettings{Name: "billing"}, QueueSettings{Name: "sales"}), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for i := range 25 {
		e.Apply(CallerArrived{Caller: CallerID(fmt.Sprintf("c%02d", i)), Queue: "billing", Class: i / 24}, now.Add(time.Duration(i)*time.Second))
	}
	e.Apply(CallbackAsked{Caller: "c00"}, now.Add(30*time.Second))
	var seen []CallerID
	for place := 1; ; place += 10 {
		page, ok := e.Line("billing", place, 10)
		if !ok {
			t.Fatal("there is no queue billing")
		}
		for i, c := range page {
			if c.Place != place+i || c.Queue != "billing" {
				t.Errorf("%+v stands at %d", c, place+i)
			}
			seen = append(seen, c.Caller)
			if one, ok := e.Caller(c.Caller); !ok || one.Place != c.Place {
				t.Errorf("%s: alone %+v, in line %+v", c.Caller, one, c)
			}
		}
		if len(page) < 10 {
			break
		}
	}
	if len(seen) != 25 || seen[0] != "c24" || seen[1] != "c00" || !slices.IsSorted(seen[1:]) {
		t.Errorf("got %v", seen)
	}
	if first, _ := e.Line("billing", 2, 1); !first[0].Callback || first[0].Waited != 30*time.Second || !first[0].Arrived.Equal(now) {
		t.Errorf("got %+v", first[0])
	}
	for _, place := range []int{-3, 26, 1 << 40} {
		if page, ok := e.Line("billing", place, 0); !ok || len(page) != 0 {
			t.Errorf("from %d: %v, %v", place, page, ok)
		}
	}
	if page, ok := e.Line("sales", 1, 10); !ok || len(page) != 0 {
		t.Errorf("an empty line: %v, %v", page, ok)
	}
	if _, ok := e.Line("nope", 1, 10); ok {
		t.Error("a queue that is not there has a line")
	}
	if _, ok := e.Caller("nobody"); ok {
		t.Error("nobody waits")
	}
}

// A queue and an agent are shown as they are, and what is shown is a copy.
func TestQueuesAndAgentsAreShown(t *testing.T) {
	e, now := engine(t, QueueSettings{Name: "billing", Hours: &Hours{}}, QueueSettings{Name: "sales", Levels: []LevelStep{{0, 1}}}), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	if names := e.Queues(); !slices.Equal(names, []string{"billing", "sales"}) {
		t.Errorf("got %v", names)
	}
	e.Apply(QueuePaused{Queue: "sales", Paused: true}, now)
	if q, ok := e.Queue("billing"); !ok || q.Open || q.Paused || q.Settings.Strategy != LongestIdle {
		t.Errorf("got %+v, %v", q, ok)
	}
	q, _ := e.Queue("sales")
	if !q.Open || !q.Paused {
		t.Errorf("got %+v", q)
	}
	q.Settings.Levels[0].Upto = 9
	if again, _ := e.Queue("sales"); again.Settings.Levels[0].Upto != 1 {
		t.Error("what is shown is the engine's own")
	}
	e.Apply(QueuePaused{Queue: "sales"}, now)
	e.Apply(AgentLoggedIn{Agent: "anna", State: Available, Queues: []Membership{{Queue: "sales", Level: 2, Order: 7}, {Queue: "nope"}}, Skills: []Skill{{"lang=de", 3}}}, now)
	if a, ok := e.AgentView("anna"); !ok || !a.Attached || !a.Ready || !slices.Equal(a.Queues, []Membership{{"sales", 2, 7}}) || !slices.Equal(a.Skills, []Skill{{"lang=de", 3}}) || a.Caller != "" {
		t.Errorf("got %+v, %v", a, ok)
	}
	e.Apply(CallerArrived{Caller: "c1", Queue: "sales"}, now)
	if a, _ := e.AgentView("anna"); a.Ready || a.Caller != "c1" || a.Queue != "sales" {
		t.Errorf("got %+v", a)
	}
	if c, _ := e.Caller("c1"); !slices.Equal(c.Asked, []AgentID{"anna"}) || c.Won {
		t.Errorf("got %+v", c)
	}
	e.Apply(AgentDetached{"anna"}, now)
	e.Apply(AgentSeized{"anna"}, now)
	if a, _ := e.AgentView("anna"); a.Attached || a.Ready || a.OwnCalls != 1 || a.Caller != "" {
		t.Errorf("got %+v", a)
	}
	if _, ok := e.AgentView("ben"); ok {
		t.Error("ben is not logged in")
	}
	if _, ok := e.Queue("nope"); ok {
		t.Error("there is no such queue")
	}
}
