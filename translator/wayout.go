package translator

import (
	"log/slog"
	"net/http"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
)

// A caller whom his queue does not keep goes the way out that it gives: to an agent, to a number by a trunk, or he is told something and let go. So
// does a call that came for one agent. Ways to another queue and to a callback are the queue engine's: he stays in it.

// leaving is the way out that the caller is on.
type leaving struct {
	out queue.WayOut
	why ending // how the call ends, should the way lead nowhere
	by  time.Time
	sdp []byte // our answer to his INVITE, while whom he goes to has not answered
}

// messageFor is how long a message may be that ends a call.
const messageFor = 2 * time.Minute

// leave: the queue lets the caller go. That he left as answered is no news, and may come when he waits again.
func (c *Call) leave(ev Event) {
	d := ev.(evLeave).d
	why, ok := leaveEnding(d.Reason, c.terms.RetryAfter)
	if !ok {
		return
	}
	c.inQueue = false
	if d.Reason != queue.LeaveOverflow || d.Out.Kind == queue.OutEnd {
		c.raise(evEnd{why})
		return
	}
	if because, ok := leaveEnding(d.Why, c.terms.RetryAfter); ok {
		why.status, why.sipStatus, why.q850, why.retryAfter, why.text = because.status, because.sipStatus, because.q850, because.retryAfter, because.text
	}
	if d.Out.Status != 0 {
		why.status, why.q850 = d.Out.Status, dialog.Q850FromStatus(d.Out.Status)
	}
	c.log(slog.LevelInfo, "caller goes another way", slog.String("queue", c.terms.Queue), slog.String("because", string(d.Why)), slog.String("to", string(d.Out.Kind)))
	c.goes(d.Out, why)
}

// goes sends the caller on the way out.
func (c *Call) goes(out queue.WayOut, why ending) {
	c.left, c.terms.Queue = c.terms.Queue, "" // he does not come back to it
	c.leaving = leaving{out: out, why: why}
	c.raise(evPlain{kLeaves})
	switch out.Kind {
	case queue.OutAgent:
		c.do(doAskAgent{string(out.Agent)})
	case queue.OutNumber:
		if c.face != nil { // an agent can dial it himself
			c.raise(evEnd{why})
			return
		}
		c.do(doGate{n: c.far.n, ask: Ask{To: out.Number, Trunk: out.Trunk, Outward: true}, why: gateWayOut})
	default:
		c.lastWords()
	}
}

// lastWords tells the caller something before the end. Who only hears ringing is answered with sound that is not the answer yet (183).
func (c *Call) lastWords() {
	words := c.phrase(c.leaving.out.Message)
	switch {
	case len(words) == 0:
		c.raise(evEnd{c.leaving.why})
	case c.audible():
		c.leaving.by = c.now.Add(messageFor)
		c.speak(c.far, words)
	case c.in == nil || c.in.SDP == nil:
		c.raise(evEnd{c.leaving.why})
	default:
		c.leaving.by = c.now.Add(messageFor)
		c.do(doTrunkAnswer{n: c.far.n})
	}
}

// saidAll: the last words are spoken.
func (c *Call) saidAll(ev Event) {
	if e, ok := ev.(evMedia); ok && (!c.far.spoken(e) || c.leaving.out.Kind != queue.OutMessage) {
		return
	}
	c.raise(evEnd{c.leaving.why})
}

// leaveAnswer: our answer to the caller is made. It goes out as early media for a message, and waits for whom he goes to otherwise.
func (c *Call) leaveAnswer(ev Event) {
	e := ev.(evTrunkAnswer)
	switch {
	case e.err != nil:
		c.raise(evEnd{mediaRefused(e.err, c.terms.RetryAfter)})
	case c.leaving.out.Kind == queue.OutMessage:
		c.ringsWith(e.sdp)
		c.speak(c.far, c.phrase(c.leaving.out.Message))
	default:
		c.leaving.sdp = e.sdp
		c.placeWay()
	}
}

// ringsWith sends early media.
func (c *Call) ringsWith(sdp []byte) {
	c.far.early = true
	c.dialogDo(c.far, dialog.Ring{SDP: sdp})
}

// wayGated: the number that the queue sends the caller to has its trunk, or has not.
func (c *Call) wayGated(ev Event) {
	e := ev.(evGated)
	if e.why == gateRedirect && c.next != nil {
		c.redirected(e)
		return
	}
	if e.why != gateWayOut || c.next != nil {
		return
	}
	if e.denial != nil || len(e.targets) == 0 {
		c.log(slog.LevelError, "way out not to be had", slog.String("number", c.leaving.out.Number), slog.Any("why", e.denial))
		c.raise(evEnd{c.leaving.why})
		return
	}
	if e.dest.From.User == "" { // whoever takes the call sees who calls
		e.dest.From.User, e.dest.From.Display = c.caller().Number, c.caller().Name
	}
	c.next = &farLeg{n: c.newLeg(), place: &placing{dest: e.dest, targets: e.targets, hops: c.hopsLeft()}}
	if c.audible() {
		c.do(doPlay{n: c.far.n, sound: media.SoundRinging})
	}
	switch {
	case c.answered():
		c.placeWay()
	case c.in.SDP == nil: // what he speaks is known once he is answered
		c.raise(evEnd{c.leaving.why})
	default:
		c.do(doTrunkAnswer{n: c.far.n}) // settles the codec
	}
}

func (c *Call) placeWay() {
	c.do(doOpenTrunk{n: c.next.n, like: c.far.n, target: c.next.place.targets[0]})
}

// wayOpened: the leg to the number has its ports, or cannot have them.
func (c *Call) wayOpened(ev Event) {
	if err := ev.(evSessionOpened).err; err != nil {
		c.log(slog.LevelWarn, "way out failed", slog.Any("error", err))
		c.next.over, c.next = true, nil
		c.raise(evEnd{c.leaving.why})
		return
	}
	c.next.open = true
	c.placeNext()
}

// wayProgress: it rings there. A caller who can hear us hears ringing from us; another one does already.
func (c *Call) wayProgress(Event) { c.next.place.heard = true }

// wayUp: the number has answered, with a description of use, or not. The caller gets his answer, if he has none.
func (c *Call) wayUp(ev Event) {
	if err := ev.(evPickedUp).err; err != nil {
		c.raise(evEnd{badAnswer(err)})
		return
	}
	if c.answered() {
		c.wayJoined(ev)
		return
	}
	c.dialogDo(c.far, dialog.Answer{SDP: c.leaving.sdp})
}

// wayTaken: the caller has his answer.
func (c *Call) wayTaken(ev Event) {
	c.far.answered = true
	if c.next != nil && c.next.answered {
		c.wayJoined(ev)
	}
}

func (c *Call) wayJoined(Event) {
	c.do(doJoin{c.far.n, c.next.n})
	c.talks()
	c.raise(evPlain{kJoinFar})
	c.log(slog.LevelInfo, "caller joined", slog.String("to", c.leaving.out.Number))
	c.leaving = leaving{}
}

// wayFailed: the number was not reached by this trunk. Another takes it, or the call ends.
func (c *Call) wayFailed(ev Event) {
	r := ev.(evReport).r
	if c.another(r) {
		return
	}
	c.loseNext()
	why := c.leaving.why
	if cause := dialCause(r); !c.answered() && r.By == dialog.There && r.Status >= http.StatusBadRequest {
		why.status, why.q850, why.text = r.Status, max(cause.q850, dialog.Q850FromStatus(r.Status)), cause.text
	}
	c.raise(evEnd{why})
}

// wayGone: the caller is gone while he was on his way.
func (c *Call) wayGone(ev Event) {
	r := ev.(evReport).r
	c.dropNext(ending{q850: 16, text: "caller gone"})
	if r.Kind == dialog.Cancelled {
		c.cancelled(ev)
		return
	}
	c.abandoned(ev)
}

// endWay ends a call that was on its way to someone.
func (c *Call) endWay(ev Event) {
	c.dropNext(ev.(evEnd).why)
	c.endWhole(ev)
}

// moved: the caller waits in another queue now, by its terms.
func (c *Call) moved(ev Event) {
	e := ev.(evMoved)
	e.terms.RetryAfter = c.terms.RetryAfter
	e.terms.Class, e.terms.HeadStart, e.terms.Needs, e.terms.Prefer = c.terms.Class, c.terms.HeadStart, c.terms.Needs, c.terms.Prefer // which the queue keeps too
	c.log(slog.LevelInfo, "caller moved", slog.String("queue", e.d.From), slog.String("to", e.d.To), slog.String("because", string(e.d.Why)))
	c.terms = e.terms
	c.ear = ear{} // what the other queue had to say is no longer true
	c.happened(HappenedQueued, "")
	if c.far == nil {
		return
	}
	if c.audible() {
		c.hears()
	}
	if c.greeted {
		c.pickUp()
	}
}

// wanted: the agent whom the call is for is free, and this call's from now on; or he is not.
func (c *Call) wanted(ev Event) {
	e := ev.(evWanted)
	if !e.free {
		c.notWanted(ending{code: protocol.CauseBusyHere, by: protocol.BySystem, status: 486, q850: 17, text: "agent not free"})
		return
	}
	c.log(slog.LevelInfo, "call for one agent", slog.String("agent", e.to.ID))
	if c.audible() {
		c.do(doPlay{n: c.far.n, sound: media.SoundRinging})
	} else {
		c.dialogDo(c.far, dialog.Ring{})
	}
	c.raise(evPlain{kParked})
	c.offerDirectly(e.to)
}

// notWanted: the agent whom the call was for does not take it: it waits in the queue that its route names, or ends.
func (c *Call) notWanted(why ending) {
	if c.terms.Queue == "" {
		if c.leaving.why.code != "" {
			why = c.leaving.why
		}
		c.raise(evEnd{why})
		return
	}
	c.raise(evPlain{kQueueAgain})
	if c.sendAway(); c.state == Queued {
		c.joinQueue(c.arrivedAt)
	}
}

// unwanted: the agent was asked for, but the call went another way meanwhile.
func (c *Call) unwanted(ev Event) {
	if e := ev.(evWanted); e.free {
		c.do(doFreed{e.to.ID})
	}
}
