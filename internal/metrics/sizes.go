package metrics

import (
	"strconv"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
)

// Sizes is a histogram: how often each size of something came. Each bucket remembers the last call that fell into it, as an exemplar
// (OpenMetrics), so that one finds a call behind a bad figure.
type Sizes struct {
	r    *Registry
	name string
	vec  *prometheus.HistogramVec
}

// exemplarLabel names the call in an exemplar, as in log lines.
const exemplarLabel = "call"

// Sizes makes a histogram with these upper bounds, in the unit that the name ends in.
func (r *Registry) Sizes(name, help string, bounds []float64, labels ...string) *Sizes {
	s := &Sizes{r, name, prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: bounds}, labels)}
	r.reg.MustRegister(s.vec)
	r.note(Figure{name, Histogram, help, labels})
	return s
}

// Observe counts a size of a call's. Labels are the values of the histogram's labels, in their order; each is bounded as everywhere.
func (s *Sizes) Observe(size float64, call string, labels ...string) {
	values := make([]string, len(labels))
	for i, l := range labels {
		values[i] = s.r.bounded(s.name+" "+strconv.Itoa(i), l)
	}
	o := s.vec.WithLabelValues(values...)
	if x, ok := o.(prometheus.ExemplarObserver); ok && call != "" && len(call) <= maxCallID && utf8.ValidString(call) {
		x.ObserveWithExemplar(size, prometheus.Labels{exemplarLabel: call})
		return
	}
	o.Observe(size)
}

// maxCallID is how long an ID may be that stands in an exemplar: OpenMetrics allows 128 characters, name and all.
const maxCallID = 64
