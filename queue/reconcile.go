package queue

import (
	"cmp"
	"slices"
)

// Books are what calls and sessions know, each of themselves, at one moment. The engine's owner collects them and holds the engine against them
// once a second: see [Engine.Reconcile].
type Books struct {
	Callers []CallerID // of calls that wait in a queue, are being offered or connected, callbacks without a call included
	Offers  []OfferID  // that a call or its agent's page still has, wrap-up included
	Agents  []AgentBook
}

// AgentBook is what an agent's session knows.
type AgentBook struct {
	Agent    AgentID
	Attached bool // has a socket
	OwnCalls int  // dialled, direct, consultations: what he is seized for
}

// Repair is one thing that the engine and the books do not agree about, for the second time running. Event, applied, puts the engine right; it is nil where the
// engine is not the one who is wrong: a call waits that the engine does not know, and its owner must end it or let it arrive again.
type Repair struct {
	Why    RepairReason
	Caller CallerID
	Offer  OfferID
	Agent  AgentID
	Event  Event
}

// RepairReason says what was found.
type RepairReason string

// The reasons.
const (
	RepairCallerGone   RepairReason = "caller_without_call"    // the engine keeps a caller whom no call knows
	RepairCallerLost   RepairReason = "call_without_caller"    // a call waits, but the engine does not know it
	RepairOfferGone    RepairReason = "offer_without_call"     // the engine keeps an offer that nobody has
	RepairAgentGone    RepairReason = "agent_without_session"  // the engine keeps an agent who has no session
	RepairAttached     RepairReason = "agent_without_socket"   // the engine takes an agent for attached who is not
	RepairSeized       RepairReason = "agent_seized"           // seized for more calls of his own than he has
	RepairNotSeized    RepairReason = "agent_not_seized"       // seized for fewer
	RepairWithoutOwner RepairReason = "state_without_deadline" // busy, and nothing will ever end it
)

// Reconcile holds the engine against what calls and sessions know, and gives what must be put right, in a fixed order. What is found is
// given only when the time before found the same: an event may be on its way. The engine itself is not changed; apply each Event.
//
// It should always give nothing. What it gives is a fault of the owner or of the engine, to be logged with its reason and counted.
func (e *Engine) Reconcile(b Books) []Repair {
	found := e.compare(b)
	slices.SortFunc(found, Repair.compare)
	var again []Repair
	for _, r := range found {
		if slices.Contains(e.suspects, r) {
			again = append(again, r)
		}
	}
	e.suspects = found
	return again
}

// Unsuspect forgets what the last Reconcile found: the books were not compared when they should have been, and what was on its way then may be so still.
func (e *Engine) Unsuspect() { e.suspects = nil }

func (r Repair) compare(s Repair) int {
	return cmp.Or(cmp.Compare(r.Why, s.Why), cmp.Compare(r.Caller, s.Caller), cmp.Compare(r.Offer, s.Offer), cmp.Compare(r.Agent, s.Agent))
}

func (e *Engine) compare(b Books) (found []Repair) {
	found = e.compareCallers(found, b.Callers)
	found = e.compareOffers(found, b.Offers)
	found = e.compareAgents(found, b.Agents)
	return e.ownerless(found)
}

func (e *Engine) compareCallers(found []Repair, known []CallerID) []Repair {
	in := make(map[CallerID]bool, len(known))
	for _, id := range known {
		in[id] = true
		if e.callers[id] == nil {
			found = append(found, Repair{Why: RepairCallerLost, Caller: id})
		}
	}
	for id := range e.callers {
		if !in[id] {
			found = append(found, Repair{Why: RepairCallerGone, Caller: id, Event: CallerLeft{id, LeaveGone}})
		}
	}
	return found
}

func (e *Engine) compareOffers(found []Repair, known []OfferID) []Repair {
	in := make(map[OfferID]bool, len(known))
	for _, id := range known {
		in[id] = true
	}
	for id, o := range e.offers {
		if !in[id] {
			found = append(found, Repair{Why: RepairOfferGone, Caller: o.callerID, Offer: id, Agent: o.agent.id, Event: o.end()})
		}
	}
	return found
}

// end is the event that ends the offer, whatever its phase.
func (o *offer) end() Event {
	switch o.phase {
	case talking:
		return CallEnded{o.id}
	case wrapping, waiting:
		return WrapUpDone{Agent: o.agent.id}
	}
	return OfferFailed{o.id, FaultNone}
}

func (e *Engine) compareAgents(found []Repair, known []AgentBook) []Repair {
	in := make(map[AgentID]AgentBook, len(known))
	for _, b := range known {
		in[b.Agent] = b
	}
	for id, a := range e.agents {
		b, there := in[id]
		switch {
		case !there && a.next.state != Offline:
			found = append(found, Repair{Why: RepairAgentGone, Agent: id, Event: AgentLoggedOut{id}})
		case there && a.attached && !b.Attached:
			found = append(found, Repair{Why: RepairAttached, Agent: id, Event: AgentDetached{id}})
		}
		switch {
		case a.seized > b.OwnCalls:
			found = append(found, Repair{Why: RepairSeized, Agent: id, Event: AgentFreed{id}})
		case a.seized < b.OwnCalls:
			found = append(found, Repair{Why: RepairNotSeized, Agent: id, Event: AgentSeized{id}})
		}
	}
	return found
}

// ownerless finds agents whose state has no end: each but available and away has a deadline, a call, or a call of the agent's own.
func (e *Engine) ownerless(found []Repair) []Repair {
	for id, a := range e.agents {
		owned := true
		switch o := a.offer; a.state {
		case Offered:
			owned = o != nil && (o.phase == ringing || o.phase == shown) && o.timer.armed()
		case OnCall:
			owned = a.seized > 0 || o != nil && (o.phase == won || o.phase == talking)
		case WrapUp:
			owned = o != nil && o.phase == wrapping && o.timer.armed()
		}
		if !owned {
			found = append(found, Repair{Why: RepairWithoutOwner, Agent: id, Event: AgentLoggedOut{id}})
		}
	}
	return found
}
