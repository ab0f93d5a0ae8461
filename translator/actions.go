package translator

import (
	"log/slog"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
)

// Action is what a step wants done. The shell performs actions in their order; those that bring something back say so,
// and what they bring back is the call's next event, before any other.
type Action interface{ action() }

// The actions.
type (
	// doSend gives a message to the SIP transactions. Brings back dialog.Sent where the dialog wants it.
	doSend struct{ e dialog.Effect }
	// doOpen makes the media session and gives it the trunk's offer, nil for a late one. Brings back evSessionOpened.
	doOpen struct{ offer []byte }
	// doOfferLeg makes an agent leg. Brings back evLegOffered.
	doOfferLeg struct{ leg media.LegID }
	// doAnswerLeg gives the browser's answer to the leg. Brings back evLegAnswered.
	doAnswerLeg struct {
		leg media.LegID
		sdp string
	}
	// doRestartLeg gives the browser's new offer to the leg. Brings back evLegRestarted.
	doRestartLeg struct {
		leg media.LegID
		ref protocol.Ref
		sdp string
	}
	// doTrunkAnswer joins the leg with the trunk, which settles the codec, and makes our answer. Brings back evTrunkAnswer, or that the leg
	// failed. leg 0: nobody yet (at_once).
	doTrunkAnswer struct{ leg media.LegID }
	// doReoffer gives the trunk's new offer to the session; nil asks for one of ours. Brings back evReofferAnswered.
	doReoffer struct{ offer []byte }
	// doReadAnswer gives the ACK's answer to an offer of ours to the session. Brings back evAnswerRead.
	doReadAnswer struct{ answer []byte }
	// doConnect joins the leg with a trunk that was answered before. It brings something back only if it fails: the leg failed.
	doConnect struct{ leg media.LegID }
	// doDrop, doPlay and doCloseMedia bring nothing back.
	doDrop       struct{ leg media.LegID }
	doPlay       struct{ sound media.Sound }
	doCloseMedia struct{}
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
	// doAgentLost tells the exchange that this agent is gone for good.
	doAgentLost struct{ agent string }
	// doRecent adds the call to the agent's recent ones.
	doRecent struct {
		agent  string
		recent protocol.Recent
	}
	// doLog writes one line of the call's life.
	doLog struct {
		level slog.Level
		msg   string
		attrs []slog.Attr
	}
	// doCount counts an outcome.
	doCount struct{ what, label string }
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
func (doLog) action()         {}
func (doCount) action()       {}
func (doOver) action()        {}
