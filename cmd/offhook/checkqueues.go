package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"offhook/internal/config"
)

// reportQueues tells in words how each queue serves its callers, and who serves.
func reportQueues(c *config.Config, w *lines, now time.Time) {
	for i := range c.Queues {
		reportQueue(c, &c.Queues[i], w, now)
	}
	for _, s := range c.Staff {
		w.say("Staff          %s: %s", s.Agent, strings.Join(staffText(s), "; "))
	}
}

func reportQueue(c *config.Config, q *config.Queue, w *lines, now time.Time) {
	w.say("Queue          %s: %s, rings %s, wrap-up %s, at most %d callers%s", q.Name, strategyText(q), q.RingFor, q.WrapUp, q.Capacity, waitText(q))
	also := func(what, text string) {
		if text != "" {
			w.say("  %-12s %s", what, text)
		}
	}
	also("callers hear", heardText(q))
	also("levels", levelsText(q))
	also("skills", relaxText(q))
	also("empty", emptyText(q))
	also("hours", hoursText(c, q.Hours, now))
	for _, way := range q.Ways() {
		also(strings.Replace(way.Setting, "exits.", "key ", 1), wayText(way.WayOut))
	}
}

func strategyText(q *config.Queue) string {
	if q.Strategy == "ring-progressively" {
		return fmt.Sprintf("%s, one more each %s", q.Strategy, q.Step)
	}
	return q.Strategy
}

// waitText tells the limits of a wait.
func waitText(q *config.Queue) (text string) {
	if q.MaxWait > 0 {
		text += fmt.Sprintf(", %s each", q.MaxWait)
	}
	if q.MaxEstimate > 0 {
		text += fmt.Sprintf(", none who would wait longer than %s", q.MaxEstimate)
	}
	return text
}

func heardText(q *config.Queue) string {
	parts := []string{map[string]string{"ring": "ringing, until an agent answers", "early": q.Sound + ", before the call is answered", "at_once": q.Sound + ", answered at once"}[q.Answer]}
	if q.Answer == "ring" {
		return parts[0]
	}
	if q.Welcome != "" {
		parts = append(parts, "first "+q.Welcome)
	}
	if q.Comfort != "" {
		parts = append(parts, fmt.Sprintf("%s each %s", q.Comfort, q.ComfortEvery))
	}
	if q.AnnounceEvery > 0 {
		parts = append(parts, fmt.Sprintf("place and estimate at most each %s", q.AnnounceEvery))
	}
	return fmt.Sprintf("%s (%s)", strings.Join(parts, "; "), q.Language)
}

func levelsText(q *config.Queue) string {
	var parts []string
	for _, step := range q.Levels {
		switch {
		case step.After == 0:
			parts = append(parts, fmt.Sprintf("up to %d from the start", step.Upto))
		default:
			parts = append(parts, fmt.Sprintf("up to %d after %s", step.Upto, step.After))
		}
	}
	return strings.Join(parts, ", ")
}

func relaxText(q *config.Queue) string {
	var parts []string
	for _, step := range q.Relax {
		skill, by := step.Skill, "no more"
		if skill == "" {
			skill = "all"
		}
		if step.By > 0 {
			by = strconv.Itoa(step.By) + " less"
		}
		parts = append(parts, fmt.Sprintf("%s %s after %s", skill, by, step.After))
	}
	return strings.Join(parts, ", ")
}

func emptyText(q *config.Queue) string {
	who := map[string]string{"logged_in": "logged in", "not_away": "available or busy", "available": "available"}
	var parts []string
	join := q.JoinEmpty
	if q.RefuseEmpty {
		join = "logged_in"
	}
	if join != "off" {
		parts = append(parts, fmt.Sprintf("callers join while somebody is %s", who[join]))
	}
	if q.LeaveEmpty != "off" {
		parts = append(parts, fmt.Sprintf("they wait until nobody has been %s for %s", who[q.LeaveEmpty], q.MaxWaitEmpty))
	}
	return strings.Join(parts, "; ")
}

// hoursText tells whether hours are open now, and until when.
func hoursText(c *config.Config, name string, now time.Time) string {
	hours, ok := hoursPlan(c)[name]
	if !ok {
		return ""
	}
	text := fmt.Sprintf("%s (%s): ", name, hours.Zone)
	if hours.OpenAt(now) {
		text += "open now"
	} else {
		text += "closed now"
	}
	if change, ok := hours.NextChange(now); ok {
		text += ", until " + change.In(hours.Zone).Format("Mon 2006-01-02 15:04")
	}
	return text
}

func wayText(w *config.WayOut) string {
	switch {
	case w.Queue != "" && w.KeepAge:
		return "queue " + w.Queue + ", at the place that his wait gives"
	case w.Queue != "":
		return "queue " + w.Queue + ", at its end"
	case w.Agent != "":
		return "agent " + w.Agent
	case w.Number != "":
		return "number " + w.Number
	case w.Callback:
		return "called back, at his place"
	case w.Status != 0:
		return fmt.Sprintf("hears %s, then the end, with %d if he was not answered", w.Message, w.Status)
	}
	return "hears " + w.Message + ", then the end"
}

func staffText(s config.Staff) (parts []string) {
	switch {
	case s.Queues == nil:
		parts = append(parts, "queues as the token says")
	case len(s.Queues) == 0:
		parts = append(parts, "no queue")
	}
	for _, q := range s.Queues {
		parts = append(parts, fmt.Sprintf("%s at level %d", q.Queue, q.Level))
	}
	if s.Skills == nil {
		return parts
	}
	var skills []string
	for _, name := range slices.Sorted(maps.Keys(s.Skills)) {
		skills = append(skills, fmt.Sprintf("%s %d", name, s.Skills[name]))
	}
	if len(skills) == 0 {
		skills = []string{"none"}
	}
	return append(parts, "skills "+strings.Join(skills, ", "))
}

// queueWarnings tell of what queues are set to and does not happen.
func queueWarnings(c *config.Config) (list []string) {
	for i := range c.Queues {
		q := &c.Queues[i]
		if q.Answer != "ring" {
			continue
		}
		for _, one := range []struct {
			setting string
			set     bool
		}{{"welcome", q.Welcome != ""}, {"comfort", q.Comfort != ""}, {"announce_every", q.AnnounceEvery > 0}, {"exits", len(q.Exits) > 0}} {
			if one.set {
				list = append(list, fmt.Sprintf("queue %s: %s is for callers who were answered before they came here; with answer: ring the others only hear ringing", q.Name, one.setting))
			}
		}
	}
	return list
}
