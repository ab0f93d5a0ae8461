package relay

import (
	"time"

	"offhook/media"
)

// act lets a valid STUN check count: its source is bound to the leg, and a nomination chooses the pair that we send to
// (RFC 8445 §7.3.1.5). It is false when the check must not be answered: the source is another live leg's, or the leg is gone.
func (c check) act(src source, now time.Time) bool {
	leg := c.leg
	s := leg.lock()
	defer s.mu.Unlock()
	if s.closed || s.legs[leg.id] != leg {
		return false
	}
	if leg.remote.Ufrag == "" { // the check overtook the answer (RFC 8445 §7.3)
		if c.nominate {
			leg.early.remote, leg.early.from = c.remote, src
		}
		return true
	}
	if c.remote != leg.remote.Ufrag || !s.r.routes.bind(leg, src, s.r.config.AgentSilence) {
		return false
	}
	s.validLocked(leg, now)
	if now := leg.pair.Load(); now == nil || c.nominate && *now != src {
		leg.pair.Store(&src)
	}
	if c.nominate {
		leg.nominated = true
	}
	s.upLocked(leg, now)
	return true
}

// validLocked notes a sign of life of the browser.
func (s *Session) validLocked(leg *agentLeg, now time.Time) {
	leg.hear()
	if leg.silent {
		leg.silent = false
		s.eventLocked(media.Event{Kind: media.AgentBack, Leg: leg.id, At: now})
	}
}

// upLocked tells that a leg can be used, once for each description.
func (s *Session) upLocked(leg *agentLeg, now time.Time) {
	if leg.toldUp || !leg.nominated || leg.readyLocked() == nil {
		return
	}
	leg.toldUp = true
	leg.hear()
	s.eventLocked(media.Event{Kind: media.AgentUp, Leg: leg.id, At: now})
}

// fromDTLS takes a DTLS datagram of a bound source to its association. The first ClientHello after a description begins one.
func (l *agentLeg) fromDTLS(b []byte) {
	s := l.lock()
	defer s.mu.Unlock()
	a := l.next
	switch hello := isClientHello(b); {
	case s.closed || s.legs[l.id] != l || l.failed:
		a = nil
	case a != nil:
	case l.assoc == nil && hello:
		a = s.associateLocked(l)
		l.assoc = a
	case l.renewed && hello && l.assoc.ready:
		// A page that came back with its certificate but without its connection (RFC 8842 §5.5 leaves it no other sign).
		a = s.associateLocked(l)
		l.next = a
	default:
		a = l.assoc
	}
	if a == nil || !a.pipe.feed(b) {
		s.r.count.drop(DropDTLS)
	}
}

func (s *Session) associateLocked(leg *agentLeg) *association {
	a := newAssociation(s.r, leg, leg.remote.Fingerprints, leg.toPeer)
	s.r.spawn("DTLS", a.run)
	return a
}

// isClientHello knows the first flight of a handshake: a plain record (epoch 0) with a ClientHello (RFC 6347 §4.3.1).
func isClientHello(b []byte) bool {
	return len(b) > 13 && b[0] == 22 && b[3] == 0 && b[4] == 0 && b[13] == 1
}

// toPeer sends a datagram of DTLS to the pair that ICE chose.
func (l *agentLeg) toPeer(b []byte) {
	if to := l.pair.Load(); to != nil {
		l.r.send(to.socket.out, b, to.addr)
	}
}

// established implements dtlsUser, and tells.
func (l *agentLeg) established(a *association, conn dtlsConn) bool {
	s := l.lock()
	defer s.tell()
	defer s.mu.Unlock()
	if s.closed || a.stopped {
		return false
	}
	if l.next == a {
		l.assoc.closeLocked()
		l.assoc, l.next = a, nil
	}
	a.conn, a.ready = conn, true
	l.renewed = false
	l.fromAgent.restart()
	s.upLocked(l, time.Now())
	return true
}

// ended implements dtlsUser: it tells that an association broke, unless we ended it.
func (l *agentLeg) ended(a *association, err error) {
	s := l.lock()
	defer s.tell()
	defer s.mu.Unlock()
	switch {
	case s.closed || a.stopped || l.assoc != a && l.next != a:
		return
	case l.next == a:
		l.next = nil // what was to replace it came to nothing: the one in use stays (security rule 2)
		return
	}
	l.closeLocked()
	l.failed, l.fault = true, err
	s.eventLocked(media.Event{Kind: media.AgentFailed, Leg: l.id, At: time.Now(), Err: err})
}
