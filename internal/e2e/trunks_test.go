package e2e

import (
	"fmt"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/load"
)

func TestSippCallerHangsUp(t *testing.T) {
	t.Parallel()
	need(t, "sipp")
	s := newStage(t, load.Policy{})
	sipp(within(t, 30*time.Second), t, s.server, "answered-caller-hangs-up.xml", "100", "-m", "1", "-d", "300")
	s.afterCall(protocol.CauseNormal, protocol.ByCaller)
}

func TestSippAgentHangsUp(t *testing.T) {
	t.Parallel()
	need(t, "sipp")
	s := newStage(t, load.Policy{TalkFor: 300 * time.Millisecond})
	sipp(within(t, 30*time.Second), t, s.server, "answered-agent-hangs-up.xml", "100", "-m", "1")
	s.afterCall(protocol.CauseNormal, protocol.ByAgent)
}

func TestSippCancels(t *testing.T) {
	t.Parallel()
	need(t, "sipp")
	s := newStage(t, load.Policy{Do: load.Ignore})
	sipp(within(t, 30*time.Second), t, s.server, "cancelled.xml", "100", "-m", "1", "-d", "300")
	e := s.wait("the agent's call is over", load.InPhase(protocol.PhaseEnded))
	if c := e.Object.Cause; c == nil || c.By != protocol.ByCaller {
		t.Errorf("the cause is %+v", c)
	}
}

func TestSippUnknownNumber(t *testing.T) {
	t.Parallel()
	need(t, "sipp")
	server := startServer(t, nil)
	sipp(within(t, 30*time.Second), t, server, "not-found.xml", "999", "-m", "1")
}

// Fifty callers at once ring fifty agents; each hears himself, since sipp sends back every RTP packet.
func TestSippFiftyCallsAtOnce(t *testing.T) {
	need(t, "sipp")
	const calls = 50
	server, pacer := startServer(t, nil), newPacer(t)
	var journal load.Journal
	ears := make([]load.Ear, calls)
	for i := range calls {
		server.newAgent(t, fmt.Sprintf("agent%02d", i), func(c *load.AgentConfig) {
			c.Pacer, c.Events = pacer, journal.Add
			c.Speak = func(string) load.Source { return load.Sine(pageTone, -10) }
			c.Heard = func(_ string, pcm []int16) { ears[i].Hear(pcm) }
		})
	}
	ctx := within(t, 90*time.Second)
	done := make(chan struct{})
	go func() {
		defer close(done)
		sipp(ctx, t, server, "answered-caller-hangs-up.xml", "100",
			"-m", fmt.Sprint(calls), "-l", fmt.Sprint(calls), "-r", "50", "-d", "8000", "-rtp_echo")
	}()
	for i := range calls {
		hears(ctx, t, fmt.Sprintf("agent%02d", i), &ears[i], pageTone)
	}
	<-done
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
