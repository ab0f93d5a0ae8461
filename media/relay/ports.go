package relay

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"offhook/media"
)

// ports hands out the port pairs of trunk legs: an even port for RTP, the next for RTCP (RFC 3550 §11). The search begins at a
// random place, and a freed pair rests, so that late packets of one call do not meet the next.
type ports struct {
	addr  netip.Addr
	min   uint16
	pairs int
	rest  time.Duration
	now   func() time.Time
	open  func(a netip.AddrPort) (*net.UDPConn, error)

	mu      sync.Mutex
	busy    map[uint16]bool // taken, or resting
	resting []rested        // the one that rests longest first
}

// rested is a pair that was freed.
type rested struct {
	port uint16
	at   time.Time
}

func newPorts(c Config) *ports {
	return &ports{addr: c.TrunkListen, min: c.PortMin, pairs: (int(c.PortMax) - int(c.PortMin) + 1) / 2, rest: c.PortRest, now: time.Now, open: listenUDP,
		busy: make(map[uint16]bool)}
}

// pair is an RTP socket and its RTCP socket.
type pair struct {
	rtp, rtcp *net.UDPConn
	port      uint16 // of RTP
}

// take binds a free pair, or returns [media.ErrFull]. A pair that another program holds is passed over; what else goes wrong would go wrong with all of them.
func (p *ports) take() (pair, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.freeLocked() == 0 {
		return pair{}, media.ErrFull
	}
	start := rand.IntN(p.pairs)
	for i := range p.pairs {
		port := p.min + uint16((start+i)%p.pairs)*2
		if p.busy[port] {
			continue
		}
		got, err := p.bind(port)
		switch {
		case err == nil:
			p.busy[port] = true
			return got, nil
		case !errors.Is(err, syscall.EADDRINUSE) && !errors.Is(err, syscall.EACCES):
			return pair{}, fmt.Errorf("%w: %w", media.ErrFull, err)
		}
	}
	return pair{}, media.ErrFull
}

// free is how many pairs may be taken now, if no other program holds them.
func (p *ports) free() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.freeLocked()
}

func (p *ports) freeLocked() int {
	now := p.now()
	for len(p.resting) > 0 && now.Sub(p.resting[0].at) >= p.rest {
		delete(p.busy, p.resting[0].port)
		p.resting = p.resting[1:]
	}
	return p.pairs - len(p.busy)
}

func (p *ports) bind(port uint16) (pair, error) {
	rtp, err := p.open(netip.AddrPortFrom(p.addr, port))
	if err != nil {
		return pair{}, err
	}
	rtcp, err := p.open(netip.AddrPortFrom(p.addr, port+1))
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
	p.resting = append(p.resting, rested{got.port, p.now()})
}

func listenUDP(a netip.AddrPort) (*net.UDPConn, error) {
	network := "udp4"
	if a.Addr().Is6() {
		network = "udp6"
	}
	return net.ListenUDP(network, net.UDPAddrFromAddrPort(a))
}
