package dialog

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestO02EarlyAnswerStands(t *testing.T) {
	s := newStage(t)
	o := s.place()
	inv := s.last()
	other := strings.Replace(answer, "5000", "6000", 1)
	s.receive(replyBody(inv, 183, answer))
	s.receive(replyBody(inv, 183, other)) // only the first of a branch is its answer
	s.receive(replyBody(inv, 200, other, "Contact: <sip:200@198.51.100.7>"))
	for _, r := range o.reports {
		if len(r.SDP) > 0 && string(r.SDP) != answer {
			t.Errorf("%v with %q", r.Kind, r.SDP)
		}
	}
	if r := o.has(Answered); r == nil || string(r.SDP) != answer {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestO02Forks(t *testing.T) {
	s := newStage(t)
	o := s.place()
	inv := s.last()
	sdp := func(n string) string { return strings.Replace(answer, "5000", n, 1) }
	to := func(tag string) string { return "To: <sip:200@198.51.100.7>;tag=" + tag }
	s.receive(replyBody(inv, 183, sdp("5001"), to("a"), "Contact: <sip:a@198.51.100.41>"))
	s.receive(replyBody(inv, 183, sdp("5002"), to("b"), "Contact: <sip:b@198.51.100.42>"))
	s.receive(reply(inv, 180, to("c")))
	s.receive(replyBody(inv, 183, sdp("5003"), to("a")))
	s.want(s.receive(reply(inv, 200, to("b"), "Contact: <sip:b@198.51.100.42>")), "ACK")
	var got []string
	for _, r := range o.reports {
		port := "-"
		if len(r.SDP) > 0 {
			_, rest, _ := strings.Cut(string(r.SDP), "m=audio ")
			port = rest[:4]
		}
		got = append(got, r.Tag+" "+port)
	}
	if want := []string{"a 5001", "b 5002", "c -", "a 5001", "b 5002"}; !slices.Equal(got, want) {
		t.Errorf("reports %v, want %v", got, want)
	}
	if ack := s.last(); tagOf(ack) != "b" || ack.To.String() != "198.51.100.42:5060" {
		t.Errorf("ACK to %v\n%s", ack.To, ack.Data)
	}
}

// TestSecurityForkFlood: branches without end do not grow us.
func TestSecurityForkFlood(t *testing.T) {
	s := newStage(t)
	o := s.place()
	inv := s.last()
	for range 200 {
		s.receive(replyBody(inv, 183, answer, "To: <sip:200@198.51.100.7>;tag="+s.v.us.ids.token()))
	}
	if len(o.d.forks) > maxForks {
		t.Errorf("%d branches kept", len(o.d.forks))
	}
	s.want(s.receive(replyBody(inv, 200, answer, "Contact: <sip:200@198.51.100.7>")), "ACK")
}

func TestO04UnknownStatuses(t *testing.T) {
	for _, c := range []struct{ status, want int }{{499, 400}, {699, 600}, {150, 183}, {486, 486}, {599, 500}, {299, 200}, {399, 300}, {180, 180}, {607, 607}} {
		if got := Known(c.status); got != c.want {
			t.Errorf("%d counts as %d, want %d", c.status, got, c.want)
		}
	}
	s := newStage(t)
	o := s.place()
	inv := s.last()
	s.receive(reply(inv, 150))
	if o.d.State() != StateEarly {
		t.Errorf("state %v after 150", o.d.State())
	}
	s.want(s.receive(reply(inv, 499)), "ACK")
	if f := o.has(Failed); f == nil || f.Status != 499 {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestO05LimitByCommand(t *testing.T) {
	s := newStage(t)
	o, zero := s.place(func(c *Outgoing) { c.RingFor = 20 * time.Second }), s.now
	s.receive(reply(s.last(), 180))
	if got := offsets(s.pass(25*time.Second), zero, "CANCEL "); len(got) == 0 || got[0] != 20000 {
		t.Errorf("CANCEL at %v", got)
	}
	if e := o.has(Ended); e != nil {
		t.Errorf("ended %+v before the final response", e)
	}
	s = newStage(t)
	o, zero = s.place(), s.now
	s.receive(reply(s.last(), 180))
	o.step(Limit{After: 5 * time.Second})
	if got := offsets(s.pass(6*time.Second), zero, "CANCEL "); len(got) == 0 || got[0] != 5000 {
		t.Errorf("CANCEL at %v", got)
	}
}

func TestO05CancelSaysElsewhere(t *testing.T) {
	s := newStage(t)
	o := s.place()
	s.receive(reply(s.last(), 180))
	o.step(Hangup{Elsewhere: true})
	if r := header(s.last(), "Reason"); r != `SIP;cause=200;text="Call completed elsewhere"` {
		t.Errorf("Reason %q", r)
	}
}

// challenge is a digest challenge of the trunk's realm.
func challengeHeader(name, nonce, more string) string {
	return name + `: Digest realm="pbx.example", nonce="` + nonce + `", qop="auth", algorithm=MD5` + more
}

func withCredentials(c *Config) {
	c.Trunks[0].Credentials = Credentials{Realm: "pbx.example", User: "offhook", Password: "secret"}
}

func TestO08OneRetryPerNonce(t *testing.T) {
	s := newStage(t, withCredentials)
	o := s.place()
	inv := s.last()
	s.want(s.receive(reply(inv, 407, challengeHeader("Proxy-Authenticate", "n1", ""))), "ACK, INVITE")
	again := s.last()
	if header(again, "CSeq") != "2 INVITE" || header(again, "Call-ID") != header(inv, "Call-ID") || header(again, "From") != header(inv, "From") ||
		header(again, "Via") == header(inv, "Via") || header(again, "Proxy-Authorization") == "" || strings.Contains(header(again, "To"), "tag=") {
		t.Errorf("INVITE\n%s", again.Data)
	}
	s.want(s.receive(reply(again, 407, challengeHeader("Proxy-Authenticate", "n1", ""))), "ACK")
	if f := o.has(Failed); f == nil || f.Status != 407 {
		t.Errorf("reports %+v", o.reports)
	}
	s.pass(40 * time.Second)
	if s.v.Dialogs() != 0 || s.v.Transactions() != 0 {
		t.Errorf("left: %d dialogs, %d transactions", s.v.Dialogs(), s.v.Transactions())
	}
}

func TestO09StaleNonce(t *testing.T) {
	s := newStage(t, withCredentials)
	o := s.place()
	s.receive(reply(s.last(), 401, challengeHeader("WWW-Authenticate", "n1", "")))
	s.want(s.receive(reply(s.last(), 401, challengeHeader("WWW-Authenticate", "n2", ", stale=true"))), "ACK, INVITE")
	inv := s.last()
	if a := header(inv, "Authorization"); !strings.Contains(a, `nonce="n2"`) || !strings.Contains(a, "nc=00000001") || header(inv, "CSeq") != "3 INVITE" {
		t.Errorf("INVITE\n%s", inv.Data)
	}
	// The ACK carries the INVITE's credentials; later requests use the nonce again with the next count (RFC 3261 §22.1).
	s.want(s.receive(replyBody(inv, 200, answer, "Contact: <sip:200@198.51.100.7>")), "ACK")
	if ack := s.last(); header(ack, "Authorization") != header(inv, "Authorization") || header(ack, "CSeq") != "3 ACK" {
		t.Errorf("ACK\n%s", ack.Data)
	}
	o.step(Hangup{})
	if a := header(s.last(), "Authorization"); !strings.Contains(a, "nc=00000002") {
		t.Errorf("BYE\n%s", s.last().Data)
	}
}

func TestO11ByeChallengedForAnotherRealm(t *testing.T) {
	foreign := `Proxy-Authenticate: Digest realm="evil.example", nonce="x"`
	s := newStage(t, withCredentials)
	o := s.place()
	s.receive(replyBody(s.last(), 200, answer, "Contact: <sip:200@198.51.100.7>"))
	o.step(Hangup{})
	s.want(s.receive(reply(s.last(), 407, foreign)), "")
	if o.has(Ended) == nil {
		t.Errorf("reports %+v", o.reports)
	}
	// Our realm is answered, but never in a dialog that the far side began (security rule S14).
	s = newStage(t, withCredentials)
	o = s.place()
	s.receive(replyBody(s.last(), 200, answer, "Contact: <sip:200@198.51.100.7>"))
	o.step(Hangup{})
	s.want(s.receive(reply(s.last(), 407, challengeHeader("Proxy-Authenticate", "n", ""))), "BYE")
	if header(s.last(), "CSeq") != "3 BYE" || header(s.last(), "Proxy-Authorization") == "" {
		t.Errorf("BYE\n%s", s.last().Data)
	}
	s = newStage(t, withCredentials)
	o, _ = s.confirmed()
	o.step(Hangup{})
	s.want(s.receive(reply(s.last(), 407, challengeHeader("Proxy-Authenticate", "n", ""))), "")
	for _, p := range s.packets {
		if strings.Contains(string(p.Data), "uthorization:") {
			t.Errorf("credentials in\n%s", p.Data)
		}
	}
}

func TestO12LongerInterval(t *testing.T) {
	s := newStage(t)
	o := s.place()
	if header(s.last(), "Session-Expires") != "1800" {
		t.Errorf("INVITE\n%s", s.last().Data)
	}
	s.want(s.receive(reply(s.last(), 422, "Min-SE: 5400")), "ACK, INVITE")
	inv := s.last()
	if header(inv, "Session-Expires") != "5400" || header(inv, "Min-SE") != "5400" || header(inv, "CSeq") != "2 INVITE" {
		t.Errorf("INVITE\n%s", inv.Data)
	}
	s.want(s.receive(reply(inv, 422, "Min-SE: 7200")), "ACK, INVITE") // once more if it rises again
	s.want(s.receive(reply(s.last(), 422, "Min-SE: 9000")), "ACK")    // not for ever
	if f := o.has(Failed); f == nil || f.Status != 422 {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestO13Redirection(t *testing.T) {
	moved := func(inv Packet) string {
		return reply(inv, 302, "Contact: <sip:a@good.example>;q=0.2, <sip:b@good.example?X-Evil=1>, <sip:c@evil.example>;q=1",
			"Contact: <sip:a@good.example>;q=0.9, <sip:200@198.51.100.7>, <tel:+1>, <sip:d@198.51.100.8>;q=0.5")
	}
	s := newStage(t)
	o := s.place()
	s.want(s.receive(moved(s.last())), "ACK")
	if f := o.has(Failed); f == nil || f.Status != 302 || f.Contacts != nil {
		t.Errorf("reports %+v", o.reports)
	}
	s = newStage(t, func(c *Config) { c.Trunks[0].Redirects = []string{"GOOD.example", "198.51.100.8", "198.51.100.7"} })
	var call Outgoing
	o = s.place(func(c *Outgoing) { call = *c })
	inv := s.last()
	s.receive(moved(inv))
	f := o.has(Failed)
	if f == nil || !slices.Equal(f.Contacts, []string{"sip:b@good.example", "sip:d@198.51.100.8", "sip:a@good.example"}) {
		t.Fatalf("reports %+v", o.reports)
	}
	next := s.place(func(c *Outgoing) { *c = o.d.Retry(call, f.Contacts[0]) })
	again := s.last()
	if start(again) != "INVITE sip:b@good.example SIP/2.0" || header(again, "Call-ID") != header(inv, "Call-ID") || header(again, "From") != header(inv, "From") ||
		header(again, "CSeq") != "2 INVITE" {
		t.Errorf("INVITE\n%s", again.Data)
	}
	s.want(s.receive(replyBody(again, 200, answer, "Contact: <sip:b@198.51.100.8>")), "ACK")
	if next.d.State() != StateConfirmed {
		t.Errorf("state %v", next.d.State())
	}
}

func TestO15WithoutExtension(t *testing.T) {
	s := newStage(t)
	o := s.place()
	s.want(s.receive(reply(s.last(), 420, "Unsupported: 100rel, timer")), "ACK, INVITE")
	inv := s.last()
	if header(inv, "Supported") != "replaces, norefersub" || header(inv, "Session-Expires") != "" || header(inv, "CSeq") != "2 INVITE" {
		t.Errorf("INVITE\n%s", inv.Data)
	}
	s.want(s.receive(reply(inv, 420, "Unsupported: replaces")), "ACK")
	if f := o.has(Failed); f == nil || f.Status != 420 {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestO05HangupWhileChallenged(t *testing.T) {
	s := newStage(t, withCredentials)
	o := s.place()
	inv := s.last()
	o.step(Hangup{})
	s.want(s.receive(reply(inv, 407, challengeHeader("Proxy-Authenticate", "n1", ""))), "ACK")
	if o.has(Ended) == nil || o.has(Failed) != nil {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestI20HopsOfALegForACall(t *testing.T) {
	s := newStage(t)
	s.receive(message("INVITE", 1, "inv", "", offer, "Max-Forwards: 12"))
	if got := s.calls[0].in.MaxForwards; got != 12 {
		t.Errorf("%d hops", got)
	}
	s.place(func(c *Outgoing) { c.MaxForwards = 11 })
	if got := header(s.last(), "Max-Forwards"); got != "11" {
		t.Errorf("Max-Forwards %s", got)
	}
}
