package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"offhook/agent/protocol"
)

// Fields are those of a request beside its type and id.
type Fields map[string]any

// connect opens a socket, says hello, and starts the reader once the welcome is in.
func (a *Agent) connect(ctx context.Context) error {
	token, err := a.config.Token(ctx)
	if err != nil {
		return fmt.Errorf("getting a token: %w", err)
	}
	l, err := dial(ctx, a.config.URL, a.config.Origin, a.config.TLS)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, l.cut)
	defer stop()
	welcome, err := a.hello(l, token)
	if err != nil {
		l.cut()
		return err
	}
	a.welcomed(l, welcome)
	a.spawn(func() { a.readAll(l) })
	return nil
}

func (a *Agent) hello(l *link, token string) (protocol.Welcome, error) {
	frame := Fields{"type": "hello", "id": 1, "token": token, "client": "offhook-load/1"}
	if session := a.sessionID(); session != "" {
		frame["session"] = session
	}
	if err := l.write(frame); err != nil {
		return protocol.Welcome{}, fmt.Errorf("sending hello: %w", err)
	}
	f, err := l.read()
	if err != nil {
		return protocol.Welcome{}, err
	}
	var welcome protocol.Welcome
	if err := json.Unmarshal(f.raw, &welcome); err != nil {
		return welcome, fmt.Errorf("reading the welcome: %w", err)
	}
	if welcome.Type != "welcome" {
		return welcome, fmt.Errorf("%w: %.200s", errNoWelcome, f.raw)
	}
	return welcome, nil
}

func (a *Agent) sessionID() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.session
}

// welcomed takes over everything that a welcome brings.
func (a *Agent) welcomed(l *link, w protocol.Welcome) {
	a.mu.Lock()
	a.link, a.session, a.object = l, w.Session, w.Agent
	a.lastID = max(a.lastID, w.LastID, 1)
	a.mu.Unlock()
	a.tell(Event{Kind: Welcomed, Agent: &w.Agent})
	alive := make(map[string]bool)
	for i := range w.Calls {
		alive[w.Calls[i].ID] = true
		a.callChanged(&w.Calls[i])
	}
	a.forgetAllBut(alive)
}

// forgetAllBut drops the calls that ended while there was no socket.
func (a *Agent) forgetAllBut(alive map[string]bool) {
	var gone []*agentCall
	a.mu.Lock()
	for id, c := range a.calls {
		if !alive[id] {
			gone = append(gone, c)
			delete(a.calls, id)
		}
	}
	a.mu.Unlock()
	for _, c := range gone {
		c.drop()
	}
}

// readAll reads a socket to its end.
func (a *Agent) readAll(l *link) {
	defer l.cut()
	for {
		f, err := l.read()
		if err != nil {
			a.socketLost(l, err)
			return
		}
		a.frame(l, f)
	}
}

func (a *Agent) socketLost(l *link, err error) {
	a.mu.Lock()
	if a.link == l {
		a.link = nil
	}
	a.mu.Unlock()
	l.lost()
	e := Event{Kind: SocketLost, Err: err}
	if c, ok := errors.AsType[*CloseError](err); ok {
		e.Status = c.Code
	}
	a.tell(e)
}

func (a *Agent) frame(l *link, f inFrame) {
	switch f.Type {
	case "beat":
		_ = l.write(Fields{"type": "beat"}) // a write that fails shows in the next read
	case "ok", "error":
		a.replied(l, f)
	case "agent":
		a.mu.Lock()
		a.object = *f.Agent
		a.mu.Unlock()
		a.tell(Event{Kind: AgentChanged, Agent: f.Agent})
	case "call":
		var object struct{ Call protocol.Call }
		if err := json.Unmarshal(f.raw, &object); err != nil {
			a.tell(Event{Kind: Failed, Err: fmt.Errorf("reading a call object: %w", err)})
			return
		}
		a.callChanged(&object.Call)
	}
}

func (a *Agent) replied(l *link, f inFrame) {
	var reply protocol.Reply
	if err := json.Unmarshal(f.raw, &reply); err != nil {
		a.tell(Event{Kind: Failed, Err: fmt.Errorf("reading a reply: %w", err)})
		return
	}
	l.replied(reply)
}

// Do sends a request and waits for its reply. A reply that is an error is returned as a [*ReplyError].
func (a *Agent) Do(ctx context.Context, kind string, fields Fields) (protocol.Reply, error) {
	waiting, err := a.send(kind, fields)
	if err != nil {
		return protocol.Reply{}, fmt.Errorf("%s: %w", kind, err)
	}
	select {
	case reply, ok := <-waiting:
		if !ok {
			return reply, fmt.Errorf("%s: %w", kind, errSocketLost)
		}
		if reply.Type == "error" {
			return reply, &ReplyError{kind, reply}
		}
		return reply, nil
	case <-ctx.Done():
		return protocol.Reply{}, fmt.Errorf("%s: no reply: %w", kind, ctx.Err())
	}
}

// send writes a request under the next id.
func (a *Agent) send(kind string, fields Fields) (<-chan protocol.Reply, error) {
	a.mu.Lock()
	l := a.link
	a.mu.Unlock()
	if l == nil {
		return nil, errNoSocket
	}
	frame := Fields{"type": kind}
	maps.Copy(frame, fields)
	return l.request(a.nextID, frame)
}

func (a *Agent) nextID() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lastID++
	return a.lastID
}

// A ReplyError is a request that the gateway refused.
type ReplyError struct {
	Request string
	Reply   protocol.Reply
}

// Error is the code and the message of the reply.
func (e *ReplyError) Error() string {
	return fmt.Sprintf("%s refused: %s: %s", e.Request, e.Reply.Code, e.Reply.Message)
}

// SetState asks for available or away.
func (a *Agent) SetState(ctx context.Context, state protocol.AgentState, reason string) error {
	fields := Fields{"state": state}
	if reason != "" {
		fields["reason"] = reason
	}
	_, err := a.Do(ctx, "state", fields)
	return err
}
