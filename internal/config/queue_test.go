package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestQueueFaults: one fault a row, with the setting's name. No setting stands in the file without effect.
func TestQueueFaults(t *testing.T) {
	const dial = "trunks: [{name: t, networks: [10.0.0.0/8], addresses: [\"10.0.0.1:5060\"]}]\ndial: {allow: [\"+49*\"], routes: [{numbers: \"+*\", trunks: [t]}]}\n"
	q := func(settings string) string { return "queues: [{name: q, " + settings + "}, {name: other}]\n" }
	rows := []struct{ text, want string }{
		{q("strategy: ring-progressively, step: 5s, levels: [{upto: 1}, {after: 30s, upto: 3}], relax: [{after: 10s, skill: lang=de, by: 1}, {after: 10s}]"), ""},
		{q("step: 0s"), `queues[0].step: it must be above 0`},
		{q("levels: [{after: 10s, upto: 1}]"), `queues[0].levels[0].after: the first step is after 0s`},
		{q("levels: [{upto: 0}]"), `queues[0].levels[0].upto: 0 is below 1`},
		{q("levels: [{upto: 2}, {after: 10s, upto: 2}]"), `queues[0].levels[1]: each step is later, and opens more, than the one before`},
		{q("levels: [{upto: 2}, {upto: 3}]"), `queues[0].levels[1]: each step is later`},
		{q("relax: [{after: 10s}, {after: 5s}]"), `queues[0].relax[1].after: steps stand in the order of their times`},
		{q("relax: [{by: -1}]"), `queues[0].relax[0].by: -1 is below 0`},
		{q("join_empty: never"), `queues[0].join_empty: "never" is none of off, logged_in, not_away, available`},
		{q("leave_empty: x"), `queues[0].leave_empty: "x" is none of`},
		{q("join_empty: available, refuse_empty: true"), `queues[0].refuse_empty: it is short for join_empty: logged_in, and join_empty is available`},
		{q("max_wait_empty: 10s"), `queues[0].max_wait_empty: leave_empty is off: it has to say which agents count`},
		{q("max_wait_empty: 10s, leave_empty: not_away"), ``},
		{q("hours: office"), `queues[0].hours: there are no hours "office"`},
		{q("leave_closed: true"), `queues[0].leave_closed: there are no hours`},
		{q("callback_tries: 0"), `queues[0].callback_tries: 0 is below 1`},
		{q("callback_gap: 0s"), `queues[0].callback_gap: it must be above 0`},
		{q("language: fr"), `queues[0].language: "fr" is none of en, de`},
		{q("comfort_every: 0s"), `queues[0].comfort_every: it must be above 0`},
		{q("on_full: {queue: other, keep_age: true}"), ``},
		{q("on_full: {agent: anna}"), ``},
		{q("on_full: {message: busy, status: 486}"), ``},
		{q("on_full: {message: busy, status: 200}"), `queues[0].on_full.status: 200 is no SIP status from 400 to 699`},
		{q("on_full: {queue: other, status: 486}"), `queues[0].on_full.status: it goes with message`},
		{q("on_full: {agent: anna, keep_age: true}"), `queues[0].on_full.keep_age: it goes with queue`},
		{q("on_full: {queue: none}"), `queues[0].on_full.queue: there is no queue "none"`},
		{q("on_full: {queue: q}"), `queues[0].on_full.queue: it leads back to the queue itself`},
		{q("on_full: {queue: other, agent: anna}"), `queues[0].on_full: queue and agent exclude each other: a caller goes one way`},
		{q("on_full: {quue: other}"), `queues[0].on_full.quue: there is no such setting; is queue meant?`},
		{q("on_full: voicemail"), `queues[0].on_full: "voicemail" is no way out such as callback, {queue: NAME}`},
		{q("on_full: [callback]"), `queues[0].on_full: settings with names are wanted`},
		{q("on_full: callback"), `queues[0].on_full: nobody may be called: dial.allow is empty`},
		{q("on_full: {number: \"+4930\"}"), `queues[0].on_full: nobody may be called: dial.allow is empty`},
		{dial + q("on_full: callback"), ``},
		{dial + q("on_full: {number: \"+4930\"}"), ``},
		{q("on_max_wait: {queue: other}"), `queues[0].on_max_wait: there is no max_wait: nothing leads there`},
		{q("on_empty: {queue: other}"), `queues[0].on_empty: join_empty and leave_empty are off: nothing leads there`},
		{q("refuse_empty: true, on_empty: {queue: other}"), ``},
		{q("leave_empty: logged_in, on_empty: {queue: other}"), ``},
		{q("on_estimate: {queue: other}"), `queues[0].on_estimate: there is no max_estimate: nothing leads there`},
		{q("on_closed: {queue: other}"), `queues[0].on_closed: there are no hours, so the queue never closes: nothing leads there`},
		{q("exits: {\"1\": {queue: other}, \"#\": {agent: anna}}"), ``},
		{q("exits: {\"10\": {queue: other}}"), `queues[0].exits.10: "10" is no key of a telephone`},
		{q("exits: {\"1\": {queue: none}}"), `queues[0].exits.1.queue: there is no queue "none"`},
		{q("exits: {\"1\": {}}"), `queues[0].exits.1: it leads nowhere`},
		{"matching: {window: 30m, seed: 7, head_starts: {lang=de: 30s}}", ""},
		{"matching: {window: 0s}", `matching.window: it must be above 0`},
		{"matching: {seed: -1}", `matching.seed: -1 is below 0`},
		{"matching: {head_starts: {vip: soon}}", `matching.head_starts.vip: "soon" is no time`},
		{"queues: [{name: q}]\nroutes: [{agent: anna, class: 1}]", `routes[0]: class, head_start, needs and prefer go with queue`},
		{"queues: [{name: q}]\nroutes: [{queue: q, needs: [\"de>=x\"]}]", `routes[0].needs[0]: "de>=x" is no skill such as billing, or lang=de>=3`},
		{"queues: [{name: q}]\nroutes: [{queue: q, hours: office}]", `routes[0].hours: there are no hours "office"`},
		{"queues: [{name: q}]\nroutes: [{agent: anna, refuse: 404}]", `routes[0]: a route leads to queue, agent or both, or to number, or to message, or it has refuse: to one of them`},
	}
	for _, r := range rows {
		t.Run(r.text, func(t *testing.T) {
			_, err := Parse([]byte(least + r.text))
			wantFault(t, err, r.want)
		})
	}
}

// Ways out of one kind that lead in a circle would send a caller round; those of different kinds lead on.
func TestWaysOutLeadInNoCircle(t *testing.T) {
	for _, r := range []struct{ text, want string }{
		{`[{name: a, on_full: {queue: b}}, {name: b, on_full: {queue: a}}]`, `queues[0].on_full: these ways lead in a circle: a, b, a`},
		{`[{name: x, on_full: {queue: a}}, {name: a, on_full: {queue: b}}, {name: b, on_full: {queue: c}}, {name: c, on_full: {queue: a}}]`,
			`queues[1].on_full: these ways lead in a circle: a, b, c, a`},
		{`[{name: a, max_wait: 1m, on_max_wait: {queue: b}}, {name: b, max_wait: 1m, on_max_wait: {queue: a}}]`, `queues[0].on_max_wait: these ways lead in a circle`},
		{`[{name: a, on_full: {queue: b}}, {name: b, max_wait: 1m, on_max_wait: {queue: a}}]`, ``},
		{`[{name: a, on_full: {queue: c}}, {name: b, on_full: {queue: c}}, {name: c}]`, ``},
	} {
		t.Run(r.text, func(t *testing.T) {
			_, err := Parse([]byte(least + "queues: " + r.text))
			wantFault(t, err, r.want)
		})
	}
}

func TestHours(t *testing.T) {
	c, err := Parse([]byte(least + `hours:
  - name: office
    zone: Europe/Berlin
    week: {mon-thu: 08:00-18:00, fri: "08:00-12:00, 13:00-16:30", sat-sun: closed}
    holidays:
      - date: 12-25
      - {date: 2026-12-24, open: 08:00-24:00}
`))
	if err != nil {
		t.Fatal(err)
	}
	h := c.Hours[0]
	if h.Location.String() != "Europe/Berlin" || len(h.Week) != 3 {
		t.Errorf("got %+v", h)
	}
	for days, times := range h.Week {
		switch {
		case days.Has(time.Friday) && (len(times.Spans) != 2 || times.Spans[1] != (Span{13 * time.Hour, 16*time.Hour + 30*time.Minute}) || days.Has(time.Monday)),
			days.Has(time.Sunday) && (len(times.Spans) != 0 || !days.Has(time.Saturday)), days.Has(time.Wednesday) && len(times.Spans) != 1:
			t.Errorf("%b is open %v", days, times)
		}
	}
	if x := h.Holidays; len(x) != 2 || x[0].Date != (Date{0, time.December, 25}) || len(x[0].Open.Spans) != 0 ||
		x[1].Date != (Date{2026, time.December, 24}) || x[1].Open.Spans[0].To != 24*time.Hour {
		t.Errorf("holidays %+v", x)
	}
}

func TestHoursFaults(t *testing.T) {
	for _, r := range []struct{ text, want string }{
		{"{name: a, zone: UTC, week: {fri-mon: 22:00-06:00}}", ``},
		{"{name: a, week: {mon: closed}}", `hours[0].zone: it is needed`},
		{"{name: a, zone: Berlin, week: {mon: closed}}", `hours[0].zone: "Berlin" is no time zone such as Europe/Berlin or UTC`},
		{"{name: a, zone: Local, week: {mon: closed}}", `hours[0].zone: "Local" is no time zone`},
		{"{name: a, zone: UTC}", `hours[0].week: it is needed`},
		{"{name: a, zone: UTC, week: {monday: closed}}", `hours[0].week.monday: "monday" is no day such as mon, or mon-fri`},
		{"{name: a, zone: UTC, week: {mon-fri: closed, wed: 08:00-12:00}}", `hours[0].week: a day stands in two of its lines`},
		{"{name: a, zone: UTC, week: {mon: 8-12}}", `hours[0].week.mon: "8-12" is no time such as 08:00-12:00`},
		{"{name: a, zone: UTC, week: {mon: 08:00-25:00}}", `is no time such as`},
		{"{name: a, zone: UTC, week: {mon: 24:00-08:00}}", `is no time such as`},
		{"{name: a, zone: UTC, week: {mon: 08:00-08:00}}", `begins and ends at once; the whole day is 00:00-24:00`},
		{"{name: a, zone: UTC, holidays: [{date: 02-30}]}", `hours[0].holidays[0].date: "02-30" is no date such as 2026-12-24, or 12-25 for every year`},
		{"{name: a, zone: UTC, holidays: [{open: closed}]}", `hours[0].holidays[0].date: it is needed`},
		{"{name: a, zone: UTC, holidays: [{date: 02-29}, {date: 02-29}]}", `hours[0].holidays[1]: "02-29" stands twice`},
		{"{name: a, zone: UTC, week: {mon: closed}}, {name: a, zone: UTC, week: {mon: closed}}", `hours[1]: "a" stands twice`},
	} {
		t.Run(r.text, func(t *testing.T) {
			_, err := Parse([]byte(least + "hours: [" + r.text + "]"))
			wantFault(t, err, r.want)
		})
	}
}

// What the file does not say of an agent is left to the token: not saying and saying "none" are told apart.
func TestStaff(t *testing.T) {
	c, err := Parse([]byte(least + `queues: [{name: a}, {name: b}]
staff:
  - {agent: anna, queues: [a, {queue: b, level: 2, order: 7}], skills: {lang=de: 3}}
  - {agent: ben, queues: []}
  - {agent: carl, skills: {}}
`))
	if err != nil {
		t.Fatal(err)
	}
	anna, ben, carl := c.Staff[0], c.Staff[1], c.Staff[2]
	if len(anna.Queues) != 2 || anna.Queues[0] != (StaffQueue{"a", 1, 0}) || anna.Queues[1] != (StaffQueue{"b", 2, 7}) || anna.Skills["lang=de"] != 3 {
		t.Errorf("got %+v", anna)
	}
	if ben.Queues == nil || ben.Skills != nil || carl.Queues != nil || carl.Skills == nil {
		t.Errorf("got %#v and %#v", ben, carl)
	}
	for _, r := range []struct{ text, want string }{
		{"[{queues: []}]", `staff[0].agent: it is needed`},
		{"[{agent: a}, {agent: a}]", `staff[1]: "a" stands twice`},
		{"[{agent: a, queues: [x]}]", `staff[0].queues[0]: there is no queue "x"`},
		{"[{agent: a, queues: [a, a]}]", `staff[0].queues[1]: "a" stands twice`},
		{"[{agent: a, queues: [{queue: a, level: 0}]}]", `staff[0].queues[0].level: 0 is below 1`},
		{"[{agent: a, queues: [{queue: a, order: -1}]}]", `staff[0].queues[0].order: -1 is below 0`},
		{"[{agent: a, skills: {x: 0}}]", `staff[0].skills.x: 0 is below 1`},
		{"[{agent: a, skills: [x]}]", `staff[0].skills: settings with names are wanted`},
	} {
		t.Run(r.text, func(t *testing.T) {
			_, err := Parse([]byte(least + "queues: [{name: a}]\nstaff: " + r.text))
			wantFault(t, err, r.want)
		})
	}
}

// Files that callers hear are meant from the configuration's folder, and have to be there; phrases are left as they are.
func TestSpokenFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("KEY", strings.Repeat("k", 32))
	text := least + `recordings: {notice: rec.wav}
queues: [{name: q, welcome: w.WAV, comfort: wait, prompts: own, on_full: {message: full.wav}, exits: {"1": {message: one.wav}}}]`
	write(t, dir, "offhook.yaml", text)
	_, err := Load(filepath.Join(dir, "offhook.yaml"))
	for _, want := range []string{"recordings.notice: ", "queues[0].welcome: ", "queues[0].prompts: ", "queues[0].on_full.message: ", "queues[0].exits.1.message: "} {
		if err == nil || !strings.Contains(err.Error(), want+"stat "+dir) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	for _, name := range []string{"rec.wav", "w.WAV", "full.wav", "one.wav", "own/x"} {
		write(t, dir, name, "")
	}
	c, err := Load(filepath.Join(dir, "offhook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	q := c.Queues[0]
	ways := q.Ways()
	if q.Welcome != filepath.Join(dir, "w.WAV") || q.Comfort != "wait" || q.Prompts != filepath.Join(dir, "own") || c.Recordings.Notice != filepath.Join(dir, "rec.wav") ||
		len(ways) != 2 || ways[0].Message != filepath.Join(dir, "full.wav") || ways[1].Setting != "exits.1" || ways[1].Message != filepath.Join(dir, "one.wav") {
		t.Errorf("got %+v, %v", q, ways)
	}
}
