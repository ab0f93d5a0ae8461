package dialplan

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// german is a site in Germany with one carrier for all, another for what is abroad, and a PBX.
func german() Settings {
	return Settings{
		Country: "49", National: "0", International: []string{"00"},
		Allow: []string{"+49*", "+43*", "+1*", "+39*", "+225*", "+49900123*", "112", "47*", "*31#"},
		Deny:  []string{"+4930666*", "4799"},
		Domains: []Domain{
			{"pbx.example.com", []string{"pbx"}}, {"192.0.2.7", []string{"pbx"}}, {"[2001:db8::7]", []string{"pbx"}},
		},
		Routes: []Route{
			{Numbers: "+*", Trunks: []string{"abroad", "carrier"}, Format: Plusless},
			{Numbers: "+49*", Trunks: []string{"carrier"}, Format: National, Host: "sip.carrier.example"},
			{Numbers: "+493012345", Trunks: []string{"pbx"}, Format: AsIs},
			{Numbers: "112", Trunks: []string{"carrier"}},
			{Numbers: "47*", Trunks: []string{"pbx"}, Format: AsIs},
			{Numbers: "*31#", Trunks: []string{"pbx"}},
		},
		Callers: []Caller{
			{Number: "030 99 88-0", Name: "Example & Sons"},
			{Number: "+49 800 1234567", Queue: "support"},
		},
	}
}

func plan(t testing.TB, s Settings) *Plan {
	t.Helper()
	p, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var everything = []string{"*"}

func TestANumberGoesByItsLongestRoute(t *testing.T) {
	p := plan(t, german())
	rows := []struct {
		to, number, user, host string
		trunks                 []string
	}{
		{"+43 1 58858", "+43158858", "43158858", "", []string{"abroad", "carrier"}},
		{"089 32168", "+498932168", "08932168", "sip.carrier.example", []string{"carrier"}},
		{"030/12345", "+493012345", "03012345", "", []string{"pbx"}},
		{"+49 30 123456", "+4930123456", "030123456", "sip.carrier.example", []string{"carrier"}},
		{"112", "112", "112", "", []string{"carrier"}},
		{"4711", "4711", "4711", "", []string{"pbx"}},
		{"*31#", "*31#", "*31%23", "", []string{"pbx"}},
	}
	for _, r := range rows {
		t.Run(r.to, func(t *testing.T) {
			d, denied := p.Resolve(everything, r.to, "")
			if denied != nil {
				t.Fatal(denied)
			}
			if d.Kind != Number || d.Number != r.number || d.User != r.user || d.Host != r.host || !slices.Equal(d.Trunks, r.trunks) {
				t.Errorf("got %+v, want %+v", d, r)
			}
			if d.Longest != 4*time.Hour {
				t.Errorf("ended after %s, want 4h", d.Longest)
			}
		})
	}
}

func TestNumbersAreReadAsTheCountryWritesThem(t *testing.T) {
	rows := []struct {
		name string
		s    Settings
		read map[string]string // "" for one that cannot be read
	}{
		{"Germany", Settings{Country: "49", National: "0", International: []string{"00"}}, map[string]string{
			"0301234567": "+49301234567", "004930123": "+4930123", "+49 (0)30 123": "+4930123", "0049(0)30123": "+4930123", "(030) 123": "+4930123",
			"(0)30 1234567": "+49301234567", "12345": "12345", "0": "0", "00": "", "+49 030 123": "", "+39 06 698": "+3906698", "+39 (0)6 698": "", "+49(0)(0)30123": "",
		}},
		{"United States", Settings{Country: "1", National: "1", NationalLengths: []int{10}, International: []string{"011"}}, map[string]string{
			"(212) 555-1234": "+12125551234", "1-212-555-1234": "+12125551234", "011 49 30 123": "+4930123", "911": "911", "555-1234": "5551234", "0": "0",
		}},
		{"Denmark", Settings{Country: "45", NationalLengths: []int{8}, International: []string{"00"}}, map[string]string{
			"33 12 34 56": "+4533123456", "0045 33123456": "+4533123456", "112": "112", "1234567": "1234567",
		}},
		{"Italy", Settings{Country: "39", NationalLengths: []int{6, 7, 8, 9, 10, 11}, International: []string{"00"}}, map[string]string{
			"06 698 12345": "+390669812345", "+39 06 69812345": "+390669812345", "0039 06 69812345": "+390669812345", "113": "113",
		}},
		{"Russia", Settings{Country: "7", National: "8", International: []string{"810"}}, map[string]string{
			"8 495 1234567": "+74951234567", "8 800 5553535": "+78005553535", "+7 800 5553535": "+78005553535", "810 49 30 123": "+4930123", "+7 10 49 30": "",
		}},
		{"no country", Settings{}, map[string]string{"030 123": "030123", "+49 30 123": "+4930123", "0049 30": "004930"}},
	}
	for _, r := range rows {
		p := plan(t, r.s)
		for text, want := range r.read {
			n, denied := p.read(text)
			if denied != nil && want != "" || denied == nil && n.String() != want {
				t.Errorf("%s: %q is %q, %v; want %q", r.name, text, n, denied, want)
			}
		}
	}
}

// TestRightsNarrowWhatIsAllowed: both have to agree.
func TestRightsNarrowWhatIsAllowed(t *testing.T) {
	p := plan(t, german())
	rows := []struct {
		rights []string
		to     string
		want   Why
	}{
		{nil, "030 12345", NoRight},
		{[]string{}, "030 12345", NoRight},
		{[]string{""}, "030 12345", NoRight},
		{[]string{"+4930*"}, "030 12345", ""},
		{[]string{"+4930*"}, "089 12345", NoRight},
		{[]string{"+493012345"}, "+493012345", ""},
		{[]string{"+493012345"}, "+4930123456", NoRight},
		{[]string{"030*"}, "030 12345", NoRight},
		{[]string{"49*"}, "030 12345", NoRight},
		{[]string{"+49**"}, "030 12345", NoRight},
		{[]string{"+33*", "+49*"}, "030 12345", ""},
		{[]string{"*"}, "+33 1 234567", NotAllowed},
		{[]string{"+49*"}, "112", NoRight},
		{[]string{"112"}, "112", ""},
		{[]string{"+49*"}, "sip:bob@pbx.example.com", NoRight},
		{[]string{"sip:*"}, "sip:bob@pbx.example.com", ""},
		{[]string{"sip:*"}, "sip:030666@pbx.example.com", InDeny},
		{[]string{"sip:*"}, "sip:03012345@pbx.example.com", NoRight},
		{[]string{"sip:bob@pbx.example.com"}, "SIP:bob@PBX.example.com", ""},
		{[]string{"sip:bob@pbx.example.com"}, "sip:bobby@pbx.example.com", NoRight},
	}
	for _, r := range rows {
		_, denied := p.Resolve(r.rights, r.to, "")
		if got := whyOf(denied); got != r.want {
			t.Errorf("%q with %q: %q, want %q", r.to, r.rights, got, r.want)
		}
	}
}

func whyOf(d *Denied) Why {
	if d == nil {
		return ""
	}
	return d.Why
}

func TestTheNumberShownIsOneOfTheAgents(t *testing.T) {
	p := plan(t, german())
	rows := []struct {
		from, to string
		queues   []string
		shown    string // FromUser
		want     Why
	}{
		{"", "089 12345", nil, "03099880", ""},
		{"+4930 9988-0", "089 12345", nil, "03099880", ""},
		{"0800 1234567", "089 12345", []string{"sales", "support"}, "08001234567", ""},
		{"0800 1234567", "+43 1 234567", []string{"support"}, "498001234567", ""},
		{"0800 1234567", "089 12345", []string{"sales"}, "", NotYours},
		{"030 1", "089 12345", nil, "", NotYours},
		{"anonymous", "089 12345", nil, "", Unreadable},
		{"+4930\r\n9988", "089 12345", nil, "", Unreadable},
	}
	for _, r := range rows {
		d, denied := p.Resolve(everything, r.to, r.from, r.queues...)
		if whyOf(denied) != r.want || d.FromUser != r.shown {
			t.Errorf("%q to %q in %q: shows %q, %v; want %q, %q", r.from, r.to, r.queues, d.FromUser, denied, r.shown, r.want)
		}
		if denied != nil && denied.Field != "from" {
			t.Errorf("%q: field %q", r.from, denied.Field)
		}
	}
	if d, _ := p.Resolve(everything, "089 12345", ""); d.From.Name != "Example & Sons" || d.From.Number != "+493099880" {
		t.Errorf("shows %+v", d.From)
	}
	if got := len(p.Callers("support")); got != 2 {
		t.Errorf("an agent of support may show %d numbers, want 2", got)
	}
}

func TestAgentsAndQueuesAreRecognised(t *testing.T) {
	rows := []struct {
		to   string
		kind Kind
		name string
	}{
		{"agent:anna", Agent, "anna"}, {"queue:billing", Queue, "billing"}, {"agent:Jörg", Agent, "Jörg"}, {"agent:", 0, ""},
		{"agent:a\r\nb", 0, ""}, {"agent:" + strings.Repeat("a", 129), 0, ""}, {"Agent:anna", 0, ""}, {"queue:\xff", 0, ""},
	}
	for _, p := range []*Plan{nil, plan(t, german())} {
		for _, r := range rows {
			d, denied := p.Resolve(nil, r.to, "")
			if d.Kind != r.kind || d.Name != r.name || (denied == nil) != (r.kind != 0) {
				t.Errorf("%q: %+v, %v; want %+v", r.to, d, denied, r)
			}
		}
	}
}

func TestNothingIsCalledWithoutAPlan(t *testing.T) {
	for name, p := range map[string]*Plan{"nil": nil, "zero": plan(t, Settings{})} {
		for _, to := range []string{"+493012345", "112", "sip:bob@pbx.example.com"} {
			if d, denied := p.Resolve(everything, to, ""); denied == nil || denied.Code != Forbidden {
				t.Errorf("%s: %q is %+v, %v", name, to, d, denied)
			}
			if d, denied := p.ResolveURI(everything, "sip:"+strings.TrimPrefix(to, "sip:")+"@h", "", nil, nil); denied == nil {
				t.Errorf("%s: REFER to %q is %+v", name, to, d)
			}
		}
	}
}

// TestAFarSidesTargetPassesTheSameGate: REFER and redirections name URIs with ports, parameters and hosts of theirs.
func TestAFarSidesTargetPassesTheSameGate(t *testing.T) {
	p := plan(t, german())
	hosts := []string{"198.51.100.4", "gw.carrier.example"}
	rows := []struct {
		target, user, host, asked string
		trunks                    []string
		want                      Why
	}{
		{"sip:+498912345@198.51.100.4:5070;transport=tcp", "08912345", "sip.carrier.example", "198.51.100.4", []string{"carrier"}, ""},
		{"sip:bob@gw.carrier.example", "bob", "gw.carrier.example", "gw.carrier.example", nil, ""},
		{"sip:bob@pbx.example.com;user=ip", "bob", "pbx.example.com", "pbx.example.com", []string{"pbx"}, ""},
		{"sip:bob@pbx.example.com?Subject=x", "bob", "pbx.example.com", "pbx.example.com", []string{"pbx"}, ""},
		{"tel:+49-89-12345", "08912345", "sip.carrier.example", "", []string{"carrier"}, ""},
		{"sip:bob@evil.example", "", "", "", nil, NoDomain},
		{"sip:+498912345@evil.example", "", "", "", nil, NoDomain},
		{"sip:+49900666@198.51.100.4", "", "", "", nil, Costly},
		{"sip:0049900666@gw.carrier.example", "", "", "", nil, Costly},
		{"sip:bob@gw.carrier.example;maddr=203.0.113.9", "", "", "", nil, Unreadable},
		{"sip:bob@gw.carrier.example;method=REGISTER", "", "", "", nil, Unreadable},
		{"sips:bob@gw.carrier.example", "", "", "", nil, Unreadable},
		{"agent:anna", "", "", "", nil, Unreadable},
		{"0891234567", "", "", "", nil, Unreadable},
		{"", "", "", "", nil, Unreadable},
	}
	for _, r := range rows {
		d, denied := p.ResolveURI(everything, r.target, "", nil, hosts)
		if whyOf(denied) != r.want || d.User != r.user || d.Host != r.host || d.Asked != r.asked || !slices.Equal(d.Trunks, r.trunks) {
			t.Errorf("%q: %+v, %v; want %+v", r.target, d, denied, r)
		}
	}
}

func TestADestinationWritesItsURI(t *testing.T) {
	p := plan(t, german())
	rows := map[string]string{"089 123": "sip:089123@sip.carrier.example", "+43 1 234567": "sip:431234567@192.0.2.1:5060", "sip:bob@[2001:DB8:0::7]": "sip:bob@[2001:db8::7]"}
	for to, want := range rows {
		d, denied := p.Resolve(everything, to, "")
		if denied != nil || d.URI("192.0.2.1:5060") != want {
			t.Errorf("%q: %q, %v; want %q", to, d.URI("192.0.2.1:5060"), denied, want)
		}
	}
}

func TestSettingsThatCannotBeAreRefused(t *testing.T) {
	rows := []struct {
		name string
		mend func(*Settings)
		want string
	}{
		{"letters as country", func(s *Settings) { s.Country = "DE" }, `country: "DE" is no country code`},
		{"a number as country", func(s *Settings) { s.Country = "493" }, `country: "493" is no country code`},
		{"no country", func(s *Settings) { s.Country = "" }, "country: it is needed"},
		{"national prefix", func(s *Settings) { s.National = "+0" }, "national: "},
		{"international prefix", func(s *Settings) { s.International = []string{"00", ""} }, "international[1]: "},
		{"one prefix for both", func(s *Settings) { s.International = []string{"0"} }, `international[0]: "0" is the national prefix too`},
		{"short national numbers", func(s *Settings) { s.NationalLengths = []int{3} }, "national_lengths[0]: "},
		{"everything", func(s *Settings) { s.Allow = []string{"*"} }, "allow[0]: "},
		{"a country without star", func(s *Settings) { s.Allow = []string{"112", "+49"} }, "allow[1]: \"+49\" is too short for a number: write +49*"},
		{"a plus alone", func(s *Settings) { s.Allow = []string{"+"} }, "is written +*"},
		{"letters", func(s *Settings) { s.Deny = []string{"0900x*"} }, "deny[0]: "},
		{"a national number with plus", func(s *Settings) { s.Deny = []string{"+0900*"} }, "fits no number"},
		{"a route to nowhere", func(s *Settings) { s.Routes[0].Trunks = nil }, "routes[0].trunks: a trunk is needed"},
		{"a route twice", func(s *Settings) { s.Routes[1].Numbers = "+*" }, `routes[1].numbers: "+*" stands twice`},
		{"a route for letters", func(s *Settings) { s.Routes[1].Numbers = "x" }, "routes[1].numbers: "},
		{"a format", func(s *Settings) { s.Routes[0].Format = "E.164" }, "routes[0].format: "},
		{"national without prefixes", func(s *Settings) { s.International = nil }, "routes[1].format: national needs country and international"},
		{"a host with port", func(s *Settings) { s.Routes[0].Host = "a.example:5060" }, "routes[0].host: "},
		{"a host with CRLF", func(s *Settings) { s.Routes[0].Host = "a.example\r\nX: y" }, "routes[0].host: "},
		{"a domain without brackets", func(s *Settings) { s.Domains[2].Host = "2001:db8::7" }, "domains[2].host: "},
		{"a domain twice", func(s *Settings) { s.Domains[1].Host = "PBX.example.com" }, `domains[1].host: "PBX.example.com" stands twice`},
		{"a domain without trunk", func(s *Settings) { s.Domains[1].Trunks = nil }, "domains[1].trunks: a trunk is needed"},
		{"a caller that is no number", func(s *Settings) { s.Callers[1].Number = "us" }, "callers[1].number: "},
		{"a caller's name", func(s *Settings) { s.Callers[0].Name = "a\r\nb" }, "callers[0].name: "},
		{"a limit", func(s *Settings) { s.Limits.AtOnce = -1 }, "at_once: -1 is not from 1 to 1000"},
		{"a rate", func(s *Settings) { s.Limits.PerMinute = 601 }, "per_minute: "},
		{"a day", func(s *Settings) { s.Limits.PerDay = -1 }, "per_day: "},
		{"a length", func(s *Settings) { s.Limits.Longest = -1 }, "longest: "},
		{"too many entries", func(s *Settings) { s.Allow = slices.Repeat([]string{"+49*"}, 1001) }, "allow: there are more than 1000"},
		{"too many routes", func(s *Settings) { s.Routes = slices.Repeat(s.Routes[:1], 1001) }, "routes: there are more than 1000"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := german()
			r.mend(&s)
			p, err := New(s)
			if err == nil || p != nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want something with %q", err, r.want)
			}
			if joined, ok := err.(interface{ Unwrap() []error }); ok {
				for _, one := range joined.Unwrap() {
					if _, ok := one.(*Fault); !ok {
						t.Errorf("%v is a %T", one, one)
					}
				}
			}
		})
	}
}

// TestEveryCostlyRangeIsClosed: "+*" opens none of them, and an entry of its length does.
func TestEveryCostlyRangeIsClosed(t *testing.T) {
	for _, c := range costly {
		to := "+" + c.digits + strings.Repeat("5", max(0, 9-len(c.digits)))
		s := Settings{Allow: []string{"+*"}, Routes: []Route{{Numbers: "+*", Trunks: []string{"t"}}}}
		if _, denied := plan(t, s).Resolve(everything, to, ""); whyOf(denied) != Costly {
			t.Errorf("%s (%s): %v, want it closed", to, c.what, denied)
		}
		s.Allow = append(s.Allow, "+"+c.digits+"*")
		if _, denied := plan(t, s).Resolve(everything, to, ""); denied != nil {
			t.Errorf("%s (%s) is allowed by name: %v", to, c.what, denied)
		}
		if countryCode(c.digits) == c.digits && len(c.digits) < 3 {
			t.Errorf("%s is a whole country", c.digits)
		}
	}
}

// TestWhatIsDialledIsWhatWasAllowed: a number whose national form is another number is not called that way.
func TestWhatIsDialledIsWhatWasAllowed(t *testing.T) {
	s := Settings{
		Country: "45", NationalLengths: []int{8}, International: []string{"00"}, Allow: []string{"+45*"},
		Routes: []Route{{Numbers: "+45*", Trunks: []string{"t"}, Format: National}, {Numbers: "+459*", Trunks: []string{"t"}}},
	}
	p := plan(t, s)
	rows := map[string]string{"+45 33123456": "33123456", "+45 112112": "", "+45 00 1 900 55": "", "+45 912345": "+45912345"}
	for to, want := range rows {
		if d, denied := p.Resolve(everything, to, ""); d.User != want || (denied == nil) != (want != "") {
			t.Errorf("%s is dialled as %q, %v; want %q", to, d.User, denied, want)
		}
	}
}
