package dialog

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// listenOn adds a stream listener on loopback.
func listenOn(l Listener) func(*Config) {
	return func(c *Config) {
		if !l.Addr.IsValid() {
			l.Addr = netip.MustParseAddrPort("127.0.0.1:0")
		}
		c.Listeners = append(c.Listeners, l)
	}
}

// addrOn is the endpoint's listener on a network.
func (o *office) addrOn(n Network) netip.AddrPort {
	for _, a := range o.e.Addrs() {
		if a.Network == n {
			return a.Addr
		}
	}
	return netip.AddrPort{}
}

// wire is the peer's end of a connection.
type wire struct {
	t    testing.TB
	c    net.Conn
	r    *bufio.Reader
	name string // the transport in Via
}

func dialWire(t testing.TB, o *office, from string) *wire {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 3 * time.Second}
	c, err := d.Dial("tcp", o.addrOn(TCP).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return newWire(t, c, "TCP")
}

func newWire(t testing.TB, c net.Conn, name string) *wire {
	return &wire{t, c, bufio.NewReader(c), name}
}

// text makes a message of the kit fit for the connection.
func (w *wire) text(msg string) string {
	return strings.ReplaceAll(strings.ReplaceAll(msg, "SIP/2.0/UDP", "SIP/2.0/"+w.name), "198.51.100.7:5060", w.c.LocalAddr().String())
}

func (w *wire) send(msg string) { w.raw(w.text(msg)) }

func (w *wire) raw(s string) {
	w.t.Helper()
	if _, err := io.WriteString(w.c, s); err != nil {
		w.t.Fatal(err)
	}
}

// read gives the next message; it fails after a minute. ok is false at the end of the connection.
func (w *wire) read() (Packet, bool) {
	w.t.Helper()
	w.c.SetReadDeadline(time.Now().Add(60 * time.Second))
	var head strings.Builder
	for {
		l, err := w.r.ReadString('\n')
		if err != nil {
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				w.t.Fatal("nothing came")
			}
			return Packet{}, false
		}
		head.WriteString(l)
		if l == "\r\n" {
			break
		}
	}
	p := Packet{Data: []byte(head.String())}
	n, _ := strconv.Atoi(header(p, "Content-Length"))
	body := make([]byte, n)
	if _, err := io.ReadFull(w.r, body); err != nil {
		w.t.Fatal(err)
	}
	p.Data = append(p.Data, body...)
	return p, true
}

// expect reads until a message with this start line comes.
func (w *wire) expect(prefix string) Packet {
	w.t.Helper()
	for {
		p, ok := w.read()
		if !ok {
			w.t.Fatalf("the connection ended before %q", prefix)
		}
		if strings.HasPrefix(start(p), prefix) {
			return p
		}
	}
}

// ends says that the connection is closed by the endpoint, after whatever it still sends.
func (w *wire) ends() {
	w.t.Helper()
	for {
		if _, ok := w.read(); !ok {
			return
		}
	}
}

func TestCallOverTCP(t *testing.T) {
	calls := make(chan *liveCall, 1)
	o := newOffice(t, func(c *liveCall) { answerAtOnce(c); calls <- c }, listenOn(Listener{Network: TCP}))
	w := dialWire(t, o, "127.0.0.1")
	w.send(message("INVITE", 1, "inv", "", offer))
	ok := w.expect("SIP/2.0 200")
	if c := header(ok, "Contact"); c != "<sip:"+o.addrOn(TCP).String()+";transport=tcp>" {
		t.Errorf("Contact %q", c)
	}
	w.send(message("ACK", 1, "ack", tagOf(ok), ""))
	c := <-calls
	for _, want := range []ReportKind{Taken, Confirmed} {
		if r := <-c.reports; r.Kind != want {
			t.Errorf("report %+v", r)
		}
	}
	w.send(message("BYE", 2, "bye", tagOf(ok), ""))
	w.expect("SIP/2.0 200")
	o.await(t, "nothing left", func() bool { return o.e.Dialogs() == 0 && o.e.Stats().Transactions == 0 })
}

// TestOurRequestsByConnection: a BYE of ours goes back by the connection that the call came by, though the Contact names a port where nobody
// listens behind an address translator.
func TestOurRequestsByConnection(t *testing.T) {
	o := newOffice(t, func(c *liveCall) { answerAtOnce(c); c.step(Hangup{Q850: 16}) }, listenOn(Listener{Network: TCP}), func(c *Config) { c.Trunks[0].NAT = true })
	w := dialWire(t, o, "127.0.0.1")
	w.send(message("INVITE", 1, "inv", "", offer))
	ok := w.expect("SIP/2.0 200")
	w.send(message("ACK", 1, "ack", tagOf(ok), ""))
	bye := w.expect("BYE ")
	if via := header(bye, "Via"); !strings.HasPrefix(via, "SIP/2.0/TCP "+o.addrOn(TCP).String()) {
		t.Errorf("Via %q", via)
	}
}

func TestManyMessagesInOneSegment(t *testing.T) {
	o := newOffice(t, answerAtOnce, listenOn(Listener{Network: TCP}))
	w := dialWire(t, o, "127.0.0.1")
	var all strings.Builder
	for i := range 20 {
		all.WriteString(w.text(message("OPTIONS", 1, "o"+strconv.Itoa(i), "", "", "Call-ID: c"+strconv.Itoa(i))) + "\r\n")
	}
	w.raw(all.String())
	for range 20 {
		w.expect("SIP/2.0 200")
	}
	for i, b := range []byte(w.text(message("OPTIONS", 1, "slow", "", "", "Call-ID: slow"))) { // and one byte a time
		w.raw(string(b))
		if i%50 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	w.expect("SIP/2.0 200")
}

// TestStreamPing: CRLF CRLF is answered with CRLF (RFC 5626 §3.5.1).
func TestStreamPing(t *testing.T) {
	o := newOffice(t, answerAtOnce, listenOn(Listener{Network: TCP}))
	w := dialWire(t, o, "127.0.0.1")
	w.raw("\r\n\r\n")
	b := make([]byte, 2)
	w.c.SetReadDeadline(time.Now().Add(60 * time.Second))
	if _, err := io.ReadFull(w.r, b); err != nil || string(b) != "\r\n" {
		t.Errorf("got %q, %v", b, err)
	}
	w.send(message("OPTIONS", 1, "o", "", ""))
	w.expect("SIP/2.0 200")
}

func TestLargeMessageOverTCP(t *testing.T) {
	big := offer + strings.Repeat("a=x-filler:0123456789012345678901234567890123456789\r\n", 700) // more than 32 KB
	big = big[:maxStreamBody]
	got := make(chan int, 1)
	o := newOffice(t, func(c *liveCall) { got <- len(c.in.SDP); c.step(Answer{SDP: []byte(big)}) }, listenOn(Listener{Network: TCP}))
	w := dialWire(t, o, "127.0.0.1")
	w.send(message("INVITE", 1, "inv", "", big))
	if n := <-got; n != maxStreamBody {
		t.Errorf("%d bytes of SDP", n)
	}
	if ok := w.expect("SIP/2.0 200"); !strings.HasSuffix(string(ok.Data), big) {
		t.Errorf("%d bytes", len(ok.Data))
	}
	w.send(message("INVITE", 1, "inv2", "", big+"x", "Call-ID: other"))
	w.expect("SIP/2.0 513")
	w.ends()
}

// TestSecurityStreamGarbage: what is not SIP ends the connection, without a word where nobody can be told.
func TestSecurityStreamGarbage(t *testing.T) {
	o := newOffice(t, answerAtOnce, listenOn(Listener{Network: TCP}))
	for _, c := range []struct{ in, want string }{
		{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ""},
		{"\x16\x03\x01\x02\x00\x01\n", ""},
		{strings.Replace(message("OPTIONS", 1, "o", "", ""), "Content-Length: 0\r\n", "", 1), "SIP/2.0 400 Missing Content-Length"},
		{strings.Replace(message("OPTIONS", 1, "o", "", ""), "Content-Length: 0", "Content-Length: 70000", 1), "SIP/2.0 513"},
	} {
		w := dialWire(t, o, "127.0.0.1")
		w.send(c.in)
		p, ok := w.read()
		if ok != (c.want != "") || ok && !strings.HasPrefix(start(p), c.want) {
			t.Errorf("%.20q: got %q", c.in, start(p))
		}
		if ok {
			w.ends()
		}
	}
	w := dialWire(t, o, "127.0.0.1")
	w.send(message("OPTIONS", 1, "bad", "", "", "From:-")) // a broken message in good framing does not
	w.expect("SIP/2.0 400 Missing From")
	w.send(message("OPTIONS", 1, "good", "", ""))
	w.expect("SIP/2.0 200")
}

// TestSecurityForgeryTCP: a Via is no place to connect to, whatever it says, and neither is a Contact or a Route outside the trunk (S10; sipgo
// would dial the host of a Via when the connection is gone).
func TestSecurityForgeryTCP(t *testing.T) {
	trap, err := net.Listen("tcp", "127.0.0.9:0")
	if err != nil {
		t.Skip("no such loopback address: ", err)
	}
	defer trap.Close()
	connected := make(chan string, 8)
	go func() {
		for {
			c, err := trap.Accept()
			if err != nil {
				return
			}
			connected <- c.RemoteAddr().String()
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(trap.Addr().String())
	o := newOffice(t, func(c *liveCall) { answerAtOnce(c); c.step(Hangup{}) }, listenOn(Listener{Network: TCP}))
	for i, host := range []string{"127.0.0.9", "0x7f.0.0.9", "2130706441", "127.9", "[::ffff:127.0.0.9]", "0177.0.0.11", "127.0.0.9."} {
		w := dialWire(t, o, "127.0.0.1")
		w.send(strings.Replace(message("INVITE", 1, "f"+strconv.Itoa(i), "", offer, "Call-ID: f"+strconv.Itoa(i)), "198.51.100.7:5060", host+":"+port, 1))
		if p, ok := w.read(); ok && !strings.HasPrefix(start(p), "SIP/2.0 400") {
			t.Errorf("Via %s: %s", host, start(p))
		}
		w.c.Close()
	}
	// A name in Via is allowed and never looked up; the connection is gone before we answer.
	for i := range 5 {
		w := dialWire(t, o, "127.0.0.1")
		id := "g" + strconv.Itoa(i)
		w.send(strings.Replace(message("INVITE", 1, id, "", offer, "Call-ID: "+id, "Contact: <sip:x@"+trap.Addr().String()+";transport=tcp>", "Record-Route: <sip:"+trap.Addr().String()+";transport=tcp;lr>"),
			"198.51.100.7:5060", "localhost:"+port, 1))
		if i%2 == 0 {
			ok := w.expect("SIP/2.0 200")
			w.send(message("ACK", 1, "ack"+id, tagOf(ok), "", "Call-ID: "+id))
			w.expect("BYE ")
		}
		w.c.Close()
	}
	select {
	case who := <-connected:
		t.Errorf("connected from %s", who)
	case <-time.After(300 * time.Millisecond):
	}
}

// TestSecurityStrangersTCP: a stranger's connection is closed unread, and a trunk has no more than its number.
func TestSecurityStrangersTCP(t *testing.T) {
	o := newOffice(t, answerAtOnce, listenOn(Listener{Network: TCP}), listenOn(Listener{Network: TCP}))
	shut := func(from string) {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 3 * time.Second}
		c, err := d.Dial("tcp", o.addrOn(TCP).String())
		if err != nil {
			return // reset already
		}
		defer c.Close()
		w := newWire(t, c, "TCP")
		io.WriteString(c, w.text(message("OPTIONS", 1, "o", "", "")))
		if p, ok := w.read(); ok {
			t.Errorf("%s got %s", from, p.Data)
		}
	}
	shut("127.0.0.2")
	var open []*wire
	for i := range maxPerTrunk {
		to := o.e.ports[1+i%2].addr // counted over all listeners
		c, err := net.Dial("tcp", to.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		w := newWire(t, c, "TCP")
		w.send(message("OPTIONS", 1, "o"+w.c.LocalAddr().String()[10:], "", "", "Call-ID: "+w.c.LocalAddr().String()))
		w.expect("SIP/2.0 200")
		open = append(open, w)
	}
	shut("127.0.0.1")
	open[0].c.Close()
	o.await(t, "a place is free", func() bool { return o.e.Stats().Connections < maxPerTrunk })
	again := dialWire(t, o, "127.0.0.1")
	again.send(message("OPTIONS", 1, "again", "", "", "Call-ID: again"))
	again.expect("SIP/2.0 200")
}

func (s *streams) used(t *Trunk) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for st := range s.all {
		if st.trunk == t {
			n++
		}
	}
	return n
}

// TestSecurityStreamTimes: a message that has begun is complete in 5 s however it drips, silence lasts 120 s, and a peer that does not read
// is given up (S7, security.md §5).
func TestSecurityStreamTimes(t *testing.T) {
	lasts := func(t *testing.T, feed func(*stream, net.Conn)) (lasted time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			cfg, err := Config{Listen: netip.MustParseAddrPort("127.0.0.1:5060")}.checked()
			if err != nil {
				t.Fatal(err)
			}
			e := &Endpoint{core: newCore(cfg, newSeededIDs(1)), closed: make(chan struct{}), rates: newBuckets(10)}
			trunk := &Trunk{}
			e.quota.reserve(trunk)
			s := &streams{p: &port{e: e}, to: map[netip.AddrPort]*stream{}, all: map[*stream]struct{}{}}
			here, there := net.Pipe()
			st := newStream(s, here, trunk, peer)
			ended := make(chan struct{})
			go st.write()
			began := time.Now()
			go func() {
				defer close(ended)
				if _, err := st.Read(make([]byte, 100)); !errors.Is(err, net.ErrClosed) {
					t.Errorf("read: %v", err)
				}
				lasted = time.Since(began)
			}()
			feed(st, there)
			<-ended
			synctest.Wait()
			there.Close()
		})
		return lasted
	}
	if d := lasts(t, func(*stream, net.Conn) {}); d != idleTime {
		t.Errorf("silence lasted %v", d)
	}
	if d := lasts(t, func(_ *stream, c net.Conn) {
		for range 100 { // a byte every 100 ms
			time.Sleep(100 * time.Millisecond)
			if _, err := c.Write([]byte("O")); err != nil {
				return
			}
		}
	}); d < finishTime || d > finishTime+time.Second {
		t.Errorf("a message dripped for %v", d)
	}
	if d := lasts(t, func(st *stream, c net.Conn) {
		time.Sleep(100 * time.Second)
		go io.CopyN(io.Discard, c, 2)
		st.Write([]byte("\r\n"))
	}); d != 220*time.Second {
		t.Errorf("what we sent at 100 s did not count: ended at %v", d)
	}
	if d := lasts(t, func(st *stream, c net.Conn) {
		if _, err := st.Write(make([]byte, 1000)); err != nil {
			t.Error(err)
		}
	}); d != writeTime {
		t.Errorf("a peer that does not read lasted %v", d)
	}
	lasts(t, func(st *stream, c net.Conn) {
		var err error
		for range 300 {
			if _, err = st.Write(make([]byte, 1000)); err != nil {
				break
			}
		}
		st.mu.Lock()
		defer st.mu.Unlock()
		if !errors.Is(err, errSlow) || st.queued > maxUnsent {
			t.Errorf("%d bytes wait, error %v", st.queued, err)
		}
	})
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t testing.TB) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, pool: x509.NewCertPool()}
	a.cert, _ = x509.ParseCertificate(der)
	a.pool.AddCert(a.cert)
	return a
}

// issue makes a server's certificate for names: an address, a DNS name, or a sip URI.
func (a *authority) issue(t testing.TB, names ...string) tls.Certificate {
	return a.issueFor(t, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, names...)
}

func (a *authority) issueFor(t testing.TB, use []x509.ExtKeyUsage, names ...string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: use}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else if u, err := url.Parse(n); err == nil && u.Scheme == "sip" {
			tmpl.URIs = append(tmpl.URIs, u)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestSecurityTLSPeerName: with PeerName a connection from the trunk must show a certificate of that name, signed by its roots (check 3 of
// translation.md §1.6). Without, its address is enough.
func TestSecurityTLSPeerName(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	server := &tls.Config{Certificates: []tls.Certificate{ours.issue(t, "127.0.0.1")}}
	for _, c := range []struct {
		name  string
		peer  string
		certs []tls.Certificate
		taken bool
	}{
		{"no name asked for", "", nil, true},
		{"no certificate", "pbx.example", nil, false},
		{"the name", "pbx.example", []tls.Certificate{ours.issue(t, "pbx.example")}, true},
		{"the domain", "pbx.example", []tls.Certificate{ours.issue(t, "sip:pbx.example", "host7.example")}, true},
		{"another domain, though the DNS name fits", "pbx.example", []tls.Certificate{ours.issue(t, "sip:other.example", "pbx.example")}, false},
		{"another name", "pbx.example", []tls.Certificate{ours.issue(t, "other.example")}, false},
		{"another authority", "pbx.example", []tls.Certificate{other.issue(t, "pbx.example")}, false},
	} {
		o := newOffice(t, answerAtOnce, listenOn(Listener{Network: TLS, TLS: server}), func(cfg *Config) {
			cfg.Trunks[0].PeerName, cfg.Trunks[0].TLS = c.peer, &tls.Config{RootCAs: ours.pool}
		})
		conn, err := tls.Dial("tcp", o.addrOn(TLS).String(), &tls.Config{RootCAs: ours.pool, Certificates: c.certs})
		taken := false
		if err == nil {
			w := newWire(t, conn, "TLS")
			io.WriteString(conn, w.text(message("OPTIONS", 1, "o", "", "")))
			p, ok := w.read()
			taken = ok && strings.HasPrefix(start(p), "SIP/2.0 200")
			conn.Close()
		}
		if taken != c.taken {
			t.Errorf("%s: taken %v (%v)", c.name, taken, err)
		}
	}
}

// TestPlaceOverStreams: one endpoint calls another over TCP, TLS and IPv6; the connection is made once and used for all.
func TestPlaceOverStreams(t *testing.T) {
	ca := newAuthority(t)
	v6 := netip.MustParseAddrPort("[::1]:0")
	both := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")}
	config := func(c *Config) {
		c.Trunks[0].Networks = both
		c.Trunks[0].TLS = &tls.Config{RootCAs: ca.pool}
		listenOn(Listener{Network: TCP})(c)
		listenOn(Listener{Network: TLS, TLS: &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", "::1")}}})(c)
		listenOn(Listener{Network: UDP, Addr: v6})(c)
		listenOn(Listener{Network: TCP, Addr: v6})(c)
		listenOn(Listener{Network: TLS, Addr: v6, TLS: &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", "::1")}}})(c)
	}
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skip("no IPv6 on loopback: ", err)
	} else {
		l.Close()
	}
	callee := make(chan *liveCall, 1)
	b := newOffice(t, func(c *liveCall) { answerAtOnce(c); callee <- c }, config)
	a := newOffice(t, nil, config)
	for _, at := range b.e.Addrs() {
		for range 2 {
			c := &liveCall{o: a, tx: a.e}
			ready := make(chan struct{})
			sink := a.run(c, func(*liveCall) { <-ready })
			d, err := a.e.Place(context.Background(), Outgoing{To: at.Addr, Network: at.Network, Target: "sip:support@" + at.Addr.String(), From: Party{User: "100"}, SDP: []byte(offer)}, sink)
			if err != nil {
				t.Fatalf("%v: %v", at, err)
			}
			c.d = d
			close(ready)
			in := <-callee
			for r := range c.reports {
				if r.Kind == Answered {
					break
				} else if r.Kind != Progress {
					t.Fatalf("%v: report %+v", at, r)
				}
			}
			<-in.reports
			if r := <-in.reports; r.Kind != Confirmed {
				t.Errorf("%v: report %+v", at, r)
			}
			c.inbox <- Hangup{Q850: 16}
			if r := <-in.reports; r.Kind != Ended || r.By != There {
				t.Errorf("%v: report %+v", at, r)
			}
			if r := <-c.reports; r.Kind != Ended || r.By != Here {
				t.Errorf("%v: report %+v", at, r)
			}
		}
	}
	// Each call went by a connection that the caller made; the callee's BYEs and answers came back by it.
	for _, p := range a.e.ports {
		if p.streams != nil && p.streams.used(&a.e.cfg.Trunks[0]) > 1 {
			t.Errorf("%v: %d connections", p.addr, p.streams.used(&a.e.cfg.Trunks[0]))
		}
	}
}

// TestFaultConnectionRefused: a trunk that takes no connection fails the call at once.
func TestFaultConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to := addrOf(l.Addr())
	l.Close()
	o := newOffice(t, nil, listenOn(Listener{Network: TCP}))
	c := &liveCall{o: o, tx: o.e}
	ready := make(chan struct{})
	sink := o.run(c, func(*liveCall) { <-ready })
	began := time.Now()
	c.d, err = o.e.Place(context.Background(), Outgoing{To: to, Network: TCP, Target: "sip:a@127.0.0.1", SDP: []byte(offer)}, sink)
	if err != nil {
		t.Fatal(err)
	}
	close(ready)
	if r := <-c.reports; r.Kind != Failed || r.By != Nobody {
		t.Errorf("report %+v", r)
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("after %v", d)
	}
	o.await(t, "nothing left", func() bool {
		return o.e.Dialogs() == 0 && o.e.Stats().Transactions == 0 && o.e.ports[1].streams.used(&o.e.cfg.Trunks[0]) == 0
	})
}

// TestLargeRequestGoesOverTCP: above 1,300 bytes a request to a UDP address goes by the trunk's TCP address on the same host, and its CANCEL
// after it (RFC 3261 §18.1.1, §9.1).
func TestLargeRequestGoesOverTCP(t *testing.T) {
	b := newOffice(t, func(c *liveCall) { c.step(Ring{}) }, listenOn(Listener{Network: TCP}))
	a := newOffice(t, nil, listenOn(Listener{Network: TCP}), func(c *Config) {
		c.Trunks[0].Addresses = []Address{{UDP, b.addrOn(UDP)}, {TCP, b.addrOn(TCP)}}
	})
	for _, size := range []int{0, 1200} {
		c := &liveCall{o: a, tx: a.e}
		ready := make(chan struct{})
		sink := a.run(c, func(*liveCall) { <-ready })
		before := b.e.ports[1].streams.used(&b.e.cfg.Trunks[0])
		sdp := offer + "a=x:" + strings.Repeat("y", size) + "\r\n"
		d, err := a.e.Place(context.Background(), Outgoing{To: b.e.Addr(), Target: "sip:a@127.0.0.1", SDP: []byte(sdp)}, sink)
		if err != nil {
			t.Fatal(err)
		}
		c.d = d
		close(ready)
		for r := range c.reports {
			if r.Status == 180 {
				break
			}
		}
		if by := b.e.ports[1].streams.used(&b.e.cfg.Trunks[0]) - before; by != min(size, 1) {
			t.Errorf("%d more bytes: %d connections", size, by)
		}
		c.inbox <- Hangup{}
		for r := range c.reports { // the 100 may come after the 180: sipgo gives each message a goroutine
			if r.Kind == Ended && r.Status == 487 {
				break
			} else if r.Kind != Progress {
				t.Fatalf("report %+v", r)
			}
		}
	}
}

func TestListenersAreChecked(t *testing.T) {
	good := Config{Listen: netip.MustParseAddrPort("127.0.0.1:0")}
	net1 := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	at := netip.MustParseAddrPort("127.0.0.1:5060")
	for name, c := range map[string]func(*Config){
		"no listener":          func(c *Config) { c.Listen = netip.AddrPort{} },
		"unknown network":      func(c *Config) { c.Listeners = []Listener{{Network: "ws", Addr: at}} },
		"wildcard":             func(c *Config) { c.Listeners = []Listener{{Network: TCP, Addr: netip.MustParseAddrPort("[::]:5060")}} },
		"no certificate":       func(c *Config) { c.Listeners = []Listener{{Network: TLS, Addr: at, TLS: &tls.Config{}}} },
		"address elsewhere":    func(c *Config) { c.Trunks = []Trunk{{Name: "a", Addresses: []Address{{UDP, at}}}} },
		"no TCP listener":      func(c *Config) { c.Trunks = []Trunk{{Name: "a", Networks: net1, Addresses: []Address{{TCP, at}}}} },
		"half the credentials": func(c *Config) { c.Trunks = []Trunk{{Name: "a", Credentials: Credentials{User: "u", Password: "p"}}} },
		"realm":                func(c *Config) { c.Trunks = []Trunk{{Name: "a", Credentials: Credentials{"a\nb", "u", "p"}}} },
	} {
		cfg := good
		c(&cfg)
		if e, err := New(cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: error %v", name, err)
			if e != nil {
				e.Close()
			}
		}
	}
	if e, err := New(Config{Listeners: []Listener{{Network: TCP, Addr: netip.MustParseAddrPort("127.0.0.1:0")}}}); err != nil {
		t.Errorf("TCP alone: %v", err)
	} else {
		e.Close()
	}
}

// TestSecurityRate: what a source sends above its rate is answered 503 without state (S18).
func TestSecurityRate(t *testing.T) {
	o := newOffice(t, answerAtOnce, func(c *Config) { c.RequestRate = 5 })
	p := newPhone(t, o, "127.0.0.1:0")
	got := map[string]int{}
	for i := range 30 {
		p.send(message("OPTIONS", 1, "x"+strconv.Itoa(i), "", "", "Call-ID: x"+strconv.Itoa(i)))
		got[strings.Fields(start(p.expect("SIP/2.0")))[1]]++
	}
	if got["200"] < 10 || got["200"] > 15 || got["503"] != 30-got["200"] {
		t.Errorf("answers %v", got)
	}
	if s := o.e.Stats(); s.Overloaded != uint64(got["503"]) || fmt.Sprint(s.Malformed) != "0" {
		t.Errorf("stats %+v", s)
	}
}

// TestAnswerAfterLostConnection: the caller's connection breaks while it waits. The answer goes by a new one, to the port of its Via
// (RFC 3261 §18.2.2), and the call goes on there.
func TestAnswerAfterLostConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	now := make(chan struct{})
	calls := make(chan *liveCall, 1)
	o := newOffice(t, func(c *liveCall) { c.step(Ring{}); calls <- c; <-now; c.step(Answer{SDP: []byte(answer)}) }, listenOn(Listener{Network: TCP}))
	w := dialWire(t, o, "127.0.0.1")
	w.send(strings.Replace(message("INVITE", 1, "inv", "", offer), "198.51.100.7:5060", l.Addr().String(), 1))
	w.expect("SIP/2.0 180")
	c := <-calls
	w.c.Close()
	o.await(t, "the loss is seen", func() bool { return o.e.Stats().Connections == 0 })
	close(now)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	again := newWire(t, conn, "TCP")
	ok := again.expect("SIP/2.0 200")
	again.send(message("ACK", 1, "ack", tagOf(ok), ""))
	c.report(t, Confirmed)
	again.send(message("BYE", 2, "bye", tagOf(ok), ""))
	again.expect("SIP/2.0 200")
	c.report(t, Ended)
}

func TestDefaultPorts(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:192.0.2.9": "192.0.2.9:5060", "sips:192.0.2.9": "192.0.2.9:5061", "sip:a@192.0.2.9;transport=tls": "192.0.2.9:5061",
		"sip:a@[2001:db8::1];transport=tcp": "[2001:db8::1]:5060", "sip:192.0.2.9:7;transport=TLS": "192.0.2.9:7",
	} {
		if at, ok := addrOfURI(uri); !ok || at.String() != want {
			t.Errorf("%s: %v", uri, at)
		}
	}
}

// TestSecurityTLSToImpostor: a connection of ours to a server that cannot show the trunk's name carries nothing.
func TestSecurityTLSToImpostor(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	for _, c := range []struct {
		name, peer string
		cert       tls.Certificate
		taken      bool
	}{
		{"the address", "", ca.issue(t, "127.0.0.1"), true},
		{"the name", "pbx.example", ca.issue(t, "pbx.example"), true},
		{"another address", "", ca.issue(t, "127.0.0.2"), false},
		{"another name", "pbx.example", ca.issue(t, "other.example", "127.0.0.1"), false},
		{"another authority", "pbx.example", other.issue(t, "pbx.example"), false},
	} {
		b := newOffice(t, answerAtOnce, listenOn(Listener{Network: TLS, TLS: &tls.Config{Certificates: []tls.Certificate{c.cert}}}))
		a := newOffice(t, nil, listenOn(Listener{Network: TLS, TLS: &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1")}}}), func(cfg *Config) {
			cfg.Trunks[0].PeerName, cfg.Trunks[0].TLS = c.peer, &tls.Config{RootCAs: ca.pool}
		})
		at := b.addrOn(TLS)
		call := placed(t, a, Outgoing{To: at, Network: TLS, Target: "sip:x@" + at.String(), SDP: []byte(offer)})
		if c.taken {
			call.report(t, Answered)
			continue
		}
		if r := call.report(t, Failed); r.Status != 503 || r.By != Nobody {
			t.Errorf("%s: report %+v", c.name, r)
		}
		if n := b.e.Stats().Requests; n != 0 {
			t.Errorf("%s: %d requests", c.name, n)
		}
	}
}

// TestSecuritySipgoNeverDials: left to itself sipgo would connect to wherever a message leads it.
func TestSecuritySipgoNeverDials(t *testing.T) {
	trap, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer trap.Close()
	o := newOffice(t, nil, listenOn(Listener{Network: TCP}), listenOn(Listener{Network: TLS, TLS: &tls.Config{Certificates: []tls.Certificate{newAuthority(t).issue(t, "x")}}}))
	for _, p := range o.e.ports[1:] {
		for _, to := range []string{trap.Addr().String(), "localhost.invalid:5060"} {
			req := p.us.request("OPTIONS", "sip:x@"+to)
			p.us.head(req, "<sip:a@b>", "t", "<sip:c@d>", "id", 1)
			req.SetDestination(to)
			if _, err := p.tp.ClientRequestConnection(t.Context(), req); err == nil {
				t.Errorf("%s: connected to %s", p.network, to)
			}
		}
	}
	trap.(*net.TCPListener).SetDeadline(time.Now().Add(50 * time.Millisecond))
	if c, err := trap.Accept(); err == nil {
		c.Close()
		t.Error("a connection came")
	}
}

// TestFaultLostAckTCP: the 2xx is resent over a stream as well (RFC 3261 §13.3.1.4).
func TestFaultLostAckTCP(t *testing.T) {
	o := newOffice(t, answerAtOnce, listenOn(Listener{Network: TCP}))
	w := dialWire(t, o, "127.0.0.1")
	w.send(message("INVITE", 1, "inv", "", offer))
	first := w.expect("SIP/2.0 200")
	began := time.Now()
	w.expect("SIP/2.0 200")
	if d := time.Since(began); d < 450*time.Millisecond || d > 700*time.Millisecond {
		t.Errorf("resent after %v", d)
	}
	w.send(message("ACK", 1, "ack", tagOf(first), ""))
	w.send(message("BYE", 2, "bye", tagOf(first), ""))
	for !strings.HasSuffix(header(w.expect("SIP/2.0 200"), "CSeq"), "BYE") {
	}
}
