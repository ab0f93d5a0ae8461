package dialog

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Message-delay fuzzing: two gateways have a call with all that a call can have, over a network that delays, loses, doubles and reorders each
// message by chance. Whatever happens, at the end nothing is left, each dialog ended once, and both sides agree whether there was a call and
// what its descriptions are.

// talk is one run.
type talk struct {
	r       *rand.Rand
	now     time.Time
	sides   [2]*talker
	air     []flight
	sent    int
	loss    float64
	late    time.Duration        // the longest delay
	tell    func(string, ...any) // nil, or prints what happens
	refused bool                 // an offer was refused: descriptions need not be equal
}

// talker is one gateway of a run.
type talker struct {
	n     *talk
	v     *VirtualTx
	addr  netip.AddrPort
	legs  []*leg
	inbox []func()
}

// leg is a dialog with an owner who acts by chance.
type leg struct {
	t       *talker
	d       *Dialog
	plan    []planned
	reports []Report
	offers  int
}

// talkTime is when the acts are over; the leg that hangs up last does so then.
const talkTime = 100 * time.Second

func newTalk(t *testing.T, seed uint64) *talk {
	n := &talk{r: rand.New(rand.NewPCG(seed, 11)), now: t0}
	n.loss = []float64{0, 0.05, 0.2}[n.r.IntN(3)]
	n.late = []time.Duration{50 * time.Millisecond, time.Second, 4900 * time.Millisecond}[n.r.IntN(3)] // a message lives no longer than T4 (RFC 3261 §17.1.2.2)
	addrs := [2]netip.AddrPort{addr("192.0.2.1:5060"), addr("192.0.2.2:5060")}
	for i := range n.sides {
		s := &talker{n: n, addr: addrs[i]}
		trunk := Trunk{Name: "peer", Networks: []netip.Prefix{netip.PrefixFrom(addrs[1-i].Addr(), 32)}, Reliable: n.chance(0.5), AcceptRefer: n.chance(0.8)}
		v, err := NewVirtualTx(Config{Listen: addrs[i], Handler: s, Trunks: []Trunk{trunk}}, seed*2+uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		s.v, n.sides[i] = v, s
	}
	return n
}

func (n *talk) chance(p float64) bool { return n.r.Float64() < p }

func (n *talk) within(d time.Duration) time.Duration { return time.Duration(n.r.Int64N(int64(d) + 1)) }

func (s *talker) Admit() bool { return true }

// Invite plans the answering side.
func (s *talker) Invite(in *Invite) func(Event) {
	l := &leg{t: s, d: in.Dialog}
	s.legs = append(s.legs, l)
	n := s.n
	at := n.within(2 * time.Second)
	if n.chance(0.8) {
		ring := Ring{}
		if n.chance(0.5) {
			ring.SDP = l.sdp()
		}
		l.later(at, ring)
	}
	at += n.within(5 * time.Second)
	switch {
	case n.chance(0.15):
		l.later(at, Reject{Status: 486})
	default:
		l.later(at, Answer{SDP: l.sdp()})
	}
	l.acts()
	return l.sink
}

// sdp is a description that no other is equal to.
func (l *leg) sdp() []byte {
	l.offers++
	return fmt.Appendf(nil, "v=0\r\no=- %d %d IN IP4 %s\r\ns=-\r\n", l.d.role, l.offers, l.t.addr.Addr())
}

// later plans a command.
func (l *leg) later(after time.Duration, ev Event) {
	l.plan = append(l.plan, planned{l.t.n.now.Add(after), ev})
	slices.SortStableFunc(l.plan, func(a, b planned) int { return a.at.Compare(b.at) })
}

// acts plans what this side does during the call.
func (l *leg) acts() {
	n := l.t.n
	for range n.r.IntN(4) {
		var ev Event
		switch n.r.IntN(8) {
		case 0, 1, 2, 3:
			ev = Reoffer{SDP: l.sdp()}
		case 4:
			ev = Reoffer{}
		case 5:
			ev = Refer{Target: "sip:x@192.0.2.9", Silent: n.chance(0.3)}
		default:
			ev = Info{Digit: "5"}
		}
		l.later(n.within(30*time.Second), ev)
	}
	if n.chance(0.3) {
		l.later(n.within(25*time.Second), Hangup{})
	}
	l.later(talkTime+n.within(time.Second), Hangup{})
}

func (l *leg) sink(ev Event) { l.t.inbox = append(l.t.inbox, func() { l.step(ev) }) }

func (l *leg) step(ev Event) {
	if l.t.n.tell != nil {
		l.t.n.tell("%7.2f  %v %v %T", l.t.n.now.Sub(t0).Seconds(), l.d.role, l.d.State(), ev)
	}
	l.t.v.Tick(l.t.n.now)
	for _, e := range l.d.Step(ev, l.t.n.now) {
		if r, ok := e.(Report); ok {
			l.reports = append(l.reports, r)
			l.react(r)
			continue
		}
		if err := l.t.v.Perform(e); NeedsResult(e) {
			l.step(Sent{e, err})
		}
	}
}

// react plans what a report asks for.
func (l *leg) react(r Report) {
	n := l.t.n
	switch {
	case r.Kind == Reoffered || r.Offer:
		if n.chance(0.1) {
			n.refused = true
			l.later(n.within(time.Second), AnswerReoffer{Status: 488})
			return
		}
		l.later(n.within(time.Second), AnswerReoffer{SDP: l.sdp()})
	case r.Kind == Referred:
		l.later(n.within(time.Second), AcceptRefer{})
		l.later(2*time.Second+n.within(5*time.Second), ReferNews{Status: []int{180, 200, 486}[n.r.IntN(3)]})
	case r.Kind == ReofferFailed:
		n.refused = true
	}
}

// flush carries out what is due in the owners and puts what was sent into the air.
func (n *talk) flush() {
	for i, s := range n.sides {
		for len(s.inbox) > 0 {
			f := s.inbox[0]
			s.inbox = s.inbox[1:]
			f()
		}
		for _, p := range s.v.Sent() {
			copies := 1
			if n.chance(n.loss) {
				copies = 0
			} else if n.chance(0.1) {
				copies = 2
			}
			for range copies {
				delay := n.within(80 * time.Millisecond)
				if n.chance(0.1) {
					delay = n.within(n.late)
				}
				n.sent++
				n.air = append(n.air, flight{n.now.Add(delay), n.sent, 1 - i, p.Data})
			}
		}
	}
}

// summary is a message in one line.
func summary(data []byte) string {
	p := Packet{Data: data}
	out := starts([]Packet{p}) + " " + header(p, "CSeq")
	if i := strings.Index(string(data), "o=-"); i >= 0 {
		out += " " + string(data[i:i+7])
	}
	return out
}

// next is the earliest thing that will happen, and what it is.
func (n *talk) next() (at time.Time, do func()) {
	take := func(t time.Time, f func()) {
		if at.IsZero() || t.Before(at) {
			at, do = t, f
		}
	}
	for i, f := range n.air {
		take(f.at, func() {
			n.air = slices.Delete(n.air, i, i+1)
			if n.tell != nil {
				n.tell("%7.2f  %s %s", n.now.Sub(t0).Seconds(), []string{"<--", "-->"}[f.to], summary(f.data))
			}
			n.sides[f.to].v.Receive(f.data, n.sides[1-f.to].addr, n.now)
		})
	}
	for _, s := range n.sides {
		if t, ok := s.v.Deadline(); ok {
			take(t, func() { s.v.Tick(n.now) })
		}
		for _, l := range s.legs {
			if t, ok := l.d.Deadline(); ok {
				take(t, func() { l.step(Tick{}) })
			}
			if len(l.plan) > 0 {
				take(l.plan[0].at, func() {
					p := l.plan[0]
					l.plan = l.plan[1:]
					l.step(p.ev)
				})
			}
		}
	}
	return at, do
}

// run lets time go by until then; false if it never gets there.
func (n *talk) run(until time.Time) bool {
	for range 20_000 {
		n.flush()
		at, do := n.next()
		if do == nil || at.After(until) {
			if until.After(n.now) {
				n.now = until
			}
			return true
		}
		if at.After(n.now) {
			n.now = at
		}
		do()
	}
	return false
}

// call has the first side call the other.
func (n *talk) call() error {
	s := n.sides[0]
	l := &leg{t: s, d: &Dialog{role: uac}}
	call := Outgoing{To: n.sides[1].addr, Target: "sip:x@192.0.2.2", SDP: l.sdp()}
	if n.chance(0.2) {
		call.SDP = nil
	}
	d, err := s.v.Place(call, l.sink, n.now)
	if err != nil {
		return err
	}
	l.d = d
	s.legs = append(s.legs, l)
	l.acts()
	return nil
}

func (l *leg) has(k ReportKind) bool {
	return slices.ContainsFunc(l.reports, func(r Report) bool { return r.Kind == k })
}

// agree says how the two sides see the call differently, when all has been said.
func (n *talk) agree() string {
	a, b := n.sides[0].legs[0], n.sides[1].legs
	if len(b) > 1 {
		return "the call came twice"
	}
	if a.d.State() != StateConfirmed {
		for _, l := range b {
			if l.d.State() == StateConfirmed || l.d.State() == StateAnswered {
				return "the call is up at the far side only"
			}
		}
		return ""
	}
	if len(b) == 0 || b[0].d.State() != StateConfirmed {
		return "the call is up at our side only"
	}
	x, y := a.d, b[0].d
	if x.offers != stable || y.offers != stable || x.mine != nil || y.mine != nil || x.owed != nil || y.owed != nil {
		return fmt.Sprintf("an offer hangs: %v and %v", x.offers, y.offers)
	}
	if !n.refused && (string(x.ourSDP) != string(y.theirSDP) || string(y.ourSDP) != string(x.theirSDP)) {
		return fmt.Sprintf("descriptions differ:\n%s\n%s\n%s\n%s", x.ourSDP, y.theirSDP, y.ourSDP, x.theirSDP)
	}
	return ""
}

// ended says what is wrong with a dialog's reports when it is over.
func (l *leg) ended() string {
	ends := 0
	for i, r := range l.reports {
		if r.Kind == Ended || r.Kind == Failed {
			if ends++; i != len(l.reports)-1 {
				return "something was reported after the end"
			}
		}
	}
	if ends != 1 || l.d.State() != StateTerminated {
		return fmt.Sprintf("%d ends, state %v", ends, l.d.State())
	}
	return ""
}

// TestFaultDelayedMessages is the fuzzing: 5,000 runs, 200,000 with OFFHOOK_LONG=1, or as many as OFFHOOK_RUNS says.
func TestFaultDelayedMessages(t *testing.T) {
	runs := 5000
	if os.Getenv("OFFHOOK_LONG") == "1" {
		runs = 200_000
	}
	if n, err := strconv.Atoi(os.Getenv("OFFHOOK_RUNS")); err == nil {
		runs = n
	}
	first := 1
	if n, err := strconv.Atoi(os.Getenv("OFFHOOK_SEED")); err == nil {
		first = n
	}
	count := map[ReportKind]int{}
	messages := 0
	for seed := first; seed < first+runs; seed++ {
		n := newTalk(t, uint64(seed))
		if runs == 1 {
			n.tell = t.Logf
		}
		if err := n.call(); err != nil {
			t.Fatal(err)
		}
		fine := n.run(t0.Add(talkTime - time.Second))
		why := n.agree()
		fine = fine && n.run(t0.Add(20*time.Minute))
		if !fine {
			why = "it never ends"
		}
		for _, s := range n.sides {
			if s.v.Dialogs() != 0 || s.v.Transactions() != 0 {
				why += fmt.Sprintf("; left: %d dialogs, %d transactions", s.v.Dialogs(), s.v.Transactions())
			}
			for _, l := range s.legs {
				if w := l.ended(); w != "" {
					why += "; " + w
				}
				for _, r := range l.reports {
					count[r.Kind]++
				}
			}
		}
		caller := n.sides[0].legs[0]
		if caller.has(Answered) && !n.sides[1].legs[0].has(Taken) {
			why += "; answered without an answer"
		}
		if why != "" {
			t.Errorf("seed %d: %s", seed, why)
		}
		messages += n.sent
	}
	t.Logf("%d runs, %d messages: %d answered, %d reoffers taken, %d refused, %d digits, %d transfers asked", runs, messages, count[Answered],
		count[ReofferAnswered], count[ReofferFailed], count[Digit], count[Referred])
	for _, k := range []ReportKind{Answered, ReofferAnswered, Reoffered, Digit, Referred, ReferDone, Failed} {
		if runs >= 500 && count[k] < runs/50 {
			t.Errorf("report %d came only %d times in %d runs", k, count[k], runs)
		}
	}
}
