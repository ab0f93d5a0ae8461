package queue

import (
	"cmp"
	"slices"
	"time"
)

// AgentFigures are what one agent did, since the engine began or, if that is longer ago than he was last seen for a day, since he came back.
// The times of States add up to LoggedIn.
type AgentFigures struct {
	Agent    AgentID
	Since    time.Time // first log-in
	LoggedIn time.Duration
	States   []StateTime // in the order of states and reasons
	Offered  int         // offers, of which:
	Answered int         // connected
	Missed   int
	Rejected int
	// Unreachable: his page did not show them.
	Unreachable int
	// Lost: another agent was faster, the caller left, or media did not come up.
	Lost   int
	Direct int // calls of his own: dialled, or direct
	Talk   time.Duration
	Hold   time.Duration
	WrapUp time.Duration
}

// StateTime is how long an agent was in a state for a reason.
type StateTime struct {
	State  State
	Reason string
	Time   time.Duration
}

const (
	// keptReasons is how many pairs of state and reason are kept for an agent; what comes after counts as otherReason.
	keptReasons = 40
	otherReason = "other"
	// keptAbsent is how long the figures of an agent who has logged out are kept at least.
	keptAbsent = 24 * time.Hour
)

// ledger is an agent's account. It outlives his log-out: a newcomer is who has not worked, not who has just logged in again.
type ledger struct {
	figures AgentFigures
	tally   tally
	left    instant // when he logged out
	present bool
}

// ledger finds or opens an agent's account.
func (e *Engine) ledger(id AgentID) *ledger {
	l := e.ledgers[id]
	if l == nil {
		l = &ledger{figures: AgentFigures{Agent: id, Since: e.when(e.at)}}
		e.ledgers[id] = l
	}
	l.present = true
	return l
}

// spent books the time in the state that the agent now leaves.
func (l *ledger) spent(state State, reason string, d time.Duration) {
	f := &l.figures
	f.LoggedIn += d
	at, found := f.find(state, reason)
	if !found && len(f.States) >= keptReasons {
		reason = otherReason
		at, found = f.find(state, reason)
	}
	if !found {
		f.States = slices.Insert(f.States, at, StateTime{State: state, Reason: reason})
	}
	f.States[at].Time += d
}

func (f *AgentFigures) find(state State, reason string) (int, bool) {
	return slices.BinarySearchFunc(f.States, StateTime{State: state, Reason: reason}, func(a, b StateTime) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Reason, b.Reason))
	})
}

// countOffer books how an offer ended for the agent.
func (l *ledger) countOffer(reason WithdrawReason) {
	f := &l.figures
	switch reason {
	case WithdrawMissed:
		f.Missed++
	case WithdrawRejected:
		f.Rejected++
	case WithdrawUnreachable:
		f.Unreachable++
	default:
		f.Lost++
	}
}

// AgentFigures gives an agent's figures as of the last Apply; false if nothing is known of him.
func (e *Engine) AgentFigures(id AgentID) (AgentFigures, bool) {
	l := e.ledgers[id]
	if l == nil {
		return AgentFigures{}, false
	}
	now := ledger{figures: l.figures}
	now.figures.States = slices.Clone(l.figures.States)
	if a := e.agents[id]; a != nil {
		now.spent(a.state, a.reason, time.Duration(e.at-a.sinceAt))
	}
	return now.figures, true
}

// forgetAbsent drops the accounts of agents who have been away for a day.
func (e *Engine) forgetAbsent() {
	for id, l := range e.ledgers {
		if !l.present && time.Duration(e.nowAt-l.left) >= keptAbsent {
			delete(e.ledgers, id)
		}
	}
}
