package e2e

import (
	"context"
	"testing"
	"time"

	"offhook/internal/harness"
)

func TestChromiumTakesCalls(t *testing.T) {
	harness.Need(t, "chromium")
	takesCalls(t, "chromium")
}

// takesCalls is an agent's morning in a browser: a call answered by keyboard, muted, reloaded in, ended; one answered by click, which the
// caller ends. The caller is written out by hand, so that each message to the trunk is counted. It gives the page, for more of the day.
func takesCalls(t *testing.T, browser string) *page {
	server, pacer := startDemo(t), harness.NewPacer(t)
	p := openPage(t, browser, pageURL(server))
	p.do("agent", args{"state": "away"})
	p.shot("1-away")
	p.setAvailable()
	p.shot("2-available")
	ctx := harness.Patiently(t)

	call := placeTraced(t, server, pacer, demoNumber)
	p.do("phase", args{"phase": "offered"})
	p.shot("3-ringing")
	p.do("press", args{"keys": []string{"Alt", "Shift", "KeyA"}})
	p.do("phase", args{"phase": "connected"})
	p.do("playing", nil)
	bothHearPage(ctx, t, p, call)
	p.shot("4-in-call")

	muted := time.Now()
	p.do("press", args{"keys": []string{"Alt", "Shift", "KeyM"}})
	if err := call.ear.Quiet(ctx); err != nil {
		t.Error("muted:", err)
	}
	t.Logf("%s: half a second of silence %v after mute was pressed", browser, time.Since(muted).Round(time.Millisecond))
	p.shot("5-muted")
	p.do("press", args{"keys": []string{"Alt", "Shift", "KeyM"}})
	bothHearPage(ctx, t, p, call)

	p.reloadUnseen(ctx, call)
	p.shot("6-reloaded")

	p.do("pause", args{"ms": 800}) // within 700 ms of connecting a press on End is taken for a double click on Answer
	p.do("click", args{"name": "End"})
	call.wait(harness.Patiently(t), "BYE ")
	p.do("phase", args{"phase": "wrap_up"})
	p.shot("7-wrap-up")
	p.do("click", args{"name": "Save"})
	p.do("agent", args{"state": "available"})

	second := placeTraced(t, server, pacer, demoNumber)
	p.do("phase", args{"phase": "offered"})
	p.do("pause", args{"ms": 800}) // and one on Answer within 700 ms of the call before, for one on what stood there
	p.do("click", args{"name": "Answer"})
	p.do("phase", args{"phase": "connected"})
	bothHearPage(ctx, t, p, second)
	second.hangUp()
	p.do("phase", args{"phase": "wrap_up"})
	return p
}

// bothHearPage fails the test unless page and caller hear each other's tone.
func bothHearPage(ctx context.Context, t *testing.T, p *page, call *tracedCall) {
	t.Helper()
	var peak struct{ Hz, Level float64 }
	p.ask("hear", args{"hz": harness.CallerTone}, &peak)
	t.Logf("%s hears %.0f Hz at %.0f dB", p.name, peak.Hz, peak.Level)
	harness.Hears(ctx, t, "the caller", &call.ear, harness.AgentTone)
}

// reloadUnseen reloads the page in the call: the same call sounds again, and the trunk sees nothing of it (security.md F2).
func (p *page) reloadUnseen(ctx context.Context, call *tracedCall) {
	p.t.Helper()
	unseen := call.unseen()
	quick(p.t, "media after a reload", 3*time.Second, func() time.Duration {
		began := time.Now()
		p.do("reload", nil)
		loaded := time.Now()
		p.do("phase", args{"phase": "connected"})
		var asked bool
		p.ask("playing", nil, &asked)
		harness.Hears(ctx, p.t, "the caller after the reload", &call.ear, harness.AgentTone)
		took := time.Since(loaded)
		p.t.Logf("%s: both ways again %v after reload was pressed, %v after the page was connected; the browser asked for a press: %v", p.name,
			time.Since(began).Round(time.Millisecond), took.Round(time.Millisecond), asked)
		if asked {
			return 0 // nobody knows how long he thinks about it
		}
		return took
	})
	bothHearPage(ctx, p.t, p, call)
	unseen("a reload")
}

// setAvailable lets the agent choose "available", as agents do.
func (p *page) setAvailable() {
	p.t.Helper()
	p.do("available", nil)
	p.do("agent", args{"state": "available"})
}
