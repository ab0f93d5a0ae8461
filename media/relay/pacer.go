package relay

import (
	"sync"
	"time"

	"offhook/media/prompts"
)

// pacer is the one clock of all players and of the keys that are sent: it sleeps while there are none.
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
	var b [rtpHeader + prompts.FrameBytes + tailroom]byte
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
	sent, more := true, true
	for sent {
		sent, more = s.sendFrame(now, b)
	}
	if !more {
		p.remove(s)
	}
	s.tell()
}

// sendFrame sends the next packet of keys or sound that is due. What ends a sound waits for it: behind the end no packet of the sound leaves.
func (s *Session) sendFrame(now time.Time, b []byte) (sent, more bool) {
	s.pacing.Lock()
	defer s.pacing.Unlock()
	packet, to, more := s.frame(now, b)
	s.r.pass(packet, to)
	return packet != nil, more
}

// remove stops serving a session. One that has something to send again meanwhile is added again by who gave it that, or is found here.
func (p *pacer) remove(s *Session) {
	p.mu.Lock()
	delete(p.all, s)
	p.mu.Unlock()
	s.mu.Lock()
	again := s.soundsLocked()
	s.mu.Unlock()
	if again {
		p.add(s)
	}
}
