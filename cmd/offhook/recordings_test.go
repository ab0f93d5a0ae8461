package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/internal/config"
	"offhook/translator"
	"offhook/translator/replay"
)

const soundConfig = `
listen: {http: "127.0.0.1:0", sip: ["127.0.0.1:0"], admin: "127.0.0.1:0"}
media: {browsers: ["127.0.0.1:0"], trunk: 127.0.0.1, ports: 42300-42399}
trunks: [{name: pbx, networks: [127.0.0.1/32], media_networks: [127.0.0.1/32]}]
routes: [{called: any, queue: billing}]
queues: [{name: billing, wrap_up: 1s, record: always}, {name: sales, record: agent}, {name: quiet}]
agents: {tokens: [{issuer: crm, kid: k1, algorithm: HS256, secret: {file: secret}}]}
origins: ["http://127.0.0.1:1"]
records: {folder: calls}
recordings: {folder: sound, keep_days: 30}
traces: {folder: traces, match: [{queue: billing, number: any, cause: normal}], files: 5}
dial: {record: agent}
`

// What the configuration says of recording becomes the terms that calls live by.
func TestRecordBecomesTerms(t *testing.T) {
	c, err := config.Load(writeConfig(t, soundConfig))
	if err != nil {
		t.Fatal(err)
	}
	set, err := plan(c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for queue, want := range map[string]translator.RecordMode{"billing": translator.RecordAlways, "sales": translator.RecordRequest, "quiet": translator.RecordNever} {
		if terms, _ := set.queueTerms(queue); terms.Record != want {
			t.Errorf("%s: %q, want %q", queue, terms.Record, want)
		}
	}
	if set.dialTerms.Record != translator.RecordRequest {
		t.Errorf("calls out: %q", set.dialTerms.Record)
	}
	if set.traces.plain || set.traces.files != 5 || len(set.traces.match) != 1 || set.traces.match[0].Number != "" || set.traces.match[0].Cause != "normal" {
		t.Errorf("traces: %+v", set.traces)
	}
	at := time.Date(2026, 11, 23, 0, 30, 0, 0, time.FixedZone("", 3600))
	path := set.recordings.path()
	for n, want := range map[int]string{1: someCall + ".wav", 2: someCall + "-2.wav"} {
		if got := path(someCall, n, at); got != filepath.Join(c.Recordings.Folder, "2026-11-22", want) || !recordingName.MatchString(filepath.Base(got)) {
			t.Errorf("got %s", got)
		}
	}
	if (recordingSettings{}).path() != nil {
		t.Error("without a folder there are names for recordings")
	}
}

// A call of a queue that is always recorded leaves its sound, its record and its transcript, each where the configuration says, and no other account can look in.
func TestConfiguredCallIsRecordedAndTraced(t *testing.T) {
	path := writeConfig(t, soundConfig)
	dir := filepath.Dir(path)
	k := startTalking(t, path, func(*settings) {})
	id := k.call(t, func(string) {})
	written(t, filepath.Join(dir, "traces"), 1)
	k.close(atOnce())
	wav, err := filepath.Glob(filepath.Join(dir, "sound", "*", id+".wav"))
	if err != nil || len(wav) != 1 {
		t.Fatalf("recordings: %v, %v\n%s", wav, err, k.log)
	}
	day := filepath.Base(filepath.Dir(wav[0]))
	if text, err := os.ReadFile(wav[0]); err != nil || !bytes.HasPrefix(text, []byte("RIFF")) || len(text) <= 44 {
		t.Errorf("%d bytes of sound, %v", len(text), err)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "calls", "*.jsonl"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("records: %v, %v", kept, err)
	}
	if text, err := os.ReadFile(kept[0]); err != nil || !strings.Contains(string(text), `"file":"`+day+"/"+id+`.wav"`) || strings.Contains(string(text), dir) {
		t.Errorf("the record is %s, %v", text, err)
	}
	for _, folder := range []string{"sound", "traces"} {
		if info, err := os.Stat(filepath.Join(dir, folder)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", folder, info.Mode(), err)
		}
	}
	replay.Folder(t, filepath.Join(dir, "traces"))
}

// check tells what is recorded and traced, and tries the folders; what could not be kept, or makes no sense, is told with its place.
func TestCheckTellsOfRecordings(t *testing.T) {
	out := checked(t, soundConfig)
	for _, want := range []string{"/sound, for 30 days\n", "billing: always\n", "sales: when the agent asks for it\n", "quiet: never\n", "  calls out    when the agent asks for it\n",
		"/traces, masked, at most 5: calls that are asked for, and those of traces.match\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for _, row := range []struct{ from, to, want string }{
		{"folder: sound", "folder: secret", "recordings.folder: "},
		{"folder: traces", "folder: none/traces", "traces.folder: "},
		{"cause: normal", "cause: bad_luck", `:11:64: traces.match[0].cause: "bad_luck" is no cause`},
	} {
		if out, err := offhook(t, "check", "-config", writeConfig(t, strings.Replace(soundConfig, row.from, row.to, 1))); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v\n%s", row.to, err, out)
		}
	}
	for _, row := range []struct{ from, to, want string }{
		{"files: 5", "files: 5, mask: false", "Warning        traces.mask: customers' numbers"},
		{"media_networks: [127.0.0.1/32]", "codecs: [opus, PCMA]", "Warning        queue billing does not record calls by trunk pbx that have opus"},
		{"record: always}, {name: sales, record: agent}, {name: quiet}]", "}]", "Warning        recordings.folder: no queue's record"},
	} {
		if out := checked(t, strings.Replace(strings.Replace(soundConfig, row.from, row.to, 1), "dial: {record: agent}", "", 1)); !strings.Contains(out, row.want) {
			t.Errorf("no %q in\n%s", row.want, out)
		}
	}
}

// A server whose configuration names no folder for traces says so to who asks for one.
func TestTracesAreOffByDefault(t *testing.T) {
	k := startTalking(t, writeConfig(t, tracedConfig), func(*settings) {})
	if got := k.ask(t, someCall, "application/json", `{"on": true}`); got != http.StatusConflict {
		t.Errorf("got %d", got)
	}
}
