package agent

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

// keyring has one key of each algorithm, two of them under one kid at two issuers.
type keyring struct {
	secret []byte
	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
	ed     ed25519.PrivateKey
}

func newKeyring(t testing.TB) *keyring {
	t.Helper()
	r, err1 := rsa.GenerateKey(rand.Reader, 2048)
	e, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, d, err3 := ed25519.GenerateKey(rand.Reader)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return &keyring{[]byte("0123456789abcdef0123456789abcdef"), r, e, d}
}

func (k *keyring) keys(t testing.TB) []Key {
	t.Helper()
	secret, err1 := SecretKey("hs.example", "one", k.secret)
	r, err2 := PublicKey("rs.example", "one", &k.rsa.PublicKey)
	e, err3 := PublicKey("es.example", "two", &k.ec.PublicKey)
	d, err4 := PublicKey("ed.example", "", k.ed.Public())
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	return []Key{secret, r, e, d}
}

// good are the claims of a token that is taken.
func good(issuer string) jwt.MapClaims {
	return jwt.MapClaims{"iss": issuer, "sub": "ana", "aud": "offhook", "roles": []string{"agent"}, "exp": time.Now().Add(15 * time.Minute).Unix()}
}

func sign(t testing.TB, method jwt.SigningMethod, key any, header map[string]any, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for name, value := range header {
		token.Header[name] = value
	}
	out, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type header = map[string]any

// TestTokenAlgorithms: a token of each algorithm is taken, with its own key.
func TestTokenAlgorithms(t *testing.T) {
	k := newKeyring(t)
	s := newHub(t, func(c *Config) { c.Keys = k.keys(t) })
	for _, token := range []string{
		sign(t, jwt.SigningMethodHS256, k.secret, header{"kid": "one"}, good("hs.example")),
		sign(t, jwt.SigningMethodRS256, k.rsa, header{"kid": "one"}, good("rs.example")),
		sign(t, jwt.SigningMethodES256, k.ec, header{"kid": "two"}, good("es.example")),
		sign(t, jwt.SigningMethodEdDSA, k.ed, nil, good("ed.example")),
	} {
		if c, err := s.tokens.verify(token); err != nil || c.ID != "ana" {
			t.Errorf("%+v, %v", c, err)
		}
	}
}

// TestTokenClaims: what a token says ends up in the identity.
func TestTokenClaims(t *testing.T) {
	s := newHub(t)
	c, err := s.tokens.verify(s.issuer.Token("ana", func(claims map[string]any) {
		claims["name"] = "Ana\u202e\u0007 Pohl"
		claims["roles"] = []string{"agent", "supervisor"}
		claims["dial"] = []string{"+49*"}
		claims["queues"] = map[string]int{"sales": 2}
		claims["skills"] = map[string]int{"de": 5}
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"ID":"ana","Name":"Ana Pohl","Roles":["agent","supervisor"],"Dial":["+49*"],"Queues":{"sales":2},"Skills":{"de":5}`
	if got, _ := json.Marshal(c.Identity); !strings.HasPrefix(string(got), want) {
		t.Errorf("got  %s\nwant %s…", got, want)
	}
}

// badToken is one row of the list of S2.
type badToken struct {
	name, token string
	why         refusal
}

func badTokens(t testing.TB, k *keyring) []badToken {
	with := func(change func(jwt.MapClaims)) jwt.MapClaims {
		c := good("hs.example")
		change(c)
		return c
	}
	hs := func(h header, c jwt.MapClaims) string {
		h["kid"] = "one"
		return sign(t, jwt.SigningMethodHS256, k.secret, h, c)
	}
	claim := func(name string, value any) string {
		return hs(header{}, with(func(c jwt.MapClaims) { c[name] = value }))
	}
	without := func(name string) string {
		return hs(header{}, with(func(c jwt.MapClaims) { delete(c, name) }))
	}
	fine := claim("name", "Ana")
	part := strings.Split(fine, ".")
	enc := base64.RawURLEncoding.EncodeToString
	publicPEM, _ := x509.MarshalPKIXPublicKey(&k.rsa.PublicKey)
	_, attacker, _ := ed25519.GenerateKey(rand.Reader)
	attackerJWK := header{"kty": "OKP", "crv": "Ed25519", "x": enc(attacker.Public().(ed25519.PublicKey))}
	now := time.Now()
	return []badToken{
		{"none", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, header{"kid": "one"}, good("hs.example")), badAlgorithm},
		{"none in other case", enc([]byte(`{"alg":"nOnE","kid":"one"}`)) + "." + part[1] + ".", malformed},
		{"signature cut off", part[0] + "." + part[1] + ".", badSignature},
		{"signature of another token", part[0] + "." + part[1] + "." + strings.Split(claim("name", "Eve"), ".")[2], badSignature},
		{"claims changed", part[0] + "." + enc([]byte(`{"iss":"hs.example","sub":"eve","aud":"offhook","exp":9999999999}`)) + "." + part[2], badSignature},
		{"HS256 with the RSA key's PEM", sign(t, jwt.SigningMethodHS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicPEM}),
			header{"kid": "one"}, good("rs.example")), badAlgorithm},
		{"HS256 with the RSA key's DER", sign(t, jwt.SigningMethodHS256, publicPEM, header{"kid": "one"}, good("rs.example")), badAlgorithm},
		{"RS384 with an RS256 key", sign(t, jwt.SigningMethodRS384, k.rsa, header{"kid": "one"}, good("rs.example")), badAlgorithm},
		{"HS512 with an HS256 key", sign(t, jwt.SigningMethodHS512, k.secret, header{"kid": "one"}, good("hs.example")), badAlgorithm},
		{"the right kid of another issuer", sign(t, jwt.SigningMethodHS256, k.secret, header{"kid": "one"}, good("rs.example")), badAlgorithm},
		{"unknown kid", sign(t, jwt.SigningMethodHS256, k.secret, header{"kid": "../../one"}, good("hs.example")), unknownKey},
		{"no kid", sign(t, jwt.SigningMethodHS256, k.secret, nil, good("hs.example")), unknownKey},
		{"kid is a list", sign(t, jwt.SigningMethodHS256, k.secret, header{"kid": []string{"one"}}, good("hs.example")), malformed},
		{"unknown issuer", claim("iss", "evil.example"), unknownIssuer},
		{"no issuer", without("iss"), unknownIssuer},
		{"issuer is a list", claim("iss", []string{"hs.example"}), malformed},
		{"key in jwk", sign(t, jwt.SigningMethodEdDSA, attacker, header{"kid": "one", "jwk": attackerJWK}, good("ed.example")), malformed},
		{"key at jku", hs(header{"jku": "https://evil.example/jwks.json"}, good("hs.example")), malformed},
		{"key at x5u", hs(header{"x5u": "https://evil.example/cert.pem"}, good("hs.example")), malformed},
		{"key in x5c", hs(header{"x5c": []string{"MIIB"}}, good("hs.example")), malformed},
		{"critical extension", hs(header{"crit": []string{"b64"}, "b64": false}, good("hs.example")), malformed},
		{"no audience", without("aud"), badClaims},
		{"another audience", claim("aud", "billing"), badAudience},
		{"audience as a prefix", claim("aud", []string{"offhook2", "off"}), badAudience},
		{"no expiry", without("exp"), badClaims},
		{"expiry as text", claim("exp", "9999999999"), badClaims},
		{"expired", claim("exp", now.Add(-31*time.Second).Unix()), expired},
		{"13 hours ahead", claim("exp", now.Add(13*time.Hour).Unix()), tooFarAhead},
		{"expiry beyond all bounds", claim("exp", 1e300), ""},
		{"not yet", claim("nbf", now.Add(2*time.Minute).Unix()), expired},
		{"issued in the future", claim("iat", now.Add(2*time.Minute).Unix()), expired},
		{"no subject", without("sub"), badClaims},
		{"empty subject", claim("sub", ""), badClaims},
		{"subject is a number", claim("sub", 7), ""},
		{"subject with a line end", claim("sub", "ana\r\nX: y"), badClaims},
		{"subject in another case", hs(header{}, with(func(c jwt.MapClaims) { delete(c, "sub"); c["SUB"] = "ana" })), badClaims},
		{"subject too long", claim("sub", strings.Repeat("a", 129)), badClaims},
		{"dial is no list", claim("dial", "+49*"), badClaims},
		{"level is no number", claim("queues", map[string]any{"sales": "1"}), badClaims},
		{"9 KB", claim("name", strings.Repeat("a", 9<<10)), tooLong},
		{"1 MB of dots", strings.Repeat(".", 1<<20), tooLong},
		{"8 KB of dots", strings.Repeat(".", 8<<10), malformed},
		{"8 KB of brackets", enc([]byte(strings.Repeat("[", 6000))) + ".e30.", malformed},
		{"padding", part[0] + "=." + part[1] + "." + part[2], malformed},
		{"two parts", part[0] + "." + part[1], malformed},
		{"four parts", fine + ".x", malformed},
		{"header is null", enc([]byte("null")) + "." + part[1] + "." + part[2], malformed},
		{"claims are null", part[0] + "." + enc([]byte("null")) + "." + part[2], unknownIssuer},
		{"not base64", "!!!.???.***", malformed},
		{"one word", "token", malformed},
	}
}

// TestSecurityToken (S2): each of the bad tokens closes the socket with 4401, in less than a millisecond of ours.
func TestSecurityToken(t *testing.T) {
	k := newKeyring(t)
	s := serve(t, func(c *Config) { c.Keys = k.keys(t); c.MaxWaiting = 1000 })
	rows := badTokens(t, k)
	if len(rows) < 30 {
		t.Fatalf("%d bad tokens", len(rows))
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			fastest := time.Hour
			var err error
			for range 3 { // the machine may be busy with other things
				start := time.Now()
				_, err = s.tokens.verify(row.token)
				fastest = min(fastest, time.Since(start))
			}
			if err == nil || row.why != "" && err != row.why {
				t.Errorf("%v, want %q", err, row.why)
			}
			if fastest > time.Millisecond && !raceDetector {
				t.Errorf("took %v", fastest)
			}
			if len(row.token) > protocol.MaxFrame-200 {
				return // its frame is closed with 4400: TestSecurityFrames
			}
			c := agenttest.Dial(t, s.url, testOrigin)
			c.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: row.token, Client: "x"})
			if code := c.Closed(); code != protocol.CloseToken {
				t.Errorf("closed with %d", code)
			}
		})
	}
	if n := s.Figures().Agents; n != 0 {
		t.Errorf("%d agents are remembered", n)
	}
}

// TestSecurityTokenRoles: a token without a role is nobody's.
func TestSecurityTokenRoles(t *testing.T) {
	s := serve(t)
	for _, roles := range []any{nil, []string{}, []string{"admin"}, []string{"Agent"}} {
		c := s.dial()
		token := s.issuer.Token("ana", func(claims map[string]any) { claims["roles"] = roles })
		c.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: token, Client: "x"})
		if code := c.Closed(); code != protocol.CloseForbidden {
			t.Errorf("roles %v: closed with %d", roles, code)
		}
	}
}

// TestSecurityTokenOnce: a token with a jti logs in once; to resume it may come again, with the session's secret.
func TestSecurityTokenOnce(t *testing.T) {
	s := serve(t)
	token := s.issuer.Token("ana", func(claims map[string]any) { claims["jti"] = "42" })
	w := s.dial().Hello(token, "")
	s.dial().Hello(token, w.Session)
	for _, session := range []string{"", "wrong"} {
		c := s.dial()
		c.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: token, Client: "x", Session: session})
		if code := c.Closed(); code != protocol.CloseToken {
			t.Errorf("session %q: closed with %d", session, code)
		}
	}
}

// TestTokenRenewal: a fresh token of the same agent is taken in place; any other is forbidden and changes nothing.
func TestTokenRenewal(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	rows := []struct {
		token string
		want  protocol.Code
	}{
		{s.issuer.Token("ana"), ""},
		{s.issuer.Token("ben"), protocol.Forbidden},
		{"a.b.c", protocol.Forbidden},
		{s.issuer.Token("ana", func(c map[string]any) { c["roles"] = nil }), protocol.Forbidden},
		{s.issuer.Token("ana"), ""},
	}
	for i, row := range rows {
		c.Send(protocol.Token{Head: protocol.NewHead("token", c.NextID()), Token: row.token})
		if r := c.Reply(); r.Code != row.want {
			t.Errorf("token %d: %+v", i, r)
		}
	}
	s.back.await(t, "renewed ana", 2)
}

// TestTokenExpires: after it nothing new starts, what is there goes on, and a fresh token sets it right.
func TestTokenExpires(t *testing.T) {
	s := serve(t)
	c := s.dial()
	// Within the leeway a token that has expired still logs in.
	c.Hello(s.issuer.Token("ana", func(claims map[string]any) { claims["exp"] = time.Now().Add(-time.Second).Unix() }), "")
	ask := func(frame string, want protocol.Code) {
		t.Helper()
		c.Raw(fmt.Sprintf(frame, c.NextID()))
		if r := c.Reply(); r.Code != want {
			t.Errorf("%s: %+v", frame, r)
		}
	}
	ask(`{"type":"state","id":%d,"state":"available"}`, protocol.Forbidden)
	ask(`{"type":"dial","id":%d,"to":"+49","sdp":"v=0"}`, protocol.Forbidden)
	ask(`{"type":"state","id":%d,"state":"away"}`, "")
	ask(`{"type":"accept","id":%d,"call":"c1"}`, "")
	ask(`{"type":"hangup","id":%d,"call":"c1"}`, "")
	c.Send(protocol.Token{Head: protocol.NewHead("token", c.NextID()), Token: s.issuer.Token("ana")})
	c.Reply()
	ask(`{"type":"state","id":%d,"state":"available"}`, "")
}

// TestSecurityTokenCanary (S3): no token, no session secret and no TURN secret shows in the log, in a counter or in what the backend gets.
func TestSecurityTokenCanary(t *testing.T) {
	turn := TURN{URLs: []string{"turn:turn.example"}, Secret: []byte("canary-turn-secret")}
	s := serve(t, func(c *Config) { c.ICEServers = turn.Servers })
	token := s.issuer.Token("ana", func(claims map[string]any) { claims["jti"] = "canaryjti" })
	w := s.dial().Hello(token, "")
	c := s.dial()
	w2 := c.Hello(token, w.Session)
	c.Send(protocol.Token{Head: protocol.NewHead("token", c.NextID()), Token: "canarybad." + token})
	c.Reply()
	c.Raw(`{"type":"token","id":9,"token":"canary\u0000"}`)
	c.Reply()
	bad := s.dial()
	bad.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: token + "canary", Client: "x"})
	bad.Closed()
	all := s.log.String() + s.back.all() + s.counts.all() + fmt.Sprintf("%v %#v %+v", s.cfg.Keys, s.cfg.Keys, s.cfg.Keys)
	for _, secret := range append(strings.Split(token, "."), w.Session, w2.Session, "canary") {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in the output:\n%s", secret, all)
		}
	}
	if !strings.Contains(all, "agent logged in") {
		t.Error("the log was not looked at")
	}
}

// TestKeyParsing: a JWK set and PEM files are read; weak or odd keys are refused.
func TestKeyParsing(t *testing.T) {
	k := newKeyring(t)
	enc := base64.RawURLEncoding.EncodeToString
	point, _ := k.ec.PublicKey.Bytes()
	set := fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ed","x":%q},{"kty":"EC","crv":"P-256","kid":"ec","x":%q,"y":%q},
		{"kty":"RSA","kid":"rsa","n":%q,"e":"AQAB"},{"kty":"RSA","use":"enc","kid":"enc"}]}`,
		enc(k.ed.Public().(ed25519.PublicKey)), enc(point[1:33]), enc(point[33:]), enc(k.rsa.N.Bytes()))
	keys, err := ParseJWKS(testIssuer, []byte(set))
	if err != nil || len(keys) != 3 {
		t.Fatalf("%v %v", keys, err)
	}
	s := newHub(t, func(c *Config) { c.Keys = keys })
	for kid, token := range map[string]string{
		"ed":  sign(t, jwt.SigningMethodEdDSA, k.ed, header{"kid": "ed"}, good(testIssuer)),
		"ec":  sign(t, jwt.SigningMethodES256, k.ec, header{"kid": "ec"}, good(testIssuer)),
		"rsa": sign(t, jwt.SigningMethodRS256, k.rsa, header{"kid": "rsa"}, good(testIssuer)),
	} {
		if _, err := s.tokens.verify(token); err != nil {
			t.Errorf("%s: %v", kid, err)
		}
	}
	der, _ := x509.MarshalPKIXPublicKey(k.ed.Public())
	if _, err := ParsePEM(testIssuer, "p", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})); err != nil {
		t.Error(err)
	}
	for name, set := range map[string]string{
		"none":       `{"keys":[]}`,
		"not JSON":   `{`,
		"symmetric":  `{"keys":[{"kty":"oct","k":"AAAA"}]}`,
		"off curve":  `{"keys":[{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 42) + `E","y":"` + strings.Repeat("A", 42) + `E"}]}`,
		"weak RSA":   `{"keys":[{"kty":"RSA","n":"` + strings.Repeat("_", 170) + `","e":"AQAB"}]}`,
		"short OKP":  `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}`,
		"other type": `{"keys":[{"kty":"EC","crv":"secp256k1"}]}`,
	} {
		if _, err := ParseJWKS(testIssuer, []byte(set)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := SecretKey(testIssuer, "", make([]byte, 31)); err == nil {
		t.Error("a short secret was taken")
	}
}

// TestSetKeys: keys are changed while agents are logged in.
func TestSetKeys(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	other := agenttest.NewIssuer(t, testIssuer)
	key, _ := PublicKey(other.Name, other.KID, other.Public())
	if err := s.SetKeys(nil); err == nil {
		t.Error("no keys were taken")
	}
	if err := s.SetKeys([]Key{key}); err != nil {
		t.Fatal(err)
	}
	c.Send(request("hangup", c.NextID(), "c1"))
	if r := c.Reply(); r.Type != "ok" {
		t.Errorf("reply %+v", r)
	}
	if _, err := s.tokens.verify(s.issuer.Token("ana")); err != badSignature {
		t.Errorf("the old key: %v", err)
	}
	if _, err := s.tokens.verify(other.Token("ana")); err != nil {
		t.Errorf("the new key: %v", err)
	}
}

// TestTURNCredentials holds the credentials against ones made by hand:
//
//	printf %s 1772442898:ana | openssl dgst -sha1 -hmac north -binary | base64
func TestTURNCredentials(t *testing.T) {
	name, password := TURNCredentials([]byte("north"), "ana", time.Unix(1772442898, 0))
	if want := "JScER3a1vkji+C9eJ3cS19ju4C4="; name != "1772442898:ana" || password != want {
		t.Errorf("got %s %s, want %s", name, password, want)
	}
}
