package sdp

// Holder says who holds a call. Its values are a set: a hold that no description tells (music of the relay) is added with
// HeldByAgent.
type Holder uint8

// The holders.
const (
	HeldByAgent  Holder = 1 << iota // by a sendonly offer of ours
	HeldByRemote                    // the far side sends no place to send to, or wants nothing
)

// String gives the word of the agent protocol's held_by, "" for nobody.
func (h Holder) String() string {
	return [...]string{"", "agent", "remote", "both"}[h&(HeldByAgent|HeldByRemote)]
}

// HeldBy says who holds, by what the two sides of the trunk's dialog told each other; an open offer is counted in.
func (b *Bridge) HeldBy() Holder {
	var h Holder
	if b.agentHolds {
		h |= HeldByAgent
	}
	if b.remoteHolds {
		h |= HeldByRemote
	}
	return h
}

// Change says what an offer of ours within a call is for.
type Change uint8

// The changes.
const (
	// Keep changes nothing: session timers (RFC 4028 §9) and the first offer of a call. The text is the last one where that still holds.
	Keep Change = iota
	// Hold and Resume begin and end the agent's hold, for trunks that are told of it.
	Hold
	Resume
	// Asked answers a re-INVITE without offer. It offers to hear the far side even if that holds, which it would not ask for if
	// it wanted to go on holding (RFC 6337 §5.3).
	Asked
	// Narrow offers the codec in use alone, to a fork whose answer lacks it.
	Narrow
)

// offerDirection is the direction of an offer of ours.
func (b *Bridge) offerDirection(c Change) Direction {
	remote := b.remoteHolds && c != Asked
	switch {
	case b.agentHolds && remote:
		return Inactive
	case b.agentHolds:
		return SendOnly
	case remote:
		return RecvOnly
	}
	return SendRecv
}
