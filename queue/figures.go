package queue

import "time"

// Told is how many places of a queue's line are told to those who stand there, each time they change. A caller who arrives
// is told his place wherever it is; if it is beyond Told, the next he hears is when he has come up to it. So one event costs at most
// Told [Position] decisions a queue, however long the line.
const Told = 100

// figures are a queue's figures in a form that can be compared: by instants.
type figures struct {
	waiting, callbacks, available, onCall int
	oldest                                instant
	serviceLevel                          float64
}

func (q *queue) figures() figures {
	f := figures{waiting: q.line.len(), callbacks: q.callbacks, available: q.ready, onCall: q.in[stateNo(OnCall)], serviceLevel: 1}
	if oldest := q.age.first(); oldest != nil {
		f.oldest = oldest.item.arrival
	}
	if q.answered > 0 {
		f.serviceLevel = float64(q.met) / float64(q.answered)
	}
	return f
}

func (q *queue) shown(f figures) Figures {
	var oldest time.Time
	if first := q.age.first(); first != nil {
		oldest = first.item.arrived
	}
	return Figures{
		Queue:        q.set.Name,
		Waiting:      f.waiting,
		Callbacks:    f.callbacks,
		Oldest:       oldest,
		Available:    f.available,
		OnCall:       f.onCall,
		ServiceLevel: f.serviceLevel,
	}
}

// announce tells what has changed in the touched queues: places first, then figures.
func (e *Engine) announce() {
	for i, q := range e.touched {
		e.tellPlaces(q)
		e.tellFigures(q)
		q.touched, q.stirred, q.movedAt, q.front = false, false, -1, nil
		e.touched[i] = nil
	}
	e.touched = e.touched[:0]
	e.announceJoined()
}

// announceJoined tells those who have just joined where they stand, unless an agent is asked for them already.
func (e *Engine) announceJoined() {
	for i, c := range e.joined {
		if c.line.seated() && len(c.offers) == 0 {
			e.announceTo(c)
		}
		e.joined[i] = nil
	}
	e.joined = e.joined[:0]
}

func (e *Engine) tellFigures(q *queue) {
	if f := q.figures(); f != q.lastTold {
		q.lastTold = f
		e.decide(QueueChanged{q.shown(f)})
	}
}

// tellPlaces tells the first callers where they stand, from the place on that changed.
func (e *Engine) tellPlaces(q *queue) {
	if q.movedAt < 0 || q.movedAt >= Told {
		return
	}
	n := q.line.at(q.movedAt)
	for place := q.movedAt; n != nil && place < Told; place++ {
		e.tellPosition(n.item, place+1)
		n = n.next()
	}
}

// tellPlace tells a caller who arrives far back where he stands.
func (e *Engine) tellPlace(c *caller) {
	if place := c.line.place(); place >= Told {
		e.tellPosition(c, place+1)
	}
}

func (e *Engine) tellPosition(c *caller, position int) {
	if c.told != position {
		c.told = position
		e.decide(Position{Caller: c.id, Position: position})
	}
}

// countAnswered counts a caller who is connected.
func (q *queue) countAnswered(c *caller, waited time.Duration) {
	if c.returned {
		return
	}
	q.answered++
	if waited <= q.set.Target {
		q.met++
	}
}

// newDay begins the day's counts anew.
func (e *Engine) newDay() {
	for _, set := range e.settings.Queues {
		q := e.queues[set.Name]
		q.answered, q.met = 0, 0
		e.touch(q)
	}
	e.forgetAbsent()
}
