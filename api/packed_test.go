package api

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// A module goes out compressed to who takes that, and plain to everybody else; what has no compressed copy goes out plain to all.
func TestModulesGoOutCompressed(t *testing.T) {
	app := New(Config{
		Agents: noAgents{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Ready: func() error { return nil },
		Widget: fstest.MapFS{"offhook.js": {Data: []byte("plain")}, "offhook.js.gz": {Data: []byte("packed")}, "src/a.js": {Data: []byte("1")}},
	})
	for _, row := range []struct{ path, takes, body, encoding string }{
		{"/widget/offhook.js", "gzip, deflate, br", "packed", "gzip"},
		{"/widget/offhook.js", "", "plain", ""},
		{"/widget/offhook.js", "gzip;q=0, br", "plain", ""},
		{"/widget/src/a.js", "gzip", "1", ""},
	} {
		req := httptest.NewRequest(http.MethodGet, row.path, nil)
		if row.takes != "" {
			req.Header.Set("Accept-Encoding", row.takes)
		}
		res, err := app.Test(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || string(body) != row.body || res.Header.Get("Content-Encoding") != row.encoding || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s to %q: %q, %v, %v", row.path, row.takes, body, res.Header, err)
		}
		if row.path == "/widget/offhook.js" && !strings.Contains(res.Header.Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s to %q: Vary %q", row.path, row.takes, res.Header.Get("Vary"))
		}
	}
}
