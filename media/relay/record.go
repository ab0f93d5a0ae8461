package relay

import (
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// Record implements [media.Session].
func (s *Session) Record(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return media.ErrClosed
	case s.recording != nil:
		return media.ErrRecording
	}
	if !s.speakableLocked() {
		return media.ErrRecordCodec
	}
	s.recording, s.recordPaused = newRecording(s, path, time.Now()), time.Time{}
	s.typesLocked()
	s.r.spawn("recorder", s.recording.run)
	return nil
}

// RecordPause implements [media.Session].
func (s *Session) RecordPause(d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.recording == nil:
		return media.ErrNotRecording
	case d <= 0:
		s.recordPaused = time.Time{}
	default:
		s.recordPaused = time.Now().Add(d)
	}
	return nil
}

// RecordStop implements [media.Session].
func (s *Session) RecordStop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recording.end(time.Now())
}

// speakableLocked is false when the call speaks what cannot be recorded.
func (s *Session) speakableLocked() bool {
	speech, err := s.bridge.Speech()
	return err != nil || soundCodecOf(speech.Codec.Name) != codecNone
}

// recordableLocked ends a recording when the call has come to speak what cannot be recorded.
func (s *Session) recordableLocked() {
	if s.recording != nil && !s.speakableLocked() {
		s.recording.fail(media.ErrRecordCodec, time.Now())
	}
}

// typesLocked learns what the trunk's numbers mean, where somebody needs to know: a joint or a recording. Before the dialog is agreed nothing is known for good.
func (s *Session) typesLocked() {
	s.types = nil
	if s.answered && (s.joint != nil || s.recording != nil) {
		s.types, _ = s.bridge.Numbers()
		s.recordableLocked()
	}
}

// typeLocked is what a packet of the trunk is, nil for what nobody asks for or knows.
func (s *Session) typeLocked(p rtpPacket) *sdp.Codec {
	if s.types == nil || s.types.In[p.pt] < 0 {
		return nil
	}
	return &s.types.Codecs[s.types.In[p.pt]]
}

// noteLocked gives a packet to the recording, if there is one and it is not paused.
func (s *Session) noteLocked(channel uint8, codec soundCodec, source uint64, ts uint32, payload []byte, now time.Time) {
	if s.recording != nil && !now.Before(s.recordPaused) {
		s.recording.note(channel, codec, source, ts, payload, now)
	}
}

// noteFromTrunkLocked records what the trunk says.
func (s *Session) noteFromTrunkLocked(b []byte, p rtpPacket, source uint64, now time.Time) {
	if s.recording == nil {
		return
	}
	if c := s.typeLocked(p); c != nil {
		s.noteLocked(channelLeft, soundCodecOf(c.Name), source, p.ts, b[p.payload:p.end], now)
	}
}

// noteToTrunkLocked records what the trunk hears of an agent, or of another trunk, by the numbers and times of its stream.
func (s *Session) noteToTrunkLocked(b []byte, p rtpPacket, now time.Time) {
	if s.recording == nil || s.types == nil {
		return
	}
	for i := range s.types.Codecs {
		if c := &s.types.Codecs[i]; c.PT == p.pt {
			s.noteLocked(channelRight, soundCodecOf(c.Name), uint64(p.ssrc), p.ts, b[p.payload:p.end], now)
			return
		}
	}
}

// noteTalkLocked records what one of two agents hears of the other.
func (s *Session) noteTalkLocked(channel uint8, to *agentLeg, b []byte, p rtpPacket, now time.Time) {
	if s.recording == nil {
		return
	}
	for i := range to.remote.Codecs {
		if c := &to.remote.Codecs[i]; c.PT == p.pt {
			s.noteLocked(channel, soundCodecOf(c.Name), uint64(p.ssrc), p.ts, b[p.payload:p.end], now)
			return
		}
	}
}

// recordTime ends a pause that is over.
func (s *Session) recordTime(r *recording, now time.Time) {
	s.mu.Lock()
	if s.recording == r && !s.recordPaused.IsZero() && !now.Before(s.recordPaused) {
		s.recordPaused = time.Time{}
		s.eventLocked(media.Event{Kind: media.RecordResumed, At: now})
	}
	s.mu.Unlock()
	s.tell()
}

// recorded tells that a recording is over, and why.
func (s *Session) recorded(r *recording, err error) {
	s.mu.Lock()
	if s.recording == r {
		s.recording = nil
		if !s.closed {
			s.eventLocked(media.Event{Kind: media.RecordEnded, At: time.Now(), Err: err})
		}
	}
	s.mu.Unlock()
	if err != nil {
		s.r.log.Warn("recording ended", "call", s.call, "path", r.path, "error", err)
	}
	if lost := r.lost.Load(); lost > 0 {
		s.r.log.Warn("recording has gaps", "call", s.call, "path", r.path, "packets", lost)
	}
	s.tell()
}
