package sdp

// lateEvent is our number for the events of a late offer.
const lateEvent = 101

// TrunkLate begins a call whose INVITE has no offer. Browsers are offered one codec, [TrunkPolicy.LateCodec], with its events, because
// they cannot be asked again when the trunk chooses; OfferTrunk writes the same for the 2xx, and TrunkAccept reads the ACK's
// answer. Until then legs can be connected, and nothing is sent (RFC 3261 §13.2.1, RFC 6337 §5.2.5).
func (b *Bridge) TrunkLate() error {
	if b.begun() {
		return errBegun
	}
	c := b.policy.late()
	if c.Name == "" {
		return noCodec("the trunk may use no codec")
	}
	f := &farSide{codecs: []Codec{c}, events: []Codec{{PT: lateEvent, Name: nameEvent, Clock: c.Clock, Channels: 1}}, direction: SendRecv}
	b.far, b.assumed = f, true
	return nil
}

// late chooses the codec of late offers, the zero Codec if there is none.
func (p *TrunkPolicy) late() Codec {
	codecs := p.Codecs
	if len(codecs) == 0 {
		codecs = defaultCodecs
	}
	if c := relayedAs(p.LateCodec); c.Name != "" && allows(codecs, c.Name) {
		return c
	}
	var list []Codec
	for _, name := range codecs {
		if c := relayedAs(name); c.Name != "" {
			list = append(list, c)
		}
	}
	return common(list)
}

// common gives the codec of a list that a far side has most likely: the first G.711, else the first; the zero Codec of an empty list.
func common(list []Codec) Codec {
	for _, c := range list {
		if c.Name == namePCMU || c.Name == namePCMA {
			return c
		}
	}
	if len(list) > 0 {
		return list[0]
	}
	return Codec{}
}
