package metrics

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
)

// shown gives what Prometheus would read.
func shown(t *testing.T, r *Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("got %d\n%s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestEveryFigureIsShown(t *testing.T) {
	r := New()
	r.Call("normal", "caller")
	r.Call("normal", "caller")
	r.Offer("missed")
	r.Rejected("strangers")
	r.Agent("tokens_rejected_total", "expired")
	r.Fault("panic")
	r.Faults("panic: media", func() float64 { return 4 })
	r.Faults("queue", func() float64 { return 0 })
	r.Gauge("offhook_calls_in_progress", "Calls.", func() float64 { return 7 })
	r.GaugeOf("offhook_queue_waiting", "Callers waiting.", "queue", "support", func() float64 { return 2 })
	r.GaugeOf("offhook_queue_waiting", "Callers waiting.", "queue", "sales", func() float64 { return 0 })
	r.Total("offhook_media_packets_total", "Packets.", "direction", "to_trunk", func() float64 { return 5 })
	r.Total("offhook_media_packets_total", "Packets.", "direction", "to_agent", func() float64 { return 6 })
	text := shown(t, r)
	for _, want := range []string{
		`offhook_calls_total{by="caller",cause="normal"} 2`, `offhook_offers_total{outcome="missed"} 1`, `offhook_rejected_total{reason="strangers"} 1`,
		`offhook_rejected_total{reason="tokens_expired"} 1`, `offhook_faults_total{what="panic"} 1`, `offhook_faults_total{what="panic: media"} 4`,
		`offhook_faults_total{what="queue"} 0`,
		`offhook_calls_in_progress 7`, `offhook_queue_waiting{queue="support"} 2`, `offhook_queue_waiting{queue="sales"} 0`,
		`offhook_media_packets_total{direction="to_trunk"} 5`, `offhook_media_packets_total{direction="to_agent"} 6`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestNamesAreOurs(t *testing.T) {
	r := New()
	r.Call("normal", "caller")
	for l := range strings.Lines(shown(t, r)) {
		if !strings.HasPrefix(l, "#") && !strings.HasPrefix(l, "offhook_") && !strings.HasPrefix(l, "go_") && !strings.HasPrefix(l, "process_") {
			t.Errorf("a figure named %s", l)
		}
	}
}

// TestSecurityLabelsAreBounded: whatever values come, the series do not grow without end, and none is lost from the sum.
func TestSecurityLabelsAreBounded(t *testing.T) {
	r := New()
	for i := range 10 * maxValues {
		r.Rejected(fmt.Sprint("stranger-", i))
		r.Agent(fmt.Sprint("event-", i), fmt.Sprint("reason-", i))
		r.Fault(fmt.Sprint("fault-", i))
	}
	text := shown(t, r)
	if n := strings.Count(text, "offhook_rejected_total{"); n != maxValues+1 {
		t.Errorf("got %d series, want %d", n, maxValues+1)
	}
	if want := fmt.Sprintf("offhook_rejected_total{reason=\"other\"} %d\n", 9*maxValues); !strings.Contains(text, want) {
		t.Errorf("no %s", want)
	}
	if n := strings.Count(text, "offhook_faults_total{"); n != maxValues+1 {
		t.Errorf("got %d series of faults", n)
	}
	if n := strings.Count(text, "offhook_agent_events_total{"); n > 2*maxValues {
		t.Errorf("got %d series of events", n)
	}
}

func TestRegistriesAreIndependent(t *testing.T) {
	a, b := New(), New()
	a.Fault("x")
	if strings.Contains(shown(t, b), `what="x"`) {
		t.Error("one server shows another's figures")
	}
}
