package sdp

// ring is what the first browser of a call without a trunk speaks, as the others are offered it: one codec once that is fixed.
func (b *Bridge) ring() []Codec { return b.dialled.offerable() }

// facing gives the other side of a leg: the trunk, or in a call without one the browser that answered last, or what was settled before there is either.
// nil: nobody is there, or the trunk is asked and has not answered.
func (b *Bridge) facing(l *AgentLeg) *farSide {
	switch {
	case b.far != nil:
		return b.far
	case b.dialled == nil || b.state != Stable:
		return nil
	case b.answered != nil && b.answered != l:
		p := b.answered
		return &farSide{codecs: usableOf(p.get), events: events(p.get), noise: p.noise, ptime: p.ptime, maxPTime: p.maxPTime, direction: SendRecv}
	case b.fixed != nil:
		list := b.ring()
		return &farSide{codecs: usableOf(list), events: events(list), ptime: b.dialled.ptime, maxPTime: b.dialled.maxPTime, direction: SendRecv}
	}
	return nil
}

// inUseOf gives the codec in use in the numbers of one side: the fixed one, else its first.
func (b *Bridge) inUseOf(f *farSide) Codec {
	if b.fixed != nil {
		if c := f.codec(b.fixed.codec); c != nil {
			return *c
		}
	}
	return f.codecs[0]
}

// Talk joins two legs, with no trunk between them, and says how packets are renumbered: ToTrunk and TrunkEvent are for what one sends and two gets, ToAgent and
// AgentEvent for what two sends and one gets. It fails with no_common_codec when their browsers send different codecs. It may be called again, and must be
// after a leg's Offer or Answer.
func (b *Bridge) Talk(one, two *AgentLeg) (PayloadMap, error) {
	switch {
	case one.b != b || two.b != b || !one.ready || !two.ready:
		return PayloadMap{}, errNoAnswer
	case one == two:
		return PayloadMap{}, errSelf
	case one.remote.Codec.Name != two.remote.Codec.Name:
		return PayloadMap{}, noCodec("the browsers of the two agents send different codecs")
	}
	if b.fixed == nil {
		b.fixed = &fixed{codec: one.remote.Codec.Name}
	}
	return payloads(two.asTrunk(), one.heard(), one.get), nil
}

// asTrunk is a browser as the other browser's far side.
func (l *AgentLeg) asTrunk() trunkSide {
	return trunkSide{codecs: usableOf(l.get), event: l.remote.Event, noise: l.noise, heard: l.offered}
}
