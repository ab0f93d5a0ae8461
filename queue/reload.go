package queue

import (
	"maps"
	"slices"
)

// settingsChanged replaces the settings; faulty ones change nothing (the owner has asked [Settings.Validate] before). Offers that ring keep
// their deadlines, wrap-up that runs keeps its end.
func (e *Engine) settingsChanged(ev SettingsChanged) {
	if ev.Settings.Validate() != nil {
		return
	}
	before := e.settings
	e.settings = ev.Settings.filled()
	e.lookingBack = e.settings.lookBack()
	if e.settings.Window != before.Window {
		e.forgetTallies()
	}
	ids := slices.Sorted(maps.Keys(e.agents))
	for _, id := range ids {
		e.leaveQueues(e.agents[id])
	}
	e.replaceQueues(before)
	for _, id := range ids {
		if a := e.agents[id]; a != nil {
			e.serve(a, a.wants, a.skills)
			e.renewLease(a)
		}
	}
	e.replaceCallers()
	e.lookAtHours()
}

// replaceCallers works out anew what the callers require: steps and strategies may be others now.
func (e *Engine) replaceCallers() {
	for _, set := range e.settings.Queues {
		for n := e.queues[set.Name].line.first(); n != nil; n = n.next() {
			e.joinLine(n.item)
		}
	}
}

// lookAtHours opens and closes the queues by their hours, and sets when to look again.
func (e *Engine) lookAtHours() {
	for _, set := range e.settings.Queues {
		e.hoursOver(e.queues[set.Name])
	}
}

func (e *Engine) replaceQueues(before Settings) {
	kept := make(map[string]*queue, len(e.settings.Queues))
	for _, set := range e.settings.Queues {
		q := e.queues[set.Name]
		if q == nil {
			q = newQueue(set)
		}
		q.configure(set)
		q.emptyFor = false // watch notices it again, and the grace begins anew
		e.timers.disarm(&q.emptyDue)
		e.touch(q)
		kept[set.Name] = q
	}
	for _, set := range before.Queues {
		if kept[set.Name] == nil {
			e.closeQueue(e.queues[set.Name])
		}
	}
	e.queues = kept
}

func (e *Engine) closeQueue(q *queue) {
	q.set.LeaveEmpty, q.set.Hours = CountNone, nil // nothing is due for it any more
	for n := q.line.first(); n != nil; n = q.line.first() {
		e.dismiss(n.item, Leave{Reason: LeaveGone})
	}
	e.timers.disarm(&q.emptyDue)
	e.timers.disarm(&q.hoursDue)
}

// renewLease applies a new lease, counted from the agent's last beat.
func (e *Engine) renewLease(a *agent) {
	if a.fresh {
		e.timers.arm(&a.lease, a.beatAt.plus(e.settings.Lease))
	}
}
