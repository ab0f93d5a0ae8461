package e2e

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// TestMeasure makes the figures of the release notes: make measure. Caller, agents and gateway share the machine, so every figure is a
// floor of what the gateway does alone. What is printed says how it was measured.
func TestMeasure(t *testing.T) {
	if os.Getenv("OFFHOOK_MEASURE") == "" {
		t.Skip("set OFFHOOK_MEASURE, or make measure")
	}
	t.Logf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	t.Run("set-up times", measureSetUp)
	t.Run("calls per second", measureRate)
	t.Run("memory per idle agent", measureIdle)
	t.Run("CPU per relayed packet", measureRelay)
}

// measureSetUp places calls one after another, with an agent who answers after 300 ms, when DTLS is up.
func measureSetUp(t *testing.T) {
	const calls = 200
	s := newStage(t, load.Policy{After: 300 * time.Millisecond})
	var offer, answer, sound []time.Duration
	for range calls {
		from := s.agent.Journal.Len()
		call := s.place(load.Plan{})
		invite := s.waitFrom(from, "the INVITE", load.Is(load.InviteSent))
		offered := s.waitFrom(from, "the offer", load.InPhase(protocol.PhaseOffered))
		accept := s.waitFrom(from, "accept", load.Is(load.AcceptSent))
		answered := s.waitFrom(from, "the 200", load.Is(load.Answered))
		atAgent := s.waitFrom(from, "sound at the agent", func(e load.Event) bool { return e.Kind == load.FirstSound && e.Who == "anna" })
		atCaller := s.waitFrom(from, "sound at the caller", func(e load.Event) bool { return e.Kind == load.FirstSound && e.Who == "mara" })
		both := max(atAgent.At.Sub(accept.At), atCaller.At.Sub(accept.At))
		offer, answer, sound = append(offer, offered.At.Sub(invite.At)), append(answer, answered.At.Sub(accept.At)), append(sound, both)
		from = s.agent.Journal.Len()
		call.Hangup()
		s.result(call)
		if s.agent.Object().State != protocol.Available {
			s.waitFrom(from, "the agent is available again", load.InState(protocol.Available))
		}
	}
	t.Logf("| %d calls, one at a time | median | p99 | worst |", calls)
	for _, row := range []struct {
		name  string
		times []time.Duration
	}{
		{"INVITE sent → call object at the agent", offer},
		{"accept sent → 200 at the caller, DTLS up before", answer},
		{"accept sent → first sound at both", sound},
	} {
		slices.Sort(row.times)
		t.Logf("| %s | %s | %s | %s |", row.name, at(row.times, 0.5), at(row.times, 0.99), at(row.times, 1))
	}
}

// at is the value below which this share of the sorted times lies.
func at(times []time.Duration, share float64) time.Duration {
	i := min(int(share*float64(len(times))), len(times)-1)
	return times[i].Round(10 * time.Microsecond)
}

// measureRate finds the rate at which sipp's calls still all succeed.
func measureRate(t *testing.T) {
	harness.Need(t, "sipp")
	t.Run("ring and give up", func(t *testing.T) {
		raise(t, startServer(t, forLoad), "uac-cancel.xml", []int{50, 100, 200, 400, 600, 800}, "-d", "50")
	})
	t.Run("answered by agents", func(t *testing.T) {
		const agents = 80
		server, pacer := startServer(t, forLoad), harness.NewPacer(t)
		for i := range agents {
			server.NewAgent(fmt.Sprintf("agent%02d", i), func(c *load.AgentConfig) { c.Pacer = pacer })
		}
		raise(t, server, "uac-caller-hangs-up.xml", []int{5, 10, 20, 30, 40, 50}, "-d", "500")
	})
}

// ports is a range wide enough for calls by the hundred a second, since each port rests for 10 s after its call.
var ports = regexp.MustCompile(`ports: .*`)

// forLoad is a configuration for many calls and few words.
func forLoad(yaml string) string {
	yaml = ports.ReplaceAllString(yaml, "ports: 4000-25999")
	yaml = strings.Replace(yaml, "  - name: support\n", "  - name: support\n    capacity: 5000\n", 1)
	return yaml + "limits: {calls: 10000, transactions: 20000}\nlog: {level: error}\n"
}

// raise runs sipp at rising rates, 8 s each, until a call fails.
func raise(t *testing.T, server *harness.Server, scenario string, rates []int, options ...string) {
	best := 0
	for _, rate := range rates {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		before := cpu(t, server)
		began := time.Now()
		output, err := sipp(server, scenario, "100", append(options, "-r", fmt.Sprint(rate), "-m", fmt.Sprint(8*rate), "-l", "10000")...).Start(ctx, t).Result()
		took := time.Since(began)
		cancel()
		if err != nil {
			t.Logf("%d/s: not all succeeded (%.300s)", rate, harness.Exited(err, output))
			break
		}
		best = rate
		t.Logf("| %s | %d calls/s | 100 %% of %d | gateway %.0f µs a call, %.0f %% of a core |", scenario, rate, 8*rate,
			float64((cpu(t, server)-before).Microseconds())/float64(8*rate), 100*(cpu(t, server)-before).Seconds()/took.Seconds())
	}
	if best == 0 {
		t.Errorf("%s: not even %d calls a second", scenario, rates[0])
	}
}

// measureIdle logs agents in and looks at the gateway's memory before and after.
func measureIdle(t *testing.T) {
	const agents = 1000
	t.Setenv("GOGC", "10") // so that little of the heap is garbage
	server, pacer := startServer(t, nil), harness.NewPacer(t)
	server.NewAgent("first", func(c *load.AgentConfig) { c.Pacer = pacer }) // what is made once is made
	before := memoryOf(server)
	for i := range agents {
		server.NewAgent(fmt.Sprintf("idle%04d", i), func(c *load.AgentConfig) { c.Pacer = pacer })
	}
	after := memoryOf(server)
	t.Logf("| %d idle agents | heap %.1f KB | stack %.1f KB | resident %.1f KB each |", agents,
		(after.heap-before.heap)/agents/1024, (after.stack-before.stack)/agents/1024, (after.resident-before.resident)/agents/1024)
}

// measureRelay lets calls talk, and divides the gateway's CPU time by the packets that came out.
func measureRelay(t *testing.T) {
	const calls, seconds = 25, 10
	server, pacer := startServer(t, forLoad), harness.NewPacer(t)
	var packets atomic.Int64
	count := func([]int16) { packets.Add(1) }
	var journal load.Journal
	for i := range calls {
		server.NewAgent(fmt.Sprintf("agent%02d", i), func(c *load.AgentConfig) {
			c.Pacer, c.Events = pacer, journal.Add
			c.Heard = func(_ string, pcm []int16) { count(pcm) }
		})
	}
	caller := server.NewCaller(pacer, nil)
	for range calls {
		if _, err := caller.Place(load.Plan{To: server.URI("100"), From: "+4930111", Speak: load.Sine(harness.CallerTone, -10), Heard: count}); err != nil {
			t.Fatal(err)
		}
	}
	ctx := harness.Within(t, 60*time.Second)
	for connected := make(map[string]bool); len(connected) < calls; {
		e, err := journal.Wait(ctx, func(e load.Event) bool {
			return e.Kind == load.CallChanged && e.Object.Phase == protocol.PhaseConnected && !connected[e.Call]
		})
		if err != nil {
			t.Fatal(err)
		}
		connected[e.Call] = true
	}
	before, began, used := packets.Load(), time.Now(), cpu(t, server)
	time.Sleep(seconds * time.Second)
	relayed, took, spent := packets.Load()-before, time.Since(began), cpu(t, server)-used
	t.Logf("| %d calls, %d packets in %.1f s | %.1f µs of CPU a packet | %.2f %% of a core a call | %.1f %% arrived |", calls, relayed, took.Seconds(),
		float64(spent.Microseconds())/float64(relayed), 100*spent.Seconds()/took.Seconds()/calls, float64(relayed)/(took.Seconds()*100*calls)*100)
}

// cpu is the time that the program has spent, user and system (proc(5), stat, fields 14 and 15, in hundredths of a second).
func cpu(t *testing.T, s *harness.Server) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.PID()))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name may hold blanks
	field := strings.Fields(after)
	user, _ := strconv.Atoi(field[11])
	system, _ := strconv.Atoi(field[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memory is in bytes.
type memory struct{ heap, stack, resident float64 }

// memoryOf asks the gateway's own metrics.
func memoryOf(s *harness.Server) memory {
	page := s.Metrics()
	return memory{metric(page, "go_memstats_heap_alloc_bytes"), metric(page, "go_memstats_stack_inuse_bytes"), metric(page, "process_resident_memory_bytes")}
}

func metric(page, name string) float64 {
	for line := range strings.Lines(page) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			f, _ := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return f
		}
	}
	return 0
}
