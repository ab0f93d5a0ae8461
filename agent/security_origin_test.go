package agent

import (
	"net/http"
	"strings"
	"testing"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

// TestSecurityOrigin (S1): only the exact origin is listened to, and only with our subprotocol. A browser page of another origin gets a socket that is
// closed with 4403 before any frame of it is looked at; who says no single origin is no page and gets no socket.
func TestSecurityOrigin(t *testing.T) {
	s := serve(t, func(c *Config) { c.Origins = []string{"https://crm.example:8443", "http://localhost:8080"} })
	for _, origin := range []string{"https://crm.example:8443", "http://localhost:8080"} {
		agenttest.Dial(t, s.url, origin).Hello(s.issuer.Token("ana"), "")
	}
	logins := s.back.times("login ana")
	for _, origin := range []string{
		"null",
		"*",
		"https://evil.example",
		"https://crm.example",
		"https://crm.example:443",
		"http://crm.example:8443",
		"https://crm.example:84433",
		"https://crm.example:844",
		"https://crm.example:8443.evil.example",
		"https://crm.example:8443@evil.example",
		"https://evil.crm.example:8443",
		"https://evilcrm.example:8443",
		"https://CRM.example:8443",
		"HTTPS://crm.example:8443",
		"https://crm.example.:8443",
		"https://crm.example:8443/",
		"https://crm.example:8443, https://evil.example",
		"wss://crm.example:8443",
		"http://127.0.0.1:8080",
	} {
		c := agenttest.Dial(t, s.url, origin)
		c.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: s.issuer.Token("ana"), Client: "evil/1"})
		if code := c.Closed(); code != protocol.CloseForbidden {
			t.Errorf("origin %q: closed with %d, want 4403", origin, code)
		}
		if _, status, _ := agenttest.Try(s.url, agenttest.Options{Origin: origin}); status != 403 {
			t.Errorf("origin %q without our subprotocol: status %d, want 403", origin, status)
		}
	}
	if n := s.back.times("login ana"); n != logins {
		t.Errorf("%d logins from pages of other origins", n-logins)
	}
	for _, origins := range [][]string{nil, {""}, {"https://crm.example:8443", "https://evil.example"}} {
		o := agenttest.Options{Header: http.Header{"Origin": origins}, Subprotocol: protocol.Subprotocol}
		if _, status, _ := agenttest.Try(s.url, o); status != 403 {
			t.Errorf("origins %q: status %d, want 403", origins, status)
		}
	}
}

// TestSecurityOtherOriginCrowd: pages of other origins are bounded like ours, and take no place of our pages at the same address.
func TestSecurityOtherOriginCrowd(t *testing.T) {
	s := serve(t, func(c *Config) { c.MaxWaiting = 2 })
	evil := agenttest.Options{Origin: "https://evil.example", Subprotocol: protocol.Subprotocol}
	eventually(t, "one too many", func() bool { // they do not answer the close, so each stays for linger
		conn, status, _ := agenttest.Try(s.url, evil)
		if conn != nil {
			t.Cleanup(func() { conn.Close() })
		}
		return status == 429
	})
	s.login("ana")
	eventually(t, "they are gone by themselves", func() bool { return s.Figures() == Figures{Sockets: 1, Agents: 1} })
}

// TestSecuritySubprotocol: both sides insist on it.
func TestSecuritySubprotocol(t *testing.T) {
	s := serve(t)
	for _, offered := range []string{"", "offhook.v2", "OFFHOOK.V1", "offhook.v1x"} {
		if _, status, _ := agenttest.Try(s.url, agenttest.Options{Origin: testOrigin, Subprotocol: offered}); status != 400 {
			t.Errorf("subprotocol %q: status %d, want 400", offered, status)
		}
	}
	if got := s.dial().Conn().Subprotocol(); got != protocol.Subprotocol {
		t.Errorf("the server chose %q", got)
	}
}

// TestSecurityConfig: what would let everybody in does not start.
func TestSecurityConfig(t *testing.T) {
	issuer := agenttest.NewIssuer(t, testIssuer)
	rows := []struct {
		name   string
		change func(*Config)
		says   string
	}{
		{"no backend", func(c *Config) { c.Backend = nil }, "backend"},
		{"no origins", func(c *Config) { c.Origins = nil }, "origins"},
		{"any origin", func(c *Config) { c.Origins = []string{"*"} }, "origin"},
		{"wildcard", func(c *Config) { c.Origins = []string{"https://*.example"} }, "wildcard"},
		{"path", func(c *Config) { c.Origins = []string{"https://crm.example/"} }, "nothing else"},
		{"null", func(c *Config) { c.Origins = []string{"null"} }, "scheme"},
		{"default port", func(c *Config) { c.Origins = []string{"https://crm.example:443"} }, "port"},
		{"upper case", func(c *Config) { c.Origins = []string{"https://CRM.example"} }, "case"},
		{"no keys", func(c *Config) { c.Keys = nil }, "key"},
		{"empty key", func(c *Config) { c.Keys = []Key{{}} }, "empty"},
		{"two keys of one name", func(c *Config) { c.Keys = append(c.Keys, c.Keys...) }, "two"},
	}
	for _, row := range rows {
		cfg := config(t, issuer)
		row.change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	if _, err := New(config(t, issuer)); err != nil {
		t.Error(err)
	}
}
