package harness

import (
	"context"
	"sync"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/load"
)

// What is said in tests, in Hz: two tones of which neither is a multiple of the other.
const (
	AgentTone  = 1000 // by agents
	CallerTone = 440  // by callers, and who is called
)

// An Agent is a page with a callbar, as a program, with what it was told and what it heard. He says AgentTone.
type Agent struct {
	*load.Agent
	Journal load.Journal
	// Ear hears all calls of the agent, which are one after the other; of two at a time EarOf tells one from the other.
	Ear load.Ear
	t   testing.TB

	hearing sync.Mutex // each call is heard by a goroutine of its own
	ears    map[string]*load.Ear
}

// EarOf is what the agent hears in one call.
func (a *Agent) EarOf(call string) *load.Ear {
	a.hearing.Lock()
	defer a.hearing.Unlock()
	return a.earOfLocked(call)
}

func (a *Agent) earOfLocked(call string) *load.Ear {
	if a.ears[call] == nil {
		a.ears[call] = &load.Ear{}
	}
	return a.ears[call]
}

// hear takes a packet of a call.
func (a *Agent) hear(call string, pcm []int16) {
	a.hearing.Lock()
	defer a.hearing.Unlock()
	a.Ear.Hear(pcm)
	a.earOfLocked(call).Hear(pcm)
}

// Wait waits for an event of the agent, past or to come.
func (a *Agent) Wait(ctx context.Context, what string, match func(load.Event) bool) load.Event {
	a.t.Helper()
	return a.WaitFrom(ctx, 0, what, match)
}

// WaitFrom is Wait, but passes over the first n events.
func (a *Agent) WaitFrom(ctx context.Context, n int, what string, match func(load.Event) bool) load.Event {
	a.t.Helper()
	e, err := a.Journal.WaitFrom(ctx, n, match)
	if err != nil {
		a.t.Fatalf("%s: %v; so far: %v", what, err, a.Journal.Events())
	}
	return e
}

// Connected waits until the agent is in a call.
func (a *Agent) Connected(ctx context.Context) load.Event {
	a.t.Helper()
	return a.Wait(ctx, "the call is connected", load.InPhase(protocol.PhaseConnected))
}

// Over waits for the end of a call, and fails the test unless it has this cause.
func (a *Agent) Over(ctx context.Context, code protocol.CauseCode, by protocol.By) load.Event {
	a.t.Helper()
	e := a.Wait(ctx, "the call's end at the agent", over)
	if c := e.Object.Cause; c == nil || c.Code != code || c.By != by {
		a.t.Errorf("the cause is %+v, want %s by %s", c, code, by)
	}
	return e
}

func over(e load.Event) bool {
	return e.Kind == load.CallChanged && (e.Object.Phase == protocol.PhaseWrapUp || e.Object.Phase == protocol.PhaseEnded)
}

// HasNoCall reports whether the agent's last call has ended.
func (a *Agent) HasNoCall() bool {
	calls := a.Calls()
	return len(calls) == 0 || calls[0].Phase == protocol.PhaseWrapUp
}

// Hears fails the test unless this tone is heard from now on.
func Hears(ctx context.Context, t testing.TB, who string, ear *load.Ear, hz float64) {
	t.Helper()
	if err := ear.Tone(ctx, hz); err != nil {
		t.Errorf("%s: %v", who, err)
	}
}

// StillHears reports whether a tone comes within the next half second.
func StillHears(ctx context.Context, ear *load.Ear, hz float64) bool {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	return ear.Tone(ctx, hz) == nil
}

// NoLonger waits until a tone has not been heard for half a second, and fails the test if that takes too long.
func NoLonger(ctx context.Context, t testing.TB, who string, ear *load.Ear, hz float64) {
	t.Helper()
	for ctx.Err() == nil && StillHears(ctx, ear, hz) {
	}
	if ctx.Err() != nil {
		t.Errorf("%s still hears %.0f Hz", who, hz)
	}
}

// Listens waits until a second of sound more has been heard: the other side, which records, has had as much.
func Listens(ctx context.Context, t testing.TB, ear *load.Ear) {
	t.Helper()
	for heard := ear.Windows(); ear.Windows() < heard+10; {
		if err := ear.Sound(ctx); err != nil {
			t.Fatal(err)
		}
	}
}
