package load

import (
	"context"
	"sync/atomic"

	"offhook/agent/protocol"
)

// Dial places a call: to a number, a SIP URI, agent:ID or queue:NAME. more are further fields of the request, such as from or consult_of. It
// returns when the gateway has taken the request; what becomes of the call arrives as events.
func (a *Agent) Dial(ctx context.Context, to string, more Fields) (call string, err error) {
	var id atomic.Pointer[string] // the call's, once it is known
	named := func() string {
		if s := id.Load(); s != nil {
			return *s
		}
		return ""
	}
	var speak Source
	p, err := a.peerOf(named, func(frame []int16) {
		call := id.Load()
		if call == nil {
			clear(frame)
			return
		}
		if speak == nil {
			speak = a.unlessMuted(*call, a.config.Speak(*call))
		}
		speak(frame)
	}, nil)
	if err != nil {
		return "", err
	}
	offer, err := p.offer()
	if err != nil {
		p.close()
		return "", err
	}
	fields := Fields{"to": to, "sdp": offer}
	for name, value := range more {
		fields[name] = value
	}
	reply, err := a.Do(ctx, "dial", fields)
	if err != nil {
		p.close()
		return "", err
	}
	id.Store(&reply.Call)
	a.attach(reply.Call, p)
	return reply.Call, nil
}

// attach gives a call that was placed its media. Its first object may have come before.
func (a *Agent) attach(call string, p *peer) {
	a.mu.Lock()
	c := a.calls[call]
	if c == nil {
		c = &agentCall{policy: a.config.Decide(protocol.Call{ID: call, Direction: protocol.Outbound}), up: make(chan struct{})}
		c.ctx, c.cancel = context.WithCancel(a.ctx)
		a.calls[call] = c
	}
	answer := answerIn(&c.object)
	a.mu.Unlock()
	c.media.Lock()
	if c.gone {
		c.media.Unlock()
		p.close()
		return
	}
	c.peer, c.awaits = p, p
	c.media.Unlock()
	a.takeAnswer(c, call, answer)
}

// takeAnswer gives a call that was placed the answer to its offer, the first time that there is one.
func (a *Agent) takeAnswer(c *agentCall, call, answer string) {
	c.media.Lock()
	defer c.media.Unlock()
	if answer == "" || c.awaits == nil || c.awaits != c.peer {
		return
	}
	c.awaits = nil
	if err := c.peer.answered(answer); err != nil {
		a.tell(Event{Kind: Failed, Call: call, Err: err})
	}
}
