package main

import (
	"context"
	"sync"
	"time"

	"offhook/agent/protocol"
)

// presence is what the demo's customers know of the agents: who is available.
type presence struct {
	mu        sync.Mutex // guards what is below
	available map[string]bool
	changed   chan struct{} // closed when the first becomes available, or the last is no more
}

func newPresence() *presence {
	return &presence{available: map[string]bool{}, changed: make(chan struct{})}
}

// see takes an agent's newest object.
func (p *presence) see(a protocol.Agent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := len(p.available) > 0
	if a.State == protocol.Available {
		p.available[a.ID] = true
	} else {
		delete(p.available, a.ID)
	}
	if before != (len(p.available) > 0) {
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

func (p *presence) now() (someone bool, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.available) > 0, p.changed
}

// lasts waits until there was somebody available for the pause, counted anew whenever there was nobody; false when ctx is done. An agent who
// stayed available, because a call never reached him, needs no new state to be called again.
func (p *presence) lasts(ctx context.Context, pause time.Duration) bool {
	for {
		someone, changed := p.now()
		timer := time.NewTimer(pause)
		if !someone {
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-changed:
			timer.Stop()
		case <-timer.C:
			return true
		}
	}
}
