package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/config"
	"offhook/internal/load"
	"offhook/translator/dialog"
)

const reloadedConfig = `
listen: {http: "127.0.0.1:0", sip: ["127.0.0.1:0"], admin: "127.0.0.1:0"}
media: {browsers: ["127.0.0.1:0"], trunk: 127.0.0.1, ports: 42400-42499}
trunks: [{name: pbx, networks: [127.0.0.1/32], media_networks: [127.0.0.1/32]}]
routes: [{called: "200", queue: sales}, {called: any, queue: billing}]
queues: [{name: billing}, {name: sales}]
agents: {tokens: [{issuer: crm, kid: k1, algorithm: HS256, secret: {file: secret}}]}
origins: ["http://127.0.0.1:1"]
`

// said is a log that is read while it is written.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// reloaded is a running server whose file changes.
type reloaded struct {
	*server
	path   string
	log    *said
	pacer  *load.Pacer
	caller *load.Caller
}

func startReloaded(t *testing.T) *reloaded {
	t.Helper()
	k := &reloaded{path: writeConfig(t, reloadedConfig), log: &said{}, pacer: load.NewPacer()}
	t.Cleanup(k.pacer.Close)
	set, err := planWith(k.config(t), slog.New(slog.NewTextHandler(k.log, nil)), new(slog.LevelVar))
	if err != nil {
		t.Fatal(err)
	}
	if k.server, err = start(set); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.close(atOnce()) })
	if k.caller, err = load.NewCaller(load.CallerConfig{Name: "mara", Addr: netip.MustParseAddr("127.0.0.1"), Pacer: k.pacer}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.caller.Close() })
	return k
}

func (k *reloaded) config(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Load(k.path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// write changes the file: each pair of texts is what is replaced, and by what.
func (k *reloaded) write(t *testing.T, change ...string) {
	t.Helper()
	text := strings.NewReplacer(change...).Replace(reloadedConfig)
	if text == reloadedConfig && len(change) > 0 {
		t.Fatalf("%q changes nothing", change)
	}
	if err := os.WriteFile(k.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ring places a call that waits.
func (k *reloaded) ring(t *testing.T, number string, calls int) *load.Outgoing {
	t.Helper()
	out, err := k.caller.Place(load.Plan{To: "sip:" + number + "@" + k.sip.Addr().String(), From: "+491701234567"})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a call that waits", func() bool { return k.exchange.Calls() == calls })
	return out
}

// logIn logs Lena in, whose token names no queue, signed with the newest key of the file.
func (k *reloaded) logIn(t *testing.T) (*load.Agent, *load.Journal) {
	t.Helper()
	signer, err := signerOf(k.config(t), "")
	if err != nil {
		t.Fatal(err)
	}
	events := &load.Journal{}
	a, err := load.StartAgent(t.Context(), load.AgentConfig{
		Name: "lena", URL: "ws://" + k.listener.Addr().String() + "/agent", Origin: "http://127.0.0.1:1", State: protocol.Available, Pacer: k.pacer, Events: events.Add,
		Token: func(context.Context) (string, error) {
			return signer.Sign(protocol.Identity{ID: "lena", Name: "Lena", Roles: []string{"agent"}, Expires: time.Now().Add(time.Hour)}, time.Now())
		},
		Decide: func(protocol.Call) load.Policy { return load.Policy{WrapUpFor: -1} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a, events
}

// An agent who is logged in gets a queue by a reload, and with it the caller who has been waiting there all along.
func TestReloadWhileACallerWaits(t *testing.T) {
	k := startReloaded(t)
	lena, events := k.logIn(t)
	call := k.ring(t, "100", 1)
	if got := lena.Object().Queues; len(got) != 0 {
		t.Fatalf("her token names no queue, she serves %v", got)
	}
	k.write(t, "queues: [{name: billing}", "staff: [{agent: lena, queues: [billing, new]}]\nqueues: [{name: new}, {name: billing, label: Invoices, wrap_up: 7s}", `called: "200", queue: sales`, `called: "300", queue: new`,
		"origins:", "log: {level: debug}\norigins:")
	if err := k.reload(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if _, err := events.Wait(ctx, load.InPhase(protocol.PhaseConnected)); err != nil {
		t.Fatalf("the caller was not served: %v\n%s", err, k.log)
	}
	if got := lena.Object().Queues; !slices.Equal(got, []string{"billing", "new"}) {
		t.Errorf("she serves %v", got)
	}
	call.Hangup()
	e, err := events.Wait(ctx, load.InPhase(protocol.PhaseWrapUp))
	if err != nil {
		t.Fatal(err)
	}
	if left := e.Object.WrapUpUntil.Sub(e.Object.EndedAt.Time); left < 6*time.Second || left > 8*time.Second {
		t.Errorf("wrap-up lasts %s, the new file says 7s", left)
	}
	if r := k.set.route(&dialog.Invite{To: dialog.Party{User: "300"}}); r.Terms.Queue != "new" {
		t.Errorf("300 leads to %+v", r)
	}
	if terms, ok := k.set.queueTerms("billing"); !ok || terms.Label != "Invoices" {
		t.Errorf("the terms of billing are %+v", terms)
	}
	if got := k.set.live.level.Level(); got != slog.LevelDebug {
		t.Errorf("the log's level is %s", got)
	}
	if !strings.Contains(k.log.String(), "settings are those of the file now") {
		t.Errorf("the log says\n%s", k.log)
	}
}

// A file with a fault, of whatever kind, changes nothing, and the fault is told with its place.
func TestFaultReloadOfABadFile(t *testing.T) {
	k := startReloaded(t)
	call := k.ring(t, "100", 1)
	before := k.set.live.now.Load()
	for _, row := range []struct{ from, to, want string }{
		{"{name: sales}", "{name: sales, ring_fro: 5s}", "offhook.yaml:6:41: queues[1].ring_fro: there is no such setting"},
		{"queue: sales", "queue: none", `routes[0].queue: there is no queue "none"`},
		{"{name: sales}", "{name: sales, sound: none.wav}", "queues[1].sound: stat "},
		{"{name: sales}", "{name: sales, sound: secret}", "queues[1].sound: "},
		{"kid: k1", "kid: k1, audience: x", "there is no such setting"},
		{"secret: {file: secret}", "secret: {file: none}", "agents.tokens[0].secret: open "},
		{"origins:", "dial: {country: x}\norigins:", "dial.country: "},
		{"origins:", "origins", ""},
	} {
		k.write(t, row.from, row.to)
		if err := k.reload(); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v\nwant %s", row.to, err, row.want)
		}
	}
	if err := os.Remove(k.path); err != nil {
		t.Fatal(err)
	}
	if err := k.reload(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	if k.set.live.now.Load() != before || k.exchange.Calls() != 1 {
		t.Error("something has changed")
	}
	if log := k.log.String(); strings.Count(log, "settings are as before") != 9 || !strings.Contains(log, "ring_fro") {
		t.Errorf("the log says\n%s", log)
	}
	k.write(t)
	k.ring(t, "200", 2)
	call.Hangup()
	eventually(t, "the end of a call", func() bool { return k.exchange.Calls() == 1 })
}

// Callers of a queue that is gone are refused; those of others wait on.
func TestReloadTakesAQueueAway(t *testing.T) {
	k := startReloaded(t)
	gone, stays := k.ring(t, "200", 1), k.ring(t, "100", 2)
	k.write(t, "}, {name: sales}]", "}]", `{called: "200", queue: sales}, `, "")
	if err := k.reload(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if r, err := gone.Wait(ctx); err != nil || r.Status < 400 {
		t.Errorf("the caller of the queue that is gone: %+v, %v", r, err)
	}
	eventually(t, "one call less", func() bool { return k.exchange.Calls() == 1 })
	if _, ok := k.set.queueTerms("sales"); ok {
		t.Error("calls could still be passed on to it")
	}
	stays.Hangup()
}

// A key that is gone lets nobody in any more, a new one does; who is logged in stays so.
func TestSecurityReloadChangesTokenKeys(t *testing.T) {
	k := startReloaded(t)
	lena, _ := k.logIn(t)
	eventually(t, "her being available", func() bool { return lena.Object().State == protocol.Available })
	old, err := signerOf(k.config(t), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(k.path), "other"), []byte(strings.Repeat("o", 40)), 0o600); err != nil {
		t.Fatal(err)
	}
	k.write(t, "kid: k1, algorithm: HS256, secret: {file: secret}", "kid: k2, algorithm: HS256, secret: {file: other}")
	if err := k.reload(); err != nil {
		t.Fatal(err)
	}
	if got := lena.Object().State; got != protocol.Available {
		t.Errorf("she is %s", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	ben, err := load.StartAgent(ctx, load.AgentConfig{
		Name: "ben", URL: "ws://" + k.listener.Addr().String() + "/agent", Origin: "http://127.0.0.1:1", Pacer: k.pacer,
		Token: func(context.Context) (string, error) {
			return old.Sign(protocol.Identity{ID: "ben", Roles: []string{"agent"}, Expires: time.Now().Add(time.Hour)}, time.Now())
		},
	})
	if err == nil {
		ben.Close()
	}
	if closed := (*load.CloseError)(nil); !errors.As(err, &closed) || closed.Code != protocol.CloseToken {
		t.Errorf("by the key that is gone: %v", err)
	}
	k.logIn(t) // by the new key
}

// What only a start reads stays as it was, in all that is worked out of it, and is named.
func TestReloadNamesWhatNeedsARestart(t *testing.T) {
	k := startReloaded(t)
	k.write(t, "ports: 42400-42499", "ports: 42400-42401", "{name: pbx, networks: [127.0.0.1/32]", "{name: pbx, srtp: off, networks: [127.0.0.2/32]", "http://127.0.0.1:1", "http://127.0.0.1:2")
	if err := k.reload(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"media.ports", "trunks", "origins"} {
		if !strings.Contains(k.log.String(), `msg="a setting changes with the next start only" setting=`+name+"\n") {
			t.Errorf("%s is not named in\n%s", name, k.log)
		}
	}
	if got := strings.Count(k.log.String(), "next start only"); got != 3 {
		t.Errorf("%d settings are named, want 3:\n%s", got, k.log)
	}
	if got := k.set.live.now.Load().c.Trunks[0].Networks[0].String(); got != "127.0.0.1/32" {
		t.Errorf("calls are judged by the network %s, which is not the one in force", got)
	}
}

// Whoever adds a setting decides whether a reload changes it.
func TestEverySettingIsLiveOrFixed(t *testing.T) {
	living := []string{"routes", "dial", "hours", "queues", "matching", "staff", "ice_servers", "media", "agents", "recordings", "api", "log"}
	known := map[string]bool{}
	for _, name := range living {
		known[name] = true
	}
	for _, f := range fixed {
		name, _, part := strings.Cut(f.name, ".")
		if !part && known[name] {
			t.Errorf("%s is both", name)
		}
		known[name] = true
	}
	settings := reflect.TypeFor[config.Config]()
	for i := range settings.NumField() {
		if name := settings.Field(i).Tag.Get("yaml"); name != "" {
			if !known[name] {
				t.Errorf("%s is neither", name)
			}
			delete(known, name)
		}
	}
	if len(known) > 0 {
		t.Errorf("%v are no settings", slices.Collect(maps.Keys(known)))
	}
}

// hangUps takes what nobody else listens to.
var hangUps = make(chan os.Signal, 1)

// hangUp sends this process a hang-up signal, which does not end it whoever listens.
func hangUp(t *testing.T) {
	t.Helper()
	signal.Notify(hangUps, syscall.SIGHUP)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

// A hang-up signal reloads, and the process lives on.
func TestHangUpReloads(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan struct{}, 1)
	reloadOnHangUp(ctx, func() error {
		done <- struct{}{}
		return errors.New("which changes nothing")
	})
	for range 2 {
		hangUp(t)
		select {
		case <-done:
		case <-time.After(60 * time.Second):
			t.Fatal("nothing was reloaded")
		}
	}
}

// Whoever may write by the API may reload, and reads what is wrong with the file.
func TestReloadByTheAPI(t *testing.T) {
	k := startReloaded(t)
	secret := strings.Repeat("w", 40)
	if err := os.WriteFile(filepath.Join(filepath.Dir(k.path), "w"), []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens := "api: {tokens: [{name: x, scope: write, secret: {file: w}}]}\norigins:"
	k.write(t, "origins:", tokens)
	if err := k.reload(); err != nil {
		t.Fatal(err)
	}
	post := func() (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+k.listener.Addr().String()+"/api/v1/reload", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+secret)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		http.DefaultClient.CloseIdleConnections()
		return res.StatusCode, string(body)
	}
	k.write(t, "origins:", tokens, "{name: sales}", "{name: sales}, {name: new}")
	if status, body := post(); status != http.StatusNoContent {
		t.Errorf("got %d %s", status, body)
	}
	if _, ok := k.set.queueTerms("new"); !ok {
		t.Error("the new queue is not there")
	}
	k.write(t, "origins:", tokens, "{name: sales}", "{name: sales, ring_for: never}")
	if status, body := post(); status != http.StatusUnprocessableEntity || !strings.Contains(body, "queues[1].ring_for: ") {
		t.Errorf("got %d %s", status, body)
	}
	if _, ok := k.set.queueTerms("new"); !ok {
		t.Error("the faulty file has changed something")
	}
}

// A running server takes a hang-up signal for its file, and ends as before.
func TestServeReloadsOnHangUp(t *testing.T) {
	path, out := writeConfig(t, reloadedConfig), &said{}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, []string{"-config", path}, out) }()
	has := func(text string) func() bool { return func() bool { return strings.Contains(out.String(), text) } }
	eventually(t, "a server that is ready", has("offhook is ready"))
	if err := os.WriteFile(path, []byte(strings.Replace(reloadedConfig, "{name: billing}", "{name: billing, strategy: none}", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a fault in the log", func() bool { hangUp(t); return has("queues[0].strategy")() })
	if err := os.WriteFile(path, []byte(reloadedConfig+"log: {level: debug}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "other settings", func() bool { hangUp(t); return has("settings are those of the file now")() })
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A server without a file says so, and goes on.
func TestReloadWithoutAFile(t *testing.T) {
	for _, now := range []*live{nil, {}} { // a demo has settings of its own
		if err := (&server{set: settings{live: now}}).reload(); !errors.Is(err, errNoFile) {
			t.Errorf("got %v", err)
		}
	}
}

// An API token that is gone is refused from the reload on, a new one is good.
func TestSecurityReloadChangesAPITokens(t *testing.T) {
	k := startReloaded(t)
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(k.path), name), []byte(strings.Repeat(name, 40)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wanted := func(a, b bool) {
		t.Helper()
		for token, good := range map[string]bool{"a": a, "b": b} {
			if status, body := get(t, k.listener.Addr().String(), "/api/v1/calls", strings.Repeat(token, 40)); (status != http.StatusUnauthorized) != good {
				t.Errorf("token %s: %d %s", token, status, body)
			}
		}
	}
	wanted(false, false)
	for _, name := range []string{"a", "b"} {
		k.write(t, "origins:", "api: {tokens: [{name: x, secret: {file: "+name+"}}]}\norigins:")
		if err := k.reload(); err != nil {
			t.Fatal(err)
		}
		wanted(name == "a", name == "b")
	}
}

// The file rules real calls: one for an agent alone, one that needs what she knows, and one that a closed door turns away with a word.
func TestTheFileRulesRealCalls(t *testing.T) {
	k := startReloaded(t)
	k.write(t, `{called: "200", queue: sales}`, `{called: "200", queue: sales, needs: ["lang=de>=2"]}, {called: "300", agent: lena}, {called: "400", queue: shut}, {called: "500", agent: ben}`,
		"{name: sales}", `{name: sales, wrap_up: 0s}, {name: shut, hours: never, language: de, on_closed: {message: goodbye, status: 480}}`,
		"origins:", "hours: [{name: never, zone: UTC, week: {mon-sun: closed}}]\nstaff: [{agent: lena, queues: [sales], skills: {lang=de: 2}}]\norigins:")
	if err := k.reload(); err != nil {
		t.Fatal(err)
	}
	lena, events := k.logIn(t)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	for _, number := range []string{"300", "200"} {
		eventually(t, "her being available", func() bool { return lena.Object().State == protocol.Available })
		n := events.Len()
		call := k.ring(t, number, 1)
		if _, err := events.WaitFrom(ctx, n, load.InPhase(protocol.PhaseConnected)); err != nil {
			t.Fatalf("%s: %v\n%s", number, err, k.log)
		}
		call.Hangup()
		eventually(t, "the end of the call", func() bool { return k.exchange.Calls() == 0 })
	}
	for number, status := range map[string]int{"400": 480, "500": 486} {
		out, err := k.caller.Place(load.Plan{To: "sip:" + number + "@" + k.sip.Addr().String(), From: "+491701234567"})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := out.Wait(ctx); err != nil || r.Status != status {
			t.Errorf("%s: %+v, %v, want %d", number, r, err, status)
		}
	}
}
