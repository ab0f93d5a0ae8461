package main

import (
	"slices"
	"time"

	"offhook/internal/config"
	"offhook/queue"
)

// queuePlan are the engine's settings.
func queuePlan(c *config.Config) queue.Settings {
	s := queue.Settings{
		ConfirmWithin: c.Agents.ConfirmWithin, MaxMisses: c.Agents.MaxMisses, MaxRejects: c.Agents.MaxRejects, RejectDelay: c.Agents.RejectDelay,
		Window: c.Matching.Window, Seed: uint64(c.Matching.Seed), SkillHeadStart: c.Matching.HeadStarts,
	}
	hours := hoursPlan(c)
	for i := range c.Queues {
		s.Queues = append(s.Queues, oneQueue(&c.Queues[i], hours))
	}
	return s
}

func oneQueue(q *config.Queue, hours map[string]*queue.Hours) queue.QueueSettings {
	s := queue.QueueSettings{
		Name: q.Name, Strategy: q.Strategy, Step: q.Step, PreferFor: orNone(q.PreferFor), Weight: q.Weight, RingFor: q.RingFor,
		WrapUp: orNone(q.WrapUp), WrapUpMax: q.WrapUpMax, OutcomeRequired: q.OutcomeRequired, Target: q.Target, ShortAbandon: q.ShortAbandon,
		Capacity: q.Capacity, MaxWait: q.MaxWait, MaxEstimate: q.MaxEstimate,
		RefuseEmpty: q.RefuseEmpty, JoinEmpty: emptyRule(q.JoinEmpty), LeaveEmpty: emptyRule(q.LeaveEmpty), MaxWaitEmpty: q.MaxWaitEmpty,
		Hours: hours[q.Hours], LeaveClosed: q.LeaveClosed,
		OnFull: wayOut(&q.OnFull), OnMaxWait: wayOut(&q.OnMaxWait), OnEmpty: wayOut(&q.OnEmpty), OnEstimate: wayOut(&q.OnEstimate), OnClosed: wayOut(&q.OnClosed),
		ReturnWithin: q.ReturnWithin, CallbackTries: q.CallbackTries, CallbackGap: q.CallbackGap, CallbackFor: q.CallbackFor, AnnounceEvery: q.AnnounceEvery,
	}
	for _, step := range q.Levels {
		s.Levels = append(s.Levels, queue.LevelStep{After: step.After, Upto: step.Upto})
	}
	for _, step := range q.Relax {
		s.Relax = append(s.Relax, queue.RelaxStep{After: step.After, Skill: step.Skill, By: step.By})
	}
	for k, out := range q.Exits {
		s.Exits = append(s.Exits, queue.Exit{Key: byte(k), Out: wayOut(&out)})
	}
	slices.SortFunc(s.Exits, func(a, b queue.Exit) int { return int(a.Key) - int(b.Key) })
	return s
}

// orNone is a time of which the file's 0 means none, and the engine's its default.
func orNone(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

func emptyRule(word string) queue.EmptyRule {
	if word == "off" {
		return queue.CountNone
	}
	return queue.EmptyRule(word)
}

func wayOut(w *config.WayOut) queue.WayOut {
	switch {
	case w.Queue != "":
		return queue.WayOut{Kind: queue.OutQueue, Queue: w.Queue, KeepAge: w.KeepAge}
	case w.Agent != "":
		return queue.WayOut{Kind: queue.OutAgent, Agent: queue.AgentID(w.Agent)}
	case w.Number != "":
		return queue.WayOut{Kind: queue.OutNumber, Number: w.Number}
	case w.Message != "":
		return queue.WayOut{Kind: queue.OutMessage, Message: message(w.Message), Status: w.Status}
	case w.Callback:
		return queue.WayOut{Kind: queue.OutCallback}
	}
	return queue.WayOut{}
}

// message names a spoken text as calls know it: a file's path, or "phrase:" and a phrase of the queue's voice.
func message(text string) string {
	if config.IsFile(text) {
		return text
	}
	return "phrase:" + text
}

// hoursPlan are the opening hours by name.
func hoursPlan(c *config.Config) map[string]*queue.Hours {
	all := map[string]*queue.Hours{}
	for _, h := range c.Hours {
		all[h.Name] = openingHours(h)
	}
	return all
}

func openingHours(h config.Hours) *queue.Hours {
	out := &queue.Hours{Zone: h.Location}
	for day := time.Sunday; day <= time.Saturday; day++ {
		for days, times := range h.Week {
			if days.Has(day) {
				out.Week = append(out.Week, spans(day, times)...)
			}
		}
	}
	for _, x := range h.Holidays {
		out.Holidays = append(out.Holidays, queue.Holiday{Year: x.Date.Year, Month: x.Date.Month, Day: x.Date.Day, Open: spans(0, x.Open)})
	}
	return out
}

func spans(day time.Weekday, times config.Times) (list []queue.Span) {
	for _, s := range times.Spans {
		list = append(list, queue.Span{Day: day, From: s.From, To: s.To})
	}
	return list
}
