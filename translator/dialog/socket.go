package dialog

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// socket is the listener's UDP socket as sipgo sees it. A read error other than "closed" would end sipgo's listener for ever;
// here it is counted and the read is tried again. What the network reports of addresses that cannot be reached is
// taken from the socket's error queue.
type socket struct {
	net.PacketConn
	ready  chan struct{} // closed at the first read: sipgo has the connection in its pool by then
	first  sync.Once
	stats  *counters
	closed chan struct{}
	tap    func(Tapped)
	// unreachable is told of the addresses that the network reported as not reachable.
	unreachable func(netip.AddrPort)
}

// ReadFrom reads a datagram, over errors that pass.
func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	s.first.Do(func() { close(s.ready) })
	for {
		n, from, err := s.PacketConn.ReadFrom(b)
		if err == nil || errors.Is(err, net.ErrClosed) {
			return n, from, err
		}
		if s.reported(err) {
			continue
		}
		s.stats.restarts.Add(1)
		select {
		case <-s.closed:
			return 0, nil, net.ErrClosed
		case <-time.After(10 * time.Millisecond): // an error that stays must not take the processor
		}
	}
}

// WriteTo sends a datagram. An error that an earlier one caused, to whatever address, does not stop this one.
func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	s.seeTo(b, to)
	n, err := s.PacketConn.WriteTo(b, to)
	if err != nil && s.reported(err) {
		return s.PacketConn.WriteTo(b, to)
	}
	return n, err
}

// reported says whether an error is the network's about some datagram sent before, and passes on what the network said.
func (s *socket) reported(err error) bool {
	if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.EHOSTUNREACH) && !errors.Is(err, syscall.ENETUNREACH) {
		return false
	}
	if udp, ok := s.PacketConn.(*net.UDPConn); ok {
		for _, to := range readReports(udp) {
			s.unreachable(to)
		}
	}
	return true
}
