package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a machine without a zone database knows the zones too
)

// Hours are opening hours with a name, for queues and routes.
type Hours struct {
	Name string `yaml:"name"`
	// Zone is the time zone whose clock they mean, such as Europe/Berlin; Location is the same, filled in when it is read.
	Zone     string         `yaml:"zone"`
	Location *time.Location `yaml:"-"`
	// Week says when it is open on which days; a day that is not named is closed. Holidays go before it.
	Week     map[Days]Times `yaml:"week"`
	Holidays []Holiday      `yaml:"holidays"`
}

// Holiday is a day with hours of its own; none means closed.
type Holiday struct {
	Date Date  `yaml:"date"`
	Open Times `yaml:"open"`
}

// Days are days of the week, written mon, or mon-fri; a bit each, from Sunday on.
type Days uint8

// weekdays are their names, from Sunday as in package time.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// UnmarshalText reads "mon" and "mon-fri".
func (d *Days) UnmarshalText(text []byte) error {
	from, to, isRange := strings.Cut(strings.ToLower(string(text)), "-")
	if !isRange {
		to = from
	}
	first, last := slices.Index(weekdays, strings.TrimSpace(from)), slices.Index(weekdays, strings.TrimSpace(to))
	if first < 0 || last < 0 {
		return fmt.Errorf("%q is no day such as mon, or mon-fri", text)
	}
	*d = 0
	for day := first; ; day = (day + 1) % 7 {
		*d |= 1 << day
		if day == last {
			return nil
		}
	}
}

// Has reports whether a day is one of them.
func (d Days) Has(day time.Weekday) bool { return d&(1<<day) != 0 }

// Times are times of a day, written 08:00-12:00, 13:00-17:30; none are written closed.
type Times struct{ Spans []Span }

// Span is from one time of day to another: since midnight by the clock on the wall. If To is not after From it goes on into the next day.
type Span struct{ From, To time.Duration }

// UnmarshalText reads "08:00-12:00, 13:00-17:30" and "closed".
func (t *Times) UnmarshalText(text []byte) error {
	t.Spans = nil
	if string(text) == "closed" {
		return nil
	}
	for part := range strings.SplitSeq(string(text), ",") {
		from, to, _ := strings.Cut(strings.TrimSpace(part), "-")
		s, ok1 := clock(from)
		e, ok2 := clock(to)
		switch {
		case !ok1 || !ok2 || s == day:
			return fmt.Errorf("%q is no time such as 08:00-12:00 or 08:00-12:00, 13:00-17:30, and not closed", text)
		case s == e:
			return fmt.Errorf("%q begins and ends at once; the whole day is 00:00-24:00", text)
		}
		t.Spans = append(t.Spans, Span{s, e})
	}
	return nil
}

// clock reads a time of day, to 24:00.
func clock(text string) (time.Duration, bool) {
	hours, minutes, ok := strings.Cut(strings.TrimSpace(text), ":")
	h, err1 := strconv.ParseUint(hours, 10, 8)
	m, err2 := strconv.ParseUint(minutes, 10, 8)
	at := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	return at, ok && err1 == nil && err2 == nil && m < 60 && len(minutes) == 2 && at <= day
}

// Date is a date, written 2026-12-24, or 12-25 for every year (Year is 0).
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// UnmarshalText reads "2026-12-24" and "12-25".
func (d *Date) UnmarshalText(text []byte) error {
	at, err := time.Parse(time.DateOnly, string(text))
	every, err2 := time.Parse(time.DateOnly, "2024-"+string(text)) // a leap year
	switch {
	case err == nil:
		*d = Date{at.Year(), at.Month(), at.Day()}
	case err2 == nil:
		*d = Date{0, every.Month(), every.Day()}
	default:
		return fmt.Errorf("%q is no date such as 2026-12-24, or 12-25 for every year", text)
	}
	return nil
}

func (c *Config) checkHours(f *faults) {
	for i := range c.Hours {
		c.Hours[i].check(index("hours", i), f)
	}
	once(f, "hours", c.Hours, func(h Hours) string { return h.Name })
}

func (h *Hours) check(at string, f *faults) {
	f.needed(at+".name", h.Name)
	f.needed(at+".zone", h.Zone)
	if h.Zone != "" {
		var err error
		if h.Location, err = time.LoadLocation(h.Zone); err != nil || h.Zone == "Local" {
			f.add(at+".zone", "%q is no time zone such as Europe/Berlin or UTC", h.Zone)
		}
	}
	if len(h.Week) == 0 && len(h.Holidays) == 0 {
		f.add(at+".week", "it is needed: without it these hours are never open")
	}
	var seen Days
	for days := range h.Week {
		if seen&days != 0 {
			f.add(at+".week", "a day stands in two of its lines")
			break
		}
		seen |= days
	}
	once(f, at+".holidays", h.Holidays, func(x Holiday) string { return x.Date.String() })
	for i, x := range h.Holidays {
		if x.Date == (Date{}) {
			f.add(index(at+".holidays", i)+".date", "it is needed")
		}
	}
}

// String writes the date as it is read.
func (d Date) String() string {
	switch {
	case d == (Date{}):
		return ""
	case d.Year == 0:
		return fmt.Sprintf("%02d-%02d", int(d.Month), d.Day)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// hoursKnown notes a name that no hours have.
func (c *Config) hoursKnown(at, name string, f *faults) {
	if name != "" && !slices.ContainsFunc(c.Hours, func(h Hours) bool { return h.Name == name }) {
		f.add(at, "there are no hours %q", name)
	}
}
