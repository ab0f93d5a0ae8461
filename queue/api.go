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

// Decision is what the engine wants done. The owner carries decisions out in their order.
type Decision interface{ decision() }

// The decisions.
type (
	// Offer this caller to this agent.
	Offer struct {
		Offer     OfferID
		Caller    CallerID
		Agent     AgentID
		Queue     string
		ConfirmBy time.Time     // when OfferShown must have come
		ExpiresAt time.Time     // when the ring time is over
		Waited    time.Duration // since arrival
		Callback  bool          // the customer is to be dialled when the agent has accepted
	}
	// Withdraw the offer: it is over, for this reason. The caller is still in the queue unless Leave follows.
	Withdraw struct {
		Offer  OfferID
		Caller CallerID
		Agent  AgentID
		Reason WithdrawReason
	}
	// Won: the accepted offer is this agent's; the call may be joined.
	Won struct {
		Offer  OfferID
		Caller CallerID
		Agent  AgentID
	}
	// Leave: the caller leaves the queue, once, for this reason. With LeaveOverflow, Out says where to, and Why which limit or key
	// led there.
	Leave struct {
		Caller CallerID
		Reason LeaveReason
		Waited time.Duration
		Why    LeaveReason
		Out    WayOut
	}
	// Moved: the caller waits in another queue now, for this reason.
	Moved struct {
		Caller   CallerID
		From, To string
		Why      LeaveReason
	}
	// CallbackKept: the caller's entry waits on as a callback. He is to be told, and let go.
	CallbackKept struct {
		Caller CallerID
		Queue  string
	}
	// Announce: the caller is to be told his place and how long it will take: when he joins and nobody can be asked for him, and after that
	// at most every AnnounceEvery, if either changed.
	Announce struct {
		Caller   CallerID
		Position int
		Estimate Estimate
	}
	// Direct answers DirectAsked: Free says that the agent is seized for the call. If not, it is refused or goes where its route says.
	Direct struct {
		Call  CallerID
		Agent AgentID
		Free  bool
	}
	// Position says where the caller stands (1 is next). Given when it changes.
	Position struct {
		Caller   CallerID
		Position int
	}
	// AgentChanged: the agent's state, reason, or what comes next has changed.
	AgentChanged struct {
		Agent      AgentID
		State      State
		Reason     string
		Next       State // StateNone if nothing else was asked for
		NextReason string
		Since      time.Time
	}
	// WrapUpStarted and WrapUpEnded frame an agent's after-call work for the call of this offer. A changed Until repeats WrapUpStarted.
	WrapUpStarted struct {
		Offer  OfferID
		Caller CallerID
		Agent  AgentID
		Until  time.Time
	}
	WrapUpEnded struct {
		Offer  OfferID
		Caller CallerID
		Agent  AgentID
	}
	// QueueChanged carries a queue's figures, when they changed; its owner spaces them out.
	QueueChanged struct{ Figures Figures }
)

// WithdrawReason says why an offer ended without being accepted, or after.
type WithdrawReason string

// The reasons, in the words of the protocol's causes.
const (
	WithdrawMissed      WithdrawReason = "missed"      // ring time over
	WithdrawUnreachable WithdrawReason = "unreachable" // not confirmed, or socket lost
	WithdrawRejected    WithdrawReason = "rejected"    // declined
	WithdrawCallerGone  WithdrawReason = "caller_gone" // cancelled or left
	WithdrawMedia       WithdrawReason = "media_lost"  // accepted, media did not come up
	WithdrawElsewhere   WithdrawReason = "answered_elsewhere"
	WithdrawLoggedOut   WithdrawReason = "agent_lost"
	WithdrawOverflow    WithdrawReason = "overflow" // the caller goes another way
)

// LeaveReason says why a caller left the queue.
type LeaveReason string

// The reasons.
const (
	LeaveAnswered  LeaveReason = "answered"
	LeaveAbandoned LeaveReason = "abandoned"
	LeaveLimit     LeaveReason = "limit" // waited max_wait
	LeaveFull      LeaveReason = "full"  // queue at capacity
	LeaveEmpty     LeaveReason = "empty" // nobody logged in and the queue refuses (join_empty)
	LeaveOverflow  LeaveReason = "overflow"
	LeaveGone      LeaveReason = "gone" // queue removed, or call failed
	LeaveClosed    LeaveReason = "closed"
	LeaveEstimate  LeaveReason = "estimate" // would have waited longer than max_estimate
	LeaveKey       LeaveReason = "key"      // pressed a key; as Reason: one that ends the call
	// LeaveCallbackFailed: the customer did not answer any try of his callback.
	LeaveCallbackFailed LeaveReason = "callback_failed"
)

// Figures are a queue's numbers as its agents see them.
type Figures struct {
	Queue        string
	Waiting      int
	Oldest       time.Time // arrival of the caller who waits longest, zero if none
	Available    int
	OnCall       int
	ServiceLevel float64 // share answered within the target, of those answered today; 1 before the first
}

// Settings configure the engine.
type Settings struct {
	Queues []QueueSettings
	// Lease is how long after a beat an agent is still asked (default 32 s).
	Lease time.Duration
	// ConfirmWithin is the time from Offer to OfferShown (default 3 s).
	ConfirmWithin time.Duration
	// MaxMisses in a row make an agent away(missed) (default 1), MaxRejects away(declined) (default 3).
	MaxMisses, MaxRejects int
	// RejectDelay is when an agent who declined a caller is asked again for him (default 20 s).
	RejectDelay time.Duration
	// Window is what fewest-calls and least-talk look back on (default 60 min). It moves on in steps of a sixtieth.
	Window time.Duration
	// Seed begins the draws of the strategy random: engines with one seed draw alike.
	Seed uint64
	// SkillHeadStart is the head start that a caller gets for needing the skill.
	SkillHeadStart map[string]time.Duration
}

// QueueSettings configure one queue. Zero values mean the defaults of [DefaultQueue].
type QueueSettings struct {
	Name string
	// Strategy is the name of one of [Strategies] (default longest-idle).
	Strategy string
	// Step is when ring-progressively asks one more agent (default 10 s).
	Step time.Duration
	// Levels open with the caller's wait; without any, all are open from the start. Rising in After, see [LevelStep].
	Levels []LevelStep
	// Relax lowers a caller's needs with his wait. Rising in After, see [RelaxStep].
	Relax []RelaxStep
	// PreferFor is how long a caller's preferred agent alone is asked (default 30 s; negative: not at all).
	PreferFor time.Duration
	// Weight is a head start of all the queue's callers against those of other queues.
	Weight time.Duration
	// RingFor is the ring time per agent (default 20 s).
	RingFor time.Duration
	// WrapUp is the after-call time (default 15 s; negative: none), WrapUpMax its limit with extensions (default 10 min).
	WrapUp, WrapUpMax time.Duration
	// OutcomeRequired: wrap-up that ends without an outcome makes the agent away(outcome).
	OutcomeRequired bool
	// Capacity is the most callers waiting (default 500).
	Capacity int
	// MaxWait is the longest wait, 0 for none.
	MaxWait time.Duration
	// RefuseEmpty is JoinEmpty: CountLoggedIn.
	RefuseEmpty bool
	// Target is the service level's limit (default 20 s).
	Target time.Duration
	// ShortAbandon: who abandons sooner is counted apart (default 5 s).
	ShortAbandon time.Duration

	// JoinEmpty refuses callers while it counts no agent.
	JoinEmpty EmptyRule
	// LeaveEmpty ends the wait of those for whom it has counted no agent for MaxWaitEmpty (0: at once). With MaxWaitEmpty alone it is
	// CountLoggedIn.
	LeaveEmpty   EmptyRule
	MaxWaitEmpty time.Duration
	// MaxEstimate is the estimated wait above which callers are turned away, 0 for none.
	MaxEstimate time.Duration
	// Hours are when the queue takes callers; nil is always. LeaveClosed: those who wait leave too when it closes.
	Hours       *Hours
	LeaveClosed bool
	// Where callers go whom a limit meets, the zero value being the end of their call.
	OnFull, OnMaxWait, OnEmpty, OnEstimate, OnClosed WayOut
	// Exits are the ways out that a waiting caller may take by a key.
	Exits []Exit
	// ReturnWithin: who abandons and calls again from the same verified number so soon has his old place; 0 is off.
	ReturnWithin time.Duration
	// CallbackTries is how often a callback's customer is dialled (default 3), CallbackGap the time between (default 5 min), CallbackFor how long a
	// callback waits at most (default 24 h). While the queue is closed nobody is dialled.
	CallbackTries            int
	CallbackGap, CallbackFor time.Duration
	// AnnounceEvery is how often at most a caller hears his place and estimate; 0: never.
	AnnounceEvery time.Duration
}
