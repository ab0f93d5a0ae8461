package queue

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// A history is a list of moves. A move names agents and callers by number and "the offer of agent 2" by the agent, so
// that every sublist of a history is a history too: that is how a failing one is made small.
type move struct {
	op   uint8
	a, b uint8
	wait uint8
}

// The moves, by how often they are drawn.
const (
	opArrive = iota
	opLeave
	opLogin
	opLogout
	opAvailable
	opAway
	opBeat
	opDetach
	opShown
	opAccept
	opReject
	opFail
	opConnected
	opEnded
	opOutcome
	opDone
	opExtend
	opSeize
	opFree
	opReload
	opAssign
	opMove
	opKey
	opCallback
	opPause
	opHold
	opDirect
	opTick
	ops
)

var weights = [ops]int{
	opArrive: 14, opLeave: 3, opLogin: 14, opLogout: 2, opAvailable: 14, opAway: 3, opBeat: 12, opDetach: 2, opShown: 10, opAccept: 12,
	opReject: 4, opFail: 3, opConnected: 12, opEnded: 9, opOutcome: 1, opDone: 3, opExtend: 2, opSeize: 3, opFree: 4, opReload: 1, opAssign: 1, opMove: 2, opKey: 2, opCallback: 2, opPause: 1, opHold: 1, opDirect: 1, opTick: 3,
}

const (
	manyCallers = 10
	manyAgents  = 4
	manyQueues  = 3
)

var (
	callerIDs = [manyCallers]CallerID{"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"}
	agentIDs  = [manyAgents]AgentID{"a0", "a1", "a2", "a3"}
	queueIDs  = [manyQueues]string{"q0", "q1", "q2"}
)

func callerNo(id CallerID) int { return int(id[1] - '0') }
func agentNo(id AgentID) int   { return int(id[1] - '0') }
func queueNo(id string) int    { return int(id[1] - '0') }

// draw makes a history: its first move chooses the settings.
func draw(rng *rand.Rand) []move {
	moves := make([]move, 30+rng.IntN(90))
	for i := range moves {
		moves[i] = move{op: drawOp(rng), a: uint8(rng.Uint32()), b: uint8(rng.Uint32()), wait: uint8(rng.Uint32())}
	}
	return moves
}

var deck = func() (deck []uint8) {
	for op, n := range weights {
		for range n {
			deck = append(deck, uint8(op))
		}
	}
	return deck
}()

func drawOp(rng *rand.Rand) uint8 { return deck[rng.IntN(len(deck))] }

// variant gives the settings number n: what they combine is what rules differ by.
func variant(n uint16) Settings {
	s := plainVariant(uint8(n))
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	one := func(in int) bool { return rng.IntN(in) == 0 }
	s.Seed, s.Window = uint64(n), 20*time.Second
	everywhere := rng.IntN(2 * len(strategies)) // in half of the variants all queues have one strategy
	s.SkillHeadStart = map[string]time.Duration{"s1": 4 * time.Second}
	for i := range s.Queues {
		q := &s.Queues[i]
		if everywhere < len(strategies) {
			q.Strategy = strategies[everywhere].name
		} else {
			q.Strategy = strategies[rng.IntN(len(strategies))].name
		}
		q.Step, q.PreferFor = 4*time.Second, 6*time.Second
		if one(3) {
			q.Levels = []LevelStep{{0, 1}, {5 * time.Second, 2}}
		}
		if one(3) {
			q.Relax = []RelaxStep{{4 * time.Second, "s1", 1}, {9 * time.Second, "", 0}}
		}
		if one(4) {
			q.Weight = 3 * time.Second
		}
		q.limit(rng, s.Queues[rng.IntN(len(s.Queues))].Name)
	}
	return s
}

// limit draws limits, ways out of them, hours, and what callbacks and announcements go by.
func (q *QueueSettings) limit(rng *rand.Rand, other string) {
	one := func(in int) bool { return rng.IntN(in) == 0 }
	out := func() WayOut {
		switch rng.IntN(5) {
		case 0:
			return WayOut{Kind: OutNumber, Number: "+4930"}
		case 1:
			return WayOut{Kind: OutCallback}
		case 2, 3:
			if other != q.Name {
				return WayOut{Kind: OutQueue, Queue: other, KeepAge: one(2)}
			}
		}
		return WayOut{}
	}
	q.OnFull, q.OnMaxWait, q.OnEmpty, q.OnEstimate, q.OnClosed = out(), out(), out(), out(), out()
	q.Exits = []Exit{{'1', out()}, {'2', out()}}
	if one(4) {
		q.MaxWait = 15 * time.Second
	}
	if one(6) {
		q.LeaveEmpty = [...]EmptyRule{CountLoggedIn, CountNotAway, CountAvailable}[rng.IntN(3)]
		q.MaxWaitEmpty = time.Duration(rng.IntN(2)*7) * time.Second
	}
	if one(6) {
		q.JoinEmpty = [...]EmptyRule{CountLoggedIn, CountNotAway, CountAvailable}[rng.IntN(3)]
	}
	if one(6) {
		q.Hours = &Hours{Week: []Span{{monday.Weekday(), 9 * time.Hour, 9*time.Hour + 20*time.Second}, {monday.Weekday(), 9*time.Hour + 35*time.Second, 0}}}
		q.LeaveClosed = one(2)
	}
	if one(6) {
		q.MaxEstimate = 10 * time.Second
	}
	if one(3) {
		q.ReturnWithin = 10 * time.Second
	}
	if one(3) {
		q.AnnounceEvery = 5 * time.Second
	}
	q.CallbackTries, q.CallbackGap, q.CallbackFor = 2, 6*time.Second, 50*time.Second
}

// plainVariant are the settings that any queue has.
func plainVariant(n uint8) Settings {
	bit := func(i uint8) bool { return n>>i&1 == 1 }
	pick := func(i uint8, yes, no time.Duration) time.Duration {
		if bit(i) {
			return yes
		}
		return no
	}
	s := Settings{MaxMisses: 1, MaxRejects: 2}
	if bit(7) {
		s.MaxMisses = 2
	}
	for i, id := range queueIDs {
		q := QueueSettings{Name: id, RingFor: 10 * time.Second, WrapUp: -1}
		switch i {
		case 0:
			q.WrapUp, q.OutcomeRequired = pick(0, 5*time.Second, -1), bit(1)
			q.MaxWait = pick(2, 40*time.Second, 0)
		case 1:
			q.RefuseEmpty = bit(3)
			if bit(4) {
				q.Capacity = 2
			}
			q.WrapUp, q.WrapUpMax = pick(5, 8*time.Second, -1), 12*time.Second
		case 2:
			if bit(6) {
				continue
			}
		}
		s.Queues = append(s.Queues, q)
	}
	return s
}

// play runs a history against the observer and gives what was wrong first, with the events so far.
func play(first uint16, moves []move) (*observer, error) {
	o := newObserver(variant(first))
	for _, m := range moves {
		o.pass(m.wait)
		o.apply(o.meant(m))
		if o.wrong != nil {
			return o, o.wrong
		}
	}
	o.drain()
	if o.wrong == nil {
		o.replay(variant(first))
	}
	return o, o.wrong
}

// pass lets time go by before a move: mostly little, sometimes to the next deadline, sometimes past several at once.
func (o *observer) pass(wait uint8) {
	switch {
	case wait < 170:
	case wait < 220:
		o.now = o.now.Add(time.Duration(wait-160) * 50 * time.Millisecond)
	case wait < 244:
		if at, ok := o.e.NextDeadline(); ok {
			o.now = at
			if wait%2 == 0 {
				o.apply(Tick{})
			}
		}
	default:
		o.now = o.now.Add(time.Duration(wait-240) * 3 * time.Second)
	}
}

// meant turns a move into the event that it means now.
func (o *observer) meant(m move) Event {
	no, ok := o.aimed(m)
	if !ok {
		m.op = opArrive
	}
	agent, caller, offer := agentIDs[no], callerIDs[m.a%manyCallers], o.agents[no].last
	switch m.op {
	case opArrive:
		return o.arrival(caller, m.b)
	case opLeave:
		return CallerLeft{Caller: caller}
	case opLogin:
		return AgentLoggedIn{Agent: agent, State: [...]State{Available, Available, StateNone, Away}[m.b>>6], Queues: memberOf(m), Skills: skilled(m)}
	case opLogout:
		return AgentLoggedOut{agent}
	case opAvailable:
		return AgentStateSet{agent, Available, ""}
	case opAway:
		return AgentStateSet{agent, Away, [...]string{"", "lunch"}[m.b&1]}
	case opBeat:
		return AgentBeat{agent}
	case opDetach:
		return AgentDetached{agent}
	case opShown:
		return OfferShown{offer}
	case opAccept:
		return OfferAccepted{offer}
	case opReject:
		return OfferRejected{offer, ""}
	case opFail:
		return OfferFailed{offer, Fault(m.b % 4)}
	case opConnected:
		return CallConnected{offer}
	case opEnded:
		return CallEnded{offer}
	case opOutcome:
		return OutcomeSet{agent, [...]string{"", "sold"}[m.b&1]}
	case opDone:
		return WrapUpDone{agent, [...]string{"", "sold"}[m.b&1]}
	case opExtend:
		return WrapUpExtended{agent, time.Duration(m.b) * 100 * time.Millisecond}
	case opSeize:
		return AgentSeized{agent}
	case opFree:
		return AgentFreed{agent}
	case opReload:
		return SettingsChanged{variant(uint16(m.b) | uint16(m.a)<<8)}
	case opMove:
		return CallerMoved{caller, queueIDs[m.b%manyQueues], m.b>>4&1 == 1}
	case opKey:
		return KeyPressed{caller, "123"[m.b%3]}
	case opCallback:
		return CallbackAsked{caller}
	case opPause:
		return QueuePaused{queueIDs[m.b%manyQueues], m.b>>4&1 == 1}
	case opHold:
		return CallHeld{offer, m.b&1 == 1}
	case opDirect:
		return DirectAsked{caller, agent}
	case opAssign:
		return AgentAssigned{agent, memberOf(m), skilled(m)}
	}
	return Tick{}
}

func memberOf(m move) (queues []Membership) {
	for i, id := range queueIDs {
		if m.b>>i&1 == 1 || i == int(m.a>>2)%manyQueues {
			queues = append(queues, Membership{Queue: id, Level: int(m.b>>(3+i)) & 1 * 2, Order: int(m.wait >> 4 & 1)})
		}
	}
	return queues
}

func skilled(m move) (skills []Skill) {
	if n := int(m.wait & 3); n > 0 {
		skills = append(skills, Skill{"s1", n})
	}
	if n := int(m.wait >> 2 & 3); n > 0 {
		skills = append(skills, Skill{"s2", n})
	}
	return skills
}

// aims are the states in which a move means something.
var aims = [ops][]State{
	opLogin: {Offline}, opAvailable: {Away}, opShown: {Offered}, opAccept: {Offered}, opReject: {Offered}, opFail: {OnCall, Offered},
	opConnected: {OnCall}, opEnded: {OnCall}, opOutcome: {OnCall, WrapUp}, opDone: {WrapUp}, opExtend: {WrapUp},
}

// aimed gives the agent of a move. Three in four moves take one to whom the move means something, and come to nothing without one.
func (o *observer) aimed(m move) (no int, ok bool) {
	no = int(m.a % manyAgents)
	if m.a < 64 || aims[m.op] == nil {
		return no, true
	}
	for i := range manyAgents {
		if at := (no + i) % manyAgents; has(aims[m.op], o.agents[at].state) {
			return at, true
		}
	}
	return no, false
}

func (o *observer) arrival(id CallerID, b uint8) Event {
	ev := CallerArrived{Caller: id, Queue: queueIDs[b%manyQueues]}
	if b&1 == 1 {
		ev.Number = "+49" + string(id)
	}
	switch b >> 4 {
	case 0:
		ev.Class = 1
	case 1:
		ev.HeadStart = 7 * time.Second
	case 2:
		ev.Since = o.now.Add(-11 * time.Second)
	case 3, 4:
		ev.Exclude = []AgentID{agentIDs[b>>2%manyAgents]}
	case 5:
		ev.Needs = []Need{{"s1", 2}}
	case 6:
		ev.Needs = []Need{{"s2", 2}, {"s1", 0}}
	case 7, 8:
		ev.Prefer = agentIDs[b>>2%manyAgents]
	case 9:
		ev.Needs, ev.Prefer = []Need{{"s2", 1}}, agentIDs[b>>2%manyAgents]
	case 10:
		ev.Kept = Kept{Arrived: o.now.Add(-20 * time.Second), From: o.now.Add(-15 * time.Second), Joined: o.now.Add(-15 * time.Second), Tries: int(b >> 2 & 3)}
	case 11:
		ev.Kept = Kept{Arrived: o.now.Add(-9 * time.Second), From: o.now.Add(-9 * time.Second), Joined: o.now.Add(-9 * time.Second), Tries: int(b >> 3 & 1), Next: o.now.Add(time.Duration(b&15) * time.Second)}
	}
	return ev
}

// drain ends all that is left, as its owners would, and sees that nothing is left behind.
func (o *observer) drain() {
	for i := range o.agents {
		for o.agents[i].seized > 0 && o.wrong == nil {
			o.apply(AgentFreed{agentIDs[i]})
		}
		o.apply(CallEnded{o.agents[i].last})
		o.apply(WrapUpDone{agentIDs[i], "sold"})
	}
	for i := range o.callers {
		o.apply(CallerLeft{callerIDs[i], LeaveGone})
	}
	for i := range o.agents {
		if s := o.agents[i].state; s == Offered || s == OnCall || s == WrapUp {
			o.fail("drained, but a%d is %s", i, s)
		}
		o.apply(AgentLoggedOut{agentIDs[i]})
	}
	if c := o.e.Census(); c != (Census{}) {
		o.fail("drained, but %+v", c)
	}
	o.checkBooks()
	o.checkLedgers()
	for id, offer := range o.offers {
		if offer.phase != over {
			o.fail("offer %d never ended", id)
		}
	}
}

// replay applies the recorded events to a second engine (invariant 7).
func (o *observer) replay(s Settings) {
	e, err := New(s)
	if err != nil {
		o.fail("%v", err)
		return
	}
	for _, r := range o.record {
		again := e.Apply(r.event, r.at)
		if len(again) != len(r.decisions) {
			o.fail("replay of %+v: %d decisions, were %d", r.event, len(again), len(r.decisions))
			return
		}
		for i := range again {
			if again[i] != r.decisions[i] {
				o.fail("replay of %+v: %+v, was %+v", r.event, again[i], r.decisions[i])
			}
		}
	}
}

// shrink takes moves away as long as the history still fails.
func shrink(first uint16, moves []move) []move {
	for size := len(moves) / 2; size > 0; {
		smaller := false
		for at := 0; at+size <= len(moves); {
			rest := append(append([]move{}, moves[:at]...), moves[at+size:]...)
			if _, err := play(first, rest); err != nil {
				moves, smaller = rest, true
			} else {
				at += size
			}
		}
		if !smaller {
			size /= 2
		}
	}
	return moves
}

func report(first uint16, moves []move) string {
	small := shrink(first, moves)
	o, err := play(first, small)
	var b strings.Builder
	fmt.Fprintf(&b, "%v\nsettings: %+v\n", err, variant(first))
	for _, r := range o.record {
		fmt.Fprintf(&b, "%7v %T%+v\n", r.at.Sub(monday), r.event, r.event)
		for _, d := range r.decisions {
			fmt.Fprintf(&b, "            %T%+v\n", d, d)
		}
	}
	return b.String()
}

// histories is how many are played: a million with OFFHOOK_LONG=1.
func histories() uint64 {
	switch {
	case os.Getenv("OFFHOOK_LONG") == "1":
		return 1_000_000
	case testing.Short():
		return 1_000
	}
	return 10_000
}

// The invariants of queue.md hold in random histories of callers, agents and clock.
func TestInvariants(t *testing.T) {
	var seen [ops]int
	var offers, answered, withdrawn int
	for seed := range histories() {
		rng := rand.New(rand.NewPCG(seed, 0x0ff400c))
		first, moves := uint16(rng.Uint32()), draw(rng)
		o, err := play(first, moves)
		if err != nil {
			t.Fatalf("history %d: %s", seed, report(first, moves))
		}
		for _, m := range moves {
			seen[m.op]++
		}
		offers += len(o.offers) - 1
		answered += o.answeredAll
		withdrawn += o.withdrawn
	}
	t.Logf("%d offers, %d answered, %d withdrawn", offers, answered, withdrawn)
	if offers == 0 || answered < offers/10 || withdrawn < offers/10 {
		t.Error("the histories do not go deep enough to show anything")
	}
}

// A fuzzer's bytes as a history: what no generator of ours thinks of.
func FuzzApply(f *testing.F) {
	f.Add([]byte{0})
	rng := rand.New(rand.NewPCG(9, 9))
	for range 5 {
		b := []byte{byte(rng.Uint32()), byte(rng.Uint32())}
		for _, m := range draw(rng) {
			b = append(b, m.op, m.a, m.b, m.wait)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 2 || len(b) > 4096 {
			return
		}
		first := uint16(b[0]) | uint16(b[1])<<8
		var moves []move
		for m := b[2:]; len(m) >= 4; m = m[4:] {
			moves = append(moves, move{m[0] % ops, m[1], m[2], m[3]})
		}
		if _, err := play(first, moves); err != nil {
			t.Fatal(report(first, moves))
		}
	})
}

func (o *observer) fail(format string, args ...any) {
	if o.wrong == nil {
		o.wrong = fmt.Errorf(format, args...)
	}
}
