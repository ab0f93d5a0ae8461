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
	// evDialog carries an event of a far leg's dialog (a message, a timer); the dialog's reports become events of the table. n names the leg, here
	// and in what follows.
	evDialog struct {
		n  int
		ev dialog.Event
	}
	// evTick says that the call's deadline is reached.
	evTick struct{}
	// evReport is a dialog's report.
	evReport struct {
		k kind
		r dialog.Report
		n int
	}
	evStart struct{}
	evEnd   struct{ why ending }
	// evPlain is an event of which nothing but its kind is known.
	evPlain struct{ k kind }
	// evAgent is something about the agent's socket or log-in.
	evAgent struct {
		agent string
		k     kind
	}
)

// From the queue.
type (
	evOffer     struct{ d queue.Offer }
	evWithdrawn struct {
		d     queue.Withdraw
		leave queue.LeaveReason // why the caller leaves with it, "" if he waits on
	}
	evWon   struct{ d queue.Won }
	evLeave struct{ d queue.Leave }
	// evMoved: the caller waits in another queue, whose terms these are.
	evMoved struct {
		d     queue.Moved
		terms Terms
	}
	evAnnounce struct{ d queue.Announce }
	// evKept: the caller waits on as a callback (kKept), or what is to be remembered of it is another now (kKeptAs).
	evKept struct {
		k    kind
		kept queue.Kept
	}
	// evWanted answers doAskAgent: he is free, and this call's from now on; or not.
	evWanted struct {
		to   protocol.Agent
		free bool
	}
	// evWrapUp has no until while the agent's own calls keep him from it.
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
		n int
		m media.Event
		k kind
	}
	evSessionOpened struct {
		n   int
		err error
	}
	evLegOffered struct {
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
		n      int
		sdp    []byte
		err    error
		heldBy sdp.Holder
	}
	evReofferAnswered struct {
		n      int
		sdp    []byte
		err    error
		heldBy sdp.Holder
	}
	evAnswerRead struct {
		n      int
		err    error
		heldBy sdp.Holder
	}
)

// Of calls that we place, and of changes of who talks to whom.
type (
	// evPlaced: the INVITE of a leg is sent, or could not be.
	evPlaced struct {
		n     int
		d     *dialog.Dialog
		rules TrunkRules
		err   error
	}
	// evEarly: the description of an 18x was taken; sdp answers the agent's offer. evPickedUp: that of the 2xx.
	evEarly struct {
		n   int
		sdp []byte
		err error
	}
	evPickedUp struct {
		n      int
		sdp    []byte
		err    error
		heldBy sdp.Holder
	}
	// evGated is the dial policy's word on a destination.
	evGated struct {
		n        int
		why      gate
		dest     Destination
		targets  []dialog.Target
		denial   *Denial
		replaces *dialog.Replacement
	}
	// evOfferMade, evChanged: our offer within the dialog is made, its answer is taken.
	evOfferMade struct {
		n   int
		sdp []byte
		err error
	}
	evChanged struct {
		n      int
		err    error
		heldBy sdp.Holder
	}
	// evDigits: the keys go as telephone events, or cannot.
	evDigits struct {
		ref  protocol.Ref
		keys string
		err  error
	}
	// evTape: a recording runs, or cannot.
	evTape struct {
		n    int
		file string
		err  error
	}
	// evNotPlayed: the notice of a recording could not be played.
	evNotPlayed struct {
		n   int
		err error
	}
	// evFaceAnswered: the answer to the offer of an agent who dialled another one.
	evFaceAnswered struct {
		n   int
		sdp []byte
		err error
	}
	// evGone: the agent who waits has left.
	evGone struct{ why ending }
	// evAdopted: the agent's media could not go over to another leg.
	evAdopted struct{ err error }
	// evYield asks the call to be held, because its agent turns to another one. Step answers it in every state.
	evYield struct{ agent string }
	// evStats is what the relay measured of a session that is closed now. Step takes it in every state.
	evStats struct {
		n     int
		book  *LegRecord
		stats media.Stats
	}
	// evQuality is what an agent's browser measured. Step takes it in every state.
	evQuality struct {
		agent string
		q     protocol.Quality
	}
	// evReplacing: an INVITE with Replaces names this call's far dialog.
	evReplacing struct {
		leg   *farLeg
		given givenLeg
	}
)

// Between two calls of one agent (attend.go).
type (
	evAttend struct {
		ref   protocol.Ref
		who   protocol.Identity
		other *callOwner
	}
	// evToAgent passes it on to a colleague, who is free and is this call's from now on.
	evToAgent struct {
		ref protocol.Ref
		to  protocol.Agent
	}
	// evToQueue passes the far side on to a queue.
	evToQueue struct {
		ref   protocol.Ref
		terms Terms
	}
	evAskLeg struct {
		agent string
		refer bool   // the trunk may be asked to join the two
		trunk string // if it is this one
		from  *callOwner
		// session is what the far side is to be joined with. faced: an agent is there, whose leg this is, and goes over to the far side's session.
		session media.Session
		faced   media.LegID
	}
	// evLegWanted answers evAskLeg where an agent is the far side: his call goes on with the other one's.
	evLegWanted struct {
		from    *callOwner
		party   protocol.Party
		session media.Session
		faced   media.LegID
	}
	evGaveLeg  struct{ ok bool }
	evLegGiven struct {
		leg      *farLeg
		party    protocol.Party
		agentLeg media.LegID
		last     media.LegID // the highest that its session has
		told     sdp.Holder  // who holds it, as the dialog has it
		terms    Terms       // of the call that it comes from
		data     map[string]string
		given    givenLeg
	}
	evLegKept  struct{ err error } // err: no codec in common, or what else keeps them apart
	evLegNamed struct {
		party    protocol.Party
		target   string
		replaces dialog.Replacement
	}
)

// evRequest is an agent's request about this call.
type evRequest struct {
	ref protocol.Ref
	who protocol.Identity
	req protocol.Request
	k   kind
}

func (evDialog) kind() kind          { return numKinds } // Step takes it apart; never looked up
func (evTick) kind() kind            { return numKinds } // likewise
func (e evReport) kind() kind        { return e.k }
func (evStart) kind() kind           { return kStart }
func (evEnd) kind() kind             { return kEnd }
func (e evPlain) kind() kind         { return e.k }
func (e evAgent) kind() kind         { return e.k }
func (evOffer) kind() kind           { return kOffer }
func (evWithdrawn) kind() kind       { return kWithdrawn }
func (evWon) kind() kind             { return kWon }
func (evLeave) kind() kind           { return kLeave }
func (evMoved) kind() kind           { return kMoved }
func (evAnnounce) kind() kind        { return kAnnounce }
func (e evKept) kind() kind          { return e.k }
func (evWanted) kind() kind          { return kWanted }
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
func (evPlaced) kind() kind          { return kPlacedOut }
func (evEarly) kind() kind           { return kEarly }
func (evPickedUp) kind() kind        { return kPickedUp }
func (evGated) kind() kind           { return kGated }
func (evOfferMade) kind() kind       { return kOfferMade }
func (evChanged) kind() kind         { return kChanged }
func (evDigits) kind() kind          { return kDigitsTaken }
func (evAdopted) kind() kind         { return kNotAdopted }
func (evTape) kind() kind            { return kTape }
func (evNotPlayed) kind() kind       { return kNotPlayed }
func (evFaceAnswered) kind() kind    { return kFaceAnswered }
func (evGone) kind() kind            { return kGone }
func (evYield) kind() kind           { return numKinds } // Step answers it; never looked up
func (evQuality) kind() kind         { return numKinds } // never looked up
func (evStats) kind() kind           { return numKinds } // likewise
func (evReplacing) kind() kind       { return kReplacing }
func (evAttend) kind() kind          { return kAttend }
func (evAskLeg) kind() kind          { return kAskLeg }
func (evToQueue) kind() kind         { return kToQueue }
func (evToAgent) kind() kind         { return kToAgent }
func (evGaveLeg) kind() kind         { return kGaveLeg }
func (evLegWanted) kind() kind       { return kLegWanted }
func (evLegGiven) kind() kind        { return kLegGiven }
func (evLegKept) kind() kind         { return kLegKept }
func (evLegNamed) kind() kind        { return kLegNamed }

// mediaKinds maps the engine's events to the table's; what is not here is for later features.
var mediaKinds = map[media.EventKind]kind{
	media.AgentUp: kLegUp, media.AgentHeard: kLegHeard, media.AgentSilent: kLegSilent, media.AgentBack: kLegBack,
	media.AgentFailed: kLegFailed, media.TrunkSilent: kTrunkSilent, media.DigitsSent: kDigitsSent,
	media.PlayEnded: kPlayed, media.TrunkDigit: kKey,
	media.RecordResumed: kTapeResumed, media.RecordEnded: kTapeEnded,
}

// reportKinds maps what the dialog of the far leg reports to the table's events, nextKinds that of a leg which is to join or replace it, farewellKinds
// that of one whose caller is being told that he will be called back, and joinedKinds that of a leg which has joined it.
var (
	reportKinds = map[dialog.ReportKind]kind{
		dialog.Taken: kTaken, dialog.Refused: kRefused, dialog.Confirmed: kConfirmed, dialog.Cancelled: kCancelled,
		dialog.Ended: kDialogEnded, dialog.Failed: kDialogEnded, dialog.Reoffered: kReoffered,
		dialog.ReofferAnswered: kReofferTaken, dialog.ReofferFailed: kReofferRefused, dialog.ReofferCrossed: kReofferCrossed, dialog.ReofferDue: kReofferDue,
		dialog.Referred: kReferred, dialog.ReferProgress: kReferProgress, dialog.ReferDone: kReferDone, dialog.Identified: kIdentified, dialog.InfoFailed: kInfoFailed,
	}
	nextKinds = map[dialog.ReportKind]kind{
		dialog.Progress: kProgress, dialog.Answered: kPicked, dialog.Taken: kNextTaken, dialog.Refused: kNextRefused, dialog.Cancelled: kNextEnded,
		dialog.Ended: kNextEnded, dialog.Failed: kNextEnded, dialog.Reoffered: kReoffered, dialog.Confirmed: kConfirmed, dialog.Referred: kReferred,
	}
	farewellKinds = map[dialog.ReportKind]kind{dialog.Reoffered: kReoffered, dialog.Referred: kReferred}
	joinedKinds   = map[dialog.ReportKind]kind{
		dialog.Ended: kJoinedEnded, dialog.Failed: kJoinedEnded, dialog.Reoffered: kReoffered, dialog.Confirmed: kConfirmed, dialog.Referred: kReferred,
		dialog.ReofferAnswered: kReofferTaken, dialog.ReofferFailed: kReofferRefused, dialog.ReofferCrossed: kReofferCrossed, dialog.ReofferDue: kReofferDue,
	}
)

// reportKind is the table's event for a report of a leg's dialog. Not ok: it is no news.
func (c *Call) reportKind(f *farLeg, r dialog.ReportKind) (k kind, ok bool) {
	switch {
	case f == c.far:
		k, ok = reportKinds[r]
	case f == c.next && c.state == Bridged:
		k, ok = joinedKinds[r]
	case f == c.next:
		k, ok = nextKinds[r]
	case !f.farewell.IsZero():
		k, ok = farewellKinds[r]
	}
	return k, ok
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
	case protocol.Hold:
		return r.Call, kHold, true
	case protocol.Resume:
		return r.Call, kResume, true
	case protocol.DTMF:
		return r.Call, kDTMF, true
	case protocol.Transfer:
		return r.Call, kTransfer, true
	case protocol.Record:
		return r.Call, kRecord, true
	}
	return "", 0, false
}
