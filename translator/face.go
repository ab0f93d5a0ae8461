package translator

import (
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/sdp"
)

// While two agents talk their parts are alike: what one of them asks for, he asks as the agent of the call, and the other is the far side. So each feature of a
// conversation is written once.

// turn makes the face the agent of the call, and the agent its face.
func (c *Call) turn() {
	c.offer, *c.face = *c.face, c.offer
	c.from = c.face.party()
	told := sdp.Holder(0)
	if c.hold.local {
		told = sdp.HeldByRemote
	}
	c.hold.local, c.hold.told = c.hold.told&sdp.HeldByRemote != 0, told
	c.do(doFace{c.far.n, c.face.leg})
}

// turnTo makes this agent the agent of the call, if he is its face and nothing is under way.
func (c *Call) turnTo(agent string) {
	if c.face != nil && c.face.agent == agent && c.state == Connected && !c.busy() {
		c.turn()
	}
}

// faced deals with what concerns the face. False: it is about something else.
func (c *Call) faced(ev Event) bool {
	if c.face == nil {
		return false
	}
	switch ev := ev.(type) {
	case evRequest:
		if ev.ref.Agent == c.face.agent {
			c.face.who = ev.who
			c.faceAsks(ev)
			return true
		}
	case evAttend:
		c.turnTo(ev.ref.Agent)
	case evToAgent:
		c.turnTo(ev.ref.Agent)
	case evToQueue:
		c.turnTo(ev.ref.Agent)
	case evAskLeg:
		c.turnTo(ev.agent)
	case evAgent:
		if ev.agent == c.face.agent {
			c.faceSocket(ev.k)
			return true
		}
	case evMedia:
		if ev.n == c.face.home && ev.m.Leg == c.face.leg {
			c.faceMedia(ev)
			return true
		}
	case evLegRestarted:
		if ev.leg == c.face.leg {
			c.restartedOf(c.face, ev)
			return true
		}
	}
	return false
}

// faceAsks answers the face.
func (c *Call) faceAsks(ev evRequest) {
	switch ev.k {
	case kHangup:
		c.reply(ev.ref)
		c.faceLeaves()
	case kMute:
		c.reply(ev.ref)
		if muted := ev.req.(protocol.Mute).Muted; c.face.view.Muted != muted {
			c.face.view.Muted = muted
			c.showPart(c.face)
		}
	case kRestart:
		c.do(doRestartLeg{c.face.home, c.face.leg, ev.ref, ev.req.(protocol.Restart).SDP})
	case kWrapupRequest:
		c.wrapupOf(c.face, ev, true, false)
	case kHold, kResume, kTransfer, kRecord:
		if c.turnTo(ev.ref.Agent); c.offer.agent == ev.ref.Agent {
			c.raise(ev)
			return
		}
		fallthrough
	default:
		c.refuse(ev.ref, protocol.WrongPhase, "the call is "+string(c.face.view.Phase))
	}
}

// faceLeaves: the face hangs up, in whatever state.
func (c *Call) faceLeaves() {
	own := ending{code: protocol.CauseNormal, by: protocol.ByAgent, q850: 16, text: "Normal call clearing"}
	other := ending{code: protocol.CauseNormal, by: protocol.ByCaller, q850: 16, text: own.text}
	switch {
	case !c.face.dialled:
		other.by = protocol.ByCallee
	case c.firstTalk.IsZero():
		own.code, other.code = protocol.CauseCancelled, protocol.CauseCancelled
	}
	c.faceOver(own)
	c.farGone(other)
}

// farGone ends the call because the far side, an agent, has left it.
func (c *Call) farGone(why ending) {
	if c.state == Connected || c.state == Moving {
		c.raise(evEnd{why})
		return
	}
	if c.terms.Queue != "" && why.code != protocol.CauseAgentLost {
		why.code, why.by = protocol.CauseAbandoned, protocol.ByCaller
	}
	c.raise(evGone{why})
}

// gone: who waits is an agent, and has left.
func (c *Call) gone(ev Event) { c.finish(ev.(evGone).why, queue.LeaveAbandoned) }

// faceOver ends the part of the face, and there is none any more.
func (c *Call) faceOver(why ending) {
	o := *c.face
	c.face = nil
	if !o.seen { // there was no call: his dial was refused
		c.partLeft(&o, why)
		c.free(&o)
		return
	}
	c.letGo(&o, why)
}

// endFace ends the part of the face with the call.
func (c *Call) endFace(why ending) {
	if c.face == nil {
		return
	}
	if why.by == protocol.ByAgent {
		why.by = protocol.ByCaller
		if c.face.dialled {
			why.by = protocol.ByCallee
		}
	}
	c.faceOver(why)
}

// faceSocket: something became of the socket of the face.
func (c *Call) faceSocket(k kind) {
	switch k {
	case kAgentDetached:
		c.face.detached = c.now
	case kAgentAttached:
		c.face.detached = time.Time{}
	case kAgentLost:
		c.faceLost()
	}
}

// faceMedia: something became of his media.
func (c *Call) faceMedia(ev evMedia) {
	f := c.face
	switch ev.k {
	case kLegSilent, kLegFailed:
		if f.silent.IsZero() {
			f.silent = c.now
		}
	case kLegUp:
		f.up, f.silent = true, time.Time{}
	case kLegBack:
		f.silent = time.Time{}
	case kLegHeard:
		f.heard, f.silent = true, time.Time{}
		if c.state == Connecting {
			c.tryJoin()
		}
	case kPlayed:
		ev.m.Leg = 0 // he is the far side
		c.raise(ev)
	}
}

// faceLostAt is when the face counts as lost: his socket was gone for resume_for, and in a conversation his media too. Who only waits is not kept by
// his media: there he could not even hang up.
func (c *Call) faceLostAt() time.Time {
	f := c.face
	talks := c.state == Connected || c.state == Moving
	if f == nil || c.state >= WrapUp || f.detached.IsZero() || talks && f.silent.IsZero() {
		return time.Time{}
	}
	since := f.detached
	if f.silent.After(since) {
		since = f.silent
	}
	return since.Add(c.terms.ResumeFor)
}

// faceLost: he is gone for good.
func (c *Call) faceLost() {
	lost := ending{code: protocol.CauseAgentLost, by: protocol.BySystem, q850: 41, text: "agent lost"}
	c.do(doAgentLost{c.face.agent})
	c.faceOver(lost)
	c.farGone(lost)
}

// showFaceHold shows the face who holds, if that changed.
func (c *Call) showFaceHold() {
	f := c.face
	if f == nil || c.state != Connected {
		return
	}
	c.noteHoldOf(f, c.hold.told&sdp.HeldByRemote != 0)
	mirrored := holding{local: c.hold.told&sdp.HeldByRemote != 0}
	if c.hold.local {
		mirrored.told = sdp.HeldByRemote
	}
	by, phase := mirrored.by().String(), protocol.PhaseConnected
	if by != "" {
		phase = protocol.PhaseHeld
	}
	if f.view.HeldBy != by || f.view.Phase != phase {
		f.view.HeldBy, f.view.Phase = by, phase
		c.showPart(f)
	}
}

// faceKeeps says whether the face holds; then who would talk to him hears music on, and he hears nothing.
func (c *Call) faceKeeps() bool {
	return c.face != nil && c.hold.told&sdp.HeldByRemote != 0
}

// meets shows an agent who talked to another one the far side that he talks to now.
func (c *Call) meets(o *offer, p protocol.Party) {
	if o.dialled {
		o.view.To = p
	} else {
		o.view.From = p
	}
}

// leaveFace makes the face the agent of the call, in the place of the one who talked to him; a far side with a trunk takes the face's own place. The leg is to be
// named by last and above.
func (c *Call) leaveFace(far *farLeg, party protocol.Party, last media.LegID, told sdp.Holder) {
	gone, old := c.offer, c.far
	c.offer, c.face, c.far = *c.face, nil, far
	c.hold = holding{local: c.hold.told&sdp.HeldByRemote != 0, told: told}
	c.digits = digits{}
	c.leg = max(c.leg, last) + 1
	c.do(doAdopt{n: far.n, leg: c.leg, from: old.n, old: c.offer.leg, connect: !c.hold.local})
	c.offer.home, c.offer.leg = far.n, c.leg
	c.legIs(&c.offer)
	if c.hold.local {
		c.do(doPlay{n: far.n, sound: c.terms.Sound})
	}
	c.letGo(&gone, transferred())
	c.closeLeg(old)
	c.past = append(c.past, old)
	c.from = party
	c.meets(&c.offer, party)
}
