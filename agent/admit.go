package agent

// The set of sockets, and how many of them an address may have that have not said hello.

// client is what the sockets without a hello are counted by. Pages of other origins are counted apart: one of them, opened by an agent, shall not lock
// our own pages at that address out.
type client struct {
	address   string
	isForeign bool // a page of another origin, which is turned away
}

// room reports whether one more socket of that client may begin, and the word for the counter if not.
func (h *Hub) room(from client) (reason string, ok bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	switch {
	case h.closing:
		return "closing", false
	case len(h.sockets) >= h.cfg.MaxSockets:
		return "full", false
	case h.waiting[from] >= h.cfg.MaxWaiting:
		return "waiting", false
	}
	return "", true
}

// admit takes s into the set; false where it has to be closed at once. Either way leave ends it.
func (h *Hub) admit(s *socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sockets[s] = struct{}{}
	h.waiting[s.from]++
	s.waits = true
	return !h.closing && len(h.sockets) <= h.cfg.MaxSockets && h.waiting[s.from] <= h.cfg.MaxWaiting
}

// arrived: s has said hello.
func (h *Hub) arrived(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.arrivedLocked(s)
}

func (h *Hub) arrivedLocked(s *socket) {
	if !s.waits {
		return
	}
	s.waits = false
	if h.waiting[s.from]--; h.waiting[s.from] == 0 {
		delete(h.waiting, s.from)
	}
}

func (h *Hub) leave(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.arrivedLocked(s)
	delete(h.sockets, s)
	h.idleLocked()
}

// idleLocked tells a shutdown that the last socket is gone.
func (h *Hub) idleLocked() {
	if !h.closing || len(h.sockets) > 0 {
		return
	}
	select {
	case <-h.idle:
	default:
		close(h.idle)
	}
}
