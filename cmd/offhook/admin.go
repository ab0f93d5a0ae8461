package main

import (
	"context"
	"net"
	"net/http"
	"time"
)

// adminServer is the admin surface on its own listener.
type adminServer struct {
	server   *http.Server
	listener net.Listener
}

// addr is where it listens.
func (a *adminServer) addr() string { return a.listener.Addr().String() }

func newAdminServer(addr string, m *meters, t *tracer) (*adminServer, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.reg.Handler())
	mux.Handle("POST /api/v1/calls/{id}/trace", t)
	a := &adminServer{&http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10}, l}
	go func() { _ = a.server.Serve(l) }()
	return a, nil
}

func (a *adminServer) close(ctx context.Context) { _ = a.server.Shutdown(ctx) }
