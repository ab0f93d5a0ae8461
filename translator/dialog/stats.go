package dialog

import "sync/atomic"

// Stats are counts since the start.
type Stats struct {
	Requests     uint64 // from trunks, after the screen and without retransmissions
	Calls        uint64 // INVITEs given to the handler
	Strangers    uint64 // datagrams and connections from no trunk, dropped
	Malformed    uint64 // answered 400, 505 or 513 by the screen, or dropped by it
	Overloaded   uint64 // requests answered 503 without state
	Rated        uint64 // of them, those above their source's rate
	Refused      uint64 // answered with another refusal by the router
	Panics       uint64 // each cost one call at most
	Restarts     uint64 // read errors that the listener outlived
	Surplus      uint64 // connections closed because the trunk had as many as it may
	Insecure     uint64 // TLS connections from trunks that failed, for the peer's name or otherwise
	Connections  int64  // TCP and TLS connections at this moment
	Transactions int64  // requests without a final response at this moment
}

type counters struct {
	requests, calls, strangers, malformed, overloaded, refused, panics, restarts atomic.Uint64
	rated, surplus, insecure                                                     atomic.Uint64
	open, connections                                                            atomic.Int64
}

func (c *counters) refuse(status int) {
	if status >= 300 {
		c.refused.Add(1)
	}
}

func (c *counters) snapshot() Stats {
	return Stats{
		Requests: c.requests.Load(), Calls: c.calls.Load(), Strangers: c.strangers.Load(), Malformed: c.malformed.Load(),
		Overloaded: c.overloaded.Load(), Refused: c.refused.Load(), Panics: c.panics.Load(), Restarts: c.restarts.Load(),
		Rated: c.rated.Load(), Surplus: c.surplus.Load(), Insecure: c.insecure.Load(),
		Connections: c.connections.Load(), Transactions: c.open.Load(),
	}
}
