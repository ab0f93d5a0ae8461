package metrics

import (
	"cmp"
	"maps"
	"slices"
)

// Kind says how a figure is to be read.
type Kind string

// The kinds.
const (
	Counter   Kind = "counter"   // only rises; a restart begins at zero
	Gauge     Kind = "gauge"     // as it is now
	Histogram Kind = "histogram" // how often each size came, with exemplars by call
)

// Figure is one figure that a registry shows, for documentation.
type Figure struct {
	Name   string
	Kind   Kind
	Help   string
	Labels []string
}

// note keeps a figure for [Registry.Figures].
func (r *Registry) note(f Figure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.figures[f.Name] = f
}

// Figures lists what the registry shows, by name, without those of the Go runtime and the process.
func (r *Registry) Figures() []Figure {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.figures), func(a, b Figure) int { return cmp.Compare(a.Name, b.Name) })
}
