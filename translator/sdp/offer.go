package sdp

import "strconv"

// OfferTrunk writes an offer of ours for the trunk and makes the dialog [HaveLocalOffer]:
//
//   - after Dial, the INVITE's: the codecs of the browser's offer that the trunk may use, in the browser's order;
//   - after TrunkLate, that of the 2xx;
//   - later those of re-INVITEs and of the 2xx to a re-INVITE without offer, with the codec in use alone.
//
// The first two take [Keep]. An open offer gives [ErrOpen].
func (b *Bridge) OfferTrunk(local TrunkLocal, change Change) ([]byte, error) {
	next, err := b.state.next(localOffer)
	if err != nil {
		return nil, err
	}
	secured := b.policy.sdes() != SRTPOff
	if b.far != nil && !b.assumed {
		secured = b.far.key.Suite != SuiteNone
	}
	if err := local.check(secured, b.policy.DTLS); err != nil {
		return nil, err
	}
	was := b.agentHolds
	if change == Hold || change == Resume {
		b.agentHolds = change == Hold
	}
	text, err := b.offerText(local, change)
	holds := b.agentHolds
	b.agentHolds = was
	if err != nil {
		return nil, err
	}
	b.open(next)
	b.agentHolds, b.mine = holds, b.told.codecs
	b.forks, b.asking, b.heard = nil, true, ""
	return text, nil
}

func (b *Bridge) offerText(local TrunkLocal, change Change) ([]byte, error) {
	switch {
	case b.far == nil && b.dialled == nil:
		return nil, errNoOffer
	case b.far == nil:
		return b.tell(local, b.first(b.dialled.offerable()))
	case b.assumed:
		b.fix()
		f := b.inUse(SendRecv)
		return b.tell(local, b.first(f.codecs))
	case change == Keep && b.out.unchanged(b.settled):
		return b.out.again(), nil
	}
	b.fix()
	if b.otherCodec() {
		return b.tell(local, b.narrowed())
	}
	t := b.inUse(b.offerDirection(change))
	t.setup = setupOffer
	for i, c := range t.codecs {
		if own := indexOf(b.mine, c); own >= 0 {
			t.codecs[i].PT = b.mine[own].PT // what a number of ours means does not change (RFC 3264 §8.3.2)
		}
	}
	return b.tell(local, t)
}

// first describes the only section of a call that we describe first.
func (b *Bridge) first(codecs []Codec) told {
	t := told{codecs: codecs, direction: SendRecv, mux: b.policy.muxes(), setup: setupOffer}
	t.sections = []echo{{media: "audio", proto: b.policy.profile(), formats: []string{strconv.Itoa(int(codecs[0].PT))}}}
	if b.policy.sdes() != SRTPOff {
		for i, s := range offeredSuites {
			t.keys = append(t.keys, Key{Suite: s, Tag: i + 1})
		}
	}
	return t
}

// narrowed describes what a fork that chose another codec is offered: the codec that was fixed before it won, in the
// numbers of our first offer.
func (b *Bridge) narrowed() told {
	t := b.inUse(b.offerDirection(Keep))
	t.codecs, t.setup = nil, setupOffer
	for _, c := range b.mine {
		if c.Name == b.fixed.codec {
			c.Fmtp = b.fixed.fmtp
			t.codecs = append(t.codecs, c)
		}
	}
	if e := eventFor(events(b.mine), t.codecs[0]); e.Name != "" {
		t.codecs = append(t.codecs, e)
	}
	return t
}

// profile is the transport that we offer (RFC 3551, RFC 4585, RFC 8643).
func (p *TrunkPolicy) profile() string {
	if p.DTLS {
		return p.dtlsProfile()
	}
	proto := "RTP/AVP"
	if p.SRTP == SRTPRequired || p.SRTP == SRTPOptional && p.SAVP {
		proto = "RTP/SAVP"
	}
	if p.AVPF {
		proto += "F"
	}
	return proto
}
