package main

import (
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/api"
	"offhook/internal/config"
)

// The file's webhooks reach the program; an address or an event that is none is a fault of the file, at its line.
func TestWebhooksOfTheFile(t *testing.T) {
	load := func(webhook string) ([]api.Webhook, error) {
		path := writeConfig(t, testConfig+"webhooks: [{name: crm, secret: {file: secret}, "+webhook+"}]\n")
		c, err := config.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return webhooksPlan(c)
	}
	list, err := load("url: 'https://crm.example/in?key=canary', events: ['call.*'], timeout: 2s, give_up: 1h, at_once: 3")
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v, %v", list, err)
	}
	if h := list[0]; h.Name != "crm" || h.Timeout != 2*time.Second || h.GiveUp != time.Hour || h.AtOnce != 3 || len(h.Secret) != 40 || len(h.Events) != 1 {
		t.Errorf("got %+v", h)
	}
	for webhook, want := range map[string]string{"url: 'http://crm.example/in'": "webhooks[0].url", "url: 'https://crm.example/', events: [call.lost]": "webhooks[0].events"} {
		if _, err := load(webhook); err == nil || !strings.Contains(err.Error(), "offhook.yaml:14:") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", webhook, err)
		}
	}
	path := writeConfig(t, testConfig+"webhooks: [{name: crm, secret: {file: secret}, url: 'https://crm.example/in?key=canary'}]\n")
	out, err := offhook(t, "check", "-config", path)
	if err != nil || !strings.Contains(out, "crm, at crm.example, is told of every event") || strings.Contains(out, "canary") {
		t.Errorf("check: %v\n%s", err, out)
	}
}

// An agent's object that says nothing new is no event.
func TestOnlyNewStatesAreTold(t *testing.T) {
	var told []protocol.AgentState
	agents := (&server{}).toldAgents(ignored{}).(*toldAgents)
	agents.tell = func(e api.Event) { told = append(told, e.Body.(protocol.Agent).State) }
	for _, a := range []protocol.Agent{
		{State: protocol.Away, Reason: "login"}, {State: protocol.Away, Reason: "login", Queues: []string{"billing"}}, {State: protocol.Away, Reason: "lunch"}, {State: protocol.Available},
		{State: protocol.OnCall}, {State: protocol.OnCall, Next: protocol.Away}, {State: protocol.Offline}, {State: protocol.Offline},
	} {
		agents.SendAgent("anna", a)
	}
	if len(told) != 6 || told[5] != protocol.Offline || len(agents.last) != 0 {
		t.Errorf("told %v, %d are kept", told, len(agents.last))
	}
}
