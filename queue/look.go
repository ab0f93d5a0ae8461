package queue

import (
	"slices"
	"time"
)

// QueueView is what a queue is set to and whether it serves, as of the last Apply.
type QueueView struct {
	Settings QueueSettings // with the defaults in place of what was not set
	Paused   bool
	Open     bool // by its hours
}

// CallerView is one who waits, as of the last Apply.
type CallerView struct {
	Caller   CallerID
	Queue    string
	Place    int // 1 is next
	Class    int
	Arrived  time.Time
	Waited   time.Duration
	Number   string // verified; "" if there is none
	Callback bool   // has hung up; his entry waits
	Tries    int    // of the callback
	Asked    []AgentID
	Won      bool // the one agent that is asked has accepted
}

// AgentView is how an agent serves, as of the last Apply. His state is [Engine.Agent]'s to tell.
type AgentView struct {
	Agent    AgentID
	Attached bool // his page has a socket
	Ready    bool // would be asked now
	Queues   []Membership
	Skills   []Skill
	OwnCalls int      // dialled, direct, consultations
	Caller   CallerID // whom he is offered, talks to, or works up the call of; "" for none
	Queue    string   // through which that one came
}

// Queues are the names of the queues, in the order of the settings.
func (e *Engine) Queues() []string {
	names := make([]string, len(e.settings.Queues))
	for i, q := range e.settings.Queues {
		names[i] = q.Name
	}
	return names
}

// Queue shows a queue; false if there is no such queue.
func (e *Engine) Queue(name string) (QueueView, bool) {
	q := e.queues[name]
	if q == nil {
		return QueueView{}, false
	}
	set := q.set
	set.Levels, set.Relax, set.Exits = slices.Clone(set.Levels), slices.Clone(set.Relax), slices.Clone(set.Exits)
	return QueueView{Settings: set, Paused: q.paused, Open: !q.closed}, true
}

// Line shows at most n of those who wait in a queue, in the order in which they are served, from a place on (1 is next); false if there is no such
// queue. It costs O(n + log of the line's length).
func (e *Engine) Line(name string, place, n int) ([]CallerView, bool) {
	q := e.queues[name]
	if q == nil {
		return nil, false
	}
	place = max(place, 1)
	list := make([]CallerView, 0, max(min(n, q.line.len()-place+1), 0))
	for at := q.line.at(place - 1); at != nil && len(list) < n; at = at.next() {
		list = append(list, e.viewOf(at.item, place+len(list)))
	}
	return list, true
}

// Caller shows one who waits, in whichever queue; false if he waits in none.
func (e *Engine) Caller(id CallerID) (CallerView, bool) {
	c := e.callers[id]
	if c == nil {
		return CallerView{}, false
	}
	return e.viewOf(c, c.line.place()+1), true
}

func (e *Engine) viewOf(c *caller, place int) CallerView {
	v := CallerView{
		Caller: c.id, Queue: c.queue.set.Name, Place: place, Class: c.class, Arrived: c.arrived, Waited: e.waited(c), Number: c.number,
		Callback: c.callback, Tries: c.tries, Won: c.won,
	}
	for _, o := range c.offers {
		v.Asked = append(v.Asked, o.agent.id)
	}
	return v
}

// AgentView shows how an agent serves; false if he is not logged in.
func (e *Engine) AgentView(id AgentID) (AgentView, bool) {
	a := e.agents[id]
	if a == nil {
		return AgentView{}, false
	}
	v := AgentView{Agent: id, Attached: a.attached, Ready: a.ready, Skills: slices.Clone(a.skills), OwnCalls: a.seized}
	for _, m := range a.members {
		v.Queues = append(v.Queues, Membership{Queue: m.queue.set.Name, Level: m.level.n, Order: m.order})
	}
	if a.offer != nil {
		v.Caller, v.Queue = a.offer.callerID, a.offer.queue.set.Name
	}
	return v, true
}
