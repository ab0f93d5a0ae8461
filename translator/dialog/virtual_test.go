package dialog

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var (
	ours   = netip.MustParseAddrPort("192.0.2.1:5060")
	peer   = netip.MustParseAddrPort("198.51.100.7:5060")
	t0     = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	offer  = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
	answer = "v=0\r\no=- 2 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n"
)

// stage is a virtual trunk: a VirtualTx, a clock, the owner of its dialogs, and the peer's view of what was sent.
type stage struct {
	t       testing.TB
	v       *VirtualTx
	now     time.Time
	calls   []*owned
	full    bool // Admit says no
	inbox   []func()
	packets []Packet // everything ever sent
}

// owned is a dialog with what it reported.
type owned struct {
	s       *stage
	in      *Invite
	d       *Dialog
	reports []Report
	again   []byte // what is offered again when that is due
}

func newStage(t testing.TB, change ...func(*Config)) *stage {
	t.Helper()
	s := &stage{t: t, now: t0}
	cfg := Config{
		Listen: ours, Handler: s, UserAgent: "offhook",
		Trunks: []Trunk{{Name: "pbx", Networks: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}},
	}
	for _, c := range change {
		c(&cfg)
	}
	v, err := NewVirtualTx(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.v = v
	return s
}

// Invite implements Handler.
func (s *stage) Invite(in *Invite) func(Event) {
	o := &owned{s: s, in: in, d: in.Dialog}
	s.calls = append(s.calls, o)
	return o.sink
}

// Admit implements Handler.
func (s *stage) Admit() bool { return !s.full }

// sink puts an event into the inbox, as an owner's does: it is stepped when the transaction layer has returned.
func (o *owned) sink(ev Event) { o.s.inbox = append(o.s.inbox, func() { o.step(ev) }) }

func (o *owned) step(ev Event) {
	for _, e := range o.d.Step(ev, o.s.now) {
		if r, ok := e.(Report); ok {
			o.reports = append(o.reports, r)
			if r.Kind == ReofferDue && o.again != nil {
				o.sink(Reoffer{SDP: o.again})
			}
			continue
		}
		if err := o.s.v.Perform(e); NeedsResult(e) {
			o.step(Sent{e, err})
		}
	}
	o.s.settle()
}

// has returns the first report of a kind.
func (o *owned) has(k ReportKind) *Report {
	for i := range o.reports {
		if o.reports[i].Kind == k {
			return &o.reports[i]
		}
	}
	return nil
}

func (s *stage) settle() {
	for len(s.inbox) > 0 {
		f := s.inbox[0]
		s.inbox = s.inbox[1:]
		f()
	}
	s.packets = append(s.packets, s.v.Sent()...)
}

// receive gives a datagram of the peer to the gateway and returns what it sent at once.
func (s *stage) receive(msg string) []Packet {
	return s.receiveFrom(msg, peer)
}

func (s *stage) receiveFrom(msg string, from netip.AddrPort) []Packet {
	n := len(s.packets)
	s.v.Receive([]byte(msg), from, s.now)
	s.settle()
	return s.packets[n:]
}

// pass lets time go by, running every timer at its time, and returns what was sent.
func (s *stage) pass(d time.Duration) []Packet {
	n, end := len(s.packets), s.now.Add(d)
	for {
		next, who := end, func() {}
		if t, ok := s.v.Deadline(); ok && !t.After(next) {
			next, who = t, func() {}
		}
		for _, o := range s.calls {
			if t, ok := o.d.Deadline(); ok && !t.After(next) {
				next, who = t, func() { o.step(Tick{}) }
			}
		}
		if next.After(s.now) {
			s.now = next
		}
		s.v.Tick(s.now)
		who()
		s.settle()
		if !s.now.Before(end) && !s.dueNow() {
			return s.packets[n:]
		}
	}
}

func (s *stage) dueNow() bool {
	if t, ok := s.v.Deadline(); ok && !t.After(s.now) {
		return true
	}
	for _, o := range s.calls {
		if t, ok := o.d.Deadline(); ok && !t.After(s.now) {
			return true
		}
	}
	return false
}

// message writes a request of the peer. Headers in extra replace those of the same name.
func message(method string, seq int, branch, toTag, body string, extra ...string) string {
	lines := []string{
		"Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK" + branch,
		"From: \"Caller\" <sip:100@198.51.100.7>;tag=ft",
		"To: <sip:support@192.0.2.1>" + toTagParam(toTag),
		"Call-ID: call-1@198.51.100.7",
		fmt.Sprintf("CSeq: %d %s", seq, method),
		"Max-Forwards: 70",
		"Contact: <sip:100@198.51.100.7:5060>",
	}
	if body != "" {
		lines = append(lines, "Content-Type: application/sdp")
	}
	for _, e := range extra {
		name, _, _ := strings.Cut(e, ":")
		kept := lines[:0]
		for _, l := range lines {
			if !strings.HasPrefix(l, name+":") {
				kept = append(kept, l)
			}
		}
		lines = kept
		if !strings.HasSuffix(e, ":-") {
			lines = append(lines, e)
		}
	}
	return method + " sip:support@192.0.2.1 SIP/2.0\r\n" + strings.Join(lines, "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// start is the start line of a packet, header the first value of a header in it.
func start(p Packet) string {
	l, _, _ := strings.Cut(string(p.Data), "\r\n")
	return l
}

func header(p Packet, name string) string {
	if vs := headers(p, name); len(vs) > 0 {
		return vs[0]
	}
	return ""
}

func headers(p Packet, name string) []string {
	head, _, _ := strings.Cut(string(p.Data), "\r\n\r\n")
	var out []string
	for _, l := range strings.Split(head, "\r\n")[1:] {
		if n, v, _ := strings.Cut(l, ":"); strings.EqualFold(n, name) {
			out = append(out, strings.TrimSpace(v))
		}
	}
	return out
}

func tagOf(p Packet) string {
	a, _ := parseNameAddr(header(p, "To"))
	t, _ := findParam(a.params, "tag")
	return t
}

// starts lists the start lines of packets, short: "200 INVITE", "BYE".
func starts(ps []Packet) string {
	var out []string
	for _, p := range ps {
		l := start(p)
		if strings.HasPrefix(l, "SIP/2.0 ") {
			_, method, _ := strings.Cut(header(p, "CSeq"), " ")
			out = append(out, l[8:11]+" "+method)
			continue
		}
		m, _, _ := strings.Cut(l, " ")
		out = append(out, m)
	}
	return strings.Join(out, ", ")
}

func (s *stage) want(got []Packet, want string) {
	s.t.Helper()
	if g := starts(got); g != want {
		s.t.Fatalf("sent %q, want %q", g, want)
	}
}

// answered brings a call up to the 200 and returns it with our To tag.
func (s *stage) answered() (*owned, string) {
	s.t.Helper()
	s.want(s.receive(message("INVITE", 1, "inv", "", offer)), "100 INVITE")
	o := s.calls[len(s.calls)-1]
	n := len(s.packets)
	o.step(Ring{})
	o.step(Answer{SDP: []byte(answer)})
	s.want(s.packets[n:], "180 INVITE, 200 INVITE")
	return o, tagOf(s.packets[len(s.packets)-1])
}

// confirmed brings a call up to the ACK.
func (s *stage) confirmed() (*owned, string) {
	s.t.Helper()
	o, tag := s.answered()
	s.want(s.receive(message("ACK", 1, "ack", tag, "")), "")
	if o.d.State() != StateConfirmed {
		s.t.Fatalf("state %v after the ACK", o.d.State())
	}
	return o, tag
}

func TestBasicCall(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	if o.in.From.User != "100" || o.in.From.Display != "Caller" || o.in.To.User != "support" || string(o.in.SDP) != offer || o.in.Trunk != "pbx" {
		t.Errorf("invite %+v", o.in)
	}
	s.want(s.receive(message("BYE", 2, "bye", tag, "", `Reason: Q.850;cause=16;text="done"`)), "200 BYE")
	end := o.has(Ended)
	if o.has(Taken) == nil || o.has(Confirmed) == nil || end == nil || end.By != There || end.Q850 != 16 || end.Text != "done" {
		t.Errorf("reports %+v", o.reports)
	}
	s.pass(40 * time.Second)
	if s.v.Dialogs() != 0 || s.v.Transactions() != 0 {
		t.Errorf("left behind: %d dialogs, %d transactions", s.v.Dialogs(), s.v.Transactions())
	}
}
