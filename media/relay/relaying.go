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
	if leg != s.connected || s.player != nil {
		return s.dropped(DropNotConnected)
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

// toTrunkLocked numbers an opened packet for the trunk, in place.
func (s *Session) toTrunkLocked(leg *agentLeg, b []byte, p rtpPacket, now time.Time) ([]byte, netip.AddrPort) {
	pt := s.numbers.ToTrunk[p.pt]
	if pt < 0 {
		return s.dropped(DropPayload)
	}
	to := s.trunkAddrLocked()
	if !to.IsValid() {
		return s.dropped(DropNowhere)
	}
	if pt == s.numbers.TrunkEvent {
		rescaleEvent(&s.rescale, s.numbers.EventToTrunk, &s.toTrunk, &p, b, now)
	}
	ok := number(&s.toTrunk, now, uint64(leg.assoc.id)<<32|uint64(p.ssrc), &p)
	if !ok {
		return s.dropped(DropLate)
	}
	p.pt = uint8(pt)
	return putRTP(b, p), to
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
func rescaleEvent(r *rescaler, scale sdp.Scale, o *outStream, p *rtpPacket, b []byte, now time.Time) {
	if scale.Mul != scale.Div {
		p.ts = r.rescale(scale, p.ts, o.ts+o.ticks(now), b[p.payload:p.end]) - o.tsOff
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
	p, ok := parseRTP(b[:n])
	switch {
	case !ok:
		s.r.count.drop(DropUnknown)
		return nil, nil
	case s.closed || !s.offered || !s.latch.accept(src, p.ssrc):
		s.r.count.drop(DropStranger)
		return nil, nil
	case !s.limit.allow(now):
		s.r.count.drop(DropRate)
		return nil, nil
	case !s.fromTrunk.admit(p):
		s.r.count.drop(DropSources)
		return nil, nil
	}
	s.fromTrunk.note(now, p)
	s.trunkAliveLocked(now)
	if !s.heard {
		s.heard = true
		s.eventLocked(media.Event{Kind: media.TrunkHeard, At: now})
	}
	if s.remote.Event.Name != "" && p.pt == s.remote.Event.PT {
		s.digitsLocked(s.keys.press(now, p.ts, b[p.payload:p.end]), now)
	}
	return s.toAgentLocked(b, p, now)
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
	if a == nil || to == nil {
		s.r.count.drop(DropNoKeys)
		return nil, nil
	}
	pt := s.numbers.ToAgent[p.pt]
	if pt < 0 {
		s.r.count.drop(DropPayload)
		return nil, nil
	}
	if pt == s.numbers.AgentEvent {
		rescaleEvent(&leg.rescale, s.numbers.EventToAgent, &leg.toAgent, &p, b, now)
	}
	if !number(&leg.toAgent, now, uint64(s.latch.epoch)<<32|uint64(p.ssrc), &p) {
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
