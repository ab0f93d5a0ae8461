package load

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"go.uber.org/goleak"

	"offhook/agent/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A gateway is just enough of one to try an Agent on: it logs everybody in, and gives the frames to the test, which answers them.
// Its media is a peer of our own, which says 440 Hz.
type gateway struct {
	t      *testing.T
	server *httptest.Server
	frames chan Fields

	mu   sync.Mutex
	conn *websocket.Conn
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{t: t, frames: make(chan Fields, 100)}
	upgrader := websocket.Upgrader{Subprotocols: []string{subprotocol}, CheckOrigin: func(*http.Request) bool { return true }}
	g.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		g.mu.Lock()
		g.conn = conn
		g.mu.Unlock()
		g.serve(conn)
	}))
	t.Cleanup(g.server.Close)
	return g
}

func (g *gateway) serve(conn *websocket.Conn) {
	defer conn.Close()
	for {
		var f Fields
		if err := conn.ReadJSON(&f); err != nil {
			return
		}
		g.frames <- f
		if f["type"] == "bye" {
			g.send(Fields{"type": "ok", "id": f["id"]})
			_ = conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""))
		}
	}
}

func (g *gateway) send(frame any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.conn.WriteJSON(frame); err != nil {
		g.t.Error(err)
	}
}

// next is the next frame of the agent, which must be of this type.
func (g *gateway) next(kind string) Fields {
	g.t.Helper()
	select {
	case f := <-g.frames:
		if f["type"] != kind {
			g.t.Fatalf("the agent sent %v, want %s", f, kind)
		}
		return f
	case <-time.After(60 * time.Second):
		g.t.Fatalf("the agent sent no %s", kind)
	}
	return nil
}

func (g *gateway) ok(f Fields) { g.send(Fields{"type": "ok", "id": f["id"]}) }

func (g *gateway) call(phase protocol.Phase, rev int64, sdp string) {
	c := protocol.Call{ID: "01CALL", Rev: rev, Phase: phase}
	if sdp != "" {
		c.SDP = &protocol.Description{Type: "offer", SDP: sdp}
	}
	g.send(Fields{"type": "call", "call": c})
}

// welcome answers a hello.
func (g *gateway) welcome(calls ...protocol.Call) Fields {
	g.t.Helper()
	f := g.next("hello")
	g.send(protocol.Welcome{Type: "welcome", ID: 1, Session: "secret", LastID: 1, Calls: calls, Agent: protocol.Agent{ID: "anna", State: protocol.Away}})
	return f
}

// media is the gateway's end of the call.
func (g *gateway) media(pacer *Pacer, heard func([]int16)) *peer {
	p, err := newPeer(peerParams{pacer: pacer, source: Sine(440, -10), heard: heard, up: func() {}})
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(p.close)
	return p
}

// gathered waits for the candidates: this gateway is not ICE-lite, and sends them as lines of its SDP.
func gathered(t *testing.T, p *peer) string {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for p.pc.ICEGatheringState().String() != "complete" {
		select {
		case <-deadline:
			t.Fatal("no candidates")
		case <-time.After(5 * time.Millisecond):
		}
	}
	return p.pc.LocalDescription().SDP
}

type agentRig struct {
	*gateway
	journal Journal
	pacer   *Pacer
	ear     Ear
	agent   *Agent
}

func startAgentRig(t *testing.T, configure func(*AgentConfig)) *agentRig {
	r := &agentRig{gateway: newGateway(t), pacer: NewPacer()}
	t.Cleanup(r.pacer.Close)
	config := AgentConfig{
		Name: "anna", URL: "ws" + strings.TrimPrefix(r.server.URL, "http") + "/agent", Origin: r.server.URL, Pacer: r.pacer,
		Token:  func(context.Context) (string, error) { return "a token", nil },
		Speak:  func(string) Source { return Sine(1000, -10) },
		Heard:  func(_ string, pcm []int16) { r.ear.Hear(pcm) },
		Events: r.journal.Add,
	}
	if configure != nil {
		configure(&config)
	}
	started := make(chan error, 1)
	go func() {
		var err error
		r.agent, err = StartAgent(t.Context(), config)
		started <- err
	}()
	if f := r.welcome(); f["token"] != "a token" || f["session"] != nil {
		t.Errorf("hello is %v", f)
	}
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.agent.Kill() })
	return r
}

func (r *agentRig) wait(match func(Event) bool) Event {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 60*time.Second)
	defer cancel()
	e, err := r.journal.Wait(ctx, match)
	if err != nil {
		r.t.Fatalf("%v; so far: %v", err, r.journal.Events())
	}
	return e
}

func TestAgentAnswersTalksAndReloads(t *testing.T) {
	r := startAgentRig(t, nil)
	var ear Ear
	media := r.media(r.pacer, ear.Hear)
	if _, err := media.offer(); err != nil {
		t.Fatal(err)
	}
	r.call(protocol.PhaseOffered, 1, gathered(t, media))

	ringing := r.next("ringing")
	if err := media.answered(ringing["sdp"].(string)); err != nil {
		t.Fatal(err)
	}
	r.ok(ringing)
	accept := r.next("accept")
	if accept["id"].(float64) <= ringing["id"].(float64) || accept["sdp"] != nil {
		t.Errorf("accept is %v after %v", accept["id"], ringing["id"])
	}
	r.ok(accept)
	r.call(protocol.PhaseConnected, 2, "")
	r.wait(Is(MediaUp))
	r.wait(Is(FirstSound))
	r.hears(&r.ear, 440)
	r.hears(&ear, 1000)

	muted := make(chan error, 1)
	go func() { muted <- r.agent.Mute(t.Context(), "01CALL", true) }()
	r.ok(r.next("mute"))
	if err := <-muted; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := ear.Quiet(ctx); err != nil {
		t.Error("muted:", err)
	}

	reloaded := make(chan error, 1)
	go func() { reloaded <- r.agent.Reload(t.Context()) }()
	if f := r.welcome(protocol.Call{ID: "01CALL", Rev: 3, Phase: protocol.PhaseConnected}); f["session"] != "secret" {
		t.Errorf("the reloaded page's hello is %v", f)
	}
	restart := r.next("restart")
	fresh := r.media(r.pacer, func([]int16) {})
	if _, err := fresh.answer(restart["sdp"].(string)); err != nil {
		t.Fatal(err)
	}
	r.send(protocol.Reply{Type: "ok", ID: int64(restart["id"].(float64)), SDP: &protocol.Description{Type: "answer", SDP: gathered(t, fresh)}})
	if err := <-reloaded; err != nil {
		t.Fatal(err)
	}
	r.hears(&r.ear, 440)

	r.call(protocol.PhaseWrapUp, 4, "")
	if f := r.next("wrapup"); f["done"] != true {
		t.Errorf("wrapup is %v", f)
	} else {
		r.ok(f)
	}
	r.call(protocol.PhaseEnded, 5, "")
	r.wait(InPhase(protocol.PhaseEnded))
	r.agent.Close()
	r.next("bye")
}

func (r *agentRig) hears(ear *Ear, hz float64) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 60*time.Second)
	defer cancel()
	if err := ear.Tone(ctx, hz); err != nil {
		r.t.Errorf("%v; so far: %v", err, r.journal.Events())
	}
}

func TestAgentDoesAsItsPolicySays(t *testing.T) {
	for _, row := range []struct {
		name   string
		policy Policy
		late   bool
		want   []string
	}{
		{"answers", Policy{}, false, []string{"ringing", "accept"}},
		{"answers with the SDP in accept", Policy{}, true, []string{"ringing", "accept"}},
		{"refuses", Policy{Do: Refuse}, false, []string{"ringing", "reject"}},
		{"lets it ring", Policy{Do: Ignore}, false, []string{"ringing", "bye"}},
		{"is a hung page", Policy{Do: Hide}, false, []string{"bye"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := startAgentRig(t, func(c *AgentConfig) {
				c.Decide = func(protocol.Call) Policy { return row.policy }
				c.LateAnswer = row.late
			})
			media := r.media(r.pacer, func([]int16) {})
			offer, err := media.offer()
			if err != nil {
				t.Fatal(err)
			}
			r.call(protocol.PhaseOffered, 1, offer)
			r.wait(InPhase(protocol.PhaseOffered))
			for _, kind := range row.want {
				if kind == "bye" {
					go r.agent.Close()
				}
				f := r.next(kind)
				if kind == "bye" {
					continue
				}
				if carries := f["sdp"] != nil; carries != (kind == "ringing" && !row.late || kind == "accept" && row.late) {
					t.Errorf("%s carries SDP: %v", kind, carries)
				}
				r.ok(f)
			}
		})
	}
}

func TestAgentAnswersBeatsAndTellsRefusals(t *testing.T) {
	r := startAgentRig(t, nil)
	r.send(Fields{"type": "beat", "time": "2026-01-01T00:00:00.000Z"})
	if f := r.next("beat"); f["id"] != nil {
		t.Errorf("the beat carries an id: %v", f)
	}
	refused := make(chan error, 1)
	go func() { refused <- r.agent.SetState(t.Context(), protocol.Away, "lunch") }()
	f := r.next("state")
	r.send(protocol.Reply{Type: "error", ID: int64(f["id"].(float64)), Code: protocol.BadRequest, Message: "reason"})
	if err := <-refused; err == nil || !strings.Contains(err.Error(), "bad_request: reason") {
		t.Errorf("the error is %v", err)
	}
	lost := make(chan error, 1)
	go func() { lost <- r.agent.SetState(t.Context(), protocol.Away, "") }()
	r.next("state")
	r.agent.Cut()
	if err := <-lost; err == nil {
		t.Error("a request whose socket was lost had a reply")
	}
	r.wait(Is(SocketLost))
}

func TestAgentIsRefusedByName(t *testing.T) {
	pacer := NewPacer()
	defer pacer.Close()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	_, err := StartAgent(t.Context(), AgentConfig{
		Name: "anna", URL: "ws" + strings.TrimPrefix(server.URL, "http"), Origin: server.URL, Pacer: pacer,
		Token: func(context.Context) (string, error) { return "", nil },
	})
	if err == nil || !strings.Contains(err.Error(), "anna") || !strings.Contains(err.Error(), "404") {
		t.Errorf("the error is %v", err)
	}
}

func TestEventSaysWhatHappened(t *testing.T) {
	e := Event{At: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC), Who: "anna", Kind: CallChanged, Object: &protocol.Call{Phase: protocol.PhaseOffered}}
	if got, want := e.String(), "03:04:05.006 anna call changed offered"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
