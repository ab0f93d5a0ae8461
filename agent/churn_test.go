package agent

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

// TestSecurityChurn (S6): 200 agents that reconnect all the time, while every one of them is sent frames with its name on. The library gives the wrapper of
// a socket to the next one as soon as its handler returns; nobody may get a frame of somebody else for it. OFFHOOK_LONG=1 makes it 10,000 reconnects.
func TestSecurityChurn(t *testing.T) {
	const agents = 200
	reconnects := 2000
	if os.Getenv("OFFHOOK_LONG") != "" {
		reconnects = 10000
	}
	s := serve(t, func(c *Config) { c.MaxWaiting = 1000 })
	s.helloIn = time.Minute // all of them come at once
	stop := s.shout(agents)
	defer stop()
	var got atomic.Int64
	var all sync.WaitGroup
	for i := range agents {
		all.Go(func() {
			got.Add(s.churn(t, fmt.Sprintf("agent-%03d", i), reconnects/agents, rand.New(rand.NewPCG(1, uint64(i)))))
		})
	}
	all.Wait()
	stop()
	if got.Load() < int64(reconnects) {
		t.Errorf("only %d frames were looked at", got.Load())
	}
	eventually(t, "all sockets are gone", func() bool { return s.Figures().Sockets == 0 })
	t.Logf("%d reconnects of %d agents, %d frames looked at", reconnects, agents, got.Load())
}

// shout sends frames to all agents until it is stopped.
func (s *site) shout(agents int) (stop func()) {
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for rev := int64(1); ; rev++ {
			for i := range agents {
				name := fmt.Sprintf("agent-%03d", i)
				s.SendCall(name, protocol.Call{ID: "call of " + name, Rev: rev, Phase: protocol.PhaseConnected, Queue: name})
			}
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	})
	var once sync.Once
	return func() { once.Do(func() { close(done) }); all.Wait() }
}

// churn reconnects one agent again and again and checks that each frame is its own.
func (s *site) churn(t *testing.T, name string, times int, r *rand.Rand) (frames int64) {
	session := ""
	var before *agenttest.Client
	for range times {
		c := agenttest.Dial(t, s.url, testOrigin)
		w := c.Hello(s.issuer.Token(name), session)
		if w.Agent.ID != name {
			t.Errorf("%s was welcomed as %s", name, w.Agent.ID)
		}
		if session = w.Session; r.IntN(3) == 0 {
			session = "" // a new tab
		}
		for range 1 + r.IntN(3) {
			f := c.Next()
			frames++
			if !strings.Contains(string(f.Raw), name) {
				t.Errorf("%s got %s", name, f.Raw)
			}
		}
		// Either the line is cut, or the next hello takes over while this socket is still open.
		if before != nil {
			before.Cut()
		}
		if before = c; r.IntN(2) == 0 {
			c.Cut()
		}
	}
	before.Cut()
	return frames
}
