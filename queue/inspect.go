package queue

// Agent gives the agent as the last [AgentChanged] told; false if he is not logged in.
func (e *Engine) Agent(id AgentID) (AgentChanged, bool) {
	a := e.agents[id]
	if a == nil {
		return AgentChanged{}, false
	}
	return a.told, true
}

// Figures gives a queue's figures as of the last Apply; false if there is no such queue.
func (e *Engine) Figures(name string) (Figures, bool) {
	q := e.queues[name]
	if q == nil {
		return Figures{}, false
	}
	return q.shown(q.figures()), true
}

// Census counts what the engine holds.
type Census struct {
	Callers, Agents, Offers, Timers int
}

// Census counts what the engine holds, without what belongs to the queues themselves: all zero once every caller has left and every agent has logged out.
func (e *Engine) Census() Census {
	timers := len(e.timers.heap)
	for _, q := range e.queues {
		for _, t := range [...]*timer{&q.emptyDue, &q.hoursDue} {
			if t.armed() {
				timers--
			}
		}
	}
	return Census{len(e.callers), len(e.agents), len(e.offers), timers}
}

// Faults counts pairs of state and input that the engine's own tables call impossible. It must read zero.
func (e *Engine) Faults() uint64 { return e.faults }
