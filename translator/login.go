package translator

import (
	"slices"
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator/directory"
)

// login is what the exchange keeps of an agent who is logged in. Owned by the exchange.
type login struct {
	object   protocol.Agent
	who      protocol.Identity
	attached bool
	detached time.Time // since when there is no socket
	told     bool      // the queue knows that he is detached
	call     string    // the call that is offered to him, or that he is on
	had      []string  // calls that he had, newest last, for call_gone instead of forbidden
	held     bool      // his object waits for the reply to accept, or to dial
	own      []string  // calls that he dialled, or that were passed on to him
	direct   string    // the one of them that is offered to him
	yielding *yielding
	assigned assignment
}

// hadLimit is how many past calls of an agent are told apart from calls that were never his.
const hadLimit = 64

func (l *login) hold(call string) {
	l.call = call
	l.remember(call)
}

// remember keeps that the agent has, or had, the call.
func (l *login) remember(call string) {
	if slices.Contains(l.had, call) {
		return // offered again
	}
	l.had = append(l.had, call)
	if len(l.had) > hadLimit {
		l.had = slices.Delete(l.had, 0, len(l.had)-hadLimit)
	}
}

func (l *login) serves(queue string) bool { return slices.Contains(l.object.Queues, queue) }

// What comes from the hub.
type (
	hubLogin struct {
		ref   protocol.Ref
		who   protocol.Identity
		hello protocol.Hello
	}
	hubRequest struct {
		ref protocol.Ref
		req protocol.Request
	}
	hubRenewed struct {
		agent string
		who   protocol.Identity
	}
	hubBeat      struct{ agent string }
	hubDetached  struct{ agent string }
	hubLoggedOut struct{ agent string }
)

// Login is part of the hub's backend.
func (x *Exchange) Login(ref protocol.Ref, who protocol.Identity, hello protocol.Hello) {
	x.post(hubLogin{ref, who, hello})
}

// Request is part of the hub's backend.
func (x *Exchange) Request(ref protocol.Ref, req protocol.Request) { x.post(hubRequest{ref, req}) }

// Renewed is part of the hub's backend.
func (x *Exchange) Renewed(agent string, who protocol.Identity) { x.post(hubRenewed{agent, who}) }

// Beat is part of the hub's backend.
func (x *Exchange) Beat(agent string) { x.post(hubBeat{agent}) }

// Detached is part of the hub's backend.
func (x *Exchange) Detached(agent string) { x.post(hubDetached{agent}) }

// LoggedOut is part of the hub's backend.
func (x *Exchange) LoggedOut(agent string) { x.post(hubLoggedOut{agent}) }

func (x *Exchange) fromHub(ev any, now time.Time) {
	switch ev := ev.(type) {
	case hubLogin:
		x.logIn(ev, now)
	case hubRequest:
		x.request(ev.ref, ev.req, now)
	case hubRenewed:
		if l := x.logins[ev.agent]; l != nil {
			l.who = ev.who
		}
	case hubBeat:
		x.apply(queue.AgentBeat{Agent: queue.AgentID(ev.agent)}, now)
	case hubDetached:
		x.detach(ev.agent, now)
	case hubLoggedOut:
		if l := x.logins[ev.agent]; l != nil {
			l.attached = false
			x.giveUp(l)
			x.toCalls(l, kAgentLost)
		}
		x.logOut(ev.agent, now)
	}
}

// login finds the agent, or begins to keep him.
func (x *Exchange) login(id string) *login {
	l := x.logins[id]
	if l == nil {
		l = &login{object: protocol.Agent{ID: id, State: protocol.Offline, Draining: x.refuse.Load()}}
		x.logins[id] = l
	}
	return l
}

// logIn brings the agent's objects up to date, then welcomes the socket.
func (x *Exchange) logIn(ev hubLogin, now time.Time) {
	l := x.login(ev.ref.Agent)
	l.who, l.attached, l.told = ev.who, true, false
	l.detached = time.Time{}
	members, skills := x.serves(l)
	l.object.Name, l.object.Queues = ev.who.Name, queueNames(members)
	if len(members) == 0 {
		x.log.Warn("agent serves no queue: his token names none that exists", "agent", ev.ref.Agent)
	}
	in := queue.AgentLoggedIn{Agent: queue.AgentID(ev.ref.Agent), Queues: members, Skills: skills, State: queue.State(ev.hello.State)}
	if in.State == queue.Away {
		in.Reason = "login"
	}
	x.apply(in, now)
	x.agents.SendAgent(l.object.ID, l.object)
	for _, name := range l.object.Queues {
		if q, ok := x.queue.Figures(name); ok {
			x.agents.SendQueue(l.object.ID, (&figures{now: q}).frame(now))
		}
	}
	x.toCalls(l, kAgentAttached)
	x.agents.Welcome(ev.ref)
}

func queueNames(members []queue.Membership) []string {
	names := []string{}
	for _, m := range members {
		names = append(names, m.Queue)
	}
	return names
}

// detach: the agent's socket is lost. An agent to whom a call is offered has confirmAgain to come back (a page that reloads) before the
// offer moves on; any other is not asked from now on.
func (x *Exchange) detach(id string, now time.Time) {
	l := x.logins[id]
	if l == nil || !l.attached {
		return
	}
	l.attached, l.detached = false, now
	x.toCalls(l, kAgentDetached)
	x.detachTick(now)
}

// confirmAgain is how long a call stays offered to an agent whose socket is lost.
const confirmAgain = 3 * time.Second

// detachDue is when something is to be done about an agent without a socket; zero if nothing.
func (x *Exchange) detachDue(l *login) time.Time {
	switch {
	case l.attached || l.detached.IsZero():
		return time.Time{}
	case !l.told && l.object.State == protocol.Offered:
		return l.detached.Add(confirmAgain)
	case !l.told:
		return l.detached
	case len(l.calls()) > 0 && l.object.State == protocol.OnCall:
		return time.Time{} // the call decides (resume_for of socket and media)
	}
	return l.detached.Add(x.cfg.ResumeFor)
}

func (x *Exchange) detachTick(now time.Time) {
	var due []string
	for id, l := range x.logins {
		if at := x.detachDue(l); !at.IsZero() && !now.Before(at) {
			due = append(due, id)
		}
	}
	slices.Sort(due)
	for _, id := range due {
		l := x.logins[id]
		if l == nil {
			continue
		}
		if !l.told {
			l.told = true
			if l.direct != "" { // no queue takes that offer back
				x.toCall(l.direct, evAgent{id, kAgentLost})
			}
			x.apply(queue.AgentDetached{Agent: queue.AgentID(l.object.ID)}, now)
			continue
		}
		x.logOut(l.object.ID, now)
	}
}

// lost logs an agent out whose socket and media were gone too long for a call, unless he is back by now, or has another call that goes on.
func (x *Exchange) lost(ev agentLost, now time.Time) {
	l := x.logins[ev.agent]
	if l == nil || l.attached || slices.ContainsFunc(l.calls(), func(id string) bool { return id != ev.call }) {
		return
	}
	x.logOut(ev.agent, now)
}

func (x *Exchange) logOut(id string, now time.Time) {
	if l := x.logins[id]; l != nil {
		x.giveUp(l)
		x.apply(queue.AgentLoggedOut{Agent: queue.AgentID(id)}, now)
	}
}

// forgetLogin: the agent is offline for good.
func (x *Exchange) forgetLogin(l *login) {
	delete(x.logins, l.object.ID)
	x.agents.Forget(l.object.ID)
}

// request answers what concerns the agent himself, and passes the rest to the call.
func (x *Exchange) request(ref protocol.Ref, req protocol.Request, now time.Time) {
	l := x.logins[ref.Agent]
	if l == nil {
		x.deny(ref, protocol.Forbidden, "not logged in")
		return
	}
	if st, ok := req.(protocol.State); ok {
		x.setState(ref, st, now)
		return
	}
	if q, ok := req.(protocol.Quality); ok {
		x.quality(ref, q, l)
		return
	}
	if d, ok := req.(protocol.Directory); ok {
		x.agents.Reply(ref, protocol.Found(ref.ID, x.find(d, ref.Agent, now)))
		return
	}
	if d, ok := req.(protocol.Dial); ok {
		x.dial(ref, d, l, now)
		return
	}
	id, k, ok := requestKind(req)
	switch {
	case !ok:
		x.deny(ref, protocol.UnknownType, req.Type()+": not served here")
	case !slices.Contains(l.had, id):
		x.deny(ref, protocol.Forbidden, "not your call")
	case k == kResume:
		x.resume(ref, req.(protocol.Resume), l)
	case k == kTransfer && strings.HasPrefix(req.(protocol.Transfer).To, "agent:"):
		x.toAgent(ref, req.(protocol.Transfer), now)
	case k == kTransfer && strings.HasPrefix(req.(protocol.Transfer).To, "queue:"):
		x.toQueue(ref, req.(protocol.Transfer))
	case k == kTransfer && req.(protocol.Transfer).Consult != "":
		x.attend(ref, req.(protocol.Transfer), l)
	case !x.toCall(id, evRequest{ref, l.who, req, k}):
		x.deny(ref, protocol.CallGone, "the call is over")
	}
}

// toCalls tells the agent's calls something about him.
func (x *Exchange) toCalls(l *login, k kind) {
	for _, id := range l.calls() {
		x.toCall(id, evAgent{l.object.ID, k})
	}
}

// find looks up whom the agent may pass calls on to: agents who are logged in, and queues.
func (x *Exchange) find(d protocol.Directory, asker string, now time.Time) []protocol.DirectoryEntry {
	var all []protocol.DirectoryEntry
	for _, l := range x.logins {
		all = append(all, protocol.AgentEntry(l.object))
	}
	for _, q := range x.cfg.Queue.Queues {
		f, ok := x.queue.Figures(q.Name)
		if !ok || x.cfg.Terms == nil {
			continue
		}
		if terms, ok := x.cfg.Terms(q.Name); ok {
			all = append(all, protocol.QueueEntry((&figures{now: f}).frame(now), terms.Label))
		}
	}
	return directory.Search(all, d.Query, d.Kind, asker)
}

// quality takes what the browser of one of the agent's calls measured; the call's record keeps the last of it.
func (x *Exchange) quality(ref protocol.Ref, q protocol.Quality, l *login) {
	if !slices.Contains(l.had, q.Call) {
		x.deny(ref, protocol.Forbidden, "not your call")
		return
	}
	x.ok(ref)
	x.toCall(q.Call, evQuality{ref.Agent, q})
}

func (x *Exchange) setState(ref protocol.Ref, st protocol.State, now time.Time) {
	if st.State != protocol.Available && st.State != protocol.Away {
		x.deny(ref, protocol.BadRequest, "state: must be available or away")
		return
	}
	if st.State == protocol.Away && st.Reason != "" && len(x.cfg.Reasons) > 0 && !slices.Contains(x.cfg.Reasons, st.Reason) {
		x.deny(ref, protocol.BadRequest, "reason: not one of the configured reasons")
		return
	}
	x.ok(ref)
	x.apply(queue.AgentStateSet{Agent: queue.AgentID(ref.Agent), State: queue.State(st.State), Reason: st.Reason}, now)
}

func (x *Exchange) ok(ref protocol.Ref) {
	x.agents.Reply(ref, protocol.Ok(ref.ID))
}

func (x *Exchange) deny(ref protocol.Ref, code protocol.Code, message string) {
	x.agents.Reply(ref, protocol.Refuse(ref.ID, code, message))
}
