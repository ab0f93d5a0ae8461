package translator

import (
	"errors"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// ending is why a call is over, for everyone who is told: the agent (code, by), the trunk (status or BYE, Reason, Warning), the log.
type ending struct {
	code       protocol.CauseCode
	by         protocol.By
	sipStatus  int // the status that the agent's object and the log show
	status     int // the final response, where the caller has none yet
	q850       int
	text       string
	warning    dialog.Warning
	retryAfter time.Duration
}

func (e ending) cause() *protocol.Cause {
	return &protocol.Cause{Code: e.code, By: e.by, SIP: e.sipStatus, Q850: e.q850, Text: e.text}
}

// message is the ending as the text of an error reply.
func (e ending) message() string {
	switch e.code {
	case protocol.CauseCancelled, protocol.CauseAbandoned:
		return "the caller is gone"
	case protocol.CauseMediaLost:
		return "your media did not come up"
	}
	return "the call is over, or someone else has it"
}

// withdrawn is how the end of an offer reads in the agent's object. leave says why the caller leaves with it, if he does.
func withdrawn(r queue.WithdrawReason, leave queue.LeaveReason) ending {
	if e, ok := leaveEnding(leave, 0); ok {
		return e
	}
	e := ending{code: protocol.CauseCode(r), by: protocol.BySystem}
	switch r {
	case queue.WithdrawRejected:
		e.by = protocol.ByAgent
	case queue.WithdrawCallerGone:
		e.code, e.by = protocol.CauseAbandoned, protocol.ByCaller
	}
	return e
}

// leaveEnding is what the caller is told when the queue lets him go (translation.md 1.4). False: nothing, he is answered or gone.
func leaveEnding(r queue.LeaveReason, retryAfter time.Duration) (ending, bool) {
	switch r {
	case queue.LeaveFull:
		return ending{code: protocol.CauseOverflow, by: protocol.BySystem, status: 486, q850: 17, text: "queue full", retryAfter: retryAfter}, true
	case queue.LeaveEmpty:
		return ending{code: protocol.CauseUnreachable, by: protocol.BySystem, status: 480, q850: 20, text: "no agent logged in", retryAfter: retryAfter}, true
	case queue.LeaveLimit:
		return ending{code: protocol.CauseLimit, by: protocol.BySystem, status: 480, q850: 19, text: "waited too long"}, true
	case queue.LeaveClosed:
		return ending{code: protocol.CauseOverflow, by: protocol.BySystem, status: 480, q850: 31, text: "closed now"}, true
	case queue.LeaveEstimate:
		return ending{code: protocol.CauseOverflow, by: protocol.BySystem, status: 480, q850: 42, text: "too long a wait", retryAfter: retryAfter}, true
	case queue.LeaveKey:
		return ending{code: protocol.CauseNormal, by: protocol.ByCaller, status: 480, q850: 16, text: "ended by key"}, true
	case queue.LeaveCallbackFailed:
		return ending{code: protocol.CauseUnreachable, by: protocol.BySystem, status: 480, q850: 18, text: "customer not reached"}, true
	case queue.LeaveOverflow:
		return ending{code: protocol.CauseOverflow, by: protocol.BySystem, status: 480, q850: 31, text: "sent on"}, true
	case queue.LeaveGone:
		return ending{code: protocol.CauseOverflow, by: protocol.BySystem, status: 480, q850: 31, text: "queue closed"}, true
	}
	return ending{}, false
}

// mediaRefused is the verdict on a description or an engine that failed (translation.md 1.4).
func mediaRefused(err error, retryAfter time.Duration) ending {
	var e *sdp.Error
	if errors.As(err, &e) {
		return refusedSDP(e)
	}
	if errors.Is(err, media.ErrFull) {
		return ending{code: protocol.CauseTrunkFailed, by: protocol.BySystem, status: 503, q850: 34, text: "no media port free", retryAfter: retryAfter}
	}
	return ending{code: protocol.CauseTrunkFailed, by: protocol.BySystem, status: 500, q850: 41, text: "media failed"}
}

func refusedSDP(e *sdp.Error) ending {
	q850 := 88
	if e.Status == 400 {
		q850 = 95
	}
	return ending{code: protocol.CauseCode(e.Code), by: protocol.ByTrunk, status: e.Status, q850: q850, text: e.Text, warning: dialog.Warning{Code: e.Warning, Text: e.Text}}
}

// farEnd reads the far side's end of the dialog. plain is the cause where nothing went wrong.
func farEnd(r dialog.Report, plain protocol.CauseCode) ending {
	e := ending{code: plain, by: protocol.ByCaller, sipStatus: r.Status, q850: r.Q850, text: r.Text}
	switch {
	case r.Status == 408:
		e.code, e.by = protocol.CauseTimeout, protocol.ByTrunk
	case r.Status == 480 && r.By == dialog.Nobody: // the dialog's own limit for an INVITE without final response
		e.code, e.by = protocol.CauseLimit, protocol.BySystem
	case r.Status >= 500:
		e.code, e.by = protocol.CauseTrunkFailed, protocol.ByTrunk
	}
	return e
}

// unconfirmed is the ending of a call whose 200 was never acknowledged (RFC 3261 §13.3.1.4). The BYE is sent; who knows when it is answered.
func unconfirmed() ending {
	return ending{code: protocol.CauseTimeout, by: protocol.ByTrunk, sipStatus: 408, q850: 102, text: "no ACK"}
}

// farLost is the ending of a call whose far side does not know it any more, or does not answer (RFC 5057 §5.1, RFC 4028 §10).
func farLost(r dialog.Report) ending {
	return ending{code: protocol.CauseCallGone, by: protocol.ByTrunk, sipStatus: r.Status, q850: r.Q850, text: r.Phrase}
}

// draining is the ending of a call that the server cannot wait for.
func draining(retryAfter time.Duration) ending {
	return ending{code: protocol.CauseDraining, by: protocol.BySystem, status: 503, q850: 42, text: "shutting down", retryAfter: retryAfter}
}

// internalError is the ending of a call that broke.
func internalError() ending {
	return ending{code: protocol.CauseTrunkFailed, by: protocol.BySystem, status: 500, q850: 41, text: "internal error"}
}
