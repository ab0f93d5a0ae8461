package replay

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Calls of real systems with each other go with offhook in either's place as they were recorded, but for the differences that their expectations explain.
func TestTraces(t *testing.T) { Folder(t, "../../testdata/traces") }

// Calls of real programs with offhook go today as they went.
func TestRecorded(t *testing.T) { Folder(t, "../../testdata/recorded") }

// Calls between Asterisk and offhook go today as they went.
func TestAsterisk(t *testing.T) { Folder(t, "../../testdata/asterisk") }

// told is a Runner that collects what it is told.
type told struct {
	errors []string
	logs   string
	names  []string
}

func (t *told) Helper() {}
func (t *told) Run(name string, f func(*told)) bool {
	n := len(t.errors)
	t.names = append(t.names, name)
	f(t)
	return len(t.errors) == n
}
func (t *told) Errorf(format string, args ...any) {
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}
func (t *told) Fatalf(format string, args ...any) { t.Errorf(format, args...) }
func (t *told) Log(args ...any)                   { t.logs += fmt.Sprint(args...) }

// A folder's test fails, with the ladder, where a transcript differs, where a capture differs without an expectation, and where one expects something else or
// explains nothing; what no kind of record is stays aside.
func TestFolderFails(t *testing.T) {
	dir := t.TempDir()
	copyTo := func(from, to string, change ...string) {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer(change...).Replace(string(b))
		if err := os.WriteFile(filepath.Join(dir, to), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	traces := "../../testdata/traces/"
	copyTo(traces+"baresip-in-answered.pcap", "a-same.pcap")
	copyTo(traces+"janus-in-answered.pcap", "b-unexplained.pcap")
	copyTo(traces+"asterisk-in-answered.pcap", "c-other-outcome.pcap")
	copyTo(traces+"asterisk-in-answered.expect", "c-other-outcome.expect", "normal by caller", "normal by agent")
	copyTo(traces+"janus-in-answered.pcap", "d-no-reason.pcap")
	copyTo(traces+"janus-in-answered.expect", "d-no-reason.expect", "the agent at Janus took no telephone events, offhook does", "?")
	copyTo("../../testdata/replay/rfc3665-cancelled.txtar", "e-transcript.txtar", "SIP/2.0 487", "SIP/2.0 486")
	copyTo(traces+"asterisk-in-answered.expect", "f-notes.txt")
	copyTo(traces+"asterisk-in-answered.expect", "g-broken.pcap")
	copyTo(traces+"kamailio-register-badpw.pcap", "h-no-call.pcap")
	var got told
	Folder(&got, dir)
	want := []string{
		`call 1 caller: "~ 200 INVITE: events yes, recorded no" is not expected here`,
		`call 1 caller: the outcome is "normal by caller", expected "normal by agent"`,
		`call 1 caller: nobody has said why "~ 200 INVITE: events yes, recorded no" is right`,
		`expected "SIP/2.0 486"`,
		"replay: not a capture",
		"replay: the capture holds no call",
	}
	if len(got.names) != 7 || len(got.errors) != len(want) {
		t.Fatalf("subtests %q, errors:\n%s", got.names, strings.Join(got.errors, "\n"))
	}
	for i, w := range want {
		if !strings.Contains(got.errors[i], w) {
			t.Errorf("error %d is %q, want %q", i, got.errors[i], w)
		}
	}
	if !strings.Contains(got.logs, "~ |<-------- 200 INVITE (SDP) --|") {
		t.Errorf("no ladder with its marks: %s", got.logs)
	}
}

// A folder without records is a mistake, and so is one that is not there.
func TestFolderWithoutRecords(t *testing.T) {
	var got told
	Folder(&got, t.TempDir())
	Folder(&got, filepath.Join(t.TempDir(), "not there"))
	if len(got.errors) != 3 || !strings.Contains(got.errors[0], "holds no recorded call") {
		t.Errorf("errors %q", got.errors)
	}
}
