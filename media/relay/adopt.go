package relay

import (
	"fmt"
	"slices"
	"time"

	"offhook/media"
)

// Adopt implements [media.Session].
func (s *Session) Adopt(id media.LegID, from media.Session, old media.LegID) error {
	o, err := s.companion(from)
	if err != nil {
		return err
	}
	unlock := lockBoth(s, o)
	defer unlock()
	leg := o.legs[old]
	switch {
	case s.closed || o.closed:
		return media.ErrClosed
	case leg == nil:
		return media.ErrNoLeg
	case s.legs[id] != nil:
		return fmt.Errorf("media: leg %d exists", id)
	}
	if err := s.bridge.Adopt(leg.desc); err != nil {
		return err
	}
	o.releaseLocked(leg)
	leg.id = id
	s.legs[id] = leg
	leg.owner.Store(s)
	s.retellLocked(leg)
	return nil
}

// releaseLocked lets a leg go to another session, with nothing of it left here.
func (s *Session) releaseLocked(leg *agentLeg) {
	s.separateLocked(leg)
	s.rememberLocked(leg)
	leg.player = leg.player.stop()
	s.events = slices.DeleteFunc(s.events, func(e media.Event) bool { return e.Leg == leg.id })
	delete(s.legs, leg.id)
}

// retellLocked tells a session what is wrong with a leg that it got just now: its old one was told, or was about to be.
func (s *Session) retellLocked(leg *agentLeg) {
	e := media.Event{Leg: leg.id, At: time.Now()}
	switch {
	case leg.failed:
		e.Kind, e.Err = media.AgentFailed, leg.fault
	case leg.silent:
		e.Kind = media.AgentSilent
	default:
		return
	}
	s.eventLocked(e)
	s.r.spawn("events", s.tell)
}
