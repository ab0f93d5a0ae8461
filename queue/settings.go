package queue

import (
	"errors"
	"fmt"
	"time"
)

// The words that settings and agents' reasons use.
const (
	// LongestIdle is the default strategy: see [QueueSettings.Strategy].
	LongestIdle = "longest-idle"

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
	}
}

// DefaultQueue gives the defaults of a queue with this name.
func DefaultQueue(name string) QueueSettings {
	return QueueSettings{
		Name:      name,
		Strategy:  LongestIdle,
		RingFor:   20 * time.Second,
		WrapUp:    15 * time.Second,
		WrapUpMax: 10 * time.Minute,
		Capacity:  500,
		Target:    20 * time.Second,
	}
}

// Validate says what is wrong with the settings, all of it, each fault with the setting's name; nil if nothing is. [New] and
// [SettingsChanged] take only settings that pass.
func (s Settings) Validate() error {
	f := faults{}
	f.negative("lease", s.Lease)
	f.negative("confirm_within", s.ConfirmWithin)
	f.negative("reject_delay", s.RejectDelay)
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
	}
	return errors.Join(f...)
}

func (q QueueSettings) validate(f *faults) {
	at := func(setting string) string { return "queue " + q.Name + ": " + setting }
	if _, ok := strategies[q.Strategy]; !ok && q.Strategy != "" {
		f.add("%s %q is unknown", at("strategy"), q.Strategy)
	}
	f.negative(at("ring_for"), q.RingFor)
	f.negative(at("wrap_up_max"), q.WrapUpMax)
	f.negative(at("max_wait"), q.MaxWait)
	f.negative(at("target"), q.Target)
	f.below(at("capacity"), q.Capacity)
	if q.WrapUpMax > 0 && q.WrapUp > q.WrapUpMax {
		f.add("%s %v is longer than wrap_up_max %v", at("wrap_up"), q.WrapUp, q.WrapUpMax)
	}
}

type faults []error

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
	q.RingFor = or(q.RingFor, d.RingFor)
	q.WrapUp = or(q.WrapUp, d.WrapUp)
	q.WrapUpMax = or(q.WrapUpMax, max(d.WrapUpMax, q.WrapUp))
	q.Capacity = or(q.Capacity, d.Capacity)
	q.Target = or(q.Target, d.Target)
	return q
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
