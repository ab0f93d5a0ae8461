package interop

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"offhook/internal/harness"
)

// recorded is where the captures of the calls are kept, and told what happens in each of them, by the names of their tests.
const recorded = "../../testdata/asterisk"

var told = map[string]string{
	"CallIsAnswered":               "the caller is answered, and hangs up",
	"AgentHangsUp":                 "the agent hangs up",
	"CallerCancels":                "given up while it rings",
	"CallerHearsMusicThenTheAgent": "answered at once, music until the agent has the call",
	"HoldsAndResumes":              "the caller's phone holds and comes back; Asterisk passes both on",
	"PressesKeys":                  "keys as telephone events (RFC 4733): the description has them, their packets are not kept",
	"PressesAKeyByINFO":            "a key by INFO",
	"RefreshesTheSession":          "the session is refreshed by re-INVITE, then by UPDATE",
	"IsCalled":                     "an agent's call, answered",
	"PlaysEarlyMedia":              "183 with a description, then 200",
	"IsGivenUp":                    "an agent's call, given up while it rings",
	"ReadsKeys":                    "an agent's keys, as telephone events",
	"IsHeld":                       "the agent holds by re-INVITE and comes back",
	"LateOffer":                    "Asterisk's INVITE brings no offer",
	"SessionTimer":                 "the session timer is agreed on",
	"BlindTransfer":                "the agent passes the caller on: REFER, and Asterisk connects him with the target",
	"TransferJoinedHere":           "the agent passes the caller on, and offhook calls the target: one refuses, the other answers",
	"AttendedTransfer":             "the agent asks the target first, then connects both: REFER with Replaces",
	"PassesACallOn":                "Asterisk passes on a call that an agent placed: REFER to offhook, which calls the target",
}

// record keeps what Asterisk and offhook say to each other in this test, if OFFHOOK_RECORD is set and the test ends well. It is to be called before
// offhook is started, whose last words then belong to it.
func record(t *testing.T) {
	name := strings.TrimPrefix(t.Name(), "TestAsterisk")
	if os.Getenv("OFFHOOK_RECORD") == "" || told[name] == "" {
		return
	}
	wire := harness.Listen(t, "udp port 5060 and host "+net0.fit("192.0.2.5"))
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		file := filepath.Join(recorded, fileOf(name))
		wire.Save(file)
		if err := keepCalls(file); err != nil {
			t.Error(err)
		}
	})
}

// fileOf is the capture's name: HoldsAndResumes is in holds-and-resumes.pcap.
func fileOf(name string) string {
	name = strings.ReplaceAll(name, "INFO", "Info")
	words := regexp.MustCompile(`[A-Z][a-z]*`).FindAllString(name, -1)
	return strings.ToLower(strings.Join(words, "-")) + ".pcap"
}

var qualifies = regexp.MustCompile(`(?m)^CSeq: \d+ OPTIONS\r?$`)

// keepCalls takes the packets out of a capture by which the two ask each other whether they are there.
func keepCalls(file string) error {
	b, err := os.ReadFile(file)
	if err != nil || len(b) < 24 {
		return fmt.Errorf("%s: %d octets, %w", file, len(b), err)
	}
	kept := bytes.NewBuffer(b[:24:24])
	for rest := b[24:]; len(rest) >= 16; {
		n := 16 + int(binary.LittleEndian.Uint32(rest[8:]))
		if n > len(rest) {
			break
		}
		if !qualifies.Match(rest[:n]) {
			kept.Write(rest[:n])
		}
		rest = rest[n:]
	}
	return os.WriteFile(file, kept.Bytes(), 0o644)
}

// TestRecordedAsteriskIsListed: each capture of testdata/asterisk is one of a test, and its README says what happens in it.
func TestRecordedAsteriskIsListed(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(recorded, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(recorded, "*.pcap"))
	if err != nil || len(files) != len(told) {
		t.Errorf("%d captures of %d tests, %v", len(files), len(told), err)
	}
	for name, what := range told {
		if row := fmt.Sprintf("| `%s` | %s |", fileOf(name), what); !strings.Contains(string(readme), row) {
			t.Errorf("no line %q", row)
		}
		if _, err := os.Stat(filepath.Join(recorded, fileOf(name))); err != nil {
			t.Error(err)
		}
	}
}
