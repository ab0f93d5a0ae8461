package replay

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"offhook/media"
	"offhook/translator/sdp"
)

// Engine is a media engine without packets: descriptions are made by the real rules with fixed addresses, and events come from the story. It belongs
// to its World's goroutine.
type Engine struct {
	// Now is the clock.
	Now func() time.Time
	// Up and Heard are how long after a browser's answer its DTLS is up and its first packet comes; negative: never by itself.
	Up, Heard time.Duration
	// Sounds is how long each sound plays that does not begin again by itself; zero: 2 s, negative: for ever.
	Sounds time.Duration
	// Unplayable is the name of a sound that cannot be played.
	Unplayable string
	// Full refuses new sessions.
	Full bool
	// Fault, if set, is called at the beginning of each method of a session, by the method's name, so that a test can let it panic.
	Fault func(method string)
	// OnPlay, if set, is told what is played from now on in a call: to the trunk (leg 0) or to an agent leg; nothing: silence.
	OnPlay func(call string, leg media.LegID, sounds []media.Sound)

	sessions []*session
	due      []dueEvent
	port     uint16
	number   uint64
}

// dueEvent is a media event that the story or the defaults have planned.
type dueEvent struct {
	at time.Time
	s  *session
	e  media.Event
	// gen is the answer that it belongs to: a newer one of the same leg makes it stale. Of a sound it is its number.
	gen int
}

type session struct {
	e      *Engine
	p      media.Params
	bridge *sdp.Bridge
	trunk  sdp.TrunkLocal
	legs   map[media.LegID]*leg
	// joined is the leg that has sound with the trunk, 0 for none; talk the two that have it with each other; joint what joins the trunk with another one;
	// playing the sound that the trunk hears.
	joined  media.LegID
	talk    [2]media.LegID
	joint   *joint
	playing played
	// agreed: the trunk's dialog has a description of both sides. watched: its silence is told. last is the newest leg.
	agreed, watched, closed bool
	last                    media.LegID
	// keys are what SendDigits was asked for and has not told the end of.
	keys []keys
	// recorder is the recording, nil for none; plays how many sounds were begun.
	recorder *recorder
	plays    int
	ended    uint64 // the tag of the sounds for the trunk that were stopped last
}

// leg is an agent leg, with what its events have told: each once for a description, silence and sound in turn.
type leg struct {
	sdp                     *sdp.AgentLeg
	local                   sdp.AgentLocal
	gen                     int // descriptions taken from the browser
	up, heard, silent, dead bool
	playing                 played // what the browser hears
}

var relayAddr = netip.MustParseAddr("192.0.2.20")

// NewSession is part of media.Engine.
func (e *Engine) NewSession(p media.Params) (media.Session, error) {
	if e.Full {
		return nil, media.ErrFull
	}
	e.sessions = slices.DeleteFunc(e.sessions, func(s *session) bool { return s.closed })
	e.number++
	e.port += 2
	s := &session{e: e, p: p, bridge: sdp.NewBridge(p.Trunk), legs: map[media.LegID]*leg{}}
	s.trunk = sdp.TrunkLocal{Addr: netip.AddrPortFrom(relayAddr, 40000+e.port%10000), SessionID: 1000 + e.number, Secret: sdp.Secret{1}}
	e.sessions = append(e.sessions, s)
	return s, nil
}

// Close is part of media.Engine.
func (e *Engine) Close() error { return nil }

// Open is how many sessions are not closed.
func (e *Engine) Open() int {
	n := 0
	for _, s := range e.sessions {
		if !s.closed {
			n++
		}
	}
	return n
}

func (s *session) TrunkOffer(offer []byte) error {
	s.fault("TrunkOffer")
	if s.closed {
		return media.ErrClosed
	}
	if err := s.bridge.TrunkOffer(offer); err != nil {
		return err
	}
	s.described()
	return nil
}

func (s *session) TrunkAnswer() ([]byte, error) {
	s.fault("TrunkAnswer")
	if s.closed {
		return nil, media.ErrClosed
	}
	answer, err := s.bridge.TrunkAnswer(s.trunk)
	if err == nil {
		s.agreed, s.watched = true, true
	}
	s.described()
	return answer, err
}

func (s *session) TrunkLate() error {
	s.fault("TrunkLate")
	if s.closed {
		return media.ErrClosed
	}
	return s.bridge.TrunkLate()
}

func (s *session) OfferTrunk(change sdp.Change) ([]byte, error) {
	s.fault("OfferTrunk")
	if s.closed {
		return nil, media.ErrClosed
	}
	offer, err := s.bridge.OfferTrunk(s.trunk, change)
	if err == nil {
		s.described()
	}
	return offer, err
}

func (s *session) TrunkAccept(tag string, answer []byte) error {
	s.fault("TrunkAccept")
	if s.closed {
		return media.ErrClosed
	}
	err := s.bridge.TrunkAccept(tag, answer)
	if err == nil || errors.Is(err, sdp.ErrOtherCodec) {
		s.agreed, s.watched = true, true
		s.described()
	}
	return err
}

func (s *session) HeldBy() sdp.Holder { return s.bridge.HeldBy() }

func (s *session) OfferAgent(id media.LegID) ([]byte, error) {
	s.fault("OfferAgent")
	if s.closed {
		return nil, media.ErrClosed
	}
	l := s.newLeg()
	text, err := l.offer(s)
	if err != nil {
		return nil, err
	}
	s.legs[id], s.last = l, max(s.last, id)
	return text, nil
}

// newLeg makes a leg that has no description yet.
func (s *session) newLeg() *leg {
	s.e.number++
	return &leg{local: sdp.AgentLocal{
		Candidates: []netip.AddrPort{netip.AddrPortFrom(relayAddr, 40000)}, Ufrag: fmt.Sprintf("leg%d", s.e.number), Pwd: "replaypasswordreplaypassword",
		Fingerprint: fingerprint, SSRC: uint32(s.e.number), CNAME: "replay", SessionID: 2000 + s.e.number,
	}}
}

func (l *leg) offer(s *session) (text []byte, err error) {
	l.sdp, text, err = s.bridge.OfferAgent(l.local)
	return text, err
}

func (s *session) AgentAnswer(id media.LegID, answer []byte) error {
	s.fault("AgentAnswer")
	l, err := s.leg(id)
	if err != nil {
		return err
	}
	if _, err := l.sdp.Answer(answer); err != nil {
		return err
	}
	s.plan(id, l)
	return nil
}

func (s *session) AgentOffer(id media.LegID, offer []byte) ([]byte, error) {
	s.fault("AgentOffer")
	l, err := s.leg(id)
	if err != nil {
		return nil, err
	}
	_, answer, err := l.sdp.Offer(offer, l.local)
	if err != nil {
		return nil, err
	}
	s.plan(id, l)
	return answer, nil
}

// plan lets the browser's media come up after the default times.
func (s *session) plan(id media.LegID, l *leg) {
	l.gen++
	l.up, l.heard, l.silent, l.dead = false, false, false, false
	if s.e.Up < 0 {
		return
	}
	at := s.e.Now().Add(s.e.Up)
	s.e.due = append(s.e.due, dueEvent{at, s, media.Event{Kind: media.AgentUp, Leg: id, At: at}, l.gen})
	if s.e.Heard < 0 {
		return
	}
	at = at.Add(s.e.Heard)
	s.e.due = append(s.e.due, dueEvent{at, s, media.Event{Kind: media.AgentHeard, Leg: id, At: at}, l.gen})
}

func (s *session) leg(id media.LegID) (*leg, error) {
	l := s.legs[id]
	switch {
	case s.closed:
		return nil, media.ErrClosed
	case l == nil:
		return nil, media.ErrNoLeg
	}
	return l, nil
}

func (s *session) Connect(id media.LegID) error {
	s.fault("Connect")
	l, err := s.leg(id)
	if err != nil {
		return err
	}
	if _, err := s.bridge.Connect(l.sdp); err != nil {
		return err
	}
	s.unjoin()
	s.separate(id)
	s.hush()
	s.joined, l.playing = id, played{}
	return nil
}

func (s *session) Disconnect(id media.LegID) {
	s.fault("Disconnect")
	s.separate(id)
}

func (s *session) Drop(id media.LegID) {
	s.fault("Drop")
	if l := s.legs[id]; l != nil {
		s.bridge.Drop(l.sdp)
		delete(s.legs, id)
	}
	s.separate(id)
}

func (s *session) Play(sounds ...media.Sound) error {
	s.fault("Play")
	if s.closed {
		return media.ErrClosed
	}
	return s.begin(&s.playing, 0, sounds)
}

func (s *session) Close() {
	s.unjoin()
	s.closed, s.joined, s.talk, s.keys, s.recorder = true, 0, [2]media.LegID{}, nil, nil
	s.fault("Close")
}

func (s *session) fault(method string) {
	if s.e.Fault != nil {
		s.e.Fault(method)
	}
}

// deadline is when the next planned event is due.
func (e *Engine) deadline() (time.Time, bool) {
	var next time.Time
	for _, d := range e.due {
		if next.IsZero() || d.at.Before(next) {
			next = d.at
		}
	}
	sooner := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, s := range e.sessions {
		if len(s.keys) > 0 {
			sooner(s.keys[0].ends)
		}
		if s.recorder != nil {
			sooner(s.recorder.pause)
		}
	}
	return next, !next.IsZero()
}

// tick gives out what is due.
func (e *Engine) tick(now time.Time) {
	var later []dueEvent
	var fire []dueEvent
	for _, d := range e.due {
		if d.at.After(now) {
			later = append(later, d)
		} else {
			fire = append(fire, d)
		}
	}
	e.due = later
	for _, d := range fire {
		d.fire()
	}
	for _, s := range slices.Clone(e.sessions) {
		s.sent(now)
		s.resumed(now)
	}
}

// fire tells a planned event, if it still may come.
func (d dueEvent) fire() {
	switch s, l := d.s, d.s.legs[d.e.Leg]; {
	case s.closed:
	case d.e.Kind == media.RecordEnded:
		s.p.Notify(d.e)
	case d.e.Kind == media.PlayEnded:
		s.playedOut(d)
	case l != nil && l.gen == d.gen && l.may(d.e.Kind):
		s.tell(l, d.e)
	}
}

// may says whether the engine's contract lets this event come now.
func (l *leg) may(k media.EventKind) bool {
	switch k {
	case media.AgentUp:
		return l.gen > 0 && !l.up && !l.dead
	case media.AgentHeard:
		return l.up && !l.heard && !l.dead
	case media.AgentSilent:
		return l.up && !l.silent && !l.dead
	case media.AgentBack:
		return l.silent && !l.dead
	case media.AgentFailed:
		return l.gen > 0 && !l.dead
	}
	return false
}

func (s *session) tell(l *leg, e media.Event) {
	switch e.Kind {
	case media.AgentUp:
		l.up = true
	case media.AgentHeard:
		l.heard = true
	case media.AgentSilent:
		l.silent = true
	case media.AgentBack:
		l.silent = false
	case media.AgentFailed:
		l.dead = true
	}
	s.p.Notify(e)
}

var errNoSession = errors.New("replay: no call has media now")

// inject gives the newest open session an event on its newest leg, or on the trunk leg: its silence, or the end of sounds that came just before they were stopped.
func (e *Engine) inject(kind media.EventKind) error {
	for i := len(e.sessions) - 1; i >= 0; i-- {
		s := e.sessions[i]
		if s.closed {
			continue
		}
		if kind == media.TrunkSilent || kind == media.PlayEnded {
			s.p.Notify(media.Event{Kind: kind, At: e.Now(), Tag: s.ended})
			return nil
		}
		if kind == media.RecordEnded && s.recorder != nil {
			s.endRecord(ErrDisk)
			return nil
		}
		var newest media.LegID
		for id := range s.legs {
			newest = max(newest, id)
		}
		l := s.legs[newest]
		first := kind == media.AgentHeard && l != nil && l.gen > 0 && !l.heard && !l.dead // a live engine may tell of it before it tells that the leg is up
		if l == nil || !first && !l.may(kind) {
			return errNotNow
		}
		s.tell(l, media.Event{Kind: kind, Leg: newest, At: e.Now()})
		return nil
	}
	return errNoSession
}

var errNotNow = errors.New("replay: no agent leg has such an event now")

// Any gives an event of this kind to one of those that may have it now, which pick chooses among n. False: there is none.
func (e *Engine) Any(kind media.EventKind, pick func(n int) int) bool {
	var all []func()
	for _, s := range e.sessions {
		if s.closed {
			continue
		}
		if kind == media.TrunkSilent {
			if s.watched {
				all = append(all, func() { s.p.Notify(media.Event{Kind: kind, At: e.Now()}) })
			}
			continue
		}
		if kind == media.RecordEnded {
			if s.recorder != nil {
				all = append(all, func() { s.endRecord(ErrDisk) })
			}
			continue
		}
		for id := media.LegID(1); id <= s.last; id++ {
			if l := s.legs[id]; l != nil && l.may(kind) {
				all = append(all, func() { s.tell(l, media.Event{Kind: kind, Leg: id, At: e.Now()}) })
			}
		}
	}
	if len(all) == 0 {
		return false
	}
	all[pick(len(all))]()
	return true
}
