package queue

import "time"

// CallerID names a caller (the call's ID), AgentID an agent (the token's sub), OfferID one attempt to give one caller to one agent.
type (
	CallerID string
	AgentID  string
	OfferID  uint64
)

// Event is something that happened. Events go into [Engine.Apply] and are values: the same events at the same times
// give the same decisions.
type Event interface{ event() }

// The events.
type (
	// CallerArrived: a caller joins a queue. ID must be new.
	CallerArrived struct {
		Caller    CallerID
		Queue     string
		Class     int           // a higher class is served first, always
		HeadStart time.Duration // counts as having waited this much longer
		// Since, if set, is an earlier arrival whose place the caller keeps (transfer back, agent lost).
		Since time.Time
		// Exclude lists agents that are not asked for this caller.
		Exclude []AgentID
		// Needs are the skills that an agent must have, as long as the queue's Relax does not lower them.
		Needs []Need
		// Prefer, if set, is the agent who alone is asked for the first PreferFor, as long as he is logged in and serves the queue.
		Prefer AgentID
		// Number is the caller's verified number, for ReturnWithin; "" if there is none.
		Number string
		// Kept, if set, is that of a callback which an engine before this one kept: it goes on at its place, and no limit of joining meets it. Since
		// is not looked at.
		Kept Kept `json:",omitzero"`
	}
	// CallerLeft: the caller is gone (cancelled, hung up) before being connected, or his call cannot go on. A callback stays though its
	// caller hangs up: it leaves with another reason than LeaveAbandoned only.
	CallerLeft struct {
		Caller CallerID
		Reason LeaveReason
	}
	// CallerMoved: whoever runs the center puts the caller into another queue, at its end or, with KeepAge, with his wait.
	CallerMoved struct {
		Caller  CallerID
		Queue   string
		KeepAge bool
	}
	// CallerSent: a waiting caller goes this way out, for this reason, whatever his queue's limits say: whoever runs the center decides so, or a
	// record of what was decided once. Once an agent has accepted it is too late.
	CallerSent struct {
		Caller CallerID
		Why    LeaveReason
		Out    WayOut
	}
	// KeyPressed: a waiting caller pressed a key, and takes the way out that his queue gives it.
	KeyPressed struct {
		Caller CallerID
		Key    byte
	}
	// CallbackAsked: the caller wants to be called back. He may hang up; his entry waits on at its place.
	CallbackAsked struct{ Caller CallerID }
	// AgentLoggedIn: the agent's page said hello. An agent who is logged in already is attached again, with the new memberships
	// and skills.
	AgentLoggedIn struct {
		Agent  AgentID
		Queues []Membership
		Skills []Skill
		// State and Reason are the wish that came along; StateNone: away(login).
		State  State
		Reason string
	}
	// AgentAssigned: whoever runs the center gave a logged-in agent other queues, levels or skills. It is no sign of life.
	AgentAssigned struct {
		Agent  AgentID
		Queues []Membership
		Skills []Skill
	}
	// AgentLoggedOut: logged out, or gone for longer than the grace. Ends his offer, if any (the caller keeps his place).
	AgentLoggedOut struct{ Agent AgentID }
	// AgentStateSet: the agent asks for available or away. While offered, on a call or in wrap-up it is what comes after (Next).
	AgentStateSet struct {
		Agent  AgentID
		State  State
		Reason string
	}
	// AgentBeat: the agent's page lives. It renews the lease and attaches a detached agent.
	AgentBeat struct{ Agent AgentID }
	// AgentDetached: the agent's socket is lost. Nothing is offered until he is back; a pending offer ends as unreachable.
	AgentDetached struct{ Agent AgentID }
	// OfferShown: the agent's page shows the offer.
	OfferShown struct{ Offer OfferID }
	// OfferAccepted: the agent pressed answer. The engine answers with Won, or with nothing new if the offer is over
	// (its Withdraw has been given out before).
	OfferAccepted struct{ Offer OfferID }
	// OfferRejected: the agent declined.
	OfferRejected struct {
		Offer  OfferID
		Reason string
	}
	// OfferFailed: the offer could not be shown, or was accepted and media did not come up.
	OfferFailed struct {
		Offer OfferID
		Fault Fault
	}
	// CallConnected: sound both ways; the caller leaves the queue as answered.
	CallConnected struct{ Offer OfferID }
	// CallEnded: a connected call of this offer is over; wrap-up begins if the queue has one.
	CallEnded struct{ Offer OfferID }
	// CallHeld: the agent put the far side of this offer's call on hold, or took it back. It counts in the figures only.
	CallHeld struct {
		Offer OfferID
		On    bool
	}
	// OutcomeSet: the agent chose an outcome for the call he has or works on; wrap-up, if it has begun, goes on. "" takes it back.
	OutcomeSet struct {
		Agent   AgentID
		Outcome string
	}
	// WrapUpDone: the agent finished wrap-up. Outcome is what he chose, "" for none beyond an earlier [OutcomeSet].
	WrapUpDone struct {
		Agent   AgentID
		Outcome string
	}
	// WrapUpExtended: the agent asks for more time.
	WrapUpExtended struct {
		Agent AgentID
		By    time.Duration
	}
	// AgentSeized: the agent has a call that no queue gave him (dialled, direct); AgentFreed: it is over.
	AgentSeized struct{ Agent AgentID }
	AgentFreed  struct{ Agent AgentID }
	// DirectAsked: a call came for this agent himself. The engine answers with [Direct], and if he is free he is seized.
	DirectAsked struct {
		Call  CallerID
		Agent AgentID
	}
	// QueuePaused: nobody is asked for the queue's callers, until it is taken back. Offers that ring ring on.
	QueuePaused struct {
		Queue  string
		Paused bool
	}
	// SettingsChanged replaces the settings. Callers of a queue that is gone leave with LeaveGone.
	SettingsChanged struct{ Settings Settings }
	// Tick: time has passed. Apply does what is due for every event; Tick is for when nothing else happens.
	Tick struct{}
)

// Kept is what is to be remembered of a callback, so that it outlives the engine: see [CallerArrived]. The zero value: it is no callback.
type Kept struct {
	Arrived time.Time // the caller's arrival
	From    time.Time // what his age counts from: his arrival, or when he moved to another queue without it
	Joined  time.Time // his queue: CallbackFor counts from here
	Tries   int       // that came to nothing
	Next    time.Time // there is no try before; zero: there is no such time
}

// IsZero says that it is no callback.
func (k Kept) IsZero() bool { return k.Joined.IsZero() }

// State is an agent's state, in the protocol's words.
type State string

// The states. StateNone is the zero value, meaning "no wish".
const (
	StateNone State = ""
	Offline   State = "offline"
	Available State = "available"
	Away      State = "away"
	Offered   State = "offered"
	OnCall    State = "on_call"
	WrapUp    State = "wrap_up"
)

// Fault says whose fault it was that an offer failed.
type Fault uint8

// The faults.
const (
	FaultNone     Fault = iota // nobody's: the agent becomes available again
	FaultAgent                 // the agent's media did not come up: away(media)
	FaultUnshown               // the page could not show it: as not confirmed in time
	FaultCustomer              // a callback's customer did not answer: the next try follows, or none
)

// Membership is one queue that an agent serves, with his level (1 is asked first; 0 counts as 1) and his place in the configured order
// of the queue's agents, for the strategies that go by it (agents of one place go by their IDs).
type Membership struct {
	Queue string
	Level int
	Order int
}
