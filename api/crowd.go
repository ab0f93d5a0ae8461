package api

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Crowd bounds the connections of a listener, so that nobody who has shown nothing yet takes all the files that calls need. The zero Crowd bounds nothing.
type Crowd struct {
	// All is how many there may be at once, Each how many of them from one address; of IPv6 the /64 counts. 0 is for no bound.
	All, Each int
	// Proxies are addresses behind which many clients are: Each is not for them.
	Proxies []netip.Prefix
	// Count is called for each connection that is closed at once: http_full or http_address, and http_files for each time that none could be taken. It returns at once. nil for
	// none.
	Count func(reason string)
	// Log gets at most one line a minute; nil for none.
	Log *slog.Logger
}

// What a Crowd counts.
const (
	crowdFull    = "http_full"
	crowdAddress = "http_address"
	crowdFiles   = "http_files"
)

// acceptAgain is how long to wait when no connection can be taken, at first and at most: the process may have no files left.
const (
	acceptAgain       = 5 * time.Millisecond
	acceptAgainAtMost = time.Second
)

// crowded is a listener with a Crowd's bounds. Its Accept fails only once it is closed: a server that ended at any other error could be ended by whoever opens
// connections until there are no more files.
type crowded struct {
	net.Listener
	crowd  Crowd
	closed chan struct{}
	once   sync.Once

	mu     sync.Mutex // guards the fields below
	all    int
	of     map[netip.Addr]int
	warned time.Time
	turned int // away since
}

func (c Crowd) bound(l net.Listener) net.Listener {
	return &crowded{Listener: l, crowd: c, closed: make(chan struct{}), of: map[netip.Addr]int{}}
}

// Accept waits for a connection that may stay.
func (l *crowded) Accept() (net.Conn, error) {
	wait := acceptAgain
	for {
		conn, err := l.Listener.Accept()
		switch {
		case err == nil:
		case errors.Is(err, net.ErrClosed):
			return nil, err
		default:
			l.turnAway(crowdFiles, err.Error())
			select {
			case <-time.After(wait):
			case <-l.closed:
				return nil, net.ErrClosed
			}
			wait = min(2*wait, acceptAgainAtMost)
			continue
		}
		wait = acceptAgain
		from := sourceOf(conn)
		if why := l.enter(from); why != "" {
			drop(conn)
			l.turnAway(why, from.String())
			continue
		}
		return &crowdConn{Conn: conn, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
	}
}

// Close closes the listener; connections stay.
func (l *crowded) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// enter counts a connection, or says why there is no room for it.
func (l *crowded) enter(from netip.Addr) (why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch c := l.crowd; {
	case c.All > 0 && l.all >= c.All:
		return crowdFull
	case c.Each > 0 && l.of[from] >= c.Each && !slices.ContainsFunc(c.Proxies, func(p netip.Prefix) bool { return p.Contains(from) }):
		return crowdAddress
	}
	l.all++
	l.of[from]++
	return ""
}

func (l *crowded) leave(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.of[from]--; l.of[from] == 0 {
		delete(l.of, from)
	}
}

// turnAway counts what could not stay, and tells the log of it once a minute.
func (l *crowded) turnAway(why, last string) {
	if l.crowd.Count != nil {
		l.crowd.Count(why)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turned++
	now := time.Now()
	if l.crowd.Log == nil || !l.warned.IsZero() && now.Sub(l.warned) < warnEvery {
		return
	}
	l.crowd.Log.Warn("http connections turned away", "reason", why, "connections", l.turned, "open", l.all, "last", last)
	l.warned, l.turned = now, 0
}

// sourceOf is the address that a connection counts by.
func sourceOf(conn net.Conn) netip.Addr {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	from := at.Addr().Unmap().WithZone("")
	if from.Is6() {
		from = netip.PrefixFrom(from, 64).Masked().Addr()
	}
	return from
}

// drop closes a connection without keeping its port in TIME-WAIT.
func drop(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// crowdConn is a connection that is counted until it is closed.
type crowdConn struct {
	net.Conn
	leave func()
}

// Close closes it, and counts it no more.
func (c *crowdConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// NetConn is the connection beneath.
func (c *crowdConn) NetConn() net.Conn { return c.Conn }
