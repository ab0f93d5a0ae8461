package main

import (
	"bytes"
	"log/slog"
	"math"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"offhook/translator/dialog"
)

// admits is a handler that takes every call.
type admits struct{ dialog.Handler }

func (admits) Admit() bool { return true }

// At four fifths of GOMEMLIMIT new calls are refused, until there is room again; the memory is looked at four times a second, and the log is told once a minute.
func TestFaultMemoryNearItsLimit(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 40))
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		counted, looked, held := 0, 0, uint64(0)
		g := newGuard(admits{}, func(string) { counted++ }, slog.New(slog.NewTextHandler(&log, nil)))
		g.held = func() uint64 { looked++; return held }
		wants := func(want bool) {
			t.Helper()
			time.Sleep(memoryEvery)
			for range 100 {
				if got := g.Admit(); got != want {
					t.Fatalf("with %d held: %v", held, got)
				}
			}
		}
		wants(true)
		held = uint64(1<<40) / 100 * 81
		wants(false)
		wants(false)
		held = uint64(1<<40) / 100 * 79
		wants(true)
		if counted != 200 || looked != 4 {
			t.Errorf("%d were counted, the memory was looked at %d times", counted, looked)
		}
		if n := strings.Count(log.String(), "\n"); n != 1 {
			t.Errorf("%d lines:\n%s", n, &log)
		}
	})
}

// Without GOMEMLIMIT there is no bound.
func TestNoMemoryLimit(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	g := newGuard(admits{}, nil, nil)
	g.held = func() uint64 { t.Error("the memory was looked at"); return math.MaxUint64 }
	if !g.Admit() {
		t.Error("refused")
	}
}

// What is held is what cannot be freed: garbage does not count.
func TestHeldMemory(t *testing.T) {
	runtime.GC()
	before := heldMemory()
	kept := make([]byte, 64<<20)
	runtime.GC()
	with := heldMemory()
	runtime.KeepAlive(kept)
	kept = nil
	runtime.GC()
	after := heldMemory()
	if grew := int64(with) - int64(before); grew < 60<<20 || grew > 80<<20 {
		t.Errorf("64 MiB that are in use count as %d", grew)
	}
	if left := int64(after) - int64(before); left > 16<<20 {
		t.Errorf("of 64 MiB that were freed %d are left", left)
	}
}
