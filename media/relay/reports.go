package relay

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/pion/rtcp"

	"offhook/media"
)

// takeReport takes an SRTCP packet of a browser. It is a sign of life, and its sender report is answered in ours.
func (l *agentLeg) takeReport(b []byte, now time.Time) {
	s := l.lock()
	defer s.tell()
	defer s.mu.Unlock()
	s.reportFromAgentLocked(l, b, now)
}

func (s *Session) reportFromAgentLocked(leg *agentLeg, b []byte, now time.Time) {
	a := leg.readyLocked()
	if a == nil || s.closed {
		s.r.count.drop(DropNoKeys)
		return
	}
	ssrc := binary.BigEndian.Uint32(b[4:])
	if !a.expected(ssrc) {
		s.r.count.drop(DropSources)
		return
	}
	plain, err := a.in.DecryptRTCP(b, b, nil)
	if err != nil {
		s.r.count.drop(DropSRTP)
		return
	}
	a.knows(ssrc)
	s.validLocked(leg, now)
	s.upLocked(leg, now)
	leg.fromAgent.report(now, plain, &leg.toAgent)
}

// trunkReport takes a datagram that came to the RTCP port, or RTCP that came to the other one. It ends nothing, not even as a BYE (RFC 3550
// §6.6): calls end by signalling.
func (s *Session) trunkReport(b []byte, n int, src netip.AddrPort, now time.Time) {
	defer s.r.caught("report of a trunk")
	s.mu.Lock()
	defer s.mu.Unlock()
	if classify(b[:n]) != kindRTCP {
		s.r.count.drop(DropUnknown)
		return
	}
	if s.closed || !s.offered || s.secure.on() && !s.latch.plausible(src) {
		s.r.count.drop(DropStranger)
		return
	}
	plain, ok := s.secure.openReport(b[:n])
	switch {
	case !ok:
		s.r.count.drop(DropSRTP)
	case !s.latch.acceptReport(src):
		s.r.count.drop(DropStranger)
	case !s.limit.allow(now):
		s.r.count.drop(DropRate)
	default:
		s.trunkAliveLocked(now)
		s.fromTrunk.report(now, plain, &s.toTrunk)
	}
}

// report looks in a compound packet for the stream's sender report, and for what is said of our own stream (RFC 3550 §6.4).
func (i *inStream) report(now time.Time, b []byte, ours *outStream) {
	for len(b) >= 4 && b[0]>>6 == 2 {
		size := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if size > len(b) {
			return
		}
		if b[1] == uint8(rtcp.TypeSenderReport) && size >= 28 && binary.BigEndian.Uint32(b[4:]) == i.ssrc {
			i.senderReport, i.senderReportAt = binary.BigEndian.Uint32(b[10:]), now
		}
		if at := firstBlock(b[1]); at > 0 && at <= size {
			i.blocks(now, b[at:size], int(b[0]&0x1f), ours)
		}
		b = b[size:]
	}
}

// keepTime tells silence and sends the reports that are due. b is room for packets.
func (s *Session) keepTime(now time.Time, b []byte) {
	s.watch(now)
	s.tell()
	if packet, out, to := s.trunkReportDue(now, b); packet != nil && s.r.send(out, packet, to) {
		s.r.count.reports.Add(1)
	}
	for {
		packet, to := s.agentReportDue(now, b)
		if packet == nil {
			return
		}
		if s.r.send(to.socket.out, packet, to.addr) {
			s.r.count.reports.Add(1)
		}
	}
}

// watch tells who fell silent, once for each silence.
func (s *Session) watch(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.digitsLocked(s.keys.expire(now), now)
	if s.watched && s.remote.Receive && !s.held && !s.silent && now.Sub(s.aliveAt) >= s.r.config.TrunkSilence {
		s.silent = true
		s.eventLocked(media.Event{Kind: media.TrunkSilent, At: now})
	}
	for _, leg := range s.legs {
		if leg.toldUp && !leg.silent && !leg.failed && !leg.heardWithin(s.r.config.AgentSilence) {
			leg.silent = true
			s.eventLocked(media.Event{Kind: media.AgentSilent, Leg: leg.id, At: now})
		}
	}
}

// trunkReportDue returns the report for the trunk when it is time for one, maybe encrypted into b, and the socket that it leaves by.
func (s *Session) trunkReportDue(now time.Time, b []byte) ([]byte, packetWriter, netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out, to := s.reportToLocked()
	if s.closed || !to.IsValid() || !s.reporting.due(now, s.r.config.Reports) {
		return nil, nil, to
	}
	return s.sealReportLocked(b, s.reporting.compose(now, &s.toTrunk, &s.fromTrunk, s.cname)), out, to
}

// reportToLocked is by which socket and where reports for the trunk go; the address is invalid while there is none.
func (s *Session) reportToLocked() (packetWriter, netip.AddrPort) {
	switch {
	case !s.answered:
		return nil, netip.AddrPort{}
	case s.remote.Mux: // RFC 5761 §5.1.1
		return s.rtpOut, s.latch.sendTo()
	}
	return s.rtcpOut, s.latch.reportTo()
}

// sealReportLocked makes a report for the trunk ready to be sent, nil when it cannot be protected.
func (s *Session) sealReportLocked(b, plain []byte) []byte {
	packet, ok := s.secure.sealReport(b, plain)
	if !ok {
		s.r.count.drop(DropSRTP)
		return nil
	}
	return packet
}

// goodbyeLocked tells the trunk that our stream is over (RFC 3550 §6.6); nil when it never got anything of it.
func (s *Session) goodbyeLocked(now time.Time) ([]byte, packetWriter, netip.AddrPort) {
	out, to := s.reportToLocked()
	if !to.IsValid() || s.toTrunk.packets == 0 {
		return nil, nil, to
	}
	bye := &rtcp.Goodbye{Sources: []uint32{s.toTrunk.ssrc}}
	return s.sealReportLocked(nil, s.reporting.compose(now, &s.toTrunk, &s.fromTrunk, s.cname, bye)), out, to
}

// agentReportDue returns the next leg's report, encrypted into b, when it is time for one.
func (s *Session) agentReportDue(now time.Time, b []byte) ([]byte, *source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, leg := range s.legs {
		a, to := leg.readyLocked(), leg.pair.Load()
		if a == nil || to == nil || !leg.reporting.due(now, s.r.config.Reports) {
			continue
		}
		sealed, err := a.out.EncryptRTCP(b, leg.reporting.compose(now, &leg.toAgent, &leg.fromAgent, leg.local.CNAME), nil)
		if err == nil {
			return sealed, to
		}
		s.r.count.drop(DropSRTP)
	}
	return nil, nil
}

// block is the report about a peer's stream.
func (i *inStream) block(now time.Time) rtcp.ReceptionReport {
	total, fraction := i.lost()
	r := rtcp.ReceptionReport{SSRC: i.ssrc, FractionLost: fraction, TotalLost: total,
		LastSequenceNumber: i.cycles | uint32(i.maxSeq), Jitter: i.jitter >> 4}
	if i.senderReport != 0 {
		r.LastSenderReport = i.senderReport
		r.Delay = uint32(min(max(now.Sub(i.senderReportAt), 0), time.Hour) * 65536 / time.Second)
	}
	return r
}

// anchor is the time at which the clock of our reports was right.
var anchor = time.Now()

// ntp is a time as RTCP writes it: seconds since 1900 and their 2^-32 parts (RFC 3550 §4). It goes on evenly when the system's clock is set, as round trips are
// measured by it.
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	t = anchor.Add(t.Sub(anchor))
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}
