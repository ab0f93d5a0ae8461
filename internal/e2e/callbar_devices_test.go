package e2e

import (
	"path/filepath"

	"offhook/internal/harness"
)

// otherDevice: the agent changes her microphone in mid-call. The customer hears her all along: what was recorded of her has no pause.
func (o *office) otherDevice() { thrice(o.t, "the agent's sound", o.changesDevices) }

func (o *office) changesDevices() (bad string) {
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	o.anna.do("click", args{"name": "More"})
	o.anna.do("click", args{"name": "Record"})
	o.anna.do("recording", args{"state": "on"})
	c.talksTo(o.anna)
	o.anna.do("microphone", args{})
	c.talksTo(o.anna)
	o.anna.do("microphone", args{})
	c.talksTo(o.anna)
	c.ends(o.anna)
	kept := c.record().Recordings
	if len(kept) != 1 {
		o.t.Fatalf("the record tells of %+v", kept)
	}
	_, right := harness.ReadStereo(o.t, filepath.Join(o.folder, "sound", filepath.FromSlash(kept[0].File)))
	if got := storyOf(right, harness.AgentTone); got != "tone " {
		return got
	}
	return ""
}
