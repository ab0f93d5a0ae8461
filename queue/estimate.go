package queue

import "time"

// Estimate is how long a caller at a place will wait, from how fast the line moved in the last 15 minutes in which somebody waited.
type Estimate struct {
	Wait  time.Duration
	Error time.Duration // how far estimates were off on average over the last hour
	Known bool          // false: nobody has left the line lately
}

const (
	flowMinutes  = 15
	errorMinutes = 60
)

// flow is how fast a line moves: departures, and the time during which somebody waited, by the minute. And how good the estimates were.
type flow struct {
	minutes [flowMinutes]flowMinute
	errors  [errorMinutes]errorMinute
	since   instant // up to here the time of waiting is booked
}

type flowMinute struct {
	no     int64
	left   int
	waited time.Duration
}

type errorMinute struct {
	no  int64
	n   int
	sum time.Duration
}

func minuteOf(at instant) int64 { return int64(at) / int64(time.Minute) }

// minute gives the present minute's slot, emptied if it is an old one's.
func (f *flow) minute(no int64) *flowMinute {
	m := &f.minutes[no%flowMinutes]
	if m.no != no {
		*m = flowMinute{no: no}
	}
	return m
}

// wait books the time since the last call of it, during which somebody waited or nobody did. Of a long time only the last minutes count.
func (f *flow) wait(now instant, somebody bool) {
	from := max(f.since, now-instant(flowMinutes*time.Minute))
	f.since = now
	for somebody && from < now {
		no := minuteOf(from)
		until := min(now, instant((no+1)*int64(time.Minute)))
		f.minute(no).waited += time.Duration(until - from)
		from = until
	}
}

// left counts a departure.
func (f *flow) left(now instant) { f.minute(minuteOf(now)).left++ }

// erred books by how much an estimate was off.
func (f *flow) erred(now instant, by time.Duration) {
	no := minuteOf(now)
	m := &f.errors[no%errorMinutes]
	if m.no != no {
		*m = errorMinute{no: no}
	}
	m.n++
	m.sum += by.Abs()
}

// at estimates the wait at a place.
func (f *flow) at(now instant, place int) (est Estimate) {
	left, waited := 0, time.Duration(0)
	for _, m := range f.minutes {
		if m.no > minuteOf(now)-flowMinutes {
			left += m.left
			waited += m.waited
		}
	}
	if left == 0 {
		return est
	}
	est.Known, est.Wait = true, time.Duration(float64(waited)/float64(left)*float64(place))
	n, sum := 0, time.Duration(0)
	for _, m := range f.errors {
		if m.no > minuteOf(now)-errorMinutes {
			n += m.n
			sum += m.sum
		}
	}
	if n > 0 {
		est.Error = sum / time.Duration(n)
	}
	return est
}

// estimate is the wait at a place of the queue's line.
func (e *Engine) estimate(q *queue, place int) Estimate {
	q.flow.wait(e.at, q.line.len() > 0)
	return q.flow.at(e.at, place)
}

// announceTo tells the caller his place and estimate, if he may be told and something changed that he would hear.
func (e *Engine) announceTo(c *caller) {
	every := c.queue.set.AnnounceEvery
	if every <= 0 || c.won || c.callback {
		return
	}
	place := c.line.place() + 1
	est := e.estimate(c.queue, place)
	said := said{place, int((est.Wait + time.Minute - 1) / time.Minute), est.Known}
	if said != c.said {
		c.said = said
		e.decide(Announce{Caller: c.id, Position: place, Estimate: est})
	}
	e.timers.arm(&c.tell, e.nowAt.plus(every)) // an owner who was late is told once
}

// said is what a caller was told last, as far as he could hear it: minutes.
type said struct {
	place, minutes int
	known          bool
}
