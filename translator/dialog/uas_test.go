package dialog

import (
	"strings"
	"testing"
	"time"
)

// The cases of translation.md §4 that are about one dialog, by number, and the faults of a hostile network.

// offsets are the times of packets after zero, in ms.
func offsets(ps []Packet, zero time.Time, prefix string) []int {
	var out []int
	for _, p := range ps {
		if strings.HasPrefix(start(p), prefix) {
			out = append(out, int(p.At.Sub(zero)/time.Millisecond))
		}
	}
	return out
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestFaultLostAck(t *testing.T) { // I02, F8
	s := newStage(t)
	o, _ := s.answered()
	zero := s.now
	ps := s.pass(80 * time.Second)
	want := []int{500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}
	if got := offsets(ps, zero, "SIP/2.0 200"); !equal(got, want) {
		t.Errorf("200 resent at %v, want %v", got, want)
	}
	byes := offsets(ps, zero, "BYE ")
	if len(byes) == 0 || byes[0] != 32000 {
		t.Errorf("BYE at %v, want first at 32000", byes)
	}
	for _, p := range ps {
		if strings.HasPrefix(start(p), "BYE ") && header(p, "Reason") != `Q.850;cause=102;text="no ACK"` {
			t.Errorf("Reason %q", header(p, "Reason"))
		}
	}
	end := o.has(Ended)
	if end == nil || end.By != Nobody || end.Status != 408 {
		t.Errorf("end %+v", end)
	}
	if s.v.Dialogs() != 0 || s.v.Transactions() != 0 {
		t.Errorf("left: %d dialogs, %d transactions", s.v.Dialogs(), s.v.Transactions())
	}
}

func TestI05CancelWhileRinging(t *testing.T) { // I05
	s := newStage(t)
	s.receive(message("INVITE", 1, "inv", "", offer))
	o := s.calls[0]
	o.step(Ring{})
	tag := tagOf(s.packets[len(s.packets)-1])
	ps := s.receive(message("CANCEL", 1, "inv", "", "", `Reason: SIP;cause=200;text="Call completed elsewhere"`))
	s.want(ps, "200 CANCEL, 487 INVITE")
	if tagOf(ps[0]) != tag || tagOf(ps[1]) != tag || tag == "" {
		t.Errorf("To tags %q %q, the 180 had %q", tagOf(ps[0]), tagOf(ps[1]), tag)
	}
	o.step(Answer{SDP: []byte(answer)})
	s.want(s.receive(message("ACK", 1, "inv", tag, "")), "")
	s.want(s.pass(40*time.Second), "")
	c := o.has(Cancelled)
	if c == nil || c.Status != 200 || c.Text != "Call completed elsewhere" || o.has(Ended) == nil || len(o.reports) != 2 {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestCancelBeforeOwnerAnswers(t *testing.T) {
	// The CANCEL is handled by the transaction; the owner's Answer is under way: it is refused, and no 200 ever leaves.
	s := newStage(t)
	s.receive(message("INVITE", 1, "inv", "", offer))
	o := s.calls[0]
	s.v.Receive([]byte(message("CANCEL", 1, "inv", "", "")), peer, s.now)
	pendingInbox := s.inbox
	s.inbox = nil
	o.step(Answer{SDP: []byte(answer)})
	s.inbox = pendingInbox
	s.settle()
	if o.has(Refused) == nil || o.has(Ended) == nil || o.has(Cancelled) != nil {
		t.Errorf("reports %+v", o.reports)
	}
	for _, p := range append(s.packets, s.pass(40*time.Second)...) {
		if start(p) == "SIP/2.0 200 OK" && strings.HasSuffix(header(p, "CSeq"), "INVITE") {
			t.Error("200 to a cancelled INVITE was sent")
		}
	}
}

func TestI06CancelAfterAnswer(t *testing.T) { // I06
	s := newStage(t)
	o, tag := s.answered()
	s.want(s.receive(message("CANCEL", 1, "inv", "", "")), "200 CANCEL")
	s.want(s.receive(message("ACK", 1, "ack", tag, "")), "")
	if o.d.State() != StateConfirmed || o.has(Ended) != nil {
		t.Errorf("state %v, reports %+v", o.d.State(), o.reports)
	}
}

func TestI07CancelOfNothing(t *testing.T) { // I07
	s := newStage(t)
	o, _ := s.confirmed()
	s.want(s.receive(message("CANCEL", 1, "other", "", "")), "481 CANCEL")
	if o.d.State() != StateConfirmed {
		t.Errorf("state %v", o.d.State())
	}
}

func TestRejectIsResentUntilACK(t *testing.T) {
	s := newStage(t)
	s.receive(message("INVITE", 1, "inv", "", offer))
	o, zero := s.calls[0], s.now
	n := len(s.packets)
	o.step(Reject{Status: 486, Q850: 17, Text: "busy \"now\"", RetryAfter: 1500 * time.Millisecond, Warning: Warning{399, "no one"}})
	p := s.packets[n]
	if start(p) != "SIP/2.0 486 Busy Here" || header(p, "Reason") != `Q.850;cause=17;text="busy \"now\""` || header(p, "Retry-After") != "2" ||
		header(p, "Warning") != `399 192.0.2.1:5060 "no one"` {
		t.Errorf("response\n%s", p.Data)
	}
	if got := offsets(s.pass(4*time.Second), zero, "SIP/2.0 486"); !equal(got, []int{500, 1500, 3500}) {
		t.Errorf("486 resent at %v", got)
	}
	s.receive(message("ACK", 1, "inv", tagOf(p), ""))
	s.want(s.pass(60*time.Second), "")
	if e := o.has(Ended); e == nil || e.By != Here || e.Status != 486 || len(o.reports) != 1 {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestHangupWaitsForACK(t *testing.T) { // RFC 3261 §15
	s := newStage(t)
	o, tag := s.answered()
	n := len(s.packets)
	o.step(Hangup{Q850: 31})
	s.want(s.packets[n:], "")
	s.want(s.receive(message("ACK", 1, "ack", tag, "")), "BYE")
	bye := s.packets[len(s.packets)-1]
	if header(bye, "Reason") != "Q.850;cause=31" {
		t.Errorf("Reason %q", header(bye, "Reason"))
	}
	s.receive(reply(bye, 200))
	if e := o.has(Ended); e == nil || e.By != Here || e.Q850 != 31 {
		t.Errorf("reports %+v", o.reports)
	}
}

// reply is the peer's response to a request of ours.
func reply(p Packet, status int, extra ...string) string {
	return replyBody(p, status, "", extra...)
}

func replyBody(p Packet, status int, body string, extra ...string) string {
	lines := []string{"SIP/2.0 " + string(rune('0'+status/100)) + string(rune('0'+status/10%10)) + string(rune('0'+status%10)) + " Whatever"}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		v := header(p, name)
		if name == "To" && !strings.Contains(v, ";tag=") && status > 100 {
			v += ";tag=theirs"
		}
		for _, e := range extra {
			if n, ev, _ := strings.Cut(e, ": "); n == name {
				v = ev
			}
		}
		lines = append(lines, name+": "+v)
	}
	for _, e := range extra {
		if n, _, _ := strings.Cut(e, ": "); n != "To" {
			lines = append(lines, e)
		}
	}
	if body != "" {
		lines = append(lines, "Content-Type: application/sdp")
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

func TestBYEOvertakesACK(t *testing.T) {
	s := newStage(t)
	o, tag := s.answered()
	s.want(s.receive(message("BYE", 2, "bye", tag, "")), "200 BYE")
	s.want(s.receive(message("ACK", 1, "ack", tag, "")), "")
	s.want(s.pass(40*time.Second), "")
	if e := o.has(Ended); e == nil || e.By != There {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestDuplicates(t *testing.T) {
	s := newStage(t)
	inv := message("INVITE", 1, "inv", "", offer)
	s.receive(inv)
	s.want(s.receive(inv), "100 INVITE")
	s.calls[0].step(Ring{})
	s.want(s.receive(inv), "180 INVITE")
	s.calls[0].step(Answer{SDP: []byte(answer)})
	tag := tagOf(s.packets[len(s.packets)-1])
	s.want(s.receive(inv), "") // the dialog resends its 2xx by itself
	ack, bye := message("ACK", 1, "ack", tag, ""), message("BYE", 2, "bye", tag, "")
	s.receive(ack)
	s.want(s.receive(ack), "")
	s.want(s.receive(bye), "200 BYE")
	s.want(s.receive(bye), "200 BYE")
	if len(s.calls) != 1 || len(s.calls[0].reports) != 3 {
		t.Errorf("%d calls, reports %+v", len(s.calls), s.calls[0].reports)
	}
}

func TestBYEBeforeAnswer(t *testing.T) { // RFC 3261 §15.1.2
	s := newStage(t)
	s.receive(message("INVITE", 1, "inv", "", offer))
	o := s.calls[0]
	o.step(Ring{})
	tag := tagOf(s.packets[len(s.packets)-1])
	s.want(s.receive(message("BYE", 2, "bye", tag, "")), "200 BYE, 487 INVITE")
	if o.has(Ended) == nil {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestRingIsRefreshed(t *testing.T) {
	s := newStage(t)
	s.receive(message("INVITE", 1, "inv", "", offer))
	o, zero := s.calls[0], s.now
	o.step(Ring{})
	ps := s.pass(340 * time.Second)
	if got := offsets(ps, zero, "SIP/2.0 180"); !equal(got, []int{60000, 120000, 180000, 240000, 300000}) {
		t.Errorf("180 at %v", got)
	}
	if got := offsets(ps, zero, "SIP/2.0 480"); len(got) == 0 || got[0] != 330000 {
		t.Errorf("480 at %v", got)
	}
	if e := o.has(Ended); e == nil || e.By != Nobody || e.Status != 480 {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestI14LateOffer(t *testing.T) { // I14
	s := newStage(t)
	s.receive(message("INVITE", 1, "inv", "", ""))
	o := s.calls[0]
	if o.in.SDP != nil {
		t.Fatalf("SDP %q", o.in.SDP)
	}
	o.step(Answer{SDP: []byte(offer)})
	tag := tagOf(s.packets[len(s.packets)-1])
	// A re-INVITE before the ACK: our offer is open, so 491 (D02).
	s.want(s.receive(message("INVITE", 2, "re", tag, offer)), "491 INVITE")
	s.receive(message("ACK", 1, "ack", tag, answer))
	if c := o.has(Confirmed); c == nil || string(c.SDP) != answer {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestD02ReinviteImpliesACK(t *testing.T) { // D02
	s := newStage(t)
	o, tag := s.answered()
	s.want(s.receive(message("INVITE", 2, "re", tag, offer)), "100 INVITE")
	if o.d.State() != StateConfirmed || o.has(Confirmed) == nil || o.has(Reoffered) == nil {
		t.Fatalf("state %v, reports %+v", o.d.State(), o.reports)
	}
	n := len(s.packets)
	o.step(AnswerReoffer{SDP: []byte(answer)})
	s.want(s.packets[n:], "200 INVITE")
	s.want(s.pass(600*time.Millisecond), "200 INVITE")
	s.receive(message("ACK", 2, "reack", tag, ""))
	s.want(s.pass(20*time.Second), "")
}

func TestReinvite(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	s.want(s.receive(message("INVITE", 2, "re", tag, offer, "Contact: <sip:moved@198.51.100.9:5070>")), "100 INVITE")
	if r := o.has(Reoffered); r == nil || string(r.SDP) != offer {
		t.Fatalf("reports %+v", o.reports)
	}
	// A second one while the first is open: 500 with Retry-After.
	ps := s.receive(message("INVITE", 3, "re2", tag, offer))
	s.want(ps, "500 INVITE")
	if header(ps[0], "Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.receive(message("ACK", 3, "re2", tag, ""))
	n := len(s.packets)
	o.step(AnswerReoffer{Status: 488, Warning: Warning{305, "no codec"}})
	s.want(s.packets[n:], "488 INVITE")
	s.receive(message("ACK", 2, "re", tag, ""))
	if o.d.State() != StateConfirmed {
		t.Fatalf("state %v: a refused re-INVITE leaves the session as it was", o.d.State())
	}
	// The target moved although the offer was refused; a BYE goes there.
	n = len(s.packets)
	o.step(Hangup{})
	if bye := s.packets[n]; start(bye) != "BYE sip:moved@198.51.100.9:5070 SIP/2.0" || bye.To.String() != "198.51.100.9:5070" {
		t.Errorf("%s to %v", start(bye), bye.To)
	}
}

func TestD05BYEWhileReinviteWaits(t *testing.T) { // D05
	s := newStage(t)
	o, tag := s.confirmed()
	s.receive(message("INVITE", 2, "re", tag, offer))
	s.want(s.receive(message("BYE", 3, "bye", tag, "")), "487 INVITE, 200 BYE")
	if o.has(Ended) == nil {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestReinviteLosesItsACK(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	s.receive(message("INVITE", 2, "re", tag, ""))
	o.step(AnswerReoffer{SDP: []byte(offer)})
	zero := s.now
	ps := s.pass(33 * time.Second)
	if got := offsets(ps, zero, "BYE "); len(got) == 0 || got[0] != 32000 {
		t.Errorf("BYE at %v", got)
	}
}

func TestReinviteCancelled(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	s.receive(message("INVITE", 2, "re", tag, offer))
	s.want(s.receive(message("CANCEL", 2, "re", tag, "")), "200 CANCEL, 487 INVITE")
	n := len(s.packets)
	o.step(AnswerReoffer{SDP: []byte(answer)})
	s.want(s.packets[n:], "")
	if o.d.State() != StateConfirmed {
		t.Errorf("state %v", o.d.State())
	}
}

func TestD03CSeqRules(t *testing.T) { // D03
	s := newStage(t)
	_, tag := s.confirmed()
	s.want(s.receive(message("OPTIONS", 12, "a", tag, "")), "200 OPTIONS")
	s.want(s.receive(message("OPTIONS", 11, "b", tag, "")), "500 OPTIONS")
	s.want(s.receive(message("OPTIONS", 12, "a", tag, "")), "200 OPTIONS") // the same again: the same answer
	s.want(s.receive(message("OPTIONS", 30, "c", tag, "")), "200 OPTIONS")
}

// TestUpdateBeforeACK: sipgo's dialog compares the ACK's CSeq with the last request's and refuses it; here the ACK counts (libraries.md trap 1).
func TestUpdateBeforeACK(t *testing.T) {
	s := newStage(t)
	o, tag := s.answered()
	s.want(s.receive(message("UPDATE", 2, "upd", tag, "")), "200 UPDATE")
	s.receive(message("ACK", 1, "ack", tag, ""))
	if o.d.State() != StateConfirmed {
		t.Errorf("state %v", o.d.State())
	}
}

func TestD08D09D10T01OtherRequests(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	for i, c := range []struct{ method, want, body, extra string }{
		{"OPTIONS", "200", "", ""},
		{"UPDATE", "200", "", ""},
		{"UPDATE", "415", "x", "Content-Type: text/plain"},
		{"INFO", "200", "", ""},
		{"INFO", "200", "Signal= 5\r\nDuration=160", "Content-Type: application/dtmf-relay"},
		{"INFO", "200", "#", "Content-Type: application/dtmf"},
		{"INFO", "415", "x", "Content-Type: text/plain"},
		{"INFO", "469", "", "Info-Package: foo"},
		{"REFER", "603", "", "Refer-To: <sip:x@y>"},
		{"NOTIFY", "481", "", "Event: refer"},
		{"PRACK", "481", "", "RAck: 1 1 INVITE"},
		{"MESSAGE", "405", "", ""},
	} {
		extra := []string{}
		if c.extra != "" {
			extra = append(extra, c.extra)
		}
		s.want(s.receive(message(c.method, 10+i, "x"+string(rune('a'+i)), tag, c.body, extra...)), c.want+" "+c.method)
	}
	if o.d.State() != StateConfirmed || o.has(Ended) != nil {
		t.Errorf("state %v", o.d.State())
	}
}

func TestI21RouteSet(t *testing.T) { // I21
	s := newStage(t)
	inv := message("INVITE", 1, "inv", "", offer, "Record-Route: <sip:198.51.100.21;lr>;x=\"a,b\", <sip:198.51.100.22;lr>")
	inv = strings.Replace(inv, "Content-Length:", "Record-Route: <sip:198.51.100.23:5080;lr>\r\nContent-Length:", 1)
	s.receive(inv)
	o := s.calls[0]
	o.step(Answer{SDP: []byte(answer)})
	ok := s.packets[len(s.packets)-1]
	want := `<sip:198.51.100.21;lr>;x="a,b", <sip:198.51.100.22;lr> | <sip:198.51.100.23:5080;lr>`
	if got := strings.Join(headers(ok, "Record-Route"), " | "); got != want {
		t.Errorf("Record-Route %q", got)
	}
	s.receive(message("ACK", 1, "ack", tagOf(ok), ""))
	o.step(Hangup{})
	bye := s.packets[len(s.packets)-1]
	want = `<sip:198.51.100.21;lr>;x="a,b" | <sip:198.51.100.22;lr> | <sip:198.51.100.23:5080;lr>`
	if got := strings.Join(headers(bye, "Route"), " | "); got != want {
		t.Errorf("Route %q", got)
	}
	if start(bye) != "BYE sip:100@198.51.100.7:5060 SIP/2.0" || bye.To.String() != "198.51.100.21:5060" {
		t.Errorf("%s to %v", start(bye), bye.To)
	}
}

func TestI21StrictRoute(t *testing.T) { // RFC 3261 §12.2.1.1
	s := newStage(t)
	s.receive(message("INVITE", 1, "inv", "", offer, "Record-Route: <sip:198.51.100.21>, <sip:198.51.100.22;lr>"))
	o := s.calls[0]
	o.step(Answer{SDP: []byte(answer)})
	s.receive(message("ACK", 1, "ack", tagOf(s.packets[len(s.packets)-1]), ""))
	o.step(Hangup{})
	bye := s.packets[len(s.packets)-1]
	if start(bye) != "BYE sip:198.51.100.21 SIP/2.0" ||
		strings.Join(headers(bye, "Route"), " | ") != "<sip:198.51.100.22;lr> | <sip:100@198.51.100.7:5060>" {
		t.Errorf("%s", bye.Data)
	}
}

// TestSecurityForgery: a Contact or Record-Route that points elsewhere moves nothing there (security rule S10).
func TestSecurityForgery(t *testing.T) {
	for _, target := range []string{
		"sip:x@127.0.0.1", "sip:x@[::1]", "sip:x@169.254.169.254", "sip:x@224.0.0.1", "sip:x@0.0.0.0", "sip:x@[::ffff:127.0.0.1]",
		"sip:x@10.0.0.1:22", "sip:x@2130706433", "sip:x@0x7f.1", "sip:x@evil.example", "sip:x@router.local", "sip:x@localhost", "sip:x@192.0.2.1",
	} {
		for _, name := range []string{"Contact", "Record-Route"} {
			s := newStage(t)
			s.receive(message("INVITE", 1, "inv", "", offer, name+": <"+target+";lr>"))
			if len(s.calls) == 0 {
				continue
			}
			o := s.calls[0]
			o.step(Answer{SDP: []byte(answer)})
			s.receive(message("ACK", 1, "ack", tagOf(s.packets[len(s.packets)-1]), ""))
			o.step(Hangup{})
			for _, p := range s.packets {
				if p.To.Addr() != peer.Addr() {
					t.Errorf("%s %s: %s sent to %v", name, target, start(p), p.To)
				}
			}
		}
	}
}

func TestNATGoesBackToTheSource(t *testing.T) {
	s := newStage(t, func(c *Config) { c.Trunks[0].NAT = true })
	o, _ := s.confirmed()
	o.step(Hangup{})
	if bye := s.packets[len(s.packets)-1]; bye.To != peer {
		t.Errorf("BYE to %v", bye.To)
	}
}

// TestRequestsCrossOurBYE: the dialog is over at our side, so what crosses the BYE gets 481 and begins nothing (RFC 5407 §3.3.3); a BYE gets 200.
func TestRequestsCrossOurBYE(t *testing.T) {
	s := newStage(t, func(c *Config) { c.Trunks[0].AcceptRefer = true })
	o, tag := s.confirmed()
	s.want(o.act(Hangup{}), "BYE")
	for i, m := range []string{"REFER", "INFO", "UPDATE", "OPTIONS", "PRACK", "NOTIFY", "INVITE"} {
		s.want(s.receive(message(m, 2+i, "cross"+m, tag, "", "Refer-To: <sip:x@198.51.100.7>")), "481 "+m)
	}
	s.receive(message("ACK", 8, "crossINVITE", tag, ""))
	s.want(s.receive(message("BYE", 9, "bye", tag, "")), "200 BYE")
	if o.has(Referred) != nil || o.has(Ended) == nil {
		t.Errorf("reports %+v", o.reports)
	}
}
