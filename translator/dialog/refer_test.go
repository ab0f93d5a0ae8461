package dialog

import (
	"strings"
	"testing"
	"time"
)

func referring(c *Config) { c.Trunks[0].AcceptRefer, c.Trunks[0].AcceptReplaces = true, true }

func TestT01ReferDeclined(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	s.want(s.receive(message("REFER", 2, "r", tag, "", "Refer-To: <sip:300@198.51.100.7>")), "603 REFER")
	if o.has(Referred) != nil || o.d.State() != StateConfirmed {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestT02ReferAccepted(t *testing.T) {
	s := newStage(t, referring)
	o, tag := s.confirmed()
	to := `"Them" <sip:300@198.51.100.7?Replaces=call%2d9%40x%3Bto-tag%3Dtt%3Bfrom-tag%3Dff&X-Evil=1>`
	s.want(s.receive(message("REFER", 2, "r", tag, "", "Refer-To: "+to, "Referred-By: <sip:100@198.51.100.7>")), "")
	r := o.has(Referred)
	if r == nil || r.Refer.Target != "sip:300@198.51.100.7" || r.Refer.Party.User != "300" || r.Refer.By != "sip:100@198.51.100.7" || r.Refer.Replaces == nil ||
		*r.Refer.Replaces != (Replacement{CallID: "call-9@x", ToTag: "tt", FromTag: "ff"}) {
		t.Fatalf("reports %+v", o.reports)
	}
	ps := o.act(AcceptRefer{})
	s.want(ps, "202 REFER, NOTIFY")
	notify := ps[1]
	if !strings.HasSuffix(string(notify.Data), "\r\n\r\nSIP/2.0 100 Trying\r\n") || header(notify, "Event") != "refer" ||
		!strings.HasPrefix(header(notify, "Subscription-State"), "active") || header(notify, "Content-Type") != "message/sipfrag;version=2.0" {
		t.Errorf("NOTIFY\n%s", notify.Data)
	}
	s.receive(reply(notify, 200))
	// The call that it asks for.
	s.place(func(c *Outgoing) { c.Target, c.Replaces = r.Refer.Target, r.Refer.Replaces })
	if inv := s.last(); header(inv, "Replaces") != "call-9@x;to-tag=tt;from-tag=ff" || header(inv, "Require") != "replaces" {
		t.Errorf("INVITE\n%s", inv.Data)
	}
	s.want(o.act(ReferNews{Status: 180}), "NOTIFY")
	s.receive(reply(s.last(), 200))
	s.want(o.act(ReferNews{Status: 200}), "NOTIFY")
	if !strings.HasPrefix(header(s.last(), "Subscription-State"), "terminated") || !strings.HasSuffix(string(s.last().Data), "SIP/2.0 200 OK\r\n") {
		t.Errorf("NOTIFY\n%s", s.last().Data)
	}
	s.receive(reply(s.last(), 200))
	s.want(o.act(ReferNews{Status: 200}), "") // it is over
	// The next one is told apart by its id (RFC 3515 §2.4.6), and silence can be asked for (RFC 4488).
	s.receive(message("REFER", 7, "r7", tag, "", "Refer-To: <sip:300@198.51.100.7>"))
	s.want(o.act(AcceptRefer{}), "202 REFER, NOTIFY")
	if header(s.last(), "Event") != "refer;id=7" {
		t.Errorf("Event %q", header(s.last(), "Event"))
	}
	s.receive(reply(s.last(), 481)) // they do not want to know: no more NOTIFYs
	s.want(o.act(ReferNews{Status: 200}), "")
	s.receive(message("REFER", 8, "r8", tag, "", "Refer-To: <sip:300@198.51.100.7>", "Refer-Sub: false"))
	ps = o.act(AcceptRefer{})
	s.want(ps, "202 REFER")
	if header(ps[0], "Refer-Sub") != "false" {
		t.Errorf("202\n%s", ps[0].Data)
	}
}

func TestT03BadRefers(t *testing.T) {
	for _, c := range []struct{ to, want string }{
		{"Refer-To: <sip:a@b>, <sip:c@d>", "400"}, {"Refer-To: <sip:a@b>\r\nRefer-To: <sip:c@d>", "400"}, {"X-None: 1", "400"}, {"Refer-To: <mailto:a@b>", "416"},
		{"Refer-To: <sip:a@b;method=BYE>", "603"}, {"Refer-To: <sip:a@b;method=INVITE>", ""}, {"Refer-To: tel:+4930123", ""}, {"Refer-To: junk junk", "400"},
		{"Refer-To: <sip:a@b?Replaces=x>", "400"}, {"Refer-To: <sip:a@b?Replaces=x%0d%0aX-Evil:%201%3Bto-tag%3D1%3Bfrom-tag%3D2>", "400"},
	} {
		s := newStage(t, referring)
		o, tag := s.confirmed()
		ps := s.receive(message("REFER", 2, "r", tag, "", c.to))
		if got := strings.TrimSuffix(starts(ps), " REFER"); got != c.want || (o.has(Referred) != nil) != (c.want == "") {
			t.Errorf("%s: %q, want %q, reports %+v", c.to, got, c.want, o.reports)
		}
	}
	s := newStage(t, referring)
	o, tag := s.confirmed()
	s.receive(message("REFER", 2, "r", tag, "", "Refer-To: <sip:a@b>"))
	s.want(s.receive(message("REFER", 3, "r3", tag, "", "Refer-To: <sip:a@b>")), "491 REFER") // one at a time
	s.want(o.act(AcceptRefer{Status: 403}), "403 REFER")
}

// fragment is the far side's NOTIFY of our REFER.
func fragment(tag string, seq int, state, line string) string {
	return message("NOTIFY", seq, "n"+line[8:11]+state, tag, line, "Event: refer", "Subscription-State: "+state, "Content-Type: message/sipfrag")
}

func TestT04ReferRefusedByTheTarget(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	other := Replacement{CallID: "c9@198.51.100.7", ToTag: "x", FromTag: "y"}
	s.want(o.act(Refer{Target: "sip:300@198.51.100.7", Replaces: &other, By: "sip:agent@192.0.2.1"}), "REFER")
	refer := s.last()
	if header(refer, "Refer-To") != "<sip:300@198.51.100.7?Replaces=c9%40198.51.100.7%3Bto-tag%3Dx%3Bfrom-tag%3Dy>" || header(refer, "Referred-By") != "<sip:agent@192.0.2.1>" {
		t.Errorf("REFER\n%s", refer.Data)
	}
	s.want(o.act(Refer{Target: "sip:301@198.51.100.7"}), "")
	if r := o.has(ReferDone); r == nil || r.Status != 491 || r.By != Here {
		t.Fatalf("reports %+v", o.reports)
	}
	o.reports = nil
	s.receive(reply(refer, 202))
	s.want(s.receive(fragment(tag, 2, "active", "SIP/2.0 180 Ringing")), "200 NOTIFY")
	s.want(s.receive(fragment(tag, 3, "terminated", "SIP/2.0 486 Busy Here")), "200 NOTIFY")
	p, done := o.has(ReferProgress), o.has(ReferDone)
	if p == nil || p.Status != 180 || done == nil || done.Status != 486 || o.d.State() != StateConfirmed {
		t.Errorf("state %v, reports %+v", o.d.State(), o.reports)
	}
	s.want(s.receive(fragment(tag, 4, "terminated", "SIP/2.0 200 OK")), "481 NOTIFY")
}

func TestT04OtherEndsOfARefer(t *testing.T) {
	up := func() (*stage, *owned, string) {
		s := newStage(t)
		o, tag := s.confirmed()
		s.want(o.act(Refer{Target: "sip:300@198.51.100.7"}), "REFER")
		return s, o, tag
	}
	want := func(o *owned, status int) {
		t.Helper()
		if r := o.has(ReferDone); r == nil || r.Status != status || o.d.State() != StateConfirmed {
			t.Errorf("want %d, state %v, reports %+v", status, o.d.State(), o.reports)
		}
	}
	s, o, _ := up()
	s.receive(reply(s.last(), 603))
	want(o, 603)
	s, o, _ = up()
	s.receive(reply(s.last(), 202))
	s.pass(33 * time.Second)
	want(o, 408)
	s, o, tag := up() // the NOTIFY overtakes the 202
	refer := s.last()
	s.receive(fragment(tag, 2, "terminated", "SIP/2.0 200 OK"))
	s.receive(reply(refer, 202))
	want(o, 200)
	s, o, _ = up()
	s.receive(reply(s.last(), 202, "Refer-Sub: false"))
	want(o, 202)
	s, o, _ = up()
	s.want(s.receive(reply(s.last(), 481)), "BYE")
	if o.d.State() != StateClosing {
		t.Errorf("state %v", o.d.State())
	}
	s = newStage(t)
	o, _ = s.confirmed()
	for _, bad := range []Refer{{Target: "sip:a@b\r\nX: 1"}, {Target: "junk"}, {Target: "sip:a@b?X=1"}, {Target: "sip:a@b", By: "sip:x>y@z"},
		{Target: "sip:a@b", Replaces: &Replacement{CallID: "a;b", ToTag: "1", FromTag: "2"}}} {
		s.want(o.act(bad), "")
		if r := o.reports[len(o.reports)-1]; r.Kind != ReferDone || r.Status != 400 {
			t.Errorf("%+v: %+v", bad, r)
		}
	}
}

func TestT05ByeAfterRefer(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	o.act(Refer{Target: "sip:300@198.51.100.7"})
	s.receive(reply(s.last(), 202))
	s.want(s.receive(message("BYE", 2, "bye", tag, "")), "200 BYE")
	n := len(o.reports)
	if r := o.reports[n-2]; r.Kind != ReferDone || r.Status != 200 || o.reports[n-1].Kind != Ended {
		t.Errorf("reports %+v", o.reports)
	}
}

// replacing is an INVITE that is to take the stage's first call over.
func replacing(branch, replaces string) string {
	return message("INVITE", 1, branch, "", offer, "Call-ID: other-"+branch, "From: <sip:400@198.51.100.7>;tag=r", "Replaces: "+replaces)
}

func TestT06Replaces(t *testing.T) {
	s := newStage(t, referring)
	o, tag := s.confirmed()
	s.want(s.receive(replacing("none", "call-1@198.51.100.7;to-tag=x;from-tag=ft")), "481 INVITE")
	s.want(s.receive(replacing("two", "call-1@198.51.100.7;to-tag="+tag+";from-tag=ft\r\nReplaces: a;to-tag=b;from-tag=c")), "400 INVITE")
	s.want(s.receive(replacing("early", "call-1@198.51.100.7;to-tag="+tag+";from-tag=ft;early-only")), "486 INVITE")
	s.want(s.receive(replacing("ok", "call-1@198.51.100.7;from-tag=ft;to-tag="+tag)), "100 INVITE")
	if in := s.calls[1].in; in.Replaces != o.d {
		t.Fatalf("replaces %p, want %p", in.Replaces, o.d)
	}
	s.want(s.calls[1].act(Answer{SDP: []byte(answer)}), "200 INVITE")
	s.want(o.act(Hangup{}), "BYE")
	s.want(s.receive(replacing("closing", "call-1@198.51.100.7;to-tag="+tag+";from-tag=ft")), "603 INVITE")
	s.receive(reply(s.lastOf("BYE"), 200))
	s.want(s.receive(replacing("ended", "call-1@198.51.100.7;to-tag="+tag+";from-tag=ft")), "603 INVITE")
}

func TestT06ReplacesOfAnEarlyCall(t *testing.T) {
	s := newStage(t, referring)
	s.receive(message("INVITE", 1, "inv", "", offer))
	o := s.calls[0]
	o.act(Ring{})
	// Theirs: only its caller could replace it (RFC 3891 §3).
	s.want(s.receive(replacing("in", "call-1@198.51.100.7;to-tag="+tagOf(s.last())+";from-tag=ft")), "481 INVITE")
	// Ours may be replaced while it rings.
	s = newStage(t, referring)
	o = s.place()
	s.receive(reply(s.last(), 180))
	s.want(s.receive(replacing("out", o.d.callID+";to-tag="+o.d.localTag+";from-tag=theirs;early-only")), "100 INVITE")
	// Not by another trunk.
	s = newStage(t, referring, func(c *Config) {
		other := c.Trunks[0]
		other.Name, other.Networks = "other", nil
		other.Networks = append(other.Networks, prefix("203.0.113.0/24"))
		c.Trunks = append(c.Trunks, other)
	})
	_, tag := s.confirmed()
	s.want(s.receiveFrom(replacing("x", "call-1@198.51.100.7;to-tag="+tag+";from-tag=ft"), addr("203.0.113.5:5060")), "481 INVITE")
	// Nor where the trunk may not.
	s = newStage(t)
	_, tag = s.confirmed()
	s.want(s.receive(replacing("x", "call-1@198.51.100.7;to-tag="+tag+";from-tag=ft")), "501 INVITE")
}

// TestSecurityPastIsBounded: what is remembered of ended dialogs does not grow.
func TestSecurityPastIsBounded(t *testing.T) {
	var p past
	for i := range 5 * maxPast {
		p.add(dialogID{"c", "l", string(rune('a' + i))})
	}
	if len(p.ids) != maxPast || len(p.queue) != maxPast || !p.holds(dialogID{"c", "l", string(rune('a' + 5*maxPast - 1))}) || p.holds(dialogID{"c", "l", "a"}) {
		t.Errorf("%d ids, %d in the queue", len(p.ids), len(p.queue))
	}
}

// A NOTIFY of a REFER that is over says nothing of the one that is under way: it names its own by the number of the request (RFC 3515 §2.4.6).
func TestT04NotifyOfAnEarlierRefer(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	number := func() string { seq, _, _ := strings.Cut(header(s.lastOf("REFER"), "CSeq"), " "); return seq }
	s.want(o.act(Refer{Target: "sip:300@198.51.100.7"}), "REFER")
	first := number()
	s.receive(reply(s.last(), 202))
	named := func(seq int, id, line string) string {
		return strings.Replace(fragment(tag, seq, "terminated", line), "Event: refer", "Event: refer;id="+id, 1)
	}
	s.want(s.receive(named(2, first, "SIP/2.0 486 Busy Here")), "200 NOTIFY")
	o.reports = nil
	s.want(o.act(Refer{Target: "sip:301@198.51.100.7"}), "REFER")
	s.receive(reply(s.last(), 202))
	s.want(s.receive(named(3, first, "SIP/2.0 404 Not Found")), "481 NOTIFY")
	if r := o.has(ReferDone); r != nil {
		t.Fatalf("the second REFER is over by the word on the first: %+v", r)
	}
	s.want(s.receive(named(4, number(), "SIP/2.0 200 OK")), "200 NOTIFY")
	if r := o.has(ReferDone); r == nil || r.Status != 200 {
		t.Errorf("reports %+v", o.reports)
	}
}
