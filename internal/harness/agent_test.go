package harness

import (
	"sync"
	"testing"
	"time"

	"offhook/internal/load"
)

// Two calls of an agent are heard at a time, each by a goroutine of its own, and told apart.
func TestAgentHearsTwoCalls(t *testing.T) {
	a := &Agent{t: t, ears: map[string]*load.Ear{}}
	ctx := Within(t, 30*time.Second)
	done := make(chan struct{})
	var speaking, listening sync.WaitGroup
	for call, hz := range map[string]float64{"first": CallerTone, "second": ColleagueTone} {
		speaking.Go(func() {
			for source, frame := load.Sine(hz, -12), make([]int16, load.FrameSamples); ; {
				select {
				case <-done:
					return
				default:
				}
				source(frame)
				a.hear(call, frame)
			}
		})
		listening.Go(func() { Hears(ctx, t, call, a.EarOf(call), hz) })
	}
	listening.Wait()
	close(done)
	speaking.Wait()
	if a.Ear.Windows() == 0 {
		t.Error("the agent has heard nothing at all")
	}
}
