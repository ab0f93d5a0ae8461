package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"offhook/internal/config"
	"offhook/records"
	"offhook/translator"
)

// recordingSettings say where the sound of calls is kept. Without a folder nothing is recorded.
type recordingSettings struct {
	folder   string
	keepDays int // after that of a call's arrival; 0 for ever
}

func recordingsPlan(c *config.Config) recordingSettings {
	return recordingSettings{c.Recordings.Folder, c.Recordings.KeepDays}
}

// recordMode is what a setting called record says.
func recordMode(word string) translator.RecordMode {
	switch word {
	case "agent":
		return translator.RecordRequest
	case "always":
		return translator.RecordAlways
	}
	return translator.RecordNever
}

const dayLayout = "2006-01-02"

// path names the file of a call's n-th recording, in a folder for the day (UTC) that the call arrived on; nil if nothing is recorded.
func (r recordingSettings) path() func(call string, n int, arrived time.Time) string {
	if r.folder == "" {
		return nil
	}
	return func(call string, n int, arrived time.Time) string {
		name := call
		if n > 1 {
			name = fmt.Sprintf("%s-%d", call, n)
		}
		return filepath.Join(r.folder, arrived.UTC().Format(dayLayout), name+".wav")
	}
}

// inside is a record whose recordings are named from the folder on: where that is, is none of a reader's business, and the folder may move.
func (r recordingSettings) inside(rec translator.CallRecord) translator.CallRecord {
	rec.Recordings = slices.Clone(rec.Recordings) // others may be reading it
	for i := range rec.Recordings {
		if name, ok := strings.CutPrefix(rec.Recordings[i].File, r.folder+string(filepath.Separator)); ok {
			rec.Recordings[i].File = filepath.ToSlash(name)
		}
	}
	return rec
}

// tryRecordings tries whether sound could be kept, and traces.
func tryRecordings(c *config.Config) error {
	for setting, folder := range map[string]string{"recordings.folder": c.Recordings.Folder, "traces.folder": c.Traces.Folder} {
		if folder == "" {
			continue
		}
		if err := records.Try(folder); err != nil {
			return c.Fault(setting, "%s", err)
		}
	}
	return nil
}

// reportRecordings says which calls are recorded, and where.
func reportRecordings(c *config.Config, w *lines) {
	if c.Recordings.Folder == "" {
		w.say("Recordings     are not made: recordings.folder names no folder")
		return
	}
	w.say("Recordings     are kept in %s, %s", c.Recordings.Folder, daysText(c.Recordings.KeepDays))
	when := map[string]string{"never": "never", "agent": "when the agent asks for it", "always": "always"}
	for _, q := range c.Queues {
		w.say("  queue        %s: %s", q.Name, when[q.Record])
	}
	w.say("  calls out    %s", when[c.Dial.Record])
}

func daysText(days int) string {
	if days == 0 {
		return "for ever"
	}
	return fmt.Sprintf("for %d days", days)
}

// recordingsWarnings are what is allowed and probably not meant.
func recordingsWarnings(c *config.Config) (list []string) {
	folder := c.Recordings.Folder
	if folder == "" {
		return nil
	}
	if records.Readable(folder) {
		list = append(list, fmt.Sprintf("recordings.folder: others on this machine may look into %s; chmod 700 keeps what customers said to the server's account", folder))
	}
	if c.Dial.Record == "never" && !slices.ContainsFunc(c.Queues, func(q config.Queue) bool { return q.Record != "never" }) {
		list = append(list, "recordings.folder: no queue's record and not dial.record says that anything is recorded")
	}
	for _, q := range c.Queues {
		for _, t := range c.Trunks {
			leads := func(r config.Route) bool { return r.Queue == q.Name && (r.Trunk == "" || r.Trunk == t.Name) }
			if q.Record != "never" && slices.Contains(t.Codecs, "opus") && slices.ContainsFunc(c.Routes, leads) {
				list = append(list, fmt.Sprintf("queue %s does not record calls by trunk %s that have opus", q.Name, t.Name))
			}
		}
	}
	return list
}
