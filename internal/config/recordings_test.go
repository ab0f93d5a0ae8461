package config

import (
	"path/filepath"
	"testing"
)

// Without an entry no sound is kept and no call is written down; what is written down is masked.
func TestSecurityNothingIsRecordedByDefault(t *testing.T) {
	c, err := Parse([]byte(least + "queues: [{name: a}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Recordings.Folder != "" || c.Recordings.KeepDays != 90 || c.Queues[0].Record != "never" || c.Dial.Record != "never" {
		t.Errorf("got %+v, queue %q, dial %q", c.Recordings, c.Queues[0].Record, c.Dial.Record)
	}
	if tr := c.Traces; tr.Folder != "" || len(tr.Match) != 0 || !tr.Mask || tr.Files != 1000 {
		t.Errorf("got %+v", tr)
	}
}

func TestRecordingsAndTracesFaults(t *testing.T) {
	const queue = "queues: [{name: a, record: "
	for _, r := range []struct{ text, want string }{
		{"recordings: {folder: f}\n" + queue + "always}]", ""},
		{"recordings: {folder: f}\n" + queue + "agent}]\ndial: {record: always}", ""},
		{queue + "never}]", ""},
		{queue + "always}]", `5:20: queues[0].record: always needs recordings.folder, which names no folder`},
		{queue + "agent}]", `queues[0].record: agent needs recordings.folder`},
		{queue + "sometimes}]", `queues[0].record: "sometimes" is none of never, agent, always`},
		{"dial: {record: agent}", `dial.record: agent needs recordings.folder`},
		{"dial: {record: yes}", `dial.record: "yes" is none of never, agent, always`},
		{"recordings: {folder: f, keep_days: -1}", `recordings.keep_days: -1 is below 0`},
		{"traces: {folder: f, match: [{}]}", ""},
		{"traces: {folder: f, match: [{number: \"+49*\", cause: trunk_failed}], mask: false, files: 10}", ""},
		{"traces: {match: [{}]}", `traces.match: it needs traces.folder`},
		{"traces: {folder: f, files: 0}", `traces.files: 0 is below 1`},
		{"traces: {folder: f, match: [{trunk: pbx}]}", `traces.match[0].trunk: there is no trunk "pbx"`},
		{"traces: {folder: f, match: [{queue: a}]}", `traces.match[0].queue: there is no queue "a"`},
		{"traces: {folder: f, match: [{number: \"4*9\"}]}", `traces.match[0].number: "4*9" has a * that is not at its end`},
	} {
		t.Run(r.text, func(t *testing.T) {
			_, err := Parse([]byte(least + r.text))
			wantFault(t, err, r.want)
		})
	}
}

// Folders are meant from the configuration file's.
func TestRecordingsAndTracesFolders(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("KEY", "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk")
	write(t, dir, "offhook.yaml", least+"recordings: {folder: sound}\ntraces: {folder: /var/traces}\n")
	c, err := Load(filepath.Join(dir, "offhook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Recordings.Folder != filepath.Join(dir, "sound") || c.Traces.Folder != "/var/traces" {
		t.Errorf("got %s and %s", c.Recordings.Folder, c.Traces.Folder)
	}
}
