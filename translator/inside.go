package translator

import (
	"errors"
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
)

// A call between agents has no trunk. Who dialled stands where a far side stands: his part is the call's face, his media and that of whom he talks
// to are two legs of one session. All else is as with a caller who was answered: he is offered to one agent, or waits in a queue.

// inside is what an agent dialled who calls another one, or a queue.
type inside struct {
	ref       protocol.Ref
	who       protocol.Identity
	sdp       string
	consultOf string
	from, to  protocol.Party
	agent     protocol.Agent // whom he calls; ID is "" where it is a queue
	begun     bool           // he was told ok
}

// partyOf is an agent as others see him.
func partyOf(id, name string) protocol.Party { return protocol.Party{Name: name, URI: "agent:" + id} }

// newInside makes the call of one agent to another one, or to the queue of the terms. The first event must be the start.
func newInside(id string, in inside, data map[string]string, t Terms, legs func() int, now time.Time) *Call {
	return &Call{
		id: id, terms: t, inside: &in, direction: protocol.Internal, newLeg: legs, arrivedAt: now, now: now, data: data, from: in.from, to: in.to,
		far: &farLeg{n: legs(), faced: true, answered: true},
	}
}

// begun says whether the call became one: whoever dialled it was told so.
func (c *Call) begun() bool {
	return (c.out == nil || c.out.begun) && (c.inside == nil || c.inside.begun)
}

// unanswered is the dial that has no reply yet.
func (c *Call) unanswered() protocol.Ref {
	switch {
	case c.begun():
		return protocol.Ref{}
	case c.inside != nil:
		return c.inside.ref
	}
	return c.out.ref
}

// startInside: who dialled is there, with his media.
func (c *Call) startInside() {
	in := c.inside
	c.leg++
	c.face = &offer{id: ownPart, agent: in.ref.Agent, who: in.who, leg: c.leg, home: c.far.n, terms: c.terms, dialled: true}
	c.newPart(c.face)
	c.face.view = protocol.Call{
		ID: c.id, Direction: protocol.Internal, Phase: protocol.PhaseDialing, From: c.from, To: c.to, Data: c.data, ConsultOf: in.consultOf, Queue: c.terms.Queue, Recording: tapeOff,
	}
	c.do(doOpenInside{n: c.far.n, leg: c.leg, sdp: in.sdp, like: in.consultOf != ""})
}

// insideOpened: his offer can be used, or not; then there was no call.
func (c *Call) insideOpened(err error) {
	in := c.inside
	if err != nil {
		code := sdpCode(err)
		if errors.Is(err, media.ErrFull) {
			code = protocol.TrunkFailed
		}
		c.refuse(in.ref, code, err.Error())
		in.ref.ID = 0
		c.far.over = true
		c.raise(evEnd{ending{code: protocol.CauseCode(code), by: protocol.BySystem}})
		return
	}
	c.far.open, in.begun, c.greeted = true, true, true
	c.do(doReply{in.ref, protocol.Reply{Type: "ok", ID: in.ref.ID, Call: c.id}})
	c.do(doSettled{c.face.agent})
	c.happened(HappenedArrived, c.face.agent)
	c.face.seen = true
	c.showPart(c.face)
	c.log(slog.LevelInfo, "call placed", slog.String("agent", c.face.agent), slog.String("to", c.to.URI))
	if in.agent.ID == "" {
		c.faceRings()
		c.joinQueue(time.Time{})
		return
	}
	c.raise(evPlain{kAsked})
	c.offerDirectly(in.agent)
}

// notBegun answers the dial of a call that ends before it became one, and lets whom it was for go.
func (c *Call) notBegun() {
	in := c.inside
	if in == nil || in.begun {
		return
	}
	c.refuse(in.ref, protocol.TrunkFailed, "the call was not placed")
	in.ref.ID = 0
	if in.agent.ID != "" {
		c.do(doFreed{in.agent.ID})
	}
}

// faceRings shows who dialled that it rings: his client plays ringback until sound passes.
func (c *Call) faceRings() {
	if c.face != nil && c.face.view.Phase == protocol.PhaseDialing {
		c.face.view.Phase = protocol.PhaseRinging
		c.showPart(c.face)
	}
}

// answerFace makes the answer to the offer of who dialled, once somebody has answered ours: his ICE and DTLS run while it rings.
func (c *Call) answerFace() {
	if c.face != nil && c.face.dialled && !c.face.answered {
		c.face.answered = true
		c.do(doAnswerFace{c.far.n, c.face.leg})
	}
}

// faceAnswered: that answer is made.
func (c *Call) faceAnswered(ev Event) {
	e := ev.(evFaceAnswered)
	if c.face == nil {
		return
	}
	if e.err != nil {
		c.raise(evEnd{ending{code: protocol.CauseNoCommonCodec, by: protocol.BySystem, q850: 88, text: "no codec in common"}})
		return
	}
	c.face.view.SDP = &protocol.Description{Type: "answer", SDP: string(e.sdp), For: c.inside.ref.ID}
	c.showPart(c.face)
}

// faceConnects: somebody takes the call; sound is coming up.
func (c *Call) faceConnects() {
	c.answerFace()
	if f := c.face; f != nil && f.view.AnsweredAt.IsZero() {
		f.view.Phase = protocol.PhaseConnecting
		c.showPart(f)
	}
}

// faceJoined: the two talk.
func (c *Call) faceJoined() {
	f := c.face
	if f == nil {
		return
	}
	f.view.Phase = protocol.PhaseConnected
	if f.view.AnsweredAt.IsZero() {
		f.view.AnsweredAt = protocol.At(c.now)
	}
	if to := c.offer.party(); f.dialled {
		f.view.To = to
	} else {
		f.view.From = to
	}
	c.showPart(f)
}

// party is the agent of a part as others see him.
func (o *offer) party() protocol.Party { return partyOf(o.agent, o.who.Name) }

// notTaken is how a call to one agent ends who does not take it.
func notTaken(reason queue.WithdrawReason, busy bool) ending {
	switch {
	case reason == queue.WithdrawRejected && busy:
		return ending{code: protocol.CauseBusyHere, by: protocol.ByCallee, q850: 17}
	case reason == queue.WithdrawRejected:
		return ending{code: protocol.CauseDeclined, by: protocol.ByCallee, q850: 21}
	case reason == queue.WithdrawMissed:
		return ending{code: protocol.CauseTimeout, by: protocol.BySystem, q850: 19}
	}
	return ending{code: protocol.CauseUnreachable, by: protocol.BySystem, q850: 20}
}
