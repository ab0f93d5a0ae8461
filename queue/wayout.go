package queue

import "time"

// WayOut is where a caller goes whom a queue does not keep, or who asked to go. The zero value: nowhere, his call ends.
type WayOut struct {
	Kind WayOutKind
	// Queue is the other queue, for OutQueue. KeepAge: his wait counts there too; if not, he stands at its end.
	Queue   string
	KeepAge bool
	Agent   AgentID // for OutAgent
	Number  string  // for OutNumber, by Trunk
	Trunk   string
	Message string // for OutMessage: the sound that is played before the end
	Status  int    // the SIP status of the end, if he was not answered before; 0: as the reason suggests
}

// WayOutKind says what a [WayOut] is.
type WayOutKind string

// The ways out. OutQueue and OutCallback are gone by the engine itself: the caller does not leave. For the others he leaves, and
// [Leave.Out] says where to.
const (
	OutEnd      WayOutKind = ""
	OutQueue    WayOutKind = "queue"
	OutAgent    WayOutKind = "agent"
	OutNumber   WayOutKind = "number"
	OutMessage  WayOutKind = "message"
	OutCallback WayOutKind = "callback"
)

// Exit is the way out that a key gives to a waiting caller.
type Exit struct {
	Key byte // 0-9 * # A-D
	Out WayOut
}

// send gives a waiting caller the way out, for the reason that led to it.
func (e *Engine) send(c *caller, why LeaveReason, out WayOut) {
	switch out.Kind {
	case OutEnd:
		e.dismiss(c, Leave{Reason: why})
	case OutQueue:
		e.move(c, e.queues[out.Queue], why, out.KeepAge)
	case OutCallback:
		e.becomeCallback(c)
	default:
		e.dismiss(c, Leave{Reason: LeaveOverflow, Why: why, Out: out})
	}
}

// move takes the caller to another queue. He does not leave: he keeps his arrival, and with keepAge what it counts for.
func (e *Engine) move(c *caller, to *queue, why LeaveReason, keepAge bool) {
	if to == nil || to == c.queue || e.hopped(c) {
		e.dismiss(c, Leave{Reason: LeaveOverflow, Why: why})
		return
	}
	e.stopRinging(c, WithdrawOverflow)
	from := c.queue
	e.countEnd(c, LeaveOverflow)
	e.outOfLine(c)
	e.decide(Moved{Caller: c.id, From: from.set.Name, To: to.set.Name, Why: why})
	if !keepAge {
		e.lastSeq++
		c.from, c.seq = e.at, e.lastSeq
	}
	c.queue, c.joined, c.told, c.allowed, c.progress = to, e.at, 0, 1, 0
	c.returned = false // it is this queue's first sight of him
	c.rank = c.from - e.headStart(c, c.ownHeadStart)
	to.count(e, func(i *Interval) { i.Offered++ })
	if row := e.hit(to, c, joining); row != nil && !c.callback {
		e.refuse(c, row)
		return
	}
	e.enterLine(c)
}

// hopped says whether the caller has been in more queues at this instant than there are: their ways out lead in a circle.
func (e *Engine) hopped(c *caller) bool {
	if c.hopsAt != e.at {
		c.hopsAt, c.hops = e.at, 0
	}
	c.hops++
	return c.hops > len(e.queues)
}

// callerMoved is what whoever runs the center does with a caller.
func (e *Engine) callerMoved(ev CallerMoved) {
	c, to := e.callers[ev.Caller], e.queues[ev.Queue]
	if c == nil || to == nil || to == c.queue || c.won {
		return
	}
	e.move(c, to, LeaveOverflow, ev.KeepAge)
}

// keyPressed takes the way out that the queue gives the key. Once an agent has accepted it is too late.
func (e *Engine) keyPressed(ev KeyPressed) {
	c := e.callers[ev.Caller]
	if c == nil || c.won || c.callback {
		return
	}
	for _, x := range c.queue.set.Exits {
		if x.Key == ev.Key {
			e.send(c, LeaveKey, x.Out)
			return
		}
	}
}

// stopRinging withdraws all the caller's offers.
func (e *Engine) stopRinging(c *caller, reason WithdrawReason) {
	for len(c.offers) > 0 {
		e.withdraw(c.offers[0], offerCallerLeft, reason, callerGone)
	}
}

// validateWayOut names what a way out lacks.
func (s Settings) validateWayOut(f *faults, at string, out WayOut, queue string) {
	need := func(ok bool, what string) {
		if !ok {
			f.add("%s: %s needs %s", at, out.Kind, what)
		}
	}
	switch out.Kind {
	case OutEnd, OutCallback:
	case OutQueue:
		need(out.Queue != queue && s.has(out.Queue), "another queue that is there")
	case OutAgent:
		need(out.Agent != "", "an agent")
	case OutNumber:
		need(out.Number != "", "a number")
	case OutMessage:
		need(out.Message != "", "a message")
	default:
		f.add("%s: way out %q is unknown", at, out.Kind)
	}
	if out.Status != 0 && (out.Status < 400 || out.Status > 699) {
		f.add("%s: status %d is no SIP failure", at, out.Status)
	}
}

func (s Settings) has(queue string) bool {
	for _, q := range s.Queues {
		if q.Name == queue {
			return true
		}
	}
	return false
}

// returnKept is how many numbers of abandoned callers a queue remembers for return_within.
const returnKept = 1000

// returns remembers who abandoned, by verified number: at most returnKept, the oldest forgotten first.
type returns struct {
	by    map[string]gone
	order []string // of leaving; a number stands there once for each entry that it had
}

type gone struct {
	arrived time.Time
	at      instant
	entries int // in order
}

// abandoned remembers a caller.
func (r *returns) abandoned(number string, arrived time.Time, at instant) {
	if r.by == nil {
		r.by = map[string]gone{}
	}
	r.by[number] = gone{arrived, at, r.by[number].entries + 1}
	r.order = append(r.order, number)
	if len(r.order) > returnKept {
		r.forgetFirst()
	}
}

func (r *returns) forgetFirst() {
	number := r.order[0]
	r.order = append(r.order[:0], r.order[1:]...)
	g := r.by[number]
	if g.entries--; g.entries == 0 {
		delete(r.by, number)
	} else {
		r.by[number] = g
	}
}

// back gives the arrival of a number that abandoned not longer ago than within. It counts once.
func (r *returns) back(number string, now instant, within time.Duration) (time.Time, bool) {
	g, ok := r.by[number]
	if !ok || g.arrived.IsZero() || time.Duration(now-g.at) > within {
		return time.Time{}, false
	}
	arrived := g.arrived
	g.arrived = time.Time{}
	r.by[number] = g
	return arrived, true
}
