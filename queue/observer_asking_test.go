package queue

import (
	"cmp"
	"math"
	"time"
)

// What the observer knows of who is asked: each strategy, step and skill as plainly as queue.md says it.

// crowd is how many agents may be asked for the caller at once. How often ring-progressively has raised that is taken from the engine, and held to
// the time that has passed.
func (o *observer) crowd(caller int) int {
	c := &o.callers[caller]
	set := &o.queues[c.queue].set
	switch set.Strategy {
	case RingAll:
		return math.MaxInt
	case RingProgressively:
		w := o.e.callers[callerIDs[caller]]
		if w == nil {
			return 0
		}
		if w.allowed > 1 && time.Duration(w.allowed-1)*set.Step > o.now.Sub(c.asked) {
			o.fail("c%d: %d agents at once, %v after the first was asked", caller, w.allowed, o.now.Sub(c.asked))
		}
		return w.allowed
	}
	return 1
}

// waitsFor gives the agent for whom alone the caller waits, -1 if any will do.
func (o *observer) waitsFor(caller int) int {
	c := &o.callers[caller]
	if c.prefer == "" || !o.now.Before(c.preferUntil) {
		return -1
	}
	if p := agentNo(c.prefer); o.agents[p].state != Offline && o.agents[p].level[c.queue] > 0 {
		return p
	}
	return -1
}

// open says whether agents of this level may be asked for the caller by now.
func (o *observer) open(caller, level int) bool {
	c := &o.callers[caller]
	set := &o.queues[c.queue].set
	if set.Strategy == RingAll {
		for _, id := range c.offers {
			if level > o.offers[id].level {
				return false
			}
		}
	}
	if len(set.Levels) == 0 {
		return true
	}
	upto := 0
	for _, step := range set.Levels {
		if o.now.Sub(c.arrived) >= step.After {
			upto = step.Upto
		}
	}
	for upto < 100 && !o.peopled(c.queue, upto) {
		upto++
	}
	return level <= upto
}

// peopled says whether an agent of this level is logged in.
func (o *observer) peopled(queue, level int) bool {
	for i := range o.agents {
		if o.agents[i].state != Offline && o.agents[i].level[queue] == level {
			return true
		}
	}
	return false
}

func (o *observer) able(caller, agent int) bool {
	_, ok := o.surplus(caller, agent)
	return ok
}

// surplus adds up what the agent can do more than the caller needs by now.
func (o *observer) surplus(caller, agent int) (int, bool) {
	c, sum := &o.callers[caller], 0
	for _, n := range c.needs {
		n.Min = max(n.Min, 1)
		for _, step := range o.queues[c.queue].set.Relax {
			if o.now.Sub(c.arrived) < step.After || (step.Skill != "" && step.Skill != n.Skill) {
				continue
			}
			if n.Min -= step.By; step.By == 0 {
				n.Min = 0
			}
		}
		if n.Min < 1 {
			continue
		}
		over := o.agents[agent].skills[n.Skill] - n.Min
		if over < 0 {
			return 0, false
		}
		sum += over
	}
	return sum, true
}

// preferred says whether agent i is to be asked before j for the caller: the lower level, then by the strategy.
func (o *observer) preferred(i, j, caller int) bool {
	queue := o.callers[caller].queue
	a, b := &o.agents[i], &o.agents[j]
	if a.level[queue] != b.level[queue] {
		return a.level[queue] < b.level[queue]
	}
	q := &o.queues[queue]
	ti, tj := turn{a.order[queue], agentIDs[i]}, turn{b.order[queue], agentIDs[j]}
	switch q.set.Strategy {
	case Random:
		return false
	case RoundRobin:
		if x, y := btoi(ti.compare(q.last) <= 0), btoi(tj.compare(q.last) <= 0); x != y {
			return x < y
		}
		return ti.compare(tj) < 0
	case TopDown, RingAll, RingProgressively:
		return ti.compare(tj) < 0
	case FewestCalls:
		return cmp.Or(cmp.Compare(o.answeredLately(i), o.answeredLately(j)), o.longerIdle(i, j)) < 0
	case LeastTalk:
		return cmp.Or(cmp.Compare(o.talkedLately(i), o.talkedLately(j)), o.longerIdle(i, j)) < 0
	case BestSkill:
		x, _ := o.surplus(caller, i)
		y, _ := o.surplus(caller, j)
		return cmp.Or(cmp.Compare(y, x), o.longerIdle(i, j)) < 0
	}
	return o.longerIdle(i, j) < 0
}

func (o *observer) longerIdle(i, j int) int {
	return cmp.Or(o.agents[i].idle.Compare(o.agents[j].idle), cmp.Compare(i, j))
}

// lately says whether a time is in the window, which moves on in sixtieths.
func (o *observer) lately(t time.Time) bool {
	slot := func(t time.Time) time.Duration { return t.Sub(o.start) / (o.settings.Window / 60) }
	return slot(o.now)-slot(t) < 60
}

func (o *observer) answeredLately(agent int) int {
	n := 0
	for _, at := range o.agents[agent].answers {
		n += btoi(o.lately(at))
	}
	return n
}

func (o *observer) talkedLately(agent int) (sum time.Duration) {
	for _, t := range o.agents[agent].talks {
		if o.lately(t.ended) {
			sum += t.time
		}
	}
	return sum
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
