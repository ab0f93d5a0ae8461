package records

import (
	"container/list"
	"context"
	"slices"
	"sync"

	"offhook/agent/protocol"
	"offhook/translator"
)

// The bounds of what is kept in memory of agents' last calls.
const (
	maxRecents      = 20
	maxRecentAgents = 5000
	// recallBytes is how much is read back for it at the start.
	recallBytes = 8 << 20
)

// recents are the last calls of each agent; of agents those who called last.
type recents struct {
	mu    sync.Mutex // guards the fields below
	by    map[string]*list.Element
	order list.List // of *recent, the agent with the newest call first
}

type recent struct {
	agent string
	calls []protocol.Recent // newest first
}

// Recents are an agent's last calls, newest first, at most 20: what welcome shows of those before a log-in. It reads no file.
func (s *Store) Recents(agent string) []protocol.Recent {
	s.recents.mu.Lock()
	defer s.recents.mu.Unlock()
	if e := s.recents.by[agent]; e != nil {
		return slices.Clone(e.Value.(*recent).calls)
	}
	return nil
}

// add takes the parts of a call that is over, the newest so far.
func (r *recents) add(c translator.CallRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range c.Agents {
		a := r.agentLocked(c.Agents[i].Agent)
		a.calls = slices.Insert(a.calls, 0, recentOf(&c, &c.Agents[i]))
		a.calls = a.calls[:min(len(a.calls), maxRecents)]
	}
}

// agentLocked finds an agent, who then is the newest, or begins to keep him.
func (r *recents) agentLocked(id string) *recent {
	if r.by == nil {
		r.by = map[string]*list.Element{}
	}
	if e := r.by[id]; e != nil {
		r.order.MoveToFront(e)
		return e.Value.(*recent)
	}
	if len(r.by) >= maxRecentAgents {
		last := r.order.Back()
		delete(r.by, r.order.Remove(last).(*recent).agent)
	}
	a := &recent{agent: id}
	r.by[id] = r.order.PushFront(a)
	return a
}

// recentOf is an agent's part as his list of recent calls has it.
func recentOf(c *translator.CallRecord, p *translator.PartRecord) protocol.Recent {
	cause := p.Cause
	return protocol.Recent{
		ID: c.ID, Direction: c.Direction, From: c.From, To: c.To, Queue: c.Queue, OfferedAt: p.Began, EndedAt: p.Left, TalkMS: p.TalkMS,
		Missed: p.Connected.IsZero() && p.Cause.Code == protocol.CauseMissed, Cause: &cause,
	}
}

// recall reads back the newest records for the agents' last calls.
func (s *Store) recall() error {
	all, err := days(s.cfg.Folder)
	if err != nil {
		return err
	}
	var calls []translator.CallRecord
	budget := int64(recallBytes)
	for _, d := range slices.Backward(all) {
		err := s.lines(context.Background(), d, -1, &budget, func(text []byte, _ int64) bool {
			if r, ok := s.parse(text, nil); ok {
				r.Data, r.Legs, r.Transfers = nil, nil, nil
				calls = append(calls, r)
			}
			return budget > 0
		})
		if err != nil {
			s.log.Warn("call records cannot be read back for agents' recent calls", "file", d.file(), "error", err)
		}
		if err != nil || budget <= 0 {
			break
		}
	}
	for _, c := range slices.Backward(calls) {
		s.recents.add(c)
	}
	return nil
}
