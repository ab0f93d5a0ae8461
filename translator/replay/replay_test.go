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
