package queue

import "time"

// Hours say when a queue is open. The zero value: never. They are not changed once they are in settings.
type Hours struct {
	Zone     *time.Location // nil: UTC
	Week     []Span
	Holidays []Holiday
}

// Span is a time of a weekday during which the queue is open: From and To are times of day by the clock on the wall (24h is midnight). With To not
// after From it goes on into the next day.
type Span struct {
	Day      time.Weekday
	From, To time.Duration
}

// Holiday is a date with hours of its own: none, or those in Open (their Day does not count). Year 0 is every year. Its hours go
// before those of the weekday, also where those would go on into it or out of it.
type Holiday struct {
	Year  int
	Month time.Month
	Day   int
	Open  []Span
}

const fullDay = 24 * time.Hour

// OpenAt says whether the queue is open at this time.
func (h *Hours) OpenAt(t time.Time) bool {
	t = t.In(h.zone())
	clock := clockOf(t)
	spans, holiday := h.on(t)
	for _, s := range spans {
		if s.From <= clock && (clock < s.To || s.over()) {
			return true
		}
	}
	if holiday {
		return false
	}
	yesterday, wasHoliday := h.on(noon(t, -1))
	for _, s := range yesterday {
		if !wasHoliday && s.over() && clock < s.To {
			return true
		}
	}
	return false
}

// over says whether the span goes on into the next day.
func (s Span) over() bool { return s.To <= s.From }

// NextChange gives the next time after this one at which the queue opens or closes; false if it does neither within a year.
func (h *Hours) NextChange(t time.Time) (time.Time, bool) {
	is := h.OpenAt(t)
	for day := range 367 {
		if at, ok := h.firstChange(noon(t.In(h.zone()), day), t, is); ok {
			return at, true
		}
	}
	return time.Time{}, false
}

// firstChange gives the first time of the day, after t, at which the queue is no longer as is says.
func (h *Hours) firstChange(day, t time.Time, is bool) (first time.Time, found bool) {
	try := func(clock time.Duration) {
		at := wall(day, clock)
		if at.After(t) && (!found || at.Before(first)) && h.OpenAt(at) != is {
			first, found = at, true
		}
	}
	try(0)
	spans, _ := h.on(day)
	before, _ := h.on(noon(day, -1))
	for _, list := range [...][]Span{spans, before} {
		for _, s := range list {
			try(s.From)
			try(s.To)
		}
	}
	return first, found
}

// on gives the spans that begin on the day, and whether it is a holiday.
func (h *Hours) on(day time.Time) ([]Span, bool) {
	year, month, n := day.Date()
	for _, x := range h.Holidays {
		if (x.Year == 0 || x.Year == year) && x.Month == month && x.Day == n {
			return x.Open, true
		}
	}
	var spans []Span
	for _, s := range h.Week {
		if s.Day == day.Weekday() {
			spans = append(spans, s)
		}
	}
	return spans, false
}

func (h *Hours) zone() *time.Location {
	if h.Zone == nil {
		return time.UTC
	}
	return h.Zone
}

// clockOf is what the clock on the wall shows, as a time of day.
func clockOf(t time.Time) time.Duration {
	hour, minute, second := t.Clock()
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(t.Nanosecond())
}

// noon is the middle of the day so many days later: a time that every day has, whatever the clocks do at night.
func noon(t time.Time, days int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+days, 12, 0, 0, 0, t.Location())
}

// wall is the time of the day at which the clock on the wall shows this.
func wall(day time.Time, clock time.Duration) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, int(clock/time.Hour), int(clock%time.Hour/time.Minute), int(clock%time.Minute/time.Second), 0, day.Location())
}

func (h *Hours) validate(f *faults, at string) {
	if h == nil {
		return
	}
	for _, s := range h.Week {
		s.validate(f, at)
		if s.Day < time.Sunday || s.Day > time.Saturday {
			f.add("%s: there is no weekday %d", at, int(s.Day))
		}
	}
	for _, x := range h.Holidays {
		if x.Month < time.January || x.Month > time.December || x.Day < 1 || x.Day > 31 {
			f.add("%s: there is no day %d-%d", at, int(x.Month), x.Day)
		}
		for _, s := range x.Open {
			s.validate(f, at)
		}
	}
}

func (s Span) validate(f *faults, at string) {
	if s.From < 0 || s.From >= fullDay || s.To < 0 || s.To > fullDay || s.From%time.Second != 0 || s.To%time.Second != 0 {
		f.add("%s: %v to %v are no times of a day in whole seconds", at, s.From, s.To)
	}
}
