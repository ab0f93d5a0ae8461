package relay

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

const (
	// maxDatagram is the largest datagram that is read whole; DTLS and RTP stay under the MTU.
	maxDatagram = 1600
	// tailroom is left behind it for the authentication tag and index of SRTP and SRTCP (RFC 7714 §12: 16 octets, and 4).
	tailroom = 64
)

// packetWriter is the sending half of a UDP socket.
type packetWriter interface {
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
}

// agentSocket is one UDP socket for browsers, with its reader. What is not marked belongs to the reader.
type agentSocket struct {
	r     *Relay       // fixed
	conn  *net.UDPConn // fixed; nil only where a test feeds packets by hand
	out   packetWriter // fixed; conn
	stun  responder
	now   time.Time // when the datagram in hand came
	octet [maxDatagram + tailroom]byte
}

// serve reads until the socket is closed.
func (k *agentSocket) serve() {
	for {
		n, from, err := k.conn.ReadFromUDPAddrPort(k.octet[:maxDatagram])
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			k.r.count.drop(DropUnknown)
			continue
		}
		k.now = time.Now()
		k.handle(k.octet[:], n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
	}
}

// handle takes the datagram b[:n]; what lies behind is room to work in. A fault of ours costs this packet only.
func (k *agentSocket) handle(b []byte, n int, from netip.AddrPort) {
	defer k.r.caught("packet of a browser")
	src := source{k, from}
	switch kind := classify(b[:n]); kind {
	case kindSTUN:
		k.check(b[:n], src)
	case kindDTLS:
		if leg := k.leg(src); leg != nil {
			leg.fromDTLS(b[:n])
		}
	case kindRTP:
		if leg := k.leg(src); leg != nil {
			k.relay(leg, b, n)
		}
	case kindRTCP:
		if leg := k.leg(src); leg != nil {
			leg.takeReport(b[:n], k.now)
		}
	default:
		k.r.count.drop(DropUnknown)
	}
}

// leg returns whom a source belongs to; for others the packet is dropped here, whatever it is.
func (k *agentSocket) leg(src source) *agentLeg {
	leg := k.r.routes.source(src)
	if leg == nil {
		k.r.count.drop(DropStranger)
	}
	return leg
}

// check answers a STUN check and lets a good one act.
func (k *agentSocket) check(b []byte, src source) {
	c, ok := k.stun.read(b, k.r.routes)
	if !ok {
		k.r.count.drop(DropSTUN)
		return
	}
	answer, usable := k.stun.answer(c, src)
	if usable && !c.act(src, k.now) {
		k.r.count.drop(DropTaken)
		return
	}
	k.r.send(k.out, answer, src.addr)
	c.leg.owner.Load().tell()
}

// relay takes an SRTP packet on to the other side.
func (k *agentSocket) relay(leg *agentLeg, b []byte, n int) {
	s, packet, to := leg.sound(b, n, k.now)
	k.r.pass(packet, to)
	s.tell()
}

// hop is where a packet goes next, and what it counts as.
type hop struct {
	out   packetWriter
	addr  netip.AddrPort
	count *counter
}

// pass sends a packet on, if it is one.
func (r *Relay) pass(packet []byte, to hop) {
	if packet != nil && r.send(to.out, packet, to.addr) {
		to.count.Add(1)
	}
}

// send sends a datagram and says whether the socket took it.
func (r *Relay) send(out packetWriter, b []byte, to netip.AddrPort) bool {
	if _, err := out.WriteToUDPAddrPort(b, to); err != nil {
		r.count.drop(DropSend)
		return false
	}
	return true
}
