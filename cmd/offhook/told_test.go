package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"offhook/api"
)

// listener is an address that is told of events.
type listener struct {
	*httptest.Server

	mu   sync.Mutex
	told []toldEvent
}

type toldEvent struct {
	Type, Call, Agent, Queue string
	Data                     map[string]any
}

func newListener(t *testing.T) *listener {
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e toldEvent
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil || !strings.HasPrefix(r.Header.Get("Webhook-Signature"), "v1,") {
			t.Errorf("got %+v, %v, %v", e, r.Header, err)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.told = append(l.told, e)
	}))
	t.Cleanup(l.Close)
	return l
}

// about are the events of one call or agent, in the order in which they came.
func (l *listener) about(is func(e toldEvent) bool) (list []toldEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.told {
		if is(e) {
			list = append(list, e)
		}
	}
	return list
}

// An address is told what happens to real calls and agents, and the figures count it.
func TestAnAddressIsTold(t *testing.T) {
	l := newListener(t)
	o := newOffice(t, strings.ReplaceAll(centerConfig, "42300-42399", "42500-42599"), func(set *settings) {
		set.webhooks = []api.Webhook{{Name: "crm", URL: l.URL, Secret: []byte("a secret for the signatures")}}
	})
	anna := o.page("anna")
	o.ask(200, "PUT", "/agents/anna/state", centerWrite, `{"state":"available"}`)
	o.call("+491701234567")
	call := offered(anna)
	o.ask(204, "DELETE", "/calls/"+call+"/queue", centerWrite, "")
	ended(anna, call)
	eventually(t, "the end of the call", func() bool {
		return len(l.about(func(e toldEvent) bool {
			return e.Type == "call.ended" && e.Call == call && e.Queue == "billing" && e.Data["id"] == call
		})) == 1
	})
	var states []string
	eventually(t, "anna's states", func() bool {
		states = nil
		for _, e := range l.about(func(e toldEvent) bool { return e.Type == "agent.state" && e.Agent == "anna" }) {
			states = append(states, e.Data["state"].(string))
		}
		return len(states) >= 4
	})
	if got := strings.Join(states, " "); got != "away available offered available" {
		t.Errorf("anna's states: %s", got)
	}
	const waiting = `offhook_webhook_waiting{webhook="crm"} 0`
	eventually(t, waiting, func() bool { return strings.Contains(figures(t, o.meters), "\n"+waiting+"\n") }) // the address answers before it is told so
	wantFigures(t, o.meters, `offhook_webhook_events_total{webhook="crm",what="refused"} 0`)
}
