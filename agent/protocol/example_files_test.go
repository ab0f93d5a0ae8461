package protocol

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/protocol/codes.json and docs/agent-protocol.md anew")

const testdata = "../../testdata/protocol"

func files(t testing.TB, pattern string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(testdata, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	out := make(map[string][]byte, len(names))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = data
	}
	return out
}

// TestClientFrames: each example is accepted, and what is written again from the request means the same.
func TestClientFrames(t *testing.T) {
	seen := map[string]bool{}
	for name, frame := range files(t, "valid/client-*.json") {
		req, derr := Decode(frame)
		if derr != nil {
			t.Errorf("%s: %v", name, derr)
			continue
		}
		seen[req.Type()] = true
		again, err := json.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}
		same, derr := Decode(again)
		if derr != nil || !reflect.DeepEqual(req, same) {
			t.Errorf("%s: written again it is %#v (%v), was %#v", name, same, derr, req)
		}
	}
	for _, kind := range strings.Fields(`hello token state ringing accept reject dial hangup hold resume mute dtmf transfer restart
		wrapup record quality directory merge watch bye beat`) {
		if !seen[kind] {
			t.Errorf("there is no example of a valid %s", kind)
		}
	}
}

// TestClientFrameLosesNothing: every known field of an example is in what the request is written as.
func TestClientFrameLosesNothing(t *testing.T) {
	for name, frame := range files(t, "valid/client-*.json") {
		req, derr := Decode(frame)
		if derr != nil {
			t.Fatalf("%s: %v", name, derr)
		}
		again, _ := json.Marshal(req)
		want, got := object(t, frame), object(t, again)
		delete(want, "colour") // the unknown field of the example that has one
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s:\n got %v\nwant %v", name, got, want)
		}
	}
}

func object(t *testing.T, data []byte) (out map[string]any) {
	t.Helper()
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestServerFrames: each example goes into our types without an unknown field and comes out of the encoder as it was.
func TestServerFrames(t *testing.T) {
	for name, frame := range files(t, "valid/server-*.json") {
		var head struct{ Type string }
		if err := json.Unmarshal(frame, &head); err != nil {
			t.Fatal(err)
		}
		again := reencode(t, name, head.Type, frame)
		if !reflect.DeepEqual(object(t, again), object(t, frame)) {
			t.Errorf("%s:\n got %s\nwant %s", name, again, frame)
		}
	}
}

func reencode(t *testing.T, name, kind string, frame []byte) []byte {
	t.Helper()
	var envelope struct {
		Type  string
		Time  Time
		Agent Agent
		Call  Call
		Queue QueueFigures
	}
	switch kind {
	case "agent":
		strict(t, name, frame, &envelope)
		return EncodeAgent(envelope.Agent)
	case "call":
		strict(t, name, frame, &envelope)
		return EncodeCall(envelope.Call)
	case "queue":
		strict(t, name, frame, &envelope)
		return EncodeQueue(envelope.Queue)
	case "beat":
		strict(t, name, frame, &envelope)
		return EncodeBeat(envelope.Time.Time)
	case "welcome":
		var w Welcome
		strict(t, name, frame, &w)
		return EncodeWelcome(w)
	case "ok", "error":
		var r Reply
		strict(t, name, frame, &r)
		return EncodeReply(r)
	}
	t.Fatalf("%s: unknown type %q", name, kind)
	return nil
}

func strict(t *testing.T, name string, frame []byte, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(frame))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// TestServerPhases: there is an example of a call in every phase and of an agent in every state.
func TestServerPhases(t *testing.T) {
	for _, p := range []Phase{PhaseOffered, PhaseConnecting, PhaseDialing, PhaseRinging, PhaseEarly, PhaseConnected, PhaseHeld,
		PhaseTransferring, PhaseWrapUp, PhaseEnded} {
		files(t, "valid/server-call-"+string(p)+".json")
	}
	for _, s := range []AgentState{Offline, Available, Away, Offered, OnCall, WrapUp} {
		files(t, "valid/server-agent-"+string(s)+".json")
	}
}

// TestInvalidFrames: each example is refused as expected.json says.
func TestInvalidFrames(t *testing.T) {
	all := files(t, "invalid/*.json")
	var expected map[string]struct {
		Code  Code
		Field string
		ID    int64
		Close int
	}
	strict(t, "expected.json", all["expected.json"], &expected)
	delete(all, "expected.json")
	for name, frame := range all {
		want, known := expected[name]
		if !known {
			t.Errorf("%s is not in expected.json", name)
		}
		req, derr := Decode(frame)
		if derr == nil {
			t.Errorf("%s: was accepted as %#v", name, req)
			continue
		}
		if derr.Code != want.Code || derr.Close != want.Close || derr.Field != want.Field || derr.ID != want.ID {
			t.Errorf("%s: got %+v, want %+v", name, *derr, want)
		}
		if derr.Code == BadRequest && derr.Field != "" && !strings.HasPrefix(derr.Message, derr.Field) {
			t.Errorf("%s: the message %q does not name the field %q", name, derr.Message, derr.Field)
		}
	}
	for name := range expected {
		if all[name] == nil {
			t.Errorf("expected.json names %s, which is not there", name)
		}
	}
}

// TestCodes holds codes.json, which the callbar's test reads, against the tables.
func TestCodes(t *testing.T) {
	tables := struct {
		Codes  []CodeInfo  `json:"codes"`
		Causes []CauseInfo `json:"causes"`
		Closes []CloseInfo `json:"closes"`
	}{Codes, Causes, Closes}
	want, err := json.MarshalIndent(tables, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	path := filepath.Join(testdata, "codes.json")
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what codes.go says; go test ./agent/protocol -update (%v)", path, err)
	}
}

// TestTables: no code stands twice, every one has a text, and a close frame has room for its reason (RFC 6455 §5.5).
func TestTables(t *testing.T) {
	seen := map[any]bool{}
	check := func(code any, text string) {
		if seen[code] {
			t.Errorf("%v stands twice", code)
		}
		if seen[code] = true; text == "" || len(text) > 123 {
			t.Errorf("%v: the text %q is empty or too long", code, text)
		}
	}
	for _, row := range Codes {
		check(row.Code, row.Text)
		if got := row.Code.Info(); got != row {
			t.Errorf("%s.Info() = %+v", row.Code, got)
		}
	}
	for _, row := range Causes {
		check(row.Code, row.Text)
	}
	for _, row := range Closes {
		check(row.Code, row.Text)
		if CloseText(row.Code) != row.Text {
			t.Errorf("CloseText(%d) = %q", row.Code, CloseText(row.Code))
		}
	}
}
