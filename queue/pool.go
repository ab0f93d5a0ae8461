package queue

import "slices"

// pool is those of a queue's ready members who have certain skills: by level, and in each level in the strategy's order. Each distinct set of
// needs among the waiting callers has its pool, so that an agent for a caller is found without looking at those who cannot serve him.
// The first pool of a queue needs nothing and holds all.
type pool struct {
	no      int // its index in queue.pools, and its seat's in member.seats
	needs   []Need
	groups  int    // of callers who want from it
	idle    uint64 // when the last of them went, as a count; 0 while there is one
	shelves []*shelf
}

// shelf is a pool's members of one level.
type shelf struct {
	n     int
	ready tree[*seat]
}

// seat is a ready member's place in one pool.
type seat struct {
	member  *member
	surplus int
	shelf   *shelf
	node    node[*seat]
}

// maxIdlePools is how many pools a queue keeps for needs that nobody has at present. A pool costs a step for each agent who becomes
// ready, and building one costs a step for each who is.
const maxIdlePools = 16

// pool finds or makes the pool of these needs.
func (e *Engine) pool(q *queue, needs []Need) *pool {
	for _, p := range q.pools {
		if p != nil && slices.Equal(p.needs, needs) {
			return p
		}
	}
	p := &pool{no: q.freePool(), needs: slices.Clone(needs), idle: q.tick()}
	q.idlePools++
	q.pools[p.no] = p
	for _, s := range q.pools[0].shelves {
		for n := s.ready.first(); n != nil; n = n.next() {
			e.seat(n.item.member, p)
		}
	}
	return p
}

func (q *queue) freePool() int {
	if at := slices.Index(q.pools, nil); at >= 0 {
		return at
	}
	q.pools = append(q.pools, nil)
	return len(q.pools) - 1
}

// usePool and leavePool count the groups that want from the pool.
func (e *Engine) usePool(q *queue, p *pool) {
	if p.groups++; p.groups == 1 {
		p.idle = 0
		q.idlePools--
	}
}

func (e *Engine) leavePool(q *queue, p *pool) {
	if p.groups--; p.groups > 0 {
		return
	}
	p.idle = q.tick()
	if q.idlePools++; q.idlePools > maxIdlePools {
		e.dropOldestPool(q)
	}
}

func (q *queue) tick() uint64 { q.ticks++; return q.ticks }

// dropOldestPool drops the pool that nobody has wanted from for longest, the one without needs excepted.
func (e *Engine) dropOldestPool(q *queue) {
	var oldest *pool
	for _, p := range q.pools[1:] {
		if p != nil && p.groups == 0 && (oldest == nil || p.idle < oldest.idle) {
			oldest = p
		}
	}
	if oldest == nil {
		return
	}
	for _, s := range oldest.shelves {
		for n := s.ready.first(); n != nil; n = s.ready.first() {
			e.unseat(n.item.member, oldest.no)
		}
	}
	q.pools[oldest.no] = nil
	q.idlePools--
}

// seatAll puts a member who has become ready into every pool that he has the skills for.
func (e *Engine) seatAll(m *member) {
	for _, p := range m.queue.pools {
		if p != nil {
			e.seat(m, p)
		}
	}
}

func (e *Engine) unseatAll(m *member) {
	for no := range m.seats {
		e.unseat(m, no)
	}
}

func (e *Engine) seat(m *member, p *pool) {
	surplus, able := m.agent.surplus(p.needs)
	if !able {
		return
	}
	for len(m.seats) <= p.no {
		m.seats = append(m.seats, nil)
	}
	s := e.spareSeat()
	s.member, s.surplus, s.shelf = m, surplus, p.shelf(m.level.n, m.queue.strategy)
	m.seats[p.no] = s
	s.shelf.ready.insert(&s.node)
}

func (e *Engine) unseat(m *member, no int) {
	s := m.seats[no]
	if s == nil {
		return
	}
	s.shelf.ready.remove(&s.node)
	s.member, s.shelf, m.seats[no] = nil, nil, nil
	e.spareSeats = append(e.spareSeats, s)
}

func (e *Engine) spareSeat() *seat {
	last := len(e.spareSeats) - 1
	if last < 0 {
		s := &seat{}
		s.node.item = s
		return s
	}
	s := e.spareSeats[last]
	e.spareSeats = e.spareSeats[:last]
	return s
}

// shelf finds or makes the shelf of a level.
func (p *pool) shelf(n int, by *strategy) *shelf {
	at, found := slices.BinarySearchFunc(p.shelves, n, func(s *shelf, n int) int { return s.n - n })
	if !found {
		p.shelves = slices.Insert(p.shelves, at, &shelf{n: n, ready: tree[*seat]{less: by.before}})
	}
	return p.shelves[at]
}

// dropShelf forgets a level that has no members any more.
func (p *pool) dropShelf(n int) {
	p.shelves = slices.DeleteFunc(p.shelves, func(s *shelf) bool { return s.n == n })
}

// reseat puts a ready member where he belongs now that what his queue's strategy orders by has changed. The change must not have been
// made yet: between is what makes it.
func (e *Engine) reseat(a *agent, between func()) {
	for _, m := range a.members {
		if a.ready && m.queue.strategy.looksBack {
			e.unseatAll(m)
		}
	}
	between()
	for _, m := range a.members {
		if a.ready && m.queue.strategy.looksBack {
			e.seatAll(m)
		}
	}
}
