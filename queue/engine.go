package queue

import "time"

// Engine holds callers, agents and offers, and decides. It has one owner: its methods may not be called at the same time. It starts
// nothing, waits for nothing and reads no clock.
type Engine struct {
	settings Settings
	queues   map[string]*queue
	callers  map[CallerID]*caller
	agents   map[AgentID]*agent
	offers   map[OfferID]*offer
	ledgers  map[AgentID]*ledger

	timers    timers
	lastOffer OfferID
	lastSeq   uint64 // of callers
	faults    uint64

	// Time: now is that of the present Apply and nowAt the same as an instant; at is the instant that is being worked on, earlier
	// than nowAt while timeouts are caught up.
	now     time.Time
	nowAt   instant
	at      instant
	started bool
	epoch   time.Time
	dayEnds time.Time

	// Of the present Apply: what was decided, and the queues that something happened to, in the order of its happening.
	out     []Decision
	touched []*queue
	joined  []*caller // who joined a queue that announces places

	spareCallers []*caller
	spareOffers  []*offer
	spareGroups  []*group
	spareSeats   []*seat

	suspects []Repair // what Reconcile found the last time

	lookingBack bool        // some queue's strategy looks back: tallies are kept
	drawn       uint64      // state of the draws
	wanted      requirement // scratch of the function requirement
	places      []int       // scratch of the function drawn
}

// New gives an engine without callers and agents, or the faults of the settings.
func New(s Settings) (*Engine, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	e := &Engine{
		queues:  map[string]*queue{},
		callers: map[CallerID]*caller{},
		agents:  map[AgentID]*agent{},
		offers:  map[OfferID]*offer{},
		ledgers: map[AgentID]*ledger{},
	}
	e.settings = s.filled()
	e.drawn = s.Seed
	e.lookingBack = e.settings.lookBack()
	for _, q := range e.settings.Queues {
		e.queues[q.Name] = newQueue(q)
	}
	return e, nil
}

// Apply takes in what happened at now and gives what is to be done, in order; nil if nothing. First it does what was due by now: timeouts
// in the order of their deadlines, each as of its own time. Then it applies the event, then it joins callers and agents. An
// event that makes no sense (an offer that is over, an unknown agent, a value that is none of this package's) changes nothing.
//
// A now before that of the last Apply counts as the same time: the engine's time does not go back. The decisions belong to the caller.
func (e *Engine) Apply(ev Event, now time.Time) []Decision {
	e.advance(now)
	e.expire()
	e.at = e.nowAt
	e.dispatch(ev)
	e.settle()
	e.announce()
	return e.taken()
}

// settle does what the event has made due, and joins callers and agents, until nothing of either is left: a limit may have passed while an agent
// had accepted (see joinLine), and asking the last agent may leave a queue empty.
func (e *Engine) settle() {
	for {
		e.expire()
		e.match()
		e.watch()
		if t := e.timers.next(); t == nil || t.at > e.nowAt {
			return
		}
	}
}

// NextDeadline says when Apply must be called though nothing happens (with [Tick]); false if there is no such time. It is always
// later than the last Apply.
func (e *Engine) NextDeadline() (time.Time, bool) {
	t := e.timers.next()
	if t == nil {
		return time.Time{}, false
	}
	return e.when(t.at), true
}

func (e *Engine) dispatch(ev Event) {
	switch ev := ev.(type) {
	case CallerArrived:
		e.callerArrived(ev)
	case CallerLeft:
		e.callerLeft(ev)
	case CallerMoved:
		e.callerMoved(ev)
	case CallerSent:
		e.callerSent(ev)
	case KeyPressed:
		e.keyPressed(ev)
	case CallbackAsked:
		e.callbackAsked(ev)
	case QueuePaused:
		e.queuePaused(ev)
	case SettingsChanged:
		e.settingsChanged(ev)
	default:
		e.dispatchAgent(ev)
	}
}

func (e *Engine) dispatchAgent(ev Event) {
	switch ev := ev.(type) {
	case AgentLoggedIn:
		e.agentLoggedIn(ev)
	case AgentAssigned:
		e.agentAssigned(ev)
	case AgentLoggedOut:
		e.agentLoggedOut(ev)
	case AgentStateSet:
		e.agentStateSet(ev)
	case AgentBeat:
		e.agentBeat(ev)
	case AgentDetached:
		e.agentDetached(ev)
	case AgentSeized:
		e.agentSeized(ev)
	case AgentFreed:
		e.agentFreed(ev)
	case DirectAsked:
		e.directAsked(ev)
	default:
		e.dispatchOffer(ev)
	}
}

func (e *Engine) dispatchOffer(ev Event) {
	switch ev := ev.(type) {
	case OfferShown:
		e.shown(ev)
	case OfferAccepted:
		e.accepted(ev)
	case OfferRejected:
		e.rejected(ev)
	case OfferFailed:
		e.failed(ev)
	case CallConnected:
		e.connected(ev)
	case CallEnded:
		e.ended(ev)
	case CallHeld:
		e.held(ev)
	case OutcomeSet:
		e.outcomeSet(ev)
	case WrapUpDone:
		e.wrapUpDone(ev)
	case WrapUpExtended:
		e.wrapUpExtended(ev)
	}
}

// expire does what is due by now.
func (e *Engine) expire() {
	for t := e.timers.next(); t != nil && t.at <= e.nowAt; t = e.timers.next() {
		e.timers.disarm(t)
		e.at = max(e.at, t.at)
		switch t.due {
		case dueLimit:
			e.limitReached(t.of.(*caller))
		case dueTurn:
			e.turned(t.of.(*caller))
		case dueLease:
			e.leaseOver(t.of.(*agent))
		case dueTally:
			e.tallyOver(t.of.(*agent))
		case dueTell:
			e.announceTo(t.of.(*caller))
		case dueEmpty:
			e.reviewAll(t.of.(*queue))
		case dueHours:
			e.hoursOver(t.of.(*queue))
		case dueOffer:
			e.timedOut(t.of.(*offer))
		}
	}
}

func (e *Engine) decide(d Decision) { e.out = append(e.out, d) }

// taken hands the decisions out.
func (e *Engine) taken() []Decision {
	if len(e.out) == 0 {
		return nil
	}
	out := make([]Decision, len(e.out))
	copy(out, e.out)
	clear(e.out)
	e.out = e.out[:0]
	return out
}

// advance sets the time of this Apply.
func (e *Engine) advance(now time.Time) {
	if !e.started {
		e.started, e.epoch, e.now = true, now, now
		e.dayEnds = endOfDay(now)
		e.lookAtHours()
		return
	}
	at := instant(now.Sub(e.epoch))
	if at < e.nowAt {
		return
	}
	e.now, e.nowAt = now, at
	if !now.Before(e.dayEnds) {
		e.dayEnds = endOfDay(now)
		e.newDay()
	}
}

// when gives the time of an instant, by the wall clock of the last Apply.
func (e *Engine) when(at instant) time.Time { return e.now.Add(time.Duration(at - e.nowAt)) }

// ago gives the instant of an earlier time; a time that is not earlier counts as now, one beyond a century as that long ago.
func (e *Engine) ago(t time.Time) instant {
	return e.at - instant(min(max(e.when(e.at).Sub(t), 0), century))
}

// century limits what outsiders may add to or take from an instant: far from overflowing, farther than any wait.
const century = 100 * 365 * 24 * time.Hour

func endOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
}
