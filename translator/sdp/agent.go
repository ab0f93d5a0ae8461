package sdp

import (
	"slices"
	"strings"
)

// AgentLeg holds the descriptions of one browser in a call, made by [Bridge.OfferAgent]. It belongs to its Bridge's
// goroutine. The browser's description comes by Answer or by Offer, each any number of times.
type AgentLeg struct {
	b *Bridge
	// dialled is the browser's offer that began the call, until it is answered; nil on other legs.
	dialled *dialled
	// offered is what we offered, in our numbers: what the browser may send.
	offered []Codec
	out     printed

	ready  bool // the browser has told its side
	remote AgentRemote
	// get is what the browser receives, in its numbers: codecs, events, CN. noise is its CN, if it has it.
	get   []Codec
	noise Codec
	// ptime and maxPTime are the browser's, in ms, 0 for none.
	ptime, maxPTime int
}

// OfferAgent adds a leg and writes the offer for its browser: the codecs that the trunk offered, in the trunk's order, or
// the one in use; telephone-event for each clock, where the trunk has it. In a call that a browser began and no trunk is part of, it is what that
// browser offered, as far as the policy allows.
func (b *Bridge) OfferAgent(local AgentLocal) (*AgentLeg, []byte, error) {
	if !b.begun() {
		return nil, nil, errNoOffer
	}
	if err := local.check(); err != nil {
		return nil, nil, err
	}
	leg := &AgentLeg{b: b, offered: renumber(b.forAgents())}
	m := webrtc{local: &local, setup: "actpass", mid: "0", bundle: true, protos: []string{"UDP", "TLS", "RTP", "SAVPF"}, direction: SendRecv}
	d := describe(local.SessionID, local.ip())
	m.session(d)
	ptime, maxPTime := b.wished()
	d.MediaDescriptions = append(d.MediaDescriptions, m.audio(leg.offered, ptime, maxPTime))
	text, err := leg.out.print(d)
	if err != nil {
		return nil, nil, err
	}
	b.rang = b.rang || b.far == nil
	return leg, text, nil
}

// wished gives the packet times that a browser is told: those of the trunk, or of the browser that began the call.
func (b *Bridge) wished() (ptime, maxPTime int) {
	if b.far != nil {
		return b.far.ptime, b.far.maxPTime
	}
	return b.dialled.ptime, b.dialled.maxPTime
}

// forAgents lists what a browser is offered, in the trunk's numbers.
func (b *Bridge) forAgents() []Codec {
	if b.far == nil {
		return b.ring()
	}
	list := slices.Clone(b.far.codecs)
	noise := b.far.noise
	if b.fixed != nil {
		list = []Codec{b.codec()}
		if !b.fixed.noise {
			noise = Codec{}
		}
	}
	if len(b.far.events) > 0 {
		list = append(list, eventsFor(list, b.far.events)...)
	}
	if noise.Name != "" {
		list = append(list, noise)
	}
	return list
}

// eventsFor gives one event type for each clock of the codecs; those that the trunk lacks are made, and rescaled by the relay. PT 0
// means that a number is still to be found.
func eventsFor(codecs, have []Codec) []Codec {
	var out []Codec
	for _, c := range codecs {
		e := Codec{Name: nameEvent, Clock: c.Clock, Channels: 1}
		if contains(out, e) {
			continue
		}
		if i := indexOf(have, e); i >= 0 {
			e = have[i]
		}
		out = append(out, e)
	}
	return out
}

// renumber gives browsers the numbers that they know: static ones for static codecs, the trunk's where they are dynamic (96-127,
// clear of RTCP by RFC 5761 §4), else free ones.
func renumber(list []Codec) []Codec {
	var taken [128]bool
	out := slices.Clone(list)
	for i := range out {
		c := &out[i]
		switch {
		case staticNumber(*c) >= 0:
			c.PT = uint8(staticNumber(*c))
		case c.PT < 96 || taken[c.PT]:
			c.PT = 0
			continue
		}
		taken[c.PT] = true
	}
	next := uint8(96)
	for i := range out {
		if out[i].PT != 0 || out[i].Name == namePCMU {
			continue
		}
		for taken[next] {
			next++
		}
		out[i].PT = next
		taken[next] = true
	}
	return out
}

// staticNumber gives an encoding's number of RFC 3551 §6, -1 if it has none.
func staticNumber(c Codec) int {
	for _, pt := range [...]uint8{0, 8, 9, 13} {
		if static(pt).same(c) {
			return int(pt)
		}
	}
	return -1
}

// Answer takes the browser's answer to our offer. A second one, of a reloaded page, replaces the first.
func (l *AgentLeg) Answer(answer []byte) (AgentRemote, error) {
	s, err := parse(answer)
	if err != nil {
		return AgentRemote{}, err
	}
	if len(s.Sections) == 0 {
		return AgentRemote{}, unacceptable(warnMedia, "no audio in the answer")
	}
	sec := &s.Sections[0] // ours is the only one; a surplus is passed over
	if err := sec.checkWebRTC(s, "active"); err != nil {
		return AgentRemote{}, err
	}
	get := answeredOf(l.offered, sec)
	if len(usableOf(get)) == 0 {
		return AgentRemote{}, noCodec("the browser took none of the codecs offered")
	}
	l.take(sec, get)
	return l.remote, nil
}

// answeredOf gives what of our offer an answer took, in its numbers. A number without rtpmap is ours; one that we did not offer
// is known by its encoding (RFC 3264 §6.1).
func answeredOf(offered []Codec, s *Section) []Codec {
	var out []Codec
	for _, c := range s.Codecs {
		if c.Name == "" {
			if ours := find(offered, c.PT); ours != nil {
				ours := *ours
				ours.Fmtp = c.Fmtp
				c = ours
			}
		}
		if contains(offered, c) && !contains(out, c) {
			out = append(out, c.clone())
		}
	}
	return out
}

// Offer takes the browser's own offer for this leg (the protocol's restart) and answers it: the codec in use and its events in
// the browser's numbers, all other sections refused. As long as no codec is in use it is the first of the browser's that
// the trunk offered. In a placed call that nobody has answered yet it is settled which codec will be in use, the first G.711 of those that
// are or may be offered; AnswerDial then gives this answer.
func (l *AgentLeg) Offer(offer []byte, local AgentLocal) (AgentRemote, []byte, error) {
	undo, err := l.b.presume()
	if err != nil {
		return AgentRemote{}, nil, err
	}
	remote, text, err := l.restart(offer, local)
	if err != nil {
		undo()
	}
	return remote, text, err
}

func (l *AgentLeg) restart(offer []byte, local AgentLocal) (AgentRemote, []byte, error) {
	if err := local.check(); err != nil {
		return AgentRemote{}, nil, err
	}
	s, err := parse(offer)
	if err != nil {
		return AgentRemote{}, nil, err
	}
	used, sec, err := pickWebRTC(s)
	if err != nil {
		return AgentRemote{}, nil, err
	}
	get := l.chosen(sec)
	if len(get) == 0 {
		return AgentRemote{}, nil, noCodec("the codec in use is not offered")
	}
	text, e := l.answerOffer(s, used, get, l.b.facing(l), &local)
	if e != nil {
		return AgentRemote{}, nil, e
	}
	l.offered = nil // from now on the browser's numbers hold
	if l.dialled != nil {
		l.dialled = &dialled{session: s, used: used, codecs: usable(sec.Codecs, relayedNames), events: events(sec.Codecs), answer: text}
	}
	l.take(sec, get)
	return l.remote, text, nil
}

// chosen gives what of a browser's offer is answered: one codec, its event type, and CN where the trunk has it.
func (l *AgentLeg) chosen(s *Section) []Codec {
	want := l.b.forAgents()
	var out []Codec
	for _, c := range s.Codecs {
		if c.Relayed() && contains(want, c) {
			out = append(out, c.clone())
			break
		}
	}
	if len(out) == 0 {
		return nil
	}
	if e := eventFor(events(s.Codecs), out[0]); e.Name != "" && len(events(want)) > 0 {
		out = append(out, e.clone())
	}
	if n := comfortNoise(s.Codecs); n.Name != "" && contains(want, n) {
		out = append(out, n.clone())
	}
	return out
}

// take keeps the facts of the browser's side.
func (l *AgentLeg) take(s *Section, get []Codec) {
	codecs := usableOf(get)
	l.get, l.noise = get, comfortNoise(get)
	l.ptime, l.maxPTime = s.PTime, s.MaxPTime
	l.remote = AgentRemote{
		Ufrag: strings.Clone(s.Ufrag), Pwd: strings.Clone(s.Pwd), Fingerprints: s.pinned(),
		Codec: codecs[0], Event: eventFor(events(get), codecs[0]), Codecs: codecs,
	}
	l.ready = true
	l.b.answered = l
}

// usableOf gives the relayed codecs of a list.
func usableOf(list []Codec) []Codec {
	var out []Codec
	for _, c := range list {
		if c.Relayed() {
			out = append(out, c)
		}
	}
	return out
}

// heard lists what the browser may send: the numbers of our offer first (RFC 3264 §6.1), then its own.
func (l *AgentLeg) heard() []Codec { return slices.Concat(l.offered, l.get) }
