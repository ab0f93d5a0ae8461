package relay

import "offhook/media"

// Mute keeps the sound of an agent leg from the trunk, or lets it pass again. Its telephone events and those of SendDigits pass either way; the
// agent goes on hearing the far side. The trunk's stream goes on afterwards with the next sequence number and at its time. It
// holds for the life of the leg, also through AgentOffer; a leg that is not there is passed over.
func (s *Session) Mute(id media.LegID, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if leg := s.legs[id]; leg != nil {
		leg.muted = on
	}
}
