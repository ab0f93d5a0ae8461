package e2e

import (
	"fmt"
	"sync"
	"testing"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// sipp is a sipp that plays a scenario of testdata/sipp against the gateway.
func sipp(server *harness.Server, scenario, number string, options ...string) harness.Sipp {
	return harness.Sipp{Scenario: scenarios + scenario, To: server.SIP, Number: number, Options: options}
}

// scenarios is where sipp's scenarios are.
const scenarios = "../../testdata/sipp/"

// Fifty callers at once ring fifty agents; each hears himself, since sipp sends back every RTP packet.
func TestSippFiftyCallsAtOnce(t *testing.T) {
	harness.Need(t, "sipp")
	const calls = 50
	server, pacer := startServer(t, nil), harness.NewPacer(t)
	var journal load.Journal
	agents := make([]*harness.Agent, calls)
	for i := range agents {
		agents[i] = server.NewAgent(fmt.Sprintf("agent%02d", i), func(c *load.AgentConfig) { c.Pacer, c.Events = pacer, journal.Add })
	}
	ctx := harness.Patiently(t)
	var hearing sync.WaitGroup // all of them at once, for no call lasts until all others are up
	for i, a := range agents {
		hearing.Go(func() { harness.Hears(ctx, t, fmt.Sprintf("agent%02d", i), &a.Ear, harness.AgentTone) })
	}
	run := sipp(server, "uac-caller-hangs-up.xml", "100",
		"-m", fmt.Sprint(calls), "-l", fmt.Sprint(calls), "-r", "20", "-d", "6000", "-rtp_echo").Start(ctx, t)
	hearing.Wait()
	run.Wait()
	// sipp is done when its last BYE is answered; the last agent's object may still be on its way.
	ended := make(map[string]bool)
	_, err := journal.Wait(ctx, func(e load.Event) bool {
		if e.Kind == load.CallChanged && e.Object.Cause != nil {
			if e.Object.Cause.Code != protocol.CauseNormal {
				t.Errorf("%s: %v ended by %+v", e.Who, e.Call, e.Object.Cause)
			}
			ended[e.Call] = true
		}
		return len(ended) == calls
	})
	if err != nil {
		t.Errorf("%d different calls reached the agents, want %d: %v", len(ended), calls, err)
	}
}
