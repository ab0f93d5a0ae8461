package replay

import (
	"path/filepath"
	"strings"
	"testing"
)

// What was played of any capture, from either end, is saved as a transcript that gives the same again.
func TestSavedTracesReplay(t *testing.T) {
	files, err := filepath.Glob("../../testdata/*/*.pcap")
	if err != nil || len(files) < 70 {
		t.Fatalf("%d captures, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".pcap"), func(t *testing.T) {
			c, err := OpenCapture(file)
			if err != nil {
				t.Fatal(err)
			}
			calls := c.Calls()
			for _, r := range calls {
				for _, side := range [...]Side{SideCaller, SideCallee} {
					saved(t, r, side, calls)
				}
			}
		})
	}
}

func saved(t *testing.T, call *RecordedCall, side Side, calls []*RecordedCall) {
	t.Helper()
	result, err := PlayCall(call, side, calls)
	if err != nil {
		t.Fatal(err)
	}
	text := result.Transcript()
	tr, err := Parse("saved", text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Play(tr)
	if err != nil {
		t.Fatalf("%s: %v\n%s", side, err, text)
	}
	for _, d := range r.Differences {
		t.Errorf("%s: %s", side, d)
	}
	if len(r.Differences) > 0 {
		t.Log(text)
	}
}
