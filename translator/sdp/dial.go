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
	leg, err := b.browserOffer(offer)
	if err != nil {
		return nil, err
	}
	return leg, b.dialBy(leg)
}

// browserOffer reads the offer of a browser that dials.
func (b *Bridge) browserOffer(offer []byte) (*AgentLeg, error) {
	if b.begun() {
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
	return leg, nil
}

// dialBy begins the call by a browser's offer, if the trunk may use any of it.
func (b *Bridge) dialBy(leg *AgentLeg) error {
	if len(usable(leg.dialled.codecs, b.policy.Codecs)) == 0 {
		return noCodec("the browser offers no codec that the trunk may use")
	}
	b.dialled = leg
	return nil
}

// Route makes the call go by another trunk, after TrunkRollback, while no trunk has answered: the browser's offer is used again. The
// error is no_common_codec when that trunk may use none of its codecs, or, where the browser was told one already (TrunkLate), not that one.
func (b *Bridge) Route(policy TrunkPolicy) error {
	switch {
	case b.state != Stable:
		return ErrOpen
	case b.far != nil && !b.assumed:
		return errBegun
	}
	if b.far != nil && !allows(policy.Codecs, b.far.codecs[0].Name) { // which the browser was told already
		return noCodec("the trunk may not use the codec that the browser was given")
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

// presume settles the codec of a placed call before anybody's answer, for a page that is reloaded meanwhile and must be answered at
// once. What is offered later is that codec alone; an answer of the trunk without it, to an offer that is out already, is then met as that of another fork,
// with [ErrOtherCodec].
func (b *Bridge) presume() (undo func(), err error) {
	switch {
	case b.far != nil:
		return func() {}, nil
	case b.dialled == nil:
		return nil, errNoOffer
	}
	agreed, settled := b.agreed, b.fixed
	c := b.presumed()
	if b.state == HaveLocalOffer {
		b.far = &farSide{codecs: []Codec{c}, events: events(b.told.codecs), direction: SendRecv}
		b.assumed = true
	}
	if b.fixed == nil {
		b.fixed = b.dialled.wishes(c)
	}
	return func() { b.agreed, b.fixed = agreed, settled }, nil
}

// presumed is the codec that will most likely be in use: one that trunks have, and of another browser the first that it was offered.
func (b *Bridge) presumed() Codec {
	switch {
	case b.state == HaveLocalOffer:
		return common(usableOf(b.told.codecs))
	case b.rang:
		return b.ring()[0]
	}
	return common(usableOf(b.ring()))
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
// numbers, and the events of the first. It is asked for once, at the first description of the trunk; again it gives the same text. In a call
// without a trunk it is the browser that answered last whose codecs are taken.
func (l *AgentLeg) AnswerDial(local AgentLocal) (AgentRemote, []byte, error) {
	switch {
	case l.dialled == nil:
		return AgentRemote{}, nil, errNotDialled
	case l.dialled.answer != nil:
		return l.remote, bytes.Clone(l.dialled.answer), nil
	}
	far := l.b.facing(l)
	if far == nil {
		return AgentRemote{}, nil, errNoOffer
	}
	if err := local.check(); err != nil {
		return AgentRemote{}, nil, err
	}
	inUse := l.b.inUseOf(far)
	get := l.dialled.accepted(far, inUse)
	text, err := l.answerOffer(l.dialled.session, l.dialled.used, get, far, &local)
	if err != nil {
		return AgentRemote{}, nil, err
	}
	if l.b.fixed == nil {
		l.b.fixed = l.wishes(inUse)
	}
	l.dialled.answer = text
	l.take(&l.dialled.session.Sections[l.dialled.used], get)
	return l.remote, bytes.Clone(text), nil
}

// accepted gives what of the browser's offer the other side took, inUse first.
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
