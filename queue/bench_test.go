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
	e         *Engine
	now       time.Time
	on        []OfferID // calls in progress, from the oldest on
	oldest    int
	next      int // number of the next caller
	queue     func(caller int) string
	ids       []CallerID
	needs     [][]Need // of the callers, in turn
	decisions int
}

const turnEvents = 6

func newRoom(b testing.TB, agents, waiting, queues int) *room {
	return newSkilledRoom(b, agents, waiting, queues, 0)
}

// newSkilledRoom is a room whose callers need one of so many skills, of which each agent has half.
func newSkilledRoom(b testing.TB, agents, waiting, queues, needs int) *room {
	var s Settings
	s.Lease = 1000 * time.Hour
	for i := range queues {
		s.Queues = append(s.Queues, QueueSettings{Name: fmt.Sprint("q", i), Capacity: 1 << 21, WrapUp: time.Second})
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
	for i := range needs {
		r.needs = append(r.needs, []Need{{Skill: fmt.Sprint("s", i), Min: 1}})
	}
	for i := range agents {
		var serves []Membership
		var skills []Skill
		for j := range needs {
			if (i+j)%2 == 0 {
				skills = append(skills, Skill{fmt.Sprint("s", j), 1 + i%3})
			}
		}
		for j := range min(queues, 3) {
			serves = append(serves, Membership{Queue: s.Queues[(i+j)%queues].Name, Level: 1 + j})
		}
		e.Apply(AgentLoggedIn{Agent: AgentID(fmt.Sprintf("agent-%05d", i)), Queues: serves, Skills: skills, State: Available}, r.now)
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
	ev := CallerArrived{Caller: id, Queue: r.queue(r.next)}
	if len(r.needs) > 0 {
		ev.Needs = r.needs[r.next%len(r.needs)]
	}
	return r.e.Apply(ev, r.now)
}

// serve takes the offers among the decisions to connected.
func (r *room) serve(decisions []Decision) {
	r.decisions += len(decisions)
	for _, d := range decisions {
		if o, ok := d.(Offer); ok {
			for _, ev := range [...]Event{OfferShown{o.Offer}, OfferAccepted{o.Offer}, CallConnected{o.Offer}} {
				r.decisions += len(r.e.Apply(ev, r.now))
			}
			r.on = append(r.on, o.Offer)
		}
	}
}

func (r *room) turn() {
	r.serve(r.arrive())
	ended := r.on[r.oldest]
	r.oldest++
	if r.oldest > 1024 && r.oldest > len(r.on)/2 {
		r.on, r.oldest = append(r.on[:0], r.on[r.oldest:]...), 0
	}
	r.decisions += len(r.e.Apply(CallEnded{ended}, r.now))
	r.now = r.now.Add(2 * time.Second)
	r.serve(r.e.Apply(Tick{}, r.now))
}

// A served call per turn, of agents who are all busy and ten times as many callers in line; and of 1,000 agents in 20 queues, or with 20 distinct requirements
// waiting. Most of the cost are the places that are told to the first 100.
func BenchmarkApply(b *testing.B) {
	for _, size := range []struct{ agents, queues, needs int }{{100, 1, 0}, {1000, 1, 0}, {10_000, 1, 0}, {100_000, 1, 0}, {1000, 20, 0}, {1000, 1, 20}, {10_000, 1, 20}} {
		b.Run(fmt.Sprintf("agents=%d/waiting=%d/queues=%d/needs=%d", size.agents, 10*size.agents, size.queues, size.needs), func(b *testing.B) {
			r := newSkilledRoom(b, size.agents, 10*size.agents, size.queues, size.needs)
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				r.turn()
			}
			events := float64(b.N) * turnEvents
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/events, "ns/event")
			b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
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

// In steady state nothing is allocated beyond decisions: one each, and one for their slice. A whole served call is looked at, with needs that form
// several groups.
func TestApplyAllocatesDecisionsOnly(t *testing.T) {
	r := newSkilledRoom(t, 100, 1000, 5, 4)
	for range 2000 {
		r.turn() // the memory of the largest load is there
	}
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
	r.decisions = 0
	const turns = 200
	n = testing.AllocsPerRun(turns-1, r.turn) // and one to warm up
	if most := float64(r.decisions)/turns + 2*turnEvents + 1; n > most {
		t.Errorf("a served call: %v allocations, want at most %v: its decisions, their slices, the events", n, most)
	}
}
