package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// trunkAt adds a trunk whose calls go to an address, one of harness.Address.
func trunkAt(name string, at netip.AddrPort) func(yaml string) string {
	return func(yaml string) string {
		more := fmt.Sprintf("trunks:\n  - {name: %s, networks: [%s/32], media_networks: [127.0.0.0/8], codecs: [PCMA], addresses: [%q]}\n", name, at.Addr(), at)
		return strings.Replace(yaml, "trunks:\n", more, 1)
	}
}

// Callers whom a limit meets go the way that their queue gives them: to a number by a trunk, to another queue, or they hear why not.
func TestQueueWaysOut(t *testing.T) {
	t.Parallel()
	harness.Need(t, "sipp", "tcpdump")
	ctx := harness.Patiently(t)
	away := harness.Sipp{Scenario: scenarios + "uas-hangs-up.xml", From: netip.AddrPortFrom(harness.Address(t), 0), Options: []string{"-m", "1", "-d", "3000", "-rtp_echo"}}.Start(ctx, t)
	server := startServer(t, both(trunkAt("away", away.Addr), withQueues(`  - {called: "300", queue: patient}
  - {called: "301", queue: small}
  - {called: "302", queue: night}
`, `  - {name: patient, answer: at_once, max_wait: 2s, on_max_wait: {number: "+4930777"}}
  - {name: small, capacity: 1, on_full: {queue: large}}
  - {name: large, wrap_up: 0s}
  - {name: night, hours: never, on_closed: {message: closed, status: 480}}
`, `hours: [{name: never, zone: Europe/Berlin, week: {mon: closed}}]
dial: {allow: ["+4930777"], routes: [{numbers: "+4930777", trunks: [away]}], callers: [{number: "+493012345"}]}
`)))
	server.Serves = map[string][]string{"anna": {"large"}}
	a := newAudience(t, server)
	waits := a.caller("uac-talks", "300")
	closed := a.callerBy(toldWhyNot(t), "302")
	a.caller("uac-talks", "301").rings()
	second := a.caller("uac-callee-hangs-up", "301")

	anna := server.NewAgent("anna", a.takes)
	e := anna.Connected(ctx)
	if e.Object.Queue != "large" || e.Object.From.Number != "+493011" {
		t.Errorf("she has %+v, want the second caller, by the other queue", e.Object)
	}
	if err := anna.Hangup(ctx, e.Call); err != nil {
		t.Fatal(err)
	}
	second.run.Wait()
	closed.run.Wait() // with 480
	closed.begins("closed")
	away.Wait()
	waits.run.Wait()
	if pcm := waits.heard(0); harness.LoudestShare(pcm[max(0, len(pcm)-2*load.Rate):], harness.CallerTone) < 0.8 {
		t.Error("who waited too long does not hear whom he was sent on to: his own tone, which comes back from there")
	}
}

// toldWhyNot is a scenario of a caller who hears something before he is refused: 183, then 480.
func toldWhyNot(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(scenarios + "uac-no-agent.xml")
	if err != nil {
		t.Fatal(err)
	}
	const refused = `<recv response="480"/>`
	changed := strings.Replace(string(text), refused, `<recv response="183"/>`+refused, 1)
	file := filepath.Join(t.TempDir(), "uac-told-why-not.xml")
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// rings waits until the caller has been told that it rings.
func (l *listener) rings() {
	l.t.Helper()
	l.wire.Said(l.ctx, "180", func(m harness.Message) bool { return m.Status("180") && m.To.Addr() == l.at })
}

// A SIGHUP changes who serves a queue, and how long callers wait there, while they do; a bad file changes nothing.
func TestQueueReloadWhileCallersWait(t *testing.T) {
	t.Parallel()
	harness.Need(t, "sipp", "tcpdump")
	ctx := harness.Patiently(t)
	edit := withQueues("  - {called: \"300\", queue: first}\n  - {called: \"301\", queue: second}\n", "  - {name: first, wrap_up: 0s}\n  - {name: second, wrap_up: 0s}\n", "staff: [{agent: anna, queues: [first]}]\n")
	server := startServer(t, edit)
	anna := server.NewAgent("anna", func(c *load.AgentConfig) { c.Pacer = harness.NewPacer(t) })
	a := newAudience(t, server)
	caller := a.caller("uac-callee-hangs-up", "301")
	caller.rings()

	file := server.Args[len(server.Args)-1]
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	reload := func(staff, says string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), "queues: [first]", staff, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		server.Signal(syscall.SIGHUP)
		server.Says(ctx, says)
	}
	reload("queues: [third]", "settings are as before")
	if calls := anna.Calls(); len(calls) > 0 {
		t.Errorf("after a bad file she has %+v", calls)
	}
	reload("queues: [second]", "settings are those of the file now")
	e := anna.Wait(ctx, "she has the caller", load.InPhase(protocol.PhaseConnected))
	if e.Object.Queue != "second" || e.Object.WaitedMS <= 0 {
		t.Errorf("she has %+v", e.Object)
	}
	if err := anna.Hangup(ctx, e.Call); err != nil {
		t.Fatal(err)
	}
	caller.run.Wait()
}
