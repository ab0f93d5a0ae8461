package queue

import (
	"maps"
	"slices"

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

// Settings configure the engine.
type Settings struct {
	Queues []QueueSettings
	// Lease is how long after a beat an agent is still asked (default 32 s).
	Lease time.Duration
	// ConfirmWithin is the time from Offer to OfferShown (default 3 s).
	ConfirmWithin time.Duration
	// MaxMisses in a row make an agent away(missed) (default 1), MaxRejects away(declined) (default 3).
	MaxMisses, MaxRejects int
	// RejectDelay is when an agent who declined a caller is asked again for him (default 20 s).
	RejectDelay time.Duration
	// Window is what fewest-calls and least-talk look back on (default 60 min). It moves on in steps of a sixtieth.
	Window time.Duration
	// Seed begins the draws of the strategy random: engines with one seed draw alike.
	Seed uint64
	// SkillHeadStart is the head start that a caller gets for needing the skill.
	SkillHeadStart map[string]time.Duration
}

// QueueSettings configure one queue. Zero values mean the defaults of [DefaultQueue].
type QueueSettings struct {
	Name string
	// Strategy is the name of one of [Strategies] (default longest-idle).
	Strategy string
	// Step is when ring-progressively asks one more agent (default 10 s).
	Step time.Duration
	// Levels open with the caller's wait; without any, all are open from the start. Rising in After, see [LevelStep].
	Levels []LevelStep
	// Relax lowers a caller's needs with his wait. Rising in After, see [RelaxStep].
	Relax []RelaxStep
	// PreferFor is how long a caller's preferred agent alone is asked (default 30 s; negative: not at all).
	PreferFor time.Duration
	// Weight is a head start of all the queue's callers against those of other queues.
	Weight time.Duration
	// RingFor is the ring time per agent (default 20 s).
	RingFor time.Duration
	// WrapUp is the after-call time (default 15 s; negative: none), WrapUpMax its limit with extensions (default 10 min).
	WrapUp, WrapUpMax time.Duration
	// OutcomeRequired: wrap-up that ends without an outcome makes the agent away(outcome).
	OutcomeRequired bool
	// Capacity is the most callers waiting (default 500).
	Capacity int
	// MaxWait is the longest wait, 0 for none.
	MaxWait time.Duration
	// RefuseEmpty is JoinEmpty: CountLoggedIn.
	RefuseEmpty bool
	// Target is the service level's limit (default 20 s).
	Target time.Duration
	// ShortAbandon: who abandons sooner is counted apart (default 5 s).
	ShortAbandon time.Duration

	// JoinEmpty refuses callers while it counts no agent.
	JoinEmpty EmptyRule
	// LeaveEmpty ends the wait of those for whom it has counted no agent for MaxWaitEmpty (0: at once). With MaxWaitEmpty alone it is
	// CountLoggedIn.
	LeaveEmpty   EmptyRule
	MaxWaitEmpty time.Duration
	// MaxEstimate is the estimated wait above which callers are turned away, 0 for none.
	MaxEstimate time.Duration
	// Hours are when the queue takes callers; nil is always. LeaveClosed: those who wait leave too when it closes.
	Hours       *Hours
	LeaveClosed bool
	// Where callers go whom a limit meets, the zero value being the end of their call.
	OnFull, OnMaxWait, OnEmpty, OnEstimate, OnClosed WayOut
	// Exits are the ways out that a waiting caller may take by a key.
	Exits []Exit
	// ReturnWithin: who abandons and calls again from the same verified number so soon has his old place; 0 is off.
	ReturnWithin time.Duration
	// CallbackTries is how often a callback's customer is dialled (default 3), CallbackGap the time between (default 5 min), CallbackFor how long a
	// callback waits at most (default 24 h). While the queue is closed nobody is dialled.
	CallbackTries            int
	CallbackGap, CallbackFor time.Duration
	// AnnounceEvery is how often at most a caller hears his place and estimate; 0: never.
	AnnounceEvery time.Duration
}

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
