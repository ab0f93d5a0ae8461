package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// recorded is where TestRecord puts its captures.
const recorded = "../../testdata/recorded"

// The addresses in the recordings. Each program has one of its own, so that a recording says who is who.
var (
	offhookAt  = netip.MustParseAddrPort("127.0.0.50:5060")
	kamailioAt = netip.MustParseAddrPort("127.0.0.30:5060")
	janusAt    = netip.MustParseAddr("127.0.0.1") // it takes no other, and chooses its port itself
	sippAt     = netip.MustParseAddrPort("127.0.0.65:5060")
	calleeAt   = netip.MustParseAddrPort("127.0.0.66:5060")
	baresipAt  = netip.MustParseAddrPort("127.0.0.70:5060")
	linphoneAt = netip.MustParseAddrPort("127.0.0.71:5060")
)

// A recording is a call of real programs with offhook, to be kept as a capture of its signalling.
type recording struct {
	name    string
	who     string // the programs, in the order of the call's way
	outcome string
	policy  load.Policy
	edit    func(yaml string) string
	digest  bool // kamailio wants a password
	run     func(s *studio)
}

// A studio is a stage at the addresses of the recordings.
type studio struct {
	*stage
	ctx context.Context
}

// TestRecord makes testdata/recorded again: OFFHOOK_RECORD=1 go test ./internal/e2e -run TestRecord. Each call must go as it says; what the
// programs said is kept as it was, without sound.
func TestRecord(t *testing.T) {
	if os.Getenv("OFFHOOK_RECORD") == "" {
		t.Skip("set OFFHOOK_RECORD to make testdata/recorded again")
	}
	rows := map[string]string{}
	for _, r := range recordings() {
		t.Run(r.name, func(t *testing.T) {
			wire := harness.Listen(t, "port 5060")
			s := &studio{stage: newStageWith(t, r.policy, func(yaml string) string {
				if r.digest {
					return atStudio(both(r.edit, knows(t, harness.Password))(yaml))
				}
				return atStudio(both(r.edit, nil)(yaml))
			}), ctx: harness.Patiently(t)}
			s.server.SIP = offhookAt
			r.run(s)
			quiet(s.ctx, wire)
			if !t.Failed() {
				wire.Save(filepath.Join(recorded, r.name+".pcap"))
				rows[r.name] = fmt.Sprintf("| `%s.pcap` | %s | %s | %s |\n", r.name, r.who, r.outcome, summary(wire.Messages()))
			}
		})
	}
	writeIndex(t, rows)
}

var sipListen = regexp.MustCompile(`(?m)^  sip: .*$`)

// atStudio gives offhook its address in the recordings.
func atStudio(yaml string) string {
	yaml = sipListen.ReplaceAllString(yaml, fmt.Sprintf("  sip: [%s, \"tcp:%[1]s\"]", offhookAt))
	return strings.Replace(yaml, "  trunk: 127.0.0.1\n", "  trunk: "+offhookAt.Addr().String()+"\n", 1)
}

// quiet waits until nothing has been said for a second.
func quiet(ctx context.Context, wire *harness.Wire) {
	for n := -1; n != len(wire.Messages()) && ctx.Err() == nil; {
		n = len(wire.Messages())
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// summary tells a call in a line: the methods and statuses in their order, once for each part of their way.
func summary(messages []harness.Message) string {
	var words []string
	for _, m := range messages {
		word, _, _ := strings.Cut(m.First(), " ")
		if word == "SIP/2.0" {
			_, method, _ := strings.Cut(m.CSeq(), " ")
			word = m.First()[8:11] + "/" + method
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// index is the table of testdata/recorded.
var index = filepath.Join(recorded, "README.md")

const indexHead = `# Calls recorded with offhook

The signalling of whole calls between real programs and offhook, captured on loopback by ` + "`OFFHOOK_RECORD=1 go test ./internal/e2e -run TestRecord`" + `, which
makes them again. 127.0.0.50 is offhook, .30 kamailio, .65 sipp as caller, .66 sipp as the one called, .70 baresip, .71 linphone, each on port 5060;
janus is 127.0.0.1 on a port of its choice. There is no sound in them. linphone (package linphone-cli) and janus are needed for
this only; no other test wants them.

| file | from → by way of → to | outcome | messages |
| --- | --- | --- | --- |
`

// writeIndex puts the rows of what was recorded into the table, and leaves those of other runs.
func writeIndex(t *testing.T, rows map[string]string) {
	t.Helper()
	old, _ := os.ReadFile(index)
	text := indexHead
	for _, r := range recordings() {
		if row := rows[r.name]; row != "" {
			text += row
			continue
		}
		for line := range strings.Lines(string(old)) {
			if strings.HasPrefix(line, "| `"+r.name+".pcap`") {
				text += line
			}
		}
	}
	if err := os.WriteFile(index, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every recording has its row, and every row its recording.
func TestRecordingsAreListed(t *testing.T) {
	text, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(recorded, "*.pcap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("recordings: %v, %v", files, err)
	}
	for _, f := range files {
		if !strings.Contains(string(text), "| `"+filepath.Base(f)+"`") {
			t.Errorf("%s is not in %s", f, index)
		}
	}
	if rows := strings.Count(string(text), "\n| `"); rows != len(files) {
		t.Errorf("%d rows for %d recordings", rows, len(files))
	}
}

// sipp plays a scenario from its address in the recordings.
func (s *studio) sipp(scenario string, to netip.AddrPort, number string, options ...string) {
	s.t.Helper()
	harness.Sipp{Scenario: scenarios + scenario + ".xml", From: sippAt, To: to, Number: number, Options: append(options, "-m", "1", "-d", "400")}.
		Run(s.ctx, s.t)
}

// ended waits for the end of the agent's call, and fails the test unless this side ended it.
func (s *studio) ended(by protocol.By) {
	s.t.Helper()
	e := s.wait("the call is over", func(e load.Event) bool { return e.Kind == load.CallChanged && e.Object.Cause != nil })
	if e.Object.Cause.By != by {
		s.t.Errorf("the cause is %+v, want by %s", e.Object.Cause, by)
	}
}

// hangup lets the agent hang up.
func (s *studio) hangup(call string) {
	s.t.Helper()
	if err := s.agent.Hangup(s.ctx, call); err != nil {
		s.t.Fatal(err)
	}
}
