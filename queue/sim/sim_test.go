package sim

import (
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"offhook/queue"
)

// loads are the grid: agents, and how busy they would be.
var loads = []struct {
	agents    int
	occupancy float64
}{{1, .5}, {1, .7}, {2, .6}, {2, .75}, {3, .7}, {5, .7}, {5, .8}, {8, .75}, {10, .7}, {10, .8}, {20, .8}, {40, .85}}

const (
	talk   = 180 * time.Second
	target = 20 * time.Second
)

// accuracy is how near the theory the engine must come, and how many calls that takes: at the full accuracy with OFFHOOK_LONG=1.
func accuracy(full float64, calls float64) (float64, int) {
	switch {
	case os.Getenv("OFFHOOK_LONG") == "1":
		return full, int(calls)
	case testing.Short():
		return full * 20, int(calls / 300)
	}
	return full * 5, int(calls / 25)
}

// One queue, callers at random, exponential talk, nobody gives up: the engine does what Erlang C says of the load that was drawn, by mean
// wait, service level and occupancy.
func TestErlangC(t *testing.T) {
	for i, load := range loads {
		t.Run(fmt.Sprintf("%d agents, occupancy %v", load.agents, load.occupancy), func(t *testing.T) {
			t.Parallel()
			perHour := float64(load.agents) * load.occupancy / talk.Hours()
			theory := ErlangC(load.agents, perHour, talk, target)
			within, calls := accuracy(0.02, callsFor(load.occupancy, theory.Waits))
			r, err := Run(Scenario{
				Queue: queue.QueueSettings{WrapUp: -1, Target: target, Capacity: 1 << 20}, Agents: load.agents, PerHour: perHour, Talk: talk,
				Calls: calls, Seed: uint64(i),
			})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, r, ErlangC(load.agents, r.PerHour, r.MeanTalk, target), within)
		})
	}
}

// The same with callers who give up, against Erlang A; and beyond what the agents can do.
func TestErlangA(t *testing.T) {
	for i, load := range loads {
		t.Run(fmt.Sprintf("%d agents, load %.2f", load.agents, load.occupancy*1.3), func(t *testing.T) {
			t.Parallel()
			perHour := float64(load.agents) * load.occupancy * 1.3 / talk.Hours()
			patience := time.Duration(1+i%3) * time.Minute
			within, calls := accuracy(0.03, 2e6)
			r, err := Run(Scenario{
				Queue: queue.QueueSettings{WrapUp: -1, Target: target}, Agents: load.agents, PerHour: perHour, Talk: talk, Patience: patience,
				Calls: calls, Seed: uint64(i),
			})
			if err != nil {
				t.Fatal(err)
			}
			theory := ErlangA(load.agents, r.PerHour, r.MeanTalk, patience, target)
			compare(t, r, theory, within)
			near(t, "share that hangs up", r.AbandonRate(), theory.Abandon, within)
		})
	}
}

// callsFor is how many calls make the mean wait's standard deviation about 0.6 %: the line forgets its past in 4ρ/(1-ρ)² calls, and only a share of
// them waits.
func callsFor(occupancy, waits float64) float64 {
	memory := 4 * occupancy / (1 - occupancy) / (1 - occupancy)
	return memory * (2 - waits) / waits / (0.006 * 0.006)
}

func compare(t *testing.T, r Result, theory Theory, within float64) {
	t.Helper()
	t.Logf("%d calls: mean wait %v, theory %v (%+.2f %%); service level %.4f, theory %.4f; occupancy %.4f, theory %.4f", r.Calls, r.MeanWait.Round(time.Millisecond),
		theory.MeanWait.Round(time.Millisecond), 100*(float64(r.MeanWait)/float64(theory.MeanWait)-1), r.ServiceLevel(), theory.ServiceLevel, r.Occupancy, theory.Occupancy)
	near(t, "mean wait", r.MeanWait.Seconds(), theory.MeanWait.Seconds(), within)
	near(t, "service level", r.ServiceLevel(), theory.ServiceLevel, within)
	near(t, "occupancy", r.Occupancy, theory.Occupancy, within)
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if off := math.Abs(got-want) / want; off > within {
		t.Errorf("%s: got %.5f, theory says %.5f: %.2f %% off, allowed %.2f %%", what, got, want, 100*off, 100*within)
	}
}

// Values of the literature and of limits that are known.
func TestErlangAgainstKnownValues(t *testing.T) {
	for _, row := range []struct {
		name      string
		got, want float64
	}{
		{"M/M/1, occupancy 0.8: a share of 0.8 waits", ErlangC(1, 16, 180*time.Second, target).Waits, 0.8},
		{"M/M/1, occupancy 0.8: mean wait is 4 times the talk", ErlangC(1, 16, 180*time.Second, target).MeanWait.Seconds(), 720},
		{"M/M/2, load 1: a third waits", ErlangC(2, 20, 180*time.Second, target).Waits, 1.0 / 3},
		{"14 agents, load 10 (the textbooks' 100 calls in 30 min of 3 min): 17.4 % wait", ErlangC(14, 200, 180*time.Second, target).Waits, 0.1741},
		{"14 agents, load 10: service level 88.8 % in 20 s", ErlangC(14, 200, 180*time.Second, target).ServiceLevel, 0.8884},
		{"with patience as talk, the number there is Poisson: nobody waits with e^-1 of no agent busy",
			1 - ErlangA(1, 20, 180*time.Second, 180*time.Second, target).Waits, math.Exp(-1)},
		{"endless patience is Erlang C: mean wait", ErlangA(10, 160, 180*time.Second, 100000*time.Hour, target).MeanWait.Seconds(), 36.826},
		{"endless patience is Erlang C: service level", ErlangA(10, 160, 180*time.Second, 100000*time.Hour, target).ServiceLevel, 0.67235},
	} {
		if math.Abs(row.got-row.want) > 0.001*math.Abs(row.want) {
			t.Errorf("%s: got %v, want %v", row.name, row.got, row.want)
		}
	}
	if ErlangC(10, 200, 180*time.Second, target).Stable {
		t.Error("a load of all agents is called stable")
	}
}

// The same scenario gives the same figures.
func TestRunIsRepeatable(t *testing.T) {
	s := Scenario{Queue: queue.QueueSettings{Strategy: queue.Random}, Agents: 5, PerHour: 80, Talk: talk, Patience: time.Minute, Calls: 2000, Seed: 7}
	a, err := Run(s)
	b, _ := Run(s)
	if err != nil || a != b {
		t.Errorf("%v\n%+v\n%+v", err, a, b)
	}
}

func TestSecurityScenarioOutOfRange(t *testing.T) {
	good := Scenario{Agents: 1, PerHour: 1, Talk: time.Second, Calls: 1}
	for name, spoil := range map[string]func(*Scenario){
		"agents":   func(s *Scenario) { s.Agents = 0 },
		"calls":    func(s *Scenario) { s.Calls = 0 },
		"rate":     func(s *Scenario) { s.PerHour = 0 },
		"talk":     func(s *Scenario) { s.Talk = 0 },
		"patience": func(s *Scenario) { s.Patience = -1 },
		"strategy": func(s *Scenario) { s.Queue.Strategy = "fastest" },
	} {
		s := good
		spoil(&s)
		if _, err := Run(s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
