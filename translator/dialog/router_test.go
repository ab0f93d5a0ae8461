package dialog

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestSecurityMethods(t *testing.T) { // S15: each method, outside a dialog, from a trunk and from a stranger
	for _, c := range []struct{ method, want string }{
		{"OPTIONS", "200 OPTIONS"}, {"BYE", "481 BYE"}, {"CANCEL", "481 CANCEL"}, {"UPDATE", "481 UPDATE"}, {"PRACK", "481 PRACK"}, {"INFO", "481 INFO"},
		{"NOTIFY", "481 NOTIFY"}, {"REFER", "481 REFER"}, {"ACK", ""}, {"REGISTER", "405 REGISTER"}, {"SUBSCRIBE", "405 SUBSCRIBE"}, {"MESSAGE", "405 MESSAGE"},
		{"PUBLISH", "405 PUBLISH"}, {"invite", "405 invite"}, {"FOO", "405 FOO"}, {"INVITE", "100 INVITE"},
	} {
		for _, tag := range []string{"", "unknown"} {
			s := newStage(t)
			want := c.want
			if tag != "" && (c.method == "INVITE" || c.method == "OPTIONS") {
				want = "481 " + c.method
			}
			ps := s.receive(message(c.method, 1, "m", tag, ""))
			if starts(ps) != want {
				t.Errorf("%s tag %q: %q, want %q", c.method, tag, starts(ps), want)
			}
			if strings.HasPrefix(want, "405") && header(ps[0], "Allow") != allowed {
				t.Errorf("%s: Allow %q", c.method, header(ps[0], "Allow"))
			}
			if ps := s.receiveFrom(message(c.method, 1, "m2", tag, ""), netip.MustParseAddrPort("203.0.113.66:5060")); len(ps) != 0 {
				t.Errorf("%s: a stranger got %q", c.method, starts(ps))
			}
		}
	}
}

func TestSecurityStrangers(t *testing.T) { // I10
	s := newStage(t)
	_, tag := s.confirmed()
	before, open := len(s.packets), s.v.Transactions()
	for i := range 1000 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)}), 5060)
		s.receiveFrom(message("INVITE", 1, "x"+strconv.Itoa(i), "", offer), from)
		s.receiveFrom(message("BYE", 2, "y"+strconv.Itoa(i), tag, ""), from) // a known dialog is no exception
		s.receiveFrom("garbage", from)
	}
	if len(s.packets) != before || s.v.Transactions() != open || s.v.Dialogs() != 1 || len(s.calls) != 1 {
		t.Errorf("%d packets, %d transactions, %d dialogs", len(s.packets)-before, s.v.Transactions()-open, s.v.Dialogs())
	}
	if got := s.v.Stats().Strangers; got != 3000 {
		t.Errorf("%d strangers counted", got)
	}
}

// TestSecurityOtherTrunk: a trunk does not reach the dialogs of another one.
func TestSecurityOtherTrunk(t *testing.T) {
	s := newStage(t, func(c *Config) {
		c.Trunks = append(c.Trunks, Trunk{Name: "other", Networks: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}})
	})
	o, tag := s.confirmed()
	s.want(s.receiveFrom(message("BYE", 2, "bye", tag, ""), netip.MustParseAddrPort("203.0.113.5:5060")), "481 BYE")
	if o.d.State() != StateConfirmed {
		t.Errorf("state %v", o.d.State())
	}
}

func TestI12I19I20OrderOfChecks(t *testing.T) { // translation.md §1.6
	multipart := func(handling string) (string, string) {
		return "--b\r\nContent-Type: application/sdp\r\n\r\n" + offer + "\r\n--b\r\nContent-Type: application/isup\r\nContent-Disposition: signal;handling=" + handling +
			"\r\n\r\n\x01\x02\r\n--b--\r\n", "Content-Type: multipart/mixed;boundary=\"b\""
	}
	required, ct := multipart("required")
	optional, _ := multipart("optional")
	for _, c := range []struct {
		name, body string
		extra      []string
		want       string
		header     string // "Name: value" that the answer must have
	}{
		{name: "unknown extension", extra: []string{"Require: foo, norefersub", "Proxy-Require: x"}, want: "420", header: "Unsupported: foo"},
		{name: "known extensions", extra: []string{"Require: 100rel, timer, replaces, norefersub"}, want: "100"},
		{name: "session interval", extra: []string{"Session-Expires: 60", "Supported: timer"}, want: "422", header: "Min-SE: 90"},
		{name: "preconditions", extra: []string{"Require: precondition"}, want: "420", header: "Unsupported: precondition"},
		{name: "body type", body: "x", extra: []string{"Content-Type: text/plain"}, want: "415", header: "Accept: application/sdp"},
		{name: "body without type", body: "x", extra: []string{"Content-Type:-"}, want: "415", header: "Accept: application/sdp"},
		{name: "encoded body", body: offer, extra: []string{"Content-Encoding: gzip"}, want: "415", header: "Accept-Encoding: identity"},
		{name: "multipart, unknown part required", body: required, extra: []string{ct}, want: "415", header: "Accept: application/sdp"},
		{name: "multipart, unknown part optional", body: optional, extra: []string{ct}, want: "100"},
		{name: "hops used up", extra: []string{"Max-Forwards: 0"}, want: "483"},
		{name: "no Max-Forwards", extra: []string{"Max-Forwards:-"}, want: "100"},
		{name: "no Contact", extra: []string{"Contact:-"}, want: "400"},
		{name: "tel Contact", extra: []string{"Contact: <tel:+1>"}, want: "400"},
		{name: "star Contact", extra: []string{"Contact: *"}, want: "400"},
		{name: "two Replaces", extra: []string{"Replaces: a;to-tag=b;from-tag=c\r\nReplaces: a;to-tag=b;from-tag=c"}, want: "400"},
		{name: "Replaces of nothing", extra: []string{"Replaces: a;to-tag=b;from-tag=c"}, want: "481"},
		{name: "does not take SDP", extra: []string{"Accept: text/plain"}, want: "406"},
		{name: "takes anything", extra: []string{"Accept: text/plain, */*"}, want: "100"},
	} {
		s := newStage(t)
		ps := s.receive(message("INVITE", 1, "inv", "", c.body, c.extra...))
		if starts(ps) != c.want+" INVITE" {
			t.Errorf("%s: %q, want %s", c.name, starts(ps), c.want)
			continue
		}
		if n, v, ok := strings.Cut(c.header, ": "); ok && header(ps[0], n) != v {
			t.Errorf("%s: %s %q", c.name, n, header(ps[0], n))
		}
		if c.want == "100" && c.name == "multipart, unknown part optional" && string(s.calls[0].in.SDP) != offer {
			t.Errorf("%s: SDP %q", c.name, s.calls[0].in.SDP)
		}
	}
	s := newStage(t)
	s.want(s.receive(strings.Replace(message("INVITE", 1, "u", "", ""), "INVITE sip:", "INVITE urn:", 1)), "416 INVITE")
	s.want(s.receive(strings.Replace(message("OPTIONS", 1, "v", "", ""), "OPTIONS sip:support@192.0.2.1", "OPTIONS tel:+15551234", 1)), "200 OPTIONS")
	s.want(s.receive(strings.Replace(message("OPTIONS", 1, "w", "", ""), "SIP/2.0\r\n", "SIP/3.0\r\n", 1)), "505 OPTIONS")
	large := s.receive(message("INVITE", 1, "l", "", offer, "CSeq: 2147483648 INVITE")) // its sender finds his transaction by it
	s.want(large, "400 INVITE")
}

func TestI13Merged(t *testing.T) { // I13
	s := newStage(t)
	s.want(s.receive(message("INVITE", 1, "one", "", offer)), "100 INVITE")
	s.want(s.receive(message("INVITE", 1, "two", "", offer)), "482 INVITE")
	if len(s.calls) != 1 || s.calls[0].d.State() != StateTrying {
		t.Errorf("%d calls", len(s.calls))
	}
	// It is looked for before the extensions (RFC 3261 §8.2.2.2, §8.2.2.3), and not in requests that begin nothing.
	s.want(s.receive(message("INVITE", 1, "three", "", offer, "Call-ID: second", "Require: foo")), "420 INVITE")
	s.want(s.receive(message("INVITE", 1, "four", "", offer, "Call-ID: second", "Require: foo")), "482 INVITE")
	s.want(s.receive(message("OPTIONS", 1, "five", "", "")), "200 OPTIONS")
	s.want(s.receive(message("OPTIONS", 1, "six", "", "")), "200 OPTIONS")
	var m merges
	for i := range 3 * maxMerges {
		m.seen(strconv.Itoa(i), "b", t0)
	}
	if len(m.queue) != maxMerges || len(m.branch) != maxMerges {
		t.Errorf("table holds %d, %d", len(m.queue), len(m.branch))
	}
	m.seen("x", "b", t0.Add(time.Minute))
	if len(m.queue) != 1 {
		t.Errorf("after a minute %d", len(m.queue))
	}
}

func TestI11Draining(t *testing.T) {
	s := newStage(t)
	_, tag := s.confirmed()
	s.v.Drain()
	ps := s.receive(message("INVITE", 1, "new", "", offer, "Call-ID: other"))
	s.want(ps, "503 INVITE")
	if header(ps[0], "Retry-After") == "" || header(ps[0], "Reason") != "Q.850;cause=42" {
		t.Errorf("503\n%s", ps[0].Data)
	}
	s.want(s.receive(message("OPTIONS", 1, "opt", "", "", "Call-ID: third")), "503 OPTIONS")
	s.want(s.receive(message("OPTIONS", 2, "opt2", tag, "")), "200 OPTIONS")
	s.want(s.receive(message("INVITE", 3, "re", tag, offer)), "100 INVITE")
}

func TestAdmission(t *testing.T) {
	s := newStage(t)
	s.full = true
	s.want(s.receive(message("INVITE", 1, "new", "", offer)), "503 INVITE")
	if len(s.calls) != 0 || s.v.Dialogs() != 0 {
		t.Error("a refused call left something")
	}
}

func TestSecurityTrustHeaders(t *testing.T) { // S16
	msg := message("INVITE", 1, "inv", "", offer, "P-Asserted-Identity: \"Boss\u202e\" <sip:1@x>, <tel:+2>", "X-Data:  one", "X-Secret: two",
		"User-to-User: "+strings.Repeat("a", 40))
	for _, trusted := range []bool{false, true} {
		s := newStage(t, func(c *Config) {
			c.Trunks[0].Trusted, c.Trunks[0].UserToUser = trusted, trusted
			c.Trunks[0].Headers = []string{"x-data"}
		})
		s.receive(strings.Replace(msg, "X-Data:", "x-DATA \t:", 1))
		in := s.calls[0].in
		if (in.Asserted != nil) != trusted || trusted && (in.Asserted.User != "1" || in.Asserted.Display != "Boss") {
			t.Errorf("trusted %v: asserted %+v", trusted, in.Asserted)
		}
		if (in.UserToUser != "") != trusted {
			t.Errorf("trusted %v: UUI %q", trusted, in.UserToUser)
		}
		if len(in.Headers) != 1 || in.Headers["x-data"] != "one" {
			t.Errorf("headers %v", in.Headers)
		}
	}
	s := newStage(t, func(c *Config) { c.Trunks[0].UserToUser = true })
	s.receive(message("INVITE", 1, "inv", "", offer, "User-to-User: "+strings.Repeat("a", 257)))
	if s.calls[0].in.UserToUser != "" {
		t.Error("a long User-to-User passed")
	}
}

// TestSecurityWithheldNumber: who asks for privacy is anonymous to agents, on a trusted trunk too (RFC 3323, RFC 3325 §9.3).
func TestSecurityWithheldNumber(t *testing.T) {
	for _, row := range []struct {
		privacy string
		known   bool
	}{{"id", false}, {"ID;critical", false}, {"header; user", false}, {"none", true}, {"history", true}, {"", true}} {
		s := newStage(t, func(c *Config) { c.Trunks[0].Trusted = true })
		extra := []string{"P-Asserted-Identity: <sip:+491@x>"}
		if row.privacy != "" {
			extra = append(extra, "Privacy: "+row.privacy)
		}
		s.receive(message("INVITE", 1, "inv", "", offer, extra...))
		in := s.calls[0].in
		if known := in.Asserted != nil && in.From.User != "anonymous"; known != row.known {
			t.Errorf("Privacy %q: asserted %v, from %+v", row.privacy, in.Asserted, in.From)
		}
	}
}

// TestCorpus sends every real message of the corpus, each to a fresh gateway, and compares the final answer with the expected ones.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("OFFHOOK_CORPUS")
	if dir == "" {
		t.Skip("OFFHOOK_CORPUS is not set")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		SIP []struct {
			File  string          `json:"file"`
			Reply json.RawMessage `json:"reply"`
		} `json:"sip"`
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for _, c := range all.SIP {
		msg, err := os.ReadFile(filepath.Join(dir, c.File))
		if err != nil {
			t.Error(err)
			continue
		}
		s := newStage(t)
		var got []string
		s.receive(string(msg))
		for _, o := range s.calls {
			o.step(Answer{SDP: []byte(answer)})
		}
		for _, p := range s.packets {
			if code := strings.TrimPrefix(start(p), "SIP/2.0 ")[:3]; code != "100" {
				got = append(got, code)
			}
		}
		if why := outcomeOf(c.Reply, got, len(s.calls)); why != "" {
			t.Errorf("%s: got %v, want %s%s", c.File, got, c.Reply, why)
		}
	}
}

// corpusAnyStatus are statuses that the call side gives; here every good INVITE is answered 200.
var corpusAnyStatus = []string{"404", "488", "486"}

func outcomeOf(want json.RawMessage, got []string, calls int) string {
	if string(want) == `"route"` {
		if calls == 1 || len(got) == 1 && got[0] == "200" {
			return ""
		}
		return " (a call)"
	}
	var list []any
	json.Unmarshal(want, &list)
	if len(list) == 0 {
		if len(got) == 0 {
			return ""
		}
		return " "
	}
	for _, w := range list {
		w := fmt.Sprint(w)
		if w == "drop" && len(got) == 0 || len(got) == 1 && (w == got[0] || got[0] == "200" && slices.Contains(corpusAnyStatus, w)) {
			return ""
		}
	}
	return " "
}
