package queue

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// A day of a center: 200 agents with breaks, misses, rejects and lost sockets, three queues with ways out between them, 20,000 callers of whom
// many give up. At each virtual second the engine is held against true books, and at the end everything adds up.
func TestDayOfACenter(t *testing.T) {
	d := newDay(t)
	for len(d.agenda) > 0 {
		d.step()
	}
	d.goHome()
	if d.repairs != 0 {
		t.Errorf("%d repairs", d.repairs)
	}
	if n := d.e.Faults(); n != 0 {
		t.Errorf("%d impossible inputs", n)
	}
	if c := d.e.Census(); c != (Census{}) {
		t.Errorf("left behind: %+v", c)
	}
	d.addUp()
}

const (
	dayAgents = 200
	dayHours  = 10
)

type day struct {
	t       *testing.T
	e       *Engine
	rng     *rand.Rand
	now     time.Duration
	agenda  agenda
	seq     int
	next    time.Duration // when books are compared
	repairs int
	ends    map[CallerID]int
	by      map[LeaveReason]int
	moved   int
	calls   int // 20,000; fewer in short tests
}

// planned is something that will happen.
type planned struct {
	at  time.Duration
	seq int
	do  func()
}

type agenda []planned

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].seq < a[j].seq
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(planned)) }
func (a *agenda) Pop() any {
	old := *a
	x := old[len(old)-1]
	*a = old[:len(old)-1]
	return x
}

func newDay(t *testing.T) *day {
	s := Settings{Lease: 40 * time.Second, MaxMisses: 2, Queues: []QueueSettings{
		{Name: "sales", Strategy: RingAll, Levels: []LevelStep{{0, 1}, {15 * time.Second, 2}}, MaxWait: 3 * time.Minute, OnMaxWait: WayOut{Kind: OutQueue, Queue: "support", KeepAge: true}},
		{Name: "support", Strategy: BestSkill, Relax: []RelaxStep{{30 * time.Second, "", 0}}, MaxWait: 8 * time.Minute, OnMaxWait: WayOut{Kind: OutCallback}, Capacity: 60,
			OnFull: WayOut{Kind: OutNumber, Number: "+4930"}, ReturnWithin: 5 * time.Minute, AnnounceEvery: 30 * time.Second, CallbackGap: 2 * time.Minute},
		{Name: "billing", Strategy: FewestCalls, MaxEstimate: 10 * time.Minute, OutcomeRequired: true, Exits: []Exit{{'1', WayOut{Kind: OutQueue, Queue: "support"}}}},
	}}
	e, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	d := &day{t: t, e: e, rng: rand.New(rand.NewPCG(1, 200)), ends: map[CallerID]int{}, by: map[LeaveReason]int{}, calls: 20_000}
	if testing.Short() {
		d.calls = 2000
	}
	for i := range dayAgents {
		d.in(time.Duration(d.rng.IntN(600))*time.Second, func() { d.comeToWork(i) })
	}
	for i := range d.calls {
		d.in(time.Duration(d.rng.Int64N(int64(dayHours*time.Hour))), func() { d.call(CallerID(fmt.Sprint("c", i))) })
	}
	return d
}

func (d *day) in(after time.Duration, do func()) {
	d.seq++
	heap.Push(&d.agenda, planned{d.now + after, d.seq, do})
}

func (d *day) chance(percent int) bool { return d.rng.IntN(100) < percent }

// about draws a time around this mean.
func (d *day) about(mean time.Duration) time.Duration {
	return time.Duration(d.rng.ExpFloat64() * float64(mean))
}

func (d *day) step() {
	p := d.agenda[0]
	if at, ok := d.e.NextDeadline(); ok && at.Sub(monday) < p.at {
		d.now = at.Sub(monday)
		d.apply(Tick{})
		return
	}
	heap.Pop(&d.agenda)
	d.now = p.at
	p.do()
	if d.now >= d.next {
		d.next = d.now + time.Second
		d.repairs += len(d.e.Reconcile(booksOf(d.e)))
	}
}

func (d *day) apply(ev Event) {
	for _, decision := range d.e.Apply(ev, monday.Add(d.now)) {
		switch v := decision.(type) {
		case Offer:
			d.ring(v)
		case Won:
			d.talk(v)
		case Leave:
			d.ends[v.Caller]++
			d.by[v.Reason]++
		case Moved:
			d.moved++
		}
	}
}

// comeToWork logs an agent in, and plans his day: beats, breaks, lost sockets.
func (d *day) comeToWork(i int) {
	id := AgentID(fmt.Sprintf("a%03d", i))
	serves := [][]Membership{{{Queue: "sales", Level: 1 + i%2}}, {{Queue: "support"}, {Queue: "sales", Level: 2}}, {{Queue: "billing"}, {Queue: "support", Level: 2}}}[i%3]
	login := AgentLoggedIn{Agent: id, Queues: serves, Skills: []Skill{{"de", 1 + i%4}, {"en", i % 3}}, State: Available}
	d.apply(login)
	var beat func()
	silent := false
	beat = func() {
		if !silent {
			d.apply(AgentBeat{id})
		}
		if d.now < dayHours*time.Hour {
			d.in(15*time.Second, beat)
		}
	}
	beat()
	for at := time.Duration(0); at < dayHours*time.Hour; at += 30*time.Minute + d.about(time.Hour) {
		d.in(at, func() { d.apply(AgentStateSet{id, Away, "break"}) })
		d.in(at+d.about(10*time.Minute), func() { d.apply(AgentStateSet{id, Available, ""}) })
	}
	d.in(d.about(5*time.Hour), func() { silent = true; d.apply(AgentDetached{id}) })
	d.in(6*time.Hour, func() { silent = false; d.apply(login) })
}

// call lets a caller come, and give up in his time.
func (d *day) call(id CallerID) {
	ev := CallerArrived{Caller: id, Queue: []string{"sales", "support", "billing"}[d.rng.IntN(3)], Number: fmt.Sprint("+49", d.rng.IntN(5000))}
	if d.chance(30) {
		ev.Needs = []Need{{"de", 1 + d.rng.IntN(4)}}
	}
	if d.chance(5) {
		ev.Class = 1
	}
	if d.chance(5) {
		ev.Prefer = AgentID(fmt.Sprintf("a%03d", d.rng.IntN(dayAgents)))
	}
	d.apply(ev)
	d.in(d.about(4*time.Minute), func() {
		if d.chance(20) {
			d.apply(KeyPressed{id, '1'})
			return
		}
		d.apply(CallerLeft{Caller: id})
	})
}

// ring is an agent's page: mostly it shows the offer, mostly he answers.
func (d *day) ring(o Offer) {
	if d.chance(2) {
		return
	}
	d.in(200*time.Millisecond, func() { d.apply(OfferShown{o.Offer}) })
	after := time.Second + d.about(3*time.Second)
	switch {
	case d.chance(4):
		d.in(after, func() { d.apply(OfferRejected{o.Offer, "busy"}) })
	case d.chance(95):
		d.in(after, func() { d.apply(OfferAccepted{o.Offer}) })
	}
}

// talk is the call: sound comes up or not, then it goes on and ends.
func (d *day) talk(w Won) {
	if d.chance(2) {
		fault := Fault(d.rng.IntN(2))
		if d.chance(50) {
			fault = FaultCustomer
		}
		d.in(5*time.Second, func() { d.apply(OfferFailed{w.Offer, fault}) })
		return
	}
	d.in(300*time.Millisecond, func() { d.apply(CallConnected{w.Offer}) })
	d.in(time.Second+d.about(4*time.Minute), func() {
		if d.chance(90) {
			d.apply(OutcomeSet{w.Agent, "solved"})
		}
		d.apply(CallEnded{w.Offer})
	})
}

// goHome ends the day: callbacks that are left are dropped, agents log out.
func (d *day) goHome() {
	for _, r := range d.e.Reconcile(Books{}) {
		d.t.Errorf("the first look at other books already repairs %+v", r)
	}
	for i := range d.calls {
		d.apply(CallerLeft{CallerID(fmt.Sprint("c", i)), LeaveGone})
	}
	for i := range dayAgents {
		d.apply(AgentLoggedOut{AgentID(fmt.Sprintf("a%03d", i))})
	}
}

// addUp holds callers' ends, queues' totals and agents' accounts against one another.
func (d *day) addUp() {
	for i := range d.calls {
		if n := d.ends[CallerID(fmt.Sprint("c", i))]; n != 1 {
			d.t.Errorf("c%d left %d times", i, n)
		}
	}
	answered, offered := 0, 0
	for _, name := range []string{"sales", "support", "billing"} {
		total, _ := d.e.Totals(name)
		var sum Interval
		for _, in := range d.e.Intervals(name) {
			sum.add(in)
		}
		sum.Queue, sum.From = total.Queue, total.From
		if sum != total {
			d.t.Errorf("%s: intervals add up to %+v, total %+v", name, sum, total)
		}
		if n := total.Answered + total.Abandoned + total.Overflowed + total.Refused + total.TimedOut + total.Removed; n != total.Offered {
			d.t.Errorf("%s: %d came, %d went", name, total.Offered, n)
		}
		answered += total.Answered
		offered += total.Offered
	}
	agents := 0
	for i := range dayAgents {
		f, _ := d.e.AgentFigures(AgentID(fmt.Sprintf("a%03d", i)))
		agents += f.Answered
	}
	if answered != agents || answered != d.by[LeaveAnswered] || offered != d.calls+d.moved {
		d.t.Errorf("answered: queues %d, agents %d, callers %d; offered %d of %d callers and %d moves", answered, agents, d.by[LeaveAnswered], offered, d.calls, d.moved)
	}
	d.t.Logf("%v, %d moves", d.by, d.moved)
	for _, r := range []LeaveReason{LeaveAnswered, LeaveAbandoned, LeaveOverflow} {
		if d.by[r] == 0 && !testing.Short() {
			d.t.Errorf("nobody left as %s: the day shows too little", r)
		}
	}
}
