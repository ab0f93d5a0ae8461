package translator

import (
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator/dialog"
)

// A callback keeps its place: the caller is let go, his entry stays in the queue, and the call lives on with nobody on the line. When an agent is found
// he sees the call as any other; once he has taken it and his sound is up, the customer is dialled.

// calling is what is known of the customer who is to be called back.
type calling struct {
	on       bool
	offer    queue.Offer
	promised promised
}

// kept: the caller's entry waits on as a callback. Whether his number may be called is asked before he is let go.
func (c *Call) kept(ev Event) {
	if c.face != nil { // an agent who waits is not called back: he sees himself when the queue is shorter
		why, _ := leaveEnding(queue.LeaveOverflow, 0)
		c.raise(evEnd{why})
		return
	}
	c.back = calling{on: true, promised: promised{kept: ev.(evKept).kept}}
	c.askBack()
}

// keptTooLate: the call ended before it heard that the queue keeps its caller, who hung up: nobody is left to be called back.
func (c *Call) keptTooLate(Event) {
	c.do(doQueue{queue.CallerLeft{Caller: queue.CallerID(c.id), Reason: queue.LeaveGone}})
}

func (c *Call) askBack() {
	c.do(doGate{ask: Ask{To: c.caller().Number, Queue: c.terms.Queue}, why: gateCallback})
}

// backGated: the dial policy has judged the customer's number (security.md S13): a caller says who he is, and could name any number.
func (c *Call) backGated(ev Event) {
	e := ev.(evGated)
	switch {
	case e.why != gateCallback:
	case e.denial != nil || len(e.targets) == 0:
		c.log(slog.LevelWarn, "callback refused", slog.Any("why", e.denial))
		why, _ := leaveEnding(queue.LeaveOverflow, c.terms.RetryAfter)
		c.raise(evEnd{why})
	case c.far != nil:
		c.letGoBack()
	default:
		c.openBack(e)
	}
}

// letGoBack tells the caller that he will be called back, and lets him go.
func (c *Call) letGoBack() {
	c.happened(HappenedCallback, "")
	c.log(slog.LevelInfo, "callback kept", slog.String("queue", c.terms.Queue))
	c.promise()
	f := c.far
	heard := c.audible()
	c.far = nil
	c.ear = ear{}
	if words := c.phrase("phrase:" + PhraseCallback); heard && len(words) > 0 {
		f.farewell = c.now.Add(messageFor)
		c.past = append(c.past, f)
		c.speak(f, words)
		return
	}
	c.farewell(f)
}

// farewell ends the dialog of a caller who will be called back.
func (c *Call) farewell(f *farLeg) {
	const text = "will be called back"
	c.closeLeg(f)
	if f.farewell.IsZero() {
		c.past = append(c.past, f)
	}
	f.farewell = time.Time{}
	if f.answered {
		c.dialogDo(f, dialog.Hangup{Q850: 16, Text: text})
		return
	}
	c.dialogDo(f, dialog.Reject{Status: 480, Q850: 16, Text: text})
}

// farewells lets everyone go now who is being told that he will be called back.
func (c *Call) farewells() {
	for _, f := range c.past {
		if !f.farewell.IsZero() && !f.over {
			c.farewell(f)
		}
	}
}

// saysFarewell finds a leg whose caller is being told that he will be called back; nil if that is not what n is.
func (c *Call) saysFarewell(n int) *farLeg {
	for _, f := range c.past {
		if f.n == n && !f.farewell.IsZero() && !f.over {
			return f
		}
	}
	return nil
}

// offerBack: an agent is asked for a customer who is to be called back.
func (c *Call) offerBack(d queue.Offer) {
	c.back.offer = d
	c.askBack()
}

// openBack makes the session in which the agent waits for the customer.
func (c *Call) openBack(e evGated) {
	c.next = &farLeg{n: c.newLeg(), place: &placing{dest: e.dest, targets: e.targets}}
	c.do(doOpenBack{c.next.n, e.targets[0]})
}

// backOpened: it is made; or it cannot be now, and another agent is asked, or this one later.
func (c *Call) backOpened(ev Event) {
	d := c.back.offer
	if err := ev.(evSessionOpened).err; err != nil {
		c.log(slog.LevelWarn, "callback put off", slog.Any("error", err))
		c.next.over, c.next = true, nil
		c.offer = offer{id: d.Offer, agent: string(d.Agent), terms: c.terms, failed: true}
		c.tellOffer(&c.offer, queue.OfferFailed{Offer: d.Offer, Fault: queue.FaultNone})
		return
	}
	c.next.open = true
	c.offer = c.makeOffer(d)
	c.offerPart(&c.offer, d.Queue, d.Waited, d.Place, d.ExpiresAt)
}

// callBack: the agent has taken it and his sound is up: the customer is dialled. If he is still on the line, he would be busy.
func (c *Call) callBack() {
	c.farewells()
	c.offer.joined = true
	c.raise(evPlain{kDials})
	c.offer.view.Phase = protocol.PhaseDialing
	c.show()
	c.log(slog.LevelInfo, "customer called back", slog.String("agent", c.offer.agent))
	c.tryBegins()
	c.placeNext()
}

// notReached: the customer was not reached, or the agent gave up: the queue says what becomes of his entry.
func (c *Call) notReached(why ending, fault queue.Fault) {
	if c.offer.failed {
		return
	}
	c.offer.failed, c.offer.why = true, &why
	c.dropNext(why)
	if fault != queue.FaultCustomer { // else the queue counts it, and says so
		c.tryTakenBack()
	}
	c.tellOffer(&c.offer, queue.OfferFailed{Offer: c.offer.id, Fault: fault})
}
