package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
	"offhook/internal/config"
	"offhook/internal/load"
)

const centerConfig = `
listen: {http: "127.0.0.1:0", sip: ["127.0.0.1:0"], admin: "127.0.0.1:0"}
media: {browsers: ["127.0.0.1:0"], trunk: 127.0.0.1, ports: 42300-42399}
trunks: [{name: pbx, networks: [127.0.0.1/32], trusted: true, media_networks: [127.0.0.1/32]}]
routes: [{called: any, queue: billing}]
queues: [{name: billing, label: Billing}, {name: "Sales DE", wrap_up: 0s}]
agents: {tokens: [{issuer: crm, kid: k1, algorithm: HS256, secret: {file: secret}}]}
origins: ["http://127.0.0.1:1"]
away_reasons: [{name: lunch, label: Lunch}]
api: {tokens: [{name: wallboard, secret: {file: read}}, {name: supervisor, scope: write, secret: {file: write}}]}
`

// The secrets of centerConfig's tokens.
var (
	centerRead  = strings.Repeat("r", 40)
	centerWrite = strings.Repeat("w", 40)
)

// office is a running server with queues, and whoever runs it.
type office struct {
	*server
	t      *testing.T
	config *config.Config
	caller *load.Caller
}

func newOffice(t *testing.T, text string, change func(*settings)) *office {
	t.Helper()
	path := writeConfig(t, text)
	for name, secret := range map[string]string{"read": centerRead, "write": centerWrite} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	set, err := plan(c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	change(&set)
	s, err := start(set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close(atOnce()) })
	pacer := load.NewPacer()
	t.Cleanup(pacer.Close)
	caller, err := load.NewCaller(load.CallerConfig{Name: "mara", Addr: netip.MustParseAddr("127.0.0.1"), Pacer: pacer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caller.Close() })
	return &office{s, t, c, caller}
}

// call lets somebody call in.
func (o *office) call(from string) {
	o.t.Helper()
	if _, err := o.caller.Place(load.Plan{To: "sip:+4930123456@" + o.sip.Addr().String(), From: from}); err != nil {
		o.t.Fatal(err)
	}
}

// page logs an agent in.
func (o *office) page(id string) *agenttest.Client {
	o.t.Helper()
	c := o.hello(id, time.Now())
	c.Await("welcome", func(f agenttest.Frame) bool { return f.Type == "welcome" })
	return c
}

// hello opens a socket and says hello with a token that was issued at a time.
func (o *office) hello(id string, issued time.Time) *agenttest.Client {
	o.t.Helper()
	signer, err := signerOf(o.config, "")
	if err != nil {
		o.t.Fatal(err)
	}
	token, err := signer.Sign(protocol.Identity{ID: id, Name: "Agent " + id, Roles: []string{"agent"}, Queues: map[string]int{"billing": 1}, Expires: time.Now().Add(time.Hour)}, issued)
	if err != nil {
		o.t.Fatal(err)
	}
	c := agenttest.Dial(o.t, "ws://"+o.listener.Addr().String()+"/agent", "http://127.0.0.1:1")
	c.Send(protocol.Hello{Head: protocol.NewHead("hello", c.NextID()), Token: token, Client: "agenttest/1"})
	return c
}

// ask uses the API, wants this status, and gives the answer's members.
func (o *office) ask(status int, method, path, token, body string) map[string]any {
	o.t.Helper()
	req, err := http.NewRequest(method, "http://"+o.listener.Addr().String()+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() {
		_ = res.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	}()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		o.t.Fatalf("%s %s: %d %s, %v, want %d", method, path, res.StatusCode, text, err, status)
	}
	if len(text) == 0 {
		return nil
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		o.t.Fatalf("%s: %v", text, err)
	}
	return answer
}

// The settings are read anew when the API is asked to; a file with faults is told of by its line, and changes nothing.
func TestTheAPIReloads(t *testing.T) {
	o := newOffice(t, centerConfig, func(*settings) {})
	path := o.set.live.path
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o.ask(403, "POST", "/reload", centerRead, "")
	o.ask(204, "POST", "/reload", centerWrite, "")
	write(strings.Replace(centerConfig, "label: Billing", "lable: Billing", 1))
	if f := o.ask(422, "POST", "/reload", centerWrite, ""); f["code"] != "bad_settings" || !strings.Contains(f["message"].(string), "offhook.yaml:6:") || !strings.Contains(f["message"].(string), "lable") {
		t.Errorf("got %v", f)
	}
	write(strings.Replace(centerConfig, "name: wallboard, ", "name: wallboard, scope: write, ", 1))
	o.ask(204, "POST", "/reload", centerWrite, "")
	o.ask(204, "POST", "/reload", centerRead, "") // which may write now
}
