package main

import (
	"context"
	"io/fs"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"offhook/agent"
	"offhook/agent/protocol"
	crmwidget "offhook/crm-widget"
	"offhook/internal/load"
	"offhook/media/prompts"
)

// The page that the demo names can be opened, and may log in by every name that this machine has for itself.
func TestDemoPageMayLogIn(t *testing.T) {
	for _, row := range []struct {
		listens, page string
		allowed       []string
		note          bool
	}{
		{"127.0.0.1:8080", "http://127.0.0.1:8080/demo/", []string{"http://127.0.0.1:8080", "http://localhost:8080"}, false},
		{"[::]:18099", "http://127.0.0.1:18099/demo/", []string{"http://127.0.0.1:18099", "http://localhost:18099"}, true},
		{"0.0.0.0:18099", "http://127.0.0.1:18099/demo/", []string{"http://127.0.0.1:18099", "http://localhost:18099"}, true},
		{"192.0.2.5:8080", "http://192.0.2.5:8080/demo/", []string{"http://192.0.2.5:8080"}, true},
		{"[::1]:8080", "http://[::1]:8080/demo/", []string{"http://[::1]:8080", "http://localhost:8080"}, false},
		{"127.0.0.1:80", "http://127.0.0.1:80/demo/", []string{"http://127.0.0.1", "http://localhost"}, false},
	} {
		t.Run(row.listens, func(t *testing.T) {
			d := demoFlags{}
			text := d.welcome(row.listens, "127.0.0.1:5070")
			if !strings.Contains(text, row.page) || strings.Contains(text, "HTTPS") != row.note {
				t.Errorf("want %s, note %v, in\n%s", row.page, row.note, text)
			}
			origins := demoOrigins(row.listens)
			for _, o := range row.allowed {
				if !slices.Contains(origins, o) {
					t.Errorf("%s may not log in, only %v", o, origins)
				}
			}
			_, key, err := demoKey()
			if err != nil {
				t.Fatal(err)
			}
			hub, err := agent.New(agent.Config{Backend: &lateExchange{}, Origins: origins, Keys: []agent.Key{key}})
			if err != nil {
				t.Fatal(err)
			}
			if err := hub.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// A demo that listens on every interface allows this machine's addresses too; one on loopback does not.
func TestSecurityDemoAllowsOwnAddressesOnlyWhereItListens(t *testing.T) {
	own := ownAddress()
	if !own.IsValid() {
		t.Skip("this machine has loopback only")
	}
	page := "http://" + netip.AddrPortFrom(own, 8080).String()
	if !slices.Contains(demoOrigins("0.0.0.0:8080"), page) {
		t.Errorf("%s may not log in", page)
	}
	if slices.Contains(demoOrigins("127.0.0.1:8080"), page) {
		t.Errorf("%s may log in", page)
	}
}

// A customer rings once an agent has been available for the pause, counted anew whenever nobody was.
func TestDemoCustomersWaitForAnAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPresence()
		is := func(id string, state protocol.AgentState) { p.see(protocol.Agent{ID: id, State: state}) }
		go func() {
			time.Sleep(time.Minute) // nobody is there: no call
			is("jonas", protocol.Available)
			time.Sleep(2 * time.Second)
			is("jonas", protocol.Away)
			time.Sleep(time.Minute)
			is("jonas", protocol.Available)
			time.Sleep(time.Second)
			is("aylin", protocol.Available) // now there are two: no need to wait longer
			is("jonas", protocol.Away)
		}()
		start := time.Now()
		if !p.lasts(t.Context(), 3*time.Second) {
			t.Fatal("not available")
		}
		if got := time.Since(start); got != 125*time.Second {
			t.Errorf("rang after %s, want 2m5s", got)
		}
	})
}

// A call that fails at once changes nothing for the agent, who stays available: the next is tried after the pause.
func TestDemoCustomersTryAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPresence()
		p.see(protocol.Agent{ID: "jonas", State: protocol.Available})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for range 2 {
			start := time.Now()
			if !p.lasts(ctx, 6*time.Second) {
				t.Fatal("no second call")
			}
			if got := time.Since(start); got != 6*time.Second {
				t.Errorf("rang after %s, want 6s", got)
			}
		}
		for _, state := range []protocol.AgentState{protocol.Offered, protocol.OnCall, protocol.WrapUp} { // a call that reached him, and is over
			p.see(protocol.Agent{ID: "jonas", State: state})
		}
		if p.lasts(ctx, 6*time.Second) {
			t.Error("rang in wrap-up")
		}
	})
}

// The page knows whom the demo has: agents, customers, and whom agents can call.
func TestDemoPageKnowsThePeople(t *testing.T) {
	page, err := fs.ReadFile(crmwidget.Demo(), "crm.js")
	if err != nil {
		t.Fatal(err)
	}
	knows := func(number, name string) {
		if !strings.Contains(string(page), "number: '"+number+"', name: '"+name+"'") {
			t.Errorf("the page does not know %s, %s", number, name)
		}
	}
	for _, c := range demoCustomers {
		knows(c.number, c.name)
	}
	for _, c := range demoContacts {
		knows(c.number, c.name)
		if !strings.Contains(string(page), "does: '"+c.does+"'") {
			t.Errorf("the page does not say that %s %s", c.name, c.does)
		}
	}
	for _, a := range demoAgents {
		if !strings.Contains(string(page), "id: '"+a.ID+"', name: '"+a.Name+"'") {
			t.Errorf("the page does not know %s", a.Name)
		}
	}
}

// A voice that is higher is shorter, and as loud.
func TestDemoVoices(t *testing.T) {
	for _, pitch := range []float64{0.8, 1, 1.12} {
		said, as := voice(pitch), prompts.Greeting()
		if got := float64(len(as)) / float64(len(said)); math.Abs(got-pitch) > 0.01 {
			t.Errorf("pitch %g: %.3f as long", pitch, got)
		}
		if a, b := load.Level(said), load.Level(as); math.Abs(a-b) > 1 {
			t.Errorf("pitch %g: %.1f dBFS of %.1f", pitch, a, b)
		}
	}
}
