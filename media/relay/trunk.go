package relay

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"offhook/media"
)

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
		packet, to, on := s.trunkSound(b, n, src, now)
		if on.joint != nil {
			packet, to = on.joint.other(s).fromOtherTrunk(on, b, now)
		}
		s.r.pass(packet, to)
		s.tell()
	case kindRTCP:
		s.trunkReport(b, n, src, now)
	case kindDTLS:
		s.trunkHandshake(b[:n], src, now)
	default:
		s.r.count.drop(DropUnknown)
	}
}

// trunkSound takes an RTP packet of the trunk, in b[:n], and makes of it one for the connected leg, in place: nil when it goes no further, or goes on to
// another trunk.
func (s *Session) trunkSound(b []byte, n int, src netip.AddrPort, now time.Time) (packet []byte, to hop, on carried) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.fromTrunkLocked(b, n, src, now)
	if !ok {
		return nil, to, on
	}
	s.fromTrunk.note(p)
	s.trunkAliveLocked(now)
	if !s.heard {
		s.heard = true
		s.eventLocked(media.Event{Kind: media.TrunkHeard, At: now})
	}
	if s.eventFromTrunk(p.pt) {
		s.digitsLocked(s.keys.press(now, p.ts, b[p.payload:p.end]), now)
	} else {
		s.fromTrunk.measure(now, p)
	}
	source := uint64(s.latch.epoch+s.fromTrunk.turns)<<32 | uint64(p.ssrc)
	s.noteFromTrunkLocked(b, p, source, now)
	switch leg := s.connected; {
	case leg != nil:
		pt := s.numbers.ToAgent[p.pt]
		way := passage{pt: pt, event: pt >= 0 && pt == s.numbers.AgentEvent, scale: s.numbers.EventToAgent, source: source}
		packet, to = s.toAgentLocked(leg, b, p, way, now)
		return packet, to, on
	case s.joint.holds():
		return nil, to, s.carryLocked(p, source)
	}
	s.r.count.drop(DropNotConnected)
	return nil, to, on
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

// trunkAddrLocked is where sound for the trunk goes, invalid while it may not.
func (s *Session) trunkAddrLocked() netip.AddrPort {
	if !s.answered || !s.remote.Send || !s.secure.usable() {
		return netip.AddrPort{}
	}
	return s.latch.sendTo()
}

// sealLocked makes a packet for the trunk ready to be sent.
func (s *Session) sealLocked(b []byte, to netip.AddrPort, count *counter) ([]byte, hop) {
	sealed, ok := s.secure.seal(b)
	if !ok {
		return s.dropped(DropSRTP)
	}
	return sealed, hop{out: s.rtpOut, addr: to, count: count}
}
