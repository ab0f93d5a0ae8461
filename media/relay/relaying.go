package relay

import (
	"net/netip"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// sound opens an SRTP packet of the browser, in b[:n], and makes of it one for who hears it: nil when it goes no further. s is the
// session that it belonged to.
func (l *agentLeg) sound(b []byte, n int, now time.Time) (s *Session, packet []byte, to hop) {
	s = l.lock()
	defer s.mu.Unlock()
	packet, to = s.fromAgentLocked(l, b, n, now)
	return s, packet, to
}

func (s *Session) fromAgentLocked(leg *agentLeg, b []byte, n int, now time.Time) ([]byte, hop) {
	p, ok := s.openLocked(leg, b, n)
	if !ok {
		return nil, hop{}
	}
	s.validLocked(leg, now)
	s.upLocked(leg, now)
	if !leg.toldHeard {
		leg.toldHeard = true
		s.eventLocked(media.Event{Kind: media.AgentHeard, Leg: leg.id, At: now})
	}
	switch {
	case !leg.limit.allow(now):
		return s.dropped(DropRate)
	case !leg.fromAgent.admit(p):
		return s.dropped(DropSources)
	}
	leg.fromAgent.note(p)
	leg.fromAgent.measure(now, p)
	switch {
	case s.talk.has(leg):
		return s.toOtherAgentLocked(leg, b, p, now)
	case leg != s.connected || s.player != nil:
		return s.dropped(DropNotConnected)
	case s.tones.sounding():
		return s.dropped(DropReplaced)
	}
	return s.toTrunkLocked(leg, b, p, now)
}

func (s *Session) dropped(why Drop) ([]byte, hop) {
	s.r.count.drop(why)
	return nil, hop{}
}

// openLocked decrypts in place (RFC 3711 §3.3). Nothing of a packet that fails is believed.
func (s *Session) openLocked(leg *agentLeg, b []byte, n int) (p rtpPacket, ok bool) {
	a := leg.readyLocked()
	if a == nil || s.closed {
		s.r.count.drop(DropNoKeys)
		return p, false
	}
	if p, ok = parseHeader(b[:n]); !ok || !a.expected(p.ssrc) {
		s.r.count.drop(DropSources)
		return p, false
	}
	plain, err := a.in.DecryptRTP(b[:n], b[:n], &a.header)
	if err != nil {
		s.r.count.drop(DropSRTP)
		return p, false
	}
	a.knows(p.ssrc)
	if p, ok = parseRTP(plain); !ok {
		s.r.count.drop(DropUnknown)
	}
	return p, ok
}

// source tells the streams of a browser apart from all others.
func (a *association) source(p rtpPacket) uint64 { return uint64(a.id)<<32 | uint64(p.ssrc) }

// toTrunkLocked numbers an opened packet for the trunk and protects it, in place.
func (s *Session) toTrunkLocked(leg *agentLeg, b []byte, p rtpPacket, now time.Time) ([]byte, hop) {
	pt := s.numbers.ToTrunk[p.pt]
	event := pt >= 0 && pt == s.numbers.TrunkEvent
	to := s.trunkAddrLocked()
	source := leg.assoc.source(p)
	if why, stop := withheld(pt, leg.muted && !event, to.IsValid()); stop {
		s.toTrunk.skip(source, p.seq)
		return s.dropped(why)
	}
	if event {
		rescaleEvent(&s.rescale, s.numbers.EventToTrunk, &s.toTrunk, source, &p, b, now)
	}
	if !number(&s.toTrunk, now, source, &p) {
		return s.dropped(DropLate)
	}
	p.pt = uint8(pt)
	s.noteToTrunkLocked(b, p, now)
	return s.sealLocked(putRTP(b, p), to, &s.r.count.toTrunk)
}

// withheld says why a packet that is good in itself is not sent on.
func withheld(pt int16, muted, somewhere bool) (why Drop, stop bool) {
	switch {
	case pt < 0:
		return DropPayload, true
	case muted:
		return DropMuted, true
	case !somewhere:
		return DropNowhere, true
	}
	return 0, false
}

// number gives a packet its place in a stream. ok is false when it is too late for one.
func number(o *outStream, now time.Time, source uint64, p *rtpPacket) bool {
	seq, ts, fresh, ok := o.next(now, source, p.seq, p.ts)
	if !ok {
		return false
	}
	p.seq, p.ts, p.ssrc, p.marker = seq, ts, o.ssrc, p.marker || fresh
	o.sent(p.end - p.payload)
	return true
}

// rescaleEvent changes a telephone-event packet where the clocks of the two sides differ.
func rescaleEvent(r *rescaler, scale sdp.Scale, o *outStream, source uint64, p *rtpPacket, b []byte, now time.Time) {
	if scale.Mul != scale.Div {
		p.ts = r.rescale(scale, p.ts, o.here(now, source), b[p.payload:p.end]) - o.tsOff
	}
}

// passage is a packet's way to a browser: the number it gets there, and where it comes from.
type passage struct {
	pt     int16 // -1: none
	event  bool
	scale  sdp.Scale // of events
	source uint64
	muted  bool
	talk   bool  // from another browser, and then
	side   uint8 // the channel that it is recorded in
}

// toAgentLocked numbers and encrypts a packet for a browser, in place.
func (s *Session) toAgentLocked(leg *agentLeg, b []byte, p rtpPacket, way passage, now time.Time) ([]byte, hop) {
	a, to := leg.readyLocked(), leg.pair.Load()
	switch {
	case leg.player != nil:
		return s.dropped(DropNotConnected)
	case a == nil || to == nil:
		leg.toAgent.skip(way.source, p.seq)
		return s.dropped(DropNoKeys)
	}
	if why, stop := withheld(way.pt, way.muted && !way.event, true); stop {
		leg.toAgent.skip(way.source, p.seq)
		return s.dropped(why)
	}
	if way.event {
		rescaleEvent(&leg.rescale, way.scale, &leg.toAgent, way.source, &p, b, now)
	}
	if !number(&leg.toAgent, now, way.source, &p) {
		return s.dropped(DropLate)
	}
	p.pt = uint8(way.pt)
	if way.talk {
		s.noteTalkLocked(way.side, leg, b, p, now)
	}
	return s.sealForAgentLocked(a, putRTP(b, p), to, &s.r.count.toAgent)
}

// sealForAgentLocked makes a packet for a browser ready to be sent.
func (s *Session) sealForAgentLocked(a *association, plain []byte, to *source, count *counter) ([]byte, hop) {
	sealed, err := a.out.EncryptRTP(plain, plain, &a.header)
	if err != nil {
		return s.dropped(DropSRTP)
	}
	return sealed, hop{out: to.socket.out, addr: to.addr, count: count}
}

func addrPort(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }
