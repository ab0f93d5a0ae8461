package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// scanner is the tool that looks for known holes, and its version.
const scanner = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"

// No hole is known in what the program calls. OFFHOOK_VULNDB is a folder with the Go vulnerability database, unpacked; without it the test is skipped, as
// it is nothing that a build needs.
func TestSecurityNoKnownHoles(t *testing.T) {
	db := os.Getenv("OFFHOOK_VULNDB")
	if db == "" {
		t.Skip("OFFHOOK_VULNDB names no folder with the vulnerability database")
	}
	db, err := filepath.Abs(db)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", scanner, "-db", "file://"+filepath.ToSlash(db), "-format", "json", "./cmd/...")
	cmd.Dir = "../.."
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	scanned, holes := readScan(t, &out)
	for module := range floors {
		if !slices.Contains(scanned, module) {
			t.Errorf("%s was not scanned: the scan is of something else", module)
		}
	}
	if len(scanned) < 40 {
		t.Errorf("%d modules were scanned", len(scanned))
	}
	for _, hole := range holes {
		t.Errorf("%s is called", hole)
	}
	t.Logf("%d modules, %d holes", len(scanned), len(holes))
}

// readScan reads the scanner's messages: which modules it looked at, and which holes the program's own code reaches.
func readScan(t *testing.T, from io.Reader) (modules, holes []string) {
	t.Helper()
	for d := json.NewDecoder(from); ; {
		var message struct {
			SBOM *struct {
				Modules []struct{ Path string } `json:"modules"`
			} `json:"SBOM"`
			Finding *struct {
				OSV   string                      `json:"osv"`
				Trace []struct{ Function string } `json:"trace"`
			} `json:"finding"`
		}
		err := d.Decode(&message)
		if errors.Is(err, io.EOF) {
			return modules, holes
		}
		if err != nil {
			t.Fatal(err)
		}
		if s := message.SBOM; s != nil {
			for _, m := range s.Modules {
				modules = append(modules, m.Path)
			}
		}
		if f := message.Finding; f != nil && len(f.Trace) > 0 && f.Trace[0].Function != "" && !slices.Contains(holes, f.OSV) {
			holes = append(holes, f.OSV)
		}
	}
}

// A hole counts where a function of it is reached, not where its module is merely there.
func TestReadScan(t *testing.T) {
	var text bytes.Buffer
	for _, message := range []string{
		`{"config": {}}`, `{"SBOM": {"modules": [{"path": "offhook"}, {"path": "golang.org/x/net"}]}}`,
		`{"finding": {"osv": "GO-1", "trace": [{"module": "golang.org/x/net"}]}}`,
		`{"finding": {"osv": "GO-2", "trace": [{"module": "golang.org/x/net", "function": "Parse"}, {"function": "main"}]}}`,
		`{"finding": {"osv": "GO-2", "trace": [{"module": "golang.org/x/net", "function": "Other"}]}}`,
	} {
		text.WriteString(message + "\n")
	}
	modules, holes := readScan(t, &text)
	if !slices.Equal(modules, []string{"offhook", "golang.org/x/net"}) || !slices.Equal(holes, []string{"GO-2"}) {
		t.Errorf("got %v, %v", modules, holes)
	}
}
