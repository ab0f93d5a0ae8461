package replay

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/translator"
	"offhook/translator/dialog"
)

// deaf takes what it is told and does nothing.
type deaf struct{}

func (deaf) SendAgent(string, protocol.Agent)                      {}
func (deaf) SendCall(string, protocol.Call)                        {}
func (deaf) SendQueue(string, protocol.QueueFigures)               {}
func (deaf) AddRecent(string, protocol.Recent)                     {}
func (deaf) Welcome(protocol.Ref)                                  {}
func (deaf) Reply(protocol.Ref, protocol.Reply)                    {}
func (deaf) Forget(string)                                         {}
func (deaf) Login(protocol.Ref, protocol.Identity, protocol.Hello) {}
func (deaf) Request(protocol.Ref, protocol.Request)                {}
func (deaf) Renewed(string, protocol.Identity)                     {}
func (deaf) Beat(string)                                           {}
func (deaf) Detached(string)                                       {}
func (deaf) LoggedOut(string)                                      {}
func (deaf) NewSession(media.Params) (media.Session, error)        { return nil, media.ErrFull }
func (deaf) Close() error                                          { return nil }

// tape tells a recorder a story again, as a live server would.
type tape struct {
	t      *testing.T
	r      *Recorder
	now    time.Duration
	notify func(media.Event) // of the newest call's media
	rec    translator.CallRecord
	more   []translator.CallRecord // of the calls after the first
	ids    map[string]int64        // the newest request of each agent
}

func newTape(t *testing.T, cfg RecorderConfig) *tape {
	t.Helper()
	k := &tape{t: t, ids: map[string]int64{}, rec: translator.CallRecord{Direction: protocol.Inbound}}
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	cfg.Now = func() time.Time { return epoch.Add(k.now) }
	r, err := NewRecorder(cfg)
	if err != nil {
		t.Fatal(err)
	}
	k.r = r
	t.Cleanup(r.Close)
	return k
}

// play tells the whole story, which has one call, or one with a consultation that an agent dials.
func (k *tape) play(messages []Message) {
	k.t.Helper()
	for i := range messages {
		m := &messages[i]
		if call, ok := m.Object.(protocol.Call); ok && k.rec.ID == "" {
			k.rec.ID, k.rec.From, k.rec.Queue = call.ID, call.From, call.Queue
		}
	}
	k.begin(k.rec.ID)
	for i := range messages {
		k.now = messages[i].At
		if call, ok := messages[i].Object.(protocol.Call); ok {
			k.consults(call)
		}
		k.tell(&messages[i])
	}
}

// begin gives a call its media.
func (k *tape) begin(call string) {
	_, _ = k.r.Media(deaf{}).NewSession(media.Params{Call: call, Notify: func(media.Event) {}})
	k.notify = func(e media.Event) { k.r.media(call, e) }
}

// consults makes a record for a call that is not the first, and notes when it ends.
func (k *tape) consults(call protocol.Call) {
	if call.ID == k.rec.ID {
		return
	}
	i := slices.IndexFunc(k.more, func(r translator.CallRecord) bool { return r.ID == call.ID })
	if i < 0 {
		i = len(k.more)
		k.more = append(k.more, translator.CallRecord{ID: call.ID, Direction: call.Direction, From: call.From, To: call.To, Arrived: protocol.At(epoch.Add(k.now))})
		k.begin(call.ID)
	}
	if call.Cause != nil {
		k.more[i].Cause, k.more[i].Ended = *call.Cause, protocol.At(epoch.Add(k.now))
	}
}

func (k *tape) tell(m *Message) {
	k.t.Helper()
	ref := protocol.Ref{Agent: m.Party, Session: 1, ID: k.ids[m.Party]}
	switch o := m.Object.(type) {
	case protocol.Call:
		k.r.Agents(deaf{}).SendCall(m.Party, o)
	case protocol.Reply:
		k.r.Agents(deaf{}).Reply(ref, o)
	case map[string]any:
		k.request(m, o)
	case nil:
		k.event(m)
	}
}

func (k *tape) request(m *Message, frame map[string]any) {
	k.t.Helper()
	if frame["type"] == "hello" {
		k.r.Backend(deaf{}).Login(protocol.Ref{Agent: m.Party}, protocol.Identity{ID: m.Party}, protocol.Hello{State: protocol.Available})
		return
	}
	k.ids[m.Party]++
	frame["id"] = k.ids[m.Party]
	req, err := protocol.Decode([]byte(m.Text()))
	if err != nil {
		k.t.Fatal(err)
	}
	k.r.Backend(deaf{}).Request(protocol.Ref{Agent: m.Party, Session: 1, ID: k.ids[m.Party]}, req)
}

func (k *tape) event(m *Message) {
	switch {
	case m.SIP != "":
		k.r.Tap(dialog.Tapped{In: m.In, Network: dialog.UDP, Peer: trunkAddr, Data: []byte(m.SIP)})
		id := readSIP(m.SIP).get("call-id")
		if !slices.ContainsFunc(k.rec.Legs, func(l translator.LegRecord) bool { return l.CallID == id }) {
			k.rec.Legs = append(k.rec.Legs, translator.LegRecord{Trunk: "pbx", CallID: id}) // whose leg it is matters to nobody here
		}
	case m.Party == mediaParty:
		k.notify(media.Event{Kind: mediaWords[m.Note]})
	case m.Note == socketLost:
		k.r.Backend(deaf{}).Detached(m.Party)
	}
}

// finish ends the call as the outcome says, and gives what was written, "" for nothing.
func (k *tape) finish(outcome string) string {
	k.t.Helper()
	last := outcome[strings.LastIndex(outcome, ", ")+1:]
	code, by, _ := strings.Cut(strings.TrimSpace(last), " by ")
	k.rec.Cause, k.rec.Ended = protocol.Cause{Code: protocol.CauseCode(code), By: protocol.By(by)}, protocol.At(epoch.Add(k.now))
	for _, rec := range k.more {
		k.r.Finish(rec)
	}
	k.r.Finish(k.rec)
	k.r.Close()
	files, err := filepath.Glob(filepath.Join(k.r.cfg.Dir, "*"))
	if err != nil || len(files) > 1 {
		k.t.Fatalf("%q, %v", files, err)
	}
	if len(files) == 0 {
		return ""
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		k.t.Fatal(err)
	}
	return string(text)
}

// recordable are stories of one call, and of one with a consultation.
var recordable = []string{
	"consultation-connected-by-refer", "consultation-joined-here", "refused-by-a-route", "dialled-heard-before-up", "for-one-agent",
	"cancel-crosses-200", "late-ack", "lost-ack", "media-timeout-next-agent", "reload-in-a-call", "socket-gone-media-flows", "trunk-media-gone", "decline-next-agent", "rona-next-agent",
	"re-invite-hold", "re-invite-without-offer", "rfc3665-answered-agent-hangs-up", "rfc3665-cancelled", "at-once-answered", "late-offer", "wrap-up-extended", "bye-overtakes-ack",
	"rfc3665-3.1-dialled", "rfc3665-3.2-dialled-through-proxies", "rfc3665-3.3-proxy-authentication", "rfc3665-3.4-proxy-failure", "rfc3665-3.8-no-answer-dialled", "rfc3665-3.9-busy-dialled",
	"rfc3665-3.11-unavailable-dialled", "rfc5407-3.1.2-cancel-crosses-200-dialled", "rfc5407-3.2.3-200-to-re-invite-after-bye", "rfc5407-c-cancel-before-1xx",
}

// withMedia adds the media events that the world makes by itself after each answer of a browser, where the story does not tell them.
func withMedia(messages []Message) (out []Message) {
	var due []Message
	answered := false
	flush := func(at time.Duration) {
		for len(due) > 0 && due[0].At <= at {
			out, due = append(out, due[0]), due[1:]
		}
	}
	for _, m := range messages {
		flush(m.At)
		out = append(out, m)
		frame, _ := m.Object.(map[string]any)
		call, _ := m.Object.(protocol.Call)
		dialled := call.SDP != nil && call.SDP.Type == "answer" && call.Phase != protocol.PhaseConnected // the browser gets its answer once
		if call.Phase == protocol.PhaseEnded {
			due = nil
		}
		if frame["sdp"] != nil && frame["type"] != "dial" || dialled && !answered {
			answered = answered || dialled
			due = append(due, Message{At: m.At + 40*time.Millisecond, Party: mediaParty, Note: "up"}, Message{At: m.At + 60*time.Millisecond, Party: mediaParty, Note: "heard"})
		}
	}
	flush(time.Hour)
	return out
}

// What is recorded of a call in virtual time, masked, gives the same again: a call that was answered, one that crossed a CANCEL, a lost ACK, a lost socket, a reload, silence.
func TestRecordedStoryReplays(t *testing.T) {
	for _, name := range recordable {
		file := "../../testdata/replay/" + name + ".txtar"
		story, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			played := playFile(t, file)
			messages := played.Messages
			if !strings.Contains(string(story), "media: manual") {
				messages = withMedia(messages)
			}
			tr, err := Parse(name, string(story))
			if err != nil {
				t.Fatal(err)
			}
			k := newTape(t, RecorderConfig{Match: []TraceRule{{}}, Settings: func(string, string) (all [][2]string) {
				for _, key := range tr.order {
					if key != "title" && key != "outcome" && key != "source" && key != "rule" && key != "media" && key != "agents" {
						all = append(all, [2]string{key, tr.Header[key]})
					}
				}
				return all
			}})
			k.play(messages)
			text := k.finish(played.Outcome)
			if want := strings.Count(sentBy(played.Messages), "\n"); strings.Count(text, "-- expect trunk --") != want {
				t.Errorf("%d messages to the trunk are expected, want %d", strings.Count(text, "-- expect trunk --"), want)
			}
			again, err := Parse("recorded", text)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Play(again)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			for _, d := range r.Differences {
				t.Error(d)
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

// sentBy is what offhook sent to the trunk, a line for each message.
func sentBy(messages []Message) (lines string) {
	for i := range messages {
		if m := &messages[i]; m.Party == "trunk" && !m.In && m.SIP != "" {
			lines += sipLabel(m.SIP) + "\n"
		}
	}
	return lines
}

func sipOf(method, id, more string) []byte {
	return fmt.Appendf(nil, "%s sip:x SIP/2.0\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: %s\r\nCSeq: 1 %s\r\n%s\r\n", method, id, method, more)
}

// What is kept is bounded: by calls, the most silent one goes; by messages and by bytes, and a call of which something is missing is not written.
func TestSecurityRecorderIsBounded(t *testing.T) {
	k := newTape(t, RecorderConfig{Calls: 3, Messages: 4, Bytes: 1 << 10, Match: []TraceRule{{}}})
	for i := range 50 {
		k.now += time.Second
		k.r.Tap(dialog.Tapped{In: true, Peer: trunkAddr, Data: sipOf("INVITE", fmt.Sprint("call-", i), "")})
	}
	if len(k.r.dialogs) != 3 || k.r.dialogs["call-49"] == nil {
		t.Errorf("kept: %s", k.r)
	}
	for range 10 {
		k.r.Tap(dialog.Tapped{In: true, Peer: trunkAddr, Data: sipOf("BYE", "call-49", "")})
	}
	if got := k.r.dialogs["call-49"]; len(got.entries) != 4 || !got.isCut {
		t.Errorf("%d messages of a call", len(got.entries))
	}
	k.r.Tap(dialog.Tapped{In: true, Peer: trunkAddr, Data: sipOf("INVITE", "large", "Subject: "+strings.Repeat("x", 2000)+"\r\n")})
	if k.r.bytes > 1<<10 || !k.r.dialogs["large"].isCut {
		t.Errorf("kept: %s", k.r)
	}
	for i := range 3 * maxAsked {
		k.r.request(protocol.Ref{Agent: "a", ID: int64(i)}, protocol.Dial{Head: protocol.NewHead("dial", int64(i)), To: "1"})
	}
	if len(k.r.requests) > maxAsked || len(k.r.order) > 2*maxAsked {
		t.Errorf("%d requests wait", len(k.r.requests))
	}
	k.rec = translator.CallRecord{ID: "x", Legs: []translator.LegRecord{{CallID: "call-49"}}}
	if text := k.finish("normal by caller"); text != "" {
		t.Errorf("written, though not whole: %s", text)
	}
}

// What is no call is not kept, and what has no Call-ID, or one only in its body, breaks nothing.
func TestRecorderKeepsCallsOnly(t *testing.T) {
	k := newTape(t, RecorderConfig{})
	for _, data := range [][]byte{
		nil, []byte("\r\n\r\n"), []byte("INVITE"), []byte("INVITE sip:x SIP/2.0\r\n\r\nCall-ID: body\r\n"), []byte("\x00\xff:\n::\n"),
		sipOf("OPTIONS", "options", ""), sipOf("BYE", "unknown", ""), sipOf("REGISTER", "register", ""),
	} {
		k.r.Tap(dialog.Tapped{In: true, Peer: trunkAddr, Data: data})
	}
	if len(k.r.dialogs) != 0 {
		t.Errorf("kept: %s", k.r)
	}
	k.r.Tap(dialog.Tapped{In: true, Peer: trunkAddr, Data: []byte("INVITE sip:x SIP/2.0\r\nI : short\r\n\r\n")})
	if k.r.dialogs["short"] == nil {
		t.Error("the compact form is not read")
	}
}

// A full folder and one that is gone are logged, and the recorder goes on.
func TestFaultTraceFolder(t *testing.T) {
	for _, row := range []struct {
		name string
		make func(dir string)
		want string
	}{
		{"full", func(dir string) { os.WriteFile(filepath.Join(dir, "old.txtar"), nil, 0o600) }, "holds 1 traces"},
		{"gone", func(dir string) { os.Remove(dir) }, "no such file"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			row.make(dir)
			k := newTape(t, RecorderConfig{Dir: dir, Files: 1})
			k.r.Tap(dialog.Tapped{In: true, Peer: trunkAddr, Data: sipOf("INVITE", "a", "")})
			_, err := k.r.save(finished{recs: []translator.CallRecord{{ID: "a"}}, entries: k.r.dialogs["a"].entries})
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want %q", err, row.want)
			}
		})
	}
}

// A call and its consultations are one record, which is bounded: what is not over holds room, one that gives way takes the others' transcript with it, and Stop is
// the last word on all of them.
func TestSecurityRecordedConsultationsAreBounded(t *testing.T) {
	k := newTape(t, RecorderConfig{Calls: 20, Match: []TraceRule{{}}})
	show := func(id, of string) {
		k.r.object("alice", protocol.Call{ID: id, Phase: protocol.PhaseConnected, ConsultOf: of})
	}
	show("first", "")
	for i := range 2 * maxGroup {
		id := fmt.Sprint("consultation-", i)
		show(id, "first")
		k.r.Finish(translator.CallRecord{ID: id})
	}
	if n := len(k.r.groups["first"].over.recs); n >= maxGroup || k.r.bytes != frameBytes*maxGroup {
		t.Errorf("%d calls in a group, %s", n, k.r)
	}
	show("second", "")
	show("asked", "second")
	for i := range 20 { // both give way
		k.now += time.Second
		show(fmt.Sprint("other-", i), "")
	}
	if k.r.groups["second"] != nil || k.r.groups["asked"] != nil {
		t.Errorf("groups %v", k.r.groups)
	}
	k.r.Finish(translator.CallRecord{ID: "first"})
	for i := range 20 {
		k.r.Finish(translator.CallRecord{ID: fmt.Sprint("other-", i)})
	}
	if len(k.r.groups) != 0 || k.r.bytes != 0 {
		t.Errorf("%d groups are left, %s", len(k.r.groups), k.r)
	}
}

// What a route decides is recorded: a refusal with its cause, an agent, and whether a queue is behind him.
func TestRecordedRouting(t *testing.T) {
	for _, row := range []struct {
		routing translator.Routing
		want    string
	}{
		{translator.Routing{Status: 404, Q850: 1}, "[[refuse 404 1]]"}, {translator.Routing{Status: 603}, "[[refuse 603]]"},
		{translator.Routing{Agent: "jonas"}, "[[agent jonas alone] "}, {translator.Routing{Agent: "jonas", Terms: translator.Terms{Queue: "support"}}, "[[agent jonas] "},
	} {
		if got := fmt.Sprint(routingHeader(row.routing)); !strings.HasPrefix(got, row.want) {
			t.Errorf("%+v: %s, want %s", row.routing, got, row.want)
		}
	}
}

// Stop has the last word, over the rules too.
func TestRecorderStops(t *testing.T) {
	k := newTape(t, RecorderConfig{Match: []TraceRule{{}}})
	k.r.object("alice", protocol.Call{ID: "a", Phase: protocol.PhaseConnected})
	if err := k.r.Stop("a"); err != nil {
		t.Fatal(err)
	}
	k.rec.ID = "a"
	if text := k.finish("normal by agent"); text != "" {
		t.Errorf("written all the same:\n%s", text)
	}
}
