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
	caller *load.Caller
	number string // that leads to the queue
	agents map[string]*clerk
	all    load.Journal
}

// A clerk is an agent of a rota: he lets calls ring if he has no time for them, else he answers.
type clerk struct {
	*harness.Agent
	talk atomic.Int64
}

// What a clerk does with calls, beside hanging up after a time.
const (
	lets  time.Duration = 0  // lets it ring
	stays time.Duration = -1 // talks until he is hung up on
)

// rotaNames are the names of a rota's agents, for their tokens and for `staff`, in configured order.
func rotaNames(queue string) []string {
	return []string{queue + "-a", queue + "-b", queue + "-c"}
}

func newRota(t *testing.T, server *harness.Server, pacer *load.Pacer, queue, number string) *rota {
	t.Helper()
	r := &rota{t: t, ctx: harness.Within(t, 2*harness.Patience), server: server, number: number, agents: map[string]*clerk{}, caller: server.NewCaller(pacer, nil)}
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
	switch d := time.Duration(k.talk.Load()); d {
	case lets:
		return load.Policy{Do: load.Ignore}
	case stays:
		return load.Policy{WrapUpFor: -1}
	default:
		return load.Policy{TalkFor: d, WrapUpFor: -1}
	}
}

// talks sets how long agents talk from their next call on.
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

// call lets somebody call, who says by his number which of the callers he is.
func (r *rota) call(n int) *load.Outgoing {
	r.t.Helper()
	call, err := r.caller.Place(load.Plan{To: r.server.URI(r.number), From: fmt.Sprint(callersNumber, n)})
	if err != nil {
		r.t.Fatal(err)
	}
	return call
}

// ended waits until somebody who called is gone.
func (r *rota) ended(call *load.Outgoing) {
	r.t.Helper()
	if got, err := call.Wait(r.ctx); err != nil || got.Status != 200 {
		r.t.Fatalf("%+v, %v; so far: %v", got, err, r.all.Events())
	}
}

// talking waits until an agent is connected, and gives which one.
func (r *rota) talking(from int) (who string) {
	r.t.Helper()
	e, err := r.all.WaitFrom(r.ctx, from, load.InPhase(protocol.PhaseConnected))
	if err != nil {
		r.t.Fatalf("nobody has the call: %v; so far: %v", err, r.all.Events())
	}
	return e.Who
}

// free waits until an agent who was connected after an event is available again.
func (r *rota) free(from int, who string) {
	r.t.Helper()
	talked := false
	if _, err := r.all.WaitFrom(r.ctx, from, func(e load.Event) bool {
		talked = talked || e.Who == who && load.InPhase(protocol.PhaseConnected)(e)
		return talked && e.Who == who && load.InState(protocol.Available)(e)
	}); err != nil {
		r.t.Fatalf("%s is not available again: %v; so far: %v", who, err, r.all.Events())
	}
}

// served lets n callers call, each when the agent of the one before is available again, and gives who was asked.
func (r *rota) served(n int) string {
	r.t.Helper()
	began := r.all.Len()
	for i := range n {
		from := r.all.Len()
		call := r.call(i + 1)
		who := r.talking(from)
		r.ended(call)
		r.free(from, who)
	}
	return asked(r.all.Events()[began:])
}

// serves is served, and fails the test unless these agents were asked.
func (r *rota) serves(n int, want string) {
	r.t.Helper()
	if got := r.served(n); got != want {
		r.t.Errorf("%d callers, one after the other: %s were asked, want %s", n, got, want)
	}
}

// servesTogether lets n callers call, each when the one before talks, of whom nobody hangs up before all do. It fails the test unless these agents were asked.
func (r *rota) servesTogether(n int, want string) {
	r.t.Helper()
	r.talks("abc", stays)
	began := r.all.Len()
	var calls []*load.Outgoing
	for i := range n {
		from := r.all.Len()
		calls = append(calls, r.call(i+1))
		r.talking(from)
	}
	if got := asked(r.all.Events()[began:]); got != want {
		r.t.Errorf("%d callers at a time: %s were asked, want %s", n, got, want)
	}
	for _, call := range calls {
		call.Hangup()
		r.ended(call)
	}
}

// asked are the last letters of the agents who were offered calls, caller by caller as they are numbered, and those of one caller by time.
func asked(events []load.Event) string {
	offers := offersIn(events)
	slices.SortStableFunc(offers, func(a, b load.Event) int { return cmp.Compare(callerOf(a), callerOf(b)) })
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

// callersNumber begins the numbers of the callers.
const callersNumber = "+49301"

// callerOf is which of the callers this is, 0 if none.
func callerOf(e load.Event) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(e.Object.From.Number, callersNumber))
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
	k.Wait(r.ctx, "his media is up", load.Is(load.MediaUp))
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
		if late := lost.At.Sub(took); late > 10*time.Second { // some milliseconds where nothing else runs; it would ring for a minute
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
