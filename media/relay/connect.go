package relay

import (
	"time"

	"offhook/media"
)

// Connect implements [media.Session].
func (s *Session) Connect(id media.LegID) error {
	s.lockStill()
	defer s.unlockStill()
	leg, err := s.legLocked(id)
	if leg == nil {
		return err
	}
	numbers, err := s.bridge.Connect(leg.desc)
	if err != nil {
		return err
	}
	leg.player, s.player = leg.player.stop(), s.player.stop()
	s.unjoinLocked()
	if s.connected != leg {
		s.separateLocked(leg)
		s.partLocked()
	}
	s.connected, s.numbers = leg, numbers
	s.remoteLocked()
	s.aliveAt, s.silent = time.Now(), false
	return nil
}

// Disconnect implements [media.Session].
func (s *Session) Disconnect(id media.LegID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if leg := s.legs[id]; leg != nil {
		s.separateLocked(leg)
	}
}

// stopLocked ends all that the trunk hears.
func (s *Session) stopLocked() {
	s.player = s.player.stop()
	s.partLocked()
	s.unjoinLocked()
}

// partLocked ends the sound between trunk and connected leg; what comes next begins behind it.
func (s *Session) partLocked() {
	if s.connected != nil {
		s.connected.toAgent.pause()
		s.connected = nil
	}
	s.toTrunk.pause()
}
