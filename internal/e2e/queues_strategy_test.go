package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"offhook/internal/harness"
)

// strategies are those of docs/queue.md, with what callers live through in a queue that has one, and in what order its three agents must be asked.
var strategies = []struct {
	strategy string
	more     string    // further settings of the queue
	skills   [3]string // of a, b and c
	run      func(r *rota)
}{
	{strategy: "longest-idle", run: func(r *rota) {
		r.available("cab")
		r.serves(5, "cabca")
	}},
	{strategy: "round-robin", run: func(r *rota) {
		r.available("cab")
		r.serves(5, "abcab")
	}},
	{strategy: "fewest-calls", run: func(r *rota) {
		r.available("c")
		r.serves(2, "cc")
		r.available("ab")
		r.serves(5, "ababc") // with two calls each, c is idle longest
	}},
	{strategy: "least-talk", run: func(r *rota) {
		r.talks("b", 2*time.Second)
		r.talks("c", 3*time.Second)
		r.available("c")
		r.serves(1, "c")
		r.available("ab")
		r.serves(4, "abaa")
	}},
	{strategy: "top-down", run: func(r *rota) {
		r.available("cba")
		r.serves(2, "aa")
		r.servesTogether(3, "abc")
	}},
	{strategy: "best-skill", skills: [3]string{", skills: {lang=de: 2}", ", skills: {lang=de: 2}", ", skills: {lang=de: 3}"}, run: func(r *rota) {
		r.available("bac")
		r.serves(2, "cc")
		r.servesTogether(3, "cba") // of equals, b has been idle longer
	}},
	{strategy: "random", run: func(r *rota) {
		r.available("abc")
		everybodyIn(r.t, r.served(6))
	}},
	{strategy: "ring-all", run: func(r *rota) {
		r.talks("abc", lets)
		r.available("cab")
		call := r.call(1)
		r.wins("b", r.rings(0, 3))
		r.ended(call)
	}},
	{strategy: "ring-progressively", more: ", step: 1s", run: (*rota).progressively},
}

// progressively: one more agent each second, the earlier ones ring on.
func (r *rota) progressively() {
	r.talks("abc", lets)
	r.available("cab")
	call := r.call(1)
	offers := r.rings(0, 3)
	if got := asked(r.all.Events()); got != "abc" {
		r.t.Errorf("%s ring, one after the other; want abc", got)
	}
	for i, o := range offers[1:] {
		if gap := o.At.Sub(offers[i].At); gap < 300*time.Millisecond { // it may be seen late of the one before, on a machine with much else to do
			r.t.Errorf("%s was asked %v after the one before, want 1 s", o.Who, gap)
		}
	}
	for _, k := range r.agents {
		if calls := k.Calls(); len(calls) != 1 {
			r.t.Errorf("it does not ring at an agent any more: %+v", calls)
		}
	}
	r.wins("c", offers)
	r.ended(call)
}

// Callers and agents with sockets and sound: who is asked is what the strategy's line in docs/queue.md says.
func TestQueueStrategies(t *testing.T) {
	t.Parallel()
	var routes, queues, staff strings.Builder
	for i, s := range strategies {
		needs := ""
		if s.skills[0] != "" {
			needs = ", needs: [lang=de]"
		}
		fmt.Fprintf(&routes, "  - {called: \"30%d\", queue: %s%s}\n", i, s.strategy, needs)
		fmt.Fprintf(&queues, "  - {name: %s, strategy: %[1]s, ring_for: 60s, wrap_up: 0s%s}\n", s.strategy, s.more)
		for k, name := range rotaNames(s.strategy) {
			staff.WriteString(staffOf(name, s.strategy, s.skills[k]))
		}
	}
	server, pacer := startServer(t, withQueues(routes.String(), queues.String(), seed+"staff:\n"+staff.String())), harness.NewPacer(t)
	for i, s := range strategies {
		t.Run(s.strategy, func(t *testing.T) {
			t.Parallel()
			s.run(newRota(t, server, pacer, s.strategy, fmt.Sprintf("30%d", i)))
		})
	}
}

// Servers with one seed draw alike, and ask everybody.
func TestQueueStrategyRandom(t *testing.T) {
	t.Parallel()
	if os.Getenv("OFFHOOK_LONG") == "" {
		t.Skip("starts two servers; OFFHOOK_LONG runs it")
	}
	pacer := harness.NewPacer(t)
	edit := withQueues("  - {called: \"300\", queue: random}\n", "  - {name: random, strategy: random, wrap_up: 0s}\n", seed)
	var drawn [2]string
	for i := range drawn {
		server := startServer(t, edit)
		server.Queues = []string{"random"}
		r := newRota(t, server, pacer, "random", "300")
		r.available("abc")
		drawn[i] = r.served(6)
	}
	everybodyIn(t, drawn[0])
	if drawn[0] != drawn[1] {
		t.Errorf("one server asks %s, one with the same seed %s", drawn[0], drawn[1])
	}
}

// everybodyIn fails the test unless all three agents were asked.
func everybodyIn(t *testing.T, asked string) {
	t.Helper()
	for _, who := range "abc" {
		if !strings.ContainsRune(asked, who) {
			t.Errorf("%c is not asked: %s", who, asked)
		}
	}
}

// seed begins the draws of random.
const seed = "matching: {seed: 7}\n"
