package queue

// input is what happens to an agent's state. Several events may mean the same input, and one event may mean several, depending on
// counts: the second offer in five minutes that is not shown is unreachedAgain.
type input uint8

const (
	loggedIn input = iota
	loggedOut
	asked          // AgentStateSet: the wish is in next
	given          // an offer is given to him
	accepted       // OfferAccepted
	rejected       // OfferRejected
	rejectedOften  // ... MaxRejects times in a row
	missed         // ring time over
	missedOften    // ... MaxMisses times in a row
	unreached      // not confirmed in time, could not be shown, socket lost
	unreachedAgain // ... twice in five minutes
	elsewhere      // another agent, who was asked for the same caller, has accepted
	callerGone     // the caller of his offer left before being connected
	failed         // the offer failed, not by his fault
	mediaLost      // the offer failed, his media did not come up
	callOver       // a connected call ended; no wrap-up follows, or a call of his own goes on
	callToWrapUp   // a connected call ended and wrap-up follows
	wrappedUp      // wrap-up is over
	outcomeMissing // wrap-up is over without the outcome that its queue requires
	seized         // AgentSeized
	freed          // AgentFreed, the last call of his own is over
	freedToWrapUp  // ... and wrap-up of an earlier call is still due
	inputs         // how many there are
)

var inputNames = [inputs]string{
	"logged in", "logged out", "state asked for", "offer given", "accepted", "rejected", "rejected max_rejects times", "missed",
	"missed max_misses times", "unreachable", "unreachable twice in 5 min", "answered elsewhere", "caller gone", "failed, nobody's fault", "media lost",
	"call over", "call over, wrap-up due", "wrap-up over", "wrap-up over, outcome missing", "seized", "freed", "freed, wrap-up due",
}

// Targets of a row that are no states.
const (
	// stay: the state does not change.
	stay State = "(unchanged)"
	// toNext: what the agent asked for, available if nothing.
	toNext State = "(next)"
	// never: the pair cannot come up. The engine changes nothing and counts it in Faults.
	never State = "(never)"
)

// agentRow is one line of the agent's state machine, for each of the from states and each of the inputs. The zero reason is none.
type agentRow struct {
	from   []State
	on     []input
	to     State
	reason string
	rule   string
}

var anyState = []State{Offline, Available, Away, Offered, OnCall, WrapUp}

// agentRows is the agent's state machine. Two rules stand above it, in [Engine.step]: an agent who has a call of his own stays on_call
// and what the row says becomes his next state; one who has logged out goes offline wherever a row would take him.
var agentRows = []agentRow{
	{[]State{Offline}, []input{loggedIn}, toNext, "", "agent-protocol.md hello.state: the wish that came along, away(login) without one"},
	{[]State{Available, Away, Offered, OnCall, WrapUp}, []input{loggedIn}, stay, "", "agent-protocol.md §Losing the connection: hello resumes"},
	{[]State{Available, Away, Offered, WrapUp}, []input{loggedOut}, Offline, "", "agent-protocol.md bye: the agent is offline at once"},
	{[]State{OnCall}, []input{loggedOut}, stay, "", "the call goes on; offline comes next"},

	{[]State{Available, Away}, []input{asked}, toNext, "", "queue.md §Agents: available and away are set by people"},
	{[]State{Offered, OnCall, WrapUp}, []input{asked}, stay, "", "agent-protocol.md state: it is what comes after, shown as next"},

	{[]State{Available}, []input{given}, Offered, "", "queue.md §Agents: eligible: available, ..."},
	{[]State{Offered}, []input{accepted}, OnCall, "", "queue.md §Outcomes: accepted"},
	{[]State{Offered}, []input{rejected}, toNext, "", "queue.md §Outcomes: rejected: available"},
	{[]State{Offered}, []input{rejectedOften}, Away, ReasonDeclined, "queue.md §Outcomes: away(declined) after max_rejects in a row"},
	{[]State{Offered}, []input{missed}, toNext, "", "queue.md §Outcomes: RONA below max_misses"},
	{[]State{Offered}, []input{missedOften}, Away, ReasonMissed, "queue.md §Outcomes: RONA: away(missed) after max_misses"},
	{[]State{Offered, OnCall}, []input{unreached}, toNext, "", "queue.md §Outcomes: unreachable: available, not asked before the next beat"},
	{[]State{Offered, OnCall}, []input{unreachedAgain}, Away, ReasonUnreachable, "queue.md §Agents: twice in 5 minutes"},
	{[]State{Offered}, []input{elsewhere}, toNext, "", "agent-protocol.md §An offer has one winner: answered_elsewhere; idle time as before"},
	{[]State{Offered, OnCall}, []input{callerGone}, toNext, "", "queue.md §Outcomes: caller gone: available, idle time as before"},
	{[]State{Offered, OnCall}, []input{failed}, toNext, "", "queue.md §Outcomes: media fails, not his fault: available"},
	{[]State{Offered, OnCall}, []input{mediaLost}, Away, ReasonMedia, "queue.md §Outcomes: media fails, his fault: away(media)"},

	{[]State{OnCall}, []input{callOver}, toNext, "", "queue.md §Wrap-up: a queue without it; agent-protocol.md wrap_up"},
	{[]State{OnCall}, []input{callToWrapUp}, WrapUp, "", "queue.md Wrap-up: on_call, call ended: wrap_up"},
	{[]State{WrapUp}, []input{wrappedUp}, toNext, "", "queue.md §Wrap-up: the agent's next state"},
	{[]State{WrapUp}, []input{outcomeMissing}, Away, ReasonOutcome, "queue.md §Wrap-up: required outcome missing: away(outcome)"},
	{[]State{OnCall}, []input{wrappedUp}, stay, "", "finished in the middle of a call of his own"},
	{[]State{OnCall}, []input{outcomeMissing}, Away, ReasonOutcome, "finished in the middle of a call of his own, outcome missing"},

	{[]State{Available, Away, WrapUp}, []input{seized}, OnCall, "", "queue.md §Shape: an agent who dials is seized; wrap-up waits until he is freed"},
	{[]State{OnCall}, []input{seized}, stay, "", "one more call of his own, or a consultation (invariant 3)"},
	{[]State{Offered}, []input{seized}, stay, "", "agent-protocol.md dial: wrong_phase while offered, so nothing is seized"},
	{[]State{OnCall}, []input{freed}, toNext, "", "queue.md §Shape: freed: as before the call, or what he asked for since"},
	{[]State{OnCall}, []input{freedToWrapUp}, WrapUp, "", "wrap-up that waited for a call of his own goes on"},

	{[]State{Offline}, []input{loggedOut, asked, seized}, never, "", "an agent who is not logged in is not known: his events are dropped before"},
	{[]State{Offline, Away, Offered, OnCall, WrapUp}, []input{given}, never, "", "only available agents are asked"},
	{
		[]State{Offline, Available, Away, OnCall, WrapUp},
		[]input{accepted, rejected, rejectedOften, missed, missedOften, elsewhere},
		never, "", "an offer that rings belongs to an agent who is offered (invariant 3)",
	},
	{
		[]State{Offline, Available, Away, WrapUp},
		[]input{unreached, unreachedAgain, callerGone, failed, mediaLost},
		never, "", "an offer that is not yet a call belongs to an agent who is offered or on_call",
	},
	{[]State{Offline, Available, Away, Offered, WrapUp}, []input{callOver, callToWrapUp}, never, "", "a call belongs to an agent who is on_call"},
	{[]State{Offline, Available, Away, Offered}, []input{wrappedUp, outcomeMissing}, never, "", "wrap-up ends once, in wrap_up or under a call of his own"},
	{[]State{Offline, Available, Away, Offered, WrapUp}, []input{freed, freedToWrapUp}, never, "", "an agent with a call of his own is on_call"},
}

// agentTable is agentRows spread out for looking up.
var agentTable = func() (table [6][inputs]*agentRow) {
	for i := range agentRows {
		r := &agentRows[i]
		for _, from := range r.from {
			for _, on := range r.on {
				table[stateNo(from)][on] = r
			}
		}
	}
	return table
}()

// stateNo numbers the states in the order of anyState.
func stateNo(s State) int {
	for i, t := range anyState {
		if s == t {
			return i
		}
	}
	return 0
}

// wish is a state with its reason: what an agent asked for, or what comes next.
type wish struct {
	state  State
	reason string
}

func (w wish) String() string {
	if w.reason == "" {
		return string(w.state)
	}
	return string(w.state) + "(" + w.reason + ")"
}
