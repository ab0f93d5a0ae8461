package replay

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every transcript of testdata/replay gives what it says.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("../../testdata/replay/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 12 {
		t.Errorf("%d transcripts, want at least 12", len(files))
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			r := playFile(t, name)
			for _, d := range r.Differences {
				t.Error(d)
			}
			if t.Failed() {
				var b bytes.Buffer
				if err := Ladder(&b, r); err != nil {
					t.Fatal(err)
				}
				t.Log("\n" + b.String())
			}
		})
	}
}

func playFile(t *testing.T, name string) *Result {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := Parse(filepath.Base(name), string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"source", "rule"} {
		if tr.Header[key] == "" {
			t.Errorf("the header has no %s", key)
		}
	}
	r, err := Play(tr)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const refusedCall = `title: A caller is refused
outcome: none

-- 0s trunk --
OPTIONS sip:192.0.2.20 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1
Max-Forwards: 70
From: <sip:pbx@192.0.2.10>;tag=1
To: <sip:192.0.2.20>
Call-ID: options-1
CSeq: 1 OPTIONS

-- expect trunk at 0s --
SIP/2.0 200 OK
Allow: INVITE
`

// What differs is said, with its line: a wrong answer, a wrong time, a missing or a forbidden line, a message too many, another outcome, a frame that never came.
func TestDifferences(t *testing.T) {
	rows := []struct{ name, old, new, want string }{
		{"nothing", "", "", ""},
		{"status", "SIP/2.0 200 OK", "SIP/2.0 486", `t:13: trunk got "SIP/2.0 200 OK", expected "SIP/2.0 486"`},
		{"time", "at 0s", "at 2s", "t:13: trunk got SIP/2.0 200 OK at 0s, expected at 2s"},
		{"line", "Allow: INVITE", "Allow: MESSAGE", `t:13: trunk got "SIP/2.0 200 OK" without "Allow: MESSAGE"`},
		{"absence", "Allow: INVITE", "! Allow: INVITE", `t:13: trunk got "SIP/2.0 200 OK" with "Allow: INVITE"`},
		{"surplus", "-- expect trunk at 0s --\nSIP/2.0 200 OK\nAllow: INVITE\n", "", "t:0: 0s: trunk got SIP/2.0 200 OK, which no part expects"},
		{"outcome", "outcome: none", "outcome: normal by caller", `t:0: the outcome is "none", expected "normal by caller"`},
		{"frame", "Allow: INVITE\n", "Allow: INVITE\n-- expect alice --\n{\"type\": \"call\"}\n", `t:16: alice got nothing, expected {"type": "call"}`},
		{"member", "Allow: INVITE\n", "-- 1s alice hello --\n-- expect alice --\n{\"calls\": [1]}\n", `calls is [], expected [1]`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			tr, err := Parse("t", strings.Replace(refusedCall, row.old, row.new, 1))
			if err != nil {
				t.Fatal(err)
			}
			r, err := Play(tr)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(r.Differences, "\n")
			if (row.want == "") != (got == "") || !strings.Contains(got, row.want) {
				t.Errorf("differences:\n%s\nwant %q", got, row.want)
			}
		})
	}
}

// A transcript that cannot be read says where.
func TestParseErrors(t *testing.T) {
	rows := []struct{ text, want string }{
		{"", "needs title and outcome"},
		{"title x\n", "t:1: "},
		{"title: x\noutcome: y\n-- soon trunk --\n", "t:3: "},
		{"title: x\noutcome: y\n-- expect trunk at --\n", "t:3: expect wants a party"},
		{"title: x\noutcome: y\n-- 1s --\n", "t:3: a part is"},
		{"title: x\noutcome: y\n-- until later --\n", "t:3: "},
	}
	for _, row := range rows {
		if _, err := Parse("t", row.text); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q: error %v, want %q", row.text, err, row.want)
		}
	}
}

// A transcript that cannot be played says why.
func TestPlayErrors(t *testing.T) {
	rows := []struct{ header, parts, want string }{
		{"ring_for: long\n", "", "invalid duration"},
		{"capacity: many\n", "", "capacity"},
		{"", "-- 2s alice hello --\n-- 1s alice hello --\n", "in the past"},
		{"", "-- 1s media louder --\n", `media "louder"`},
		{"", "-- 1s media up --\n", "no call has media"},
		{"", "-- 1s alice sings --\n", `agent "sings"`},
		{"", "-- 1s alice --\n{\"type\": \"sing\"}\n", "does not know that request"},
	}
	for _, row := range rows {
		tr, err := Parse("t", "title: x\noutcome: none\n"+row.header+row.parts)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Play(tr); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q: error %v, want %q", row.header+row.parts, err, row.want)
		}
	}
}
