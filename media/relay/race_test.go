//go:build race

package relay

// raced says that the race detector is on: it makes pools forget on purpose, so allocations cannot be counted.
const raced = true
