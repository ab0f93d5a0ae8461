package queue

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Validate says what is wrong with the settings, all of it, each fault with the setting's name; nil if nothing is. [New] and
// [SettingsChanged] take only settings that pass.
func (s Settings) Validate() error {
	f := faults{}
	f.negative("lease", s.Lease)
	f.negative("confirm_within", s.ConfirmWithin)
	f.negative("reject_delay", s.RejectDelay)
	f.negative("window", s.Window)
	f.below("max_misses", s.MaxMisses)
	f.below("max_rejects", s.MaxRejects)
	seen := map[string]bool{}
	for i, q := range s.Queues {
		if q.Name == "" {
			f.add("queue number %d has no name", i+1)
		}
		if seen[q.Name] {
			f.add("queue %q stands twice", q.Name)
		}
		seen[q.Name] = true
		q.validate(&f)
		s.validateWaysOut(&f, q)
	}
	return errors.Join(f...)
}

func (q QueueSettings) validate(f *faults) {
	at := func(setting string) string { return "queue " + q.Name + ": " + setting }
	if q.Strategy != "" && strategyNamed(q.Strategy) == nil {
		f.add("%s %q is unknown; there are %s", at("strategy"), q.Strategy, strings.Join(Strategies(), ", "))
	}
	f.negative(at("ring_for"), q.RingFor)
	f.negative(at("step"), q.Step)
	q.validateSteps(f, at)
	f.negative(at("wrap_up_max"), q.WrapUpMax)
	f.negative(at("max_wait"), q.MaxWait)
	f.negative(at("target"), q.Target)
	f.negative(at("short_abandon"), q.ShortAbandon)
	f.negative(at("max_wait_empty"), q.MaxWaitEmpty)
	f.negative(at("max_estimate"), q.MaxEstimate)
	f.negative(at("return_within"), q.ReturnWithin)
	f.negative(at("callback_gap"), q.CallbackGap)
	f.negative(at("callback_for"), q.CallbackFor)
	f.negative(at("announce_every"), q.AnnounceEvery)
	f.below(at("callback_tries"), q.CallbackTries)
	f.below(at("capacity"), q.Capacity)
	f.rule(at("join_empty"), q.JoinEmpty)
	f.rule(at("leave_empty"), q.LeaveEmpty)
	q.Hours.validate(f, at("hours"))
	if q.WrapUpMax > 0 && q.WrapUp > q.WrapUpMax {
		f.add("%s %v is longer than wrap_up_max %v", at("wrap_up"), q.WrapUp, q.WrapUpMax)
	}
}

// validateSteps: steps rise in time, levels with them.
func (q QueueSettings) validateSteps(f *faults, at func(string) string) {
	for i, step := range q.Levels {
		switch {
		case step.Upto < 1:
			f.add("%s: upto %d is no level", at("levels"), step.Upto)
		case step.After < 0 || (i == 0 && step.After != 0):
			f.add("%s: the first step is after 0s", at("levels"))
		case i > 0 && (step.After <= q.Levels[i-1].After || step.Upto <= q.Levels[i-1].Upto):
			f.add("%s: each step is later and opens more than the one before", at("levels"))
		}
	}
	for i, step := range q.Relax {
		if step.After < 0 || step.By < 0 || (i > 0 && step.After < q.Relax[i-1].After) {
			f.add("%s: steps are in the order of their times, and lower", at("relax"))
		}
	}
}

func (s Settings) validateWaysOut(f *faults, q QueueSettings) {
	at := func(setting string) string { return "queue " + q.Name + ": " + setting }
	s.validateWayOut(f, at("on_full"), q.OnFull, q.Name)
	s.validateWayOut(f, at("on_max_wait"), q.OnMaxWait, q.Name)
	s.validateWayOut(f, at("on_empty"), q.OnEmpty, q.Name)
	s.validateWayOut(f, at("on_estimate"), q.OnEstimate, q.Name)
	s.validateWayOut(f, at("on_closed"), q.OnClosed, q.Name)
	seen := map[byte]bool{}
	for _, x := range q.Exits {
		key := at(fmt.Sprintf("exit %q", string(x.Key)))
		if seen[x.Key] || !strings.ContainsRune("0123456789*#ABCD", rune(x.Key)) {
			f.add("%s stands twice or is no key", key)
		}
		seen[x.Key] = true
		s.validateWayOut(f, key, x.Out, q.Name)
	}
}

type faults []error

func (f *faults) rule(setting string, r EmptyRule) {
	switch r {
	case CountNone, CountLoggedIn, CountNotAway, CountAvailable:
	default:
		f.add("%s %q is unknown", setting, r)
	}
}

func (f *faults) add(format string, args ...any) {
	*f = append(*f, fmt.Errorf("queue settings: "+format, args...))
}

func (f *faults) negative(setting string, d time.Duration) {
	if d < 0 {
		f.add("%s %v is negative", setting, d)
	}
}

func (f *faults) below(setting string, n int) {
	if n < 0 {
		f.add("%s %d is negative", setting, n)
	}
}

// validateWayOut names what a way out lacks.
func (s Settings) validateWayOut(f *faults, at string, out WayOut, queue string) {
	need := func(ok bool, what string) {
		if !ok {
			f.add("%s: %s needs %s", at, out.Kind, what)
		}
	}
	switch out.Kind {
	case OutEnd, OutCallback:
	case OutQueue:
		need(out.Queue != queue && s.has(out.Queue), "another queue that is there")
	case OutAgent:
		need(out.Agent != "", "an agent")
	case OutNumber:
		need(out.Number != "", "a number")
	case OutMessage:
		need(out.Message != "", "a message")
	default:
		f.add("%s: way out %q is unknown", at, out.Kind)
	}
	if out.Status != 0 && (out.Status < 400 || out.Status > 699) {
		f.add("%s: status %d is no SIP failure", at, out.Status)
	}
}

func (s Settings) has(queue string) bool {
	for _, q := range s.Queues {
		if q.Name == queue {
			return true
		}
	}
	return false
}
