package translator

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
)

var update = flag.Bool("update", false, "rewrite docs/states.md")

// Every pair of a state and an event is a row, or ignored for a reason, or a request that is answered with an error; never two of these.
func TestEveryPairIsDecided(t *testing.T) {
	for s := State(0); s < numStates; s++ {
		for k := kind(0); k < numKinds; k++ {
			row, ign := table[s][k] != nil, isIgnored(s, k)
			if !row && !ign && !requests[k] {
				t.Errorf("%s × %s: no row and no reason to ignore it", s, k)
			}
			if row && ign {
				t.Errorf("%s × %s: both a row and ignored", s, k)
			}
		}
	}
}

// Every row says where it comes from, and no state is a dead end but Ended.
func TestRowsHaveRules(t *testing.T) {
	reached := map[State]bool{Arrived: true, Dialing: true} // one begins as either
	for _, r := range rows {
		if r.rule == "" {
			t.Errorf("%v × %s has no rule", r.from, r.on)
		}
		if r.to != same {
			reached[r.to] = true
		}
	}
	for s := State(0); s < numStates; s++ {
		if !reached[s] {
			t.Errorf("%s is never reached", s)
		}
	}
}

// An offer that the queue was told has failed does not become a conversation, though the agent's first packet comes before the queue's word: the queue has
// the caller in line again.
func TestFailedOfferIsNotJoined(t *testing.T) {
	c := &Call{state: Connecting, far: &farLeg{n: 1, answered: true}, offer: offer{id: 1, leg: 1, home: 1, agent: "alice", seen: true, up: true, joined: true, failed: true}}
	c.raise(evMedia{1, media.Event{Kind: media.AgentHeard, Leg: 1}, kLegHeard})
	if c.state != Connecting || len(c.actions) != 0 {
		t.Errorf("the call is %s and does %v", c.state, c.actions)
	}
	c.raise(evMedia{1, media.Event{Kind: media.AgentFailed, Leg: 1}, kLegFailed})
	if len(c.actions) != 0 {
		t.Errorf("the queue is told twice: %v", c.actions)
	}
}

// The queue's figures know of hold: it is told when its agent holds and takes back, and not of a call that it did not give.
func TestQueueIsToldOfHold(t *testing.T) {
	for _, id := range []queue.OfferID{7, ownPart} {
		c := &Call{state: Connected, now: time.Unix(1, 0), far: &farLeg{n: 1}, offer: offer{id: id, leg: 1, home: 1, book: &PartRecord{}}}
		c.holdHere()
		c.showHold()
		c.hold.local = false
		c.showHold()
		var told []queue.Event
		for _, a := range c.actions {
			if q, ok := a.(doQueue); ok {
				told = append(told, q.ev)
			}
		}
		want := []queue.Event{queue.CallHeld{Offer: id, On: true}, queue.CallHeld{Offer: id}}
		if id == ownPart {
			want = nil
		}
		if !slices.Equal(told, want) {
			t.Errorf("offer %d: the queue was told %v", id, told)
		}
	}
}

// A server that goes waits for no wrap-up, not even that of an agent who passed the call on and is followed by another one.
func TestShutdownEndsEveryWrapUp(t *testing.T) {
	c := &Call{state: Connected, now: time.Unix(1, 0), far: &farLeg{n: 1}, offer: offer{id: 8, agent: "bob", leg: 2, home: 1}}
	c.after = []*offer{{id: 7, agent: "alice", outcome: "sold", view: protocol.Call{Phase: protocol.PhaseWrapUp}}}
	done := map[queue.AgentID]string{}
	for _, a := range c.Step(evEnd{draining(0)}, time.Unix(2, 0)) {
		if q, ok := a.(doQueue); ok {
			if w, ok := q.ev.(queue.WrapUpDone); ok {
				done[w.Agent] = w.Outcome
			}
		}
	}
	if outcome, ok := done["alice"]; !ok || outcome != "sold" || len(done) != 2 {
		t.Errorf("the wrap-ups that end are %v", done)
	}
}

// docs/states.md is printed from the tables.
func TestStatesDocument(t *testing.T) {
	const path = "../docs/states.md"
	want := statesDocument()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the tables say; run go test ./translator -run TestStatesDocument -update", path)
	}
}

func statesDocument() []byte {
	var b bytes.Buffer
	b.WriteString(`# States

Printed from the tables in the code (` + "`go test ./translator -run TestStatesDocument -update`" + `); do not edit.

## Words

| word | meaning |
| --- | --- |
| call | one customer's call, from INVITE until nothing of it is left |
| caller | the customer; he waits in a queue |
| agent | who answers, in a browser |
| trunk | a PBX, SBC or carrier that sends us calls by SIP |
| trunk leg | the call's SIP dialog and its RTP |
| agent leg | one agent's browser media in the call |
| dialog | the SIP relation of RFC 3261 §12 |
| queue | where callers wait; it decides who is asked |
| offer (queue) | one attempt to give one caller to one agent |
| offer, answer (media) | the descriptions of RFC 3264 |
| available | the agent takes calls |
| away | the agent takes none, with a reason |
| offered | a call is offered to the agent |
| ring time | how long an offer rings at one agent |
| RONA | ring, no answer: the ring time is over; the agent becomes away |
| lease | an agent is asked only while his page answers beats |
| connected | our final answer is out and the agent's browser has sent authenticated media |
| wrap-up | the agent's work after the call |
| cause | why a call ended, and by whom |
| abandoned | the caller left before he was connected |

## The call

`)
	b.WriteString("| From | Event | To | Rule |\n| --- | --- | --- | --- |\n")
	for _, r := range Rows() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.From, r.Event, r.To, r.Rule)
	}
	b.WriteString("\nNot in the table on purpose:\n\n| States | Events | Why |\n| --- | --- | --- |\n")
	for _, ig := range ignored {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", list(ig.from), list(ig.on), ig.reason)
	}
	b.WriteString("\n## The dialog of the trunk leg\n\n| Role | From | Event | To | Action | Rule |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, r := range dialog.Rows() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.Role, r.From, r.Event, r.To, r.Action, r.Rule)
	}
	return b.Bytes()
}

func list[T fmt.Stringer](items []T) string {
	var b bytes.Buffer
	for i, it := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(it.String())
	}
	return b.String()
}
