package relay

import (
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// pairing is what joins two agent legs of a session.
type pairing struct {
	one, two *agentLeg
	numbers  sdp.PayloadMap // ToTrunk: from one to two
}

// has reports whether there is a pairing and the leg is part of it.
func (t *pairing) has(leg *agentLeg) bool { return t != nil && (t.one == leg || t.two == leg) }

// Talk implements [media.Session].
func (s *Session) Talk(a, b media.LegID) error {
	s.lockStill()
	defer s.unlockStill()
	one, err := s.legLocked(a)
	if one == nil {
		return err
	}
	two, err := s.legLocked(b)
	if two == nil {
		return err
	}
	numbers, err := s.bridge.Talk(one.desc, two.desc)
	if err != nil {
		return err
	}
	for _, leg := range [...]*agentLeg{one, two} {
		s.separateLocked(leg)
		leg.player = leg.player.stop()
	}
	s.talk = &pairing{one: one, two: two, numbers: numbers}
	s.recordableLocked()
	return nil
}

// hushLocked ends the sound between two agents.
func (s *Session) hushLocked() {
	if s.talk != nil {
		s.talk.one.toAgent.pause()
		s.talk.two.toAgent.pause()
		s.talk = nil
	}
}

// separateLocked ends the sound between a leg and whomever it is joined with.
func (s *Session) separateLocked(leg *agentLeg) {
	if leg == s.connected {
		s.partLocked()
	}
	if s.talk.has(leg) {
		s.hushLocked()
	}
}

// toOtherAgentLocked takes a packet of one agent to the other.
func (s *Session) toOtherAgentLocked(leg *agentLeg, b []byte, p rtpPacket, now time.Time) ([]byte, hop) {
	t := s.talk
	way := passage{source: leg.assoc.source(p), muted: leg.muted, talk: true, side: channelRight}
	if leg == t.one {
		way.pt, way.scale = t.numbers.ToTrunk[p.pt], t.numbers.EventToTrunk
		way.event, way.side = way.pt >= 0 && way.pt == t.numbers.TrunkEvent, channelLeft
		return s.toAgentLocked(t.two, b, p, way, now)
	}
	way.pt, way.scale = t.numbers.ToAgent[p.pt], t.numbers.EventToAgent
	way.event = way.pt >= 0 && way.pt == t.numbers.AgentEvent
	return s.toAgentLocked(t.one, b, p, way, now)
}
