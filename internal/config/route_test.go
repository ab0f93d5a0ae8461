package config

import (
	"testing"
	"time"
)

func TestMatchTakesTheFirstThatFits(t *testing.T) {
	routes := []Route{
		{Caller: "anonymous", Refuse: 433},
		{Called: "100", Queue: "exact"},
		{Called: "+4930*", Trunk: "berlin", Queue: "berlin"},
		{Called: "+49*", Caller: "+4179*", Queue: "swiss"},
		{Called: "+49*", Hours: "night", Queue: "night"},
		{Called: "+49*", Hours: "office", Queue: "german"},
		{Called: "+49*", Queue: "late"},
		{Trunk: "test", Queue: "test"},
	}
	rows := []struct {
		trunk, called, caller string
		want                  string // queue, "433" or "none"
	}{
		{"berlin", "100", "anonymous", "433"},
		{"berlin", "100", "+4930", "exact"},
		{"berlin", "1001", "x", "none"},
		{"berlin", "+4930123", "x", "berlin"},
		{"other", "+4930123", "x", "german"},
		{"other", "+4930123", "+4179555", "swiss"},
		{"other", "+49", "x", "german"},
		{"other", "+43", "x", "none"},
		{"test", "", "", "test"},
	}
	open := func(hours string) bool { return hours == "office" }
	for _, r := range rows {
		t.Run(r.trunk+" "+r.called+" "+r.caller, func(t *testing.T) {
			route, ok := Match(routes, r.trunk, r.called, r.caller, open)
			got := route.Queue
			if route.Refuse == 433 {
				got = "433"
			} else if !ok {
				got = "none"
			}
			if got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

func TestRoutesRankCallers(t *testing.T) {
	c, err := Parse([]byte(least + `queues: [{name: q}]
routes: [{queue: q, agent: anna, class: 2, head_start: 30s, needs: ["lang=de >= 3", billing], prefer: ben}, {agent: anna}]`))
	if err != nil {
		t.Fatal(err)
	}
	r := c.Routes[0]
	if r.Agent != "anna" || r.Class != 2 || r.HeadStart != 30*time.Second || r.Prefer != "ben" || len(r.Needs) != 2 || r.Needs[0] != (Need{"lang=de", 3}) || r.Needs[1] != (Need{"billing", 1}) {
		t.Errorf("got %+v", r)
	}
	if r.Needs[0].String() != "lang=de>=3" || r.Needs[1].String() != "billing" {
		t.Errorf("printed as %v", r.Needs)
	}
}

func TestPatternAnyFitsWithheldNumbers(t *testing.T) {
	for _, p := range []Pattern{"", Any} {
		if !p.Match("") || !p.Match("123") {
			t.Errorf("%q does not fit everything", p)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(least))
	f.Add(readExample(f))
	f.Add([]byte("a: &a [*a, *a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := Parse(text); (c == nil) == (err == nil) {
			t.Errorf("got %v and %v", c, err)
		}
	})
}
