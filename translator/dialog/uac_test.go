package dialog

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// place starts a call of ours.
func (s *stage) place(change ...func(*Outgoing)) *owned {
	s.t.Helper()
	o := &owned{s: s}
	call := Outgoing{To: peer, Target: "sip:200@198.51.100.7", From: Party{Display: `Sales "A"`, User: "300"}, SDP: []byte(offer)}
	for _, c := range change {
		c(&call)
	}
	d, err := s.v.Place(call, o.sink, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	o.d = d
	s.calls = append(s.calls, o)
	s.settle()
	return o
}

func (s *stage) last() Packet { return s.packets[len(s.packets)-1] }

func TestO01PlaceAndHangUp(t *testing.T) { // O01
	s := newStage(t)
	o := s.place()
	inv := s.last()
	if start(inv) != "INVITE sip:200@198.51.100.7 SIP/2.0" || header(inv, "From") != `"Sales \"A\"" <sip:300@192.0.2.1>;tag=`+o.d.localTag {
		t.Errorf("INVITE\n%s", inv.Data)
	}
	s.receive(reply(inv, 100))
	s.receive(reply(inv, 180))
	if o.d.State() != StateEarly {
		t.Errorf("state %v", o.d.State())
	}
	ok := replyBody(inv, 200, answer, "Contact: <sip:200@198.51.100.9:5090>",
		"Record-Route: <sip:198.51.100.31;lr>, <sip:198.51.100.32;lr>")
	s.want(s.receive(ok), "ACK")
	ack := s.last()
	if start(ack) != "ACK sip:200@198.51.100.9:5090 SIP/2.0" || strings.Join(headers(ack, "Route"), "|") != "<sip:198.51.100.32;lr>|<sip:198.51.100.31;lr>" ||
		ack.To.String() != "198.51.100.32:5060" || !strings.HasPrefix(header(ack, "CSeq"), "1 ") {
		t.Errorf("ACK to %v\n%s", ack.To, ack.Data)
	}
	// Every copy of the 2xx gets the same ACK.
	s.want(s.receive(ok), "ACK")
	if string(s.last().Data) != string(ack.Data) {
		t.Error("a copy of the 2xx got another ACK")
	}
	a := o.has(Answered)
	if a == nil || string(a.SDP) != answer {
		t.Errorf("reports %+v", o.reports)
	}
	n := len(s.packets)
	o.step(Hangup{})
	s.want(s.packets[n:], "BYE")
	bye := s.last()
	if header(bye, "CSeq") != "2 BYE" || header(bye, "Reason") != "Q.850;cause=16" {
		t.Errorf("BYE\n%s", bye.Data)
	}
	s.receive(reply(bye, 200))
	if e := o.has(Ended); e == nil || e.By != Here {
		t.Errorf("reports %+v", o.reports)
	}
	s.pass(40 * time.Second)
	if s.v.Dialogs() != 0 || s.v.Transactions() != 0 {
		t.Errorf("left: %d dialogs, %d transactions", s.v.Dialogs(), s.v.Transactions())
	}
}

func TestFarSideHangsUpOurCall(t *testing.T) {
	s := newStage(t)
	o := s.place()
	inv := s.last()
	s.receive(replyBody(inv, 200, answer, "Contact: <sip:200@198.51.100.7>"))
	bye := "BYE sip:192.0.2.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKx\r\nFrom: <sip:200@198.51.100.7>;tag=theirs\r\nTo: " +
		header(inv, "From") + "\r\nCall-ID: " + header(inv, "Call-ID") + "\r\nCSeq: 77 BYE\r\n\r\n"
	s.want(s.receive(bye), "200 BYE")
	if e := o.has(Ended); e == nil || e.By != There {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestInviteTimers(t *testing.T) { // RFC 3261 §17.1.1.2
	s := newStage(t)
	o, zero := s.place(), s.now
	if got := offsets(s.pass(40*time.Second), zero, "INVITE "); !equal(got, []int{500, 1500, 3500, 7500, 15500, 31500}) {
		t.Errorf("INVITE at %v", got)
	}
	if f := o.has(Failed); f == nil || f.Status != 408 || f.By != Nobody {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestByeTimers(t *testing.T) { // RFC 3261 §17.1.2.2
	s := newStage(t)
	o, _ := s.confirmed()
	zero := s.now
	o.step(Hangup{})
	got := offsets(s.pass(40*time.Second), zero, "BYE ")
	if !equal(got, []int{500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}) {
		t.Errorf("BYE at %v", got)
	}
	if o.has(Ended) == nil || s.v.Dialogs() != 0 {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestO03RefusedCall(t *testing.T) { // O03
	s := newStage(t)
	o := s.place()
	s.want(s.receive(reply(s.last(), 486, `Reason: Q.850;cause=34;text="full"`)), "ACK")
	if f := o.has(Failed); f == nil || f.Status != 486 || f.Q850 != 34 || f.Text != "full" || f.By != There {
		t.Errorf("reports %+v", o.reports)
	}
	// Without a Reason the cause is derived.
	s = newStage(t)
	o = s.place()
	s.receive(reply(s.last(), 404))
	if f := o.has(Failed); f == nil || f.Q850 != 1 {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestO05CancelHeldBackUntilProvisional(t *testing.T) { // O05
	s := newStage(t)
	o := s.place()
	inv := s.last()
	n := len(s.packets)
	o.step(Hangup{})
	s.want(s.packets[n:], "")
	s.want(s.receive(reply(inv, 180)), "CANCEL")
	cancel := s.last()
	if header(cancel, "Via") != header(inv, "Via") || header(cancel, "CSeq") != "1 CANCEL" || header(cancel, "To") != header(inv, "To") {
		t.Errorf("CANCEL\n%s", cancel.Data)
	}
	s.receive(reply(cancel, 200))
	s.want(s.receive(reply(inv, 487)), "ACK")
	if e := o.has(Ended); e == nil || e.By != Here || o.has(Failed) != nil {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestO06CancelCrosses200(t *testing.T) { // O06
	s := newStage(t)
	o := s.place()
	inv := s.last()
	s.receive(reply(inv, 180))
	o.step(Hangup{})
	s.want(s.receive(replyBody(inv, 200, answer, "Contact: <sip:200@198.51.100.7>")), "ACK, BYE")
	bye := s.last()
	s.receive(reply(bye, 200))
	if o.has(Answered) != nil || o.has(Ended) == nil {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestCancelWithoutFinal(t *testing.T) {
	s := newStage(t)
	o := s.place()
	inv := s.last()
	s.receive(reply(inv, 180))
	o.step(Hangup{})
	s.receive(reply(s.last(), 200))
	s.pass(33 * time.Second)
	if o.has(Ended) == nil {
		t.Errorf("reports %+v", o.reports)
	}
	// The 200 comes all the same: the far side must not stay up (libraries.md trap 4).
	s.want(s.receive(replyBody(inv, 200, answer, "Contact: <sip:200@198.51.100.7>")), "ACK, BYE")
}

func TestO07ForkedAnswers(t *testing.T) { // O07, libraries.md trap 5
	s := newStage(t)
	o := s.place()
	inv := s.last()
	a := replyBody(inv, 200, answer, "To: <sip:200@198.51.100.7>;tag=a", "Contact: <sip:a@198.51.100.41>")
	b := replyBody(inv, 200, answer, "To: <sip:200@198.51.100.7>;tag=b", "Contact: <sip:b@198.51.100.42>")
	s.want(s.receive(a), "ACK")
	s.want(s.receive(b), "ACK, BYE")
	for _, p := range s.packets[len(s.packets)-2:] {
		if tagOf(p) != "b" || p.To.String() != "198.51.100.42:5060" {
			t.Errorf("to %v\n%s", p.To, p.Data)
		}
	}
	s.want(s.receive(a), "ACK")
	if tagOf(s.last()) != "a" {
		t.Errorf("ACK for %q", tagOf(s.last()))
	}
	if o.d.State() != StateConfirmed {
		t.Errorf("state %v", o.d.State())
	}
}

// TestManyProvisionals: an eleventh 1xx ends nothing (libraries.md trap 3).
func TestManyProvisionals(t *testing.T) {
	s := newStage(t)
	o := s.place()
	inv := s.last()
	for range 30 {
		s.receive(reply(inv, 180))
	}
	s.want(s.receive(replyBody(inv, 200, answer, "Contact: <sip:200@198.51.100.7>")), "ACK")
	if o.d.State() != StateConfirmed {
		t.Errorf("state %v", o.d.State())
	}
}

// TestAckKeepsTheInvitesCSeq: requests in between do not change the number of the ACK (libraries.md trap 6).
func TestAckKeepsTheInvitesCSeq(t *testing.T) {
	s := newStage(t)
	o := s.place()
	ok := replyBody(s.last(), 200, answer, "Contact: <sip:200@198.51.100.7>")
	s.receive(ok)
	o.step(Hangup{}) // BYE has CSeq 2
	s.want(s.receive(ok), "ACK")
	if header(s.last(), "CSeq") != "1 ACK" {
		t.Errorf("CSeq %q", header(s.last(), "CSeq"))
	}
}

func TestRingingWithoutEnd(t *testing.T) { // libraries.md trap 23
	s := newStage(t)
	o, zero := s.place(), s.now
	s.receive(reply(s.last(), 180))
	if got := offsets(s.pass(400*time.Second), zero, "CANCEL "); len(got) == 0 || got[0] != 330000 {
		t.Errorf("CANCEL at %v", got)
	}
	if e := o.has(Ended); e == nil || e.By != Nobody || e.Status != 408 {
		t.Errorf("reports %+v", o.reports)
	}
}

// TestSecurityInjection: no string of a caller of Place, and none of a command, makes a line of its own (security rule S8, libraries.md trap 21).
func TestSecurityInjection(t *testing.T) {
	s := newStage(t)
	for _, evil := range []string{"a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\x00b", "a\x7fb", "a\u202eb", "a\u2028b", "a\xff"} {
		for _, call := range []Outgoing{
			{Target: "sip:" + evil + "@198.51.100.7"},
			{Target: "sip:200@198.51.100.7", From: Party{Display: evil}},
			{Target: "sip:200@198.51.100.7", From: Party{User: evil}},
			{Target: "sip:200@198.51.100.7", From: Party{Host: evil}},
			{Target: "sip:200@198.51.100.7", CallID: evil},
			{Target: "sip:200@198.51.100.7", Headers: map[string]string{"X-Data": evil}},
			{Target: "sip:200@198.51.100.7", Headers: map[string]string{evil: "x"}},
		} {
			call.To = peer
			if _, err := s.v.Place(call, func(Event) {}, s.now); !errors.Is(err, ErrText) {
				t.Errorf("%+v: error %v", call, err)
			}
		}
		s.receive(message("INVITE", 1, s.v.us.ids.token(), "", offer, "Call-ID: "+s.v.us.ids.token()))
		o := s.calls[len(s.calls)-1]
		n := len(s.packets)
		o.step(Reject{Status: 486, Phrase: evil, Q850: 17, Text: evil, Warning: Warning{399, evil}})
		if p := s.packets[n]; strings.Contains(string(p.Data), "Evil") || start(p) != "SIP/2.0 486 Busy Here" || header(p, "Reason") != "Q.850;cause=17" {
			t.Errorf("%q went out:\n%s", evil, p.Data)
		}
	}
	for _, name := range []string{"Via", "v", "From", "Route", "Contact", "content-length", "L", "Require", "Proxy-Authorization"} {
		if _, err := s.v.Place(Outgoing{To: peer, Target: "sip:1@198.51.100.7", Headers: map[string]string{name: "x"}}, func(Event) {}, s.now); !errors.Is(err, ErrText) {
			t.Errorf("header %s: error %v", name, err)
		}
	}
	if n := len(s.v.Sent()); n != 0 {
		t.Errorf("%d packets sent", n)
	}
}

func TestPlaceOnlyToTrunks(t *testing.T) {
	s := newStage(t)
	for _, to := range []string{"127.0.0.1:5060", "203.0.113.9:5060", "198.51.100.7:0"} {
		if _, err := s.v.Place(Outgoing{To: netip.MustParseAddrPort(to), Target: "sip:1@198.51.100.7"}, func(Event) {}, s.now); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: error %v", to, err)
		}
	}
}

func TestPlaceBounded(t *testing.T) {
	s := newStage(t, func(c *Config) { c.MaxDialogs = 3 })
	for range 3 {
		s.place()
	}
	if _, err := s.v.Place(Outgoing{To: peer, Target: "sip:1@198.51.100.7"}, func(Event) {}, s.now); !errors.Is(err, ErrBusy) {
		t.Errorf("error %v", err)
	}
}

// TestTryingIsNoProgress: 100 says that the next hop has the INVITE. It stops the resending, and nobody rings for it (translation.md §1.2).
func TestTryingIsNoProgress(t *testing.T) {
	s := newStage(t)
	o := s.place()
	s.receive(reply(s.last(), 100))
	if len(o.reports) != 0 {
		t.Errorf("reports %+v", o.reports)
	}
	s.want(s.pass(20*time.Second), "")
	s.receive(reply(s.lastOf("INVITE"), 180))
	if r := o.has(Progress); r == nil || r.Status != 180 {
		t.Errorf("reports %+v", o.reports)
	}
}

// TestSecurityFromUser: what stands before the @ of our From is a user part and nothing else.
func TestSecurityFromUser(t *testing.T) {
	for user, fine := range map[string]bool{
		"": true, "300": true, "+49301234": true, "a.b-c_d": true, "sales%20team": true, "*31#": false, "*31%23": true,
		"[": false, "a]": false, "a:secret": false, "a;tag=1": false, "a?x": false, "a@b": false, "a b": false, "a>": false, "a%2": false, "a%zz": false, "ü": false,
		"a\r\nX: y": false, strings.Repeat("1", maxField+1): false,
	} {
		if got := isUser(user); got != fine {
			t.Errorf("%q: %v", user, got)
		}
		s := newStage(t)
		_, err := s.v.Place(Outgoing{To: peer, Target: "sip:200@198.51.100.7", From: Party{User: user}, SDP: []byte(offer)}, func(Event) {}, s.now)
		if (err == nil) != fine {
			t.Errorf("%q: placed with %v", user, err)
		}
	}
}

// TestSecurityTarget: a Request-URI of ours is a SIP URI that can be read in one way only.
func TestSecurityTarget(t *testing.T) {
	for target, fine := range map[string]bool{
		"sip:200@198.51.100.7": true, "sip:200@198.51.100.7:5070": true, "sips:200@pbx.example": true, "sip:198.51.100.7": true, "sip:+1;phone-context=x@198.51.100.7": true,
		"sip:200@198.51.100.7;user=phone;transport=tcp": true, "sip:200@[2001:db8::1]:5060": true, "sip:a%20b@h.example": true, "sip:1,2@h.example": true,
		"": false, "200": false, "tel:200": false, "http://x": false, "sip:": false, "sip:@h": false, "sip:@*?@198.51.100.7": false, "sip:a@b@c": false, "sip:[@h": false,
		"sip:a:secret@h": false, "sip:a?b@h": false, "sip:a@h?Route=x": false, "sip:a@h;x=?y": false, "sip:a@h>": false, "sip:a@h;x=\"y\"": false, "sip:a b@h": false,
		"sip:a@h\r\nX: y": false, "sip:a@*": false, "sip:a@h/x": false, "sip:a@h:port": false, "sip:" + strings.Repeat("1", 2*maxField) + "@h": false,
	} {
		if got := isTarget(target); got != fine {
			t.Errorf("%q: %v", target, got)
		}
	}
}
