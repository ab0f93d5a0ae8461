package sdp

import "slices"

// Speech is what a call speaks. Two calls that may be joined must speak the same, as nothing is transcoded.
type Speech struct {
	// Codec is the codec in use, with the parameters that its far side wishes.
	Codec Codec
	// Events are the telephone-event types that go with it, maybe none.
	Events []Codec
	// PTime and MaxPTime are the packet times that its far side wishes, in ms, 0 for none.
	PTime, MaxPTime int
}

// Speech gives what the call speaks now: that of its trunk, or of the browser that answered last where there is no trunk. It fails as long as
// the call may still come to speak one codec or another.
func (b *Bridge) Speech() (Speech, error) {
	if b.far != nil {
		return Speech{Codec: b.codec().clone(), Events: cloneCodecs(slices.Clone(b.far.events)), PTime: b.far.ptime, MaxPTime: b.far.maxPTime}, nil
	}
	if leg := b.speaker(); leg != nil {
		return leg.speech(), nil
	}
	if b.dialled != nil {
		list := b.dialled.offerable()
		if codecs := usableOf(list); len(codecs) == 1 {
			return Speech{Codec: codecs[0], Events: events(list), PTime: b.dialled.ptime, MaxPTime: b.dialled.maxPTime}, nil
		}
	}
	return Speech{}, errNoOffer
}

// speech is what a browser speaks.
func (l *AgentLeg) speech() Speech {
	return Speech{Codec: l.remote.Codec, Events: events(l.get), PTime: l.ptime, MaxPTime: l.maxPTime}
}

// spoken reports whether the call can come to use a codec, or does.
func (b *Bridge) spoken(name string) bool {
	switch {
	case b.fixed != nil:
		return b.fixed.codec == name
	case b.far != nil:
		return b.far.codec(name) != nil
	case b.dialled != nil:
		return slices.ContainsFunc(b.dialled.offerable(), func(c Codec) bool { return c.Name == name })
	}
	return allows(b.policy.Codecs, name)
}

// DialTrunk begins a call without a browser: the next OfferTrunk offers what another call speaks, and its events. The error is no_common_codec when
// the trunk may not use that codec.
func (b *Bridge) DialTrunk(like Speech) error {
	if b.begun() {
		return errBegun
	}
	if !like.Codec.Relayed() || !b.spoken(like.Codec.Name) {
		return noCodec("the trunk may not use the codec of the other call")
	}
	b.speak(like)
	return nil
}

// DialLike is [Bridge.Dial] with the codec alone that another call speaks.
func (b *Bridge) DialLike(offer []byte, like Speech) (*AgentLeg, error) {
	leg, err := b.browserOffer(offer)
	if err != nil {
		return nil, err
	}
	leg.dialled.codecs = usable(leg.dialled.codecs, []string{like.Codec.Name})
	return leg, b.dialBy(leg)
}

// begun reports whether the call has a beginning: a description of the trunk, or a browser's offer.
func (b *Bridge) begun() bool { return b.far != nil || b.dialled != nil }

// speak begins a call by what is spoken, with nobody there yet: the part of the browser that dials is taken by none.
func (b *Bridge) speak(s Speech) {
	b.dialled = &AgentLeg{b: b, ptime: s.PTime, maxPTime: s.MaxPTime}
	b.dialled.dialled = &dialled{codecs: []Codec{s.Codec}, events: s.Events}
}

// Adopt takes a leg of another call over, with what its browser was told: it is a leg of this call, to be joined by Connect or Talk, and the other call
// knows it no more. A call without a beginning begins with what the browser speaks. The error is no_common_codec when the browser sends another codec than
// this call uses; then the leg stays where it is. Both calls belong to the caller at this moment.
func (b *Bridge) Adopt(leg *AgentLeg) error {
	switch {
	case !leg.ready:
		return errNoAnswer
	case leg.b == b:
		return nil
	case !b.spoken(leg.remote.Codec.Name):
		return noCodec("the agent's browser sends another codec than the one in use")
	}
	leg.b.leave(leg)
	if !b.begun() {
		b.speak(leg.speech())
	}
	leg.b, leg.dialled = b, nil
	b.answered = leg
	return nil
}

// leave forgets a leg that goes to another call. What it began stays begun.
func (b *Bridge) leave(leg *AgentLeg) {
	if b.dialled == leg {
		b.dialled = &AgentLeg{b: b, dialled: leg.dialled, ptime: leg.ptime, maxPTime: leg.maxPTime}
	}
	b.forget(leg)
}
