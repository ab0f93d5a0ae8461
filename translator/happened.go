package translator

import "time"

// Happening is one thing that happened to a call, for programs that watch (webhooks). Those of one call are told in their order.
type Happening struct {
	// Type is one of the constants below.
	Type string
	At   time.Time
	Call string
	// Agent is whose part it is, Queue where the call waits or came through; "" where there is none.
	Agent, Queue string
	// Record is the call's record, with [HappenedEnded] only.
	Record *CallRecord
}

// What happens to calls.
const (
	HappenedArrived     = "call.arrived"     // it came in, or an agent dialled
	HappenedQueued      = "call.queued"      // it waits in a queue: after its arrival, or again
	HappenedOffered     = "call.offered"     // it rings at an agent
	HappenedAnswered    = "call.answered"    // agent and far side hear each other
	HappenedHeld        = "call.held"        // the agent put the far side on hold
	HappenedResumed     = "call.resumed"     // and took it back
	HappenedTransferred = "call.transferred" // an agent passed it on
	HappenedCallback    = "call.callback"    // the caller was let go, and will be called back
	HappenedEnded       = "call.ended"       // nothing of it is left, wrap-up included
)

// happened tells of the call; agent may be "".
func (c *Call) happened(what, agent string) {
	c.do(doTell{Happening{Type: what, At: c.now, Call: c.id, Agent: agent, Queue: c.terms.Queue}})
}
