package translator_test

import (
	"fmt"
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator"
)

// goHome ends the day: who is still on the line hangs up, callbacks are finished, agents log out.
func (d *officeDay) goHome() {
	for n := range d.calls {
		d.callers[n].hangUp()
	}
	d.look()
	d.advance(d.w.Elapsed() + 40*time.Minute) // the last callbacks are called, or given up
	d.run()
	for i := range officeAgents {
		id := fmt.Sprintf("a%05d", i)
		if !d.w.Attached(id) {
			d.w.Hello(id, protocol.Available)
		}
		d.ask(id, map[string]any{"type": "bye"})
	}
	d.advance(d.w.Elapsed() + 15*time.Minute)
	if err := d.w.Idle(); err != nil {
		d.t.Error(err)
	}
	if b := d.w.Books(); b.Faults != 0 || b.Agents != 0 || b.Logins != 0 {
		d.t.Errorf("the books at the end: %+v", b)
	}
}

// addUp holds records, queues' totals and agents' accounts against one another.
func (d *officeDay) addUp() {
	rec := d.fromRecords()
	d.w.X.Engine(func(e *queue.Engine) {
		var sum queue.Interval
		moved, took := 0, 0
		for _, q := range officeQueues {
			total := d.total(e, q.Name)
			sum = together(sum, total)
			if q.OnMaxWait.Kind == queue.OutQueue {
				moved += total.Overflowed
			}
		}
		for i := range officeAgents {
			took += d.account(e, queue.AgentID(fmt.Sprintf("a%05d", i)))
		}
		for _, row := range []struct {
			what           string
			queues, record int
		}{
			{"callers offered, moves not counted", sum.Offered - moved, rec.inbound},
			{"callers answered", sum.Answered, rec.talked},
			{"callers who gave up", sum.Abandoned, rec.gaveUp},
			{"callers who waited too long", sum.TimedOut, rec.tooLong},
			{"conversations of agents by their queues", took, rec.parts - rec.direct},
		} {
			if row.queues != row.record {
				d.t.Errorf("%s: %d by the queues, %d by the records", row.what, row.queues, row.record)
			}
		}
	})
	d.w.Books()
	shown := map[string]int{}
	for what, n := range d.done {
		if !strings.HasPrefix(what, "connected ") {
			shown[what] = n
		}
	}
	d.t.Logf("%d calls, shown %v", len(d.records), shown)
	for _, what := range []string{
		"status 200", "status 480", "status 487", "away missed", "away declined", "away unreachable", "away outcome", "restart", "socket lost", "hold <nil>", "transfer agent", "transfer queue", "hangup <nil>",
		"overflowed", "callbacks", "requeued", "timed out", "called back, 200 OK", "called back, 486 Busy Here",
	} {
		if d.done[what] == 0 && d.calls >= 2000 {
			d.t.Errorf("the day shows no %q", what)
		}
	}
}

// counted is what the records say.
type counted struct {
	inbound, talked, gaveUp, tooLong int // calls that came; of them those who talked to an agent, and of the others who gave up or were turned out
	parts, direct                    int // conversations of agents; of them those that a colleague gave them
}

// fromRecords counts what the records say. Each call has one record, with a cause, which is that of its end.
func (d *officeDay) fromRecords() (n counted) {
	causes := map[string]int{}
	for _, r := range d.records {
		end := fmt.Sprintf("%s by %s", r.Cause.Code, r.Cause.By)
		causes[end]++
		if r.Cause.Code == "" || d.ends[r.ID] != end {
			d.t.Errorf("call %s ended as %q, its record says %q", r.ID, d.ends[r.ID], end)
		}
		n.add(&r)
	}
	if len(d.records) != len(d.ends) || n.inbound != d.calls {
		d.t.Errorf("%d callers came, %d calls ended, %d records, %d of them of calls that came", d.calls, len(d.ends), len(d.records), n.inbound)
	}
	d.t.Logf("%v", causes)
	return n
}

func (n *counted) add(r *translator.CallRecord) {
	if r.Direction == protocol.Inbound {
		n.inbound++
		switch {
		case !r.Connected.IsZero():
			n.talked++
		case r.Cause.By == protocol.ByCaller:
			n.gaveUp++
		case r.Cause.Code == protocol.CauseLimit:
			n.tooLong++
		}
	}
	for _, p := range r.Agents {
		if !p.Connected.IsZero() {
			n.parts++
		}
	}
	for _, t := range r.Transfers {
		if strings.HasPrefix(t.To.URI, "agent:") && t.Outcome == "done" {
			n.direct++
		}
	}
}

// total holds a queue's total against the ways in which its callers went, and against its intervals.
func (d *officeDay) total(e *queue.Engine, name string) queue.Interval {
	total, _ := e.Totals(name)
	if n := total.Answered + total.Abandoned + total.Overflowed + total.Refused + total.TimedOut + total.Removed; n != total.Offered {
		d.t.Errorf("%s: %d came, %d went", name, total.Offered, n)
	}
	for what, n := range map[string]int{"overflowed": total.Overflowed, "callbacks": total.Callbacks, "requeued": total.Requeued, "timed out": total.TimedOut} {
		d.done[what] += n
	}
	sum := queue.Interval{Queue: total.Queue, From: total.From}
	for _, i := range e.Intervals(name) {
		sum = together(sum, i)
	}
	if sum != total {
		d.t.Errorf("%s: intervals add up to %+v, total %+v", name, sum, total)
	}
	d.t.Logf("%s: %d offered, %d answered (%.0f %% in target), %d abandoned, %d overflowed, %d refused, %d timed out, %d removed, %d requeued, %d callbacks, occupancy %.2f", name, total.Offered, total.Answered,
		100*total.ServiceLevel(), total.Abandoned, total.Overflowed, total.Refused, total.TimedOut, total.Removed, total.Requeued, total.Callbacks, total.Occupancy())
	return total
}

// together adds two intervals up.
func together(a, b queue.Interval) queue.Interval {
	for _, c := range []struct{ to, by *int }{
		{&a.Offered, &b.Offered}, {&a.Answered, &b.Answered}, {&a.InTarget, &b.InTarget}, {&a.Abandoned, &b.Abandoned}, {&a.ShortAbandoned, &b.ShortAbandoned}, {&a.Overflowed, &b.Overflowed},
		{&a.Refused, &b.Refused}, {&a.TimedOut, &b.TimedOut}, {&a.Removed, &b.Removed}, {&a.Requeued, &b.Requeued}, {&a.Callbacks, &b.Callbacks},
	} {
		*c.to += *c.by
	}
	for _, h := range []struct{ to, by *queue.Histogram }{{&a.Wait, &b.Wait}, {&a.Talk, &b.Talk}, {&a.Hold, &b.Hold}, {&a.WrapUp, &b.WrapUp}} {
		for i, n := range h.by.Counts {
			h.to.Counts[i] += n
		}
		h.to.Sum += h.by.Sum
	}
	a.LongestWait = max(a.LongestWait, b.LongestWait)
	a.Staffed += b.Staffed
	a.Busy += b.Busy
	return a
}

// account holds an agent's account: his times in states add up to his time logged in, and each offer ended one way. It gives how many he answered.
func (d *officeDay) account(e *queue.Engine, id queue.AgentID) int {
	f, ok := e.AgentFigures(id)
	if !ok {
		d.t.Errorf("%s has no account", id)
	}
	var sum time.Duration
	for _, s := range f.States {
		sum += s.Time
	}
	if sum != f.LoggedIn || f.LoggedIn < d.length/2 {
		d.t.Errorf("%s was logged in for %v, his states add up to %v", id, f.LoggedIn, sum)
	}
	if n := f.Answered + f.Missed + f.Rejected + f.Unreachable + f.Lost; n != f.Offered {
		d.t.Errorf("%s had %d offers, %d ended", id, f.Offered, n)
	}
	return f.Answered
}
