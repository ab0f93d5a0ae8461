package queue

import "time"

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
		Place     int           // in the queue's line; 1 is next
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
		Kept   Kept
	}
	// CallbackChanged: what is to be remembered of a callback is another now: a try came to nothing, or it waits in another queue.
	CallbackChanged struct {
		Caller CallerID
		Queue  string
		Kept   Kept
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
	Waiting      int       // callbacks among them
	Callbacks    int       // of those, who have hung up and are called back
	Oldest       time.Time // arrival of the caller who waits longest, zero if none
	Available    int
	OnCall       int
	ServiceLevel float64 // share answered within the target, of those answered today; 1 before the first
}
