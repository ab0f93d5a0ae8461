package dialog

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Times and sizes of a connection (security.md §5).
const (
	idleTime   = 120 * time.Second // without a byte in either direction
	finishTime = 5 * time.Second   // a message that has begun is complete by then
	writeTime  = 5 * time.Second
	flushTime  = time.Second
	maxUnsent  = 256 << 10 // bytes that wait for a peer which does not read
)

// errSlow says that a peer does not read what it is sent.
var errSlow = errors.New("dialog: the peer does not read")

// stream is one TCP or TLS connection as sipgo sees it. Reading gives whole messages that the screen has passed and made regular, and nothing
// else: pings are answered, broken messages refused and garbage ended before sipgo knows of them. Writing never blocks.
type stream struct {
	net.Conn
	s     *streams
	trunk *Trunk
	from  netip.AddrPort

	// Used by the one reader.
	frame  framer
	screen *screen
	out    []byte // of a message, what sipgo has not taken yet
	chunk  []byte
	begun  time.Time // when the message that is being read began
	first  sync.Once
	pooled chan struct{} // closed at the first read: sipgo has the connection in its pool by then

	mu     sync.Mutex
	unsent [][]byte
	queued int
	active time.Time
	over   bool
	wake   chan struct{}
}

func newStream(s *streams, conn net.Conn, trunk *Trunk, from netip.AddrPort) *stream {
	return &stream{
		Conn: conn, s: s, trunk: trunk, from: from, screen: newStreamScreen(s.p.e.secret), chunk: make([]byte, 4<<10),
		pooled: make(chan struct{}), wake: make(chan struct{}, 1), active: time.Now(),
	}
}

// Read gives sipgo the next piece of a screened message. Called by sipgo's reader.
func (st *stream) Read(b []byte) (n int, err error) {
	st.first.Do(func() { close(st.pooled) })
	defer func() {
		if p := recover(); p != nil {
			st.s.p.e.stats.panics.Add(1)
			st.s.p.e.log.Error("panic while reading a connection", "panic", fmt.Sprint(p))
			n, err = 0, st.end()
		}
	}()
	for len(st.out) == 0 {
		switch u := st.frame.next(); u.kind {
		case unitNone:
			if err := st.fill(); err != nil {
				return 0, st.end()
			}
		case unitMessage:
			st.begun = time.Time{}
			st.out = st.s.p.judge(st.screen, u.text, st.from, st.trunk, st.reply)
		case unitPing:
			if st.s.p.e.allowed(st.from.Addr()) {
				st.Write([]byte("\r\n")) // a peer that is gone shows at the next read
			}
		case unitBroken:
			st.s.p.e.stats.malformed.Add(1)
			st.refuse(u)
			return 0, st.end()
		}
	}
	n = copy(b, st.out)
	st.out = st.out[n:]
	return n, nil
}

// fill reads more, within the time that the message or the silence may last.
func (st *stream) fill() error {
	for {
		now := time.Now()
		limit := st.lastActive().Add(idleTime)
		if st.frame.started() {
			if st.begun.IsZero() {
				st.begun = now
			}
			limit = st.begun.Add(finishTime)
		}
		if !limit.After(now) {
			return errTimeout
		}
		if st.ended() {
			return net.ErrClosed
		}
		if err := st.Conn.SetReadDeadline(limit); err != nil {
			return err
		}
		if st.ended() { // Close may have set its deadline before ours
			return net.ErrClosed
		}
		n, err := st.Conn.Read(st.chunk)
		if n > 0 {
			st.touch()
			st.frame.add(st.chunk[:n])
			return nil
		}
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			continue // the limit may have moved: something was written
		}
		if err != nil {
			return err
		}
	}
}

func (st *stream) lastActive() time.Time {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.active
}

func (st *stream) touch() {
	st.mu.Lock()
	st.active = time.Now()
	st.mu.Unlock()
}

func (st *stream) ended() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.over
}

// end closes the connection and gives the error that sipgo takes for an ordinary end.
func (st *stream) end() error {
	st.Close()
	return net.ErrClosed
}

// refuse answers a message that ends the stream, if it says enough to be answered.
func (st *stream) refuse(u unit) {
	if u.status == 0 {
		return
	}
	st.screen.read(u.text, st.from)
	if st.screen.hasVia && st.screen.method != "" && st.screen.method != "ACK" {
		b, _ := st.screen.reply(u.status, u.phrase)
		st.reply(b, st.from)
	}
}

// reply sends a stateless response, on the connection that the request came by.
func (st *stream) reply(b []byte, _ netip.AddrPort) error {
	_, err := st.Write(b)
	return err
}

// Write queues bytes for the writer. It fails when the connection is over or the peer does not read.
func (st *stream) Write(b []byte) (int, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.over:
		return 0, net.ErrClosed
	case st.queued+len(b) > maxUnsent:
		st.closeLocked()
		return 0, errSlow
	}
	st.s.p.e.cfg.see(false, st.s.p.network, st.from, b)
	st.unsent, st.queued, st.active = append(st.unsent, bytes.Clone(b)), st.queued+len(b), time.Now()
	st.poke()
	return len(b), nil
}

func (st *stream) poke() {
	select {
	case st.wake <- struct{}{}:
	default:
	}
}

// Close ends the connection: the reader at once, the writer when it has sent what is queued. It does not wait.
func (st *stream) Close() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.closeLocked()
	return nil
}

func (st *stream) closeLocked() {
	if st.over {
		return
	}
	st.over = true
	if err := st.Conn.SetReadDeadline(time.Unix(1, 0)); err != nil {
		st.s.p.e.log.Debug("connection is gone already", "error", err)
	}
	st.poke()
}

// write is the writer: it sends what is queued until the connection is over, and then closes it.
func (st *stream) write() {
	defer st.s.forget(st)
	for {
		<-st.wake
		st.mu.Lock()
		out, over := st.unsent, st.over
		st.unsent = nil
		st.mu.Unlock()
		limit := writeTime
		if over {
			limit = flushTime
		}
		if err := st.send(bytes.Join(out, nil), limit); err != nil || over {
			st.Close()
			return
		}
	}
}

func (st *stream) send(out []byte, limit time.Duration) error {
	if len(out) == 0 {
		return nil
	}
	if err := st.Conn.SetWriteDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	_, err := st.Conn.Write(out)
	st.mu.Lock()
	st.queued -= len(out) // until here it waits
	st.mu.Unlock()
	return err
}
