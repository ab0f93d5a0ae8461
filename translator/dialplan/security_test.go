package dialplan

import (
	"strings"
	"testing"
)

// spelling is one way to write a target, and what comes of it: the number or URI that is called, or why not.
type spelling struct {
	to   string
	want string // "+49…", "sip:…", or one of the reasons
}

// spellings are ways into and around the list of numbers, for the plan of german().
var spellings = []spelling{
	// As people write numbers.
	{"+498912345", "+498912345"}, {"+49 89 12345", "+498912345"}, {"+49-89-12345", "+498912345"}, {"+49.89.12345", "+498912345"},
	{"+49/89/12345", "+498912345"}, {"(+49) 89 12345", "+498912345"}, {"+49 (89) 12345", "+498912345"}, {"+49 (0)89 12345", "+498912345"},
	{"+49(0)8912345", "+498912345"}, {"0049 89 12345", "+498912345"}, {"0049-(0)89-12345", "+498912345"}, {"00 49 89 12345", "+498912345"},
	{"089 12345", "+498912345"}, {"089/12345", "+498912345"}, {"089-12345", "+498912345"}, {"(089) 12345", "+498912345"}, {"0 8 9 1 2 3 4 5", "+498912345"},
	{"  089 12345", "+498912345"}, {"089 12345  ", "+498912345"}, {" +498912345 ", "+498912345"}, {"(0)89 12345", "+498912345"}, {"((089))12345", "+498912345"},
	{"089...12345", "+498912345"}, {"-089-12345-", "+498912345"}, {"+43 1 58858", "+43158858"}, {"0043 1 58858", "+43158858"}, {"+39 06 6982", "+39066982"},
	{"+225 07 07 12 34 56", "+2250707123456"}, {"+1 (212) 555-1234", "+12125551234"}, {"001 212 555 1234", "+12125551234"}, {"+49 900 123 456", "+49900123456"},
	{"0900 123456", "+49900123456"}, {"112", "112"}, {"1 1 2", "112"}, {"1-1-2", "112"}, {"(112)", "112"}, {"4711", "4711"}, {"47", "47"}, {"*31#", "*31#"}, {"* 3 1 #", "*31#"},

	// tel and sip URIs of the same.
	{"tel:+498912345", "+498912345"}, {"TEL:+498912345", "+498912345"}, {"Tel:089-12345", "+498912345"}, {"tel:+49(89)12345", "+498912345"}, {"tel:%2B498912345", "+498912345"},
	{"tel:+49%2089%2012345", "+498912345"}, {"tel:112", "112"}, {"tel:*31%23", "*31#"},
	{"sip:+498912345@pbx.example.com", "+498912345"}, {"SIP:+498912345@PBX.EXAMPLE.COM", "+498912345"}, {"sip:+498912345@pbx.example.com;user=phone", "+498912345"},
	{"sip:%2B498912345@pbx.example.com", "+498912345"}, {"sip:%30%38912345@192.0.2.7", "+498912345"}, {"sip:089-12345@[2001:db8::7]", "+498912345"},
	{"sip:08912345@[2001:0DB8::0007]", "+498912345"}, {"sip:4711@pbx.example.com", "4711"}, {"sip:bob@pbx.example.com", "sip:bob@pbx.example.com"},
	{"sip:bob.smith-1_x@192.0.2.7", "sip:bob.smith-1_x@192.0.2.7"}, {"sip:b%6Fb@pbx.example.com", "sip:bob@pbx.example.com"}, {"sip:bob@[2001:db8::7]", "sip:bob@[2001:db8::7]"},
	{"sip:bob@PBX.example.com", "sip:bob@pbx.example.com"},

	// Nothing, and what is no number.
	{"", "unreadable"}, {" ", "unreadable"}, {"+", "unreadable"}, {"++", "unreadable"}, {"()", "unreadable"}, {"-", "unreadable"}, {"*", "unreadable"}, {"#", "unreadable"},
	{"++498912345", "unreadable"}, {"+ +498912345", "unreadable"}, {"+49+8912345", "unreadable"}, {"089+12345", "unreadable"}, {"+0049 89 12345", "unreadable"},
	{"+049 89 12345", "unreadable"}, {"+00 1 900 5551234", "unreadable"}, {"000498912345", "unreadable"}, {"0000", "unreadable"}, {"00", "unreadable"}, {"+0", "unreadable"},
	{"1-800-FLOWERS", "unreadable"}, {"+1 900 HOT LINE", "unreadable"}, {"08912345x", "unreadable"}, {"x08912345", "unreadable"}, {"089 12345 ext. 7", "unreadable"},
	{"089O12345", "unreadable"}, {"+4989l2345", "unreadable"}, {"0x1F", "unreadable"}, {"1e9", "unreadable"}, {"089,12345", "unreadable"}, {"08912345;7", "unreadable"},
	{"08912345p7", "unreadable"}, {"08912345w7", "unreadable"}, {"089 12345~7", "unreadable"}, {"089_12345", "unreadable"}, {"089'12345", "unreadable"}, {"089\\12345", "unreadable"},
	{"$08912345", "unreadable"}, {"${EXTEN}", "unreadable"}, {"08912345|7", "unreadable"}, {"08912345!", "unreadable"}, {"08912345&SIP", "unreadable"}, {"+49*8912345", "unreadable"},
	{"+4989#12345", "unreadable"}, {"+49891234567890123", "unreadable"}, {"0" + strings.Repeat("8", 20), "unreadable"}, {strings.Repeat("1", 300), "unreadable"},
	{strings.Repeat(" ", 250) + "112", "112"}, {strings.Repeat(" ", 300) + "112", "unreadable"}, {"%30%38%3912345", "unreadable"}, {"+49%208912345", "unreadable"}, {"%2B498912345", "unreadable"},

	// Characters that a header must not have, and digits that are none.
	{"089\r12345", "unreadable"}, {"089\n12345", "unreadable"}, {"08912345\r\nX-Evil: 1", "unreadable"}, {"08912345\r\n\r\nINVITE", "unreadable"}, {"089\x0012345", "unreadable"},
	{"089\t12345", "unreadable"}, {"\t08912345", "unreadable"}, {"089\x7f12345", "unreadable"}, {"089\x8512345", "unreadable"}, {"089\u00a012345", "unreadable"},
	{"089\u200b12345", "unreadable"}, {"089\u200f12345", "unreadable"}, {"\u202e08912345", "unreadable"}, {"089\u201312345", "unreadable"}, {"089\u201112345", "unreadable"},
	{"\uff0b498912345", "unreadable"}, {"\uff10\uff18\uff1912345", "unreadable"}, {"\u0660\u0668\u066912345", "unreadable"}, {"\u0966\u096e\u096f12345", "unreadable"},
	{"089\u00b212345", "unreadable"}, {"\u207a498912345", "unreadable"}, {"\ufeff08912345", "unreadable"}, {"089\xff12345", "unreadable"}, {"089\u202812345", "unreadable"},
	{"089\U0001d7ce12345", "unreadable"}, {"\u2460\u2461", "unreadable"},

	// Quotes, brackets and other marks of a header.
	{"<sip:08912345@pbx.example.com>", "unreadable"}, {"\"Bob\" <sip:bob@pbx.example.com>", "unreadable"}, {"Bob <sip:bob@pbx.example.com>", "unreadable"},
	{"'08912345'", "unreadable"}, {"\"08912345\"", "unreadable"}, {"<08912345>", "unreadable"}, {"[08912345]", "unreadable"}, {"{08912345}", "unreadable"}, {"`08912345`", "unreadable"},
	{"08912345@pbx.example.com", "unreadable"}, {"bob@pbx.example.com", "unreadable"}, {"@pbx.example.com", "unreadable"}, {"sip:bob@pbx.example.com, sip:eve@evil.example", "unreadable"},

	// Short numbers and emergency calls that nobody allowed.
	{"110", "not_allowed"}, {"911", "not_allowed"}, {"999", "not_allowed"}, {"116117", "not_allowed"}, {"1", "not_allowed"}, {"0", "not_allowed"}, {"11833", "not_allowed"},
	{"1125551234", "not_allowed"}, {"1120", "not_allowed"}, {"4799", "denied"}, {"47 99", "denied"}, {"sip:4799@pbx.example.com", "denied"}, {"4 7-9.9", "denied"},
	{"+49110", "not_allowed"}, {"+49112", "not_allowed"}, {"0110", "not_allowed"}, {"0112", "not_allowed"}, {"0049112", "not_allowed"}, {"+49", "unreadable"}, {"+1", "unreadable"}, {"0049", "unreadable"}, {"+1911", "not_allowed"},
	{"*72", "not_allowed"}, {"*72 +4989123", "unreadable"}, {"*31#0900123", "not_allowed"}, {"*31#08912345", "not_allowed"}, {"#31#", "not_allowed"}, {"**", "unreadable"},

	// Countries and ranges that are not allowed, however they are written.
	{"+33 1 23456789", "not_allowed"}, {"0033 1 23456789", "not_allowed"}, {"tel:+33-1-23456789", "not_allowed"}, {"sip:0033123456789@pbx.example.com", "not_allowed"},
	{"+882 16 1234567", "not_allowed"}, {"+979 1 2345678", "not_allowed"}, {"+252 61 1234567", "not_allowed"}, {"+960 333 1234", "not_allowed"},
	{"+49 900 5 123456", "costly"}, {"0900 5 123456", "costly"}, {"0049 900 5123456", "costly"}, {"+49 (0)900 5123456", "costly"}, {"(0)900 5 123456", "costly"}, {"tel:0900-5-123456", "costly"},
	{"sip:09005123456@pbx.example.com", "costly"}, {"sip:0%3900%35123456@pbx.example.com", "costly"}, {"sip:+49-900-5123456@192.0.2.7", "costly"}, {"0-9-0-0-5-1-2-3-4-5-6", "costly"},
	{"0137 123456", "costly"}, {"0180 6 123456", "costly"}, {"118 33", "not_allowed"}, {"0118 33 1", "costly"}, {"010 33 089 12345", "costly"}, {"01033 0900 1234", "costly"},
	{"+1 900 555 1234", "costly"}, {"+1 876 555 1234", "costly"}, {"001 809 555 1234", "costly"}, {"+1 1 900 555 1234", "costly"}, {"+1 01 1 900 555 1234", "costly"}, {"+1 0 900 555 1234", "costly"},
	{"+39 899 123456", "costly"}, {"+43 900 123456", "costly"}, {"+43 0 900 123456", "costly"}, {"+4300900123456", "costly"}, {"+39 0 89 9123456", "costly"},
	{"+49 30 666 1", "denied"}, {"030 666", "denied"}, {"030-6 6 6-1234", "denied"}, {"sip:030666@[2001:db8::7]", "denied"}, {"+49 (0)30 6661", "denied"},

	// The same number in another country's clothes: behind +49 neither 0 nor 00 is dialled.
	{"+49 0 30 666", "unreadable"}, {"+49 0900 123456", "unreadable"}, {"+49 00 1 900 5551234", "unreadable"}, {"+49 0043 1 58858", "unreadable"}, {"0049 0 89 12345", "unreadable"},
	{"+49 (0)(0)89 12345", "unreadable"}, {"+49 (0)0 89 12345", "unreadable"}, {"+43 (0)1 58858", "unreadable"}, {"+39 (0)6 6982", "unreadable"}, {"0 0049 89 12345", "unreadable"},

	// tel URIs with more than a number.
	{"tel:", "unreadable"}, {"tel:+498912345;ext=7", "unreadable"}, {"tel:+498912345;isub=1", "unreadable"}, {"tel:8912345;phone-context=+49", "unreadable"},
	{"tel:112;phone-context=example.com", "unreadable"}, {"tel:112;phone-context=+1900", "unreadable"}, {"tel:+498912345;postd=pp22", "unreadable"}, {"tel:+498912345?subject=x", "unreadable"},
	{"tel:+498912345%3Bext=7", "unreadable"}, {"tel:+498912345@pbx.example.com", "unreadable"}, {"tel:bob", "unreadable"}, {"tel://+498912345", "+498912345"}, {"tel:sip:bob@pbx.example.com", "unreadable"},
	{"tel:+498912345%0d%0aX:1", "unreadable"}, {"tel:%252B498912345", "unreadable"}, {"tel: +49 89 12345", "+498912345"},

	// SIP URIs that point elsewhere, or only seem to point here.
	{"sip:bob@evil.example", "no_domain"}, {"sip:bob@pbx.example.com.evil.example", "no_domain"}, {"sip:bob@evilpbx.example.com", "no_domain"}, {"sip:bob@example.com", "no_domain"},
	{"sip:bob@pbx.example.com.", "unreadable"}, {"sip:bob@pbx.example.com:5060", "unreadable"}, {"sip:bob@pbx.example.com:0", "unreadable"}, {"sip:bob@pbx.example.com:99999", "unreadable"},
	{"sip:bob@pbx.example.com:", "unreadable"}, {"sip:bob@evil.example@pbx.example.com", "unreadable"}, {"sip:bob@pbx.example.com@evil.example", "unreadable"},
	{"sip:bob%40pbx.example.com@evil.example", "no_domain"}, {"sip:bob%40evil.example@pbx.example.com", "unreadable"}, {"sip:bob@pbx%2Eexample.com", "unreadable"},
	{"sip:bob@127.0.0.1", "no_domain"}, {"sip:bob@localhost", "no_domain"}, {"sip:bob@0x7f.1", "unreadable"}, {"sip:bob@2130706433", "unreadable"}, {"sip:bob@192.0.2.07", "unreadable"},
	{"sip:bob@192.0.2.8", "no_domain"}, {"sip:bob@[::ffff:192.0.2.7]", "no_domain"}, {"sip:bob@[::1]", "no_domain"}, {"sip:bob@2001:db8::7", "unreadable"}, {"sip:bob@[2001:db8::7", "unreadable"},
	{"sip:bob@[2001:db8::7%25eth0]", "unreadable"}, {"sip:bob@[2001:db8::7]:5060", "unreadable"}, {"sip:bob@[192.0.2.7]", "unreadable"}, {"sip:bob@", "unreadable"}, {"sip:@pbx.example.com", "unreadable"},
	{"sip:pbx.example.com", "unreadable"}, {"sip:", "unreadable"}, {"sip:bob", "unreadable"}, {"sip:bob@p\u0431x.example.com", "unreadable"}, {"sip:bob@pbx.example.com/", "unreadable"},
	{"sip:bob@ pbx.example.com", "unreadable"}, {"sip: bob@pbx.example.com", "unreadable"}, {" sip:bob@pbx.example.com", "unreadable"}, {"sip://bob@pbx.example.com", "unreadable"},

	// SIP URIs that carry more than who and where.
	{"sip:bob:secret@pbx.example.com", "unreadable"}, {"sip:bob;x=y@pbx.example.com", "unreadable"}, {"sip:+498912345;ext=7@pbx.example.com", "unreadable"},
	{"sip:8912345;phone-context=+1900@pbx.example.com;user=phone", "unreadable"}, {"sip:bob@pbx.example.com;transport=tcp", "unreadable"}, {"sip:bob@pbx.example.com;maddr=203.0.113.9", "unreadable"},
	{"sip:bob@pbx.example.com;method=BYE", "unreadable"}, {"sip:bob@pbx.example.com;lr", "unreadable"}, {"sip:bob@pbx.example.com;ttl=1", "unreadable"}, {"sip:bob@pbx.example.com?Route=%3Csip:evil.example%3E", "unreadable"},
	{"sip:bob@pbx.example.com?Replaces=a", "unreadable"}, {"sip:bob?x@pbx.example.com", "unreadable"}, {"sip:bob@pbx.example.com;user=phone", "unreadable"}, {"sip:bob@pbx.example.com;user=ip", "unreadable"},
	{"sip:bob%0d%0aX:%201@pbx.example.com", "unreadable"}, {"sip:bob%00@pbx.example.com", "unreadable"}, {"sip:b%C3%B6b@pbx.example.com", "unreadable"}, {"sip:bob%@pbx.example.com", "unreadable"},
	{"sip:bob%4@pbx.example.com", "unreadable"}, {"sip:bob%zz@pbx.example.com", "unreadable"}, {"sip:%22bob%22@pbx.example.com", "unreadable"}, {"sip:bob%3E@pbx.example.com", "unreadable"},
	{"sip:bob%2540evil@pbx.example.com", "unreadable"}, {"sip:bob%3Bx@pbx.example.com", "unreadable"}, {"sip:bob,eve@pbx.example.com", "unreadable"}, {"sip:bob&eve@pbx.example.com", "unreadable"},

	// Numbers that pass for names.
	{"sip:0900x123@pbx.example.com", "unreadable"}, {"sip:0033123456789x@pbx.example.com", "unreadable"}, {"sip:+33x@pbx.example.com", "unreadable"}, {"sip:_0900@pbx.example.com", "unreadable"},
	{"sip:.0900@pbx.example.com", "not_allowed"}, {"sip:.09005123456@pbx.example.com", "costly"}, {"sip:4711bob@pbx.example.com", "unreadable"}, {"sip:-@pbx.example.com", "unreadable"}, {"sip:*72@pbx.example.com", "not_allowed"},

	// Other schemes.
	{"sips:bob@pbx.example.com", "unreadable"}, {"sips:+498912345@pbx.example.com", "unreadable"}, {"http://pbx.example.com", "unreadable"}, {"mailto:bob@pbx.example.com", "unreadable"},
	{"callto:+498912345", "unreadable"}, {"fax:+498912345", "unreadable"}, {"javascript:alert(1)", "unreadable"}, {":bob@pbx.example.com", "unreadable"}, {"sip\u00a0:bob@pbx.example.com", "unreadable"},
	{"urn:service:sos", "unreadable"}, {"sip:urn:service:sos@pbx.example.com", "unreadable"}, {"SIP/2.0", "unreadable"}, {"h323:bob@pbx.example.com", "unreadable"}, {"im:bob@pbx.example.com", "unreadable"},
}

func TestSecurityDialPolicy(t *testing.T) {
	if len(spellings) < 200 {
		t.Fatalf("only %d spellings", len(spellings))
	}
	p := plan(t, german())
	for _, s := range spellings {
		d, denied := p.Resolve(everything, s.to, "")
		got := string(whyOf(denied))
		switch {
		case denied == nil && d.Kind == Address:
			got = d.URI("")
		case denied == nil:
			got = d.Number
		}
		if got != s.want {
			t.Errorf("%q: %q (%v), want %q", s.to, got, denied, s.want)
		}
		if denied == nil {
			checkSafe(t, p, s.to, d)
		}
		if (denied != nil) && (denied.Code == BadRequest) != (denied.Why == Unreadable) {
			t.Errorf("%q: %s for %s", s.to, denied.Code, denied.Why)
		}
	}
}

// checkSafe holds a destination to what the package promises: strings that need no quotes, and a user part that reads as what was allowed.
func checkSafe(t testing.TB, p *Plan, to string, d Destination) {
	t.Helper()
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+*%"
	for _, s := range []string{d.User, d.FromUser} {
		if strings.Trim(s, plain) != "" || strings.Contains(strings.ReplaceAll(s, "%23", ""), "%") {
			t.Errorf("%q: %q is not safe in a header", to, s)
		}
	}
	if strings.Trim(d.Host, plain+"[]:") != "" || strings.Trim(d.Asked, plain+"[]:") != "" {
		t.Errorf("%q: host %q, asked %q", to, d.Host, d.Asked)
	}
	if d.Kind != Number {
		return
	}
	user := strings.ReplaceAll(d.User, "%23", "#")
	if again, _ := p.read(user); again.String() != d.Number && "+"+user != d.Number {
		t.Errorf("%q was allowed as %s and is dialled as %q, which is %s", to, d.Number, d.User, again)
	}
}

// FuzzResolve: whatever is asked for, what comes out is safe to send, is of an allowed beginning, and of no costly range.
func FuzzResolve(f *testing.F) {
	for _, s := range spellings {
		f.Add(s.to, "")
	}
	f.Add("030 123", "+49 30 9988-0")
	p := plan(f, german())
	f.Fuzz(func(t *testing.T, to, from string) {
		for _, ask := range []func() (Destination, *Denied){
			func() (Destination, *Denied) { return p.Resolve(everything, to, from) },
			func() (Destination, *Denied) { return p.ResolveURI(everything, to, from, nil, []string{"gw.example"}) },
		} {
			d, denied := ask()
			if denied != nil {
				if denied.Code == "" || denied.Message == "" || d.Kind != 0 {
					t.Fatalf("%q: %+v with %+v", to, denied, d)
				}
				continue
			}
			checkSafe(t, p, to, d)
			if d.Kind == Number && (strings.HasPrefix(d.Number, "+882") || strings.HasPrefix(d.Number, "+4930666") || strings.HasPrefix(d.Number, "+1876")) {
				t.Fatalf("%q calls %s", to, d.Number)
			}
		}
	})
}
