package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
)

// figures gives what Prometheus would read.
func figures(t *testing.T, m *meters) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.reg.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("got %d\n%s", w.Code, w.Body)
	}
	return w.Body.String()
}

func wantFigures(t *testing.T, m *meters, want ...string) {
	t.Helper()
	text := figures(t, m)
	for _, line := range want {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no %s", line)
		}
	}
}

// Every part's panics stand among the faults, and read zero from the start: an alert on a series that is not there never fires.
func TestFaultsOfEveryPartAreShown(t *testing.T) {
	s, err := start(testSettings(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close(t.Context())
	wantFigures(t, s.meters, `offhook_faults_total{what="panic: media"} 0`, `offhook_faults_total{what="panic: dialog"} 0`,
		`offhook_faults_total{what="queue"} 0`, `offhook_callers_waiting 0`, `offhook_offers_open 0`, `offhook_agents{state="available"} 0`)
	s.meters.hub("agent_panics_total", "reader")
	s.meters.exchange("panic", "call")
	wantFigures(t, s.meters, `offhook_faults_total{what="panic: hub reader"} 1`, `offhook_faults_total{what="panic: call"} 1`)
}

// counted finds what the translator's parts call Hooks.Count with.
var counted = regexp.MustCompile(`(?:doCount\{|hooks\.Count\()"([a-z_]+)"`)

// Only what must never happen stands among the faults, for each of them wakes somebody: each kind of thing that the exchange counts has its figure.
func TestWhatIsCountedIsNoFaultByOversight(t *testing.T) {
	figure := map[string]string{
		"call": `offhook_calls_total{by="x",cause=""} 1`, "offer": `offhook_offers_total{outcome="x"} 1`, "transfer": `offhook_transfers_total{outcome="x"} 1`,
		"recording": `offhook_recordings_failed_total 1`, "trunk_full": `offhook_rejected_total{reason="trunk_full"} 1`, "repair": `offhook_queue_repairs_total{reason="x"} 1`,
		"panic": `offhook_faults_total{what="panic: x"} 1`, "inbox_full": `offhook_faults_total{what="inbox_full: x"} 1`,
		"unexpected_event": `offhook_faults_total{what="unexpected_event: x"} 1`,
	}
	files, err := filepath.Glob("../../translator/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range counted.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
	}
	for what := range found {
		if figure[what] == "" {
			t.Errorf("%q is counted, and is among the faults unless it gets a figure of its own", what)
		}
	}
	for what, line := range figure {
		if !found[what] {
			t.Errorf("%q is counted nowhere", what)
		}
		m, label := newMeters(), "x"
		if what == "call" {
			label = "/x"
		}
		m.exchange(what, label)
		wantFigures(t, m, line)
	}
}

// The exchange is asked once a second at most, and whoever reads gets an answer when it gives none.
func TestBooksAreReadSeldomAndNeverLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, callers, silent := 0, 3, false
		b := &bookkeeper[translator.Books]{fetch: inspected(func(f func(translator.Books)) {
			asked++
			if !silent {
				go f(translator.Books{Callers: callers})
			}
		})}
		for range 5 {
			if got := b.read().Callers; got != 3 {
				t.Errorf("got %d callers, want 3", got)
			}
		}
		if asked != 1 {
			t.Errorf("the exchange was asked %d times in a second", asked)
		}
		time.Sleep(booksAge)
		callers = 7
		if got := b.read().Callers; got != 7 {
			t.Errorf("got %d callers after a second, want 7", got)
		}
		time.Sleep(booksAge)
		silent = true
		start := time.Now()
		if got := b.read().Callers; got != 7 {
			t.Errorf("got %d callers of a silent exchange, want the last 7", got)
		}
		if waited := time.Since(start); waited != booksPatience {
			t.Errorf("the reader waited %s, want %s", waited, booksPatience)
		}
	})
}

// ignored is an exchange's agents whom nobody listens to.
type ignored struct{ translator.Agents }

func (ignored) SendAgent(string, protocol.Agent) {}
func (ignored) Forget(string)                    {}

func TestAgentsAreCountedByState(t *testing.T) {
	m := newMeters()
	m.people(&bookkeeper[translator.Books]{fetch: inspected(func(f func(translator.Books)) { f(translator.Books{Callers: 3, Offered: 1, Faults: 2}) })})
	wantFigures(t, m, "offhook_callers_waiting 3", "offhook_offers_open 1", `offhook_faults_total{what="queue"} 2`)
	agents := m.agents(ignored{})
	for id, state := range map[string]protocol.AgentState{"a": protocol.Available, "b": protocol.Available, "c": protocol.OnCall, "d": protocol.Away} {
		agents.SendAgent(id, protocol.Agent{State: state})
	}
	wantFigures(t, m, `offhook_agents{state="available"} 2`, `offhook_agents{state="on_call"} 1`, `offhook_agents{state="away"} 1`, `offhook_agents{state="wrap_up"} 0`)
	agents.SendAgent("a", protocol.Agent{State: protocol.Offered})
	agents.SendAgent("b", protocol.Agent{State: protocol.Offline})
	agents.Forget("c")
	wantFigures(t, m, `offhook_agents{state="available"} 0`, `offhook_agents{state="offered"} 1`, `offhook_agents{state="on_call"} 0`)
	if n := len(m.states.now); n != 2 {
		t.Errorf("%d agents are remembered, want 2", n)
	}
}
