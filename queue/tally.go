package queue

import "time"

// tallySlots is in how many steps the window of a tally moves on.
const tallySlots = 60

// tally is what an agent answered and talked in the last Settings.Window, for the strategies that look back. It moves on in steps: a call counts
// from its moment until between 59 and 60 sixtieths of the window later.
type tally struct {
	calls int
	talk  time.Duration
	slots *[tallySlots]tallySlot // nil before the first call
}

type tallySlot struct {
	no    int64 // since the engine's first event
	calls int
	talk  time.Duration
}

// count adds a call that was answered, or talk time when it ends.
func (e *Engine) count(a *agent, calls int, talk time.Duration) {
	t := &a.book.tally
	if !e.lookingBack {
		return
	}
	if t.slots == nil {
		t.slots = new([tallySlots]tallySlot)
	}
	e.forgetOld(a)
	no := e.slotNo()
	s := &t.slots[no%tallySlots]
	s.no = no
	s.calls += calls
	s.talk += talk
	t.calls += calls
	t.talk += talk
}

func (e *Engine) slotNo() int64 { return int64(e.at) / e.slotWidth() }

func (e *Engine) slotWidth() int64 { return max(int64(e.settings.Window)/tallySlots, 1) }

// forgetOld takes out of the tally what is older than the window.
func (e *Engine) forgetOld(a *agent) {
	t := &a.book.tally
	if t.slots == nil {
		return
	}
	oldest := e.slotNo() - tallySlots + 1
	for i := range t.slots {
		if s := &t.slots[i]; s.no < oldest && (s.calls != 0 || s.talk != 0) {
			t.calls -= s.calls
			t.talk -= s.talk
			*s = tallySlot{}
		}
	}
}

// armTally sets when the agent's tally changes next by itself. It need only be known while he is ready.
func (e *Engine) armTally(a *agent) {
	oldest := int64(-1)
	if a.ready && a.book.tally.slots != nil {
		for _, s := range a.book.tally.slots {
			if (s.calls != 0 || s.talk != 0) && (oldest < 0 || s.no < oldest) {
				oldest = s.no
			}
		}
	}
	if oldest < 0 {
		e.timers.disarm(&a.window)
		return
	}
	e.timers.arm(&a.window, instant((oldest+tallySlots)*e.slotWidth()))
}

// tallyOver: the agent's tally changes because time has passed.
func (e *Engine) tallyOver(a *agent) {
	e.reseat(a, func() { e.forgetOld(a) })
	e.armTally(a)
}

// forgetTallies begins all tallies anew: the window has another length.
func (e *Engine) forgetTallies() {
	for _, l := range e.ledgers {
		l.tally = tally{}
	}
}
