package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"offhook/internal/metrics"
	"offhook/media/relay"
	"offhook/translator/dialog"
)

// meters joins what the parts count with the names that operators see.
type meters struct{ reg *metrics.Registry }

func newMeters() *meters { return &meters{reg: metrics.New()} }

// watch shows the figures that the parts keep by themselves. All parts must have been made.
func (m *meters) watch(s *server) {
	m.gauges(s)
	m.trunkSide(s)
	m.mediaSide(s)
}

// hub counts what happens on agents' sockets. The names end in _total for the hub's own documentation; here they are label values.
func (m *meters) hub(name, reason string) {
	if strings.HasPrefix(name, "agent_panics") {
		m.reg.Fault("hub: " + reason)
		return
	}
	m.reg.Agent(strings.TrimPrefix(name, "agent_"), reason)
}

// exchange counts how calls and offers end.
func (m *meters) exchange(what, label string) {
	switch what {
	case "call":
		cause, by, _ := strings.Cut(label, "/")
		m.reg.Call(cause, by)
	case "offer":
		m.reg.Offer(label)
	default:
		m.reg.Fault(what)
	}
}

func (m *meters) gauges(s *server) {
	m.reg.Gauge("offhook_calls_in_progress", "Calls that have an owner now.", func() float64 { return float64(s.exchange.Calls()) })
	m.reg.Gauge("offhook_agent_sockets", "Agents' sockets that are open now.", func() float64 { return float64(s.hub.Figures().Sockets) })
	m.reg.Gauge("offhook_media_sessions", "Media sessions that are open now.", func() float64 { return float64(s.relay.Stats().Sessions) })
	m.reg.Gauge("offhook_sip_transactions", "SIP requests without a final response now.", func() float64 { return float64(s.sip.Stats().Transactions) })
}

func (m *meters) trunkSide(s *server) {
	for what, read := range map[string]func(dialog.Stats) uint64{
		"requests": func(d dialog.Stats) uint64 { return d.Requests }, "calls": func(d dialog.Stats) uint64 { return d.Calls },
		"strangers": func(d dialog.Stats) uint64 { return d.Strangers }, "malformed": func(d dialog.Stats) uint64 { return d.Malformed },
		"overloaded": func(d dialog.Stats) uint64 { return d.Overloaded }, "refused": func(d dialog.Stats) uint64 { return d.Refused },
	} {
		m.reg.Total("offhook_sip_total", "SIP messages from the trunks' side, by what became of them.", "what", what,
			func() float64 { return float64(read(s.sip.Stats())) })
	}
}

func (m *meters) mediaSide(s *server) {
	for direction, read := range map[string]func(relay.Stats) uint64{
		"to_trunk": func(r relay.Stats) uint64 { return r.ToTrunk }, "to_agent": func(r relay.Stats) uint64 { return r.ToAgent },
		"played": func(r relay.Stats) uint64 { return r.Played }, "reports": func(r relay.Stats) uint64 { return r.Reports },
	} {
		m.reg.Total("offhook_media_packets_total", "Media packets sent, by direction.", "direction", direction,
			func() float64 { return float64(read(s.relay.Stats())) })
	}
	for reason := range s.relay.Stats().Dropped {
		m.reg.Total("offhook_media_dropped_total", "Media packets dropped, by reason.", "reason", reason,
			func() float64 { return float64(s.relay.Stats().Dropped[reason]) })
	}
}

// adminServer is the admin surface on its own listener.
type adminServer struct{ server *http.Server }

func newAdminServer(addr string, m *meters) (*adminServer, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.reg.Handler())
	a := &adminServer{&http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10}}
	go func() { _ = a.server.Serve(l) }()
	return a, nil
}

func (a *adminServer) close(ctx context.Context) { _ = a.server.Shutdown(ctx) }
