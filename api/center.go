package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator"
)

// Center are the queues, callers and agents, for whoever runs the center. *translator.Exchange implements it, but for the sockets of agents who are logged out.
type Center interface {
	Queues(ctx context.Context) ([]translator.QueueNow, error)
	Queue(ctx context.Context, name string) (translator.QueueNow, error)
	Callers(ctx context.Context, queue string, place, n int) (list []queue.CallerView, waiting int, err error)
	QueueFigures(ctx context.Context, name string) (intervals []queue.Interval, total queue.Interval, err error)
	PauseQueue(ctx context.Context, name string, paused bool) (translator.QueueNow, error)
	Agents(ctx context.Context, after string, n int) (list []translator.AgentNow, more bool, err error)
	Agent(ctx context.Context, id string) (translator.AgentNow, error)
	SetAgentState(ctx context.Context, id string, state protocol.AgentState, reason string) (translator.AgentNow, error)
	AssignQueues(ctx context.Context, id string, queues *[]queue.Membership) (translator.AgentNow, error)
	AssignSkills(ctx context.Context, id string, skills *[]queue.Skill) (translator.AgentNow, error)
	LogOutAgent(ctx context.Context, id string) error
	MoveCaller(ctx context.Context, call, queue string, keepAge bool) (at queue.CallerView, waits bool, err error)
	RemoveCaller(ctx context.Context, call string, way translator.Way) error
}

// centerFor is how long a request waits for the exchange.
const centerFor = 2 * time.Second

// desk asks the center.
type desk struct{ center Center }

// do asks it, and turns what it says into a fault.
func (d desk) do(f func(ctx context.Context, center Center) error) error {
	if d.center == nil {
		return centerFault(translator.ErrUnanswered)
	}
	ctx, cancel := context.WithTimeout(context.Background(), centerFor)
	defer cancel()
	return centerFault(f(ctx, d.center))
}

// centerFaults are what the center says, and what a client is told of it.
var centerFaults = []struct {
	err    error
	status int
	code   string
}{
	{translator.ErrNoQueue, http.StatusNotFound, "not_found"},
	{translator.ErrNoAgent, http.StatusNotFound, "not_found"},
	{translator.ErrNoCaller, http.StatusNotFound, "not_found"},
	{translator.ErrTooLate, http.StatusConflict, "conflict"},
	{translator.ErrThere, http.StatusConflict, "conflict"},
	{translator.ErrInCall, http.StatusConflict, "conflict"},
	{translator.ErrUnanswered, http.StatusServiceUnavailable, "busy"},
}

func centerFault(err error) error {
	for _, row := range centerFaults {
		if errors.Is(err, row.err) {
			return problem(row.status, row.code, "%s", row.err)
		}
	}
	return err
}

// because makes an error about a member of the request's body a fault that names it; any other stays what it is.
func because(err, is error, field string) error {
	if errors.Is(err, is) {
		return wrongField(field, is.Error())
	}
	return err
}
