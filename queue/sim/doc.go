// Package sim runs the real queue in virtual time: callers arrive, talk and lose patience by drawn times, agents answer at once, and millions of calls
// take seconds. It says what a queue's settings and so many agents would do to the callers of an hour, and beside it what Erlang's formulas say.
//
// [Run] plays one [Scenario]. [ErlangC] and [ErlangA] are the theory: the first without, the second with callers who hang up. With one queue, arrivals at
// random and exponential talk, the engine must do what they say; the package's tests hold it to that. [Plan] asks the planner's question, how many
// agents a target needs, and [Curve] draws the answers.
//
// A simulation is a pure function of its scenario, the seed included: run again, it gives the same figures.
package sim
