package translator

import (
	"errors"
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/translator/dialog"
)

// An attended transfer joins two calls of one agent: the one that he passes on asks the other, his consultation, for its far leg. Each call is its own
// owner, so they speak by events: evAskLeg there, evLegGiven or evLegKept back.

// attend: the agent completes a consultation.
func (c *Call) attend(ev Event) {
	e := ev.(evAttend)
	switch {
	case e.ref.Agent != c.offer.agent:
		c.cannotAttend(ev)
		return
	case c.move.kind != moveNone || c.next != nil:
		c.refuse(e.ref, protocol.WrongPhase, "the call is being moved")
		return
	case c.hold.open != changeNone:
		c.refuse(e.ref, protocol.WrongPhase, "hold is under way")
		return
	}
	c.move = moving{kind: moveAttended, ref: e.ref, other: e.other, until: c.now.Add(answerOther)}
	ask := evAskLeg{agent: e.ref.Agent, refer: c.far.rules.Refer, trunk: c.far.trunk}
	if c.face != nil {
		ask.faced = c.face.leg
	}
	c.do(doAskLeg{n: c.far.n, to: e.other, ask: ask})
}

// cannotAttend: only a conversation can be joined with another.
func (c *Call) cannotAttend(ev Event) {
	ref := ev.(evAttend).ref
	code, why := c.mayPass(ref)
	c.refuse(ref, code, why)
}

// keepLeg: there is no far side to give away.
func (c *Call) keepLeg(ev Event) { c.do(doKeepLeg{to: ev.(evAskLeg).from}) }

// errInside keeps two calls apart that both have an agent as their far side.
var errInside = errors.New("consult: two calls between agents are not joined; transfer the one to agent:ID")

// askedLeg: the agent's other call wants this one's far side.
func (c *Call) askedLeg(ev Event) {
	e := ev.(evAskLeg)
	switch {
	case e.agent != c.offer.agent || c.busy():
		c.do(doKeepLeg{to: e.from})
	case c.face != nil && e.faced != 0:
		c.do(doKeepLeg{e.from, errInside})
	case c.face != nil:
		c.move = moving{kind: moveAttended, other: e.from, until: c.now.Add(answerOther)}
		c.do(doWantLeg{to: e.from, n: c.far.n, want: evLegWanted{party: c.farParty(), faced: c.face.leg}})
	case e.refer && c.far.trunk == e.trunk && e.faced == 0:
		c.named = true
		c.do(doNameLeg{e.from, evLegNamed{party: c.farParty(), target: c.far.d.RemoteTarget(), replaces: c.far.d.Replacement()}})
	default:
		c.giveFar(e.from, e.session, e.faced)
	}
}

// giveFar gives the far leg to the agent's other call.
func (c *Call) giveFar(to *callOwner, session media.Session, faced media.LegID) {
	c.move = moving{kind: moveAttended, ref: c.move.ref, to: c.move.to, book: c.far.book}
	book := *c.far.book
	c.far.book = &book // the other call's, from now on
	c.tapeStops()
	c.do(doGiveLeg{to: to, joins: session, adopts: faced, given: evLegGiven{
		leg: c.far, party: c.farParty(), agentLeg: c.offer.leg, last: c.leg, told: c.hold.told, terms: c.terms, data: c.data,
	}})
}

// legWanted: the consultation is with a colleague, whose call goes on with our far side.
func (c *Call) legWanted(ev Event) {
	e := ev.(evLegWanted)
	if c.move.kind != moveAttended || c.move.book != nil || c.hold.open != changeNone {
		c.cannotGive(ev)
		return
	}
	c.move.to = e.party
	c.giveFar(e.from, e.session, e.faced)
}

// cannotGive: not now.
func (c *Call) cannotGive(ev Event) { c.do(doKeepLeg{to: ev.(evLegWanted).from}) }

// farParty is who the far side is.
func (c *Call) farParty() protocol.Party {
	if c.out != nil {
		return c.to
	}
	return c.from
}

// gaveLeg: the far side went over to the agent's other call; this one is over for him. Or nobody took it.
func (c *Call) gaveLeg(ev Event) {
	book, ref, to := c.move.book, c.move.ref, c.move.to
	c.move = moving{}
	if !ev.(evGaveLeg).ok {
		c.far.book = book
		c.refuse(ref, protocol.WrongPhase, "consult: that call cannot take this one's far side")
		if !c.hold.byAgent() {
			c.rejoin()
		}
		return
	}
	if ref.ID != 0 { // it is not the consultation
		c.reply(ref)
		c.moveBegan("attended", to)
		c.moveOver("done", "", 0)
		c.do(doCount{"transfer", "done"})
	}
	c.far = nil // it is the other call's
	c.raise(evPlain{kPassedOn})
	c.endTalk(transferred())
}

// legGiven: the other call's far side is ours now.
func (c *Call) legGiven(ev Event) {
	e := ev.(evLegGiven)
	if c.move.kind != moveAttended {
		c.strayLeg(ev)
		return
	}
	ref := c.move.ref
	c.reply(ref)
	c.keepLegs(e.leg.book)
	if ref.ID != 0 {
		c.moveBegan("attended", e.party)
	}
	c.do(doDrop{e.leg.n, e.agentLeg})
	if c.face != nil {
		c.faceTakes(e)
		return
	}
	c.next = e.leg
	c.next.told = e.told
	c.joinFar()
}

// faceTakes lets the agent who is the far side talk to the one of the other call: this call goes on as his with it, by that one's terms.
func (c *Call) faceTakes(e evLegGiven) {
	c.moveOver("done", "", 0)
	if c.move.ref.ID != 0 {
		c.do(doCount{"transfer", "done"})
	} else {
		c.terms, c.data = e.terms, e.data
	}
	c.log(slog.LevelInfo, "transfer done")
	c.tapeStops()
	c.rec.state = tapeOff
	c.move = moving{}
	c.leaveFace(e.leg, e.party, e.last, e.told)
	if !c.offer.fromQueue() {
		c.offer.terms = c.terms
	}
	c.offer.view.Data, c.offer.view.Queue = c.data, c.terms.Queue
	c.offer.view.Phase, c.offer.view.Recording = protocol.PhaseConnected, tapeOff
	c.show()
	c.unhold()
	c.showHold()
	c.tapeByRule()
}

// strayLeg: this call is over, or busy otherwise, so the far side that it is given has nobody to talk to.
func (c *Call) strayLeg(ev Event) {
	c.windDown(ev.(evLegGiven).leg, dialog.Hangup{Q850: 16, Text: "the other side is gone"})
}

// errJoinedThere tells a consultation that the trunk has joined its far side with the other call's.
var errJoinedThere = errors.New("consult: the trunk has joined the two")

// endsThere is how long the far side of a consultation has for its BYE, which a dialog that was replaced gets (RFC 3891 §3).
const endsThere = 5 * time.Second

// namedDue is when a consultation ends whose far side was replaced and sends no BYE; zero if it is not waited for.
func (c *Call) namedDue() time.Time {
	if c.state != Connected && c.state != Moving {
		return time.Time{}
	}
	return c.namedBy
}

// legKept: the consultation cannot give its far side away now. Or, said to the consultation, what became of its name.
func (c *Call) legKept(ev Event) {
	if c.named && errors.Is(ev.(evLegKept).err, errJoinedThere) {
		c.namedBy = c.now.Add(endsThere)
		return
	}
	if c.named && c.move.kind == moveNone { // the trunk did not join this one with the other
		c.named = false
		return
	}
	ref := c.move.ref
	c.move = moving{}
	err := ev.(evLegKept).err
	if errors.Is(err, errInside) {
		c.refuse(ref, protocol.WrongPhase, err.Error())
		return
	}
	if err != nil {
		c.refuse(ref, protocol.NoCommonCodec, "consult: that call uses another codec")
		return
	}
	c.refuse(ref, protocol.WrongPhase, "consult: that call is not connected")
}

// legNamed: both calls are the trunk's, which is asked to join them (RFC 3515, RFC 3891).
func (c *Call) legNamed(ev Event) {
	e := ev.(evLegNamed)
	if c.move.kind != moveAttended {
		return
	}
	c.reply(c.move.ref)
	c.move = moving{kind: moveRefer, to: e.party, other: c.move.other}
	c.moveBegan("attended", e.party)
	c.raise(evPlain{kMoving})
	c.showMoving()
	c.dialogDo(c.far, dialog.Refer{Target: e.target, Replaces: &e.replaces})
}

// replacing: an INVITE with Replaces takes the far side's place (RFC 3891 §3).
func (c *Call) replacing(ev Event) {
	e := ev.(evReplacing)
	if c.next != nil || c.move.kind != moveNone || c.hold.open != changeNone {
		c.refuseReplacing(ev)
		return
	}
	c.move = moving{kind: moveReplaced}
	c.next = e.leg
	c.legBegan(c.next)
	c.do(doOpen{c.next.n, c.next.in.SDP})
}

// refuseReplacing: not now.
func (c *Call) refuseReplacing(ev Event) {
	f := ev.(evReplacing).leg
	c.past = append(c.past, f)
	c.dialogDo(f, dialog.Reject{Status: 486, Q850: 17, Text: "the call is being moved"})
}

// noReplacing: the call is over.
func (c *Call) noReplacing(ev Event) {
	f := ev.(evReplacing).leg
	c.past = append(c.past, f)
	c.dialogDo(f, dialog.Reject{Status: 603, Q850: 16, Text: "the call is over"})
}

// replacerOpened: the new far side's offer can be used, or not. Its answer names the codec that the agent's browser has, so he goes over first.
func (c *Call) replacerOpened(ev Event) {
	e := ev.(evSessionOpened)
	if e.err != nil {
		c.replacerRefused(mediaRefused(e.err, c.terms.RetryAfter))
		return
	}
	c.next.open = true
	c.do(doReplace{n: c.next.n, leg: c.leg + 1, from: c.far.n, old: c.offer.leg, connect: !c.hold.byAgent()})
}

// replacerAnswer: our answer to it is made.
func (c *Call) replacerAnswer(ev Event) {
	e := ev.(evTrunkAnswer)
	if c.next == nil || e.n != c.next.n {
		return
	}
	if e.err != nil {
		c.replacerRefused(mediaRefused(e.err, c.terms.RetryAfter))
		return
	}
	c.leg++
	c.offer.home, c.offer.leg = c.next.n, c.leg
	c.legIs(&c.offer)
	c.next.asked = c.next.in.SDP == nil
	c.dialogDo(c.next, dialog.Answer{SDP: e.sdp})
}

// replaced: the new far side has our 200; the old one gets BYE.
func (c *Call) replaced(Event) {
	c.next.answered = true
	old, in := c.far, c.next.in
	c.far, c.next, c.move = c.next, nil, moving{}
	held := c.hold.byAgent()
	c.hold, c.digits = holding{local: held}, digits{}
	c.windDown(old, dialog.Hangup{Q850: 16, Text: "replaced"})
	from, _, _ := parties(in)
	c.moveBegan("replaced", from)
	c.moveOver("done", "", 0)
	if held {
		c.do(doPlay{n: c.far.n, sound: c.terms.Sound})
	}
	c.becomes(from)
	c.showHold()
	c.tapeMoves()
}

// replacerGone: the new far side gave up before our 200: the agent goes back to the old one.
func (c *Call) replacerGone(Event) {
	f := c.next
	c.next, c.move = nil, moving{}
	if c.offer.home == f.n {
		c.leg++
		c.do(doAdopt{n: c.far.n, leg: c.leg, from: f.n, old: c.offer.leg, connect: !c.hold.byAgent()})
		c.offer.home, c.offer.leg = c.far.n, c.leg
		c.legIs(&c.offer)
	}
	c.closeLeg(f)
	c.past = append(c.past, f)
}

func (c *Call) replacerRefused(why ending) {
	f := c.next
	c.next, c.move = nil, moving{}
	c.closeLeg(f)
	c.past = append(c.past, f)
	c.dialogDo(f, dialog.Reject{Status: why.status, Q850: why.q850, Text: why.text, Warning: why.warning, RetryAfter: why.retryAfter})
}
