package sdp

import "bytes"

// dialled is a browser's offer that began a call.
type dialled struct {
	session *Session
	used    int
	// codecs are the browser's codecs that can be passed through, in its order and numbers; events its telephone-event types.
	codecs, events []Codec
	answer         []byte // ours, nil before it was written
}

// Dial begins a call by a browser's offer. What follows is OfferTrunk, then TrunkEarly or TrunkAccept with the trunk's answer, and
// [AgentLeg.AnswerDial]. The error has the code bad_sdp or no_common_codec; the trunk has then seen nothing.
func (b *Bridge) Dial(offer []byte) (*AgentLeg, error) {
	if b.far != nil || b.dialled != nil {
		return nil, errBegun
	}
	s, err := parse(offer)
	if err != nil {
		return nil, err
	}
	used, sec, err := pickWebRTC(s)
	if err != nil {
		return nil, err
	}
	leg := &AgentLeg{b: b, ptime: sec.PTime, maxPTime: sec.MaxPTime}
	leg.dialled = &dialled{session: s, used: used, codecs: usable(sec.Codecs, relayedNames), events: events(sec.Codecs)}
	if len(usable(leg.dialled.codecs, b.policy.Codecs)) == 0 {
		return nil, noCodec("the browser offers no codec that the trunk may use")
	}
	b.dialled = leg
	return leg, nil
}

// Route makes the call go by another trunk, after TrunkRollback, while no trunk has answered: the browser's offer is used again. The
// error is no_common_codec when that trunk may use none of its codecs.
func (b *Bridge) Route(policy TrunkPolicy) error {
	switch {
	case b.state != Stable:
		return ErrOpen
	case b.far != nil:
		return errBegun
	}
	was := b.policy
	b.policy = policy
	if b.dialled != nil && len(b.dialled.offerable()) == 0 {
		b.policy = was
		return noCodec("the browser offers no codec that the trunk may use")
	}
	b.out, b.settled = printed{}, nil
	return nil
}

// presume settles the codec of a placed call before the trunk's answer, for a page that is reloaded meanwhile and must be answered at
// once. An answer without that codec is then met as that of another fork, with [ErrOtherCodec].
func (b *Bridge) presume() (undo func(), err error) {
	switch {
	case b.far != nil:
		return func() {}, nil
	case b.dialled == nil || b.state != HaveLocalOffer:
		return nil, errNoOffer
	}
	agreed, settled := b.agreed, b.fixed
	c := common(usableOf(b.told.codecs))
	b.far = &farSide{codecs: []Codec{c}, events: events(b.told.codecs), direction: SendRecv}
	b.assumed = true
	b.fixed = b.dialled.wishes(c)
	return func() { b.agreed, b.fixed = agreed, settled }, nil
}

// offerable lists what the trunk is offered of a browser's offer: codecs in the browser's order, static numbers, its own where they are
// dynamic, and an event type for each clock, which the relay can send even if the browser cannot.
func (l *AgentLeg) offerable() []Codec {
	list := usable(l.dialled.codecs, l.b.policy.Codecs)
	if f := l.b.fixed; f != nil {
		list = usable(list, []string{f.codec})
	}
	return renumber(append(list, eventsFor(list, l.dialled.events)...))
}

// wishes fixes a codec by what the browser said about it.
func (l *AgentLeg) wishes(c Codec) *fixed {
	f := &fixed{codec: c.Name, events: eventFor(l.dialled.events, c).Fmtp, ptime: l.ptime, maxPTime: l.maxPTime}
	if i := indexOf(l.dialled.codecs, c); i >= 0 {
		f.fmtp = l.dialled.codecs[i].Fmtp
	}
	return f
}

// AnswerDial answers the browser's offer once the trunk has answered: every codec of the trunk's answer in its order, in the browser's
// numbers, and the events of the first. It is asked for once, at the first description of the trunk; again it gives the same text.
func (l *AgentLeg) AnswerDial(local AgentLocal) (AgentRemote, []byte, error) {
	switch {
	case l.dialled == nil:
		return AgentRemote{}, nil, errNotDialled
	case l.dialled.answer != nil:
		return l.remote, bytes.Clone(l.dialled.answer), nil
	case l.b.far == nil:
		return AgentRemote{}, nil, errNoOffer
	}
	if err := local.check(); err != nil {
		return AgentRemote{}, nil, err
	}
	get := l.dialled.accepted(l.b.far, l.b.codec())
	text, err := l.answerOffer(l.dialled.session, l.dialled.used, get, &local)
	if err != nil {
		return AgentRemote{}, nil, err
	}
	l.dialled.answer = text
	l.take(&l.dialled.session.Sections[l.dialled.used], get)
	return l.remote, bytes.Clone(text), nil
}

// accepted gives what of the browser's offer the trunk took, inUse first.
func (d *dialled) accepted(f *farSide, inUse Codec) []Codec {
	var out []Codec
	take := func(c Codec) {
		if i := indexOf(d.codecs, c); i >= 0 && !contains(out, c) {
			out = append(out, d.codecs[i].clone())
		}
	}
	take(inUse)
	for _, c := range f.codecs {
		take(c)
	}
	if e := eventFor(d.events, inUse); e.Name != "" && len(f.events) > 0 {
		out = append(out, e.clone())
	}
	return out
}
