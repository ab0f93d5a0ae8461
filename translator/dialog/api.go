package dialog

import (
	"net/netip"
	"time"
)

// Event is something that happened to a dialog: a message, a timer, a transaction's result, or one of the Commands. Events made by
// the [Endpoint] (messages) are opaque outside this package.
type Event interface{ dialogEvent() }

// Effect is what a step wants done: either an opaque message to be given to [Tx.Perform], or a [Report] for the call.
type Effect interface{ dialogEffect() }

// Tx sends what a step decided. The live one is sipgo's transactions, the one of replay and fuzzing a small retransmitter
// on a virtual clock. Perform returns at once; an error means that it was not sent.
type Tx interface {
	Perform(e Effect) error
}

// Commands to a dialog as UAS (an incoming INVITE).
type (
	// Ring sends 180, or 183 with SDP for early media. It goes reliably (RFC 3262) if the caller requires that, or supports it and the trunk has
	// Reliable set; then a second one waits for the PRACK of the first, and with an offer of the caller's the SDP is the answer for good.
	Ring struct{ SDP []byte }
	// Answer sends 200 with our SDP, resent until ACK. Report: Taken, or Refused if the transaction did not take it. It waits for the PRACK
	// of a reliable 183 that carried SDP, and then carries none itself; after an unreliable one it repeats what that carried, since that is the
	// answer already.
	Answer struct{ SDP []byte }
	// Reject sends a final response other than 2xx.
	Reject struct {
		Status  int
		Phrase  string // "" for the standard one
		Q850    int    // Reason header's cause, 0 for none
		Text    string // Reason's text
		Warning Warning
		// RetryAfter, if positive, adds the header.
		RetryAfter time.Duration
	}
	// Hangup ends the dialog in whatever state: CANCEL (as UAC, after the first 1xx), BYE, BYE after the ACK. As UAS before the
	// final response it is a Reject with 480.
	Hangup struct {
		Q850 int
		Text string
		// Elsewhere makes a CANCEL say that another branch was answered: Reason: SIP;cause=200 (RFC 3326).
		Elsewhere bool
	}
	// Sent is the result of performing an effect that asked for it; see [NeedsResult].
	Sent struct {
		Effect Effect
		Err    error
	}
	// Limit changes how long an INVITE of ours may go on without a final response, from now. CANCEL follows, and Ended with 408 by Nobody.
	Limit struct{ After time.Duration }
	// Tick says that time has passed; due when [Dialog.Deadline] is reached.
	Tick struct{}
)

// Commands to a dialog that is up, of either side.
type (
	// Reoffer offers a new description by re-INVITE; before the answer by UPDATE, if the far side takes it and offer and answer are
	// complete. nil SDP asks the far side for an offer. It waits until nothing else is open (RFC 3261 §14.1, RFC 3311 §5.1). One is taken at a time: a second gets
	// ReofferFailed with 491 By Here at once. Report: ReofferAnswered or ReofferFailed, unless the dialog ends before; or first ReofferCrossed, if it crossed
	// an offer of theirs: it is taken back, and ReofferDue asks for it anew.
	Reoffer struct{ SDP []byte }
	// Info sends a digit as INFO application/dtmf-relay. They go one at a time, each after the final response to the one before, at most 64 waiting.
	// Report: InfoFailed if one was refused; nothing if all is well.
	Info struct {
		Digit string // "0"-"9", "*", "#", "A"-"D", "flash"
		// Duration is that of the tone; 0 means 160 ms.
		Duration time.Duration
	}
	// Refer asks the far side to call Target (RFC 3515). Report: ReferProgress for each NOTIFY, then ReferDone once.
	Refer struct {
		// Target is a SIP URI without headers.
		Target string
		// Replaces, if set, lets the new call take the place of that dialog (RFC 3891); see [Dialog.Replacement].
		Replaces *Replacement
		// By is the Referred-By URI; empty for none (RFC 3892).
		By string
		// Silent asks for no NOTIFYs (RFC 4488).
		Silent bool
	}
	// AcceptRefer answers the REFER just reported: 202 and a first NOTIFY, or a refusal if Status is 300 or more.
	AcceptRefer struct{ Status int }
	// ReferNews tells the far side how the call that it asked for goes: a NOTIFY with that status line. A status of 200 or more is the last one.
	ReferNews struct {
		Status int
		Phrase string // "" for the standard one
	}
)

// Replacement names a dialog in a Replaces header, as its receiver sees it (RFC 3891 §6.1).
type Replacement struct {
	CallID, ToTag, FromTag string
	// EarlyOnly: the dialog may be replaced only before its answer.
	EarlyOnly bool
}

// Referral is what a REFER asks for.
type Referral struct {
	// Target is the Refer-To URI, without its headers; Party the same to show.
	Target string
	Party  Party
	// Replaces is the dialog that the new call shall take the place of, nil for none. Its place is in [Outgoing.Replaces].
	Replaces *Replacement
	// By is the Referred-By URI, empty for none. It is the far side's word only.
	By string
	// Silent: the far side wants no NOTIFYs (RFC 4488).
	Silent bool
}

// Warning is an RFC 3261 §20.43 warning; Code 0 means none.
type Warning struct {
	Code int
	Text string
}

// Report is an Effect that tells the call what happened.
type Report struct {
	Kind ReportKind
	// SDP is the body that came along: an answer, for Answered; a new offer, for Reoffered.
	SDP []byte
	// Status and Phrase are those of the response that ended it, if one did.
	Status int
	Phrase string
	// Q850 and Text are from the Reason header, or derived (translation.md §1.4).
	Q850 int
	Text string
	// By tells who ended it, for Ended, Failed and ReofferFailed.
	By Side

	// Tag is the far side's tag, for Progress and Answered: the branch that the response came from.
	Tag string
	// Reliable: the response of Progress came reliably, so that its SDP is the answer for good (RFC 3262 §5).
	Reliable bool
	// Offer: SDP is an offer, to be answered with AnswerReoffer. Always so for Reoffered with SDP; with Progress and Answered for an INVITE
	// of ours without SDP; with ReofferAnswered for a Reoffer without SDP.
	Offer bool
	// Same: the far side's SDP is, byte for byte, the one that it gave last.
	Same bool
	// Contacts are the targets of a 3xx, for Failed, best first, of the hosts that the trunk's Redirects allow; see [Dialog.Retry].
	Contacts []string
	// Digit and Duration are those of Digit.
	Digit    string
	Duration time.Duration
	// Refer is what Referred asks for.
	Refer *Referral
	// Party is the far side's new identity, for Identified.
	Party *Party
}

// Side is one of the two ends of a dialog, or neither.
type Side uint8

// The sides.
const (
	// Nobody: a timer ran out or a message could not be sent.
	Nobody Side = iota
	// Here: our own side hung up, rejected or cancelled.
	Here
	// There: the far side did.
	There
)

// ReportKind says what happened to the dialog.
type ReportKind uint8

// The kinds of reports. Every dialog gives exactly one of Ended and Failed, and nothing after it.
const (
	// Taken: the transaction took our 200.
	Taken ReportKind = iota + 1
	// Refused: our 200 came too late (the INVITE was cancelled). Ended follows.
	Refused
	// Confirmed: the ACK came (UAS). SDP is the ACK's body.
	Confirmed
	// Progress: a 1xx above 100 came (UAC); Status says which, SDP is the answer of its branch (Tag), nil if this 1xx has no SDP. The newest with SDP
	// is the one to listen to.
	Progress
	// Answered: a 2xx came (UAC) and was ACKed; SDP is the answer that counts: that of an earlier 1xx of the same branch if it had one, else
	// the 2xx's (RFC 3261 §13.2.1). With Offer set the ACK waits for AnswerReoffer.
	Answered
	// Reoffered: a re-INVITE, UPDATE or PRACK with SDP came; the call answers it with AnswerReoffer. SDP is nil for an offerless re-INVITE.
	Reoffered
	// Cancelled: the far side gave up before our final response; 487 is sent. Ended follows.
	Cancelled
	// Ended: the dialog is over: By tells who ended it, see Report.Status, Q850, Text.
	Ended
	// Failed: no dialog came to be (UAC: 3xx-6xx, timeout).
	Failed
	// ReofferAnswered: our Reoffer was taken; SDP is the answer, or an offer if Offer is set. Also the answer, in its PRACK, to the offer that a
	// reliable 183 carried.
	ReofferAnswered
	// ReofferCrossed: our Reoffer met one of theirs (491) and counts for nothing now. The wait of RFC 3261 §14.1 begins; ReofferDue ends it.
	ReofferCrossed
	// ReofferDue: the Reoffer that crossed one of theirs may be made again, with a description that fits what was agreed meanwhile.
	ReofferDue
	// ReofferFailed: our Reoffer was refused with Status; the session stays as it was (RFC 3261 §14.1).
	ReofferFailed
	// Digit: the far side sent a digit by INFO.
	Digit
	// InfoFailed: the far side refused an Info, or the queue is full (Status 491 By Here).
	InfoFailed
	// Referred: the far side asks us to call someone; see Refer. The call answers with AcceptRefer at once.
	Referred
	// ReferProgress: the call that our Refer asked for goes on; Status as the NOTIFY says.
	ReferProgress
	// ReferDone: our Refer is over. 2xx: the far side has its call; else it failed or was refused, and this dialog goes on.
	ReferDone
	// Identified: the far side of a trusted trunk became someone else (RFC 4916, P-Asserted-Identity); see Party.
	Identified
)

// AnswerReoffer answers the offer just reported (Reoffered, or another report with Offer set): SDP for taking it, or Status for a refusal (488).
// Refusing the offer of a 2xx ends the dialog, since it must be ACKed.
type AnswerReoffer struct {
	SDP     []byte
	Status  int
	Warning Warning
}

// Party is a name-addr of a message, cleaned: no control characters, at most 128 characters a field.
type Party struct {
	Display string
	User    string
	Host    string
	// URI is the whole URI as text, without parameters.
	URI string
}

// Invite is a new incoming INVITE that passed the checks of translation.md §1.6.
type Invite struct {
	// Dialog is its dialog, in state Trying; 100 has been sent.
	Dialog *Dialog
	// Tx performs the dialog's effects: the transaction layer that the INVITE came through.
	Tx Tx
	// Trunk is the name of the trunk that it came from; Source its address.
	Trunk  string
	Source netip.AddrPort
	// Network is the transport that it came by: keys in its SDP are secret only over TLS.
	Network Network
	// CallID is the SIP Call-ID, for logs only.
	CallID string
	// To is the called party: the Request-URI. From is the caller as the From header says; Asserted is from P-Asserted-Identity, if the trunk
	// is trusted with it.
	To, From Party
	Asserted *Party
	// Headers holds the first value of each header that the configuration names, by lower-case name, cleaned.
	Headers map[string]string
	// UserToUser is the User-to-User header (RFC 7433), cleaned, at most 256 bytes.
	UserToUser string
	// SDP is the offer, nil for a late offer.
	SDP []byte
	// MaxForwards is the hops left. A leg placed for this call gets one less; at 0 none may be placed: 483.
	MaxForwards int
	// Replaces is the dialog that this call is to take over, nil for none: it passed the checks of RFC 3891 §3. The call answers this one
	// and hangs up that one.
	Replaces *Dialog
}

// Handler gets new calls. Implemented by the call side.
type Handler interface {
	// Invite is called once for each new incoming INVITE, from any goroutine, and must return at once. The handler steps in.Dialog
	// from then on, on one goroutine of its own. It returns the sink for the dialog's later events, which must not block.
	Invite(in *Invite) (sink func(Event))
	// Admit says whether a new INVITE may be taken now: false makes a stateless 503.
	Admit() bool
}
