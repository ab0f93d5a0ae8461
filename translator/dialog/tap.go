package dialog

import (
	"net"
	"net/netip"
)

// Tapped is one SIP message as it went over the wire, to or from a trunk. What strangers send is not among them.
type Tapped struct {
	// In: it came to us.
	In bool
	// Network is how it came or went; Peer where from or to.
	Network Network
	Peer    netip.AddrPort
	// Data is the message, as it was received or as it is sent. It is used again after the call of [Config.Tap]: keep a copy.
	Data []byte
}

// see tells the tap of a message. Line ends alone keep a connection alive and are none.
func (c *Config) see(in bool, n Network, peer netip.AddrPort, data []byte) {
	if c.Tap != nil && len(data) > len("\r\n\r\n") {
		c.Tap(Tapped{in, n, peer, data})
	}
}

// seeTo is see for a datagram of ours.
func (s *socket) seeTo(b []byte, to net.Addr) {
	if udp, ok := to.(*net.UDPAddr); ok && s.tap != nil {
		s.tap(Tapped{false, UDP, addrOf(udp), b})
	}
}
