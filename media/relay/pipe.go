package relay

import (
	"net"
	"os"
	"sync"
	"time"
)

// pipe is the net.PacketConn that a DTLS association reads and writes: a bounded queue of the datagrams of one peer in, its address of the moment
// out. A full queue drops: DTLS sends again.
type pipe struct {
	send   func(b []byte)
	in     chan []byte
	closed chan struct{}
	once   sync.Once

	mu      sync.Mutex
	overdue chan struct{} // closed when the read deadline has passed
	timer   *time.Timer
}

func newPipe(send func(b []byte)) *pipe {
	return &pipe{send: send, in: make(chan []byte, 32), closed: make(chan struct{}), overdue: make(chan struct{})}
}

// feed queues a copy of a datagram, or says that there is no room.
func (p *pipe) feed(b []byte) bool {
	select {
	case p.in <- append([]byte(nil), b...):
		return true
	default:
		return false
	}
}

func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	p.mu.Lock()
	overdue := p.overdue
	p.mu.Unlock()
	select {
	case <-overdue:
		return 0, nil, os.ErrDeadlineExceeded
	default:
	}
	select {
	case d := <-p.in:
		return copy(b, d), p.RemoteAddr(), nil
	case <-overdue:
		return 0, nil, os.ErrDeadlineExceeded
	case <-p.closed:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo sends to the peer; as long as there is no address the datagram is lost, as any may be.
func (p *pipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	p.send(b)
	return len(b), nil
}

// Close lets readers go; writing still works, for the last alert.
func (p *pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	p.SetReadDeadline(time.Time{})
	return nil
}

func (p *pipe) LocalAddr() net.Addr  { return &net.UDPAddr{} }
func (p *pipe) RemoteAddr() net.Addr { return &net.UDPAddr{} }

// SetReadDeadline ends reads that wait, now or later; the zero time ends none.
func (p *pipe) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	select {
	case <-p.overdue:
		p.overdue = make(chan struct{})
	default:
	}
	if t.IsZero() {
		return nil
	}
	overdue := p.overdue
	expire := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.overdue == overdue {
			select {
			case <-overdue:
			default:
				close(overdue)
			}
		}
	}
	if wait := time.Until(t); wait > 0 {
		p.timer = time.AfterFunc(wait, expire)
		return nil
	}
	close(overdue)
	return nil
}

func (p *pipe) SetWriteDeadline(time.Time) error { return nil }

func (p *pipe) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }
