package relay

import (
	"crypto/rand"
	"errors"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// Dial begins an outbound call: it adds an agent leg of the browser's own offer. What the trunk is offered comes by OfferTrunk, what
// the browser is answered by DialAnswer. An error carries bad_sdp or no_common_codec, and the session stays as it was.
func (s *Session) Dial(id media.LegID, offer []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return media.ErrClosed
	}
	leg, err := s.newLegLocked(id)
	if err != nil {
		return err
	}
	if leg.desc, err = s.bridge.Dial(offer); err != nil {
		return err
	}
	s.addLegLocked(leg)
	return nil
}

// Route sends an outbound call that nobody has answered by another trunk: its old dialog is over, after TrunkRollback. The ports stay,
// keys and o= are new, the browser's offer is used again by the next OfferTrunk. It fails with no_common_codec when that trunk
// may use none of its codecs.
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
	s.latch = newLatch(trunk)
	s.secure = trunkSRTP{}
}

// DialAnswer returns the answer to the offer of a leg that came by Dial, once the trunk has described itself (TrunkEarly, TrunkAccept). ICE and
// DTLS then run; sound, early media too, passes once Connect is called. Calling it again gives the same text, until AgentOffer
// has given the leg another description.
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
	}
	return answer, nil
}

// TrunkLate begins a call whose INVITE has no offer: browsers are offered one codec, OfferTrunk makes the offer of the 2xx, and
// TrunkAccept takes the answer of the ACK. Until then nothing is sent to the trunk.
func (s *Session) TrunkLate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return media.ErrClosed
	}
	return s.bridge.TrunkLate()
}

// OfferTrunk makes an offer for the trunk: of an INVITE after Dial, of a 2xx after TrunkLate, and later of a re-INVITE, of an UPDATE, or
// of the 2xx to a re-INVITE without offer. change says what for. What it asks for counts from now on, until TrunkRollback takes it back. It
// concerns descriptions only: who holds the far side calls Disconnect and Play too, and Connect to resume. An offer that is open
// gives [sdp.ErrOpen].
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

// TrunkEarly takes the description of an 18x to our INVITE: tag is its To tag, reliable says that it came with 100rel (RFC 3262). The
// newest fork is heard. [sdp.ErrOtherCodec] means that this fork is not, as it lacks the codec that the browser was given by another.
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

// TrunkAccept takes the answer to the last OfferTrunk: the 2xx of an INVITE, re-INVITE or UPDATE with its To tag, or the ACK or PRACK after a
// late offer. answer is nil when there is none, and counts only if the same tag gave none in an 18x (RFC 3261 §13.2.1). From now on the trunk's silence is watched.
//
// An error means that there is no usable answer: the call ends, or the change is taken back by TrunkRollback. Only after [sdp.ErrOtherCodec] the
// fork has won all the same, and is silent until an OfferTrunk with sdp.Narrow was accepted.
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

// TrunkRollback takes back the open offer of either side: refused, cancelled, or never answered. What was agreed before holds again, keys and
// addresses too. With no offer open it does nothing.
func (s *Session) TrunkRollback() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.bridge.TrunkRollback()
	s.refreshLocked()
}

// HeldBy says who holds, by what the two sides of the trunk's dialog told each other, an open offer counted in. A hold that the trunk is not
// told of (music of ours) is not among it.
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
		if p := s.player; p != nil {
			p.asked, p.octets = false, nil
		}
		return nil
	}
	err := s.rejoinLocked()
	s.prepareLocked()
	return err
}
