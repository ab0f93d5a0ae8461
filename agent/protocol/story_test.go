package protocol_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator/replay"
)

// line is one frame of the story, or what happens meanwhile.
type line struct {
	note       string
	fromClient bool
	frame      []byte
}

// What the hub adds to the frames of the story: here it is not the real one, and its secrets would be new each time.
const (
	exampleToken    = "eyJhbGciOiJFZERTQSIsImtpZCI6ImNybS0xIn0.eyJpc3MiOiJodHRwczovL2NybS5leGFtcGxlIiwic3ViIjoiYW5hIn0.c2lnbmF0dXJl"
	exampleSession  = "mV3Zr0bq2hXJc8yEw1TnKuo5Ld7sPf9iGa4QjR6tUxY"
	exampleSession2 = "Qx8dT2vW6nHs0LkPzYc4BfJm9RgEaUo7iKwXb1NqMeI"
)

// story plays a whole call through the translator, in virtual time, and returns what ana's page sent and received.
func story(t *testing.T) []line {
	t.Helper()
	w, err := replay.NewWorld(replay.Setup{Queue: queue.QueueSettings{Name: "orders", WrapUp: 30 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	s := &storyteller{t: t, w: w}
	w.Hello("ana", protocol.Available)
	s.tell("")
	w.Advance(10 * time.Second)
	w.Trunk(invite)
	s.tell("A caller comes, and Ana is asked. Her page shows the call and answers the offer at once, so that ICE and DTLS run while it rings.")
	w.Advance(10200 * time.Millisecond)
	s.ask(`{"type":"ringing","call":"$call","sdp":"$answer"}`)
	s.tell("")
	w.Advance(13 * time.Second)
	s.ask(`{"type":"accept","call":"$call"}`)
	s.tell("She presses the key.")
	w.Trunk(fmt.Sprintf(ack, s.tag()))
	w.Advance(20 * time.Second)
	s.beat()
	w.Advance(30 * time.Second)
	w.Lose("ana")
	s.tell("")
	w.Advance(32 * time.Second)
	w.Hello("ana", "")
	s.tell("The socket breaks; the sound goes on. The page comes back with the session of its last `welcome`, and gets everything again.")
	w.Advance(70 * time.Second)
	w.Trunk(fmt.Sprintf(bye, s.tag()))
	s.tell("The caller hangs up. The call stays with Ana for what is left to note.")
	w.Advance(81 * time.Second)
	s.ask(`{"type":"wrapup","call":"$call","outcome":"order","notes":"Wants the blue one.","done":true}`)
	s.tell("")
	s.ask(`{"type":"bye"}`)
	s.tell("She goes home. The socket closes with 1000.")
	if p := w.Problems(); len(p) != 0 {
		t.Fatal(p)
	}
	return s.lines
}

type storyteller struct {
	t      *testing.T
	w      *replay.World
	told   int
	lastID int64
	hellos int
	lines  []line
}

func (s *storyteller) ask(frame string) {
	s.t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(frame), &members); err != nil {
		s.t.Fatal(err)
	}
	if err := s.w.Ask("ana", members); err != nil {
		s.t.Fatal(err)
	}
}

// tell takes down what was said since the last time, with note before it.
func (s *storyteller) tell(note string) {
	if note != "" {
		s.lines = append(s.lines, line{note: note})
	}
	all := s.w.Messages()
	for i := range all[s.told:] {
		m := &all[s.told+i]
		if m.Party != "ana" || m.Note != "" {
			continue
		}
		frame := s.complete(m)
		s.lines = append(s.lines, line{fromClient: m.In, frame: frame})
		if m.Type() == "bye" { // the hub answers it, not the translator
			s.lines = append(s.lines, line{frame: protocol.EncodeReply(protocol.Ok(s.lastID))})
		}
	}
	s.told = len(all)
}

// complete puts in what the hub adds, and orders the fields of what the page sent.
func (s *storyteller) complete(m *replay.Message) []byte {
	f := m.Frame()
	if id, ok := f["id"].(float64); ok && m.In && f["type"] != "hello" {
		s.lastID = int64(id)
	}
	switch f["type"] {
	case "hello":
		f["token"], f["client"] = exampleToken, "callbar/1.0"
		if s.hellos++; s.hellos > 1 {
			f["session"] = exampleSession
		}
	case "welcome":
		w := m.Object.(protocol.Welcome)
		w.Session, w.LastID, w.Limits = exampleSession, s.lastID, exampleLimits
		w.Queues = []protocol.QueueFigures{{Name: "orders", Available: 1, ServiceLevel: 1}}
		if s.hellos > 1 {
			w.Session = exampleSession2
			w.Queues[0].Available, w.Queues[0].OnCall = 0, 1
		}
		return protocol.EncodeWelcome(w)
	}
	if m.In {
		text, err := json.Marshal(f)
		if err != nil {
			s.t.Fatal(err)
		}
		req, derr := protocol.Decode(text)
		if derr != nil {
			s.t.Fatal(derr)
		}
		text, err = json.Marshal(req)
		if err != nil {
			s.t.Fatal(err)
		}
		return text
	}
	return []byte(m.Text())
}

// beat takes down one beat and its answer; here there is no hub that would send it.
func (s *storyteller) beat() {
	s.tell("")
	s.lines = append(s.lines,
		line{note: "Every 5 s while a call is offered or live, else every 15 s, the server asks whether the page lives, and the page's script answers."},
		line{frame: protocol.EncodeBeat(s.w.Now())}, line{fromClient: true, frame: []byte(`{"type":"beat"}`)})
}

// tag is the To tag of our answers to the INVITE.
func (s *storyteller) tag() string {
	for _, m := range slices.Backward(s.w.Messages()) {
		_, rest, found := strings.Cut(m.SIP, "To: <sip:+4930654321@192.0.2.20>;tag=")
		if found {
			tag, _, _ := strings.Cut(rest, "\r\n")
			return tag
		}
	}
	s.t.Fatal("no answer to the INVITE has a tag")
	return ""
}

var exampleLimits = protocol.Limits{
	Reasons:    []protocol.Reason{{Name: "lunch", Label: "Lunch", LimitS: 2700}},
	Queues:     map[string]protocol.QueueLimits{"orders": {Label: "Orders", Outcomes: []protocol.Outcome{{Name: "order", Label: "Order taken"}}, WrapUpS: 30}},
	FrameBytes: protocol.MaxFrame, NotesBytes: protocol.MaxNotes, RatePerS: 50, ResumeForS: 30,
}

const invite = `INVITE sip:+4930654321@192.0.2.20 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1
Max-Forwards: 70
From: "Blumen Schmidt" <sip:+4930123456@192.0.2.10>;tag=f1
To: <sip:+4930654321@192.0.2.20>
Call-ID: 1@192.0.2.10
CSeq: 1 INVITE
Contact: <sip:+4930123456@192.0.2.10:5060>
P-Asserted-Identity: "Blumen Schmidt" <sip:+4930123456@192.0.2.10>
User-to-User: 3fa94b6c;encoding=hex
Content-Type: application/sdp

v=0
o=pbx 1 1 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 49172 RTP/AVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
`

const ack = `ACK sip:192.0.2.20:5060 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK2
Max-Forwards: 70
From: "Blumen Schmidt" <sip:+4930123456@192.0.2.10>;tag=f1
To: <sip:+4930654321@192.0.2.20>;tag=%s
Call-ID: 1@192.0.2.10
CSeq: 1 ACK

`

const bye = `BYE sip:192.0.2.20:5060 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK3
Max-Forwards: 70
From: "Blumen Schmidt" <sip:+4930123456@192.0.2.10>;tag=f1
To: <sip:+4930654321@192.0.2.20>;tag=%s
Call-ID: 1@192.0.2.10
CSeq: 2 BYE
Reason: Q.850;cause=16

`

// TestStoryFitsTheSchema: what a real call sends is what the schema says, and the story has every turn that the document tells.
func TestStoryFitsTheSchema(t *testing.T) {
	client, server := compiled(t, "client"), compiled(t, "server")
	seen := map[string]bool{}
	for _, l := range story(t) {
		s, who := server, "S "
		if l.fromClient {
			s, who = client, "C "
		}
		if l.note != "" {
			continue
		}
		if err := fits(s, l.frame); err != nil {
			t.Errorf("%s%s: %v", who, l.frame, err)
		}
		var f struct {
			Type string
			Call json.RawMessage
		}
		if err := json.Unmarshal(l.frame, &f); err != nil {
			t.Fatal(err)
		}
		seen[who+f.Type] = true
		var c protocol.Call
		if who+f.Type == "S call" && json.Unmarshal(f.Call, &c) == nil {
			seen[string(c.Phase)] = true
		}
	}
	for _, turn := range []string{"C hello", "S welcome", "S agent", "offered", "C ringing", "C accept", "S ok", "connecting", "connected", "S beat", "C beat", "wrap_up", "C wrapup", "ended", "C bye"} {
		if !seen[turn] {
			t.Errorf("the story has no %s; it has %v", turn, slices.Sorted(maps.Keys(seen)))
		}
	}
}

// notServed are the requests that the translator answers with unknown_type.
func notServed(t *testing.T) (list []string) {
	t.Helper()
	w, err := replay.NewWorld(replay.Setup{})
	if err != nil {
		t.Fatal(err)
	}
	w.Hello("ana", protocol.Available)
	asked := map[string]bool{"hello": true, "token": true, "beat": true, "bye": true} // those are the hub's
	for _, frame := range protocol.Files(t, "valid/client-*.json") {
		var members map[string]any
		if err := json.Unmarshal(frame, &members); err != nil {
			t.Fatal(err)
		}
		kind := members["type"].(string)
		if asked[kind] {
			continue
		}
		asked[kind] = true
		delete(members, "id")
		if err := w.Ask("ana", members); err != nil {
			t.Fatal(err)
		}
		for _, m := range slices.Backward(w.Messages()) {
			if reply, ok := m.Object.(protocol.Reply); ok {
				if reply.Code == protocol.UnknownType {
					list = append(list, kind)
				}
				break
			}
		}
	}
	slices.Sort(list)
	return list
}
