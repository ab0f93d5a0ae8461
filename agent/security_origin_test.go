package agent

import (
	"net/http"
	"strings"
	"testing"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

// TestSecurityOrigin (S1): only the exact origin gets a socket, and only with our subprotocol.
func TestSecurityOrigin(t *testing.T) {
	s := serve(t, func(c *Config) { c.Origins = []string{"https://crm.example:8443", "http://localhost:8080"} })
	rows := []struct {
		origin string
		status int
	}{
		{"https://crm.example:8443", 101},
		{"http://localhost:8080", 101},
		{"", 403},
		{"null", 403},
		{"*", 403},
		{"https://evil.example", 403},
		{"https://crm.example", 403},
		{"https://crm.example:443", 403},
		{"http://crm.example:8443", 403},
		{"https://crm.example:84433", 403},
		{"https://crm.example:844", 403},
		{"https://crm.example:8443.evil.example", 403},
		{"https://crm.example:8443@evil.example", 403},
		{"https://evil.crm.example:8443", 403},
		{"https://evilcrm.example:8443", 403},
		{"https://CRM.example:8443", 403},
		{"HTTPS://crm.example:8443", 403},
		{"https://crm.example.:8443", 403},
		{"https://crm.example:8443/", 403},
		{"https://crm.example:8443, https://evil.example", 403},
		{"wss://crm.example:8443", 403},
		{"http://127.0.0.1:8080", 403},
	}
	for _, row := range rows {
		conn, status, _ := agenttest.Try(s.url, agenttest.Options{Origin: row.origin, Subprotocol: protocol.Subprotocol})
		if conn != nil {
			conn.Close()
		}
		if status != row.status {
			t.Errorf("origin %q: status %d, want %d", row.origin, status, row.status)
		}
	}
	twice := http.Header{"Origin": {"https://crm.example:8443", "https://evil.example"}}
	if _, status, _ := agenttest.Try(s.url, agenttest.Options{Header: twice, Subprotocol: protocol.Subprotocol}); status != 403 {
		t.Errorf("two origins: status %d", status)
	}
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
