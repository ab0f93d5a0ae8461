package dialog

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// rack is the RAck header for a reliable 1xx.
func rack(p Packet) string {
	return "RAck: " + header(p, "RSeq") + " " + header(p, "CSeq")
}

// ringing brings a call that requires 100rel to its first 1xx.
func (s *stage) ringing(sdp string, extra ...string) (*owned, Packet) {
	s.t.Helper()
	s.receive(message("INVITE", 1, "inv", "", offer, extra...))
	o := s.calls[len(s.calls)-1]
	n := len(s.packets)
	o.step(Ring{SDP: []byte(sdp)})
	if len(s.packets) != n+1 {
		s.t.Fatalf("sent %q", starts(s.packets[n:]))
	}
	return o, s.last()
}

func TestI16ReliableRinging(t *testing.T) {
	s := newStage(t)
	o, p := s.ringing("", "Require: 100rel")
	if start(p) != "SIP/2.0 180 Ringing" || header(p, "Require") != "100rel" || header(p, "RSeq") == "" {
		t.Fatalf("ringing\n%s", p.Data)
	}
	s.want(s.receive(message("PRACK", 2, "p0", tagOf(p), "", "RAck: 1 1 INVITE")), "481 PRACK")
	s.want(s.receive(message("PRACK", 3, "p1", tagOf(p), "", rack(p))), "200 PRACK")
	s.want(s.receive(message("PRACK", 4, "p2", tagOf(p), "", rack(p))), "481 PRACK")
	s.want(s.pass(50*time.Second), "")
	// The ringing is renewed reliably, with the next RSeq.
	ps := s.pass(10 * time.Second)
	s.want(ps, "180 INVITE")
	var a, b int
	fmt.Sscan(header(p, "RSeq"), &a)
	fmt.Sscan(header(ps[0], "RSeq"), &b)
	if b != a+1 {
		t.Errorf("RSeq %d after %d", b, a)
	}
	// Without a description the 200 need not wait for the PRACK, which may still come.
	n := len(s.packets)
	o.step(Answer{SDP: []byte(answer)})
	s.want(s.packets[n:], "200 INVITE")
	if !strings.HasSuffix(string(s.last().Data), answer) {
		t.Error("the 200 has no answer")
	}
	s.want(s.receive(message("PRACK", 5, "p3", tagOf(p), "", rack(ps[0]))), "200 PRACK")
	s.receive(message("ACK", 1, "ack", tagOf(p), ""))
	s.want(s.pass(20*time.Second), "")
}

func TestI16AnswerWaitsForPRACKOfSDP(t *testing.T) {
	s := newStage(t, func(c *Config) { c.Trunks[0].Reliable = true })
	o, p := s.ringing(answer, "Supported: 100rel")
	if start(p) != "SIP/2.0 183 Session Progress" || !strings.HasSuffix(string(p.Data), answer) {
		t.Fatalf("183\n%s", p.Data)
	}
	n := len(s.packets)
	o.step(Answer{SDP: []byte(answer)})
	s.want(s.packets[n:], "")
	s.want(s.receive(message("PRACK", 2, "p1", tagOf(p), "", rack(p))), "200 PRACK, 200 INVITE")
	ok := s.last()
	if strings.Contains(string(ok.Data), "m=audio") {
		t.Error("the 200 repeats the answer that the PRACK acknowledged")
	}
	s.receive(message("ACK", 1, "ack", tagOf(p), ""))
	if o.d.State() != StateConfirmed || o.has(Taken) == nil || o.d.offers != stable {
		t.Errorf("state %v, offers %v, reports %+v", o.d.State(), o.d.offers, o.reports)
	}
}

func TestI16PolicyOff(t *testing.T) {
	s := newStage(t)
	_, p := s.ringing(answer, "Supported: 100rel")
	if header(p, "RSeq") != "" {
		t.Error("a reliable 183 although the trunk has it off")
	}
	s.want(s.pass(30*time.Second), "")
}

func TestI17NoPRACK(t *testing.T) {
	s := newStage(t)
	o, _ := s.ringing("", "Require: 100rel")
	zero := s.now
	ps := s.pass(33 * time.Second)
	if got := offsets(ps, zero, "SIP/2.0 180"); !equal(got, []int{500, 1500, 3500, 7500, 15500, 31500}) {
		t.Errorf("180 again at %v", got)
	}
	if got := offsets(ps, zero, "SIP/2.0 504"); len(got) == 0 || got[0] != 32000 {
		t.Errorf("504 at %v", got)
	}
	if e := o.has(Ended); e == nil || e.Status != 504 || e.By != Nobody {
		t.Errorf("reports %+v", o.reports)
	}
}

// TestI16SecondWaitsForTheFirst: one reliable 1xx at a time (RFC 3262 §3).
func TestI16SecondWaitsForTheFirst(t *testing.T) {
	s := newStage(t)
	o, p := s.ringing("", "Require: 100rel")
	n := len(s.packets)
	o.step(Ring{SDP: []byte(answer)})
	s.want(s.packets[n:], "")
	s.want(s.receive(message("PRACK", 2, "p1", tagOf(p), "", rack(p))), "200 PRACK, 183 INVITE")
	if !strings.HasSuffix(string(s.last().Data), answer) {
		t.Error("the 183 has no answer")
	}
}

// TestI16OfferInReliable183: an INVITE without an offer gets ours in the 183, its answer comes in the PRACK (RFC 3262 §5).
func TestI16OfferInReliable183(t *testing.T) {
	s := newStage(t)
	s.receive(message("INVITE", 1, "inv", "", "", "Require: 100rel"))
	o := s.calls[0]
	o.step(Ring{SDP: []byte(offer)})
	p := s.last()
	if !strings.HasSuffix(string(p.Data), offer) {
		t.Fatalf("183\n%s", p.Data)
	}
	s.want(s.receive(message("PRACK", 2, "p1", tagOf(p), answer, rack(p))), "200 PRACK")
	if r := o.has(ReofferAnswered); r == nil || string(r.SDP) != answer {
		t.Fatalf("reports %+v", o.reports)
	}
	// A further PRACK-time offer: an UPDATE of theirs, now that offer and answer are complete.
	s.want(s.receive(message("UPDATE", 3, "u1", tagOf(p), offer)), "")
	if r := o.has(Reoffered); r == nil {
		t.Fatalf("reports %+v", o.reports)
	}
	n := len(s.packets)
	o.step(AnswerReoffer{SDP: []byte(answer)})
	s.want(s.packets[n:], "200 UPDATE")
	n = len(s.packets)
	o.step(Answer{SDP: []byte(offer)})
	s.want(s.packets[n:], "200 INVITE")
	if strings.Contains(string(s.last().Data), "m=audio") {
		t.Error("the 200 offers again")
	}
}

// TestI16PRACKWithOffer: the PRACK of an answered 183 may offer again; the call answers it in the 200 (RFC 3262 §5).
func TestI16PRACKWithOffer(t *testing.T) {
	s := newStage(t)
	o, p := s.ringing(answer, "Require: 100rel")
	s.want(s.receive(message("PRACK", 2, "p1", tagOf(p), offer, rack(p), "Supported: timer")), "")
	n := len(s.packets)
	o.step(AnswerReoffer{SDP: []byte(answer)})
	s.want(s.packets[n:], "200 PRACK")
	if !strings.HasSuffix(string(s.last().Data), answer) {
		t.Error("the 200 has no answer")
	}
	if header(s.last(), "Session-Expires") != "" { // only INVITE and UPDATE set the timer (RFC 4028 §3)
		t.Errorf("200\n%s", s.last().Data)
	}
}

// reliable1xx is the peer's reliable response to our INVITE.
func reliable1xx(inv Packet, status, rseq int, body string, extra ...string) string {
	return replyBody(inv, status, body, append(extra, "Require: 100rel", fmt.Sprintf("RSeq: %d", rseq), "Contact: <sip:200@198.51.100.9>")...)
}

func TestO02PRACKs(t *testing.T) {
	s := newStage(t)
	o := s.place()
	inv := s.last()
	s.want(s.receive(reliable1xx(inv, 180, 7, "")), "PRACK")
	prack := s.last()
	if header(prack, "RAck") != "7 1 INVITE" || header(prack, "CSeq") != "2 PRACK" || start(prack) != "PRACK sip:200@198.51.100.9 SIP/2.0" || tagOf(prack) != "theirs" {
		t.Errorf("PRACK\n%s", prack.Data)
	}
	s.want(s.receive(reply(prack, 200)), "")
	s.want(s.receive(reliable1xx(inv, 180, 7, "")), "") // a copy
	s.want(s.receive(reliable1xx(inv, 183, 9, "")), "") // out of sequence
	s.want(s.receive(reliable1xx(inv, 183, 8, answer)), "PRACK")
	if r := o.reports[len(o.reports)-1]; r.Kind != Progress || r.Status != 183 || string(r.SDP) != answer || r.Tag != "theirs" {
		t.Errorf("reports %+v", o.reports)
	}
	s.receive(reply(s.last(), 200))
	s.want(s.receive(reply(inv, 200, "Contact: <sip:200@198.51.100.9>")), "ACK")
	if header(s.last(), "CSeq") != "1 ACK" {
		t.Errorf("ACK\n%s", s.last().Data)
	}
	if r := o.has(Answered); r == nil || string(r.SDP) != answer {
		t.Errorf("reports %+v", o.reports)
	}
}

// TestO01LateOffer: our INVITE has no offer; theirs comes in the 200 and is answered in the ACK, or in a reliable 183 and is answered in the PRACK.
func TestO01LateOffer(t *testing.T) {
	s := newStage(t)
	o := s.place(func(c *Outgoing) { c.SDP = nil })
	inv := s.last()
	ok := replyBody(inv, 200, offer, "Contact: <sip:200@198.51.100.9>")
	s.want(s.receive(ok), "")
	s.want(s.receive(ok), "") // the ACK waits for the call
	if r := o.has(Answered); r == nil || !r.Offer || string(r.SDP) != offer {
		t.Fatalf("reports %+v", o.reports)
	}
	n := len(s.packets)
	o.step(AnswerReoffer{SDP: []byte(answer)})
	s.want(s.packets[n:], "ACK")
	if !strings.HasSuffix(string(s.last().Data), answer) {
		t.Errorf("ACK\n%s", s.last().Data)
	}
	s.want(s.receive(ok), "ACK")

	s = newStage(t)
	o = s.place(func(c *Outgoing) { c.SDP = nil })
	s.receive(replyBody(s.last(), 200, offer, "Contact: <sip:200@198.51.100.9>"))
	n = len(s.packets)
	o.step(AnswerReoffer{Status: 488}) // a 2xx must be acknowledged all the same
	s.want(s.packets[n:], "ACK, BYE")

	s = newStage(t)
	o = s.place(func(c *Outgoing) { c.SDP = nil })
	inv = s.last()
	s.want(s.receive(reliable1xx(inv, 183, 1, offer)), "")
	if r := o.has(Progress); r == nil || !r.Offer {
		t.Fatalf("reports %+v", o.reports)
	}
	n = len(s.packets)
	o.step(AnswerReoffer{SDP: []byte(answer)})
	s.want(s.packets[n:], "PRACK")
	if !strings.HasSuffix(string(s.last().Data), answer) {
		t.Errorf("PRACK\n%s", s.last().Data)
	}
	s.want(s.receive(reply(inv, 200, "Contact: <sip:200@198.51.100.9>")), "ACK")
	if strings.Contains(string(s.last().Data), "m=audio") {
		t.Error("the ACK answers again")
	}
}
