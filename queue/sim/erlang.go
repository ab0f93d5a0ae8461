package sim

import (
	"math"
	"time"
)

// Theory is what a formula says of a queue in the long run.
type Theory struct {
	Waits        float64       // share of callers for whom no agent is free
	MeanWait     time.Duration // of all callers
	ServiceLevel float64       // share of all callers answered within the target
	Abandon      float64       // share of all callers who hang up
	Occupancy    float64
	Stable       bool // false: the line grows without end, and nothing else is said
}

// ErlangC is the queue without impatience (M/M/c): callers at random, exponential handling, the first in line first.
// handling is an agent's mean time for one call, wrap-up included. (A. K. Erlang 1917; R. B. Cooper, Introduction to Queueing Theory, §3.)
func ErlangC(agents int, perHour float64, handling, target time.Duration) Theory {
	load := perHour * handling.Hours()
	if load >= float64(agents) {
		return Theory{Occupancy: 1, Waits: 1}
	}
	// Erlang B by recursion, then C from B.
	blocked := 1.0
	for n := 1; n <= agents; n++ {
		blocked = load * blocked / (float64(n) + load*blocked)
	}
	occupancy := load / float64(agents)
	waits := blocked / (1 - occupancy*(1-blocked))
	spare := (float64(agents) - load) / handling.Seconds() // a second
	return Theory{
		Waits:        waits,
		MeanWait:     seconds(waits / spare),
		ServiceLevel: 1 - waits*math.Exp(-spare*target.Seconds()),
		Occupancy:    occupancy,
		Stable:       true,
	}
}

// ErlangA is the queue with impatience (M/M/c+M): as ErlangC, and each caller hangs up after an exponential time with the mean patience,
// if no agent has answered. (C. Palm 1957; O. Garnett, A. Mandelbaum, M. Reiman, Designing a Call Center with Impatient Customers, 2002.)
func ErlangA(agents int, perHour float64, handling, patience, target time.Duration) Theory {
	arrive, serve, leave := perHour/3600, 1/handling.Seconds(), 1/patience.Seconds()
	p := stationary(agents, arrive, serve, leave)
	t := Theory{Stable: true}
	free, line := 0.0, 0.0
	for n, share := range p {
		if n < agents {
			free += share
		}
		line += share * math.Max(0, float64(n-agents))
		t.Occupancy += share * math.Min(float64(n), float64(agents)) / float64(agents)
	}
	t.Waits = 1 - free
	t.MeanWait = seconds(line / arrive)
	t.Abandon = leave * line / arrive
	t.ServiceLevel = free + servedWithin(p[agents:], float64(agents)*serve, leave, target.Seconds())
	return t
}

// stationary gives the share of time with so many callers there: a birth-death chain, cut where nothing is left.
func stationary(agents int, arrive, serve, leave float64) []float64 {
	var p []float64
	weight, sum, most := 1.0, 0.0, 0.0
	for n := 0; n <= agents || weight > most*1e-12; n++ {
		if n > 0 {
			die := math.Min(float64(n), float64(agents))*serve + math.Max(0, float64(n-agents))*leave
			weight *= arrive / die
		}
		p = append(p, weight)
		sum += weight
		most = math.Max(most, weight)
		if sum > 1e200 { // keep the numbers small
			for i := range p {
				p[i] /= sum
			}
			weight, most, sum = weight/sum, most/sum, 1
		}
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// servedWithin gives the share of callers who find all agents busy and are answered in time. ahead[j] is the share who find j before them in
// line. Those before them leave by being served (serve, of all agents) or by hanging up; they themselves may hang up. The chain of who is
// still ahead is followed in small steps (Runge-Kutta).
func servedWithin(ahead []float64, serve, leave, target float64) float64 {
	p := append([]float64(nil), ahead...)
	rate := serve + float64(len(p)+1)*leave
	steps := int(math.Max(200, math.Ceil(rate*target*4)))
	dt := target / float64(steps)
	served := 0.0
	slope := func(q []float64, to []float64) float64 {
		for j := range q {
			to[j] = -(serve + float64(j+1)*leave) * q[j]
			if j+1 < len(q) {
				to[j] += (serve + float64(j+1)*leave) * q[j+1]
			}
		}
		return serve * q[0]
	}
	n := len(p)
	k1, k2, k3, k4, q := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	at := func(k []float64, by float64) []float64 {
		for j := range q {
			q[j] = p[j] + by*k[j]
		}
		return q
	}
	for range steps {
		s1 := slope(p, k1)
		s2 := slope(at(k1, dt/2), k2)
		s3 := slope(at(k2, dt/2), k3)
		s4 := slope(at(k3, dt), k4)
		for j := range p {
			p[j] += dt / 6 * (k1[j] + 2*k2[j] + 2*k3[j] + k4[j])
		}
		served += dt / 6 * (s1 + 2*s2 + 2*s3 + s4)
	}
	return served
}
