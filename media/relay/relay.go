package relay

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// Relay is the embedded [media.Engine].
type Relay struct {
	// fixed after New

	config      Config
	log         *slog.Logger
	certificate tls.Certificate
	fingerprint string
	sockets     []*agentSocket
	candidates  []netip.AddrPort
	ports       *ports
	routes      *routes
	pacer       *pacer
	sounds      *sounds
	start       time.Time
	create      func(path string) (recordFile, error) // of recordings
	done        chan struct{}                         // closed by Close

	count     counters
	assocs    atomic.Uint32  // how many associations there were
	numbered  atomic.Uint64  // how many sessions
	work      sync.WaitGroup // all goroutines
	farewells sync.WaitGroup // those that tell browsers of the end, before the sockets go

	mu       sync.Mutex
	closed   bool
	sessions map[*Session]struct{}
}

var _ media.Engine = (*Relay)(nil)

// New opens the sockets for browsers and starts the engine. The ports of the trunk side are opened call by call.
func New(config Config) (*Relay, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Relay{config: config, log: config.Logger, ports: newPorts(config), routes: newRoutes(), start: time.Now(), create: createRecord,
		done: make(chan struct{}), sessions: make(map[*Session]struct{})}
	r.pacer = newPacer(r)
	r.sounds = newSounds()
	if r.certificate, err = newCertificate(); err != nil {
		return nil, err
	}
	r.fingerprint = fingerprint(r.certificate.Certificate[0])
	if err := r.listen(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	for _, k := range r.sockets {
		r.spawn("agent socket", k.serve)
	}
	r.spawn("pacer", r.pacer.run)
	r.spawn("clock", r.keepTime)
	return r, nil
}

func (r *Relay) listen() error {
	for i, a := range r.config.Listen {
		conn, err := listenUDP(a)
		if err != nil {
			return fmt.Errorf("relay: %w", err)
		}
		conn.SetReadBuffer(4 << 20) // as far as the system allows
		k := &agentSocket{r: r, conn: conn, out: conn}
		r.sockets = append(r.sockets, k)
		told, port := a, conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		if len(r.config.Advertise) > 0 {
			told = r.config.Advertise[i]
		}
		if told.Port() == 0 {
			told = netip.AddrPortFrom(told.Addr(), port)
		}
		r.candidates = append(r.candidates, told)
	}
	return nil
}

// Candidates returns the addresses that browsers are told. The slice is not to be changed.
func (r *Relay) Candidates() []netip.AddrPort { return r.candidates }

// NewSession implements [media.Engine].
func (r *Relay) NewSession(p media.Params) (media.Session, error) {
	got, err := r.ports.take()
	if err != nil {
		return nil, err
	}
	p.Trunk = r.withOwn(p.Trunk)
	s := newSession(r, p, got)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		r.ports.give(got)
		return nil, media.ErrClosed
	}
	r.sessions[s] = struct{}{}
	r.spawn("trunk RTP", func() { s.serveTrunk(got.rtp, s.trunkPacket) })
	r.spawn("trunk RTCP", func() { s.serveTrunk(got.rtcp, s.trunkReport) })
	return s, nil
}

// withOwn completes a trunk's rules by the address that trunks are told.
func (r *Relay) withOwn(trunk sdp.TrunkPolicy) sdp.TrunkPolicy {
	if len(trunk.Own) == 0 {
		trunk.Own = []netip.Addr{r.config.TrunkAdvertise}
	}
	return trunk
}

// Close implements [media.Engine]: it ends all sessions, tells their browsers, closes the sockets and returns when all goroutines are gone.
// Closing again does nothing.
func (r *Relay) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	open := make([]*Session, 0, len(r.sessions))
	for s := range r.sessions {
		open = append(open, s)
	}
	r.mu.Unlock()

	close(r.done)
	for _, s := range open {
		s.Close()
	}
	r.farewells.Wait()
	for _, k := range r.sockets {
		k.conn.Close()
	}
	r.work.Wait()
	return nil
}

// remove forgets a closed session.
func (r *Relay) remove(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, s)
}

// open returns the sessions there are, appended to list.
func (r *Relay) open(list []*Session) []*Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.sessions {
		list = append(list, s)
	}
	return list
}

// spawn starts a goroutine that Close waits for. A panic in it is logged and ends only it.
func (r *Relay) spawn(what string, f func()) {
	r.work.Go(func() {
		defer r.caught(what)
		f()
	})
}

// caught is deferred where a fault of ours must not end the process.
func (r *Relay) caught(what string) {
	if fault := recover(); fault != nil {
		r.count.panics.Add(1)
		r.log.Error("media fault", "in", what, "fault", fault, "stack", string(debug.Stack()))
	}
}

// since is the time since the relay's start in ns, never 0.
func (r *Relay) since() int64 { return int64(time.Since(r.start)) + 1 }

// keepTime looks after silence and sends reports, until Close.
func (r *Relay) keepTime() {
	tick := time.NewTicker(max(min(r.config.AgentSilence/5, r.config.TrunkSilence/5, time.Second), 10*time.Millisecond))
	defer tick.Stop()
	var list []*Session
	var b [maxDatagram + tailroom]byte
	for {
		select {
		case <-r.done:
			return
		case <-tick.C:
		}
		list = r.open(list[:0])
		for i, s := range list {
			s.keepTime(time.Now(), b[:])
			list[i] = nil
		}
	}
}

// The letters of ICE user name fragments and passwords (RFC 8839 §5.4); 64, so that each takes six random bits.
const iceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// token returns n random ICE characters.
func token(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = iceChars[b[i]&63]
	}
	return string(b)
}

// random returns a random number that is not 0.
func random() uint64 {
	for {
		var b [8]byte
		rand.Read(b[:])
		n := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		if n != 0 {
			return n
		}
	}
}

// agentLocal is what the offer of a new leg says of us.
func (r *Relay) agentLocal(ssrc uint32, cname string) sdp.AgentLocal {
	return sdp.AgentLocal{
		Candidates: r.candidates, Ufrag: token(8), Pwd: token(24), Fingerprint: r.fingerprint,
		SSRC: ssrc, CNAME: cname, SessionID: random() >> 1,
	}
}
