package e2e

import (
	"fmt"
	"path/filepath"

	"offhook/internal/harness"
	"offhook/internal/load"
)

// recording: the agent records, pauses and goes on. The file has the customer left and the agent right, and of the pause nothing.
func (o *office) recording() { thrice(o.t, "the recording", o.recorded) }

func (o *office) recorded() (bad string) {
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	for _, step := range []struct{ button, state string }{{"Record", "on"}, {"Pause rec.", "paused"}, {"Resume rec.", "on"}} {
		o.anna.do("click", args{"name": "More"})
		o.anna.do("click", args{"name": step.button})
		o.anna.do("recording", args{"state": step.state})
		c.talksTo(o.anna)
		c.talksTo(o.anna) // long enough that a browser which stumbles does not lose all of it
	}
	c.ends(o.anna)
	kept := c.record().Recordings
	if len(kept) != 1 || kept[0].PausedMS < 500 {
		o.t.Fatalf("the record tells of %+v", kept)
	}
	left, right := harness.ReadStereo(o.t, filepath.Join(o.folder, "sound", filepath.FromSlash(kept[0].File)))
	return havePause(left, right)
}

// havePause says what is wrong unless of caller and agent there is the tone, then half a second of silence at least, then the tone again, and never another one.
func havePause(left, right []int16) (bad string) {
	for _, side := range []struct {
		who string
		pcm []int16
		hz  float64
	}{{"the caller, left,", left, harness.CallerTone}, {"the agent, right,", right, harness.AgentTone}} {
		if story := storyOf(side.pcm, side.hz); story != "tone pause tone " {
			bad += fmt.Sprintf("%s is %q. ", side.who, story)
		}
	}
	return bad
}

// storyOf says what follows what in a recording: the tone, another party's, half a second of silence at least.
func storyOf(pcm []int16, hz float64) string {
	const window = load.Rate / 10
	story, silent := "", 0
	for ; len(pcm) >= window; pcm = pcm[window:] {
		part := "tone "
		switch share := load.Share(pcm[:window], hz); {
		case load.Level(pcm[:window]) < -50:
			if silent++; silent != 5 {
				continue
			}
			part = "pause "
		case share > 0.5:
			silent = 0
		case load.Share(pcm[:window], harness.CallerTone+harness.AgentTone-hz) > 0.1:
			part = "other "
		default:
			continue // the edge of a pulse
		}
		if len(story) < len(part) || story[len(story)-len(part):] != part {
			story += part
		}
	}
	return story
}
