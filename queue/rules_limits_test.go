package queue

import "testing"

// queue.md §Limits and ways out.
func TestRuleLimits(t *testing.T) {
	runRules(t, []rule{
		{"capacity: to another queue, with the age kept or not", `
			queue billing capacity=1 on_full=queue:sales
			queue support capacity=1 on_full=queue:sales+age
			queue sales
			0s  arrive c1 billing
			0s  arrive c2 support
			1s  arrive c3 billing head=1m
			    moved c3 billing sales full
			2s  arrive c4 support head=2m
			    moved c4 support sales full
			3s  login anna sales available
			    agent anna available
			    offer c4 anna
			    agent anna offered`},
		{"max_wait: to another queue, where he stands by his arrival or at the end; what rings is withdrawn", `
			queue billing max_wait=10s on_max_wait=queue:sales+age
			queue support max_wait=10s on_max_wait=queue:sales
			queue sales max_wait=60s
			0s  login anna billing available
			    agent anna available
			0s  arrive c1 support
			1s  arrive c2 billing
			    offer c2 anna
			    agent anna offered
			2s  shown anna
			5s  arrive c3 sales
			10s
			    moved c1 support sales limit
			11s
			    withdraw c2 anna overflow
			    agent anna available
			    moved c2 billing sales limit
			12s login bert sales available
			    agent bert available
			    offer c2 bert
			    agent bert offered
			13s login carl sales available
			    agent carl available
			    offer c3 carl
			    agent carl offered
			13s shown carl
			13s shown bert
			32s
			    withdraw c2 bert missed
			    agent bert away(missed)
			33s
			    withdraw c3 carl missed
			    agent carl away(missed)
			34s login dora sales available
			    agent dora available
			    offer c2 dora
			    agent dora offered
			35s login emil sales available
			    agent emil available
			    offer c3 emil
			    agent emil offered
			36s login fred sales available
			    agent fred available
			    offer c1 fred
			    agent fred offered`},
		{"max_wait: an agent, a number, a message", `
			queue a max_wait=1s on_max_wait=agent:anna
			queue b max_wait=1s on_max_wait=number:+4930
			queue c max_wait=1s on_max_wait=message:sorry
			0s arrive c1 a
			0s arrive c2 b
			0s arrive c3 c
			1s
			   leave c1 overflow(limit) to agent anna after 1s
			   leave c2 overflow(limit) to number +4930 after 1s
			   leave c3 overflow(limit) to message sorry after 1s`},
		{"queues that are full and lead to each other end the call", `
			queue a capacity=1 on_full=queue:b
			queue b capacity=1 on_full=queue:a
			0s arrive c1 a
			0s arrive c2 b
			1s arrive c3 a
			   moved c3 a b full
			   moved c3 b a full
			   leave c3 overflow after 0s`},
		{"join_empty: logged in, not away, available", `
			queue a join_empty=logged_in
			queue b join_empty=not_away
			queue c join_empty=available on_empty=number:+4930
			0s arrive c1 a
			   leave c1 empty after 0s
			1s login anna a,b,c away(lunch)
			   agent anna away(lunch)
			2s arrive c1 a
			2s arrive c2 b
			   leave c2 empty after 0s
			3s state anna available
			   agent anna available
			   offer c1 anna
			   agent anna offered
			4s arrive c2 b
			4s arrive c3 c
			   leave c3 overflow(empty) to number +4930 after 0s`},
		{"leave_empty: at once, but not who is being asked for", `
			queue billing leave_empty=available
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			2s  arrive c2 billing not=bert
			3s  state bert away(lunch)
			    agent bert away(lunch)
			    leave c2 empty after 1s
			3s  shown anna
			4s  reject anna
			    withdraw c1 anna rejected
			    agent anna available
			5s  state anna away(lunch)
			    agent anna away(lunch)
			    leave c1 empty after 4s`},
		{"max_wait_empty: nobody logged in for the grace; who comes later has his own", `
			queue billing max_wait_empty=10s
			0s  login anna billing away(lunch)
			    agent anna away(lunch)
			0s  arrive c1 billing
			5s  logout anna
			    agent anna offline
			8s  login anna billing away(lunch)
			    agent anna away(lunch)
			9s  logout anna
			    agent anna offline
			12s arrive c2 billing
			19s
			    leave c1 empty after 19s
			22s
			    leave c2 empty after 10s
			30s arrive c3 billing
			35s login anna billing away(lunch)
			    agent anna away(lunch)
			50s`},
		{"hours: closed callers are refused, who waits may stay; then it opens", `
			queue billing hours=9h-10h
			queue support hours=9h-10h leave_closed on_closed=message:closed
			0s      arrive c1 billing
			0s      arrive c2 support
			1h
			        leave c2 overflow(closed) to message closed after 1h0m0s
			1h1m    arrive c3 billing
			        leave c3 closed after 0s
			1h1m    arrive c4 support
			        leave c4 overflow(closed) to message closed after 0s
			24h     arrive c4 support`},
		{"hours: an offer that rings as the queue closes is not cut short; once it has come to nothing he leaves", `
			queue billing hours=9h-10h leave_closed ring_for=2h
			set lease=99h
			0s      login anna billing available
			        agent anna available
			59m     arrive c1 billing
			        offer c1 anna
			        agent anna offered
			59m     shown anna
			61m     reject anna
			        withdraw c1 anna rejected
			        agent anna available
			        leave c1 closed after 2m0s`},
		{"an estimate that is too long turns callers away", `
			queue billing max_estimate=30s on_estimate=message:busy
			set lease=99h
			0s   login anna billing available
			     agent anna available
			0s   arrive c1 billing
			     offer c1 anna
			     agent anna offered
			0s   shown anna
			20s
			     withdraw c1 anna missed
			     agent anna away(missed)
			20s  leave c1
			     leave c1 abandoned after 20s
			30s  arrive c2 billing
			40s  arrive c3 billing
			     leave c3 overflow(estimate) to message busy after 0s`},
		{"whoever is sent another way goes it, whatever the limits are, until an agent has accepted; a callback only ends", `
			queue billing
			queue sales
			0s  arrive c1 billing
			1s  send c1 full queue:sales
			    moved c1 billing sales full
			2s  send c1 limit message:busy
			    leave c1 overflow(limit) to message busy after 2s
			3s  arrive c2 billing
			4s  send c2 key callback
			    callback c2
			5s  send c2 full queue:sales
			6s  send c2 callback_failed
			    leave c2 callback_failed after 3s
			7s  login anna billing available
			    agent anna available
			8s  arrive c3 billing
			    offer c3 anna
			    agent anna offered
			9s  accept anna
			    won c3 anna
			    agent anna on_call
			10s send c3 full queue:sales`},
		{"an exit key takes the way out that the queue gives it, until an agent has accepted", `
			queue billing exit=1>queue:sales+age exit=0>number:+4930 exit=9>callback
			queue sales
			0s  login anna billing available
			    agent anna available
			0s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			1s  key c1 7
			2s  key c1 1
			    withdraw c1 anna overflow
			    agent anna available
			    moved c1 billing sales key
			3s  key c1 1
			4s  arrive c2 billing
			    offer c2 anna
			    agent anna offered
			5s  arrive c3 billing
			6s  key c3 0
			    leave c3 overflow(key) to number +4930 after 1s
			6s  accept anna
			    won c2 anna
			    agent anna on_call
			7s  key c2 9
			8s  arrive c4 billing
			9s  key c4 9
			    callback c4
			10s leave c4
			11s key c4 0`},
		{"a callback moved by hand stays one, and no limit of joining meets it", `
			queue billing
			queue sales capacity=1 on_full=callback
			0s  arrive c1 billing
			0s  arrive c2 sales
			1s  callback c1
			    callback c1
			2s  move c1 sales
			    moved c1 billing sales overflow`},
		{"moved by hand", `
			queue billing
			queue sales
			0s  arrive c1 billing
			1s  arrive c2 sales
			2s  move c1 sales
			    moved c1 billing sales overflow
			    position c1 2
			3s  move c1 billing age
			    moved c1 sales billing overflow
			    position c1 1
			4s  move c1 nowhere
			4s  move nobody sales
			4s  move c1 billing`},
		{"return_within: who abandoned and calls again from the same number has his old place, once", `
			queue billing return_within=60s
			0s   arrive c1 billing number=+49301
			10s  leave c1
			     leave c1 abandoned after 10s
			20s  arrive c2 billing number=+49302
			30s  arrive c3 billing number=+49301
			     position c3 1
			     position c2 2
			31s  arrive c4 billing number=+49301
			     position c4 3
			32s  leave c3
			     leave c3 abandoned after 32s
			     position c2 1
			     position c4 2
			99s  arrive c5 billing number=+49301
			     position c5 3`},
	})
}

// queue.md §Limits: a callback keeps its place; tries and gaps.
func TestRuleCallbacks(t *testing.T) {
	runRules(t, []rule{
		{"the caller hangs up, his entry stays at its place and no limit of waiting callers ends it", `
			queue billing max_wait=60s max_wait_empty=1s
			0s   login anna billing away(lunch)
			     agent anna away(lunch)
			0s   arrive c1 billing
			1s   arrive c2 billing
			2s   callback c1
			     callback c1
			3s   leave c1
			61s
			     leave c2 limit after 1m0s
			90s  arrive c3 billing
			91s  state anna available
			     agent anna available
			     offer c1 anna callback
			     agent anna offered
			92s  accept anna
			     won c1 anna
			     agent anna on_call
			99s  connected anna
			     leave c1 answered after 1m39s`},
		{"asked for while an agent rings: he is asked anew, for a callback", `
			queue billing
			0s   login anna billing available
			     agent anna available
			0s   arrive c1 billing
			     offer c1 anna
			     agent anna offered
			1s   callback c1
			     withdraw c1 anna overflow
			     agent anna available
			     callback c1
			     offer c1 anna callback
			     agent anna offered`},
		{"the customer does not answer: the agent is free, the next try comes after the gap, after the last he leaves", `
			queue billing callback_tries=2 callback_gap=60s
			0s   login anna billing available
			     agent anna available
			0s   arrive c1 billing
			     offer c1 anna
			     agent anna offered
			1s   callback c1
			     withdraw c1 anna overflow
			     agent anna available
			     callback c1
			     offer c1 anna callback
			     agent anna offered
			2s   accept anna
			     won c1 anna
			     agent anna on_call
			32s  fail anna customer
			     withdraw c1 anna caller_gone
			     agent anna available
			92s
			     offer c1 anna callback
			     agent anna offered
			93s  accept anna
			     won c1 anna
			     agent anna on_call
			99s  fail anna customer
			     withdraw c1 anna caller_gone
			     agent anna available
			     leave c1 callback_failed after 1m39s`},
		{"one kept by an engine before stands at its place, rests until its next try, and goes on counting its tries", `
			queue billing callback_tries=3 callback_gap=60s
			0s   login anna billing away
			     agent anna away
			0s   arrive c1 billing
			0s   arrive c2 billing kept=-300s,-200s,-200s,1,30s
			     position c2 1
			     position c1 2
			     figures billing waiting=2 callbacks=1 oldest=-5m0s available=0 on_call=0 level=1.00
			10s  state anna available
			     agent anna available
			     offer c1 anna
			     agent anna offered
			11s  reject anna
			     withdraw c1 anna rejected
			     agent anna available
			30s
			     offer c2 anna callback
			     agent anna offered
			31s  accept anna
			     won c2 anna
			     agent anna on_call
			50s  fail anna customer
			     withdraw c2 anna caller_gone
			     agent anna available
			     kept c2 billing from=-3m20s joined=-3m20s tries=2 next=1m50s
			     offer c1 anna
			     agent anna offered`},
		{"one kept before that has no try left, or whose time is over, leaves; one that rests longer than the gap rests for the gap", `
			queue billing callback_tries=2 callback_gap=60s callback_for=1h
			0s   arrive c1 billing kept=-300s,-300s,-300s,2,0s
			     leave c1 callback_failed after 5m0s
			0s   login anna billing available
			     agent anna available
			0s   arrive c2 billing kept=-300s,-300s,-3590s,0,500s
			10s
			     leave c2 limit after 5m10s
			10s  arrive c3 billing kept=-300s,-300s,-300s,0,5000s
			70s
			     offer c3 anna callback
			     agent anna offered`},
		{"one kept before by a queue that is gone leaves; no limit of joining meets one whose queue is there", `
			queue billing capacity=1
			0s   arrive c1 billing
			0s   arrive c2 sales kept=-300s,-300s,-300s,0,0s
			     leave c2 gone after 0s
			0s   arrive c3 billing kept=-300s,-300s,-300s,0,0s`},
		{"a callback that is moved keeps what it counts from, as it is asked to", `
			queue billing
			queue sales
			0s   arrive c1 billing
			1s   callback c1
			     callback c1
			9s   move c1 sales
			     moved c1 billing sales overflow
			     kept c1 sales from=9s joined=9s tries=0`},
		{"a limit's way out may be a callback, also when he joins", `
			queue billing max_wait=10s on_max_wait=callback
			queue sales capacity=1 on_full=callback
			0s   arrive c1 billing
			0s   arrive c2 sales
			1s   arrive c3 sales
			     callback c3
			10s
			     callback c1
			11s  leave c1
			12s  leave c3
			13s  leave c2
			     leave c2 abandoned after 13s`},
		{"nobody is dialled while the queue is closed", `
			queue billing hours=9h-10h callback_for=48h
			set lease=99h
			0s     login anna billing away(lunch)
			       agent anna away(lunch)
			0s     arrive c1 billing
			1s     callback c1
			       callback c1
			1h     state anna available
			       agent anna available
			23h    beat anna
			24h
			       offer c1 anna callback
			       agent anna offered`},
		{"a reload without hours opens the queue for callbacks too", `
			queue billing hours=10h-11h on_closed=callback
			0s     login anna billing available
			       agent anna available
			0s     arrive c1 billing
			       callback c1
			1s     reload billing
			       offer c1 anna callback
			       agent anna offered`},
		{"a callback does not wait for ever", `
			queue billing callback_for=2h
			0s     arrive c1 billing
			1s     callback c1
			       callback c1
			2h
			       leave c1 limit after 2h0m0s`},
		{"a callback that is taken out by hand, and a caller who hangs up while he is dialled", `
			queue billing
			0s     login anna billing away(lunch)
			       agent anna away(lunch)
			0s     arrive c1 billing
			0s     arrive c2 billing
			1s     callback c1
			       callback c1
			1s     callback c2
			       callback c2
			2s     leave c1 gone
			       leave c1 gone after 2s
			3s     state anna available
			       agent anna available
			       offer c2 anna callback
			       agent anna offered
			4s     accept anna
			       won c2 anna
			       agent anna on_call
			5s     leave c2
			       withdraw c2 anna caller_gone
			       agent anna available
			       leave c2 abandoned after 5s`},
	})
}

// queue.md §What the caller hears and §Estimates; direct calls; a queue that is paused.
func TestRuleSaid(t *testing.T) {
	runRules(t, []rule{
		{"place and estimate: when he joins and waits, and when they change, at most every announce_every", `
			queue billing announce_every=30s
			0s   arrive c1 billing
			     say c1 1
			1s   arrive c2 billing
			     say c2 2
			10s  leave c1
			     leave c1 abandoned after 10s
			31s
			     say c2 1 in 31s
			61s
			     say c2 1 in 1m1s
			91s
			92s  login anna billing available
			     agent anna available
			     offer c2 anna
			     agent anna offered
			93s  accept anna
			     won c2 anna
			     agent anna on_call
			200s`},
		{"who is asked for at once hears nothing", `
			queue billing announce_every=30s
			0s   login anna billing available
			     agent anna available
			1s   arrive c1 billing
			     offer c1 anna
			     agent anna offered`},
		{"a direct call seizes an agent who is free, and no other", `
			queue billing
			0s   direct k0 anna
			     direct k0 anna false
			1s   login anna billing available
			     agent anna available
			2s   direct k1 anna
			     direct k1 anna true
			     agent anna on_call
			3s   direct k2 anna
			     direct k2 anna false
			4s   free anna
			     agent anna available
			5s   detach anna
			6s   direct k3 anna
			     direct k3 anna false`},
		{"paused: nobody is asked, what rings rings on; then it goes on", `
			queue billing
			0s   login anna billing available
			     agent anna available
			0s   arrive c1 billing
			     offer c1 anna
			     agent anna offered
			1s   pause billing on
			1s   login bert billing available
			     agent bert available
			2s   arrive c2 billing
			2s   accept anna
			     won c1 anna
			     agent anna on_call
			3s   pause billing off
			     offer c2 bert
			     agent bert offered
			4s   pause nothing on`},
	})
}
