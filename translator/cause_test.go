package translator

import (
	"errors"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// One row for each way in which a call or an agent's part ends: what the trunk is told (translation.md §1.4), what the agent reads, whose doing it was.
func TestEndings(t *testing.T) {
	const retry = 7 * time.Second
	leave := func(r queue.LeaveReason) ending {
		e, ok := leaveEnding(r, retry)
		if !ok {
			t.Fatalf("%s: no ending", r)
		}
		return e
	}
	const (
		system, caller, trunk, agent = protocol.BySystem, protocol.ByCaller, protocol.ByTrunk, protocol.ByAgent
	)
	rows := []struct {
		name   string
		got    ending
		status int // to the trunk, 0 where it has its answer
		q850   int
		code   protocol.CauseCode
		by     protocol.By
		sip    int // in the object
		retry  time.Duration
	}{
		{"queue full", leave(queue.LeaveFull), 486, 17, "overflow", system, 0, retry},
		{"no agent logged in", leave(queue.LeaveEmpty), 480, 20, "unreachable", system, 0, retry},
		{"waited max_wait", leave(queue.LeaveLimit), 480, 19, "limit", system, 0, 0},
		{"queue removed", leave(queue.LeaveGone), 480, 31, "overflow", system, 0, 0},
		{"overflow", leave(queue.LeaveOverflow), 480, 31, "overflow", system, 0, 0},

		{"no usable codec", mediaRefused(&sdp.Error{Code: "no_common_codec", Status: 488, Warning: 305}, retry), 488, 88, "no_common_codec", trunk, 0, 0},
		{"SDP syntax", mediaRefused(&sdp.Error{Code: "bad_sdp", Status: 400, Warning: 399}, retry), 400, 95, "bad_sdp", trunk, 0, 0},
		{"relay full", mediaRefused(media.ErrFull, retry), 503, 34, "trunk_failed", system, 0, retry},
		{"relay broken", mediaRefused(errors.New("no such device"), retry), 500, 41, "trunk_failed", system, 0, 0},
		{"internal error", internalError(), 500, 41, "trunk_failed", system, 0, 0},
		{"no ACK in 64·T1", unconfirmed(), 0, 102, "timeout", trunk, 408, 0},

		{"BYE in a call", farEnd(dialog.Report{Q850: 16, By: dialog.There}, protocol.CauseNormal), 0, 16, "normal", caller, 0, 0},
		{"BYE while waiting", farEnd(dialog.Report{By: dialog.There}, protocol.CauseAbandoned), 0, 0, "abandoned", caller, 0, 0},
		{"CANCEL crossed our 200", farEnd(dialog.Report{Status: 487, By: dialog.There}, protocol.CauseCancelled), 0, 0, "cancelled", caller, 487, 0},
		{"the dialog's own limit", farEnd(dialog.Report{Status: 480, Q850: 19, By: dialog.Nobody}, protocol.CauseCancelled), 0, 19, "limit", system, 480, 0},
		{"our request timed out", farEnd(dialog.Report{Status: 408, By: dialog.Nobody}, protocol.CauseNormal), 0, 0, "timeout", trunk, 408, 0},
		{"the trunk failed", farEnd(dialog.Report{Status: 503, By: dialog.There}, protocol.CauseNormal), 0, 0, "trunk_failed", trunk, 503, 0},

		{"offer: missed", withdrawn(queue.WithdrawMissed, ""), 0, 0, "missed", system, 0, 0},
		{"offer: unreachable", withdrawn(queue.WithdrawUnreachable, ""), 0, 0, "unreachable", system, 0, 0},
		{"offer: rejected", withdrawn(queue.WithdrawRejected, ""), 0, 0, "rejected", agent, 0, 0},
		{"offer: media", withdrawn(queue.WithdrawMedia, ""), 0, 0, "media_lost", system, 0, 0},
		{"offer: elsewhere", withdrawn(queue.WithdrawElsewhere, ""), 0, 0, "answered_elsewhere", system, 0, 0},
		{"offer: logged out", withdrawn(queue.WithdrawLoggedOut, ""), 0, 0, "agent_lost", system, 0, 0},
		{"offer: caller gone", withdrawn(queue.WithdrawCallerGone, queue.LeaveAbandoned), 0, 0, "abandoned", caller, 0, 0},
		{"offer: limit", withdrawn(queue.WithdrawCallerGone, queue.LeaveLimit), 480, 19, "limit", system, 0, 0},
	}
	for _, r := range rows {
		e := r.got
		if e.status != r.status || e.q850 != r.q850 || e.code != r.code || e.by != r.by || e.sipStatus != r.sip || e.retryAfter != r.retry {
			t.Errorf("%s: %+v, want %+v", r.name, e, r)
		}
		known := false
		for _, c := range protocol.Causes {
			known = known || c.Code == e.code
		}
		if !known {
			t.Errorf("%s: cause %q is not in the protocol's list", r.name, e.code)
		}
		if c := e.cause(); c.Code != r.code || c.By != r.by || c.SIP != r.sip || c.Q850 != r.q850 {
			t.Errorf("%s: the object says %+v", r.name, c)
		}
	}
	for _, r := range []queue.LeaveReason{queue.LeaveAnswered, queue.LeaveAbandoned, ""} {
		if e, ok := leaveEnding(r, retry); ok {
			t.Errorf("leave %q ends the call with %+v", r, e)
		}
	}
}

// What an accept is told that came to nothing.
func TestEndingMessages(t *testing.T) {
	for code, want := range map[protocol.CauseCode]string{
		protocol.CauseCancelled: "the caller is gone", protocol.CauseAbandoned: "the caller is gone", protocol.CauseMediaLost: "your media did not come up",
		protocol.CauseMissed: "the call is over, or someone else has it",
	} {
		if got := (ending{code: code}).message(); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}
