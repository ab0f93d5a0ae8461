package queue

import (
	"testing"
	"time"
)

// Every state × input pair of the agent's machine stands in exactly one row, with a rule.
func TestAgentTableIsWhole(t *testing.T) {
	for _, from := range anyState {
		for on := range inputs {
			var rows []agentRow
			for _, r := range agentRows {
				if has(r.from, from) && has(r.on, on) {
					rows = append(rows, r)
				}
			}
			if len(rows) != 1 {
				t.Errorf("%s × %s stands in %d rows, want 1", from, inputNames[on], len(rows))
			} else if rows[0].rule == "" {
				t.Errorf("%s × %s has no rule", from, inputNames[on])
			}
		}
	}
	for on, name := range inputNames {
		if name == "" {
			t.Errorf("input %d has no name", on)
		}
	}
}

// No pair of the offer's machine stands in two rows, and every phase but the first can be entered and left.
func TestOfferTableIsSound(t *testing.T) {
	var entered, left [phases]bool
	seen := map[[2]int]bool{}
	for _, r := range offerRows {
		entered[r.to] = true
		for _, from := range r.from {
			left[from] = true
			if at := [2]int{int(from), int(r.on)}; seen[at] {
				t.Errorf("%s × %d stands in two rows", phaseNames[from], r.on)
			} else {
				seen[at] = true
			}
		}
	}
	for p := range phases {
		if !entered[p] || !left[p] {
			t.Errorf("%s: entered %v, left %v", phaseNames[p], entered[p], left[p])
		}
	}
}

func has[T comparable](list []T, v T) bool {
	for _, w := range list {
		if w == v {
			return true
		}
	}
	return false
}

// situation is a way to bring anna into a state; her last offer is 1.
type situation struct {
	name   string
	events []Event
}

var (
	annaIn  = AgentLoggedIn{Agent: "anna", Queues: []Membership{{Queue: "billing"}}, State: Available}
	annaOff = AgentLoggedIn{Agent: "anna", Queues: []Membership{{Queue: "billing"}}, State: Away, Reason: "lunch"}
	c1      = CallerArrived{Caller: "c1", Queue: "billing"}
)

var situations = []situation{
	{"offline", nil},
	{"available", []Event{annaIn}},
	{"away", []Event{annaOff}},
	{"offered", []Event{annaIn, c1}},
	{"shown", []Event{annaIn, c1, OfferShown{1}}},
	{"won", []Event{annaIn, c1, OfferAccepted{1}}},
	{"on_call", []Event{annaIn, c1, OfferAccepted{1}, CallConnected{1}}},
	{"seized", []Event{annaIn, AgentSeized{"anna"}}},
	{"consulting", []Event{annaIn, c1, OfferAccepted{1}, CallConnected{1}, AgentSeized{"anna"}}},
	{"leaving", []Event{annaIn, c1, OfferAccepted{1}, CallConnected{1}, AgentLoggedOut{"anna"}}},
	{"wrap_up", []Event{annaIn, c1, OfferAccepted{1}, CallConnected{1}, CallEnded{1}}},
}

// whatever is each event once, with each variant that matters.
var whatever = []struct {
	name  string
	event Event
}{
	{"login", annaIn},
	{"logout", AgentLoggedOut{"anna"}},
	{"set available", AgentStateSet{"anna", Available, ""}},
	{"set away", AgentStateSet{"anna", Away, "tea"}},
	{"set nonsense", AgentStateSet{"anna", OnCall, ""}},
	{"beat", AgentBeat{"anna"}},
	{"detach", AgentDetached{"anna"}},
	{"shown", OfferShown{1}},
	{"accepted", OfferAccepted{1}},
	{"rejected", OfferRejected{1, ""}},
	{"failed", OfferFailed{1, FaultNone}},
	{"media", OfferFailed{1, FaultAgent}},
	{"unshown", OfferFailed{1, FaultUnshown}},
	{"customer", OfferFailed{1, FaultCustomer}},
	{"callback", CallbackAsked{"c1"}},
	{"key", KeyPressed{"c1", '1'}},
	{"caller moved", CallerMoved{"c1", "nowhere", true}},
	{"caller sent", CallerSent{"c1", LeaveFull, WayOut{Kind: OutMessage, Message: "full"}}},
	{"assigned", AgentAssigned{"anna", []Membership{{Queue: "billing", Level: 2}}, nil}},
	{"held", CallHeld{1, true}},
	{"direct", DirectAsked{"k1", "anna"}},
	{"paused", QueuePaused{"billing", true}},
	{"caller left", CallerLeft{"c1", ""}},
	{"connected", CallConnected{1}},
	{"ended", CallEnded{1}},
	{"outcome", OutcomeSet{"anna", "sold"}},
	{"done", WrapUpDone{"anna", ""}},
	{"extend", WrapUpExtended{"anna", time.Second}},
	{"seized", AgentSeized{"anna"}},
	{"freed", AgentFreed{"anna"}},
	{"time", Tick{}},
}

// outcomes says into which state each event takes anna from each situation. An event that is not named leaves the state as it is.
var outcomes = map[string]map[string]string{
	"offline":   {"login": "available"},
	"available": {"logout": "offline", "set away": "away(tea)", "seized": "on_call", "direct": "on_call"},
	"away":      {"logout": "offline", "set available": "available", "set away": "away(tea)", "seized": "on_call"},
	"offered": {
		"logout": "offline", "detach": "available", "accepted": "on_call", "rejected": "available", "failed": "available",
		"media": "away(media)", "unshown": "available", "customer": "available", "caller left": "available", "caller sent": "available", "time": "available",
	},
	"shown": {
		"logout": "offline", "detach": "available", "accepted": "on_call", "rejected": "available", "failed": "available",
		"media": "away(media)", "unshown": "available", "customer": "available", "caller left": "available", "caller sent": "available", "time": "away(missed)",
	},
	"won": {
		"failed": "available", "media": "away(media)", "unshown": "available", "customer": "available", "caller left": "available",
	},
	"on_call":    {"ended": "wrap_up"},
	"seized":     {"freed": "available"},
	"consulting": {},
	"leaving":    {"ended": "offline"},
	"wrap_up":    {"logout": "offline", "done": "available", "seized": "on_call", "time": "available"},
}

// Every situation × event pair, through the engine: the state that follows is the one in the list, no pair is called impossible, and
// what the engine tells is what it holds.
func TestEveryStateMeetsEveryEvent(t *testing.T) {
	for _, s := range situations {
		for _, w := range whatever {
			t.Run(s.name+"/"+w.name, func(t *testing.T) {
				e, was := brought(t, s)
				now := monday.Add(time.Second)
				if w.name == "time" {
					now = monday.Add(25 * time.Second)
				}
				decisions := e.Apply(w.event, now)
				want := was
				if to, ok := outcomes[s.name][w.name]; ok {
					want = to
				}
				if got := annas(e); got != want && !(want == "available" && askedAgain(decisions)) {
					t.Errorf("%s becomes %s, want %s", was, got, want)
				}
				if n := e.Faults(); n != 0 {
					t.Errorf("%d impossible inputs", n)
				}
			})
		}
	}
}

// askedAgain says whether anna became available and was offered a caller in the same Apply.
func askedAgain(decisions []Decision) bool {
	var available bool
	for _, d := range decisions {
		switch d := d.(type) {
		case AgentChanged:
			available = available || d.State == Available
		case Offer:
			return available
		}
	}
	return false
}

func brought(t *testing.T, s situation) (*Engine, string) {
	t.Helper()
	e, err := New(Settings{Lease: time.Hour, Queues: []QueueSettings{{Name: "billing"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range s.events {
		e.Apply(ev, monday)
	}
	return e, annas(e)
}

func annas(e *Engine) string {
	a, ok := e.Agent("anna")
	if !ok {
		return string(Offline)
	}
	return wish{a.State, a.Reason}.String()
}
