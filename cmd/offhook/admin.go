package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// adminServer is the admin surface on its own listener.
type adminServer struct {
	server   *http.Server
	listener net.Listener
}

// addr is where it listens.
func (a *adminServer) addr() string { return a.listener.Addr().String() }

// newAdminServer serves it. token is what has to be shown, nil for nothing.
func newAdminServer(addr string, token []byte, m *meters, t *tracer) (*adminServer, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.reg.Handler())
	mux.Handle("POST /api/v1/calls/{id}/trace", t)
	a := &adminServer{&http.Server{Handler: adminGate(token, mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10}, l}
	go func() { _ = a.server.Serve(l) }()
	return a, nil
}

// adminGate lets those through who ask this machine by its own name and show the token, if there is one. The name keeps out a page whose host's name leads to loopback since
// a moment ago (DNS rebinding): its browser sends that name.
func adminGate(token []byte, inner http.Handler) http.Handler {
	want := sha256.Sum256(token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isThisMachine(r.Host) {
			http.Error(w, "the admin listener is asked by a loopback address or localhost", http.StatusForbidden)
			return
		}
		if len(token) > 0 {
			scheme, shown, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			got := sha256.Sum256([]byte(shown))
			if !strings.EqualFold(scheme, "bearer") || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
				w.Header().Set("WWW-Authenticate", `Bearer realm="offhook admin"`)
				http.Error(w, "a token is needed: Authorization: Bearer …", http.StatusUnauthorized)
				return
			}
		}
		inner.ServeHTTP(w, r)
	})
}

// isThisMachine reports whether a Host header names loopback.
func isThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	at, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && at.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

func (a *adminServer) close(ctx context.Context) { _ = a.server.Shutdown(ctx) }
