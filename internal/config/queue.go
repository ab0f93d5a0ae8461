package config

import (
	"os"
	"slices"
	"time"
)

// Queue is one queue of callers. Its rules are those of package queue; docs/queue.md tells them.
type Queue struct {
	Name  string `yaml:"name"`
	Label string `yaml:"label"`

	// Who is asked, and for how long.
	Strategy string `yaml:"strategy"`
	// Step is when ring-progressively asks one more agent.
	Step time.Duration `yaml:"step"`
	// Levels open with the caller's wait; without any, all are open. Relax lowers what callers need.
	Levels  []LevelStep   `yaml:"levels"`
	Relax   []RelaxStep   `yaml:"relax"`
	RingFor time.Duration `yaml:"ring_for"`
	// PreferFor is how long a caller's preferred agent alone is asked; 0: not at all.
	PreferFor time.Duration `yaml:"prefer_for"`
	// Weight is a head start of all the queue's callers against those of other queues.
	Weight time.Duration `yaml:"weight"`

	// After the call.
	WrapUp          time.Duration `yaml:"wrap_up"`
	WrapUpMax       time.Duration `yaml:"wrap_up_max"`
	Outcomes        []Outcome     `yaml:"outcomes"`
	OutcomeRequired bool          `yaml:"outcome_required"`

	// Limits, and where they lead.
	Capacity int `yaml:"capacity"`
	// MaxWait is the longest wait, MaxEstimate the longest estimated one; 0 means none.
	MaxWait     time.Duration `yaml:"max_wait"`
	MaxEstimate time.Duration `yaml:"max_estimate"`
	// JoinEmpty and LeaveEmpty are "off" or say which agents count: "logged_in", "not_away" or "available".
	JoinEmpty  string `yaml:"join_empty"`
	LeaveEmpty string `yaml:"leave_empty"`
	// RefuseEmpty is short for JoinEmpty "logged_in".
	RefuseEmpty bool `yaml:"refuse_empty"`
	// MaxWaitEmpty is for how long LeaveEmpty may count nobody.
	MaxWaitEmpty time.Duration `yaml:"max_wait_empty"`
	// Hours names opening hours, "" for always. LeaveClosed ends the wait of those who wait when they end.
	Hours       string         `yaml:"hours"`
	LeaveClosed bool           `yaml:"leave_closed"`
	OnFull      WayOut         `yaml:"on_full"`
	OnMaxWait   WayOut         `yaml:"on_max_wait"`
	OnEmpty     WayOut         `yaml:"on_empty"`
	OnEstimate  WayOut         `yaml:"on_estimate"`
	OnClosed    WayOut         `yaml:"on_closed"`
	Exits       map[Key]WayOut `yaml:"exits"`
	// ReturnWithin: who gives up and calls again so soon has his old place; 0 is off.
	ReturnWithin time.Duration `yaml:"return_within"`

	// Callbacks.
	CallbackTries int           `yaml:"callback_tries"`
	CallbackGap   time.Duration `yaml:"callback_gap"`
	CallbackFor   time.Duration `yaml:"callback_for"`

	// What the caller hears. Answer is "ring", "early" or "at_once".
	Answer string `yaml:"answer"`
	// Sound is "ringing", "music", or the path of a WAV file, resolved from the configuration file's folder by Load.
	Sound string `yaml:"sound"`
	// Language is that of the phrases; Prompts is a folder of files that go before them, "" for none.
	Language string `yaml:"language"`
	Prompts  string `yaml:"prompts"`
	// Welcome is said first, Comfort each ComfortEvery: a phrase or a WAV file (see [IsFile]), "" for nothing.
	Welcome      string        `yaml:"welcome"`
	Comfort      string        `yaml:"comfort"`
	ComfortEvery time.Duration `yaml:"comfort_every"`
	// AnnounceEvery is how often at most a caller hears his place and estimate; 0: never.
	AnnounceEvery time.Duration `yaml:"announce_every"`

	// OnAgentLost is "requeue" or "end".
	OnAgentLost  string        `yaml:"on_agent_lost"`
	Target       time.Duration `yaml:"target"`
	ShortAbandon time.Duration `yaml:"short_abandon"`
	// Record is "never", "agent" (when the agent asks for it) or "always".
	Record string `yaml:"record"`
}

// LevelStep opens a queue's levels up to Upto for callers who have waited After.
type LevelStep struct {
	After time.Duration `yaml:"after"`
	Upto  int           `yaml:"upto"`
}

// RelaxStep lowers what callers need who have waited After: Skill ("" for every skill) by By levels, altogether if By is 0.
type RelaxStep struct {
	After time.Duration `yaml:"after"`
	Skill string        `yaml:"skill"`
	By    int           `yaml:"by"`
}

// Outcome is one result of a call that agents choose in wrap-up.
type Outcome struct {
	Name  string `yaml:"name"`
	Label string `yaml:"label"`
}

func (q *Queue) setDefaults() {
	*q = Queue{
		Strategy: "longest-idle", Step: 10 * time.Second, RingFor: 20 * time.Second, PreferFor: 30 * time.Second,
		WrapUp: 15 * time.Second, WrapUpMax: 10 * time.Minute, Capacity: 500, JoinEmpty: "off", LeaveEmpty: "off",
		CallbackTries: 3, CallbackGap: 5 * time.Minute, CallbackFor: 24 * time.Hour,
		Answer: "ring", Sound: "music", Language: "en", ComfortEvery: time.Minute,
		OnAgentLost: "requeue", Target: 20 * time.Second, ShortAbandon: 5 * time.Second, Record: "never",
	}
}

// The words that a queue's settings may be. Package queue has the strategies and the rules, package prompts the languages; tests hold them together.
var (
	strategies = []string{"longest-idle", "round-robin", "fewest-calls", "least-talk", "top-down", "random", "ring-all", "ring-progressively", "best-skill"}
	emptyRules = []string{"off", "logged_in", "not_away", "available"}
	answers    = []string{"ring", "early", "at_once"}
	languages  = []string{"en", "de"}
	lost       = []string{"requeue", "end"}
)

func (c *Config) hasQueue(name string) bool {
	return slices.ContainsFunc(c.Queues, func(q Queue) bool { return q.Name == name })
}

func (c *Config) checkQueue(at string, q *Queue, f *faults) {
	f.needed(at+".name", q.Name)
	f.oneOf(at+".strategy", q.Strategy, strategies)
	f.positive(at+".step", q.Step)
	f.positive(at+".ring_for", q.RingFor)
	f.positive(at+".target", q.Target)
	f.positive(at+".short_abandon", q.ShortAbandon)
	q.checkSteps(at, f)
	q.checkAfter(at, f)
	q.checkHeard(at, f)
	c.checkLimits(at, q, f)
	c.checkWays(at, q, f)
}

// checkSteps: steps rise in time, levels with them.
func (q *Queue) checkSteps(at string, f *faults) {
	for i, step := range q.Levels {
		here := index(at+".levels", i)
		f.least(here+".upto", step.Upto, 1)
		switch {
		case i == 0 && step.After != 0:
			f.add(here+".after", "the first step is after 0s: it says which levels are open from the start")
		case i > 0 && (step.After <= q.Levels[i-1].After || step.Upto <= q.Levels[i-1].Upto):
			f.add(here, "each step is later, and opens more, than the one before")
		}
	}
	for i, step := range q.Relax {
		here := index(at+".relax", i)
		f.least(here+".by", step.By, 0)
		if i > 0 && step.After < q.Relax[i-1].After {
			f.add(here+".after", "steps stand in the order of their times")
		}
	}
}

// checkAfter checks what comes after the call.
func (q *Queue) checkAfter(at string, f *faults) {
	f.oneOf(at+".on_agent_lost", q.OnAgentLost, lost)
	if q.WrapUpMax < q.WrapUp {
		f.add(at+".wrap_up_max", "%s is shorter than wrap_up, %s", q.WrapUpMax, q.WrapUp)
	}
	if q.OutcomeRequired && len(q.Outcomes) == 0 {
		f.add(at+".outcome_required", "there are no outcomes to choose from")
	}
	once(f, at+".outcomes", q.Outcomes, func(o Outcome) string { return o.Name })
}

// checkHeard checks what the caller hears. Whether there is such a phrase, and such a file, is not known here.
func (q *Queue) checkHeard(at string, f *faults) {
	f.oneOf(at+".answer", q.Answer, answers)
	f.needed(at+".sound", q.Sound)
	f.oneOf(at+".language", q.Language, languages)
	f.positive(at+".comfort_every", q.ComfortEvery)
}

// checkLimits holds each limit to what it needs, so that none stands there without effect.
func (c *Config) checkLimits(at string, q *Queue, f *faults) {
	f.least(at+".capacity", q.Capacity, 1)
	f.oneOf(at+".join_empty", q.JoinEmpty, emptyRules)
	f.oneOf(at+".leave_empty", q.LeaveEmpty, emptyRules)
	if q.RefuseEmpty && q.JoinEmpty != "off" {
		f.add(at+".refuse_empty", "it is short for join_empty: logged_in, and join_empty is %s", q.JoinEmpty)
	}
	if q.MaxWaitEmpty > 0 && q.LeaveEmpty == "off" {
		f.add(at+".max_wait_empty", "leave_empty is off: it has to say which agents count")
	}
	c.hoursKnown(at+".hours", q.Hours, f)
	if q.LeaveClosed && q.Hours == "" {
		f.add(at+".leave_closed", "there are no hours, so the queue never closes")
	}
	f.least(at+".callback_tries", q.CallbackTries, 1)
	f.positive(at+".callback_gap", q.CallbackGap)
	f.positive(at+".callback_for", q.CallbackFor)
}

// resolve makes the names of files absolute, and sees whether they are there.
func (q *Queue) resolve(at string, f *faults, from source) {
	if !isBuiltIn(q.Sound) {
		q.Sound = f.present(at+".sound", q.Sound, from)
	}
	if q.Prompts != "" {
		q.Prompts = f.present(at+".prompts", q.Prompts, from)
	}
	q.Welcome, q.Comfort = f.spoken(at+".welcome", q.Welcome, from), f.spoken(at+".comfort", q.Comfort, from)
	for _, w := range q.limitWays() {
		w.Message = f.spoken(at+"."+w.Setting+".message", w.Message, from)
	}
	for k, out := range q.Exits {
		out.Message = f.spoken(at+".exits."+k.String()+".message", out.Message, from)
		q.Exits[k] = out
	}
}

// spoken makes the name of a file absolute; a phrase stays.
func (f *faults) spoken(at, text string, from source) string {
	if !IsFile(text) {
		return text
	}
	return f.present(at, text, from)
}

// present makes a name absolute, and notes if nothing of that name is there.
func (f *faults) present(at, name string, from source) string {
	name = from.path(name)
	_, err := os.Stat(name)
	f.wrong(at, err)
	return name
}
