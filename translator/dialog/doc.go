// Package dialog is the trunk side of offhook: SIP dialogs as RFC 3261 means them, without a socket in sight.
//
// Three layers, each usable alone:
//
//   - [Dialog] is one dialog as a pure machine. [Dialog.Step] takes an [Event] and a time and gives [Effect] values; the rules stand in
//     one table ([Rows]) whose rows cite the RFC. It never reads a clock, draws a random number or touches the network.
//   - The router decides what a request is before a dialog sees it: a new call, an event for a known dialog, an immediate
//     refusal (405, 416, 420, 481, 482, 483 …), or nothing at all. It is a pure function of the request and of the dialogs that are there.
//   - Two transaction layers carry what a dialog decides. [Endpoint] is the live one, on sipgo's raw transactions over UDP, TCP and TLS. [VirtualTx] is
//     a small retransmitter on a virtual clock, fed with text; replay, fuzzing and tests use it. Both run the same screen, router and dialog.
//
// A datagram's way in: the screen drops strangers by source address before anything is remembered, limits sizes, makes blanks, folding and
// compact names regular, answers 400 itself where a message is broken but has a usable Via, and gives each request outside a dialog our To
// tag (derived from the message, so that every response and retransmission carries the same one). Then the transaction layer absorbs
// retransmissions, the router checks, and the owner of the dialog gets an [Event] through the sink that its [Handler] returned.
//
// A connection's way in is the same, with a framer before the screen: strangers are closed unread, a message that has begun is complete in 5 s, and
// what is not SIP ends the connection. sipgo is given whole, regular messages only, and connections that we accepted or made; it makes none itself,
// because it would go where a Via says. Each listener has layers of sipgo's own, so that an answer leaves from where the question came in.
//
// Trunks are looked after beside the dialogs: an Authorizer answers a trunk's digest challenges for its own realm only; [Trunk.Register] keeps a
// registration; [Trunk.Qualify] asks by OPTIONS who is there, and [Endpoint.Targets] leaves out who is not. A caller of [Endpoint.Place] goes through the
// targets: with [Outgoing.Patience] set, silence fails a call as soon as a refusal does, and what rings or answers later is ended here.
//
// The owner of a dialog is one goroutine. It calls Step for each event, for each command of its own ([Ring], [Answer], [Reject], [Hangup],
// [Reoffer], [AnswerReoffer], [Info], [Refer], [AcceptRefer], [ReferNews], [Limit]) and for [Tick] when [Dialog.Deadline] is reached. It gives each effect but a [Report] to [Tx.Perform], and the
// result back as [Sent] where [NeedsResult] says so.
//
// What a dialog minds by itself: retransmission of 2xx and of reliable 1xx, ACK of each copy, PRACK, branches of a forked INVITE, CANCEL and 2xx
// that cross, glare (491 and its wait), one offer at a time, target refresh, session timers, challenges, 420 and 422, and an end to everything.
// What it leaves to the call: every description, and whether a transfer, a redirection or a replacement is allowed.
package dialog
