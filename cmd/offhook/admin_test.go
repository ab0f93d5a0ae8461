package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The admin surface is asked by a name of loopback, so that no page reaches it by a name of its own that leads there; with a token it is shown to who has it.
func TestSecurityAdminGate(t *testing.T) {
	inner := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "figures") })
	secret := strings.Repeat("a", 32)
	for _, row := range []struct {
		name, token, host, shown string
		status                   int
	}{
		{"an address", "", "127.0.0.1:9090", "", 200},
		{"another loopback address", "", "127.9.8.7:9090", "", 200},
		{"IPv6", "", "[::1]:9090", "", 200},
		{"IPv6 without a port", "", "[::1]", "", 200},
		{"a name", "", "LocalHost:9090", "", 200},
		{"a page's name", "", "evil.example:9090", "", 403},
		{"a name that begins like it", "", "localhost.evil.example", "", 403},
		{"a name that looks like an address", "", "127.0.0.1.evil.example", "", 403},
		{"another machine", "", "192.0.2.1:9090", "", 403},
		{"no host", "", "", "", 403},
		{"the token", secret, "127.0.0.1:9090", "Bearer " + secret, 200},
		{"no token", secret, "127.0.0.1:9090", "", 401},
		{"an empty one", secret, "127.0.0.1:9090", "Bearer ", 401},
		{"half of it", secret, "127.0.0.1:9090", "Bearer " + secret[:16], 401},
		{"another scheme", secret, "127.0.0.1:9090", "Basic " + secret, 401},
		{"the token at a page's name", secret, "evil.example", "Bearer " + secret, 403},
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Host = row.host
		if row.shown != "" {
			r.Header.Set("Authorization", row.shown)
		}
		w := httptest.NewRecorder()
		adminGate([]byte(row.token), inner).ServeHTTP(w, r)
		if w.Code != row.status || (w.Body.String() == "figures") != (row.status == 200) {
			t.Errorf("%s: got %d %s, want %d", row.name, w.Code, w.Body, row.status)
		}
	}
}
