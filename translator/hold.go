package translator

import (
	"slices"

	"offhook/agent/protocol"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// holding is who holds the call, and what of it is under way. Hold and resume that cross an open offer wait for their turn (translation.md 1.1).
type holding struct {
	local bool       // the agent holds, and the far side hears our music; it was not told by SIP
	told  sdp.Holder // what the two sides of the dialog told each other
	open  change     // the offer of ours that is under way
	later []evRequest
}

// change is what an offer of ours within the dialog is for.
type change uint8

const (
	changeNone change = iota
	changeHold
	changeResume
	changeNarrow
)

var changes = [...]sdp.Change{changeHold: sdp.Hold, changeResume: sdp.Resume, changeNarrow: sdp.Narrow}

// by says who holds.
func (h *holding) by() sdp.Holder {
	if h.local {
		return h.told | sdp.HeldByAgent
	}
	return h.told
}

// byAgent says whether the agent holds, however the far side was told.
func (h *holding) byAgent() bool { return h.by()&sdp.HeldByAgent != 0 }

// holdRequest: the agent holds the far side.
func (c *Call) holdRequest(ev Event) {
	req := ev.(evRequest)
	if c.laterHold(req) {
		return
	}
	c.reply(req.ref)
	switch {
	case c.hold.by()&sdp.HeldByAgent != 0:
	case c.far.rules.Hold == HoldSendonly:
		c.reoffer(changeHold)
	default:
		c.holdHere()
	}
}

// holdHere stops sound between agent and far side, which hears music; no SIP is sent.
func (c *Call) holdHere() {
	c.hold.local = true
	c.do(doHold{c.far.n, c.offer.leg, c.terms.Sound})
	c.showHold()
}

// resumeRequest: the agent takes the far side back.
func (c *Call) resumeRequest(ev Event) {
	req := ev.(evRequest)
	if c.laterHold(req) {
		return
	}
	c.reply(req.ref)
	local := c.hold.local
	c.hold.local = false
	switch {
	case c.hold.told&sdp.HeldByAgent != 0:
		c.reoffer(changeResume)
	case local:
		c.rejoin()
		c.showHold()
	}
}

// laterHold keeps a request that crosses an offer of ours until that is answered.
func (c *Call) laterHold(req evRequest) bool {
	switch {
	case c.hold.open == changeNone:
		return false
	case len(c.hold.later) >= 8:
		c.refuse(req.ref, protocol.TooManyRequests, "too many changes wait for the far side")
	default:
		c.reply(req.ref)
		req.ref.ID = 0 // it has its reply
		c.hold.later = append(c.hold.later, req)
	}
	return true
}

// narrow asks the far side for the codec that the agent's browser was given by another branch (translation.md 1.5 Forking).
func (c *Call) narrow() { c.reoffer(changeNarrow) }

// reoffer makes an offer within the dialog.
func (c *Call) reoffer(what change) { c.reofferTo(c.far, what) }

// reofferTo makes one within a leg's dialog.
func (c *Call) reofferTo(f *farLeg, what change) {
	*c.changeOf(f) = what
	c.do(doOfferTrunk{f.n, changes[what]})
}

// changeOf is the offer of ours that is under way in a leg's dialog.
func (c *Call) changeOf(f *farLeg) *change {
	if f == c.far {
		return &c.hold.open
	}
	return &f.changing
}

// offerMade: our offer can be sent.
func (c *Call) offerMade(ev Event) {
	e := ev.(evOfferMade)
	f := c.farLegOf(e.n)
	switch {
	case f == nil:
	case e.err != nil:
		c.changeOver(f)
	default:
		c.dialogDo(f, dialog.Reoffer{SDP: e.sdp})
	}
}

// reofferTaken: the far side answered our offer.
func (c *Call) reofferTaken(ev Event) {
	e := ev.(evReport)
	if f := c.farLegOf(e.n); f != nil && *c.changeOf(f) != changeNone {
		c.do(doAcceptTrunk{f.n, e.r.SDP})
	}
}

// changed: its answer counts.
func (c *Call) changed(ev Event) {
	e := ev.(evChanged)
	f := c.farLegOf(e.n)
	switch {
	case f == nil:
		return
	case e.err != nil:
		c.notChanged(f)
		return
	case f != c.far:
		f.told = e.heldBy
		c.changeOver(f)
		return
	}
	what := c.hold.open
	c.hold.told = e.heldBy
	switch what {
	case changeHold:
		if c.state == Connected {
			c.do(doHold{c.far.n, c.offer.leg, c.terms.Sound})
		}
	case changeResume, changeNarrow:
		if !c.hold.local && (c.state == Connected || c.state == Dialing) { // another call of the agent's may have his ear by now
			c.rejoin()
		}
	}
	c.showHold()
	c.changeOver(f)
}

// reofferRefused: the session stays as it was (RFC 3261 §14.1), unless the far side lacks the codec that the browser was given.
func (c *Call) reofferRefused(ev Event) {
	if f := c.farLegOf(ev.(evReport).n); f != nil {
		c.notChanged(f)
	}
}

func (c *Call) notChanged(f *farLeg) {
	c.do(doRollback{f.n})
	if *c.changeOf(f) == changeNarrow {
		c.raise(evEnd{ending{code: protocol.CauseNoCommonCodec, by: protocol.ByTrunk, q850: 88, text: "codec refused"}})
		return
	}
	c.changeOver(f)
}

// reofferCrossed: the far side offered at the same time. Ours is taken back, so that theirs can be answered while ours waits.
func (c *Call) reofferCrossed(ev Event) { c.do(doRollback{ev.(evReport).n}) }

// reofferDue: ours may be made again, to fit what theirs has changed.
func (c *Call) reofferDue(ev Event) {
	if f := c.farLegOf(ev.(evReport).n); f != nil && *c.changeOf(f) != changeNone {
		c.reofferTo(f, *c.changeOf(f))
	}
}

// changeOver lets what waited have its turn.
func (c *Call) changeOver(f *farLeg) {
	*c.changeOf(f) = changeNone
	if f != c.far {
		return
	}
	for c.hold.open == changeNone && len(c.hold.later) > 0 {
		req := c.hold.later[0]
		c.hold.later = c.hold.later[1:]
		c.raise(req)
	}
}

// remoteHold keeps what the far side of a leg told about holding.
func (c *Call) remoteHold(n int, by sdp.Holder) {
	if f := c.farLegOf(n); f != c.far && f != nil {
		f.told = by
	}
	if c.far == nil || n != c.far.n {
		return
	}
	c.hold.told = by
	c.showHold()
}

// unhold tells the far side that it is held no more, and so a leg that is joined with it, when whom they talk to now is another one than who held them.
func (c *Call) unhold() {
	if c.hold.open == changeNone && c.hold.told&sdp.HeldByAgent != 0 {
		c.reoffer(changeResume)
	}
	if f := c.next; f != nil && f.changing == changeNone && f.told&sdp.HeldByAgent != 0 {
		c.reofferTo(f, changeResume)
	}
}

// showHold shows the agent who holds, if that changed.
func (c *Call) showHold() {
	c.noteHold()
	by := c.hold.by().String()
	if c.state != Connected {
		return
	}
	c.showFaceHold()
	phase := protocol.PhaseConnected
	if by != "" {
		phase = protocol.PhaseHeld
	}
	if c.offer.view.HeldBy != by || c.offer.view.Phase != phase {
		c.offer.view.HeldBy, c.offer.view.Phase = by, phase
		c.show()
	}
}

// yield lets another call of the same agent be the one that he talks on: this one is held. It says whether that can be.
func (c *Call) yield(ev evYield) {
	c.turnTo(ev.agent)
	ok := true
	switch {
	case c.face != nil && ev.agent == c.face.agent: // it rings, or he is being passed on
		ok = false
	case c.parked != nil && ev.agent == c.parked.agent: // he hears nothing of it now; should it come back, it is held
		c.hold.local = true
	case ev.agent != c.offer.agent: // he has passed it on, and somebody else may talk on it
	case c.state == Connected, c.state == Moving: // a transfer that fails brings the call back held
		c.hold.later = slices.DeleteFunc(c.hold.later, func(r evRequest) bool { return r.k == kResume })
		if c.hold.by()&sdp.HeldByAgent == 0 || c.hold.open == changeResume {
			c.holdHere()
		}
	case c.state < Bridged:
		ok = false
	}
	n := 0
	if c.far != nil {
		n = c.far.n
	}
	c.do(doYielded{ev.agent, ok, n})
}
