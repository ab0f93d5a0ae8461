package agent

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"offhook/agent/protocol"
)

// memoryWire is a wire without a network, for tests in virtual time.
type memoryWire struct {
	in      chan string
	dropped chan struct{}
	once    sync.Once

	mu   sync.Mutex
	sent []sentFrame
	code int
}

type sentFrame struct {
	at   time.Time
	kind string
	raw  string
}

func newMemoryWire() *memoryWire {
	return &memoryWire{in: make(chan string), dropped: make(chan struct{})}
}

func (w *memoryWire) receive(use func([]byte)) error {
	select {
	case frame := <-w.in:
		use([]byte(frame))
		return nil
	case <-w.dropped:
		return errors.New("dropped")
	}
}

func (w *memoryWire) send(frame []byte) error {
	var head struct{ Type string }
	if err := json.Unmarshal(frame, &head); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, sentFrame{time.Now(), head.Type, string(frame)})
	return nil
}

func (w *memoryWire) end(code int, _ string) {
	w.mu.Lock()
	w.code = code
	w.mu.Unlock()
	time.AfterFunc(linger, w.drop)
}

func (w *memoryWire) drop() { w.once.Do(func() { close(w.dropped) }) }

func (w *memoryWire) closedWith() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.code
}

// beats are the times of the beats that were sent, counted from start.
func (w *memoryWire) beats(start time.Time) (at []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.sent {
		if f.kind == "beat" {
			at = append(at, f.at.Sub(start))
		}
	}
	return at
}

// page is a logged-in socket in a bubble; when the test ends it is gone.
func (s *site) page(t *testing.T) *memoryWire {
	w := newMemoryWire()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		newSocket(s.Hub, client{address: "192.0.2.1"}).serve(w)
	}()
	t.Cleanup(func() { w.drop(); <-gone })
	hello, _ := json.Marshal(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: s.issuer.Token("ana"), Client: "x"})
	w.in <- string(hello)
	synctest.Wait()
	return w
}

// TestBeats: every 15 s, every 5 s while a call is offered or live, 15 s again in its wrap-up. The page that answers stays.
func TestBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHub(t)
		w := s.page(t)
		start := time.Now()
		answer := func(n int) {
			t.Helper()
			for range n {
				before := len(w.beats(start))
				for len(w.beats(start)) == before {
					time.Sleep(time.Second)
					synctest.Wait()
				}
				w.in <- `{"type":"beat"}`
				synctest.Wait()
			}
		}
		answer(2)
		s.SendCall("ana", protocol.Call{ID: "c1", Rev: 1, Phase: protocol.PhaseOffered})
		answer(2)
		s.SendCall("ana", protocol.Call{ID: "c1", Rev: 2, Phase: protocol.PhaseWrapUp})
		answer(2)
		want := []time.Duration{15, 30, 35, 40, 55, 70}
		got := w.beats(start)
		if len(got) != len(want) {
			t.Fatalf("beats at %v", got)
		}
		for i := range want {
			if got[i] != want[i]*time.Second {
				t.Errorf("beats at %v, want %v s", got, want)
				break
			}
		}
		if s.back.times("beat ana") != 6 || w.closedWith() != 0 {
			t.Errorf("%d beats reached the backend, closed with %d", s.back.times("beat ana"), w.closedWith())
		}
	})
}

// TestFaultBusyAgentKeepsHisLease: an agent whose calls are shorter than the time between beats, so that the time between beats changes all the while, gets
// his beats all the same; without them his lease would run out.
func TestFaultBusyAgentKeepsHisLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHub(t)
		w := s.page(t)
		start := time.Now()
		for rev := int64(1); time.Since(start) < time.Minute; rev += 2 {
			s.SendCall("ana", protocol.Call{ID: "c1", Rev: rev, Phase: protocol.PhaseConnected})
			time.Sleep(200 * time.Millisecond)
			s.SendCall("ana", protocol.Call{ID: "c1", Rev: rev + 1, Phase: protocol.PhaseWrapUp})
			time.Sleep(100 * time.Millisecond)
			if n := len(w.beats(start)); s.back.times("beat ana") < n {
				w.in <- `{"type":"beat"}`
			}
			synctest.Wait()
		}
		if n := len(w.beats(start)); n < 11 || n > 13 {
			t.Errorf("%d beats in a minute of short calls, want one every 5 s: %v", n, w.beats(start))
		}
	})
}

// TestFaultHungPage: two beats missed, and the socket is lost, though the browser's network code still answers pings; once, and without a log-out.
func TestFaultHungPage(t *testing.T) {
	for _, row := range []struct {
		name  string
		phase protocol.Phase
		after time.Duration
	}{{"idle", "", 45 * time.Second}, {"offered", protocol.PhaseOffered, 15 * time.Second}} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newHub(t)
				w := s.page(t)
				if row.phase != "" {
					s.SendCall("ana", protocol.Call{ID: "c1", Rev: 1, Phase: row.phase})
				}
				time.Sleep(row.after - time.Millisecond)
				synctest.Wait()
				if w.closedWith() != 0 {
					t.Error("closed too early")
				}
				time.Sleep(2 * time.Millisecond)
				synctest.Wait()
				if w.closedWith() != protocol.CloseGoingAway || len(w.beats(time.Now())) != 2 {
					t.Errorf("closed with %d after %d beats", w.closedWith(), len(w.beats(time.Now())))
				}
				time.Sleep(2 * linger)
				synctest.Wait()
				if s.back.times("detached ana") != 1 || s.back.times("logged out ana") != 0 {
					t.Errorf("heard %q", s.back.all())
				}
			})
		})
	}
}

// TestFaultNoHello: 5 s in virtual time.
func TestFaultNoHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHub(t)
		w := newMemoryWire()
		start := time.Now()
		newSocket(s.Hub, client{address: "192.0.2.1"}).serve(w)
		if got := time.Since(start); w.closedWith() != protocol.CloseNoHello || got != helloTimeout+linger {
			t.Errorf("closed with %d after %v", w.closedWith(), got)
		}
		if f := s.Figures(); f != (Figures{}) {
			t.Errorf("figures %+v", f)
		}
	})
}

// TestFaultShutdown: every socket is closed with 1001 and its goroutines are gone when Shutdown returns; one that does not go is dropped.
func TestFaultShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHub(t)
		w := s.page(t)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if f := s.Figures(); f.Sockets != 0 || w.closedWith() != protocol.CloseGoingAway {
			t.Errorf("figures %+v, closed with %d", f, w.closedWith())
		}
		if err := s.Shutdown(t.Context()); err != nil { // it is idempotent
			t.Error(err)
		}
		late := newMemoryWire()
		newSocket(s.Hub, client{address: "192.0.2.1"}).serve(late)
		if late.closedWith() == 0 {
			t.Error("a socket was taken after the shutdown")
		}
	})
}

// TestRate: 50 a second and 100 at once, in virtual time.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m meter
		count := func(n int) (passed int, last verdict) {
			for range n {
				if last = m.frame(time.Now()); last == pass {
					passed++
				}
			}
			return passed, last
		}
		if n, last := count(120); n != 100 || last != refuse {
			t.Errorf("%d passed at once, then %d", n, last)
		}
		time.Sleep(time.Second)
		if n, _ := count(60); n != 50 {
			t.Errorf("%d passed a second later", n)
		}
		if _, last := count(300); last != cut {
			t.Error("a flood was not cut")
		}
		time.Sleep(time.Hour)
		if n, _ := count(101); n != 100 {
			t.Errorf("%d passed after a rest", n)
		}
	})
}

// TestOnceForgets: a jti is remembered as long as its token is good, no longer.
func TestOnceForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o once
		c := claims{issuer: "i", jti: "1", Identity: protocol.Identity{Expires: time.Now().Add(time.Hour)}}
		other := c
		other.issuer = "j"
		if !o.first(c, time.Now()) || o.first(c, time.Now()) || !o.first(other, time.Now()) {
			t.Error("once for each issuer")
		}
		time.Sleep(2 * time.Hour)
		o.first(claims{jti: "2"}, time.Now())
		if len(o.seen) != 1 {
			t.Errorf("%d are remembered", len(o.seen))
		}
	})
}
