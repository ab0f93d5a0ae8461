package main

import (
	"log/slog"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"offhook/translator/dialog"
)

const (
	// memoryShare is how much of GOMEMLIMIT may be held before new calls are refused. What is left is for the calls that are there: without it the garbage collector, which
	// has to stay below the limit, would take all of the processors and their sound with it.
	memoryShare = 0.8
	// memoryEvery is how often the memory is looked at.
	memoryEvery = 250 * time.Millisecond
	// guardSays is how often the log is told.
	guardSays = time.Minute
)

// guard stands in front of the exchange, and lets no new call in while the process holds too much memory: the caller gets a 503 without any state (security.md §5). Without
// GOMEMLIMIT it does nothing.
type guard struct {
	dialog.Handler

	// Fixed after newGuard.
	most  uint64        // bytes; 0 for no bound
	held  func() uint64 // bytes that the process holds and no collection would free
	count func(reason string)
	log   *slog.Logger

	mu     sync.Mutex // guards the fields below
	looked time.Time
	isFull bool
	told   time.Time
}

func newGuard(inner dialog.Handler, count func(reason string), log *slog.Logger) *guard {
	g := &guard{Handler: inner, held: heldMemory, count: count, log: log}
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		g.most = uint64(memoryShare * float64(limit))
	}
	return g
}

// Admit is part of dialog.Handler.
func (g *guard) Admit() bool {
	if !g.hasRoom(time.Now()) {
		g.count("memory")
		return false
	}
	return g.Handler.Admit()
}

// hasRoom reports whether another call's memory is there, as of a moment ago.
func (g *guard) hasRoom(now time.Time) bool {
	if g.most == 0 {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.looked.IsZero() && now.Sub(g.looked) < memoryEvery {
		return !g.isFull
	}
	held := g.held()
	g.looked, g.isFull = now, held >= g.most
	if g.isFull && (g.told.IsZero() || now.Sub(g.told) >= guardSays) {
		g.told = now
		g.log.Warn("new calls are refused: memory", "held_mib", held>>20, "most_mib", g.most>>20)
	}
	return !g.isFull
}

// heldMemory is what GOMEMLIMIT counts, less what is garbage or free: the heap that the last collection found in use, stacks, and what the runtime keeps for itself.
func heldMemory() uint64 {
	at := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"},
	}
	metrics.Read(at)
	held := at[5].Value.Uint64() + at[0].Value.Uint64()
	for _, free := range at[1:5] {
		held -= min(held, free.Value.Uint64())
	}
	return held
}
