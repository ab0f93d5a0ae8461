package translator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/translator"
	"offhook/translator/replay"
)

// duo is a world with two callers and two agents who are available.
func duo(t *testing.T, s replay.Setup) *story {
	t.Helper()
	st := &story{pages: map[string]*witness{}, reached: map[string]int{}, rng: steady(), lenient: true}
	for _, id := range agents {
		st.pages[id] = newWitness(st, id)
	}
	s.Watch = func(agent string, object any) { st.pages[agent].sent(object) }
	w, err := replay.NewWorld(s)
	if err != nil {
		t.Fatal(err)
	}
	st.w = w
	for _, id := range agents {
		w.Hello(id, protocol.Available)
	}
	return st
}

// A panic in any step of a call costs that call: its caller is told, its agent is free again, the other call goes on, and nothing is left (security.md F5).
func TestFaultPanicCostsOneCall(t *testing.T) {
	for _, method := range []string{"TrunkOffer", "OfferAgent", "AgentAnswer", "Connect", "TrunkAnswer", "AgentOffer", "Drop", "Play", "Close"} {
		for _, answer := range []translator.AnswerMode{translator.AnswerRing, translator.AnswerAtOnce} {
			if method == "Play" && answer == translator.AnswerRing {
				continue // a caller who hears ringing is played nothing
			}
			t.Run(method+" "+string(answer), func(t *testing.T) { panicIn(t, method, answer) })
		}
	}
}

func panicIn(t *testing.T, method string, answer translator.AnswerMode) {
	s := duo(t, replay.Setup{Terms: translator.Terms{Answer: answer}})
	good := s.call("accept")
	broken := 0
	s.w.Media.Fault = func(m string) {
		if m == method && broken < 2 {
			broken++
			panic("broken on purpose")
		}
	}
	first := "accept"
	if method == "Drop" {
		first = "reject"
	}
	bad := s.call(first)
	for _, id := range agents {
		if a, c, _ := s.w.Agent(id); a.State == protocol.OnCall && c.From.Number == bad.number() {
			s.ask(id, map[string]any{"type": "restart", "call": "$call", "sdp": "$offer"})
			s.w.Lose(id)
			s.w.HappenAny(media.AgentSilent, func(n int) int { return n - 1 })
			s.advance(40 * time.Second)
		}
	}
	bad.end()
	s.look()
	s.advance(2 * time.Minute)
	if broken == 0 {
		t.Fatalf("%s was never called", method)
	}
	if good.over {
		t.Errorf("the other call is over too")
	}
	s.w.Media.Fault = nil
	if _, c, _ := s.w.Agent(s.holder(good)); c.Phase != protocol.PhaseConnected {
		t.Errorf("the other call is %q", c.Phase)
	}
	good.end()
	s.look()
	for _, id := range agents {
		if s.w.Attached(id) {
			s.ask(id, map[string]any{"type": "bye"})
		}
	}
	s.advance(15 * time.Minute)
	bad.check()
	if err := s.w.Idle(); err != nil {
		t.Error(err)
	}
	if b := s.w.Books(); b.Agents != 0 || b.Logins != 0 || b.Faults != 0 {
		t.Errorf("the books: %+v", b)
	}
	panics := 0
	for _, p := range s.w.Problems() {
		if strings.Contains(p, "panic: call") {
			panics++
		}
		if strings.Contains(p, "unexpected_event") {
			t.Error(p)
		}
	}
	if panics == 0 && method != "Close" {
		t.Error("no panic was counted")
	}
	if s.fault != "" {
		t.Error(s.fault)
	}
	if t.Failed() {
		t.Log("\n" + s.ladder())
	}
}

// call lets a new phone call, and whoever is asked accept or reject it.
func (s *story) call(answer string) *phone {
	s.more()
	for range 3 {
		for _, id := range agents {
			if _, c, _ := s.w.Agent(id); c.Phase != protocol.PhaseOffered || !s.w.Attached(id) {
				continue
			}
			frame := map[string]any{"type": answer, "call": "$call"}
			if answer == "accept" {
				frame["sdp"] = "$answer"
			}
			s.ask(id, frame)
			s.look()
		}
		s.advance(200 * time.Millisecond)
	}
	return s.phones[len(s.phones)-1]
}

func (p *phone) number() string { return fmt.Sprintf("+49302312%04d", p.n) }

// holder is the agent who has the phone's call.
func (s *story) holder(p *phone) string {
	for _, id := range agents {
		if _, c, _ := s.w.Agent(id); c.From.Number == p.number() {
			return id
		}
	}
	return ""
}

// More than five panics in a minute mean that the process is broken, and it is told so once too often only.
func TestFaultPanicBudget(t *testing.T) {
	broken := 0
	s := duo(t, replay.Setup{Hooks: translator.Hooks{Broken: func() { broken++ }}})
	s.w.Media.Fault = func(m string) {
		if m == "TrunkOffer" {
			panic("broken on purpose")
		}
	}
	for range 5 {
		s.more()
		s.advance(5 * time.Second)
	}
	if broken != 0 {
		t.Fatalf("broken after 5 panics")
	}
	s.advance(2 * time.Minute)
	s.more()
	if broken != 0 {
		t.Fatalf("broken after 6 panics in more than a minute")
	}
	for range 5 {
		s.more()
	}
	if broken != 1 {
		t.Errorf("told %d times that it is broken after 6 panics in a minute, want once", broken)
	}
}

// more dials once more, however many there are.
func (s *story) more() {
	p := &phone{s: s, n: len(s.phones) + 1, cseq: 1, finals: map[string]string{}}
	s.phones = append(s.phones, p)
	p.invite(phoneSDP)
	s.look()
}

// An agent's request about a call that is another's, that is over, or that never was has no effect, in whichever phase; and the answer to "not yours" is that to
// "not there", byte for byte (security.md S5).
func TestSecurityOwnership(t *testing.T) {
	requests := []map[string]any{
		{"type": "ringing", "sdp": "$answer"}, {"type": "accept", "sdp": "$answer"}, {"type": "reject"}, {"type": "hangup"}, {"type": "mute", "muted": true},
		{"type": "restart", "sdp": "$offer"}, {"type": "wrapup", "done": true}, {"type": "wrapup", "outcome": "sold"},
		{"type": "hold"}, {"type": "resume"}, {"type": "dtmf", "digits": "1"}, {"type": "record", "on": true}, {"type": "record", "on": true, "pause_s": 5},
		{"type": "quality", "rtt_ms": 1, "jitter_ms": 1, "loss_pct": 0}, {"type": "transfer", "to": "+4930123456"}, {"type": "transfer", "to": "agent:bob"},
		{"type": "transfer", "to": "queue:sales"}, {"type": "transfer", "consult": "01KE0000000000000000000001"}, {"type": "transfer", "cancel": true},
	}
	phases := []protocol.Phase{protocol.PhaseOffered, protocol.PhaseConnecting, protocol.PhaseConnected, protocol.PhaseWrapUp, protocol.PhaseEnded}
	for _, phase := range phases {
		for _, req := range requests {
			t.Run(fmt.Sprintf("%s %s", phase, req["type"]), func(t *testing.T) { ownership(t, phase, req) })
		}
	}
}

func ownership(t *testing.T, phase protocol.Phase, req map[string]any) {
	s := duo(t, replay.Setup{Up: 40 * time.Millisecond, Heard: -1})
	s.ask("bob", map[string]any{"type": "state", "state": "away"})
	c := s.bring(t, phase)
	before := len(s.w.Messages())

	mine := s.replyTo(t, "bob", c.ID, c, req)
	none := s.replyTo(t, "bob", "01KE0000000000000000000000", c, req)
	if mine.Code != protocol.Forbidden {
		t.Errorf("another's call: %+v, want forbidden", mine)
	}
	mine.ID, none.ID = 0, 0
	if a, b := string(protocol.EncodeReply(mine)), string(protocol.EncodeReply(none)); a != b {
		t.Errorf("another's call: %s\nno call: %s", a, b)
	}
	if want := late(req); phase == protocol.PhaseEnded && want != "" {
		if r := s.replyTo(t, "alice", c.ID, c, req); r.Code != want {
			t.Errorf("a call that is over: %+v, want %s", r, want)
		}
	}
	for _, m := range s.w.Messages()[before:] {
		if m.Note == "" && !m.In && m.Type() != "error" {
			t.Errorf("effect: %s got %s", m.Party, m.Text())
		}
	}
	if p := s.w.Problems(); len(p) > 0 {
		t.Error(p)
	}
}

// late is what an agent is told who asks for something of a call of his own that is over; "" where it is taken, and changes nothing.
func late(req map[string]any) protocol.Code {
	switch {
	case req["type"] == "quality":
		return ""
	case req["to"] == "agent:bob":
		return protocol.BusyHere // bob is asked first, and he is away
	case req["consult"] != nil:
		return protocol.Forbidden // the other call is not alice's
	}
	return protocol.CallGone
}

// bring takes a call of alice's to the phase.
func (s *story) bring(t *testing.T, phase protocol.Phase) protocol.Call {
	s.more()
	if phase != protocol.PhaseOffered {
		s.ask("alice", map[string]any{"type": "accept", "call": "$call", "sdp": "$answer"})
		s.advance(100 * time.Millisecond)
	}
	if phase != protocol.PhaseOffered && phase != protocol.PhaseConnecting {
		s.w.HappenAny(media.AgentHeard, func(int) int { return 0 })
	}
	if phase == protocol.PhaseWrapUp || phase == protocol.PhaseEnded {
		s.phones[0].bye()
	}
	if phase == protocol.PhaseEnded {
		s.advance(20 * time.Second)
	}
	s.look()
	var c protocol.Call
	for _, m := range s.w.Messages() {
		if o, ok := m.Object.(protocol.Call); ok {
			c = o
		}
	}
	if c.Phase != phase {
		t.Fatalf("the call is %s, want %s", c.Phase, phase)
	}
	return c
}

// replyTo sends the request about a call, with descriptions that would do, and gives the reply.
func (s *story) replyTo(t *testing.T, id, call string, c protocol.Call, req map[string]any) protocol.Reply {
	frame := map[string]any{"call": call}
	for k, v := range req {
		frame[k] = v
	}
	if frame["sdp"] == "$answer" {
		frame["sdp"] = "v=0"
		if c.SDP != nil {
			frame["sdp"] = replay.BrowserAnswer(c.SDP.SDP)
		}
	}
	s.ask(id, frame)
	all := s.w.Messages()
	r, ok := all[len(all)-1].Object.(protocol.Reply)
	if !ok {
		t.Fatalf("%s got %s for %v", id, all[len(all)-1].Text(), req)
	}
	return r
}
