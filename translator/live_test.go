package translator

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// counter is an actor that counts what it handles.
type counter struct {
	mu     sync.Mutex
	events []any
	at     []time.Time
	due    time.Time
	block  chan struct{} // handle waits for it, if set
}

func (c *counter) handle(ev any, now time.Time) {
	if c.block != nil {
		<-c.block
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events, c.at = append(c.events, ev), append(c.at, now)
	if _, ok := ev.(tick); ok {
		c.due = time.Time{}
	}
}

func (c *counter) deadline() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.due, !c.due.IsZero()
}

func (c *counter) start(l *Live, limit int) *actor {
	a := &actor{handle: c.handle, deadline: c.deadline, limit: limit}
	l.start(a)
	return a
}

// Events are handled one at a time in the order of posting, and a deadline brings a tick at its time.
func TestLiveOrderAndDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLive()
		c := &counter{due: l.Now().Add(3 * time.Second)}
		begin := l.Now()
		a := c.start(l, 100)
		for i := range 10 {
			a.box.post(i)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if len(c.events) != 11 {
			t.Fatalf("%d events, want 11", len(c.events))
		}
		for i := range 10 {
			if c.events[i] != i {
				t.Errorf("event %d is %v", i, c.events[i])
			}
		}
		if _, ok := c.events[10].(tick); !ok || c.at[10].Sub(begin) != 3*time.Second {
			t.Errorf("the tick: %v after %s", c.events[10], c.at[10].Sub(begin))
		}
		a.box.stop()
		l.Wait()
	})
}

// A deadline is met though events keep coming.
func TestLiveDeadlineUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLive()
		c := &counter{due: l.Now().Add(time.Second)}
		a := c.start(l, 100)
		for range 2000 {
			a.box.post("more")
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		ticks := 0
		for i, ev := range c.events {
			if _, ok := ev.(tick); ok {
				ticks++
				if late := i - 1000; late < -2 || late > 2 {
					t.Errorf("the tick came as event %d", i)
				}
			}
		}
		if ticks != 1 {
			t.Errorf("%d ticks, want 1", ticks)
		}
		a.box.stop()
		l.Wait()
	})
}

// An inbox takes its limit and no more, and post never waits; after stop what is in it is still handled, and nothing more is taken.
func TestSecurityInboxBound(t *testing.T) {
	for _, kind := range []string{"live", "stepped"} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &counter{}
				var a *actor
				var release func()
				if kind == "live" {
					l := NewLive()
					c.block = make(chan struct{})
					a = c.start(l, 50)
					a.box.post("first")
					synctest.Wait() // it is being handled now, and blocks
					release = func() { close(c.block); l.Wait() }
				} else {
					s := NewStepped(time.Now(), 0)
					a = &actor{handle: c.handle, deadline: c.deadline, limit: 50}
					s.start(a)
					a.box.post("first")
					s.Settle()
					release = s.Settle
				}
				took, full := 0, 0
				for range 80 {
					switch a.box.post("more") {
					case boxTook:
						took++
					case boxFull:
						full++
					}
				}
				if took != 50 || full != 30 {
					t.Errorf("took %d, full %d, want 50 and 30", took, full)
				}
				a.box.stop()
				if got := a.box.post("late"); got != boxStopped {
					t.Errorf("after stop post says %d", got)
				}
				release()
				if len(c.events) != 51 {
					t.Errorf("%d events handled, want 51", len(c.events))
				}
			})
		})
	}
}
