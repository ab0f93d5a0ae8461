// Package queue decides which waiting caller is offered to which agent, when an offer is over, and what becomes of both.
//
// It is a machine without a motor: [Engine.Apply] takes in one event and the time, and returns decisions. It starts no
// goroutine, reads no clock, does no I/O and knows nothing of SIP, sockets or sound; it imports the standard library only. One owner calls it,
// carries the decisions out in their order, and wakes it with [Tick] at [Engine.NextDeadline]. The same events at the same times give the
// same decisions, so a recorded stream of events is a test, and a second engine can follow the first.
//
// # A call through the engine
//
// Most of what the engine does can be told along one call:
//
//	AgentLoggedIn{"anna", available}   AgentChanged{anna available}
//	CallerArrived{"c1", "billing"}     Offer{1, c1, anna}  AgentChanged{anna offered}  Position{c1 1}  QueueChanged
//	OfferShown{1}                      (her page shows it: she now has until ExpiresAt)
//	OfferAccepted{1}                   Won{1, c1, anna}  AgentChanged{anna on_call}
//	CallConnected{1}                   Leave{c1 answered}  QueueChanged
//	CallEnded{1}                       AgentChanged{anna wrap_up}  WrapUpStarted{until}
//	Tick, at until                     WrapUpEnded  AgentChanged{anna available}
//
// Whatever else may happen between Offer and CallConnected (declined, not answered, not shown, socket lost, media that does not come
// up) ends the offer with one [Withdraw]; the caller stands where he stood, and the next agent is asked in the same Apply. A caller
// leaves exactly once, with one [Leave].
//
// # Callers
//
// Callers of all queues stand in one order: the higher class first; then who has waited longest, a head start counting as waiting; then
// who came first. The order never changes while they wait, because each caller's rank is fixed when he arrives. Joining goes by
// this order: the first caller for whom some agent can be asked gets one, then the next. An agent of several queues so serves
// the first of all the callers that he may serve, and a caller whom nobody present can serve holds nobody up.
//
// # Agents
//
// An agent's state is that of the agent protocol: offline, available, away, offered, on_call, wrap_up. People set available and away;
// what they set while they are busy is remembered as what comes next. The states and what moves between them are a table (states.go), as are
// an offer's phases (offerstates.go); [AgentTransitions] gives the former for print.
//
// Being available is not enough to be asked. The agent's page must have a socket, must have beaten within [Settings.Lease], and must not have
// left its last offer unshown without having beaten since. These come and go without changing the state: a
// sleeping tab loses no agent a reason in a report, and no caller waits on it for more than [Settings.ConfirmWithin].
//
// Who of several agents is asked is the queue's strategy, among the agents of the lowest level that has one. A strategy is a small interface
// (strategy.go); there is one so far, [LongestIdle].
//
// # Costs
//
// With n callers and agents in the queues that an event touches, an event costs O(log n) for each queue touched and for each pair joined. Looking for a
// pair costs one step more for each caller passed over (because he bars every agent who is ready) and for each agent passed over (because the
// caller bars him). Nothing is allocated beyond decisions once the engine has held its largest load. Places in line are told to the first [Told] callers
// of a queue only.
//
// # What the owner promises
//
//   - An offer that was Won ends: with CallConnected, OfferFailed or CallerLeft. The engine sets no deadline of its own there, as only the call
//     knows its media. The same holds for CallEnded after CallConnected, and for AgentFreed after AgentSeized.
//   - AgentSeized is sent for agents who are not offered: dialling while offered is refused before.
//   - IDs, reasons and the lists in events are of reasonable length: the engine copies and keeps them.
package queue
