package translator_test

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/replay"
)

// server is an exchange as it runs live, with transactions and media without sockets, in the virtual time of synctest.
type server struct {
	t     *testing.T
	live  *translator.Live
	x     *translator.Exchange
	media *replay.Engine

	mu      sync.Mutex // guards the transactions and what follows
	tx      *dialog.VirtualTx
	out     []string
	call    protocol.Call
	said    []protocol.Reply
	deaf    bool // the trunk answers no BYE
	seen    protocol.Agent
	queues  []string
	records []translator.CallRecord
}

func (s *server) keep(r translator.CallRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = append(s.records, r)
}

func (s *server) AddRecent(string, protocol.Recent) {}
func (s *server) Welcome(protocol.Ref)              {}
func (s *server) Forget(string)                     {}

func (s *server) SendQueue(_ string, q protocol.QueueFigures) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues = append(s.queues, q.Name)
}

func (s *server) SendAgent(_ string, a protocol.Agent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = a
}

func (s *server) SendCall(_ string, c protocol.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.call = c
}

func (s *server) Reply(_ protocol.Ref, r protocol.Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, r)
}

// Perform is dialog.Tx. The answer to a BYE comes a little later, by another way.
func (s *server) Perform(e dialog.Effect) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tx.Tick(time.Now())
	err := s.tx.Perform(e)
	for _, p := range s.tx.Sent() {
		text := string(p.Data)
		s.out = append(s.out, text)
		if strings.HasPrefix(text, "BYE") && !s.deaf {
			time.AfterFunc(20*time.Millisecond, func() {
				s.trunk("SIP/2.0 200 OK\n" + strings.Join(headLines.FindAllString(strings.ReplaceAll(text, "\r\n", "\n"), -1), "\n") + "\n\n")
			})
		}
	}
	return err
}

func (s *server) trunk(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tx.Receive([]byte(strings.ReplaceAll(text, "\n", "\r\n")), netip.MustParseAddrPort("192.0.2.10:5060"), time.Now())
}

func (s *server) sent(re string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range s.out {
		if regexp.MustCompile(re).MatchString(text) {
			return true
		}
	}
	return false
}

type handler struct{ s *server }

func (h handler) Invite(in *dialog.Invite) func(dialog.Event) {
	in.Tx = h.s
	return h.s.x.Invite(in)
}
func (h handler) Admit() bool { return h.s.x.Admit() }

// serve starts one; phase is where the call of an agent is then, "" for none.
func serve(t *testing.T, phase protocol.Phase, outcomeRequired bool) *server {
	t.Helper()
	s := &server{t: t, live: translator.NewLive(), media: &replay.Engine{Now: time.Now, Up: -1}}
	tx, err := dialog.NewVirtualTx(dialog.Config{
		Listen: netip.MustParseAddrPort("192.0.2.20:5060"), Handler: handler{s},
		Trunks: []dialog.Trunk{{Name: "pbx", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}},
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.tx = tx
	terms := translator.Terms{Queue: "billing", OutcomeRequired: outcomeRequired}.WithDefaults()
	s.x, err = translator.New(translator.Config{
		Runtime: s.live, Agents: s, Media: s.media,
		Queue:       queue.Settings{Queues: []queue.QueueSettings{{Name: "billing", OutcomeRequired: outcomeRequired}}},
		Route:       func(*dialog.Invite) translator.Routing { return translator.Routing{Terms: terms} },
		Memberships: func(protocol.Identity) []queue.Membership { return []queue.Membership{{Queue: "billing"}} },
		Log:         slog.New(slog.NewTextHandler(io.Discard, nil)),
		Hooks:       translator.Hooks{Record: s.keep},
	})
	if err != nil {
		t.Fatal(err)
	}
	if phase != "" {
		s.bring(phase)
	}
	return s
}

const shutdownCaller = "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK%BRANCH\nMax-Forwards: 70\nFrom: <sip:1@192.0.2.10>;tag=f\nTo: <sip:2@192.0.2.20>%TAG\nCall-ID: down\nCSeq: %SEQ\n"

func (s *server) request(method, branch, tag, seq, rest string) {
	head := strings.NewReplacer("%BRANCH", branch, "%TAG", tag, "%SEQ", seq+" "+method).Replace(shutdownCaller)
	s.trunk(method + " sip:2@192.0.2.20 SIP/2.0\n" + head + rest)
	synctest.Wait()
}

func (s *server) invite() {
	s.request("INVITE", "1", "", "1", "Contact: <sip:1@192.0.2.10:5060>\nContent-Type: application/sdp\n\n"+phoneSDP)
}

// bring takes a call of alice's to the phase.
func (s *server) bring(phase protocol.Phase) {
	s.x.Login(protocol.Ref{Agent: "alice", Session: 1, ID: 1}, protocol.Identity{ID: "alice"}, protocol.Hello{State: protocol.Available})
	s.invite()
	sdp := replay.BrowserAnswer(s.call.SDP.SDP)
	s.x.Request(protocol.Ref{Agent: "alice", Session: 1, ID: 2}, protocol.Accept{Head: protocol.NewHead("accept", 2), Call: s.call.ID, SDP: sdp})
	for _, kind := range []media.EventKind{media.AgentUp, media.AgentHeard} {
		synctest.Wait()
		s.media.Any(kind, func(int) int { return 0 })
	}
	synctest.Wait()
	tag := ";tag=" + toTagOf.FindStringSubmatch(strings.ReplaceAll(s.out[len(s.out)-1], "\r\n", "\n"))[1]
	s.request("ACK", "2", tag, "1", "\n")
	if phase != protocol.PhaseConnected {
		s.request("BYE", "3", tag, "2", "\n")
	}
	if phase == protocol.PhaseEnded {
		time.Sleep(16 * time.Second)
		synctest.Wait()
	}
	if s.call.Phase != phase {
		s.t.Fatalf("the call is %s, want %s", s.call.Phase, phase)
	}
}

// Shutdown waits for calls as long as it may, then ends them with the response or the BYE that fits, and returns when every owner has stopped
// (design.md §3: refuse, drain, end, close; security.md F4).
func TestShutdown(t *testing.T) {
	const patience = 10 * time.Second
	rows := []struct {
		name     string
		phase    protocol.Phase
		waiting  bool // a caller without an agent
		deaf     bool
		outcome  bool
		patience time.Duration
		want     time.Duration // how long it takes
		sent     string        // what goes to the trunk
	}{
		{name: "nothing to do", patience: patience, want: 0},
		{name: "a caller hears ringing", waiting: true, patience: patience, want: 0, sent: `(?s)^SIP/2.0 503 .*Reason: Q.850;cause=42`},
		{name: "a call is up", phase: protocol.PhaseConnected, patience: patience, want: patience + 20*time.Millisecond, sent: `(?s)^BYE .*Reason: Q.850;cause=42`},
		{name: "a call is up and the trunk is dead", phase: protocol.PhaseConnected, deaf: true, patience: patience, want: patience + 5*time.Second, sent: `^BYE `},
		{name: "wrap-up runs out", phase: protocol.PhaseWrapUp, patience: time.Minute, want: 15 * time.Second},
		{name: "wrap-up is cut", phase: protocol.PhaseWrapUp, patience: patience, want: patience},
		{name: "an outcome is owed", phase: protocol.PhaseEnded, outcome: true, patience: time.Minute, want: 0},
		{name: "wrap-up without its outcome", phase: protocol.PhaseWrapUp, outcome: true, patience: time.Minute, want: 15 * time.Second},
		{name: "no patience", phase: protocol.PhaseConnected, patience: 0, want: 20 * time.Millisecond, sent: `^BYE `},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, r.phase, r.outcome)
				if r.waiting {
					s.invite()
				}
				s.deaf = r.deaf
				ctx, cancel := context.WithTimeout(context.Background(), r.patience)
				defer cancel()
				begin := time.Now()
				s.x.Shutdown(ctx)
				if took := time.Since(begin); took != r.want {
					t.Errorf("it took %s, want %s", took, r.want)
				}
				s.live.Wait()
				if r.sent != "" && !s.sent(r.sent) {
					t.Errorf("nothing like %s was sent:\n%s", r.sent, strings.Join(s.out, "\n"))
				}
				if n := s.x.Calls(); n != 0 {
					t.Errorf("%d calls are left", n)
				}
				s.x.Shutdown(ctx) // once more is no harm
				synctest.Wait()
			})
		})
	}
}

// The welcome of an agent has the figures of his queues, also where nothing has happened in them yet.
func TestLoginBringsTheQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, "", false)
		s.x.Login(protocol.Ref{Agent: "alice", Session: 1, ID: 1}, protocol.Identity{ID: "alice"}, protocol.Hello{})
		synctest.Wait()
		if len(s.queues) == 0 || s.queues[0] != "billing" {
			t.Errorf("the agent got the queues %v", s.queues)
		}
		s.x.Shutdown(expired())
		s.live.Wait()
	})
}

// Draining refuses new calls and leaves those that are up alone (translation.md I11).
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, protocol.PhaseConnected, false)
		s.x.Drain()
		if s.x.Admit() {
			t.Error("a new call would be admitted")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if s.call.Phase != protocol.PhaseConnected {
			t.Errorf("the call is %s", s.call.Phase)
		}
		if !s.seen.Draining {
			t.Error("the agent's object does not say that we drain")
		}
		s.x.Shutdown(expired())
		s.live.Wait()
	})
}

// A caller who still hears ringing is sent away when the server goes: its agents go with it.
func TestDrainSendsWaitingCallersAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, "", false)
		s.invite()
		s.x.Drain()
		synctest.Wait()
		last := s.out[len(s.out)-1]
		if !strings.HasPrefix(last, "SIP/2.0 503") || !strings.Contains(last, "Retry-After:") {
			t.Errorf("the caller got %q, want 503 with Retry-After", last)
		}
		s.x.Shutdown(expired())
		s.live.Wait()
	})
}

func expired() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// A call that is cut when the server goes leaves its record all the same (security.md F4).
func TestFaultShutdownLosesNoRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, protocol.PhaseConnected, false)
		s.deaf = true
		s.x.Shutdown(expired())
		s.live.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.records) != 1 || s.records[0].Cause.Code != protocol.CauseDraining || len(s.records[0].Agents) != 1 {
			t.Errorf("the records are %+v", s.records)
		}
	})
}
