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

// openMetrics gives what a Prometheus would read that asks for OpenMetrics.
func openMetrics(t *testing.T, r *Registry) string {
	t.Helper()
	w, ask := httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil)
	ask.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	r.Handler().ServeHTTP(w, ask)
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/openmetrics-text") {
		t.Fatalf("got %d %s\n%s", w.Code, w.Header(), w.Body)
	}
	return w.Body.String()
}

// A size is counted in its bucket, and the bucket names the call, to who asks for OpenMetrics.
func TestSizesNameTheCall(t *testing.T) {
	r := New()
	s := r.Sizes("offhook_wait_seconds", "Waits.", []float64{1, 10}, "queue", "outcome")
	s.Observe(0.5, "01M826V30NE5064FVSTJRD10DZ", "support", "answered")
	s.Observe(7, "01M826V30NE5064FVSTJRD10E0", "support", "answered")
	s.Observe(70, "", "support", "answered")
	for _, want := range []string{
		`offhook_wait_seconds_bucket{outcome="answered",queue="support",le="1.0"} 1 # {call="01M826V30NE5064FVSTJRD10DZ"} 0.5 `,
		`offhook_wait_seconds_bucket{outcome="answered",queue="support",le="10.0"} 2 # {call="01M826V30NE5064FVSTJRD10E0"} 7.0 `,
		`offhook_wait_seconds_bucket{outcome="answered",queue="support",le="+Inf"} 3` + "\n", `offhook_wait_seconds_sum{outcome="answered",queue="support"} 77.5`,
	} {
		if text := openMetrics(t, r); !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if text := shown(t, r); strings.Contains(text, "# {") || !strings.Contains(text, `le="10"} 2`+"\n") {
		t.Errorf("the text format has\n%s", text)
	}
}

// Series come and go with what they are of; two of the same labels are one.
func TestSeriesComeAndGo(t *testing.T) {
	r, queues := New(), []string{"support", "sales", "support"}
	r.Series(Counter, "offhook_queue_offered_total", "Callers.", []string{"queue"}, func(show func(float64, ...string)) {
		for i, q := range queues {
			show(float64(i+1), q)
		}
	})
	text := shown(t, r)
	if !strings.Contains(text, "# TYPE offhook_queue_offered_total counter") || !strings.Contains(text, `{queue="support"} 1`+"\n") || !strings.Contains(text, `{queue="sales"} 2`+"\n") {
		t.Errorf("got\n%s", text)
	}
	queues = []string{"sales"}
	if text := shown(t, r); strings.Contains(text, "support") {
		t.Errorf("a queue that is gone is shown:\n%s", text)
	}
}

// TestSecuritySizesAndSeriesAreBounded: no value of a label and no call's name makes series grow without end or ends the program.
func TestSecuritySizesAndSeriesAreBounded(t *testing.T) {
	r := New()
	s := r.Sizes("offhook_talk_seconds", "Talks.", []float64{1}, "queue")
	for i := range 10 * maxValues {
		s.Observe(1, strings.Repeat("x", i), fmt.Sprint("queue-", i))
	}
	s.Observe(1, "\xff", "\xff")
	r.Repair("\xff")
	r.Series(Gauge, "offhook_queue_waiting", "Callers.", []string{"queue"}, func(show func(float64, ...string)) {
		for i := range 2 * maxSeries {
			show(1, fmt.Sprint("queue-", i))
		}
		show(1, "\xff")
	})
	text := openMetrics(t, r)
	if n := strings.Count(text, "offhook_talk_seconds_count{"); n != maxValues+1 {
		t.Errorf("%d histograms", n)
	}
	if n := strings.Count(text, "offhook_queue_waiting{"); n != maxSeries {
		t.Errorf("%d series", n)
	}
}

// Figures are all that is shown, for the documentation to be held against.
func TestFiguresAreAllThatIsShown(t *testing.T) {
	r := New()
	r.Gauge("offhook_b", "B.", func() float64 { return 1 })
	r.GaugeOf("offhook_a", "A.", "state", "x", func() float64 { return 1 })
	r.GaugeOf("offhook_a", "A.", "state", "y", func() float64 { return 1 })
	r.Call("normal", "caller")
	r.Offer("missed")
	r.Rejected("x")
	r.Agent("y", "z")
	r.Fault("x")
	r.Repairs("agent_seized")
	r.Repair("agent_seized")
	listed := map[string]bool{}
	for _, f := range r.Figures() {
		listed[f.Name] = true
		if f.Help == "" || f.Kind == "" {
			t.Errorf("%+v", f)
		}
	}
	families, err := r.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if name := f.GetName(); strings.HasPrefix(name, "offhook_") && !listed[name] {
			t.Errorf("%s is shown, and not listed", name)
		} else {
			delete(listed, name)
		}
	}
	if len(listed) > 0 {
		t.Errorf("listed, and not shown: %v", listed)
	}
	if text := shown(t, r); !strings.Contains(text, `offhook_queue_repairs_total{reason="agent_seized"} 1`) {
		t.Error("a repair is not counted")
	}
}
