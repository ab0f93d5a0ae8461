package queue

import (
	"cmp"
	"math"
	"time"
)

// What the observer knows of who is asked: each strategy, step and skill as plainly as queue.md says it.

// moved books a caller's change of queue. When it was is taken from the engine, where he is still there, and held to what is possible.
func (o *observer) moved(d Moved) {
	c := &o.callers[callerNo(d.Caller)]
	w := o.e.callers[d.Caller]
	if !c.waiting || queueIDs[c.queue] != d.From || c.won || len(c.offers) > 0 {
		o.fail("%s moves from %s, but is in q%d with offers %d", d.Caller, d.From, c.queue, c.offers)
		return
	}
	if !c.back && o.queues[c.queue].there {
		o.queues[c.queue].ends[LeaveOverflow]++
	}
	if !o.keepsAge(d, c.queue) {
		c.seq, c.from = 1<<30, o.now
	}
	c.queue, c.told, c.back, c.asked = queueNo(d.To), 0, false, time.Time{}
	c.rank = o.ranked(c)
	o.queues[c.queue].offered++
	if w == nil || w.queue.set.Name != d.To { // refused there at once, and gone or on his way
		return
	}
	c.seq = int(w.seq)
	if c.from = o.start.Add(time.Duration(w.from)); c.from.Before(c.arrived) || c.from.After(o.now) {
		o.fail("%s counts from %v, came at %v, now %v", d.Caller, c.from, c.arrived, o.now)
	}
	c.rank = o.ranked(c)
	if c.rank != o.start.Add(time.Duration(w.rank)) {
		o.fail("%s ranks by %v, want %v", d.Caller, o.start.Add(time.Duration(w.rank)), c.rank)
	}
}

// keepsAge says whether the way out by which a caller leaves a queue keeps his age.
func (o *observer) keepsAge(d Moved, from int) bool {
	set := &o.queues[from].set
	switch d.Why {
	case LeaveFull:
		return set.OnFull.KeepAge
	case LeaveLimit:
		return set.OnMaxWait.KeepAge
	case LeaveEmpty:
		return set.OnEmpty.KeepAge
	case LeaveEstimate:
		return set.OnEstimate.KeepAge
	case LeaveClosed:
		return set.OnClosed.KeepAge
	case LeaveKey:
		return set.Exits[o.event.(KeyPressed).Key-'1'].Out.KeepAge
	}
	return o.event.(CallerMoved).KeepAge
}

// ranked works out a caller's rank: from, less his head starts.
func (o *observer) ranked(c *watchedCaller) time.Time {
	rank := c.from.Add(-c.head - o.queues[c.queue].set.Weight)
	for _, n := range c.needs {
		rank = rank.Add(-o.settings.SkillHeadStart[n.Skill])
	}
	return rank
}

func (o *observer) callbackKept(d CallbackKept) {
	c := &o.callers[callerNo(d.Caller)]
	if !c.waiting || c.callback || c.won || len(c.offers) > 0 {
		o.fail("%s becomes a callback: waiting %v, callback %v, won %v, offers %d", d.Caller, c.waiting, c.callback, c.won, c.offers)
	}
	c.callback = true
	o.checkKept(d.Caller, d.Kept)
}

func (o *observer) callbackChanged(d CallbackChanged) {
	c := &o.callers[callerNo(d.Caller)]
	if !c.waiting || !c.callback || queueIDs[c.queue] != d.Queue {
		o.fail("%s changes as a callback of %s: waiting %v, callback %v, in q%d", d.Caller, d.Queue, c.waiting, c.callback, c.queue)
	}
	o.checkKept(d.Caller, d.Kept)
}

// checkKept holds what is to be remembered of a callback to what was seen.
func (o *observer) checkKept(id CallerID, k Kept) {
	c := &o.callers[callerNo(id)]
	want := Kept{Arrived: c.arrived, From: c.from, Joined: k.Joined, Tries: c.tries}
	if c.sleeps.After(o.now) {
		want.Next = c.sleeps
	}
	if k.Joined.IsZero() || k.Joined.After(o.now) || !k.Arrived.Equal(want.Arrived) || !k.From.Equal(want.From) || k.Tries != want.Tries || !k.Next.Equal(want.Next) {
		o.fail("of %s is kept %+v, want %+v", id, k, want)
	}
}

// rests says whether the caller is a callback that is not to be tried now.
func (o *observer) rests(c *watchedCaller) bool {
	hours := o.queues[c.queue].set.Hours
	return c.callback && (o.now.Before(c.sleeps) || hours != nil && !hours.OpenAt(o.now))
}

// checkBooks holds the engine's figures, at the end of a history, to what was seen.
func (o *observer) checkBooks() {
	for i := range o.queues {
		q := &o.queues[i]
		if !q.there {
			continue
		}
		total, _ := o.e.Totals(queueIDs[i])
		var sum Interval
		for _, in := range o.e.Intervals(queueIDs[i]) {
			sum.add(in)
		}
		sum.Queue, sum.From = total.Queue, total.From
		if sum != total {
			o.fail("intervals add up to %+v, total is %+v", sum, total)
		}
		want := [...]int{
			q.offered, q.ends[LeaveAnswered], q.ends[LeaveAbandoned], q.ends[LeaveOverflow] + q.ends[LeaveKey],
			q.ends[LeaveGone] + q.ends[LeaveCallbackFailed], q.refusals(),
		}
		got := [...]int{total.Offered, total.Answered, total.Abandoned, total.Overflowed, total.Removed, total.Refused + total.TimedOut}
		if got != want {
			o.fail("q%d: offered, answered, abandoned, overflowed, removed, refused are %d, want %d", i, got, want)
		}
		if left := total.Answered + total.Abandoned + total.Overflowed + total.Removed + total.Refused + total.TimedOut; left != total.Offered {
			o.fail("q%d: %d came, %d left", i, total.Offered, left)
		}
	}
}

// checkLedgers holds each agent's account, once he has logged out, to what was seen (invariant 6).
func (o *observer) checkLedgers() {
	for i := range o.agents {
		f, _ := o.e.AgentFigures(agentIDs[i])
		var sum time.Duration
		in := map[State]time.Duration{}
		for _, s := range f.States {
			sum += s.Time
			in[s.State] += s.Time
		}
		if f.WrapUp != in[WrapUp] || f.Talk+f.Hold > in[OnCall] {
			o.fail("a%d: wrap-up %v, talk %v, hold %v, but states %v", i, f.WrapUp, f.Talk, f.Hold, f.States)
		}
		if sum != f.LoggedIn || sum != o.loggedIn[i] {
			o.fail("a%d: states add up to %v, logged in for %v, seen %v (invariant 6)", i, sum, f.LoggedIn, o.loggedIn[i])
		}
		if ends := f.Answered + f.Missed + f.Rejected + f.Unreachable + f.Lost; ends != f.Offered || ends != o.given[i] {
			o.fail("a%d: %d offers, %d ended, %d seen", i, f.Offered, ends, o.given[i])
		}
	}
}

func (q *watchedQueue) refusals() (n int) {
	for _, r := range [...]LeaveReason{LeaveLimit, LeaveFull, LeaveEmpty, LeaveClosed, LeaveEstimate} {
		n += q.ends[r]
	}
	return n
}

// add adds another interval's figures.
func (i *Interval) add(j Interval) {
	for _, p := range [...]struct{ to, by *int }{
		{&i.Offered, &j.Offered}, {&i.Answered, &j.Answered}, {&i.InTarget, &j.InTarget}, {&i.Abandoned, &j.Abandoned},
		{&i.ShortAbandoned, &j.ShortAbandoned}, {&i.Overflowed, &j.Overflowed}, {&i.Refused, &j.Refused}, {&i.TimedOut, &j.TimedOut},
		{&i.Removed, &j.Removed}, {&i.Requeued, &j.Requeued}, {&i.Callbacks, &j.Callbacks},
	} {
		*p.to += *p.by
	}
	i.LongestWait = max(i.LongestWait, j.LongestWait)
	i.Staffed += j.Staffed
	i.Busy += j.Busy
	for _, p := range [...]struct{ to, by *Histogram }{{&i.Wait, &j.Wait}, {&i.Talk, &j.Talk}, {&i.Hold, &j.Hold}, {&i.WrapUp, &j.WrapUp}} {
		for at := range p.to.Counts {
			p.to.Counts[at] += p.by.Counts[at]
		}
		p.to.Sum += p.by.Sum
	}
}

// crowd is how many agents may be asked for the caller at once. How often ring-progressively has raised that is taken from the engine, and held to
// the time that has passed.
func (o *observer) crowd(caller int) int {
	c := &o.callers[caller]
	set := &o.queues[c.queue].set
	switch set.Strategy {
	case RingAll:
		return math.MaxInt
	case RingProgressively:
		w := o.e.callers[callerIDs[caller]]
		if w == nil {
			return 0
		}
		if w.allowed > 1 && time.Duration(w.allowed-1)*set.Step > o.now.Sub(c.asked) {
			o.fail("c%d: %d agents at once, %v after the first was asked", caller, w.allowed, o.now.Sub(c.asked))
		}
		return w.allowed
	}
	return 1
}

// waitsFor gives the agent for whom alone the caller waits, -1 if any will do.
func (o *observer) waitsFor(caller int) int {
	c := &o.callers[caller]
	if c.prefer == "" || !o.now.Before(c.preferUntil) {
		return -1
	}
	if p := agentNo(c.prefer); o.agents[p].state != Offline && o.agents[p].level[c.queue] > 0 {
		return p
	}
	return -1
}

// open says whether agents of this level may be asked for the caller by now.
func (o *observer) open(caller, level int) bool {
	c := &o.callers[caller]
	set := &o.queues[c.queue].set
	if set.Strategy == RingAll {
		for _, id := range c.offers {
			if level > o.offers[id].level {
				return false
			}
		}
	}
	if len(set.Levels) == 0 {
		return true
	}
	upto := 0
	for _, step := range set.Levels {
		if o.now.Sub(c.from) >= step.After {
			upto = step.Upto
		}
	}
	for upto < 100 && !o.peopled(c.queue, upto) {
		upto++
	}
	return level <= upto
}

// peopled says whether an agent of this level is logged in.
func (o *observer) peopled(queue, level int) bool {
	for i := range o.agents {
		if o.agents[i].state != Offline && o.agents[i].level[queue] == level {
			return true
		}
	}
	return false
}

func (o *observer) able(caller, agent int) bool {
	_, ok := o.surplus(caller, agent)
	return ok
}

// surplus adds up what the agent can do more than the caller needs by now.
func (o *observer) surplus(caller, agent int) (int, bool) {
	c, sum := &o.callers[caller], 0
	for _, n := range c.needs {
		n.Min = max(n.Min, 1)
		for _, step := range o.queues[c.queue].set.Relax {
			if o.now.Sub(c.from) < step.After || (step.Skill != "" && step.Skill != n.Skill) {
				continue
			}
			if n.Min -= step.By; step.By == 0 {
				n.Min = 0
			}
		}
		if n.Min < 1 {
			continue
		}
		over := o.agents[agent].skills[n.Skill] - n.Min
		if over < 0 {
			return 0, false
		}
		sum += over
	}
	return sum, true
}

// preferred says whether agent i is to be asked before j for the caller: the lower level, then by the strategy.
func (o *observer) preferred(i, j, caller int) bool {
	queue := o.callers[caller].queue
	a, b := &o.agents[i], &o.agents[j]
	if a.level[queue] != b.level[queue] {
		return a.level[queue] < b.level[queue]
	}
	q := &o.queues[queue]
	ti, tj := turn{a.order[queue], agentIDs[i]}, turn{b.order[queue], agentIDs[j]}
	switch q.set.Strategy {
	case Random:
		return false
	case RoundRobin:
		if x, y := btoi(ti.compare(q.last) <= 0), btoi(tj.compare(q.last) <= 0); x != y {
			return x < y
		}
		return ti.compare(tj) < 0
	case TopDown, RingAll, RingProgressively:
		return ti.compare(tj) < 0
	case FewestCalls:
		return cmp.Or(cmp.Compare(o.answeredLately(i), o.answeredLately(j)), o.longerIdle(i, j)) < 0
	case LeastTalk:
		return cmp.Or(cmp.Compare(o.talkedLately(i), o.talkedLately(j)), o.longerIdle(i, j)) < 0
	case BestSkill:
		x, _ := o.surplus(caller, i)
		y, _ := o.surplus(caller, j)
		return cmp.Or(cmp.Compare(y, x), o.longerIdle(i, j)) < 0
	}
	return o.longerIdle(i, j) < 0
}

func (o *observer) longerIdle(i, j int) int {
	return cmp.Or(o.agents[i].idle.Compare(o.agents[j].idle), cmp.Compare(i, j))
}

// lately says whether a time is in the window, which moves on in sixtieths.
func (o *observer) lately(t time.Time) bool {
	slot := func(t time.Time) time.Duration { return t.Sub(o.start) / (o.settings.Window / 60) }
	return slot(o.now)-slot(t) < 60
}

func (o *observer) answeredLately(agent int) int {
	n := 0
	for _, at := range o.agents[agent].answers {
		n += btoi(o.lately(at))
	}
	return n
}

func (o *observer) talkedLately(agent int) (sum time.Duration) {
	for _, t := range o.agents[agent].talks {
		if o.lately(t.ended) {
			sum += t.time
		}
	}
	return sum
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
