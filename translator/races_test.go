package translator_test

import (
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/translator/replay"
)

// atOnce runs what happens at the same time for many orders of the owners' turns: f begins a story, all of together arrives at once, and check looks at what came of it.
func atOnce(t *testing.T, begin func(*story), together func(*story), check func(*testing.T, *story)) {
	t.Helper()
	for seed := uint64(1); seed <= 50; seed++ {
		s := duo(t, replay.Setup{Seed: seed})
		begin(s)
		s.look()
		s.w.Together(func() { together(s) })
		s.look()
		check(t, s)
		for _, id := range agents {
			s.pages[id].replied()
		}
		if s.fault != "" || len(s.w.Problems()) > 0 {
			t.Error(s.fault, s.w.Problems())
		}
		if t.Failed() {
			t.Fatalf("seed %d\n%s", seed, s.ladder())
		}
	}
}

func talking(s *story) { s.call("accept") }

// The agent logs out as the first packet of hers comes, and the caller hangs up a moment later: nobody is left in the queue, and she has no call.
func TestConnectedAndLoggedOut(t *testing.T) {
	atOnce(t, func(s *story) {
		s.call("accept")
		s.w.Media.Heard = -1
		s.call("accept")
	}, func(s *story) {
		s.w.HappenAny(media.AgentHeard, func(int) int { return 0 })
		s.ask(s.holder(s.phones[1]), map[string]any{"type": "bye"})
	}, func(t *testing.T, s *story) {
		s.phones[1].bye()
		s.look()
		if b := s.w.Books(); b.Callers != 0 {
			t.Errorf("the books: %+v", b)
		}
	})
}

// The agent hangs up while sound comes up, and the caller's ACK never comes: the call's deadlines do not stand still (a deadline in the past would
// be due for ever).
func TestHangupWithoutACK(t *testing.T) {
	s := duo(t, replay.Setup{Heard: -1})
	s.more()
	s.phones[0].deaf = true
	s.ask("alice", map[string]any{"type": "accept", "call": "$call", "sdp": "$answer"})
	s.advance(time.Second)
	s.ask("alice", map[string]any{"type": "hangup", "call": "$call"})
	for range 200 {
		at, ok := s.w.Next()
		if !ok {
			break
		}
		s.w.Advance(at)
		if next, ok := s.w.Next(); ok && next <= s.w.Elapsed() {
			t.Fatalf("at %s something is due at %s", s.w.Elapsed(), next)
		}
	}
}

// A request that meets a call which ends at the same time has its reply.
func TestRequestMeetsEnd(t *testing.T) {
	atOnce(t, func(s *story) { s.more() }, func(s *story) {
		s.phones[0].cancel()
		s.ask("alice", map[string]any{"type": "ringing", "call": "$call", "sdp": "$answer"})
		s.ask("alice", map[string]any{"type": "accept", "call": "$call"})
	}, func(t *testing.T, s *story) {
		if got := s.phones[0].finals["1"]; got != "487" {
			t.Errorf("the caller got %q, want 487", got)
		}
	})
}

// Log-out and log-in at once in a call: the agent has nothing to wrap up, and the other one is asked for the caller.
func TestOutAndInAtOnce(t *testing.T) {
	atOnce(t, talking, func(s *story) {
		s.ask("alice", map[string]any{"type": "bye"})
		s.pages["alice"].out = false
		s.w.Hello("alice", protocol.Away)
	}, func(t *testing.T, s *story) {
		if a, c, _ := s.w.Agent("alice"); a.State != protocol.Away || c.ID != "" {
			t.Errorf("alice is %s with the call %q", a.State, c.ID)
		}
		if a, c, _ := s.w.Agent("bob"); a.State != protocol.Offered || c.Phase != protocol.PhaseOffered {
			t.Errorf("bob is %s with a call %s", a.State, c.Phase)
		}
	})
}

// Accept, and two hangups before the queue has said whose the call is: every request has its reply, and the call is over.
func TestHangupAtOnceAfterAccept(t *testing.T) {
	s := duo(t, replay.Setup{})
	s.more()
	s.ask("alice", map[string]any{"type": "ringing", "call": "$call", "sdp": "$answer"})
	s.advance(100 * time.Millisecond)
	s.w.Together(func() {
		s.ask("alice", map[string]any{"type": "accept", "call": "$call"})
		s.ask("alice", map[string]any{"type": "hangup", "call": "$call"})
		s.ask("alice", map[string]any{"type": "hangup", "call": "$call"})
	})
	s.look()
	s.pages["alice"].check()
	if got := s.phones[0].finals["1"]; got != "480" {
		t.Errorf("the caller got %q, want 480", got)
	}
	if a, _, _ := s.w.Agent("alice"); a.State != protocol.Available {
		t.Errorf("alice is %s", a.State)
	}
	if s.fault != "" || len(s.w.Problems()) > 0 {
		t.Error(s.fault, s.w.Problems())
	}
	if t.Failed() {
		t.Log("\n" + s.ladder())
	}
}
