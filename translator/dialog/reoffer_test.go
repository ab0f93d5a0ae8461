package dialog

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// theirs is a request of the far side within a dialog that we placed.
func theirs(inv Packet, method string, seq int, body string, extra ...string) string {
	return message(method, seq, fmt.Sprintf("t%d%s", seq, method), "", body, append([]string{
		"From: <sip:200@198.51.100.7>;tag=theirs", "To: " + header(inv, "From"), "Call-ID: " + header(inv, "Call-ID")}, extra...)...)
}

// placed brings a call of ours up. The far side takes the methods that allow lists.
func (s *stage) placed(allow string, extra ...string) (*owned, Packet) {
	s.t.Helper()
	o := s.place()
	inv := s.last()
	s.want(s.receive(replyBody(inv, 200, answer, append(extra, "Contact: <sip:200@198.51.100.7>", "Allow: "+allow)...)), "ACK")
	return o, inv
}

// act steps a command and returns what was sent.
func (o *owned) act(ev Event) []Packet {
	n := len(o.s.packets)
	o.step(ev)
	return o.s.packets[n:]
}

func TestD01Reoffer(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	s.want(o.act(Reoffer{SDP: []byte(offer)}), "INVITE")
	inv := s.last()
	if tagOf(inv) != "ft" || !strings.HasSuffix(string(inv.Data), offer) || header(inv, "Contact") == "" {
		t.Errorf("INVITE\n%s", inv.Data)
	}
	s.want(o.act(Reoffer{SDP: []byte(offer)}), "")
	if r := o.has(ReofferFailed); r == nil || r.Status != 491 || r.By != Here {
		t.Errorf("reports %+v", o.reports)
	}
	ok := replyBody(inv, 200, answer, "Contact: <sip:new@198.51.100.8>")
	s.want(s.receive(ok), "ACK")
	s.want(s.receive(ok), "ACK") // every copy
	if r := o.has(ReofferAnswered); r == nil || string(r.SDP) != answer || r.Offer {
		t.Errorf("reports %+v", o.reports)
	}
	s.want(o.act(Hangup{}), "BYE")
	if start(s.last()) != "BYE sip:new@198.51.100.8 SIP/2.0" {
		t.Errorf("%s", start(s.last()))
	}
	_ = tag
}

// TestD01Glare: theirs crosses ours. Ours to theirs is 491; theirs to ours too, and ours is asked for again after the wait of its side, in steps of 10 ms.
func TestD01Glare(t *testing.T) {
	for _, ourCallID := range []bool{false, true} {
		var o *owned
		var theirInvite string
		s := newStage(t)
		if ourCallID {
			var inv Packet
			o, inv = s.placed("INVITE, ACK, BYE")
			theirInvite = theirs(inv, "INVITE", 7, offer)
		} else {
			var tag string
			o, tag = s.confirmed()
			theirInvite = message("INVITE", 7, "re", tag, offer)
		}
		o.again = []byte(strings.Replace(offer, "1 1 IN", "1 2 IN", 1))
		s.want(o.act(Reoffer{SDP: []byte(offer)}), "INVITE")
		s.want(s.receive(theirInvite), "491 INVITE")
		s.receive(strings.Replace(strings.Replace(theirInvite, "INVITE sip", "ACK sip", 1), "7 INVITE", "7 ACK", 1))
		for try := range 3 {
			zero := s.now
			s.want(s.receive(reply(s.lastOf("INVITE"), 491)), "ACK")
			at := offsets(s.pass(4*time.Second), zero, "INVITE ")
			least, most := 0, 2000
			if ourCallID {
				least, most = 2100, 4000
			}
			if !strings.HasSuffix(string(s.lastOf("INVITE").Data), string(o.again)) {
				t.Errorf("try %d: the old offer was sent again", try)
			}
			if len(at) == 0 || at[0] < least || at[0] > most || at[0]%10 != 0 {
				t.Fatalf("our Call-ID %v, try %d: INVITE at %v", ourCallID, try, at)
			}
		}
		s.want(s.receive(reply(s.lastOf("INVITE"), 491)), "ACK")
		if r := o.has(ReofferFailed); r == nil || r.Status != 491 || r.By != There || o.d.State() != StateConfirmed {
			t.Errorf("our Call-ID %v: reports %+v", ourCallID, o.reports)
		}
		s.want(s.pass(10*time.Second), "")
	}
}

// TestD01TheirsGoesFirst: while ours waits after a 491, theirs is answered, and ours is asked for when that is acknowledged.
func TestD01TheirsGoesFirst(t *testing.T) {
	s := newStage(t)
	o, inv := s.placed("INVITE, ACK, BYE")
	s.want(o.act(Reoffer{SDP: []byte(offer)}), "INVITE")
	s.want(s.receive(reply(s.last(), 491)), "ACK")
	if o.has(ReofferCrossed) == nil {
		t.Fatalf("reports %+v", o.reports)
	}
	s.pass(time.Second)
	s.want(s.receive(theirs(inv, "INVITE", 7, offer)), "100 INVITE")
	s.pass(5 * time.Second)
	s.want(o.act(AnswerReoffer{SDP: []byte(answer)}), "200 INVITE")
	if o.has(ReofferDue) != nil {
		t.Error("it is due before theirs is over")
	}
	s.receive(theirs(inv, "ACK", 7, ""))
	if o.has(ReofferDue) == nil {
		t.Fatalf("reports %+v", o.reports)
	}
	s.want(o.act(Reoffer{SDP: []byte(offer)}), "INVITE")
	s.want(s.receive(replyBody(s.last(), 200, answer)), "ACK")
	if o.has(ReofferAnswered) == nil || o.has(ReofferFailed) != nil {
		t.Errorf("reports %+v", o.reports)
	}
}

// TestD06RefreshCrossesTheirs: a refresh that crossed an offer of theirs is the dialog's own affair, and says what holds by then.
func TestD06RefreshCrossesTheirs(t *testing.T) {
	s := newStage(t)
	o, inv := s.placed("INVITE, ACK, BYE", "Session-Expires: 90;refresher=uac", "Require: timer")
	s.want(s.pass(45*time.Second), "INVITE")
	s.want(s.receive(reply(s.last(), 491)), "ACK")
	s.want(s.receive(theirs(inv, "INVITE", 7, offer)), "100 INVITE")
	changed := strings.Replace(answer, "2 1 IN", "2 9 IN", 1)
	s.want(o.act(AnswerReoffer{SDP: []byte(changed)}), "200 INVITE")
	s.receive(theirs(inv, "ACK", 7, ""))
	s.pass(5 * time.Second)
	if again := s.lastOf("INVITE"); !strings.HasSuffix(string(again.Data), changed) || o.has(ReofferCrossed) != nil || o.has(ReofferDue) != nil {
		t.Errorf("reports %+v, sent\n%s", o.reports, again.Data)
	}
}

// lastOf is the newest request of a method that was sent.
func (s *stage) lastOf(method string) Packet {
	for i := len(s.packets) - 1; i >= 0; i-- {
		if strings.HasPrefix(start(s.packets[i]), method+" ") {
			return s.packets[i]
		}
	}
	s.t.Fatalf("no %s was sent", method)
	return Packet{}
}

// TestD01WaitsForTheirs: an offer asked for while theirs is open goes out when that is over.
func TestD01WaitsForTheirs(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	s.receive(message("INVITE", 2, "re", tag, offer))
	s.want(o.act(Reoffer{SDP: []byte(offer)}), "")
	s.want(o.act(AnswerReoffer{SDP: []byte(answer)}), "200 INVITE")
	s.want(s.receive(message("ACK", 2, "reack", tag, "")), "INVITE")
}

func TestD02BeforeTheACK(t *testing.T) {
	s := newStage(t)
	o, tag := s.answered()
	s.want(o.act(Reoffer{SDP: []byte(offer)}), "") // ours waits for the ACK
	s.want(s.receive(message("ACK", 1, "ack", tag, "")), "INVITE")
	if o.d.offers != haveLocalOffer {
		t.Errorf("offers %v", o.d.offers)
	}
}

func TestD04RefusedReoffers(t *testing.T) {
	s := newStage(t)
	o, _ := s.confirmed()
	o.act(Reoffer{SDP: []byte(offer)})
	s.want(s.receive(reply(s.last(), 488)), "ACK")
	if r := o.has(ReofferFailed); r == nil || r.Status != 488 || o.d.State() != StateConfirmed || o.d.offers != stable {
		t.Errorf("state %v, reports %+v", o.d.State(), o.reports)
	}
	o.act(Reoffer{SDP: []byte(offer)})
	s.want(s.receive(reply(s.last(), 481)), "ACK, BYE")
	s.receive(reply(s.last(), 481))
	if e := o.has(Ended); e == nil || e.Status != 481 || e.By != There {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestD04ReofferWithoutResponse(t *testing.T) {
	s := newStage(t)
	o, _ := s.confirmed()
	zero := s.now
	o.act(Reoffer{SDP: []byte(offer)})
	if got := offsets(s.pass(40*time.Second), zero, "BYE "); len(got) == 0 || got[0] != 32000 {
		t.Errorf("BYE at %v", got)
	}
	// A 100 keeps it open, but not for ever.
	s = newStage(t)
	o, _ = s.confirmed()
	zero = s.now
	o.act(Reoffer{SDP: []byte(offer)})
	s.receive(reply(s.last(), 100))
	if got := offsets(s.pass(70*time.Second), zero, "BYE "); len(got) == 0 || got[0] != 60000 {
		t.Errorf("BYE at %v", got)
	}
	if e := o.has(Ended); e != nil && e.Status != 408 {
		t.Errorf("end %+v", e)
	}
}

// TestD05HangupWhileOurReofferIsOpen: the BYE goes at once; a 2xx that comes still gets its ACK, before the end and after it.
func TestD05HangupWhileOurReofferIsOpen(t *testing.T) {
	s := newStage(t)
	o, _ := s.confirmed()
	o.act(Reoffer{SDP: []byte(offer)})
	inv := s.last()
	s.want(o.act(Hangup{}), "BYE")
	bye := s.last()
	ok := replyBody(inv, 200, answer, "Contact: <sip:100@198.51.100.7>")
	s.want(s.receive(ok), "ACK")
	s.want(s.receive(reply(bye, 200)), "")
	s.want(s.receive(ok), "ACK")
	if header(s.last(), "CSeq") != strings.Replace(header(inv, "CSeq"), "INVITE", "ACK", 1) {
		t.Errorf("ACK\n%s", s.last().Data)
	}
}

func TestD01ReofferWithoutSDP(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	s.want(o.act(Reoffer{}), "INVITE")
	s.want(s.receive(replyBody(s.last(), 200, offer, "Contact: <sip:100@198.51.100.7>")), "")
	if r := o.has(ReofferAnswered); r == nil || !r.Offer {
		t.Fatalf("reports %+v", o.reports)
	}
	s.want(s.receive(message("INVITE", 3, "cross", tag, offer)), "500 INVITE") // theirs is open already
	s.want(o.act(AnswerReoffer{SDP: []byte(answer)}), "ACK")
	if !strings.HasSuffix(string(s.last().Data), answer) {
		t.Errorf("ACK\n%s", s.last().Data)
	}
}

// TestH04UpdateWithOffer: an UPDATE's offer is the call's to answer, at once and without an ACK; one at a time (RFC 3311 §5.2).
func TestH04UpdateWithOffer(t *testing.T) {
	s := newStage(t)
	o, tag := s.confirmed()
	s.want(s.receive(message("UPDATE", 2, "u1", tag, offer, "Contact: <sip:moved@198.51.100.9>")), "")
	if r := o.has(Reoffered); r == nil || !r.Offer || !r.Same {
		t.Fatalf("reports %+v", o.reports)
	}
	ps := s.receive(message("UPDATE", 3, "u2", tag, offer))
	s.want(ps, "500 UPDATE")
	if header(ps[0], "Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.want(o.act(AnswerReoffer{SDP: []byte(answer)}), "200 UPDATE")
	if !strings.HasSuffix(string(s.last().Data), answer) || header(s.last(), "Contact") == "" {
		t.Errorf("200\n%s", s.last().Data)
	}
	s.want(s.pass(3*time.Second), "")
	o.act(Reoffer{SDP: []byte(offer)})
	s.want(s.receive(message("UPDATE", 4, "u3", tag, offer)), "491 UPDATE")
	s.receive(replyBody(s.lastOf("INVITE"), 200, answer))
	s.want(s.receive(message("UPDATE", 5, "u4", tag, strings.Replace(offer, "4000", "4002", 1))), "")
	if r := o.reports[len(o.reports)-1]; r.Kind != Reoffered || r.Same {
		t.Errorf("report %+v", r)
	}
	s.want(o.act(AnswerReoffer{Status: 488, Warning: Warning{305, "no codec"}}), "488 UPDATE")
	if o.d.offers != stable {
		t.Errorf("offers %v", o.d.offers)
	}
}

func TestH04UpdateOfAnEarlyCall(t *testing.T) {
	s := newStage(t)
	o := s.place()
	inv := s.last()
	s.receive(reliable1xx(inv, 183, 1, answer, "Allow: INVITE, ACK, BYE, UPDATE"))
	s.receive(reply(s.last(), 200))
	s.want(o.act(Reoffer{SDP: []byte(offer)}), "UPDATE")
	s.want(s.receive(theirs(inv, "UPDATE", 5, offer)), "491 UPDATE")
	s.receive(replyBody(s.lastOf("UPDATE"), 200, answer, "Contact: <sip:200@198.51.100.9>"))
	if o.has(ReofferAnswered) == nil || o.d.State() != StateEarly {
		t.Errorf("state %v, reports %+v", o.d.State(), o.reports)
	}
	// Before the answer to our INVITE is sure, ours is open: 491.
	s = newStage(t)
	o = s.place()
	inv = s.last()
	s.receive(replyBody(inv, 183, answer))
	s.want(s.receive(theirs(inv, "UPDATE", 5, offer)), "491 UPDATE")
	s.want(o.act(Reoffer{SDP: []byte(offer)}), "") // waits for the 2xx
	s.want(s.receive(replyBody(inv, 200, answer, "Contact: <sip:200@198.51.100.9>")), "ACK, INVITE")
}

func TestIdentityFromTrustedTrunk(t *testing.T) { // RFC 4916 where the trunk is trusted
	for _, trusted := range []bool{true, false} {
		s := newStage(t, func(c *Config) { c.Trunks[0].Trusted = trusted })
		o, tag := s.confirmed()
		s.want(s.receive(message("UPDATE", 2, "u1", tag, "", `P-Asserted-Identity: "New" <sip:333@198.51.100.7>`)), "200 UPDATE")
		r := o.has(Identified)
		if (r != nil) != trusted || r != nil && (r.Party.User != "333" || r.Party.Display != "New") {
			t.Errorf("trusted %v: %+v", trusted, r)
		}
	}
}

// TestOffersTable walks the offer machine: each state and event either moves as a row says or is refused and moves nothing.
func TestOffersTable(t *testing.T) {
	for from := range offerStates {
		for on := range descriptions {
			want, listed := from, false
			for _, r := range offerRules {
				if r.from == from && r.on == on {
					want, listed = r.to, true
				}
				if r.cite == "" {
					t.Errorf("%v, %v: no rule", r.from, r.on)
				}
			}
			d := &Dialog{offers: from}
			if ok := d.describe(on); ok != listed || d.offers != want {
				t.Errorf("%v, %v: %v, %v", from, on, ok, d.offers)
			}
		}
	}
}

func TestI21LargestCSeq(t *testing.T) {
	s := newStage(t)
	_, tag := s.confirmed()
	msg := message("OPTIONS", 2, "big", tag, "")
	s.want(s.receive(strings.Replace(msg, "CSeq: 2 ", "CSeq: 2147483648 ", 1)), "400 OPTIONS")
	s.want(s.receive(strings.Replace(strings.Replace(msg, "CSeq: 2 ", "CSeq: 4294967296 ", 1), "big", "big1", 1)), "400 ") // what is no number of 32 bits is not repeated
	s.want(s.receive(strings.Replace(strings.Replace(msg, "CSeq: 2 ", "CSeq: 2147483647 ", 1), "big", "big2", 1)), "200 OPTIONS")
	s.want(s.receive(message("BYE", 3, "bye", tag, "")), "500 BYE")
}

// TestI21UnusableRoute: a Record-Route that is no address stands in no request of ours.
func TestI21UnusableRoute(t *testing.T) {
	s := newStage(t)
	s.receive(message("INVITE", 1, "inv", "", offer, "Record-Route: 0, <tel:+1>, sip:198.51.100.21, <sip:198.51.100.22;lr>"))
	o := s.calls[0]
	o.act(Answer{SDP: []byte(answer)})
	s.receive(message("ACK", 1, "ack", tagOf(s.last()), ""))
	s.want(o.act(Hangup{}), "BYE")
	if got := strings.Join(headers(s.last(), "Route"), " | "); start(s.last()) != "BYE sip:198.51.100.21 SIP/2.0" || got != "<sip:198.51.100.22;lr> | <sip:100@198.51.100.7:5060>" {
		t.Errorf("%s, Route %q", start(s.last()), got)
	}
}
