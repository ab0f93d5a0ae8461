package relay

import (
	"crypto/rand"
	"errors"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// Dial implements [media.Session].
func (s *Session) Dial(id media.LegID, offer []byte) error {
	return s.dialLeg(id, func() (*sdp.AgentLeg, error) { return s.bridge.Dial(offer) })
}

// dialLeg adds the leg of a browser that dials. describe takes its offer.
func (s *Session) dialLeg(id media.LegID, describe func() (*sdp.AgentLeg, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return media.ErrClosed
	}
	leg, err := s.newLegLocked(id)
	if err != nil {
		return err
	}
	if leg.desc, err = describe(); err != nil {
		return err
	}
	s.addLegLocked(leg)
	return nil
}

// DialLike implements [media.Session].
func (s *Session) DialLike(id media.LegID, offer []byte, like media.Session) error {
	speech, err := s.speechOf(like)
	if err != nil {
		return err
	}
	return s.dialLeg(id, func() (*sdp.AgentLeg, error) { return s.bridge.DialLike(offer, speech) })
}

// DialTrunk implements [media.Session].
func (s *Session) DialTrunk(like media.Session) error {
	speech, err := s.speechOf(like)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return media.ErrClosed
	}
	return s.bridge.DialTrunk(speech)
}

// speechOf asks another session what it speaks.
func (s *Session) speechOf(like media.Session) (sdp.Speech, error) {
	o, err := s.companion(like)
	if err != nil {
		return sdp.Speech{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return sdp.Speech{}, media.ErrClosed
	}
	return o.bridge.Speech()
}

// Route implements [media.Session].
func (s *Session) Route(trunk sdp.TrunkPolicy) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return media.ErrClosed
	}
	trunk = s.r.withOwn(trunk)
	if err := s.bridge.Route(trunk); err != nil {
		return err
	}
	s.newDialogLocked(trunk)
	s.refreshLocked()
	return nil
}

// newDialogLocked makes what belongs to one dialog with a trunk: session ID, keys, and who may send.
func (s *Session) newDialogLocked(trunk sdp.TrunkPolicy) {
	s.local = sdp.TrunkLocal{Addr: addrPort(s.r.config.TrunkAdvertise, s.ports.port), SessionID: random() >> 1}
	rand.Read(s.local.Secret[:])
	s.local.Fingerprint = s.r.fingerprint
	s.latch = newLatch(trunk)
	s.secure.dtls.closeLocked()
	s.secure = trunkSRTP{}
	if trunk.DTLS {
		s.secure.dtls = &trunkDTLS{s: s}
	}
}

// DialAnswer implements [media.Session].
func (s *Session) DialAnswer(id media.LegID) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	leg, err := s.legLocked(id)
	if leg == nil {
		return nil, err
	}
	remote, answer, err := leg.desc.AnswerDial(leg.local)
	if err != nil {
		return nil, err
	}
	if leg.remote.Ufrag == "" {
		leg.describedLocked(remote, true)
		s.prepareLocked(leg.player, remote.Codec.Name)
	}
	return answer, nil
}

// TrunkLate implements [media.Session].
func (s *Session) TrunkLate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return media.ErrClosed
	}
	return s.bridge.TrunkLate()
}

// OfferTrunk implements [media.Session].
func (s *Session) OfferTrunk(change sdp.Change) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, media.ErrClosed
	}
	offer, err := s.bridge.OfferTrunk(s.local, change)
	if err != nil {
		return nil, err
	}
	s.offered = true
	if err := s.refreshLocked(); err != nil {
		s.bridge.TrunkRollback()
		s.refreshLocked()
		return nil, err
	}
	return offer, nil
}

// TrunkEarly implements [media.Session].
func (s *Session) TrunkEarly(tag string, answer []byte, reliable bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	if err := s.bridge.TrunkEarly(tag, answer, reliable); err != nil {
		return err
	}
	s.agreedLocked()
	return s.refreshLocked()
}

// TrunkAccept implements [media.Session].
func (s *Session) TrunkAccept(tag string, answer []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	err := s.bridge.TrunkAccept(tag, answer)
	if err != nil && !errors.Is(err, sdp.ErrOtherCodec) {
		return err
	}
	s.agreedLocked()
	s.watchTrunkLocked()
	if again := s.refreshLocked(); err == nil {
		err = again
	}
	return err
}

// TrunkRollback implements [media.Session].
func (s *Session) TrunkRollback() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.bridge.TrunkRollback()
	s.refreshLocked()
}

// HeldBy implements [media.Session].
func (s *Session) HeldBy() sdp.Holder {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bridge.HeldBy()
}

// agreedLocked: the trunk's dialog has a description of both sides, so sound can be sent.
func (s *Session) agreedLocked() { s.answered = true }

// watchTrunkLocked begins to wait for the trunk's packets.
func (s *Session) watchTrunkLocked() { s.watched, s.aliveAt, s.silent = true, time.Now(), false }

// refreshLocked takes over what is known of the far side after a description of it came or went, also for the connected leg.
func (s *Session) refreshLocked() error {
	s.remoteLocked()
	if s.remote.Codec.Name == "" { // all is taken back: whoever sent was of a dialog that is over
		s.offered = s.offered && s.bridge.Signaling() != sdp.Stable
		s.answered, s.watched = false, false
		s.player.again()
		return nil
	}
	err := s.rejoinLocked()
	s.prepareTrunkLocked()
	return err
}
