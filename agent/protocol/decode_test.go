package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestSecurityStrings reaches the limit of every string: the longest one is taken, one byte more is refused.
func TestSecurityStrings(t *testing.T) {
	rows := []struct {
		frame string // with %s where the string goes
		field string
		max   int
	}{
		{`{"type":"hello","id":1,"client":"c","token":"%s"}`, "token", MaxToken},
		{`{"type":"token","id":1,"token":"%s"}`, "token", MaxToken},
		{`{"type":"hello","id":1,"token":"t","client":"%s"}`, "client", MaxString},
		{`{"type":"hello","id":1,"token":"t","client":"c","session":"%s"}`, "session", MaxString},
		{`{"type":"accept","id":1,"call":"%s"}`, "call", MaxString},
		{`{"type":"accept","id":1,"call":"a","sdp":"%s"}`, "sdp", MaxSDP},
		{`{"type":"wrapup","id":1,"call":"a","notes":"%s"}`, "notes", MaxNotes},
		{`{"type":"wrapup","id":1,"call":"a","fields":{"k":"%s"}}`, "fields", MaxString},
		{`{"type":"wrapup","id":1,"call":"a","fields":{"%s":"v"}}`, "fields", MaxKey},
		{`{"type":"dial","id":1,"sdp":"v=0","to":"%s"}`, "to", MaxString},
	}
	for _, row := range rows {
		if _, err := Decode(fmt.Appendf(nil, row.frame, strings.Repeat("x", row.max))); err != nil {
			t.Errorf("%s of %d bytes: %v", row.field, row.max, err)
		}
		_, err := Decode(fmt.Appendf(nil, row.frame, strings.Repeat("x", row.max+1)))
		if err == nil || err.Code != BadRequest || err.Field != row.field {
			t.Errorf("%s of %d bytes: got %v, want bad_request", row.field, row.max+1, err)
		}
	}
}

// TestSecurityFrameSize: a frame of 64 KiB is read, a larger one is not the protocol.
func TestSecurityFrameSize(t *testing.T) {
	frame := []byte(`{"type":"bye","id":1}`)
	frame = append(frame, bytes.Repeat([]byte(" "), MaxFrame-len(frame))...)
	if _, err := Decode(frame); err != nil {
		t.Error(err)
	}
	if _, err := Decode(append(frame, ' ')); err == nil || err.Close != CloseProtocol {
		t.Errorf("got %+v", err)
	}
}

// TestSecurityDepth: 16 levels are read, the frame counted.
func TestSecurityDepth(t *testing.T) {
	nest := func(n int) []byte {
		return []byte(`{"type":"bye","id":1,"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`)
	}
	if _, err := Decode(nest(MaxDepth - 1)); err != nil {
		t.Error(err)
	}
	for _, n := range []int{MaxDepth, 30000} {
		if _, err := Decode(nest(n)); err == nil || err.Close != CloseProtocol {
			t.Errorf("%d levels: got %+v", n, err)
		}
	}
}

// TestDecodeKeepsNothing: the reader may use its buffer again.
func TestDecodeKeepsNothing(t *testing.T) {
	frame := []byte(`{"type":"wrapup","id":1,"call":"01J","notes":"so","fields":{"a":"b"}}`)
	req, derr := Decode(frame)
	if derr != nil {
		t.Fatal(derr)
	}
	clear(frame)
	want := Wrapup{Head: NewHead("wrapup", 1), Call: "01J", Notes: "so", Fields: map[string]string{"a": "b"}}
	if !reflect.DeepEqual(req, want) {
		t.Errorf("got %+v", req)
	}
}

// TestEncodeNeverNull: lists that are nil are written as empty ones, and no float can stop a frame.
func TestEncodeNeverNull(t *testing.T) {
	nan := 0.0
	frames := [][]byte{
		EncodeAgent(Agent{}),
		EncodeQueue(QueueFigures{ServiceLevel: nan / nan}),
		EncodeWelcome(Welcome{Queues: []QueueFigures{{ServiceLevel: 1 / nan}}, Limits: Limits{Queues: map[string]QueueLimits{"a": {}}}}),
		EncodeCall(Call{From: Party{Name: "</script>\xff\u2028"}}),
	}
	for _, frame := range frames {
		if !json.Valid(frame) || bytes.Contains(frame, []byte("null")) || bytes.ContainsAny(frame, "<>") {
			t.Errorf("%s", frame)
		}
	}
}

// FuzzDecode holds the decoder against encoding/json. What we accept is JSON, and both see the same in it; what encoding/json does not take
// closes the socket; a request written again is the same request.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"valid/client-*.json", "invalid/*.json"} {
		for _, frame := range files(f, pattern) {
			f.Add(frame)
		}
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		req, derr := Decode(frame)
		if derr != nil {
			if (derr.Close == 0) == (derr.Code == "") {
				t.Fatalf("%+v is neither a reply nor a close", derr)
			}
			if derr.Close == 0 && !json.Valid(frame) {
				t.Fatalf("not JSON, but %+v", derr)
			}
			if !json.Valid(EncodeReply(derr.Reply())) {
				t.Fatalf("no reply can be made of %+v", derr)
			}
			return
		}
		var generic map[string]any
		if err := json.Unmarshal(frame, &generic); err != nil {
			t.Fatalf("accepted what is not JSON: %v", err)
		}
		if generic["type"] != req.Type() {
			t.Fatalf("the type is %v, read as %q", generic["type"], req.Type())
		}
		again, err := json.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}
		if same, derr := Decode(again); derr != nil || !reflect.DeepEqual(req, same) {
			t.Fatalf("%s: written again %s: %v", frame, again, derr)
		}
		agrees(t, generic, again)
	})
}

// agrees: every string of the request is what encoding/json reads in the original.
func agrees(t *testing.T, generic map[string]any, again []byte) {
	var written map[string]any
	if err := json.Unmarshal(again, &written); err != nil {
		t.Fatal(err)
	}
	for key, value := range written {
		if text, ok := value.(string); ok && text != "" && generic[key] != text {
			t.Fatalf("%s is %q, read as %q", key, generic[key], text)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"client-beat", "client-hangup", "client-quality", "client-accept-sdp"} {
		frame := files(b, "valid/"+name+".json")[name+".json"]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			for b.Loop() {
				if _, err := Decode(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncodeCall(b *testing.B) {
	var frame struct{ Call Call }
	if err := json.Unmarshal(files(b, "valid/server-call-connected.json")["server-call-connected.json"], &frame); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		EncodeCall(frame.Call)
	}
}
