package replay

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden ladder")

// The ladder shows a reload in mid-call as one would draw it by hand.
func TestLadder(t *testing.T) {
	r := playFile(t, "../../testdata/replay/reload-in-a-call.txtar")
	var b bytes.Buffer
	if err := Ladder(&b, r); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/reload-in-a-call.ladder"
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("the ladder is\n%s\nwant\n%s", b.Bytes(), want)
	}
}

// A message that repeats an earlier one says so, one too long for its arrow is cut, and what is no message stands at its line.
func TestLadderMarks(t *testing.T) {
	r := &Result{Messages: []Message{
		{Party: "trunk", In: true, SIP: "OPTIONS sip:us SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n"},
		{Party: "trunk", In: true, SIP: "OPTIONS sip:us SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n"},
		{Party: "alice", In: true, Note: "socket lost"},
		{Party: mediaParty, In: true, Note: "silent"},
		{Party: "alice", Object: map[string]any{"type": "a-type-that-is-far-too-long-for-any-arrow"}},
	}}
	var b bytes.Buffer
	if err := Ladder(&b, r); err != nil {
		t.Fatal(err)
	}
	want := "" +
		"           trunk                        offhook                                alice\n" +
		"     0.000   |-- OPTIONS ----------------->|                                     |\n" +
		"             |-- OPTIONS again ----------->|                                     |\n" +
		"             |                             |                        socket lost  x\n" +
		"             |                             | * media silent                      |\n" +
		"             |                             |-- a-type-that-is-far-too-long-f… -->|\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
