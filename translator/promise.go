package translator

import (
	"cmp"
	"log/slog"
	"slices"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
)

// A customer who was told that he will be called back was promised something. What is promised is put down outside the process with each change of it,
// so that the next one goes on where this one ended: whether it was told to stop, or died.

// Callback is what is put down of a customer who is to be called back. Like a [CallRecord] it is personal data.
type Callback struct {
	// Record is the call's record so far. Of the end, and of what is counted from it, it has nothing.
	Record CallRecord `json:"record"`
	// Class, HeadStart, Needs and Prefer rank the customer in his queue, as in [Terms].
	Class     int           `json:"class,omitempty"`
	HeadStart Milliseconds  `json:"head_start_ms,omitempty"`
	Needs     []queue.Need  `json:"needs,omitempty"`
	Prefer    queue.AgentID `json:"prefer,omitempty"`
	// Arrived, From, Joined, Tries and Next are what the queue wants to know again ([queue.Kept]). A try is counted when it begins.
	Arrived protocol.Time `json:"arrived_at"`
	From    protocol.Time `json:"from"`
	Joined  protocol.Time `json:"joined_at"`
	Tries   int           `json:"tries,omitempty"`
	Next    protocol.Time `json:"next_at,omitzero"`
}

// Milliseconds is a duration that is written as a whole number of milliseconds.
type Milliseconds int64

// Promises keeps callbacks for the next process. Its methods may be called from any goroutine and return at once, whatever the disk does.
type Promises interface {
	// Keep puts down a callback as it is now, in place of what there is of its call.
	Keep(c Callback)
	// Done strikes out what there is of a call: the customer was reached, or will not be called.
	Done(call string)
}

// promised is what a call knows of its being put down.
type promised struct {
	kept   queue.Kept
	begun  bool // a try is under way, and counted where the callback is put down
	over   bool // it is struck out
	handed bool // the call is over here, and goes on in the next process
}

// promise puts the callback down as it is now.
func (c *Call) promise() {
	if !c.lasting || !c.back.on || c.back.promised.over {
		return
	}
	k := c.back.promised.kept
	p := Callback{
		Record: c.soFar(), Class: c.terms.Class, HeadStart: Milliseconds(c.terms.HeadStart.Milliseconds()), Needs: c.terms.Needs, Prefer: c.terms.Prefer,
		Arrived: protocol.At(k.Arrived), From: protocol.At(k.From), Joined: protocol.At(k.Joined), Tries: k.Tries, Next: protocol.At(k.Next),
	}
	p.Record.From, p.Record.To = c.from, c.to
	if c.back.promised.begun {
		p.Tries, p.Next = p.Tries+1, protocol.Time{}
	}
	c.do(doPromise{p})
}

// promiseChanged: the queue says what is to be remembered of the callback now.
func (c *Call) promiseChanged(ev Event) {
	c.back.promised.kept, c.back.promised.begun = ev.(evKept).kept, false
	c.promise()
}

// tryBegins counts a try before the customer is dialled, so that one whose call ends the server is not called for ever.
func (c *Call) tryBegins() {
	c.back.promised.begun = true
	c.promise()
}

// tryTakenBack: the try came to nothing, and the customer had no part in it.
func (c *Call) tryTakenBack() {
	if c.back.promised.begun {
		c.back.promised.begun = false
		c.promise()
	}
}

// promiseOver: the call ends, and with it the promise, unless it is the server that goes: then the next one keeps it.
func (c *Call) promiseOver(why ending) {
	switch {
	case !c.back.on || !c.lasting:
	case why.code == protocol.CauseDraining:
		c.back.promised.handed = true
		c.promise()
		c.log(slog.LevelInfo, "callback left to the next start", slog.String("queue", c.terms.Queue))
	default:
		c.back.promised.over = true
		c.do(doPromiseOver{})
	}
}

// TakeOver goes on with the callbacks that a process before this one left, each at its place in its queue. One whose queue is gone ends. It may be called once,
// before the first call comes.
func (x *Exchange) TakeOver(list []Callback) {
	taken := map[string]bool{}
	list = slices.Clone(list)
	slices.SortFunc(list, func(p, q Callback) int { // who ranks alike goes by his arrival
		return cmp.Or(p.From.Compare(q.From.Time), cmp.Compare(p.Record.ID, q.Record.ID))
	})
	for _, p := range list {
		if p.Record.ID == "" || taken[p.Record.ID] {
			continue
		}
		taken[p.Record.ID] = true
		now := x.rt.Now()
		_, retryAfter := x.name(now)
		terms, known := x.termsOf(p.Record.Queue)
		if !known {
			x.log.Warn("callback of a queue that is gone", "call", p.Record.ID, "queue", p.Record.Queue)
		}
		terms.RetryAfter = retryAfter
		o := x.own(newPromised(p, terms, x.newLeg, now))
		x.post(inviteIn{o})
		o.post(evStart{})
	}
}

// termsOf are the terms of a queue; the product's, where there is no such queue.
func (x *Exchange) termsOf(name string) (terms Terms, known bool) {
	if x.cfg.Terms != nil {
		if terms, known = x.cfg.Terms(name); known {
			return terms, true
		}
	}
	return Terms{Queue: name}.WithDefaults(), false
}

// newPromised makes the call of a customer who was promised a callback by a process before this one. The first event must be the start.
func newPromised(p Callback, t Terms, legs func() int, now time.Time) *Call {
	r := p.Record
	t.Class, t.HeadStart, t.Needs, t.Prefer = p.Class, time.Duration(p.HeadStart)*time.Millisecond, p.Needs, p.Prefer
	c := &Call{
		id: r.ID, terms: t, direction: r.Direction, newLeg: legs, arrivedAt: r.Arrived.Time, now: now, from: r.From, to: r.To, data: r.Data,
		greeted: true, firstTalk: r.Connected.Time,
	}
	c.back = calling{on: true, promised: promised{kept: queue.Kept{
		Arrived: cmp.Or(p.Arrived, r.Arrived).Time, From: cmp.Or(p.From, p.Arrived, r.Arrived).Time, Joined: cmp.Or(p.Joined, r.Arrived).Time,
		Tries: p.Tries, Next: p.Next.Time,
	}}}
	c.book.legs, c.book.parts, c.book.tapes = pointers(r.Legs), pointers(r.Agents), pointers(r.Recordings)
	c.book.moves, c.book.omitted = r.Transfers, r.Omitted
	c.book.cutOff()
	return c
}

// cutOff closes what was open when the process before this one died. When it did so, nobody saw.
func (b *ledger) cutOff() {
	for _, l := range b.legs {
		if l.Ended.IsZero() {
			l.Ended = cmp.Or(l.Answered, l.Began)
		}
	}
	for _, p := range b.parts {
		if p.Left.IsZero() {
			p.Left, p.Cause = cmp.Or(p.Connected, p.Began), protocol.Cause{Code: protocol.CauseNodeFailure, By: protocol.BySystem}
		}
	}
}

func pointers[T any](list []T) (out []*T) {
	for i := range list {
		out = append(out, &list[i])
	}
	return out
}

// waitsOn: the customer's entry is back in its queue.
func (c *Call) waitsOn(Event) {
	c.log(slog.LevelInfo, "callback taken over", slog.String("queue", c.terms.Queue), slog.Int("tries", c.back.promised.kept.Tries))
	c.inQueue = true
	in := c.arrival(time.Time{})
	in.Kept = c.back.promised.kept
	c.do(doQueue{in})
}
