package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The planner's question of the textbooks, as it is typed: the engine and Erlang C agree on 14 agents.
func TestSimulateAnswersThePlanner(t *testing.T) {
	svg := filepath.Join(t.TempDir(), "curve.svg")
	out, err := offhook(t, "simulate", "-calls", "100", "-interval", "30m", "-talk", "3m", "-wrap-up", "0s", "-goal", "85/20", "-count", "20000", "-svg", svg,
		"-strategy", "longest-idle,top-down")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"10.0 erlangs", "14 agents answer 85.0 % of all callers within 20s; Erlang C says 14.", "Strategies with 14 agents", "top-down"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if !regexp.MustCompile(`(?m)^ +14 +8\d\.\d % +88\.8 %`).MatchString(out) {
		t.Errorf("no row of 14 agents in\n%s", out)
	}
	drawn, err := os.ReadFile(svg)
	if err != nil || !strings.HasPrefix(string(drawn), "<svg ") {
		t.Errorf("drawn: %.40s, %v", drawn, err)
	}
}

func TestSimulateWithPatience(t *testing.T) {
	out, err := offhook(t, "simulate", "-patience", "1m", "-answer", "4s", "-max-wait", "3m", "-count", "2000")
	if err != nil || !strings.Contains(out, "Erlang A says") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSecuritySimulateRefusesNonsense(t *testing.T) {
	for _, args := range [][]string{
		{"-goal", "80"}, {"-goal", "x/20s"}, {"-goal", "80/x"}, {"-goal", "100/20s"}, {"-goal", "80/-1s"}, {"-calls", "0"}, {"-interval", "0s"}, {"-wrap-up", "-1s"},
		{"-strategy", "fastest"}, {"-talk", "0s"}, {"-count", "0"}, {"-calls", "100000000"}, {"more"},
	} {
		if out, err := offhook(t, append([]string{"simulate"}, args...)...); err == nil {
			t.Errorf("%v: no error\n%s", args, out)
		}
	}
}
