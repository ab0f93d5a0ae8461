package sim

import (
	"time"

	"offhook/queue"
)

// note is something that will happen.
type note struct {
	at     time.Duration // since start
	seq    uint64        // order of noting: the tie-break
	what   what
	caller int
	stays  int
	offer  queue.OfferID
}

type what uint8

const (
	arrives what = iota
	givesUp
	answers
	hangsUp
)

// agenda is a binary heap of notes, the earliest first.
type agenda struct {
	notes []note
	seq   uint64
}

func (a *agenda) first() note { return a.notes[0] }

func (n *note) before(m *note) bool {
	if n.at != m.at {
		return n.at < m.at
	}
	return n.seq < m.seq
}

func (a *agenda) add(n note) {
	a.seq++
	n.seq = a.seq
	a.notes = append(a.notes, n)
	for i := len(a.notes) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.notes[i].before(&a.notes[up]) {
			return
		}
		a.notes[i], a.notes[up] = a.notes[up], a.notes[i]
		i = up
	}
}

// drop takes the first away.
func (a *agenda) drop() {
	last := len(a.notes) - 1
	a.notes[0] = a.notes[last]
	a.notes = a.notes[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if a.notes[child].before(&a.notes[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		a.notes[i], a.notes[least] = a.notes[least], a.notes[i]
		i = least
	}
}
