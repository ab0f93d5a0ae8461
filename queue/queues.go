package queue

import "slices"

// queue is one queue's callers, members and figures.
type queue struct {
	set      QueueSettings
	strategy strategy

	line tree[*caller] // all who wait, in rank
	open tree[*caller] // those of them for whom no agent is asked at present
	age  tree[*caller] // all who wait, by arrival

	levels  []*level // ascending; only those with members
	members int      // agents logged in who serve it
	onCall  int      // of those
	ready   int      // of those

	answered, met int // today: answered, and within the target
	lastTold      figures

	// During one Apply:
	touched bool // is in Engine.touched
	stirred bool // a caller and an agent may be joined that could not before
	movedAt int  // places in line before this one are as they were; -1: all are
	front   pair // during match: the first caller who can be served, and by whom
}

// level is the members of one level.
type level struct {
	n       int
	members int
	ready   tree[*member]
}

// member is an agent in one queue.
type member struct {
	agent *agent
	queue *queue
	level *level
	ready node[*member]
}

func newQueue(set QueueSettings) *queue {
	q := &queue{movedAt: -1, lastTold: figures{serviceLevel: 1}}
	q.line.less = (*caller).before
	q.open.less = (*caller).before
	q.age.less = (*caller).older
	q.configure(set)
	return q
}

func (q *queue) configure(set QueueSettings) { q.set, q.strategy = set, strategies[set.Strategy] }

// touch says that something about the queue may have changed: its figures are looked at when the Apply ends.
func (e *Engine) touch(q *queue) {
	if !q.touched {
		q.touched = true
		e.touched = append(e.touched, q)
	}
}

// stir says that a caller and an agent of the queue may be joined who could not be before.
func (e *Engine) stir(q *queue) {
	e.touch(q)
	q.stirred = true
}

// moved says that callers from this place on may stand elsewhere now.
func (q *queue) moved(place int) {
	if q.movedAt < 0 || place < q.movedAt {
		q.movedAt = place
	}
}

// join makes the agent a member.
func (q *queue) join(a *agent, n int) *member {
	m := &member{agent: a, queue: q, level: q.level(n)}
	m.ready.item = m
	m.level.members++
	q.members++
	return m
}

// part undoes join. The member must not be ready.
func (q *queue) part(m *member) {
	q.members--
	m.level.members--
	if m.level.members == 0 {
		q.levels = slices.DeleteFunc(q.levels, func(l *level) bool { return l == m.level })
	}
}

// level finds or makes the level.
func (q *queue) level(n int) *level {
	at, found := slices.BinarySearchFunc(q.levels, n, func(l *level, n int) int { return l.n - n })
	if !found {
		q.levels = slices.Insert(q.levels, at, &level{n: n, ready: tree[*member]{less: q.strategy.before}})
	}
	return q.levels[at]
}

// ask picks the agent to be asked for this caller: from the lowest level in which there is one. (Levels that open with time will end
// the loop early.)
func (q *queue) ask(c *caller) *member {
	for _, l := range q.levels {
		if m := q.strategy.pick(l, c); m != nil {
			return m
		}
	}
	return nil
}
