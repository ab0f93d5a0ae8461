package directory

import (
	"encoding/json"
	"slices"
	"strings"

	"offhook/agent/protocol"
)

// maxBytes bounds what the entries of one reply take in its frame, which may have protocol.MaxFrame.
const maxBytes = protocol.MaxFrame - 2<<10

// Search gives the entries of a kind ("" for both) that a query means, at most protocol.MaxEntries: each of its words begins a word of the entry's
// name, label or ID, or of a queue that the agent serves. Neither case nor accents count, and ä may be written ae. An empty query means all. The entry of
// the agent asker is left out.
//
// Those who can be had now come first; see rank. entries is neither changed nor kept. It may be called from any goroutine.
func Search(entries []protocol.DirectoryEntry, query, kind, asker string) []protocol.DirectoryEntry {
	words := wordsOf(query)
	found := make([]hit, 0, protocol.MaxEntries+1)
	for i := range entries {
		e := &entries[i]
		if kind != "" && e.Kind != kind || e.Kind == protocol.KindAgent && e.ID == asker || !fits(e, words) {
			continue
		}
		found = keep(found, hit{e, rank(e), shown(e)})
	}
	return first(found)
}

// hit is an entry that is meant, with what it is ordered by.
type hit struct {
	entry *protocol.DirectoryEntry
	rank  int
	shown string
}

func (h hit) compare(other hit) int {
	if d := h.rank - other.rank; d != 0 {
		return d
	}
	if d := strings.Compare(h.shown, other.shown); d != 0 {
		return d
	}
	return strings.Compare(h.entry.ID, other.entry.ID)
}

// keep puts a hit where it belongs among the best ones, of which there are as many as a reply may have.
func keep(best []hit, h hit) []hit {
	if len(best) == protocol.MaxEntries && best[len(best)-1].compare(h) <= 0 {
		return best
	}
	at, _ := slices.BinarySearchFunc(best, h, hit.compare)
	best = slices.Insert(best, at, h)
	return best[:min(len(best), protocol.MaxEntries)]
}

// fits reports whether each word begins one of the entry's.
func fits(e *protocol.DirectoryEntry, words []string) bool {
	for _, w := range words {
		if !begins(e.Name, w) && !begins(e.Label, w) && !begins(e.ID, w) && !slices.ContainsFunc(e.Queues, func(q string) bool { return begins(q, w) }) {
			return false
		}
	}
	return true
}

// ranks order the states of agents by how soon they can be had; queues come after them.
var ranks = map[protocol.AgentState]int{protocol.Available: 0, protocol.WrapUp: 1, protocol.OnCall: 2, protocol.Offered: 3, protocol.Away: 4, protocol.Offline: 5}

const queueRank = 6

func rank(e *protocol.DirectoryEntry) int {
	if e.Kind == protocol.KindQueue {
		return queueRank
	}
	return ranks[e.State]
}

// shown is the name that people read, for the order among equals.
func shown(e *protocol.DirectoryEntry) string {
	name := e.Name
	if e.Label != "" {
		name = e.Label
	}
	if isASCII(name) {
		return strings.ToLower(name)
	}
	return formsOf(name).folded
}

// first gives of the entries that are meant as many as a reply may have.
func first(found []hit) []protocol.DirectoryEntry {
	list := []protocol.DirectoryEntry{}
	left := maxBytes
	for _, h := range found {
		text, err := json.Marshal(h.entry)
		if left -= len(text) + 1; err != nil || left < 0 {
			break
		}
		list = append(list, *h.entry)
	}
	return list
}
