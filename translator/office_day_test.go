package translator_test

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/replay"
)

// A day of a center, through all of the translator: 200 agents with breaks, misses, rejects, lost sockets and reloads; three queues (all at once, best skill, fewest
// calls) with levels, skills, an overflow and callbacks; callers who come most at noon, give up, hang up, are transferred. In the end nothing was repaired, every
// caller's end is explained, and all sums agree. It is an hour with 2,000 callers; OFFHOOK_LONG makes it ten hours with 20,000.
func TestDayOfAnOffice(t *testing.T) {
	d := newOfficeDay(t)
	d.run()
	d.goHome()
	d.addUp()
}

const officeAgents = 200

// officeDay is a day as it is played.
type officeDay struct {
	t       *testing.T
	w       *replay.World
	rng     *rand.Rand
	agenda  dayAgenda
	seq     int
	length  time.Duration
	calls   int
	callers map[int]*dayCaller
	seen    map[string]protocol.Time // when an agent's page was last offered each call, and when it was connected
	done    map[string]int           // what the day has shown
	records []translator.CallRecord
	ends    map[string]string // why each call ended
}

// dayPlan is something that will happen.
type dayPlan struct {
	at  time.Duration
	seq int
	do  func()
}

type dayAgenda []dayPlan

func (a dayAgenda) Len() int { return len(a) }
func (a dayAgenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].seq < a[j].seq
}
func (a dayAgenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *dayAgenda) Push(x any)   { *a = append(*a, x.(dayPlan)) }
func (a *dayAgenda) Pop() any {
	old := *a
	x := old[len(old)-1]
	*a = old[:len(old)-1]
	return x
}

var officeQueues = []queue.QueueSettings{
	{Name: "sales", Strategy: queue.RingAll, Levels: []queue.LevelStep{{After: 0, Upto: 1}, {After: 10 * time.Second, Upto: 2}}, MaxWait: 20 * time.Second,
		OnMaxWait: queue.WayOut{Kind: queue.OutQueue, Queue: "support", KeepAge: true}},
	{Name: "support", Strategy: queue.BestSkill, Relax: []queue.RelaxStep{{After: 30 * time.Second}}, MaxWait: 40 * time.Second, OnMaxWait: queue.WayOut{Kind: queue.OutCallback}, Capacity: 60,
		CallbackGap: 2 * time.Minute, CallbackFor: 30 * time.Minute},
	{Name: "billing", Strategy: queue.FewestCalls, OutcomeRequired: true, MaxWait: time.Minute},
}

func newOfficeDay(t *testing.T) *officeDay {
	d := &officeDay{t: t, rng: rand.New(rand.NewPCG(7, 200)), length: time.Hour, calls: 2000, callers: map[int]*dayCaller{}, seen: map[string]protocol.Time{}, done: map[string]int{}, ends: map[string]string{}}
	switch {
	case os.Getenv("OFFHOOK_LONG") != "":
		d.length, d.calls = 10*time.Hour, 20_000
	case testing.Short():
		d.length, d.calls = 5*time.Minute, 150
	}
	w, err := replay.NewWorld(replay.Setup{
		Seed: 5, Watch: d.told, Configure: d.configure,
		Hooks: translator.Hooks{Record: func(r translator.CallRecord) { d.records = append(d.records, r) }},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.w = w
	for i := range officeAgents {
		d.in(time.Duration(i%8)*5*time.Second, func() { d.comeToWork(i) })
	}
	for n := range d.calls {
		d.at(d.arrival(), func() { d.ring(n) })
	}
	return d
}

// configure makes the center: who serves what, and where callers go.
func (d *officeDay) configure(cfg *translator.Config) {
	cfg.Queue = queue.Settings{MaxRejects: 1, Queues: officeQueues}
	cfg.Terms = func(name string) (translator.Terms, bool) {
		t := translator.Terms{Queue: name, OutcomeRequired: name == "billing", Outcomes: []string{"solved"}}
		if name == "support" {
			t.Answer = translator.AnswerAtOnce
		}
		return t.WithDefaults(), true
	}
	cfg.Route = func(in *dialog.Invite) translator.Routing {
		terms, _ := cfg.Terms(in.To.User)
		if n := len(in.From.User); in.To.User == "support" && in.From.User[n-1]%3 == 0 {
			terms.Needs = []queue.Need{{Skill: "de", Min: 2}}
		}
		return translator.Routing{Terms: terms}
	}
	cfg.Memberships = func(who protocol.Identity) []queue.Membership {
		i := number(who.ID)
		return [][]queue.Membership{
			{{Queue: "sales", Level: 1 + i/3%2}}, {{Queue: "support"}, {Queue: "sales", Level: 2}}, {{Queue: "billing"}, {Queue: "support", Level: 2}},
		}[i%3]
	}
	cfg.Skills = func(who protocol.Identity) []queue.Skill {
		return []queue.Skill{{Name: "de", Level: number(who.ID) % 4}}
	}
}

func number(text string) (n int) {
	fmt.Sscanf(text[len(text)-5:], "%d", &n)
	return n
}

// arrival draws when a caller comes: most around noon.
func (d *officeDay) arrival() time.Duration {
	for {
		x := d.rng.Float64()
		if d.rng.Float64() < (0.5+math.Sin(math.Pi*x))/1.5 {
			return time.Minute + time.Duration(x*float64(d.length))
		}
	}
}

func (d *officeDay) at(at time.Duration, do func()) {
	d.seq++
	heap.Push(&d.agenda, dayPlan{at, d.seq, do})
}

func (d *officeDay) in(after time.Duration, do func()) {
	now := time.Duration(0)
	if d.w != nil {
		now = d.w.Elapsed()
	}
	d.at(now+after, do)
}

func (d *officeDay) chance(percent int) bool { return d.rng.IntN(100) < percent }

// about draws a time around this mean.
func (d *officeDay) about(mean time.Duration) time.Duration {
	return time.Duration(d.rng.ExpFloat64() * float64(mean))
}

// run plays all that is planned.
func (d *officeDay) run() {
	for len(d.agenda) > 0 {
		p := heap.Pop(&d.agenda).(dayPlan)
		d.advance(p.at)
		p.do()
		d.look()
	}
}

// look is how long a phone may take to answer what it is sent.
const dayLook = 200 * time.Millisecond

func (d *officeDay) advance(to time.Duration) {
	for d.w.Elapsed() < to {
		d.w.Advance(min(to, d.w.Elapsed()+dayLook))
		d.look()
	}
}

// look lets the far sides see what was sent to them, and notes how calls ended.
func (d *officeDay) look() {
	for i := 0; i < len(d.w.Messages()); i++ {
		if m := d.w.Messages()[i]; m.Party == "trunk" && !m.In && m.SIP != "" {
			d.toTrunk(m.SIP)
		}
	}
	for _, e := range d.w.Endings() {
		if was, twice := d.ends[e.Call]; twice {
			d.t.Errorf("call %s ended as %s, and again as %s", e.Call, was, e.Cause)
		}
		d.ends[e.Call] = e.Cause
	}
	d.w.Forget()
	if p := d.w.Problems(); len(p) > 0 {
		d.t.Fatal(p)
	}
}
