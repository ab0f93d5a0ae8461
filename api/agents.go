package api

import (
	"context"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator"
)

// agentsAPI serves the agents who are logged in.
type agentsAPI struct{ desk }

// maxPage is how many agents or callers a page has at most.
const maxPage = 200

// agentShown is an agent: his own object, and how he serves.
type agentShown struct {
	ID         string              `json:"id"`
	Name       string              `json:"name"`
	State      protocol.AgentState `json:"state"`
	Reason     string              `json:"reason,omitempty"`
	Since      protocol.Time       `json:"since"`
	Next       protocol.AgentState `json:"next,omitempty"`
	NextReason string              `json:"next_reason,omitempty"`
	// Attached: his page has a socket. Ready: he would be asked now.
	Attached bool `json:"attached"`
	Ready    bool `json:"ready"`
	// Queues are those that he serves, QueuesAssigned says that they were assigned here; so for the skills.
	Queues         []membershipShown `json:"queues"`
	QueuesAssigned bool              `json:"queues_assigned"`
	Skills         []skillShown      `json:"skills"`
	SkillsAssigned bool              `json:"skills_assigned"`
	// Calls are those that he has; Queue is the one through which the present one came.
	Calls   []string          `json:"calls"`
	Queue   string            `json:"queue,omitempty"`
	Figures agentFiguresShown `json:"figures"`
}

type membershipShown struct {
	Queue string `json:"queue"`
	Level int    `json:"level"`
	Order int    `json:"order"`
}

type skillShown struct {
	Name  string `json:"name"`
	Level int    `json:"level"`
}

// agentFiguresShown are what an agent did since he first logged in. Offered is the sum of Answered, Missed, Rejected, Unreachable, Lost and what rings now.
type agentFiguresShown struct {
	Since       protocol.Time    `json:"since"`
	LoggedInMS  int64            `json:"logged_in_ms"`
	States      []stateTimeShown `json:"states"`
	Offered     int              `json:"offered"`
	Answered    int              `json:"answered"`
	Missed      int              `json:"missed"`
	Rejected    int              `json:"rejected"`
	Unreachable int              `json:"unreachable"`
	Lost        int              `json:"lost"`
	Direct      int              `json:"direct"`
	TalkMS      int64            `json:"talk_ms"`
	HoldMS      int64            `json:"hold_ms"`
	WrapUpMS    int64            `json:"wrap_up_ms"`
}

// stateTimeShown is how long the agent was in a state for a reason.
type stateTimeShown struct {
	State  queue.State `json:"state"`
	Reason string      `json:"reason,omitempty"`
	TimeMS int64       `json:"time_ms"`
}

type agentsPage struct {
	Agents []agentShown `json:"agents"`
	// Next is the parameter "after" of the next page, left out if there is none.
	Next string `json:"next,omitempty"`
}

func showAgent(a translator.AgentNow) agentShown {
	s := agentShown{
		ID: a.ID, Name: a.Name, State: a.State, Reason: a.Reason, Since: a.Since, Next: a.Next, NextReason: a.NextReason,
		Attached: a.Serving.Attached, Ready: a.Serving.Ready, QueuesAssigned: a.OwnQueues, SkillsAssigned: a.OwnSkills, Queue: a.Serving.Queue,
		Queues: []membershipShown{}, Skills: []skillShown{}, Calls: append([]string{}, a.Calls...), Figures: showAgentFigures(a.Figures),
	}
	for _, m := range a.Serving.Queues {
		s.Queues = append(s.Queues, membershipShown{m.Queue, m.Level, m.Order})
	}
	for _, k := range a.Serving.Skills {
		s.Skills = append(s.Skills, skillShown{k.Name, max(k.Level, 1)})
	}
	return s
}

func showAgentFigures(f queue.AgentFigures) agentFiguresShown {
	s := agentFiguresShown{
		Since: protocol.At(f.Since), LoggedInMS: f.LoggedIn.Milliseconds(), Offered: f.Offered, Answered: f.Answered, Missed: f.Missed, Rejected: f.Rejected,
		Unreachable: f.Unreachable, Lost: f.Lost, Direct: f.Direct, TalkMS: f.Talk.Milliseconds(), HoldMS: f.Hold.Milliseconds(), WrapUpMS: f.WrapUp.Milliseconds(),
		States: []stateTimeShown{},
	}
	for _, t := range f.States {
		s.States = append(s.States, stateTimeShown{t.State, t.Reason, t.Time.Milliseconds()})
	}
	return s
}

// list is GET /agents.
func (a agentsAPI) list(c *fiber.Ctx) error {
	after, n := "", defaultLimit
	if f := readQuery(c, query{"limit": number(&n, 1, maxPage), "after": func(v string) string {
		after = v
		return ""
	}}); f != nil {
		return f
	}
	return a.do(func(ctx context.Context, center Center) error {
		list, more, err := center.Agents(ctx, after, n)
		if err != nil {
			return err
		}
		page := agentsPage{Agents: []agentShown{}}
		for _, one := range list {
			page.Agents = append(page.Agents, showAgent(one))
		}
		if more {
			page.Next = list[len(list)-1].ID
		}
		return c.JSON(page)
	})
}

// one is GET /agents/:id.
func (a agentsAPI) one(c *fiber.Ctx) error {
	return a.about(c, nil, func(ctx context.Context, center Center, id string) (translator.AgentNow, error) {
		return center.Agent(ctx, id)
	})
}

// logOut is DELETE /agents/:id.
func (a agentsAPI) logOut(c *fiber.Ctx) error {
	id, f := pathName(c, "id")
	if err := first(noQuery(c), f); err != nil {
		return err
	}
	return a.do(func(ctx context.Context, center Center) error {
		if err := center.LogOutAgent(ctx, id); err != nil {
			return err
		}
		return c.SendStatus(http.StatusNoContent)
	})
}

// setState is PUT /agents/:id/state.
func (a agentsAPI) setState(c *fiber.Ctx) error {
	var state protocol.AgentState
	var reason string
	read := func(body object) *fault {
		if f := anyOf(body.take("state", true, &state, "available or away"), body.take("reason", false, &reason, "a text")); f != nil {
			return f
		}
		switch {
		case state != protocol.Available && state != protocol.Away:
			return wrongField("state", "must be available or away")
		case len(reason) > maxParameter:
			return wrongField("reason", "is longer than 256 bytes")
		case state == protocol.Available && reason != "":
			return wrongField("reason", "goes with away")
		}
		return nil
	}
	return a.about(c, read, func(ctx context.Context, center Center, id string) (translator.AgentNow, error) {
		now, err := center.SetAgentState(ctx, id, state, reason)
		return now, because(err, translator.ErrReason, "reason")
	})
}

// The bounds of what may be assigned.
const (
	maxLevel = 1000
	maxOrder = 1_000_000
)

// setQueues is PUT /agents/:id/queues, dropQueues is DELETE.
func (a agentsAPI) setQueues(c *fiber.Ctx) error {
	list := []queue.Membership{}
	read := func(body object) *fault {
		return body.objects("queues", func(item object) (string, *fault) {
			m := queue.Membership{Level: 1}
			f := anyOf(item.take("queue", true, &m.Queue, "the name of a queue"), item.take("level", false, &m.Level, "a number"), item.take("order", false, &m.Order, "a number"))
			switch {
			case f != nil:
			case m.Level < 1 || m.Level > maxLevel:
				f = wrongField(item.at+"level", "must be a number from 1 to 1000")
			case m.Order < 0 || m.Order > maxOrder:
				f = wrongField(item.at+"order", "must be a number from 0 to 1000000")
			}
			list = append(list, m)
			return m.Queue, f
		})
	}
	return a.about(c, read, func(ctx context.Context, center Center, id string) (translator.AgentNow, error) {
		now, err := center.AssignQueues(ctx, id, &list)
		return now, because(err, translator.ErrNoQueue, "queues")
	})
}

func (a agentsAPI) dropQueues(c *fiber.Ctx) error {
	return a.about(c, nil, func(ctx context.Context, center Center, id string) (translator.AgentNow, error) {
		return center.AssignQueues(ctx, id, nil)
	})
}

// setSkills is PUT /agents/:id/skills, dropSkills is DELETE.
func (a agentsAPI) setSkills(c *fiber.Ctx) error {
	list := []queue.Skill{}
	read := func(body object) *fault {
		return body.objects("skills", func(item object) (string, *fault) {
			s := queue.Skill{Level: 1}
			f := anyOf(item.take("name", true, &s.Name, "a text"), item.take("level", false, &s.Level, "a number"))
			switch {
			case f != nil:
			case s.Name == "" || len(s.Name) > maxParameter:
				f = wrongField(item.at+"name", "must have 1 to 256 bytes")
			case s.Level < 1 || s.Level > maxLevel:
				f = wrongField(item.at+"level", "must be a number from 1 to 1000")
			}
			list = append(list, s)
			return s.Name, f
		})
	}
	return a.about(c, read, func(ctx context.Context, center Center, id string) (translator.AgentNow, error) {
		return center.AssignSkills(ctx, id, &list)
	})
}

func (a agentsAPI) dropSkills(c *fiber.Ctx) error {
	return a.about(c, nil, func(ctx context.Context, center Center, id string) (translator.AgentNow, error) {
		return center.AssignSkills(ctx, id, nil)
	})
}

// about reads the body, if the request has one, does something about one agent, and shows him as he is then.
func (a agentsAPI) about(c *fiber.Ctx, read func(body object) *fault, ask func(ctx context.Context, center Center, id string) (translator.AgentNow, error)) error {
	id, f := pathName(c, "id")
	if err := first(noQuery(c), f); err != nil {
		return err
	}
	if read != nil {
		body, f := readObject(c.Body(), "")
		if f != nil {
			return f
		}
		if err := first(read(body), body.rest()); err != nil {
			return err
		}
	}
	return a.do(func(ctx context.Context, center Center) error {
		now, err := ask(ctx, center, id)
		if err != nil {
			return err
		}
		return c.JSON(showAgent(now))
	})
}
