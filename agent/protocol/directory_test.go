package protocol

import (
	"strings"
	"testing"
)

// An empty search has entries all the same, another reply has none.
func TestFoundIsAlwaysAList(t *testing.T) {
	for want, r := range map[string]Reply{
		`{"type":"ok","id":7,"entries":[]}`: Found(7, nil), `{"type":"ok","id":8}`: Ok(8),
		`{"type":"ok","id":9,"entries":[{"kind":"queue","id":"q","name":"q","waiting":0,"longest_wait_ms":0,"available":0}]}`: Found(9, []DirectoryEntry{QueueEntry(QueueFigures{Name: "q"}, "")}),
		`{"type":"ok","id":3,"entries":[{"kind":"agent","id":"ana","name":"Ana","state":"away","reason":"lunch"}]}`:           Found(3, []DirectoryEntry{AgentEntry(Agent{ID: "ana", Name: "Ana", State: Away, Reason: "lunch"})}),
	} {
		if got := string(EncodeReply(r)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// An agent of many queues does not fill the frame, and what is appended to the entry is not the agent's.
func TestAgentEntryIsBounded(t *testing.T) {
	a := Agent{ID: "ana", Queues: strings.Split(strings.Repeat("q ", 20), " ")}
	e := AgentEntry(a)
	if len(e.Queues) != maxEntryQueues {
		t.Errorf("%d queues", len(e.Queues))
	}
	if _ = append(e.Queues, "x"); a.Queues[maxEntryQueues] == "x" {
		t.Error("the agent's queues were changed")
	}
}
