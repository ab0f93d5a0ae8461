package queue

// Holds says whether an offer is still on the engine's books: asked, won, talking, or to be wrapped up, be it later because its agent has a call of his
// own.
func (e *Engine) Holds(o OfferID) bool { return e.offers[o] != nil }
