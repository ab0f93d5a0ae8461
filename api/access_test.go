package api

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// Whoever shows no good token learns nothing, changes nothing, and leaves one line a minute in the log.
func TestSecurityAPITokens(t *testing.T) {
	for name, header := range map[string]string{
		"none": "", "empty": "Bearer ", "another": "Bearer " + strings.Repeat("x", 38), "prefix": "Bearer " + readSecret[:37], "longer": "Bearer " + readSecret + "x",
		"lower case": "Bearer " + strings.ToUpper(readSecret), "basic": "Basic " + readSecret, "bare": readSecret, "two spaces": "Bearer  " + readSecret, "trailing": "Bearer " + readSecret + " x",
		"long": "Bearer " + strings.Repeat("a", 6000), "its name": "Bearer reporting", "zero": "Bearer \x00",
	} {
		t.Run(name, func(t *testing.T) {
			s := apiApp(twoTokens, &fakeCalls{})
			for _, path := range []string{"/api/v1/calls", "/api/v1/calls/A", "/api/v1/calls/B", "/api/v1/calls?nonsense=1"} {
				req := httptest.NewRequest(http.MethodGet, path, nil)
				req.Header["Authorization"] = []string{header}
				if header == "" {
					req.Header.Del("Authorization")
				}
				res, err := s.Test(req, 20_000)
				if err != nil {
					if name == "zero" {
						return // the client's library refuses to send it
					}
					t.Fatal(err)
				}
				if res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusBadRequest || res.Header.Get("WWW-Authenticate") == "" && res.StatusCode == http.StatusUnauthorized {
					t.Errorf("%s: got %d", path, res.StatusCode)
				}
			}
			if len(s.calls.asked) != 0 {
				t.Errorf("the records were asked %q", s.calls.asked)
			}
		})
	}
}

// A token in a URL, or in a cookie, is none: URLs are kept by proxies and browsers, cookies are sent by pages of others.
func TestSecurityAPITokensOnlyInTheHeader(t *testing.T) {
	s := apiApp(twoTokens, &fakeCalls{})
	for _, query := range []string{"token=", "access_token=", "authorization=Bearer%20", "key="} {
		if status, _, _ := s.ask(t, http.MethodGet, "/api/v1/calls?"+query+readSecret, ""); status != http.StatusUnauthorized {
			t.Errorf("%s: got %d", query, status)
		}
	}
	req := httptest.NewRequest(http.MethodGet, "/api/v1/calls", nil)
	req.AddCookie(&http.Cookie{Name: "token", Value: readSecret})
	if res, err := s.Test(req); err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a cookie: %v, %v", res, err)
	}
	if strings.Contains(s.log.String(), readSecret) {
		t.Errorf("the log has the token: %s", s.log)
	}
}

// A page of another origin cannot read the API even where it knows a token.
func TestSecurityAPIHasNoCORS(t *testing.T) {
	s := apiApp(twoTokens, &fakeCalls{})
	req := httptest.NewRequest(http.MethodGet, "/api/v1/calls", nil)
	req.Header.Set("Origin", "https://evil.example")
	req.Header.Set("Authorization", "Bearer "+readSecret)
	res, err := s.Test(req)
	if err != nil {
		t.Fatal(err)
	}
	for name := range res.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("got %s: %s", name, res.Header.Get(name))
		}
	}
}

// No token in the configuration is nobody, not everybody.
func TestSecurityAPINobodyByDefault(t *testing.T) {
	s := apiApp(nil, &fakeCalls{})
	for _, token := range []string{"", readSecret, " "} {
		if status, _, _ := s.ask(t, http.MethodGet, "/api/v1/calls", token); status != http.StatusUnauthorized {
			t.Errorf("%q: got %d", token, status)
		}
	}
	if status, _, _ := s.ask(t, http.MethodGet, "/api/v1/openapi.json", ""); status != http.StatusOK {
		t.Errorf("the document: got %d", status)
	}
}

// A scope reaches so far and no further.
func TestSecurityAPIScopes(t *testing.T) {
	s := apiApp(twoTokens, &fakeCalls{})
	for token, want := range map[string]int{readSecret: 200, writeSecret: 200, otherSecret: 403} {
		if status, body, _ := s.ask(t, http.MethodGet, "/api/v1/calls", token); status != want {
			t.Errorf("%s: got %d %s", token, status, body)
		}
	}
	for _, row := range []struct {
		have, need Scope
		want       bool
	}{{Read, Read, true}, {Read, Write, false}, {Write, Read, true}, {Write, Write, true}, {"", Read, false}, {"", Write, false}, {"none", Read, false}} {
		if got := row.have.reaches(row.need); got != row.want {
			t.Errorf("%q for %q: %v", row.have, row.need, got)
		}
	}
}

// Only reading is there: every other method is refused, whatever the token.
func TestSecurityAPIMethods(t *testing.T) {
	s := apiApp(twoTokens, &fakeCalls{})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for _, path := range []string{"/api/v1/calls", "/api/v1/calls/A"} {
			if status, body, _ := s.ask(t, method, path, writeSecret); status != http.StatusMethodNotAllowed || !strings.Contains(body, `"bad_method"`) {
				t.Errorf("%s %s: got %d %s", method, path, status, body)
			}
		}
	}
}

// One token's requests are paced, another's are not held up by it.
func TestSecurityAPIRate(t *testing.T) {
	s := apiApp(twoTokens, &fakeCalls{})
	refused := 0
	var retry string
	for range requestsAtOnce + 30 {
		status, _, header := s.ask(t, http.MethodGet, "/api/v1/calls/A", readSecret)
		if status == http.StatusTooManyRequests {
			refused, retry = refused+1, header.Get("Retry-After")
		}
	}
	if refused == 0 || retry != "1" {
		t.Errorf("%d of %d were refused, Retry-After %q", refused, requestsAtOnce+30, retry)
	}
	if status, _, _ := s.ask(t, http.MethodGet, "/api/v1/calls/A", writeSecret); status != http.StatusOK {
		t.Errorf("another token: got %d", status)
	}
	a, now := newAccess(NewKeyring(twoTokens), nil, nil), time.Now()
	passed := 0
	for ms := range 10_000 {
		if a.pace(a.keys.tokens()[0], now.Add(time.Duration(ms)*time.Millisecond)) == 0 {
			passed++
		}
	}
	if want := requestsAtOnce + 10*requestsPerSecond; passed < want-1 || passed > want {
		t.Errorf("%d of 10,000 requests in 10 s passed, want %d", passed, want)
	}
}

// A flood of wrong tokens is counted one by one and told once; neither line has a token, a parameter or an ID.
func TestSecurityAPILog(t *testing.T) {
	s := apiApp(twoTokens, &fakeCalls{})
	for range 500 {
		s.ask(t, http.MethodGet, "/api/v1/calls?number=4930123456", "wrong-canary")
	}
	s.ask(t, http.MethodGet, "/api/v1/calls/A", otherSecret)
	s.ask(t, http.MethodGet, "/api/v1/calls?number=4930123456", readSecret)
	if n := len(s.counted); n != 501 || s.counted[0] != "api_token" || s.counted[500] != "api_scope" {
		t.Errorf("counted %d", n)
	}
	if n := strings.Count(s.log.String(), "\n"); n != 2 {
		t.Errorf("%d lines:\n%s", n, s.log)
	}
	for _, private := range []string{"canary", "4930123456"} {
		if strings.Contains(s.log.String(), private) {
			t.Errorf("the log has %s:\n%s", private, s.log)
		}
	}
}

// Tokens change while the server runs: one that is gone is nobody's from the next request on, one that is new is good, and one that stays keeps what it has used up.
func TestSecurityAPITokensChange(t *testing.T) {
	keys := NewKeyring(twoTokens)
	s := apiAppOf(func(c *Config) { c.Keyring = keys })
	for range requestsAtOnce + 30 {
		s.ask(t, http.MethodGet, "/api/v1/calls/A", readSecret)
	}
	const fresh = "canary-fresh-0123456789abcdef012345678"
	keys.Set([]Token{twoTokens[0], {"crm", Read, []byte(fresh)}})
	for token, want := range map[string]int{readSecret: http.StatusTooManyRequests, writeSecret: http.StatusUnauthorized, fresh: http.StatusOK} {
		if status, body, _ := s.ask(t, http.MethodGet, "/api/v1/calls/A", token); status != want {
			t.Errorf("%s: got %d %s", token, status, body)
		}
	}
	keys.Set([]Token{{"reporting", Write, []byte(readSecret)}}) // another scope: another token
	if status, _, _ := s.ask(t, http.MethodGet, "/api/v1/calls/A", readSecret); status != http.StatusOK {
		t.Errorf("got %d", status)
	}
	keys.Set(nil)
	if status, _, _ := s.ask(t, http.MethodGet, "/api/v1/calls/A", readSecret); status != http.StatusUnauthorized {
		t.Errorf("without tokens: got %d", status)
	}
}

// Whoever changes something stands in the log with the token's name, what he asked and what came of it; who only looks does not. One whose token does not reach so far makes
// no more lines than his rate.
func TestSecurityAPIChangesAreNoted(t *testing.T) {
	s := apiAppOf(func(c *Config) { c.Tokens, c.Center = twoTokens, &fakeCenter{} })
	s.send(t, "GET", "/api/v1/agents/anna", writeSecret, "")
	s.send(t, "PUT", "/api/v1/agents/anna/state", writeSecret, `{"state":"away","reason":"canary"}`)
	s.send(t, "PUT", "/api/v1/agents/anna/state", writeSecret, `{"state":"canary"}`)
	s.send(t, "DELETE", "/api/v1/agents/anna%0Acanary=1", writeSecret, "")
	want := []string{"method=PUT path=/api/v1/agents/anna/state status=200", "method=PUT path=/api/v1/agents/anna/state status=400", "method=DELETE path=\"/api/v1/agents/anna%0Acanary=1\" status=204"}
	var got []string
	for line := range strings.Lines(s.log.String()) {
		_, line, _ = strings.Cut(line, `msg="api change" token=`+twoTokens[1].Name+" ")
		got = append(got, strings.TrimSpace(line))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	before := strings.Count(s.log.String(), "\n")
	begin := time.Now()
	for range 200 {
		s.send(t, "DELETE", "/api/v1/agents/anna", otherSecret, "")
	}
	most := requestsAtOnce + int(time.Since(begin).Seconds()*requestsPerSecond) + 1
	if n := strings.Count(s.log.String(), "\n") - before; n > most {
		t.Errorf("%d lines of one who may not, want %d at most", n, most)
	}
}

// Behind a proxy the log names the client that it tells of, and nobody else's word is taken for that.
func TestSecurityAPIAddress(t *testing.T) {
	for proxies, want := range map[string]string{"0.0.0.0/32": "address=198.51.100.7", "10.0.0.0/8": "address=0.0.0.0"} {
		s := apiAppOf(func(c *Config) {
			c.Tokens, c.TrustedProxies = twoTokens, []netip.Prefix{netip.MustParsePrefix(proxies)}
		})
		req := httptest.NewRequest(http.MethodGet, "/api/v1/calls", nil)
		req.Header.Set("X-Forwarded-For", "192.0.2.1, 198.51.100.7")
		if _, err := s.Test(req, 20_000); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("trusted %s: %s", proxies, s.log)
		}
	}
}
