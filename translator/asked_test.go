package translator_test

import (
	"fmt"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator/replay"
)

// arrives sends the n-th caller's INVITE, and gives it.
func (s *scene) arrives(n int) string {
	s.t.Helper()
	invite := fmt.Sprintf("INVITE sip:+4930100@192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKin%[1]d\nMax-Forwards: 70\n"+
		"From: <sip:+4917010%[1]d@192.0.2.10>;tag=in%[1]d\nTo: <sip:+4930100@192.0.2.20>\nCall-ID: in%[1]d\nCSeq: 1 INVITE\nContact: <sip:far@192.0.2.10:5060>\n"+
		"Content-Type: application/sdp\n\n", n) + farSDP
	s.w.Trunk(invite)
	return invite
}

// again is the n-th caller's request within the dialog that our 200 to his INVITE made, or an ACK to it.
func (s *scene) again(method string, n int) {
	s.t.Helper()
	ok := s.last("SIP/2.0 200 OK")
	cseq := 1
	if method != "ACK" {
		s.cseq++
		cseq = s.cseq
	}
	s.w.Trunk(fmt.Sprintf("%[1]s sip:192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK%[1]s%[2]d-%[3]d\nMax-Forwards: 70\n"+
		"From: %[4]s\nTo: %[5]s\nCall-ID: in%[2]d\nCSeq: %[3]d %[1]s\n\n", method, n, cseq, line(ok, "From"), line(ok, "To")))
}

// accepts lets the agent take the call, and waits a second.
func (s *scene) accepts(agent, call string) {
	s.t.Helper()
	if err := s.w.Ask(agent, map[string]any{"type": "accept", "call": call}); err != nil {
		s.t.Fatal(err)
	}
	s.wait(time.Second)
}

// ends lets the agent hang up on the n-th caller, who was answered.
func (s *scene) ends(agent, call string, n int) {
	s.t.Helper()
	s.again("ACK", n)
	s.must(agent, map[string]any{"type": "hangup", "call": call})
	s.respond(s.last("BYE "), 200, "", "", "")
	s.idle()
}

// offered is the call that is offered to the agent now.
func (s *scene) offered(agent string) string {
	s.t.Helper()
	_, c, ok := s.w.Agent(agent)
	if !ok || c.Phase != protocol.PhaseOffered {
		s.t.Fatalf("nothing is offered to %s: %+v", agent, c)
	}
	return c.ID
}

func (s *scene) available(agents ...string) {
	for _, a := range agents {
		s.w.Hello(a, protocol.Available)
	}
}

// All are asked at once; the first accept wins, the others are told so in the same instant, and are free again.
func TestRingAll(t *testing.T) {
	for seed := range uint64(30) {
		s := newScene(t, replay.Setup{Seed: seed, Queue: queue.QueueSettings{Strategy: queue.RingAll}})
		s.available("alice", "bob", "dora")
		s.arrives(1)
		call := s.offered("alice")
		for _, a := range []string{"alice", "bob", "dora"} {
			if s.offered(a) != call {
				t.Fatal("another call")
			}
			s.must(a, map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
		}
		s.wait(time.Second)
		before := s.w.Now()
		s.w.Together(func() { // all press at the same time
			for _, a := range []string{"alice", "bob", "dora"} {
				_ = s.w.Ask(a, map[string]any{"type": "accept", "call": call})
			}
		})
		won := ""
		for _, a := range []string{"alice", "bob", "dora"} {
			agent, _, _ := s.w.Agent(a)
			if agent.State == protocol.OnCall {
				if won != "" {
					t.Errorf("%s and %s have it", won, a)
				}
				won = a
				continue
			}
			s.wantCause(a, call, protocol.CauseAnsweredElsewhere, protocol.BySystem)
			if ended := s.object(a, call).EndedAt; ended.Sub(before) > 100*time.Millisecond {
				t.Errorf("%s was told after %s", a, ended.Sub(before))
			}
			if agent.State != protocol.Available {
				t.Errorf("%s is %s", a, agent.State)
			}
		}
		s.wait(time.Second)
		if won == "" || s.object(won, call).Phase != protocol.PhaseConnected {
			t.Errorf("%q has it: %+v", won, s.object(won, call))
		}
		s.ends(won, call, 1)
	}
}

// last is the newest SIP message of ours that begins so.
func (s *scene) last(begin string) (text string) {
	s.t.Helper()
	s.seen = 0
	for _, m := range s.sent() {
		if len(m) >= len(begin) && m[:len(begin)] == begin {
			text = m
		}
	}
	if text == "" {
		s.t.Fatalf("we never sent %q", begin)
	}
	return text
}

// One more agent each step; the earlier ones ring on. The one who declines leaves the others asked.
func TestRingProgressively(t *testing.T) {
	s := newScene(t, replay.Setup{Queue: queue.QueueSettings{Strategy: queue.RingProgressively, Step: 5 * time.Second}})
	s.available("alice", "bob")
	s.arrives(1)
	call := s.offered("alice")
	s.must("alice", map[string]any{"type": "ringing", "call": call})
	if _, c, _ := s.w.Agent("bob"); c.ID != "" {
		t.Fatal("bob is asked at once")
	}
	s.wait(5 * time.Second)
	s.offered("bob")
	s.must("bob", map[string]any{"type": "ringing", "call": call, "sdp": "$answer"})
	s.offered("alice")
	s.must("alice", map[string]any{"type": "reject", "call": call})
	s.wantCause("alice", call, protocol.CauseRejected, protocol.ByAgent)
	s.accepts("bob", call)
	s.wantPhases("bob", call, "offered", "connecting", "connected")
	s.ends("bob", call, 1)
}

// The caller cancels while all are asked: each is told, once.
func TestRingAllCancelled(t *testing.T) {
	s := newScene(t, replay.Setup{Queue: queue.QueueSettings{Strategy: queue.RingAll}})
	s.available("alice", "bob")
	s.arrives(1)
	call := s.offered("alice")
	s.w.Trunk("CANCEL sip:+4930100@192.0.2.20:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKin1\nMax-Forwards: 70\n" +
		"From: <sip:+49170101@192.0.2.10>;tag=in1\nTo: <sip:+4930100@192.0.2.20>\nCall-ID: in1\nCSeq: 1 CANCEL\n\n")
	for _, a := range []string{"alice", "bob"} {
		s.wantPhases(a, call, "offered", "ended")
		s.wantCause(a, call, protocol.CauseCancelled, protocol.ByCaller)
	}
	s.idle()
}

// Settings change while a caller waits: he stays, and the new ones hold for him. Faulty ones change nothing.
func TestReload(t *testing.T) {
	s := newScene(t, replay.Setup{})
	s.arrives(1)
	s.next("SIP/2.0 100")
	s.next("SIP/2.0 180")
	if err := s.w.X.Reload(queue.Settings{Queues: []queue.QueueSettings{{Name: "billing", Strategy: "nonsense"}}}); err == nil {
		t.Error("nonsense was taken")
	}
	if err := s.w.X.Reload(queue.Settings{Queues: []queue.QueueSettings{{Name: "billing", MaxWait: time.Minute}, {Name: "sales"}}}); err != nil {
		t.Fatal(err)
	}
	s.wait(50 * time.Second)
	s.silent()
	if b := s.w.Books(); b.Callers != 1 {
		t.Fatalf("books %+v", b)
	}
	s.wait(15 * time.Second)
	s.seen = 0
	if got := s.last("SIP/2.0 480"); line(got, "Reason") == "" {
		t.Error("no reason")
	}
	s.arrives(2)
	if err := s.w.X.Reload(queue.Settings{Queues: []queue.QueueSettings{{Name: "sales"}}}); err != nil {
		t.Fatal(err)
	}
	s.wait(time.Second)
	if b := s.w.Books(); b.Callers != 0 || b.Calls > 2 {
		t.Errorf("books %+v", b)
	}
	s.idle()
}
