package relay

import (
	"time"

	"offhook/media"
	"offhook/media/prompts"
)

const (
	frameTime  = 20 * time.Millisecond
	frameTicks = 160 // of the RTP clock, in each codec of package prompts
)

// player is one Play or PlayTo. Its fields are guarded by the session's mutex.
type player struct {
	id     uint32
	leg    media.LegID // whom it is played to, 0 for the trunk
	sounds []media.Sound
	codec  string    // that they are encoded in, or being
	reel   *reel     // what is encoded; nil until prepared
	asked  bool      // being prepared
	over   bool      // stopped: what is prepared is wanted no more
	start  time.Time // of the first frame, zero before it: however late that is, nothing is left out
	frames int       // sent or left out since start
	sent   uint16    // packets, modulo 2^16
	left   bool      // frames were left out before the next
	place  *place    // where the music was that is played to the same party
}

// place is how far a sound that goes round was when something else took its turn: people who wait hear the music go on behind each word, and not its beginning again
// and again. The ringing tone begins anew.
type place struct {
	name string
	at   int // octets
}

// Play implements [media.Session].
func (s *Session) Play(sounds ...media.Sound) error {
	s.lockStill()
	defer s.unlockStill()
	if s.closed {
		return nil
	}
	p, err := s.newPlayerLocked(0, &s.music, sounds)
	if err != nil {
		return err
	}
	s.player.stop()
	s.toTrunk.pause()
	s.player = p
	s.prepareTrunkLocked()
	return nil
}

// PlayTo implements [media.Session].
func (s *Session) PlayTo(id media.LegID, sounds ...media.Sound) error {
	s.lockStill()
	defer s.unlockStill()
	leg, err := s.legLocked(id)
	if leg == nil {
		return err
	}
	p, err := s.newPlayerLocked(id, &leg.music, sounds)
	if err != nil {
		return err
	}
	leg.player.stop()
	leg.toAgent.pause()
	leg.player = p
	s.prepareLocked(p, leg.remote.Codec.Name)
	return nil
}

// lockStill takes the mutex while no packet of the player is under way.
func (s *Session) lockStill() {
	s.pacing.Lock()
	s.mu.Lock()
}

func (s *Session) unlockStill() {
	s.mu.Unlock()
	s.pacing.Unlock()
}

// newPlayerLocked makes a player of sounds that are there, nil of none.
func (s *Session) newPlayerLocked(leg media.LegID, music *place, sounds []media.Sound) (*player, error) {
	if len(sounds) > media.MaxSounds {
		return nil, media.ErrSounds
	}
	var play []media.Sound
	for _, sound := range sounds {
		if sound.Name == "" {
			continue
		}
		if err := s.r.sounds.check(sound.Name); err != nil {
			return nil, err
		}
		play = append(play, sound)
	}
	if play == nil {
		return nil, nil
	}
	s.plays++
	return &player{id: s.plays, leg: leg, sounds: play, place: music}, nil
}

// stop ends a player, if it is one, and gives what takes its place: nobody.
func (p *player) stop() *player {
	if p == nil {
		return nil
	}
	p.over = true
	if p.place != nil && p.reel.goesRound() && p.last().Name != media.SoundRinging.Name {
		*p.place = place{p.last().Name, p.reel.at}
	}
	return nil
}

func (p *player) last() media.Sound { return p.sounds[len(p.sounds)-1] }

// again has a player, if it is one, prepared anew, as its codec is known no more.
func (p *player) again() {
	if p != nil {
		p.asked, p.reel = false, nil
	}
}

// prepareTrunkLocked has the trunk's sounds encoded, if there are any and their codec is known.
func (s *Session) prepareTrunkLocked() {
	if s.answered {
		s.prepareLocked(s.player, s.remote.Codec.Name)
	}
}

// prepareLocked has sounds encoded, if there are any and their codec is known.
func (s *Session) prepareLocked(p *player, codec string) {
	if p == nil || p.asked || codec == "" {
		return
	}
	p.asked, p.codec = true, codec
	s.r.spawn("player", func() {
		s.prepared(p, codec, s.encode(p.sounds, codec))
		s.tell()
	})
}

// encode gives sounds as they are played; those that cannot be are left out. In the place of one that was to go round the built-in music does: a phrase before it is not to be said
// again and again.
func (s *Session) encode(all []media.Sound, codec string) *reel {
	parts := make([]encoded, 0, len(all))
	loop := all[len(all)-1].Loop
	for i, sound := range all {
		part, err := s.r.sounds.encoded(sound.Name, codec)
		if err != nil {
			s.r.log.Warn("nothing to play", "call", s.call, "sound", sound.Name, "codec", codec, "error", err)
		}
		if err != nil && loop && i == len(all)-1 {
			part, err = s.r.sounds.encoded(media.SoundMusic.Name, codec)
			loop = err == nil
		}
		if err == nil {
			parts = append(parts, part)
		}
	}
	return newReel(parts, loop)
}

// prepared begins to play, or goes on in another codec where it was. When nothing is left to play the sounds are over.
func (s *Session) prepared(p *player, codec string, r *reel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.over || p.codec != codec || s.closed {
		return
	}
	now := time.Now()
	p.load(r, now)
	if r.over() {
		s.playedOutLocked(p, now)
		return
	}
	s.r.pacer.add(s)
}

// load gives a player what it is to play, where it was if it has begun.
func (p *player) load(r *reel, now time.Time) {
	if p.place != nil && p.last().Name == p.place.name {
		r.goOn(p.place.at)
	}
	r.skip(p.frames * prompts.FrameBytes)
	p.reel, p.start = r, time.Time{}
	if p.frames > 0 {
		p.start = now.Add(-time.Duration(p.frames) * frameTime)
	}
}

// playedOutLocked ends a player that has come to its end.
func (s *Session) playedOutLocked(p *player, now time.Time) {
	p.over = true
	if leg := s.legs[p.leg]; leg != nil && leg.player == p {
		leg.player = nil
	}
	if s.player == p {
		s.player = nil
	}
	s.eventLocked(media.Event{Kind: media.PlayEnded, Leg: p.leg, At: now, Tag: p.sounds[len(p.sounds)-1].Tag})
}

// maxLate is how many frames a player may send at once when it was held up; what is older is left out.
const maxLate = 5

// frame returns the next packet of keys or sound that is due, written into b, or nil; more is false when there will be none any more.
func (s *Session) frame(now time.Time, b []byte) (packet []byte, to hop, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, to, false
	}
	if packet, to = s.toneLocked(now, b); packet != nil {
		return packet, to, true
	}
	if packet, to = s.playedLocked(now, b); packet != nil {
		return packet, to, true
	}
	for _, leg := range s.legs {
		if packet, to = s.playedToLocked(leg, now, b); packet != nil {
			return packet, to, true
		}
	}
	return nil, to, s.soundsLocked()
}

// nextLocked writes the frame that is due into b, without the numbers of a stream. ok is false when none is, or the sounds are over.
func (s *Session) nextLocked(p *player, now time.Time, b []byte) (r rtpPacket, ok bool) {
	if p == nil || p.reel == nil {
		return r, false
	}
	if p.start.IsZero() {
		p.start = now
	}
	due := int(now.Sub(p.start)/frameTime) + 1
	if p.frames >= due {
		return r, false
	}
	if late := due - maxLate - p.frames; late > 0 {
		p.reel.skip(late * prompts.FrameBytes)
		p.frames, p.left = p.frames+late, true
	}
	if p.reel.over() {
		s.playedOutLocked(p, now)
		return r, false
	}
	r = rtpPacket{marker: p.left, seq: p.sent, ts: uint32(p.frames) * frameTicks, payload: rtpHeader, end: rtpHeader + prompts.FrameBytes}
	p.frames++
	p.reel.next(b[r.payload:r.end])
	return r, true
}

// source tells the sounds of a session apart from all others.
func (p *player) source() uint64 { return 1<<63 | uint64(p.id) }

// playedLocked returns the next frame for the trunk that is due, or nil. What cannot be sent, or while a key is, is left out.
func (s *Session) playedLocked(now time.Time, b []byte) (packet []byte, to hop) {
	p := s.player
	r, ok := s.nextLocked(p, now, b)
	if !ok {
		return nil, to
	}
	addr := s.trunkAddrLocked()
	p.left = !addr.IsValid() || s.tones.sounding()
	if p.left || !number(&s.toTrunk, now, p.source(), &r) {
		return nil, to
	}
	p.sent++
	r.pt = s.remote.Codec.PT
	return s.sealLocked(putRTP(b, r), addr, &s.r.count.played)
}

// playedToLocked returns the next frame for a browser that is due, or nil. What cannot be sent is left out.
func (s *Session) playedToLocked(leg *agentLeg, now time.Time, b []byte) (packet []byte, to hop) {
	p := leg.player
	r, ok := s.nextLocked(p, now, b)
	if !ok {
		return nil, to
	}
	a, pair := leg.readyLocked(), leg.pair.Load()
	p.left = a == nil || pair == nil
	if p.left || !number(&leg.toAgent, now, p.source(), &r) {
		return nil, to
	}
	p.sent++
	r.pt = leg.remote.Codec.PT
	return s.sealForAgentLocked(a, putRTP(b, r), pair, &s.r.count.played)
}

// soundsLocked reports whether there is something for the pacer to do.
func (s *Session) soundsLocked() bool {
	if s.closed {
		return false
	}
	for _, leg := range s.legs {
		if leg.player != nil && leg.player.reel != nil {
			return true
		}
	}
	return s.player != nil && s.player.reel != nil || len(s.tones.queue) > 0
}
