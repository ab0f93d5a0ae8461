package metrics

import (
	"net/http"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Registry holds the figures of one server. Its methods may be called from any goroutine.
type Registry struct {
	reg        *prometheus.Registry
	calls      *prometheus.CounterVec
	offers     *prometheus.CounterVec
	transfers  *prometheus.CounterVec
	recordings *prometheus.CounterVec
	rejected   *prometheus.CounterVec
	faults     *faults
	agents     *prometheus.CounterVec
	repairs    *prometheus.CounterVec

	mu      sync.Mutex                 // guards what is below
	labels  map[string]map[string]bool // by kind of label: the values seen
	figures map[string]Figure          // by name
}

// maxValues bounds the values of a label: what comes after them is counted as "other", so that no series grow from what strangers send.
const maxValues = 200

// New makes a registry with the figures of the Go runtime and the process.
func New() *Registry {
	r := &Registry{reg: prometheus.NewRegistry(), labels: map[string]map[string]bool{}, figures: map[string]Figure{}}
	r.calls = r.counter("offhook_calls_total", "Calls that ended, by cause and by who ended them.", "cause", "by")
	r.offers = r.counter("offhook_offers_total", "Offers to agents that ended, by outcome.", "outcome")
	r.rejected = r.counter("offhook_rejected_total", "What was turned away, by reason.", "reason")
	r.faults = newFaults()
	r.reg.MustRegister(r.faults)
	r.note(Figure{faultsName, Counter, faultsHelp, []string{"what"}})
	r.repairs = r.counter("offhook_queue_repairs_total", "What the queue had wrong of calls and agents and was put right, by reason. Every series reads zero.", "reason")
	r.transfers = r.counter("offhook_transfers_total", "Transfers that ended, by outcome: done or failed.", "outcome")
	r.recordings = r.counter("offhook_recordings_failed_total", "Recordings that could not be begun, or that ended before their call did: a disk that is full.")
	r.recordings.WithLabelValues()
	for _, outcome := range [...]string{"done", "failed"} {
		r.transfers.WithLabelValues(r.bounded("transfer", outcome))
	}
	r.agents = r.counter("offhook_agent_events_total", "What happened on agents' sockets.", "what", "reason")
	r.reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

func (r *Registry) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	r.reg.MustRegister(c)
	r.note(Figure{name, Counter, help, labels})
	return c
}

// Call counts a call that ended.
func (r *Registry) Call(cause, by string) {
	r.calls.WithLabelValues(r.bounded("cause", cause), r.bounded("by", by)).Inc()
}

// Offer counts an offer that ended.
func (r *Registry) Offer(outcome string) { r.offers.WithLabelValues(r.bounded("offer", outcome)).Inc() }

// Rejected counts something that was turned away.
func (r *Registry) Rejected(reason string) {
	r.rejected.WithLabelValues(r.bounded("rejected", reason)).Inc()
}

// Agent counts something that happened on an agent's socket.
func (r *Registry) Agent(what, reason string) {
	r.agents.WithLabelValues(r.bounded("what", what), r.bounded(what, reason)).Inc()
	if strings.HasSuffix(what, "_rejected_total") {
		r.Rejected(strings.TrimSuffix(what, "_rejected_total") + "_" + reason)
	}
}

// Transfer counts a transfer that ended.
func (r *Registry) Transfer(outcome string) {
	r.transfers.WithLabelValues(r.bounded("transfer", outcome)).Inc()
}

// RecordingFailed counts a recording that is not there, or not whole.
func (r *Registry) RecordingFailed() { r.recordings.WithLabelValues().Inc() }

// Repairs makes the reasons known that [Registry.Repair] may be called with, so that each reads zero from the start.
func (r *Registry) Repairs(reasons ...string) {
	for _, why := range reasons {
		r.repairs.WithLabelValues(r.bounded("repair", why))
	}
}

// Repair counts something that the queue had wrong and that was put right.
func (r *Registry) Repair(reason string) {
	r.repairs.WithLabelValues(r.bounded("repair", reason)).Inc()
}

// bounded gives the label's value, or "other" once the kind of label has too many.
func (r *Registry) bounded(kind, value string) string {
	value = strings.ToValidUTF8(value, "?")
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.labels[kind]
	if seen == nil {
		if len(r.labels) >= maxValues {
			return "other"
		}
		seen = map[string]bool{}
		r.labels[kind] = seen
	}
	if !seen[value] {
		if len(seen) >= maxValues {
			return "other"
		}
		seen[value] = true
	}
	return value
}

// Gauge shows a figure that is read when it is asked for.
func (r *Registry) Gauge(name, help string, read func() float64) {
	r.reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
	r.note(Figure{name, Gauge, help, nil})
}

// GaugeOf is Gauge with a label, such as a queue's name; each value gets its own series.
func (r *Registry) GaugeOf(name, help, label, value string, read func() float64) {
	r.reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: prometheus.Labels{label: value}}, read))
	r.note(Figure{name, Gauge, help, []string{label}})
}

// Total shows a count that a part keeps by itself, read when it is asked for. Each label value gets its own series.
func (r *Registry) Total(name, help, label, value string, read func() float64) {
	r.reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: prometheus.Labels{label: value}}, read))
	r.note(Figure{name, Counter, help, []string{label}})
}

// Handler serves the figures in Prometheus' text format, and as OpenMetrics, which alone shows exemplars, to who asks for that.
func (r *Registry) Handler() http.Handler {
	return promhttp.HandlerFor(r.reg, promhttp.HandlerOpts{EnableOpenMetrics: true})
}
