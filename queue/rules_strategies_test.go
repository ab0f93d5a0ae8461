package queue

import "testing"

// The table of queue.md §Agents, a story or more for each strategy.
func TestRuleStrategies(t *testing.T) {
	runRules(t, []rule{
		{"round-robin: after the last one offered in this queue, in configured order", `
			queue billing strategy=round-robin
			queue sales strategy=round-robin
			0s  login anna billing#3,sales#1 available
			    agent anna available
			0s  login bert billing#2,sales#2 available
			    agent bert available
			0s  login carl billing#1,sales#3 available
			    agent carl available
			1s  arrive c1 billing
			    offer c1 carl
			    agent carl offered
			2s  leave c1
			    withdraw c1 carl caller_gone
			    agent carl available
			    leave c1 abandoned after 1s
			3s  arrive c2 billing
			    offer c2 bert
			    agent bert offered
			4s  arrive c3 sales
			    offer c3 anna
			    agent anna offered
			5s  leave c2
			    withdraw c2 bert caller_gone
			    agent bert available
			    leave c2 abandoned after 2s
			6s  leave c3
			    withdraw c3 anna caller_gone
			    agent anna available
			    leave c3 abandoned after 2s
			7s  arrive c4 billing
			    offer c4 anna
			    agent anna offered
			8s  arrive c5 billing
			    offer c5 carl
			    agent carl offered`},
		{"fewest-calls: fewest answered in the window, not since ever", `
			queue billing strategy=fewest-calls
			set window=1h
			0s    login anna billing available
			      agent anna available
			0s    arrive c1 billing
			      offer c1 anna
			      agent anna offered
			0s    accept anna
			      won c1 anna
			      agent anna on_call
			0s    connected anna
			      leave c1 answered after 0s
			1s    ended anna
			      agent anna available
			30m   login bert billing available
			      agent bert available
			31m   arrive c2 billing
			      offer c2 bert
			      agent bert offered
			31m   accept bert
			      won c2 bert
			      agent bert on_call
			31m   connected bert
			      leave c2 answered after 0s
			32m   ended bert
			      agent bert available
			33m   arrive c3 billing
			      offer c3 anna
			      agent anna offered
			33m   leave c3
			      withdraw c3 anna caller_gone
			      agent anna available
			      leave c3 abandoned after 0s
			59m   beat anna
			59m   beat bert
			60m   arrive c4 billing
			      offer c4 anna
			      agent anna offered
			60m   leave c4
			      withdraw c4 anna caller_gone
			      agent anna available
			      leave c4 abandoned after 0s`},
		{"fewest-calls: a call that leaves the window counts no more, while the agent waits", `
			queue billing strategy=fewest-calls
			set window=60s
			0s    login anna billing available
			      agent anna available
			0s    arrive c1 billing
			      offer c1 anna
			      agent anna offered
			0s    accept anna
			      won c1 anna
			      agent anna on_call
			0s    connected anna
			      leave c1 answered after 0s
			1s    ended anna
			      agent anna available
			30s   login bert billing available
			      agent bert available
			58s   arrive c2 billing
			      offer c2 bert
			      agent bert offered
			59s   leave c2
			      withdraw c2 bert caller_gone
			      agent bert available
			      leave c2 abandoned after 1s
			60s   arrive c3 billing
			      offer c3 anna
			      agent anna offered`},
		{"least-talk: least talk time in the window", `
			queue billing strategy=least-talk
			0s    login anna billing available
			      agent anna available
			0s    arrive c1 billing
			      offer c1 anna
			      agent anna offered
			0s    accept anna
			      won c1 anna
			      agent anna on_call
			0s    connected anna
			      leave c1 answered after 0s
			60s   ended anna
			      agent anna available
			60s   login bert billing available
			      agent bert available
			60s   arrive c2 billing
			      offer c2 bert
			      agent bert offered
			61s   accept bert
			      won c2 bert
			      agent bert on_call
			61s   connected bert
			      leave c2 answered after 1s
			100s  ended bert
			      agent bert available
			101s  arrive c3 billing
			      offer c3 bert
			      agent bert offered
			102s  accept bert
			      won c3 bert
			      agent bert on_call
			102s  connected bert
			      leave c3 answered after 1s
			140s  ended bert
			      agent bert available
			141s  arrive c4 billing
			      offer c4 anna
			      agent anna offered`},
		{"top-down: from the top for each caller", `
			queue billing strategy=top-down
			0s  login anna billing#2 available
			    agent anna available
			0s  login bert billing#1 available
			    agent bert available
			1s  arrive c1 billing
			    offer c1 bert
			    agent bert offered
			2s  leave c1
			    withdraw c1 bert caller_gone
			    agent bert available
			    leave c1 abandoned after 1s
			3s  arrive c2 billing
			    offer c2 bert
			    agent bert offered
			4s  arrive c3 billing
			    offer c3 anna
			    agent anna offered`},
		{"random: a seeded draw among those whom the caller does not exclude", `
			queue billing strategy=random
			set seed=1
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			0s  login carl billing available
			    agent carl available
			1s  arrive c1 billing not=anna,carl
			    offer c1 bert
			    agent bert offered
			2s  arrive c2 billing not=anna
			    offer c2 carl
			    agent carl offered`},
		{"best-skill: highest surplus over all that is needed; ties by longest idle", `
			queue billing strategy=best-skill
			0s  login anna billing available lang:3,billing:1
			    agent anna available
			1s  login bert billing available lang:2,billing:3
			    agent bert available
			2s  login carl billing available lang:9
			    agent carl available
			3s  arrive c1 billing needs=lang>2,billing
			    offer c1 bert
			    agent bert offered
			4s  arrive c2 billing
			    offer c2 anna
			    agent anna offered
			5s  arrive c3 billing needs=lang>3
			    offer c3 carl
			    agent carl offered`},
	})
}

// The strategies that ask several agents at once.
func TestRuleSeveralAtOnce(t *testing.T) {
	runRules(t, []rule{
		{"ring-all: all of the level at once; the first accept wins, the others get answered_elsewhere and keep their idle time", `
			queue billing strategy=ring-all
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			0s  login carl billing:2 available
			    agent carl available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			    offer c1 bert
			    agent bert offered
			2s  shown anna
			2s  shown bert
			3s  accept bert
			    won c1 bert
			    agent bert on_call
			    withdraw c1 anna answered_elsewhere
			    agent anna available
			3s  accept anna
			4s  connected bert
			    leave c1 answered after 3s`},
		{"ring-all: an agent of the level who becomes available rings along, one of a higher level does not", `
			queue billing strategy=ring-all
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			1s  shown anna
			2s  login carl billing:2 available
			    agent carl available
			3s  login bert billing available
			    agent bert available
			    offer c1 bert
			    agent bert offered
			4s  shown bert
			5s  reject bert
			    withdraw c1 bert rejected
			    agent bert available
			6s  reject anna
			    withdraw c1 anna rejected
			    agent anna available
			    offer c1 carl
			    agent carl offered`},
		{"ring-all: the next caller has the agents whom the first leaves", `
			queue billing strategy=ring-all
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			1s  arrive c1 billing not=bert
			    offer c1 anna
			    agent anna offered
			1s  arrive c2 billing
			    offer c2 bert
			    agent bert offered
			2s  shown anna
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			2s  shown bert
			3s  connected anna
			    leave c1 answered after 2s
			4s  ended anna
			    agent anna available
			    offer c2 anna
			    agent anna offered`},
		{"ring-all: the caller who hangs up is withdrawn everywhere", `
			queue billing strategy=ring-all
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			    offer c1 bert
			    agent bert offered
			2s  leave c1
			    withdraw c1 anna caller_gone
			    agent anna available
			    withdraw c1 bert caller_gone
			    agent bert available
			    leave c1 abandoned after 1s`},
		{"ring-all: the winner's media does not come up: all ring again", `
			queue billing strategy=ring-all
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			    offer c1 bert
			    agent bert offered
			2s  accept anna
			    won c1 anna
			    agent anna on_call
			    withdraw c1 bert answered_elsewhere
			    agent bert available
			3s  login carl billing available
			    agent carl available
			7s  fail anna agent
			    withdraw c1 anna media_lost
			    agent anna away(media)
			    offer c1 bert
			    agent bert offered
			    offer c1 carl
			    agent carl offered`},
		{"ring-progressively: one more agent each step, the earlier ones ring on, in configured order", `
			queue billing strategy=ring-progressively step=5s ring_for=60s
			0s  login anna billing#3 available
			    agent anna available
			0s  login bert billing#2 available
			    agent bert available
			0s  login carl billing#1 available
			    agent carl available
			0s  arrive c1 billing
			    offer c1 carl
			    agent carl offered
			1s  shown carl
			5s
			    offer c1 bert
			    agent bert offered
			6s  shown bert
			7s  reject carl
			    withdraw c1 carl rejected
			    agent carl available
			    offer c1 anna
			    agent anna offered
			8s  shown anna
			9s  accept bert
			    won c1 bert
			    agent bert on_call
			    withdraw c1 anna answered_elsewhere
			    agent anna available
			20s connected bert
			    leave c1 answered after 20s`},
		{"ring-progressively: higher levels when the lower are asked", `
			queue billing strategy=ring-progressively step=5s ring_for=60s
			0s  login anna billing:2 available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			0s  arrive c1 billing
			    offer c1 bert
			    agent bert offered
			1s  shown bert
			5s
			    offer c1 anna
			    agent anna offered
			6s  shown anna
			10s
			12s login carl billing available
			    agent carl available
			    offer c1 carl
			    agent carl offered`},
		{"reload from ring-all to one at a time: those who ring ring on", `
			queue billing strategy=ring-all
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			1s  arrive c1 billing
			    offer c1 anna
			    agent anna offered
			    offer c1 bert
			    agent bert offered
			1s  shown anna
			1s  shown bert
			2s  reload billing
			3s  reject anna
			    withdraw c1 anna rejected
			    agent anna available
			4s  reject bert
			    withdraw c1 bert rejected
			    agent bert available`},
	})
}
