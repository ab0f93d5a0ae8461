package dialog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Endpoint is the live SIP user agent: one UDP listener, on sipgo's transport and raw transactions. It implements [Tx].
// Its methods may be called from any goroutine. Close it when done.
type Endpoint struct {
	*core
	sock *socket
	tp   *sip.TransportLayer
	txl  *sip.TransactionLayer

	screen *screen // used by the one reader only

	invMu   sync.Mutex
	invites map[string]*liveServer // INVITE transactions by key, for CANCEL and overload
	coming  map[string]onItsWay    // INVITEs that passed the screen but have no transaction yet

	wg      sync.WaitGroup // every goroutine of ours
	sending sync.WaitGroup // calls of Perform
	closed  chan struct{}
	once    sync.Once
}

// receiveBuffer holds about 4,000 datagrams while the process is busy.
const receiveBuffer = 4 << 20

// New opens the listener and serves until Close. The trunks' calls go to cfg.Handler.
func New(cfg Config) (*Endpoint, error) {
	cfg, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(cfg.Listen))
	if err != nil {
		return nil, fmt.Errorf("dialog: listen: %w", err)
	}
	if err := conn.SetReadBuffer(receiveBuffer); err != nil {
		cfg.Logger.Warn("UDP receive buffer not raised", "error", err)
	}
	cfg.Listen = conn.LocalAddr().(*net.UDPAddr).AddrPort() // the port, if 0 was asked for
	return serve(cfg, conn)
}

// serve runs an endpoint on a socket that is open already.
func serve(cfg Config, conn net.PacketConn) (*Endpoint, error) {
	prepareSipgo(cfg.Logger)
	log := newQuiet(cfg.Logger)
	c := newCore(cfg, strongIDs{})
	e := &Endpoint{
		core: c, screen: newScreen(c.secret), invites: map[string]*liveServer{}, coming: map[string]onItsWay{}, closed: make(chan struct{}),
	}
	c.router.admit = func() bool { return c.handler != nil } // Admit was asked by the filter
	e.sock = &socket{PacketConn: conn, ready: make(chan struct{}), stats: &c.stats, closed: e.closed}
	e.tp = sip.NewTransportLayer(&net.Resolver{}, newParser(), nil,
		sip.WithTransportLayerReadFilter(e.filter), sip.WithTransportLayerLogger(log))
	e.txl = sip.NewTransactionLayer(e.tp, sip.WithTransactionLayerLogger(log),
		sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {}))
	e.txl.OnRequest(e.onRequest)
	e.wg.Go(e.listen)
	<-e.sock.ready
	return e, nil
}

// listen keeps the listener alive: whatever ends sipgo's reader but our own Close starts it again.
func (e *Endpoint) listen() {
	for {
		err := e.tp.ServeUDP(e.sock)
		select {
		case <-e.closed:
			return
		default:
		}
		e.stats.restarts.Add(1)
		e.log.Error("SIP listener ended, starting it again", "error", err)
		select {
		case <-e.closed:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Addr returns the listener's address.
func (e *Endpoint) Addr() netip.AddrPort { return e.cfg.Listen }

// Stats returns the counts.
func (e *Endpoint) Stats() Stats { return e.stats.snapshot() }

// Drain makes new INVITEs and OPTIONS get 503; dialogs go on. It cannot be undone.
func (e *Endpoint) Drain() { e.draining.Store(true) }

// Close ends the listener and all transactions at once; dialogs are not told. Hang up before. It returns when all goroutines of
// the endpoint have ended.
func (e *Endpoint) Close() error {
	var err error
	e.once.Do(func() {
		e.invMu.Lock()
		close(e.closed) // the filter drops everything from here on, Perform refuses
		e.invMu.Unlock()
		e.sending.Wait()
		time.Sleep(closeGrace)
		e.txl.Close()
		err = e.sock.PacketConn.Close()
		e.wg.Wait()
		err = errors.Join(err, e.tp.Close())
	})
	return err
}

// Place starts a call and returns its dialog, in state Trying. sink gets the events for the dialog, from any goroutine, and
// must not block; the caller steps the dialog from then on, on one goroutine. ErrText: a string may not stand in a message;
// ErrConfig: the address is no trunk's; ErrBusy: too many dialogs.
func (e *Endpoint) Place(ctx context.Context, call Outgoing, sink func(Event)) (*Dialog, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-e.closed:
		return nil, ErrClosed
	default:
	}
	return e.place(e, call, sink, time.Now())
}

// closeGrace lets sipgo's goroutines that are between its reader and our handler come through. They cannot be waited for, and one that finds
// the listener gone would open a socket of its own.
const closeGrace = 20 * time.Millisecond

// Perform sends what a dialog decided. It does not block: UDP only. An error means that it was not sent, or that the
// transaction did not take it.
func (e *Endpoint) Perform(ef Effect) error {
	if !e.join(&e.sending) {
		return ErrClosed
	}
	defer e.sending.Done()
	switch ef := ef.(type) {
	case respond:
		return ef.tx.respond(ef.res)
	case bare:
		ef.req.SetDestination(ef.to.String())
		return e.tp.WriteMsg(ef.req)
	case transact:
		return e.transact(ef)
	case release:
		e.forget(ef.d)
	}
	return nil
}

// spawn runs f in a goroutine that Close waits for; after Close it does nothing.
func (e *Endpoint) spawn(f func()) {
	if e.join(&e.wg) {
		go func() {
			defer e.wg.Done()
			f()
		}()
	}
}

// join makes Close wait for the goroutine that calls it, until wg.Done; false after Close.
func (e *Endpoint) join(wg *sync.WaitGroup) bool {
	e.invMu.Lock()
	defer e.invMu.Unlock()
	select {
	case <-e.closed:
		return false
	default:
		wg.Add(1)
		return true
	}
}

// full says whether too many requests wait for their final response.
func (e *Endpoint) full() bool { return e.stats.open.Load() >= int64(e.cfg.MaxTransactions) }
