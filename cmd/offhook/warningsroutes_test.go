package main

import (
	"slices"
	"strings"
	"testing"

	"offhook/internal/config"
)

// A route behind one that takes its calls is told; one behind a route with hours, another trunk or other numbers is not.
func TestRoutesThatNothingComesTo(t *testing.T) {
	for _, row := range []struct {
		routes string
		never  bool
	}{
		{`[{queue: billing}, {called: "+4930*", queue: support}]`, true},
		{`[{called: "+49*", queue: billing}, {called: "+4930*", queue: support}]`, true},
		{`[{called: "+49*", queue: billing}, {called: "+493012", queue: support}]`, true},
		{`[{called: "+493012", queue: billing}, {called: "+493012", trunk: pbx, queue: support}]`, true},
		{`[{called: "+4930*", queue: billing}, {called: "+49*", queue: support}]`, false},
		{`[{called: "+493012", queue: billing}, {called: "+493012*", queue: support}]`, false},
		{`[{called: "+49*", trunk: pbx, queue: billing}, {called: "+49*", queue: support}]`, false},
		{`[{caller: anonymous, refuse: 433}, {queue: support}]`, false},
		{`[{called: "+49*", hours: office, queue: billing}, {called: "+49*", queue: support}]`, false},
		{`[{called: "+49*", hours: office, queue: billing}, {called: "+4930*", hours: office, queue: support}]`, true},
	} {
		begin, end := strings.Index(testConfig, "routes:"), strings.Index(testConfig, "queues:")
		text := testConfig[:begin] + "hours: [{name: office, zone: UTC, week: {mon: 08:00-18:00}}]\nroutes: " + row.routes + "\n" + testConfig[end:]
		c, err := config.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		never := slices.ContainsFunc(warnings(c), func(w string) bool {
			return w == "route 2 is never used: route 1 stands before it and takes all of its calls"
		})
		if never != row.never {
			t.Errorf("%s: never used %v, want %v", row.routes, never, row.never)
		}
	}
}

// 192.0.2.10/24 is 256 addresses, and lets all of them call.
func TestSecurityNetworksThatLookLikeAddresses(t *testing.T) {
	c, err := config.Parse([]byte(strings.Replace(testConfig, "networks: [127.0.0.1/32]", "networks: [192.0.2.10/24, 127.0.0.1/32, 10.0.0.0/8], media_networks: [\"2001:db8::1/64\"]", 1)))
	if err != nil {
		t.Fatal(err)
	}
	got := networkWarnings(c)
	want := []string{
		"trunk pbx: networks has 192.0.2.10/24, which is all of 192.0.2.0/24; the address alone is 192.0.2.10/32",
		"trunk pbx: media_networks has 2001:db8::1/64, which is all of 2001:db8::/64; the address alone is 2001:db8::1/128",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
