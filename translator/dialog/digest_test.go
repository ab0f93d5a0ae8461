package dialog

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// TestDigestVectors are the worked examples of RFC 2617 §3.5, RFC 7616 §3.9.1 and the session-less old form of RFC 2069 §2.4 (with the
// response that errata 749 puts right).
func TestDigestVectors(t *testing.T) {
	const rfc7616 = `realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
	for _, c := range []struct{ name, challenge, user, password, uri, cnonce, want string }{
		{"RFC 2617", `Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"Mufasa", "Circle Of Life", "/dir/index.html", "0a4f113b", "6629fae49393a05397450978507c4ef1"},
		{"RFC 7616 MD5", "Digest algorithm=MD5, " + rfc7616, "Mufasa", "Circle of Life", "/dir/index.html",
			"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "8ca523f5e9506fed4657c9700eebdbec"},
		{"RFC 7616 SHA-256", "Digest algorithm=SHA-256, " + rfc7616, "Mufasa", "Circle of Life", "/dir/index.html",
			"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{"old form", `Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"Mufasa", "CircleOfLife", "/dir/index.html", "", "1949323746fe6a43ef61f9606e7febea"},
	} {
		ch, ok := parseChallenge(c.challenge)
		if !ok {
			t.Errorf("%s: not read", c.name)
			continue
		}
		got := ch.authorization(answerer{user: c.user, password: c.password, method: "GET", uri: c.uri, cnonce: c.cnonce, nc: 1})
		if !strings.Contains(got, `response="`+c.want+`"`) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestDigestChallengesRead(t *testing.T) {
	for _, c := range []struct {
		in string
		ok bool
	}{
		{`Digest realm="a", nonce="n"`, true},
		{`DIGEST Realm = "a" , NONCE = "n" , qop = auth`, true},
		{`Digest realm="a\"b", nonce="n", algorithm="sha-256"`, true},
		{`Digest realm="a", nonce="n", algorithm=MD5-sess, qop="auth"`, false},
		{`Digest realm="a", nonce="n", algorithm=SHA-512-256, qop="auth"`, false},
		{`Digest realm="a", nonce="n", qop="auth-int"`, false},
		{`Digest realm="a", realm="b", nonce="n"`, false},
		{`Digest realm="a", nonce=""`, false},
		{`Digest nonce="n"`, false},
		{`Digest realm="a`, false},
		{`Digest realm="a", nonce="` + strings.Repeat("n", 600) + `"`, false},
		{"Digest realm=\"a\", nonce=\"n\x01\"", false},
		{`Basic realm="a"`, false},
		{``, false},
	} {
		if _, ok := parseChallenge(c.in); ok != c.ok {
			t.Errorf("%q: read %v", c.in, ok)
		}
	}
}

var digestTrunk = &Trunk{Name: "t", Networks: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}, Credentials: Credentials{"pbx", "u", "p"}}

// challengeTest is an INVITE of ours that meets challenges, as a dialog handles them.
type challengeTest struct {
	t    *testing.T
	a    *Authorizer
	req  *sip.Request
	from netip.AddrPort
}

func newChallengeTest(t *testing.T) *challengeTest {
	us := &local{host: "192.0.2.1", port: 5060, ids: newSeededIDs(1)}
	return &challengeTest{t, newAuthorizer(us, digestTrunk), us.request(sip.INVITE, "sip:100@198.51.100.7"), peer}
}

// meet gives a challenge and, if it is answered, makes the request the retry. It returns the credentials.
func (c *challengeTest) meet(status int, challenges ...string) string {
	c.t.Helper()
	res := sip.NewResponse(status, "x")
	for _, v := range challenges {
		res.AppendHeader(sip.NewHeader(map[int]string{401: "WWW-Authenticate", 407: "Proxy-Authenticate"}[status], v))
	}
	hs, ok := c.a.Challenged(c.req, res, c.from)
	if !ok {
		return ""
	}
	return c.next(hs)
}

func (c *challengeTest) next(hs []sip.Header) string {
	us := &local{ids: newSeededIDs(2)}
	c.req = us.request(sip.INVITE, "sip:100@198.51.100.7")
	text := ""
	for _, h := range hs {
		c.req.AppendHeader(h)
		text += h.Name() + ": " + h.Value() + "\n"
	}
	return text
}

func nonced(n string, more string) string {
	return fmt.Sprintf(`Digest realm="pbx", nonce="%s", qop="auth"%s`, n, more)
}

func TestO08SameNonceTwice(t *testing.T) {
	c := newChallengeTest(t)
	if got := c.meet(407, nonced("a", "")); !strings.HasPrefix(got, "Proxy-Authorization: ") || !strings.Contains(got, "nc=00000001") {
		t.Errorf("first: %q", got)
	}
	for _, again := range []string{nonced("a", ""), nonced("a", ", stale=true"), nonced("b", "")} {
		if got := c.meet(407, again); got != "" {
			t.Errorf("answered %q again: %q", again, got)
		}
	}
}

func TestO09Stale(t *testing.T) {
	c := newChallengeTest(t)
	c.meet(407, nonced("a", ""))
	if got := c.meet(407, nonced("b", ", stale=true")); !strings.Contains(got, `nonce="b"`) || !strings.Contains(got, "nc=00000001") {
		t.Errorf("stale: %q", got)
	}
	if got := c.meet(407, nonced("c", ", stale=true")); got != "" {
		t.Errorf("stale twice: %q", got)
	}
}

func TestO10SHA256BeforeMD5(t *testing.T) {
	for _, order := range [][]string{
		{nonced("m", ", algorithm=MD5"), nonced("s", ", algorithm=SHA-256")},
		{nonced("s", ", algorithm=SHA-256"), nonced("m", "")},
		{nonced("x", ", algorithm=SHA-512-256"), nonced("m", ", algorithm=MD5") + ", " + nonced("s", ", algorithm=SHA-256")},
	} {
		got := newChallengeTest(t).meet(401, order...)
		if strings.Count(got, "Authorization:") != 1 || !strings.Contains(got, "algorithm=SHA-256") || !strings.Contains(got, `nonce="s"`) {
			t.Errorf("%q: %q", order, got)
		}
	}
}

// TestSecurityDigest: nothing is said to another realm, from another address, in a dialog that the peer began, or without end (S14, O11).
func TestSecurityDigest(t *testing.T) {
	c := newChallengeTest(t)
	for _, other := range []string{"PBX", "pbx ", "", "carrier"} {
		if got := c.meet(407, fmt.Sprintf(`Digest realm="%s", nonce="n", qop="auth"`, other)); got != "" {
			t.Errorf("answered realm %q: %q", other, got)
		}
	}
	c.from = netip.MustParseAddrPort("203.0.113.9:5060")
	if got := c.meet(407, nonced("a", "")); got != "" {
		t.Errorf("answered a stranger: %q", got)
	}
	c.a = nil
	c.from = peer
	if got := c.meet(407, nonced("a", "")); got != "" || c.a.Headers(c.req) != nil {
		t.Errorf("answered in the peer's dialog: %q", got)
	}
	if newAuthorizer(&local{}, &Trunk{Credentials: Credentials{User: "u", Password: "p"}}) != nil {
		t.Error("credentials without a realm are used")
	}
	loop := newChallengeTest(t)
	answers := 0
	for i := range 100 {
		stale := ", stale=true"
		if loop.meet(401+6*(i%2), nonced(fmt.Sprint("n", i), stale)) != "" {
			answers++
		}
	}
	if answers > 4 {
		t.Errorf("%d answers in one exchange", answers)
	}
}

func TestNonceIsUsedAgain(t *testing.T) {
	c := newChallengeTest(t)
	c.meet(401, nonced("a", ""))
	for i := range 3 {
		bye := (&local{}).request(sip.BYE, "sip:100@198.51.100.7")
		hs := c.a.Headers(bye)
		if len(hs) != 1 || !strings.Contains(hs[0].Value(), fmt.Sprintf("nc=%08d", i+2)) {
			t.Fatalf("later request %d: %v", i, hs)
		}
		c.next(hs)
	}
	if got := c.meet(401, nonced("b", "")); !strings.Contains(got, `nonce="b"`) || !strings.Contains(got, "nc=00000001") {
		t.Errorf("a nonce that ran out: %q", got)
	}
	if got := c.meet(401, nonced("c", "")); got != "" {
		t.Errorf("wrong password: asked again, answered again %q", got)
	}
	if c.a.Headers((&local{}).request(sip.CANCEL, "sip:100@198.51.100.7")) != nil {
		t.Error("a CANCEL with credentials")
	}
}

// TestSecuritySecretIsHidden: a password shows in no format, log or document.
func TestSecuritySecretIsHidden(t *testing.T) {
	trunk := Trunk{Credentials: Credentials{"r", "u", "canary"}}
	j, _ := json.Marshal(trunk.Credentials)
	for _, s := range []string{fmt.Sprint(trunk), fmt.Sprintf("%+v %#v %s %q %x", trunk, trunk, trunk.Credentials.Password, trunk.Credentials.Password, trunk.Credentials.Password), string(j)} {
		if strings.Contains(s, "canary") || strings.Contains(s, fmt.Sprintf("%x", "canary")) {
			t.Errorf("shown: %s", s)
		}
	}
}
