package metrics

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// maxSeries bounds what one figure shows at a time: far above what a configuration names.
const maxSeries = 10_000

// family is a figure whose series are read together, when they are asked for.
type family struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(show func(value float64, labels ...string))
}

// Describe implements [prometheus.Collector].
func (f *family) Describe(to chan<- *prometheus.Desc) { to <- f.desc }

// Collect implements [prometheus.Collector]. Of two series with the same labels the first counts.
func (f *family) Collect(to chan<- prometheus.Metric) {
	seen := map[string]bool{}
	f.read(func(value float64, labels ...string) {
		values := slices.Clone(labels)
		for i, l := range values {
			values[i] = strings.ToValidUTF8(l, "?")
		}
		key := strings.Join(values, "\xff")
		if seen[key] || len(seen) >= maxSeries {
			return
		}
		seen[key] = true
		to <- prometheus.MustNewConstMetric(f.desc, f.kind, value, values...)
	})
}

// Series shows a figure whose series come and go, such as those of queues: read gives each series that there is now, with the values of the
// labels in their order. kind is [Counter] or [Gauge]. At most 10,000 series are shown. read is called by any goroutine.
func (r *Registry) Series(kind Kind, name, help string, labels []string, read func(show func(value float64, labels ...string))) {
	f := &family{desc: prometheus.NewDesc(name, help, labels, nil), kind: prometheus.GaugeValue, read: read}
	if kind == Counter {
		f.kind = prometheus.CounterValue
	}
	r.reg.MustRegister(f)
	r.note(Figure{name, kind, help, labels})
}
