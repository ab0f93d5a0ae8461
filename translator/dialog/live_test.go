package dialog

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is a handler whose calls are driven by a script, each on a goroutine of its own.
type office struct {
	script func(*liveCall)
	admit  atomic.Bool
	e      *Endpoint
	wg     sync.WaitGroup
	done   chan struct{}
	fault  atomic.Bool
}

// liveCall is the owner of a live dialog.
type liveCall struct {
	o       *office
	in      *Invite
	tx      Tx
	d       *Dialog
	inbox   chan Event
	reports chan Report
}

func (o *office) Admit() bool { return o.admit.Load() }

func (o *office) Invite(in *Invite) func(Event) {
	if o.fault.Load() {
		panic("a fault in the call side")
	}
	return o.run(&liveCall{o: o, in: in, tx: in.Tx, d: in.Dialog}, o.script)
}

// run starts an owner's goroutine and returns its sink.
func (o *office) run(c *liveCall, script func(*liveCall)) func(Event) {
	c.inbox, c.reports = make(chan Event, 64), make(chan Report, 64)
	o.wg.Go(func() {
		if script != nil {
			script(c)
		}
		c.loop()
	})
	return func(ev Event) {
		select {
		case c.inbox <- ev:
		default:
			panic("inbox full")
		}
	}
}

func (c *liveCall) step(ev Event) {
	for _, e := range c.d.Step(ev, time.Now()) {
		if r, ok := e.(Report); ok {
			c.reports <- r
			continue
		}
		if err := c.tx.Perform(e); NeedsResult(e) {
			c.step(Sent{e, err})
		}
	}
}

// loop is the owner's life: events and timers until the end.
func (c *liveCall) loop() {
	for c.d.State() != StateTerminated {
		var tick <-chan time.Time
		if t, ok := c.d.Deadline(); ok {
			tick = time.After(time.Until(t))
		}
		select {
		case ev := <-c.inbox:
			c.step(ev)
		case <-tick:
			c.step(Tick{})
		case <-c.o.done:
			return
		}
	}
}

// answerAtOnce rings and answers.
func answerAtOnce(c *liveCall) {
	c.step(Ring{})
	c.step(Answer{SDP: []byte(answer)})
}

// newOffice starts an endpoint on loopback whose calls follow script.
func newOffice(t testing.TB, script func(*liveCall), change ...func(*Config)) *office {
	t.Helper()
	o := &office{script: script, done: make(chan struct{})}
	o.admit.Store(true)
	cfg := Config{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), Handler: o, UserAgent: "offhook",
		Trunks: []Trunk{{Name: "pbx", Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}},
	}
	for _, c := range change {
		c(&cfg)
	}
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	o.e = e
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		close(o.done)
		o.wg.Wait()
	})
	return o
}

// phone is the peer: a bare UDP socket.
type phone struct {
	t    testing.TB
	c    *net.UDPConn
	to   netip.AddrPort
	addr netip.AddrPort
}

func newPhone(t testing.TB, o *office, local string) *phone {
	t.Helper()
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(local)))
	if err != nil {
		t.Skip("no such loopback address: ", err)
	}
	t.Cleanup(func() { c.Close() })
	return &phone{t, c, o.e.Addr(), c.LocalAddr().(*net.UDPAddr).AddrPort()}
}

func (p *phone) send(msg string) {
	p.t.Helper()
	msg = strings.ReplaceAll(msg, "198.51.100.7:5060", p.addr.String())
	if _, err := p.c.WriteToUDPAddrPort([]byte(msg), p.to); err != nil {
		p.t.Fatal(err)
	}
}

// expect reads until a message with this start line comes; it fails after 3 s.
func (p *phone) expect(prefix string) Packet {
	p.t.Helper()
	got, ok := p.wait(prefix, 3*time.Second)
	if !ok {
		p.t.Fatalf("no %q", prefix)
	}
	return got
}

func (p *phone) wait(prefix string, d time.Duration) (Packet, bool) {
	p.t.Helper()
	end := time.Now().Add(d)
	buf := make([]byte, 65536)
	for {
		p.c.SetReadDeadline(end)
		n, _, err := p.c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return Packet{}, false
		}
		pk := Packet{At: time.Now(), Data: bytes.Clone(buf[:n])}
		if strings.HasPrefix(start(pk), prefix) {
			return pk, true
		}
	}
}

// silent says that nothing with this start comes for a while.
func (p *phone) silent(prefix string, d time.Duration) {
	p.t.Helper()
	if got, ok := p.wait(prefix, d); ok {
		p.t.Errorf("got %s\n%s", start(got), got.Data)
	}
}

func (o *office) await(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func TestLiveCall(t *testing.T) {
	calls := make(chan *liveCall, 1)
	o := newOffice(t, func(c *liveCall) { answerAtOnce(c); calls <- c })
	p := newPhone(t, o, "127.0.0.1:0")
	p.send(message("INVITE", 1, "inv", "", offer))
	p.expect("SIP/2.0 100")
	p.expect("SIP/2.0 180")
	ok := p.expect("SIP/2.0 200")
	p.send(message("ACK", 1, "ack", tagOf(ok), ""))
	c := <-calls
	for _, want := range []ReportKind{Taken, Confirmed} {
		if r := <-c.reports; r.Kind != want {
			t.Errorf("report %+v, want kind %d", r, want)
		}
	}
	p.send(message("BYE", 2, "bye", tagOf(ok), ""))
	p.expect("SIP/2.0 200")
	if r := <-c.reports; r.Kind != Ended || r.By != There {
		t.Errorf("report %+v", r)
	}
	o.await(t, "dialog forgotten", func() bool { return o.e.Dialogs() == 0 })
	o.await(t, "transactions settled", func() bool { return o.e.Stats().Transactions == 0 })
	p.send(message("BYE", 3, "bye3", tagOf(ok), ""))
	p.expect("SIP/2.0 481")
}

// TestLiveCancel: sipgo answers the CANCEL itself, with a 487 whose To tag would be another than our 180's (libraries.md trap 25), and a 200 of ours that it
// refuses would leave by timer G (trap 24).
func TestLiveCancel(t *testing.T) {
	calls := make(chan *liveCall, 1)
	o := newOffice(t, func(c *liveCall) { c.step(Ring{}); calls <- c })
	p := newPhone(t, o, "127.0.0.1:0")
	p.send(message("INVITE", 1, "inv", "", offer))
	ringing := p.expect("SIP/2.0 180")
	c := <-calls
	p.send(message("CANCEL", 1, "inv", "", ""))
	ok := p.expect("SIP/2.0 200")
	gone := p.expect("SIP/2.0 487")
	if !strings.HasSuffix(header(ok, "CSeq"), "CANCEL") || tagOf(ok) != tagOf(ringing) || tagOf(gone) != tagOf(ringing) {
		t.Errorf("To tags: 180 %q, 200 %q, 487 %q", tagOf(ringing), tagOf(ok), tagOf(gone))
	}
	if r := <-c.reports; r.Kind != Cancelled {
		t.Errorf("report %+v", r)
	}
	if r := <-c.reports; r.Kind != Ended || r.By != There {
		t.Errorf("report %+v", r)
	}
	// No ACK: the 487 is resent, and it stays a 487.
	p.expect("SIP/2.0 487")
	p.send(message("ACK", 1, "inv", tagOf(gone), ""))
	p.silent("SIP/2.0", 700*time.Millisecond)
}

// TestRefusedAnswerNeverLeaves drives sipgo's transaction into the race of trap 24: the CANCEL is in before our 200.
func TestRefusedAnswerNeverLeaves(t *testing.T) {
	stop, went := make(chan struct{}), make(chan error, 1)
	o := newOffice(t, func(c *liveCall) {
		c.step(Ring{})
		<-stop
		s := c.d.tx.(*liveServer)
		s.mu.Lock()
		s.cancelled = false // as if the CANCEL came between our look and sipgo's
		s.mu.Unlock()
		went <- s.respond(s.e.us.response(s.req, 200, "OK", []byte(answer)))
	})
	p := newPhone(t, o, "127.0.0.1:0")
	p.send(message("INVITE", 1, "inv", "", offer))
	tag := tagOf(p.expect("SIP/2.0 180"))
	p.send(message("CANCEL", 1, "inv", "", ""))
	p.expect("SIP/2.0 487")
	close(stop)
	if err := <-went; err == nil {
		t.Fatal("sipgo took a 200 after a CANCEL")
	}
	for range 2 { // timer G at 0.5 s and 1.5 s
		if got := p.expect("SIP/2.0"); !strings.HasPrefix(start(got), "SIP/2.0 487") || tagOf(got) != tag {
			t.Fatalf("resent %s", start(got))
		}
	}
	p.send(message("ACK", 1, "inv", tag, ""))
}

// TestCancelPassesItsInvite: sipgo gives each message a goroutine, so the two race inside the process (libraries.md trap 8).
func TestCancelPassesItsInvite(t *testing.T) {
	o := newOffice(t, func(c *liveCall) { c.step(Ring{}) })
	p := newPhone(t, o, "127.0.0.1:0")
	for i := range 200 {
		n := strconv.Itoa(i)
		p.send(message("INVITE", 1, "inv"+n, "", offer, "Call-ID: c"+n))
		p.send(message("CANCEL", 1, "inv"+n, "", "", "Call-ID: c"+n))
		seen := map[string]bool{}
		for len(seen) < 2 {
			got := p.expect("SIP/2.0")
			if k := starts([]Packet{got}); k == "200 CANCEL" || k == "487 INVITE" {
				if header(got, "Call-ID") == "c"+n {
					seen[k] = true
				}
			} else if k == "481 CANCEL" {
				t.Fatalf("call %d: the CANCEL found no INVITE", i)
			}
		}
		p.send(message("ACK", 1, "inv"+n, "x", "", "Call-ID: c"+n))
	}
	o.await(t, "all dialogs gone", func() bool { return o.e.Dialogs() == 0 && o.e.Stats().Transactions == 0 })
}

// TestFaultLostAckLive: the 2xx is resent at 0.5 and 1.5 s; the whole schedule is tested in virtual time (libraries.md trap 2).
func TestFaultLostAckLive(t *testing.T) {
	o := newOffice(t, answerAtOnce)
	p := newPhone(t, o, "127.0.0.1:0")
	p.send(message("INVITE", 1, "inv", "", offer))
	first := p.expect("SIP/2.0 200")
	for _, want := range []time.Duration{500 * time.Millisecond, 1500 * time.Millisecond} {
		again := p.expect("SIP/2.0 200")
		if d := again.At.Sub(first.At) - want; d < -50*time.Millisecond || d > 150*time.Millisecond {
			t.Errorf("resent after %v, want %v", again.At.Sub(first.At), want)
		}
	}
	p.send(message("ACK", 1, "ack", tagOf(first), ""))
	p.send(message("BYE", 2, "bye", tagOf(first), ""))
	p.expect("SIP/2.0 200")
}

// TestAckWithTheInvitesBranch: some peers keep the branch; sipgo then takes the ACK for its own (libraries.md trap 9).
func TestAckWithTheInvitesBranch(t *testing.T) {
	calls := make(chan *liveCall, 1)
	o := newOffice(t, func(c *liveCall) { answerAtOnce(c); calls <- c })
	p := newPhone(t, o, "127.0.0.1:0")
	p.send(message("INVITE", 1, "inv", "", offer))
	ok := p.expect("SIP/2.0 200")
	p.send(message("ACK", 1, "inv", tagOf(ok), ""))
	c := <-calls
	<-c.reports
	if r := <-c.reports; r.Kind != Confirmed {
		t.Errorf("report %+v", r)
	}
}

// TestLongRinging: an INVITE whose owner takes his time is not lost when sipgo's handler returns (libraries.md trap 9).
func TestLongRinging(t *testing.T) {
	answerNow := make(chan struct{})
	o := newOffice(t, func(c *liveCall) { c.step(Ring{}); <-answerNow; c.step(Answer{SDP: []byte(answer)}) })
	p := newPhone(t, o, "127.0.0.1:0")
	inv := message("INVITE", 1, "inv", "", offer)
	p.send(inv)
	p.expect("SIP/2.0 180")
	p.send(inv)
	p.expect("SIP/2.0 180")
	close(answerNow)
	p.expect("SIP/2.0 200")
	if n := o.e.Stats().Calls; n != 1 {
		t.Errorf("%d calls", n)
	}
}

// TestLargeAnswer: sipgo refuses more than 1,300 bytes over UDP until told otherwise (libraries.md trap 12).
func TestLargeAnswer(t *testing.T) {
	big := answer + strings.Repeat("a=x-filler:0123456789012345678901234567890123456789\r\n", 100)
	o := newOffice(t, func(c *liveCall) { c.step(Answer{SDP: []byte(big)}) })
	p := newPhone(t, o, "127.0.0.1:0")
	p.send(message("INVITE", 1, "inv", "", offer))
	if ok := p.expect("SIP/2.0 200"); !bytes.HasSuffix(ok.Data, []byte(big)) {
		t.Errorf("%d bytes", len(ok.Data))
	}
}

// TestSecurityStrangersLive: nothing is sent to a stranger and nothing of him is kept, not even in sipgo's pool (libraries.md trap 13).
func TestSecurityStrangersLive(t *testing.T) {
	o := newOffice(t, answerAtOnce)
	stranger := newPhone(t, o, "127.0.0.2:0")
	for i := range 50 {
		stranger.send(message("INVITE", 1, "s"+strconv.Itoa(i), "", offer))
		stranger.send("garbage")
		stranger.send("\r\n\r\n")
		stranger.send(message("OPTIONS", 1, "o"+strconv.Itoa(i), "", ""))
	}
	o.await(t, "all counted", func() bool { return o.e.Stats().Strangers == 200 })
	stranger.silent("", 50*time.Millisecond)
	if c := o.e.ports[0].tp.Pool("udp").Get(stranger.addr.String()); c != nil {
		t.Error("sipgo remembers the stranger")
	}
	if s := o.e.Stats(); s.Requests != 0 || s.Calls != 0 || s.Transactions != 0 {
		t.Errorf("stats %+v", s)
	}
}

// TestMalformedLive: what sipgo would log and drop gets one 400 with the fault's name (libraries.md traps 19, 22).
func TestMalformedLive(t *testing.T) {
	var log syncBuffer
	o := newOffice(t, answerAtOnce, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	p := newPhone(t, o, "127.0.0.1:0")
	long := message("OPTIONS", 1, "l", "", "")
	for _, c := range []struct{ msg, want string }{
		{message("OPTIONS", 1, "a", "", "", "From:-"), "SIP/2.0 400 Missing From"},
		{message("OPTIONS", 1, "b", "", "", "Call-ID:-"), "SIP/2.0 400 Missing Call-ID"},
		{message("OPTIONS", 1, "c", "", "", "CSeq: 1 INVITE"), "SIP/2.0 400 Bad CSeq"},
		{message("OPTIONS", 1, "d", "", "", "CSeq: 4294967296 OPTIONS"), "SIP/2.0 400 Bad CSeq"},
		{message("OPTIONS", 1, "e", "", "", "To: \"x <sip:a@b>"), "SIP/2.0 400 Bad To"},
		{message("OPTIONS", 1, "f", "", "", "Max-Forwards: 300"), "SIP/2.0 400 Bad Max-Forwards"},
		{strings.Replace(message("OPTIONS", 1, "g", "", ""), "Content-Length: 0", "Content-Length: 9", 1), "SIP/2.0 400 Body Shorter Than Content-Length"},
		{strings.Replace(message("OPTIONS", 1, "h", "", ""), "sip:support@192.0.2.1 SIP", "<sip:support@192.0.2.1> SIP", 1), "SIP/2.0 400 Bad Request Line"},
		{strings.Replace(message("OPTIONS", 1, "i", "", ""), "sip:support@192.0.2.1 SIP", "sip:a@b:x SIP", 1), "SIP/2.0 400 Bad Request-URI"},
		{strings.Replace(message("OPTIONS", 1, "j", "", ""), "SIP/2.0\r\n", "SIP/7.0\r\n", 1), "SIP/2.0 505"},
		{strings.Replace(long, "Contact:", strings.Repeat("X-A: b\r\n", 70)+"Contact:", 1), "SIP/2.0 513 Too Many Headers"},
		{strings.Replace(long, "Contact:", "X-A: "+strings.Repeat("b", 3000)+"\r\nContact:", 1), "SIP/2.0 513 Line Too Long"},
		{message("OPTIONS", 1, "k", "", strings.Repeat("b", 9000)), "SIP/2.0 513"},
		{message("OPTIONS", 1, "m", "", strings.Repeat("b", 17000)), "SIP/2.0 513"},
		{strings.Replace(long, "Contact:", strings.Repeat("X-A: "+strings.Repeat("b", 1000)+"\r\n", 20)+"Contact:", 1), "SIP/2.0 513 Message Too Large"},
		{message("OPTIONS", 1, "ok", "", ""), "SIP/2.0 200"},
	} {
		p.send(c.msg)
		if got := p.expect("SIP/2.0"); !strings.HasPrefix(start(got), c.want) {
			t.Errorf("got %q, want %q", start(got), c.want)
		}
	}
	p.send("OPTIONS sip:x SIP/2.0\r\nFrom: secret-canary\r\n\r\n") // no Via: nobody to tell
	p.send(message("OPTIONS", 1, "ok2", "", ""))
	p.expect("SIP/2.0 200")
	if strings.Contains(log.String(), "secret-canary") || strings.Contains(log.String(), "z9hG4bK") {
		t.Errorf("a datagram is in the log: %s", log.String())
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestTolerance: what sipgo's parser misreads is made regular before it sees it (libraries.md traps 19, 20).
func TestTolerance(t *testing.T) {
	o := newOffice(t, answerAtOnce)
	p := newPhone(t, o, "127.0.0.1:0")
	msg := "OPTIONS sip:192.0.2.1 SIP/2.0\n" +
		"v:  SIP  / 2.0\t/ UDP " + p.addr.String() + "  ;  BRANCH  = z9hG4bKtol ;\r\n  rport\r\n" +
		"f : \"A; \\\"B\\\" <x>\" <sip:a@b;user=phone> ; Tag = ft;x=\"q;w\"\r\n" +
		"TO\t: sip:c@d ;y=1\r\n" +
		"i: tol-1\r\ncSEQ:\r\n  1\r\n OPTIONS\r\nl: 0\r\nl: 0\r\nx: 90\r\n\r\n"
	if _, err := p.c.WriteToUDPAddrPort([]byte("\r\n\r\n"+msg), p.to); err != nil {
		t.Fatal(err)
	}
	ok := p.expect("SIP/2.0 200")
	if via := header(ok, "Via"); !strings.Contains(via, "branch=z9hG4bKtol") || !strings.Contains(via, "rport="+strconv.Itoa(int(p.addr.Port()))) {
		t.Errorf("Via %q", via)
	}
	if from := header(ok, "From"); from != `"A; \"B\" <x>" <sip:a@b;user=phone>;tag=ft` {
		t.Errorf("From %q", from)
	}
	if header(ok, "To") == "" || tagOf(ok) == "" || header(ok, "CSeq") != "1 OPTIONS" || header(ok, "Allow") != allowed {
		t.Errorf("response\n%s", ok.Data)
	}
}

// TestFaultPanic: a panic in the call side costs one call (F5, libraries.md trap 10).
func TestFaultPanic(t *testing.T) {
	o := newOffice(t, answerAtOnce)
	p := newPhone(t, o, "127.0.0.1:0")
	o.fault.Store(true)
	p.send(message("INVITE", 1, "inv", "", offer))
	p.expect("SIP/2.0 500")
	p.send(message("ACK", 1, "inv", "x", ""))
	o.await(t, "dialog forgotten", func() bool { return o.e.Dialogs() == 0 && o.e.Stats().Panics == 1 })
	p.send(message("OPTIONS", 1, "opt", "", "", "Call-ID: other"))
	p.expect("SIP/2.0 200")
}

func TestSecurityOverload(t *testing.T) { // S18: refused without state, what is known goes on
	o := newOffice(t, func(c *liveCall) { c.step(Ring{}) })
	p := newPhone(t, o, "127.0.0.1:0")
	first := message("INVITE", 1, "inv", "", offer)
	p.send(first)
	p.expect("SIP/2.0 180")
	o.admit.Store(false)
	for i := range 20 {
		p.send(message("INVITE", 1, "x"+strconv.Itoa(i), "", offer, "Call-ID: x"+strconv.Itoa(i)))
		if got := p.expect("SIP/2.0"); !strings.HasPrefix(start(got), "SIP/2.0 503") || header(got, "Retry-After") == "" || header(got, "Reason") != "Q.850;cause=42" || tagOf(got) == "" {
			t.Fatalf("%s", got.Data)
		}
	}
	p.send(first) // a retransmission of the one that is in
	p.expect("SIP/2.0 180")
	p.send(message("OPTIONS", 1, "opt", "", "", "Call-ID: other"))
	p.expect("SIP/2.0 200")
	if s := o.e.Stats(); s.Overloaded != 20 || s.Calls != 1 || s.Transactions > 2 {
		t.Errorf("stats %+v", s)
	}
	if n := len(o.e.coming); n != 0 {
		t.Errorf("%d INVITEs are waited for", n)
	}
}

func TestTransactionCeiling(t *testing.T) {
	o := newOffice(t, func(c *liveCall) { c.step(Ring{}) }, func(c *Config) { c.MaxTransactions = 5 })
	p := newPhone(t, o, "127.0.0.1:0")
	ringing, refused := 0, 0
	for i := range 12 {
		p.send(message("INVITE", 1, "x"+strconv.Itoa(i), "", offer, "Call-ID: x"+strconv.Itoa(i)))
		if _, ok := p.wait("SIP/2.0 180", 100*time.Millisecond); ok {
			ringing++
		} else {
			refused++
		}
	}
	if ringing != 5 || refused != 7 {
		t.Errorf("%d ring, %d refused", ringing, refused)
	}
}

func TestDrainLive(t *testing.T) {
	o := newOffice(t, answerAtOnce)
	p := newPhone(t, o, "127.0.0.1:0")
	o.e.Drain()
	p.send(message("INVITE", 1, "inv", "", offer))
	if got := p.expect("SIP/2.0"); !strings.HasPrefix(start(got), "SIP/2.0 503") || header(got, "Retry-After") == "" {
		t.Errorf("%s", got.Data)
	}
	p.send(message("OPTIONS", 1, "opt", "", "", "Call-ID: o"))
	p.expect("SIP/2.0 503")
}

// TestPlaceLive: one endpoint calls another; requests leave from the listener's own port (libraries.md trap 14).
func TestPlaceLive(t *testing.T) {
	callee := make(chan *liveCall, 1)
	b := newOffice(t, func(c *liveCall) { answerAtOnce(c); callee <- c })
	a := newOffice(t, nil)
	c := &liveCall{o: a, tx: a.e}
	ready := make(chan struct{})
	sink := a.run(c, func(*liveCall) { <-ready })
	d, err := a.e.Place(context.Background(), Outgoing{To: b.e.Addr(), Target: "sip:support@127.0.0.1", From: Party{User: "100"}, SDP: []byte(offer)}, sink)
	if err != nil {
		t.Fatal(err)
	}
	c.d = d
	close(ready)
	in := <-callee
	if in.in.Source != a.e.Addr() || in.in.From.User != "100" {
		t.Errorf("invite %+v", in.in)
	}
	for {
		if r := <-c.reports; r.Kind == Answered {
			if string(r.SDP) != answer {
				t.Errorf("SDP %q", r.SDP)
			}
			break
		} else if r.Kind != Progress {
			t.Fatalf("report %+v", r)
		}
	}
	<-in.reports
	if r := <-in.reports; r.Kind != Confirmed {
		t.Errorf("report %+v", r)
	}
	c.inbox <- Hangup{Q850: 16}
	if r := <-in.reports; r.Kind != Ended || r.By != There || r.Q850 != 16 {
		t.Errorf("report %+v", r)
	}
	if r := <-c.reports; r.Kind != Ended || r.By != Here {
		t.Errorf("report %+v", r)
	}
	if _, err := a.e.Place(context.Background(), Outgoing{To: netip.MustParseAddrPort("192.0.2.9:5060"), Target: "sip:x@y"}, sink); !errors.Is(err, ErrConfig) {
		t.Errorf("error %v", err)
	}
}

// TestFaultReadError: a read error does not end the listener (libraries.md trap 13).
func TestFaultReadError(t *testing.T) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{script: answerAtOnce, done: make(chan struct{})}
	cfg, err := Config{
		Listen: conn.LocalAddr().(*net.UDPAddr).AddrPort(), Handler: o,
		Trunks: []Trunk{{Name: "pbx", Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}},
	}.checked()
	if err != nil {
		t.Fatal(err)
	}
	e, err := serve(cfg, []opened{{Listener: cfg.listeners()[0], packet: &flaky{PacketConn: conn, errs: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	o.e = e
	defer e.Close()
	p := newPhone(t, o, "127.0.0.1:0")
	p.send(message("OPTIONS", 1, "opt", "", ""))
	p.expect("SIP/2.0 200")
	if n := e.Stats().Restarts; n != 3 {
		t.Errorf("%d errors outlived", n)
	}
}

// flaky is a socket whose first reads fail.
type flaky struct {
	net.PacketConn
	errs int // used by the one reader
}

func (f *flaky) ReadFrom(b []byte) (int, net.Addr, error) {
	if f.errs > 0 {
		f.errs--
		return 0, nil, os.ErrDeadlineExceeded
	}
	return f.PacketConn.ReadFrom(b)
}

func TestConfigIsChecked(t *testing.T) {
	good := Config{Listen: netip.MustParseAddrPort("127.0.0.1:0")}
	for name, c := range map[string]func(*Config){
		"wildcard":       func(c *Config) { c.Listen = netip.MustParseAddrPort("0.0.0.0:5060") },
		"no address":     func(c *Config) { c.Listen = netip.AddrPort{} },
		"host injection": func(c *Config) { c.AdvertisedHost = "a\r\nb" },
		"bad port":       func(c *Config) { c.AdvertisedPort = 70000 },
		"agent":          func(c *Config) { c.UserAgent = "a\nb" },
		"same name":      func(c *Config) { c.Trunks = []Trunk{{Name: "a"}, {Name: "a"}} },
		"header name":    func(c *Config) { c.Trunks = []Trunk{{Name: "a", Headers: []string{"X: y"}}} },
	} {
		cfg := good
		c(&cfg)
		if _, err := New(cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestClosedEndpoint(t *testing.T) {
	e, err := New(Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Trunks: []Trunk{{Name: "l", Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Error(err)
	}
	if _, err := e.Place(context.Background(), Outgoing{To: netip.MustParseAddrPort("127.0.0.1:9"), Target: "sip:a@b"}, func(Event) {}); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
	if err := e.Perform(release{&Dialog{}}); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
}
