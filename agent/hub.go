package agent

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"offhook/agent/protocol"
)

// Hub holds the agents' sockets and what it remembers of each agent. Its methods are safe for concurrent use, return at once (Shutdown excepted) and
// may be called from within the Backend's.
//
// The objects of one agent reach its page in the order of the calls; so what happens to one agent has to be told by one goroutine at a time. What is
// said of an agent that the hub does not know, one that never logged in or was forgotten, is dropped: Login asks for all of it anyway.
type Hub struct {
	// Fixed after New.
	cfg       Config
	tokens    *verifier
	helloIn   time.Duration
	messageIn time.Duration

	used     once
	logins   atomic.Uint64 // numbers for login sessions
	draining atomic.Bool
	warned   warned
	revoked  revoked

	mu      sync.RWMutex
	closing bool                 // guarded by mu
	desks   map[string]*desk     // by agent; guarded by mu
	sockets map[*socket]struct{} // every socket that is served; guarded by mu
	waiting map[client]int       // sockets without a hello; guarded by mu
	idle    chan struct{}        // closed when closing and no socket is left; guarded by mu
}

// New makes a Hub, or says what is wrong with cfg.
func New(cfg Config) (*Hub, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	tokens, err := newVerifier(&cfg)
	if err != nil {
		return nil, err
	}
	return &Hub{
		cfg:       cfg,
		tokens:    tokens,
		helloIn:   helloTimeout,
		messageIn: messageTimeout,
		desks:     make(map[string]*desk),
		sockets:   make(map[*socket]struct{}),
		waiting:   make(map[client]int),
		idle:      make(chan struct{}),
	}, nil
}

// SetKeys puts other token keys in the place of those before, for instance when a JWK set has changed. Sessions go on.
func (h *Hub) SetKeys(keys []Key) error { return h.tokens.setKeys(keys) }

// SendAgent brings the agent's own object up to date.
func (h *Hub) SendAgent(agentID string, a protocol.Agent) {
	h.update(agentID, thing{thingAgent, ""}, protocol.EncodeAgent(a), func(o *objects, _ bool) bool {
		o.agent = &a
		return true
	})
}

// SendCall brings one call of the agent up to date. An object older than the one before (by Rev) is dropped. c must not be changed afterwards.
func (h *Hub) SendCall(agentID string, c protocol.Call) {
	h.update(agentID, thing{thingCall, c.ID}, protocol.EncodeCall(c), func(o *objects, delivered bool) bool {
		return o.setCall(c, delivered)
	})
}

// SendQueue brings a queue's figures up to date; unchanged ones are not sent.
func (h *Hub) SendQueue(agentID string, q protocol.QueueFigures) {
	h.update(agentID, thing{thingQueue, q.Name}, protocol.EncodeQueue(q), func(o *objects, _ bool) bool {
		return o.setQueue(q)
	})
}

// AddRecent adds to the agent's last calls; 20 are kept. They are sent in welcome only.
func (h *Hub) AddRecent(agentID string, r protocol.Recent) {
	d := h.known(agentID)
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.objects.addRecent(r)
}

func (h *Hub) update(agentID string, about thing, frame []byte, change func(o *objects, delivered bool) bool) {
	if d := h.known(agentID); d != nil {
		d.update(about, frame, change)
	}
}

// Welcome answers the hello that Login brought, with every object that was sent before. It does nothing where that socket is gone, was welcomed
// already, or another has logged in since.
func (h *Hub) Welcome(ref Ref) {
	if d := h.known(ref.Agent); d != nil {
		d.welcome(ref, h.cfg.ICEServers(ref.Agent), h.limits)
	}
}

// limits are the configured ones with the hub's own figures.
func (h *Hub) limits(who protocol.Identity) protocol.Limits {
	l := h.cfg.Limits(who)
	l.FrameBytes, l.NotesBytes = protocol.MaxFrame, protocol.MaxNotes
	l.RatePerS, l.ResumeForS = framesPerSecond, int(h.cfg.ResumeFor/time.Second)
	return l
}

// Reply answers the request that ref names. Its ID is set here; its Type too, where it is "": error if there is a Code, else ok.
func (h *Hub) Reply(ref Ref, r protocol.Reply) {
	r.ID = ref.ID
	if r.Type == "" {
		r.Type = "ok"
		if r.Code != "" {
			r.Type = "error"
		}
	}
	if r.Code != "" && r.Message == "" {
		r.Message = r.Code.Info().Text
	}
	d := h.known(ref.Agent)
	if d == nil || !d.reply(ref, r) {
		h.count(CountedDropped, "nobody")
	}
}

// Forget drops all that is remembered of an agent who is offline for good. A socket that has logged in meanwhile keeps its session, not the objects.
func (h *Hub) Forget(agentID string) {
	if h.forget(agentID) {
		h.note("agent forgotten", agentID)
	}
}

// forget is Forget; it reports whether the agent was there and has not logged out himself.
func (h *Hub) forget(agentID string) (wasLost bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[agentID]
	if d == nil {
		return false
	}
	empty, wasLost := d.forget()
	if empty {
		delete(h.desks, agentID)
	}
	return wasLost
}

// Close ends the agent's socket with a close code, after what waits to be sent. Detached follows.
func (h *Hub) Close(agentID string, code int) {
	if d := h.known(agentID); d != nil {
		d.close(code)
	}
}

// Drain lets sockets without a call go with 4503, now, and the others when their last call and its wrap-up end. Who resumes a call still may.
func (h *Hub) Drain() {
	h.draining.Store(true)
	h.mu.RLock()
	desks := make([]*desk, 0, len(h.desks))
	for _, d := range h.desks {
		desks = append(desks, d)
	}
	h.mu.RUnlock()
	for _, d := range desks {
		d.mu.Lock()
		d.drainLocked()
		d.mu.Unlock()
	}
}

// Shutdown closes every socket with 1001 and returns when their goroutines are gone. When ctx ends first it drops the connections, waits for the
// goroutines all the same and returns ctx's error. No socket is taken afterwards.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	if !h.closing {
		h.closing = true
		h.idleLocked()
	}
	for s := range h.sockets {
		s.shut(protocol.CloseGoingAway, true)
	}
	h.mu.Unlock()
	select {
	case <-h.idle:
		return nil
	case <-ctx.Done():
	}
	h.mu.Lock()
	for s := range h.sockets {
		s.wire.drop()
	}
	h.mu.Unlock()
	<-h.idle
	return ctx.Err()
}

// Figures are the hub's gauges.
type Figures struct {
	Sockets int // open, with or without a hello
	Waiting int // of them, without a hello
	Agents  int // remembered, with or without a socket
}

// Figures counts.
func (h *Hub) Figures() Figures {
	h.mu.RLock()
	defer h.mu.RUnlock()
	f := Figures{Sockets: len(h.sockets), Agents: len(h.desks)}
	for _, n := range h.waiting {
		f.Waiting += n
	}
	return f
}

// hello logs an agent in over s, or says which code to close s with.
func (h *Hub) hello(s *socket, hello protocol.Hello) (code int) {
	c, err := h.tokens.verify(hello.Token)
	if err != nil {
		h.refuseToken(s, err.(refusal))
		return protocol.CloseToken
	}
	if !c.mayLogIn() {
		h.refuseToken(s, noRoles, slog.String("agent", c.ID))
		return protocol.CloseForbidden
	}
	for {
		d := h.desk(c.ID)
		code, ok := d.attach(s, hello, c)
		switch {
		case !ok:
			continue // forgotten between the two lines
		case code != 0:
			h.dropUnused(d)
			return code
		}
		s.desk = d
		h.arrived(s)
		d.tell()
		return 0
	}
}

// known is the agent's desk, nil where there is none.
func (h *Hub) known(agentID string) *desk {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.desks[agentID]
}

// desk is the agent's desk, a new one where there is none.
func (h *Hub) desk(agentID string) *desk {
	if d := h.known(agentID); d != nil {
		return d
	}
	d := &desk{hub: h, id: agentID}
	d.objects.setRecents(h.cfg.Recents(agentID)) // before the lock: it is the caller's code
	h.mu.Lock()
	defer h.mu.Unlock()
	if other := h.desks[agentID]; other != nil {
		return other
	}
	h.desks[agentID] = d
	return d
}

// dropUnused takes d out of the map again where it was made for a hello that was refused: the backend, which says when an agent is forgotten, never heard of him.
func (h *Hub) dropUnused(d *desk) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.login == nil && !d.gone {
		d.gone = true
		delete(h.desks, d.id)
	}
}

func (h *Hub) count(name, reason string) { h.cfg.Count(name, reason) }

// note writes one line of an agent's life.
func (h *Hub) note(what, agentID string, more ...slog.Attr) {
	h.cfg.Log.LogAttrs(context.Background(), slog.LevelInfo, what, append([]slog.Attr{slog.String("agent", agentID)}, more...)...)
}

// closed notes that s is being closed.
func (h *Hub) closed(s *socket, code int) {
	h.count(CountedClosed, closeReason(code))
	h.cfg.Log.Debug("agent socket closed", "code", code, "address", s.from.address)
}

func (h *Hub) panicked(where string, what any, stack []byte) {
	h.count(CountedPanic, where)
	h.cfg.Log.Error("panic in the hub", slog.String("where", where), slog.Any("panic", what), slog.String("stack", string(stack)))
}
