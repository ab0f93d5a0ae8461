package agent

import (
	"fmt"
	"strings"
	"testing"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

func isCall(id string, phase protocol.Phase) func(agenttest.Frame) bool {
	return func(f agenttest.Frame) bool { return f.Type == "call" && f.Call.ID == id && f.Call.Phase == phase }
}

// TestSession walks the narrative of the protocol's package: hello, an offered call, a lost socket, resume, wrap-up, bye.
func TestSession(t *testing.T) {
	s := serve(t, func(c *Config) {
		c.ICEServers = TURN{URLs: []string{"turn:turn.example"}, Secret: []byte("s")}.Servers
	})
	c, w := s.login("ana")
	if w.ID != 1 || w.LastID != 0 || w.Agent.ID != "ana" || len(w.Session) != 43 || len(w.Calls) != 0 || len(w.ICEServers) != 1 {
		t.Errorf("welcome %+v", w)
	}
	if l := w.Limits; l.FrameBytes != protocol.MaxFrame || l.RatePerS != 50 || l.ResumeForS != 30 {
		t.Errorf("limits %+v", l)
	}
	s.SendCall("ana", protocol.Call{ID: "c1", Rev: 1, Phase: protocol.PhaseOffered})
	c.Await("the offered call", isCall("c1", protocol.PhaseOffered))
	c.Send(request("accept", c.NextID(), "c1"))
	if r := c.Reply(); r.Type != "ok" || r.ID != 2 {
		t.Errorf("reply %+v", r)
	}
	s.SendCall("ana", protocol.Call{ID: "c1", Rev: 2, Phase: protocol.PhaseConnected})
	c.Cut()
	s.back.await(t, "detached ana", 1)

	c = s.dial()
	w = c.Hello(s.issuer.Token("ana"), w.Session)
	if w.LastID != 2 || len(w.Calls) != 1 || w.Calls[0].Rev != 2 {
		t.Errorf("resumed: %+v", w)
	}
	s.SendCall("ana", protocol.Call{ID: "c1", Rev: 3, Phase: protocol.PhaseEnded})
	c.Await("the end", isCall("c1", protocol.PhaseEnded))
	c.Send(map[string]any{"type": "bye", "id": c.NextID()})
	if r := c.Reply(); r.Type != "ok" {
		t.Errorf("reply to bye %+v", r)
	}
	if code := c.Closed(); code != protocol.CloseNormal {
		t.Errorf("closed with %d", code)
	}
	s.back.await(t, "logged out ana", 1)
	s.Forget("ana")
	eventually(t, "nothing is left of the agent", func() bool { return s.Figures() == Figures{} })
	if n := s.back.times("detached ana"); n != 1 {
		t.Errorf("detached %d times: a log-out is no loss", n)
	}
}

// TestNewestHelloWins: the older socket gets 4409 and the backend hears of no loss.
func TestNewestHelloWins(t *testing.T) {
	s := serve(t)
	first, w := s.login("ana")
	s.SendCall("ana", protocol.Call{ID: "c1", Rev: 1, Phase: protocol.PhaseConnected})
	second := s.dial()
	if w := second.Hello(s.issuer.Token("ana"), w.Session); len(w.Calls) != 1 {
		t.Errorf("the newest has no call: %+v", w)
	}
	if code := first.Closed(); code != protocol.CloseElsewhere {
		t.Errorf("closed with %d, want 4409", code)
	}
	third, w := s.login("ana") // another tab, which resumes nothing
	if len(w.Calls) != 1 || w.LastID != 0 {
		t.Errorf("a new session of the same agent: %+v", w)
	}
	if code := second.Closed(); code != protocol.CloseElsewhere {
		t.Errorf("closed with %d, want 4409", code)
	}
	third.Cut()
	s.back.await(t, "detached ana", 1)
	if n := s.back.times("detached ana"); n != 1 {
		t.Errorf("detached %d times", n)
	}
}

// TestReplyMemory: a request repeated on a resumed session gets the first one's reply and is not done again.
func TestReplyMemory(t *testing.T) {
	s := serve(t)
	c, w := s.login("ana")
	c.Send(request("accept", 7, "c1"))
	first := c.Reply()
	c.Raw(`{"type":"mute","id":8,"call":"c1"}`)
	bad := c.Reply()
	c.Cut()
	c = s.dial()
	if w = c.Hello(s.issuer.Token("ana"), w.Session); w.LastID != 8 {
		t.Errorf("last_id %d, want 8", w.LastID)
	}
	c.Send(request("accept", 7, "c1"))
	if again := c.Reply(); again != first {
		t.Errorf("got %+v, first was %+v", again, first)
	}
	c.Send(request("hangup", 8, "c1"))
	if again := c.Reply(); again != bad {
		t.Errorf("got %+v, first was %+v", again, bad)
	}
	if n := s.back.times("accept 7"); n != 1 {
		t.Errorf("accept was done %d times", n)
	}
	if n := s.back.times("hangup 8"); n != 0 {
		t.Error("an id that was used for something else was done")
	}
}

// TestReplyComesLater: the reply to a request whose socket was lost goes to the socket that repeats it, once.
func TestReplyComesLater(t *testing.T) {
	s := serve(t)
	s.back.silent = true
	c, w := s.login("ana")
	c.Send(request("accept", 2, "c1"))
	s.back.await(t, "accept 2", 1)
	c.Cut()
	s.back.await(t, "detached ana", 1)
	c = s.dial()
	c.Hello(s.issuer.Token("ana"), w.Session)
	c.Send(request("accept", 2, "c1"))
	c.Send(map[string]any{"type": "beat"})
	s.back.await(t, "beat ana", 1) // so the repetition was read
	s.back.mu.Lock()
	ref := s.back.requests[0]
	s.back.mu.Unlock()
	s.Reply(ref, protocol.Reply{Code: protocol.CallGone})
	if r := c.Reply(); r.ID != 2 || r.Code != protocol.CallGone || r.Type != "error" || r.Message == "" {
		t.Errorf("reply %+v", r)
	}
	s.Reply(ref, protocol.Reply{})
	if n := s.counts.of(CountedDropped, "nobody"); n != 1 {
		t.Errorf("%d replies dropped, want the second one", n)
	}
}

// TestReplyMemoryIsBounded: 64 replies are remembered; what is older is refused, never done again.
func TestReplyMemoryIsBounded(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	for id := int64(1); id <= keptReplies+1; id++ {
		c.Send(request("hangup", id, "c1"))
		c.Reply()
	}
	c.Send(request("hangup", 2, "c1"))
	if r := c.Reply(); r.Type != "ok" {
		t.Errorf("the oldest remembered: %+v", r)
	}
	c.Send(request("hangup", 1, "c1"))
	if r := c.Reply(); r.Code != protocol.BadRequest {
		t.Errorf("forgotten: %+v", r)
	}
	if n := s.back.times("hangup 1"); n != 1 {
		t.Errorf("done %d times", n)
	}
}

// TestTooManyPending: a session may have 64 requests without a reply.
func TestTooManyPending(t *testing.T) {
	s := serve(t)
	s.back.silent = true
	c, _ := s.login("ana")
	for id := int64(2); id <= maxPending+2; id++ {
		c.Send(request("hangup", id, "c1"))
	}
	if r := c.Reply(); r.ID != maxPending+2 || r.Code != protocol.TooManyRequests || !r.Retry {
		t.Errorf("reply %+v", r)
	}
}

// TestOrder: the backend hears of one agent what happened, in order, also across sockets.
func TestOrder(t *testing.T) {
	s := serve(t)
	c, w := s.login("ana")
	for range 3 {
		for range 20 {
			c.Send(request("hangup", c.NextID(), "c1"))
		}
		c.Reply()
		next := s.dial()
		w = next.Hello(s.issuer.Token("ana"), w.Session)
		for id := int64(1); id <= w.LastID; id++ {
			next.NextID()
		}
		c = next
	}
	last := 0
	for heard := range strings.SplitSeq(s.back.all(), "\n") {
		var id int
		if n, _ := fmt.Sscanf(heard, "hangup %d", &id); n == 1 {
			if id <= last {
				t.Fatalf("%d after %d", id, last)
			}
			last = id
		}
	}
}

// TestOkBeforeObjects: the objects that a request causes come after its ok, also where an older one of the same call still waited.
func TestOkBeforeObjects(t *testing.T) {
	o := outbox{wake: make(chan struct{}, 1)}
	o.put(thing{thingCall, "c1"}, []byte("call rev 1"))
	o.put(thing{}, []byte("ok"))
	o.put(thing{thingCall, "c1"}, []byte("call rev 2"))
	if got := drained(&o); got != "ok, call rev 2, " {
		t.Errorf("got %s", got)
	}
}

func drained(o *outbox) (all string) {
	for {
		frame, _, _ := o.next()
		if frame == nil {
			return all
		}
		all += string(frame) + ", "
	}
}

// TestDrain: sockets without a call go at once, the others when their wrap-up ends; who resumes a call still may, nobody else.
func TestDrain(t *testing.T) {
	s := serve(t)
	idle, _ := s.login("ben")
	busy, w := s.login("ana")
	s.SendCall("ana", protocol.Call{ID: "c1", Rev: 1, Phase: protocol.PhaseConnected})
	s.Drain()
	if code := idle.Closed(); code != protocol.CloseDraining {
		t.Errorf("without a call: closed with %d", code)
	}
	busy.Cut()
	s.back.await(t, "detached ana", 1)
	busy = s.dial()
	busy.Hello(s.issuer.Token("ana"), w.Session)
	late := s.dial()
	late.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: s.issuer.Token("cem"), Client: "x"})
	if code := late.Closed(); code != protocol.CloseDraining {
		t.Errorf("a new one: closed with %d", code)
	}
	s.SendCall("ana", protocol.Call{ID: "c1", Rev: 2, Phase: protocol.PhaseWrapUp})
	s.SendCall("ana", protocol.Call{ID: "c1", Rev: 3, Phase: protocol.PhaseEnded})
	busy.Await("the end", isCall("c1", protocol.PhaseEnded))
	if code := busy.Closed(); code != protocol.CloseDraining {
		t.Errorf("after its call: closed with %d", code)
	}
}

// TestWelcomeCarriesEverything: what was sent while nobody listened is in the next welcome, each thing once, an ended call once only.
func TestWelcomeCarriesEverything(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	c.Cut()
	s.back.await(t, "detached ana", 1)
	s.SendCall("ana", protocol.Call{ID: "c1", Rev: 5, Phase: protocol.PhaseOffered})
	s.SendCall("ana", protocol.Call{ID: "c1", Rev: 4, Phase: protocol.PhaseConnected}) // late: older than what is known
	s.SendCall("ana", protocol.Call{ID: "c2", Rev: 1, Phase: protocol.PhaseEnded})
	s.SendQueue("ana", protocol.QueueFigures{Name: "sales", Waiting: 1})
	s.SendQueue("ana", protocol.QueueFigures{Name: "sales", Waiting: 2})
	for i := range maxRecents + 5 {
		s.AddRecent("ana", protocol.Recent{ID: fmt.Sprint(i)})
	}
	c, w := s.login("ana")
	if len(w.Calls) != 2 || w.Calls[0].Phase != protocol.PhaseOffered || len(w.Queues) != 1 || w.Queues[0].Waiting != 2 {
		t.Errorf("welcome %+v", w)
	}
	if len(w.Recents) != maxRecents || w.Recents[0].ID != fmt.Sprint(maxRecents+4) {
		t.Errorf("%d recents, the first %+v", len(w.Recents), w.Recents[0])
	}
	c.Cut()
	if _, w := s.login("ana"); len(w.Calls) != 1 {
		t.Errorf("the ended call came twice: %+v", w.Calls)
	}
}

// TestForgetKeepsANewLogin: a log-out that is handled late must not cut off who has logged in since.
func TestForgetKeepsANewLogin(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	s.Forget("ana")
	c.Send(request("hangup", c.NextID(), "c1"))
	if r := c.Reply(); r.Type != "ok" {
		t.Errorf("reply %+v", r)
	}
	c.Cut()
	s.back.await(t, "detached ana", 1)
	s.Forget("ana")
	if f := s.Figures(); f.Agents != 0 {
		t.Errorf("figures %+v", f)
	}
}
