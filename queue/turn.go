package queue

// ringsWithin gives the lowest level on which somebody rings for the caller, every level while nobody does.
func (c *caller) ringsWithin() int {
	n := everyLevel
	for _, o := range c.offers {
		n = min(n, o.level)
	}
	return n
}

// turned: what the caller requires may have changed, because time has passed.
func (e *Engine) turned(c *caller) {
	if c.progress != 0 && c.progress <= e.at {
		c.progress = 0
		if len(c.offers) > 0 {
			c.allowed++
		}
	}
	e.place(c)
}

// armTurn sets when what the caller requires changes next.
func (e *Engine) armTurn(c *caller) {
	at := instant(0)
	sooner := func(t instant) {
		if t > e.at && (at == 0 || t < at) {
			at = t
		}
	}
	if !c.won {
		sooner(c.progress)
		sooner(c.sleeps)
	}
	if c.group != nil {
		c.changes(sooner)
	}
	if at == 0 {
		e.timers.disarm(&c.turn)
	} else if !c.turn.armed() || c.turn.at != at {
		e.timers.arm(&c.turn, at)
	}
}

// changes names the times of all that time changes about whom the caller may be given to.
func (c *caller) changes(at func(instant)) {
	for _, b := range c.barred {
		at(b.until)
	}
	for _, step := range c.queue.set.Levels {
		at(c.from.plus(step.After))
	}
	if len(c.needs) > 0 {
		for _, step := range c.queue.set.Relax {
			at(c.from.plus(step.After))
		}
	}
	if c.prefer != "" {
		at(c.preferUntil)
	}
}
