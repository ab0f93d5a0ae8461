package queue

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
	if c.callback {
		e.decide(CallbackChanged{Caller: c.id, Queue: to.set.Name, Kept: e.kept(c)})
	}
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

// callerSent gives a waiting caller the way out that was decided elsewhere.
func (e *Engine) callerSent(ev CallerSent) {
	c := e.callers[ev.Caller]
	if c == nil || c.won || c.callback && ev.Out.Kind != OutEnd {
		return
	}
	e.send(c, or(ev.Why, LeaveOverflow), ev.Out)
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
