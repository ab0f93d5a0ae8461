package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Need gives the paths of programs. It skips the test if one of them is not installed.
func Need(t testing.TB, names ...string) []string {
	t.Helper()
	var paths []string
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			Missing(t, name+" is not installed")
		}
		paths = append(paths, path)
	}
	return paths
}

// Missing skips the test, or fails it where nothing may be missing.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("OFFHOOK_CI") != "" {
		t.Fatal(what + "; make test installs what is missing")
	}
	t.Skip(what)
}

// Exited tells how a program ended, for a message: its exit code and the last of what it said.
func Exited(err error, output []byte) string {
	text := strings.TrimSpace(string(output))
	if len(text) > 4000 {
		text = "…" + text[len(text)-4000:]
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Sprintf("exit code %d\n%s", exit.ExitCode(), text)
	}
	return fmt.Sprintf("%v\n%s", err, text)
}

// Patience is how long a test waits for what has to come, however much else the machine has to do. Nothing is judged by it: what must be quick is measured.
const Patience = 2 * time.Minute

// Patiently is [Within] Patience.
func Patiently(t testing.TB) context.Context {
	t.Helper()
	return Within(t, Patience)
}

// Within is a context that ends with the test, or after d.
func Within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
