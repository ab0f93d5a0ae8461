package agent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

// TestFaultSlowReader (F14): a page that stops reading is closed with 4413 once 1 MiB waits for it, holds no more memory than that, holds nobody else
// up and can resume.
func TestFaultSlowReader(t *testing.T) {
	s := serve(t)
	slow := agenttest.DialWith(t, s.url, agenttest.Options{Origin: testOrigin, Subprotocol: protocol.Subprotocol, ReadBuffer: 64 << 10})
	w := slow.Hello(s.issuer.Token("slow"), "")
	other, _ := s.login("other")

	name := strings.Repeat("x", 4000)
	most, longest := 0, time.Duration(0)
	closed := func() bool { return s.counts.of(CountedClosed, "4413") == 1 }
	n := 0
	for ; !closed() && n < 20000; n++ {
		s.SendCall("slow", protocol.Call{ID: fmt.Sprint(n), Rev: 1, Phase: protocol.PhaseEnded, From: protocol.Party{Name: name}})
		most = max(most, s.unsent("slow"))
		if n%100 == 0 {
			start := time.Now()
			other.Send(request("hangup", other.NextID(), "c1"))
			other.Reply()
			longest = max(longest, time.Since(start))
		}
	}
	if !closed() {
		t.Fatalf("not closed after %d calls", n)
	}
	if most > maxUnsent {
		t.Errorf("%d bytes waited", most)
	}
	if sent := n * len(name); sent > 2<<20 {
		t.Errorf("%d bytes were taken for a page that does not read: what the kernel holds is not bounded", sent)
	}
	if longest > time.Second {
		t.Errorf("somebody else waited %v", longest)
	}
	if code := slow.Closed(); code != protocol.CloseSlow { // it reads again, within the write deadline
		t.Errorf("closed with %d", code)
	}
	again := s.dial()
	if again.Hello(s.issuer.Token("slow"), w.Session); s.counts.of(CountedLogin, "resumed") != 1 {
		t.Error("it could not resume")
	}
	t.Logf("closed after %d calls of 4 KB; at most %d bytes waited; the longest reply of another took %v", n, most, longest)
}

// unsent is how much waits for an agent.
func (s *site) unsent(agent string) int {
	d := s.known(agent)
	d.mu.Lock()
	a := d.active
	d.mu.Unlock()
	if a == nil {
		return 0
	}
	a.out.mu.Lock()
	defer a.out.mu.Unlock()
	return a.out.bytes
}

// TestFaultDeadReader: a page that never reads again is dropped after the write deadline, though less than 1 MiB waits.
func TestFaultDeadReader(t *testing.T) {
	s := serve(t)
	dead := agenttest.DialWith(t, s.url, agenttest.Options{Origin: testOrigin, Subprotocol: protocol.Subprotocol, ReadBuffer: 4 << 10})
	dead.Hello(s.issuer.Token("dead"), "")
	name := strings.Repeat("x", 50<<10)
	for rev := int64(1); s.counts.of(CountedClosed, "slow") == 0 && rev < 50000; rev++ {
		// One call again and again: the newest replaces what waits, so the outbox never fills.
		s.SendCall("dead", protocol.Call{ID: "c1", Rev: rev, Phase: protocol.PhaseConnected, From: protocol.Party{Name: name}})
		if rev%100 == 0 {
			time.Sleep(time.Millisecond) // lets the writer come to the point where it is stuck
		}
	}
	if n := s.counts.of(CountedClosed, "slow"); n != 1 {
		t.Errorf("%d sockets were slow", n)
	}
	s.back.await(t, "detached dead", 1)
}

// TestSlowReaderGetsTheNewest: of each call, agent and queue one frame waits; no reply is lost.
func TestSlowReaderGetsTheNewest(t *testing.T) {
	o := outbox{wake: make(chan struct{}, 1)}
	for rev := range 100000 {
		o.put(thing{thingCall, "c1"}, fmt.Appendf(nil, "c1 rev %d", rev))
		o.put(thing{thingCall, "c2"}, fmt.Appendf(nil, "c2 rev %d", rev))
		o.put(thing{thingQueue, "c1"}, fmt.Appendf(nil, "queue %d", rev))
		if rev%50000 == 0 {
			o.put(thing{}, fmt.Appendf(nil, "ok %d", rev))
		}
		if cap(o.line) > 1000 {
			t.Fatalf("%d entries are kept", cap(o.line))
		}
	}
	if got, want := drained(&o), "ok 0, ok 50000, c1 rev 99999, c2 rev 99999, queue 99999, "; got != want {
		t.Errorf("got %s", got)
	}
	if o.bytes != 0 || len(o.at) != 0 {
		t.Errorf("%d bytes and %d things are left", o.bytes, len(o.at))
	}
}

// TestOutboxWhileSending: the outbox stays right while it is emptied and filled at once.
func TestOutboxWhileSending(t *testing.T) {
	o := outbox{wake: make(chan struct{}, 1)}
	next := func(want string) {
		t.Helper()
		if frame, _, _ := o.next(); string(frame) != want {
			t.Errorf("got %q, want %q", frame, want)
		}
	}
	for i := range 200 {
		o.put(thing{thingCall, "a"}, []byte("a1"))
		o.put(thing{thingCall, "b"}, []byte("b1"))
		next("a1")
		o.put(thing{thingCall, "a"}, []byte("a2"))
		o.put(thing{}, fmt.Appendf(nil, "ok %d", i))
		o.put(thing{thingCall, "b"}, []byte("b2"))
		next("a2")
		next(fmt.Sprintf("ok %d", i))
		o.put(thing{thingCall, "b"}, []byte("b3"))
		next("b3")
	}
	next("")
}

// TestOutboxCloses: the first close counts, what waits is sent or not as it says, and nothing is taken afterwards.
func TestOutboxCloses(t *testing.T) {
	for _, flush := range []bool{true, false} {
		o := outbox{wake: make(chan struct{}, 1)}
		o.put(thing{}, []byte("ok"))
		if !o.close(4409, flush) || o.close(1000, false) {
			t.Error("the first close has to count")
		}
		o.put(thing{}, []byte("late"))
		frame, _, _ := o.next()
		if got := string(frame) == "ok"; got != flush {
			t.Errorf("flush %v: got %q", flush, frame)
		}
		if frame, code, done := o.next(); frame != nil || code != 4409 || !done {
			t.Errorf("got %q %d %v", frame, code, done)
		}
	}
}

// TestFaultSilentPeer: a peer that neither reads nor answers the close frame holds its socket for a second more, not longer.
func TestFaultSilentPeer(t *testing.T) {
	s := serve(t)
	s.idleAgent(t, "silent") // a bare TCP connection that nobody reads
	s.Close("silent", protocol.CloseToken)
	eventually(t, "its goroutines are gone", func() bool { return s.Figures().Sockets == 0 })
}
