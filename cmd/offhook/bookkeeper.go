package main

import (
	"context"
	"sync"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
)

const (
	// booksAge is how old the exchange's books may be that are shown, so that however often figures are read, its turns go to calls.
	booksAge = time.Second
	// booksPatience is how long a reader waits for the exchange's turn before he is shown the books of before.
	booksPatience = 100 * time.Millisecond
)

// bookkeeper reads the exchange's books for those who watch.
type bookkeeper[T any] struct {
	fetch func(context.Context) (T, error) // asks for the books; the time for it is short

	mu    sync.Mutex // guards the fields below
	asked time.Time
	books T
}

// read gives the books, at most booksAge old while the exchange keeps up.
func (b *bookkeeper[T]) read() T {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.asked.IsZero() && time.Since(b.asked) < booksAge {
		return b.books
	}
	b.asked = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), booksPatience)
	defer cancel()
	if books, err := b.fetch(ctx); err == nil {
		b.books = books
	}
	return b.books
}

// inspected reads the books that inspect gives, later or never.
func inspected(inspect func(func(translator.Books))) func(context.Context) (translator.Books, error) {
	return func(ctx context.Context) (translator.Books, error) {
		answer := make(chan translator.Books, 1)
		inspect(func(now translator.Books) { answer <- now })
		select {
		case books := <-answer:
			return books, nil
		case <-ctx.Done():
			return translator.Books{}, ctx.Err()
		}
	}
}

// agentStates counts the agents who are logged in by their states, as they themselves are told them.
type agentStates struct {
	mu  sync.Mutex // guards now
	now map[string]protocol.AgentState
}

func (s *agentStates) in(state protocol.AgentState) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, is := range s.now {
		if is == state {
			n++
		}
	}
	return n
}

func (s *agentStates) set(id string, state protocol.AgentState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == protocol.Offline {
		delete(s.now, id)
		return
	}
	s.now[id] = state
}

// agents counts agents by state on the way of what they are told.
func (m *meters) agents(inner translator.Agents) translator.Agents {
	return countedAgents{inner, m.states}
}

type countedAgents struct {
	translator.Agents
	states *agentStates
}

func (c countedAgents) SendAgent(id string, a protocol.Agent) {
	c.states.set(id, a.State)
	c.Agents.SendAgent(id, a)
}

func (c countedAgents) Forget(id string) {
	c.states.set(id, protocol.Offline)
	c.Agents.Forget(id)
}
