package dialog

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// network joins two gateways in virtual time and loses, doubles, delays and so reorders their datagrams, from a seed.
type network struct {
	r     *rand.Rand
	now   time.Time
	sides [2]*side
	air   []flight
	loss  float64
	calls int
}

type flight struct {
	at   time.Time
	n    int
	to   int
	data []byte
}

// side is a gateway with an owner for each of its dialogs.
type side struct {
	net   *network
	v     *VirtualTx
	addr  netip.AddrPort
	owned []*netCall
	inbox []func()
}

// netCall is a dialog whose owner acts by chance.
type netCall struct {
	s       *side
	d       *Dialog
	reports []ReportKind
	plan    []planned
}

type planned struct {
	at time.Time
	ev Event
}

func newNetwork(t *testing.T, seed uint64, loss float64) *network {
	n := &network{r: rand.New(rand.NewPCG(seed, 7)), now: t0, loss: loss}
	addrs := [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("192.0.2.2:5060")}
	for i := range n.sides {
		s := &side{net: n, addr: addrs[i]}
		v, err := NewVirtualTx(Config{Listen: addrs[i], Handler: s, Trunks: []Trunk{{Name: "peer", Networks: []netip.Prefix{netip.PrefixFrom(addrs[1-i].Addr(), 32)}}}}, seed*2+uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		s.v, n.sides[i] = v, s
	}
	return n
}

func (s *side) Admit() bool { return true }

func (s *side) Invite(in *Invite) func(Event) {
	c := &netCall{s: s, d: in.Dialog}
	s.owned = append(s.owned, c)
	ring := s.net.soon(2 * time.Second)
	end := ring.Add(time.Duration(s.net.r.Int64N(int64(5 * time.Second))))
	switch s.net.r.IntN(4) {
	case 0:
		c.plan = []planned{{ring, Ring{}}, {end, Reject{Status: 486}}}
	default:
		c.plan = []planned{{ring, Ring{}}, {end, Answer{SDP: []byte(answer)}}, {end.Add(time.Duration(s.net.r.Int64N(int64(20 * time.Second)))), Hangup{}}}
	}
	return c.sink
}

func (n *network) soon(max time.Duration) time.Time {
	return n.now.Add(time.Duration(n.r.Int64N(int64(max))))
}

func (c *netCall) sink(ev Event) { c.s.inbox = append(c.s.inbox, func() { c.step(ev) }) }

func (c *netCall) step(ev Event) {
	for _, e := range c.d.Step(ev, c.s.net.now) {
		if r, ok := e.(Report); ok {
			c.reports = append(c.reports, r.Kind)
			continue
		}
		if err := c.s.v.Perform(e); NeedsResult(e) {
			c.step(Sent{e, err})
		}
	}
}

// flush carries out what is due in the owners and puts what was sent into the air.
func (n *network) flush() {
	for i, s := range n.sides {
		for len(s.inbox) > 0 {
			f := s.inbox[0]
			s.inbox = s.inbox[1:]
			f()
		}
		for _, p := range s.v.Sent() {
			copies := 1
			if n.r.Float64() < n.loss {
				copies = 0
			} else if n.r.Float64() < n.loss {
				copies = 2
			}
			for range copies {
				n.calls++
				n.air = append(n.air, flight{n.now.Add(time.Duration(n.r.Int64N(int64(80 * time.Millisecond)))), n.calls, 1 - i, p.Data})
			}
		}
	}
}

// next is the earliest thing that will happen, and what it is.
func (n *network) next() (time.Time, func()) {
	var at time.Time
	var do func()
	take := func(t time.Time, f func()) {
		if at.IsZero() || t.Before(at) {
			at, do = t, f
		}
	}
	for i, f := range n.air {
		take(f.at, func() {
			n.air = slices.Delete(n.air, i, i+1)
			n.sides[f.to].v.Receive(f.data, n.sides[1-f.to].addr, n.now)
		})
	}
	for _, s := range n.sides {
		if t, ok := s.v.Deadline(); ok {
			take(t, func() { s.v.Tick(n.now) })
		}
		for _, c := range s.owned {
			if t, ok := c.d.Deadline(); ok {
				take(t, func() { c.step(Tick{}) })
			}
			if len(c.plan) > 0 {
				take(c.plan[0].at, func() { p := c.plan[0]; c.plan = c.plan[1:]; c.step(p.ev) })
			}
		}
	}
	return at, do
}

func (n *network) run(until time.Time) bool {
	for range 100_000 {
		n.flush()
		at, do := n.next()
		if do == nil || at.After(until) {
			return true
		}
		if at.After(n.now) {
			n.now = at
		}
		do()
	}
	return false
}

// TestFaultLossyNetwork lets two gateways call each other over a network that loses, doubles and reorders one datagram in ten (F9). Whatever happens,
// each dialog ends once, nothing is left, and no call is up on one side only.
func TestFaultLossyNetwork(t *testing.T) {
	runs := 300
	if n, err := strconv.Atoi(os.Getenv("OFFHOOK_RUNS")); err == nil {
		runs = n
	}
	connected, answered := 0, 0
	for seed := range runs {
		n := newNetwork(t, uint64(seed)+1, 0.1)
		caller := &netCall{s: n.sides[0]}
		d, err := n.sides[0].v.Place(Outgoing{To: n.sides[1].addr, Target: "sip:x@192.0.2.2", SDP: []byte(offer)}, caller.sink, n.now)
		if err != nil {
			t.Fatal(err)
		}
		caller.d = d
		n.sides[0].owned = append(n.sides[0].owned, caller)
		caller.plan = []planned{{n.soon(25 * time.Second), Hangup{Q850: 16}}}
		if !n.run(t0.Add(20 * time.Minute)) {
			t.Fatalf("seed %d: it never ends", seed)
		}
		for i, s := range n.sides {
			if s.v.Dialogs() != 0 || s.v.Transactions() != 0 {
				t.Errorf("seed %d: side %d keeps %d dialogs, %d transactions", seed, i, s.v.Dialogs(), s.v.Transactions())
			}
			for _, c := range s.owned {
				if why := oneEnd(c); why != "" {
					t.Errorf("seed %d: side %d: %s: %v", seed, i, why, c.reports)
				}
			}
		}
		if slices.Contains(caller.reports, Answered) {
			connected++
		}
		if len(n.sides[1].owned) == 1 && slices.Contains(n.sides[1].owned[0].reports, Taken) {
			answered++
		}
	}
	t.Logf("%d runs: %d answered, %d connected", runs, answered, connected)
	if connected < runs/4 {
		t.Errorf("only %d of %d calls were connected", connected, runs)
	}
}

// oneEnd says what is wrong with the reports of a dialog that is over.
func oneEnd(c *netCall) string {
	ends := 0
	for i, k := range c.reports {
		if k == Ended || k == Failed {
			ends++
			if i != len(c.reports)-1 {
				return "something was reported after the end"
			}
		}
	}
	if ends != 1 || c.d.State() != StateTerminated {
		return fmt.Sprintf("%d ends, state %v", ends, c.d.State())
	}
	return ""
}
