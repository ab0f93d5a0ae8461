package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// faults are what must never happen: counted here as it comes, or read from the parts that count by themselves. All stand under one name,
// so that one rule alerts of any.
type faults struct {
	*prometheus.CounterVec
	desc *prometheus.Desc

	mu   sync.Mutex // guards kept
	kept []kept
}

// kept is a count that a part keeps by itself.
type kept struct {
	what string
	read func() float64
}

const (
	faultsName = "offhook_faults_total"
	faultsHelp = "What must never happen and did: panics, events without a rule, full inboxes. Every series reads zero."
)

func newFaults() *faults {
	return &faults{
		CounterVec: prometheus.NewCounterVec(prometheus.CounterOpts{Name: faultsName, Help: faultsHelp}, []string{"what"}),
		desc:       prometheus.NewDesc(faultsName, faultsHelp, []string{"what"}, nil),
	}
}

// Collect implements [prometheus.Collector].
func (f *faults) Collect(to chan<- prometheus.Metric) {
	f.CounterVec.Collect(to)
	f.mu.Lock()
	list := f.kept[:len(f.kept):len(f.kept)]
	f.mu.Unlock()
	for _, k := range list {
		to <- prometheus.MustNewConstMetric(f.desc, prometheus.CounterValue, k.read(), k.what)
	}
}

// Fault counts something that must never happen.
func (r *Registry) Fault(what string) { r.faults.WithLabelValues(r.bounded("fault", what)).Inc() }

// Faults shows a count of such things that a part keeps by itself, read when it is asked for. No two may have the same name, nor one
// that [Registry.Fault] is called with.
func (r *Registry) Faults(what string, read func() float64) {
	r.faults.mu.Lock()
	defer r.faults.mu.Unlock()
	r.faults.kept = append(r.faults.kept, kept{what, read})
}
