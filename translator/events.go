package translator

import (
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// Event is something that happened to a call. Events come from its inbox, or are the results of its own actions.
type Event interface{ kind() kind }

// From the trunk and from within.
type (
	// evDialog carries a dialog's event (a message, a timer); the dialog's reports become events of the table.
	evDialog struct{ ev dialog.Event }
	// evTick says that the call's deadline is reached.
	evTick struct{}
	// evReport is a dialog's report.
	evReport struct {
		k kind
		r dialog.Report
	}
	evStart struct{}
	evEnd   struct{ why ending }
	// evPlain is an event of which nothing but its kind is known.
	evPlain struct{ k kind }
)

// From the queue.
type (
	evOffer     struct{ d queue.Offer }
	evWithdrawn struct {
		d     queue.Withdraw
		leave queue.LeaveReason // why the caller leaves with it, "" if he waits on
	}
	evWon    struct{ d queue.Won }
	evLeave  struct{ d queue.Leave }
	evWrapUp struct {
		offer queue.OfferID
		until time.Time
	}
	evWrapUpOver struct {
		offer queue.OfferID
		agent string
	}
)

// From the media.
type (
	evMedia struct {
		m media.Event
		k kind
	}
	evSessionOpened struct{ err error }
	evLegOffered    struct {
		leg media.LegID
		sdp []byte
		err error
	}
	evLegAnswered struct {
		leg media.LegID
		err error
	}
	evLegRestarted struct {
		leg media.LegID
		ref protocol.Ref
		sdp []byte
		err error
	}
	evTrunkAnswer struct {
		sdp []byte
		err error
	}
	evReofferAnswered struct {
		sdp    []byte
		err    error
		heldBy sdp.Holder
	}
	evAnswerRead struct {
		err    error
		heldBy sdp.Holder
	}
)

// evRequest is an agent's request about this call.
type evRequest struct {
	ref protocol.Ref
	req protocol.Request
	k   kind
}

func (evDialog) kind() kind          { return numKinds } // Step takes it apart; never looked up
func (evTick) kind() kind            { return numKinds } // likewise
func (e evReport) kind() kind        { return e.k }
func (evStart) kind() kind           { return kStart }
func (evEnd) kind() kind             { return kEnd }
func (e evPlain) kind() kind         { return e.k }
func (evOffer) kind() kind           { return kOffer }
func (evWithdrawn) kind() kind       { return kWithdrawn }
func (evWon) kind() kind             { return kWon }
func (evLeave) kind() kind           { return kLeave }
func (evWrapUp) kind() kind          { return kWrapUpUntil }
func (evWrapUpOver) kind() kind      { return kWrapUpOver }
func (e evMedia) kind() kind         { return e.k }
func (evSessionOpened) kind() kind   { return kSessionOpened }
func (evLegOffered) kind() kind      { return kLegOffered }
func (evLegAnswered) kind() kind     { return kLegAnswered }
func (evLegRestarted) kind() kind    { return kLegRestarted }
func (evTrunkAnswer) kind() kind     { return kTrunkAnswer }
func (evReofferAnswered) kind() kind { return kReofferAnswered }
func (evAnswerRead) kind() kind      { return kAnswerRead }
func (e evRequest) kind() kind       { return e.k }

// mediaKinds maps the engine's events to the table's; what is not here is for later features.
var mediaKinds = map[media.EventKind]kind{
	media.AgentUp: kLegUp, media.AgentHeard: kLegHeard, media.AgentSilent: kLegSilent, media.AgentBack: kLegBack,
	media.AgentFailed: kLegFailed, media.TrunkSilent: kTrunkSilent,
}

// reportKinds maps a dialog's reports to the table's events.
var reportKinds = map[dialog.ReportKind]kind{
	dialog.Taken: kTaken, dialog.Refused: kRefused, dialog.Confirmed: kConfirmed, dialog.Cancelled: kCancelled,
	dialog.Ended: kDialogEnded, dialog.Failed: kDialogEnded, dialog.Reoffered: kReoffered,
}

// requestKind maps a request about a call to the table's event. It is not ok for requests about other things, and for those of later features.
func requestKind(r protocol.Request) (call string, k kind, ok bool) {
	switch r := r.(type) {
	case protocol.Ringing:
		return r.Call, kShow, true
	case protocol.Accept:
		return r.Call, kAccept, true
	case protocol.Reject:
		return r.Call, kReject, true
	case protocol.Hangup:
		return r.Call, kHangup, true
	case protocol.Mute:
		return r.Call, kMute, true
	case protocol.Restart:
		return r.Call, kRestart, true
	case protocol.Wrapup:
		return r.Call, kWrapupRequest, true
	}
	return "", 0, false
}
