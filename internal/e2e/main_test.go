package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"offhook/internal/harness"
)

// buildFlags are given to go build; the program has the race detector where the tests have it.
var buildFlags []string

// program is the offhook that is tested, and shots the folder for screenshots.
var program, shots string

func TestMain(m *testing.M) {
	flag.Parse()
	if at, cores := flag.Lookup("test.parallel"), runtime.GOMAXPROCS(0); at.Value.String() == strconv.Itoa(cores) {
		_ = at.Value.Set(strconv.Itoa(cores + 1)) // the tests wait for sound most of their time
	}
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
		if err := harness.Build(program, buildFlags...); err != nil {
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
