package load

import (
	"context"
	"fmt"
	"sync"
	"time"

	"offhook/agent/protocol"
)

// Event is something that happened to an [Agent], a [Caller] or a [Callee].
type Event struct {
	At   time.Time
	Kind Kind
	// Who is the agent's or the caller's name.
	Who string
	// Call is the gateway's call ID at an agent, the SIP Call-ID at a caller and a callee. Empty where no call is concerned.
	Call string
	// Object is the call object that came, for CallChanged.
	Object *protocol.Call
	// Agent is the agent object that came, for Welcomed and AgentChanged.
	Agent *protocol.Agent
	// Status is the SIP status (a caller's Ringing, Answered, Ended) or the WebSocket's close code (SocketLost), 0 for none.
	Status int
	// Key is the key, 0-9 * # A-D, and Length how long it was held, for Pressed.
	Key    string
	Length time.Duration
	// Err says what went wrong, for Failed, Refused and SocketLost; for an Ended call, why, if it was not by plan.
	Err error
}

// Kind says what happened.
type Kind string

// The kinds of events of an agent.
const (
	Welcomed     Kind = "welcomed"      // logged in, or resumed
	AgentChanged Kind = "agent changed" // an agent object came
	CallChanged  Kind = "call changed"  // a call object came
	RingingSent  Kind = "ringing sent"
	AcceptSent   Kind = "accept sent"
	Accepted     Kind = "accepted" // ok to accept
	Refused      Kind = "refused"  // a request was answered with an error
	MediaUp      Kind = "media up" // ICE and DTLS are up
	SocketLost   Kind = "socket lost"
	Failed       Kind = "failed" // something could not be done at all
)

// The kinds of events of a caller.
const (
	InviteSent Kind = "invite sent"
	Ringing    Kind = "ringing"  // a 1xx but 100 came
	Answered   Kind = "answered" // a 2xx came
	Ended      Kind = "ended"    // the call is over, or never came to be
)

// The kinds of events of a callee, beside Answered, Failed and Ended.
const (
	Invited Kind = "invited" // an INVITE came
	Pressed Kind = "pressed" // the caller pressed a key
)

// FirstSound is an event of all: the first RTP packet of a call, or of a restarted one, came in and was not silence.
const FirstSound Kind = "first sound"

// String is the event in a line, for the message of a failed test.
func (e Event) String() string {
	s := fmt.Sprintf("%s %s %s", e.At.Format("15:04:05.000"), e.Who, e.Kind)
	if e.Object != nil {
		s += " " + string(e.Object.Phase)
	}
	if e.Agent != nil {
		s += " " + string(e.Agent.State)
	}
	if e.Key != "" {
		s += " " + e.Key
	}
	if e.Status != 0 {
		s += fmt.Sprintf(" %d", e.Status)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// A Journal keeps events. The zero Journal is ready, and safe for any goroutine; Add is what an Agent's or a Caller's Events
// may be set to.
type Journal struct {
	mu     sync.Mutex
	events []Event
	added  chan struct{}
}

// Add keeps an event.
func (j *Journal) Add(e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, e)
	if j.added != nil {
		close(j.added)
		j.added = nil
	}
}

// Events is a copy of what happened so far.
func (j *Journal) Events() []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Event(nil), j.events...)
}

// Wait gives the first event that matches, past or to come.
func (j *Journal) Wait(ctx context.Context, match func(Event) bool) (Event, error) {
	return j.WaitFrom(ctx, 0, match)
}

// Len is how many events there are; WaitFrom with it waits for what comes later.
func (j *Journal) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.events)
}

// WaitFrom is Wait, but passes over the first n events.
func (j *Journal) WaitFrom(ctx context.Context, n int, match func(Event) bool) (Event, error) {
	for {
		events, more := j.since(n)
		for _, e := range events {
			if match(e) {
				return e, nil
			}
		}
		n += len(events)
		select {
		case <-more:
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

func (j *Journal) since(n int) ([]Event, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.added == nil {
		j.added = make(chan struct{})
	}
	return j.events[n:len(j.events):len(j.events)], j.added
}

// Is matches events of a kind.
func Is(kind Kind) func(Event) bool {
	return func(e Event) bool { return e.Kind == kind }
}

// InPhase matches call objects in a phase.
func InPhase(phase protocol.Phase) func(Event) bool {
	return func(e Event) bool { return e.Kind == CallChanged && e.Object.Phase == phase }
}

// InState matches agent objects in a state.
func InState(state protocol.AgentState) func(Event) bool {
	return func(e Event) bool { return e.Agent != nil && e.Agent.State == state }
}
