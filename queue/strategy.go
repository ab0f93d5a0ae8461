package queue

import "cmp"

// strategy picks among the agents of one level. A strategy is stateless: what it needs to remember belongs to the queue or the
// member, so that a queue can change its strategy.
type strategy interface {
	// before orders the ready members of a level. The order may depend only on what does not change while a member is ready.
	before(a, b *member) bool
	// pick chooses a ready member of the level who may be asked for this caller, nil if there is none.
	pick(l *level, c *caller) *member
}

// strategies are those that a queue's settings may name.
var strategies = map[string]strategy{
	LongestIdle: longestIdle{},
}

// longestIdle asks the agent whose last call is over longest, or who became available last if that was later; ties go by agent ID.
type longestIdle struct{}

func (longestIdle) before(a, b *member) bool {
	if a.agent.idle != b.agent.idle {
		return a.agent.idle < b.agent.idle
	}
	return cmp.Less(a.agent.id, b.agent.id)
}

func (longestIdle) pick(l *level, c *caller) *member {
	// A caller bars few agents, so the walk is short: one step more than he bars.
	for n := l.ready.first(); n != nil; n = n.next() {
		if !c.bars(n.item.agent) {
			return n.item
		}
	}
	return nil
}
