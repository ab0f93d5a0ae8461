package relay

import (
	"sync/atomic"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// joint is what joins the trunks of two sessions. It is over for both as soon as one of them says so; then the other just has nobody to hear.
type joint struct {
	sides [2]*Session
	over  atomic.Bool
}

// holds reports whether there is a joint and it is not over.
func (j *joint) holds() bool { return j != nil && !j.over.Load() }

func (j *joint) other(s *Session) *Session {
	if j.sides[0] == s {
		return j.sides[1]
	}
	return j.sides[0]
}

// carried is a packet on its way from one trunk to another, between the mutexes of their sessions, of which never both are held for a packet.
type carried struct {
	joint  *joint
	p      rtpPacket
	codec  *sdp.Codec // what it is, nil when the session that it came by does not know
	source uint64
}

// fromOther marks the sources that are another trunk's.
const fromOther = 1 << 61

// Join implements [media.Session].
func (s *Session) Join(with media.Session) error {
	o, err := s.companion(with)
	if err != nil {
		return err
	}
	unlock := lockBoth(s, o)
	defer unlock()
	if s.closed || o.closed {
		return media.ErrClosed
	}
	ours, err := s.bridge.Numbers()
	if err != nil {
		return err
	}
	theirs, err := o.bridge.Numbers()
	if err != nil {
		return err
	}
	if len(ours.Codecs) == 0 || len(theirs.Codecs) == 0 || ours.Codecs[0].Name != theirs.Codecs[0].Name {
		return errCodecs
	}
	j := &joint{sides: [2]*Session{s, o}}
	s.joinLocked(j)
	o.joinLocked(j)
	return nil
}

// errCodecs refuses to join two trunks.
var errCodecs = &sdp.Error{Code: "no_common_codec", Status: 488, Warning: 305, Text: "the two trunks use different codecs"}

func (s *Session) joinLocked(j *joint) {
	s.stopLocked()
	s.joint = j
	s.remoteLocked()
	s.aliveAt, s.silent = time.Now(), false
}

// Part implements [media.Session].
func (s *Session) Part() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unjoinLocked()
}

// unjoinLocked ends a joint, if there is one.
func (s *Session) unjoinLocked() {
	if s.joint != nil {
		s.joint.over.Store(true)
		s.joint = nil
		s.typesLocked()
		s.toTrunk.pause()
	}
}

// carryLocked takes a packet of our trunk out of the session, for the other one.
func (s *Session) carryLocked(p rtpPacket, source uint64) carried {
	on := carried{joint: s.joint, p: p, source: fromOther | source}
	on.codec = s.typeLocked(p)
	return on
}

// fromOtherTrunk makes a packet of the trunk that ours is joined with one for ours, in place.
func (s *Session) fromOtherTrunk(on carried, b []byte, now time.Time) ([]byte, hop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed || s.joint != on.joint || !on.joint.holds() || s.player != nil:
		return s.dropped(DropNotConnected)
	case s.tones.sounding():
		return s.dropped(DropReplaced)
	}
	p, pt, scale := on.p, int16(-1), sdp.Scale{Mul: 1, Div: 1}
	if on.codec != nil && s.types != nil {
		pt, scale = s.types.Number(on.codec)
	}
	to := s.trunkAddrLocked()
	if why, stop := withheld(pt, false, to.IsValid()); stop {
		s.toTrunk.skip(on.source, p.seq)
		return s.dropped(why)
	}
	rescaleEvent(&s.rescale, scale, &s.toTrunk, on.source, &p, b, now)
	if !number(&s.toTrunk, now, on.source, &p) {
		return s.dropped(DropLate)
	}
	p.pt = uint8(pt)
	s.noteToTrunkLocked(b, p, now)
	return s.sealLocked(putRTP(b, p), to, &s.r.count.toTrunk)
}

// companion gives the other session of a step that concerns two.
func (s *Session) companion(with media.Session) (*Session, error) {
	o, ok := with.(*Session)
	if !ok || o.r != s.r || o == s {
		return nil, media.ErrCompanion
	}
	return o, nil
}

// lockBoth takes the mutexes of two sessions while no packet of their players is under way, always in the order of their numbers.
func lockBoth(a, b *Session) (unlock func()) {
	if a.number > b.number {
		a, b = b, a
	}
	a.pacing.Lock()
	b.pacing.Lock()
	a.mu.Lock()
	b.mu.Lock()
	return func() {
		b.unlockStill()
		a.unlockStill()
	}
}
