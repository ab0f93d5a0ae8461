package replay

import (
	"encoding/json"
	"time"

	"offhook/agent"
	"offhook/agent/protocol"
)

// hub stands where the sockets are: it keeps each agent's newest objects, and records what was sent. It belongs to its World's goroutine.
type hub struct {
	w      *World
	agents map[string]*page
}

// page is one agent's browser.
type page struct {
	id       string
	attached bool
	session  uint64
	lastID   int64
	object   protocol.Agent
	calls    map[string]protocol.Call
	order    []string // call ids, oldest first
	restarts int
}

func (h *hub) page(id string) *page {
	p := h.agents[id]
	if p == nil {
		p = &page{id: id, calls: map[string]protocol.Call{}}
		h.agents[id] = p
	}
	return p
}

// newest is the call that the agent heard of last, among those not ended; else the last one.
func (p *page) newest() (protocol.Call, bool) {
	for i := len(p.order) - 1; i >= 0; i-- {
		if c := p.calls[p.order[i]]; c.Phase != protocol.PhaseEnded {
			return c, true
		}
	}
	if n := len(p.order); n > 0 {
		return p.calls[p.order[n-1]], true
	}
	return protocol.Call{}, false
}

func (h *hub) SendAgent(id string, a protocol.Agent) {
	p := h.page(id)
	p.object = a
	if p.attached {
		h.w.sent(id, map[string]any{"type": "agent", "agent": a})
	}
}

func (h *hub) SendCall(id string, c protocol.Call) {
	p := h.page(id)
	old, ok := p.calls[c.ID]
	if !ok {
		p.order = append(p.order, c.ID)
	}
	if ok && old.Rev >= c.Rev {
		h.w.problem("agent %s: rev %d of call after rev %d", id, c.Rev, old.Rev)
	}
	p.calls[c.ID] = c
	if p.attached {
		h.w.sent(id, map[string]any{"type": "call", "call": c})
	}
}

func (h *hub) SendQueue(string, protocol.QueueFigures) {}

func (h *hub) AddRecent(string, protocol.Recent) {}

func (h *hub) Welcome(ref agent.Ref) {
	p := h.page(ref.Agent)
	p.attached = true
	calls := []protocol.Call{}
	for _, id := range p.order {
		if c := p.calls[id]; c.Phase != protocol.PhaseEnded {
			calls = append(calls, c)
		}
	}
	h.w.sent(ref.Agent, map[string]any{"type": "welcome", "id": ref.ID, "agent": p.object, "calls": calls})
}

func (h *hub) Reply(ref agent.Ref, r protocol.Reply) { h.w.sent(ref.Agent, r) }

func (h *hub) Forget(id string) { delete(h.agents, id) }

// Hello logs the agent in, as a page that loads does. state is his wish, "" for none.
func (w *World) Hello(id string, state protocol.AgentState) {
	p := w.hub.page(id)
	p.session++
	p.lastID++
	w.got(id, map[string]any{"type": "hello", "id": p.lastID})
	w.X.Login(agent.Ref{Agent: id, Session: p.session, ID: p.lastID}, protocol.Identity{ID: id, Name: id, Expires: w.Now().Add(12 * time.Hour)}, protocol.Hello{State: state})
	w.settle()
}

// Lose cuts the agent's socket.
func (w *World) Lose(id string) {
	w.hub.page(id).attached = false
	w.note(id, "socket lost")
	w.X.Detached(id)
	w.settle()
}

// Ask sends a request as the agent's page does. The call and the descriptions are filled in where the frame leaves "$call", "$answer" or "$offer".
func (w *World) Ask(id string, frame map[string]any) error {
	p := w.hub.page(id)
	p.lastID++
	if _, ok := frame["id"]; !ok {
		frame["id"] = p.lastID
	}
	c, _ := p.newest()
	for k, v := range frame {
		switch v {
		case "$call":
			frame[k] = c.ID
		case "$answer":
			frame[k] = ""
			if c.SDP != nil {
				frame[k] = browserAnswer(c.SDP.SDP)
			}
		case "$offer":
			p.restarts++
			frame[k] = browserOffer(p.restarts)
		}
	}
	text, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	w.got(id, frame)
	if frame["type"] == "bye" {
		p.attached = false
		w.X.LoggedOut(id)
		w.settle()
		return nil
	}
	req, derr := protocol.Decode(text)
	if derr != nil {
		return derr
	}
	w.X.Request(agent.Ref{Agent: id, Session: p.session, ID: req.RequestID()}, req)
	w.settle()
	return nil
}
