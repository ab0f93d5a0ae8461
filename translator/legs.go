package translator

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// errNoLine says that a trunk has all the calls that it takes at once.
var errNoLine = errors.New("translator: no line of the trunk is free")

// errNoTrunks says that this exchange places no calls.
var errNoTrunks = errors.New("translator: no trunk to call by")

// givenLeg is what a far leg has outside the call's rules: where its events come, its transactions and its media. It goes over to another call with
// the leg.
type givenLeg struct {
	wire    *wire
	tx      dialog.Tx
	session media.Session
	away    bool             // it was given to another call
	face    media.LegID      // the leg of an agent in the trunk's place, 0 for a trunk
	known   []*dialog.Dialog // its dialogs, for an INVITE that replaces one
	release []func()         // to be called when the call is over
	line    func()           // gives its trunk's line back; nil for none
}

// wire leads a leg's events to the call that owns it now.
type wire struct {
	n     int
	owner atomic.Pointer[callOwner]
}

func newWire(n int, o *callOwner) *wire {
	w := &wire{n: n}
	w.owner.Store(o)
	return w
}

// dialog takes an event of the leg's dialog. It does not block.
func (w *wire) dialog(ev dialog.Event) { w.post(evDialog{w.n, ev}) }

func (w *wire) media(m media.Event, k kind) { w.post(evMedia{w.n, m, k}) }

// notify takes an event of the leg's session.
func (w *wire) notify(m media.Event) {
	if k, ok := mediaKinds[m.Kind]; ok {
		w.media(m, k)
	}
}

// post finds the owner, who may change while it does.
func (w *wire) post(ev Event) {
	for {
		o := w.owner.Load()
		if o.post(ev) || w.owner.Load() == o {
			return
		}
	}
}

// gone says whether a leg was given to another call.
func (o *callOwner) gone(n int) bool {
	l := o.legs[n]
	return l == nil || l.away
}

// leg finds what a leg has, or begins to keep it.
func (o *callOwner) leg(n int) *givenLeg {
	l := o.legs[n]
	if l == nil {
		l = &givenLeg{wire: newWire(n, o), tx: o.x.cfg.Trunks}
		o.legs[n] = l
	}
	return l
}

// performLegs does what concerns whole legs, and more than one.
func (o *callOwner) performLegs(a Action) Event {
	switch a := a.(type) {
	case doOpen:
		return o.open(a)
	case doOpenDial:
		return o.openDial(a)
	case doOpenTrunk:
		return o.openTrunk(a)
	case doOpenBack:
		s, err := o.newSession(a.n, o.x.policyTo(a.target))
		if err == nil {
			err = s.TrunkLate()
		}
		return o.opened(a.n, err)
	case doOpenInside:
		return o.openInside(a)
	case doFace:
		o.leg(a.n).face = a.leg
	case doPlace:
		return o.place(a)
	case doGate:
		return o.gate(a)
	case doReplace:
		return o.replace(a)
	case doAdopt:
		if err := o.adopt(a); err != nil {
			return evAdopted{err}
		}
	case doHangUp:
		o.legs[a.n].hangUp()
	case doForget:
		o.forget(a.n)
	case doJoin:
		o.join(a)
	case doAskLeg:
		a.ask.from = o
		if l := o.legs[a.n]; l != nil {
			a.ask.session = l.session
		}
		if !a.to.post(a.ask) {
			return evLegKept{}
		}
	case doNameLeg:
		a.to.post(a.name)
	case doWantLeg:
		a.want.from = o
		if l := o.legs[a.n]; l != nil {
			a.want.session = l.session
		}
		if !a.to.post(a.want) {
			return evLegKept{}
		}
	case doKeepLeg:
		a.to.post(evLegKept{a.why})
	case doGiveLeg:
		return evGaveLeg{o.give(a)}
	default:
		n := sessionOf(a)
		if l := o.legs[n]; l != nil && l.session != nil {
			return o.performMedia(n, l.session, a)
		}
		return unperformed(a)
	}
	return nil
}

// unperformed is what an action brings whose session is closed: whoever asked for it is told so.
func unperformed(a Action) Event {
	switch a := a.(type) {
	case doAnswerLeg:
		return evLegAnswered{a.leg, media.ErrClosed}
	case doRestartLeg:
		return evLegRestarted{leg: a.leg, ref: a.ref, err: media.ErrClosed}
	case doDigits:
		return evDigits{a.ref, a.keys, media.ErrClosed}
	}
	return nil
}

// sessionOf is the leg whose session an action is for.
func sessionOf(a Action) int {
	switch a := a.(type) {
	case doOfferLeg:
		return a.n
	case doAnswerLeg:
		return a.n
	case doRestartLeg:
		return a.n
	case doTrunkAnswer:
		return a.n
	case doReoffer:
		return a.n
	case doReadAnswer:
		return a.n
	case doOfferTrunk:
		return a.n
	case doAcceptTrunk:
		return a.n
	case doRollback:
		return a.n
	case doConnect:
		return a.n
	case doHold:
		return a.n
	case doDrop:
		return a.n
	case doPlay:
		return a.n
	case doDigits:
		return a.n
	case doEarly:
		return a.n
	case doPick:
		return a.n
	case doAnswerFace:
		return a.n
	case doNotice:
		return a.n
	case doTape:
		return a.n
	case doTapePause:
		return a.n
	case doTapeStop:
		return a.n
	case doCloseMedia:
		return a.n
	}
	return 0
}

// newSession makes a leg's session. Its events come to the inbox of the call that owns the leg, never into the call.
func (o *callOwner) newSession(n int, p sdp.TrunkPolicy) (media.Session, error) {
	l := o.leg(n)
	s, err := o.x.media.NewSession(media.Params{Call: o.call.id, Trunk: p, Notify: l.wire.notify})
	if err == nil {
		l.session = s
	}
	return s, err
}

// open makes the session of an INVITE that came in.
func (o *callOwner) open(a doOpen) Event {
	s, err := o.newSession(a.n, o.x.policy(o.call.farLegOf(a.n).in))
	if err == nil && a.offer == nil {
		err = s.TrunkLate()
	} else if err == nil {
		err = s.TrunkOffer(a.offer)
	}
	return o.opened(a.n, err)
}

// openDial makes the session of a call that an agent dialled.
func (o *callOwner) openDial(a doOpenDial) Event {
	s, err := o.newSession(a.n, o.x.policyTo(a.target))
	switch {
	case err != nil:
	case a.like && o.like != nil:
		err = s.DialLike(a.leg, []byte(a.sdp), o.like)
	default:
		err = s.Dial(a.leg, []byte(a.sdp))
	}
	o.like = nil
	return o.opened(a.n, err)
}

// openInside makes the session of a call between agents: what is in it is what their browsers have.
func (o *callOwner) openInside(a doOpenInside) Event {
	s, err := o.newSession(a.n, sdp.TrunkPolicy{})
	switch {
	case err != nil:
	case a.like && o.like != nil:
		err = s.DialLike(a.leg, []byte(a.sdp), o.like)
	default:
		err = s.Dial(a.leg, []byte(a.sdp))
	}
	o.like = nil
	o.leg(a.n).face = a.leg
	return o.opened(a.n, err)
}

// connect joins an agent's leg with whoever stands on the other side: the trunk, or another agent.
func (o *callOwner) connect(n int, s media.Session, leg media.LegID) error {
	if face := o.legs[n].face; face != 0 {
		return s.Talk(face, leg)
	}
	return s.Connect(leg)
}

// sound plays sounds to whoever stands there: the trunk, or another agent.
func (o *callOwner) sound(n int, s media.Session, sounds ...media.Sound) error {
	if face := o.legs[n].face; face != 0 {
		return s.PlayTo(face, sounds...)
	}
	return s.Play(sounds...)
}

// openTrunk makes the session of a leg without an agent.
func (o *callOwner) openTrunk(a doOpenTrunk) Event {
	s, err := o.newSession(a.n, o.x.policyTo(a.target))
	if err == nil {
		err = s.DialTrunk(o.legs[a.like].session)
	}
	return o.opened(a.n, err)
}

func (o *callOwner) opened(n int, err error) Event {
	if err != nil {
		o.closeSession(n)
	}
	return evSessionOpened{n, err}
}

// place sends the INVITE of a leg: to its first target, or to the next one after a trunk that did not take it.
func (o *callOwner) place(a doPlace) Event {
	l := o.legs[a.n]
	t := a.place.targets[a.place.at]
	rules := o.x.rules(t.Trunk)
	fail := func(err error) Event { return evPlaced{a.n, nil, rules, err} }
	if l == nil || l.session == nil || o.x.cfg.Trunks == nil {
		return fail(errNoTrunks)
	}
	if a.place.at > 0 || a.place.failed != nil {
		l.session.TrunkRollback()
		if err := l.session.Route(o.x.policyTo(t)); err != nil {
			return fail(err)
		}
	}
	offer, err := l.session.OfferTrunk(sdp.Keep)
	if err != nil {
		return fail(err)
	}
	call := dialog.Outgoing{
		To: t.Addr, Network: t.Network, Target: uriOf(a.place.dest, t), From: a.place.dest.From, SDP: offer, Headers: a.place.headers,
		MaxForwards: a.place.hops, Replaces: a.place.replaces,
	}
	if a.place.at+1 < len(a.place.targets) {
		call.Patience = patience
	}
	if a.place.failed != nil {
		call = a.place.failed.Retry(call, call.Target)
	}
	free, ok := o.x.lines.take(t.Trunk, rules.MaxCalls)
	if !ok {
		o.x.hooks.Count("trunk_full", t.Trunk)
		return fail(errNoLine)
	}
	d, err := o.x.cfg.Trunks.Place(call, l.wire.dialog)
	if err != nil {
		free()
		return fail(err)
	}
	l.hangUp()
	l.line = free
	o.x.knows(d, l)
	return evPlaced{a.n, d, rules, nil}
}

// gate asks the dial policy, and which trunks there are. What it counts for a call ends with the call, or when the policy is asked anew: whatever the
// call placed before has come to nothing then.
func (o *callOwner) gate(a doGate) Event {
	g := evGated{n: a.n, why: a.why, replaces: a.replaces}
	o.letSecondGo()
	g.dest, g.targets, o.second, g.denial = o.x.mayCall(a.who, a.ask, o.x.rt.Now())
	return g
}

// letSecondGo takes what a second leg counted off the agent's calls.
func (o *callOwner) letSecondGo() {
	if o.second != nil {
		o.second()
		o.second = nil
	}
}

// forget drops what is kept of a leg that is over.
func (o *callOwner) forget(n int) {
	l := o.legs[n]
	if l == nil || l.away || l.session != nil {
		return
	}
	for _, d := range l.known {
		o.x.dialogs.Delete(d)
	}
	for _, f := range l.release {
		f()
	}
	l.hangUp()
	delete(o.legs, n)
}

// early lets the sound before the answer be heard.
func (o *callOwner) early(s media.Session, a doEarly) Event {
	if err := s.TrunkEarly(a.tag, a.answer, a.reliable); err != nil {
		return evEarly{a.n, nil, err}
	}
	text, err := o.answerDialled(s, a.leg, a.offered)
	if err == nil {
		err = s.Connect(a.leg)
	}
	return evEarly{a.n, text, err}
}

// answerDialled is the answer to what the agent's browser offered; there is none where the offer was ours.
func (o *callOwner) answerDialled(s media.Session, leg media.LegID, offered bool) ([]byte, error) {
	if offered {
		return nil, nil
	}
	return s.DialAnswer(leg)
}

// pick takes the answer of a 2xx. That the fork has another codec than the one that the browser was given is no end yet.
func (o *callOwner) pick(s media.Session, a doPick) Event {
	err := s.TrunkAccept(a.tag, a.answer)
	if err != nil && !errors.Is(err, sdp.ErrOtherCodec) || a.leg == 0 {
		return evPickedUp{a.n, nil, err, s.HeldBy()}
	}
	text, failed := o.answerDialled(s, a.leg, a.offered)
	if failed == nil && err == nil {
		failed = s.Connect(a.leg)
	}
	if failed != nil {
		err = failed
	}
	return evPickedUp{a.n, text, err, s.HeldBy()}
}

// adopt moves the agent's media to another leg.
func (o *callOwner) adopt(a doAdopt) error {
	to, from := o.legs[a.n], o.legs[a.from]
	if to == nil || from == nil || to.session == nil || from.session == nil {
		return media.ErrClosed
	}
	if err := to.session.Adopt(a.leg, from.session, a.old); err != nil {
		return err
	}
	if a.connect {
		return to.session.Connect(a.leg)
	}
	return nil
}

// replace does so for a far side that is answered by it.
func (o *callOwner) replace(a doReplace) Event {
	err := o.adopt(doAdopt{a.n, a.from, a.leg, a.old, a.connect})
	var text []byte
	if err == nil {
		if text, err = o.answer(a.n, o.legs[a.n].session); err != nil {
			err = errors.Join(err, o.adopt(doAdopt{a.from, a.n, a.old, a.leg, a.connect}))
		}
	}
	return evTrunkAnswer{n: a.n, sdp: text, err: err}
}

// join lets two far sides hear each other.
func (o *callOwner) join(a doJoin) {
	one, other := o.legs[a.n], o.legs[a.other]
	if one == nil || other == nil || one.session == nil || other.session == nil {
		return
	}
	if err := one.session.Join(other.session); err != nil {
		o.log.Error("far sides not joined", "error", err)
	}
}

// give lets another call own a far leg, joined with that call's. False: they have no codec in common, or that call is gone.
func (o *callOwner) give(a doGiveLeg) bool {
	n := a.given.leg.n
	l := o.legs[n]
	if l == nil || l.session == nil || a.joins == nil {
		a.to.post(evLegKept{})
		return false
	}
	var err error
	if a.adopts != 0 {
		err = speakAlike(l.session.Stats(), a.joins.Stats(), a.adopts)
	} else {
		err = l.session.Join(a.joins)
	}
	if err != nil {
		o.log.Warn("far sides not joined", "error", err)
		a.to.post(evLegKept{err})
		return false
	}
	a.given.given = *l
	a.given.given.release = o.counted(l)
	if !a.to.post(a.given) {
		l.session.Part()
		return false
	}
	l.release, l.line, o.second = nil, nil, nil
	if l := o.legs[0]; l != nil {
		l.release = nil
	}
	l.wire.owner.Store(a.to) // not before: that call must know the leg when an event of it comes. Those that come here meanwhile are passed on
	l.session, l.away = nil, true
	return true
}

// counted is what takes a leg's call off the agent's calls in the dial policy's count: with the leg it lives on.
func (o *callOwner) counted(l *givenLeg) []func() {
	all := slices.Clone(l.release)
	if l := o.legs[0]; l != nil {
		all = append(all, l.release...)
	}
	if o.second != nil {
		all = append(all, o.second)
	}
	return all
}

// speakAlike says whether the browser of an agent's leg in the other session sends what the trunk of this one takes. What is not known yet is left to the
// session that gets the leg.
func speakAlike(one, other media.Stats, leg media.LegID) error {
	for _, l := range other.Agents {
		if l.Leg == leg && l.Codec != "" && one.Trunk.Codec != "" && !strings.EqualFold(l.Codec, one.Trunk.Codec) {
			return &sdp.Error{Code: string(protocol.NoCommonCodec), Text: "that agent's browser uses another codec"}
		}
	}
	return nil
}
