package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"offhook/agent/protocol"
)

// soundLevel is the level in dBFS from which a packet is sound.
const soundLevel = -50

// replyWithin is how long the agent waits for the reply to what he does by himself.
const replyWithin = 10 * time.Second

// An agentCall is a call as the agent has it. Its fields but the media are guarded by the agent's mu.
type agentCall struct {
	object protocol.Call
	policy Policy
	offer  string // the offer that was answered last
	talks  bool   // connected was seen
	wraps  bool   // wrap-up was seen

	ctx    context.Context // ends with the offer, or the call
	cancel context.CancelFunc

	up     chan struct{} // closed when the media is up that was made first
	cameUp sync.Once

	media sync.Mutex // held while media is made or dropped
	peer  *peer
	// awaits is the peer of a call that was placed, until its answer has come.
	awaits *peer
	gone   bool
}

// answerIn is the answer that a call object carries, "" if it carries none.
func answerIn(object *protocol.Call) string {
	if object.SDP == nil || object.SDP.Type != "answer" {
		return ""
	}
	return object.SDP.SDP
}

// drop ends the call's media for good.
func (c *agentCall) drop() {
	c.cancel()
	c.media.Lock()
	defer c.media.Unlock()
	c.gone = true
	c.closePeer()
}

func (c *agentCall) closePeer() {
	if c.peer != nil {
		c.peer.close()
		c.peer = nil
	}
}

// callChanged takes a call object, and does what it asks for.
func (a *Agent) callChanged(object *protocol.Call) {
	c, next := a.take(object)
	if c == nil {
		return
	}
	a.tell(Event{Kind: CallChanged, Call: object.ID, Object: object})
	if next != nil {
		a.spawn(next)
	}
	if answer := answerIn(object); answer != "" {
		a.spawn(func() { a.takeAnswer(c, object.ID, answer) })
	}
}

// take stores an object, and says what there is to do about it. An older object gives nil.
func (a *Agent) take(object *protocol.Call) (c *agentCall, next func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c = a.calls[object.ID]
	if c == nil {
		c = &agentCall{policy: a.config.Decide(*object), up: make(chan struct{})}
		c.ctx, c.cancel = context.WithCancel(a.ctx)
		a.calls[object.ID] = c
	} else if object.Rev < c.object.Rev {
		return nil, nil
	}
	c.object = *object
	switch {
	case object.Phase == protocol.PhaseEnded:
		delete(a.calls, object.ID)
		return c, c.drop
	case object.Phase == protocol.PhaseOffered && object.SDP != nil && object.SDP.SDP != c.offer:
		c.offer, c.policy = object.SDP.SDP, a.config.Decide(*object)
		return c, func() { a.offered(c, object.ID, object.SDP.SDP) }
	case object.Phase == protocol.PhaseConnected && !c.talks:
		c.talks = true
		return c, func() { a.talking(c, object.ID) }
	case object.Phase == protocol.PhaseWrapUp && !c.wraps:
		c.wraps = true
		return c, func() { a.wrappingUp(c, object.ID) }
	}
	return c, nil
}

// offered lets a call ring, and then does what the policy says.
func (a *Agent) offered(c *agentCall, id, offer string) {
	if c.policy.Do == Hide {
		return
	}
	answer, err := a.answerOffer(c, id, offer)
	if err != nil {
		a.tell(Event{Kind: Failed, Call: id, Err: err})
		return
	}
	ringing, accept := Fields{"call": id}, Fields{"call": id}
	if a.config.LateAnswer {
		accept["sdp"] = answer
	} else {
		ringing["sdp"] = answer
	}
	a.tell(Event{Kind: RingingSent, Call: id})
	if !a.ask(c, id, "ringing", ringing) {
		return
	}
	if !wait(c.ctx, c.policy.After) {
		return
	}
	switch c.policy.Do {
	case Answer:
		if a.config.WhenUp && !c.isUp() {
			return
		}
		a.tell(Event{Kind: AcceptSent, Call: id})
		if a.ask(c, id, "accept", accept) {
			a.tell(Event{Kind: Accepted, Call: id})
		}
	case Refuse:
		a.ask(c, id, "reject", Fields{"call": id, "reason": "decline"})
	}
}

// isUp waits for the call's media, and says whether it came up before the offer ended.
func (c *agentCall) isUp() bool {
	select {
	case <-c.up:
		return true
	case <-c.ctx.Done():
		return false
	}
}

func (a *Agent) talking(c *agentCall, id string) {
	if c.policy.TalkFor > 0 && wait(c.ctx, c.policy.TalkFor) {
		a.ask(c, id, "hangup", Fields{"call": id})
	}
}

func (a *Agent) wrappingUp(c *agentCall, id string) {
	c.media.Lock()
	c.closePeer()
	c.media.Unlock()
	if c.policy.WrapUpFor >= 0 && wait(c.ctx, c.policy.WrapUpFor) {
		a.ask(c, id, "wrapup", Fields{"call": id, "done": true})
	}
}

// ask sends a request of the agent's own will; what goes wrong is told as an event.
func (a *Agent) ask(c *agentCall, id, kind string, fields Fields) bool {
	ctx, cancel := context.WithTimeout(c.ctx, replyWithin)
	defer cancel()
	if _, err := a.Do(ctx, kind, fields); err != nil {
		a.tell(Event{Kind: Refused, Call: id, Err: err})
		return false
	}
	return true
}

// Hangup ends a call.
func (a *Agent) Hangup(ctx context.Context, call string) error {
	_, err := a.Do(ctx, "hangup", Fields{"call": call})
	return err
}

// Mute silences the microphone and tells the gateway.
func (a *Agent) Mute(ctx context.Context, call string, muted bool) error {
	a.mu.Lock()
	a.muted[call] = muted
	a.mu.Unlock()
	_, err := a.Do(ctx, "mute", Fields{"call": call, "muted": muted})
	return err
}

// Restart gives a call new media, as after a reload or a change of network.
func (a *Agent) Restart(ctx context.Context, call string) error {
	a.mu.Lock()
	c := a.calls[call]
	a.mu.Unlock()
	if c == nil {
		return &ReplyError{"restart", protocol.Reply{Code: protocol.CallGone, Message: "the agent has no such call"}}
	}
	c.media.Lock()
	defer c.media.Unlock()
	p, err := a.freshPeer(c, call)
	if err != nil {
		return err
	}
	offer, err := p.offer()
	if err != nil {
		return err
	}
	reply, err := a.Do(ctx, "restart", Fields{"call": call, "sdp": offer})
	if err != nil {
		return err
	}
	if reply.SDP == nil {
		return &ReplyError{"restart", protocol.Reply{Message: "the ok carries no answer"}}
	}
	return p.answered(reply.SDP.SDP)
}

func (a *Agent) answerOffer(c *agentCall, id, offer string) (string, error) {
	c.media.Lock()
	defer c.media.Unlock()
	p, err := a.freshPeer(c, id)
	if err != nil {
		return "", err
	}
	return p.answer(offer)
}

// freshPeer replaces the call's media. c.media is held.
func (a *Agent) freshPeer(c *agentCall, id string) (*peer, error) {
	if c.gone {
		return nil, context.Canceled
	}
	c.closePeer()
	p, err := a.peerOf(func() string { return id }, a.unlessMuted(id, a.config.Speak(id)), func() { c.cameUp.Do(func() { close(c.up) }) })
	c.peer = p
	return p, err
}

// peerOf makes media for the call that named names, once it has a name. up is called when ICE and DTLS are up; it may be nil.
func (a *Agent) peerOf(named func() string, source Source, up func()) (*peer, error) {
	var sounded atomic.Bool
	return newPeer(peerParams{
		pacer:  a.config.Pacer,
		source: source,
		up: func() {
			a.tell(Event{Kind: MediaUp, Call: named()})
			if up != nil {
				up()
			}
		},
		heard: func(pcm []int16) {
			if !sounded.Load() && Level(pcm) > soundLevel && sounded.CompareAndSwap(false, true) {
				a.tell(Event{Kind: FirstSound, Call: named()})
			}
			if a.config.Heard != nil {
				a.config.Heard(named(), pcm)
			}
		},
	})
}

func (a *Agent) unlessMuted(id string, speak Source) Source {
	return func(frame []int16) {
		speak(frame)
		a.mu.Lock()
		muted := a.muted[id]
		a.mu.Unlock()
		if muted {
			clear(frame)
		}
	}
}

// wait waits, and says whether the time came before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
