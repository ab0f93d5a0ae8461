package translator_test

import (
	"slices"

	"offhook/agent/protocol"
)

// witness sees everything that is sent to one agent, and holds it against the rules.
type witness struct {
	s      *story
	id     string
	lastID int64
	asked  map[int64]map[string]any // requests without a reply
	parts  map[string]protocol.Call // the newest object of each call
	state  protocol.AgentState
	oks    map[string]bool // the requests of the present part that were granted
	out    bool            // said bye
}

func newWitness(s *story, id string) *witness {
	return &witness{s: s, id: id, lastID: 1000, asked: map[int64]map[string]any{}, oks: map[string]bool{}, parts: map[string]protocol.Call{}, state: protocol.Offline}
}

func (w *witness) sent(object any) {
	switch o := object.(type) {
	case protocol.Reply:
		if w.asked[o.ID] == nil {
			w.s.fail("%s: a reply to %d, which was not asked or has one", w.id, o.ID)
		}
		if kind, ok := w.asked[o.ID]["type"].(string); ok && o.Type == "ok" {
			if kind == "dial" {
				w.s.placed++
			}
			w.oks[kind] = true
			w.oks["end"] = w.oks["hangup"] || w.oks["reject"]
		}
		delete(w.asked, o.ID)
		w.s.reached["reply "+o.Type+" "+string(o.Code)]++
	case protocol.Agent:
		if w.accepts() && o.State == protocol.OnCall && w.state != protocol.OnCall && w.s.w.Attached(w.id) {
			w.s.fail("%s is %s before accept has its reply", w.id, o.State)
		}
		w.state = o.State
	case protocol.Call:
		w.call(o)
	}
}

// call looks at a call object.
func (w *witness) call(c protocol.Call) {
	was, known := w.parts[c.ID]
	open := known && was.Phase != protocol.PhaseEnded
	w.parts[c.ID] = c
	begins := c.Phase == protocol.PhaseOffered || c.Phase == protocol.PhaseDialing
	if begins && !open {
		clear(w.oks)
	}
	w.s.reached[string(c.Phase)]++
	if known && c.Rev <= was.Rev {
		w.s.fail("%s: rev %d of a call after rev %d", w.id, c.Rev, was.Rev)
	}
	switch {
	case c.Phase == protocol.PhaseOffered && open && (was.Phase != protocol.PhaseOffered || !was.OfferedAt.Equal(c.OfferedAt.Time)):
		w.s.fail("%s: offered a call that he has", w.id)
	case !begins && !open:
		w.s.fail("%s: %s of a call that is over for him", w.id, c.Phase)
	case c.Phase == protocol.PhaseOffered && len(w.open()) > 1:
		w.s.fail("%s has two calls: %v", w.id, w.open())
	}
	final := c.Phase == protocol.PhaseEnded || c.Phase == protocol.PhaseWrapUp
	if final != (c.Cause != nil) {
		w.s.fail("%s: %s with cause %v", w.id, c.Phase, c.Cause)
	}
	if c.Phase == protocol.PhaseEnded {
		w.s.reached[string(c.Cause.Code)+" by "+string(c.Cause.By)]++
	}
	if c.Direction == protocol.Inbound && (c.Phase == protocol.PhaseConnecting || c.Phase == protocol.PhaseConnected) && w.waits(c.ID, "accept") {
		w.s.fail("%s: %s before accept has its reply", w.id, c.Phase)
	}
	if final && c.Cause != nil && c.Cause.By == protocol.ByAgent && c.Cause.Code != protocol.CauseTransferred && c.Cause.Code != protocol.CauseMediaLost && (w.waits(c.ID, "hangup") || w.waits(c.ID, "reject")) {
		w.s.fail("%s: %s before the request has its reply", w.id, c.Phase)
	}
}

// waits says whether a request of this type (about this call, if named) has no reply yet, and none like it had a good one.
func (w *witness) waits(call, kind string) bool {
	if w.oks[kind] || w.oks["end"] {
		return false
	}
	for _, r := range w.asked {
		if r["type"] == kind && (call == "" || r["call"] == call) {
			return true
		}
	}
	return false
}

// accepts says whether an accept of a call that is offered to him has no reply yet.
func (w *witness) accepts() bool {
	for id, c := range w.parts {
		if c.Phase == protocol.PhaseOffered && w.waits(id, "accept") {
			return true
		}
	}
	return false
}

// inside says whether the agent has a call with another one.
func (w *witness) inside() bool {
	return slices.ContainsFunc(w.open(), func(id string) bool { return w.parts[id].Direction == protocol.Internal })
}

// open lists the calls that the agent has.
func (w *witness) open() (ids []string) {
	for id, c := range w.parts {
		if c.Phase != protocol.PhaseEnded {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// talkPhases are the phases of a conversation, and of what leads to one.
var talkPhases = []protocol.Phase{
	protocol.PhaseConnecting, protocol.PhaseConnected, protocol.PhaseHeld, protocol.PhaseDialing, protocol.PhaseRinging, protocol.PhaseEarly, protocol.PhaseTransferring,
}

// atRest holds what the agents were told against what they are.
func (s *story) atRest() {
	if s.fault != "" {
		return
	}
	for _, id := range agents {
		w := s.pages[id]
		if _, _, known := s.w.Agent(id); !known {
			w.state = protocol.Offline
		}
		for n, r := range w.asked {
			if r["type"] != "accept" {
				s.fail("%s: %v (%d) has no reply", id, r["type"], n)
			}
		}
		if w.out && len(w.open()) > 0 {
			s.fail("%s has logged out and has the calls %v", id, w.open())
		}
		if len(w.asked) == 0 { // else an accept waits for DTLS: the agent is on_call, the page is not told yet
			w.agrees()
		}
	}
}

// agrees holds the agent's state against his calls.
func (w *witness) agrees() {
	var offered, wrapUp, talk, ear int
	for _, id := range w.open() {
		switch p := w.parts[id].Phase; {
		case p == protocol.PhaseOffered:
			offered++
		case p == protocol.PhaseWrapUp:
			wrapUp++
		case slices.Contains(talkPhases, p):
			talk++
			if p == protocol.PhaseConnected || p == protocol.PhaseConnecting || p == protocol.PhaseEarly {
				ear++
			}
		}
	}
	var ok bool
	switch w.state {
	case protocol.Offered:
		ok = offered == 1 && talk+wrapUp == 0
	case protocol.OnCall:
		ok = offered == 0 && talk > 0 && wrapUp <= 1
	case protocol.WrapUp:
		ok = offered+talk == 0 && wrapUp == 1
	default:
		ok = offered+talk+wrapUp == 0
	}
	if !ok || ear > 1 {
		w.s.fail("%s is %s with %d offered, %d in talk (%d of them heard), %d in wrap-up", w.id, w.state, offered, talk, ear, wrapUp)
	}
}

// check holds the agent's end against the rules: everything has its reply, every part its end.
func (w *witness) check() {
	w.replied()
	if open := w.open(); len(open) > 0 {
		w.s.fail("%s: the calls %v never ended", w.id, open)
	}
}

func (w *witness) replied() {
	for n, r := range w.asked {
		w.s.fail("%s: %v (%d) never had a reply", w.id, r["type"], n)
	}
}
