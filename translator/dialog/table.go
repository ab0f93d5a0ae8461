package dialog

// Row is one line of the dialog's table, as docs/states.md shows it.
type Row struct {
	Role   string // UAS or UAC
	From   string
	Event  string
	To     string
	Action string
	Rule   string // RFC and section, or the reason why the event is ignored
}

// rule is a row that the machine runs: in one of the from states, on the trigger, do act and go to.
type rule struct {
	who    []role
	from   []State
	on     trigger
	to     State // stay keeps the state
	action string
	cite   string
	act    func(*Dialog, Event)
}

// stay stands for "the state does not change".
const stay = states

var (
	server = []role{uas}
	client = []role{uac}
	both   = []role{uas, uac}

	waiting    = []State{StateTrying, StateEarly}                  // UAS without a final response
	calling    = []State{StateTrying, StateProceeding, StateEarly} // UAC without a final response
	everyState = []State{StateNull, StateTrying, StateProceeding, StateEarly, StateAnswered, StateConfirmed, StateClosing, StateTerminated}
)

func in(s ...State) []State { return s }

// rules is the machine. The first row that fits counts; a row without act is an event that is ignored, and cite says why.
var rules = []rule{
	// A call comes in.
	{server, in(StateNull), onBegin, StateTrying, "send 100", "RFC 3261 §8.2.6.1", (*Dialog).trying},
	{server, waiting, onRing, StateEarly, "send 180", "RFC 3261 §13.3.1.1", (*Dialog).ring},
	{server, in(StateEarly), onRefresh, StateEarly, "send 180 again", "RFC 3261 §13.3.1.1", (*Dialog).ring},
	{server, waiting, onAnswer, StateAnswered, "send 2xx, resend until ACK", "RFC 3261 §13.3.1.4", (*Dialog).answer},
	{server, waiting, onReject, StateTerminated, "send 3xx–6xx", "RFC 3261 §13.3.1.2, §13.3.1.3", (*Dialog).reject},
	{server, waiting, onHangup, StateTerminated, "send 480", "RFC 3261 §13.3.1.3", (*Dialog).rejectHangup},
	{server, waiting, onExpire, StateTerminated, "send 480", "security.md §5: 330 s at most", (*Dialog).expire},
	{server, waiting, onCancelled, StateTerminated, "report; 200 to CANCEL and 487 to INVITE are sent", "RFC 3261 §9.2", (*Dialog).cancelled},
	{server, waiting, onBYE, StateTerminated, "200 to BYE, 487 to INVITE", "RFC 3261 §15.1.2", (*Dialog).earlyBYE},
	{server, waiting, onReinviteEarly, stay, "500, Retry-After", "RFC 3261 §14.2", (*Dialog).reinviteEarly},

	{server, waiting, onAnswerHeld, stay, "2xx after the PRACK", "RFC 3262 §3", (*Dialog).holdAnswer},
	{server, waiting, onResendReliable, stay, "send 1xx again, T1 doubling", "RFC 3262 §3", (*Dialog).resendReliable},
	{server, waiting, onNoPRACK, StateTerminated, "send 504", "RFC 3262 §3; translation.md §1.5", (*Dialog).noPRACK},
	{server, in(StateEarly, StateAnswered, StateConfirmed), onPRACK, stay, "200; stop resending the 1xx", "RFC 3262 §3", (*Dialog).pracked},
	{server, waiting, onAnswerReoffer, stay, "200 to UPDATE or PRACK, or a refusal", "RFC 3311 §5.2", (*Dialog).answerReoffer},

	// Our 2xx is on its way.
	{server, in(StateAnswered), onTaken, StateAnswered, "report taken", "RFC 3261 §13.3.1.4", (*Dialog).taken},
	{server, in(StateAnswered), onNotSent, StateTerminated, "report refused; 487 stands", "RFC 3261 §9.2", (*Dialog).refused},
	{server, in(StateAnswered), onCancelled, StateAnswered, "ignored", "RFC 3261 §9.2: no effect after a final response; told apart by the result of sending", nil},
	{server, in(StateAnswered), onResend, StateAnswered, "send 2xx again", "RFC 3261 §13.3.1.4", (*Dialog).resend},
	{server, in(StateAnswered), onNoACK, StateClosing, "BYE", "RFC 3261 §13.3.1.4", (*Dialog).noACK},
	{server, in(StateAnswered), onHangup, StateAnswered, "remember; BYE after ACK", "RFC 3261 §15", (*Dialog).remember},
	{server, in(StateAnswered), onACK, StateConfirmed, "stop resending, apply answer if it was in the ACK", "RFC 3261 §13.2.2.4", (*Dialog).confirm},
	{server, in(StateAnswered), onACKHangup, StateClosing, "BYE", "RFC 3261 §15", (*Dialog).confirmHangup},
	{server, in(StateAnswered), onBYE, StateTerminated, "200, report cause; the BYE implies the ACK", "RFC 3261 §15.1.2", (*Dialog).endByBYE},
	{server, in(StateAnswered), onReinviteACK, StateConfirmed, "counts as ACK; report the new offer", "RFC 5407 §3.1.4", (*Dialog).reinviteACK},
	{server, in(StateAnswered), onReinviteEarly, StateAnswered, "491: our own offer is open", "RFC 5407 §3.1.4", (*Dialog).reinviteGlare},

	// A call goes out.
	{client, in(StateNull), onBegin, StateTrying, "send INVITE", "RFC 3261 §13.2.1", (*Dialog).place},
	{client, calling[:2], onProvisional, StateProceeding, "report progress", "RFC 4235 §3.7.1", (*Dialog).progress},
	{client, in(StateEarly), onProvisional, StateEarly, "report progress", "RFC 4235 §3.7.1", (*Dialog).progress},
	{client, calling, onEarly, StateEarly, "fix route set, report progress", "RFC 3261 §12.1", (*Dialog).earlyBranch},
	{client, calling, on2xx, StateConfirmed, "ACK, apply answer", "RFC 3261 §13.2.2.4", (*Dialog).accepted},
	{client, calling, onOutOfSequence, stay, "ignored", "no PRACK for a 1xx out of sequence (RFC 3262 §4)", nil},
	{client, calling, onLimit, stay, "set the limit", "RFC 3261 §16.8", (*Dialog).setLimit},
	{client, calling, onRetry, StateTrying, "INVITE again: CSeq+1, new branch", "RFC 3261 §8.1.3.5, §22.2; RFC 4028 §7.3", (*Dialog).retryInvite},
	{client, calling, onAnswerReoffer, stay, "PRACK with the answer, 200 to UPDATE, or a refusal", "RFC 3262 §5, RFC 3311 §5.2", (*Dialog).answerReoffer},
	{client, calling, onFailure, StateTerminated, "map cause", "RFC 3261 §13.2.2, §17.1.1", (*Dialog).failed},
	{client, calling, onNotSent, StateTerminated, "map cause", "RFC 3261 §8.1.3.1", (*Dialog).failed},
	{client, in(StateTrying), onHangup, StateClosing, "CANCEL after the first 1xx", "RFC 3261 §9.1", (*Dialog).holdCancel},
	{client, in(StateProceeding, StateEarly), onHangup, StateClosing, "CANCEL", "RFC 3261 §9.1", (*Dialog).cancel},
	{client, calling, onExpire, StateClosing, "CANCEL", "RFC 3261 §16.8: timer C, 330 s", (*Dialog).ringTooLong},
	{client, calling, onBYE, StateTerminated, "200, report cause", "RFC 3261 §15.1.2", (*Dialog).endByBYE},
	{client, in(StateClosing), onProvisional, StateClosing, "CANCEL if it was held back", "RFC 3261 §9.1", (*Dialog).cancelNow},
	{client, in(StateClosing), onEarly, StateClosing, "CANCEL if it was held back", "RFC 3261 §9.1", (*Dialog).cancelNow},
	{client, in(StateClosing), on2xx, StateClosing, "ACK, then BYE", "RFC 3261 §9.1, §15", (*Dialog).crossed},
	{client, in(StateClosing), onFailure, StateTerminated, "report cause", "RFC 3261 §9.1, §15.1", (*Dialog).cancelDone},
	{client, in(StateConfirmed, StateClosing), on2xxAgain, stay, "the same ACK again", "RFC 3261 §13.2.2.4", (*Dialog).ackAgain},
	{client, append(in(StateConfirmed, StateClosing, StateTerminated), calling...), on2xxFork, stay, "ACK, then BYE", "RFC 3261 §13.2.2.4", (*Dialog).endFork},
	{client, in(StateTerminated), on2xx, StateTerminated, "ACK, then BYE", "RFC 3261 §13.2.2.4", (*Dialog).endFork},
	{client, in(StateTerminated), on2xxAgain, StateTerminated, "the same ACK again", "RFC 3261 §13.2.2.4", (*Dialog).ackAgain},

	// The call is up.
	{both, in(StateConfirmed), onHangup, StateClosing, "BYE", "RFC 3261 §15.1.1", (*Dialog).hangup},
	{both, in(StateConfirmed), onBYE, StateTerminated, "200, report cause; 487 to an open re-INVITE", "RFC 3261 §15.1.2", (*Dialog).endByBYE},
	{both, in(StateConfirmed), onReinvite, StateConfirmed, "report the new offer", "RFC 3261 §14.2", (*Dialog).reinvited},
	{both, in(StateConfirmed), onReinviteACK, StateConfirmed, "counts as ACK; report the new offer", "RFC 5407 §3.1.4", (*Dialog).reinviteACK},
	{both, in(StateConfirmed), onReinviteEarly, StateConfirmed, "500, Retry-After, or 491 while our offer is open", "RFC 3261 §14.2", (*Dialog).reinviteBusy},
	{both, in(StateConfirmed), onAnswerReoffer, StateConfirmed, "200 resent until ACK, ACK with the answer, or a refusal", "RFC 3261 §14.2, §13.2.2.4", (*Dialog).answerReoffer},
	{server, in(StateAnswered), onAnswerReoffer, StateAnswered, "200 to UPDATE or PRACK, or a refusal", "RFC 3311 §5.2", (*Dialog).answerReoffer},
	{both, in(StateTrying, StateProceeding, StateEarly, StateAnswered, StateConfirmed), onReinviteGlare, stay, "491", "RFC 3261 §14.2, RFC 3311 §5.2", (*Dialog).reinviteGlare},
	{both, in(StateEarly, StateAnswered, StateConfirmed), onUpdate, stay, "report the new offer", "RFC 3311 §5.2", (*Dialog).updateOffer},
	{both, in(StateConfirmed), onACK, StateConfirmed, "stop resending the 2xx to the re-INVITE", "RFC 3261 §14.2", (*Dialog).reACK},
	{both, in(StateConfirmed), onResend, StateConfirmed, "send 2xx again", "RFC 3261 §14.2", (*Dialog).resend},
	{both, in(StateConfirmed), onNoACK, StateClosing, "BYE", "RFC 3261 §14.2", (*Dialog).noACK},
	{both, in(StateConfirmed), onCancelled, StateConfirmed, "forget the re-INVITE: its 487 is sent", "RFC 3261 §9.2", (*Dialog).reCancelled},

	// We offer, refresh and ask.
	{both, in(StateTrying, StateProceeding, StateEarly, StateAnswered, StateConfirmed), onReoffer, stay, "re-INVITE or UPDATE when nothing else is open", "RFC 3261 §14.1, RFC 3311 §5.1", (*Dialog).wantReoffer},
	{both, in(StateTrying, StateProceeding, StateEarly, StateAnswered, StateConfirmed), onReofferBusy, stay, "report failed, 491", "security.md §5: one pending request of a kind", (*Dialog).reofferBusy},
	{both, in(StateEarly, StateAnswered, StateConfirmed), onReofferOK, stay, "ACK, report the answer", "RFC 3261 §14.1, RFC 3311 §5.1", (*Dialog).reofferOK},
	{both, everyState, onReofferAgain, stay, "the same ACK again", "RFC 3261 §13.2.2.4", (*Dialog).reofferAgain},
	{both, in(StateEarly, StateAnswered, StateConfirmed), onReofferGlare, stay, "report crossed; wait 2.1–4.0 s if our Call-ID, else 0–2.0 s; three times", "RFC 3261 §14.1", (*Dialog).reofferGlare},
	{both, in(StateEarly, StateAnswered, StateConfirmed), onReofferDue, stay, "ask the call for it again", "RFC 3261 §14.1", (*Dialog).reofferDue},
	{both, in(StateEarly, StateAnswered, StateConfirmed), onReofferRetry, stay, "again: CSeq+1, new branch", "RFC 3261 §22.2, RFC 4028 §7.3", (*Dialog).retryReoffer},
	{both, in(StateEarly, StateAnswered, StateConfirmed), onReofferFailed, stay, "report failed; the session stays as it was", "RFC 3261 §14.1", (*Dialog).reofferFailed},
	{both, in(StateConfirmed), onReofferGone, StateClosing, "BYE", "RFC 3261 §12.2.1.2, RFC 5057 §5.1", (*Dialog).peerGone},
	{both, in(StateEarly, StateAnswered), onReofferGone, stay, "report failed", "the INVITE decides", (*Dialog).reofferFailed},
	{both, in(StateConfirmed), onReofferLate, StateClosing, "BYE", "an INVITE of ours has an end", (*Dialog).peerGone},
	{both, in(StateConfirmed), onSessionRefresh, StateConfirmed, "UPDATE without SDP, or re-INVITE with the same SDP", "RFC 4028 §7.4", (*Dialog).refreshSession},
	{both, in(StateConfirmed), onSessionExpired, StateClosing, "BYE", "RFC 4028 §10", (*Dialog).sessionExpired},
	{both, in(StateTrying, StateProceeding, StateEarly, StateAnswered, StateConfirmed), onInfo, stay, "INFO when the one before is answered", "RFC 6086 §4.2.1", (*Dialog).wantInfo},
	{both, in(StateTrying, StateProceeding, StateEarly, StateAnswered, StateConfirmed), onRefer, stay, "REFER when the call is up", "RFC 3515 §2.4.1", (*Dialog).wantRefer},
	{both, in(StateConfirmed), onAcceptRefer, StateConfirmed, "202 and NOTIFY 100, or a refusal", "RFC 3515 §2.4.2, §2.4.4", (*Dialog).acceptRefer},
	{both, in(StateConfirmed), onReferNews, StateConfirmed, "NOTIFY", "RFC 3515 §2.4.5", (*Dialog).referNews},
	{both, in(StateConfirmed), onReferSilent, StateConfirmed, "report the transfer failed, or decline theirs", "translation.md §1.5", (*Dialog).referSilent},
	{both, in(StateTrying, StateProceeding, StateEarly, StateAnswered, StateConfirmed), onAsked, stay, "by the request's method", "RFC 3261 §12.2.1.2", (*Dialog).askedDone},
	{both, in(StateConfirmed), onAskedGone, StateClosing, "BYE", "RFC 3261 §12.2.1.2, RFC 5057 §5.1", (*Dialog).peerGone},
	{both, in(StateTrying, StateProceeding, StateEarly, StateAnswered), onAskedGone, stay, "by the request's method", "the INVITE decides", (*Dialog).askedDone},
	{both, in(StateTrying, StateProceeding, StateEarly, StateAnswered, StateConfirmed, StateClosing), onAskedRetry, stay, "again with credentials: CSeq+1, new branch", "RFC 3261 §22.2", (*Dialog).retryAsked},

	// It ends.
	{both, in(StateClosing), onByeDone, StateTerminated, "report cause", "RFC 3261 §15.1.1", (*Dialog).closed},
	{both, in(StateClosing), onNotSent, StateTerminated, "report cause", "RFC 3261 §15.1.1", (*Dialog).closed},
	{both, in(StateClosing), onGiveUp, StateTerminated, "report cause", "RFC 3261 §9.1, §17.1.2.2", (*Dialog).closed},
	{both, in(StateClosing), onBYE, StateTerminated, "200, report cause", "RFC 3261 §15.1.2", (*Dialog).endByBYE},
	{both, in(StateClosing, StateTerminated), onReinvite, stay, "481", "RFC 3261 §12.2.2", (*Dialog).gone},
	{both, in(StateClosing, StateTerminated), onReinviteACK, stay, "481", "RFC 3261 §12.2.2", (*Dialog).gone},
	{both, in(StateClosing, StateTerminated), onReinviteEarly, stay, "481", "RFC 3261 §12.2.2", (*Dialog).gone},
	{both, in(StateClosing, StateTerminated), onReinviteGlare, stay, "481", "RFC 3261 §12.2.2", (*Dialog).gone},
	{both, in(StateClosing, StateTerminated), onUpdate, stay, "481", "RFC 3261 §12.2.2", (*Dialog).gone},
	{both, in(StateClosing, StateTerminated), onPRACK, stay, "481", "RFC 3261 §12.2.2", (*Dialog).gone},
	{both, in(StateClosing, StateTerminated), onReofferOK, stay, "ACK", "RFC 3261 §13.2.2.4", (*Dialog).reofferOKLate},
	{both, in(StateTerminated), onRequest, StateTerminated, "481", "RFC 3261 §12.2.2", (*Dialog).gone},
	{both, in(StateTerminated), onBYE, StateTerminated, "481", "RFC 3261 §15.1.2", (*Dialog).gone},

	// In every state.
	{both, in(StateClosing), onRequest, stay, "481; a NOTIFY may tell of our REFER still", "RFC 5407 §3.3.3, RFC 5057 §5.1", (*Dialog).mortalRequest},
	{both, in(StateNull, StateTrying, StateProceeding, StateEarly, StateAnswered, StateConfirmed), onRequest, stay, "the method's own answer", "translation.md §1.2", (*Dialog).otherRequest},
	{both, everyState, onStale, stay, "500", "RFC 3261 §12.2.2", (*Dialog).stale},
	{client, calling, onReinvite, stay, "500, Retry-After", "RFC 3261 §14.2", (*Dialog).reinviteEarly},
	{client, calling, onReinviteEarly, stay, "500, Retry-After", "RFC 3261 §14.2", (*Dialog).reinviteEarly},
	{client, calling, onReinviteACK, stay, "500, Retry-After", "RFC 3261 §14.2", (*Dialog).reinviteEarly},
	{server, waiting, onReinvite, stay, "500, Retry-After", "RFC 3261 §14.2", (*Dialog).reinviteEarly},
	{server, waiting, onReinviteACK, stay, "500, Retry-After", "RFC 3261 §14.2", (*Dialog).reinviteEarly},
	{server, in(StateAnswered), onReinvite, stay, "500, Retry-After", "RFC 3261 §14.2", (*Dialog).reinviteEarly},

	{both, everyState, onUpdate, stay, "500, Retry-After", "RFC 3311 §5.2", (*Dialog).reinviteEarly},
	{both, everyState, onPRACK, stay, "481", "RFC 3262 §3", (*Dialog).gone},
	{both, everyState, onReinviteGlare, stay, "481", "RFC 3261 §12.2.2", (*Dialog).gone},

	// Ignored, each for its reason.
	{both, everyState, onNothing, stay, "ignored", "nothing is due", nil},
	{both, everyState, onACK, stay, "ignored", "a repeated or late ACK is no error (RFC 3261 §13.3.1.4)", nil},
	{both, everyState, onACKHangup, stay, "ignored", "a repeated or late ACK is no error (RFC 3261 §13.3.1.4)", nil},
	{both, everyState, onTaken, stay, "ignored", "only the first 2xx's result is news", nil},
	{both, everyState, onNotSent, stay, "ignored", "nothing hangs on it here; a timer ends it", nil},
	{both, everyState, onByeDone, stay, "ignored", "the dialog is already over", nil},
	{both, everyState, onCancelled, stay, "ignored", "CANCEL has no effect after a final response (RFC 3261 §9.2)", nil},
	{both, everyState, onHangup, stay, "ignored", "already ending, or never begun", nil},
	{both, everyState, onRing, stay, "ignored", "too late to ring, or not ours to do", nil},
	{both, everyState, onAnswer, stay, "ignored", "the call is gone or answered already", nil},
	{both, everyState, onReject, stay, "ignored", "a final response was sent or is not ours to send", nil},
	{both, everyState, onAnswerReoffer, stay, "ignored", "no re-INVITE is open", nil},
	{both, everyState, onBegin, stay, "ignored", "begun already", nil},
	{both, everyState, onBYE, stay, "481", "RFC 3261 §15.1.2", (*Dialog).gone},
	{both, everyState, onReinvite, stay, "481", "RFC 3261 §12.2.2", (*Dialog).gone},
	{both, everyState, onReinviteACK, stay, "481", "RFC 3261 §12.2.2", (*Dialog).gone},
	{both, everyState, onReinviteEarly, stay, "481", "RFC 3261 §12.2.2", (*Dialog).gone},
	{both, everyState, onProvisional, stay, "ignored", "a final response or the ACK overtook it", nil},
	{both, everyState, onEarly, stay, "ignored", "a final response or the ACK overtook it", nil},
	{both, everyState, on2xx, stay, "ignored", "no INVITE of ours is open", nil},
	{both, everyState, on2xxAgain, stay, "ignored", "no INVITE of ours is open", nil},
	{both, everyState, on2xxFork, stay, "ignored", "no INVITE of ours is open", nil},
	{both, everyState, onFailure, stay, "ignored", "no INVITE of ours is open", nil},
	{both, everyState, onResend, stay, "ignored", "no 2xx waits for its ACK", nil},
	{both, everyState, onNoACK, stay, "ignored", "no 2xx waits for its ACK", nil},
	{both, everyState, onRefresh, stay, "ignored", "nothing rings", nil},
	{both, everyState, onExpire, stay, "ignored", "a final response was sent", nil},
	{both, everyState, onGiveUp, stay, "ignored", "nothing is waited for", nil},
	{both, everyState, onAnswerHeld, stay, "ignored", "the call is gone or answered already", nil},
	{both, everyState, onLimit, stay, "ignored", "no INVITE of ours is open", nil},
	{both, everyState, onReoffer, stay, "ignored", "ending, or never begun", nil},
	{both, everyState, onReofferBusy, stay, "ignored", "ending, or never begun", nil},
	{both, everyState, onInfo, stay, "ignored", "ending, or never begun", nil},
	{both, everyState, onRefer, stay, "ignored", "ending, or never begun", nil},
	{both, everyState, onAcceptRefer, stay, "ignored", "no REFER is open", nil},
	{both, everyState, onReferNews, stay, "ignored", "no REFER is open", nil},
	{both, everyState, onOutOfSequence, stay, "ignored", "no INVITE of ours is open", nil},
	{both, everyState, onRetry, stay, "ignored", "no INVITE of ours is open", nil},
	{both, everyState, onReofferOK, stay, "ignored", "nothing of ours is open", nil},
	{both, everyState, onReofferGlare, stay, "ignored", "nothing of ours is open", nil},
	{both, everyState, onReofferRetry, stay, "ignored", "nothing of ours is open", nil},
	{both, everyState, onReofferFailed, stay, "ignored", "nothing of ours is open", nil},
	{both, everyState, onReofferGone, stay, "ignored", "nothing of ours is open", nil},
	{both, everyState, onAsked, stay, "ignored", "the dialog ends anyway", nil},
	{both, everyState, onAskedGone, stay, "ignored", "the dialog ends anyway", nil},
	{both, everyState, onAskedRetry, stay, "ignored", "the dialog is over", nil},
	{both, everyState, onResendReliable, stay, "ignored", "a final response was sent", nil},
	{both, everyState, onNoPRACK, stay, "ignored", "a final response was sent", nil},
	{both, everyState, onReofferDue, stay, "ignored", "the call is not up", nil},
	{both, everyState, onReofferLate, stay, "ignored", "the call is not up", nil},
	{both, everyState, onSessionRefresh, stay, "ignored", "the call is not up", nil},
	{both, everyState, onSessionExpired, stay, "ignored", "the call is not up", nil},
	{both, everyState, onReferSilent, stay, "ignored", "the call is not up", nil},
}

// lookup is rules as an index, made once.
var lookup [roles][states][triggers]*rule

func init() { // an index of a table; it cannot be written as a constant
	for i := range rules {
		r := &rules[i]
		for _, who := range r.who {
			for _, from := range r.from {
				if lookup[who][from][r.on] == nil {
					lookup[who][from][r.on] = r
				}
			}
		}
	}
}

// Rows gives the table of the dialog's machine, first the rows that act and then those that ignore, in the order in which they are written.
func Rows() []Row {
	var out []Row
	for i := range rules {
		r := &rules[i]
		for _, who := range r.who {
			for _, from := range r.from {
				if lookup[who][from][r.on] == r {
					out = append(out, r.row(who, from))
				}
			}
		}
	}
	return out
}

func (r *rule) target(from State) State {
	if r.to == stay {
		return from
	}
	return r.to
}

func (r *rule) row(who role, from State) Row {
	return Row{who.String(), from.String(), r.on.String(), r.target(from).String(), r.action, r.cite}
}
