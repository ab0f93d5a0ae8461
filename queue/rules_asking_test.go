package queue

import "testing"

// queue.md §Agents: levels, skills, preferred agents; §Callers: head starts.
func TestRuleAsking(t *testing.T) {
	runRules(t, []rule{
		{"levels open with time", `
			queue billing levels=1@0s,3@30s
			0s  login anna billing:3 available
			    agent anna available
			0s  login bert billing:1 away(lunch)
			    agent bert away(lunch)
			1s  arrive c1 billing
			31s
			    offer c1 anna
			    agent anna offered`},
		{"levels: one with no agent logged in opens the next at once", `
			queue billing levels=1@0s,3@30s
			0s  login anna billing:2 available
			    agent anna available
			0s  login bert billing:1 away(lunch)
			    agent bert away(lunch)
			1s  arrive c1 billing
			9s  logout bert
			    agent bert offline
			    offer c1 anna
			    agent anna offered`},
		{"levels open by the wait since arrival, which failed offers do not begin anew", `
			queue billing levels=1@0s,2@10s
			0s  login anna billing:2 available
			    agent anna available
			0s  login bert billing:1 available
			    agent bert available
			0s  arrive c1 billing
			    offer c1 bert
			    agent bert offered
			1s  shown bert
			12s reject bert
			    withdraw c1 bert rejected
			    agent bert available
			    offer c1 anna
			    agent anna offered`},
		{"skills: who has too little of one is not asked, and holds nobody up", `
			queue billing
			0s  login anna billing available lang:2,billing:5
			    agent anna available
			1s  arrive c1 billing needs=lang>3
			2s  arrive c2 billing needs=lang>2,billing>5
			    offer c2 anna
			    agent anna offered
			3s  login bert billing available lang:3
			    agent bert available
			    offer c1 bert
			    agent bert offered`},
		{"skills: a need without a level is level 1, a skill without a level too", `
			queue billing
			0s  login anna billing available lang:0
			    agent anna available
			1s  arrive c1 billing needs=lang
			    offer c1 anna
			    agent anna offered`},
		{"skills: steps relax them with time", `
			queue billing relax=lang-1@10s,fax@20s,*@30s
			0s  login anna billing available lang:2
			    agent anna available
			0s  arrive c1 billing needs=lang>3
			0s  arrive c2 billing needs=lang>2,fax
			0s  arrive c3 billing needs=lang>9
			10s
			    offer c1 anna
			    agent anna offered
			11s shown anna
			12s accept anna
			    won c1 anna
			    agent anna on_call
			13s connected anna
			    leave c1 answered after 13s
			14s ended anna
			    agent anna available
			20s
			    offer c2 anna
			    agent anna offered
			21s accept anna
			    won c2 anna
			    agent anna on_call
			22s connected anna
			    leave c2 answered after 22s
			23s ended anna
			    agent anna available
			30s
			    offer c3 anna
			    agent anna offered`},
		{"assigned other skills, queues or levels while logged in", `
			queue billing
			queue sales
			0s  login anna billing available
			    agent anna available
			1s  arrive c1 billing needs=lang
			2s  arrive c2 sales
			3s  assign anna billing lang:1
			    offer c1 anna
			    agent anna offered
			4s  assign anna sales
			5s  shown anna
			6s  reject anna
			    withdraw c1 anna rejected
			    agent anna available
			    offer c2 anna
			    agent anna offered
			7s  assign nobody sales`},
		{"preferred: he alone is asked for prefer_for, then the queue", `
			queue billing prefer_for=30s
			0s  login anna billing available
			    agent anna available
			0s  login bert billing away(lunch)
			    agent bert away(lunch)
			0s  arrive c1 billing prefer=bert
			30s
			    offer c1 anna
			    agent anna offered`},
		{"preferred: level and skills are no bar to him", `
			queue billing levels=1@0s,2@1h
			0s  login anna billing available lang:5
			    agent anna available
			0s  login bert billing:2 available
			    agent bert available
			0s  arrive c1 billing needs=lang prefer=bert
			    offer c1 bert
			    agent bert offered`},
		{"preferred: once he was asked in vain, the queue is", `
			queue billing
			set reject_delay=1s
			0s  login anna billing available
			    agent anna available
			0s  login bert billing available
			    agent bert available
			0s  arrive c1 billing prefer=bert
			    offer c1 bert
			    agent bert offered
			1s  reject bert
			    withdraw c1 bert rejected
			    agent bert available
			    offer c1 anna
			    agent anna offered`},
		{"preferred: one who is not logged in, or logs out, is not waited for", `
			queue billing
			0s  login anna billing available
			    agent anna available
			0s  arrive c1 billing prefer=bert
			    offer c1 anna
			    agent anna offered
			0s  shown anna
			1s  login bert billing away(lunch)
			    agent bert away(lunch)
			1s  login carl billing available
			    agent carl available
			2s  arrive c2 billing prefer=bert
			3s  logout bert
			    agent bert offline
			    offer c2 carl
			    agent carl offered`},
		{"weight and needed skills are head starts", `
			queue billing
			queue sales weight=5s
			set skill_head=lang:10s
			0s  arrive c1 billing
			4s  arrive c2 sales
			8s  arrive c3 billing needs=lang
			9s  login anna billing,sales available lang:1
			    agent anna available
			    offer c3 anna
			    agent anna offered
			10s login bert billing,sales available
			    agent bert available
			    offer c2 bert
			    agent bert offered`},
	})
}
