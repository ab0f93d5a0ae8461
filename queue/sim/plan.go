package sim

import (
	"fmt"
	"math"
	"time"

	"offhook/queue"
)

// Staffed is what so many agents would do.
type Staffed struct {
	Agents int
	Sim    Result
	Theory Theory
}

// Answer is the answer to the planner's question.
type Answer struct {
	Rows   []Staffed // by agents, from too few to more than enough
	Agents int       // the least whose simulated service level reaches the goal
	Theory int       // the least of whom Erlang's formula says so
	Load   float64   // in erlangs: the agents that the calls keep busy on average
}

// mostAgents is the largest number of agents that Plan tries.
const mostAgents = 5000

// Plan asks how many agents the scenario needs, so that a share goal (0.8) of all callers is answered within the queue's target. s.Agents does not
// count. The formula is Erlang A if the callers have a patience, Erlang C otherwise; both take talk and wrap-up together for exponential, and know
// nothing of the queue's other settings.
func Plan(s Scenario, goal float64) (Answer, error) {
	if goal <= 0 || goal >= 1 {
		return Answer{}, fmt.Errorf("sim: a goal of %v is no share between 0 and 1", goal)
	}
	a := Answer{Load: s.PerHour * s.handling().Hours()}
	if a.Load > mostAgents/2 {
		return Answer{}, fmt.Errorf("sim: %.0f erlangs are more than is planned for", a.Load)
	}
	for a.Theory = 1; a.Theory < mostAgents && s.theory(a.Theory).ServiceLevel < goal; {
		a.Theory++
	}
	first := max(a.Theory-3, int(math.Floor(a.Load))-1, 1)
	if s.Patience == 0 { // without patience too few agents never come to rest
		first = max(first, int(a.Load)+1)
	}
	for n := first; n <= mostAgents; n++ {
		row, err := s.staffed(n)
		if err != nil {
			return Answer{}, err
		}
		a.Rows = append(a.Rows, row)
		if a.Agents == 0 && row.Sim.ServiceLevel() >= goal {
			a.Agents = n
		}
		if n >= a.Theory+2 && (a.Agents > 0 && n >= a.Agents+2 || n >= a.Theory+10) {
			break
		}
	}
	return a, nil
}

func (s Scenario) staffed(agents int) (Staffed, error) {
	s.Agents = agents
	r, err := Run(s)
	return Staffed{agents, r, s.theory(agents)}, err
}

// theory is the formula's word on so many agents.
func (s Scenario) theory(agents int) Theory {
	target := s.Queue.Target
	if target == 0 {
		target = queue.DefaultQueue("").Target
	}
	if s.Patience > 0 {
		return ErlangA(agents, s.PerHour, s.handling(), s.Patience, target)
	}
	return ErlangC(agents, s.PerHour, s.handling(), target)
}

// handling is an agent's mean time for a call.
func (s Scenario) handling() time.Duration {
	wrapUp := s.Queue.WrapUp
	if wrapUp == 0 {
		wrapUp = queue.DefaultQueue("").WrapUp
	}
	return s.Talk + s.Answer + max(wrapUp, 0)
}

// Compare plays the scenario with each of the strategies, all else and the drawn callers being equal.
func Compare(s Scenario, strategies []string) (rows []Staffed, err error) {
	for _, name := range strategies {
		s.Queue.Strategy = name
		row, err := s.staffed(s.Agents)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}
