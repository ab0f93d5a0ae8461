package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Matching is how callers and agents are brought together, in all queues.
type Matching struct {
	// Window is what fewest-calls and least-talk look back on.
	Window time.Duration `yaml:"window"`
	// Seed begins the draws of the strategy random.
	Seed int `yaml:"seed"`
	// HeadStarts are what callers get for needing a skill, by skill.
	HeadStarts map[string]time.Duration `yaml:"head_starts"`
}

func (m *Matching) check(f *faults) {
	f.positive("matching.window", m.Window)
	f.least("matching.seed", m.Seed, 0)
}

// Staff is what the file says of one agent; it goes before what his token says.
type Staff struct {
	// Agent is the token's sub.
	Agent string `yaml:"agent"`
	// Queues are those that he serves, none if it is empty; nil leaves it to the token. Skills are what he can do, and how well, likewise.
	Queues []StaffQueue   `yaml:"queues"`
	Skills map[string]int `yaml:"skills"`
}

// StaffQueue is a queue that an agent serves.
type StaffQueue struct {
	Queue string `yaml:"queue"`
	// Level is how soon he is asked, 1 first. Order is his place among the queue's agents, for strategies that go by it; 0 is his place in Config.Staff.
	Level int `yaml:"level"`
	Order int `yaml:"order"`
}

func (s *StaffQueue) setDefaults() { s.Level = 1 }

// setWord takes the queue's name alone.
func (s *StaffQueue) setWord(word string) error {
	s.Queue = word
	return nil
}

func (c *Config) checkStaff(f *faults) {
	for i, s := range c.Staff {
		at := index("staff", i)
		f.needed(at+".agent", s.Agent)
		for j, q := range s.Queues {
			here := index(at+".queues", j)
			if !c.hasQueue(q.Queue) {
				f.add(here, "there is no queue %q", q.Queue)
			}
			f.least(here+".level", q.Level, 1)
			f.least(here+".order", q.Order, 0)
		}
		once(f, at+".queues", s.Queues, func(q StaffQueue) string { return q.Queue })
		for name, level := range s.Skills {
			f.least(at+".skills."+name, level, 1)
		}
	}
	once(f, "staff", c.Staff, func(s Staff) string { return s.Agent })
}

// Need is a skill that a caller's agent must have, at this level at least: written billing, or lang=de>=3.
type Need struct {
	Skill string
	Min   int
}

// UnmarshalText reads "billing" and "lang=de>=3".
func (n *Need) UnmarshalText(text []byte) error {
	skill, least, has := strings.Cut(string(text), ">=")
	n.Skill, n.Min = strings.TrimSpace(skill), 1
	if has {
		level, err := strconv.Atoi(strings.TrimSpace(least))
		if n.Min = level; err != nil || level < 1 {
			return fmt.Errorf("%q is no skill such as billing, or lang=de>=3", text)
		}
	}
	if n.Skill == "" || strings.ContainsAny(n.Skill, "<>") { // "lang=de>3" would be a skill that nobody has
		return fmt.Errorf("%q is no skill such as billing, or lang=de>=3", text)
	}
	return nil
}

// String writes the need as it is read.
func (n Need) String() string {
	if n.Min <= 1 {
		return n.Skill
	}
	return fmt.Sprintf("%s>=%d", n.Skill, n.Min)
}
