package translator

import (
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// gate says what a call that the policy judges is placed for.
type gate uint8

const (
	gateTransfer gate = iota // an agent passes a call on
	gateReferral             // the far side asks for it (RFC 3515)
	gateRedirect             // a 3xx sends the call on
	gateWayOut               // a queue sends its callers there
	gateCallback             // a queue calls a customer back
)

// Action is what a step wants done. The shell performs actions in their order; those that bring something back say so,
// and what they bring back is the call's next event, before any other.
type Action interface{ action() }

// The actions.
type (
	// doSend gives a message to the SIP transactions of a far leg; n names it, here and in what follows. Brings back dialog.Sent where the dialog wants it.
	doSend struct {
		n int
		e dialog.Effect
	}
	// doOpen makes the media session of a leg that came in and gives it the trunk's offer, nil for a late one. Brings back evSessionOpened.
	doOpen struct {
		n     int
		offer []byte
	}
	// doOpenDial makes the session of a call that an agent dialled, from his browser's offer; like narrows it to the codec of the call that he
	// consults about. Brings back evSessionOpened.
	doOpenDial struct {
		n      int
		leg    media.LegID
		sdp    string
		target dialog.Target
		like   bool
	}
	// doOpenInside makes the session of a call between agents, from the offer of the browser that dials; like as above. Brings back evSessionOpened.
	doOpenInside struct {
		n    int
		leg  media.LegID
		sdp  string
		like bool
	}
	// doAnswerFace makes the answer to that offer. Brings back evFaceAnswered. doFace says which leg stands where a trunk stands: what is said of the
	// trunk concerns it.
	doAnswerFace struct {
		n   int
		leg media.LegID
	}
	doFace struct {
		n   int
		leg media.LegID
	}
	// doOpenTrunk makes the session of a leg without an agent, with the codec of the leg like. Brings back evSessionOpened.
	doOpenTrunk struct {
		n, like int
		target  dialog.Target
	}
	// doOpenBack makes the session in which an agent waits for a customer who is called back. Brings back evSessionOpened.
	doOpenBack struct {
		n      int
		target dialog.Target
	}
	// doAskAgent asks for one agent. The exchange answers with evWanted, later.
	doAskAgent struct{ agent string }
	// doPlace sends the INVITE of a leg. Brings back evPlaced.
	doPlace struct {
		n     int
		place placing
	}
	// doEarly and doPick give the description of an 18x or a 2xx to the session, make the answer for the agent's browser and join him; leg 0: there
	// is no agent. Bring back evEarly, evPickedUp.
	doEarly struct {
		n        int
		leg      media.LegID
		offered  bool // the leg's offer was ours, and is answered
		tag      string
		answer   []byte
		reliable bool
	}
	doPick struct {
		n       int
		leg     media.LegID
		offered bool
		tag     string
		answer  []byte
	}
	// doOfferLeg makes an agent leg. Brings back evLegOffered.
	doOfferLeg struct {
		n   int
		leg media.LegID
	}
	// doAnswerLeg gives the browser's answer to the leg. Brings back evLegAnswered.
	doAnswerLeg struct {
		n   int
		leg media.LegID
		sdp string
	}
	// doRestartLeg gives the browser's new offer to the leg. Brings back evLegRestarted.
	doRestartLeg struct {
		n   int
		leg media.LegID
		ref protocol.Ref
		sdp string
	}
	// doTrunkAnswer joins the leg with the trunk, which settles the codec, and makes our answer. Brings back evTrunkAnswer, or that the leg
	// failed. leg 0: nobody yet (at_once).
	doTrunkAnswer struct {
		n   int
		leg media.LegID
	}
	// doReplace moves the agent's leg old of the far leg from here, joins it, and makes our answer. Brings back evTrunkAnswer; after an error all is
	// as it was.
	doReplace struct {
		n, from  int
		leg, old media.LegID
		connect  bool
	}
	// doAdopt moves the agent's leg old of the far leg from here, and joins it if connect is set. Brings back evAdopted if it fails.
	doAdopt struct {
		n, from  int
		leg, old media.LegID
		connect  bool
	}
	// doReoffer gives the trunk's new offer to the session; nil asks for one of ours. Brings back evReofferAnswered.
	doReoffer struct {
		n     int
		offer []byte
	}
	// doReadAnswer gives the ACK's answer to an offer of ours to the session. Brings back evAnswerRead.
	doReadAnswer struct {
		n      int
		answer []byte
	}
	// doOfferTrunk makes an offer of ours within the dialog; brings back evOfferMade. doAcceptTrunk takes its answer; brings back evChanged. doRollback
	// takes the offer back.
	doOfferTrunk struct {
		n      int
		change sdp.Change
	}
	doAcceptTrunk struct {
		n      int
		answer []byte
	}
	doRollback struct{ n int }
	// doConnect joins the leg with a trunk that was answered before. It brings something back only if it fails: the leg failed.
	doConnect struct {
		n   int
		leg media.LegID
	}
	// doHold stops sound between the leg and the trunk, and plays to the trunk. doJoin lets two far sides hear each other. doDrop and doPlay bring
	// nothing back either.
	doHold struct {
		n     int
		leg   media.LegID
		sound media.Sound
	}
	doJoin struct{ n, other int }
	// doHangUp gives the line of a leg back whose dialog is over.
	doHangUp struct{ n int }
	// doForget drops what is kept of a leg that is over.
	doForget struct{ n int }
	doDrop   struct {
		n   int
		leg media.LegID
	}
	doPlay struct {
		n     int
		sound media.Sound
		words []media.Sound // instead of sound: one after the other, once
	}
	// doCloseMedia brings back evStats.
	doCloseMedia struct {
		n    int
		book *LegRecord
	}
	// doDigits sends keys as telephone events. Brings back evDigits.
	doDigits struct {
		n    int
		ref  protocol.Ref
		keys string
	}
	// doTape begins a recording, the count-th of the call. Brings back evTape. doTapePause pauses it, for 0 goes on; doTapeStop ends it.
	doTape struct {
		n       int
		count   int
		arrived time.Time
	}
	doTapePause struct {
		n int
		d time.Duration
	}
	doTapeStop struct{ n int }
	// doNotice lets the far side hear a sound that is to end, and the agent nothing meanwhile. Brings back evNotPlayed if it cannot be played; its end is
	// an event of the media.
	doNotice struct {
		n     int
		leg   media.LegID
		sound media.Sound
	}
	// doGate asks the dial policy. Brings back evGated.
	doGate struct {
		n        int
		who      protocol.Identity
		ask      Ask
		why      gate
		replaces *dialog.Replacement
	}
	// doYielded tells the exchange that the call is held, or cannot be. n is the leg whose codec a consultation takes.
	doYielded struct {
		agent string
		ok    bool
		n     int
	}
	// doAskLeg, doNameLeg and doKeepLeg speak to another call; doGiveLeg gives it the far leg. The last brings back evGaveLeg.
	doAskLeg struct {
		n   int // the leg that it shall be joined with
		to  *callOwner
		ask evAskLeg
	}
	doNameLeg struct {
		to   *callOwner
		name evLegNamed
	}
	doKeepLeg struct {
		to  *callOwner
		why error
	}
	doGiveLeg struct {
		to    *callOwner
		given evLegGiven
		// joins is the session that the leg's is joined with; adopts, if not 0, the agent's leg there that goes over to it instead.
		joins  media.Session
		adopts media.LegID
	}
	// doWantLeg asks the other call for its far leg: the agent who is this one's far side goes over to it.
	doWantLeg struct {
		to   *callOwner
		n    int // the leg that has the agent's media
		want evLegWanted
	}
	// doQueue gives an event to the queue's owner.
	doQueue struct{ ev queue.Event }
	// doView sends the call object to the agent; doReply answers a request.
	doView struct {
		agent string
		call  protocol.Call
	}
	doReply struct {
		ref   protocol.Ref
		reply protocol.Reply
	}
	// doSettled tells the exchange that the agent's accept has its reply, so that his own object may follow.
	doSettled struct{ agent string }
	// doPartOver tells the exchange that the agent has been told the end of his part, so that his own object may follow and another call
	// be offered to him.
	doPartOver struct {
		agent string
		offer queue.OfferID
	}
	// doFreed tells the exchange that a call of the agent's own is over for him.
	doFreed struct{ agent string }
	// doAgentLost tells the exchange that this agent is gone for good.
	doAgentLost struct{ agent string }
	// doRecent adds the call to the agent's recent ones.
	doRecent struct {
		agent  string
		recent protocol.Recent
	}
	// doTell tells what happened.
	doTell struct{ h Happening }
	// doRecord gives the call's record away.
	doRecord struct{ rec CallRecord }
	// doLog writes one line of the call's life.
	doLog struct {
		level slog.Level
		msg   string
		attrs []slog.Attr
	}
	// doCount counts an outcome.
	doCount struct{ what, label string }
	// doPromise puts a callback down for the next process; doPromiseOver strikes it out.
	doPromise     struct{ p Callback }
	doPromiseOver struct{}
	// doOver says that nothing is left: the call's owner may go.
	doOver struct{}
)

func (doSend) action()        {}
func (doOpen) action()        {}
func (doOfferLeg) action()    {}
func (doAnswerLeg) action()   {}
func (doRestartLeg) action()  {}
func (doTrunkAnswer) action() {}
func (doReadAnswer) action()  {}
func (doReoffer) action()     {}
func (doConnect) action()     {}
func (doOpenDial) action()    {}
func (doOpenTrunk) action()   {}
func (doPlace) action()       {}
func (doOpenBack) action()    {}
func (doAskAgent) action()    {}
func (doEarly) action()       {}
func (doPick) action()        {}
func (doReplace) action()     {}
func (doAdopt) action()       {}
func (doOfferTrunk) action()  {}
func (doAcceptTrunk) action() {}
func (doRollback) action()    {}
func (doHold) action()        {}
func (doJoin) action()        {}
func (doForget) action()      {}
func (doDigits) action()      {}
func (doGate) action()        {}
func (doTape) action()        {}
func (doNotice) action()      {}
func (doOpenInside) action()  {}
func (doAnswerFace) action()  {}
func (doFace) action()        {}
func (doWantLeg) action()     {}
func (doHangUp) action()      {}
func (doTapePause) action()   {}
func (doTapeStop) action()    {}
func (doYielded) action()     {}
func (doAskLeg) action()      {}
func (doNameLeg) action()     {}
func (doKeepLeg) action()     {}
func (doGiveLeg) action()     {}
func (doFreed) action()       {}
func (doDrop) action()        {}
func (doPlay) action()        {}
func (doCloseMedia) action()  {}
func (doQueue) action()       {}
func (doView) action()        {}
func (doReply) action()       {}
func (doSettled) action()     {}
func (doPartOver) action()    {}
func (doAgentLost) action()   {}
func (doRecent) action()      {}
func (doRecord) action()      {}
func (doTell) action()        {}
func (doLog) action()         {}
func (doCount) action()       {}
func (doOver) action()        {}
func (doPromise) action()     {}
func (doPromiseOver) action() {}
