package replay

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"offhook/agent/protocol"
)

// hub stands where the sockets are: it keeps each agent's newest objects as the real one does, and records what was sent. It belongs to its World's
// goroutine.
type hub struct {
	w     *World
	pages map[string]*page // by agent; they outlive a log-out, so that their ids go on rising
}

// page is one agent's browser, and what the hub remembers for it.
type page struct {
	id       string
	known    bool // from hello until Forget
	socket   bool // has one
	attached bool // and was welcomed on it
	session  uint64
	lastID   int64
	restarts int
	nextBeat time.Time

	object protocol.Agent
	calls  []protocol.Call // those not ended, and those whose end was not sent yet
	had    []string        // the IDs of all calls, in the order in which they were shown
	last   protocol.Call   // the newest object of the call that was offered last
}

func (h *hub) page(id string) *page {
	p := h.pages[id]
	if p == nil {
		p = &page{id: id}
		h.pages[id] = p
	}
	return p
}

// current is the call that the page shows: the one that is not ended, else the last one.
func (p *page) current() protocol.Call {
	for i := len(p.calls) - 1; i >= 0; i-- {
		if p.calls[i].Phase != protocol.PhaseEnded {
			return p.calls[i]
		}
	}
	return p.last
}

func (h *hub) SendAgent(id string, a protocol.Agent) {
	h.w.watch(id, a)
	p := h.page(id)
	if !p.known {
		return
	}
	p.object = a
	if p.attached {
		h.w.sent(id, a)
	}
}

func (h *hub) SendCall(id string, c protocol.Call) {
	h.w.watch(id, c)
	p := h.page(id)
	if !p.known {
		return
	}
	i := slices.IndexFunc(p.calls, func(o protocol.Call) bool { return o.ID == c.ID })
	if i >= 0 {
		if p.calls[i].Rev >= c.Rev {
			h.w.problem("agent %s: rev %d of a call after rev %d", id, c.Rev, p.calls[i].Rev)
		}
		p.calls = slices.Delete(p.calls, i, i+1)
	}
	p.last = c
	if !slices.Contains(p.had, c.ID) {
		p.had = append(p.had, c.ID)
	}
	if c.Phase != protocol.PhaseEnded || !p.attached {
		p.calls = append(p.calls, c)
	}
	if p.attached {
		h.w.sent(id, c)
	}
}

func (h *hub) SendQueue(id string, q protocol.QueueFigures) { h.w.watch(id, q) }

func (h *hub) AddRecent(id string, r protocol.Recent) { h.w.watch(id, r) }

func (h *hub) Welcome(ref protocol.Ref) {
	p := h.page(ref.Agent)
	if !p.socket || ref.Session != p.session {
		return
	}
	p.attached = true
	p.nextBeat = h.w.Now().Add(beatEvery)
	h.w.sent(p.id, protocol.Welcome{ID: ref.ID, Agent: p.object, Calls: slices.Clone(p.calls), Time: protocol.At(h.w.Now())})
	p.calls = slices.DeleteFunc(p.calls, func(c protocol.Call) bool { return c.Phase == protocol.PhaseEnded })
}

func (h *hub) Reply(ref protocol.Ref, r protocol.Reply) {
	h.w.watch(ref.Agent, r)
	h.w.sent(ref.Agent, r)
}

func (h *hub) Forget(id string) {
	p := h.page(id)
	p.calls, p.object = nil, protocol.Agent{}
	p.known = p.socket // who has said hello since goes on
}

// beatEvery is how often a page's beat is answered (agent-protocol.md).
const beatEvery = 15 * time.Second

// beatDue is when the next page beats.
func (h *hub) beatDue() (time.Time, bool) {
	var next time.Time
	for _, p := range h.pages {
		if p.attached && !h.w.manualBeats && (next.IsZero() || p.nextBeat.Before(next)) {
			next = p.nextBeat
		}
	}
	return next, !next.IsZero()
}

// beat lets the pages beat that are due, in the order of their names.
func (h *hub) beat(now time.Time) {
	if h.w.manualBeats {
		return
	}
	var due []string
	for id, p := range h.pages {
		if p.attached && !p.nextBeat.After(now) {
			due = append(due, id)
		}
	}
	slices.Sort(due)
	for _, id := range due {
		h.pages[id].nextBeat = now.Add(beatEvery)
		h.w.X.Beat(id)
	}
}

// Hello logs the agent in, as a page that loads does. state is his wish, "" for none.
func (w *World) Hello(id string, state protocol.AgentState) {
	p := w.hub.page(id)
	p.known, p.socket, p.attached = true, true, false
	p.session++
	p.lastID++
	frame := map[string]any{"type": "hello", "id": p.lastID}
	if state != "" {
		frame["state"] = string(state)
	}
	w.got(id, frame)
	w.X.Login(protocol.Ref{Agent: id, Session: p.session, ID: p.lastID}, protocol.Identity{ID: id, Name: id, Expires: w.Now().Add(12 * time.Hour)}, protocol.Hello{State: state})
	w.settle()
}

// Lose cuts the agent's socket.
func (w *World) Lose(id string) {
	p := w.hub.page(id)
	if !p.attached {
		return
	}
	p.socket, p.attached = false, false
	w.note(id, "socket lost")
	w.X.Detached(id)
	w.settle()
}

// Beat lets the agent's page beat now.
func (w *World) Beat(id string) {
	w.X.Beat(id)
	w.settle()
}

// Ask sends a request as the agent's page does. What the frame leaves open is filled in: "$call" is the agent's call, "$call1", "$call2" … the first, the second that he was shown, "$answer" a browser's answer to
// his call's offer, "$offer" a browser's own offer. The reply stands among the messages. The error says that the frame cannot be sent.
func (w *World) Ask(id string, frame map[string]any) error {
	p := w.hub.page(id)
	if _, ok := frame["id"]; !ok {
		p.lastID++
		frame["id"] = p.lastID
	}
	c := p.current()
	for k, v := range frame {
		switch v {
		case "$call":
			frame[k] = c.ID
		case "$answer":
			frame[k] = ""
			if c.SDP != nil {
				frame[k] = BrowserAnswer(c.SDP.SDP)
			}
		case "$offer":
			p.restarts++
			frame[k] = BrowserOffer(p.restarts)
		default:
			frame[k] = p.numbered(v)
		}
	}
	w.got(id, frame)
	text, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	req, derr := protocol.Decode(text)
	if derr != nil {
		return derr
	}
	if _, ok := req.(protocol.Bye); ok {
		p.socket, p.attached = false, false
		w.X.LoggedOut(id)
	} else {
		w.X.Request(protocol.Ref{Agent: id, Session: p.session, ID: req.RequestID()}, req)
	}
	w.settle()
	return nil
}

// numbered puts the n-th call's ID in the place of "$calln"; anything else stays.
func (p *page) numbered(v any) any {
	text, _ := v.(string)
	digits, ok := strings.CutPrefix(text, "$call")
	if n, err := strconv.Atoi(digits); ok && err == nil && n >= 1 && n <= len(p.had) {
		return p.had[n-1]
	}
	return v
}

// Agent is the newest object of an agent, and his call that is not ended, if he has one; false if he is not logged in.
func (w *World) Agent(id string) (a protocol.Agent, c protocol.Call, ok bool) {
	p := w.hub.page(id)
	if c = p.current(); c.Phase == protocol.PhaseEnded {
		c = protocol.Call{}
	}
	return p.object, c, p.known
}

// Attached says whether the agent's page has its socket and was welcomed.
func (w *World) Attached(id string) bool { return w.hub.page(id).attached }
