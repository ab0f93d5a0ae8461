package replay

import (
	"errors"
	"slices"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// joint is what joins the trunks of two sessions; both have it, until one of them ends it.
type joint struct{ sides [2]*session }

// Join is part of media.Session.
func (s *session) Join(other media.Session) error {
	s.fault("Join")
	o, err := s.companion(other)
	if err != nil {
		return err
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
		return &sdp.Error{Code: "no_common_codec", Status: 488, Warning: 305, Text: "the two trunks use different codecs"}
	}
	for _, side := range [...]*session{s, o} {
		side.unjoin()
		side.hush()
		side.joined = 0
	}
	j := &joint{sides: [2]*session{s, o}}
	s.joint, o.joint = j, j
	return nil
}

// Part is part of media.Session.
func (s *session) Part() {
	s.fault("Part")
	s.unjoin()
}

func (s *session) unjoin() {
	if j := s.joint; j != nil {
		j.sides[0].joint, j.sides[1].joint = nil, nil
	}
}

// Talk is part of media.Session.
func (s *session) Talk(a, b media.LegID) error {
	s.fault("Talk")
	one, err := s.leg(a)
	if err != nil {
		return err
	}
	two, err := s.leg(b)
	if err != nil {
		return err
	}
	if _, err := s.bridge.Talk(one.sdp, two.sdp); err != nil {
		return err
	}
	s.separate(a)
	s.separate(b)
	one.playing, two.playing = played{}, played{}
	s.talk = [2]media.LegID{a, b}
	return nil
}

// separate ends the sound between a leg and whomever it is joined with.
func (s *session) separate(id media.LegID) {
	if s.joined == id {
		s.joined = 0
	}
	if s.talk[0] == id || s.talk[1] == id {
		s.talk = [2]media.LegID{}
	}
}

// PlayTo is part of media.Session.
func (s *session) PlayTo(id media.LegID, sounds ...media.Sound) error {
	s.fault("PlayTo")
	l, err := s.leg(id)
	if err != nil {
		return err
	}
	return s.begin(&l.playing, id, sounds)
}

// played is the sounds that play one after another, none or some, and the number of their Play among those of the session.
type played struct {
	sounds []media.Sound
	number int
}

// hush stops what the trunk hears.
func (s *session) hush() {
	if n := len(s.playing.sounds); n > 0 && s.playing.sounds[n-1].Tag != 0 {
		s.ended = s.playing.sounds[n-1].Tag
	}
	s.playing = played{}
}

// begin begins sounds in place of what was played, and plans their end.
func (s *session) begin(playing *played, id media.LegID, sounds []media.Sound) error {
	if len(sounds) > media.MaxSounds {
		return media.ErrSounds
	}
	if slices.ContainsFunc(sounds, s.e.unplayable) {
		return errUnplayable
	}
	s.plays++
	if id == 0 {
		s.hush()
	}
	*playing = played{number: s.plays}
	for _, sound := range sounds {
		if sound.Name != "" {
			playing.sounds = append(playing.sounds, sound)
		}
	}
	if s.e.OnPlay != nil {
		s.e.OnPlay(s.p.Call, id, playing.sounds)
	}
	n, length := len(playing.sounds), s.e.Sounds
	if length == 0 {
		length = 2 * time.Second
	}
	if n > 0 && !playing.sounds[n-1].Loop && length >= 0 {
		at := s.e.Now().Add(time.Duration(n) * length)
		s.e.due = append(s.e.due, dueEvent{at, s, media.Event{Kind: media.PlayEnded, Leg: id, At: at, Tag: playing.sounds[n-1].Tag}, s.plays})
	}
	return nil
}

var errUnplayable = errors.New("replay: no such sound")

func (e *Engine) unplayable(sound media.Sound) bool {
	return sound.Name != "" && sound.Name == e.Unplayable
}

// playedOut tells that sounds have come to their end, if they are still what is played.
func (s *session) playedOut(d dueEvent) {
	playing := &s.playing
	if d.e.Leg != 0 {
		l := s.legs[d.e.Leg]
		if l == nil {
			return
		}
		playing = &l.playing
	}
	if len(playing.sounds) == 0 || playing.number != d.gen {
		return
	}
	*playing = played{}
	s.p.Notify(d.e)
}

// Adopt is part of media.Session. What is planned for the leg's browser comes to its new session.
func (s *session) Adopt(id media.LegID, from media.Session, old media.LegID) error {
	s.fault("Adopt")
	o, err := s.companion(from)
	if err != nil {
		return err
	}
	l, err := o.leg(old)
	if err != nil {
		return err
	}
	if s.legs[id] != nil {
		return errors.New("replay: the leg exists")
	}
	if err := s.bridge.Adopt(l.sdp); err != nil {
		return err
	}
	o.separate(old)
	delete(o.legs, old)
	l.playing = played{}
	s.legs[id], s.last = l, max(s.last, id)
	for i := range s.e.due {
		if d := &s.e.due[i]; d.s == o && d.e.Leg == old {
			d.s, d.e.Leg = s, id
		}
	}
	s.retell(id, l)
	return nil
}

// retell plans what is wrong with a leg that came just now.
func (s *session) retell(id media.LegID, l *leg) {
	kind := media.AgentFailed
	switch {
	case l.dead:
		l.dead = false
	case l.silent:
		l.silent, kind = false, media.AgentSilent
	default:
		return
	}
	now := s.e.Now()
	s.e.due = append(s.e.due, dueEvent{now, s, media.Event{Kind: kind, Leg: id, At: now}, l.gen})
}

// companion gives the other session of a step that concerns two.
func (s *session) companion(with media.Session) (*session, error) {
	o, ok := with.(*session)
	switch {
	case !ok || o.e != s.e || o == s:
		return nil, media.ErrCompanion
	case s.closed || o.closed:
		return nil, media.ErrClosed
	}
	return o, nil
}

// playOut ends what a trunk is told, in the newest call in which one is told something that does not begin again by itself. What a live caller was told of his place
// and the like, nobody says in a replay: its end is none.
func (e *Engine) playOut() {
	for _, s := range slices.Backward(e.sessions) {
		if n := len(s.playing.sounds); !s.closed && n > 0 && !s.playing.sounds[n-1].Loop {
			tag := s.playing.sounds[n-1].Tag
			s.playing = played{}
			s.p.Notify(media.Event{Kind: media.PlayEnded, At: e.Now(), Tag: tag})
			return
		}
	}
}
