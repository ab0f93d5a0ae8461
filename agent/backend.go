package agent

import "offhook/agent/protocol"

// Backend is what the hub needs of the exchange. Its methods are called from the hub's goroutines and return at once; what they cause
// comes back through the Hub's methods. For one agent the calls come in the order in which things happened.
type Backend interface {
	// Login: a hello with a good token came in over a socket. The backend brings the agent's objects up to date with SendAgent, SendCall
	// and SendQueue, then calls Welcome with the same ref.
	Login(ref Ref, who protocol.Identity, hello protocol.Hello)
	// Request: any other request of a welcomed socket, decoded and within its limits. The backend answers with Reply, exactly once.
	Request(ref Ref, req protocol.Request)
	// Renewed: the agent brought a fresh token in place.
	Renewed(agent string, who protocol.Identity)
	// Beat: the page answered a beat.
	Beat(agent string)
	// Detached: the agent has no socket any more (lost, not logged out).
	Detached(agent string)
	// LoggedOut: the agent said bye.
	LoggedOut(agent string)
}

// Ref is [protocol.Ref].
type Ref = protocol.Ref
