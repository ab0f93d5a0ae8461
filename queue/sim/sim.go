package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"offhook/queue"
)

// Scenario is one queue, so many agents, and callers by chance.
type Scenario struct {
	// Queue is the queue's settings; its strategy, wrap-up, limits and target count. WrapUp is as there: 0 is the queue's default, negative none.
	Queue  queue.QueueSettings
	Agents int
	// PerHour is how many callers arrive in an hour on average, independent of one another.
	PerHour float64
	// Talk is the mean of the talk times, Patience that of how long a caller waits before he hangs up (0: for ever). Both are drawn
	// exponentially. Answer is how long an agent takes to press answer.
	Talk, Patience, Answer time.Duration
	// Calls is how many are counted, after a tenth as many that are not, in which the center fills.
	Calls int
	Seed  uint64
}

// Result is what became of the callers.
type Result struct {
	Calls     int // counted, that have left the queue
	Answered  int
	InTarget  int // of those
	Abandoned int
	Turned    int           // turned away or timed out by the queue's limits
	MeanWait  time.Duration // of all who left the queue
	Longest   time.Duration
	Occupancy float64 // share of staffed time on calls and in wrap-up
	// LeastCalls and MostCalls are what the agents answered who answered least and most.
	LeastCalls, MostCalls int

	PerHour   float64       // arrivals that were drawn
	MeanTalk  time.Duration // talk times that were drawn
	Simulated time.Duration // virtual time of the counted part
	Events    int           // that the engine was given
}

// ServiceLevel is the share of all callers who were answered within the target.
func (r Result) ServiceLevel() float64 { return ratio(r.InTarget, r.Calls) }

// AbandonRate is the share of all callers who hung up.
func (r Result) AbandonRate() float64 { return ratio(r.Abandoned, r.Calls) }

func ratio(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

// start is when every simulation begins: any time would do.
var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// forever is a lease that never runs out: the agents' pages are always there.
const forever = 100 * 365 * 24 * time.Hour

// Run plays a scenario.
func Run(s Scenario) (Result, error) {
	switch {
	case s.Agents < 1, s.Calls < 1, s.PerHour <= 0, s.Talk <= 0, s.Patience < 0, s.Answer < 0:
		return Result{}, fmt.Errorf("sim: agents %d, calls %d, %v an hour, talk %v, patience %v, answer %v: out of range",
			s.Agents, s.Calls, s.PerHour, s.Talk, s.Patience, s.Answer)
	}
	s.Queue.Name = "q"
	e, err := queue.New(queue.Settings{Queues: []queue.QueueSettings{s.Queue}, Lease: forever, ConfirmWithin: time.Hour})
	if err != nil {
		return Result{}, err
	}
	r := &run{Scenario: s, e: e, rng: rand.New(rand.NewPCG(s.Seed, 0x51e)), target: s.Queue.Target}
	if r.target == 0 {
		r.target = queue.DefaultQueue("q").Target
	}
	r.staff()
	r.warm = s.Calls / 10
	r.play(r.warm)
	r.begin()
	r.play(s.Calls)
	return r.result(), nil
}

// run is a simulation that goes on.
type run struct {
	Scenario
	e      *queue.Engine
	rng    *rand.Rand
	target time.Duration
	warm   int

	now     time.Duration // since start
	agenda  agenda
	callers []caller // by number; numbers are used again
	free    []int

	counting bool
	since    time.Duration
	before   queue.Interval
	answered []int // by agent, before
	arrivals int
	talks    int
	talked   float64 // seconds
	waited   float64
	res      Result
}

// caller is one who waits or talks.
type caller struct {
	id    queue.CallerID
	stays int // counts the callers who had this number: an old one's patience is not this one's
	out   bool
}

// perAgent gives what each agent has answered.
func (r *run) perAgent() (calls []int) {
	for i := range r.Agents {
		f, _ := r.e.AgentFigures(agentID(i))
		calls = append(calls, f.Answered)
	}
	return calls
}

func agentID(i int) queue.AgentID { return queue.AgentID(fmt.Sprintf("a%05d", i)) }

func (r *run) staff() {
	for i := range r.Agents {
		id := agentID(i)
		r.apply(queue.AgentLoggedIn{Agent: id, Queues: []queue.Membership{{Queue: "q", Level: 1, Order: i}}, State: queue.Available})
	}
	r.agenda.add(note{at: r.drawn(1 / r.PerHour * float64(time.Hour)), what: arrives})
}

// begin begins to count.
func (r *run) begin() {
	r.counting, r.since, r.res = true, r.now, Result{}
	r.waited, r.talks, r.talked = 0, 0, 0
	r.before, _ = r.e.Totals("q")
	r.answered = r.perAgent()
}

// play goes on until so many callers have left.
func (r *run) play(calls int) {
	for left := r.left() + calls; r.left() < left; {
		r.step()
	}
}

func (r *run) left() int { return r.res.Answered + r.res.Abandoned + r.res.Turned }

// step does what comes next: something on the agenda, or something that the engine waits for.
func (r *run) step() {
	n := r.agenda.first()
	if at, ok := r.e.NextDeadline(); ok && at.Sub(start) < n.at {
		r.now = at.Sub(start)
		r.apply(queue.Tick{})
		return
	}
	r.agenda.drop()
	r.now = n.at
	switch n.what {
	case arrives:
		r.arrive()
	case givesUp:
		if c := &r.callers[n.caller]; c.stays == n.stays && !c.out {
			r.apply(queue.CallerLeft{Caller: c.id})
		}
	case answers:
		r.answer(n.offer)
	case hangsUp:
		r.apply(queue.CallEnded{Offer: n.offer})
	}
}

func (r *run) arrive() {
	r.agenda.add(note{at: r.now + r.drawn(1/r.PerHour*float64(time.Hour)), what: arrives})
	if r.counting {
		r.arrivals++
	}
	no := r.number()
	c := &r.callers[no]
	if r.Patience > 0 {
		r.agenda.add(note{at: r.now + r.drawn(float64(r.Patience)), what: givesUp, caller: no, stays: c.stays})
	}
	r.apply(queue.CallerArrived{Caller: c.id, Queue: "q"})
}

// number gives a caller's number that nobody has.
func (r *run) number() int {
	if len(r.free) == 0 {
		r.callers = append(r.callers, caller{id: queue.CallerID(fmt.Sprintf("c%d", len(r.callers)))})
		return len(r.callers) - 1
	}
	no := r.free[len(r.free)-1]
	r.free = r.free[:len(r.free)-1]
	c := &r.callers[no]
	c.stays++
	c.out = false
	return no
}

func (r *run) apply(ev queue.Event) {
	r.res.Events++
	for _, d := range r.e.Apply(ev, start.Add(r.now)) {
		switch d := d.(type) {
		case queue.Offer:
			r.agenda.add(note{at: r.now + r.Answer, what: answers, offer: d.Offer})
		case queue.Leave:
			r.leave(d)
		}
	}
}

// answer: the agent presses answer, and sound is up at once. Of several who ring for one caller the later ones are too late.
func (r *run) answer(o queue.OfferID) {
	r.apply(queue.OfferShown{Offer: o})
	won := r.res.Answered
	r.apply(queue.OfferAccepted{Offer: o})
	r.apply(queue.CallConnected{Offer: o})
	if r.res.Answered == won {
		return
	}
	talk := r.drawn(float64(r.Talk))
	r.talks++
	r.talked += talk.Seconds()
	r.agenda.add(note{at: r.now + talk, what: hangsUp, offer: o})
}

func (r *run) leave(l queue.Leave) {
	var no int
	for _, digit := range l.Caller[1:] {
		no = no*10 + int(digit-'0')
	}
	r.callers[no].out = true
	r.free = append(r.free, no)
	r.waited += l.Waited.Seconds()
	r.res.Longest = max(r.res.Longest, l.Waited)
	switch l.Reason {
	case queue.LeaveAnswered:
		r.res.Answered++
		if l.Waited <= r.target {
			r.res.InTarget++
		}
	case queue.LeaveAbandoned:
		r.res.Abandoned++
	default:
		r.res.Turned++
	}
}

// drawn draws a time with this mean.
func (r *run) drawn(mean float64) time.Duration { return time.Duration(r.rng.ExpFloat64() * mean) }

func (r *run) result() Result {
	res := r.res
	res.Calls = r.left()
	res.Simulated = r.now - r.since
	res.MeanWait = seconds(r.waited / float64(res.Calls))
	res.PerHour = float64(r.arrivals) / res.Simulated.Hours()
	res.MeanTalk = seconds(r.talked / math.Max(float64(r.talks), 1))
	total, _ := r.e.Totals("q")
	total.Busy -= r.before.Busy
	total.Staffed -= r.before.Staffed
	res.Occupancy = total.Occupancy()
	calls := r.perAgent()
	for i := range calls {
		calls[i] -= r.answered[i]
	}
	res.LeastCalls, res.MostCalls = slices.Min(calls), slices.Max(calls)
	return res
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
