package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
	"offhook/translator/replay"
)

// sentOnConfig are queues that send their callers on in every way that there is, by the callee at %s.
const sentOnConfig = `
listen: {http: "127.0.0.1:0", sip: ["127.0.0.1:0"], admin: "127.0.0.1:0"}
media: {browsers: ["127.0.0.1:0"], trunk: 127.0.0.1, ports: 42200-42299}
trunks: [{name: pbx, networks: [127.0.0.1/32], media_networks: [127.0.0.1/32], addresses: ["%s"]}]
dial: {country: "49", allow: ["+49*"], routes: [{numbers: "+*", trunks: [pbx]}], callers: [{number: "+493012345"}]}
routes:
  - {called: "1", queue: nobody-is-told}
  - {called: "2", queue: nobody-goes-on}
  - {called: "3", queue: waits-goes-on}
  - {called: "4", queue: waits-ends}
  - {called: "5", queue: waits-number}
  - {called: "6", queue: waits-agent}
  - {called: "7", agent: lena.schmidt}
  - {called: "8", queue: waits-back}
  - {called: "9", queue: noticed}
  - {called: "10", message: said.wav, status: 486}
  - {called: "11", number: "+493055555"}
  - {called: "12", message: closed}
queues:
  - {name: nobody-is-told, answer: at_once, join_empty: logged_in, on_empty: {message: said.wav, status: 404}}
  - {name: nobody-goes-on, answer: at_once, join_empty: logged_in, on_empty: {queue: served}}
  - {name: waits-goes-on, answer: at_once, max_wait: 100ms, on_max_wait: {queue: served, keep_age: true}}
  - {name: waits-ends, answer: early, max_wait: 100ms}
  - {name: waits-number, max_wait: 100ms, on_max_wait: {number: "+493055555"}}
  - {name: waits-agent, answer: early, max_wait: 100ms, on_max_wait: {agent: lena.schmidt}}
  - {name: waits-back, answer: at_once, max_wait: 100ms, on_max_wait: callback, wrap_up: 0s}
  - {name: noticed, record: always, wrap_up: 0s}
  - {name: served, wrap_up: 0s, answer: early}
recordings: {folder: tapes, notice: said.wav}
staff: [{agent: lena.schmidt, queues: [served, noticed, waits-back]}]
agents: {tokens: [{issuer: crm, kid: k1, algorithm: HS256, secret: {file: secret}}]}
origins: ["http://127.0.0.1:1"]
`

// What queues decide of a caller depends on all others, so it stands in what is recorded: a call that was sent on, refused, told something, put to another queue or
// called back gives the same again by itself.
func TestCallsThatAreSentOnReplay(t *testing.T) {
	pacer := load.NewPacer()
	t.Cleanup(pacer.Close)
	callee, err := load.NewCallee(load.CalleeConfig{Name: "callee", Addr: netip.MustParseAddrPort("127.0.0.1:0"), Pacer: pacer, Receive: func(load.Arrival) load.Reception {
		return load.Reception{After: 50 * time.Millisecond, TalkFor: 300 * time.Millisecond}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = callee.Close() })
	path := writeConfig(t, fmt.Sprintf(sentOnConfig, callee.Addr()))
	harness.WriteWAV(t, filepath.Join(filepath.Dir(path), "said.wav"), make([]int16, load.Rate/10))
	dir := t.TempDir()
	var phone load.Journal
	k := startTalking(t, path, func(set *settings) { set.traces = traceSettings{dir: dir, match: []replay.TraceRule{{}}} })
	k.caller, err = load.NewCaller(load.CallerConfig{Name: "mara", Addr: netip.MustParseAddr("127.0.0.1"), Pacer: pacer, Events: phone.Add})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.caller.Close() })
	for n, row := range []struct {
		name, called string
		status       int // of the final answer
		away         bool
		outcome      string
	}{
		{"nobody is there: told so before the answer", "1", 404, false, "overflow by system"},
		{"nobody is there: another queue takes him", "2", 200, false, "normal by caller"},
		{"waited too long: another queue takes him", "3", 200, false, "normal by caller"},
		{"waited too long: the end", "4", 480, false, "limit by system"},
		{"waited too long: a number by a trunk", "5", 200, false, "normal by callee"},
		{"waited too long: an agent", "6", 200, false, "normal by caller"},
		{"a call for one agent", "7", 200, false, "normal by caller"},
		{"waited too long: called back", "8", 200, true, "normal by caller"},
		{"told of the recording", "9", 200, false, "normal by caller"},
		{"a route that tells something", "10", 486, false, "overflow by system"},
		{"a route to a number", "11", 200, false, "normal by callee"},
		{"a route that says a phrase", "12", 480, false, "overflow by system"},
	} {
		t.Run(row.name, func(t *testing.T) {
			k.sentOn(t, &phone, row.called, row.status, row.away)
			files := written(t, dir, n+1)
			text, err := os.ReadFile(files[n])
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), "\noutcome: "+row.outcome+"\n") {
				t.Errorf("not %q:\n%s", row.outcome, text)
			}
		})
	}
	replay.Folder(t, dir)
}

// sentOn is one call by a number, which ends with this status, or is answered and hung up when someone talks. away: the agent comes when the caller was let go.
func (k *tracedServer) sentOn(t *testing.T, phone *load.Journal, called string, status int, away bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	state := func(s protocol.AgentState) {
		if err := k.agent.SetState(ctx, s, ""); err != nil {
			t.Fatal(err)
		}
	}
	if away {
		state(protocol.Away)
	}
	n, m := k.events.Len(), phone.Len()
	out, err := k.caller.Place(load.Plan{To: "sip:" + called + "@" + k.sip.Addr().String(), From: "+491701234567"})
	if err != nil {
		t.Fatal(err)
	}
	if away {
		if _, err := out.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		state(protocol.Available)
	}
	talks := func() bool { // both sides know
		_, err := k.events.WaitFrom(ctx, n, load.InPhase(protocol.PhaseConnected))
		_, there := phone.WaitFrom(ctx, m, func(e load.Event) bool { return e.Kind == load.Answered })
		return err == nil && there == nil
	}
	if status == 200 && !away && called != "5" && called != "11" {
		if !talks() {
			t.Fatalf("nobody talks\n%s", k.log)
		}
		out.Hangup()
	}
	r, err := out.Wait(ctx)
	if err != nil || r.Status != status {
		t.Fatalf("%d, %v, want %d\n%s", r.Status, err, status, k.log)
	}
}
