package replay

import (
	"slices"

	"offhook/translator"
)

// group is a call with its consultations: what an agent does in one of them is seen in the other, so they are written together, when the last one is over.
type group struct {
	open map[string]bool // by the calls' IDs
	over finished
}

// maxGroup bounds the calls of a group; one with more is not written.
const maxGroup = 8

// join notes that one call is a consultation of another; r.mu is held.
func (r *Recorder) join(call, consultation string) {
	if r.calls[call] == nil || r.calls[consultation] == nil || r.groups[consultation] != nil {
		return
	}
	g := r.groups[call]
	if g == nil {
		g = &group{open: map[string]bool{call: true}}
		r.groups[call] = g
	}
	if len(g.open)+len(g.over.recs) == maxGroup {
		g.over.isCut = true
		return
	}
	g.open[consultation] = true
	r.groups[consultation] = g
}

// leaveGroup takes a call that gave way to others out of its group, which then is not whole; r.mu is held.
func (r *Recorder) leaveGroup(id string) {
	g := r.groups[id]
	if g == nil {
		return
	}
	delete(r.groups, id)
	delete(g.open, id)
	g.over.isCut = true
	if len(g.open) == 0 {
		r.bytes -= g.over.bytes
	}
}

// finishInGroup adds a call that is over to its group, which goes to the writer with its last one; r.mu is held.
func (r *Recorder) finishInGroup(g *group, f finished) {
	o := &g.over
	o.recs, o.entries = append(o.recs, f.recs...), append(o.entries, f.entries...)
	o.around.add(&f.around)
	o.isCut, o.wanted = o.isCut || f.isCut, o.wanted || f.wanted
	if len(g.open) > 0 { // it is held until then
		o.bytes += f.bytes
		r.bytes += f.bytes
		return
	}
	r.bytes -= o.bytes
	slices.SortStableFunc(o.recs, func(a, b translator.CallRecord) int { return a.Ended.Compare(b.Ended.Time) })
	r.hand(*o)
}
