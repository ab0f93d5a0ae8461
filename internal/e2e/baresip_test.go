package e2e

import (
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

func TestBaresipCallsAndBothHear(t *testing.T) {
	t.Parallel()
	harness.Need(t, "baresip")
	s := newStage(t, load.Policy{After: 300 * time.Millisecond})
	phone := harness.Baresip{}.Start(t)
	phone.Do("dial", s.server.URI("100"))
	ctx := harness.Patiently(t)
	e := s.agent.Connected(ctx)
	phone.Established(ctx, 1)
	harness.Hears(ctx, t, "the agent", &s.agent.Ear, harness.CallerTone)
	harness.Listens(ctx, t, &s.agent.Ear)
	if err := s.agent.Hangup(ctx, e.Call); err != nil {
		t.Error(err)
	}
	phone.Says(ctx, "session closed")
	s.afterCall(protocol.CauseNormal, protocol.ByAgent)
	phone.Heard(harness.AgentTone)
}
