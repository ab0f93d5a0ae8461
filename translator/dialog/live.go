package dialog

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// onRequest gets each request that sipgo's transactions did not absorb, in a goroutine of its own. sipgo keeps the transaction until we
// end it or its timers do.
func (p *port) onRequest(req *sip.Request, tx *sip.ServerTx) {
	e := p.e
	if !e.join(&e.wg) {
		tx.Terminate()
		return
	}
	defer e.wg.Done()
	now := time.Now()
	from, err := netip.ParseAddrPort(req.Source())
	if _, bad := checkForm(req); bad || err != nil {
		tx.Terminate()
		return
	}
	s := &liveServer{e: e, p: p, tx: tx, req: req}
	switch req.Method {
	case sip.ACK:
		e.incoming(e, req, s, from, now)
		return
	case sip.CANCEL:
		e.onCancel(req, s, from, now)
		return
	case sip.INVITE:
		e.enterInvite(s)
	}
	s.count()
	e.inTurn(req, from)
	e.incoming(e, req, s, from, now)
	if s.key != "" {
		e.arrivedInvite(s.key)
	}
}

// overtakeTime is how long a request waits for those before it; overtakeStep how often it looks.
const (
	overtakeTime = 50 * time.Millisecond
	overtakeStep = time.Millisecond
)

// inTurn holds a request of a dialog back that comes before another one: its CSeq leaves a gap. sipgo gives each message a goroutine of its own, so that of two NOTIFYs or two
// keys that come together the second may be here first, and the network does it too; the other would then be refused as out of order (RFC 3261 §12.2.2). A gap that nothing
// fills is no fault.
func (e *Endpoint) inTurn(req *sip.Request, from netip.AddrPort) {
	trunk := e.trunkOf(from.Addr())
	if trunk == nil {
		return
	}
	e.mu.Lock()
	in := e.router.lookup(req, trunk)
	e.mu.Unlock()
	for until := time.Now().Add(overtakeTime); in != nil && in.skips(req) && time.Now().Before(until); {
		select {
		case <-e.closed:
			return
		case <-time.After(overtakeStep):
		}
	}
}

// enterInvite makes an INVITE's transaction known to CANCEL and to the overload check.
func (e *Endpoint) enterInvite(s *liveServer) {
	s.key = liveKey(s.req)
	e.invMu.Lock()
	e.invites[s.key] = s
	e.invMu.Unlock()
	gone := func() {
		e.invMu.Lock()
		if e.invites[s.key] == s {
			delete(e.invites, s.key)
		}
		e.invMu.Unlock()
	}
	if !s.tx.OnTerminate(func(string, error) { gone() }) {
		gone()
	}
	if !s.tx.OnCancel(s.onCancel) {
		s.onCancel(nil)
	}
}

// liveKey is the screen's key of an INVITE, from the parsed message.
func liveKey(req *sip.Request) string {
	h := req.Via()
	host := h.Host
	if len(host) > 0 && host[0] != '[' && isIPv6(host) {
		host = "[" + host + "]"
	}
	s := screen{top: hop{host: host, port: h.Port, params: []param{{"branch", h.Params.GetOr("branch", "")}}}}
	return s.key("INVITE")
}

func isIPv6(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Is6()
}

// cancelWait is how long a CANCEL waits for an INVITE that it overtook inside the process.
const cancelWait = time.Second

// onCancel handles a CANCEL that found no INVITE transaction in sipgo: either there is none, 481, or the goroutine of its INVITE is
// behind (sipgo gives each message its own).
func (e *Endpoint) onCancel(req *sip.Request, s *liveServer, from netip.AddrPort, now time.Time) {
	key := liveKey(req)
	e.invMu.Lock()
	coming := e.coming[key].done
	e.invMu.Unlock()
	if coming != nil {
		select {
		case <-coming:
		case <-e.closed:
		case <-time.After(cancelWait):
		}
	}
	e.invMu.Lock()
	inv := e.invites[key]
	e.invMu.Unlock()
	if inv == nil {
		e.incoming(e, req, s, from, now)
		return
	}
	if err := s.respond(e.us.response(req, 200, "OK", nil)); err != nil {
		e.unsent(err, "status", 200)
	}
	inv.cancel(req)
}

// liveServer is a sipgo server transaction.
type liveServer struct {
	e   *Endpoint
	p   *port
	tx  *sip.ServerTx
	req *sip.Request
	key string // INVITE only

	mu        sync.Mutex
	entry     *entry
	cancelled bool
	final     int
	counted   bool
}

// home is our side of the listener that the request came through.
func (s *liveServer) home() *local { return s.p.us }

// count takes part in the number of open transactions until a final response or the end.
func (s *liveServer) count() {
	s.mu.Lock()
	s.counted = !s.cancelled
	counted := s.counted
	s.mu.Unlock()
	if !counted {
		return
	}
	s.e.stats.open.Add(1)
	if !s.tx.OnTerminate(func(string, error) { s.settle() }) {
		s.settle()
	}
}

func (s *liveServer) settle() {
	s.mu.Lock()
	was := s.counted
	s.counted = false
	s.mu.Unlock()
	if was {
		s.e.stats.open.Add(-1)
	}
}

// bind ties the transaction to its dialog; false if it was cancelled already.
func (s *liveServer) bind(en *entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entry = en
	return !s.cancelled
}

// onCancel is called by sipgo inside its transaction, before its own 487: nothing here may call the transaction.
func (s *liveServer) onCancel(req *sip.Request) {
	s.mu.Lock()
	s.cancelled = true
	en := s.entry
	s.mu.Unlock()
	s.settle()
	if en != nil {
		s.e.post(en, cancelled{req})
	}
}

// cancel ends the transaction by a CANCEL that sipgo did not match. After a final response it does nothing (RFC 3261 §9.2).
func (s *liveServer) cancel(req *sip.Request) {
	s.mu.Lock()
	done := s.cancelled || s.final != 0
	s.mu.Unlock()
	if done {
		return
	}
	if err := s.respond(s.terminated()); err == nil {
		s.onCancel(req)
	}
}

// terminated is the 487. Its To tag is ours, like that of sipgo's own: the screen put it into the request.
func (s *liveServer) terminated() *sip.Response {
	return s.e.us.response(s.req, 487, phraseOf(487, ""), nil)
}

// respond gives a response to sipgo's transaction. sipgo keeps a response that it refuses, and its timer G then sends that: the 487 must be put
// back at once.
func (s *liveServer) respond(res *sip.Response) error {
	invite, final := s.req.IsInvite(), res.StatusCode >= 200
	s.mu.Lock()
	first := final && s.final == 0
	resent := invite && s.final/100 == 2 && res.StatusCode/100 == 2
	switch {
	case s.cancelled:
		s.mu.Unlock()
		return errCancelled
	case s.final != 0 && !resent:
		s.mu.Unlock()
		return errAnswered
	case first:
		s.final = res.StatusCode
	}
	s.mu.Unlock()

	err := s.send(res)
	if err != nil && invite && !resent {
		s.mu.Lock()
		s.final = 487
		s.mu.Unlock()
		s.tx.Respond(s.terminated()) // reports the old error again
	}
	if first {
		s.settle()
		if err == nil && invite {
			s.e.spawn(func() { s.drainACKs(res.StatusCode < 300) })
		}
	}
	return err
}

// send gives a response to sipgo or, when the connection that the request came by is gone, sends it by another to the same host, at the port that
// its Via names (RFC 3261 §18.2.2).
func (s *liveServer) send(res *sip.Response) error {
	from, err := netip.ParseAddrPort(s.req.Source())
	if s.p.streams == nil || err != nil || s.p.streams.open(from) {
		return s.tx.Respond(res)
	}
	at := netip.AddrPortFrom(from.Addr(), uint16(sip.DefaultPort(string(s.p.network))))
	if via := s.req.Via(); via.Port > 0 {
		at = netip.AddrPortFrom(from.Addr(), uint16(via.Port))
	}
	return s.p.streams.with(at, s.e.trunkOf(at.Addr()), func(err error) {
		if err == nil {
			err = s.p.tp.WriteMsgTo(res, at.String(), string(s.p.network))
		}
		if err != nil {
			s.e.unsent(err, "status", res.StatusCode)
		}
	})
}

// drainACKs reads the ACKs that sipgo matches to the INVITE: those with the INVITE's own branch. For a 2xx they belong to the dialog, from peers that
// keep the branch. Each would else hold a goroutine of sipgo's.
func (s *liveServer) drainACKs(toDialog bool) {
	s.mu.Lock()
	en := s.entry
	s.mu.Unlock()
	for {
		select {
		case ack := <-s.tx.Acks():
			if from, err := netip.ParseAddrPort(ack.Source()); toDialog && en != nil && err == nil {
				s.e.post(en, acked{ack, from})
			}
		case <-s.tx.Done():
			return
		}
	}
}

func (s *liveServer) abandon() { s.tx.Terminate() }

// transact starts a client transaction and carries its responses to the dialog. Over a stream without a connection it starts when the
// connection is there; if none can be made the dialog gets that as the outcome.
func (e *Endpoint) transact(t transact) error {
	if e.full() {
		return ErrBusy
	}
	us := e.sideOf(t.req)
	if t.d != nil {
		us = t.d.us
	}
	p, to, err := e.way(t.req, t.to, us)
	if err != nil {
		return err
	}
	c := newLiveClient(e, t.req, Address{p.network, to})
	if c.d = t.d; t.d != nil && t.d.link != nil {
		c.over = t.d.link.gone
		if t.req.Method == sip.INVITE && c.initial {
			c.patience = t.d.link.patience
		}
	}
	return e.begin(p, c, t.req)
}

// ask sends a request outside any dialog and gives what comes of it to sink, from any goroutine: each response, or the lack of one after 3 s.
func (e *Endpoint) ask(req *sip.Request, to netip.AddrPort, us *local, sink func(outcome)) {
	p, to, err := e.way(req, to, us)
	if err == nil && e.full() {
		err = ErrBusy
	}
	c := newLiveClient(e, req, Address{UDP, to})
	c.sink, c.patience = sink, silenceTime
	if err == nil {
		c.to.Network = p.network
		err = e.begin(p, c, req)
	}
	if err != nil {
		sink(outcome{method: req.Method, err: errTransport})
	}
}

// begin starts a client's transaction, when there is a connection.
func (e *Endpoint) begin(p *port, c *liveClient, req *sip.Request) error {
	if p.streams == nil || p.streams.open(c.to.Addr) {
		return c.start(p, req)
	}
	e.stats.open.Add(1)
	err := p.streams.with(c.to.Addr, e.trunkOf(c.to.Addr.Addr()), func(err error) {
		defer e.stats.open.Add(-1)
		if err == nil {
			err = c.start(p, req)
		}
		if err != nil {
			c.tellError(errTransport, false)
		}
	})
	if err != nil {
		e.stats.open.Add(-1)
	}
	return err
}

// liveClient carries the responses of a sipgo client transaction, which waits for its reader with a lock held.
type liveClient struct {
	e      *Endpoint
	tx     *sip.ClientTx
	to     Address
	method sip.RequestMethod
	seq    uint32
	// One of the two gets the outcome.
	d    *Dialog
	sink func(outcome)

	initial  bool            // outside a dialog: the only kind that ICMP may end
	patience time.Duration   // for the first response, 0 for the transaction's own
	over     <-chan struct{} // closed when the dialog is over
	refused  chan struct{}   // told when the network reports the address as not reachable
}

func newLiveClient(e *Endpoint, req *sip.Request, to Address) *liveClient {
	tagged := req.To() != nil && req.To().Params.Has("tag")
	return &liveClient{e: e, to: to, method: req.Method, seq: req.CSeq().SeqNo, initial: !tagged && req.Method != sip.CANCEL, refused: make(chan struct{}, 1)}
}

// start gives the request to sipgo.
func (c *liveClient) start(p *port, req *sip.Request) error {
	tx, err := p.txl.NewClientTransaction(c.e.life, req)
	if err != nil {
		return err
	}
	c.tx = tx
	tx.OnRetransmission(c.tell)
	c.e.waiting.add(c)
	if err := tx.Init(); err != nil {
		c.e.waiting.remove(c)
		tx.Terminate()
		return err
	}
	c.e.stats.open.Add(1)
	c.e.spawn(c.run)
	return nil
}

// run waits for responses. What a dialog no longer waits for is kept for 64·T1, so that a late 2xx is answered, and freed then: sipgo has no
// timer for an INVITE that rings.
func (c *liveClient) run() {
	defer c.e.stats.open.Add(-1)
	defer c.e.waiting.remove(c)
	var silence, enough <-chan time.Time
	if c.patience > 0 {
		t := time.NewTimer(c.patience)
		defer t.Stop()
		silence = t.C
	}
	over, refused := c.over, c.refused
	var last *sip.Response // a provisional one
	for {
		select {
		case res := <-c.tx.Responses():
			silence, refused = nil, nil
			c.e.waiting.remove(c)
			c.tell(res)
			if res.StatusCode >= 200 {
				return // copies of a 2xx come by tell, those of others sipgo absorbs
			}
			last = res
		case <-c.tx.Done():
			err := errTimeout
			if errors.Is(c.tx.Err(), sip.ErrTransactionTransport) {
				err = errTransport
			}
			c.tellError(err, false)
			return
		case <-silence:
			silence = nil
			c.tellError(errTimeout, true)
			if c.method != sip.INVITE {
				c.tx.Terminate()
				return
			}
		case <-refused:
			c.tellError(errTransport, false)
			c.tx.Terminate()
			return
		case <-over:
			over = nil
			if last != nil {
				c.tell(last) // it may have come while the dialog was ending, and what it says rings
			}
			t := time.NewTimer(timerB)
			defer t.Stop()
			enough = t.C
		case <-enough:
			c.tx.Terminate()
			return
		}
	}
}

func (c *liveClient) tell(res *sip.Response) {
	from, err := netip.ParseAddrPort(res.Source())
	if err == nil && c.e.trunkOf(from.Addr()) == nil {
		return
	}
	c.give(outcome{method: c.method, seq: c.seq, res: res, from: from})
}

func (c *liveClient) tellError(err error, silent bool) {
	c.give(outcome{method: c.method, seq: c.seq, err: err, silent: silent})
}

func (c *liveClient) give(o outcome) {
	if c.sink != nil {
		c.sink(o)
		return
	}
	if c.method == sip.INVITE && c.initial {
		c.e.hearCall(c.to, o)
	}
	c.e.outcome(c.e, c.d, o)
}
