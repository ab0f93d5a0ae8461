package queue

import "time"

// held books hold time: for the figures, it decides nothing.
func (e *Engine) held(ev CallHeld) {
	o := e.offers[ev.Offer]
	if o == nil || o.phase != talking || o.onHold == ev.On {
		return
	}
	e.bookHold(o)
	o.onHold, o.heldAt = ev.On, e.at
}

func (e *Engine) bookHold(o *offer) {
	if o.onHold {
		o.hold += time.Duration(e.at - o.heldAt)
		o.onHold = false
	}
}

// countTalk books a call that is over: hold is no talk.
func (e *Engine) countTalk(o *offer) {
	e.bookHold(o)
	talk := time.Duration(e.at-o.talksAt) - o.hold
	e.count(o.agent, 0, talk)
	f := &o.agent.book.figures
	f.Talk += talk
	f.Hold += o.hold
	o.queue.count(e, func(i *Interval) {
		i.Talk.add(talk)
		if o.hold > 0 {
			i.Hold.add(o.hold)
		}
	})
}

// directAsked seizes an agent who could be asked now; one who could not is not free.
func (e *Engine) directAsked(ev DirectAsked) {
	a := e.agents[ev.Agent]
	free := a != nil && a.state == Available && a.reachable()
	e.decide(Direct{Call: ev.Call, Agent: ev.Agent, Free: free})
	if free {
		e.agentSeized(AgentSeized{ev.Agent})
	}
}

func (e *Engine) queuePaused(ev QueuePaused) {
	if q := e.queues[ev.Queue]; q != nil {
		q.paused = ev.Paused
		e.stir(q)
	}
}
