package dialog

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func addr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func TestD08Digits(t *testing.T) {
	for _, c := range []struct {
		kind, body, want string
		tone             time.Duration
	}{
		{"application/dtmf-relay", "Signal= 5", "5", 160 * time.Millisecond},
		{"application/dtmf-relay", "Signal=*\r\nDuration=250\r\n", "*", 250 * time.Millisecond},
		{"Application/DTMF-Relay", "signal = 11\nduration = 99999\n", "#", 160 * time.Millisecond},
		{"application/dtmf-relay", "Signal=a\r\nDuration=1\r\n", "A", 40 * time.Millisecond},
		{"application/dtmf-relay", "Signal=15\r\nDuration=9000\r\n", "D", 6 * time.Second},
		{"application/dtmf-relay", "Signal=16\r\n", "flash", 160 * time.Millisecond},
		{"application/dtmf-relay", "Signal=17\r\n", "", 0},
		{"application/dtmf-relay", "Duration=100\r\n", "", 0},
		{"application/dtmf", "#", "#", 160 * time.Millisecond},
		{"application/dtmf", " 10 ", "*", 160 * time.Millisecond},
		{"application/dtmf", "xyz", "", 0},
	} {
		s := newStage(t)
		o, tag := s.confirmed()
		s.want(s.receive(message("INFO", 2, "i", tag, c.body, "Content-Type: "+c.kind)), "200 INFO")
		r := o.has(Digit)
		if (r == nil) != (c.want == "") || r != nil && (r.Digit != c.want || r.Duration != c.tone) {
			t.Errorf("%s %q: %+v", c.kind, c.body, r)
		}
	}
	s := newStage(t)
	o, tag := s.confirmed()
	s.want(s.receive(message("INFO", 2, "e", tag, "")), "200 INFO")
	s.want(s.receive(message("INFO", 3, "t", tag, "5", "Content-Type: text/plain")), "415 INFO")
	if o.has(Digit) != nil {
		t.Errorf("reports %+v", o.reports)
	}
}

func TestD09InfoPackage(t *testing.T) {
	s := newStage(t)
	_, tag := s.confirmed()
	ps := s.receive(message("INFO", 2, "p", tag, "5", "Content-Type: application/dtmf", "Info-Package: foo"))
	s.want(ps, "469 INFO")
	if len(headers(ps[0], "Recv-Info")) != 1 {
		t.Errorf("469\n%s", ps[0].Data)
	}
	s.want(s.receive(message("INFO", 3, "o", "unknown", "")), "481 INFO")
}

func TestD08DigitsOut(t *testing.T) {
	s := newStage(t)
	o, _ := s.confirmed()
	s.want(o.act(Info{Digit: "5", Duration: 100 * time.Millisecond}), "INFO")
	first := s.last()
	if !strings.HasSuffix(string(first.Data), "\r\n\r\nSignal=5\r\nDuration=100\r\n") || header(first, "Content-Type") != "application/dtmf-relay" {
		t.Errorf("INFO\n%s", first.Data)
	}
	s.want(o.act(Info{Digit: "#"}), "") // after the answer to the first
	s.want(o.act(Info{Digit: "flash"}), "")
	s.want(s.receive(reply(first, 200)), "INFO")
	if !strings.HasSuffix(string(s.last().Data), "Signal=#\r\nDuration=160\r\n") {
		t.Errorf("INFO\n%s", s.last().Data)
	}
	s.want(s.receive(reply(s.last(), 415)), "INFO")
	if r := o.has(InfoFailed); r == nil || r.Status != 415 || r.By != There {
		t.Errorf("reports %+v", o.reports)
	}
	s.want(s.receive(reply(s.last(), 481)), "BYE") // the far side has no such call
	o.reports = nil
	for range maxDigits + 5 {
		o.act(Info{Digit: "1"})
	}
	if len(o.d.digits) > maxDigits {
		t.Errorf("%d digits wait", len(o.d.digits))
	}
}

// TestSecurityDigitsAreBounded: a peer that does not answer makes nothing grow, and no text makes a line.
func TestSecurityDigitsAreBounded(t *testing.T) {
	s := newStage(t)
	o, _ := s.confirmed()
	for range 2 * maxDigits {
		o.act(Info{Digit: "1"})
	}
	o.act(Info{Digit: "1\r\nX: 1"})
	failed := 0
	for _, r := range o.reports {
		if r.Kind == InfoFailed && r.By == Here {
			failed++
		}
	}
	if len(o.d.digits) != maxDigits || failed != maxDigits {
		t.Errorf("%d wait, %d refused", len(o.d.digits), failed)
	}
}
