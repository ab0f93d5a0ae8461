package dialog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Endpoint is the live SIP user agent: its listeners, each on a transport and raw transactions of sipgo's. It implements [Tx].
// Its methods may be called from any goroutine. Close it when done.
type Endpoint struct {
	*core
	ports []*port
	quiet *slog.Logger // sipgo's

	invMu   sync.Mutex
	invites map[string]*liveServer // INVITE transactions by key, for CANCEL and overload
	coming  map[string]onItsWay    // INVITEs that passed the screen but have no transaction yet

	keepers []*keeper  // one for each trunk
	waiting unanswered // requests outside dialogs without any response

	quota quota // of connections

	rateMu sync.Mutex
	rates  *buckets

	wg      sync.WaitGroup // every goroutine of ours
	sending sync.WaitGroup // calls of Perform
	life    context.Context
	kill    context.CancelFunc
	closed  chan struct{}
	once    sync.Once
}

// receiveBuffer holds about 4,000 datagrams while the process is busy.
const receiveBuffer = 4 << 20

// New opens the listeners and serves until Close. The trunks' calls go to cfg.Handler.
func New(cfg Config) (*Endpoint, error) {
	cfg, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	var sockets []opened
	for _, l := range cfg.listeners() {
		o, err := open(l, &cfg)
		if err != nil {
			for _, o := range sockets {
				err = errors.Join(err, o.Close())
			}
			return nil, fmt.Errorf("dialog: listen: %w", err)
		}
		sockets = append(sockets, o)
	}
	return serve(cfg, sockets)
}

// serve runs an endpoint on sockets that are open already.
func serve(cfg Config, sockets []opened) (*Endpoint, error) {
	prepareSipgo(cfg.Logger)
	c := newCore(cfg, strongIDs{})
	e := &Endpoint{
		core: c, quiet: newQuiet(cfg.Logger), rates: newBuckets(cfg.RequestRate),
		invites: map[string]*liveServer{}, coming: map[string]onItsWay{}, closed: make(chan struct{}),
	}
	e.life, e.kill = context.WithCancel(context.Background())
	c.router.admit = func() bool { return c.handler != nil } // Admit was asked by the filter
	for _, o := range sockets {
		e.ports = append(e.ports, newPort(e, o))
	}
	c.us = e.ports[0].us
	c.router.us = c.us
	for i := range e.cfg.Trunks {
		e.keepers = append(e.keepers, newKeeper(e, &e.cfg.Trunks[i], time.Now()))
	}
	for _, p := range e.ports {
		p.run()
	}
	for _, k := range e.keepers {
		if k.trunk.Qualify || k.trunk.Register != nil {
			e.wg.Go(k.run)
		}
	}
	return e, nil
}

// Addr returns the first listener's address.
func (e *Endpoint) Addr() netip.AddrPort { return e.ports[0].addr }

// Addrs returns the addresses of all listeners, Config.Listen first.
func (e *Endpoint) Addrs() []Address {
	out := make([]Address, 0, len(e.ports))
	for _, p := range e.ports {
		out = append(out, Address{p.network, p.addr})
	}
	return out
}

// Stats returns the counts.
func (e *Endpoint) Stats() Stats { return e.stats.snapshot() }

// Drain makes new INVITEs and OPTIONS get 503; dialogs go on. It cannot be undone.
func (e *Endpoint) Drain() { e.draining.Store(true) }

// Close takes registrations back, which may take 2 s, and ends the listeners, all connections and all transactions at once; dialogs are not told.
// Hang up before. It returns when all goroutines of the endpoint have ended.
func (e *Endpoint) Close() error {
	var err error
	e.once.Do(func() {
		e.leave()
		e.invMu.Lock()
		close(e.closed) // the filter drops everything from here on, Perform refuses
		e.invMu.Unlock()
		e.kill()
		e.sending.Wait()
		time.Sleep(closeGrace)
		for _, p := range e.ports {
			p.txl.Close()
			err = errors.Join(err, p.end())
		}
		e.wg.Wait()
		for _, p := range e.ports {
			err = errors.Join(err, p.tp.Close())
		}
	})
	return err
}

// Place starts a call and returns its dialog, in state Trying. sink gets the events for the dialog, from any goroutine, and
// must not block; the caller steps the dialog from then on, on one goroutine. ErrText: a string may not stand in a message;
// ErrConfig: the address is no trunk's, or no listener reaches it; ErrBusy: too many dialogs.
func (e *Endpoint) Place(ctx context.Context, call Outgoing, sink func(Event)) (*Dialog, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-e.closed:
		return nil, ErrClosed
	default:
	}
	us, err := e.sideFor(call)
	if err != nil {
		return nil, err
	}
	return e.place(e, us, call, sink, time.Now())
}

// sideFor is our side of a call that is placed: that of the listener which reaches its address.
func (e *Endpoint) sideFor(call Outgoing) (*local, error) {
	network := call.Network
	if trunk := e.trunkOf(call.To.Addr()); network == "" && trunk != nil {
		network, _ = trunk.networkAt(call.To)
	}
	if network == "" {
		network = UDP
	}
	if p := e.portFor(network, call.To.Addr(), e.us); p != nil {
		return p.us, nil
	}
	return nil, fmt.Errorf("%w: no listener reaches %s over %s", ErrConfig, call.To, network)
}

// closeGrace lets sipgo's goroutines that are between its reader and our handler come through. They cannot be waited for, and one that finds
// the listener gone would open a socket of its own.
const closeGrace = 20 * time.Millisecond

// Perform sends what a dialog decided. It does not block: a connection that must be made first is made meanwhile. An error means that it was not
// sent, or that the transaction did not take it.
func (e *Endpoint) Perform(ef Effect) error {
	if !e.join(&e.sending) {
		return ErrClosed
	}
	defer e.sending.Done()
	switch ef := ef.(type) {
	case respond:
		return ef.tx.respond(ef.res)
	case bare:
		return e.bare(ef)
	case transact:
		return e.transact(ef)
	case release:
		e.forget(ef.d)
	}
	return nil
}

// bare sends an ACK.
func (e *Endpoint) bare(b bare) error {
	p, to, err := e.way(b.req, b.to, e.sideOf(b.req))
	if err != nil {
		return err
	}
	if p.streams == nil {
		return p.tp.WriteMsg(b.req)
	}
	return p.streams.with(to, e.trunkOf(to.Addr()), func(err error) {
		if err == nil {
			err = p.tp.WriteMsg(b.req)
		}
		if err != nil {
			e.unsent(err, "method", "ACK")
		}
	})
}

// sideOf is the side that made a request, by its Via.
func (e *Endpoint) sideOf(req *sip.Request) *local {
	via := req.Via()
	for _, p := range e.ports {
		if p.us.transport() == via.Transport && p.us.host == via.Host && p.us.port == via.Port {
			return p.us
		}
	}
	return e.us
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
