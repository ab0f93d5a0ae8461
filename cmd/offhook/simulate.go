package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
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
	o := simulateOptions{interval: 30 * time.Minute, talk: 3 * time.Minute, wrapUp: 15 * time.Second}
	f := flags("simulate [FLAGS]", simulateHelp, out)
	f.IntVar(&o.calls, "calls", 100, "the `number` of calls that arrive in the interval, on average")
	spanVar(f, &o.interval, "interval", "the interval, a `time`")
	spanVar(f, &o.talk, "talk", "the mean `time` of talk")
	spanVar(f, &o.wrapUp, "wrap-up", "the `time` of wrap-up after each call")
	spanVar(f, &o.answer, "answer", "the `time` that an agent takes to press answer; default 0s")
	spanVar(f, &o.patience, "patience", "the mean `time` after which a waiting caller hangs up; default never")
	spanVar(f, &o.maxWait, "max-wait", "the queue's max_wait, a `time`; default none")
	f.StringVar(&o.goal, "goal", "80/20s", "the service `level` to reach: percent of all callers / answered within")
	f.StringVar(&o.strategy, "strategy", queue.LongestIdle, "the queue's strategy; several `names`, with commas between, are compared")
	f.IntVar(&o.agents, "agents", 0, "the `number` of agents that strategies are compared with; default as many as the goal needs")
	f.IntVar(&o.count, "count", 100_000, "the `number` of calls that are simulated for each number of agents")
	f.Uint64Var(&o.seed, "seed", 1, "another `number` draws other calls")
	f.StringVar(&o.svg, "svg", "", "draw service level against agents into this `file`")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	return o.run(out)
}

// check says which flag is out of its range.
func (o *simulateOptions) check() error {
	for _, flag := range []struct {
		name string
		good bool
		want string
	}{
		{"calls", o.calls >= 1, "at least 1"}, {"interval", o.interval > 0, "above 0"}, {"talk", o.talk > 0, "above 0"},
		{"count", o.count >= 1, "at least 1"}, {"agents", o.agents >= 0, "0 or more"},
	} {
		if !flag.good {
			return wrongUsage("simulate", "-%s: it must be %s", flag.name, flag.want)
		}
	}
	for _, name := range strings.Split(o.strategy, ",") {
		if !slices.Contains(queue.Strategies(), name) {
			return wrongUsage("simulate", "-strategy: %q is none of %s", name, strings.Join(queue.Strategies(), ", "))
		}
	}
	return nil
}

func (o *simulateOptions) run(out io.Writer) error {
	share, target, err := readGoal(o.goal)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	draw := func(string) error { return nil }
	if o.svg != "" { // opened now: that it cannot be written is better known before than after
		file, err := os.Create(o.svg)
		if err != nil {
			return fmt.Errorf("-svg: %w", err)
		}
		defer file.Close()
		draw = func(text string) error { _, err := file.WriteString(text); return err }
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
	title := fmt.Sprintf("%d calls in %v, talk %v, goal %s", o.calls, o.interval, o.talk, o.goal)
	return draw(sim.Curve(a, title, share))
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
		return 0, 0, wrongUsage("simulate", "-goal %q is not like 80/20s", goal)
	}
	if _, err := fmt.Sscanf(percent, "%g", &share); err != nil {
		return 0, 0, wrongUsage("simulate", "-goal %q: %q is no number of percent", goal, percent)
	}
	if target, err = time.ParseDuration(within); err != nil {
		if target, err = time.ParseDuration(within + "s"); err != nil {
			return 0, 0, wrongUsage("simulate", "-goal %q: %q is no time", goal, within)
		}
	}
	if share <= 0 || share >= 100 || target <= 0 {
		return 0, 0, wrongUsage("simulate", "-goal %q: want more than 0 and less than 100 percent, within more than 0", goal)
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
