package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"offhook/agent/protocol"
	"offhook/api"
	"offhook/internal/config"
	"offhook/internal/metrics"
	"offhook/translator"
)

// webhooksPlan are the configuration's webhooks. Where they lead and what they ask for is judged here, since package config does not know events.
func webhooksPlan(c *config.Config) (list []api.Webhook, err error) {
	for i, w := range c.Webhooks {
		h := api.Webhook{Name: w.Name, URL: w.URL, Secret: w.Secret.Value(), Events: w.Events, Timeout: w.Timeout, GiveUp: w.GiveUp, AtOnce: w.AtOnce}
		if setting, wrong := api.CheckWebhook(h); wrong != "" {
			return nil, c.Fault(fmt.Sprintf("webhooks[%d].%s", i, setting), "%s", wrong)
		}
		if w.Roots != nil {
			authorities := x509.NewCertPool()
			authorities.AppendCertsFromPEM(w.Roots)
			h.Transport = api.HookTransport(authorities)
		}
		list = append(list, h)
	}
	return list, nil
}

// startWebhooks begins to tell addresses of events; nil if there are none.
func startWebhooks(list []api.Webhook, log *slog.Logger, m *meters) (*api.Webhooks, error) {
	if len(list) == 0 {
		return nil, nil
	}
	counts := newHookCounts(list)
	w, err := api.NewWebhooks(list, log, counts.add)
	if err != nil {
		return nil, err
	}
	m.webhooks(list, counts, w.Waiting)
	return w, nil
}

// closeWebhooksIn is how long addresses may take for the last events.
const closeWebhooksIn = 5 * time.Second

func closeWebhooks(w *api.Webhooks) {
	if w == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWebhooksIn)
	defer cancel()
	w.Close(ctx)
}

// webhooks shows how the telling goes.
func (m *meters) webhooks(list []api.Webhook, counts *hookCounts, waiting func(i int) int) {
	m.reg.Series(metrics.Counter, "offhook_webhook_events_total", "Events for a webhook, by what became of them; retried are attempts.", []string{"webhook", "what"}, func(show func(float64, ...string)) {
		for _, h := range list {
			for _, what := range api.HookOutcomes {
				show(float64(counts.of(h.Name, what)), h.Name, string(what))
			}
		}
	})
	m.reg.Series(metrics.Gauge, "offhook_webhook_waiting", "Events that wait for a webhook now.", []string{"webhook"}, func(show func(float64, ...string)) {
		for i, h := range list {
			show(float64(waiting(i)), h.Name)
		}
	})
}

// hookCounts counts what became of events, by webhook.
type hookCounts struct {
	mu sync.Mutex // guards n
	n  map[string]map[api.HookOutcome]uint64
}

func newHookCounts(list []api.Webhook) *hookCounts {
	c := &hookCounts{n: map[string]map[api.HookOutcome]uint64{}}
	for _, h := range list {
		c.n[h.Name] = map[api.HookOutcome]uint64{}
	}
	return c
}

func (c *hookCounts) add(name string, what api.HookOutcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[name][what]++
}

func (c *hookCounts) of(name string, what api.HookOutcome) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name][what]
}

// reportWebhooks says which addresses are told of what. URLs are not printed whole: what comes after the host may be a secret.
func reportWebhooks(c *config.Config, w *lines) {
	for _, h := range c.Webhooks {
		events := "every event"
		if len(h.Events) > 0 {
			events = strings.Join(h.Events, ", ")
		}
		u, err := url.Parse(h.URL)
		if err != nil {
			continue // webhooksPlan refuses it
		}
		w.say("Webhook        %s, at %s, is told of %s", h.Name, u.Host, events)
	}
}

// tell tells addresses of an event, if there are any.
func (s *server) tell(ev api.Event) {
	if s.webhooks != nil {
		s.webhooks.Happened(ev)
	}
}

// happened tells of what happens to calls.
func (s *server) happened(h translator.Happening) {
	ev := api.Event{Type: api.EventType(h.Type), At: h.At, Call: h.Call, Agent: h.Agent, Queue: h.Queue}
	if h.Record != nil {
		ev.Body = s.set.recordings.inside(*h.Record)
	}
	s.tell(ev)
}

// toldAgents tells of agents' states on the way of what they themselves are told.
type toldAgents struct {
	translator.Agents
	tell func(api.Event)

	mu   sync.Mutex // guards last
	last map[string]protocol.Agent
}

func (s *server) toldAgents(inner translator.Agents) translator.Agents {
	return &toldAgents{Agents: inner, tell: s.tell, last: map[string]protocol.Agent{}}
}

// SendAgent is part of translator.Agents.
func (t *toldAgents) SendAgent(id string, a protocol.Agent) {
	if t.news(id, a) {
		t.tell(api.Event{Type: api.AgentState, At: time.Now(), Agent: id, Body: a})
	}
	t.Agents.SendAgent(id, a)
}

// news says whether an agent's state, its reason or what comes next is another one than before.
func (t *toldAgents) news(id string, a protocol.Agent) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	b, known := t.last[id]
	if a.State == protocol.Offline {
		delete(t.last, id)
		return known
	}
	t.last[id] = a
	return !known || a.State != b.State || a.Reason != b.Reason || a.Next != b.Next || a.NextReason != b.NextReason
}
