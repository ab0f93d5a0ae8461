package protocol

// MaxEntries is the most that a directory request finds.
const MaxEntries = 50

// DirectoryEntry is one whom a directory request finds: an agent, or a queue.
type DirectoryEntry struct {
	Kind string `json:"kind"` // agent or queue
	// ID is the agent's ID or the queue's name: agent:ID and queue:ID are what dial and transfer take.
	ID string `json:"id"`
	// Name is the agent's name or the queue's; Label is how a queue is shown, "" for by its name.
	Name  string `json:"name"`
	Label string `json:"label,omitempty"`

	// Of an agent: what he does, why and since when, and some of the queues that he serves.
	State  AgentState `json:"state,omitempty"`
	Reason string     `json:"reason,omitempty"`
	Since  Time       `json:"since,omitzero"`
	Queues []string   `json:"queues,omitempty"`

	// Of a queue: callers waiting, how long the first of them, and agents who can be asked now. nil for an agent.
	Waiting       *int   `json:"waiting,omitempty"`
	LongestWaitMS *int64 `json:"longest_wait_ms,omitempty"`
	Available     *int   `json:"available,omitempty"`
}

// The kinds of directory entries.
const (
	KindAgent = "agent"
	KindQueue = "queue"
)

// maxEntryQueues bounds what an agent's entry takes in a frame.
const maxEntryQueues = 8

// AgentEntry is the entry of an agent.
func AgentEntry(a Agent) DirectoryEntry {
	n := min(len(a.Queues), maxEntryQueues)
	return DirectoryEntry{Kind: KindAgent, ID: a.ID, Name: a.Name, State: a.State, Reason: a.Reason, Since: a.Since, Queues: a.Queues[:n:n]}
}

// QueueEntry is the entry of a queue, as its figures are now. label is how it is shown, "" for by its name.
func QueueEntry(q QueueFigures, label string) DirectoryEntry {
	return DirectoryEntry{Kind: KindQueue, ID: q.Name, Name: q.Name, Label: label, Waiting: &q.Waiting, LongestWaitMS: &q.LongestWaitMS, Available: &q.Available}
}

// Found is the reply to the directory request with that id. entries may be nil.
func Found(id int64, entries []DirectoryEntry) Reply {
	r := Ok(id)
	entries = list(entries)
	r.Entries = &entries
	return r
}
