package replay

import (
	"errors"
	"time"

	"offhook/media"
)

// ErrDisk is what ends a recording in a story whose disk is full.
var ErrDisk = errors.New("replay: no space left on device")

// recorder is a recording without a file.
type recorder struct {
	path  string
	pause time.Time // when it goes on by itself, zero for no pause
}

// Record is part of media.Session. Its file is a name.
func (s *session) Record(path string) error {
	s.fault("Record")
	switch {
	case s.closed:
		return media.ErrClosed
	case s.recorder != nil:
		return media.ErrRecording
	}
	if speech, err := s.bridge.Speech(); err == nil && speech.Codec.Name == "opus" {
		return media.ErrRecordCodec
	}
	s.recorder = &recorder{path: path}
	return nil
}

// RecordPause is part of media.Session.
func (s *session) RecordPause(d time.Duration) error {
	s.fault("RecordPause")
	if s.recorder == nil {
		return media.ErrNotRecording
	}
	s.recorder.pause = time.Time{}
	if d > 0 {
		s.recorder.pause = s.e.Now().Add(d)
	}
	return nil
}

// RecordStop is part of media.Session. The end is told at once, in its turn.
func (s *session) RecordStop() {
	s.fault("RecordStop")
	s.endRecord(nil)
}

// endRecord plans the end of a recording, if there is one.
func (s *session) endRecord(why error) {
	if s.recorder == nil || s.closed {
		return
	}
	s.recorder = nil
	now := s.e.Now()
	s.e.due = append(s.e.due, dueEvent{at: now, s: s, e: media.Event{Kind: media.RecordEnded, At: now, Err: why}})
}

// resumed tells that a pause is over.
func (s *session) resumed(now time.Time) {
	if r := s.recorder; !s.closed && r != nil && !r.pause.IsZero() && !r.pause.After(now) {
		r.pause = time.Time{}
		s.p.Notify(media.Event{Kind: media.RecordResumed, At: now})
	}
}

// Stats is part of media.Session. A story has no packets.
func (s *session) Stats() media.Stats {
	all := media.Stats{Trunk: media.LegStats{Codec: s.bridge.TrunkRemote().Codec.Name}}
	for id := media.LegID(1); id <= s.last; id++ {
		if s.legs[id] != nil {
			all.Agents = append(all.Agents, media.LegStats{Leg: id})
		}
	}
	return all
}
