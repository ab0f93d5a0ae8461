package queue

import (
	"cmp"
	"math"
	"slices"
)

// strategy is how a queue picks among the agents of one level, and how many it asks at once for one caller. It is stateless: what it needs to
// remember belongs to the queue, the caller or the agent, so that a queue can change its strategy.
type strategy struct {
	name string
	rule string
	// before orders ready members. It may depend only on what does not change while a member is ready, or is announced by reseat.
	before func(a, b *seat) bool
	// pick takes one off a shelf on which there is somebody whom the group does not avoid.
	pick func(e *Engine, g *group, s *shelf) *seat
	// crowd is how many agents may be asked for the caller at the same time.
	crowd func(c *caller) int
	// oneLevel: while agents of one level ring, those of higher levels are not asked as well.
	oneLevel bool
	// looksBack: before looks at what the agent did in the last Settings.Window.
	looksBack bool
}

// The names of the strategies.
const (
	LongestIdle       = "longest-idle"
	RoundRobin        = "round-robin"
	FewestCalls       = "fewest-calls"
	LeastTalk         = "least-talk"
	TopDown           = "top-down"
	Random            = "random"
	RingAll           = "ring-all"
	RingProgressively = "ring-progressively"
	BestSkill         = "best-skill"
)

// strategies is the table of queue.md §Agents.
var strategies = []strategy{
	{name: LongestIdle, before: idleLonger, pick: first, crowd: one,
		rule: "longest since the last call's end, or since becoming available if later; a miss does not reset it; ties by agent ID"},
	{name: RoundRobin, before: configured, pick: afterLast, crowd: one,
		rule: "after the last one offered in this queue, in configured order"},
	{name: FewestCalls, before: fewerCalls, pick: first, crowd: one, looksBack: true,
		rule: "fewest answered in the last window; ties by longest idle"},
	{name: LeastTalk, before: lessTalk, pick: first, crowd: one, looksBack: true,
		rule: "least talk time in the last window; ties by longest idle"},
	{name: TopDown, before: configured, pick: first, crowd: one,
		rule: "configured order, from the top for each caller"},
	{name: Random, before: configured, pick: drawn, crowd: one,
		rule: "any, by a seeded draw"},
	{name: RingAll, before: configured, pick: first, crowd: all, oneLevel: true,
		rule: "all of the level at once; the first accept wins, the others get answered_elsewhere"},
	{name: RingProgressively, before: configured, pick: first, crowd: allowed,
		rule: "one more agent each step, the earlier ones ring on; in configured order"},
	{name: BestSkill, before: moreSkilled, pick: first, crowd: one,
		rule: "highest surplus over what the caller needs; ties by longest idle"},
}

// Strategies gives the names that [QueueSettings.Strategy] may have.
func Strategies() []string {
	var names []string
	for _, s := range strategies {
		names = append(names, s.name)
	}
	return names
}

func strategyNamed(name string) *strategy {
	for i := range strategies {
		if strategies[i].name == name {
			return &strategies[i]
		}
	}
	return nil
}

func idleLonger(a, b *seat) bool {
	if a.member.agent.idle != b.member.agent.idle {
		return a.member.agent.idle < b.member.agent.idle
	}
	return a.member.agent.id < b.member.agent.id
}

func configured(a, b *seat) bool { return a.member.turn().compare(b.member.turn()) < 0 }

func fewerCalls(a, b *seat) bool {
	if x, y := a.member.agent.book.tally.calls, b.member.agent.book.tally.calls; x != y {
		return x < y
	}
	return idleLonger(a, b)
}

func lessTalk(a, b *seat) bool {
	if x, y := a.member.agent.book.tally.talk, b.member.agent.book.tally.talk; x != y {
		return x < y
	}
	return idleLonger(a, b)
}

func moreSkilled(a, b *seat) bool {
	if a.surplus != b.surplus {
		return a.surplus > b.surplus
	}
	return idleLonger(a, b)
}

// first takes the first on the shelf whom the group does not avoid: one step more than it avoids.
func first(_ *Engine, g *group, s *shelf) *seat { return next(g, s, s.ready.first()) }

// next takes the first from this one on, and begins anew at the end of the shelf.
func next(g *group, s *shelf, n *node[*seat]) *seat {
	for {
		if n == nil {
			n = s.ready.first()
		}
		if !slices.Contains(g.avoid, n.item.member.agent.id) {
			return n.item
		}
		n = n.next()
	}
}

// afterLast takes the first after the one who was asked last in this queue.
func afterLast(_ *Engine, g *group, s *shelf) *seat {
	last := g.queue.last
	return next(g, s, s.ready.find(func(s *seat) bool { return s.member.turn().compare(last) > 0 }))
}

// drawn takes any whom the group does not avoid, each with the same chance.
func drawn(e *Engine, g *group, s *shelf) *seat {
	places := e.places[:0]
	for _, id := range g.avoid {
		if avoided := e.seatOn(s, id, g); avoided != nil {
			places = append(places, avoided.node.place())
		}
	}
	slices.Sort(places)
	at := e.draw(s.ready.len() - len(places))
	for _, p := range places {
		if p <= at {
			at++
		}
	}
	e.places = places
	return s.ready.at(at).item
}

// draw gives one of n numbers from 0 on (splitmix64; what n takes off evenness is less than one in 2^40).
func (e *Engine) draw(n int) int {
	e.drawn += 0x9e3779b97f4a7c15
	z := e.drawn
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) >> 1 % uint64(n))
}

func one(*caller) int       { return 1 }
func all(*caller) int       { return math.MaxInt }
func allowed(c *caller) int { return c.allowed }

// turn is a member's place in the configured order of a queue's agents.
type turn struct {
	order int
	id    AgentID
}

func (m *member) turn() turn { return turn{m.order, m.agent.id} }

func (t turn) compare(u turn) int {
	return cmp.Or(cmp.Compare(t.order, u.order), cmp.Compare(t.id, u.id))
}
