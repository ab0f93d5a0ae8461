package dialog

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/emiago/sipgo/sip"
)

// port is one listener with a transport and a transaction layer of sipgo's own. There is one for each listener because sipgo's layers know
// sources by address alone: with two listeners in one layer, an answer may leave from the wrong one.
type port struct {
	e       *Endpoint
	us      *local
	network Network
	addr    netip.AddrPort
	tp      *sip.TransportLayer
	txl     *sip.TransactionLayer

	// UDP
	sock   *socket
	screen *screen // used by the one reader only

	// TCP, TLS
	streams *streams
}

// opened is a listener's socket.
type opened struct {
	Listener
	packet net.PacketConn
	stream net.Listener
}

func (o *opened) Close() error {
	if o.packet != nil {
		return o.packet.Close()
	}
	return o.stream.Close()
}

// open opens a listener's socket and notes the port, if 0 was asked for.
func open(l Listener, cfg *Config) (o opened, err error) {
	o.Listener = l
	if l.Network.stream() {
		o.stream, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(l.Addr))
		if err == nil {
			o.Addr = addrOf(o.stream.Addr())
		}
		return o, err
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(l.Addr))
	if err != nil {
		return o, err
	}
	if err := conn.SetReadBuffer(receiveBuffer); err != nil {
		cfg.Logger.Warn("UDP receive buffer not raised", "error", err)
	}
	if err := reportErrors(conn); err != nil {
		cfg.Logger.Warn("reports of the network are not asked for", "error", err)
	}
	o.packet, o.Addr = conn, addrOf(conn.LocalAddr())
	return o, nil
}

func newPort(e *Endpoint, o opened) *port {
	p := &port{e: e, us: newLocal(o.Listener, e.cfg.UserAgent, e.us.ids), network: o.Network, addr: o.Addr}
	never := func(net.Addr) net.Dialer { return net.Dialer{Control: refuseToDial} }
	p.tp = sip.NewTransportLayer(
		&net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errNoDial }},
		newParser(), nil, sip.WithTransportLayerReadFilter(p.filter), sip.WithTransportLayerLogger(e.quiet),
		sip.WithTransportLayerTransports(sip.TransportsConfig{
			TCP: &sip.TransportTCP{DialerCreate: never}, TLS: &sip.TransportTLS{TransportTCP: &sip.TransportTCP{DialerCreate: never}},
		}))
	p.txl = sip.NewTransactionLayer(p.tp, sip.WithTransactionLayerLogger(e.quiet), sip.WithTransactionLayerTerminateOnConnClose(),
		sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {}))
	p.txl.OnRequest(p.onRequest)
	if o.stream != nil {
		config := o.TLS
		if o.Network == TCP {
			config = nil
		}
		p.streams = newStreams(p, o.stream, config)
		return p
	}
	p.screen = newScreen(e.secret)
	p.sock = &socket{PacketConn: o.packet, ready: make(chan struct{}), stats: &e.stats, closed: e.closed, tap: e.cfg.Tap, unreachable: p.unreachable}
	return p
}

// errNoDial is why sipgo makes no connection of its own: it would go where a message says (security rule S10).
var errNoDial = errors.New("dialog: only the endpoint makes connections")

func refuseToDial(string, string, syscall.RawConn) error { return errNoDial }

// run starts the port's goroutines and returns when it receives.
func (p *port) run() {
	p.e.wg.Go(p.listen)
	if p.streams != nil {
		p.e.wg.Go(p.streams.listen)
		return
	}
	<-p.sock.ready
}

// listen keeps sipgo's listener alive: whatever ends it but our own Close starts it again.
func (p *port) listen() {
	for {
		err := p.serve()
		select {
		case <-p.e.closed:
			return
		default:
		}
		p.e.stats.restarts.Add(1)
		p.e.log.Error("SIP listener ended, starting it again", "network", string(p.network), "error", err)
		select {
		case <-p.e.closed:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (p *port) serve() error {
	switch p.network {
	case TCP:
		return p.tp.ServeTCP(p.streams)
	case TLS:
		return p.tp.ServeTLS(p.streams)
	}
	return p.tp.ServeUDP(p.sock)
}

// end closes the socket; the listening goroutines return.
func (p *port) end() error {
	if p.streams != nil {
		return p.streams.end()
	}
	return p.sock.PacketConn.Close()
}

// reaches says whether the port can send over a network to an address.
func (p *port) reaches(n Network, to netip.Addr) bool {
	return p.network == n && p.addr.Addr().Is4() == to.Unmap().Is4()
}

// maxOverUDP is the size of a request, in bytes, above which it goes over a stream where the trunk has one (RFC 3261 §18.1.1).
const maxOverUDP = 1300

// way finds the listener that a request leaves from and the address that it goes to, and makes its top Via that listener's. us is the side of
// the dialog that it belongs to.
func (e *Endpoint) way(req *sip.Request, to netip.AddrPort, us *local) (*port, netip.AddrPort, error) {
	trunk := e.trunkOf(to.Addr())
	if trunk == nil {
		return nil, to, ErrConfig
	}
	via := req.Via()
	network := Network(strings.ToLower(via.Transport))
	if req.Method != sip.CANCEL { // a CANCEL goes where its INVITE went (RFC 3261 §9.1)
		network = e.networkFor(req, to, us, trunk)
	}
	if network.stream() && us.network == UDP {
		to = trunk.streamAddress(network, to)
	}
	p := e.portFor(network, to.Addr(), us)
	if p == nil {
		return nil, to, errTransport
	}
	if req.Method != sip.CANCEL {
		via.Transport, via.Host, via.Port = p.us.transport(), p.us.host, p.us.port
	}
	req.SetTransport(p.us.transport())
	req.SetDestination(to.String())
	req.Laddr = sip.Addr{}
	if p.network == UDP {
		req.Laddr = p.us.laddr
	}
	return p, to, nil
}

// networkFor chooses the transport: that of the URI that the request is sent by, if the trunk uses it, else the dialog's; and a stream for what is
// too large for a datagram.
func (e *Endpoint) networkFor(req *sip.Request, to netip.AddrPort, us *local, trunk *Trunk) Network {
	network := us.network
	if n := networkOf(hopURI(req)); n != "" && (n == network || trunk.uses(n)) {
		network = n
	} else if n, ok := trunk.networkAt(to); ok && n != network && !trunk.uses(network) {
		network = n
	}
	if network != UDP || !trunk.uses(TCP) && !trunk.uses(TLS) || len(req.String()) <= maxOverUDP {
		return network
	}
	for _, n := range [...]Network{TCP, TLS} {
		if at := trunk.streamAddress(n, to); trunk.uses(n) && e.portFor(n, at.Addr(), us) != nil {
			return n
		}
	}
	return network
}

// hopURI is the URI that a request is sent by: the first Route's, else the Request-URI.
func hopURI(req *sip.Request) string {
	if r := firstValue(req, "route"); r != "" {
		if a, ok := parseNameAddr(listValues(r, 1)[0]); ok {
			return a.uri
		}
	}
	return req.Recipient.String()
}

// networkOf is the transport that a URI asks for, "" if it does not.
func networkOf(uri string) Network {
	scheme, _, _ := strings.Cut(uri, ":")
	if strings.EqualFold(scheme, "sips") {
		return TLS
	}
	at := strings.LastIndexByte(uri, '@') + 1
	rest, _, _ := strings.Cut(uri[at:], "?")
	_, params, _ := strings.Cut(rest, ";")
	ps, _ := parseParams(params)
	v, _ := findParam(ps, "transport")
	switch n := Network(strings.ToLower(v)); n {
	case UDP, TCP, TLS:
		return n
	}
	return ""
}

// uses says whether one of the trunk's addresses is on a network.
func (t *Trunk) uses(n Network) bool {
	for _, a := range t.Addresses {
		if a.Network == n {
			return true
		}
	}
	return false
}

// networkAt is the network of the trunk's address to.
func (t *Trunk) networkAt(to netip.AddrPort) (Network, bool) {
	for _, a := range t.Addresses {
		if a.Addr == to {
			return a.Network, true
		}
	}
	return "", false
}

// streamAddress is where the trunk takes connections on the host of to.
func (t *Trunk) streamAddress(n Network, to netip.AddrPort) netip.AddrPort {
	for _, a := range t.Addresses {
		if a.Network == n && a.Addr.Addr() == to.Addr() {
			return a.Addr
		}
	}
	return to
}

// portFor is the port that reaches an address, the dialog's own before others.
func (e *Endpoint) portFor(n Network, to netip.Addr, us *local) *port {
	var first *port
	for _, p := range e.ports {
		if p.reaches(n, to) && (first == nil || p.us == us) {
			first = p
			if p.us == us {
				break
			}
		}
	}
	return first
}

// unreachable hears of an address that the network says is not reachable. Such reports can be forged, so they end only what has had no answer
// and belongs to no dialog: a new call tries its next address (security rule 2).
func (p *port) unreachable(to netip.AddrPort) { p.e.waiting.refuse(Address{UDP, to}) }

// unanswered are the requests outside dialogs that had no response yet. Its zero value is ready.
type unanswered struct {
	mu sync.Mutex
	of map[*liveClient]struct{}
}

func (w *unanswered) add(c *liveClient) {
	if !c.initial {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of == nil {
		w.of = map[*liveClient]struct{}{}
	}
	w.of[c] = struct{}{}
}

func (w *unanswered) remove(c *liveClient) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.of, c)
}

// refuse tells the requests that went to an address.
func (w *unanswered) refuse(a Address) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.of {
		if c.to == a {
			select {
			case c.refused <- struct{}{}:
			default:
			}
		}
	}
}
