package sdp

// Bridge holds the descriptions of one call: its trunk side and its agent legs. It is owned by one goroutine at a time. A method
// that fails leaves everything as it was. Errors about descriptions are of type *[Error].
type Bridge struct {
	policy TrunkPolicy

	state   Signaling
	agreed          // what holds now, an open offer counted in
	before  agreed  // what holds if the open offer is taken back
	fixed   *fixed  // nil until the codec is fixed
	out     printed // what the trunk was told, in all
	settled []byte  // the text of out when the last offer was answered
	told    told    // what stood in it
	forks   []fork  // who answered our open offer
	asking  bool    // our last offer is not yet answered for good
	heard   string  // the fork that is heard

	dialled   *AgentLeg // the leg whose browser began the call, or what stands in its place
	rang      bool      // browsers were offered the call before there was a trunk
	answered  *AgentLeg // the leg whose browser answered last
	connected *AgentLeg // the leg that was joined last
}

// agreed is what an offer and its answer settle, and what is gone again when an offer is refused.
type agreed struct {
	far *farSide // nil before the far side's first description
	// assumed says that far was made up for a late offer: no description has come yet.
	assumed bool
	// mine are the numbers of our offer, with which the far side may send; nil where it offered itself.
	mine                    []Codec
	agentHolds, remoteHolds bool
}

// fixed is what does not change any more once the trunk was answered or joined with an agent.
type fixed struct {
	codec string // encoding name
	// noise: the browser takes comfort noise.
	noise bool
	// fmtp, events, ptime and maxPTime are the browser's wishes that the trunk is told: parameters of the codec, its event list.
	fmtp, events    string
	ptime, maxPTime int
}

// NewBridge begins a call of a trunk.
func NewBridge(policy TrunkPolicy) *Bridge { return &Bridge{policy: policy} }

// TrunkOffer takes an offer of the trunk: the INVITE's, and later that of a re-INVITE or UPDATE, which is good only if it still
// has the codec in use (browsers are not renegotiated). The error carries 400, 488, or by the state of the dialog 491 ([ErrGlare])
// or 500 ([ErrPending]). An INVITE's offer that has not been answered yet is replaced by another one.
// After a later offer the relay asks for TrunkRemote and Connect again: addresses, direction and numbers may have changed.
// Whoever then refuses the offer for a reason of his own calls TrunkRollback.
func (b *Bridge) TrunkOffer(offer []byte) error {
	next, refusal := b.state.next(remoteOffer)
	first := b.state == HaveRemoteOffer && b.before.far == nil
	if refusal != nil && !first {
		return refusal
	}
	inUse := -1
	if b.fixed != nil && b.far != nil {
		inUse = b.far.used
	}
	f, err := b.policy.readTrunkOffer(offer, inUse)
	if err != nil {
		return err
	}
	if b.fixed != nil && f.codec(b.fixed.codec) == nil {
		return noCodec("m=audio: the codec in use is not offered")
	}
	b.open(next)
	b.far, b.mine, b.assumed = f.after(b.far), nil, false
	b.remoteHolds = f.direction.holds()
	return nil
}

// TrunkRemote gives the facts of the trunk's last good description; the zero TrunkRemote before there is one.
func (b *Bridge) TrunkRemote() TrunkRemote {
	if b.far == nil {
		return TrunkRemote{}
	}
	f, c := b.far, b.codec()
	d := f.direction.while(b.agentHolds)
	r := TrunkRemote{
		RTP: f.rtp, RTCP: f.rtcp, Codec: c, Event: eventFor(f.events, c), Send: d.Sends(), Receive: d.Receives(), PTime: f.ptime,
		Key: f.key, Fingerprints: f.prints, Mux: f.mux, Older: f.older,
	}
	if i := indexOf(b.mine, r.Event); i >= 0 && b.mine[i].PT != r.Event.PT {
		r.EventIn = b.mine[i]
	}
	if b.assumed || b.otherCodec() {
		r.Send, r.Receive = false, false
	}
	if r.PTime == 0 {
		r.PTime = 20
	}
	return r
}

// TrunkAnswer answers the trunk's last offer with one codec. The first TrunkAnswer or Connect fixes it for the life of
// the call: the first codec of the connected agent's answer, else of the answer that came last, else of the offer.
// Answering the same offer again gives the same text. An offer within the call that cannot be answered is rolled back.
func (b *Bridge) TrunkAnswer(local TrunkLocal) ([]byte, error) {
	if b.far == nil || b.assumed {
		return nil, errNoOffer
	}
	if _, err := b.state.next(localAnswer); err != nil {
		return nil, err
	}
	text, err := b.answerTrunk(local)
	if err != nil && b.before.far != nil {
		b.TrunkRollback()
	}
	return text, err
}

func (b *Bridge) answerTrunk(local TrunkLocal) ([]byte, error) {
	if err := local.check(b.far.key.Suite != SuiteNone, b.policy.DTLS); err != nil {
		return nil, err
	}
	if local.Addr.Addr().Unmap().Is6() != b.far.ipv6 {
		return nil, unacceptable(warnAddress, "no address of the family of c=")
	}
	b.fix()
	t := b.inUse(b.far.direction.while(b.agentHolds))
	t.setup = setupAnswer
	text, err := b.tell(local, t)
	if err != nil {
		return nil, err
	}
	b.settle()
	return text, nil
}

// codec gives the codec in use, or that would be used, in the trunk's numbers. There is a far side.
func (b *Bridge) codec() Codec {
	name := ""
	if b.fixed != nil {
		name = b.fixed.codec
	} else if leg := b.speaker(); leg != nil {
		name = leg.remote.Codec.Name
	}
	if c := b.far.codec(name); c != nil {
		return *c
	}
	return b.far.codecs[0]
}

// otherCodec reports whether the far side, one of several forks, has not the codec that was fixed with another one.
func (b *Bridge) otherCodec() bool { return b.fixed != nil && b.far.codec(b.fixed.codec) == nil }

// trunkSide gives all that goes over the trunk. The codec is fixed.
func (b *Bridge) trunkSide() trunkSide {
	c := b.codec()
	t := trunkSide{codecs: []Codec{c}, event: eventFor(b.far.events, c), heard: b.mine}
	if b.mine != nil { // our offer was answered, with one codec or with many (RFC 3264 §7)
		for _, more := range b.far.codecs {
			if !more.same(c) && contains(b.mine, more) {
				t.codecs = append(t.codecs, more)
			}
		}
	}
	if b.fixed.noise {
		t.noise = b.far.noise
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
		b.fixed.fmtp, b.fixed.events = leg.remote.Codec.Fmtp, leg.remote.Event.Fmtp
		b.fixed.ptime, b.fixed.maxPTime = leg.ptime, leg.maxPTime
	}
}

// Connect joins a leg with the trunk and says how packets are renumbered. It fails with no_common_codec when the
// leg's browser sends another codec than the one in use; the leg is then dropped and the agent offered another.
// It may be called again, for the same or another leg, and must be after a new TrunkOffer or [AgentLeg.Offer].
func (b *Bridge) Connect(leg *AgentLeg) (PayloadMap, error) {
	switch {
	case b.far == nil:
		return PayloadMap{}, errNoOffer
	case leg.b != b || !leg.ready:
		return PayloadMap{}, errNoAnswer
	case b.otherCodec():
		b.connected = leg
		return payloads(trunkSide{}, nil, nil), nil
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
	if leg.b != b {
		return
	}
	leg.ready = false
	b.forget(leg)
}

// forget takes away what a leg decides.
func (b *Bridge) forget(leg *AgentLeg) {
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
