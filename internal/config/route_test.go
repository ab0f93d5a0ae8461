package config

import "testing"

func TestMatchTakesTheFirstThatFits(t *testing.T) {
	routes := []Route{
		{Caller: "anonymous", Refuse: 433},
		{Called: "100", Queue: "exact"},
		{Called: "+4930*", Trunk: "berlin", Queue: "berlin"},
		{Called: "+49*", Caller: "+4179*", Queue: "swiss"},
		{Called: "+49*", Queue: "german"},
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
	for _, r := range rows {
		t.Run(r.trunk+" "+r.called+" "+r.caller, func(t *testing.T) {
			route, ok := Match(routes, r.trunk, r.called, r.caller)
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
