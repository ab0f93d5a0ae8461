package dialog

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

func TestReason(t *testing.T) {
	for _, c := range []struct {
		in        string // header lines, | between
		q850, sip int
		text      string
	}{
		{`Q.850;cause=16;text="Normal call clearing"`, 16, 0, "Normal call clearing"},
		{`SIP;cause=200;text="Call completed elsewhere"`, 0, 200, "Call completed elsewhere"},
		{`SIP;cause=486;text="Busy"|Q.850;cause=17;text="User busy"`, 17, 486, "User busy"},
		{`SIP;cause=486, q.850 ; cause = "34"`, 34, 486, ""},
		{`Q.850;cause=16;text="a;b, \"c\""`, 16, 0, `a;b, "c"`},
		{`Q.850;cause=0|Q.850;cause=x|Q.850|;;|preemption;cause=1|Q.850;cause=999`, 0, 0, ""},
		{`Q.850;cause=1;text="` + strings.Repeat("x", 500) + `"`, 1, 0, strings.Repeat("x", maxReasonText)},
		{"Q.850;cause=1;text=\"a\u202eb\"", 1, 0, "ab"},
		{`Q.850;cause=1;text="open`, 0, 0, ""},
	} {
		var hs []sip.Header
		for _, v := range strings.Split(c.in, "|") {
			hs = append(hs, sip.NewHeader("Reason", v))
		}
		q, s, text := readReason(hs)
		if q != c.q850 || s != c.sip || text != c.text {
			t.Errorf("%s: %d %d %q", c.in, q, s, text)
		}
	}
}

func TestCauseTables(t *testing.T) { // RFC 3398 §8.2.6.1, §7.2.4.1
	for status, cause := range map[int]int{404: 1, 486: 17, 480: 18, 408: 102, 403: 21, 410: 22, 484: 28, 501: 79, 502: 38, 503: 41, 504: 102, 603: 21, 499: 0} {
		if got := Q850FromStatus(status); got != cause {
			t.Errorf("%d: cause %d, want %d", status, got, cause)
		}
	}
	for cause, status := range map[int]int{1: 404, 17: 486, 18: 408, 19: 480, 20: 480, 31: 480, 21: 403, 27: 502, 42: 503, 57: 403, 88: 503, 102: 504, 16: 500, 0: 500} {
		if got := StatusFromQ850(cause); got != status {
			t.Errorf("cause %d: %d, want %d", cause, got, status)
		}
	}
}

func TestParty(t *testing.T) {
	for in, want := range map[string]Party{
		`"Ann \"A\" B" <sip:+1555;phone-context=x:secret@pbx.example:5080;user=phone?h=v>;tag=1`: {`Ann "A" B`, "+1555", "pbx.example", "sip:+1555;phone-context=x:secret@pbx.example:5080"},
		`sip:100@[2001:db8::1]:5060;tag=x`:         {"", "100", "[2001:db8::1]", "sip:100@[2001:db8::1]:5060"},
		`<tel:+15551234;phone-context=y>`:          {"", "+15551234", "", "tel:+15551234"},
		`Bob Hope <sip:bob%20h@x>`:                 {"Bob Hope", "bob h", "x", "sip:bob%20h@x"},
		"\"evil\u202ename\u0007\" <sip:a%0d%0a@x>": {"evilname", "a", "x", "sip:a%0d%0a@x"},
	} {
		a, ok := parseNameAddr(in)
		if got := a.party(); !ok || got != want {
			t.Errorf("%s: %v %+v", in, ok, got)
		}
	}
	for _, bad := range []string{"", "<>", `"open <sip:a@b>`, "<sip:a@b", "< sip:a@b >", `"x" sip:a@b`, "<sip:a b@c>", "<sip:a@b>x"} {
		if _, ok := parseNameAddr(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}
