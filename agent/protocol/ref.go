package protocol

// Ref names one request of one socket of one agent, so that its reply finds the way back, also after a reconnect. The zero Ref names none.
type Ref struct {
	Agent   string
	Session uint64 // the hub's own number of the log-in session, never the secret
	ID      int64  // the request's id
}
