package translator

import (
	"maps"
	"slices"
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
)

// What calls tell the exchange about their agents.
type (
	// freed: a call of the agent's own is over for him.
	freed struct{ agent, call string }
	// yielded: a call was asked to be held, and is, or cannot be. session is its media.
	yielded struct {
		agent, call string
		ok          bool
		session     media.Session
	}
)

// yielding is what an agent asked for that waits until his other calls are held.
type yielding struct {
	left    []string // calls that have not said so
	consult string   // the call that he consults about
	like    media.Session
	denied  bool
	dials   bool // the agent is seized for a call that is to begin
	then    func(ok bool, like media.Session)
}

// mayCall asks the dial policy (security.md S13), counts the call, and finds the trunks for it.
func (x *Exchange) mayCall(who protocol.Identity, ask Ask, now time.Time) (dest Destination, targets []dialog.Target, release func(), denied *Denial) {
	if x.cfg.Resolve == nil || x.cfg.Trunks == nil {
		return dest, nil, nil, &Denial{protocol.Forbidden, "no calls are placed from here"}
	}
	if ask.Far == "" && !who.Expires.IsZero() && now.After(who.Expires) {
		return dest, nil, nil, &Denial{protocol.Forbidden, "the token has expired"}
	}
	if dest, denied = x.cfg.Resolve(who, ask); denied != nil {
		return dest, nil, nil, denied
	}
	if targets = x.cfg.Trunks.Targets(dest.Trunks...); len(targets) == 0 {
		return dest, nil, nil, &Denial{protocol.TrunkFailed, "no trunk for this number"}
	}
	if x.cfg.Meter != nil && who.ID != "" && !dest.Unmetered {
		release, denied = x.cfg.Meter(who.ID, now)
	}
	return dest, targets, release, denied
}

// dial places a call of the agent's own. It claims him in one step; his other calls are held first.
func (x *Exchange) dial(ref protocol.Ref, req protocol.Dial, l *login, now time.Time) {
	if denied := x.dialNow(req, l); denied != nil {
		x.deny(ref, denied.Code, denied.Message)
		return
	}
	if strings.HasPrefix(req.To, "agent:") || strings.HasPrefix(req.To, "queue:") {
		x.dialInside(ref, req, l, now)
		return
	}
	dest, targets, release, denied := x.mayCall(l.who, Ask{To: req.To, From: req.From}, now)
	if denied != nil {
		x.deny(ref, denied.Code, denied.Message)
		return
	}
	if release == nil {
		release = func() {}
	}
	out := dialled{ref: ref, who: l.who, sdp: req.SDP, data: req.Data, consultOf: req.ConsultOf, dest: dest, targets: targets}
	x.claim(ref, req.ConsultOf, l, now, func(denied *Denial, like media.Session) *Denial {
		if denied != nil {
			release()
			return denied
		}
		x.begin(out, like, release)
		return nil
	})
}

// claim seizes an agent who dials, has his other calls held, and goes on; what place says against it then lets him go again. like is the media of the call
// that he consults about.
func (x *Exchange) claim(ref protocol.Ref, consultOf string, l *login, now time.Time, place func(denied *Denial, like media.Session) *Denial) {
	held := l.held // for accept
	l.held = true  // until dial has its reply
	x.apply(queue.AgentSeized{Agent: queue.AgentID(ref.Agent)}, now)
	x.pauseWrapUp(ref.Agent)
	x.yield(l, "", consultOf, func(ok bool, like media.Session) {
		var denied *Denial
		if !ok {
			denied = &Denial{protocol.WrongPhase, "another call of yours cannot be held now"}
		}
		if denied = place(denied, like); denied == nil {
			return
		}
		x.deny(ref, denied.Code, denied.Message)
		if !held {
			x.release(ref.Agent)
		}
		x.apply(queue.AgentFreed{Agent: queue.AgentID(ref.Agent)}, x.rt.Now())
	})
	if l.yielding != nil {
		l.yielding.dials = true
	}
}

// dialNow says why this agent may not place a call now, nil if he may.
func (x *Exchange) dialNow(req protocol.Dial, l *login) *Denial {
	switch {
	case x.refuse.Load():
		return &Denial{protocol.Unreachable, "the server is going down"}
	case l.object.State == protocol.Offered:
		return &Denial{protocol.WrongPhase, "a call is offered to you"}
	case l.yielding != nil:
		return &Denial{protocol.WrongPhase, "another call of yours is being held"}
	case req.ConsultOf != "" && !slices.Contains(l.calls(), req.ConsultOf):
		return &Denial{protocol.Forbidden, "consult_of: not your call"}
	case x.inCalls.Load() >= int64(x.cfg.MaxCalls):
		return &Denial{protocol.TrunkFailed, "too many calls"}
	}
	return nil
}

// begin starts the call that an agent dialled.
func (x *Exchange) begin(out dialled, like media.Session, release func()) {
	now := x.rt.Now()
	id, retryAfter := x.name(now)
	o := x.own(newDialled(id, out, x.dialTerms(retryAfter), x.newLeg, now))
	o.like = like
	o.leg(0).release = append(o.leg(0).release, release)
	x.dialledBy(out.ref.Agent, o)
}

// dialTerms are the terms of a call that an agent dialled.
func (x *Exchange) dialTerms(retryAfter time.Duration) Terms {
	terms := x.cfg.DialTerms
	terms.RetryAfter, terms.OnAgentLost, terms.ResumeFor = retryAfter, "end", x.cfg.ResumeFor
	return terms.WithDefaults()
}

// dialledBy starts a call as one of the agent's own.
func (x *Exchange) dialledBy(agent string, o *callOwner) {
	x.calls[o.call.id] = o
	if l := x.logins[agent]; l != nil {
		l.own = append(l.own, o.call.id)
		l.remember(o.call.id)
	}
	o.post(evStart{})
}

// freed: a call of the agent's own is over for him.
func (x *Exchange) freed(ev freed, now time.Time) {
	l := x.logins[ev.agent]
	if l == nil {
		return
	}
	if l.direct == ev.call {
		l.direct = ""
	}
	if i := slices.Index(l.own, ev.call); i >= 0 {
		l.own = slices.Delete(l.own, i, i+1)
		x.release(ev.agent)
		x.apply(queue.AgentFreed{Agent: queue.AgentID(ev.agent)}, now)
	}
}

// calls are the calls that the agent has now.
func (l *login) calls() []string {
	if l.call == "" {
		return l.own
	}
	return append([]string{l.call}, l.own...)
}

// yield asks the agent's calls but one to be held, and goes on when they are: one call at a time has the agent's ear (agent-protocol.md resume).
func (x *Exchange) yield(l *login, but, consult string, then func(ok bool, like media.Session)) {
	y := &yielding{consult: consult, then: then}
	for _, id := range l.calls() {
		if id != but && x.toCall(id, evYield{l.object.ID}) {
			y.left = append(y.left, id)
		}
	}
	if len(y.left) == 0 {
		then(true, nil)
		return
	}
	l.yielding = y
}

// giveUp refuses what waits for an agent's calls to be held: he goes.
func (x *Exchange) giveUp(l *login) {
	if y := l.yielding; y != nil {
		l.yielding = nil
		y.then(false, nil)
	}
}

func (x *Exchange) yielded(ev yielded, _ time.Time) {
	l := x.logins[ev.agent]
	if l == nil || l.yielding == nil {
		return
	}
	y := l.yielding
	y.left = slices.DeleteFunc(y.left, func(id string) bool { return id == ev.call })
	y.denied = y.denied || !ev.ok
	if ev.call == y.consult {
		y.like = ev.session
	}
	if len(y.left) == 0 {
		l.yielding = nil
		y.then(!y.denied, y.like)
	}
}

// yieldedAll: this call is over, and keeps nobody from another one.
func (x *Exchange) yieldedAll(call string) {
	for _, id := range slices.Sorted(maps.Keys(x.logins)) {
		if l := x.logins[id]; l.yielding != nil && slices.Contains(l.yielding.left, call) {
			x.yielded(yielded{agent: id, call: call, ok: true}, x.rt.Now())
		}
	}
}

// resume lets the agent talk on a call again; his others are held first.
func (x *Exchange) resume(ref protocol.Ref, req protocol.Resume, l *login) {
	if l.yielding != nil {
		x.deny(ref, protocol.WrongPhase, "another call of yours is being held")
		return
	}
	if !slices.Contains(l.calls(), req.Call) { // no other is held for one that is not his any more
		if !x.toCall(req.Call, evRequest{ref, l.who, req, kResume}) {
			x.deny(ref, protocol.CallGone, "the call is over")
		}
		return
	}
	x.yield(l, req.Call, "", func(ok bool, _ media.Session) {
		switch {
		case !ok:
			x.deny(ref, protocol.WrongPhase, "another call of yours cannot be held now")
		case !x.toCall(req.Call, evRequest{ref, l.who, req, kResume}):
			x.deny(ref, protocol.CallGone, "the call is over")
		}
	})
}

// toAgent passes a call on to a colleague, if he is free.
func (x *Exchange) toAgent(ref protocol.Ref, req protocol.Transfer, now time.Time) {
	id := strings.TrimPrefix(req.To, "agent:")
	l, denied := x.colleague(ref.Agent, id)
	if asker := x.logins[ref.Agent]; denied == nil && !slices.Contains(asker.calls(), req.Call) { // he had the call once
		denied = &Denial{protocol.CallGone, "the call is over, or someone else has it"}
	}
	if denied != nil {
		x.deny(ref, denied.Code, denied.Message)
		return
	}
	x.seize(l, req.Call, now)
	if !x.toCall(req.Call, evToAgent{ref, l.object}) {
		x.deny(ref, protocol.CallGone, "the call is over")
		x.freed(freed{id, req.Call}, now)
	}
}

// colleague finds an agent who can be asked at once.
func (x *Exchange) colleague(asker, id string) (*login, *Denial) {
	l := x.logins[id]
	switch {
	case id == asker:
		return nil, &Denial{protocol.BadRequest, "to: is yourself"}
	case (l == nil || l.object.State == protocol.Offline) && x.cfg.Known != nil && !x.cfg.Known(id):
		return nil, &Denial{protocol.NotFound, "to: no such agent"}
	case l == nil || !l.attached:
		return nil, &Denial{protocol.Unreachable, "that agent is not logged in"}
	case l.object.State != protocol.Available || x.parts[id] != nil || len(l.calls()) > 0:
		return nil, &Denial{protocol.BusyHere, "that agent is not free"}
	}
	return l, nil
}

// seize makes an agent who is free the one whom a call is offered to.
func (x *Exchange) seize(l *login, call string, now time.Time) {
	l.own, l.direct = append(l.own, call), call
	l.remember(call)
	x.apply(queue.AgentSeized{Agent: queue.AgentID(l.object.ID)}, now)
}

// toQueue passes a call on to a queue.
func (x *Exchange) toQueue(ref protocol.Ref, req protocol.Transfer) {
	var terms Terms
	name, found := strings.TrimPrefix(req.To, "queue:"), false
	if x.cfg.Terms != nil {
		terms, found = x.cfg.Terms(name)
	}
	switch {
	case !found:
		x.deny(ref, protocol.NotFound, "to: no such queue")
	case !x.toCall(req.Call, evToQueue{ref, terms}):
		x.deny(ref, protocol.CallGone, "the call is over")
	}
}

// attend completes a consultation: the call asks the other one for its far side.
func (x *Exchange) attend(ref protocol.Ref, req protocol.Transfer, l *login) {
	other := x.calls[req.Consult]
	switch {
	case !slices.Contains(l.had, req.Consult), !slices.Contains(l.had, req.Call):
		x.deny(ref, protocol.Forbidden, "not your call")
	case other == nil:
		x.deny(ref, protocol.CallGone, "consult: the call is over")
	case req.Consult == req.Call:
		x.deny(ref, protocol.BadRequest, "consult: is the call itself")
	case !x.toCall(req.Call, evAttend{ref, l.who, other}):
		x.deny(ref, protocol.CallGone, "the call is over")
	}
}
