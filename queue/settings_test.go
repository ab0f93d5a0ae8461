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
		{"window", Settings{Window: -1}},
		{"queue billing: step", q(func(q *QueueSettings) { q.Step = -1 })},
		{"queue billing: levels: upto 0 is no level", q(func(q *QueueSettings) { q.Levels = []LevelStep{{0, 0}} })},
		{"queue billing: levels: the first step is after 0s", q(func(q *QueueSettings) { q.Levels = []LevelStep{{time.Second, 1}} })},
		{"queue billing: levels: each step is later", q(func(q *QueueSettings) { q.Levels = []LevelStep{{0, 2}, {time.Second, 2}} })},
		{"queue billing: relax", q(func(q *QueueSettings) { q.Relax = []RelaxStep{{2, "", 0}, {1, "", 0}} })},
		{"queue billing: relax", q(func(q *QueueSettings) { q.Relax = []RelaxStep{{2, "", -1}} })},
		{"queue billing: short_abandon", q(func(q *QueueSettings) { q.ShortAbandon = -1 })},
		{"queue billing: max_wait_empty", q(func(q *QueueSettings) { q.MaxWaitEmpty = -1 })},
		{"queue billing: max_estimate", q(func(q *QueueSettings) { q.MaxEstimate = -1 })},
		{"queue billing: return_within", q(func(q *QueueSettings) { q.ReturnWithin = -1 })},
		{"queue billing: callback_gap", q(func(q *QueueSettings) { q.CallbackGap = -1 })},
		{"queue billing: callback_for", q(func(q *QueueSettings) { q.CallbackFor = -1 })},
		{"queue billing: callback_tries", q(func(q *QueueSettings) { q.CallbackTries = -1 })},
		{"queue billing: announce_every", q(func(q *QueueSettings) { q.AnnounceEvery = -1 })},
		{`queue billing: join_empty "some" is unknown`, q(func(q *QueueSettings) { q.JoinEmpty = "some" })},
		{`queue billing: leave_empty "some" is unknown`, q(func(q *QueueSettings) { q.LeaveEmpty = "some" })},
		{"queue billing: hours: 25h0m0s to 0s are no times", q(func(q *QueueSettings) { q.Hours = &Hours{Week: []Span{{0, 25 * time.Hour, 0}}} })},
		{"queue billing: hours: there is no weekday 7", q(func(q *QueueSettings) { q.Hours = &Hours{Week: []Span{{7, 0, time.Hour}}} })},
		{"queue billing: hours: there is no day 13-1", q(func(q *QueueSettings) { q.Hours = &Hours{Holidays: []Holiday{{0, 13, 1, nil}}} })},
		{"queue billing: on_full: queue needs another queue", q(func(q *QueueSettings) { q.OnFull = WayOut{Kind: OutQueue, Queue: "billing"} })},
		{"queue billing: on_max_wait: queue needs another queue", q(func(q *QueueSettings) { q.OnMaxWait = WayOut{Kind: OutQueue, Queue: "nowhere"} })},
		{"queue billing: on_empty: agent needs", q(func(q *QueueSettings) { q.OnEmpty = WayOut{Kind: OutAgent} })},
		{"queue billing: on_estimate: number needs", q(func(q *QueueSettings) { q.OnEstimate = WayOut{Kind: OutNumber} })},
		{"queue billing: on_closed: message needs", q(func(q *QueueSettings) { q.OnClosed = WayOut{Kind: OutMessage} })},
		{`queue billing: on_full: way out "up" is unknown`, q(func(q *QueueSettings) { q.OnFull = WayOut{Kind: "up"} })},
		{"queue billing: on_full: status 200 is no SIP failure", q(func(q *QueueSettings) { q.OnFull = WayOut{Status: 200} })},
		{`queue billing: exit "x" stands twice or is no key`, q(func(q *QueueSettings) { q.Exits = []Exit{{Key: 'x'}} })},
		{`queue billing: exit "1" stands twice or is no key`, q(func(q *QueueSettings) { q.Exits = []Exit{{Key: '1'}, {Key: '1'}} })},
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
