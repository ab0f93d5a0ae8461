package queue

// pair is a caller and the member who is to be asked for him.
type pair struct {
	caller *caller
	member *member
}

// match joins callers and agents until nobody is left who could be. Over all queues the first caller by rank for whom an agent can be
// asked gets one, and again; so an agent of several queues gets the first caller among all that he may serve, and a caller whom nobody
// present may serve holds nobody up.
//
// Only stirred queues are looked at: in the others no pair can be joined, as none could when the last Apply ended.
func (e *Engine) match() {
	for _, q := range e.touched {
		if q.stirred {
			q.seek(q.open.first())
		}
	}
	for {
		q := e.foremost()
		if q == nil {
			return
		}
		p, rest := q.front, q.front.caller.open.next()
		e.give(p.caller, p.member)
		q.seek(rest)
		e.seekAgain()
	}
}

// seek finds the queue's first caller, from this one on, for whom an agent can be asked. Callers are passed over only for agents
// whom they bar, and within one match no agent becomes ready: so nobody passed over is looked at twice.
func (q *queue) seek(from *node[*caller]) {
	q.front = pair{}
	if q.ready == 0 {
		return
	}
	for n := from; n != nil; n = n.next() {
		if m := q.ask(n.item); m != nil {
			q.front = pair{n.item, m}
			return
		}
	}
}

// foremost gives the queue whose front caller ranks first, nil if no queue has one.
func (e *Engine) foremost() *queue {
	var best *queue
	for _, q := range e.touched {
		if q.front.caller != nil && (best == nil || q.front.caller.before(best.front.caller)) {
			best = q
		}
	}
	return best
}

// seekAgain looks anew in the queues whose front agent has just been asked for another queue's caller.
func (e *Engine) seekAgain() {
	for _, q := range e.touched {
		if q.front.member != nil && !q.front.member.ready.seated() {
			q.seek(&q.front.caller.open)
		}
	}
}
