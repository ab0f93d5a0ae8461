package queue

import (
	"slices"
	"time"
)

// requirement is all that decides which agents may be asked for a caller now. Callers of one queue with equal requirements form a group.
type requirement struct {
	needs  []Need    // as relaxed by now
	upto   int       // levels are open up to here
	within int       // of these only up to here: where ring-all rings already
	prefer AgentID   // asked alone while he is a member, "" for none
	avoid  []AgentID // never asked, or not for now; ascending
}

func (r *requirement) equal(s *requirement) bool {
	return r.upto == s.upto && r.within == s.within && r.prefer == s.prefer && slices.Equal(r.avoid, s.avoid) && slices.Equal(r.needs, s.needs)
}

// group is the callers of a queue who want an agent and have one requirement in common, in rank. If the first of them cannot be given to anybody,
// none can.
type group struct {
	requirement
	queue *queue
	pool  *pool
	line  tree[*caller]
}

// place puts the caller where he belongs now: into the group of his requirement, or, while he wants nobody, into none. Whatever may have changed
// what he wants ends here.
func (e *Engine) place(c *caller) {
	c.dropBars(e.at)
	if !e.wants(c) {
		e.displace(c)
		e.armTurn(c)
		return
	}
	r := e.requirement(c)
	if c.group == nil || !c.group.equal(r) {
		e.displace(c)
		c.group = e.group(c.queue, r)
		c.group.line.insert(&c.open)
	}
	e.stir(c.queue)
	e.armTurn(c)
}

// wants says whether one more agent is to be asked for the caller.
func (e *Engine) wants(c *caller) bool {
	return !c.won && !c.rests(e.at) && len(c.offers) < c.queue.strategy.crowd(c)
}

// displace takes the caller out of his group, and drops it if he was the last.
func (e *Engine) displace(c *caller) {
	g := c.group
	if g == nil {
		return
	}
	g.line.remove(&c.open)
	c.group = nil
	if g.line.len() > 0 {
		return
	}
	q := g.queue
	at := slices.Index(q.groups, g)
	last := len(q.groups) - 1
	q.groups[at], q.groups[last] = q.groups[last], nil
	q.groups = q.groups[:last]
	if q.front == g {
		q.front = nil
	}
	e.leavePool(q, g.pool)
	clear(g.avoid)
	g.queue, g.pool = nil, nil
	e.spareGroups = append(e.spareGroups, g)
}

// requirement works out what the caller requires now, in memory that the next call uses again.
func (e *Engine) requirement(c *caller) *requirement {
	q, r := c.queue, &e.wanted
	wait := time.Duration(e.at - c.from)
	r.needs = q.relaxed(r.needs[:0], c.needs, wait)
	r.upto, r.within = q.opened(wait), everyLevel
	if q.strategy.oneLevel {
		r.within = c.ringsWithin()
	}
	r.prefer = ""
	if e.at < c.preferUntil {
		r.prefer = c.prefer
	}
	r.avoid = append(r.avoid[:0], c.exclude...)
	for _, b := range c.barred {
		r.avoid = append(r.avoid, b.agent)
	}
	slices.Sort(r.avoid)
	r.avoid = slices.Compact(r.avoid)
	return r
}

// group finds or makes the queue's group of this requirement.
func (e *Engine) group(q *queue, r *requirement) *group {
	for _, g := range q.groups {
		if g.equal(r) {
			return g
		}
	}
	g := e.spareGroup()
	g.queue = q
	g.needs = append(g.needs[:0], r.needs...)
	g.upto, g.within, g.prefer = r.upto, r.within, r.prefer
	g.avoid = append(g.avoid[:0], r.avoid...)
	g.pool = e.pool(q, g.needs)
	e.usePool(q, g.pool)
	q.groups = append(q.groups, g)
	return g
}

func (e *Engine) spareGroup() *group {
	last := len(e.spareGroups) - 1
	if last < 0 {
		return &group{line: tree[*caller]{less: (*caller).before}}
	}
	g := e.spareGroups[last]
	e.spareGroups = e.spareGroups[:last]
	return g
}

// servable says whether somebody can be asked for the group's callers.
func (e *Engine) servable(g *group) bool {
	if m := e.preferred(g); m != nil {
		return m.agent.ready && !slices.Contains(g.avoid, m.agent.id)
	}
	return e.shelfFor(g) != nil
}

// choose picks the agent to be asked for the group's first caller; the group must be servable.
func (e *Engine) choose(g *group) *member {
	if m := e.preferred(g); m != nil {
		return m
	}
	return g.queue.strategy.pick(e, g, e.shelfFor(g)).member
}

// preferred gives the group's preferred agent as a member, nil if it has none or he does not serve the queue at present.
func (e *Engine) preferred(g *group) *member {
	if g.prefer == "" {
		return nil
	}
	return e.member(g.prefer, g.queue)
}

func (e *Engine) member(id AgentID, q *queue) *member {
	a := e.agents[id]
	if a == nil {
		return nil
	}
	for _, m := range a.members {
		if m.queue == q {
			return m
		}
	}
	return nil
}

// shelfFor gives the lowest open level on which somebody is ready whom the group does not avoid, nil if there is none.
func (e *Engine) shelfFor(g *group) *shelf {
	upto := min(g.queue.reach(g.upto), g.within)
	for _, s := range g.pool.shelves {
		if s.n > upto {
			return nil
		}
		if s.ready.len() > e.avoided(g, s) {
			return s
		}
	}
	return nil
}

// avoided counts those on the shelf whom the group avoids. There are few in any group.
func (e *Engine) avoided(g *group, s *shelf) (n int) {
	for _, id := range g.avoid {
		if e.seatOn(s, id, g) != nil {
			n++
		}
	}
	return n
}

func (e *Engine) seatOn(s *shelf, id AgentID, g *group) *seat {
	m := e.member(id, g.queue)
	if m == nil || len(m.seats) <= g.pool.no || m.seats[g.pool.no] == nil || m.seats[g.pool.no].shelf != s {
		return nil
	}
	return m.seats[g.pool.no]
}
