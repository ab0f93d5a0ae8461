package relay

import "offhook/media"

// eventLocked keeps an event until tell.
func (s *Session) eventLocked(e media.Event) {
	s.events = append(s.events, e)
	s.untold.Store(true)
}

// tell tells the events that there are, in their order, with no lock held that a session's method takes. Only the engine's goroutines call it.
func (s *Session) tell() {
	if !s.untold.Load() {
		return
	}
	s.told.Lock()
	defer s.told.Unlock()
	s.mu.Lock()
	events := s.events
	s.events = nil
	s.untold.Store(false)
	s.mu.Unlock()
	for _, e := range events {
		if s.notify != nil {
			s.notify(e)
		}
	}
}
