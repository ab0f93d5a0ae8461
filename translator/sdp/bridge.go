package sdp

import psdp "github.com/pion/sdp/v3"

// Bridge holds the descriptions of one call: its trunk side and its agent legs. It is owned by one goroutine at a time. A method
// that fails leaves everything as it was. Errors about descriptions are of type *[Error].
type Bridge struct {
	policy TrunkPolicy

	offer  *trunkOffer // the trunk's last good offer
	fixed  *fixed      // nil until the codec is fixed
	answer printed     // what the trunk was told

	answered  *AgentLeg // the leg whose browser answered last
	connected *AgentLeg // the leg that was joined last
}

// fixed is what does not change any more once the trunk was answered or joined with an agent.
type fixed struct {
	codec string // encoding name
	// noise: the browser takes comfort noise.
	noise bool
	// fmtp, ptime and maxPTime are the browser's wishes that the trunk is told.
	fmtp            string
	ptime, maxPTime int
}

// NewBridge begins a call of a trunk.
func NewBridge(policy TrunkPolicy) *Bridge { return &Bridge{policy: policy} }

// TrunkOffer takes an offer of the trunk: the INVITE's, and later that of a re-INVITE or UPDATE, which is good only if it still
// has the codec in use (browsers are not renegotiated). The error carries 400 or 488 and its Warning.
// After a later offer the relay asks for TrunkRemote and Connect again: addresses, direction and numbers may have changed.
func (b *Bridge) TrunkOffer(offer []byte) error {
	inUse := -1
	if b.fixed != nil && b.offer != nil {
		inUse = b.offer.used
	}
	o, err := b.policy.readTrunkOffer(offer, inUse)
	if err != nil {
		return err
	}
	if b.fixed != nil && o.codec(b.fixed.codec) == nil {
		return noCodec("m=audio: the codec in use is not offered")
	}
	b.offer = o
	return nil
}

// TrunkRemote gives the facts of the trunk's last good offer; the zero TrunkRemote before there is one.
func (b *Bridge) TrunkRemote() TrunkRemote {
	if b.offer == nil {
		return TrunkRemote{}
	}
	return b.offer.remote(b.codec())
}

// TrunkAnswer answers the trunk's last offer with one codec. The first TrunkAnswer or Connect fixes it for the life of
// the call: the first codec of the connected agent's answer, else of the answer that came last, else of the offer.
// Answering the same offer again gives the same text.
func (b *Bridge) TrunkAnswer(local TrunkLocal) ([]byte, error) {
	switch {
	case b.offer == nil:
		return nil, errNoOffer
	case !local.Addr.IsValid() || local.Addr.Port() == 0:
		return nil, errNoAddress
	case local.Addr.Addr().Unmap().Is6() != b.offer.ipv6:
		return nil, unacceptable(warnAddress, "no address of the family of c=")
	}
	b.fix()
	return b.answer.print(b.trunkAnswer(local))
}

// trunkAnswer builds the answer: every section of the offer in its order, all but one refused (RFC 3264 §6).
func (b *Bridge) trunkAnswer(local TrunkLocal) *psdp.SessionDescription {
	ip := local.Addr.Addr().Unmap()
	d := describe(local.SessionID, ip)
	d.ConnectionInformation = connection(ip)
	for i, e := range b.offer.sections {
		m := e.refused()
		if i == b.offer.used {
			m = b.trunkAudio(local.Addr.Port(), e.protos())
		}
		d.MediaDescriptions = append(d.MediaDescriptions, m)
	}
	return d
}

// trunkAudio builds the accepted section.
func (b *Bridge) trunkAudio(port uint16, protos []string) *psdp.MediaDescription {
	t := b.trunkSide()
	t.codec.Fmtp = b.fixed.fmtp
	m := audio(port, protos)
	for _, c := range []Codec{t.codec, t.event, t.noise} {
		if c.Name != "" {
			m.codec(c)
		}
	}
	m.times(b.fixed.ptime, lesser(b.fixed.maxPTime, b.offer.maxPTime))
	m.add(b.offer.direction.answered().String(), "")
	return m.d
}

// codec gives the codec in use, or that would be used, in the trunk's numbers. There is an offer.
func (b *Bridge) codec() Codec {
	name := ""
	if b.fixed != nil {
		name = b.fixed.codec
	} else if leg := b.speaker(); leg != nil {
		name = leg.remote.Codec.Name
	}
	if c := b.offer.codec(name); c != nil {
		return *c
	}
	return b.offer.codecs[0]
}

// trunkSide gives all that goes over the trunk. The codec is fixed.
func (b *Bridge) trunkSide() trunkSide {
	c := b.codec()
	t := trunkSide{codec: c, event: eventFor(b.offer.events, c)}
	if b.fixed.noise {
		t.noise = b.offer.noise
	}
	return t
}

// speaker is the leg whose answer decides the codec, nil for none.
func (b *Bridge) speaker() *AgentLeg {
	if b.connected != nil {
		return b.connected
	}
	return b.answered
}

// fix fixes the codec, if it is not yet.
func (b *Bridge) fix() {
	if b.fixed != nil {
		return
	}
	b.fixed = &fixed{codec: b.codec().Name}
	if leg := b.speaker(); leg != nil && leg.remote.Codec.Name == b.fixed.codec {
		b.fixed.noise = leg.noise.Name != ""
		b.fixed.fmtp = leg.remote.Codec.Fmtp
		b.fixed.ptime, b.fixed.maxPTime = leg.ptime, leg.maxPTime
	}
}

// Connect joins a leg with the trunk and says how packets are renumbered. It fails with no_common_codec when the
// leg's browser sends another codec than the one in use; the leg is then dropped and the agent offered another.
// It may be called again, for the same or another leg, and must be after a new TrunkOffer or [AgentLeg.Offer].
func (b *Bridge) Connect(leg *AgentLeg) (PayloadMap, error) {
	switch {
	case b.offer == nil:
		return PayloadMap{}, errNoOffer
	case leg.b != b || !leg.ready:
		return PayloadMap{}, errNoAnswer
	}
	last := b.connected
	b.connected = leg
	if b.codec().Name != leg.remote.Codec.Name {
		b.connected = last
		return PayloadMap{}, noCodec("the agent's browser sends another codec than the one in use")
	}
	b.fix()
	return payloads(b.trunkSide(), leg.heard(), leg.get), nil
}

// Drop forgets a leg: its answer no longer decides the codec. It is good for legs that are dropped already.
func (b *Bridge) Drop(leg *AgentLeg) {
	leg.ready = false
	if b.answered == leg {
		b.answered = nil
	}
	if b.connected == leg {
		b.connected = nil
	}
}

// lesser gives the smaller of two limits, 0 meaning none.
func lesser(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
