package dialog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Limits of connections (security.md §5).
const (
	maxPerTrunk = 64
	setupTime   = 3 * time.Second // TCP and TLS together; a dead trunk must not hold a call longer (F7)
	maxWaiting  = 1024            // messages that wait for one connection
)

// streams are the connections of one TCP or TLS listener, those that came and those that we made. Towards sipgo it is a listener that accepts
// both: so sipgo finds a connection to every address that we send to, and never dials itself.
type streams struct {
	p      *port
	ln     net.Listener
	config *tls.Config // nil for TCP

	ready chan *stream // to sipgo

	mu      sync.Mutex
	to      map[netip.AddrPort]*stream
	all     map[*stream]struct{}
	dialing map[netip.AddrPort]*dialing
}

// dialing is a connection that is being made, with the messages that wait for it, in order.
type dialing struct{ waiting []func(error) }

func newStreams(p *port, ln net.Listener, config *tls.Config) *streams {
	s := &streams{
		p: p, ln: ln, ready: make(chan *stream), to: map[netip.AddrPort]*stream{}, all: map[*stream]struct{}{},
		dialing: map[netip.AddrPort]*dialing{},
	}
	if config != nil {
		s.config = serverTLS(config, p.e.core)
	}
	return s
}

// Accept gives sipgo the next connection.
func (s *streams) Accept() (net.Conn, error) {
	select {
	case st := <-s.ready:
		return st, nil
	case <-s.p.e.closed:
		return nil, net.ErrClosed
	}
}

// Addr is the listener's address.
func (s *streams) Addr() net.Addr { return s.ln.Addr() }

// Close does nothing: the endpoint closes the listener.
func (s *streams) Close() error { return nil }

// listen accepts connections until the endpoint closes. A stranger's is closed unread.
func (s *streams) listen() {
	for {
		conn, err := s.ln.Accept()
		if err == nil {
			s.enter(conn)
			continue
		}
		select {
		case <-s.p.e.closed:
			return
		default:
		}
		s.p.e.stats.restarts.Add(1)
		select {
		case <-s.p.e.closed:
			return
		case <-time.After(10 * time.Millisecond): // no more files, say
		}
	}
}

func (s *streams) enter(conn net.Conn) {
	from := addrOf(conn.RemoteAddr())
	trunk := s.p.e.trunkOf(from.Addr())
	if trunk == nil {
		s.p.e.stranger(from.Addr(), time.Now())
		abort(conn)
		return
	}
	if !s.p.e.quota.reserve(trunk) {
		s.p.e.stats.surplus.Add(1)
		abort(conn)
		return
	}
	s.p.e.spawn(func() {
		if s.config != nil {
			secured, err := handshake(s.p.e.life, tls.Server(conn, s.config), finishTime)
			if err != nil {
				s.p.e.insecure(trunk.Name, from, err)
				abort(conn)
				s.p.e.quota.release(trunk)
				return
			}
			s.serve(secured, trunk, from)
			return
		}
		s.serve(conn, trunk, from)
	})
	select {
	case <-s.p.e.closed: // spawn did nothing
		abort(conn)
	default:
	}
}

// abort closes a connection without a word and without keeping its port in TIME-WAIT.
func abort(conn net.Conn) {
	if t, ok := conn.(*net.TCPConn); ok {
		t.SetLinger(0)
	}
	conn.Close()
}

func handshake(ctx context.Context, c *tls.Conn, limit time.Duration) (net.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	return c, c.HandshakeContext(ctx)
}

// quota counts the connections of each trunk, over all listeners. Its zero value is ready.
type quota struct {
	mu sync.Mutex
	of map[*Trunk]int
}

// reserve takes one of the trunk's connections.
func (q *quota) reserve(t *Trunk) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.of == nil {
		q.of = map[*Trunk]int{}
	}
	if q.of[t] >= maxPerTrunk {
		return false
	}
	q.of[t]++
	return true
}

func (q *quota) release(t *Trunk) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.of[t]--
}

// serve gives a connection to sipgo and returns when sipgo reads it. The place in the trunk's count is taken already. It returns nil after Close.
func (s *streams) serve(conn net.Conn, trunk *Trunk, from netip.AddrPort) *stream {
	st := newStream(s, conn, trunk, from)
	s.mu.Lock()
	s.to[from] = st
	s.all[st] = struct{}{}
	s.mu.Unlock()
	s.p.e.stats.connections.Add(1)
	if !s.p.e.join(&s.p.e.wg) {
		s.forget(st)
		return nil
	}
	go func() {
		defer s.p.e.wg.Done()
		st.write()
	}()
	select {
	case s.ready <- st:
		<-st.pooled
		return st
	case <-s.p.e.closed:
		st.Close()
		return nil
	}
}

// forget takes a connection that is over out of the tables. Called by its writer.
func (s *streams) forget(st *stream) {
	if err := st.Conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		s.p.e.log.Debug("connection not closed cleanly", "error", err)
	}
	s.p.e.stats.connections.Add(-1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to[st.from] == st {
		delete(s.to, st.from)
	}
	delete(s.all, st)
	s.p.e.quota.release(st.trunk)
}

// end closes every connection.
func (s *streams) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for st := range s.all {
		st.Close()
	}
	return s.ln.Close()
}

// open says whether there is a connection to the address.
func (s *streams) open(to netip.AddrPort) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.to[to]
	return st != nil && !st.ended()
}

// with calls f when there is a connection to the address: at once if it is there, else, from another goroutine, when it was made or could not be
// made. Calls for one address run in the order in which they were asked for.
func (s *streams) with(to netip.AddrPort, trunk *Trunk, f func(error)) error {
	s.mu.Lock()
	if d := s.dialing[to]; d != nil {
		defer s.mu.Unlock()
		if len(d.waiting) >= maxWaiting {
			return ErrBusy
		}
		d.waiting = append(d.waiting, f)
		return nil
	}
	if st := s.to[to]; st != nil && !st.ended() {
		s.mu.Unlock()
		f(nil)
		return nil
	}
	defer s.mu.Unlock()
	if !s.p.e.quota.reserve(trunk) {
		return ErrBusy
	}
	s.dialing[to] = &dialing{waiting: []func(error){f}}
	s.p.e.spawn(func() { s.dial(to, trunk) })
	return nil
}

func (s *streams) dial(to netip.AddrPort, trunk *Trunk) {
	conn, err := s.connect(to, trunk)
	switch {
	case err != nil:
		s.p.e.quota.release(trunk)
	case s.serve(conn, trunk, to) == nil:
		err = ErrClosed
	}
	for {
		s.mu.Lock()
		d := s.dialing[to]
		waiting := d.waiting
		d.waiting = nil
		if len(waiting) == 0 {
			delete(s.dialing, to)
		}
		s.mu.Unlock()
		if len(waiting) == 0 {
			return
		}
		for _, f := range waiting {
			f(err)
		}
	}
}

// connect makes a connection from the listener's address.
func (s *streams) connect(to netip.AddrPort, trunk *Trunk) (net.Conn, error) {
	ctx, stop := context.WithTimeout(s.p.e.life, setupTime)
	defer stop()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: addrOf(s.ln.Addr()).Addr().AsSlice()}}
	conn, err := d.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errTransport, err)
	}
	if s.config == nil {
		return conn, nil
	}
	secured, err := handshake(ctx, tls.Client(conn, clientTLS(trunk, to.Addr())), setupTime)
	if err != nil {
		abort(conn)
		return nil, fmt.Errorf("%w: %w", errTransport, err)
	}
	return secured, nil
}

// addrOf is a socket's address as a value.
func addrOf(a net.Addr) netip.AddrPort {
	var at netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		at = a.AddrPort()
	case *net.UDPAddr:
		at = a.AddrPort()
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
