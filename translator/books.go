package translator

// Books are the numbers of what the exchange and its queue hold, for tests and for operators.
type Books struct {
	// Calls, Offers, Parts and Logins are what the exchange keeps; Callers, Offered and Agents what the queue does.
	Calls, Offers, Parts, Logins int
	Callers, Offered, Agents     int
	// Faults are pairs of state and event that the queue holds impossible: it must be zero.
	Faults uint64
}

// Inspect gives the books to f, in the exchange's own turn: f must return at once.
func (x *Exchange) Inspect(f func(Books)) {
	x.post(do{func() {
		c := x.queue.Census()
		f(Books{Calls: len(x.calls), Offers: len(x.offers), Parts: len(x.parts), Logins: len(x.logins), Callers: c.Callers, Offered: c.Offers, Agents: c.Agents, Faults: x.queue.Faults()})
	}})
}
