package translator

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// Destination is where a call may go, as the dial policy says.
type Destination struct {
	// Party is the far side as agents see it.
	Party protocol.Party
	// User and Host make the Request-URI; an empty Host is the address of the trunk.
	User, Host string
	// Trunks are the trunks to try, the best first.
	Trunks []string
	// From is who the far side is told to be called by.
	From dialog.Party
	// Headers are those that may carry the call's data, in lower case.
	Headers []string
	// Unmetered calls are not counted: nobody who calls for help is told that he has called enough.
	Unmetered bool
	// Longest ends the call after that time of conversation; 0 for never.
	Longest time.Duration
}

// Ask is a call that somebody wants placed.
type Ask struct {
	// To is a number or URI, From the number to show, "" for the usual one.
	To, From string
	// Far is the trunk whose far side wants it, by REFER or a redirection, for the agent's call. Empty: the agent wants it.
	Far string
	// Trunk is by which trunk a queue sends its callers to a number, "" for that which the policy has for it: the configuration itself names the
	// number, and no agent's right is asked. Queue is the queue that calls a customer back: his number is one that a caller gave.
	Trunk, Queue string
	// Outward says that a queue sends its callers there.
	Outward bool
}

// Denial says why a call may not be placed, as the agent is told.
type Denial struct {
	Code    protocol.Code
	Message string
}

// Trunks places calls. Live it is a [dialog.Endpoint], in replay a [dialog.VirtualTx].
type Trunks interface {
	dialog.Tx
	// Place sends an INVITE; sink gets the dialog's events and must not block.
	Place(call dialog.Outgoing, sink func(dialog.Event)) (*dialog.Dialog, error)
	// Targets are the addresses of these trunks, those known to be down left out unless there is no other.
	Targets(trunks ...string) []dialog.Target
}

// dialled is what an agent dialled.
type dialled struct {
	ref       protocol.Ref
	who       protocol.Identity
	sdp       string
	data      map[string]string
	consultOf string
	dest      Destination
	targets   []dialog.Target
	begun     bool // the agent was told ok
}

// placing is how the INVITE of a leg of ours goes, from trunk to trunk.
type placing struct {
	dest    Destination
	headers map[string]string
	targets []dialog.Target
	at      int
	// redirected is the URI that a 3xx sent the call to; contacts are those left.
	redirected string
	contacts   []string
	failed     *dialog.Dialog
	replaces   *dialog.Replacement
	hops       int
	heard      bool // something above 100 came: no other trunk is tried
	early      bool // the far side's sound is heard before it answers
}

// patience is how long a trunk may be silent while there is another (translation.md 1.3, security.md F7).
const patience = 3 * time.Second

// newDialled makes the call that an agent dialled. The first event must be the start.
func newDialled(id string, out dialled, t Terms, legs func() int, now time.Time) *Call {
	c := &Call{
		id: id, terms: t, out: &out, direction: protocol.Outbound, newLeg: legs, arrivedAt: now, state: Dialing, data: out.data,
		from: protocol.Party{Number: out.dest.From.User, Name: out.dest.From.Display}, to: out.dest.Party,
	}
	return c
}

// dial: an agent dials. His media comes first, since what he offers decides what can be asked of the trunk.
func (c *Call) dial(Event) {
	out := c.out
	c.leg++
	f := &farLeg{n: c.newLeg(), place: &placing{dest: out.dest, targets: out.targets, headers: dataHeaders(out.dest.Headers, out.data)}}
	c.next = f
	c.offer = offer{id: ownPart, agent: out.ref.Agent, who: out.who, leg: c.leg, home: f.n, terms: c.terms}
	c.newPart(&c.offer)
	c.offer.view = protocol.Call{
		ID: c.id, Direction: c.direction, Phase: protocol.PhaseDialing, From: c.from, To: c.to, Data: c.data, ConsultOf: out.consultOf, Recording: "off",
	}
	c.do(doOpenDial{n: f.n, leg: c.leg, sdp: out.sdp, target: out.targets[0], like: out.consultOf != ""})
}

// dataHeaders are the headers that carry the data that an agent's client gave to a call, of those names that the configuration allows.
func dataHeaders(names []string, data map[string]string) map[string]string {
	headers := map[string]string{}
	for _, name := range names {
		if v, ok := data[name]; ok {
			headers[name] = v
		}
	}
	return headers
}

// dialOpened: the agent's offer can be used, or not; then there was no call.
func (c *Call) dialOpened(ev Event) {
	if err := ev.(evSessionOpened).err; err != nil {
		code := sdpCode(err)
		if errors.Is(err, media.ErrFull) {
			code = protocol.TrunkFailed
		}
		c.refuse(c.out.ref, code, err.Error())
		c.out.ref.ID = 0
		c.next.over = true
		c.raise(evEnd{ending{code: protocol.CauseCode(code), by: protocol.BySystem}})
		return
	}
	c.next.open, c.out.begun = true, true
	c.do(doReply{c.out.ref, protocol.Reply{Type: "ok", ID: c.out.ref.ID, Call: c.id}})
	c.do(doSettled{c.offer.agent})
	c.happened(HappenedArrived, c.offer.agent)
	c.offer.seen = true
	c.show()
	c.log(slog.LevelInfo, "call placed", slog.String("agent", c.offer.agent), slog.String("to", c.to.Number), slog.Any("trunks", c.out.dest.Trunks))
	c.placeNext()
}

// placeNext sends the INVITE of the leg to its target.
func (c *Call) placeNext() {
	f := c.next
	f.trunk = f.place.targets[f.place.at].Trunk
	c.do(doPlace{n: f.n, place: *f.place})
}

// placed: the INVITE is on its way, or could not be sent, which is as good as a trunk that refuses.
func (c *Call) placed(ev Event) {
	e := ev.(evPlaced)
	f := c.next
	if f == nil || f.n != e.n {
		return
	}
	f.rules = e.rules
	if e.err == nil {
		f.d, f.over = e.d, false
		c.legPlaced(f)
		return
	}
	c.log(slog.LevelWarn, "call not placed", slog.String("trunk", f.trunk), slog.Any("error", e.err))
	f.d = nil
	status := http.StatusServiceUnavailable
	if code := protocol.NoCommonCodec; errors.As(e.err, new(*sdp.Error)) && sdpCode(e.err) == code {
		status = http.StatusNotAcceptable
	}
	c.raise(evReport{kNextEnded, dialog.Report{Kind: dialog.Failed, Status: status, By: dialog.Nobody}, f.n})
}

// progress: the far side rings, or its network speaks (translation.md 1.2, 2.7).
func (c *Call) progress(ev Event) {
	r := ev.(evReport).r
	f := c.next
	f.place.heard = true
	if r.SDP != nil {
		c.do(doEarly{n: f.n, leg: c.offer.leg, offered: c.back.on, tag: r.Tag, answer: r.SDP, reliable: r.Reliable})
		return
	}
	if c.offer.view.Phase == protocol.PhaseDialing {
		c.offer.view.Phase = protocol.PhaseRinging
		c.show()
	}
}

// early: the sound before the answer can be heard.
func (c *Call) early(ev Event) {
	e := ev.(evEarly)
	if e.err != nil {
		c.log(slog.LevelWarn, "early media not used", slog.Any("error", e.err))
		return
	}
	c.next.place.early = true
	c.offer.view.Phase = protocol.PhaseEarly
	c.answerAgent(e.sdp)
	c.show()
}

// answerAgent puts the answer to the agent's offer into the call, once.
func (c *Call) answerAgent(text []byte) {
	if c.offer.view.SDP == nil && text != nil {
		c.offer.view.SDP = &protocol.Description{Type: "answer", SDP: string(text), For: c.out.ref.ID}
	}
}

// picked: the far side answered.
func (c *Call) picked(ev Event) {
	r := ev.(evReport).r
	c.next.answered, c.next.place.heard, c.next.since = true, true, c.now
	c.do(doPick{n: c.next.n, leg: c.offer.leg, offered: c.back.on, tag: r.Tag, answer: r.SDP})
}

// pickedUp: the far side's answer can be used. The call is connected when the agent's first packet is there too.
func (c *Call) pickedUp(ev Event) {
	e := ev.(evPickedUp)
	if e.err != nil && !errors.Is(e.err, sdp.ErrOtherCodec) && c.back.on { // he was not reached, and is tried again
		c.notReached(badAnswer(e.err), queue.FaultCustomer)
		return
	}
	c.far, c.next = c.next, nil
	c.hold.told = e.heldBy
	switch {
	case errors.Is(e.err, sdp.ErrOtherCodec):
		c.narrow()
	case e.err != nil:
		c.raise(evEnd{badAnswer(e.err)})
		return
	}
	c.answerBy = c.now.Add(c.terms.MediaTimeout)
	c.offer.view.Phase = protocol.PhaseConnecting
	c.answerAgent(e.sdp)
	c.show()
	if c.offer.heard {
		c.raise(evPlain{kJoined})
	}
}

// badAnswer is the ending of a call whose far side answered with a description of no use.
func badAnswer(err error) ending {
	why := mediaRefused(err, 0)
	why.code, why.by = protocol.CauseNoCommonCodec, protocol.ByTrunk
	return why
}

// dialHeard: the agent's first packet came.
func (c *Call) dialHeard(Event) {
	c.offer.heard = true
	if c.far != nil {
		c.raise(evPlain{kJoined})
	}
}

// dialJoined: sound both ways.
func (c *Call) dialJoined(Event) {
	c.promiseOver(ending{})
	c.answerBy, c.back = time.Time{}, calling{}
	c.talks()
	c.offer.view.Phase = protocol.PhaseConnected
	c.offer.view.AnsweredAt = protocol.At(c.now)
	c.show()
	c.log(slog.LevelInfo, "call connected", slog.String("agent", c.offer.agent))
	if c.offer.fromQueue() {
		c.inQueue = false
		c.do(doQueue{queue.CallConnected{Offer: c.offer.id}}, doCount{"offer", "answered"})
	}
	c.showHold()
	c.tapeByRule()
}

// dialSilent: the far side has answered, but nothing comes from the agent's browser.
func (c *Call) dialSilent(Event) {
	c.raise(evEnd{ending{code: protocol.CauseMediaLost, by: protocol.ByAgent, q850: 41, text: "agent's media did not come up"}})
}

// dialFailed: this trunk did not take the call. Another one does, or a target that it named, or there is none.
func (c *Call) dialFailed(ev Event) {
	r := ev.(evReport).r
	if c.another(r) {
		return
	}
	if c.back.on {
		if c.next != nil && c.next.d != nil {
			c.loseNext()
		}
		c.notReached(dialCause(r), queue.FaultCustomer)
		return
	}
	c.raise(evEnd{dialCause(r)})
}

// another tries the next trunk, or the next target of a redirection. False: there is none.
func (c *Call) another(r dialog.Report) bool {
	f := c.next
	p := f.place
	if len(r.Contacts) > 0 && p.redirected == "" {
		p.contacts = r.Contacts
	}
	switch {
	case len(p.contacts) > 0 && r.Kind == dialog.Failed && r.By == dialog.There:
		p.redirected, p.contacts = p.contacts[0], p.contacts[1:]
		p.failed = f.d
		c.do(doGate{n: f.n, who: c.offer.who, ask: Ask{To: p.redirected, Far: f.trunk}, why: gateRedirect})
		return true
	case r.Kind != dialog.Failed || p.heard || r.By != dialog.Nobody && !worthAnother(r) || p.at+1 >= len(p.targets): // Nobody: this one was not asked
		return false
	}
	p.at++
	c.log(slog.LevelWarn, "next trunk", slog.Int("sip", r.Status), slog.String("from", f.trunk), slog.String("to", p.targets[p.at].Trunk))
	c.placeNext()
	return true
}

// worthAnother says whether another trunk may do better (the column "next" of translation.md 1.3).
func worthAnother(r dialog.Report) bool {
	switch dialog.Known(r.Status) {
	case 408, 500, 502, 503, 504:
		return true
	}
	return false
}

// redirected: the policy has judged the target of a 3xx (security.md S13).
func (c *Call) redirected(e evGated) {
	p := c.next.place
	if e.denial != nil {
		c.log(slog.LevelWarn, "redirection refused", slog.String("why", e.denial.Message))
		r := dialog.Report{Kind: dialog.Failed, By: dialog.There, Status: http.StatusFound}
		c.raise(evReport{kNextEnded, r, c.next.n})
		return
	}
	p.dest.User, p.dest.Host = e.dest.User, e.dest.Host
	c.placeNext()
}

// dialHangup: the agent gives up before it is answered, or just then.
func (c *Call) dialHangup(ev Event) {
	c.reply(ev.(evRequest).ref)
	why := ending{code: protocol.CauseCancelled, by: protocol.ByAgent, q850: 16, text: "Normal call clearing"}
	if c.far != nil {
		why.code = protocol.CauseNormal
	} else if c.back.on {
		c.notReached(why, queue.FaultCustomer)
		return
	}
	c.raise(evEnd{why})
}

// endDial ends a call that was not connected: CANCEL, or BYE.
func (c *Call) endDial(ev Event) {
	why := ev.(evEnd).why
	if c.far != nil {
		c.dialogDo(c.far, dialog.Hangup{Q850: why.q850, Text: why.text})
	}
	c.dropNext(why)
	c.finishDial(why)
}

// dialGone: the far side answered and hung up at once.
func (c *Call) dialGone(ev Event) {
	why := farEnd(ev.(evReport).r, protocol.CauseNormal)
	if why.by == protocol.ByCaller {
		why.by = protocol.ByCallee
	}
	c.finishDial(why)
}

func (c *Call) finishDial(why ending) {
	c.ended, c.endedAt = why, c.now
	c.answerBy = time.Time{}
	c.digits = digits{}
	c.endPart(why)
	c.partOver()
	c.promiseOver(why)
	c.closeMedia()
	if c.inQueue {
		c.inQueue = false
		c.do(doQueue{queue.CallerLeft{Caller: queue.CallerID(c.id), Reason: queue.LeaveGone}})
	}
	if c.out == nil || c.out.begun { // else there was no call
		c.logEnd()
		return
	}
	c.refuse(c.out.ref, protocol.TrunkFailed, "the call was not placed")
	c.out.ref.ID = 0
}

// causes is what becomes of a call placed, by its final response (translation.md 1.3). Those not listed are trunk_failed.
var causes = map[int]protocol.CauseCode{
	403: protocol.CauseForbidden, 428: protocol.CauseForbidden, 433: protocol.CauseForbidden, 436: protocol.CauseForbidden, 437: protocol.CauseForbidden, 438: protocol.CauseForbidden,
	404: protocol.CauseNotFound, 410: protocol.CauseNotFound, 484: protocol.CauseNotFound, 485: protocol.CauseNotFound, 604: protocol.CauseNotFound,
	406: protocol.CauseNoCommonCodec, 415: protocol.CauseNoCommonCodec, 488: protocol.CauseNoCommonCodec, 606: protocol.CauseNoCommonCodec,
	408: protocol.CauseTimeout, 480: protocol.CauseUnreachable, 487: protocol.CauseUnreachable, 503: protocol.CauseUnreachable,
	486: protocol.CauseBusyHere, 600: protocol.CauseBusyHere,
	603: protocol.CauseDeclined, 607: protocol.CauseDeclined, 608: protocol.CauseDeclined,
}

// dialCause reads the final response to an INVITE of ours, or the lack of one.
func dialCause(r dialog.Report) ending {
	e := ending{code: protocol.CauseTrunkFailed, by: protocol.ByTrunk, sipStatus: r.Status, q850: r.Q850, text: r.Text}
	if code, ok := causes[dialog.Known(r.Status)]; ok {
		e.code = code
	}
	switch e.code {
	case protocol.CauseBusyHere, protocol.CauseDeclined:
		e.by = protocol.ByCallee
	}
	if e.text == "" {
		e.text = r.Phrase
	}
	return e
}
