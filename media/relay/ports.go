package relay

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"offhook/media"
)

// ports hands out the port pairs of trunk legs: an even port for RTP, the next for RTCP (RFC 3550 §11). The search begins at a
// random place, and a freed pair rests, so that late packets of one call do not meet the next.
type ports struct {
	addr     netip.Addr
	min, max uint16
	rest     time.Duration
	now      func() time.Time

	mu    sync.Mutex
	taken map[uint16]bool
	freed map[uint16]time.Time
}

func newPorts(c Config) *ports {
	return &ports{addr: c.TrunkListen, min: c.PortMin, max: c.PortMax, rest: c.PortRest, now: time.Now,
		taken: make(map[uint16]bool), freed: make(map[uint16]time.Time)}
}

// pair is an RTP socket and its RTCP socket.
type pair struct {
	rtp, rtcp *net.UDPConn
	port      uint16 // of RTP
}

// take binds a free pair, or returns [media.ErrFull]. A pair that another program holds is passed over.
func (p *ports) take() (pair, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pairs := (int(p.max) - int(p.min) + 1) / 2
	start := rand.IntN(pairs)
	for i := range pairs {
		port := p.min + uint16((start+i)%pairs)*2
		if p.taken[port] || !p.rested(port) {
			continue
		}
		if got, err := p.bind(port); err == nil {
			p.taken[port] = true
			delete(p.freed, port)
			return got, nil
		}
	}
	return pair{}, media.ErrFull
}

func (p *ports) rested(port uint16) bool {
	at, ok := p.freed[port]
	return !ok || p.now().Sub(at) >= p.rest
}

func (p *ports) bind(port uint16) (pair, error) {
	rtp, err := listenUDP(netip.AddrPortFrom(p.addr, port))
	if err != nil {
		return pair{}, err
	}
	rtcp, err := listenUDP(netip.AddrPortFrom(p.addr, port+1))
	if err != nil {
		return pair{}, errors.Join(err, rtp.Close())
	}
	return pair{rtp: rtp, rtcp: rtcp, port: port}, nil
}

// give closes a pair and lets its ports rest.
func (p *ports) give(got pair) {
	got.rtp.Close()
	got.rtcp.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.taken, got.port)
	p.freed[got.port] = p.now()
}

func listenUDP(a netip.AddrPort) (*net.UDPConn, error) {
	network := "udp4"
	if a.Addr().Is6() {
		network = "udp6"
	}
	return net.ListenUDP(network, net.UDPAddrFromAddrPort(a))
}
