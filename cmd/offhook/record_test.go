package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/config"
	"offhook/internal/load"
	"offhook/translator/replay"
)

const tracedConfig = `
listen: {http: "127.0.0.1:0", sip: ["127.0.0.1:0"], admin: "127.0.0.1:0"}
media: {browsers: ["127.0.0.1:0"], trunk: 127.0.0.1, ports: 42100-42199}
trunks: [{name: pbx, networks: [127.0.0.1/32], media_networks: [127.0.0.1/32], user_to_user: true}]
routes: [{called: any, queue: billing}]
queues: [{name: billing, ring_for: 25s, wrap_up: 1s}]
agents: {tokens: [{issuer: crm, kid: k1, algorithm: HS256, secret: {file: secret}}]}
origins: ["http://127.0.0.1:1"]
`

// tracedServer is a running server that writes traces, an agent called lena.schmidt who answers, and a caller.
type tracedServer struct {
	*server
	agent  *load.Agent
	caller *load.Caller
	events *load.Journal
	log    *strings.Builder
}

func startTraced(t *testing.T, traces traceSettings) *tracedServer {
	t.Helper()
	return startTalking(t, writeConfig(t, tracedConfig), func(set *settings) { set.traces = traces })
}

// startTalking starts a server by a configuration, with such an agent and such a caller.
func startTalking(t *testing.T, path string, change func(*settings)) *tracedServer {
	t.Helper()
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	set, err := plan(c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	set.log = slog.New(slog.NewTextHandler(&log, nil))
	change(&set)
	s, err := start(set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close(atOnce()) })
	k := &tracedServer{server: s, events: &load.Journal{}, log: &log}
	pacer := load.NewPacer()
	t.Cleanup(pacer.Close)
	signer, err := signerOf(c, "")
	if err != nil {
		t.Fatal(err)
	}
	host := s.listener.Addr().String()
	k.agent, err = load.StartAgent(t.Context(), load.AgentConfig{
		Name: "lena", URL: "ws://" + host + "/agent", Origin: "http://127.0.0.1:1", State: protocol.Available, Pacer: pacer, Events: k.events.Add,
		Token: func(context.Context) (string, error) {
			return signer.Sign(protocol.Identity{ID: "lena.schmidt", Name: "Lena Schmidt", Roles: []string{"agent"}, Queues: map[string]int{"billing": 1}, Expires: time.Now().Add(time.Hour)}, time.Now())
		},
		Decide: func(protocol.Call) load.Policy { return load.Policy{After: 50 * time.Millisecond, WrapUpFor: -1} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.agent.Close)
	k.caller = newCustomer(t)
	return k
}

// call places a call to the agent, does during while they talk, and hangs up. It returns when the agent is through with it, with the call's ID.
func (k *tracedServer) call(t *testing.T, during func(call string)) string {
	t.Helper()
	n := k.events.Len()
	out, err := k.caller.Place(load.Plan{To: "sip:+4930123456@" + k.sip.Addr().String(), From: "+491701234567", Display: "Mara Lindqvist", Headers: map[string]string{"User-to-User": "secret-customer"}})
	if err != nil {
		t.Fatal(err)
	}
	in := func(phase protocol.Phase) load.Event {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		e, err := k.events.WaitFrom(ctx, n, load.InPhase(phase))
		if err != nil {
			t.Fatalf("not %s: %v\n%s", phase, err, k.log)
		}
		return e
	}
	id := in(protocol.PhaseConnected).Call
	during(id)
	out.Hangup()
	in(protocol.PhaseEnded)
	return id
}

// ask posts to the admin listener.
func (k *tracedServer) ask(t *testing.T, call, kind, body string) int {
	t.Helper()
	res, err := http.Post("http://"+k.admin.addr()+"/api/v1/calls/"+call+"/trace", kind, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// written waits for n traces in the folder.
func written(t *testing.T, dir string, n int) []string {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == n || time.Now().After(end) {
			if len(files) != n {
				t.Fatalf("%d traces, want %d", len(files), n)
			}
			return files
		}
	}
}

// A live call over real sockets, asked for in its middle, is written from its beginning when it ends, and replays as it went. The call before, which nobody asked for, is not.
func TestLiveCallIsRecordedAndReplays(t *testing.T) {
	dir := t.TempDir()
	k := startTraced(t, traceSettings{dir: dir})
	k.call(t, func(string) {})
	id := k.call(t, func(call string) {
		if status := k.ask(t, call, "application/json", `{"on": true}`); status != http.StatusOK {
			t.Errorf("asked for: %d", status)
		}
	})
	files := written(t, dir, 1)
	if !strings.Contains(files[0], id) {
		t.Errorf("%s is not of call %s", files[0], id)
	}
	replay.Folder(t, dir)
}

// By rule, and masked: nothing of who called whom, of the agent's name or of what was attached stands in the file, and nobody else may read it.
func TestSecurityTraceIsMasked(t *testing.T) {
	dir := t.TempDir()
	k := startTraced(t, traceSettings{dir: dir, match: []replay.TraceRule{{Number: "+49170*"}}})
	k.call(t, func(string) {})
	files := written(t, dir, 1)
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"1701234567", "123456", "Mara", "Lindqvist", "lena", "Schmidt", "secret-customer", "127.0.0."} {
		if strings.Contains(string(text), word) {
			t.Errorf("%q stands in\n%s", word, text)
		}
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	replay.Folder(t, dir)
}

// A rule that does not fit, and a trace that was asked for and given up, write nothing.
func TestTraceIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	k := startTraced(t, traceSettings{dir: dir, match: []replay.TraceRule{{Queue: "support"}, {Trunk: "other"}, {Cause: "trunk_failed"}, {Number: "+4"}}})
	k.call(t, func(call string) {
		k.ask(t, call, "application/json", `{"on": true}`)
		k.ask(t, call, "application/json", `{"on": false}`)
	})
	k.close(atOnce())
	written(t, dir, 0)
}

// What is asked wrongly is answered so, and what has no content type that a foreign page cannot send is not answered.
func TestSecurityTraceRequests(t *testing.T) {
	k := startTraced(t, traceSettings{dir: t.TempDir()})
	for _, row := range []struct {
		kind, body string
		want       int
	}{
		{"application/json", `{"on": true}`, http.StatusNotFound},
		{"application/json", `{"on": false}`, http.StatusNotFound},
		{"application/json", `{}`, http.StatusBadRequest},
		{"application/json", `{"on": "` + strings.Repeat("x", 2000) + `"}`, http.StatusBadRequest},
		{"text/plain", `{"on": true}`, http.StatusUnsupportedMediaType},
	} {
		if got := k.ask(t, "01M826V30NE5064FVSTJRD10DZ", row.kind, row.body); got != row.want {
			t.Errorf("%s %.20s: %d, want %d", row.kind, row.body, got, row.want)
		}
	}
	off := startTraced(t, traceSettings{})
	if got := off.ask(t, "x", "application/json", `{"on": true}`); got != http.StatusConflict {
		t.Errorf("without a folder: %d", got)
	}
}
