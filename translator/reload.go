package translator

import (
	"maps"
	"slices"

	"offhook/queue"
)

// assignment is what whoever runs the center gave a logged-in agent, until he logs out; it goes before what the configuration and his token say
// (agent-protocol.md Tokens). nil: nothing.
type assignment struct {
	queues *[]queue.Membership
	skills *[]queue.Skill
}

// serves gives the queues and the skills of an agent.
func (x *Exchange) serves(l *login) (members []queue.Membership, skills []queue.Skill) {
	if q := l.assigned.queues; q != nil {
		members = *q
	} else {
		members = x.cfg.Memberships(l.who)
	}
	if s := l.assigned.skills; s != nil {
		skills = *s
	} else if x.cfg.Skills != nil {
		skills = x.cfg.Skills(l.who)
	}
	return members, skills
}

// Reload replaces the queue's settings, and asks Memberships and Skills anew for every agent who is logged in. Callers who wait are not touched, save that
// those of a queue that is gone leave. Settings that are faulty change nothing, and the error says why. Any goroutine may call it; what
// changes takes effect in the exchange's turn.
func (x *Exchange) Reload(s queue.Settings) error {
	if err := s.Validate(); err != nil {
		return err
	}
	x.post(do{func() {
		now := x.rt.Now()
		x.cfg.Queue = s
		x.apply(queue.SettingsChanged{Settings: s}, now)
		for _, id := range slices.Sorted(maps.Keys(x.logins)) {
			x.reassign(x.logins[id])
		}
	}})
	return nil
}

// reassign gives the agent the queues and skills that are his now.
func (x *Exchange) reassign(l *login) {
	members, skills := x.serves(l)
	l.object.Queues = queueNames(members)
	x.apply(queue.AgentAssigned{Agent: queue.AgentID(l.object.ID), Queues: members, Skills: skills}, x.rt.Now())
	if !l.held {
		x.agents.SendAgent(l.object.ID, l.object)
	}
}
