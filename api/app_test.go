package api

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gofiber/fiber/v2"
)

type noAgents struct{}

func (noAgents) Mount(*fiber.App) {}

func testApp(ready error) *fiber.App {
	return New(Config{
		Agents: noAgents{},
		Widget: fstest.MapFS{"offhook.js": {Data: []byte("export {}")}, "src/a.js": {Data: []byte("1")}},
		Pages:  map[string]fs.FS{"/demo": fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}},
		Texts:  map[string]func() (string, error){"/demo/token": func() (string, error) { return "tok", nil }, "/broken": func() (string, error) { return "", errors.New("secret detail") }},
		Home:   "/demo/", Origins: []string{"https://crm.example"},
		Ready: func() error { return ready },
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
}

// One row a request: what is asked, and what must be in the answer.
func TestRoutes(t *testing.T) {
	app := testApp(nil)
	for _, row := range []struct {
		name, path, origin string
		status             int
		body               string
		headers            map[string]string
	}{
		{"health", "/healthz", "", 200, "ok", map[string]string{"X-Content-Type-Options": "nosniff", "Permissions-Policy": "microphone=(self)"}},
		{"ready", "/readyz", "", 200, "ready", nil},
		{"home leads to the page", "/", "", 302, "", map[string]string{"Location": "/demo/"}},
		{"a module has its media type", "/widget/offhook.js", "", 200, "export {}", map[string]string{"Content-Type": "text/javascript; charset=utf-8", "Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": ""}},
		{"an allowed page may load modules", "/widget/src/a.js", "https://crm.example", 200, "1", map[string]string{"Access-Control-Allow-Origin": "https://crm.example", "Vary": "Origin"}},
		{"another page may not", "/widget/offhook.js", "https://evil.example", 200, "export {}", map[string]string{"Access-Control-Allow-Origin": ""}},
		{"our pages have a strict policy", "/demo/", "", 200, "<!doctype html>", map[string]string{"Content-Security-Policy": pagePolicy, "Content-Type": "text/html; charset=utf-8"}},
		{"a text is never kept", "/demo/token", "", 200, "tok", map[string]string{"Cache-Control": "no-store"}},
		{"a fault inside stays inside", "/broken", "", 500, "internal error\n", nil},
		{"nothing there", "/nope", "", 404, "", nil},
		{"no way out of the folder", "/widget/..%2f..%2fgo.mod", "", 404, "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := httptest.NewRequest(http.MethodGet, row.path, nil)
			if row.origin != "" {
				req.Header.Set("Origin", row.origin)
			}
			res, err := app.Test(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != row.status || !strings.Contains(string(body), row.body) {
				t.Errorf("got %d %q, want %d %q", res.StatusCode, body, row.status, row.body)
			}
			for name, want := range row.headers {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			if strings.Contains(string(body), "secret detail") {
				t.Error("the client reads what went wrong inside")
			}
		})
	}
}

func TestNotReady(t *testing.T) {
	res, err := testApp(errors.New("draining")).Test(httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusServiceUnavailable || string(body) != "draining\n" {
		t.Errorf("got %d %q", res.StatusCode, body)
	}
}
