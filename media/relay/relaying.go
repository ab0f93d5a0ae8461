package relay

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// fromAgent opens an SRTP packet of a leg, in b[:n], and makes of it a packet for the trunk: nil when it goes no further.
func (s *Session) fromAgent(leg *agentLeg, b []byte, n int, now time.Time) ([]byte, netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.openLocked(leg, b, n)
	if !ok {
		return nil, netip.AddrPort{}
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
	leg.fromAgent.note(now, p)
	switch {
	case leg != s.connected || s.player != nil:
		return s.dropped(DropNotConnected)
	case s.tones.sounding():
		return s.dropped(DropReplaced)
	}
	return s.toTrunkLocked(leg, b, p, now)
}

func (s *Session) dropped(why Drop) ([]byte, netip.AddrPort) {
	s.r.count.drop(why)
	return nil, netip.AddrPort{}
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

// toTrunkLocked numbers an opened packet for the trunk and protects it, in place.
func (s *Session) toTrunkLocked(leg *agentLeg, b []byte, p rtpPacket, now time.Time) ([]byte, netip.AddrPort) {
	pt := s.numbers.ToTrunk[p.pt]
	event := pt >= 0 && pt == s.numbers.TrunkEvent
	to := s.trunkAddrLocked()
	source := uint64(leg.assoc.id)<<32 | uint64(p.ssrc)
	if why, stop := s.withheld(pt, leg.muted && !event, to); stop {
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
	return s.sealLocked(putRTP(b, p), to)
}

// withheld says why a packet that is good in itself is not for the trunk.
func (s *Session) withheld(pt int16, muted bool, to netip.AddrPort) (why Drop, stop bool) {
	switch {
	case pt < 0:
		return DropPayload, true
	case muted:
		return DropMuted, true
	case !to.IsValid():
		return DropNowhere, true
	}
	return 0, false
}

// sealLocked makes a packet for the trunk ready to be sent.
func (s *Session) sealLocked(b []byte, to netip.AddrPort) ([]byte, netip.AddrPort) {
	sealed, ok := s.secure.seal(b)
	if !ok {
		return s.dropped(DropSRTP)
	}
	return sealed, to
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

// trunkAddrLocked is where sound for the trunk goes, invalid while it may not.
func (s *Session) trunkAddrLocked() netip.AddrPort {
	if !s.answered || !s.remote.Send {
		return netip.AddrPort{}
	}
	return s.latch.sendTo()
}

// serveTrunk reads one of the trunk's sockets until it is closed.
func (s *Session) serveTrunk(conn *net.UDPConn, take func(b []byte, n int, src netip.AddrPort, now time.Time)) {
	var b [maxDatagram + tailroom]byte
	for {
		n, src, err := conn.ReadFromUDPAddrPort(b[:maxDatagram])
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			s.r.count.drop(DropUnknown)
			continue
		}
		take(b[:], n, netip.AddrPortFrom(src.Addr().Unmap(), src.Port()), time.Now())
	}
}

// trunkPacket takes a datagram that came to the RTP port.
func (s *Session) trunkPacket(b []byte, n int, src netip.AddrPort, now time.Time) {
	defer s.r.caught("packet of a trunk")
	switch classify(b[:n]) {
	case kindRTP:
		packet, to := s.trunkSound(b, n, src, now)
		if packet != nil && s.r.send(to.socket.out, packet, to.addr) {
			s.r.count.toAgent.Add(1)
		}
		s.tell()
	case kindRTCP:
		s.trunkReport(b, n, src, now)
	default:
		s.r.count.drop(DropUnknown)
	}
}

// trunkSound makes an SRTP packet for the connected leg of one of the trunk, in place: nil when it goes no further.
func (s *Session) trunkSound(b []byte, n int, src netip.AddrPort, now time.Time) ([]byte, *source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.fromTrunkLocked(b, n, src, now)
	if !ok {
		return nil, nil
	}
	s.fromTrunk.note(now, p)
	s.trunkAliveLocked(now)
	if !s.heard {
		s.heard = true
		s.eventLocked(media.Event{Kind: media.TrunkHeard, At: now})
	}
	if s.eventFromTrunk(p.pt) {
		s.digitsLocked(s.keys.press(now, p.ts, b[p.payload:p.end]), now)
	}
	return s.toAgentLocked(b, p, now)
}

// fromTrunkLocked opens a packet that came to the trunk's port, in place, and says whether it is the trunk's.
func (s *Session) fromTrunkLocked(b []byte, n int, src netip.AddrPort, now time.Time) (p rtpPacket, ok bool) {
	if s.secure.on() {
		if s.closed || !s.offered || !s.latch.plausible(src) {
			s.r.count.drop(DropStranger)
			return p, false
		}
		plain, why, ok := s.secure.open(b[:n])
		if !ok {
			s.r.count.drop(why)
			return p, false
		}
		n = len(plain)
	}
	p, ok = parseRTP(b[:n])
	switch {
	case !ok:
		s.r.count.drop(DropUnknown)
	case s.closed || !s.offered || !s.latch.accept(src, p.ssrc):
		s.r.count.drop(DropStranger)
	case !s.limit.allow(now):
		s.r.count.drop(DropRate)
	case !s.fromTrunk.admit(p):
		s.r.count.drop(DropSources)
	default:
		return p, true
	}
	return p, false
}

// eventFromTrunk knows the numbers that telephone events of the trunk may have.
func (s *Session) eventFromTrunk(pt uint8) bool {
	r := &s.remote
	return r.Event.Name != "" && pt == r.Event.PT || r.EventIn.Name != "" && pt == r.EventIn.PT
}

func (s *Session) trunkAliveLocked(now time.Time) { s.aliveAt, s.silent = now, false }

func (s *Session) digitsLocked(ended []byte, now time.Time) {
	for _, key := range ended {
		s.eventLocked(media.Event{Kind: media.TrunkDigit, At: now, Digit: key})
	}
}

// toAgentLocked numbers and encrypts a packet for the connected leg, in place.
func (s *Session) toAgentLocked(b []byte, p rtpPacket, now time.Time) ([]byte, *source) {
	leg := s.connected
	if leg == nil {
		s.r.count.drop(DropNotConnected)
		return nil, nil
	}
	a, to := leg.readyLocked(), leg.pair.Load()
	source := uint64(s.latch.epoch)<<32 | uint64(p.ssrc)
	if a == nil || to == nil {
		leg.toAgent.skip(source, p.seq)
		s.r.count.drop(DropNoKeys)
		return nil, nil
	}
	pt := s.numbers.ToAgent[p.pt]
	if pt < 0 {
		leg.toAgent.skip(source, p.seq)
		s.r.count.drop(DropPayload)
		return nil, nil
	}
	if pt == s.numbers.AgentEvent {
		rescaleEvent(&leg.rescale, s.numbers.EventToAgent, &leg.toAgent, source, &p, b, now)
	}
	if !number(&leg.toAgent, now, source, &p) {
		s.r.count.drop(DropLate)
		return nil, nil
	}
	p.pt = uint8(pt)
	plain := putRTP(b, p)
	sealed, err := a.out.EncryptRTP(plain, plain, &a.header)
	if err != nil {
		s.r.count.drop(DropSRTP)
		return nil, nil
	}
	return sealed, to
}

func addrPort(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }
