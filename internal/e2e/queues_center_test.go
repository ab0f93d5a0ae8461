package e2e

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// withQueues adds routes, queues, and whatever else stands behind them, to a configuration.
func withQueues(routes, queues, more string) func(yaml string) string {
	return func(yaml string) string {
		yaml = strings.Replace(yaml, "routes:\n", "routes:\n"+routes, 1)
		return strings.Replace(yaml, "agents:\n", queues+"agents:\n", 1) + more
	}
}

// A rota is a queue with three agents, a, b and c, of whom none is available yet. All that they live through is in one journal too.
type rota struct {
	t      *testing.T
	ctx    context.Context
	server *harness.Server
	number string // that leads to the queue
	agents map[string]*clerk
	all    load.Journal
}

// A clerk is an agent of a rota: he lets calls ring if he has no time for them, else he answers, and hangs up after it.
type clerk struct {
	*harness.Agent
	talk atomic.Int64
}

// rotaNames are the names of a rota's agents, for their tokens and for `staff`, in configured order.
func rotaNames(queue string) []string {
	return []string{queue + "-a", queue + "-b", queue + "-c"}
}

func newRota(t *testing.T, server *harness.Server, pacer *load.Pacer, queue, number string) *rota {
	t.Helper()
	r := &rota{t: t, ctx: harness.Within(t, 60*time.Second), server: server, number: number, agents: map[string]*clerk{}}
	for _, name := range rotaNames(queue) {
		k := &clerk{}
		k.Agent = server.NewAgent(name, func(c *load.AgentConfig) {
			own := c.Events
			c.Pacer, c.State, c.Decide = pacer, "", k.decide
			c.Events = func(e load.Event) { own(e); r.all.Add(e) }
		})
		r.agents[name[len(name)-1:]] = k
	}
	r.talks("abc", 50*time.Millisecond)
	return r
}

func (k *clerk) decide(protocol.Call) load.Policy {
	if d := time.Duration(k.talk.Load()); d > 0 {
		return load.Policy{TalkFor: d, WrapUpFor: -1}
	}
	return load.Policy{Do: load.Ignore}
}

// talks sets how long agents talk from their next call on; 0 lets it ring.
func (r *rota) talks(who string, d time.Duration) {
	for _, name := range who {
		r.agents[string(name)].talk.Store(int64(d))
	}
}

// available lets agents become available, one after the other.
func (r *rota) available(who string) {
	r.t.Helper()
	for _, name := range who {
		if err := r.agents[string(name)].SetState(r.ctx, protocol.Available, ""); err != nil {
			r.t.Fatal(err)
		}
	}
}

// call starts a sipp with n callers, of whom so many are there at a time.
func (r *rota) call(n, atOnce int) *harness.SippRun {
	r.t.Helper()
	return sipp(r.server, "uac-callee-hangs-up.xml", r.number, "-m", strconv.Itoa(n), "-l", strconv.Itoa(atOnce), "-r", "20").Start(r.ctx, r.t)
}

// served lets n callers call, so many at a time, and gives who was asked, caller by caller.
func (r *rota) served(n, atOnce int) string {
	r.t.Helper()
	from := r.all.Len()
	r.call(n, atOnce).Wait()
	return asked(r.all.Events()[from:])
}

// serves is served, and fails the test unless these agents were asked.
func (r *rota) serves(n, atOnce int, want string) {
	r.t.Helper()
	if got := r.served(n, atOnce); got != want {
		r.t.Errorf("%d callers, %d at a time: %s were asked, want %s", n, atOnce, got, want)
	}
}

// asked are the last letters of the agents who were offered calls, caller by caller as sipp numbers them, and those of one caller by time.
func asked(events []load.Event) string {
	offers := offersIn(events)
	slices.SortStableFunc(offers, func(a, b load.Event) int { return cmp.Compare(sippNumber(a), sippNumber(b)) })
	var names []byte
	for _, e := range offers {
		names = append(names, e.Who[len(e.Who)-1])
	}
	return string(names)
}

// offersIn are the events with which calls began to be offered, each offer once.
func offersIn(events []load.Event) (offers []load.Event) {
	seen := map[string]bool{}
	for _, e := range events {
		if offered(e) && !seen[e.Who+e.Call] {
			seen[e.Who+e.Call] = true
			offers = append(offers, e)
		}
	}
	return offers
}

var offered = load.InPhase(protocol.PhaseOffered)

// sippNumber is which of sipp's callers this is, 0 if none.
func sippNumber(e load.Event) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(e.Object.From.Number, "+49301"))
	return n
}

// rings waits until so many agents have been offered a call since an event, and gives the offers.
func (r *rota) rings(from, n int) []load.Event {
	r.t.Helper()
	count := map[string]bool{}
	if _, err := r.all.WaitFrom(r.ctx, from, func(e load.Event) bool {
		if offered(e) {
			count[e.Who] = true
		}
		return len(count) >= n
	}); err != nil {
		r.t.Fatalf("%d agents ring, want %d: %v", len(count), n, err)
	}
	return offersIn(r.all.Events()[from:])
}

// wins lets one of those who ring accept, and fails the test unless all others are told at once that he did. He hangs up at the end.
func (r *rota) wins(winner string, offers []load.Event) {
	r.t.Helper()
	k, since := r.agents[winner], r.all.Len()
	call := offers[0].Call
	k.Wait(r.ctx, "his page says that it rings", load.Is(load.RingingSent))
	if _, err := k.Do(r.ctx, "accept", load.Fields{"call": call}); err != nil {
		r.t.Fatal(err)
	}
	took := time.Now()
	for _, o := range offers {
		if strings.HasSuffix(o.Who, winner) {
			continue
		}
		lost, err := r.all.WaitFrom(r.ctx, since, func(e load.Event) bool { return e.Who == o.Who && e.Kind == load.CallChanged && e.Object.Cause != nil })
		if err != nil {
			r.t.Fatalf("%s is not told: %v", o.Who, err)
		}
		if c := lost.Object.Cause.Code; c != protocol.CauseAnsweredElsewhere {
			r.t.Errorf("%s is told %s, want %s", o.Who, c, protocol.CauseAnsweredElsewhere)
		}
		if late := lost.At.Sub(took); late > time.Second { // 100 ms where nothing else runs
			r.t.Errorf("%s is told %v after the other had it", o.Who, late)
		}
	}
	k.Connected(r.ctx)
	if err := k.Hangup(r.ctx, call); err != nil {
		r.t.Error(err)
	}
}

// staffOf is `staff`'s entry of an agent with one queue.
func staffOf(agent, queue, more string) string {
	return fmt.Sprintf("  - {agent: %s, queues: [%s]%s}\n", agent, queue, more)
}
