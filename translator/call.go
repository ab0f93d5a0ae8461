package translator

import (
	"log/slog"
	"slices"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
)

// Call is one call: a far side on a trunk, and the agents it is offered to, or the one who dialled. It belongs to one owner, which calls Step.
type Call struct {
	// Fixed when the call begins.
	id        string
	terms     Terms
	refusal   *ending        // the route's refusal, nil if it goes to a queue
	forAgent  string         // whom the call is for, "" for its queue
	sent      *queue.Leave   // the way that its route sends it at once, nil for none
	in        *dialog.Invite // nil for a call that an agent dialled
	out       *dialled       // nil for a call that came in
	inside    *inside        // nil for a call from or to a trunk
	direction protocol.Direction
	data      map[string]string
	arrivedAt time.Time

	// Who talks; the far side may become someone else.
	from, to protocol.Party

	// The far side. next is a leg that is to join or to replace it; past are those that wind down.
	far, next *farLeg
	past      []*farLeg
	newLeg    func() int // a number for a leg, never given before
	greeted   bool       // 180 or 200 was sent on joining the queue
	inQueue   bool

	// The agent's part in use: the offer, or the conversation. offer.id 0 means none. also are those who are asked
	// beside it, after those who have passed the call on and wrap up.
	offer offer
	also  []*offer
	after []*offer
	// face is the part of the agent who stands where a far side stands, in a call between agents.
	face *offer
	// parked is the part of the agent who passes the call on, while it rings at his colleague.
	parked *offer
	leg    media.LegID // the last one made

	// What is under way.
	hold     holding
	digits   digits
	rec      taping
	ear      ear
	leaving  leaving
	left     string // the queue that he left another way
	back     calling
	move     moving
	namedBy  time.Time // and says so: when we end it ourselves
	named    bool      // the trunk was asked to join this call's far side with another's: a BYE means that it did
	answerBy time.Time // the far side has answered; the agent's first packet is due

	// Where it is.
	state     State
	rev       int64
	ended     ending    // why it is over, in WrapUp and Ended
	endedAt   time.Time // when the conversation was over
	talking   time.Time // when it began; firstTalk is the first one of the call
	firstTalk time.Time
	book      ledger
	over      bool
	lasting   bool // its callback is put down for the next process
	brief     bool // the server goes: no outcome is waited for

	actions []Action // collected by the step that runs
	now     time.Time
}

// offer is one agent's part in the call.
type offer struct {
	id        queue.OfferID
	agent     string
	leg       media.LegID
	seen      bool // the agent was told of it
	answered  bool // the browser's answer was taken
	up        bool // its DTLS is up
	heard     bool // its first authenticated packet came
	joined    bool // it is connected with the trunk's media
	failed    bool // the queue was told that it came to nothing; its withdrawal is on the way
	show      protocol.Ref
	accept    protocol.Ref // the accept that waits for its reply
	hangup    protocol.Ref // the hangup that waits for the queue's word on accept
	mediaBy   time.Time    // when media must be up, zero if not waited for
	detached  time.Time    // since when its socket is gone
	silent    time.Time    // since when its media is gone
	home      int          // the far leg whose session has the agent's media
	who       protocol.Identity
	dialled   bool // he dialled the call, and is not offered it
	outcome   string
	lateUntil time.Time     // an outcome may still be stored after the end
	view      protocol.Call // what the agent saw last
	terms     Terms         // of the queue that it came through
	direct    direct
	book      *PartRecord
	heldSince time.Time // since when he holds
	wrapSince time.Time
	why       *ending // how a callback that was not reached ends for the agent
}

// ownPart is the id of an agent's part that no queue gave him: he dialled.
const ownPart = queue.OfferID(1) << 63

// fromQueue says whether the part is an offer of the queue's.
func (o *offer) fromQueue() bool { return o.id != 0 && o.id != ownPart }

// newCall makes the call of an INVITE. id is a ULID; now is its arrival. The first event must be the start.
func newCall(id string, in *dialog.Invite, r Routing, rules TrunkRules, legs func() int, now time.Time) *Call {
	far := &farLeg{n: legs(), in: in, d: in.Dialog, trunk: in.Trunk, rules: rules}
	c := &Call{id: id, terms: r.Terms, in: in, direction: protocol.Inbound, far: far, newLeg: legs, arrivedAt: now, now: now}
	c.from, c.to, c.data = parties(in)
	c.forAgent, c.sent = r.Agent, r.Way
	c.legBegan(far)
	if r.Status != 0 {
		c.refusal = &ending{code: protocol.CauseRejected, by: protocol.BySystem, sipStatus: r.Status, status: r.Status, q850: r.Q850, text: r.Text}
		if r.Status == 503 {
			c.refusal.retryAfter = r.Terms.RetryAfter
		}
	}
	return c
}

// State is where the call is.
func (c *Call) State() State { return c.state }

// Step applies one event and returns what is to be done, in order. Only the call's owner calls it.
func (c *Call) Step(ev Event, now time.Time) []Action {
	c.actions, c.now = nil, now
	switch ev := ev.(type) {
	case evDialog:
		if f := c.farLegOf(ev.n); f != nil {
			c.dialogDo(f, ev.ev)
		}
	case evTick:
		c.tick()
	case evYield:
		c.yield(ev)
	case evUnknown:
		c.unknown()
	case evStats:
		c.measured(ev)
	case evQuality:
		c.browserMeasured(ev)
	case evEnd:
		c.raise(ev)
		if ev.why.code == protocol.CauseDraining {
			c.cutAfter()
		}
	default:
		c.raise(ev)
	}
	c.buryLegs()
	if c.state == Ended && !c.over && len(c.legs()) == 0 && c.partsOver() {
		c.over = true
		if c.begun() && !c.back.promised.handed { // else what was dialled never became a call
			c.do(doRecord{c.record()})
		}
		c.do(doOver{})
	}
	return c.actions
}

// Deadline is when the call wants a tick at the latest; false for never.
func (c *Call) Deadline() (time.Time, bool) {
	var next time.Time
	earlier := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, t := range [...]time.Time{c.mediaDue(), c.waitLimitAt(), c.agentLostAt(), c.lateAt(), c.longestAt(), c.digitsDue(), c.directDue(), c.comfortDue(), c.leaving.by, c.faceLostAt(), c.otherDue(), c.namedDue()} {
		earlier(t)
	}
	for _, f := range c.legs() {
		earlier(f.deadline())
		earlier(f.farewell)
	}
	return next, !next.IsZero()
}

// tick does what is due. The dialogs come last: their own limit for an INVITE without final response is the same as ours, which knows more to say.
func (c *Call) tick() {
	c.due(c.mediaDue(), kMediaTimeout)
	c.due(c.waitLimitAt(), kWaitLimit)
	c.due(c.agentLostAt(), kAgentLost)
	c.due(c.longestAt(), kTooLong)
	c.due(c.digitsDue(), kDigitDue)
	c.due(c.directDue(), kDirectLate)
	c.due(c.comfortDue(), kComfort)
	c.due(c.leaving.by, kSaid)
	if at := c.otherDue(); !at.IsZero() && !c.now.Before(at) {
		c.raise(evLegKept{})
	}
	if at := c.namedDue(); !at.IsZero() && !c.now.Before(at) {
		c.namedBy = time.Time{}
		c.raise(evEnd{transferred()})
	}
	if at := c.faceLostAt(); !at.IsZero() && !c.now.Before(at) {
		c.faceLost()
	}
	for _, f := range c.legs() {
		if !f.farewell.IsZero() && !c.now.Before(f.farewell) {
			c.farewell(f)
		}
		c.dialogDo(f, dialog.Tick{})
	}
}

func (c *Call) due(at time.Time, k kind) {
	if !at.IsZero() && !c.now.Before(at) {
		c.raise(evPlain{k})
	}
}

// mediaDue is when the agent's media is too late; zero if it is not waited for.
func (c *Call) mediaDue() time.Time {
	switch {
	case c.state == Connecting && !c.offer.failed:
		return c.offer.mediaBy
	case c.state == Dialing:
		return c.answerBy
	}
	return time.Time{}
}

// waitLimitAt is when a caller who was not answered has waited too long for a SIP INVITE.
func (c *Call) waitLimitAt() time.Time {
	if c.answered() || c.far == nil || c.state == Arrived || c.state > Leaving {
		return time.Time{}
	}
	return c.arrivedAt.Add(c.terms.RingLimit)
}

func (c *Call) agentLostAt() time.Time {
	o := &c.offer
	if c.state < Dialing || c.state > Moving || o.detached.IsZero() || o.silent.IsZero() {
		return time.Time{}
	}
	since := o.detached
	if o.silent.After(since) {
		since = o.silent
	}
	return since.Add(c.terms.ResumeFor)
}

// longestAt is when a leg that we placed has lasted as long as any may (security.md S13), whoever talks on it.
func (c *Call) longestAt() (at time.Time) {
	if c.state != Connected && c.state != Moving && c.state != Bridged {
		return at
	}
	for _, f := range [...]*farLeg{c.far, c.next} {
		if f == nil || f.since.IsZero() || f.place.dest.Longest == 0 {
			continue
		}
		if end := f.since.Add(f.place.dest.Longest); at.IsZero() || end.Before(at) {
			at = end
		}
	}
	return at
}

// lateAt is when an outcome that is still missing is no longer taken.
func (c *Call) lateAt() (at time.Time) {
	if c.state != Ended || c.over || len(c.legs()) > 0 {
		return at
	}
	at = c.offer.lateUntil
	for _, o := range c.after {
		if o.lateUntil.After(at) {
			at = o.lateUntil
		}
	}
	return at
}

// partsOver says whether no agent has anything to do with the call any more.
func (c *Call) partsOver() bool {
	for _, o := range c.after {
		if o.lateUntil.IsZero() || c.now.Before(o.lateUntil) {
			return false
		}
	}
	return !c.now.Before(c.offer.lateUntil)
}

// raise looks the event up in the table and carries its row out.
func (c *Call) raise(ev Event) {
	k := ev.kind()
	if c.faced(ev) || c.parted(ev) {
		return
	}
	if c.stale(ev) {
		c.confirm(ev)
		return
	}
	if req, ok := ev.(evRequest); ok && !c.mayAsk(req) {
		return
	}
	r := table[c.state][k]
	if r == nil {
		c.confirm(ev)
		c.missing(ev, k)
		return
	}
	if r.to != same {
		c.state = r.to
	}
	if r.do != nil {
		r.do(c, ev)
	}
}

// confirm says of an offer's end that the agent has been told before, or never saw the offer.
func (c *Call) confirm(ev Event) {
	switch ev := ev.(type) {
	case evWithdrawn:
		c.do(doPartOver{string(ev.d.Agent), ev.d.Offer})
	case evWrapUpOver:
		c.do(doPartOver{ev.agent, ev.offer})
	}
}

// missing answers a request that cannot be done now, and says so of an event that no row and no reason covers.
func (c *Call) missing(ev Event, k kind) {
	if req, ok := ev.(evRequest); ok {
		if c.state == Ended {
			c.refuse(req.ref, protocol.CallGone, "the call is over")
			return
		}
		c.refuse(req.ref, protocol.WrongPhase, "the call is "+string(c.offer.view.Phase))
		return
	}
	if !isIgnored(c.state, k) {
		c.log(slog.LevelError, "call event without a row", slog.String("state", c.state.String()), slog.String("event", k.String()))
		c.do(doCount{"unexpected_event", c.state.String() + " × " + k.String()})
	}
}

func isIgnored(s State, k kind) bool {
	for _, ig := range ignored {
		if slices.Contains(ig.from, s) && slices.Contains(ig.on, k) {
			return true
		}
	}
	return false
}

// stale says whether the event is about an offer or leg that is over.
func (c *Call) stale(ev Event) bool {
	switch ev := ev.(type) {
	case evMedia:
		if ev.m.Leg == 0 {
			return c.farLegOf(ev.n) == nil
		}
		return ev.n != c.offer.home || ev.m.Leg != c.offer.leg
	case evLegOffered:
		return ev.leg != c.offer.leg
	case evLegAnswered:
		return ev.leg != c.offer.leg
	case evLegRestarted:
		return ev.leg != c.offer.leg
	case evWithdrawn:
		return ev.d.Offer != c.offer.id
	case evWon:
		return ev.d.Offer != c.offer.id
	case evWrapUp:
		return ev.offer != c.offer.id
	case evWrapUpOver:
		return ev.offer != c.offer.id
	}
	return false
}

// mayAsk checks the right to this call (security.md rule 6). The exchange has already turned away agents who never had it.
func (c *Call) mayAsk(ev evRequest) bool {
	if ev.ref.Agent == c.offer.agent && c.offer.id != 0 {
		c.offer.who = ev.who
		return true
	}
	c.refuse(ev.ref, protocol.CallGone, "the call is over, or someone else has it")
	return false
}

func (c *Call) do(a ...Action) { c.actions = append(c.actions, a...) }

// dialogDo steps a leg's dialog; its messages become actions, its reports events.
func (c *Call) dialogDo(f *farLeg, ev dialog.Event) {
	if f.d == nil {
		return
	}
	for _, e := range f.d.Step(ev, c.now) {
		r, ok := e.(dialog.Report)
		if !ok {
			c.do(doSend{f.n, e})
			continue
		}
		c.legReported(f, r)
		if k, ok := c.reportKind(f, r.Kind); ok {
			c.raise(evReport{k, r, f.n})
		}
		if r.Kind == dialog.Ended || r.Kind == dialog.Failed {
			f.over = true // until it is placed again, by another trunk
			c.do(doHangUp{f.n})
		}
	}
	if f.d.State() == dialog.StateClosing && f.d.Ending().By != dialog.Here && c.state < WrapUp {
		c.closing(f)
	}
}

// closing: a dialog has begun to end though nobody hung up. Who talks on it need not wait for the answer to the last message.
func (c *Call) closing(f *farLeg) {
	r := f.d.Ending()
	switch {
	case f == c.far && f.in != nil && !f.confirmed:
		c.raise(evEnd{unconfirmed()})
	case f == c.far, f == c.next && c.state == Bridged:
		c.raise(evEnd{farLost(r)})
	case f == c.next:
		r.Kind = dialog.Failed
		c.raise(evReport{kNextEnded, r, f.n})
	}
}

// buryLegs forgets the legs that are over and of no more use.
func (c *Call) buryLegs() {
	before := len(c.past)
	for _, f := range c.past {
		if f.over {
			c.closeLeg(f)
			c.do(doForget{f.n})
		}
	}
	c.past = slices.DeleteFunc(c.past, func(f *farLeg) bool { return f.over })
	if len(c.past) < before {
		c.promise() // how the leg ended belongs to it
	}
}

func (c *Call) reply(ref protocol.Ref) {
	if ref.ID != 0 {
		c.do(doReply{ref, protocol.Ok(ref.ID)})
	}
}

func (c *Call) refuse(ref protocol.Ref, code protocol.Code, message string) {
	if ref.ID != 0 {
		c.do(doReply{ref, protocol.Refuse(ref.ID, code, message)})
	}
}

func (c *Call) log(level slog.Level, msg string, attrs ...slog.Attr) {
	c.do(doLog{level, msg, attrs})
}

// ok answers a request that needs nothing done.
func (c *Call) ok(ev Event) { c.reply(ev.(evRequest).ref) }
