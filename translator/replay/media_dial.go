package replay

import (
	"offhook/media"
	"offhook/translator/sdp"
)

// Dial is part of media.Session.
func (s *session) Dial(id media.LegID, offer []byte) error {
	s.fault("Dial")
	if s.closed {
		return media.ErrClosed
	}
	desc, err := s.bridge.Dial(offer)
	if err != nil {
		return err
	}
	l := s.newLeg()
	l.sdp = desc
	s.legs[id], s.last = l, max(s.last, id)
	return nil
}

// DialAnswer is part of media.Session. The first one lets the browser's media come up.
func (s *session) DialAnswer(id media.LegID) ([]byte, error) {
	s.fault("DialAnswer")
	l, err := s.leg(id)
	if err != nil {
		return nil, err
	}
	_, answer, err := l.sdp.AnswerDial(l.local)
	if err != nil {
		return nil, err
	}
	if l.gen == 0 {
		s.plan(id, l)
	}
	return answer, nil
}

// Route is part of media.Session.
func (s *session) Route(trunk sdp.TrunkPolicy) error {
	s.fault("Route")
	if s.closed {
		return media.ErrClosed
	}
	if err := s.bridge.Route(trunk); err != nil {
		return err
	}
	s.e.number++
	s.trunk.SessionID = 1000 + s.e.number
	s.described()
	return nil
}

// TrunkEarly is part of media.Session.
func (s *session) TrunkEarly(tag string, answer []byte, reliable bool) error {
	s.fault("TrunkEarly")
	if s.closed {
		return media.ErrClosed
	}
	if err := s.bridge.TrunkEarly(tag, answer, reliable); err != nil {
		return err
	}
	s.agreed = true
	s.described()
	return nil
}

// TrunkRollback is part of media.Session.
func (s *session) TrunkRollback() {
	s.fault("TrunkRollback")
	if s.closed {
		return
	}
	s.bridge.TrunkRollback()
	s.described()
}

// described follows a description of the trunk that came or went, as the relay does.
func (s *session) described() {
	if s.bridge.TrunkRemote().Codec.Name == "" { // all is taken back
		s.agreed, s.watched = false, false
		return
	}
	if l := s.legs[s.joined]; l != nil {
		if _, err := s.bridge.Connect(l.sdp); err != nil {
			s.joined = 0
		}
	}
	s.dial()
}
