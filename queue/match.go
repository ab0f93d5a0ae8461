package queue

// match joins callers and agents until nobody is left who could be. Over all queues the first caller by rank for whom an agent can be
// asked gets one, and again; so an agent of several queues gets the first caller among all that he may serve, and a caller whom nobody
// present may serve holds nobody up.
//
// Only stirred queues are looked at: in the others no pair can be joined, as none could when the last Apply ended.
func (e *Engine) match() {
	for _, q := range e.touched {
		if q.stirred {
			e.seek(q)
		}
	}
	for q := e.foremost(); q != nil; q = e.foremost() {
		c, m := q.front.line.first().item, e.choose(q.front)
		e.give(c, m)
		e.seek(q)
		e.seekAgain(m.agent)
	}
}

// seek finds the queue's first caller for whom an agent can be asked: he is the first of his group.
func (e *Engine) seek(q *queue) {
	q.front = nil
	if q.ready == 0 || q.paused {
		return
	}
	for _, g := range q.groups {
		if (q.front == nil || g.first().before(q.front.first())) && e.servable(g) {
			q.front = g
		}
	}
}

func (g *group) first() *caller { return g.line.first().item }

// foremost gives the queue whose front caller ranks first, nil if no queue has one.
func (e *Engine) foremost() *queue {
	var best *queue
	for _, q := range e.touched {
		if q.front != nil && (best == nil || q.front.first().before(best.front.first())) {
			best = q
		}
	}
	return best
}

// seekAgain looks anew in the queues of the agent who has just been asked: he may have been the one for their front callers. Meanwhile agents
// only become fewer, so a queue without a front caller gets none.
func (e *Engine) seekAgain(a *agent) {
	for _, m := range a.members {
		if m.queue.front != nil {
			e.seek(m.queue)
		}
	}
}
