package replay

import (
	"bytes"
	"encoding/json"
	"fmt"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/translator"
	"offhook/translator/dialog"
)

// callIDOf is the Call-ID of a message, "" where it has none.
func callIDOf(data []byte) string {
	for len(data) > 0 {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			return "" // the body begins
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if name = bytes.TrimSpace(name); ok && (bytes.EqualFold(name, []byte("call-id")) || bytes.EqualFold(name, []byte("i"))) {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

func isInvite(data []byte) bool { return bytes.HasPrefix(data, []byte("INVITE ")) }

// Agents keeps what agents are sent on its way to next.
func (r *Recorder) Agents(next translator.Agents) translator.Agents { return recordedAgents{next, r} }

type recordedAgents struct {
	translator.Agents
	r *Recorder
}

func (a recordedAgents) SendCall(id string, c protocol.Call) {
	a.r.object(id, c)
	a.Agents.SendCall(id, c)
}

func (a recordedAgents) Reply(ref protocol.Ref, reply protocol.Reply) {
	a.r.reply(ref, reply)
	a.Agents.Reply(ref, reply)
}

// object keeps a call as an agent is shown it.
func (r *Recorder) object(agent string, c protocol.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keepFrame(c.ID, Message{Party: agent, Object: c})
	if k := r.calls[c.ID]; c.Phase == protocol.PhaseEnded {
		delete(k.agents, agent)
	} else {
		k.agents[agent] = true
	}
	if c.ConsultOf != "" {
		r.join(c.ConsultOf, c.ID)
	}
}

// reply keeps the answer to a request about a call, and with it the request if it was a dial: only now is it known which call that is.
func (r *Recorder) reply(ref protocol.Ref, reply protocol.Reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := requestKey{ref.Agent, ref.Session, ref.ID}
	a := r.requests[key]
	if a == nil {
		return
	}
	delete(r.requests, key)
	if reply.Type == "" {
		reply.Type = "ok"
		if reply.Code != "" {
			reply.Type = "error"
		}
	}
	if a.call == "" {
		if a.call = reply.Call; a.call == "" {
			return
		}
		k := r.calls[a.call]
		if k == nil {
			k = r.newKept(r.calls, a.call)
		}
		if len(k.entries) < r.cfg.Messages {
			k.entries = append(k.entries, a.e)
		}
	}
	reply.SDP = nil
	r.keepFrame(a.call, Message{Party: ref.Agent, Object: reply})
}

// Route keeps what next decides of a new call: the rules that it lives by stand in its transcript's header.
func (r *Recorder) Route(next func(*dialog.Invite) translator.Routing) func(*dialog.Invite) translator.Routing {
	return func(in *dialog.Invite) translator.Routing {
		routing := next(in)
		r.mu.Lock()
		defer r.mu.Unlock()
		if k := r.dialogs[in.CallID]; k != nil {
			k.header = routingHeader(routing)
		}
		return routing
	}
}

func routingHeader(routing translator.Routing) (header [][2]string) {
	t := routing.Terms
	if routing.Status != 0 {
		if routing.Q850 != 0 {
			return [][2]string{{"refuse", fmt.Sprint(routing.Status, " ", routing.Q850)}}
		}
		return [][2]string{{"refuse", fmt.Sprint(routing.Status)}}
	}
	switch {
	case routing.Agent != "" && t.Queue == "":
		header = append(header, [2]string{"agent", routing.Agent + alone})
	case routing.Agent != "":
		header = append(header, [2]string{"agent", routing.Agent})
	}
	header = append(header, [2]string{"answer", string(t.Answer)}, [2]string{"on_agent_lost", t.OnAgentLost})
	if t.OutcomeRequired {
		header = append(header, [2]string{"outcome_required", "true"})
	}
	if t.Record != translator.RecordNever {
		header = append(header, [2]string{"record", string(t.Record)})
	}
	return header
}

// Backend is what the hub calls; package agent declares the same.
type Backend interface {
	Login(ref protocol.Ref, who protocol.Identity, hello protocol.Hello)
	Request(ref protocol.Ref, req protocol.Request)
	Renewed(agent string, who protocol.Identity)
	Beat(agent string)
	Detached(agent string)
	LoggedOut(agent string)
}

// Backend keeps what agents send on its way to next.
func (r *Recorder) Backend(next Backend) Backend { return recordedBackend{next, r} }

type recordedBackend struct {
	Backend
	r *Recorder
}

func (b recordedBackend) Request(ref protocol.Ref, req protocol.Request) {
	b.r.request(ref, req)
	b.Backend.Request(ref, req)
}

func (b recordedBackend) Login(ref protocol.Ref, who protocol.Identity, hello protocol.Hello) {
	b.r.toLive(ref.Agent, Message{Party: ref.Agent, In: true, Object: map[string]any{"type": "hello", "state": string(hello.State)}})
	b.Backend.Login(ref, who, hello)
}

func (b recordedBackend) Detached(agent string) {
	b.r.toLive(agent, Message{Party: agent, In: true, Note: socketLost})
	b.Backend.Detached(agent)
}

func (b recordedBackend) LoggedOut(agent string) {
	b.r.toLive(agent, Message{Party: agent, In: true, Object: map[string]any{"type": "bye"}})
	b.Backend.LoggedOut(agent)
}

// socketLost is the note of an agent whose socket is gone.
const socketLost = "socket lost"

// toLive keeps what happens to an agent in each call that he has a part in.
func (r *Recorder) toLive(agent string, m Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.calls {
		if k.agents[agent] {
			r.keep(k, entry{m: m, size: frameBytes})
		}
	}
}

// request keeps a request about a call. A dial waits for its reply, which says the call.
func (r *Recorder) request(ref protocol.Ref, req protocol.Request) {
	text, err := json.Marshal(req)
	frame := map[string]any{}
	if err != nil || json.Unmarshal(text, &frame) != nil {
		return
	}
	call, _ := frame["call"].(string)
	if call == "" && req.Type() != "dial" || req.Type() == "quality" {
		return
	}
	m := Message{Party: ref.Agent, In: true, Object: frame}
	r.mu.Lock()
	defer r.mu.Unlock()
	if call != "" && r.calls[call] == nil {
		return // a call that is none, or not his
	}
	a := &asked{call: call}
	if call != "" {
		r.keepFrame(call, m)
	} else {
		r.seq++
		a.e = entry{at: r.cfg.Now(), seq: r.seq, size: 0, m: m}
	}
	r.await(requestKey{ref.Agent, ref.Session, ref.ID}, a)
}

// await keeps a request until its reply; the oldest gives way.
func (r *Recorder) await(key requestKey, a *asked) {
	r.requests[key] = a
	r.order = append(r.order, key)
	for len(r.requests) > maxAsked || len(r.order) > 2*maxAsked {
		delete(r.requests, r.order[0])
		r.order = r.order[1:]
	}
}

// Media keeps the events of calls' media on their way out of next.
func (r *Recorder) Media(next media.Engine) media.Engine { return recordedMedia{next, r} }

type recordedMedia struct {
	media.Engine
	r *Recorder
}

// NewSession is part of media.Engine. Sessions stay next's own: one takes another as an argument.
func (m recordedMedia) NewSession(p media.Params) (media.Session, error) {
	tell := p.Notify
	p.Notify = func(e media.Event) {
		m.r.media(p.Call, e)
		tell(e)
	}
	m.r.begin(p.Call)
	return m.Engine.NewSession(p)
}

// begin keeps a call from now on.
func (r *Recorder) begin(call string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls[call] == nil {
		r.newKept(r.calls, call)
	}
}

func (r *Recorder) media(call string, e media.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.calls[call]
	if k == nil {
		return
	}
	for word, kind := range mediaWords {
		if kind == e.Kind {
			r.keep(k, entry{m: Message{Party: mediaParty, In: true, Note: word}, size: frameBytes})
		}
	}
}
