package queue

import "slices"

// queue is one queue's callers, members and figures.
type queue struct {
	set      QueueSettings
	strategy *strategy

	line      tree[*caller] // all who wait, in rank
	age       tree[*caller] // all who wait, by arrival
	callbacks int           // of those who wait
	groups    []*group      // those of them who want an agent, by what they require; none is empty

	pools     []*pool // the ready members by needs; nil where one was dropped
	idlePools int
	ticks     uint64
	last      turn // who was asked last

	levels  []*level // ascending; only those with members
	members int      // agents logged in who serve it
	in      [6]int   // of those, by their states' numbers
	ready   int      // of those
	paused  bool
	closed  bool // by its hours

	emptyFor   bool    // LeaveEmpty counts nobody, since:
	emptySince instant // ...
	emptyDue   timer   // when that is the grace ago
	hoursDue   timer

	books   books
	flow    flow
	returns returns

	answered, met int // today: answered, and within the target
	lastTold      figures

	// During one Apply:
	touched bool   // is in Engine.touched
	stirred bool   // a caller and an agent may be joined that could not before
	movedAt int    // places in line before this one are as they were; -1: all are
	front   *group // during match: the one whose first caller is the queue's first who can be served
}

// member is an agent in one queue.
type member struct {
	agent *agent
	queue *queue
	level *level
	order int
	seats []*seat // by the pool's number, nil where he is not in it: while ready
}

func newQueue(set QueueSettings) *queue {
	q := &queue{movedAt: -1, lastTold: figures{serviceLevel: 1}, pools: []*pool{{groups: 1}}}
	q.line.less = (*caller).before
	q.age.less = (*caller).older
	q.emptyDue = timer{due: dueEmpty, of: q}
	q.hoursDue = timer{due: dueHours, of: q}
	q.configure(set)
	return q
}

// configure gives the queue its settings. It must have no members: pools are in the strategy's order.
func (q *queue) configure(set QueueSettings) {
	q.set, q.strategy = set, strategyNamed(set.Strategy)
	for _, p := range q.pools {
		if p != nil {
			p.shelves = nil
		}
	}
}

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
func (q *queue) join(a *agent, as Membership) *member {
	m := &member{agent: a, queue: q, level: q.level(as.Level), order: as.Order}
	m.level.members++
	q.members++
	return m
}

// part undoes join. The member must not be ready.
func (q *queue) part(m *member) {
	q.members--
	m.level.members--
	if m.level.members > 0 {
		return
	}
	q.levels = slices.DeleteFunc(q.levels, func(l *level) bool { return l == m.level })
	for _, p := range q.pools {
		if p != nil {
			p.dropShelf(m.level.n)
		}
	}
}

// level finds or makes the level.
func (q *queue) level(n int) *level {
	at, found := slices.BinarySearchFunc(q.levels, n, func(l *level, n int) int { return l.n - n })
	if !found {
		q.levels = slices.Insert(q.levels, at, &level{n: n})
	}
	return q.levels[at]
}
