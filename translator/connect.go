package translator

import (
	"log/slog"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator/dialog"
)

// won: the offer is this agent's. A caller answered before needs no final response; else it goes out when DTLS is up.
func (c *Call) won(Event) {
	c.offer.mediaBy = c.now.Add(c.terms.MediaTimeout)
	c.log(slog.LevelInfo, "call accepted", slog.String("agent", c.offer.agent))
	if c.offer.hangup.ID != 0 {
		c.raise(evRequest{ref: c.offer.hangup, who: c.offer.who, req: protocol.Hangup{}, k: kHangup})
		return
	}
	if c.answered() || c.back.on {
		c.acceptDone()
	}
	if c.offer.up {
		c.raise(evPlain{kReady})
	}
}

// acceptDone gives accept its ok, and the objects that it causes after it.
func (c *Call) acceptDone() {
	c.reply(c.offer.accept)
	c.settle()
	c.offer.view.Phase = protocol.PhaseConnecting
	c.offer.view.SDP = nil
	c.offer.view.ExpiresAt = protocol.Time{}
	c.show()
	c.faceConnects()
}

// legUp: ICE and DTLS of the agent are up; while he is only asked nothing is heard yet.
func (c *Call) legUp(Event) {
	c.offer.up = true
	if c.state == Connecting {
		c.raise(evPlain{kReady})
	}
}

// legDown: the page that answered is gone; the next one answers the offer again.
func (c *Call) legDown(Event) {
	c.offer.up, c.offer.heard = false, false
}

// answerTrunk: the agent's media is ready, so the caller gets the final response, or the sound if he has it already.
func (c *Call) answerTrunk(Event) {
	if c.offer.joined || c.offer.failed {
		return // a restart while connecting: the relay joins it by itself
	}
	if c.back.on && c.far == nil {
		c.callBack()
		return
	}
	c.offer.joined = true
	if c.answered() {
		c.do(doConnect{c.far.n, c.offer.leg})
		c.tryJoin()
		return
	}
	c.do(doTrunkAnswer{c.far.n, c.offer.leg})
}

func (c *Call) sendAnswer(ev Event) {
	e := ev.(evTrunkAnswer)
	if e.err != nil {
		c.raise(evEnd{mediaRefused(e.err, c.terms.RetryAfter)})
		return
	}
	if c.state == Queued && c.terms.Answer == AnswerEarly {
		c.ringsWith(e.sdp)
		c.hears()
		return
	}
	c.far.asked = c.in.SDP == nil
	c.hold.told = e.heldBy
	c.dialogDo(c.far, dialog.Answer{SDP: e.sdp})
}

// taken: the transaction took our 200; nobody can cancel any more.
func (c *Call) taken(Event) {
	c.far.answered = true
	c.acceptDone()
	c.tryJoin()
}

// takenWaiting: the caller of an at_once queue was answered and waits with sound.
func (c *Call) takenWaiting(Event) {
	c.far.answered = true
	c.hears()
}

// refused: the INVITE was cancelled before our 200; the CANCEL's own event ends the call.
func (c *Call) refused(Event) {}

func (c *Call) legHeard(Event) {
	c.offer.heard = true
	if c.state == Connecting {
		c.tryJoin()
	}
}

func (c *Call) tryJoin() {
	if c.answered() && c.offer.joined && c.offer.heard && !c.offer.failed && (c.face == nil || c.face.heard) {
		c.raise(evPlain{kJoined})
	}
}

// joined: sound both ways; the caller leaves the queue.
func (c *Call) joined(Event) {
	c.inQueue = false
	c.talks()
	c.offer.view.Phase = protocol.PhaseConnected
	c.offer.view.AnsweredAt = protocol.At(c.now)
	c.show()
	if c.offer.fromQueue() {
		c.do(doQueue{queue.CallConnected{Offer: c.offer.id}})
	}
	if c.parked != nil {
		c.move = moving{}
		c.hold.local, c.hold.later = false, nil // it was the other agent who held
		c.moveOver("done", "", 0)
		c.do(doCount{"transfer", "done"})
		c.unpark(transferred())
	}
	c.unhold()
	c.faceJoined()
	if c.hold.open == changeNone {
		c.showHold()
	}
	c.tapeByRule()
	c.do(doCount{"offer", "answered"})
	c.log(slog.LevelInfo, "call connected", slog.String("agent", c.offer.agent), slog.Int64("waited_ms", c.now.Sub(c.arrivedAt).Milliseconds()))
}

// mediaTimeout: the accepting agent's media did not come up; the call goes on to the next agent.
func (c *Call) mediaTimeout(Event) {
	if c.face != nil && c.offer.heard && !c.face.heard { // the fault is not his
		c.raise(evEnd{ending{code: protocol.CauseMediaLost, by: protocol.ByCaller, q850: 41, text: "the caller's media did not come up"}})
		return
	}
	c.offerFailed(&c.offer)
}

// hangupLater: the agent changed his mind before the queue said whether the call is his.
func (c *Call) hangupLater(ev Event) {
	c.reply(c.offer.hangup) // a second one
	c.offer.hangup = ev.(evRequest).ref
}

// mute keeps what the microphone does, for the view after a reload.
func (c *Call) mute(ev Event) {
	req := ev.(evRequest)
	c.reply(req.ref)
	muted := req.req.(protocol.Mute).Muted
	if c.offer.view.Muted != muted {
		c.offer.view.Muted = muted
		c.show()
	}
}

// confirmed: the ACK came. Where our 2xx carried an offer, its answer is in it.
func (c *Call) confirmed(ev Event) {
	e := ev.(evReport)
	f := c.farLegOf(e.n)
	if f == nil {
		return
	}
	f.confirmed = true
	if f.asked {
		f.asked = false
		c.do(doReadAnswer{f.n, e.r.SDP})
	}
}

// answerRead: the trunk's answer to our offer counts, or the call ends: without one there is no session.
func (c *Call) answerRead(ev Event) {
	e := ev.(evAnswerRead)
	if e.err != nil {
		why := mediaRefused(e.err, 0)
		why.code, why.by = protocol.CauseNoCommonCodec, protocol.ByTrunk
		c.raise(evEnd{why})
		return
	}
	c.remoteHold(e.n, e.heldBy)
}

// reoffered: the far side offers again, or asks us for an offer; it is answered without asking the agent.
func (c *Call) reoffered(ev Event) {
	e := ev.(evReport)
	if f := c.farLegOf(e.n); f != nil {
		f.asked = e.r.SDP == nil
		c.do(doReoffer{f.n, e.r.SDP})
	}
}

func (c *Call) reofferAnswered(ev Event) {
	e := ev.(evReofferAnswered)
	f := c.farLegOf(e.n)
	if f == nil {
		return
	}
	if e.err != nil {
		why := mediaRefused(e.err, 0)
		f.asked = false
		c.dialogDo(f, dialog.AnswerReoffer{Status: why.status, Warning: why.warning})
		return
	}
	c.dialogDo(f, dialog.AnswerReoffer{SDP: e.sdp})
	if !f.asked {
		c.remoteHold(e.n, e.heldBy)
	}
}

// identified: the far side says that it is someone else now (RFC 4916).
func (c *Call) identified(ev Event) {
	r := ev.(evReport).r
	if r.Party == nil {
		return
	}
	c.becomes(protocol.Party{Number: number(r.Party.User), Name: displayName(*r.Party), URI: r.Party.URI, Verified: true})
}

// becomes shows the far side's new name and number: the caller of a call that came in, the called party of one that was dialled.
func (c *Call) becomes(p protocol.Party) {
	if c.inside != nil {
		c.from = p
		c.meets(&c.offer, p)
		c.show()
		return
	}
	if c.direction == protocol.Inbound {
		c.from = p
	} else {
		c.to = p
	}
	for _, o := range c.askedNow() {
		if !o.seen {
			continue
		}
		o.view.From, o.view.To = c.from, c.to
		if o.view.Direction != c.direction { // whom an agent called, and passed on, is a caller for the next one
			o.view.From, o.view.To = c.to, c.from
		}
		c.showPart(o)
	}
}
