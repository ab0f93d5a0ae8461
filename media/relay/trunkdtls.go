package relay

import (
	"net/netip"
	"time"

	"offhook/translator/sdp"
)

// trunkDTLS is the DTLS of one dialog with a trunk (RFC 5763). It runs on the RTP port, for RTCP too where that is multiplexed. Guarded by the session's mutex.
type trunkDTLS struct {
	s     *Session
	links []*trunkLink // one for each certificate that was described, newest last
	now   *trunkLink   // of the present description, nil before there is one
}

// maxLinks is how many certificates of a far side are remembered: those of the forks of a call.
const maxLinks = 4

// trunkLink is the association with one certificate of the far side.
type trunkLink struct {
	s      *Session // fixed
	prints sdp.Fingerprints

	used, next   *trunkHandshake // next replaces the one in use when its handshake is done
	in           *inbound        // of the one in use
	described    bool            // since the one in use was established: a ClientHello may ask for another one
	failuresTold bool
}

// trunkHandshake is an association and the only address that has to do with it.
type trunkHandshake struct {
	*association
	from netip.AddrPort
}

// agreeLocked takes the fingerprints of a description. Those that were there before go on with their association (RFC 8842 §5.1).
func (d *trunkDTLS) agreeLocked(prints *sdp.Fingerprints) {
	if d == nil {
		return
	}
	if prints == nil {
		d.now = nil
		return
	}
	for _, l := range d.links {
		if samePrints(l.prints, *prints) {
			d.now, l.described = l, true
			return
		}
	}
	if len(d.links) == maxLinks {
		d.links[0].closeLocked()
		d.links = d.links[1:]
	}
	d.now = &trunkLink{s: d.s, prints: *prints}
	d.links = append(d.links, d.now)
}

// ready returns the association with keys, or nil.
func (d *trunkDTLS) ready() *association {
	if d.now != nil && d.now.used != nil && d.now.used.ready {
		return d.now.used.association
	}
	return nil
}

// inbound is what the far side's packets are opened with, nil for nothing.
func (d *trunkDTLS) inbound() *inbound {
	if d.now == nil {
		return nil
	}
	return d.now.in
}

// closeLocked ends all associations.
func (d *trunkDTLS) closeLocked() {
	for _, farewell := range d.stopLocked() {
		d.s.r.farewells.Go(farewell)
	}
}

// stopLocked ends all associations and returns what is left to tell their peers.
func (d *trunkDTLS) stopLocked() (farewells []func()) {
	if d == nil {
		return nil
	}
	for _, l := range d.links {
		for _, h := range [...]*trunkHandshake{l.used, l.next} {
			if h == nil {
				continue
			}
			if farewell := h.stopLocked(); farewell != nil {
				farewells = append(farewells, farewell)
			}
		}
	}
	d.links, d.now = nil, nil
	return farewells
}

func (l *trunkLink) closeLocked() {
	for _, h := range [...]*trunkHandshake{l.used, l.next} {
		if h != nil {
			h.association.closeLocked()
		}
	}
	l.used, l.next, l.in = nil, nil, nil
}

// trunkHandshake takes a DTLS datagram of the trunk to its association. A ClientHello begins one.
func (s *Session) trunkHandshake(b []byte, src netip.AddrPort, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.secure.dtls
	switch {
	case s.closed || d == nil || d.now == nil:
		s.r.count.drop(DropDTLS)
	case !s.latch.plausible(src):
		s.r.count.drop(DropStranger)
	case !s.limit.allow(now):
		s.r.count.drop(DropRate)
	default:
		if h := d.now.forLocked(b, src); h == nil || !h.pipe.feed(b) {
			s.r.count.drop(DropDTLS)
		}
	}
}

// forLocked finds, or begins, the association that a datagram is for; nil for none. A handshake of another address gives way to one of the address that was
// described: whoever else is in the trunk's networks cannot keep the trunk from its own.
func (l *trunkLink) forLocked(b []byte, src netip.AddrPort) *trunkHandshake {
	hello := isClientHello(b)
	switch {
	case l.next != nil && l.next.from == src:
		return l.next
	case l.next != nil && hello && src == l.s.latch.told:
		l.next.association.closeLocked()
		l.next = l.beginLocked(src)
		return l.next
	case l.next != nil:
	case l.used == nil && hello, hello && l.described && l.used.ready:
		l.next = l.beginLocked(src)
		return l.next
	}
	if l.used != nil && l.used.from == src {
		return l.used
	}
	return nil
}

func (l *trunkLink) beginLocked(src netip.AddrPort) *trunkHandshake {
	s := l.s
	h := &trunkHandshake{from: src}
	h.association = newAssociation(s.r, l, l.prints, func(b []byte) { s.r.send(s.rtpOut, b, src) })
	h.cookies = true
	s.r.spawn("DTLS of a trunk", h.run)
	return h
}

// established implements dtlsUser.
func (l *trunkLink) established(a *association, conn dtlsConn) bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.s.closed || a.stopped || l.next == nil || l.next.association != a {
		return false
	}
	if l.used != nil {
		l.used.association.closeLocked()
	}
	l.used, l.next, l.described = l.next, nil, false
	l.in = &inbound{context: a.in, ssrcs: make([]uint32, 0, 4)}
	a.conn, a.ready = conn, true
	return true
}

// ended implements dtlsUser. A far side whose association broke may begin another; whether its call ends is for signalling and silence to say.
func (l *trunkLink) ended(a *association, err error) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	switch {
	case l.s.closed || a.stopped:
		return
	case l.next != nil && l.next.association == a:
		l.next = nil
	case l.used != nil && l.used.association == a:
		l.used, l.in = nil, nil
	default:
		return
	}
	if !l.failuresTold {
		l.failuresTold = true
		l.s.r.log.Warn("DTLS of a trunk failed", "call", l.s.call, "error", err)
	}
}
