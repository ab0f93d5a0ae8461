package agent

import (
	"log/slog"
	"time"

	"offhook/agent/protocol"
)

// frame handles a frame of a socket that has said hello: req, or derr where it could not be read.
func (d *desk) frame(s *socket, req protocol.Request, derr *protocol.DecodeError) {
	if token, isToken := req.(protocol.Token); isToken && derr == nil {
		d.renew(s, token)
		return
	}
	d.mu.Lock()
	if d.heardLocked(s) {
		if derr != nil {
			d.badLocked(s, derr)
		} else {
			d.requestLocked(s, req)
		}
	}
	d.mu.Unlock()
	d.tell()
}

// heardLocked reports whether s is still the one to listen to. The first frame after welcome shows that the client has its new session.
func (d *desk) heardLocked(s *socket) bool {
	if d.active != s {
		return false
	}
	if s.welcomed {
		d.login.inUse()
	}
	return true
}

// badLocked answers what could not be read. The reply counts as one: the request, repeated, is as bad as before.
func (d *desk) badLocked(s *socket, derr *protocol.DecodeError) {
	if derr.ID == 0 {
		s.send(thing{}, protocol.EncodeReply(derr.Reply()))
		return
	}
	if d.newLocked(s, derr.ID) {
		d.answerLocked(s, derr.Reply())
	}
}

// newLocked reports whether the request with that id has to be done. A repeated one gets the first one's reply, now or when it comes; one that is
// neither new nor remembered is refused, since doing it might be doing it twice.
func (d *desk) newLocked(s *socket, id int64) bool {
	if r, known := d.login.reply(id); known {
		s.send(thing{}, protocol.EncodeReply(r))
		return false
	}
	if _, waits := d.login.pending[id]; waits {
		d.login.pending[id] = s
		return false
	}
	switch {
	case id <= d.login.lastID:
		s.send(thing{}, protocol.EncodeReply(protocol.Refuse(id, protocol.BadRequest, "id: is not above the last one")))
		return false
	case len(d.login.pending) >= maxPending || len(d.untold) >= maxUntold:
		d.hub.count(CountedFrame, string(protocol.TooManyRequests))
		s.send(thing{}, protocol.EncodeReply(protocol.Refuse(id, protocol.TooManyRequests, "")))
		return false
	}
	d.login.lastID = id
	return true
}

// answerLocked remembers a reply and sends it to s.
func (d *desk) answerLocked(s *socket, r protocol.Reply) {
	d.login.remember(r)
	s.send(thing{}, protocol.EncodeReply(r))
}

// requestLocked does what is the hub's to do and hands the rest to the backend.
func (d *desk) requestLocked(s *socket, req protocol.Request) {
	if _, isBeat := req.(protocol.Beat); isBeat {
		s.missed.Store(0)
		if len(d.untold) < maxUntold {
			d.tellLocked(func(b Backend) { b.Beat(d.id) })
		}
		return
	}
	id := req.RequestID()
	if !d.newLocked(s, id) {
		return
	}
	switch {
	case req.Type() == "hello":
		d.answerLocked(s, protocol.Refuse(id, protocol.BadRequest, "type: this socket has said hello"))
	case req.Type() == "bye":
		d.byeLocked(s, id)
	case req.Type() == "directory" && !d.searches.take(time.Now(), searchesPerSecond, searchesBurst):
		d.hub.count(CountedFrame, string(protocol.TooManyRequests))
		d.answerLocked(s, protocol.Refuse(id, protocol.TooManyRequests, ""))
	case startsSomething(req) && time.Now().After(d.who.Expires):
		d.answerLocked(s, protocol.Refuse(id, protocol.Forbidden, "the token has expired"))
	default:
		ref := d.refLocked(id)
		d.login.wait(id, s)
		d.tellLocked(func(b Backend) { b.Request(ref, req) })
	}
}

// startsSomething: what an agent whose token has expired may not do. Calls that are offered or live go on, and going away is always allowed.
func startsSomething(req protocol.Request) bool {
	switch r := req.(type) {
	case protocol.State:
		return r.State == protocol.Available
	case protocol.Dial, protocol.Watch:
		return true
	}
	return false
}

func (d *desk) byeLocked(s *socket, id int64) {
	d.answerLocked(s, protocol.Ok(id))
	d.active, d.saidBye = nil, true
	s.shut(protocol.CloseNormal, true)
	d.noteLocked("agent logged out")
	d.tellLocked(func(b Backend) { b.LoggedOut(d.id) })
}

// renew takes a fresh token in place. A bad one, or one of somebody else, is forbidden and changes nothing: a call in progress is worth more.
func (d *desk) renew(s *socket, req protocol.Token) {
	c, err := d.hub.tokens.verify(req.Token) // before the lock: a signature takes a while
	var why refusal
	d.mu.Lock()
	if d.heardLocked(s) && d.newLocked(s, req.ID) {
		if why = d.refusesLocked(c, err); why != "" {
			d.answerLocked(s, protocol.Refuse(req.ID, protocol.Forbidden, freshRefused(why)))
		} else {
			d.believeLocked(c)
			d.answerLocked(s, protocol.Ok(req.ID))
			d.tellLocked(func(b Backend) { b.Renewed(d.id, c.Identity) })
		}
	}
	d.mu.Unlock()
	if why != "" {
		d.hub.refuseToken(s, why, slog.String("agent", d.id))
	}
	d.tell()
}

// refusesLocked is why a fresh token, which verify has read into c or refused with err, is not taken; "" where it is.
func (d *desk) refusesLocked(c claims, err error) refusal {
	switch {
	case err != nil:
		return err.(refusal)
	case c.ID != d.id:
		return otherAgent
	case !c.mayLogIn():
		return noRoles
	case d.hub.revoked.bars(c):
		return wasRevoked
	case !d.hub.used.first(c, time.Now()):
		return usedTwice
	}
	return ""
}

// freshRefused is what the page is told of it.
func freshRefused(why refusal) string {
	switch why {
	case otherAgent:
		return "the token is not for this agent"
	case noRoles:
		return "the token has no role that logs in"
	case usedTwice:
		return "the token was used before"
	case wasRevoked:
		return "the token was revoked"
	}
	return "the token is bad"
}

// reply brings the backend's answer to the request that ref names: to the socket that asked last, if that is still the active one, and into memory
// for one that asks again. It reports false when nobody waits for it.
func (d *desk) reply(ref Ref, r protocol.Reply) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.login == nil || d.login.number != ref.Session {
		return false
	}
	s, waits := d.login.pending[ref.ID]
	if !waits {
		return false
	}
	delete(d.login.pending, ref.ID)
	d.login.remember(r)
	if s == d.active {
		s.send(thing{}, protocol.EncodeReply(r))
	}
	return true
}
