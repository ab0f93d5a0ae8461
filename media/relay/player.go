package relay

import (
	"net/netip"
	"time"

	"offhook/media"
	"offhook/media/prompts"
)

const (
	frameTime  = 20 * time.Millisecond
	frameTicks = 160 // of the RTP clock, in each codec of package prompts
)

// player is one Play of a session. Its fields are guarded by the session's mutex.
type player struct {
	id     uint32
	sound  media.Sound
	octets []byte    // encoded, whole frames; nil until prepared
	asked  bool      // being prepared
	start  time.Time // of the first frame
	frames int       // sent or left out since start
	sent   uint16    // packets, modulo 2^16
	left   bool      // frames were left out before the next
}

// Play implements [media.Session]. While it plays, a connected agent is not heard by the trunk. A file that is not there is an error at once. It is read and encoded
// aside, once the codec is known; what is wrong with it is logged, and ends the sound.
func (s *Session) Play(sound media.Sound) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.player = nil
	s.toTrunk.pause()
	if sound.Name == "" {
		return nil
	}
	if err := s.r.sounds.check(sound.Name); err != nil {
		return err
	}
	s.plays++
	s.player = &player{id: s.plays, sound: sound}
	s.prepareLocked()
	return nil
}

// prepareLocked has the sound encoded, if there is one and its codec is known.
func (s *Session) prepareLocked() {
	p := s.player
	if p == nil || p.asked || !s.answered {
		return
	}
	p.asked = true
	codec := s.remote.Codec.Name
	s.r.spawn("player", func() {
		octets, err := s.r.sounds.encoded(p.sound.Name, codec)
		if err != nil {
			s.r.log.Warn("nothing to play", "call", s.call, "sound", p.sound.Name, "codec", codec, "error", err)
		}
		s.prepared(p, octets)
		s.tell()
	})
}

// prepared begins to play. Without octets the sound is over.
func (s *Session) prepared(p *player, octets []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.player != p || s.closed {
		return
	}
	if len(octets) == 0 {
		s.player = nil
		s.eventLocked(media.Event{Kind: media.PlayEnded, At: time.Now()})
		return
	}
	p.octets, p.start = octets, time.Now()
	s.r.pacer.add(s)
}

// maxLate is how many frames a player may send at once when it was held up; what is older is left out.
const maxLate = 5

// frame returns the next packet of keys or sound that is due, written into b, or nil; more is false when there will be none any more.
func (s *Session) frame(now time.Time, b []byte) (packet []byte, to netip.AddrPort, tone, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, to, false, false
	}
	if packet, to = s.toneLocked(now, b); packet != nil {
		return packet, to, true, true
	}
	packet, to = s.playedLocked(now, b)
	return packet, to, false, s.soundsLocked()
}

// playedLocked returns the player's next frame that is due, or nil. What cannot be sent, or while a key is, is left out.
func (s *Session) playedLocked(now time.Time, b []byte) (packet []byte, to netip.AddrPort) {
	p := s.player
	if p == nil || p.octets == nil {
		return nil, to
	}
	due := int(now.Sub(p.start)/frameTime) + 1
	if p.frames >= due {
		return nil, to
	}
	if p.frames < due-maxLate {
		p.frames, p.left = due-maxLate, true
	}
	at := p.frames * prompts.FrameBytes
	if at >= len(p.octets) && !p.sound.Loop {
		s.player = nil
		s.eventLocked(media.Event{Kind: media.PlayEnded, At: now})
		return nil, to
	}
	r := rtpPacket{marker: p.left, pt: s.remote.Codec.PT, seq: p.sent, ts: uint32(p.frames) * frameTicks, payload: rtpHeader}
	p.frames++
	at %= len(p.octets)
	r.end = r.payload + copy(b[r.payload:], p.octets[at:at+prompts.FrameBytes])
	to = s.trunkAddrLocked()
	if p.left = !to.IsValid() || s.tones.sounding(); p.left {
		return nil, to
	}
	if !number(&s.toTrunk, now, 1<<63|uint64(p.id), &r) {
		return nil, to
	}
	p.sent++
	return s.sealLocked(putRTP(b, r), to)
}

// soundsLocked reports whether there is something for the pacer to do.
func (s *Session) soundsLocked() bool {
	return !s.closed && (s.player != nil && s.player.octets != nil || len(s.tones.queue) > 0)
}
