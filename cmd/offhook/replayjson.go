package main

import (
	"encoding/json"
	"io"

	"offhook/translator/replay"
)

// replayJSON is one played call as "offhook replay -json" prints it.
type replayJSON struct {
	File        string        `json:"file"`
	Call        string        `json:"call"`
	CallID      string        `json:"sip_call_id,omitempty"`
	Trunk       string        `json:"trunk,omitempty"` // caller or callee
	Outcome     string        `json:"outcome"`
	Same        bool          `json:"same"`
	Differences []string      `json:"differences"`
	Notes       []string      `json:"notes,omitempty"`
	Problems    []string      `json:"problems,omitempty"`
	Messages    []messageJSON `json:"messages"`
}

// messageJSON is one message or event.
type messageJSON struct {
	AtMS   float64 `json:"at_ms"`
	Party  string  `json:"party"`
	In     bool    `json:"in"` // to offhook
	Mark   string  `json:"mark,omitempty"`
	Packet int     `json:"packet,omitempty"`
	SIP    string  `json:"sip,omitempty"`
	Frame  any     `json:"frame,omitempty"`
	Note   string  `json:"note,omitempty"`
}

func transcriptJSON(name string, r *replay.Result) replayJSON {
	return replayJSON{File: name, Call: r.Title, Outcome: r.Outcome, Same: len(r.Differences) == 0, Differences: notNull(r.Differences), Messages: messagesJSON(r.Messages)}
}

func callJSON(name string, r *replay.CallResult) replayJSON {
	j := replayJSON{File: name, Call: r.Call.Title(), CallID: r.Call.CallID, Trunk: "callee", Outcome: r.Outcome, Same: len(r.Differences)+len(r.Problems) == 0,
		Differences: []string{}, Notes: r.Notes, Problems: r.Problems, Messages: messagesJSON(r.Messages)}
	if r.TrunkCalls {
		j.Trunk = "caller"
	}
	for _, d := range r.Differences {
		j.Differences = append(j.Differences, d.Text)
	}
	return j
}

// notNull is a list that JSON shows as one, empty or not.
func notNull(list []string) []string { return append([]string{}, list...) }

func messagesJSON(messages []replay.Message) (out []messageJSON) {
	for i := range messages {
		m := &messages[i]
		j := messageJSON{AtMS: float64(m.At.Microseconds()) / 1000, Party: m.Party, In: m.In, Packet: m.Packet, SIP: m.SIP, Note: m.Note}
		if m.Mark != 0 {
			j.Mark = string(rune(m.Mark))
		}
		if frame := m.Frame(); frame != nil {
			j.Frame = frame
		}
		out = append(out, j)
	}
	return out
}

func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
