package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/config"
	"offhook/translator"
	"offhook/translator/dialog"
)

const testConfig = `
listen: {http: "127.0.0.1:0", sip: ["127.0.0.1:0", "127.0.0.2:0"]}
public_address: {"127.0.0.1": 203.0.113.5}
media: {browsers: ["127.0.0.1:0"], trunk: 127.0.0.1, ports: 42000-42099}
trunks: [{name: pbx, networks: [127.0.0.1/32], trusted: true}]
routes:
  - {caller: anonymous, refuse: 433}
  - {called: "+4930*", trunk: pbx, queue: billing}
queues: [{name: billing, label: Billing, ring_for: 25s, wrap_up: 0s, answer: at_once, sound: ringing, outcomes: [{name: solved, label: Solved}]}, {name: support}]
agents: {tokens: [{issuer: crm, kid: k1, algorithm: HS256, secret: {file: secret}}]}
origins: ["https://crm.example"]
away_reasons: [{name: lunch, label: Lunch, limit: 45m}]
ice_servers: [{urls: ["turn:turn.example:3478"], secret: {file: secret}, ttl: 1h}]
`

// writeConfig puts the test's configuration and its secret into a folder.
func writeConfig(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte(strings.Repeat("s", 40)), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "offhook.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func offhook(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(context.Background(), args, &out)
	return out.String(), err
}

func TestUsageNamesEveryCommand(t *testing.T) {
	_, err := offhook(t)
	for _, c := range commands() {
		if !strings.Contains(err.Error(), c.name) {
			t.Errorf("the usage does not name %s", c.name)
		}
	}
	if _, err := offhook(t, "dance"); err == nil || !strings.Contains(err.Error(), `"dance"`) {
		t.Errorf("an unknown command gives %v", err)
	}
}

// check prints what each side will be told: public addresses, not those listened on.
func TestCheckSaysWhatEachSideIsTold(t *testing.T) {
	out, err := offhook(t, "check", "-config", writeConfig(t, testConfig))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Via, Contact 203.0.113.5", "c=203.0.113.5, ports 42000-42099", "https://crm.example", "pbx", "refused with 433", "queue billing", "\nok\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "ssss") {
		t.Error("a secret is printed")
	}
}

func TestCheckNamesTheSettingAndTheLine(t *testing.T) {
	_, err := offhook(t, "check", "-config", writeConfig(t, strings.Replace(testConfig, "ring_for: 25s", "ring_fro: 25s", 1)))
	if err == nil || !strings.Contains(err.Error(), "ring_fro") || !strings.Contains(err.Error(), ":9:") {
		t.Errorf("got %v, want an error with ring_fro and line 9", err)
	}
}

func TestTokenNeedsAKnownQueue(t *testing.T) {
	path := writeConfig(t, testConfig)
	if _, err := offhook(t, "token", "-config", path, "-agent", "jonas", "-queues", "nope"); err == nil || !strings.Contains(err.Error(), `"nope"`) {
		t.Errorf("got %v", err)
	}
	if _, err := offhook(t, "token", "-config", path, "-agent", "jonas", "-for", "100h"); err == nil || !strings.Contains(err.Error(), "-for") {
		t.Errorf("got %v", err)
	}
	out, err := offhook(t, "token", "-config", path, "-agent", "jonas", "-queues", "billing=2")
	if err != nil || strings.Count(out, ".") != 2 {
		t.Errorf("got %q, %v, want a JWT", out, err)
	}
}

func testSettings(t *testing.T) settings {
	t.Helper()
	c, err := config.Load(writeConfig(t, testConfig))
	if err != nil {
		t.Fatal(err)
	}
	set, err := plan(c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// One row a call: who calls whom, and what becomes of it.
func TestRoutesDecide(t *testing.T) {
	set := testSettings(t)
	for _, row := range []struct {
		name, trunk, called, caller string
		status                      int
		queue                       string
	}{
		{"to the queue by prefix", "pbx", "+493012345", "+49301", 0, "billing"},
		{"anonymous is refused", "pbx", "+493012345", "anonymous", 433, ""},
		{"a number of nobody", "pbx", "+4989", "+49301", 404, ""},
		{"by another trunk", "other", "+493012345", "+49301", 404, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := set.route(&dialog.Invite{Trunk: row.trunk, To: dialog.Party{User: row.called}, From: dialog.Party{User: row.caller}})
			if r.Status != row.status || r.Terms.Queue != row.queue {
				t.Errorf("got status %d queue %q, want %d %q", r.Status, r.Terms.Queue, row.status, row.queue)
			}
			if r.Status != 0 && r.Q850 == 0 {
				t.Error("a refusal without a Q.850 cause")
			}
		})
	}
}

// What the file says of a queue reaches the call and the engine; what it leaves out has the product's defaults.
func TestQueueSettingsReachTheCall(t *testing.T) {
	set := testSettings(t)
	terms := set.route(&dialog.Invite{Trunk: "pbx", To: dialog.Party{User: "+4930"}}).Terms
	if terms.Answer != translator.AnswerAtOnce || terms.Sound.Name != "ringing" || terms.ResumeFor != 30*time.Second || terms.RingLimit != 330*time.Second {
		t.Errorf("terms %+v", terms)
	}
	if q := set.queues.Queues[0]; q.RingFor != 25*time.Second || q.WrapUp >= 0 {
		t.Errorf("queue %+v: wrap_up 0s means none", q)
	}
	if q := set.queues.Queues[1]; q.RingFor != 20*time.Second || q.WrapUp != 15*time.Second {
		t.Errorf("queue %+v: defaults expected", q)
	}
}

// A token serves the queues that it names and that exist, at its level; one that names none serves none.
func TestMembershipsComeFromTheToken(t *testing.T) {
	set := testSettings(t)
	got := set.memberships(protocol.Identity{ID: "jonas", Queues: map[string]int{"billing": 2, "gone": 1}})
	if len(got) != 1 || got[0].Queue != "billing" || got[0].Level != 2 {
		t.Errorf("got %+v", got)
	}
	if got := set.memberships(protocol.Identity{ID: "jonas"}); len(got) != 0 {
		t.Errorf("a token without queues serves %+v", got)
	}
}

// The whole server starts on free ports, is ready, and stops in order.
func TestServerStartsAndStops(t *testing.T) {
	set := testSettings(t)
	s, err := start(set)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.run(ctx, context.Background()) }()
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(60 * time.Second):
		t.Error("the server did not stop")
	}
}

// A part that cannot start names its setting's trouble, and nothing stays open.
func TestServerThatCannotStart(t *testing.T) {
	set := testSettings(t)
	set.hub.Origins = nil
	if _, err := start(set); err == nil || !strings.Contains(err.Error(), "origin") {
		t.Errorf("got %v", err)
	}
}

func TestDemoRefusesBadFlags(t *testing.T) {
	for _, args := range [][]string{{"demo", "-rtp", "80"}, {"demo", "extra"}, {"demo", "-sip", "nowhere"}, {"demo", "-admin", "0.0.0.0:9090"}} {
		if _, err := offhook(t, args...); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}

func TestReplayCommand(t *testing.T) {
	out, err := offhook(t, "replay", "../../testdata/replay/rfc3665-answered-caller-hangs-up.txtar")
	if err != nil || !strings.Contains(out, "INVITE") || !strings.Contains(out, "normal by caller") {
		t.Errorf("got %q, %v", out, err)
	}
	if _, err := offhook(t, "replay"); err == nil {
		t.Error("replay without a file was accepted")
	}
}
