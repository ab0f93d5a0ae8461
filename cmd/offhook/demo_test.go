package main

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"offhook/agent"
	"offhook/agent/protocol"
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

// The caller rings once the agent has been available for the pause, counted anew whenever he was not.
func TestDemoCallerWaitsForTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states := make(chan protocol.AgentState, 64)
		a := availability{states: states}
		go func() {
			time.Sleep(time.Minute) // nobody is there: no call
			states <- protocol.Available
			time.Sleep(2 * time.Second)
			states <- protocol.Away
			time.Sleep(time.Minute)
			states <- protocol.Available
		}()
		start := time.Now()
		if !a.lasts(t.Context(), 3*time.Second) {
			t.Fatal("not available")
		}
		if got := time.Since(start); got != 125*time.Second {
			t.Errorf("rang after %s, want 2m5s", got)
		}
	})
}

// A call that fails at once changes nothing for the agent, who stays available: it is tried again after the pause.
func TestDemoCallerTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states := make(chan protocol.AgentState, 64)
		a := availability{states: states}
		states <- protocol.Available
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for range 2 {
			start := time.Now()
			if !a.lasts(ctx, 6*time.Second) {
				t.Fatal("no second call")
			}
			if got := time.Since(start); got != 6*time.Second {
				t.Errorf("rang after %s, want 6s", got)
			}
		}
		states <- protocol.Offered // a call that reached him, and is over
		states <- protocol.OnCall
		states <- protocol.WrapUp
		if a.lasts(ctx, 6*time.Second) {
			t.Error("rang in wrap-up")
		}
	})
}
