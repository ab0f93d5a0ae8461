package agent

import (
	"slices"

	"offhook/agent/protocol"
)

const (
	maxRecents = 20
	// maxEnded is how many calls that ended while nobody listened wait for the next welcome.
	maxEnded = 20
)

// objects are the newest ones of an agent. A call stays until its end was sent to somebody.
type objects struct {
	agent   *protocol.Agent
	calls   []protocol.Call
	queues  []protocol.QueueFigures
	recents []protocol.Recent
}

// setCall takes a newer object of a call and reports whether it was newer. delivered says that it is being sent, so an ended call may go.
func (o *objects) setCall(c protocol.Call, delivered bool) bool {
	i := slices.IndexFunc(o.calls, func(old protocol.Call) bool { return old.ID == c.ID })
	if i >= 0 && c.Rev < o.calls[i].Rev {
		return false
	}
	if i >= 0 {
		o.calls = slices.Delete(o.calls, i, i+1)
	}
	if c.Phase == protocol.PhaseEnded && delivered {
		return true
	}
	o.calls = append(o.calls, c)
	o.forgetEnded(maxEnded)
	return true
}

// forgetEnded keeps the newest ended calls, as many as keep says.
func (o *objects) forgetEnded(keep int) {
	ended := 0
	for i := len(o.calls) - 1; i >= 0; i-- {
		if o.calls[i].Phase != protocol.PhaseEnded {
			continue
		}
		if ended++; ended > keep {
			o.calls = slices.Delete(o.calls, i, i+1)
		}
	}
}

// setQueue reports whether anything changed.
func (o *objects) setQueue(q protocol.QueueFigures) bool {
	i := slices.IndexFunc(o.queues, func(old protocol.QueueFigures) bool { return old.Name == q.Name })
	switch {
	case i < 0:
		o.queues = append(o.queues, q)
	case o.queues[i] == q:
		return false
	default:
		o.queues[i] = q
	}
	return true
}

// setRecents begins the list with older calls, the newest first. They are copied: the list is changed later.
func (o *objects) setRecents(list []protocol.Recent) {
	o.recents = slices.Clone(list[:min(len(list), maxRecents)])
}

// addRecent puts the newest first.
func (o *objects) addRecent(r protocol.Recent) {
	o.recents = slices.Insert(o.recents, 0, r)
	o.recents = o.recents[:min(len(o.recents), maxRecents)]
}

// busy: there is a call, or its wrap-up.
func (o *objects) busy() bool {
	return slices.ContainsFunc(o.calls, func(c protocol.Call) bool { return c.Phase != protocol.PhaseEnded })
}

// live: a call is offered or in progress.
func (o *objects) live() bool {
	return slices.ContainsFunc(o.calls, func(c protocol.Call) bool {
		return c.Phase != protocol.PhaseEnded && c.Phase != protocol.PhaseWrapUp
	})
}

// welcome is all of it, and the last that is heard of calls that have ended.
func (o *objects) welcome(who protocol.Identity) protocol.Welcome {
	w := protocol.Welcome{
		Agent:   protocol.Agent{ID: who.ID, Name: who.Name, State: protocol.Offline},
		Calls:   slices.Clone(o.calls),
		Queues:  o.queues,
		Recents: o.recents,
	}
	if o.agent != nil {
		w.Agent = *o.agent
	}
	o.forgetEnded(0)
	return w
}
