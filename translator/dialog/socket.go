package dialog

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// socket is the listener's UDP socket as sipgo sees it. A read error other than "closed" would end sipgo's listener for ever;
// here it is counted and the read is tried again.
type socket struct {
	net.PacketConn
	ready  chan struct{} // closed at the first read: sipgo has the connection in its pool by then
	first  sync.Once
	stats  *counters
	closed chan struct{}
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
		s.stats.restarts.Add(1)
		select {
		case <-s.closed:
			return 0, nil, net.ErrClosed
		case <-time.After(10 * time.Millisecond): // an error that stays must not take the processor
		}
	}
}
