package translator_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/translator/replay"
)

// scene is a call played by hand: the trunk's side and the agents' by the test, everything between by the real translator in virtual time.
type scene struct {
	t    *testing.T
	w    *replay.World
	seen int // messages that the test has looked at
	cseq int
	// broken: what goes wrong is looked at by the test itself.
	broken bool
}

const farSDP = "v=0\no=far 7 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=0 0\nm=audio 49172 RTP/AVP 8 0 101\na=rtpmap:101 telephone-event/8000\n"

func newScene(t *testing.T, s replay.Setup) *scene {
	t.Helper()
	w, err := replay.NewWorld(s)
	if err != nil {
		t.Fatal(err)
	}
	sc := &scene{t: t, w: w, cseq: 100}
	t.Cleanup(func() {
		for _, p := range w.Problems() {
			if !sc.broken {
				t.Error(p)
			}
		}
		if t.Failed() {
			for _, m := range w.Messages() {
				t.Logf("%8s %-6s in=%-5v %s", m.At, m.Party, m.In, strings.ReplaceAll(m.Text(), "\r\n", "\n             "))
			}
		}
	})
	return sc
}

// idle lets ten minutes pass and wants nothing left.
func (s *scene) idle() {
	s.t.Helper()
	s.wait(10 * time.Minute)
	if err := s.w.Idle(); err != nil {
		s.t.Error(err)
	}
}

func (s *scene) wait(d time.Duration) { s.w.Advance(s.w.Elapsed() + d) }

// ask sends a frame of an agent's page, and gives the reply.
func (s *scene) ask(agent string, frame map[string]any) protocol.Reply {
	s.t.Helper()
	before := len(s.w.Messages())
	if err := s.w.Ask(agent, frame); err != nil {
		s.t.Fatal(err)
	}
	for _, m := range s.w.Messages()[before:] {
		if r, ok := m.Object.(protocol.Reply); ok && m.Party == agent && !m.In {
			return r
		}
	}
	s.t.Fatalf("no reply to %v", frame)
	return protocol.Reply{}
}

// must wants ok.
func (s *scene) must(agent string, frame map[string]any) protocol.Reply {
	s.t.Helper()
	r := s.ask(agent, frame)
	if r.Type != "ok" {
		s.t.Fatalf("%v: %s %s", frame, r.Code, r.Message)
	}
	return r
}

// refused wants an error with this code.
func (s *scene) refused(agent string, code protocol.Code, frame map[string]any) {
	s.t.Helper()
	if r := s.ask(agent, frame); r.Code != code {
		s.t.Fatalf("%v: %q %s, want %s", frame, r.Code, r.Message, code)
	}
}

// dial lets alice, who is logged in first if need be, call a number. It gives the call's ID and our INVITE.
func (s *scene) dial(to string, more ...string) (call, invite string) {
	s.t.Helper()
	if !s.w.Attached("alice") {
		s.w.Hello("alice", protocol.Available)
	}
	frame := map[string]any{"type": "dial", "to": to, "sdp": "$offer"}
	for i := 0; i+1 < len(more); i += 2 {
		frame[more[i]] = more[i+1]
	}
	call = s.must("alice", frame).Call
	return call, s.next("INVITE ")
}

// phases are the phases that an agent saw of a call, in order, each once in a row.
func (s *scene) phases(agent, call string) (list []string) {
	for _, m := range s.w.Messages() {
		if c, ok := m.Object.(protocol.Call); ok && m.Party == agent && c.ID == call && (len(list) == 0 || list[len(list)-1] != string(c.Phase)) {
			list = append(list, string(c.Phase))
		}
	}
	return list
}

func (s *scene) wantPhases(agent, call string, want ...string) {
	s.t.Helper()
	if got := s.phases(agent, call); !slices.Equal(got, want) {
		s.t.Errorf("%s saw %v, want %v", agent, got, want)
	}
}

// object is the newest object of a call that an agent got.
func (s *scene) object(agent, call string) (newest protocol.Call) {
	for _, m := range s.w.Messages() {
		if c, ok := m.Object.(protocol.Call); ok && m.Party == agent && c.ID == call {
			newest = c
		}
	}
	return newest
}

func (s *scene) wantCause(agent, call string, code protocol.CauseCode, by protocol.By) {
	s.t.Helper()
	c := s.object(agent, call)
	if c.Cause == nil || c.Cause.Code != code || c.Cause.By != by {
		s.t.Errorf("cause %+v, want %s by %s", c.Cause, code, by)
	}
}

// sent are the SIP messages that we sent since the test looked last.
func (s *scene) sent() (list []string) {
	all := s.w.Messages()
	for _, m := range all[s.seen:] {
		if m.Party == "trunk" && !m.In && m.SIP != "" {
			list = append(list, strings.ReplaceAll(m.SIP, "\r\n", "\n"))
		}
	}
	s.seen = len(all)
	return list
}

// next is the next SIP message of ours, which begins so; what is before it is an error.
func (s *scene) next(begin string) string {
	s.t.Helper()
	all := s.w.Messages()
	for s.seen < len(all) {
		m := all[s.seen]
		s.seen++
		if m.Party != "trunk" || m.In || m.SIP == "" {
			continue
		}
		text := strings.ReplaceAll(m.SIP, "\r\n", "\n")
		if !strings.HasPrefix(text, begin) {
			s.t.Fatalf("we sent %q, want %q", firstLine(text), begin)
		}
		return text
	}
	s.t.Fatalf("we sent nothing, want %q", begin)
	return ""
}

// silent wants that we sent nothing since.
func (s *scene) silent() {
	s.t.Helper()
	if list := s.sent(); len(list) > 0 {
		s.t.Fatalf("we sent %q", firstLine(list[0]))
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func line(text, name string) string {
	m := regexp.MustCompile(`(?mi)^` + name + `:[ ]*(.*)$`).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1]
}

// response is the far side's response to a request of ours. tag "" sends none; extra lines end with line ends.
func (s *scene) response(req string, status int, tag, extra, body string) string {
	to := line(req, "To")
	if tag != "" && !strings.Contains(to, ";tag=") {
		to += ";tag=" + tag
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d Phrase\n", status)
	for _, via := range regexp.MustCompile(`(?m)^Via: .*$`).FindAllString(req, -1) {
		b.WriteString(via + "\n")
	}
	fmt.Fprintf(&b, "From: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n", line(req, "From"), to, line(req, "Call-ID"), line(req, "CSeq"))
	if status > 100 && status < 300 && !strings.Contains(extra, "Contact:") {
		b.WriteString("Contact: <sip:far@192.0.2.10:5060>\n")
	}
	b.WriteString(extra)
	if body != "" {
		b.WriteString("Content-Type: application/sdp\n")
	}
	return b.String() + "\n" + body
}

func (s *scene) respond(req string, status int, tag, extra, body string) {
	s.w.Trunk(s.response(req, status, tag, extra, body))
}

// request is the far side's request in the dialog that an INVITE of ours began, whose 2xx had this tag.
func (s *scene) request(method, invite, tag, extra, body string) string {
	s.cseq++
	if body != "" {
		extra += "Content-Type: application/sdp\n"
	}
	if method == "INVITE" || method == "UPDATE" || method == "REFER" {
		extra += "Contact: <sip:far@192.0.2.10:5060>\n"
	}
	contact := regexp.MustCompile(`<([^>]+)>`).FindStringSubmatch(line(invite, "Contact"))[1]
	return fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKfar%d\nMax-Forwards: 70\nFrom: %s;tag=%s\nTo: %s\nCall-ID: %s\nCSeq: %d %s\n%s\n%s",
		method, contact, s.cseq, line(invite, "To"), tag, line(invite, "From"), line(invite, "Call-ID"), s.cseq, method, extra, body)
}

// far sends a request of the far side in the dialog of an INVITE of ours.
func (s *scene) far(method, invite, tag, extra, body string) {
	s.w.Trunk(s.request(method, invite, tag, extra, body))
}

// talking is a call that alice dialled and that was answered; all that was sent so far was looked at.
func (s *scene) talking(to string, more ...string) (call, invite string) {
	s.t.Helper()
	call, invite = s.dial(to, more...)
	s.respond(invite, 200, "far", "", farSDP)
	s.next("ACK ")
	s.wait(time.Second)
	s.sent()
	if p := s.object("alice", call).Phase; p != protocol.PhaseConnected {
		s.t.Fatalf("the call is %s", p)
	}
	return call, invite
}
