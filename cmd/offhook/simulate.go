package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"offhook/queue"
	"offhook/queue/sim"
)

const simulateHelp = `Say how many agents an interval needs, by playing its calls through the real queue in virtual time.

Callers arrive at random; talk times, and patience if callers have it, are drawn exponentially around their means. Beside each
simulated service level stands what Erlang's formula says (Erlang A with patience, Erlang C without). The formula takes wrap-up for talk and knows nothing
of the queue's limits; where they differ, the simulation is nearer to what the queue will do.

Example: offhook simulate -calls 100 -interval 30m -talk 3m -goal 80/20s -patience 2m -svg curve.svg`

// simulateOptions are the flags of "offhook simulate".
type simulateOptions struct {
	calls, agents, count           int
	interval, talk, wrapUp, answer time.Duration
	patience, maxWait              time.Duration
	goal, strategy, svg            string
	seed                           uint64
}

// simulate answers the planner's question.
func simulate(_ context.Context, args []string, out io.Writer) error {
	var o simulateOptions
	f := flags("simulate [FLAGS]", simulateHelp, out)
	f.IntVar(&o.calls, "calls", 100, "how many `calls` arrive in the interval, on average")
	f.DurationVar(&o.interval, "interval", 30*time.Minute, "the interval")
	f.DurationVar(&o.talk, "talk", 3*time.Minute, "mean talk time")
	f.DurationVar(&o.wrapUp, "wrap-up", 15*time.Second, "wrap-up after each call")
	f.DurationVar(&o.answer, "answer", 0, "how long an agent takes to press answer")
	f.DurationVar(&o.patience, "patience", 0, "mean time after which a waiting caller hangs up; 0: never")
	f.DurationVar(&o.maxWait, "max-wait", 0, "the queue's max_wait; 0: none")
	f.StringVar(&o.goal, "goal", "80/20s", "the service level to reach: percent of all callers / answered within")
	f.StringVar(&o.strategy, "strategy", queue.LongestIdle, "the queue's strategy; several, with commas between, are compared")
	f.IntVar(&o.agents, "agents", 0, "how many `agents` the strategies are compared with; 0: as many as the goal needs")
	f.IntVar(&o.count, "count", 100_000, "how many calls are simulated for each number of agents")
	f.Uint64Var(&o.seed, "seed", 1, "another seed draws other calls")
	f.StringVar(&o.svg, "svg", "", "draw service level against agents into this `file`")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("simulate takes flags only, not %q", f.Arg(0))
	}
	return o.run(out)
}

func (o *simulateOptions) run(out io.Writer) error {
	share, target, err := readGoal(o.goal)
	if err != nil {
		return err
	}
	if o.interval <= 0 || o.calls < 1 || o.wrapUp < 0 {
		return errors.New("simulate: -calls and -interval must be above zero, -wrap-up not below")
	}
	s := o.scenario(target)
	strategies := strings.Split(o.strategy, ",")
	s.Queue.Strategy = strategies[0]
	defer debug.SetGCPercent(debug.SetGCPercent(1000)) // there is little to keep and much to drop: collecting less often takes a third off the time
	a, err := sim.Plan(s, share)
	if err != nil {
		return err
	}
	if err := o.writeAnswer(out, s, a, share); err != nil {
		return err
	}
	if len(strategies) > 1 {
		if s.Agents = o.agents; s.Agents == 0 {
			s.Agents = max(a.Agents, 1)
		}
		if err := writeStrategies(out, s, strategies); err != nil {
			return err
		}
	}
	if o.svg == "" {
		return nil
	}
	title := fmt.Sprintf("%d calls in %v, talk %v, goal %s", o.calls, o.interval, o.talk, o.goal)
	return os.WriteFile(o.svg, []byte(sim.Curve(a, title, share)), 0o644)
}

func (o *simulateOptions) scenario(target time.Duration) sim.Scenario {
	wrapUp := o.wrapUp
	if wrapUp == 0 {
		wrapUp = -1 // the queue's 0 is its default
	}
	return sim.Scenario{
		Queue: queue.QueueSettings{
			RingFor: max(20*time.Second, o.answer+time.Second), WrapUp: wrapUp, WrapUpMax: max(o.wrapUp, 10*time.Minute), Target: target, MaxWait: o.maxWait, Capacity: 100_000,
		},
		PerHour: float64(o.calls) / o.interval.Hours(), Talk: o.talk, Patience: o.patience, Answer: o.answer, Calls: o.count, Seed: o.seed,
	}
}

// readGoal reads "80/20s", or "80/20" as people say it.
func readGoal(goal string) (share float64, target time.Duration, err error) {
	percent, within, ok := strings.Cut(goal, "/")
	if !ok {
		return 0, 0, fmt.Errorf("-goal %q is not like 80/20s", goal)
	}
	if _, err := fmt.Sscanf(percent, "%g", &share); err != nil {
		return 0, 0, fmt.Errorf("-goal %q: %q is no number of percent", goal, percent)
	}
	if target, err = time.ParseDuration(within); err != nil {
		if target, err = time.ParseDuration(within + "s"); err != nil {
			return 0, 0, fmt.Errorf("-goal %q: %q is no time", goal, within)
		}
	}
	if share <= 0 || share >= 100 || target <= 0 {
		return 0, 0, fmt.Errorf("-goal %q is out of range", goal)
	}
	return share / 100, target, nil
}

func (o *simulateOptions) writeAnswer(out io.Writer, s sim.Scenario, a sim.Answer, goal float64) error {
	formula := "Erlang C"
	if o.patience > 0 {
		formula = "Erlang A"
	}
	fmt.Fprintf(out, "%d calls in %v, talk %v, wrap-up %v: %.1f erlangs.\n\n", o.calls, o.interval, o.talk, o.wrapUp, a.Load)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "agents\tservice level\t%s\tmean wait\t%s\tlongest\thung up\tturned away\toccupancy\t\n", formula, formula)
	for _, row := range a.Rows {
		mark := ""
		if row.Agents == a.Agents {
			mark = "  <"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%.1f s\t%.1f s\t%.0f s\t%s\t%s\t%s\t%s\n", row.Agents, percent(row.Sim.ServiceLevel()), percent(row.Theory.ServiceLevel),
			row.Sim.MeanWait.Seconds(), row.Theory.MeanWait.Seconds(), row.Sim.Longest.Seconds(), percent(row.Sim.AbandonRate()),
			percent(float64(row.Sim.Turned)/float64(row.Sim.Calls)), percent(row.Sim.Occupancy), mark)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if a.Agents == 0 {
		fmt.Fprintf(out, "\nNo number of agents up to %d answers %s of all callers within %v; %s says %d.\n", a.Rows[len(a.Rows)-1].Agents, percent(goal), s.Queue.Target, formula, a.Theory)
		return nil
	}
	fmt.Fprintf(out, "\n%d agents answer %s of all callers within %v; %s says %d.\n", a.Agents, percent(goal), s.Queue.Target, formula, a.Theory)
	return nil
}

func writeStrategies(out io.Writer, s sim.Scenario, strategies []string) error {
	rows, err := sim.Compare(s, strategies)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nStrategies with %d agents:\n\n", s.Agents)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "strategy\tservice level\tmean wait\tleast calls of an agent\tmost\toccupancy\t\n")
	for i, row := range rows {
		fmt.Fprintf(w, "%s\t%s\t%.1f s\t%d\t%d\t%s\t\n", strategies[i], percent(row.Sim.ServiceLevel()), row.Sim.MeanWait.Seconds(),
			row.Sim.LeastCalls, row.Sim.MostCalls, percent(row.Sim.Occupancy))
	}
	return w.Flush()
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
