package queue

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSettingsAreRefusedWithTheirName(t *testing.T) {
	q := func(change func(*QueueSettings)) Settings {
		set := DefaultQueue("billing")
		change(&set)
		return Settings{Queues: []QueueSettings{set}}
	}
	for _, row := range []struct {
		want string
		s    Settings
	}{
		{"lease", Settings{Lease: -1}},
		{"confirm_within", Settings{ConfirmWithin: -1}},
		{"reject_delay", Settings{RejectDelay: -1}},
		{"max_misses", Settings{MaxMisses: -1}},
		{"max_rejects", Settings{MaxRejects: -1}},
		{"queue number 1 has no name", Settings{Queues: []QueueSettings{{}}}},
		{`queue "a" stands twice`, Settings{Queues: []QueueSettings{{Name: "a"}, {Name: "a"}}}},
		{`queue billing: strategy "ringall" is unknown`, q(func(q *QueueSettings) { q.Strategy = "ringall" })},
		{"queue billing: ring_for", q(func(q *QueueSettings) { q.RingFor = -1 })},
		{"queue billing: wrap_up_max", q(func(q *QueueSettings) { q.WrapUpMax = -1 })},
		{"queue billing: wrap_up 1h0m0s is longer", q(func(q *QueueSettings) { q.WrapUp = time.Hour })},
		{"queue billing: max_wait", q(func(q *QueueSettings) { q.MaxWait = -1 })},
		{"queue billing: target", q(func(q *QueueSettings) { q.Target = -1 })},
		{"queue billing: capacity", q(func(q *QueueSettings) { q.Capacity = -1 })},
	} {
		_, err := New(row.s)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("got %v, want an error with %q", err, row.want)
		}
	}
}

func TestSettingsDefaults(t *testing.T) {
	got := Settings{Queues: []QueueSettings{{Name: "billing"}}}.filled()
	want := DefaultSettings()
	if !reflect.DeepEqual(got.Queues[0], DefaultQueue("billing")) {
		t.Errorf("queue: got %+v", got.Queues[0])
	}
	if got.Lease != want.Lease || got.ConfirmWithin != want.ConfirmWithin || got.MaxMisses != want.MaxMisses ||
		got.MaxRejects != want.MaxRejects || got.RejectDelay != want.RejectDelay {
		t.Errorf("got %+v, want %+v", got, want)
	}
	long := QueueSettings{Name: "slow", WrapUp: time.Hour}.filled()
	if long.WrapUpMax != time.Hour {
		t.Errorf("wrap_up beyond the default limit: limit %v, want 1h", long.WrapUpMax)
	}
}

// The owner's slices stay the owner's.
func TestSettingsAreCopied(t *testing.T) {
	s := Settings{Queues: []QueueSettings{{Name: "billing", Capacity: 1}}}
	e, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	s.Queues[0].Name = "sales"
	e.Apply(SettingsChanged{Settings{Lease: -1}}, monday) // refused whole
	if got := e.Apply(CallerArrived{Caller: "c1", Queue: "billing"}, monday); len(got) == 0 {
		t.Error("queue billing is gone")
	}
	if _, ok := got[Leave](e.Apply(CallerArrived{Caller: "c2", Queue: "billing"}, monday)); !ok {
		t.Error("the refused settings changed the capacity")
	}
}

// got finds the first decision of a kind.
func got[D Decision](decisions []Decision) (D, bool) {
	for _, d := range decisions {
		if d, ok := d.(D); ok {
			return d, true
		}
	}
	var none D
	return none, false
}
