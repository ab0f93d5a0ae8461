package queue

import (
	"math"
	"time"
)

// LevelStep opens a queue's levels up to Upto for callers who have waited After. A level that is open and has no agent logged in opens
// the next at once.
type LevelStep struct {
	After time.Duration
	Upto  int
}

// everyLevel is the level up to which a queue without steps is open.
const everyLevel = math.MaxInt

// opened gives the highest level that the steps open after this wait.
func (q *queue) opened(wait time.Duration) int {
	if len(q.set.Levels) == 0 {
		return everyLevel
	}
	upto := q.set.Levels[0].Upto
	for _, step := range q.set.Levels {
		if step.After <= wait {
			upto = max(upto, step.Upto)
		}
	}
	return upto
}

// reach gives the highest level that is open in fact: upto, or the next above that has an agent logged in.
func (q *queue) reach(upto int) int {
	for _, l := range q.levels {
		if l.n >= upto {
			return l.n
		}
	}
	return upto
}

// level counts the members of one level.
type level struct {
	n       int
	members int
}
