package queue

import (
	"testing"
	"time"
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones on this machine: ", err)
	}
	return zone
}

func weekdays(from, to time.Duration) (spans []Span) {
	for day := time.Monday; day <= time.Friday; day++ {
		spans = append(spans, Span{day, from, to})
	}
	return spans
}

// Open or not, by zone, weekday, holiday and night, at the edges of each.
func TestHours(t *testing.T) {
	office := &Hours{
		Zone: berlin(t), Week: append(weekdays(9*time.Hour, 17*time.Hour), Span{time.Friday, 22 * time.Hour, 6 * time.Hour}),
		Holidays: []Holiday{
			{0, time.December, 25, nil},
			{2026, time.December, 24, []Span{{From: 9 * time.Hour, To: 12 * time.Hour}}},
			{2026, time.May, 2, nil}, // a Saturday: Friday's night ends at midnight
		},
	}
	for _, row := range []struct {
		at   string
		open bool
	}{
		{"2026-03-02T08:59:59+01:00", false},
		{"2026-03-02T09:00:00+01:00", true},
		{"2026-03-02T08:00:00Z", true}, // the same moment
		{"2026-03-02T16:59:59+01:00", true},
		{"2026-03-02T17:00:00+01:00", false},
		{"2026-07-01T07:00:00Z", true}, // 9:00 in summer
		{"2026-03-07T10:00:00+01:00", false},
		{"2026-03-06T22:00:00+01:00", true}, // Friday night
		{"2026-03-07T05:59:59+01:00", true}, // into Saturday
		{"2026-03-07T06:00:00+01:00", false},
		{"2026-12-24T11:59:00+01:00", true},
		{"2026-12-24T12:00:00+01:00", false},
		{"2026-12-25T10:00:00+01:00", false}, // a Friday
		{"2025-12-25T10:00:00+01:00", false}, // every year
		{"2026-05-01T23:59:59+02:00", true},
		{"2026-05-02T00:00:00+02:00", false},
	} {
		at, err := time.Parse(time.RFC3339, row.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := office.OpenAt(at); got != row.open {
			t.Errorf("%s: open %v, want %v", row.at, got, row.open)
		}
	}
}

// The next change is the first time at which the answer differs: held against asking every minute, over the nights when the clocks change.
func TestHoursNextChange(t *testing.T) {
	h := &Hours{
		Zone: berlin(t), Week: append(weekdays(9*time.Hour, 17*time.Hour), Span{time.Saturday, 22 * time.Hour, 4 * time.Hour}, Span{time.Sunday, 2*time.Hour + 30*time.Minute, 24 * time.Hour}),
		Holidays: []Holiday{{2026, time.March, 27, nil}},
	}
	for _, day := range []string{"2026-03-26", "2026-10-23", "2026-12-30"} {
		from, _ := time.Parse(time.DateOnly, day)
		is, change := h.OpenAt(from), 0
		next, ok := h.NextChange(from)
		for at := from; at.Before(from.AddDate(0, 0, 6)); at = at.Add(time.Minute) {
			if h.OpenAt(at) == is {
				continue
			}
			if change++; !ok || !next.Equal(at) {
				t.Fatalf("%s: changes at %v, foretold %v %v", day, at, next, ok)
			}
			is = !is
			next, ok = h.NextChange(at)
		}
		if change < 6 {
			t.Errorf("%s: %d changes in six days", day, change)
		}
	}
}

func TestHoursThatNeverChange(t *testing.T) {
	var always Hours
	for day := time.Sunday; day <= time.Saturday; day++ {
		always.Week = append(always.Week, Span{day, 0, 24 * time.Hour})
	}
	if at, ok := always.NextChange(monday); ok || !always.OpenAt(monday) {
		t.Errorf("always open: changes at %v", at)
	}
	var never Hours
	if at, ok := never.NextChange(monday); ok || never.OpenAt(monday) {
		t.Errorf("never open: changes at %v", at)
	}
}
