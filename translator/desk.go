package translator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
)

// What whoever runs the center may be told instead of what he asked for.
var (
	// ErrNoQueue: there is no queue of that name.
	ErrNoQueue = errors.New("there is no such queue")
	// ErrNoAgent: no agent of that ID is logged in.
	ErrNoAgent = errors.New("no such agent is logged in")
	// ErrNoCaller: no such call waits in a queue.
	ErrNoCaller = errors.New("no such call waits in a queue")
	// ErrTooLate: an agent has accepted the caller.
	ErrTooLate = errors.New("an agent has accepted the call")
	// ErrThere: the caller waits in that queue already, or as a callback already.
	ErrThere = errors.New("that is so already")
	// ErrInCall: the agent has a call, or its wrap-up.
	ErrInCall = errors.New("the agent has a call")
	// ErrReason: the reason for being away is none of the configured.
	ErrReason = errors.New("is none of the configured reasons")
	// ErrUnanswered: the exchange is stopping, or has more to do than it can.
	ErrUnanswered = errors.New("the exchange does not answer")
)

// QueueNow is a queue at one moment.
type QueueNow struct {
	queue.QueueView
	Label   string
	Figures queue.Figures
	// States counts the queue's agents by their states, as they are told them.
	States map[protocol.AgentState]int
	// Estimate is of the wait of a caller who would come now.
	Estimate queue.Estimate
}

// AgentNow is an agent who is logged in, at one moment.
type AgentNow struct {
	protocol.Agent
	Serving queue.AgentView
	// Calls are those that he has: offered, talking, in wrap-up.
	Calls []string
	// OwnQueues and OwnSkills: they were assigned to him, and go before what the configuration and his token say until he logs out.
	OwnQueues, OwnSkills bool
	Figures              queue.AgentFigures
}

// Way is how a caller is taken out of his queue.
type Way string

// The ways.
const (
	// WayEnd ends his call.
	WayEnd Way = "end"
	// WayCallback tells him that he will be called back, and lets his entry wait at its place.
	WayCallback Way = "callback"
)

// Queues shows all queues, in the order of the settings. Like every method for whoever runs the center it may be called by any goroutine, and waits for the exchange's turn
// until ctx is done.
func (x *Exchange) Queues(ctx context.Context) ([]QueueNow, error) {
	return ask(ctx, x, func(now time.Time) (list []QueueNow, _ error) {
		states := x.statesByQueue()
		for _, name := range x.queue.Queues() {
			list = append(list, x.queueNow(name, states[name]))
		}
		return list, nil
	})
}

// Queue shows one queue, or gives [ErrNoQueue].
func (x *Exchange) Queue(ctx context.Context, name string) (QueueNow, error) {
	return ask(ctx, x, func(time.Time) (QueueNow, error) {
		if !x.isQueue(name) {
			return QueueNow{}, ErrNoQueue
		}
		return x.queueNow(name, x.statesByQueue()[name]), nil
	})
}

// Callers shows at most n of those who wait in a queue, from a place on (1 is next), and how many there are in all.
func (x *Exchange) Callers(ctx context.Context, name string, place, n int) (list []queue.CallerView, waiting int, err error) {
	type line struct {
		list    []queue.CallerView
		waiting int
	}
	l, err := ask(ctx, x, func(time.Time) (line, error) {
		list, ok := x.queue.Line(name, place, n)
		if !ok {
			return line{}, ErrNoQueue
		}
		f, _ := x.queue.Figures(name)
		return line{list, f.Waiting}, nil
	})
	return l.list, l.waiting, err
}

// QueueFigures gives what a queue counted: by quarters of an hour, the oldest first and the current one last, and in all.
func (x *Exchange) QueueFigures(ctx context.Context, name string) (intervals []queue.Interval, total queue.Interval, err error) {
	intervals, err = ask(ctx, x, func(time.Time) ([]queue.Interval, error) {
		sum, ok := x.queue.Totals(name)
		if !ok {
			return nil, ErrNoQueue
		}
		return append(x.queue.Intervals(name), sum), nil
	})
	if err != nil {
		return nil, total, err
	}
	last := len(intervals) - 1
	return intervals[:last], intervals[last], nil
}

// Agents shows at most n agents who are logged in, by ID, those after an ID. more says that there are others.
func (x *Exchange) Agents(ctx context.Context, after string, n int) (list []AgentNow, more bool, err error) {
	list, err = ask(ctx, x, func(time.Time) (list []AgentNow, _ error) {
		var ids []string
		for id, l := range x.logins {
			if id > after && l.object.State != protocol.Offline {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		for _, id := range ids[:min(len(ids), n+1)] {
			list = append(list, x.agentNow(x.logins[id]))
		}
		return list, nil
	})
	if len(list) > n {
		return list[:n], true, err
	}
	return list, false, err
}

// Agent shows one agent, or gives [ErrNoAgent].
func (x *Exchange) Agent(ctx context.Context, id string) (AgentNow, error) {
	return forAgent(ctx, x, id, func(l *login) (AgentNow, error) { return x.agentNow(l), nil })
}

// SetAgentState sets an agent available or away, as if he had asked for it: while he has a call it is what comes next. A reason must be one of the configured, if
// any are; else the error is [ErrReason].
func (x *Exchange) SetAgentState(ctx context.Context, id string, state protocol.AgentState, reason string) (AgentNow, error) {
	return forAgent(ctx, x, id, func(l *login) (AgentNow, error) {
		if state == protocol.Away && reason != "" && len(x.cfg.Reasons) > 0 && !slices.Contains(x.cfg.Reasons, reason) {
			return AgentNow{}, ErrReason
		}
		x.log.Info("agent's state set for him", "agent", id, "state", string(state), "reason", reason)
		x.apply(queue.AgentStateSet{Agent: queue.AgentID(id), State: queue.State(state), Reason: reason}, x.rt.Now())
		return x.agentNow(l), nil
	})
}

// LogOutAgent logs an agent out who has no call; one who has gives [ErrInCall]. His socket is the hub's to close.
func (x *Exchange) LogOutAgent(ctx context.Context, id string) error {
	_, err := forAgent(ctx, x, id, func(l *login) (struct{}, error) {
		if s := l.object.State; s != protocol.Available && s != protocol.Away || len(l.calls()) > 0 {
			return struct{}{}, ErrInCall
		}
		x.log.Info("agent logged out by whoever runs the center", "agent", id)
		l.attached = false
		x.logOut(id, x.rt.Now())
		return struct{}{}, nil
	})
	return err
}

// AssignQueues lets an agent serve these queues and no others until he logs out; nil lets the configuration and his token decide again. A queue that is not there gives an
// error that wraps [ErrNoQueue] and names it.
func (x *Exchange) AssignQueues(ctx context.Context, id string, queues *[]queue.Membership) (AgentNow, error) {
	return forAgent(ctx, x, id, func(l *login) (AgentNow, error) {
		if queues != nil {
			for _, m := range *queues {
				if !x.isQueue(m.Queue) {
					return AgentNow{}, fmt.Errorf("%w: %s", ErrNoQueue, m.Queue)
				}
			}
		}
		x.log.Info("agent's queues assigned", "agent", id)
		l.assigned.queues = queues
		x.reassign(l)
		return x.agentNow(l), nil
	})
}

// AssignSkills gives an agent these skills and no others until he logs out; nil lets the configuration decide again.
func (x *Exchange) AssignSkills(ctx context.Context, id string, skills *[]queue.Skill) (AgentNow, error) {
	return forAgent(ctx, x, id, func(l *login) (AgentNow, error) {
		x.log.Info("agent's skills assigned", "agent", id)
		l.assigned.skills = skills
		x.reassign(l)
		return x.agentNow(l), nil
	})
}

// MoveCaller puts a caller who waits into another queue: at its end, or with keepAge where his wait puts him. That queue's limits are asked as if he came now, so its way
// out may lead him on. It gives where he waits then; false if he waits no more.
func (x *Exchange) MoveCaller(ctx context.Context, call, to string, keepAge bool) (at queue.CallerView, waits bool, err error) {
	at, err = x.onCaller(ctx, call, func(c queue.CallerView) (queue.Event, error) {
		switch {
		case !x.isQueue(to):
			return nil, ErrNoQueue
		case c.Queue == to:
			return nil, ErrThere
		}
		return queue.CallerMoved{Caller: c.Caller, Queue: to, KeepAge: keepAge}, nil
	})
	return at, at.Caller != "", err
}

// RemoveCaller takes a caller who waits out of his queue. One who waits as a callback already can only be removed by [WayEnd].
func (x *Exchange) RemoveCaller(ctx context.Context, call string, way Way) error {
	_, err := x.onCaller(ctx, call, func(c queue.CallerView) (queue.Event, error) {
		switch {
		case way != WayCallback:
			return queue.CallerLeft{Caller: c.Caller, Reason: queue.LeaveGone}, nil
		case c.Callback:
			return nil, ErrThere
		}
		return queue.CallbackAsked{Caller: c.Caller}, nil
	})
	return err
}

// SendCaller gives a caller who waits this way out for this reason, whatever the limits of his queue say: a record of a call is played, and the queue
// that it waited in, with all the others in it, is not there. Nothing happens if he waits no more.
func (x *Exchange) SendCaller(call string, why queue.LeaveReason, out queue.WayOut) {
	x.post(fromCall{queue.CallerSent{Caller: queue.CallerID(call), Why: why, Out: out}})
}

// PauseQueue lets nobody be asked for a queue's callers, until it is taken back. What rings rings on.
func (x *Exchange) PauseQueue(ctx context.Context, name string, paused bool) (QueueNow, error) {
	return ask(ctx, x, func(now time.Time) (QueueNow, error) {
		if !x.isQueue(name) {
			return QueueNow{}, ErrNoQueue
		}
		x.log.Info("queue paused or resumed", "queue", name, "paused", paused)
		x.apply(queue.QueuePaused{Queue: name, Paused: paused}, now)
		return x.queueNow(name, x.statesByQueue()[name]), nil
	})
}

// ask does f in the exchange's turn, with the queue brought up to date, and gives what it gives.
func ask[T any](ctx context.Context, x *Exchange, f func(now time.Time) (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	done := make(chan answer, 1)
	turn := func() {
		a := answer{err: ErrUnanswered} // should f panic
		defer func() { done <- a }()
		now := x.rt.Now()
		x.apply(queue.Tick{}, now)
		a.v, a.err = f(now)
	}
	var none T
	switch x.actor.box.post(do{turn}) {
	case boxFull:
		x.hooks.Count("inbox_full", "exchange")
		return none, ErrUnanswered
	case boxStopped:
		return none, ErrUnanswered
	}
	select {
	case a := <-done:
		return a.v, a.err
	case <-ctx.Done():
		return none, fmt.Errorf("%w: %w", ErrUnanswered, ctx.Err())
	}
}

// forAgent does f in the exchange's turn for an agent who is logged in.
func forAgent[T any](ctx context.Context, x *Exchange, id string, f func(l *login) (T, error)) (T, error) {
	return ask(ctx, x, func(time.Time) (v T, err error) {
		l := x.logins[id]
		if l == nil || l.object.State == protocol.Offline {
			return v, ErrNoAgent
		}
		return f(l)
	})
}

// onCaller applies the event that f makes of a caller who waits and whom no agent has accepted. It gives where he waits then.
func (x *Exchange) onCaller(ctx context.Context, call string, f func(c queue.CallerView) (queue.Event, error)) (queue.CallerView, error) {
	return ask(ctx, x, func(now time.Time) (queue.CallerView, error) {
		c, ok := x.queue.Caller(queue.CallerID(call))
		switch {
		case !ok:
			return queue.CallerView{}, ErrNoCaller
		case c.Won:
			return queue.CallerView{}, ErrTooLate
		}
		ev, err := f(c)
		if err != nil {
			return queue.CallerView{}, err
		}
		x.log.Info("caller moved or removed", "call", call, "queue", c.Queue, "how", how(ev))
		x.apply(ev, now)
		c, _ = x.queue.Caller(queue.CallerID(call))
		return c, nil
	})
}

// how is what became of a caller, in a word.
func how(ev queue.Event) string {
	switch ev := ev.(type) {
	case queue.CallerMoved:
		return "moved to " + ev.Queue
	case queue.CallbackAsked:
		return "to be called back"
	}
	return "removed"
}

func (x *Exchange) isQueue(name string) bool {
	_, ok := x.queue.Figures(name)
	return ok
}

func (x *Exchange) queueNow(name string, states map[protocol.AgentState]int) QueueNow {
	q := QueueNow{States: states}
	q.QueueView, _ = x.queue.Queue(name)
	q.Figures, _ = x.queue.Figures(name)
	q.Estimate, _ = x.queue.EstimateAt(name, q.Figures.Waiting+1)
	if x.cfg.Terms != nil {
		t, _ := x.cfg.Terms(name)
		q.Label = t.Label
	}
	return q
}

// statesByQueue counts the agents of each queue by their states.
func (x *Exchange) statesByQueue() map[string]map[protocol.AgentState]int {
	all := map[string]map[protocol.AgentState]int{}
	for l := range maps.Values(x.logins) {
		if l.object.State == protocol.Offline {
			continue
		}
		for _, name := range l.object.Queues {
			if all[name] == nil {
				all[name] = map[protocol.AgentState]int{}
			}
			all[name][l.object.State]++
		}
	}
	return all
}

func (x *Exchange) agentNow(l *login) AgentNow {
	a := AgentNow{Agent: l.object, Calls: slices.Clone(l.calls()), OwnQueues: l.assigned.queues != nil, OwnSkills: l.assigned.skills != nil}
	a.Queues = slices.Clone(a.Queues)
	a.Serving, _ = x.queue.AgentView(queue.AgentID(l.object.ID))
	a.Figures, _ = x.queue.AgentFigures(queue.AgentID(l.object.ID))
	return a
}
