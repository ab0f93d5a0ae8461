package dialog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newKept is a bare UDP peer with the address of one of a trunk's.
func newKept(t testing.TB) (*phone, Address) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	p := &phone{t: t, c: c, addr: c.LocalAddr().(*net.UDPAddr).AddrPort()}
	return p, Address{UDP, p.addr}
}

// back sends a response to a request that came.
func (p *phone) back(o *office, req Packet, status string, more ...string) {
	p.to = o.e.Addr()
	var b strings.Builder
	b.WriteString("SIP/2.0 " + status + "\r\n")
	for _, h := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		v := header(req, h)
		if h == "To" && !strings.Contains(v, "tag=") && !strings.HasPrefix(status, "100") {
			v += ";tag=peer"
		}
		b.WriteString(h + ": " + v + "\r\n")
	}
	for _, h := range more {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	p.send(b.String())
}

// placed is a call of ours to a target.
func placed(t testing.TB, o *office, out Outgoing) *liveCall {
	t.Helper()
	c := &liveCall{o: o, tx: o.e}
	ready := make(chan struct{})
	sink := o.run(c, func(*liveCall) { <-ready })
	d, err := o.e.Place(context.Background(), out, sink)
	if err != nil {
		t.Fatal(err)
	}
	c.d = d
	close(ready)
	return c
}

// report reads until a report of this kind comes.
func (c *liveCall) report(t testing.TB, kind ReportKind) Report {
	t.Helper()
	for {
		select {
		case r := <-c.reports:
			if r.Kind == kind {
				return r
			}
		case <-time.After(60 * time.Second):
			t.Fatalf("no report of kind %d", kind)
		}
	}
}

func up(ts []Target) (names []string) {
	for _, t := range ts {
		if t.Up {
			names = append(names, t.Trunk)
		} else {
			names = append(names, t.Trunk+"?")
		}
	}
	return names
}

// TestQualifyLive: an address that answers 503 is out at once, one that answers 404 is up, and what is down is offered only when nothing else is.
func TestQualifyLive(t *testing.T) {
	a, atA := newKept(t)
	b, atB := newKept(t)
	o := newOffice(t, nil, func(c *Config) {
		own := c.Trunks[0].Networks
		c.Trunks = []Trunk{{Name: "a", Networks: own, Addresses: []Address{atA}, Qualify: true}, {Name: "b", Networks: own, Addresses: []Address{atB}, Qualify: true}}
	})
	if got := strings.Join(up(o.e.Targets("b", "a")), " "); got != "b a" {
		t.Errorf("at first: %s", got)
	}
	a.back(o, a.expect("OPTIONS "), "503 Service Unavailable")
	b.back(o, b.expect("OPTIONS "), "404 Not Found")
	o.await(t, "a is out", func() bool { return len(o.e.Targets("a", "b")) == 1 })
	if got := strings.Join(up(o.e.Targets("a", "b")), " "); got != "b" {
		t.Errorf("one down: %s", got)
	}
	if got := strings.Join(up(o.e.Targets("a")), " "); got != "a?" {
		t.Errorf("nothing else: %s", got)
	}
	if s := o.e.Trunks(); len(s) != 2 || s[0].Addresses[0].Up || !s[1].Addresses[0].Up || s[0].Registration != "" {
		t.Errorf("trunks %+v", s)
	}
	if got := o.e.Targets("nobody"); len(got) != 0 {
		t.Errorf("targets of nobody: %v", got)
	}
}

// TestO14SilentTrunk: no response at all in 3 s fails the call; a late 180 is cancelled and a late 2xx gets ACK and BYE.
func TestO14SilentTrunk(t *testing.T) {
	p, at := newKept(t)
	o := newOffice(t, nil, func(c *Config) { c.Trunks[0].Addresses = []Address{at} })
	c := placed(t, o, Outgoing{To: at.Addr, Target: "sip:a@" + at.Addr.String(), SDP: []byte(offer), Patience: 300 * time.Millisecond})
	invite := p.expect("INVITE ")
	if r := c.report(t, Failed); r.Status != 408 || r.By != Nobody {
		t.Errorf("report %+v", r)
	}
	if got := up(o.e.Targets("pbx")); got[0] != "pbx?" {
		t.Errorf("the silent address is up: %v", got)
	}
	p.back(o, invite, "180 Ringing", "Contact: <sip:x@"+at.Addr.String()+">")
	cancel := p.expect("CANCEL ")
	if header(cancel, "Via") != header(invite, "Via") || header(cancel, "CSeq") != "1 CANCEL" {
		t.Errorf("CANCEL\n%s", cancel.Data)
	}
	p.back(o, invite, "200 OK", "Contact: <sip:x@"+at.Addr.String()+">") // they cross
	p.expect("ACK ")
	p.back(o, p.expect("BYE "), "200 OK")
	p.back(o, cancel, "200 OK")
	o.await(t, "nothing left", func() bool { return o.e.Dialogs() == 0 && o.e.Stats().Transactions == 0 })
}

// TestFaultICMP: a trunk whose port is closed fails the call at once, and what is sent to others is not disturbed (F7).
func TestFaultICMP(t *testing.T) {
	dead, atDead := newKept(t)
	dead.c.Close()
	p, at := newKept(t)
	o := newOffice(t, nil, func(c *Config) { c.Trunks[0].Addresses = []Address{atDead, at} })
	began := time.Now()
	for range 5 {
		c := placed(t, o, Outgoing{To: atDead.Addr, Target: "sip:a@" + atDead.Addr.String(), SDP: []byte(offer)})
		good := placed(t, o, Outgoing{To: at.Addr, Target: "sip:a@" + at.Addr.String(), SDP: []byte(offer)})
		if r := c.report(t, Failed); r.Status != 503 || r.By != Nobody {
			t.Errorf("report %+v", r)
		}
		p.back(o, p.expect("INVITE "), "486 Busy Here")
		if r := good.report(t, Failed); r.Status != 486 {
			t.Errorf("the other call: %+v", r)
		}
		p.expect("ACK ")
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("took %v", d)
	}
	if got := o.e.Targets("pbx"); len(got) != 1 || got[0].Address != at {
		t.Errorf("targets %v", got)
	}
	if n := o.e.Stats().Restarts; n != 0 {
		t.Errorf("%d read errors", n)
	}
}

// TestSecurityICMPEndsNoCall: such a report can be forged, so it changes nothing for a call that the trunk has answered.
func TestSecurityICMPEndsNoCall(t *testing.T) {
	p, at := newKept(t)
	o := newOffice(t, nil)
	c := placed(t, o, Outgoing{To: at.Addr, Target: "sip:a@" + at.Addr.String(), SDP: []byte(offer)})
	invite := p.expect("INVITE ")
	p.back(o, invite, "180 Ringing", "Contact: <sip:x@"+at.Addr.String()+">")
	c.report(t, Progress)
	o.e.ports[0].unreachable(at.Addr)
	p.back(o, invite, "200 OK", "Contact: <sip:x@"+at.Addr.String()+">")
	c.report(t, Answered)
	p.expect("ACK ")
	o.e.ports[0].unreachable(at.Addr)
	c.inbox <- Hangup{}
	bye := p.expect("BYE ")
	o.e.ports[0].unreachable(at.Addr)
	p.back(o, bye, "200 OK")
	if r := c.report(t, Ended); r.By != Here {
		t.Errorf("report %+v", r)
	}
}

// TestRegisterLive: challenge, 423, bound, and taken back on Close.
func TestRegisterLive(t *testing.T) {
	p, at := newKept(t)
	o := newOffice(t, nil, func(c *Config) {
		c.Trunks[0].Addresses = []Address{at}
		c.Trunks[0].Credentials = Credentials{"pbx.example", "100", "canary-password"}
		c.Trunks[0].Register = &Register{Registrar: "sip:pbx.example", Identity: "sip:100@pbx.example", Expires: time.Minute}
	})
	first := p.expect("REGISTER sip:pbx.example ")
	if header(first, "Expires") != "60" || header(first, "Authorization") != "" || header(first, "Contact") != "<sip:100@"+o.e.Addr().String()+">" {
		t.Errorf("first\n%s", first.Data)
	}
	p.back(o, first, "401 Unauthorized", `WWW-Authenticate: Digest realm="pbx.example", nonce="n1", qop="auth", algorithm=SHA-256`)
	second := p.expect("REGISTER ")
	if !strings.Contains(header(second, "Authorization"), "nc=00000001") || header(second, "CSeq") != "2 REGISTER" || header(second, "Call-ID") != header(first, "Call-ID") {
		t.Errorf("second\n%s", second.Data)
	}
	p.back(o, second, "423 Interval Too Brief", "Min-Expires: 300")
	third := p.expect("REGISTER ")
	if !strings.Contains(header(third, "Authorization"), "nc=00000002") || header(third, "Expires") != "300" {
		t.Errorf("third\n%s", third.Data)
	}
	p.back(o, third, "200 OK", "Contact: <sip:100@"+o.e.Addr().String()+">;expires=240")
	o.await(t, "registered", func() bool { return o.e.Trunks()[0].Registered })
	if s := o.e.Trunks()[0]; s.Registration != "registered" || s.Status != 200 {
		t.Errorf("state %+v", s)
	}
	closed := make(chan error, 1)
	go func() { closed <- o.e.Close() }()
	last := p.expect("REGISTER ")
	if header(last, "Expires") != "0" {
		t.Errorf("last\n%s", last.Data)
	}
	p.back(o, last, "200 OK")
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if s := o.e.Trunks()[0]; s.Registered || s.Registration != "gone" {
		t.Errorf("state %+v", s)
	}
}

// TestSecurityRegisterElsewhere: a registrar of another realm gets no credentials, and the registration goes on waiting.
func TestSecurityRegisterElsewhere(t *testing.T) {
	p, at := newKept(t)
	o := newOffice(t, nil, func(c *Config) {
		c.Trunks[0].Addresses = []Address{at}
		c.Trunks[0].Credentials = Credentials{"pbx.example", "100", "p"}
		c.Trunks[0].Register = &Register{Registrar: "sip:pbx.example", Identity: "sip:100@pbx.example"}
	})
	p.back(o, p.expect("REGISTER "), "401 Unauthorized", `WWW-Authenticate: Digest realm="evil.example", nonce="n1", qop="auth"`)
	o.await(t, "waiting", func() bool { return o.e.Trunks()[0].Registration == "waiting" })
	p.silent("REGISTER", 100*time.Millisecond)
}

// kamailio starts a registrar and call server with digest on loopback. It is stopped at the end, or by the function that it returns.
// Over TLS it shows a certificate of the name pbx.example and wants one of ours, both of the authority ca.
func kamailio(t *testing.T, network Network, ca *authority) (at Address, stop func()) {
	t.Helper()
	bin, err := exec.LookPath("kamailio")
	if err != nil {
		if os.Getenv("OFFHOOK_CI") == "1" {
			t.Fatal("kamailio is not installed")
		}
		t.Skip("kamailio is not installed")
	}
	if module, _ := filepath.Glob("/usr/lib/*/kamailio/modules/tls.so"); network == TLS && len(module) == 0 {
		if os.Getenv("OFFHOOK_CI") == "1" {
			t.Fatal("kamailio's TLS module is not installed")
		}
		t.Skip("kamailio's TLS module is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := addrOf(l.Addr())
	l.Close()
	at = Address{network, addr}
	file, err := filepath.Abs("testdata/kamailio.cfg")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(bin, "-f", file, "-DD", "-E", "-m", "32", "-M", "8", "-n", "1", "-N", "1", "-w", dir, "-Y", dir, "-P", filepath.Join(dir, "pid"),
		"-l", "udp:"+addr.String(), "-l", "tcp:"+addr.String())
	if network == TLS {
		cmd.Args = append(cmd.Args[:len(cmd.Args)-4], "-l", "tls:"+addr.String(), "-A", "WITH_TLS")
		for name, file := range ca.files(t, dir, "pbx.example") {
			cmd.Args = append(cmd.Args, "-A", name+`="`+file+`"`)
		}
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := false
	stop = func() {
		if !done {
			done = true
			cmd.Process.Signal(os.Interrupt)
			cmd.Wait()
		}
	}
	t.Cleanup(func() {
		stop()
		log.Close()
		if b, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("kamailio: %s", b[:min(len(b), 6000)])
		}
	})
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", addr.String())
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(end) {
			b, _ := os.ReadFile(log.Name())
			t.Fatalf("kamailio does not start: %s", b[:min(len(b), 4000)])
		}
	}
	return at, stop
}

func kamailioTrunk(t *testing.T, at Address, ca *authority) func(*Config) {
	return func(c *Config) {
		own := []tls.Certificate{ca.issueFor(t, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, "127.0.0.1")}
		c.Listeners = append(c.Listeners, Listener{Network: TLS, Addr: netip.MustParseAddrPort("127.0.0.1:0"), TLS: &tls.Config{Certificates: own}})
		c.Trunks[0].PeerName, c.Trunks[0].TLS = "pbx.example", &tls.Config{RootCAs: ca.pool, Certificates: own}
		c.Listeners = append(c.Listeners, Listener{Network: TCP, Addr: netip.MustParseAddrPort("127.0.0.1:0")})
		c.Trunks[0].Addresses = []Address{at}
		c.Trunks[0].Qualify = true
		c.Trunks[0].Credentials = Credentials{"offhook.test", "100", "secret"}
		c.Trunks[0].Register = &Register{Registrar: "sip:offhook.test", Identity: "sip:100@offhook.test", Expires: time.Minute}
	}
}

// TestKamailioRegisters: digest with a real registrar over UDP, TCP and TLS with certificates on both sides; a call to our own number comes back to us through it, challenged as well;
// a wrong password is refused once and not repeated; the binding is gone after Close.
func TestKamailioRegisters(t *testing.T) {
	for _, network := range []Network{UDP, TCP, TLS} {
		t.Run(string(network), func(t *testing.T) {
			ca := newAuthority(t)
			at, _ := kamailio(t, network, ca)
			callee := make(chan *liveCall, 1)
			o := newOffice(t, func(c *liveCall) { answerAtOnce(c); callee <- c }, kamailioTrunk(t, at, ca))
			o.await(t, "registered", func() bool { return o.e.Trunks()[0].Registered })
			o.await(t, "up", func() bool { return o.e.Targets("pbx")[0].Up })
			c := placed(t, o, Outgoing{To: at.Addr, Network: network, Target: "sip:100@offhook.test", From: Party{User: "100", Host: "offhook.test"}, SDP: []byte(offer)})
			c.report(t, Answered)
			in := <-callee
			in.report(t, Confirmed)
			c.inbox <- Hangup{}
			c.report(t, Ended)
			in.report(t, Ended)

			wrong := newOffice(t, nil, kamailioTrunk(t, at, ca), func(c *Config) { c.Trunks[0].Credentials.Password = "wrong" })
			wrong.await(t, "refused", func() bool { s := wrong.e.Trunks()[0]; return s.Registration == "waiting" && s.Status == 401 })
			if wrong.e.Trunks()[0].Registered {
				t.Error("registered with a wrong password")
			}
			if err := o.e.Close(); err != nil {
				t.Error(err)
			}
			if s := o.e.Trunks()[0]; s.Registration != "gone" {
				t.Errorf("state %+v", s)
			}
		})
	}
}

// TestFaultTrunkKilled: a trunk dies while a call rings. Over TCP the call fails at once; over UDP it can be given up, and both leave nothing.
func TestFaultTrunkKilled(t *testing.T) {
	for _, network := range []Network{UDP, TCP, TLS} {
		t.Run(string(network), func(t *testing.T) {
			ca := newAuthority(t)
			at, kill := kamailio(t, network, ca)
			o := newOffice(t, func(c *liveCall) { c.step(Ring{}) }, kamailioTrunk(t, at, ca))
			o.await(t, "registered", func() bool { return o.e.Trunks()[0].Registered })
			c := placed(t, o, Outgoing{To: at.Addr, Network: network, Target: "sip:100@offhook.test", From: Party{User: "100", Host: "offhook.test"}, SDP: []byte(offer)})
			for c.report(t, Progress).Status != 180 {
			}
			kill()
			if network.stream() {
				if r := c.report(t, Failed); r.Status != 503 || r.By != Nobody {
					t.Errorf("report %+v", r)
				}
				return
			}
			// The next call meets a closed port.
			again := placed(t, o, Outgoing{To: at.Addr, Network: network, Target: "sip:100@offhook.test", From: Party{User: "100"}, SDP: []byte(offer), Patience: 3 * time.Second})
			if r := again.report(t, Failed); r.Status != 503 || r.By != Nobody {
				t.Errorf("report %+v", r)
			}
			if ts := o.e.Targets("pbx"); ts[0].Up {
				t.Error("the dead trunk is up")
			}
			c.inbox <- Hangup{}
		})
	}
}

// TestO14InVirtualTime: the whole of it to the millisecond, and nothing is left although the peer rings for ever.
func TestO14InVirtualTime(t *testing.T) {
	s := newStage(t)
	o := &owned{s: s}
	d, err := s.v.Place(Outgoing{To: peer, Target: "sip:a@198.51.100.7", SDP: []byte(offer), Patience: 3 * time.Second}, o.sink, s.now)
	if err != nil {
		t.Fatal(err)
	}
	o.d = d
	s.calls = append(s.calls, o)
	s.settle()
	invite := s.packets[len(s.packets)-1]
	s.pass(2999 * time.Millisecond)
	if len(o.reports) != 0 {
		t.Fatalf("too early: %+v", o.reports)
	}
	s.pass(time.Millisecond)
	if r := o.has(Failed); r == nil || r.Status != 408 || r.By != Nobody {
		t.Fatalf("reports %+v", o.reports)
	}
	answerTo := func(status string) string {
		return "SIP/2.0 " + status + "\r\nVia: " + header(invite, "Via") + "\r\nFrom: " + header(invite, "From") + "\r\nTo: " + header(invite, "To") +
			";tag=late\r\nCall-ID: " + header(invite, "Call-ID") + "\r\nCSeq: 1 INVITE\r\nContact: <sip:x@198.51.100.7>\r\nContent-Length: 0\r\n\r\n"
	}
	s.want(s.receive(answerTo("180 Ringing")), "CANCEL")
	s.want(s.receive(answerTo("180 Ringing")), "")
	s.pass(3 * time.Minute)
	if s.v.Transactions() != 0 || s.v.Dialogs() != 0 || len(o.reports) != 1 {
		t.Errorf("%d transactions, %d dialogs, reports %+v", s.v.Transactions(), s.v.Dialogs(), o.reports)
	}
}

// TestFaultFailOver: the first call to a silent trunk costs its patience and goes on by the other; no call is sent there once that is known (F7).
func TestFaultFailOver(t *testing.T) {
	silent, atSilent := newKept(t)
	good, atGood := newKept(t)
	o := newOffice(t, nil, func(c *Config) {
		own := c.Trunks[0].Networks
		c.Trunks = []Trunk{{Name: "a", Networks: own, Addresses: []Address{atSilent}}, {Name: "b", Networks: own, Addresses: []Address{atGood}}}
	})
	for call := range 3 {
		tried := 0
		for _, target := range o.e.Targets("a", "b") {
			tried++
			c := placed(t, o, Outgoing{To: target.Addr, Network: target.Network, Target: "sip:x@" + target.Addr.String(), SDP: []byte(offer), Patience: 200 * time.Millisecond})
			if target.Trunk == "a" {
				if r := c.report(t, Failed); r.Status != 408 {
					t.Errorf("report %+v", r)
				}
				continue
			}
			good.back(o, good.expect("INVITE "), "486 Busy Here")
			if r := c.report(t, Failed); r.Status != 486 {
				t.Errorf("report %+v", r)
			}
			break
		}
		if want := 1 + (2-call)/2; tried != want {
			t.Errorf("call %d: %d targets tried, want %d", call, tried, want)
		}
	}
	first := header(silent.expect("INVITE "), "Call-ID")
	for {
		p, ok := silent.wait("INVITE ", 50*time.Millisecond)
		if !ok {
			break
		}
		if header(p, "Call-ID") != first {
			t.Error("a call to the silent trunk though it is known")
		}
	}
}

// files writes a certificate for kamailio, by the names that its configuration uses.
func (a *authority) files(t *testing.T, dir, name string) map[string]string {
	t.Helper()
	pair := a.issue(t, name)
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for name, b := range map[string]*pem.Block{
		"CERTIFICATE": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "PRIVATE_KEY": {Type: "PRIVATE KEY", Bytes: key},
		"AUTHORITY": {Type: "CERTIFICATE", Bytes: a.cert.Raw},
	} {
		out[name] = filepath.Join(dir, name+".pem")
		if err := os.WriteFile(out[name], pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
