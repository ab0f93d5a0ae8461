package e2e

import (
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// sippCallers are callers whose every message is checked by sipp's scenario, and what the agent makes of the call.
var sippCallers = []struct {
	scenario string
	policy   load.Policy
	edit     func(yaml string) string
	by       protocol.By // who ends it at the agent; "" if he never sees it
	options  []string
}{
	{scenario: "uac-caller-hangs-up", by: protocol.ByCaller},
	{scenario: "uac-callee-hangs-up", by: protocol.ByAgent, policy: load.Policy{TalkFor: 300 * time.Millisecond}},
	{scenario: "uac-cancel", by: protocol.ByCaller, policy: load.Policy{Do: load.Ignore}},
	{scenario: "uac-hold", by: protocol.ByCaller},
	{scenario: "uac-hold-zero", by: protocol.ByCaller},
	{scenario: "uac-hold-inactive", by: protocol.ByCaller},
	{scenario: "uac-late-offer", by: protocol.ByCaller},
	{scenario: "uac-info", by: protocol.ByCaller},
	{scenario: "uac-timer", by: protocol.ByCaller},
	{scenario: "uac-timer-short", by: protocol.ByCaller},
	{scenario: "uac-100rel", by: protocol.ByCaller, policy: load.Policy{After: 500 * time.Millisecond}},
	{scenario: "uac-no-codec"},
	{scenario: "uac-not-found"},
	{scenario: "uac-refused", edit: full},
	{scenario: "uac-no-agent", edit: refusesEmpty},
}

// full has no place for anybody to wait.
func full(yaml string) string {
	return strings.Replace(yaml, "  - name: support\n", "  - name: support\n    capacity: 1\n", 1)
}

// refusesEmpty refuses callers while no agent is there.
func refusesEmpty(yaml string) string {
	return strings.Replace(yaml, "  - name: support\n", "  - name: support\n    refuse_empty: true\n", 1)
}

func TestSippCallers(t *testing.T) {
	t.Parallel()
	harness.Need(t, "sipp")
	for _, c := range sippCallers {
		t.Run(c.scenario, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, c.policy, c.edit)
			s.prepare(c.scenario)
			number := "100"
			if c.scenario == "uac-not-found" {
				number = "999"
			}
			sipp(s.server, c.scenario+".xml", number, append(c.options, "-m", "1", "-d", "300")...).Run(harness.Patiently(t), t)
			if c.by != "" {
				e := s.wait("the call is over", func(e load.Event) bool { return e.Kind == load.CallChanged && e.Object.Cause != nil })
				if e.Object.Cause.By != c.by {
					t.Errorf("the cause is %+v, want by %s", e.Object.Cause, c.by)
				}
			}
		})
	}
}

// prepare brings the queue into the state that a scenario wants: full, or without agents.
func (s *stage) prepare(scenario string) {
	s.t.Helper()
	switch scenario {
	case "uac-no-agent":
		s.agent.Close()
	case "uac-refused":
		ctx := harness.Patiently(s.t)
		if err := s.agent.SetState(ctx, protocol.Away, ""); err != nil {
			s.t.Fatal(err)
		}
		s.place(load.Plan{})
		s.wait("the first caller waits", load.Is(load.Ringing))
	}
}
