package relay

import (
	"sync"
	"time"

	"offhook/media/prompts"
)

// pacer is the one clock of all players: it sleeps while there are none.
type pacer struct {
	r    *Relay
	wake chan struct{}

	mu  sync.Mutex
	all map[*Session]struct{}
}

func newPacer(r *Relay) *pacer {
	return &pacer{r: r, wake: make(chan struct{}, 1), all: make(map[*Session]struct{})}
}

// add begins to serve a session's player.
func (p *pacer) add(s *Session) {
	p.mu.Lock()
	p.all[s] = struct{}{}
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *pacer) run() {
	for {
		select {
		case <-p.r.done:
			return
		case <-p.wake:
			p.pace()
		}
	}
}

// pace plays until nobody is left.
func (p *pacer) pace() {
	tick := time.NewTicker(frameTime)
	defer tick.Stop()
	var b [rtpHeader + prompts.FrameBytes]byte
	var list []*Session
	for {
		if list = p.playing(list[:0]); len(list) == 0 {
			return
		}
		now := time.Now()
		for i, s := range list {
			p.play(s, now, b[:])
			list[i] = nil
		}
		select {
		case <-p.r.done:
			return
		case <-tick.C:
		}
	}
}

func (p *pacer) playing(list []*Session) []*Session {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.all {
		list = append(list, s)
	}
	return list
}

// play sends what a session has due.
func (p *pacer) play(s *Session, now time.Time, b []byte) {
	defer p.r.caught("player")
	for {
		packet, to, playing := s.frame(now, b)
		switch {
		case packet != nil:
			if p.r.send(s.rtpOut, packet, to) {
				p.r.count.played.Add(1)
			}
			continue
		case !playing:
			p.remove(s)
		}
		s.tell()
		return
	}
}

// remove stops serving a session. One that began to play again meanwhile is added again by prepared, or is found here.
func (p *pacer) remove(s *Session) {
	p.mu.Lock()
	delete(p.all, s)
	p.mu.Unlock()
	if s.hasSound() {
		p.add(s)
	}
}

// hasSound reports whether the session's player has something to play.
func (s *Session) hasSound() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.player != nil && s.player.octets != nil && !s.closed
}
