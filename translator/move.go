package translator

import (
	"log/slog"
	"net/http"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// moving is a change of who talks to whom, while it is under way.
type moving struct {
	kind  moveKind
	ref   protocol.Ref // the transfer that waits for its reply
	to    protocol.Party
	book  *LegRecord // of the far leg that is being given away
	other *callOwner // of the consultation
	until time.Time  // when the other call of an attended transfer has said nothing for too long
}

// answerOther is how long a call waits for the word of another one.
const answerOther = 5 * time.Second

// otherDue is when it has waited too long.
func (c *Call) otherDue() time.Time {
	if c.move.kind != moveAttended {
		return time.Time{}
	}
	return c.move.until
}

// moveKind says whose change it is.
type moveKind uint8

const (
	moveNone     moveKind = iota
	moveBlind             // the agent passes the far side on: we place a call and join the two
	moveRefer             // the same, but the trunk is asked to do it (RFC 3515)
	moveAttended          // the agent's consultation is joined with this call
	moveReferred          // the far side asks us to call someone, whom the agent talks to then
	moveReplaced          // another call takes the far side's place (RFC 3891)
)

// busy says whether something is under way that a transfer would cross.
func (c *Call) busy() bool {
	return c.move.kind != moveNone || c.next != nil || c.hold.open != changeNone
}

// transferred is the ending of the part of an agent who passed a call on.
func transferred() ending {
	return ending{code: protocol.CauseTransferred, by: protocol.ByAgent, q850: 16, text: "transferred"}
}

// transfer: the agent passes the call on, or completes an attended transfer.
func (c *Call) transfer(ev Event) {
	req := ev.(evRequest)
	t := req.req.(protocol.Transfer)
	switch {
	case t.Cancel:
		c.refuse(req.ref, protocol.WrongPhase, "no transfer is under way")
	case c.busy():
		c.refuse(req.ref, protocol.WrongPhase, "the call is being moved, or hold is under way")
	default:
		c.move = moving{kind: moveBlind, ref: req.ref}
		c.do(doGate{n: c.far.n, who: req.who, ask: Ask{To: t.To}, why: gateTransfer})
	}
}

// gated: the dial policy has judged a number.
func (c *Call) gated(ev Event) {
	e := ev.(evGated)
	switch {
	case e.why == gateRedirect && c.next != nil:
		c.redirected(e)
	case e.why == gateReferral && c.move.kind == moveReferred:
		c.referralGated(e)
	case e.why == gateTransfer && c.move.kind == moveBlind:
		c.transferGated(e)
	}
}

func (c *Call) transferGated(e evGated) {
	ref := c.move.ref
	if e.denial != nil {
		c.move = moving{}
		c.refuse(ref, e.denial.Code, e.denial.Message)
		return
	}
	c.reply(ref)
	c.move.ref, c.move.to = protocol.Ref{}, e.dest.Party
	kind, refer := "blind", c.far.rules.Refer && len(e.targets) > 0 && e.targets[0].Trunk == c.far.trunk
	if refer {
		kind = "refer"
	}
	c.moveBegan(kind, e.dest.Party)
	c.log(slog.LevelInfo, "call transferred", slog.String("agent", c.offer.agent), slog.String("to", e.dest.Party.Number))
	c.raise(evPlain{kMoving})
	c.showMoving()
	if refer {
		c.move.kind = moveRefer
		c.dialogDo(c.far, dialog.Refer{Target: uriOf(e.dest, e.targets[0])})
		return
	}
	c.do(doHold{c.far.n, c.offer.leg, c.terms.Sound})
	c.placeSecond(e)
}

// toQueue: the agent passes the far side on to a queue. He is free at once; it keeps the place that its arrival gives.
func (c *Call) toQueue(ev Event) {
	e := ev.(evToQueue)
	if code, why := c.mayPass(e.ref); code != "" {
		c.refuse(e.ref, code, why)
		return
	}
	c.reply(e.ref)
	agent := c.offer.agent
	c.log(slog.LevelInfo, "call transferred", slog.String("agent", agent), slog.String("queue", e.terms.Queue))
	c.moveBegan("blind", protocol.Party{Name: e.terms.Label, URI: "queue:" + e.terms.Queue})
	c.moveOver("done", "", 0)
	c.do(doCount{"transfer", "done"})
	c.raise(evPlain{kQueueAgain})
	c.partWay(transferred())
	c.digits = digits{}
	e.terms.RetryAfter = c.terms.RetryAfter
	c.terms, c.greeted, c.talking = e.terms, true, time.Time{}
	if c.terms.Record == RecordNever {
		c.tapeStops()
	}
	c.ear = ear{}
	c.hears()
	c.joinQueue(c.arrivedAt, queue.AgentID(agent))
}

// uriOf is the Request-URI of a destination by one of its targets.
func uriOf(d Destination, t dialog.Target) string {
	host := d.Host
	if host == "" {
		host = t.Addr.String()
	}
	if d.User == "" {
		return "sip:" + host
	}
	return "sip:" + d.User + "@" + host
}

// placeSecond places a leg beside the far one, with the codec that is in use.
func (c *Call) placeSecond(e evGated) {
	c.next = &farLeg{n: c.newLeg(), place: &placing{dest: e.dest, targets: e.targets, replaces: e.replaces, hops: c.hopsLeft()}}
	c.do(doOpenTrunk{n: c.next.n, like: c.far.n, target: e.targets[0]})
}

// hopsLeft is the Max-Forwards of a leg placed for this call: one less than the call's own (RFC 3261 §16.6, RFC 7332).
func (c *Call) hopsLeft() int {
	if c.in == nil {
		return 0
	}
	return max(c.in.MaxForwards-1, 1)
}

func (c *Call) showMoving() {
	c.offer.view.Phase = protocol.PhaseTransferring
	c.offer.view.Transfer = nil
	if c.move.kind != moveReferred {
		c.offer.view.Transfer = &protocol.Transferring{To: c.move.to, State: protocol.TransferTrying}
	}
	c.show()
}

// ringsThere shows that whom the call is passed on to rings.
func (c *Call) ringsThere() {
	if t := c.offer.view.Transfer; t != nil && t.State == protocol.TransferTrying {
		c.offer.view.Transfer = &protocol.Transferring{To: t.To, State: protocol.TransferRinging}
		c.show()
	}
}

// secondOpened: the second leg has its ports, or cannot have them.
func (c *Call) secondOpened(ev Event) {
	if err := ev.(evSessionOpened).err; err != nil {
		c.log(slog.LevelWarn, "transfer failed", slog.Any("error", err))
		c.next.over, c.next = true, nil
		c.moveFailed(dialog.Report{Status: http.StatusServiceUnavailable, By: dialog.Here})
		return
	}
	c.next.open = true
	c.placeNext()
}

// secondProgress: the second leg rings.
func (c *Call) secondProgress(ev Event) {
	c.next.place.heard = true
	if c.move.kind == moveReferred {
		c.dialogDo(c.far, dialog.ReferNews{Status: ev.(evReport).r.Status})
	}
	c.ringsThere()
}

// secondPicked: the second leg was answered.
func (c *Call) secondPicked(ev Event) {
	r := ev.(evReport).r
	c.next.answered, c.next.since = true, c.now
	c.do(doPick{n: c.next.n, tag: r.Tag, answer: r.SDP})
}

// secondUp: its answer can be used, or not.
func (c *Call) secondUp(ev Event) {
	if err := ev.(evPickedUp).err; err != nil {
		c.dropNext(badAnswer(err))
		c.moveFailed(dialog.Report{Status: http.StatusNotAcceptable, By: dialog.There})
		return
	}
	if c.move.kind == moveReferred {
		c.dialogDo(c.far, dialog.ReferNews{Status: http.StatusOK})
		c.takeOver(c.move.to, dialog.Hangup{Q850: 16, Text: "transferred"})
		return
	}
	if c.face != nil {
		c.passFace()
		return
	}
	c.do(doJoin{c.far.n, c.next.n})
	c.joinFar()
}

// passFace lets the face talk to the second leg: he has a call of his own with it from now on.
func (c *Call) passFace() {
	party := c.move.to
	c.moveOver("done", "", 0)
	c.do(doCount{"transfer", "done"})
	c.log(slog.LevelInfo, "transfer done")
	c.raise(evPlain{kMoveBack})
	next := c.next
	c.next, c.move = nil, moving{}
	c.leaveFace(next, party, c.leg, 0)
	c.offer.view.Phase = protocol.PhaseConnected
	c.show()
	c.showHold()
	c.tapeMoves()
}

// joinFar leaves the two far sides alone; their media is joined.
func (c *Call) joinFar() {
	c.raise(evPlain{kJoinFar})
	c.tapeStops()
	c.moveOver("done", "", 0)
	c.move, c.digits = moving{}, digits{}
	c.partWay(transferred())
	c.unhold()
	c.log(slog.LevelInfo, "transfer done")
	c.do(doCount{"transfer", "done"})
}

// secondFailed: the second leg was not answered; another trunk takes it, or the transfer has failed.
func (c *Call) secondFailed(ev Event) {
	r := ev.(evReport).r
	if c.next.place != nil && c.another(r) {
		return
	}
	c.loseNext()
	c.moveFailed(r)
}

// loseNext puts the second leg away, which was not answered.
func (c *Call) loseNext() {
	f := c.next
	c.closeLeg(f)
	c.next = nil
	if f.d != nil { // after our own limit the far end's last word is still to come
		c.past = append(c.past, f)
	}
}

// moveFailed gives the call back to the agent as it was.
func (c *Call) moveFailed(r dialog.Report) {
	kind, other := c.move.kind, c.move.other
	c.move = moving{}
	if other != nil {
		c.do(doKeepLeg{to: other})
	}
	c.raise(evPlain{kMoveBack})
	c.log(slog.LevelInfo, "transfer failed", slog.Int("sip", r.Status))
	c.do(doCount{"transfer", "failed"})
	why, outcome := dialCause(r), "failed"
	if r.By == dialog.Here && r.Status == 487 {
		why, outcome = ending{code: protocol.CauseCancelled}, "cancelled"
	}
	c.moveOver(outcome, why.code, why.sipStatus)
	if t := c.offer.view.Transfer; t != nil {
		c.offer.view.Transfer = &protocol.Transferring{To: t.To, State: protocol.TransferFailed, Code: why.code, SIP: why.sipStatus}
	}
	switch kind {
	case moveReferred:
		c.dialogDo(c.far, dialog.ReferNews{Status: max(r.Status, 300)})
	case moveBlind:
		if !c.hold.local && c.hold.told&sdp.HeldByAgent == 0 {
			c.rejoin()
		}
	}
	c.showHold()
}

// referProgress: the far side says how the transfer that it was asked for goes.
func (c *Call) referProgress(ev Event) {
	if ev.(evReport).r.Status >= 180 {
		c.ringsThere()
	}
}

// referDone: the far side says what became of the transfer that it was asked for.
func (c *Call) referDone(ev Event) {
	r := ev.(evReport).r
	if r.Status >= 300 {
		c.moveFailed(r)
		return
	}
	c.do(doCount{"transfer", "done"})
	c.moveOver("done", "", 0)
	if c.move.other != nil {
		c.do(doKeepLeg{c.move.other, errJoinedThere})
	}
	c.dialogDo(c.far, dialog.Hangup{Q850: 16, Text: "transferred"})
	c.raise(evPlain{kPassedOn})
	c.endTalk(transferred())
}

// moveRequest: in a transfer, the agent may only take it back.
func (c *Call) moveRequest(ev Event) {
	req := ev.(evRequest)
	switch {
	case !req.req.(protocol.Transfer).Cancel:
		c.refuse(req.ref, protocol.WrongPhase, "the call is transferring")
	case c.move.kind != moveBlind || c.next == nil:
		c.refuse(req.ref, protocol.WrongPhase, "this transfer cannot be taken back")
	default:
		c.reply(req.ref)
		c.dropNext(ending{q850: 16, text: "transfer taken back"})
		c.moveFailed(dialog.Report{Status: 487, By: dialog.Here})
	}
}

// referred: the far side asks us to call someone (RFC 3515).
func (c *Call) referred(ev Event) {
	r := ev.(evReport).r.Refer
	if ev.(evReport).n != c.far.n {
		c.noReferral(ev)
		return
	}
	if c.busy() {
		c.dialogDo(c.far, dialog.AcceptRefer{Status: 491})
		return
	}
	c.move = moving{kind: moveReferred, to: protocol.Party{Number: number(r.Party.User), Name: displayName(r.Party), URI: r.Target}}
	c.do(doGate{n: c.far.n, who: c.offer.who, ask: Ask{To: r.Target, Far: c.far.trunk}, why: gateReferral, replaces: r.Replaces})
}

// referralGated: whoever a REFER names passes the gate that the agent's own calls pass (security.md S13).
func (c *Call) referralGated(e evGated) {
	if e.denial != nil {
		c.log(slog.LevelWarn, "REFER refused", slog.String("why", e.denial.Message))
		c.move = moving{}
		c.dialogDo(c.far, dialog.AcceptRefer{Status: 603})
		return
	}
	c.moveBegan("referred", c.move.to)
	c.dialogDo(c.far, dialog.AcceptRefer{})
	c.raise(evPlain{kMoving})
	c.showMoving()
	c.placeSecond(e)
}

// noReferral: nobody is here who could talk to someone else.
func (c *Call) noReferral(ev Event) {
	if f := c.farLegOf(ev.(evReport).n); f != nil {
		c.dialogDo(f, dialog.AcceptRefer{Status: 603})
	}
}

// takeOver puts the second leg into the far one's place: the agent talks to it from now on.
func (c *Call) takeOver(party protocol.Party, bye dialog.Hangup) {
	c.moveOver("done", "", 0)
	old := c.far
	c.far, c.next = c.next, nil
	c.move, c.digits = moving{}, digits{}
	held := c.hold.byAgent() // the new far side was told nothing
	c.hold = holding{local: held}
	if held {
		c.do(doPlay{n: c.far.n, sound: c.terms.Sound})
	}
	c.leg++
	c.do(doAdopt{n: c.far.n, leg: c.leg, from: old.n, old: c.offer.leg, connect: !held})
	c.offer.home, c.offer.leg = c.far.n, c.leg
	c.legIs(&c.offer)
	c.windDown(old, bye)
	c.raise(evPlain{kMoveBack})
	c.offer.view.Phase = protocol.PhaseConnected
	c.becomes(party)
	c.showHold()
	c.tapeMoves()
}

// notAdopted: the agent's media could not follow to the new leg.
func (c *Call) notAdopted(ev Event) {
	c.raise(evEnd{badAnswer(ev.(evAdopted).err)})
}

// tooLong: a call that we placed has lasted as long as any may.
func (c *Call) tooLong(Event) {
	c.raise(evEnd{ending{code: protocol.CauseLimit, by: protocol.BySystem, q850: 31, text: "longest time of a call"}})
}

// bridgeOver: one of two far sides that were joined has hung up; so does the other.
func (c *Call) bridgeOver(ev Event) {
	e := ev.(evReport)
	why := farEnd(e.r, protocol.CauseNormal)
	rest := c.far
	if e.n == c.far.n {
		rest = c.next
	}
	if why.by == protocol.ByCaller && (rest == c.far || c.out != nil) { // of two whom we called, neither is the caller
		why.by = protocol.ByCallee
	}
	c.endBridge(why, rest)
}

// endBridged: we end both.
func (c *Call) endBridged(ev Event) {
	why := ev.(evEnd).why
	c.dialogDo(c.far, dialog.Hangup{Q850: why.q850, Text: why.text})
	c.endBridge(why, c.next)
}

func (c *Call) endBridge(why ending, rest *farLeg) {
	c.ended, c.endedAt = why, c.now
	c.closeMedia()
	c.dialogDo(rest, dialog.Hangup{Q850: max(why.q850, 16), Text: why.text})
	c.logEnd()
}
