package dialog

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Timers of the virtual transactions (RFC 3261 §17, table 4; RFC 6026).
const (
	timerD = 32 * time.Second
	t4     = 5 * time.Second
)

// Packet is a datagram that a [VirtualTx] sent.
type Packet struct {
	At   time.Time
	To   netip.AddrPort
	Data []byte
}

// VirtualTx is the transaction layer without sockets and without a clock: a small retransmitter that replay, fuzzing and tests
// feed with the text of datagrams and with time. It runs the same screen, router and [Dialog] as the [Endpoint] and calls the
// same [Handler], in the caller's goroutine. It implements [Tx]. Not safe for concurrent use.
//
// Time moves by Receive and Tick only and never goes back. The same seed and the same input give the same output, byte for byte.
type VirtualTx struct {
	*core
	screen  *screen
	parser  *sip.Parser
	now     time.Time
	servers []*vServer
	clients []*vClient
	sent    []Packet
}

// NewVirtualTx makes one. Tags, branches and Call-IDs come from seed. Config.MaxTransactions bounds what is kept.
func NewVirtualTx(cfg Config, seed uint64) (*VirtualTx, error) {
	cfg, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	c := newCore(cfg, newSeededIDs(seed))
	return &VirtualTx{core: c, screen: newScreen(c.secret), parser: newParser()}, nil
}

// Receive takes one datagram.
func (v *VirtualTx) Receive(raw []byte, from netip.AddrPort, now time.Time) {
	v.Tick(now)
	if v.trunkOf(from.Addr()) == nil {
		v.stranger(from.Addr(), now)
		return
	}
	v.cfg.see(true, UDP, from, raw)
	switch v.screen.read(raw, from) {
	case fateIdle:
		return
	case fateDrop:
		v.stats.malformed.Add(1)
		return
	case fateRefuse:
		v.stats.malformed.Add(1)
		b, to := v.screen.reply(v.screen.status, v.screen.phrase)
		v.send(b, to)
		return
	}
	msg, err := v.parser.ParseSIP(v.screen.out)
	if err != nil {
		v.stats.malformed.Add(1)
		return
	}
	msg.SetTransport("UDP")
	msg.SetSource(from.String())
	switch m := msg.(type) {
	case *sip.Request:
		v.request(m, from)
	case *sip.Response:
		v.response(m, from)
	}
}

// Drain makes new INVITEs and OPTIONS get 503.
func (v *VirtualTx) Drain() { v.draining.Store(true) }

// Sent returns what was sent since it was last called, in order.
func (v *VirtualTx) Sent() []Packet {
	out := v.sent
	v.sent = nil
	return out
}

// Stats returns the counts.
func (v *VirtualTx) Stats() Stats { return v.stats.snapshot() }

// Transactions returns how many transactions are kept, finished ones that still absorb retransmissions included.
func (v *VirtualTx) Transactions() int { return len(v.servers) + len(v.clients) }

// Deadline returns when the next timer of a transaction is due, and whether there is one.
func (v *VirtualTx) Deadline() (time.Time, bool) {
	t := v.earliest()
	if t == nil {
		return time.Time{}, false
	}
	return t.due(), true
}

// Tick moves the clock and runs the timers that are due, oldest first.
func (v *VirtualTx) Tick(now time.Time) {
	for {
		t := v.earliest()
		if t == nil || t.due().After(now) {
			break
		}
		if d := t.due(); d.After(v.now) {
			v.now = d
		}
		t.fire()
	}
	if now.After(v.now) {
		v.now = now
	}
	v.sweep()
}

// timed is a transaction with its timers.
type timed interface {
	due() time.Time // zero for none
	fire()
}

func (v *VirtualTx) earliest() timed {
	var first timed
	look := func(t timed) {
		if d := t.due(); !d.IsZero() && (first == nil || d.Before(first.due())) {
			first = t
		}
	}
	for _, s := range v.servers {
		look(s)
	}
	for _, c := range v.clients {
		look(c)
	}
	return first
}

func (v *VirtualTx) sweep() {
	servers, clients := v.servers[:0], v.clients[:0]
	for _, s := range v.servers {
		if s.state != vDone {
			servers = append(servers, s)
		}
	}
	for _, c := range v.clients {
		if c.state != vDone {
			clients = append(clients, c)
		}
	}
	clear(v.servers[len(servers):])
	clear(v.clients[len(clients):])
	v.servers, v.clients = servers, clients
}

func (v *VirtualTx) send(b []byte, to netip.AddrPort) {
	v.cfg.see(false, UDP, to, b)
	v.sent = append(v.sent, Packet{At: v.now, To: to, Data: b})
}

// txKey names a server transaction (RFC 3261 §17.2.3); requests without the magic cookie by what RFC 2543 compared.
func txKey(req *sip.Request, method sip.RequestMethod) string {
	via := req.Via()
	branch := via.Params.GetOr("branch", "")
	key := branch + " " + strings.Trim(via.Host, "[]") + ":" + strconv.Itoa(via.Port) + " " + string(method)
	if !strings.HasPrefix(branch, sip.RFC3261BranchMagicCookie) {
		key += " " + req.CallID().Value() + " " + req.From().Params.GetOr("tag", "") + " " + strconv.FormatUint(uint64(req.CSeq().SeqNo), 10)
	}
	return key
}

func (v *VirtualTx) request(req *sip.Request, from netip.AddrPort) {
	if _, bad := checkForm(req); bad {
		v.stats.malformed.Add(1)
		return
	}
	switch req.Method {
	case sip.ACK:
		if s := v.server(txKey(req, sip.INVITE)); s != nil && s.state != vAccepted {
			s.ack()
			return
		}
		v.incoming(v, req, nothing{}, from, v.now)
		return
	case sip.CANCEL:
		if s := v.server(txKey(req, sip.INVITE)); s != nil {
			v.cancel(req, s, from)
			return
		}
	}
	key := txKey(req, req.Method)
	if s := v.server(key); s != nil {
		s.again()
		return
	}
	if len(v.servers) >= v.cfg.MaxTransactions {
		v.stats.overloaded.Add(1)
		b, to := v.screen.reply(503, phraseOf(503, ""), line{"Retry-After", "5"})
		v.send(b, to)
		return
	}
	s := &vServer{v: v, key: key, req: req, invite: req.Method == sip.INVITE, from: from}
	v.servers = append(v.servers, s)
	v.incoming(v, req, s, from, v.now)
}

// cancel answers a CANCEL that found its INVITE: 200, and 487 if the INVITE had no final response (RFC 3261 §9.2).
func (v *VirtualTx) cancel(req *sip.Request, s *vServer, from netip.AddrPort) {
	res := v.us.response(req, 200, "OK", nil)
	v.send([]byte(res.String()), via(req).replyTo(from))
	if s.state == vOpen {
		s.cancelled = true
		s.send(v.us.response(s.req, 487, phraseOf(487, ""), nil))
		s.finish(vCompleted)
		if s.entry != nil {
			v.post(s.entry, cancelled{req})
		}
	}
}

func via(req *sip.Request) hop {
	h := req.Via()
	out := hop{host: h.Host, port: h.Port}
	if _, ok := h.Params.Get("rport"); ok {
		out.params = []param{{"rport", ""}}
	}
	return out
}

func (v *VirtualTx) server(key string) *vServer {
	for _, s := range v.servers {
		if s.key == key && s.state != vDone {
			return s
		}
	}
	return nil
}

func (v *VirtualTx) response(res *sip.Response, from netip.AddrPort) {
	if res.CSeq() == nil || res.Via() == nil {
		return
	}
	branch, method := res.Via().Params.GetOr("branch", ""), res.CSeq().MethodName
	for _, c := range v.clients {
		if c.branch == branch && c.req.Method == method && c.state != vDone {
			c.receive(res, from)
			return
		}
	}
}

// Place starts a call; see [Endpoint.Place].
func (v *VirtualTx) Place(call Outgoing, sink func(Event), now time.Time) (*Dialog, error) {
	v.Tick(now)
	return v.place(v, v.us, call, sink, now)
}

// Perform does one effect at the time that was last told.
func (v *VirtualTx) Perform(e Effect) error {
	switch e := e.(type) {
	case respond:
		return e.tx.respond(e.res)
	case bare:
		v.send([]byte(e.req.String()), e.to)
	case transact:
		if len(v.clients) >= v.cfg.MaxTransactions {
			return ErrBusy
		}
		c := &vClient{v: v, d: e.d, req: e.req, raw: []byte(e.req.String()), to: e.to, branch: e.req.Via().Params.GetOr("branch", "")}
		c.start()
		v.clients = append(v.clients, c)
	case release:
		v.forget(e.d)
	}
	return nil
}

// nothing is the handle of an ACK: it has no transaction.
type nothing struct{}

func (nothing) respond(*sip.Response) error { return nil }
func (nothing) abandon()                    {}
