package queue

import "testing"

// queue.md §Agents and agent-protocol.md's agent object.
func TestRuleAgents(t *testing.T) {
	runRules(t, []rule{
		{"logging in without a wish is away(login)", `
			queue billing
			0s login anna billing
			   agent anna away(login)
			1s state anna available
			   agent anna available`},
		{"logging in with a wish is that wish", `
			queue billing
			0s login anna billing away(lunch)
			   agent anna away(lunch)
			1s login bert billing available
			   agent bert available`},
		{"logging in again keeps the state, not the wish, and brings new memberships", `
			queue billing
			queue sales
			0s login anna billing available
			   agent anna available
			1s login anna sales away(lunch)
			2s arrive c1 billing
			3s arrive c2 sales
			   offer c2 anna
			   agent anna offered`},
		{"a state is told only when something in it changed", `
			queue billing
			0s login anna billing available
			   agent anna available
			1s state anna available
			2s state anna away(lunch)
			   agent anna away(lunch)
			3s state anna away(lunch)
			4s state anna away(meeting)
			   agent anna away(meeting)
			5s state anna on_call
			5s state anna offline
			5s state nobody available`},
		{"what is asked for while offered, on a call or in wrap-up comes after, shown as next", `
			queue billing wrap_up=5s
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  state anna away(lunch)
			    agent anna offered next away(lunch)
			3s  accept anna
			    won c1 anna
			    agent anna on_call next away(lunch)
			4s  connected anna
			    leave c1 answered after 3s
			5s  state anna away(meeting)
			    agent anna on_call next away(meeting)
			6s  ended anna
			    agent anna wrap_up next away(meeting)
			    wrapup c1 anna until 11s
			7s  state anna available
			    agent anna wrap_up
			8s  state anna away(tea)
			    agent anna wrap_up next away(tea)
			11s
			    wrapped c1 anna
			    agent anna away(tea)`},
		{"an offer that comes to nothing leads to what was asked for meanwhile", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  state anna away(lunch)
			    agent anna offered next away(lunch)
			3s  leave c1
			    withdraw c1 anna caller_gone
			    agent anna away(lunch)
			    leave c1 abandoned after 2s`},
		{"lease: an agent whose last beat is older is not asked, and is again with his next beat", `
			queue billing
			set lease=32s
			0s   login anna billing available
			     agent anna available
			15s  beat anna
			46s  arrive c1 billing
			     offer c1 anna
			     agent anna offered
			46s  leave c1
			     withdraw c1 anna caller_gone
			     agent anna available
			     leave c1 abandoned after 0s
			47s  arrive c2 billing
			50s  beat anna
			     offer c2 anna
			     agent anna offered`},
		{"a detached agent is not asked, and is again with his next beat or hello", `
			queue billing
			0s login anna billing available
			   agent anna available
			1s detach anna
			2s arrive c1 billing
			3s beat anna
			   offer c1 anna
			   agent anna offered
			4s leave c1
			   withdraw c1 anna caller_gone
			   agent anna available
			   leave c1 abandoned after 2s
			5s detach anna
			6s arrive c2 billing
			7s login anna billing
			   offer c2 anna
			   agent anna offered`},
		{"longest idle: since the last call's end, or since becoming available if that is later", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  login bert billing available
			    agent bert available
			2s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			2s  connected anna
			    leave c1 answered after 0s
			3s  ended anna
			    agent anna available
			4s  arrive c2 billing
			    offer c2 bert
			    agent bert offered
			5s  leave c2
			    withdraw c2 bert caller_gone
			    agent bert available
			    leave c2 abandoned after 1s
			6s  state bert away(tea)
			    agent bert away(tea)
			7s  state bert available
			    agent bert available
			8s  arrive c3 billing
			    offer c3 anna
			    agent anna offered`},
		{"longest idle: a miss, a reject and an unreachable page do not reset it", `
			queue billing ring_for=10s
			set max_misses=3 reject_delay=1s
			0s  login anna billing available
			    agent anna available
			1s  login bert billing available
			    agent bert available
			2s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  shown anna
			12s
			    withdraw c1 anna missed
			    agent anna available
			    offer c1 anna
			    agent anna offered
			13s reject anna
			    withdraw c1 anna rejected
			    agent anna available
			    offer c1 bert
			    agent bert offered
			14s reject bert
			    withdraw c1 bert rejected
			    agent bert available
			    offer c1 anna
			    agent anna offered
			15s fail anna unshown
			    withdraw c1 anna unreachable
			    agent anna available
			    offer c1 bert
			    agent bert offered
			16s leave c1
			    withdraw c1 bert caller_gone
			    agent bert available
			    leave c1 abandoned after 14s
			17s beat anna
			18s arrive c2 billing
			    offer c2 anna
			    agent anna offered`},
		{"longest idle: ties go by agent ID", `
			queue billing
			0s  login bert billing available
			    agent bert available
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered`},
		{"levels: level 1 first, others only while nobody of a lower level can be asked", `
			queue billing
			0s  login anna billing:2 available
			    agent anna available
			1s  login bert billing available
			    agent bert available
			2s  arrive c1 billing
			    offer c1 bert
			    agent bert offered
			3s  arrive c2 billing
			    offer c2 anna
			    agent anna offered
			4s  reject bert
			    withdraw c1 bert rejected
			    agent bert available`},
		{"levels: 0 counts as 1, and a queue named twice counts with its lower level", `
			queue billing
			0s  login anna billing:2 available
			    agent anna available
			1s  login bert billing:3,billing:0 available
			    agent bert available
			2s  login carl billing:1 available
			    agent carl available
			3s  arrive c1 billing
			    offer c1 bert
			    agent bert offered`},
		{"at most one offer, whatever the queues", `
			queue billing
			queue sales
			0s  login anna billing,sales available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			1s  arrive c2 sales`},
		{"logged out while offered: withdrawn, offline, the caller goes to the next", `
			queue billing
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  logout anna
			    withdraw c1 anna agent_lost
			    agent anna offline
			    offer c1 bert
			    agent bert offered`},
		{"logged out on a call: offline when it ends, without wrap-up", `
			queue billing wrap_up=15s
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			3s  connected anna
			    leave c1 answered after 2s
			4s  logout anna
			    agent anna on_call next offline
			5s  state anna available
			6s  logout anna
			9s  ended anna
			    agent anna offline`},
		{"logged out between accept and connected: offline when the offer fails", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			3s  logout anna
			    agent anna on_call next offline
			4s  fail anna agent
			    withdraw c1 anna media_lost
			    agent anna offline`},
		{"logged out on a call and back before its end: what the page wishes, away(login) without a wish", `
			queue billing wrap_up=5s
			0s  login anna billing available
			    agent anna available
			0s  seize anna
			    agent anna on_call
			1s  logout anna
			    agent anna on_call next offline
			2s  login anna billing
			    agent anna on_call next away(login)
			3s  logout anna
			    agent anna on_call next offline
			4s  login anna billing available
			    agent anna on_call
			5s  free anna
			    agent anna available`},
		{"logged out in wrap-up: wrap-up ends", `
			queue billing wrap_up=15s
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			2s  connected anna
			    leave c1 answered after 1s
			3s  ended anna
			    agent anna wrap_up
			    wrapup c1 anna until 18s
			4s  logout anna
			    wrapped c1 anna
			    agent anna offline
			60s`},
		{"seized and freed: not asked meanwhile, then as before", `
			queue billing
			0s  login anna billing available
			    agent anna available
			0s  login bert billing away(lunch)
			    agent bert away(lunch)
			1s  seize anna
			    agent anna on_call
			1s  seize bert
			    agent bert on_call next away(lunch)
			2s  arrive c1 billing
			3s  free bert
			    agent bert away(lunch)
			4s  free anna
			    agent anna available
			    offer c1 anna
			    agent anna offered
			5s  free anna`},
		{"seized twice is freed twice", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  seize anna
			    agent anna on_call
			2s  seize anna
			3s  free anna
			4s  free anna
			    agent anna available`},
		{"seized while offered is refused before: the engine changes nothing", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			1s  seize anna
			2s  free anna
			3s  leave c1
			    withdraw c1 anna caller_gone
			    agent anna available
			    leave c1 abandoned after 2s`},
		{"events about nobody and nothing change nothing", `
			queue billing
			0s beat nobody
			0s detach nobody
			0s logout nobody
			0s seize nobody
			0s free nobody
			0s leave nobody
			0s accept nobody
			0s reject nobody
			0s fail nobody agent
			0s connected nobody
			0s ended nobody
			0s done nobody
			0s extend nobody 5s
			0s outcome nobody sold`},
	})
}
