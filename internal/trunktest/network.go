package trunktest

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Party is one end of a network.
type Party interface {
	// Receive takes one datagram.
	Receive(data []byte, now time.Time)
	// Sent lets happen what waits inside, and gives what was sent since it was last asked, in order.
	Sent(now time.Time) [][]byte
	// Deadline says when the party wants a Tick; false for never.
	Deadline() (time.Time, bool)
	// Tick runs what is due at now.
	Tick(now time.Time)
}

// Weather is what a network does to what it carries. The zero value delivers everything at once, in order.
type Weather struct {
	// Lost, Doubled and Late are the parts, from 0 to 1, of the datagrams that are lost, come twice, and are late.
	Lost, Doubled, Late float64
	// Dark is a time in which everything is lost, beginning at From; none if For is 0.
	Dark Dark
	// Delay is the longest that a datagram usually takes, and LateBy the longest that a late one does. The shortest is nothing.
	Delay, LateBy time.Duration
}

// Dark is an outage of the network.
type Dark struct {
	From time.Time
	For  time.Duration
}

func (d Dark) at(now time.Time) bool { return !now.Before(d.From) && now.Sub(d.From) < d.For }

// AnyWeather draws one for a run. Nothing is longer under way than T4, 5 s, since no timer of RFC 3261 expects that (§17.1.2.2).
func AnyWeather(r *rand.Rand) Weather {
	return Weather{
		Lost: []float64{0, 0.05, 0.2}[r.IntN(3)], Doubled: 0.1, Late: 0.1, Delay: 80 * time.Millisecond,
		LateBy: []time.Duration{50 * time.Millisecond, time.Second, 4900 * time.Millisecond}[r.IntN(3)],
	}
}

// Network carries datagrams between two parties, in virtual time. Make it with [NewNetwork].
type Network struct {
	// Rand is the source of all chance; parties may draw from it.
	Rand *rand.Rand
	// Weather may be changed between runs.
	Weather Weather
	// Tell, if set, is given each datagram as it arrives, or is lost: the party that it is for (0 or 1) and a line about it.
	Tell func(to int, line string)
	// Carried counts the datagrams that arrived.
	Carried int

	now     time.Time
	parties [2]Party
	air     []flight // under way
}

// flight is a datagram under way.
type flight struct {
	at   time.Time
	to   int
	data []byte
}

// NewNetwork makes a network whose clock stands at now. Join gives it its parties.
func NewNetwork(now time.Time, seed uint64, w Weather) *Network {
	return &Network{Rand: rand.New(rand.NewPCG(seed, 11)), Weather: w, now: now}
}

// Join sets the two parties.
func (n *Network) Join(a, b Party) { n.parties = [2]Party{a, b} }

// Now is the network's clock.
func (n *Network) Now() time.Time { return n.now }

// Chance is true in this part of the cases.
func (n *Network) Chance(p float64) bool { return n.Rand.Float64() < p }

// Within is a time from nothing to d, both included.
func (n *Network) Within(d time.Duration) time.Duration {
	return time.Duration(n.Rand.Int64N(int64(d) + 1))
}

// most is how many things may happen in one Run.
const most = 50_000

// Run lets time go by until the given time, which becomes the clock's. It is false if so much happens that the time is never reached.
func (n *Network) Run(until time.Time) bool {
	for range most {
		n.send()
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

// send puts what the parties have sent into the air.
func (n *Network) send() {
	for i, p := range n.parties {
		for _, data := range p.Sent(n.now) {
			copies := n.copies()
			if copies == 0 && n.Tell != nil {
				n.Tell(1-i, "lost: "+Line(data))
			}
			for range copies {
				n.air = append(n.air, flight{n.now.Add(n.delay()), 1 - i, data})
			}
		}
	}
}

func (n *Network) copies() int {
	switch {
	case n.Chance(n.Weather.Lost), n.Weather.Dark.at(n.now):
		return 0
	case n.Chance(n.Weather.Doubled):
		return 2
	}
	return 1
}

func (n *Network) delay() time.Duration {
	if n.Chance(n.Weather.Late) {
		return n.Within(n.Weather.LateBy)
	}
	return n.Within(n.Weather.Delay)
}

// next is the earliest thing that will happen: of what is at the same time, what was sent first, and arrivals before timers.
func (n *Network) next() (at time.Time, do func()) {
	take := func(t time.Time, f func()) {
		if do == nil || t.Before(at) {
			at, do = t, f
		}
	}
	for i, f := range n.air {
		take(f.at, func() {
			n.air = slices.Delete(n.air, i, i+1)
			n.Carried++
			if n.Tell != nil {
				n.Tell(f.to, Line(f.data))
			}
			n.parties[f.to].Receive(f.data, n.now)
		})
	}
	for _, p := range n.parties {
		if t, ok := p.Deadline(); ok {
			take(t, func() { p.Tick(n.now) })
		}
	}
	return at, do
}
