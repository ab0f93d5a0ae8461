package queue

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// room is a contact center in full swing: agents of one or more queues, all busy, and a line that never gets shorter. Each turn is one
// served call: a caller arrives, an agent's wrap-up ends, he is offered the first in line, shows it, accepts, is connected, and
// that call ends: six events.
type room struct {
	e     *Engine
	now   time.Time
	on    []OfferID // calls in progress, the oldest first
	next  int       // number of the next caller
	queue func(caller int) string
	ids   []CallerID
}

const turnEvents = 6

func newRoom(b testing.TB, agents, waiting, queues int) *room {
	var s Settings
	s.Lease = 1000 * time.Hour
	for i := range queues {
		s.Queues = append(s.Queues, QueueSettings{Name: fmt.Sprint("q", i), Capacity: 1 << 20, WrapUp: time.Second})
	}
	e, err := New(s)
	if err != nil {
		b.Fatal(err)
	}
	r := &room{e: e, now: monday}
	rng := rand.New(rand.NewPCG(1, 1))
	r.queue = func(int) string { return s.Queues[rng.IntN(queues)].Name }
	r.ids = make([]CallerID, waiting+agents+1024)
	for i := range r.ids {
		r.ids[i] = CallerID(fmt.Sprintf("01J%023d", i))
	}
	for i := range agents {
		var serves []Membership
		for j := range min(queues, 3) {
			serves = append(serves, Membership{Queue: s.Queues[(i+j)%queues].Name, Level: 1 + j})
		}
		e.Apply(AgentLoggedIn{Agent: AgentID(fmt.Sprintf("agent-%05d", i)), Queues: serves, State: Available}, r.now)
	}
	for range agents + waiting {
		r.serve(r.arrive())
	}
	return r
}

func (r *room) arrive() []Decision {
	r.now = r.now.Add(time.Millisecond)
	id := r.ids[r.next%len(r.ids)]
	r.next++
	return r.e.Apply(CallerArrived{Caller: id, Queue: r.queue(r.next)}, r.now)
}

// serve takes the offers among the decisions to connected.
func (r *room) serve(decisions []Decision) {
	for _, d := range decisions {
		if o, ok := d.(Offer); ok {
			r.e.Apply(OfferShown{o.Offer}, r.now)
			r.e.Apply(OfferAccepted{o.Offer}, r.now)
			r.e.Apply(CallConnected{o.Offer}, r.now)
			r.on = append(r.on, o.Offer)
		}
	}
}

func (r *room) turn() {
	r.serve(r.arrive())
	ended := r.on[0]
	copy(r.on, r.on[1:])
	r.on = r.on[:len(r.on)-1]
	r.e.Apply(CallEnded{ended}, r.now)
	r.now = r.now.Add(2 * time.Second)
	r.serve(r.e.Apply(Tick{}, r.now))
}

// A served call in a line of 10,000 with 1,000 agents, per event. Most of its cost are the places that are told to the first 100.
func BenchmarkApply(b *testing.B) {
	for _, size := range []struct{ agents, waiting, queues int }{{10, 100, 1}, {1000, 10_000, 1}, {1000, 10_000, 20}} {
		b.Run(fmt.Sprintf("agents=%d/waiting=%d/queues=%d", size.agents, size.waiting, size.queues), func(b *testing.B) {
			r := newRoom(b, size.agents, size.waiting, size.queues)
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				r.turn()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*turnEvents), "ns/event")
		})
	}
}

// Events that decide nothing, in the same room: a beat, a sign of life of which there are many.
func BenchmarkBeat(b *testing.B) {
	r := newRoom(b, 1000, 10_000, 20)
	beats := make([]Event, 1000)
	for i := range beats {
		beats[i] = AgentBeat{AgentID(fmt.Sprintf("agent-%05d", i))}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		r.now = r.now.Add(time.Millisecond)
		r.e.Apply(beats[i%len(beats)], r.now)
		i++
	}
}

// A caller who comes and goes at the end of a line of 10,000.
func BenchmarkArriveLeave(b *testing.B) {
	r := newRoom(b, 1000, 10_000, 1)
	var in, out Event = CallerArrived{Caller: "x", Queue: "q0"}, CallerLeft{Caller: "x"}
	b.ReportAllocs()
	for b.Loop() {
		r.e.Apply(in, r.now)
		r.e.Apply(out, r.now)
	}
}

// In steady state nothing is allocated beyond decisions: one each, and one for their slice.
func TestApplyAllocatesDecisionsOnly(t *testing.T) {
	r := newRoom(t, 100, 1000, 5)
	beat := Event(AgentBeat{"agent-00001"})
	if n := testing.AllocsPerRun(100, func() { r.e.Apply(beat, r.now) }); n != 0 {
		t.Errorf("a beat: %v allocations", n)
	}
	var in, out Event = CallerArrived{Caller: "x", Queue: "q0"}, CallerLeft{Caller: "x"}
	decisions := 0
	n := testing.AllocsPerRun(100, func() {
		decisions = len(r.e.Apply(in, r.now)) + len(r.e.Apply(out, r.now))
	})
	if want := float64(decisions + 2); n > want {
		t.Errorf("a caller comes and goes: %v allocations, want %v (%d decisions, two slices)", n, want, decisions)
	}
}
