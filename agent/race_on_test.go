//go:build race

package agent

// raceDetector: memory is not what it is without it.
const raceDetector = true
