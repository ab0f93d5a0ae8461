package dialog

// State is where a dialog stands, named after RFC 4235 §3.7.1.
type State uint8

// The states. StateAnswered (2xx sent, ACK awaited) and StateClosing (CANCEL or BYE unanswered) are additions.
const (
	StateNull State = iota
	StateTrying
	StateProceeding
	StateEarly
	StateAnswered
	StateConfirmed
	StateClosing
	StateTerminated
	states
)

// String gives the state's name.
func (s State) String() string {
	if s < states {
		return [...]string{"Null", "Trying", "Proceeding", "Early", "Answered", "Confirmed", "Closing", "Terminated"}[s]
	}
	return "?"
}

// role is the side of the INVITE that made the dialog.
type role uint8

const (
	uas role = iota
	uac
	roles
)

func (r role) String() string { return [...]string{"UAS", "UAC"}[r] }

// trigger is an event as the table sees it: what happened, with all that decides the next state worked out.
type trigger uint8

const (
	onBegin trigger = iota
	onRing
	onAnswer
	onReject
	onHangup
	onAnswerReoffer
	onTaken
	onNotSent
	onCancelled
	onACK
	onACKHangup
	onBYE
	onReinvite
	onReinviteACK
	onReinviteEarly
	onRequest
	onStale
	onProvisional
	onEarly
	on2xx
	on2xxAgain
	on2xxFork
	onFailure
	onByeDone
	onResend
	onNoACK
	onRefresh
	onExpire
	onGiveUp
	onAnswerHeld
	onLimit
	onReoffer
	onReofferBusy
	onInfo
	onRefer
	onAcceptRefer
	onReferNews
	onPRACK
	onUpdate
	onReinviteGlare
	onOutOfSequence
	onRetry
	onReofferOK
	onReofferAgain
	onReofferGlare
	onReofferRetry
	onReofferFailed
	onReofferGone
	onAsked
	onAskedRetry
	onAskedGone
	onResendReliable
	onNoPRACK
	onReofferDue
	onReofferLate
	onSessionRefresh
	onSessionExpired
	onReferSilent
	onNothing
	triggers
)

func (t trigger) String() string { return triggerNames[t] }

var triggerNames = [triggers]string{
	onBegin: "INVITE arrives / place", onRing: "ring asked", onAnswer: "answer asked", onReject: "reject asked", onHangup: "hang up asked",
	onAnswerReoffer: "re-INVITE answered by the call", onTaken: "2xx taken by the transaction", onNotSent: "2xx or request not sent",
	onCancelled: "CANCEL arrives", onACK: "ACK", onACKHangup: "ACK, hang up remembered", onBYE: "BYE arrives",
	onReinvite: "re-INVITE", onReinviteACK: "re-INVITE that implies the ACK", onReinviteEarly: "re-INVITE while one is open",
	onRequest: "other request in the dialog", onStale: "request with an old CSeq", onProvisional: "1xx, no To tag", onEarly: "1xx with To tag",
	on2xx: "2xx received", on2xxAgain: "same 2xx again", on2xxFork: "2xx of another branch",
	onFailure: "3xx–6xx, timer B, transport lost", onByeDone: "final to BYE or none in 64·T1", onResend: "2xx resend due",
	onNoACK: "no ACK in 64·T1", onRefresh: "60 s since the last 180", onExpire: "330 s without a final response",
	onGiveUp: "64·T1 without an end", onNothing: "nothing due",
	onAnswerHeld: "answer asked before the PRACK of SDP", onLimit: "limit asked", onReoffer: "new offer asked", onReofferBusy: "new offer asked while one is",
	onInfo: "digit asked", onRefer: "refer asked", onAcceptRefer: "REFER answered by the call", onReferNews: "news of the referred call",
	onPRACK: "PRACK that matches", onUpdate: "UPDATE with an offer", onReinviteGlare: "re-INVITE or UPDATE while our offer is open",
	onOutOfSequence: "reliable 1xx out of sequence", onRetry: "401, 407, 420, 422 that may be tried again", onReofferOK: "2xx to our re-INVITE or UPDATE",
	onReofferAgain: "same 2xx to our re-INVITE again", onReofferGlare: "491 to our re-INVITE or UPDATE",
	onReofferRetry: "401, 407, 422 to our re-INVITE or UPDATE", onReofferFailed: "other final to our re-INVITE or UPDATE",
	onReofferGone: "408, 481 or none to our re-INVITE or UPDATE", onAsked: "final to another request of ours",
	onAskedRetry: "401, 407 to another request of ours", onAskedGone: "408, 481 or none to another request of ours",
	onResendReliable: "reliable 1xx resend due", onNoPRACK: "no PRACK in 64·T1", onReofferDue: "wait after 491 over",
	onReofferLate: "our re-INVITE without a final response", onSessionRefresh: "half the session interval", onSessionExpired: "session interval over",
	onReferSilent: "no NOTIFY in 32 s, or no word on a REFER in 16 s",
}
