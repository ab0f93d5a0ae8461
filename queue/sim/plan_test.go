package sim

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"offhook/queue"
)

// The textbooks' question: 100 calls in half an hour, three minutes each. For 85 % in 20 s Erlang C says 14 agents; so does the engine.
func TestPlan(t *testing.T) {
	if testing.Short() {
		t.Skip("fewer calls would answer nothing")
	}
	s := Scenario{Queue: queue.QueueSettings{WrapUp: -1}, PerHour: 200, Talk: 3 * time.Minute, Calls: 20_000, Seed: 1}
	a, err := Plan(s, 0.85)
	if err != nil {
		t.Fatal(err)
	}
	if a.Agents != 14 || a.Theory != 14 || a.Load != 10 {
		t.Errorf("%d agents, formula %d, load %v; want 14, 14, 10", a.Agents, a.Theory, a.Load)
	}
	for i, row := range a.Rows {
		if row.Sim.Calls < s.Calls || (i > 0 && row.Agents != a.Rows[i-1].Agents+1) {
			t.Errorf("row %d: %+v", i, row)
		}
	}
	checkSVG(t, Curve(a, "100 calls & <more>", 0.85))
}

// The drawing is well-formed, whatever the title, and has a point for each row.
func TestCurve(t *testing.T) {
	var a Answer
	for n := range 5 {
		a.Rows = append(a.Rows, Staffed{n + 1, Result{Calls: 10, InTarget: 2 * n}, Theory{ServiceLevel: 0.2 * float64(n)}})
	}
	checkSVG(t, Curve(a, `a & b < "c"`, 0.8))
	Curve(Answer{}, "", 0)
}

func checkSVG(t *testing.T, svg string) {
	t.Helper()
	circles := 0
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			circles++
		}
	}
	if circles < 4 {
		t.Errorf("%d points", circles)
	}
}

// With patience fewer agents do, and fewer than the load at all.
func TestPlanWithPatience(t *testing.T) {
	if testing.Short() {
		t.Skip("fewer calls would answer nothing")
	}
	s := Scenario{Queue: queue.QueueSettings{WrapUp: -1}, PerHour: 200, Talk: 3 * time.Minute, Patience: time.Minute, Calls: 20_000, Seed: 1}
	a, err := Plan(s, 0.85)
	if err != nil {
		t.Fatal(err)
	}
	if a.Agents >= 14 || a.Agents != a.Theory {
		t.Errorf("%d agents, formula %d; want the same, fewer than 14", a.Agents, a.Theory)
	}
}

// Strategies serve callers alike and agents differently: the first of a list works most where it is asked from the top.
func TestCompare(t *testing.T) {
	if testing.Short() {
		t.Skip("fewer calls would answer nothing")
	}
	s := Scenario{Queue: queue.QueueSettings{WrapUp: -1}, Agents: 12, PerHour: 160, Talk: 3 * time.Minute, Calls: 20_000, Seed: 1}
	rows, err := Compare(s, []string{queue.LongestIdle, queue.TopDown, queue.FewestCalls})
	if err != nil {
		t.Fatal(err)
	}
	spread := func(r Staffed) float64 { return float64(r.Sim.MostCalls) / float64(r.Sim.LeastCalls) }
	if spread(rows[0]) > 1.2 || spread(rows[1]) < 1.5 || spread(rows[2]) > 1.1 {
		t.Errorf("most to least calls: longest-idle %.2f, top-down %.2f, fewest-calls %.2f", spread(rows[0]), spread(rows[1]), spread(rows[2]))
	}
	if _, err := Compare(s, []string{"fastest"}); err == nil {
		t.Error("an unknown strategy is compared")
	}
}

func TestSecurityPlanOutOfRange(t *testing.T) {
	good := Scenario{PerHour: 10, Talk: time.Minute, Calls: 10}
	for _, goal := range []float64{0, 1, -1, 2} {
		if _, err := Plan(good, goal); err == nil {
			t.Errorf("goal %v: no error", goal)
		}
	}
	good.PerHour = 1e9
	if _, err := Plan(good, 0.8); err == nil {
		t.Error("a billion calls an hour are planned for")
	}
}
