package load

import (
	"sync"
	"time"
)

// PacketTime is the time that one packet's sound lasts.
const PacketTime = 20 * time.Millisecond

// mostBehind is how late the pacer may be before it gives up packets instead of sending them in a burst.
const mostBehind = 5 * PacketTime

// A Pacer calls each of its members every 20 ms, from one goroutine. Its methods are safe for any goroutine.
type Pacer struct {
	stop chan struct{}
	done chan struct{}

	mu      sync.Mutex
	members map[*member]struct{}
}

type member struct{ tick func() }

// NewPacer starts a pacer. Close stops it.
func NewPacer() *Pacer {
	p := &Pacer{stop: make(chan struct{}), done: make(chan struct{}), members: make(map[*member]struct{})}
	go p.run()
	return p
}

// Add calls tick every 20 ms until leave is called. A tick returns at once, and does not call Add or a leave. After leave has
// returned, tick is not called again.
func (p *Pacer) Add(tick func()) (leave func()) {
	m := &member{tick}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.members[m] = struct{}{}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.members, m)
	}
}

// Close ends the pacer, and returns when its goroutine is gone.
func (p *Pacer) Close() {
	close(p.stop)
	<-p.done
}

func (p *Pacer) run() {
	defer close(p.done)
	ticker := time.NewTicker(PacketTime)
	defer ticker.Stop()
	due := time.Now()
	for {
		select {
		case <-p.stop:
			return
		case now := <-ticker.C:
			if now.Sub(due) > mostBehind {
				due = now
			}
			for ; !due.After(now); due = due.Add(PacketTime) {
				p.tick()
			}
		}
	}
}

func (p *Pacer) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for m := range p.members {
		m.tick()
	}
}
