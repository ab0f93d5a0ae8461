package relay

import (
	"net/netip"

	"offhook/translator/sdp"
)

// latch decides who may send to a trunk leg (security rule S11). The address of the description counts first. As long as it has sent nothing, five
// packets of one SSRC from one address within the trunk's networks are believed. The first that is believed locks; only signalling opens it.
type latch struct {
	told     netip.AddrPort // by the description, zero when it tells none
	toldRTCP netip.AddrPort
	nat      bool
	networks []netip.Prefix

	locked     netip.AddrPort // who sends, zero until known
	lockedRTCP netip.AddrPort // with nat only: who sends reports
	epoch      uint32         // counts locks
	candidates [4]candidate
}

// candidate is an address that is not believed yet.
type candidate struct {
	addr    netip.AddrPort
	ssrc    uint32
	packets int
}

// believed is how many packets a candidate must send.
const believed = 5

func newLatch(policy sdp.TrunkPolicy) latch {
	l := latch{nat: policy.NAT, networks: policy.MediaNetworks}
	if len(l.networks) == 0 && policy.TrunkAddr.IsValid() {
		a := policy.TrunkAddr.Unmap()
		l.networks = []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}
	}
	return l
}

// signalled takes what a description told. The lock opens only when that changed.
func (l *latch) signalled(rtp, rtcp netip.AddrPort) {
	if rtp != l.told {
		l.locked, l.lockedRTCP = netip.AddrPort{}, netip.AddrPort{}
		l.candidates = [4]candidate{}
	}
	l.told, l.toldRTCP = rtp, rtcp
}

// accept says whether an RTP packet from src is the trunk's.
func (l *latch) accept(src netip.AddrPort, ssrc uint32) bool {
	switch {
	case l.locked.IsValid():
		return src == l.locked
	case src == l.told:
		l.lock(src)
		return true
	case !l.within(src.Addr()):
		return false
	}
	c := l.candidate(src, ssrc)
	if c.packets++; c.packets < believed {
		return false
	}
	l.lock(src)
	return true
}

// plausible says whether a packet from src may be looked at, before anything is believed of it.
func (l *latch) plausible(src netip.AddrPort) bool {
	return src == l.told || src == l.toldRTCP || l.within(src.Addr())
}

// acceptReport says whether an RTCP packet from src is the trunk's. It locks nothing but, behind a NAT, the address for our reports.
func (l *latch) acceptReport(src netip.AddrPort) bool {
	switch {
	case src == l.toldRTCP || src == l.lockedRTCP:
		return true
	case !l.locked.IsValid() || src.Addr() != l.locked.Addr():
		return false
	case src.Port() == l.locked.Port()+1 || src.Port() == l.locked.Port():
		return true
	case l.nat && !l.lockedRTCP.IsValid():
		l.lockedRTCP = src
		return true
	}
	return false
}

// sendTo is where RTP goes: where the description says, or behind a NAT to who was believed. A far side that sends from another port
// than it listens on is heard, and still gets its sound where it asked for it.
func (l *latch) sendTo() netip.AddrPort {
	if l.nat && l.locked.IsValid() {
		return l.locked
	}
	return l.told
}

// reportTo is where RTCP goes, zero for nowhere.
func (l *latch) reportTo() netip.AddrPort {
	switch {
	case !l.nat || !l.locked.IsValid():
		return l.toldRTCP
	case l.lockedRTCP.IsValid():
		return l.lockedRTCP
	case l.locked == l.told:
		return l.toldRTCP
	}
	return netip.AddrPortFrom(l.locked.Addr(), l.locked.Port()+1)
}

func (l *latch) lock(src netip.AddrPort) {
	l.locked = src
	l.epoch++
	l.candidates = [4]candidate{}
}

func (l *latch) within(a netip.Addr) bool {
	for _, n := range l.networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

func (l *latch) candidate(src netip.AddrPort, ssrc uint32) *candidate {
	for i := range l.candidates {
		if c := &l.candidates[i]; c.addr == src && c.ssrc == ssrc {
			return c
		}
	}
	c := &l.candidates[0] // who sent least makes room
	for i := range l.candidates {
		if l.candidates[i].packets < c.packets {
			c = &l.candidates[i]
		}
	}
	*c = candidate{addr: src, ssrc: ssrc}
	return c
}
