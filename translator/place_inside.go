package translator

import (
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
)

// dialInside places a call to another agent, or to a queue. It claims who dials in one step, and seizes whom he calls when his other calls are held.
func (x *Exchange) dialInside(ref protocol.Ref, req protocol.Dial, l *login, now time.Time) {
	in := inside{ref: ref, who: l.who, sdp: req.SDP, consultOf: req.ConsultOf, from: partyOf(ref.Agent, l.object.Name)}
	_, denied := x.callee(req.To, &in)
	if denied == nil && !l.who.Expires.IsZero() && now.After(l.who.Expires) {
		denied = &Denial{protocol.Forbidden, "the token has expired"}
	}
	if denied != nil {
		x.deny(ref, denied.Code, denied.Message)
		return
	}
	x.claim(ref, req.ConsultOf, l, now, func(denied *Denial, like media.Session) *Denial {
		if denied != nil {
			return denied
		}
		terms, denied := x.callee(req.To, &in) // much may have happened meanwhile
		if denied == nil {
			x.beginInside(in, req.Data, terms, like)
		}
		return denied
	})
}

// callee finds whom an agent calls, and the terms of the call.
func (x *Exchange) callee(to string, in *inside) (Terms, *Denial) {
	if id, ok := strings.CutPrefix(to, "agent:"); ok {
		l, denied := x.colleague(in.ref.Agent, id)
		if denied != nil {
			return Terms{}, denied
		}
		in.agent, in.to = l.object, partyOf(id, l.object.Name)
		return x.dialTerms(0), nil
	}
	name := strings.TrimPrefix(to, "queue:")
	if x.cfg.Terms != nil {
		if terms, ok := x.cfg.Terms(name); ok {
			in.to = protocol.Party{Name: terms.Label, URI: to}
			return terms, nil
		}
	}
	return Terms{}, &Denial{protocol.NotFound, "to: no such queue"}
}

// beginInside starts the call.
func (x *Exchange) beginInside(in inside, data map[string]string, terms Terms, like media.Session) {
	now := x.rt.Now()
	id, retryAfter := x.name(now)
	terms.RetryAfter = retryAfter
	o := x.own(newInside(id, in, data, terms, x.newLeg, now))
	o.like = like
	if callee := x.logins[in.agent.ID]; callee != nil {
		x.seize(callee, id, now)
	}
	x.dialledBy(in.ref.Agent, o)
}
