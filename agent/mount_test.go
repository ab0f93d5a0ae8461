package agent

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

// TestSecurityForwardedFor: the header is believed from a trusted proxy only, and of it only what that proxy wrote.
func TestSecurityForwardedFor(t *testing.T) {
	s := newHub(t, func(c *Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32"), netip.MustParsePrefix("10.0.0.0/8")}
	})
	stranger := newHub(t)
	app := fiber.New(Settings())
	rows := []struct{ header, want string }{
		{"", "0.0.0.0"},
		{"198.51.100.7", "198.51.100.7"},
		{"1.1.1.1, 198.51.100.7", "198.51.100.7"}, // the first was written by the client
		{"1.1.1.1, 198.51.100.7, 10.1.2.3", "198.51.100.7"},
		{"198.51.100.7, nonsense", "0.0.0.0"},
		{"::ffff:198.51.100.7", "198.51.100.7"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
	}
	for _, row := range rows {
		c := app.AcquireCtx(&fasthttp.RequestCtx{})
		c.Request().Header.Set("X-Forwarded-For", row.header)
		if got := s.address(c); got != row.want {
			t.Errorf("%q: %s, want %s", row.header, got, row.want)
		}
		if got := stranger.address(c); got != "0.0.0.0" {
			t.Errorf("%q from nobody we trust: %s", row.header, got)
		}
		app.ReleaseCtx(c)
	}
}

// TestSecuritySettings: strings of a request may be kept, and an error tells a client its status only.
func TestSecuritySettings(t *testing.T) {
	app := fiber.New(Settings())
	var kept []string
	app.Get("/:name", func(c *fiber.Ctx) error {
		kept = append(kept, c.Params("name"), c.Get("X-Name"))
		return errorWith("canary")
	})
	for _, name := range []string{"aaaa", "bbbb", "cccc"} {
		r, _ := http.NewRequest("GET", "http://localhost/"+name, nil)
		r.Header.Set("X-Name", name)
		resp, err := app.Test(r)
		if err != nil {
			t.Fatal(err)
		}
		var body [100]byte
		n, _ := resp.Body.Read(body[:])
		resp.Body.Close()
		if resp.StatusCode != 500 || strings.Contains(string(body[:n]), "canary") {
			t.Errorf("status %d, %s", resp.StatusCode, body[:n])
		}
	}
	if got := strings.Join(kept, " "); got != "aaaa aaaa bbbb bbbb cccc cccc" {
		t.Errorf("kept strings became %s", got)
	}
	if cfg := Settings(); !cfg.Immutable || cfg.ReadTimeout <= 0 || cfg.IdleTimeout <= 0 || cfg.BodyLimit > 64<<10 {
		t.Errorf("%+v", cfg)
	}
}

type errorWith string

func (e errorWith) Error() string { return string(e) }

// TestPlainHTTP: /agent is a WebSocket and nothing else.
func TestPlainHTTP(t *testing.T) {
	s := serve(t)
	for origin, status := range map[string]int{testOrigin: 426, "https://evil.example": 403} {
		r, _ := http.NewRequest("GET", "http"+strings.TrimPrefix(s.url, "ws"), nil)
		r.Header.Set("Origin", origin)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%s: status %d, want %d", origin, resp.StatusCode, status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestCookiesDoNotMatter: login is by hello, and what else a browser sends is neither needed nor in the way.
func TestCookiesDoNotMatter(t *testing.T) {
	s := serve(t)
	c := agenttest.DialWith(t, s.url, agenttest.Options{Origin: testOrigin, Subprotocol: protocol.Subprotocol,
		Header: http.Header{"Cookie": {"session=canary"}, "Authorization": {"Bearer canary"}}})
	c.Send(request("hangup", 1, "c1"))
	if code := c.Closed(); code != protocol.CloseProtocol {
		t.Errorf("closed with %d", code)
	}
}
