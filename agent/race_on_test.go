//go:build race

package agent

// raceDetector: memory and speed are not what they are without it.
const raceDetector = true
