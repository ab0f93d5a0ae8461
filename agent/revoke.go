package agent

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"offhook/agent/protocol"
)

// maxRevoked is how many agents' tokens may be revoked at one time.
const maxRevoked = 10_000

// ErrRevoked says that no more agents' tokens can be revoked before some of those that were have expired. Nothing was changed.
var ErrRevoked = errors.New("agent: too many agents' tokens are revoked")

// Revocation bars the tokens of one agent that were issued so far.
type Revocation struct {
	// Agent is the sub of the tokens.
	Agent string
	// Issued is the newest iat that is barred, and a token without an iat is barred as well. It is the time of the revocation, or the iat of a token that the agent has
	// logged in with, where the issuer's clock is ahead.
	Issued time.Time
	// Until is when the last of those tokens has expired by itself; the revocation is forgotten then.
	Until time.Time
	// HadSocket says that a page of the agent was open, which has been closed with 4401.
	HadSocket bool
}

// bars reports whether a token that says c is among those that r is about.
func (r Revocation) bars(c claims) bool { return c.issued.IsZero() || !c.issued.After(r.Issued) }

// Revoke bars the agent's tokens that were issued so far and closes his socket with 4401, whether he is known or not. Frames that the page has sent and that have not been
// read count no more. His calls are as with a socket that was lost: they go on while sound comes from his browser, and a page with a token that was issued later has them
// again. The error is [ErrRevoked]. What is revoked is forgotten when the process ends.
func (h *Hub) Revoke(agentID string) (Revocation, error) {
	now := time.Now()
	r := Revocation{Agent: agentID, Issued: now, Until: now.Add(h.tokens.maxAge + 2*h.tokens.leeway)}
	d := h.known(agentID)
	if d != nil {
		d.mu.Lock()
		if d.issued.After(r.Issued) {
			r.Issued = d.issued
		}
		d.mu.Unlock()
	}
	if !h.revoked.add(r, now) {
		h.cfg.Log.Error("tokens not revoked: too many are", "agent", agentID, "limit", maxRevoked)
		return Revocation{}, ErrRevoked
	}
	if d = h.known(agentID); d != nil { // again: a page that came meanwhile has either seen the revocation or is seen here
		r.HadSocket = d.cut()
	}
	h.cfg.Log.LogAttrs(context.Background(), slog.LevelWarn, "agent's tokens revoked", slog.String("agent", agentID), slog.Bool("had_socket", r.HadSocket))
	return r, nil
}

// cut closes the agent's socket with 4401, unsent frames and all, and reports whether there was one.
func (d *desk) cut() bool {
	d.mu.Lock()
	s := d.active
	d.mu.Unlock()
	return s != nil && s.shut(protocol.CloseToken, false)
}

// revoked are the revocations in force. The zero revoked has none.
type revoked struct {
	mu    sync.Mutex
	of    map[string]Revocation // by agent; guarded by mu
	sweep time.Time             // when to look for expired ones again; guarded by mu
}

// add puts r in the place of an older one, and reports false where there is no room.
func (l *revoked) add(r Revocation, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !now.Before(l.sweep) {
		l.sweep = now.Add(time.Minute)
		for agent, old := range l.of {
			if now.After(old.Until) {
				delete(l.of, agent)
			}
		}
	}
	if _, again := l.of[r.Agent]; !again && len(l.of) >= maxRevoked {
		return false
	}
	if l.of == nil {
		l.of = make(map[string]Revocation)
	}
	l.of[r.Agent] = r
	return true
}

// bars reports whether the agent's token that says c was revoked.
func (l *revoked) bars(c claims) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, was := l.of[c.ID]
	return was && r.bars(c)
}
