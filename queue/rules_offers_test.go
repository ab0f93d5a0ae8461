package queue

import "testing"

// The rows of queue.md §Outcomes of an offer, and agent-protocol.md §An offer has one winner.
func TestRuleOffers(t *testing.T) {
	runRules(t, []rule{
		{"a call from arrival to the next", `
			queue billing wrap_up=15s
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  shown anna
			4s  accept anna
			    won c1 anna
			    agent anna on_call
			5s  connected anna
			    leave c1 answered after 4s
			60s ended anna
			    agent anna wrap_up
			    wrapup c1 anna until 1m15s
			75s
			    wrapped c1 anna
			    agent anna available`},
		{"accept needs no ringing before it", `
			queue billing
			0s login anna billing available
			   agent anna available
			0s arrive c1 billing
			   offer c1 anna
			   agent anna offered
			1s accept anna
			   won c1 anna
			   agent anna on_call
			9s connected anna
			   leave c1 answered after 9s
			9s shown anna
			9s accept anna
			9s reject anna
			9s fail anna agent`},
		{"RONA: no answer in ring_for makes the agent away(missed), the next agent is asked", `
			queue billing ring_for=20s
			0s  login anna billing available
			    agent anna available
			1s  login bert billing available
			    agent bert available
			2s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			3s  shown anna
			22s
			    withdraw c1 anna missed
			    agent anna away(missed)
			    offer c1 bert
			    agent bert offered
			23s accept anna`},
		{"RONA counts from the offer, not from its showing", `
			queue billing ring_for=10s
			0s login anna billing available
			   agent anna available
			0s arrive c1 billing
			   offer c1 anna
			   agent anna offered
			2s shown anna
			10s
			   withdraw c1 anna missed
			   agent anna away(missed)`},
		{"RONA: only max_misses in a row make away; an answer begins the count anew", `
			queue billing ring_for=10s
			set max_misses=2
			0s  login anna billing available
			    agent anna available
			0s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			0s  shown anna
			10s
			    withdraw c1 anna missed
			    agent anna available
			    offer c1 anna
			    agent anna offered
			11s accept anna
			    won c1 anna
			    agent anna on_call
			12s connected anna
			    leave c1 answered after 12s
			13s ended anna
			    agent anna available
			14s arrive c2 billing
			    offer c2 anna
			    agent anna offered
			15s shown anna
			24s
			    withdraw c2 anna missed
			    agent anna available
			    offer c2 anna
			    agent anna offered
			25s shown anna
			34s
			    withdraw c2 anna missed
			    agent anna away(missed)`},
		{"unreachable: an offer not confirmed in 3 s goes to the next agent; no miss, but not asked before the next beat", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			4s
			    withdraw c1 anna unreachable
			    agent anna available
			9s
			10s beat anna
			    offer c1 anna
			    agent anna offered`},
		{"unreachable twice in 5 minutes is away(unreachable), until he sets himself available", `
			queue billing
			0s    login anna billing available
			      agent anna available
			1s    arrive c1 billing
			      offer c1 anna
			      agent anna offered
			4s
			      withdraw c1 anna unreachable
			      agent anna available
			301s  beat anna
			      offer c1 anna
			      agent anna offered
			304s
			      withdraw c1 anna unreachable
			      agent anna away(unreachable)
			310s  beat anna
			311s  state anna available
			      agent anna available
			      offer c1 anna
			      agent anna offered
			314s
			      withdraw c1 anna unreachable
			      agent anna available`},
		{"unreachable twice in more than 5 minutes is not counted together", `
			queue billing
			0s    login anna billing available
			      agent anna available
			1s    arrive c1 billing
			      offer c1 anna
			      agent anna offered
			4s
			      withdraw c1 anna unreachable
			      agent anna available
			302s  beat anna
			      offer c1 anna
			      agent anna offered
			305s
			      withdraw c1 anna unreachable
			      agent anna available`},
		{"a page that cannot show the offer is unreachable at once", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  fail anna unshown
			    withdraw c1 anna unreachable
			    agent anna available`},
		{"a socket lost while offered is unreachable at once, the caller goes to the next", `
			queue billing
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  shown anna
			3s  detach anna
			    withdraw c1 anna unreachable
			    agent anna available
			    offer c1 bert
			    agent bert offered`},
		{"rejected: the next agent is asked, this one again after reject_delay", `
			queue billing
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  reject anna busy
			    withdraw c1 anna rejected
			    agent anna available
			    offer c1 bert
			    agent bert offered
			3s  reject bert
			    withdraw c1 bert rejected
			    agent bert available
			22s
			    offer c1 anna
			    agent anna offered`},
		{"rejected: the agent is asked at once for another caller", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  arrive c2 billing
			3s  reject anna
			    withdraw c1 anna rejected
			    agent anna available
			    offer c2 anna
			    agent anna offered`},
		{"max_rejects in a row make away(declined); an answer begins the count anew", `
			queue billing
			set max_rejects=2 reject_delay=1s
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  reject anna
			    withdraw c1 anna rejected
			    agent anna available
			3s
			    offer c1 anna
			    agent anna offered
			4s  accept anna
			    won c1 anna
			    agent anna on_call
			4s  connected anna
			    leave c1 answered after 3s
			5s  ended anna
			    agent anna available
			6s  arrive c2 billing
			    offer c2 anna
			    agent anna offered
			7s  reject anna
			    withdraw c2 anna rejected
			    agent anna available
			8s
			    offer c2 anna
			    agent anna offered
			9s  reject anna
			    withdraw c2 anna rejected
			    agent anna away(declined)`},
		{"a reject is a sign of life: misses before it are not in a row with those after", `
			queue billing ring_for=10s
			set max_misses=2 reject_delay=1s
			0s  login anna billing available
			    agent anna available
			0s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			0s  shown anna
			10s
			    withdraw c1 anna missed
			    agent anna available
			    offer c1 anna
			    agent anna offered
			11s reject anna
			    withdraw c1 anna rejected
			    agent anna available
			12s
			    offer c1 anna
			    agent anna offered
			12s shown anna
			22s
			    withdraw c1 anna missed
			    agent anna available
			    offer c1 anna
			    agent anna offered`},
		{"caller gone while offered: the offer is withdrawn, the agent available, his idle time as before", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  login bert billing available
			    agent bert available
			2s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			4s  leave c1
			    withdraw c1 anna caller_gone
			    agent anna available
			    leave c1 abandoned after 2s
			5s  arrive c2 billing
			    offer c2 anna
			    agent anna offered`},
		{"accepted, media lost by the agent's fault: away(media), the caller keeps his place and the next agent is asked", `
			queue billing
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			7s  fail anna agent
			    withdraw c1 anna media_lost
			    agent anna away(media)
			    offer c1 bert
			    agent bert offered`},
		{"accepted, media lost by nobody's fault: available again, next agent at once, this one for this caller not for 3 s", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			7s  fail anna none
			    withdraw c1 anna media_lost
			    agent anna available
			10s
			    offer c1 anna
			    agent anna offered`},
		{"caller gone between accept and connected: no wrap-up, no ghost", `
			queue billing wrap_up=15s
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			3s  leave c1
			    withdraw c1 anna caller_gone
			    agent anna available
			    leave c1 abandoned after 2s
			4s  connected anna
			4s  ended anna`},
		{"a socket lost after accept changes nothing: media may flow on", `
			queue billing wrap_up=5s
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			3s  detach anna
			4s  connected anna
			    leave c1 answered after 3s
			5s  detach anna
			6s  ended anna
			    agent anna wrap_up
			    wrapup c1 anna until 11s`},
		{"a second accept of the same offer gives nothing new", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			2s  accept anna`},
		{"the deadline goes before an event of the same time", `
			queue billing ring_for=10s
			0s  login anna billing available
			    agent anna available
			0s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			3s  shown anna
			    withdraw c1 anna unreachable
			    agent anna available`},
	})
}
