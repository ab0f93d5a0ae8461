package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const traces = "../../testdata/traces/"

// copyOf puts a file into a folder of its own, without its expectation.
func copyOf(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

func wantText(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("no %q in\n%s", w, out)
		}
	}
}

// A capture that goes as it was recorded succeeds; one that differs fails, with marks in the ladder and the packet of each difference.
func TestReplayCapture(t *testing.T) {
	out, err := offhook(t, "replay", copyOf(t, traces+"baresip-in-answered.pcap"))
	if err != nil {
		t.Error(err)
	}
	wantText(t, out, "INVITE from lab (127.0.0.65:5060) to bar (127.0.0.70:5060)", "|-- INVITE (SDP) ------------>|", "same    ", "normal by caller, 0 differences")
	out, err = offhook(t, "replay", copyOf(t, traces+"asterisk-in-early-prack.pcap"))
	if err == nil {
		t.Error("a capture that differs succeeds")
	}
	wantText(t, out, "- |<........ 183 INVITE (SDP) ..|", "+ |<-------------- 180 INVITE --|", "packet 3      - 183 INVITE", "              + 180 INVITE", "differs ")
}

// With the expectation beside it, what is explained is right; from the other end an agent dials.
func TestReplayExpectedCapture(t *testing.T) {
	out, err := offhook(t, "replay", "-q", traces+"asterisk-in-early-prack.pcap")
	if err != nil {
		t.Error(err)
	}
	wantText(t, out, "as expected")
	out, err = offhook(t, "replay", "-side", "callee", traces+"asterisk-in-early-prack.pcap")
	if err != nil {
		t.Error(err)
	}
	wantText(t, out, "<---------------------- dial (SDP) --|", "same    ")
}

// The calls of a capture are listed, one of them is played, and its messages are printed as JSON.
func TestReplayListAndJSON(t *testing.T) {
	out, err := offhook(t, "replay", "-list", traces+"asterisk-phone-transfer.pcap")
	if err != nil {
		t.Error(err)
	}
	wantText(t, out, "  1  ", "  2  ", "INVITE from baresip (127.0.0.10:5060) to 8000 (127.0.0.66:5060), 4 messages, Call-ID 3e637aab")
	out, err = offhook(t, "replay", "-json", "-call", "1", "-side", "callee", traces+"asterisk-phone-transfer.pcap")
	if err != nil {
		t.Error(err)
	}
	var got replayJSON
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Trunk != "callee" || got.Outcome != "transferred by agent" || !got.Same || len(got.Messages) < 20 || got.Messages[1].Frame == nil {
		t.Errorf("got %+v", got)
	}
	if out, err = offhook(t, "replay", "-json", "../../testdata/replay/rfc3665-cancelled.txtar"); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || !got.Same || got.Outcome == "" {
		t.Errorf("a transcript as JSON: %v, %+v", err, got)
	}
}

// A capture is saved as a transcript, masked, which replays; and a transcript is masked too.
func TestReplaySavesMasked(t *testing.T) {
	saved := filepath.Join(t.TempDir(), "saved.txtar")
	if _, err := offhook(t, "replay", "-q", "-mask", "-call", "1", "-side", "caller", "-save", saved, traces+"baresip-in-hold.pcap"); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "bar@") || strings.Contains(string(text), "127.0.0") {
		t.Errorf("not masked:\n%s", text)
	}
	out, err := offhook(t, "replay", "-q", saved)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	again := filepath.Join(t.TempDir(), "again.txtar")
	if _, err := offhook(t, "replay", "-mask", "-save", again, "../../testdata/replay/rfc3665-answered-caller-hangs-up.txtar"); err != nil {
		t.Error(err)
	}
	if out, err := offhook(t, "replay", "-q", again); err != nil || strings.Contains(out, "DIFFERS") {
		t.Errorf("%v\n%s", err, out)
	}
}

// An expectation is written beside the capture.
func TestReplayWritesExpectation(t *testing.T) {
	file := copyOf(t, traces+"janus-in-answered.pcap")
	if _, err := offhook(t, "replay", "-expect", file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(strings.TrimSuffix(file, ".pcap") + ".expect")
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, string(text), "-- call 1 caller --", "outcome: normal by caller", "~ 200 INVITE: events yes, recorded no\n  ?\n")
	if out, err := offhook(t, "replay", "-q", file); err == nil {
		t.Errorf("a difference that nobody explained is right:\n%s", out)
	}
}

// What cannot be done says why.
func TestReplayErrors(t *testing.T) {
	for _, row := range []struct {
		want string
		args []string
	}{
		{"replay needs a file", nil},
		{"no such file", []string{"gone.pcap"}},
		{"not a capture", []string{rename(t, copyOf(t, traces+"janus-in-answered.expect"))}},
		{"it is no transcript", []string{copyOf(t, traces+"../README.md")}},
		{"none of 2 calls", []string{"-call", "17", traces + "asterisk-phone-called.pcap"}},
		{"is no end of this call", []string{"-side", "192.0.2.77", "-call", "1", traces + "asterisk-phone-called.pcap"}},
		{"-save writes one call, and 2", []string{"-save", "x", traces + "asterisk-phone-called.pcap"}},
	} {
		if _, err := offhook(t, append([]string{"replay"}, row.args...)...); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v: %v, want %q", row.args, err, row.want)
		}
	}
}

// rename gives a file the name of a capture.
func rename(t *testing.T, file string) string {
	t.Helper()
	to := strings.TrimSuffix(file, filepath.Ext(file)) + ".pcap"
	if err := os.Rename(file, to); err != nil {
		t.Fatal(err)
	}
	return to
}
