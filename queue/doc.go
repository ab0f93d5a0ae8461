// Package queue decides which waiting caller is offered to which agent, when an offer is over, and what becomes of both.
//
// It is a machine without a motor: [Engine.Apply] takes in one event and the time, and returns decisions. It starts no
// goroutine, reads no clock, does no I/O and knows nothing of SIP, sockets or sound; it imports the standard library only. One owner calls it,
// carries the decisions out in their order, and wakes it with [Tick] at [Engine.NextDeadline]. The same events at the same times give the
// same decisions, so a recorded stream of events is a test ([Entry]), and a second engine can follow the first.
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
// Callers of all queues stand in one order: the higher class first; then who has waited longest, head starts (his own, his queue's weight, those of
// the skills that he needs) counting as waiting; then who came first. The order never changes while they wait, because each caller's rank is
// fixed when he arrives. Joining goes by this order: the first caller for whom some agent can be asked gets one, then the next. An agent of
// several queues so serves the first of all the callers that he may serve, and a caller whom nobody present can serve holds nobody up.
//
// What decides who may be asked for a caller is his requirement: skills, as far as they are not yet relaxed; levels, as far as they are open; a
// preferred agent; agents to avoid. Callers of one requirement form a group (group.go), and for each distinct set of skills the queue keeps its
// ready agents in a pool, in the strategy's order (pool.go). So a pair is found without looking at those who cannot be joined.
//
// A queue's limits are a table with one evaluator (limits.go). Where one is met the caller goes the way out that the queue gives it: he moves to
// another queue ([Moved]), stays as a callback ([CallbackKept]), or leaves, [Leave.Out] saying where to.
//
// # Agents
//
// An agent's state is that of the agent protocol: offline, available, away, offered, on_call, wrap_up. People set available and away;
// what they set while they are busy is remembered as what comes next. The states and what moves between them are a table (states.go), as are
// an offer's phases (offerstates.go); [AgentTransitions] and [OfferTransitions] give them for print, and docs/queue-states.md has them.
//
// Being available is not enough to be asked. The agent's page must have a socket, must have beaten within [Settings.Lease], and must not have
// left its last offer unshown without having beaten since. These come and go without changing the state: a
// sleeping tab loses no agent a reason in a report, and no caller waits on it for more than [Settings.ConfirmWithin].
//
// Who of several agents is asked is the queue's strategy, among the agents of the lowest open level that has one. The strategies are a table too
// (strategy.go). Two of them ask several agents for one caller: the first accept wins, and the others' offers are withdrawn as
// answered_elsewhere in the same Apply.
//
// # Figures
//
// Each queue counts by quarters of an hour ([Engine.Intervals]) and in all ([Engine.Totals]), each agent has an account of his time and his offers
// ([Engine.AgentFigures]). They are exact: intervals add up to totals, states to the time logged in, offers to how they ended.
// [Engine.EstimateAt] says how long a caller at a place will wait, from how fast the line has moved, and how wrong such words were lately.
//
// # Costs
//
// With n callers and agents in the queues that an event touches, and k distinct requirements waiting there, an event costs O(k log n), and as much again for each
// pair joined. A ready agent whom a requirement avoids costs one step more. A set of skills that nobody has needed lately costs a step for each ready agent
// once. Nothing is allocated beyond decisions once the engine has held its largest load. Places in line are told to the first
// [Told] callers of a queue only. A reload, a queue that closes on its callers, and a queue that is left empty cost a step for each of its callers.
//
// # What the owner promises
//
//   - An offer that was Won ends: with CallConnected, OfferFailed or CallerLeft. The engine sets no deadline of its own there, as only the call
//     knows its media. The same holds for CallEnded after CallConnected, and for AgentFreed after AgentSeized. [Engine.Reconcile] finds what
//     was forgotten.
//   - AgentSeized is sent for agents who are not offered: dialling while offered is refused before.
//   - A callback that was Won is dialled; if the customer does not answer, OfferFailed says so with FaultCustomer.
//   - IDs, reasons and the lists in events are of reasonable length: the engine copies and keeps them.
package queue
