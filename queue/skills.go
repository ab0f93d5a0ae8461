package queue

import (
	"cmp"
	"slices"
	"time"
)

// Skill is what an agent can do, and how well: a name ("billing", "lang=de") and a level from 1 on.
type Skill struct {
	Name  string
	Level int
}

// Need is a skill that a caller's agent must have, at this level at least (0 counts as 1).
type Need struct {
	Skill string
	Min   int
}

// RelaxStep lowers callers' needs once they have waited After: the need for Skill ("" for every need) by By levels, or, By being zero,
// altogether. Steps add up; a need that is lowered below 1 is none.
type RelaxStep struct {
	After time.Duration
	Skill string
	By    int
}

// sortedNeeds appends the needs in the order of their skills, each skill once with its highest level.
func sortedNeeds(to, needs []Need) []Need {
	for _, n := range needs {
		n.Min = max(n.Min, 1)
		at, found := slices.BinarySearchFunc(to, n, compareNeeds)
		if found {
			to[at].Min = max(to[at].Min, n.Min)
		} else {
			to = slices.Insert(to, at, n)
		}
	}
	return to
}

func compareNeeds(a, b Need) int { return cmp.Compare(a.Skill, b.Skill) }

// relaxed appends what is left of the needs after this wait.
func (q *queue) relaxed(to, needs []Need, wait time.Duration) []Need {
	for _, n := range needs {
		for _, step := range q.set.Relax {
			if step.After <= wait && (step.Skill == "" || step.Skill == n.Skill) {
				n = step.lower(n)
			}
		}
		if n.Min >= 1 {
			to = append(to, n)
		}
	}
	return to
}

func (s RelaxStep) lower(n Need) Need {
	if s.By == 0 {
		n.Min = 0
	} else {
		n.Min -= s.By
	}
	return n
}

// surplus is by how many levels in all the agent has more than is needed; false if he has too little of something.
func (a *agent) surplus(needs []Need) (int, bool) {
	sum := 0
	for _, n := range needs {
		over := a.skill(n.Skill) - n.Min
		if over < 0 {
			return 0, false
		}
		sum += over
	}
	return sum, true
}

// skill gives the agent's level of a skill, 0 if he has it not. An agent has few.
func (a *agent) skill(name string) int {
	level := 0
	for _, s := range a.skills {
		if s.Name == name {
			level = max(level, s.Level, 1)
		}
	}
	return level
}

// skillHeadStart is what the caller's needs give him.
func (e *Engine) skillHeadStart(needs []Need) (sum time.Duration) {
	for _, n := range needs {
		sum += e.settings.SkillHeadStart[n.Skill]
	}
	return sum
}
