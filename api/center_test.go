package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"offhook/agent"
	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator"
)

// fakeCenter says what it is told to, and keeps what was asked.
type fakeCenter struct {
	err   error
	gone  bool // who is moved waits nowhere afterwards
	panic bool

	mu    sync.Mutex
	asked []string
}

func (f *fakeCenter) heard(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
	if f.panic {
		panic("broken")
	}
	return f.err
}

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func aQueue(name string) translator.QueueNow {
	return translator.QueueNow{
		QueueView: queue.QueueView{Settings: queue.DefaultQueue(name), Open: true}, Label: "Billing",
		Figures:  queue.Figures{Queue: name, Waiting: 3, Callbacks: 2, Oldest: time.Now().Add(-time.Minute), Available: 1, OnCall: 2, ServiceLevel: 0.75},
		States:   map[protocol.AgentState]int{protocol.Available: 1, protocol.Away: 2, protocol.Offered: 3, protocol.OnCall: 4, protocol.WrapUp: 5},
		Estimate: queue.Estimate{Wait: 90 * time.Second, Error: 20 * time.Second, Known: true},
	}
}

func anAgent(id string) translator.AgentNow {
	return translator.AgentNow{
		Agent: protocol.Agent{ID: id, Name: "Anna Weber", State: protocol.Away, Reason: "lunch", Since: protocol.At(monday), Next: protocol.Away, NextReason: "training", Queues: []string{"billing"}},
		Serving: queue.AgentView{
			Agent: queue.AgentID(id), Attached: true, Queues: []queue.Membership{{Queue: "billing", Level: 2, Order: 7}}, Skills: []queue.Skill{{Name: "lang=de"}}, Caller: "c1", Queue: "billing",
		},
		Calls: []string{"c1"}, OwnQueues: true,
		Figures: queue.AgentFigures{Since: monday, LoggedIn: time.Hour, States: []queue.StateTime{{State: queue.Away, Reason: "lunch", Time: time.Hour}}, Offered: 3, Answered: 2, Missed: 1, Talk: time.Minute},
	}
}

func (f *fakeCenter) Queues(context.Context) ([]translator.QueueNow, error) {
	return []translator.QueueNow{aQueue("billing"), aQueue("sales")}, f.heard("queues")
}

func (f *fakeCenter) Queue(_ context.Context, name string) (translator.QueueNow, error) {
	return aQueue(name), f.heard("queue %s", name)
}

func (f *fakeCenter) Callers(_ context.Context, name string, place, n int) (list []queue.CallerView, waiting int, err error) {
	for i := range min(n, 450-place+1) {
		list = append(list, queue.CallerView{Caller: queue.CallerID(fmt.Sprint("c", place+i)), Queue: name, Place: place + i, Class: 1, Arrived: monday, Waited: time.Minute, Number: "+4930123456", Callback: i == 0, Tries: i, Asked: []queue.AgentID{"anna"}[:i%2], Won: i == 1})
	}
	return list, 450, f.heard("callers of %s from %d, %d", name, place, n)
}

func (f *fakeCenter) QueueFigures(_ context.Context, name string) (intervals []queue.Interval, total queue.Interval, err error) {
	for i := range 8 {
		interval := queue.Interval{Queue: name, From: monday.Add(time.Duration(i) * queue.IntervalLength), Offered: 4, Answered: 2, InTarget: 1, Abandoned: 2, ShortAbandoned: 1, Staffed: time.Hour, Busy: 15 * time.Minute}
		interval.Wait.Counts[0], interval.Wait.Sum = 4, 2*time.Second
		intervals = append(intervals, interval)
	}
	return intervals, queue.Interval{Queue: name, From: monday, Offered: 32}, f.heard("figures of %s", name)
}

func (f *fakeCenter) PauseQueue(_ context.Context, name string, paused bool) (translator.QueueNow, error) {
	q := aQueue(name)
	q.Paused = paused
	return q, f.heard("pause %s: %v", name, paused)
}

func (f *fakeCenter) Agents(_ context.Context, after string, n int) ([]translator.AgentNow, bool, error) {
	return []translator.AgentNow{anAgent("anna")}, after == "", f.heard("agents after %q, %d", after, n)
}

func (f *fakeCenter) Agent(_ context.Context, id string) (translator.AgentNow, error) {
	return anAgent(id), f.heard("agent %s", id)
}

func (f *fakeCenter) SetAgentState(_ context.Context, id string, state protocol.AgentState, reason string) (translator.AgentNow, error) {
	return anAgent(id), f.heard("%s: %s %q", id, state, reason)
}

func (f *fakeCenter) AssignQueues(_ context.Context, id string, queues *[]queue.Membership) (translator.AgentNow, error) {
	if queues == nil {
		return anAgent(id), f.heard("%s: queues as before", id)
	}
	return anAgent(id), f.heard("%s: queues %+v", id, *queues)
}

func (f *fakeCenter) AssignSkills(_ context.Context, id string, skills *[]queue.Skill) (translator.AgentNow, error) {
	if skills == nil {
		return anAgent(id), f.heard("%s: skills as before", id)
	}
	return anAgent(id), f.heard("%s: skills %+v", id, *skills)
}

func (f *fakeCenter) LogOutAgent(_ context.Context, id string) error { return f.heard("%s: out", id) }

func (f *fakeCenter) MoveCaller(_ context.Context, call, to string, keepAge bool) (queue.CallerView, bool, error) {
	err := f.heard("move %s to %s, age %v", call, to, keepAge)
	if f.gone {
		return queue.CallerView{}, false, err
	}
	return queue.CallerView{Caller: queue.CallerID(call), Queue: to, Place: 4}, true, err
}

func (f *fakeCenter) RemoveCaller(_ context.Context, call string, way translator.Way) error {
	return f.heard("remove %s: %s", call, way)
}

// One row a request: what the center is asked for, and what comes back.
func TestCenterIsAsked(t *testing.T) {
	for _, row := range []struct {
		name, method, target, body string
		status                     int
		answer, asked              string
	}{
		{"queues", "GET", "/queues", "", 200, `{"queues":[{"name":"billing","label":"Billing","strategy":"longest-idle","paused":false,"open":true,"capacity":500,"waiting":3,"callbacks":2,"longest_wait_ms":6`, "queues"},
		{"agents by state", "GET", "/queues/billing", "", 200, `"ready":1,"agents":{"available":1,"away":2,"offered":3,"on_call":4,"wrap_up":5},"target_ms":20000,"service_level":0.75,"estimate":{"wait_ms":90000,"error_ms":20000}}`, "queue billing"},
		{"a name with a space", "GET", "/queues/Billing%20DE", "", 200, `{"name":"Billing DE"`, "queue Billing DE"},
		{"a name with a slash", "GET", "/queues/a%2Fb/callers?limit=1", "", 200, `{"queue":"a/b"`, "callers of a/b from 1, 1"},
		{"a name in Arabic", "GET", "/queues/%D9%81%D9%88/figures", "", 200, `{"queue":"فو"`, "queue فو|figures of فو"},
		{"a long name", "GET", "/queues/" + strings.Repeat("a", 300), "", 404, `"not_found"`, ""},
		{"who waits", "GET", "/queues/billing/callers?limit=2", "", 200,
			`{"queue":"billing","waiting":450,"callers":[{"call":"c1","position":1,"class":1,"arrived_at":"2026-11-23T09:00:00.000Z","waited_ms":60000,"number":"+4930123456","callback":true,"agents":[],"accepted":false},` +
				`{"call":"c2","position":2,"class":1,"arrived_at":"2026-11-23T09:00:00.000Z","waited_ms":60000,"number":"+4930123456","callback":false,"tries":1,"agents":["anna"],"accepted":true}],"next":3}`, "callers of billing from 1, 2"},
		{"the last page", "GET", "/queues/billing/callers?position=401&limit=50", "", 200, `"waiting":450`, "callers of billing from 401, 50"},
		{"too many callers", "GET", "/queues/billing/callers?limit=201", "", 400, `"message":"limit: must be a number from 1 to 200","field":"limit"}`, ""},
		{"no position", "GET", "/queues/billing/callers?position=0", "", 400, `"field":"position"`, ""},
		{"figures", "GET", "/queues/billing/figures", "", 200, `"offered":4,"answered":2,"in_target":1,"abandoned":2,"short_abandoned":1,"overflowed":0,"refused":0,"timed_out":0,"removed":0,"requeued":0,"callbacks":0,"service_level":0.5,"service_level_offered":0.3333333333333333,"occupancy":0.25,"longest_wait_ms":0,"staffed_ms":3600000,"busy_ms":900000,"wait":{"n":4,"sum_ms":2000,"counts":[4,0`, "queue billing|figures of billing"},
		{"figures of when", "GET", "/queues/billing/figures?from=yesterday", "", 400, `"field":"from"`, ""},
		{"pause", "PUT", "/queues/billing/pause", "", 200, `"paused":true`, "pause billing: true"},
		{"resume", "DELETE", "/queues/billing/pause", "", 200, `"paused":false`, "pause billing: false"},
		{"agents", "GET", "/agents", "", 200, `,"next":"anna"}`, `agents after "", 50`},
		{"more agents", "GET", "/agents?after=anna&limit=7", "", 200, `{"agents":[{"id":"anna","name":"Anna Weber","state":"away","reason":"lunch","since":"2026-11-23T09:00:00.000Z","next":"away","next_reason":"training","attached":true,"ready":false,"queues":[{"queue":"billing","level":2,"order":7}],"queues_assigned":true,"skills":[{"name":"lang=de","level":1}],"skills_assigned":false,"calls":["c1"],"queue":"billing","figures":{`, `agents after "anna", 7`},
		{"an agent", "GET", "/agents/user%3Aanna%40crm", "", 200, `{"id":"user:anna@crm"`, "agent user:anna@crm"},
		{"log out", "DELETE", "/agents/anna", "", 204, "", "anna: out"},
		{"available", "PUT", "/agents/anna/state", `{"state":"available"}`, 200, `{"id":"anna"`, `anna: available ""`},
		{"away", "PUT", "/agents/anna/state", ` { "reason" : "lunch", "state" : "away" } `, 200, `{"id":"anna"`, `anna: away "lunch"`},
		{"on a call", "PUT", "/agents/anna/state", `{"state":"on_call"}`, 400, `"message":"state: must be available or away","field":"state"}`, ""},
		{"no state", "PUT", "/agents/anna/state", `{"reason":"lunch"}`, 400, `"message":"state: is needed: available or away","field":"state"}`, ""},
		{"a state in capitals", "PUT", "/agents/anna/state", `{"State":"away"}`, 400, `"field":"state"}`, ""},
		{"a number for a state", "PUT", "/agents/anna/state", `{"state":1}`, 400, `"message":"state: must be available or away","field":"state"}`, ""},
		{"null", "PUT", "/agents/anna/state", `{"state":null}`, 400, `"field":"state"}`, ""},
		{"available for lunch", "PUT", "/agents/anna/state", `{"state":"available","reason":"lunch"}`, 400, `"field":"reason"}`, ""},
		{"a long reason", "PUT", "/agents/anna/state", `{"state":"away","reason":"` + strings.Repeat("a", 257) + `"}`, 400, `"field":"reason"}`, ""},
		{"twice", "PUT", "/agents/anna/state", `{"state":"away","state":"available"}`, 400, `"the body has a member twice, or too many"`, ""},
		{"more than there is", "PUT", "/agents/anna/state", `{"state":"away","canary":"canary"}`, 400, `"the body has a member that is unknown; the document of this API lists them"}`, ""},
		{"two bodies", "PUT", "/agents/anna/state", `{"state":"away"}{"state":"away"}`, 400, `"the body must be an object of JSON"`, ""},
		{"half a body", "PUT", "/agents/anna/state", `{"state":"away"`, 400, `"the body must be an object of JSON"`, ""},
		{"a list", "PUT", "/agents/anna/state", `["away"]`, 400, `"the body must be an object of JSON"`, ""},
		{"no body", "PUT", "/agents/anna/state", ``, 400, `"the body must be an object of JSON"`, ""},
		{"queues of an agent", "PUT", "/agents/anna/queues", `{"queues":[{"queue":"billing","level":2,"order":3},{"queue":"Sales DE"}]}`, 200, `{"id":"anna"`, "anna: queues [{Queue:billing Level:2 Order:3} {Queue:Sales DE Level:1 Order:0}]"},
		{"no queues", "PUT", "/agents/anna/queues", `{"queues":[]}`, 200, `{"id":"anna"`, "anna: queues []"},
		{"queues as before", "DELETE", "/agents/anna/queues", "", 200, `{"id":"anna"`, "anna: queues as before"},
		{"a level of none", "PUT", "/agents/anna/queues", `{"queues":[{"queue":"billing"},{"queue":"sales","level":0}]}`, 400, `"message":"queues[1].level: must be a number from 1 to 1000","field":"queues[1].level"}`, ""},
		{"half a level", "PUT", "/agents/anna/queues", `{"queues":[{"queue":"billing","level":1.5}]}`, 400, `"field":"queues[0].level"}`, ""},
		{"a queue twice", "PUT", "/agents/anna/queues", `{"queues":[{"queue":"billing"},{"queue":"billing"}]}`, 400, `"field":"queues[1]"}`, ""},
		{"a queue without a name", "PUT", "/agents/anna/queues", `{"queues":[{"level":1}]}`, 400, `"field":"queues[0].queue"}`, ""},
		{"a queue with more", "PUT", "/agents/anna/queues", `{"queues":[{"queue":"billing","x":1}]}`, 400, `"queues[0] has a member that is unknown`, ""},
		{"a queue that is a text", "PUT", "/agents/anna/queues", `{"queues":["billing"]}`, 400, `"queues[0]: must be an object","field":"queues[0]"}`, ""},
		{"too many queues", "PUT", "/agents/anna/queues", `{"queues":[` + strings.Repeat(`{},`, 200) + `{}]}`, 400, `"queues: must have at most 200"`, ""},
		{"skills", "PUT", "/agents/anna/skills", `{"skills":[{"name":"lang=de","level":3}]}`, 200, `{"id":"anna"`, "anna: skills [{Name:lang=de Level:3}]"},
		{"a skill without a name", "PUT", "/agents/anna/skills", `{"skills":[{"name":""}]}`, 400, `"field":"skills[0].name"}`, ""},
		{"skills as before", "DELETE", "/agents/anna/skills", "", 200, `{"id":"anna"`, "anna: skills as before"},
		{"move", "PUT", "/calls/c1/queue", `{"queue":"sales"}`, 200, `{"waits":true,"queue":"sales","position":4}`, "move c1 to sales, age true"},
		{"move to the end", "PUT", "/calls/c1/queue", `{"queue":"sales","keep_age":false}`, 200, `{"waits":true`, "move c1 to sales, age false"},
		{"move to nowhere", "PUT", "/calls/c1/queue", `{}`, 400, `"field":"queue"}`, ""},
		{"remove", "DELETE", "/calls/c1/queue", "", 204, "", "remove c1: end"},
		{"call back", "DELETE", "/calls/c1/queue?way=callback", "", 204, "", "remove c1: callback"},
		{"another way", "DELETE", "/calls/c1/queue?way=window", "", 400, `"message":"way: must be end or callback","field":"way"}`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			center := &fakeCenter{}
			s := apiAppOf(func(c *Config) { c.Tokens, c.Center = twoTokens, center })
			status, answer := s.send(t, row.method, "/api/v1"+row.target, writeSecret, row.body)
			if status != row.status || !strings.Contains(answer, row.answer) {
				t.Errorf("got %d %s\nwant %d %s", status, answer, row.status, row.answer)
			}
			if strings.Contains(answer, "canary") {
				t.Errorf("what was sent is repeated: %s", answer)
			}
			if asked := strings.Join(center.asked, "|"); asked != row.asked {
				t.Errorf("asked %q, want %q", asked, row.asked)
			}
		})
	}
}

// Of the intervals those are shown that began in the time that was asked for.
func TestFiguresOfATime(t *testing.T) {
	s := apiAppOf(func(c *Config) { c.Tokens, c.Center = twoTokens, &fakeCenter{} })
	for query, want := range map[string]int{"": 8, "?from=2026-11-23T09:15:00Z": 7, "?to=2026-11-23T09:30:00Z": 2, "?from=2026-11-23T09:15:00Z&to=2026-11-23T10:00:00Z": 3, "?from=2026-11-24T00:00:00Z": 0} {
		if _, answer := s.send(t, "GET", "/api/v1/queues/billing/figures"+query, readSecret, ""); strings.Count(answer, `"from":`) != want+1 {
			t.Errorf("%s: got %s", query, answer)
		}
	}
}

// One row an error of the center's: what a client is told, and of which member.
func TestFaultCenter(t *testing.T) {
	for _, row := range []struct {
		name         string
		err          error
		method, path string
		body         string
		status       int
		answer       string
	}{
		{"no queue", translator.ErrNoQueue, "GET", "/queues/nope", "", 404, `{"code":"not_found","message":"there is no such queue"}`},
		{"no queue to go to", translator.ErrNoQueue, "PUT", "/calls/c1/queue", `{"queue":"nope"}`, 400, `"field":"queue"}`},
		{"no queue to serve", fmt.Errorf("%w: nope", translator.ErrNoQueue), "PUT", "/agents/anna/queues", `{"queues":[{"queue":"nope"}]}`, 400, `"field":"queues"}`},
		{"no agent", translator.ErrNoAgent, "PUT", "/agents/zoe/state", `{"state":"away"}`, 404, `"not_found"`},
		{"no reason", translator.ErrReason, "PUT", "/agents/anna/state", `{"state":"away","reason":"golf"}`, 400, `"field":"reason"}`},
		{"in a call", translator.ErrInCall, "DELETE", "/agents/anna", "", 409, `"conflict"`},
		{"too late", translator.ErrTooLate, "DELETE", "/calls/c1/queue", "", 409, `"conflict"`},
		{"there already", translator.ErrThere, "PUT", "/calls/c1/queue", `{"queue":"billing"}`, 409, `"conflict"`},
		{"no caller", translator.ErrNoCaller, "DELETE", "/calls/c1/queue", "", 404, `"not_found"`},
		{"no answer", fmt.Errorf("%w: %w", translator.ErrUnanswered, context.DeadlineExceeded), "GET", "/queues", "", 503, `"busy"`},
		{"something else", errors.New("secret detail"), "GET", "/agents", "", 500, `{"code":"failed","message":"the server failed"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := apiAppOf(func(c *Config) { c.Tokens, c.Center = twoTokens, &fakeCenter{err: row.err} })
			status, answer := s.send(t, row.method, "/api/v1"+row.path, writeSecret, row.body)
			if status != row.status || !strings.Contains(answer, row.answer) || strings.Contains(answer, "secret") {
				t.Errorf("got %d %s, want %d %s", status, answer, row.status, row.answer)
			}
		})
	}
	s := apiAppOf(func(c *Config) { c.Tokens = twoTokens })
	if status, answer := s.send(t, "GET", "/api/v1/queues", readSecret, ""); status != 503 {
		t.Errorf("without a center: %d %s", status, answer)
	}
	s = apiAppOf(func(c *Config) { c.Tokens, c.Center = twoTokens, &fakeCenter{panic: true} })
	if status, answer := s.send(t, "GET", "/api/v1/queues", readSecret, ""); status != 500 || strings.Contains(answer, "broken") {
		t.Errorf("a panic gives %d %s", status, answer)
	}
	s = apiAppOf(func(c *Config) { c.Tokens, c.Center = twoTokens, &fakeCenter{gone: true} })
	if status, answer := s.send(t, "PUT", "/api/v1/calls/c1/queue", writeSecret, `{"queue":"sales"}`); status != 200 || answer != `{"waits":false}` {
		t.Errorf("a caller who was led on: %d %s", status, answer)
	}
}

// Who may only read changes nothing, and sees numbers by their beginnings.
func TestSecurityCenterScopes(t *testing.T) {
	center := &fakeCenter{}
	s := apiAppOf(func(c *Config) {
		c.Tokens, c.Center = twoTokens, center
		c.Reload = func() error { return center.heard("reload") }
		c.Trace = func(call string, _ bool) error { return center.heard("trace %s", call) }
		c.Revoke = func(id string) (agent.Revocation, error) { return agent.Revocation{}, center.heard("revoke %s", id) }
	})
	bodies := map[string]string{"/agents/anna/state": `{"state":"away"}`, "/agents/anna/queues": `{"queues":[]}`, "/agents/anna/skills": `{"skills":[]}`, "/calls/c1/queue": `{"queue":"sales"}`, "/calls/c1/trace": `{"on":true}`}
	for _, r := range s.GetRoutes(true) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || !strings.HasPrefix(r.Path, "/api/v1/") {
			continue
		}
		path := strings.NewReplacer(":name", "billing", "/agents/:id", "/agents/anna", "/calls/:id", "/calls/c1").Replace(r.Path)
		for _, token := range []string{"", readSecret, otherSecret} {
			if status, _ := s.send(t, r.Method, path, token, bodies[strings.TrimPrefix(path, "/api/v1")]); status != http.StatusForbidden && status != http.StatusUnauthorized {
				t.Errorf("%s %s: got %d", r.Method, path, status)
			}
		}
		if len(center.asked) != 0 {
			t.Fatalf("%s %s: asked %q", r.Method, path, center.asked)
		}
	}
	if _, answer := s.send(t, "GET", "/api/v1/queues/billing/callers?limit=1", readSecret, ""); !strings.Contains(answer, `"number":"+4930******"`) {
		t.Errorf("got %s", answer)
	}
	for number, want := range map[string]string{"": "", "1": "*", "110": "1**", "+4930123456": "+4930******", "anonymous": "anon*****"} {
		if got := masked(number); got != want {
			t.Errorf("%q: got %q, want %q", number, got, want)
		}
	}
}
