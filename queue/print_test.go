package queue

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const statesFile = "../docs/queue-states.md"

// docs/queue-states.md is printed from the tables.
func TestStatesAreDocumented(t *testing.T) {
	want := statesPage()
	if *update {
		if err := os.WriteFile(statesFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(statesFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the tables say; go test ./queue -update writes it", statesFile)
	}
}

func statesPage() string {
	var b strings.Builder
	b.WriteString(`# The queue's tables

Printed from the tables in ` + "`queue`" + ` by ` + "`go test ./queue -update`" + `. The words are those of [states.md](states.md).

## An agent

An agent who has a call of his own stays on_call: what a row says is then what comes next. One who has logged out goes offline wherever a row would take
him. "(next)" is what he asked for meanwhile, available if nothing; "(unchanged)" may still change what comes next.

`)
	writeTransitions(&b, AgentTransitions())
	b.WriteString(`
## An offer

An offer is one attempt to give one caller to one agent, and lasts until the call that came of it is over and worked up. What has no row changes nothing: it
came too late, or for something else. Ringing is until the page shows the offer, shown until somebody answers, won until sound is up.

`)
	writeTransitions(&b, OfferTransitions())
	b.WriteString("\n## Who is asked\n\nAgents of the lowest open level that has one come first, whatever the strategy; the strategy picks among those of one level.\n\n")
	b.WriteString("| Strategy | Picks |\n| --- | --- |\n")
	for _, r := range StrategyRules() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r.Name, r.Rule)
	}
	b.WriteString(`
## Limits

Looked at in this order; the first that is met decides. Each may name a way out: another queue, an agent, a number, a message, a callback. A callback is met by none of them.

| Limit | When | Reason | Rule |
| --- | --- | --- | --- |
`)
	for _, r := range LimitRules() {
		when, reason, _ := strings.Cut(r.When, ", ")
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.Name, when, reason, r.Rule)
	}
	return b.String()
}

func writeTransitions(b *strings.Builder, list []Transition) {
	b.WriteString("| From | Event | To | Rule |\n| --- | --- | --- | --- |\n")
	for _, r := range list {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", r.From, r.On, r.To, r.Rule)
	}
}

// Every input of an offer has a name.
func TestOfferInputsHaveNames(t *testing.T) {
	for on, name := range offerInputNames {
		if name == "" {
			t.Errorf("input %d has no name", on)
		}
	}
}

// Every limit stands at one moment, with a reason and a rule.
func TestLimitTableIsSound(t *testing.T) {
	for _, r := range limitRows {
		if (r.at != joining && r.at != waitingOn) || r.reason == "" || r.rule == "" || r.hit == nil || r.out == nil {
			t.Errorf("%+v", r)
		}
	}
	for _, s := range strategies {
		if s.before == nil || s.pick == nil || s.crowd == nil || s.rule == "" {
			t.Errorf("%+v", s)
		}
	}
}
