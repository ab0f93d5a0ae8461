package e2e

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// buildFlags are given to go build; the program has the race detector where the tests have it.
var buildFlags []string

// program is the offhook that is tested, and shots the folder for screenshots.
var program, shots string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "offhook-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if shots = os.Getenv("OFFHOOK_SHOTS"); shots == "" {
		shots = filepath.Join(dir, "screenshots")
	}
	program = os.Getenv("OFFHOOK_PROGRAM") // an inner run of the tests, or one that is tested by hand
	if program == "" {
		program = filepath.Join(dir, "offhook")
		if err := build(program); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	code := m.Run()
	if kept, err := os.ReadDir(shots); err == nil && len(kept) > 0 && os.Getenv(inner) == "" {
		fmt.Printf("%d screenshots in %s\n", len(kept), shots)
		_ = os.Remove(filepath.Join(dir, "offhook"))
		return code
	}
	_ = os.RemoveAll(dir)
	return code
}

func build(to string) error {
	args := append([]string{"build", "-o", to}, buildFlags...)
	command := exec.Command("go", append(args, "offhook/cmd/offhook")...)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building offhook: %w\n%s", err, out)
	}
	return nil
}

// need skips the test if one of these programs is not installed. It gives their paths.
func need(t *testing.T, names ...string) []string {
	t.Helper()
	var paths []string
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			missing(t, fmt.Sprintf("%s is not installed", name))
		}
		paths = append(paths, path)
	}
	return paths
}

// missing skips the test, or fails it where nothing may be missing.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("OFFHOOK_CI") != "" {
		t.Fatal(what + "; make test installs what is missing")
	}
	t.Skip(what)
}

// exited tells how a program ended, for a message.
func exited(err error, output []byte) string {
	text := strings.TrimSpace(string(output))
	if len(text) > 4000 {
		text = "…" + text[len(text)-4000:]
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Sprintf("exit code %d\n%s", exit.ExitCode(), text)
	}
	return fmt.Sprintf("%v\n%s", err, text)
}
