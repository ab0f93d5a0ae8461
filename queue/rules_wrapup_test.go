package queue

import "testing"

// A call of anna's that has just ended at 10s: the wrap-up stories begin with it.
const talked = `
	0s  login anna billing available
	    agent anna available
	0s  arrive c1 billing
	    offer c1 anna
	    agent anna offered
	0s  accept anna
	    won c1 anna
	    agent anna on_call
	0s  connected anna
	    leave c1 answered after 0s
`

// queue.md §Wrap-up.
func TestRuleWrapUp(t *testing.T) {
	runRules(t, []rule{
		{"a queue without wrap-up leads straight to what comes next", `
			queue billing` + talked + `
			10s ended anna
			    agent anna available`},
		{"it ends at its time", `
			queue billing wrap_up=15s` + talked + `
			10s ended anna
			    agent anna wrap_up
			    wrapup c1 anna until 25s
			25s
			    wrapped c1 anna
			    agent anna available`},
		{"it ends early by done", `
			queue billing wrap_up=15s` + talked + `
			10s ended anna
			    agent anna wrap_up
			    wrapup c1 anna until 25s
			12s done anna
			    wrapped c1 anna
			    agent anna available
			13s done anna`},
		{"it ends late by extend, at most wrap_up_max after its start", `
			queue billing wrap_up=15s wrap_up_max=60s` + talked + `
			10s ended anna
			    agent anna wrap_up
			    wrapup c1 anna until 25s
			12s extend anna 30s
			    wrapup c1 anna until 55s
			13s extend anna 30s
			    wrapup c1 anna until 1m10s
			14s extend anna 30s
			15s extend anna -30s
			70s
			    wrapped c1 anna
			    agent anna available`},
		{"a required outcome that is missing makes away(outcome): at its time", `
			queue billing wrap_up=15s outcome_required` + talked + `
			10s ended anna
			    agent anna wrap_up
			    wrapup c1 anna until 25s
			25s
			    wrapped c1 anna
			    agent anna away(outcome)`},
		{"a required outcome that is missing makes away(outcome): by done", `
			queue billing wrap_up=15s outcome_required` + talked + `
			10s ended anna
			    agent anna wrap_up
			    wrapup c1 anna until 25s
			11s done anna
			    wrapped c1 anna
			    agent anna away(outcome)`},
		{"a required outcome given with done", `
			queue billing wrap_up=15s outcome_required` + talked + `
			10s ended anna
			    agent anna wrap_up
			    wrapup c1 anna until 25s
			11s done anna sold
			    wrapped c1 anna
			    agent anna available`},
		{"a required outcome chosen earlier, in the call or in wrap-up", `
			queue billing wrap_up=15s outcome_required` + talked + `
			5s  outcome anna sold
			10s ended anna
			    agent anna wrap_up
			    wrapup c1 anna until 25s
			25s
			    wrapped c1 anna
			    agent anna available`},
		{"a call of the agent's own lets wrap-up stand still", `
			queue billing wrap_up=15s` + talked + `
			10s  ended anna
			     agent anna wrap_up
			     wrapup c1 anna until 25s
			20s  seize anna
			     agent anna on_call
			100s free anna
			     agent anna wrap_up
			     wrapup c1 anna until 1m45s
			105s
			     wrapped c1 anna
			     agent anna available`},
		{"wrap_up_max does not run while wrap-up stands still", `
			queue billing wrap_up=15s wrap_up_max=60s` + talked + `
			10s  ended anna
			     agent anna wrap_up
			     wrapup c1 anna until 25s
			20s  seize anna
			     agent anna on_call
			100s free anna
			     agent anna wrap_up
			     wrapup c1 anna until 1m45s
			101s extend anna 10m
			     wrapup c1 anna until 2m30s`},
		{"a call that ends while the agent consults: wrap-up begins when he is freed", `
			queue billing wrap_up=15s` + talked + `
			5s  seize anna
			10s ended anna
			20s free anna
			    agent anna wrap_up
			    wrapup c1 anna until 35s`},
		{"wrap-up that waits can be finished in the middle of the agent's own call", `
			queue billing wrap_up=15s outcome_required` + talked + `
			5s  seize anna
			10s ended anna
			20s done anna
			    wrapped c1 anna
			    agent anna on_call next away(outcome)
			30s free anna
			    agent anna away(outcome)`},
		{"logged out while wrap-up waits: it is over", `
			queue billing wrap_up=15s` + talked + `
			5s  seize anna
			10s ended anna
			20s logout anna
			    wrapped c1 anna
			    agent anna on_call next offline
			30s free anna
			    agent anna offline`},
	})
}
