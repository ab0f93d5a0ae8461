package main

import (
	"maps"
	"slices"

	"offhook/agent/protocol"
	"offhook/internal/config"
	"offhook/queue"
)

// staffing says which queues an agent serves, and what he can do: by the file, and where that is silent, by his token (agent-protocol.md Tokens).
type staffing struct {
	queues []string // all, in the file's order
	staff  map[string]staffed
}

// staffed is what the file says of one agent.
type staffed struct {
	config.Staff
	place int // in the file's list, from 1
}

// afterStaff is the place among a queue's agents of those whom the file does not put anywhere: behind all others.
const afterStaff = 1 << 30

func newStaffing(c *config.Config) staffing {
	s := staffing{staff: map[string]staffed{}}
	for _, q := range c.Queues {
		s.queues = append(s.queues, q.Name)
	}
	for i, one := range c.Staff {
		s.staff[one.Agent] = staffed{one, i + 1}
	}
	return s
}

// memberships are the queues that an agent serves. A token that names none serves none, and a queue that does not exist is passed over.
func (s staffing) memberships(who protocol.Identity) (list []queue.Membership) {
	if one := s.staff[who.ID]; one.Queues != nil {
		for _, q := range one.Queues {
			m := queue.Membership{Queue: q.Queue, Level: q.Level, Order: q.Order}
			if m.Order == 0 {
				m.Order = one.place
			}
			list = append(list, m)
		}
		return list
	}
	for _, name := range s.queues {
		if level, ok := who.Queues[name]; ok {
			list = append(list, queue.Membership{Queue: name, Level: level, Order: afterStaff})
		}
	}
	return list
}

// skills are those of an agent, by name.
func (s staffing) skills(who protocol.Identity) (list []queue.Skill) {
	has := who.Skills
	if one := s.staff[who.ID]; one.Skills != nil {
		has = one.Skills
	}
	for _, name := range slices.Sorted(maps.Keys(has)) {
		list = append(list, queue.Skill{Name: name, Level: has[name]})
	}
	return list
}

// knows says whether the file names an agent. Where it names nobody, it cannot tell.
func (s staffing) knows(agent string) bool {
	_, ok := s.staff[agent]
	return ok || len(s.staff) == 0
}

// serves lists the queues that an agent serves.
func (s staffing) serves(who protocol.Identity) (names []string) {
	for _, m := range s.memberships(who) {
		names = append(names, m.Queue)
	}
	return names
}
