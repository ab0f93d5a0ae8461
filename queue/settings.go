package queue

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The words that settings and agents' reasons use.
const (
	// The reasons that the engine itself gives for [Away].
	ReasonLogin       = "login"       // logged in without a wish
	ReasonMissed      = "missed"      // did not answer MaxMisses offers in a row
	ReasonDeclined    = "declined"    // declined MaxRejects offers in a row
	ReasonUnreachable = "unreachable" // the page did not show two offers within five minutes
	ReasonMedia       = "media"       // accepted, but the agent's media did not come up
	ReasonOutcome     = "outcome"     // wrap-up ended without the outcome that the queue requires
)

const (
	// unreachableWithin is how close two offers that were not shown must be to make the agent away(unreachable).
	unreachableWithin = 5 * time.Minute
	// failDelay is when the same agent is asked again for the same caller after a failure that was nobody's fault, so that a lasting
	// failure costs one attempt each failDelay and not a tight loop.
	failDelay = 3 * time.Second
)

// DefaultSettings gives the engine's defaults, without queues.
func DefaultSettings() Settings {
	return Settings{
		Lease:         32 * time.Second,
		ConfirmWithin: 3 * time.Second,
		MaxMisses:     1,
		MaxRejects:    3,
		RejectDelay:   20 * time.Second,
		Window:        time.Hour,
	}
}

// DefaultQueue gives the defaults of a queue with this name.
func DefaultQueue(name string) QueueSettings {
	return QueueSettings{
		Name:      name,
		Strategy:  LongestIdle,
		Step:      10 * time.Second,
		RingFor:   20 * time.Second,
		PreferFor: 30 * time.Second,
		WrapUp:    15 * time.Second,
		WrapUpMax: 10 * time.Minute,
		Capacity:  500,
		Target:    20 * time.Second,

		ShortAbandon:  5 * time.Second,
		CallbackTries: 3,
		CallbackGap:   5 * time.Minute,
		CallbackFor:   24 * time.Hour,
	}
}

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

// filled gives the settings with every zero value replaced by its default, in memory of its own.
func (s Settings) filled() Settings {
	d := DefaultSettings()
	s.Lease = or(s.Lease, d.Lease)
	s.ConfirmWithin = or(s.ConfirmWithin, d.ConfirmWithin)
	s.MaxMisses = or(s.MaxMisses, d.MaxMisses)
	s.MaxRejects = or(s.MaxRejects, d.MaxRejects)
	s.RejectDelay = or(s.RejectDelay, d.RejectDelay)
	s.Window = or(s.Window, d.Window)
	s.SkillHeadStart = maps.Clone(s.SkillHeadStart)
	queues := make([]QueueSettings, len(s.Queues))
	for i, q := range s.Queues {
		queues[i] = q.filled()
	}
	s.Queues = queues
	return s
}

func (q QueueSettings) filled() QueueSettings {
	d := DefaultQueue(q.Name)
	q.Strategy = or(q.Strategy, d.Strategy)
	q.Step = or(q.Step, d.Step)
	q.Levels, q.Relax = slices.Clone(q.Levels), slices.Clone(q.Relax)
	q.PreferFor = or(q.PreferFor, d.PreferFor)
	q.RingFor = or(q.RingFor, d.RingFor)
	q.WrapUp = or(q.WrapUp, d.WrapUp)
	q.WrapUpMax = or(q.WrapUpMax, max(d.WrapUpMax, q.WrapUp))
	q.Capacity = or(q.Capacity, d.Capacity)
	q.Target = or(q.Target, d.Target)
	q.ShortAbandon = or(q.ShortAbandon, d.ShortAbandon)
	q.CallbackTries = or(q.CallbackTries, d.CallbackTries)
	q.CallbackGap = or(q.CallbackGap, d.CallbackGap)
	q.CallbackFor = or(q.CallbackFor, d.CallbackFor)
	q.Exits = slices.Clone(q.Exits)
	if q.RefuseEmpty {
		q.JoinEmpty = or(q.JoinEmpty, CountLoggedIn)
	}
	if q.MaxWaitEmpty > 0 {
		q.LeaveEmpty = or(q.LeaveEmpty, CountLoggedIn)
	}
	return q
}

// lookBack says whether some queue's strategy goes by what agents did in the window.
func (s Settings) lookBack() bool {
	for _, q := range s.Queues {
		if strategyNamed(q.Strategy).looksBack {
			return true
		}
	}
	return false
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
