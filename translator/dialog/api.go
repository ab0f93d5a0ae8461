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
	// Ring sends 180.
	Ring struct{}
	// Answer sends 200 with our SDP, resent until ACK. Report: Taken, or Refused if the transaction did not take it.
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
	}
	// Sent is the result of performing an effect that asked for it; see [NeedsResult].
	Sent struct {
		Effect Effect
		Err    error
	}
	// Tick says that time has passed; due when [Dialog.Deadline] is reached.
	Tick struct{}
)

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
	// By tells who ended it, for Ended and Failed.
	By Side
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
	// Progress: a 1xx came (UAC); Status says which, SDP its body.
	Progress
	// Answered: a 2xx came (UAC) and was ACKed; SDP is its body.
	Answered
	// Reoffered: a re-INVITE with SDP came; the call answers it with AnswerReoffer. SDP is nil for an offerless one.
	Reoffered
	// Cancelled: the far side gave up before our final response; 487 is sent. Ended follows.
	Cancelled
	// Ended: the dialog is over: By tells who ended it, see Report.Status, Q850, Text.
	Ended
	// Failed: no dialog came to be (UAC: 3xx-6xx, timeout).
	Failed
)

// AnswerReoffer answers the re-INVITE just reported: SDP for 200, or Status for a refusal (488).
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
}

// Handler gets new calls. Implemented by the call side.
type Handler interface {
	// Invite is called once for each new incoming INVITE, from any goroutine, and must return at once. The handler steps in.Dialog
	// from then on, on one goroutine of its own. It returns the sink for the dialog's later events, which must not block.
	Invite(in *Invite) (sink func(Event))
	// Admit says whether a new INVITE may be taken now: false makes a stateless 503.
	Admit() bool
}
