package replay

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

const explained = `title: Called by Janus
origin: sipp to Janus

-- call 1 caller --
outcome: normal by caller
~ 200 INVITE: events yes, recorded no
  the agent there
  took none
# a comment
-- call 1 callee --
outcome: normal by agent
`

// An expectation is read as it is written, with its reasons on one line.
func TestExpectationIsText(t *testing.T) {
	e, err := ParseExpectation("x", explained)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Plays) != 2 || e.Plays[0].Differences[0] != (ExpectedDifference{"~ 200 INVITE: events yes, recorded no", "the agent there took none"}) || e.Plays[1].Side != SideCallee {
		t.Errorf("got %+v", e)
	}
	again, err := ParseExpectation("x", e.String())
	if err != nil || again.String() != e.String() {
		t.Errorf("printed and read again: %v\n%s", err, again)
	}
}

// What cannot be read is named with its line.
func TestExpectationErrors(t *testing.T) {
	head := "title: x\norigin: y\n"
	for _, row := range []struct{ text, want string }{
		{"", "needs title and origin"},
		{"title x", "x:1: "},
		{head, "no call is played"},
		{head + "-- call --", "x:3: a part is"},
		{head + "-- call one caller --", "x:3: "},
		{head + "-- call 1 left --", `x:3: "left" is neither`},
		{head + "-- call 1 caller --\nwell", `x:4: "well" is neither`},
		{head + "-- call 1 caller --\n  a reason of nothing", "x:4: "},
	} {
		if _, err := ParseExpectation("x", row.text); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q: %v, want %q", row.text, err, row.want)
		}
	}
	if _, err := ParseExpectation("x", head+"nothing: a registration"); err != nil {
		t.Error(err)
	}
	if _, err := ReadExpectation(t.TempDir() + "/none.pcap"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
}

// Expect writes what comes out today, keeps the reasons that are there, and asks for those that are not.
func TestExpectKeepsReasons(t *testing.T) {
	c := trace(t, "janus-in-hold")
	fresh, err := Expect(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(fresh.Plays) != 1 || fresh.Plays[0].Outcome != "normal by caller" || len(fresh.Plays[0].Differences) != 3 || fresh.Plays[0].Differences[0].Why != unexplained {
		t.Errorf("got %s", fresh)
	}
	old, err := ParseExpectation("x", explained)
	if err != nil {
		t.Fatal(err)
	}
	now, err := Expect(old, c)
	if err != nil {
		t.Fatal(err)
	}
	text := now.String()
	if !strings.HasPrefix(text, "title: Called by Janus\n") || strings.Count(text, "the agent there took none") != 3 || !strings.Contains(text, "~ INVITE: events no, recorded yes\n  ?\n") {
		t.Errorf("got\n%s", text)
	}
}

// A call that the capture does not have, and a difference that is expected and does not come, are wrong.
func TestExpectationChecks(t *testing.T) {
	e, err := ParseExpectation("x", strings.ReplaceAll(explained, "call 1 callee", "call 7 callee"))
	if err != nil {
		t.Fatal(err)
	}
	_, wrong := e.Check(trace(t, "baresip-in-answered"))
	got := strings.Join(wrong, "\n")
	if !strings.Contains(got, "0 differences, expected 1") || !strings.Contains(got, "no such call: 7 of 1") {
		t.Errorf("got %s", got)
	}
}

// The expectations of testdata/traces are as the command writes them.
func TestExpectationsAreInForm(t *testing.T) {
	files, err := fs.Glob(os.DirFS("../../testdata/traces"), "*.expect")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile("../../testdata/traces/" + name)
		if err != nil {
			t.Fatal(err)
		}
		e, err := ParseExpectation(name, string(text))
		if err != nil {
			t.Error(err)
		} else if e.String() != string(text) {
			t.Errorf("%s is not in form: want\n%s", name, e)
		}
	}
}
