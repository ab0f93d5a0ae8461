package records

import (
	"encoding/json"
	"math"
	"slices"
	"time"

	"offhook/translator"
)

// encode makes the line of a record; false if it would be too long.
func encode(r translator.CallRecord, now time.Time) (line, bool) {
	r = finite(r)
	text := marshal(r)
	if len(text) > MaxLine {
		text = marshal(withoutNotes(r))
	}
	ended := r.Ended.Time
	if ended.IsZero() {
		ended = now
	}
	return line{dayOf(ended), append(text, '\n')}, len(text) <= MaxLine
}

// marshal cannot fail: floats are finite, and nothing else in a record is what JSON has not.
func marshal(r translator.CallRecord) []byte {
	text, err := json.Marshal(r)
	if err != nil {
		panic("records: " + err.Error())
	}
	return text
}

// finite is the record with 0 for floats that JSON cannot write, and [] for lists that are nil. It shares nothing that it changes.
func finite(r translator.CallRecord) translator.CallRecord {
	r.Legs, r.Agents = slices.Clone(r.Legs), slices.Clone(r.Agents)
	if r.Legs == nil {
		r.Legs = []translator.LegRecord{}
	}
	if r.Agents == nil {
		r.Agents = []translator.PartRecord{}
	}
	for i := range r.Legs {
		r.Legs[i].Quality = finiteQuality(r.Legs[i].Quality)
	}
	for i := range r.Agents {
		a := &r.Agents[i]
		a.Quality = finiteQuality(a.Quality)
		if a.Browser != nil {
			b := *a.Browser
			zero(&b.RTTMS, &b.JitterMS, &b.LossPct, &b.MOS)
			a.Browser = &b
		}
	}
	return r
}

func finiteQuality(q *translator.QualityRecord) *translator.QualityRecord {
	if q == nil {
		return nil
	}
	out := *q
	zero(&out.RTTMS, &out.In.LossPct, &out.In.JitterMS, &out.In.MOS, &out.Out.LossPct, &out.Out.JitterMS, &out.Out.MOS)
	return &out
}

func zero(floats ...*float64) {
	for _, f := range floats {
		if math.IsNaN(*f) || math.IsInf(*f, 0) {
			*f = 0
		}
	}
}

// withoutNotes is a record of finite without what agents noted and what was attached to the call.
func withoutNotes(r translator.CallRecord) translator.CallRecord {
	r.Data = nil
	for i := range r.Agents {
		r.Agents[i].Notes, r.Agents[i].Fields = "", nil
	}
	return r
}
