package translator

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// Agents sends to agents. The hub implements it. Methods return at once, and for one agent keep their order.
type Agents interface {
	SendAgent(id string, a protocol.Agent)
	SendCall(id string, c protocol.Call)
	SendQueue(id string, q protocol.QueueFigures)
	AddRecent(id string, r protocol.Recent)
	Welcome(ref protocol.Ref)
	Reply(ref protocol.Ref, r protocol.Reply)
	// Forget drops what is kept of an agent who is offline for good.
	Forget(id string)
}

// Hooks tell what happens. A nil hook is not called. They are called by several goroutines and must return at once.
type Hooks struct {
	// Count is called with what happened and a label of few values: "call" with "cause/by", "offer" with how it ended, "trunk_full" with the trunk, "panic" with
	// "call" or "exchange", "unexpected_event" with "state × event", "repair" with the reason for which the queue's books were put right, "inbox_full" with
	// "call" or "exchange".
	Count func(what, label string)
	// Record is called with each call's record when nothing of the call is left. It must return at once.
	Record func(CallRecord)
	// Happened is called with each thing that happens to a call. It must return at once.
	Happened func(Happening)
	// Sent is called with each decision of the queue that lets a caller go another way: [queue.Moved], [queue.CallbackKept], or a [queue.Leave] that is not
	// because he has hung up or is answered. joins: it was made when he came, before anything was sent to him. It must return at once.
	Sent func(call string, d queue.Decision, joins bool)
	// Broken is called when more than 5 panics came in 60 s: the process should end and be started anew (security.md F5).
	Broken func()
}

// Routing is what a route decides for a new call: a queue's terms, one agent, another way, or a refusal.
type Routing struct {
	Terms Terms
	// Agent is whom the call is for. It goes to the queue of Terms if he is not free or does not take it, and is refused if that is "".
	Agent string
	// Way, if set, is the way that the call goes at once, as a queue would send it: to a number or to a message, or its end for a reason of the queue's.
	Way *queue.Leave
	// Status, if not 0, refuses the call with it; Q850 and Text are the Reason.
	Status, Q850 int
	Text         string
}

// Config is what an exchange is made of.
type Config struct {
	Runtime Runtime
	Agents  Agents
	Media   media.Engine
	Queue   queue.Settings
	// Route decides where a new call goes. It must be pure and quick.
	Route func(in *dialog.Invite) Routing
	// Policy is the media rules of the call's trunk.
	Policy func(in *dialog.Invite) sdp.TrunkPolicy
	// Trunks places calls; nil: nobody can dial.
	Trunks Trunks
	// Resolve says where a call goes, and whether this agent may place it. nil: nobody may call anyone. It must be pure and quick, and safe for
	// concurrent use.
	Resolve func(who protocol.Identity, ask Ask) (Destination, *Denial)
	// Meter counts a call that this agent places, until it is released. nil: nothing is counted. Safe for concurrent use.
	Meter func(agent string, now time.Time) (release func(), denied *Denial)
	// Rules are what calls do on a trunk. nil: the defaults.
	Rules func(trunk string) TrunkRules
	// PolicyTo is the media rules of a call that is placed to a target.
	PolicyTo func(t dialog.Target) sdp.TrunkPolicy
	// DialTerms are the terms of calls that agents dial; what is not set has the product's defaults.
	DialTerms Terms
	// RecordPath names the file of a call's recording, the n-th of this call; nil: nothing is recorded.
	RecordPath func(call string, n int, arrived time.Time) string
	// Promises keeps callbacks for the next process, which gives them to TakeOver; nil: they end with this one.
	Promises Promises
	// Terms are the terms of a queue that calls are passed on to; false where there is none of that name. nil: there is none.
	Terms func(queue string) (Terms, bool)
	// Known says whether there is an agent of this name, logged in or not: it tells not_found from unreachable. nil: nobody knows, and whoever is not
	// logged in is unreachable.
	Known func(agent string) bool
	// Memberships are the queues that this agent serves.
	Memberships func(who protocol.Identity) []queue.Membership
	// Skills are those of this agent; nil: nobody has any.
	Skills func(who protocol.Identity) []queue.Skill
	// Reasons are the reasons for being away that agents may give; empty allows any.
	Reasons []string
	// ResumeFor is how long an agent without a socket stays logged in (30 s).
	ResumeFor time.Duration
	// MaxCalls are the calls in progress at once (1,000); more get 503.
	MaxCalls int
	// Random is the source of ids and spreads; it need not be safe for concurrent use. nil takes a random seed.
	Random rand.Source
	Log    *slog.Logger
	Hooks  Hooks
}

// Exchange routes new calls, owns the queue, and passes requests and decisions between agents and calls. It is one owner with one inbox.
// It implements the hub's backend (package agent) and dialog.Handler, whose methods may be called from any goroutine.
type Exchange struct {
	// Fixed at the start.
	rt      Runtime
	agents  Agents
	media   media.Engine
	cfg     Config
	log     *slog.Logger
	hooks   Hooks
	actor   *actor
	rngMu   sync.Mutex // guards rng
	rng     *rand.Rand
	inCalls atomic.Int64 // calls in progress, for Admit
	refuse  atomic.Bool
	lines   lines
	legs    atomic.Int64 // numbers given to far legs
	dialogs sync.Map     // *dialog.Dialog to *wire, of dialogs in progress, for Replaces

	// Owned by the exchange's actor.
	queue     *queue.Engine
	calls     map[string]*callOwner
	logins    map[string]*login
	offers    map[queue.OfferID]taken
	parts     map[string]*part // by agent
	figures   map[string]*figures
	compareAt time.Time     // when the books are compared next; zero while there is nothing in them
	idle      chan struct{} // closed when no call is left, while shutting down; nil before

	panicMu sync.Mutex  // guards panics
	panics  []time.Time // the newest ones

	down sync.Once
}

// New starts an exchange.
func New(cfg Config) (*Exchange, error) {
	engine, err := queue.New(cfg.Queue)
	if err != nil {
		return nil, fmt.Errorf("translator: %w", err)
	}
	defaults(&cfg)
	x := &Exchange{
		rt: cfg.Runtime, agents: cfg.Agents, media: cfg.Media, cfg: cfg, log: cfg.Log, hooks: cfg.Hooks,
		queue: engine, rng: rand.New(cfg.Random),
		calls: map[string]*callOwner{}, logins: map[string]*login{}, offers: map[queue.OfferID]taken{}, parts: map[string]*part{}, figures: map[string]*figures{},
	}
	x.actor = &actor{handle: x.handle, deadline: x.deadline, limit: 1 << 17}
	x.rt.start(x.actor)
	return x, nil
}

func defaults(cfg *Config) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if cfg.Hooks.Count == nil {
		cfg.Hooks.Count = func(string, string) {}
	}
	if cfg.Hooks.Record == nil {
		cfg.Hooks.Record = func(CallRecord) {}
	}
	if cfg.Hooks.Happened == nil {
		cfg.Hooks.Happened = func(Happening) {}
	}
	if cfg.Hooks.Sent == nil {
		cfg.Hooks.Sent = func(string, queue.Decision, bool) {}
	}
	if cfg.Hooks.Broken == nil {
		cfg.Hooks.Broken = func() {}
	}
	if cfg.ResumeFor == 0 {
		cfg.ResumeFor = 30 * time.Second
	}
	if cfg.MaxCalls == 0 {
		cfg.MaxCalls = 1000
	}
	if cfg.Random == nil {
		cfg.Random = rand.NewPCG(rand.Uint64(), rand.Uint64())
	}
}

// What comes into the exchange's inbox, besides agents' requests (login.go).
type (
	inviteIn struct{ owner *callOwner }
	fromCall struct{ ev queue.Event }
	callOver struct{ id string }
	settled  struct{ agent string }
	partOver struct {
		agent string
		offer queue.OfferID
	}
	agentLost  struct{ agent, call string }
	agentAsked struct{ call, agent string }
	toAll      struct{ ev Event }
	do         struct{ f func() }
)

func (x *Exchange) post(ev any) {
	if x.actor.box.post(ev) == boxFull {
		x.hooks.Count("inbox_full", "exchange")
	}
}

func (x *Exchange) handle(ev any, now time.Time) {
	defer func() {
		if p := recover(); p != nil {
			x.log.Error("panic in the exchange", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			x.panicked("exchange", now)
		}
	}()
	defer x.watch(now)
	switch ev := ev.(type) {
	case tick:
		x.tick(now)
	case inviteIn:
		x.calls[ev.owner.call.id] = ev.owner
	case fromCall:
		x.apply(ev.ev, now)
	case callOver:
		x.yieldedAll(ev.id)
		x.forgetCall(ev.id)
	case settled:
		x.settled(ev.agent)
	case partOver:
		x.partOver(ev)
	case agentAsked:
		x.agentAsked(ev, now)
	case freed:
		x.freed(ev, now)
	case yielded:
		x.yielded(ev, now)
	case agentLost:
		x.lost(ev, now)
	case toAll:
		for _, id := range slices.Sorted(maps.Keys(x.calls)) {
			x.calls[id].post(ev.ev)
		}
	case do:
		ev.f()
	default:
		x.fromHub(ev, now)
	}
}

func (x *Exchange) deadline() (time.Time, bool) {
	next, ok := x.queue.NextDeadline()
	earlier := func(t time.Time) {
		if !t.IsZero() && (!ok || t.Before(next)) {
			next, ok = t, true
		}
	}
	earlier(x.compareAt)
	for _, l := range x.logins {
		earlier(x.detachDue(l))
	}
	for _, f := range x.figures {
		if f.unsent {
			earlier(f.sent.Add(figuresEvery))
		}
	}
	return next, ok
}

func (x *Exchange) tick(now time.Time) {
	x.apply(queue.Tick{}, now)
	x.detachTick(now)
	x.reconcile(now)
	for _, f := range x.figures {
		x.sendFigures(f, now)
	}
}

// Admit says whether a new call may be taken: false while draining and at the limit of calls. Part of dialog.Handler.
func (x *Exchange) Admit() bool {
	return !x.refuse.Load() && x.inCalls.Load() < int64(x.cfg.MaxCalls)
}

// Invite takes a new call. Part of dialog.Handler.
func (x *Exchange) Invite(in *dialog.Invite) (sink func(dialog.Event)) {
	now := x.rt.Now()
	if in.Replaces != nil {
		if sink := x.replaces(in); sink != nil {
			return sink
		}
	}
	routing := x.cfg.Route(in)
	if in.Replaces != nil {
		routing = Routing{Status: 481, Q850: 31, Text: "no such dialog"}
	}
	rules := x.rules(in.Trunk)
	free, ok := x.lines.take(in.Trunk, rules.MaxCalls)
	if !ok {
		x.hooks.Count("trunk_full", in.Trunk)
		routing = Routing{Status: 503, Q850: 34, Text: "no line free"}
	}
	id, retryAfter := x.name(now)
	routing.Terms.RetryAfter = retryAfter
	o := x.own(newCall(id, in, routing, rules, x.newLeg, now))
	w := o.hold(in)
	o.legs[w.n].line = free
	x.post(inviteIn{o})
	o.post(evStart{})
	return w.dialog
}

// own makes a call's owner.
func (x *Exchange) own(c *Call) *callOwner {
	o := &callOwner{x: x, call: c, legs: map[int]*givenLeg{}, log: x.log.With("call", c.id)}
	c.lasting = x.cfg.Promises != nil
	o.actor = &actor{handle: o.handle, deadline: c.Deadline, limit: 1024}
	x.inCalls.Add(1)
	x.rt.start(o.actor)
	return o
}

// hold keeps the transactions of the call that came in.
func (o *callOwner) hold(in *dialog.Invite) *wire {
	n := o.call.far.n
	l := &givenLeg{wire: newWire(n, o), tx: in.Tx}
	o.legs[n] = l
	o.x.knows(in.Dialog, l)
	return l.wire
}

func (x *Exchange) newLeg() int { return int(x.legs.Add(1)) }

// knows remembers where the events of a dialog go, for an INVITE that replaces it.
func (x *Exchange) knows(d *dialog.Dialog, l *givenLeg) {
	l.known = append(l.known, d)
	x.dialogs.Store(d, l.wire)
}

// replaces gives an INVITE with Replaces to the call that has that dialog; nil if none has.
func (x *Exchange) replaces(in *dialog.Invite) func(dialog.Event) {
	found, ok := x.dialogs.Load(in.Replaces)
	if !ok {
		return nil
	}
	n := x.newLeg()
	w := newWire(n, found.(*wire).owner.Load())
	leg := &farLeg{n: n, in: in, d: in.Dialog, trunk: in.Trunk, rules: x.rules(in.Trunk)}
	given := givenLeg{wire: w, tx: in.Tx}
	x.knows(in.Dialog, &given)
	if !w.owner.Load().post(evReplacing{leg, given}) {
		x.dialogs.Delete(in.Dialog)
		return nil
	}
	return w.dialog
}

func (x *Exchange) rules(trunk string) TrunkRules {
	if x.cfg.Rules == nil {
		return TrunkRules{}
	}
	return x.cfg.Rules(trunk)
}

// name draws a call's ID and the spread of its Retry-After.
func (x *Exchange) name(now time.Time) (id string, retryAfter time.Duration) {
	x.rngMu.Lock()
	defer x.rngMu.Unlock()
	return newULID(now, x.rng), time.Duration(5+x.rng.IntN(26)) * time.Second
}

func (x *Exchange) forgetCall(id string) {
	delete(x.calls, id)
	x.inCalls.Add(-1)
	x.checkIdle()
}

// policyTo is the media rules of a call to a target.
func (x *Exchange) policyTo(t dialog.Target) sdp.TrunkPolicy {
	if x.cfg.PolicyTo == nil {
		return sdp.TrunkPolicy{TrunkAddr: t.Addr.Addr()}
	}
	return x.cfg.PolicyTo(t)
}

func (x *Exchange) policy(in *dialog.Invite) sdp.TrunkPolicy {
	p := sdp.TrunkPolicy{TrunkAddr: in.Source.Addr()}
	if x.cfg.Policy != nil {
		p = x.cfg.Policy(in)
	}
	return p
}
