package queue

// Transition is one line of a state machine, in words.
type Transition struct {
	From, On, To, Rule string
}

// AgentTransitions lists the agent's state machine, a line for each pair of state and input, those that cannot come up left out.
func AgentTransitions() []Transition {
	var list []Transition
	for _, r := range agentRows {
		if r.to == never {
			continue
		}
		for _, from := range r.from {
			for _, on := range r.on {
				list = append(list, Transition{string(from), inputNames[on], wish{r.to, r.reason}.String(), r.rule})
			}
		}
	}
	return list
}

// OfferTransitions lists an offer's state machine, a line for each pair of phase and input. What is not listed changes nothing.
func OfferTransitions() []Transition {
	var list []Transition
	for _, r := range offerRows {
		for _, from := range r.from {
			list = append(list, Transition{phaseNames[from], offerInputNames[r.on], phaseNames[r.to], r.rule})
		}
	}
	return list
}

// Rule is a line of a table that names things and says what each does.
type Rule struct {
	Name, When, Rule string
}

// StrategyRules lists the strategies.
func StrategyRules() []Rule {
	var list []Rule
	for _, s := range strategies {
		list = append(list, Rule{Name: s.name, Rule: s.rule})
	}
	return list
}

// LimitRules lists a queue's limits in the order in which they are looked at: when, and with which reason they end a wait.
func LimitRules() []Rule {
	var list []Rule
	for _, r := range limitRows {
		when := "joining"
		if r.at == waitingOn {
			when = "waiting"
		}
		list = append(list, Rule{r.name, when + ", " + string(r.reason), r.rule})
	}
	return list
}
