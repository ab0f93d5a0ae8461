package interop

import (
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// A call that FreeSWITCH 1.11-dev placed, held, resumed and ended, in the messages that it sent then: 0 8 opus CN and two clocks of
// telephone-event on offer, and re-INVITEs with the one codec in use. offhook runs with the offhook.yaml of FreeSWITCH's page.
func TestFreeSWITCHRecordedCall(t *testing.T) {
	harness.Need(t, "sipp")
	s := newOffhook(t, "freeswitch.md", nil)
	ctx := harness.Within(t, 60*time.Second)
	anna := s.newAgent("anna", load.Policy{})
	freeswitch := startSipp(ctx, t, "freeswitch.xml", net0.fit("192.0.2.10:5070"), s.SIP.String())

	e := anna.Wait(ctx, "the call is offered", load.InPhase(protocol.PhaseOffered))
	if o := e.Object; o.From.Number != "+4917012345" || o.From.Name != "Mara Lindqvist" || o.Queue != "support" {
		t.Errorf("the offered object is %+v", o)
	}
	anna.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected))
	harness.Hears(ctx, t, "the agent, before the hold,", &anna.Ear, harness.AgentTone)
	for harness.StillHears(ctx, &anna.Ear, harness.AgentTone) { // until the hold
		if ctx.Err() != nil || anna.HasNoCall() {
			t.Fatal("the agent was heard all through the hold")
		}
	}
	harness.Hears(ctx, t, "the agent, after the hold,", &anna.Ear, harness.AgentTone)
	freeswitch.Wait()
	anna.Over(ctx, protocol.CauseNormal, protocol.ByCaller)
}
