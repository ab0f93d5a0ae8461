package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"time"

	"offhook/agent/protocol"
)

// Event is something that happened to a call or an agent, for whoever is told of it by webhooks.
type Event struct {
	Type EventType
	At   time.Time
	// Call, Agent and Queue are whom it concerns, as far as they do.
	Call, Agent, Queue string
	// Body is what else is to be told, and becomes JSON. It is not changed any more.
	Body any
}

// EventType says what happened.
type EventType string

// The events.
const (
	CallArrived     EventType = "call.arrived"
	CallQueued      EventType = "call.queued"
	CallOffered     EventType = "call.offered"
	CallAnswered    EventType = "call.answered"
	CallHeld        EventType = "call.held"
	CallResumed     EventType = "call.resumed"
	CallTransferred EventType = "call.transferred"
	CallCallback    EventType = "call.callback"
	CallEnded       EventType = "call.ended"
	AgentState      EventType = "agent.state"
)

// EventInfo says what an event means.
type EventInfo struct {
	Type  EventType
	Means string
}

// EventTypes are all events; docs/webhooks.md and the OpenAPI document have the same list.
var EventTypes = []EventInfo{
	{CallArrived, "a call came in, or an agent dialled"},
	{CallQueued, "it waits in a queue: after its arrival, or again"},
	{CallOffered, "it rings at an agent"},
	{CallAnswered, "agent and far side hear each other"},
	{CallHeld, "the agent put the far side on hold"},
	{CallResumed, "and took it back"},
	{CallTransferred, "an agent passed it on"},
	{CallCallback, "the caller hung up and will be called back"},
	{CallEnded, "nothing of it is left, wrap-up included; `data` is its record"},
	{AgentState, "the agent's state is another one"},
}

// Webhook is one address that is told of events.
type Webhook struct {
	// Name stands for it in the log and in figures.
	Name string
	// URL is where events are posted to: https, or http to a loopback address.
	URL string
	// Secret is the key of the signature: its bytes, or after "whsec_" what stands there in base64.
	Secret []byte
	// Events are those that it is told of, "call.*" being all of calls; empty means all.
	Events []string
	// Timeout is how long one attempt may take (5 s), GiveUp how long an event is tried (15 min), AtOnce how many requests run at once (8).
	Timeout, GiveUp time.Duration
	AtOnce          int
	// Transport carries the requests; nil means one with the system's certificate authorities.
	Transport http.RoundTripper
}

// What waits for one address is bounded, in events and in bytes of their JSON; one event may have so many of them.
const (
	maxWaiting      = 10_000
	maxWaitingBytes = 32 << 20
	maxEventBytes   = 1 << 20
)

// HookOutcome is what became of an event at one address.
type HookOutcome string

// The outcomes.
const (
	HookDelivered HookOutcome = "delivered"
	HookRetried   HookOutcome = "retried"  // an attempt failed; another follows
	HookRefused   HookOutcome = "refused"  // dropped: the answer says that another attempt is of no use
	HookExpired   HookOutcome = "expired"  // dropped: tried for GiveUp
	HookOverflow  HookOutcome = "overflow" // dropped: too much waited already, or it was too large
	HookStopped   HookOutcome = "stopped"  // dropped: the server went
)

// HookOutcomes are all of them.
var HookOutcomes = []HookOutcome{HookDelivered, HookRetried, HookRefused, HookExpired, HookOverflow, HookStopped}

// Webhooks tells addresses of events, signed as Standard Webhooks 1.0 has it. Events of one call reach an address in their order, one after the other was
// taken or given up, and so do those of one agent; those of different calls go side by side. Nothing that an address does holds up a call or another
// address: events wait in bounded memory, are tried again with growing pauses, and are given up.
type Webhooks struct {
	targets []*hookTarget
	log     *slog.Logger
}

// NewWebhooks begins to tell these addresses. count may be nil; it is called with an address's name and what became of an event, and must return at once.
func NewWebhooks(list []Webhook, log *slog.Logger, count func(name string, what HookOutcome)) (*Webhooks, error) {
	if count == nil {
		count = func(string, HookOutcome) {}
	}
	w := &Webhooks{log: log}
	for _, h := range list {
		t, err := newHookTarget(h, log, func(what HookOutcome) { count(h.Name, what) })
		if err != nil {
			return nil, fmt.Errorf("webhook %s: %w", h.Name, err)
		}
		w.targets = append(w.targets, t)
	}
	return w, nil
}

// Happened tells of an event. It returns at once, whatever the addresses do, and may be called by several goroutines; events of one call or agent go out in the order of
// the calls to it.
func (w *Webhooks) Happened(ev Event) {
	var d *delivery
	for _, t := range w.targets {
		if !t.wants(ev.Type) {
			continue
		}
		if d == nil {
			var err error
			if d, err = newDelivery(ev); err != nil {
				w.log.Error("webhooks: an event that cannot be told", "type", ev.Type, "call", ev.Call, "error", err)
				return
			}
		}
		t.add(*d)
	}
}

// Waiting is how many events an address, by its place in the list, has not taken yet.
func (w *Webhooks) Waiting(i int) int { return w.targets[i].len() }

// Close makes one last attempt for what waits, until ctx is done; what then is left is dropped and counted. It returns when nothing runs any more.
func (w *Webhooks) Close(ctx context.Context) {
	done := make(chan struct{}, len(w.targets))
	for _, t := range w.targets {
		go func() {
			t.close(ctx)
			done <- struct{}{}
		}()
	}
	for range w.targets {
		<-done
	}
}

// hookBody is what is posted.
type hookBody struct {
	ID    string        `json:"id"`
	Type  EventType     `json:"type"`
	At    protocol.Time `json:"at"`
	Call  string        `json:"call,omitempty"`
	Agent string        `json:"agent,omitempty"`
	Queue string        `json:"queue,omitempty"`
	Data  any           `json:"data,omitempty"`
}

// delivery is an event on its way to one address.
type delivery struct {
	id, key  string
	what     EventType
	body     []byte
	since    time.Time
	attempts int
}

func newDelivery(ev Event) (*delivery, error) {
	id := newDeliveryID()
	body, err := json.Marshal(hookBody{id, ev.Type, protocol.At(ev.At), ev.Call, ev.Agent, ev.Queue, ev.Body})
	if err != nil {
		return nil, err
	}
	return &delivery{id: id, key: orderKey(ev), what: ev.Type, body: body, since: time.Now()}, nil
}

// orderKey names what an event must stay in order with: its call, or else its agent.
func orderKey(ev Event) string {
	switch {
	case ev.Call != "":
		return "call " + ev.Call
	case ev.Agent != "":
		return "agent " + ev.Agent
	}
	return string(ev.Type)
}

// CheckWebhook says what is wrong with an address or the events that it asks for, and which of the settings url, events and secret it is; "" if nothing is.
func CheckWebhook(h Webhook) (setting, wrong string) {
	u, err := url.Parse(h.URL)
	switch {
	case err != nil:
		return "url", "it cannot be read"
	case u.Scheme == "https" && u.Hostname() != "":
	case u.Scheme == "http" && isLoopback(u.Hostname()):
	default:
		return "url", "it must begin with https://; http:// is for loopback addresses only"
	}
	if u.User != nil || u.Fragment != "" {
		return "url", "it has a user or a fragment, which are not sent"
	}
	for _, pattern := range h.Events {
		if !slices.ContainsFunc(EventTypes, func(e EventInfo) bool { return matches(pattern, e.Type) }) {
			return "events", fmt.Sprintf("%q is no event", pattern)
		}
	}
	if _, err := hookKey(h.Secret); err != nil {
		return "secret", err.Error()
	}
	return "", ""
}

func matches(pattern string, what EventType) bool {
	ok, err := path.Match(pattern, string(what))
	return ok && err == nil
}
