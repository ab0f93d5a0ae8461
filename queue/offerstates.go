package queue

// phase is where an offer stands.
type phase uint8

const (
	over     phase = iota // done with; also a new offer before it is given
	ringing               // given, not confirmed yet: the deadline is ConfirmBy
	shown                 // the page shows it: the deadline is ExpiresAt
	won                   // accepted; sound is not up yet
	talking               // connected; the caller has left the queue
	wrapping              // the call is over, after-call work: the deadline is its end
	waiting               // after-call work waits until the agent's own call is over
	phases
)

var phaseNames = [phases]string{"over", "ringing", "shown", "won", "talking", "wrapping", "waiting"}

// offerInput is what happens to an offer.
type offerInput uint8

const (
	offerGiven offerInput = iota
	offerShown
	offerAccepted
	offerRejected
	offerTimedOut
	offerFailed
	offerLost // another agent's offer of the caller has won
	offerCallerLeft
	offerAgentLost  // detached
	offerAgentGone  // logged out
	offerConnected  // sound both ways
	offerEndedPlain // the call ended, no wrap-up
	offerEndedWrap  // the call ended, wrap-up begins
	offerEndedBusy  // the call ended while the agent has a call of his own: wrap-up waits
	offerSeized     // the agent has a call of his own
	offerFreed      // it is over
	offerWrapped    // wrap-up finished by the agent
	offerInputs
)

var offerInputNames = [offerInputs]string{
	"given", "shown", "accepted", "rejected", "deadline passed", "failed", "another agent's has won", "caller left or goes another way",
	"agent's socket lost", "agent logged out", "connected", "call ended, no wrap-up", "call ended, wrap-up due", "call ended, agent in a call of his own",
	"agent seized", "agent freed", "wrap-up finished",
}

// offerRow is one line of the offer's state machine. What has no row changes nothing: the event came too late, too early, or for
// something else ("the engine answers with nothing new if the offer is over").
type offerRow struct {
	from []phase
	on   offerInput
	to   phase
	rule string
}

var offerRows = []offerRow{
	{[]phase{over}, offerGiven, ringing, "queue.md: an offer is one attempt to give one caller to an agent"},
	{[]phase{ringing}, offerShown, shown, "agent-protocol.md ringing: due within confirm_within"},
	{[]phase{ringing, shown}, offerAccepted, won, "agent-protocol.md §An offer has one winner"},
	{[]phase{ringing, shown}, offerRejected, over, "queue.md §Outcomes: rejected"},
	{[]phase{ringing}, offerTimedOut, over, "queue.md §Outcomes: unreachable"},
	{[]phase{shown}, offerTimedOut, over, "queue.md §Outcomes: no answer in ring_for"},
	{[]phase{ringing, shown, won}, offerFailed, over, "queue.md §Outcomes: media fails; unreachable"},
	{[]phase{ringing, shown}, offerLost, over, "agent-protocol.md §An offer has one winner: answered_elsewhere"},
	{[]phase{ringing, shown, won}, offerCallerLeft, over, "queue.md §Outcomes: caller gone"},
	{[]phase{ringing, shown}, offerAgentLost, over, "agent-protocol.md §An offer has one winner: socket lost"},
	{[]phase{ringing, shown, wrapping, waiting}, offerAgentGone, over, "agent-protocol.md bye: offline at once"},
	{[]phase{won}, offerConnected, talking, "queue.md §Callers: he leaves the queue when the call is connected"},
	{[]phase{talking}, offerEndedPlain, over, "queue.md §Wrap-up: none"},
	{[]phase{talking}, offerEndedWrap, wrapping, "queue.md §Wrap-up"},
	{[]phase{talking}, offerEndedBusy, waiting, "wrap-up begins when the agent's own call is over"},
	{[]phase{wrapping}, offerSeized, waiting, "wrap-up stands still while the agent is in a call of his own"},
	{[]phase{waiting}, offerFreed, wrapping, "wrap-up goes on with the time that was left"},
	{[]phase{wrapping, waiting}, offerWrapped, over, "queue.md §Wrap-up: it ends early by done"},
	{[]phase{wrapping}, offerTimedOut, over, "queue.md §Wrap-up: or at its time"},
}

// offerTable is offerRows spread out for looking up.
var offerTable = func() (table [phases][offerInputs]*offerRow) {
	for i := range offerRows {
		r := &offerRows[i]
		for _, from := range r.from {
			table[from][r.on] = r
		}
	}
	return table
}()

// move takes the offer to the phase that the table says, and says whether there was a row. Nobody else assigns a phase.
func (o *offer) move(on offerInput) bool {
	r := offerTable[o.phase][on]
	if r == nil {
		return false
	}
	o.phase = r.to
	return true
}
