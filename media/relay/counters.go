package relay

import "sync/atomic"

// Drop says why a packet went no further.
type Drop uint8

// The reasons for dropping a packet.
const (
	DropUnknown      Drop = iota // first octet of no protocol here, or too short
	DropStranger                 // from an address that proved nothing (S11, S12)
	DropSTUN                     // a check without valid user name, integrity or fingerprint
	DropTaken                    // an ICE source that belongs to another live leg
	DropDTLS                     // DTLS that nobody waits for, or too much of it
	DropNoKeys                   // SRTP before the DTLS handshake
	DropSRTP                     // SRTP or SRTCP that fails authentication or is replayed
	DropSources                  // too many SSRCs of one peer, or one not settled yet
	DropRate                     // more than four times the nominal packet rate
	DropNotConnected             // sound while leg and trunk are not joined
	DropPayload                  // a payload type that the other side does not know
	DropLate                     // older than the last switch of sources
	DropNowhere                  // no address to send to yet, or the far side holds
	DropSend                     // refused by the socket
	DropMuted                    // sound of a muted agent
	DropReplaced                 // sound of an agent while keys are sent in its place
	dropReasons
)

var dropNames = [dropReasons]string{"unknown", "stranger", "stun", "taken", "dtls", "no_keys", "srtp", "sources", "rate",
	"not_connected", "payload", "late", "nowhere", "send",
	"muted", "replaced"}

// String returns the reason as it stands in metrics.
func (d Drop) String() string { return dropNames[d] }

// Stats is a snapshot of a relay's counters since its start.
type Stats struct {
	// ToTrunk and ToAgent count relayed RTP packets by whom they went to, Played those of players, Digits those of SendDigits.
	ToTrunk, ToAgent, Played, Digits uint64
	// Unrecorded counts packets that a recording had no room for, as its disk was too slow.
	Unrecorded uint64
	// Reports counts our RTCP packets.
	Reports uint64
	// Sessions is how many are open now, and Free how many more there are ports for at this moment.
	Sessions, Free int
	// Panics counts faults of ours that cost a packet or a leg but not the process.
	Panics uint64
	// Dropped counts packets by reason, under the names of [Drop.String].
	Dropped map[string]uint64
}

// counter is one figure of the engine.
type counter = atomic.Uint64

type counters struct {
	toTrunk, toAgent, played, digits, unrecorded, reports, panics counter
	dropped                                                       [dropReasons]counter
}

func (c *counters) drop(why Drop) { c.dropped[why].Add(1) }

// Stats returns the relay's counters. It may be called from any goroutine, also after Close.
func (r *Relay) Stats() Stats {
	s := Stats{
		ToTrunk: r.count.toTrunk.Load(), ToAgent: r.count.toAgent.Load(), Played: r.count.played.Load(), Digits: r.count.digits.Load(),
		Unrecorded: r.count.unrecorded.Load(), Reports: r.count.reports.Load(), Panics: r.count.panics.Load(), Dropped: make(map[string]uint64, dropReasons),
	}
	for why := range dropReasons {
		s.Dropped[why.String()] = r.count.dropped[why].Load()
	}
	s.Free = r.ports.free()
	r.mu.Lock()
	s.Sessions = len(r.sessions)
	r.mu.Unlock()
	return s
}

// Room reports whether there is a free port for another session. It takes no time and no lock that a packet needs: a server asks before it keeps anything of a new
// call. It may be called from any goroutine.
func (r *Relay) Room() bool { return r.ports.free() > 0 }
