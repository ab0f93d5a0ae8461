package agent

import (
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"offhook/agent/protocol"
)

// maxUntold is how many messages may wait for a backend that does not return at once; beyond it requests are refused.
const maxUntold = 256

// desk is what the hub remembers of one agent, across sockets, until the backend says Forget.
type desk struct {
	hub *Hub
	id  string

	mu       sync.Mutex
	gone     bool              // out of the hub's map: a hello has to look again
	who      protocol.Identity // what the newest good token said
	issued   time.Time         // the newest iat of the agent's good tokens
	active   *socket           // the one with the newest hello, nil without a socket
	login    *login            // nil before the first hello and after Forget
	saidBye  bool              // the last socket said bye
	objects  objects
	meter    meter
	logins   bucket
	searches bucket
	untold   []func(Backend) // what the backend has not heard yet
	isTeller bool            // somebody is emptying untold
}

// tellLocked puts something into the line of what the backend has to hear. Whoever calls it calls tell once the lock is free.
func (d *desk) tellLocked(what func(Backend)) { d.untold = append(d.untold, what) }

// noteLocked puts a line for the log into the same line: it is written without the lock, and in the order in which things happened.
func (d *desk) noteLocked(what string, more ...slog.Attr) {
	d.tellLocked(func(Backend) { d.hub.note(what, d.id, more...) })
}

// tell empties the line, without the lock, unless somebody else does.
func (d *desk) tell() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.isTeller {
		return
	}
	d.isTeller = true
	for len(d.untold) > 0 {
		next := d.untold
		d.untold = nil
		d.mu.Unlock()
		for _, what := range next {
			d.call(what)
		}
		d.mu.Lock()
	}
	d.isTeller = false
}

// call makes one call of the backend. A panic there costs that one message.
func (d *desk) call(what func(Backend)) {
	defer func() {
		if r := recover(); r != nil {
			d.hub.panicked("backend", r, debug.Stack())
		}
	}()
	what(d.hub.cfg.Backend)
}

// attach makes s the agent's active socket. It reports the code to close s with where that may not be, and false where the desk is gone.
func (d *desk) attach(s *socket, hello protocol.Hello, c claims) (code int, ok bool) {
	d.mu.Lock()
	old := d.active
	code, why, ok := d.attachLocked(s, hello, c)
	d.mu.Unlock()
	if why != "" {
		d.hub.refuseToken(s, why, slog.String("agent", d.id))
	}
	if !ok || code != 0 {
		return code, ok
	}
	if old != nil {
		old.shut(protocol.CloseElsewhere, false)
	}
	return 0, true
}

func (d *desk) attachLocked(s *socket, hello protocol.Hello, c claims) (code int, why refusal, ok bool) {
	switch {
	case d.gone:
		return 0, "", false
	case d.hub.revoked.bars(c):
		return protocol.CloseToken, wasRevoked, true
	case !d.logins.take(time.Now(), loginsPerSecond, loginsBurst):
		return protocol.CloseFlooding, tooOften, true
	case d.hub.draining.Load() && !d.objects.busy():
		return protocol.CloseDraining, "", true
	}
	resumed := hello.Session != "" && d.login != nil && d.login.resumes(hello.Session)
	if !resumed && !d.hub.used.first(c, time.Now()) {
		return protocol.CloseToken, usedTwice, true
	}
	word := loginWord(hello, resumed)
	d.hub.count(CountedLogin, word)
	if d.active != nil && !resumed {
		d.noteLocked("agent taken over by another login", slog.Int("code", protocol.CloseElsewhere))
	}
	d.noteLocked("agent logged in", slog.String("login", word), slog.String("client", hello.Client))
	if !resumed {
		d.login = &login{number: d.hub.logins.Add(1)}
	}
	d.saidBye = false
	d.active, s.helloID = s, hello.ID
	d.believeLocked(c)
	ref := d.refLocked(hello.ID)
	hello.Token, hello.Session = "", "" // secrets end here
	d.tellLocked(func(b Backend) { b.Login(ref, c.Identity, hello) })
	return 0, "", true
}

// believeLocked goes by a good token from now on.
func (d *desk) believeLocked(c claims) {
	d.who = c.Identity
	if c.issued.After(d.issued) {
		d.issued = c.issued
	}
}

// refLocked names a request of the present login session.
func (d *desk) refLocked(id int64) Ref { return Ref{Agent: d.id, Session: d.login.number, ID: id} }

// loginWord is how a login began, for the counter and the log.
func loginWord(hello protocol.Hello, resumed bool) string {
	switch {
	case resumed:
		return "resumed"
	case hello.Session != "":
		return "spent"
	}
	return "new"
}

// left: s is gone. The backend hears of it only when no newer socket has taken over and the agent has not said bye.
func (d *desk) left(s *socket) {
	d.mu.Lock()
	if d.active == s {
		d.active = nil
		d.noteLocked("agent socket lost", slog.Int("code", s.endedWith()))
		d.tellLocked(func(b Backend) { b.Detached(d.id) })
	}
	d.mu.Unlock()
	d.tell()
}

// pace asks the session's meter about one more frame.
func (d *desk) pace(now time.Time) verdict {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.meter.frame(now)
}

// welcome answers the hello that ref names, if its socket still waits for it.
func (d *desk) welcome(ref Ref, ice []protocol.ICEServer, limits func(protocol.Identity) protocol.Limits) {
	d.mu.Lock()
	who := d.who
	d.mu.Unlock()
	may := limits(who) // outside the lock: it is the caller's code

	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.active
	if s == nil || s.welcomed || d.login == nil || d.login.number != ref.Session || s.helloID != ref.ID {
		return
	}
	w := d.objects.welcome(who)
	w.ID, w.Session, w.LastID = ref.ID, d.login.renew(), d.login.lastID
	w.ICEServers, w.Limits, w.Time = ice, may, protocol.At(time.Now())
	s.welcomed = true
	s.send(thing{}, protocol.EncodeWelcome(w))
	d.paceBeatLocked()
}

// paceBeatLocked sets how often the active socket beats.
func (d *desk) paceBeatLocked() {
	if d.active == nil || !d.active.welcomed {
		return
	}
	every := slowBeat
	if d.objects.live() {
		every = fastBeat
	}
	d.active.setBeat(every)
}

// update changes the objects by change and sends frame to a page that was welcomed. change says whether there is anything to send, and whether it was
// the last of its thing.
func (d *desk) update(about thing, frame []byte, change func(o *objects, delivered bool) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	listening := d.active != nil && d.active.welcomed
	if !change(&d.objects, listening) {
		return
	}
	if listening {
		d.active.send(about, frame)
	}
	d.paceBeatLocked()
	d.drainLocked()
}

// drainLocked lets the socket go once the hub drains and the agent has no call left.
func (d *desk) drainLocked() {
	if d.active != nil && d.hub.draining.Load() && !d.objects.busy() {
		d.active.shut(protocol.CloseDraining, true)
	}
}

// forget drops everything but a socket that has logged in since. wasLost says that no bye came before.
func (d *desk) forget() (empty, wasLost bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.objects = objects{}
	if d.active == nil {
		d.login = nil
		d.gone = true
	}
	return d.gone, d.gone && !d.saidBye
}

// close ends the agent's socket with a code.
func (d *desk) close(code int) {
	d.mu.Lock()
	s := d.active
	d.mu.Unlock()
	if s != nil {
		s.shut(code, true)
	}
}
