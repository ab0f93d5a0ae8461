package dialog

import (
	"strings"
	"testing"
	"time"
)

func TestI18SessionInterval(t *testing.T) {
	s := newStage(t)
	ps := s.receive(message("INVITE", 1, "a", "", offer, "Session-Expires: 60", "Supported: timer"))
	s.want(ps, "422 INVITE")
	if header(ps[0], "Min-SE") != "90" {
		t.Errorf("422\n%s", ps[0].Data)
	}
	for _, c := range []struct{ se, supported, want, require string }{
		{"60", "", "60;refresher=uas", ""}, // who cannot be told is not refused
		{"90", "timer", "90;refresher=uac", "timer"},
		{"90;refresher=uas", "timer", "90;refresher=uas", ""},
		{"600;refresher=uac", "timer", "600;refresher=uac", "timer"},
		{"", "timer", "1800;refresher=uas", ""},
		{"", "", "", ""},
		{"junk", "timer", "1800;refresher=uas", ""},
	} {
		s := newStage(t)
		extra := []string{}
		if c.se != "" {
			extra = append(extra, "Session-Expires: "+c.se)
		}
		if c.supported != "" {
			extra = append(extra, "Supported: "+c.supported)
		}
		s.receive(message("INVITE", 1, "a", "", offer, extra...))
		s.calls[0].act(Answer{SDP: []byte(answer)})
		if ok := s.last(); header(ok, "Session-Expires") != c.want || header(ok, "Require") != c.require {
			t.Errorf("%q, %q: Session-Expires %q, Require %q", c.se, c.supported, header(ok, "Session-Expires"), header(ok, "Require"))
		}
	}
}

// timed brings a call with a session timer up.
func (s *stage) timed(se string, extra ...string) (*owned, string) {
	s.t.Helper()
	s.receive(message("INVITE", 1, "inv", "", offer, append(extra, "Session-Expires: "+se, "Supported: timer")...))
	o := s.calls[0]
	o.act(Answer{SDP: []byte(answer)})
	tag := tagOf(s.last())
	s.receive(message("ACK", 1, "ack", tag, ""))
	return o, tag
}

func TestD06WeRefresh(t *testing.T) {
	s := newStage(t)
	o, _ := s.timed("90;refresher=uas", "Allow: INVITE, ACK, BYE, UPDATE")
	zero := s.now
	ps := s.pass(44900 * time.Millisecond)
	s.want(ps, "")
	ps = s.pass(200 * time.Millisecond)
	s.want(ps, "UPDATE")
	if at := ps[0].At.Sub(zero); at != 45*time.Second || header(ps[0], "Session-Expires") != "90;refresher=uac" || !strings.HasSuffix(string(ps[0].Data), "\r\n\r\n") {
		t.Errorf("after %v\n%s", at, ps[0].Data)
	}
	s.receive(reply(ps[0], 200, "Session-Expires: 90;refresher=uac"))
	s.want(s.pass(44*time.Second), "")
	s.want(s.pass(1100*time.Millisecond), "UPDATE")
	if o.has(ReofferAnswered) != nil || o.has(ReofferFailed) != nil {
		t.Errorf("the call hears of refreshes: %+v", o.reports)
	}
}

func TestD06RefreshByReinvite(t *testing.T) {
	s := newStage(t)
	o, _ := s.timed("90;refresher=uas")
	ps := s.pass(45 * time.Second)
	s.want(ps, "INVITE")
	if !strings.HasSuffix(string(ps[0].Data), answer) {
		t.Errorf("the refresh does not repeat our description\n%s", ps[0].Data)
	}
	// An offer of the call's waits for the refresh.
	s.want(o.act(Reoffer{SDP: []byte(offer)}), "")
	s.want(s.receive(replyBody(ps[0], 200, offer, "Session-Expires: 90;refresher=uac")), "ACK, INVITE")
	if !strings.HasSuffix(string(s.last().Data), offer) {
		t.Errorf("INVITE\n%s", s.last().Data)
	}
}

func TestD06RefusedRefresh(t *testing.T) {
	s := newStage(t)
	o, _ := s.timed("90;refresher=uas", "Allow: INVITE, ACK, BYE, UPDATE")
	zero := s.now
	s.receive(reply(s.pass(45 * time.Second)[0], 500))
	ps := s.pass(1100 * time.Millisecond)
	s.want(ps, "UPDATE") // once more
	s.receive(reply(ps[0], 500))
	if got := offsets(s.pass(20*time.Second), zero, "BYE "); len(got) == 0 || got[0] != 60000 {
		t.Errorf("BYE at %v", got)
	}
	// 481 ends it at once.
	s = newStage(t)
	o, _ = s.timed("90;refresher=uas", "Allow: INVITE, ACK, BYE, UPDATE")
	s.want(s.receive(reply(s.pass(45 * time.Second)[0], 481)), "BYE")
	s.receive(reply(s.last(), 200))
	if e := o.has(Ended); e == nil || e.Status != 481 {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestD06AskedLonger(t *testing.T) {
	s := newStage(t)
	_, _ = s.timed("90;refresher=uas", "Allow: INVITE, ACK, BYE, UPDATE")
	s.want(s.receive(reply(s.pass(45 * time.Second)[0], 422, "Min-SE: 300")), "UPDATE")
	if u := s.last(); header(u, "Session-Expires") != "300;refresher=uac" || header(u, "Min-SE") != "300" {
		t.Errorf("UPDATE\n%s", u.Data)
	}
}

func TestD07PeerIsSilent(t *testing.T) {
	s := newStage(t)
	o, tag := s.timed("90")
	zero := s.now
	s.pass(50 * time.Second)
	s.want(s.receive(message("UPDATE", 2, "u", tag, "", "Supported: timer", "Session-Expires: 90;refresher=uac")), "200 UPDATE")
	if r := header(s.last(), "Session-Expires"); r != "90;refresher=uac" {
		t.Errorf("Session-Expires %q", r)
	}
	if got := offsets(s.pass(70*time.Second), zero, "BYE "); len(got) == 0 || got[0] != 110000 {
		t.Errorf("BYE at %v", got)
	}
	if e := o.end(); e.By != Nobody || e.Q850 != 102 {
		t.Errorf("end %+v", e)
	}
}

// end is the report of the end, after the far side answered the BYE.
func (o *owned) end() Report {
	o.s.t.Helper()
	o.s.receive(reply(o.s.lastOf("BYE"), 200))
	e := o.has(Ended)
	if e == nil {
		o.s.t.Fatalf("no end: %+v", o.reports)
	}
	return *e
}

// TestD07UAC: as the caller we keep what the 2xx grants; a 2xx without Session-Expires grants nothing.
func TestD07UAC(t *testing.T) {
	s := newStage(t)
	s.placed("INVITE, ACK, BYE, UPDATE", "Session-Expires: 90;refresher=uas")
	zero := s.now
	if got := offsets(s.pass(61*time.Second), zero, "BYE "); len(got) == 0 || got[0] != 60000 {
		t.Errorf("BYE at %v", got)
	}
	s = newStage(t)
	s.placed("INVITE, ACK, BYE, UPDATE", "Session-Expires: 90;refresher=uac", "Require: timer")
	s.want(s.pass(45*time.Second), "UPDATE")
	s = newStage(t)
	o, _ := s.placed("INVITE, ACK, BYE, UPDATE")
	s.want(s.pass(4*time.Hour), "")
	if o.d.State() != StateConfirmed {
		t.Errorf("state %v", o.d.State())
	}
}

func TestI18ReinviteWithShortInterval(t *testing.T) {
	s := newStage(t)
	_, tag := s.confirmed()
	s.want(s.receive(message("INVITE", 2, "re", tag, offer, "Session-Expires: 30", "Supported: timer")), "422 INVITE")
	s.want(s.receive(message("UPDATE", 3, "up", tag, "", "Session-Expires: 30", "Supported: timer")), "422 UPDATE")
}
