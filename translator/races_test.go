package translator_test

import (
	"testing"
	"time"

	"offhook/agent/protocol"
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

// The agent logs out as the call is connected, and the caller hangs up: nobody is left in the queue.
func TestConnectedLoggedOutHungUp(t *testing.T) {
	atOnce(t, talking, func(s *story) {
		s.ask("alice", map[string]any{"type": "bye"})
		s.phones[0].bye()
	}, func(t *testing.T, s *story) {
		s.advance(time.Minute)
		if b := s.w.Books(); b.Callers != 0 || b.Calls != 0 {
			t.Errorf("the books: %+v", b)
		}
	})
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
