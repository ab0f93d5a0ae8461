// Package agent is the hub between browsers and calls: WebSocket sessions, log-in by token, resume, bounded send queues.
//
// It knows frames, tokens and sockets; what an agent or a call is doing it does not know. It keeps the newest object of each, so that it
// can welcome a page that comes back, and hands every request to a [Backend] in the order in which it came.
//
//	browser ──frame──▶ socket (reader) ──▶ desk ──▶ Backend (the exchange)
//	browser ◀─frame── socket (writer) ◀── outbox ◀── desk ◀── Hub.SendCall, Hub.Reply …
//
// A socket is one WebSocket with one reader and one writer goroutine. A desk is what the hub remembers of one agent across sockets: the
// objects, the login session with its last replies, and which socket is the active one. Of all sockets of an agent the one with the newest
// hello is active; the others are closed with 4409. An outbox is what a socket has still to send: replies are never dropped, an object is
// replaced by a newer one of the same thing, and beyond 1 MiB the socket is closed with 4413.
//
// # Order and locks
//
// What happens to one agent happens under its desk's lock, and what the backend has to hear of it is put into a line under that same lock. The line
// is emptied by one goroutine at a time without any lock held, so the backend hears things in the order in which they happened and may call the hub
// from within. The hub's lock (the map of desks, the set of sockets) comes before a desk's, a desk's before an outbox's.
package agent
