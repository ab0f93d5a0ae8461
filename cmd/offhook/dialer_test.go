package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
)

// TestSecurityDialDenialsAreCounted: each refusal has its reason in the metrics, and a limit of the day is an error in the log, once.
func TestSecurityDialDenialsAreCounted(t *testing.T) {
	var out strings.Builder
	c := loaded(t, strings.Replace(outbound, "  country:", "  per_minute: 1\n  country:", 1))
	set, err := plan(c, &out)
	if err != nil {
		t.Fatal(err)
	}
	m := newMeters()
	set.countDenied(m.reg.Rejected)
	for _, to := range []string{"nonsense", "0043 1 234567", "0900 5 12345"} {
		if _, denial := set.resolve(anna, translator.Ask{To: to}); denial == nil {
			t.Errorf("%s may be called", to)
		}
	}
	for range 3 {
		if release, denial := set.meter("anna", time.Now()); denial == nil {
			release()
		}
	}
	page := httptest.NewRecorder()
	m.reg.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`offhook_rejected_total{reason="dial_unreadable"} 1`, `offhook_rejected_total{reason="dial_not_allowed"} 1`, `offhook_rejected_total{reason="dial_costly"} 1`,
		`offhook_rejected_total{reason="dial_per_minute"} 2`,
	} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if n := strings.Count(out.String(), "level=ERROR"); n != 1 || !strings.Contains(out.String(), "why=per_minute alarm=true") {
		t.Errorf("%d alarms in\n%s", n, out.String())
	}
	if strings.Contains(out.String(), "234567") || strings.Contains(out.String(), "nonsense") {
		t.Errorf("what an agent wrote is in the log:\n%s", out.String())
	}
}

// A call for help is not one too many, whatever an agent has called before; an extension is.
func TestSecurityCallsForHelpAreNotCounted(t *testing.T) {
	var out strings.Builder
	c := loaded(t, strings.NewReplacer("allow: [", "allow: [\"112\", ", "routes:\n", "routes:\n    - {numbers: \"112\", trunks: [pbx]}\n").Replace(outbound))
	set, err := plan(c, &out)
	if err != nil {
		t.Fatal(err)
	}
	who := anna
	who.Dial = append(who.Dial, "112")
	for to, want := range map[string]bool{"112": true, "+49301234567": false, "41": false} {
		d, denial := set.resolve(who, translator.Ask{To: to})
		if denial != nil {
			t.Errorf("%s: %s", to, denial.Message)
		} else if d.Unmetered != want {
			t.Errorf("%s is not counted: %v", to, d.Unmetered)
		}
	}
	c.Dial.Emergency = []string{"41"}
	if set, err = plan(c, &out); err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]bool{"112": false, "41": true} {
		if d, denial := set.resolve(who, translator.Ask{To: to}); denial != nil || d.Unmetered != want {
			t.Errorf("by the file's own list, %s is not counted: %v, %+v", to, d.Unmetered, denial)
		}
	}
}

// A queue's own calls: what the file names is called as it stands there, by its trunk; a customer's number passes the policy that agents' calls pass.
func TestSecurityQueuesCallByThePolicy(t *testing.T) {
	var out strings.Builder
	set, err := plan(loaded(t, outbound), &out)
	if err != nil {
		t.Fatal(err)
	}
	nobody := protocol.Identity{}
	for _, ask := range []translator.Ask{{To: "0900 5 12345", Queue: "billing"}, {To: "anonymous", Queue: "billing"}, {To: "+12025550123", Queue: "billing"}, {To: "", Queue: "billing"}} {
		if _, denial := set.resolve(nobody, ask); denial == nil {
			t.Errorf("%q is called back", ask.To)
		}
	}
	to, denial := set.resolve(nobody, translator.Ask{To: "+493012345678", Queue: "billing"})
	if denial != nil || len(to.Trunks) == 0 || to.From.User == "" {
		t.Errorf("a customer: %+v, %+v", to, denial)
	}
	to, denial = set.resolve(nobody, translator.Ask{To: "+493012345678", Outward: true})
	if denial != nil || len(to.Trunks) == 0 || to.From.User != "" {
		t.Errorf("a way out: %+v, %+v", to, denial)
	}
	to, denial = set.resolve(nobody, translator.Ask{To: "4711", Trunk: "pbx", Outward: true})
	if denial != nil || to.User != "4711" || len(to.Trunks) != 1 || to.Trunks[0] != "pbx" || to.Longest == 0 {
		t.Errorf("a way out by a trunk: %+v, %+v", to, denial)
	}
}
