package translator_test

import (
	"maps"
	"slices"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
)

// step lets one thing happen, or a few at the same time, or time pass.
func (s *story) step() {
	switch n := s.rng.IntN(100); {
	case n < 45:
		s.act()
	case n < 70:
		s.w.Together(func() {
			for range 2 + s.rng.IntN(3) {
				s.act()
			}
		})
	case n < 88:
		s.advance(time.Duration(s.rng.IntN(2000)) * time.Millisecond)
	case n < 96:
		s.advance(time.Duration(s.rng.IntN(12000)) * time.Millisecond)
	default:
		s.advance(time.Duration(s.rng.IntN(120000)) * time.Millisecond)
	}
}

// act lets a caller, an agent or the media do something.
func (s *story) act() {
	switch n := s.rng.IntN(78); {
	case n >= 70:
		s.targetActs()
	case n < 10:
		s.dial()
	case n < 22:
		s.phoneActs()
	case n < 60:
		s.agentActs(agents[s.rng.IntN(len(agents))])
	default:
		s.mediaActs()
	}
}

func (s *story) mediaActs() {
	if s.chance(4) {
		s.w.Press("123"[s.rng.IntN(3)])
		return
	}
	kinds := []media.EventKind{media.AgentUp, media.AgentUp, media.AgentHeard, media.AgentHeard, media.AgentSilent, media.AgentSilent, media.AgentBack, media.AgentFailed, media.TrunkSilent}
	kind := kinds[s.rng.IntN(len(kinds))]
	if (kind == media.AgentFailed || kind == media.TrunkSilent) && s.chance(60) {
		return
	}
	s.w.HappenAny(kind, s.rng.IntN)
}

// agentActs lets an agent do something: mostly what makes sense now.
func (s *story) agentActs(id string) {
	if !s.w.Attached(id) {
		s.hello(id)
		return
	}
	a, c, _ := s.w.Agent(id)
	switch {
	case s.chance(6):
		s.w.Lose(id)
	case s.chance(3):
		s.ask(id, map[string]any{"type": "bye"})
	case s.chance(8):
		s.ask(id, s.anyRequest())
	case c.Phase == protocol.PhaseOffered:
		s.answerOffer(id)
	case s.chance(20) && s.talksOf(id) != "":
		s.callRequest(id)
	case c.Phase == protocol.PhaseConnected || c.Phase == protocol.PhaseConnecting || c.Phase == protocol.PhaseDialing:
		s.ask(id, s.talkRequest())
	case c.Phase != protocol.PhaseOffered && s.chance(20):
		s.ask(id, map[string]any{"type": "dial", "to": s.whom("+493099"), "sdp": "$offer"})
	case c.Phase == protocol.PhaseWrapUp:
		s.ask(id, s.wrapupRequest())
	case a.State != protocol.Available:
		s.ask(id, map[string]any{"type": "state", "state": "available"})
	case s.chance(15):
		s.ask(id, map[string]any{"type": "state", "state": "away", "reason": "lunch"})
	}
}

func (s *story) hello(id string) {
	wishes := []protocol.AgentState{"", protocol.Available, protocol.Available, protocol.Away}
	s.pages[id].out = false
	s.w.Hello(id, wishes[s.rng.IntN(len(wishes))])
}

func (s *story) answerOffer(id string) {
	switch n := s.rng.IntN(10); {
	case n < 3:
		s.ask(id, map[string]any{"type": "ringing", "call": "$call", "sdp": "$answer"})
	case n < 4:
		s.ask(id, map[string]any{"type": "ringing", "call": "$call"})
	case n < 6:
		s.ask(id, map[string]any{"type": "accept", "call": "$call"})
	case n < 8:
		s.ask(id, map[string]any{"type": "accept", "call": "$call", "sdp": "$answer"})
	case n < 9:
		s.ask(id, map[string]any{"type": "reject", "call": "$call", "reason": "busy"})
	default:
		s.ask(id, map[string]any{"type": "accept", "call": "$call", "sdp": "v=0\r\nnonsense"})
	}
}

func (s *story) talkRequest() map[string]any {
	switch s.rng.IntN(8) {
	case 0, 1:
		return map[string]any{"type": "hangup", "call": "$call"}
	case 2, 3:
		return map[string]any{"type": "restart", "call": "$call", "sdp": "$offer"}
	case 4:
		return map[string]any{"type": "wrapup", "call": "$call", "outcome": "sold", "notes": "call back"}
	default:
		return map[string]any{"type": "mute", "call": "$call", "muted": s.chance(50)}
	}
}

func (s *story) wrapupRequest() map[string]any {
	w := map[string]any{"type": "wrapup", "call": "$call"}
	if s.chance(40) {
		w["outcome"] = []string{"sold", "not sold", "unheard of"}[s.rng.IntN(3)]
	}
	switch s.rng.IntN(3) {
	case 0:
		w["done"] = true
	case 1:
		w["extend_s"] = 30
	}
	return w
}

// anyRequest is one that may make no sense now, or be about a call that is not the agent's.
func (s *story) anyRequest() map[string]any {
	call := "$call"
	switch s.rng.IntN(3) {
	case 0:
		call = "01KE0000000000000000000000"
	case 1:
		if known := s.pages[agents[s.rng.IntN(len(agents))]].parts; len(known) > 0 {
			call = slices.Max(slices.Collect(maps.Keys(known)))
		}
	}
	kinds := []string{"ringing", "accept", "reject", "hangup", "mute", "restart", "wrapup", "hold", "resume", "dtmf", "transfer", "dial"}
	r := map[string]any{"type": kinds[s.rng.IntN(len(kinds))], "call": call}
	switch r["type"] {
	case "mute":
		r["muted"] = true
	case "restart":
		r["sdp"] = "$offer"
	case "dial":
		r = map[string]any{"type": "dial", "to": "+493099", "sdp": "$offer", "consult_of": call}
	case "dtmf":
		r["digits"] = "1,2#"
	case "transfer":
		switch s.rng.IntN(4) {
		case 0:
			r["to"] = "+493088"
		case 3:
			r["to"] = "queue:sales"
		case 1:
			r["cancel"] = true
		case 2:
			r["consult"] = call
		}
	case "wrapup":
		r["done"] = true
	case "accept", "ringing":
		if s.chance(50) {
			r["sdp"] = "$answer"
		}
	}
	return r
}

// ask sends a request and notes that a reply is due.
func (s *story) ask(id string, frame map[string]any) {
	w := s.pages[id]
	_, c, _ := s.w.Agent(id)
	if frame["call"] == "$call" {
		if c.ID == "" {
			return
		}
		frame["call"] = c.ID
	}
	if frame["sdp"] == "$answer" && c.SDP == nil {
		delete(frame, "sdp")
	}
	w.lastID++
	frame["id"] = w.lastID
	w.out = frame["type"] == "bye"
	if frame["type"] != "bye" {
		w.asked[w.lastID] = frame
	}
	if err := s.w.Ask(id, frame); err != nil {
		s.fail("%v: %v", frame, err)
	}
}

// talksOf is one of the agent's conversations, which chance picks.
func (s *story) talksOf(id string) string {
	var all []string
	for call, c := range s.pages[id].parts {
		switch c.Phase {
		case protocol.PhaseConnected, protocol.PhaseHeld, protocol.PhaseTransferring, protocol.PhaseEarly:
			all = append(all, call)
		}
	}
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	return all[s.rng.IntN(len(all))]
}

// whom is a number, or one of those in the house.
func (s *story) whom(number string) string {
	return []string{number, number, "agent:alice", "agent:bob", "agent:carol", "queue:billing", "queue:sales"}[s.rng.IntN(7)]
}

// callRequest is what one does with conversations.
func (s *story) callRequest(id string) {
	call := s.talksOf(id)
	r := map[string]any{"call": call}
	n := s.rng.IntN(10)
	if s.pages[id].parts[call].Phase == protocol.PhaseTransferring && s.chance(30) {
		n = 5
	}
	switch n {
	case 9:
		r["type"], r["on"] = "record", s.chance(70)
	case 0, 1:
		r["type"] = "hold"
	case 2:
		r["type"] = "resume"
	case 3:
		r["type"], r["digits"] = "dtmf", "12"
	case 4:
		r["type"], r["to"] = "transfer", []string{"+493088", "queue:billing", "queue:sales", "agent:alice", "agent:bob", "agent:carol"}[s.rng.IntN(6)]
	case 5:
		r["type"], r["cancel"] = "transfer", true
	case 6, 7:
		r = map[string]any{"type": "dial", "to": s.whom("+493066"), "sdp": "$offer", "consult_of": call}
	default:
		r["type"], r["consult"] = "transfer", s.talksOf(id)
	}
	s.ask(id, r)
}
