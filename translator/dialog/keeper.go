package dialog

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Target is a place that a call may be sent to.
type Target struct {
	Trunk string
	Address
	// Up is false for an address that is known not to answer; such a one is given only when there is no other.
	Up bool
}

// TrunkState is what an endpoint knows of a trunk.
type TrunkState struct {
	Name string
	// Registration is "" for a trunk without one, else idle, trying, registered, waiting, leaving or gone. Registered says whether the
	// registrar holds our binding, and Status what it last answered, 0 for nothing.
	Registration string
	Registered   bool
	Status       int
	Addresses    []Target
}

// keeper looks after one trunk: asks its addresses by OPTIONS whether they are there, and keeps its registration. Its machines are stepped
// under its lock; it sends when it has let go of that.
type keeper struct {
	e     *Endpoint
	trunk *Trunk
	wake  chan struct{}
	gone  chan struct{} // closed when there is no registration any more

	mu      sync.Mutex
	health  []health
	reg     registration
	status  int
	auth    *Authorizer
	callID  string
	tag     string
	seq     uint32
	address int // of the registrar: the next one after each failure
	left    sync.Once
}

func newKeeper(e *Endpoint, t *Trunk, now time.Time) *keeper {
	k := &keeper{
		e: e, trunk: t, wake: make(chan struct{}, 1), gone: make(chan struct{}), health: make([]health, len(t.Addresses)),
		auth: newAuthorizer(e.us, t), callID: e.us.ids.token() + e.us.ids.token(), tag: e.us.ids.token(),
	}
	for i := range k.health {
		k.health[i] = health{qualified: t.Qualify, next: now}
	}
	if t.Register != nil {
		k.reg = newRegistration(t.Register, now)
	} else {
		k.left.Do(func() { close(k.gone) })
	}
	return k
}

// run is the keeper's goroutine: it sleeps until something is due.
func (k *keeper) run() {
	for {
		wait := time.Hour
		if at := k.next(); !at.IsZero() {
			wait = time.Until(at)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
			k.tick(time.Now())
		case <-k.wake:
		case <-k.e.closed:
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

func (k *keeper) next() (at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at = k.reg.next
	for _, h := range k.health {
		if h.qualified {
			at = sooner(at, h.next)
		}
	}
	return at
}

// tick sends what is due.
func (k *keeper) tick(now time.Time) {
	k.mu.Lock()
	var ask []int
	for i := range k.health {
		if k.health[i].due(now, k.e.us.random(2000)) {
			ask = append(ask, i)
		}
	}
	due := !k.reg.next.IsZero() && !now.Before(k.reg.next)
	k.mu.Unlock()
	for _, i := range ask {
		k.options(i)
	}
	if due {
		k.register(regDue, regInput{now: now})
	}
}

// options asks one address.
func (k *keeper) options(i int) {
	a := k.trunk.Addresses[i]
	us := k.sideFor(a)
	req := us.request(sip.OPTIONS, uriOf(a))
	us.head(req, "<sip:"+hostOf(us.host)+">", us.ids.token(), "<"+uriOf(a)+">", us.ids.token()+us.ids.token(), 1)
	req.AppendHeader(us.contactHeader())
	req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	k.e.ask(req, a.Addr, us, func(o outcome) { k.heard(i, o) })
}

// heard takes an answer to OPTIONS, or none.
func (k *keeper) heard(i int, o outcome) {
	if ev, ok := healthOf(o, true); ok {
		k.saw(i, ev, retryAfterOf(o))
	}
}

func (k *keeper) saw(i int, ev healthEvent, after time.Duration) {
	now := time.Now()
	k.mu.Lock()
	changed := k.health[i].see(ev, after, now)
	up := k.health[i].usable(now)
	k.mu.Unlock()
	if changed {
		level, what := slog.LevelWarn, "trunk address is down"
		if up {
			level, what = slog.LevelInfo, "trunk address is up"
		}
		a := k.trunk.Addresses[i]
		k.e.log.Log(context.Background(), level, what, "trunk", k.trunk.Name, "address", a.Addr, "network", string(a.Network))
	}
}

func retryAfterOf(o outcome) time.Duration {
	if o.res == nil {
		return 0
	}
	return deltaSeconds(firstValue(o.res, "retry-after"))
}

// register steps the registration and sends what it wants sent.
func (k *keeper) register(ev regEvent, in regInput) {
	k.mu.Lock()
	in.random = k.e.us.random(1000)
	before := k.reg.state
	if ev == regFailed {
		k.address++
	}
	send := k.reg.step(ev, in)
	after, status := k.reg.state, k.status
	var req *sip.Request
	var a Address
	var us *local
	if send != nil {
		a = k.trunk.Addresses[k.address%len(k.trunk.Addresses)]
		us = k.sideFor(a)
		req = k.registerRequest(us, send)
	}
	k.mu.Unlock()
	if regNames[before] != regNames[after] && k.trunk.Register != nil {
		k.e.log.Info("registration", "trunk", k.trunk.Name, "state", regNames[after], "status", status)
	}
	if after == regGone {
		k.left.Do(func() { close(k.gone) })
	}
	if req != nil {
		k.e.ask(req, a.Addr, us, func(o outcome) { k.registered(req, us, o) })
	}
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// registerRequest builds a REGISTER; k.mu is held. All of one registration share Call-ID and From tag (RFC 3261 §10.2.4).
func (k *keeper) registerRequest(us *local, s *regRequest) *sip.Request {
	r := k.trunk.Register
	k.seq++
	req := us.request(sip.REGISTER, r.Registrar)
	us.head(req, "<"+r.Identity+">", k.tag, "<"+r.Identity+">", k.callID, k.seq)
	req.AppendHeader(sip.NewHeader("Contact", "<"+contactURI(us, r.contactUser())+">"))
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(s.expires/time.Second))))
	hs := s.headers
	if s.fresh {
		hs = k.auth.Headers(req)
	}
	for _, h := range hs {
		req.AppendHeader(h)
	}
	return req
}

// registered takes an answer to REGISTER, or none.
func (k *keeper) registered(req *sip.Request, us *local, o outcome) {
	in := regInput{now: time.Now(), after: retryAfterOf(o)}
	if o.err == nil && o.res.StatusCode < 200 {
		return
	}
	ev := regFailed
	k.mu.Lock()
	k.status = 0
	if o.err == nil {
		k.status = o.res.StatusCode
	}
	switch {
	case k.status/100 == 2:
		ev, in.expires = regOK, grantedBy(o.res, us, k.trunk.Register.contactUser())
	case k.status == 423:
		in.expires = deltaSeconds(firstValue(o.res, "min-expires"))
		if in.expires > k.reg.ask4 && in.expires <= longestInterval {
			ev = regBrief
		}
	case k.status == 401 || k.status == 407:
		var ok bool
		if in.headers, ok = k.auth.Challenged(req, o.res, o.from); ok {
			ev = regChallenge
		}
	}
	k.mu.Unlock()
	k.register(ev, in)
}

// sideFor is our side towards an address. There is one: the configuration is checked for it.
func (k *keeper) sideFor(a Address) *local {
	if p := k.e.portFor(a.Network, a.Addr.Addr(), k.e.us); p != nil {
		return p.us
	}
	return k.e.us
}

// head gives a request outside any dialog what every request has, and lets sipgo read it now: later its goroutines share it.
func (l *local) head(req *sip.Request, from, tag, to, callID string, seq uint32) {
	req.AppendHeader(l.via())
	req.AppendHeader(sip.NewHeader("From", from+";tag="+tag))
	req.AppendHeader(sip.NewHeader("To", to))
	req.AppendHeader(sip.NewHeader("Call-ID", callID))
	req.AppendHeader(sip.NewHeader("CSeq", strconv.FormatUint(uint64(seq), 10)+" "+string(req.Method)))
	req.AppendHeader(sip.NewHeader("Max-Forwards", "70"))
	req.SetBody(nil)
	req.From()
	req.To()
	req.CallID()
	req.CSeq()
}

func hostOf(host string) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		return "[" + host + "]"
	}
	return host
}

// uriOf names an address as a URI.
func uriOf(a Address) string {
	if a.Network.stream() {
		return "sip:" + a.Addr.String() + ";transport=" + string(a.Network)
	}
	return "sip:" + a.Addr.String()
}

// Targets lists where a call may be sent, in order of preference: the trunks as named, each one's addresses as configured. Addresses that do not
// answer are left out, unless none is up: then all are given (translation.md §1.5 Qualify).
func (e *Endpoint) Targets(trunks ...string) []Target {
	var all []Target
	for _, name := range trunks {
		for _, k := range e.keepers {
			if k.trunk.Name == name {
				all = append(all, k.targets(time.Now())...)
			}
		}
	}
	if up := slices.DeleteFunc(slices.Clone(all), func(t Target) bool { return !t.Up }); len(up) > 0 {
		return up
	}
	return all
}

func (k *keeper) targets(now time.Time) []Target {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]Target, 0, len(k.health))
	for i := range k.health {
		out = append(out, Target{k.trunk.Name, k.trunk.Addresses[i], k.health[i].usable(now)})
	}
	return out
}

// Trunks reports on every trunk, in the order of the configuration.
func (e *Endpoint) Trunks() []TrunkState {
	now := time.Now()
	out := make([]TrunkState, 0, len(e.keepers))
	for _, k := range e.keepers {
		s := TrunkState{Name: k.trunk.Name, Addresses: k.targets(now)}
		k.mu.Lock()
		if k.trunk.Register != nil {
			s.Registration, s.Registered, s.Status = regNames[k.reg.state], k.reg.bindingHolds(now), k.status
		}
		k.mu.Unlock()
		out = append(out, s)
	}
	return out
}

// hearCall notes what an INVITE's outcome says about the address that it went to.
func (e *Endpoint) hearCall(a Address, o outcome) {
	ev, ok := healthOf(o, false)
	if !ok {
		return
	}
	for _, k := range e.keepers {
		for i, at := range k.trunk.Addresses {
			if at == a {
				k.saw(i, ev, retryAfterOf(o))
			}
		}
	}
}

// leave takes the registrations back and waits for the answers, for a short time.
func (e *Endpoint) leave() {
	limit := time.After(leaveTime)
	for _, k := range e.keepers {
		k.register(regLeave, regInput{now: time.Now()})
	}
	for _, k := range e.keepers {
		select {
		case <-k.gone:
		case <-limit:
			return
		}
	}
}
