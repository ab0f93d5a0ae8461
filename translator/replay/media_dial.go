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
	return s.dialled(id, desc, err)
}

// DialLike is part of media.Session.
func (s *session) DialLike(id media.LegID, offer []byte, like media.Session) error {
	s.fault("DialLike")
	speech, err := s.speechOf(like)
	if err != nil {
		return err
	}
	desc, err := s.bridge.DialLike(offer, speech)
	return s.dialled(id, desc, err)
}

// dialled adds the leg of a browser that dials.
func (s *session) dialled(id media.LegID, desc *sdp.AgentLeg, err error) error {
	if err != nil {
		return err
	}
	l := s.newLeg()
	l.sdp = desc
	s.legs[id], s.last = l, max(s.last, id)
	return nil
}

// DialTrunk is part of media.Session.
func (s *session) DialTrunk(like media.Session) error {
	s.fault("DialTrunk")
	speech, err := s.speechOf(like)
	if err != nil {
		return err
	}
	return s.bridge.DialTrunk(speech)
}

// speechOf asks another session what it speaks.
func (s *session) speechOf(like media.Session) (sdp.Speech, error) {
	o, err := s.companion(like)
	if err != nil {
		return sdp.Speech{}, err
	}
	return o.bridge.Speech()
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
