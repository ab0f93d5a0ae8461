package queue

import "testing"

// queue.md §Callers, §Limits; and what CallerArrived says.
func TestRuleCallers(t *testing.T) {
	runRules(t, []rule{
		{"a higher class is served first, always", `
			queue billing
			0s  arrive c1 billing head=1h
			1s  arrive c2 billing class=1
			2s  login anna billing available
			    agent anna available
			    offer c2 anna
			    agent anna offered`},
		{"within a class: arrival minus head start", `
			queue billing
			0s  arrive c1 billing
			5s  arrive c2 billing head=6s
			6s  login anna billing available
			    agent anna available
			    offer c2 anna
			    agent anna offered
			7s  leave c2
			    withdraw c2 anna caller_gone
			    agent anna available
			    leave c2 abandoned after 2s
			    offer c1 anna
			    agent anna offered`},
		{"ties go by sequence of arrival", `
			queue billing
			0s  arrive c9 billing
			0s  arrive c1 billing
			1s  login anna billing available
			    agent anna available
			    offer c9 anna
			    agent anna offered`},
		{"one matcher over all queues: an agent of several gets the first of all he may serve", `
			queue billing
			queue sales
			0s  arrive c1 sales
			1s  arrive c2 billing
			2s  arrive c3 sales class=1
			3s  login anna billing,sales available
			    agent anna available
			    offer c3 anna
			    agent anna offered
			4s  login bert billing available
			    agent bert available
			    offer c2 bert
			    agent bert offered
			5s  login carl billing,sales available
			    agent carl available
			    offer c1 carl
			    agent carl offered`},
		{"the place is kept through failed offers", `
			queue billing
			set reject_delay=1s
			0s  arrive c1 billing
			1s  arrive c2 billing
			2s  login anna billing available
			    agent anna available
			    offer c1 anna
			    agent anna offered
			3s  reject anna
			    withdraw c1 anna rejected
			    agent anna available
			    offer c2 anna
			    agent anna offered
			5s  login bert billing available
			    agent bert available
			    offer c1 bert
			    agent bert offered`},
		{"excluded agents are not asked for this caller, and do not hold up others", `
			queue billing
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing not=anna,zoe
			2s  arrive c2 billing
			    offer c2 anna
			    agent anna offered
			3s  login bert billing available
			    agent bert available
			    offer c1 bert
			    agent bert offered`},
		{"back with an earlier arrival: a new caller with the old place", `
			queue billing
			0s  login anna billing available
			    agent anna available
			0s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			1s  accept anna
			    won c1 anna
			    agent anna on_call
			2s  connected anna
			    leave c1 answered after 2s
			3s  arrive c2 billing
			9s  arrive c1 billing since=0s
			10s ended anna
			    agent anna available
			    offer c1 anna
			    agent anna offered
			11s leave c1
			    withdraw c1 anna caller_gone
			    agent anna available
			    leave c1 abandoned after 11s
			    offer c2 anna
			    agent anna offered`},
		{"an ID that waits already is not taken twice", `
			queue billing
			queue sales
			0s arrive c1 billing
			1s arrive c1 sales
			2s leave c1
			   leave c1 abandoned after 2s
			3s leave c1
			4s arrive c1 sales
			5s leave c1 gone
			   leave c1 gone after 1s`},
		{"an unknown queue: the caller leaves at once", `
			queue billing
			0s arrive c1 sales
			   leave c1 gone after 0s`},
		{"capacity: callers above it are refused; those being asked for count as waiting", `
			queue billing capacity=2
			0s login anna billing available
			   agent anna available
			0s arrive c1 billing
			   offer c1 anna
			   agent anna offered
			0s arrive c2 billing
			1s arrive c3 billing
			   leave c3 full after 0s
			2s leave c2
			   leave c2 abandoned after 2s
			2s arrive c3 billing`},
		{"capacity and refuse_empty turn away newcomers only: who was in before and keeps his place is not lost", `
			queue billing capacity=1 refuse_empty
			0s login anna billing away(lunch)
			   agent anna away(lunch)
			0s arrive c1 billing
			1s logout anna
			   agent anna offline
			2s arrive c2 billing since=1s
			3s arrive c3 billing
			   leave c3 empty after 0s`},
		{"refuse_empty: refused while nobody is logged in, whatever his state", `
			queue billing refuse_empty
			0s arrive c1 billing
			   leave c1 empty after 0s
			1s login anna billing away(lunch)
			   agent anna away(lunch)
			2s arrive c1 billing
			3s logout anna
			   agent anna offline
			4s arrive c2 billing
			   leave c2 empty after 0s`},
		{"max_wait: the caller leaves, also while he rings somewhere", `
			queue billing max_wait=30s ring_for=30s
			0s  arrive c1 billing
			1s  arrive c2 billing
			25s login anna billing available
			    agent anna available
			    offer c1 anna
			    agent anna offered
			26s shown anna
			30s
			    withdraw c1 anna caller_gone
			    agent anna available
			    leave c1 limit after 30s
			    offer c2 anna
			    agent anna offered
			31s
			    withdraw c2 anna caller_gone
			    agent anna available
			    leave c2 limit after 30s`},
		{"max_wait: an accepted call is not cut off; if it fails after the limit, the limit holds", `
			queue billing max_wait=30s
			0s  arrive c1 billing
			28s login anna billing available
			    agent anna available
			    offer c1 anna
			    agent anna offered
			29s accept anna
			    won c1 anna
			    agent anna on_call
			33s fail anna none
			    withdraw c1 anna media_lost
			    agent anna available
			    leave c1 limit after 33s`},
		{"max_wait counts from joining this time, the place from the earlier arrival", `
			queue billing max_wait=30s
			10m    arrive c1 billing since=1m
			10m30s
			       leave c1 limit after 9m30s`},
		{"places are told when they change, and are kept while an agent is asked", `
			queue billing
			0s arrive c1 billing
			   position c1 1
			1s arrive c2 billing
			   position c2 2
			2s arrive c3 billing class=1
			   position c3 1
			   position c1 2
			   position c2 3
			3s login anna billing available
			   agent anna available
			   offer c3 anna
			   agent anna offered
			4s accept anna
			   won c3 anna
			   agent anna on_call
			5s connected anna
			   leave c3 answered after 3s
			   position c1 1
			   position c2 2`},
		{"figures: told when they changed, with the service level of those answered today", `
			queue billing target=2s
			0s login anna billing available
			   agent anna available
			   figures billing waiting=0 oldest=- available=1 on_call=0 level=1.00
			1s arrive c1 billing
			   offer c1 anna
			   agent anna offered
			   figures billing waiting=1 oldest=1s available=0 on_call=0 level=1.00
			2s accept anna
			   won c1 anna
			   agent anna on_call
			   figures billing waiting=1 oldest=1s available=0 on_call=1 level=1.00
			3s connected anna
			   leave c1 answered after 2s
			   figures billing waiting=0 oldest=- available=0 on_call=1 level=1.00
			4s arrive c2 billing
			   position c2 1
			   figures billing waiting=1 oldest=4s available=0 on_call=1 level=1.00
			5s ended anna
			   agent anna available
			   offer c2 anna
			   agent anna offered
			   figures billing waiting=1 oldest=4s available=0 on_call=0 level=1.00
			7s accept anna
			   won c2 anna
			   agent anna on_call
			   figures billing waiting=1 oldest=4s available=0 on_call=1 level=1.00
			8s connected anna
			   leave c2 answered after 4s
			   figures billing waiting=0 oldest=- available=0 on_call=1 level=0.50
			15h
			   figures billing waiting=0 oldest=- available=0 on_call=1 level=1.00`},
		{"figures: who came back after having been served is not counted again", `
			queue billing target=2s
			1h login anna billing available
			   agent anna available
			1h arrive c1 billing since=0s
			   offer c1 anna
			   agent anna offered
			1h accept anna
			   won c1 anna
			   agent anna on_call
			1h connected anna
			   leave c1 answered after 1h0m0s
			   figures billing waiting=0 oldest=- available=0 on_call=1 level=1.00`},
		{"reload: callers of a queue that is gone leave, calls go on with the wrap-up they came with", `
			queue billing
			queue sales wrap_up=5s
			0s login anna sales available
			   agent anna available
			0s login bert billing available
			   agent bert available
			1s arrive c1 sales
			   offer c1 anna
			   agent anna offered
			1s accept anna
			   won c1 anna
			   agent anna on_call
			1s connected anna
			   leave c1 answered after 0s
			2s arrive c2 sales
			3s arrive c3 billing
			   offer c3 bert
			   agent bert offered
			4s reload billing
			   leave c2 gone after 2s
			5s ended anna
			   agent anna wrap_up
			   wrapup c1 anna until 10s`},
		{"reload: an agent's membership of a queue that comes later counts then", `
			queue billing
			0s login anna sales available
			   agent anna available
			1s reload billing | sales
			2s arrive c1 sales
			   offer c1 anna
			   agent anna offered`},
		{"reload: a new max_wait counts from when the caller joined", `
			queue billing
			0s  arrive c1 billing
			20s reload billing max_wait=10s
			    leave c1 limit after 20s`},
	})
}
