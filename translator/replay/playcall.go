package replay

import (
	"fmt"
	"slices"
)

// CallResult is what came of playing one call of a capture.
type CallResult struct {
	// Call is what was played; TrunkCalls says which end of it was the trunk's.
	Call       *RecordedCall
	TrunkCalls bool
	// Messages are what was sent now, with marks, and between them what was recorded and is gone.
	Messages []Message
	// Outcome is how the call ended, as the log says; "none" where none came to be.
	Outcome string
	// Differences are where it is not as recorded. Whether they are right is for a person to say; see [Expectation].
	Differences []Difference
	// Settings are what offhook was set to so that it could do what the recorded end did, as a transcript's header names them.
	Settings []string
	// Notes say what was not played as recorded, and why.
	Notes []string
	// Problems must never be: a panic, a message that was never expected, something left behind.
	Problems []string

	settings [][2]string
}

// PlayCall plays one end of a recorded call against the translator, in virtual time: the trunk's messages come at their recorded times, the agent (named "agent")
// does what makes offhook do what the recorded end did. others are all calls of the capture. The error says that it cannot be played at all.
func PlayCall(r *RecordedCall, side Side, others []*RecordedCall) (*CallResult, error) {
	f, err := newFollower(r, side, others)
	if err != nil {
		return nil, err
	}
	if err := f.play(); err != nil {
		return nil, fmt.Errorf("replay: %s: %w", r.Title(), err)
	}
	out := &CallResult{Call: r, TrunkCalls: f.trunkCalls, Notes: f.notes, Problems: slices.Clone(f.w.Problems()), settings: f.settings}
	if err := f.w.Idle(); err != nil {
		out.Problems = append(out.Problems, err.Error())
	}
	for _, s := range f.settings {
		out.Settings = append(out.Settings, s[0]+": "+s[1])
	}
	out.Outcome = outcomeOf(f.w)
	out.Messages, out.Differences = f.compare()
	return out, nil
}

// outcomeOf says how all the calls of a world ended.
func outcomeOf(w *World) string {
	p := player{w: w}
	return p.outcome()
}
