package api

import (
	"container/heap"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// hookTarget is one address, with what it has not taken yet. Events that must stay in order wait in one lane; of a lane one event at a time is on its way.
// At most AtOnce workers post; each ends when no lane is ready.
type hookTarget struct {
	// Fixed at the start.
	cfg    Webhook
	key    []byte
	client *http.Client
	log    *slog.Logger
	count  func(HookOutcome)
	stop   context.CancelFunc // ends the attempts that run
	ctx    context.Context    // of all attempts; lives as long as the target
	room   room

	workers sync.WaitGroup

	mu      sync.Mutex // guards the fields below
	lanes   map[string]*lane
	ready   []*lane  // to be posted now, in this order
	paused  laneHeap // until their next attempt
	timer   *time.Timer
	working int
	events  int
	bytes   int
	closing bool
	idle    chan struct{} // closed when nothing is left, while closing; nil before
	told    time.Time     // when the log was told of trouble last, and what came since:
	failed  int           // attempts
	dropped int           // events
}

// room is how much may wait: events, bytes of all of them, bytes of one.
type room struct{ events, bytes, event int }

// lane is what waits for one call or agent. It is in ready, in paused, or with a worker.
type lane struct {
	key    string
	events []delivery
	due    time.Time // while paused
}

func newHookTarget(h Webhook, log *slog.Logger, count func(HookOutcome)) (*hookTarget, error) {
	if setting, wrong := CheckWebhook(h); wrong != "" {
		return nil, fmt.Errorf("%s: %s", setting, wrong)
	}
	key, err := hookKey(h.Secret)
	if err != nil {
		return nil, err
	}
	if h.Timeout <= 0 {
		h.Timeout = 5 * time.Second
	}
	if h.GiveUp <= 0 {
		h.GiveUp = 15 * time.Minute
	}
	if h.AtOnce <= 0 {
		h.AtOnce = 8
	}
	if h.Transport == nil {
		h.Transport = HookTransport(nil)
	}
	t := &hookTarget{cfg: h, key: key, client: hookClient(h.Transport), room: room{maxWaiting, maxWaitingBytes, maxEventBytes}, log: log.With("webhook", h.Name), count: count, lanes: map[string]*lane{}}
	t.ctx, t.stop = context.WithCancel(context.Background())
	return t, nil
}

// wants says whether the address is told of such events.
func (t *hookTarget) wants(what EventType) bool {
	return len(t.cfg.Events) == 0 || slices.ContainsFunc(t.cfg.Events, func(p string) bool { return matches(p, what) })
}

func (t *hookTarget) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.events
}

// add puts an event at the end of its lane.
func (t *hookTarget) add(d delivery) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closing:
		t.dropLocked(HookStopped)
		return
	case t.events >= t.room.events, t.bytes+len(d.body) > t.room.bytes, len(d.body) > t.room.event:
		t.dropLocked(HookOverflow)
		return
	}
	t.events++
	t.bytes += len(d.body)
	l := t.lanes[d.key]
	if l != nil {
		l.events = append(l.events, d)
		return
	}
	l = &lane{key: d.key, events: []delivery{d}}
	t.lanes[d.key] = l
	t.readyLocked(l)
}

// readyLocked lets a lane's first event be posted, by one more worker if there may be one.
func (t *hookTarget) readyLocked(l *lane) {
	t.ready = append(t.ready, l)
	if t.working < t.cfg.AtOnce {
		t.working++
		t.workers.Go(t.work)
	}
}

// work posts until no lane is ready.
func (t *hookTarget) work() {
	for {
		l, d := t.take()
		if l == nil {
			return
		}
		t.settle(l, t.post(t.ctx, d))
	}
}

// take gives the next event, or ends the worker.
func (t *hookTarget) take() (*lane, delivery) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.ready) == 0 {
		t.working--
		return nil, delivery{}
	}
	l := t.ready[0]
	t.ready[0], t.ready = nil, t.ready[1:]
	l.events[0].attempts++
	return l, l.events[0]
}

// settle does what the answer to a lane's first event asks for.
func (t *hookTarget) settle(l *lane, a answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, what := &l.events[0], a.verdict()
	if what == HookRetried {
		what = t.againLocked(l, d, a)
		if what == HookRetried {
			return
		}
	}
	t.count(what)
	if what != HookDelivered {
		t.dropped++
		t.complainLocked(a.String())
	}
	t.shiftLocked(l)
}

// againLocked pauses a lane until its first event is tried again; or it says how that ends.
func (t *hookTarget) againLocked(l *lane, d *delivery, a answer) HookOutcome {
	wait := max(pause(d.attempts), a.wait)
	switch {
	case t.closing:
		return HookStopped
	case time.Since(d.since)+wait > t.cfg.GiveUp:
		return HookExpired
	}
	t.count(HookRetried)
	t.failed++
	t.complainLocked(a.String())
	l.due = time.Now().Add(wait)
	heap.Push(&t.paused, l)
	t.armLocked()
	return HookRetried
}

// pause is how long to wait after so many attempts: 1 s doubled each time up to a minute, and of that between half and all, so that those who failed together do not
// come back together.
func pause(attempts int) time.Duration {
	d := min(time.Second<<min(attempts-1, 6), retryAtMost)
	return d/2 + rand.N(d/2)
}

// shiftLocked takes a lane's first event off, and lets the next one go.
func (t *hookTarget) shiftLocked(l *lane) {
	t.events--
	t.bytes -= len(l.events[0].body)
	l.events[0] = delivery{}
	l.events = l.events[1:]
	if len(l.events) > 0 {
		t.readyLocked(l)
		return
	}
	delete(t.lanes, l.key)
	if t.events == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// armLocked sets the timer to the earliest attempt.
func (t *hookTarget) armLocked() {
	if len(t.paused) == 0 {
		return
	}
	wait := time.Until(t.paused[0].due)
	if t.timer == nil {
		t.timer = time.AfterFunc(wait, t.wake)
		return
	}
	t.timer.Reset(wait)
}

// wake lets those lanes go whose pause is over.
func (t *hookTarget) wake() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for now := time.Now(); len(t.paused) > 0 && !t.paused[0].due.After(now); {
		t.readyLocked(heap.Pop(&t.paused).(*lane))
	}
	t.armLocked()
}

// dropLocked counts an event that does not even wait.
func (t *hookTarget) dropLocked(what HookOutcome) {
	t.count(what)
	t.dropped++
	t.complainLocked(string(what))
}

// complainEvery is how often the log is told that an address does not take events.
const complainEvery = time.Minute

// complainLocked tells the log of the first trouble and then, once a minute, of how much there was.
func (t *hookTarget) complainLocked(last string) {
	if now := time.Now(); t.told.IsZero() || now.Sub(t.told) >= complainEvery {
		t.log.Warn("a webhook does not take its events", "last", last, "attempts", t.failed, "dropped", t.dropped, "waiting", t.events)
		t.told, t.failed, t.dropped = now, 0, 0
	}
}

// close makes a last attempt for what waits.
func (t *hookTarget) close(ctx context.Context) {
	t.mu.Lock()
	t.closing = true
	idle := make(chan struct{})
	if t.events == 0 {
		close(idle)
	} else {
		t.idle = idle
	}
	for len(t.paused) > 0 {
		t.readyLocked(heap.Pop(&t.paused).(*lane))
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	t.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
	t.stop()
	t.workers.Wait()
	t.client.CloseIdleConnections()
}

// laneHeap has the lane that is due first at its root.
type laneHeap []*lane

func (h laneHeap) Len() int           { return len(h) }
func (h laneHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h laneHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is part of heap.Interface.
func (h *laneHeap) Push(l any) { *h = append(*h, l.(*lane)) }

// Pop is part of heap.Interface.
func (h *laneHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
