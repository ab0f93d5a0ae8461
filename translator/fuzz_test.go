package translator_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/trunktest"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/replay"
)

// FuzzTranslate lets an agent ask for anything, in a call and without one, under a dial policy that refuses nothing: whatever he writes, each SIP
// message that comes of it is one, has the headers that we mean it to have and no others, and a body of ours (security rule S8).
func FuzzTranslate(f *testing.F) {
	offer := replay.BrowserOffer(1)
	for kind := range uint8(len(fuzzed)) {
		f.Add(kind, "+49301234", "+4930100", "x-ticket", "4711", offer)
		f.Add(kind, "sip:a@192.0.2.10;x=\"y\"?Route=%3Csip:evil%3E", "\"Boss\" <sip:b@c>", "X-Ticket: a\r\nRoute", "a\r\nRoute: <sip:evil>\r\n\r\nv=0", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n\r\nINVITE sip:x SIP/2.0")
		f.Add(kind, "+49301234", "x\r\nRoute: <sip:evil>", "x-ticket", "4711", offer)
		f.Add(kind, "+49301234", "", "x-ticket", "a\r\nRoute: <sip:evil>", offer)
		f.Add(kind, "12#*ABCD,,7", "a\x00b", "from", "<sip:x>;tag=1", "")
		f.Add(kind, "sip:100%0d%0aX@h>", "\u2028ü\u202e", "content-length", "9999", "v=0")
	}
	if dir := os.Getenv("OFFHOOK_CORPUS"); dir != "" {
		for _, glob := range []string{"sdp/*.sdp", "sip/*.sip"} {
			files, _ := filepath.Glob(filepath.Join(dir, glob))
			for i, name := range files {
				if text, err := os.ReadFile(name); err == nil {
					f.Add(uint8(i%len(fuzzed)), "+49301234", "", "x-ticket", string(text[:min(len(text), 60)]), string(text))
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, to, from, name, value, sdp string) {
		if value = string([]rune(value)); len(to)+len(from)+len(name)+len(value)+len(sdp) > 16<<10 {
			t.Skip("the hub takes no such frame") // and JSON has no bytes that are no text
		}
		began := time.Now()
		a := newAsker(t, to, from, name, value, sdp, kind&64 != 0)
		a.ask(fuzzed[int(kind)%len(fuzzed)])
		a.judge(value)
		if d := time.Since(began); d > 20*time.Second { // it hangs; a busy machine is slow as well
			t.Errorf("took %v", d)
		}
		a.end()
	})
}

// asker is an agent in a call, and the words that he uses.
type asker struct {
	t   *testing.T
	n   *trunktest.Network
	o   *office
	pbx *trunktest.Peer

	call                       string
	to, from, name, value, sdp string
}

// fuzzed are the requests, with each field that is free.
var fuzzed = []func(a *asker) map[string]any{
	func(a *asker) map[string]any {
		return map[string]any{"type": "dial", "to": a.to, "from": a.from, "sdp": a.sdp, "data": map[string]string{a.name: a.value}}
	},
	func(a *asker) map[string]any {
		return map[string]any{"type": "dial", "to": a.to, "from": a.from, "sdp": replay.BrowserOffer(1), "data": map[string]string{"x-ticket": a.value}, "consult_of": a.call}
	},
	func(a *asker) map[string]any { return map[string]any{"type": "transfer", "call": a.call, "to": a.to} },
	func(a *asker) map[string]any { return map[string]any{"type": "dtmf", "call": a.call, "digits": a.to} },
	func(a *asker) map[string]any {
		return map[string]any{"type": "reject", "call": a.call, "reason": a.value}
	},
	func(a *asker) map[string]any {
		return map[string]any{"type": "hangup", "call": a.call, "reason": a.value}
	},
	func(a *asker) map[string]any { return map[string]any{"type": "restart", "call": a.call, "sdp": a.sdp} },
	func(a *asker) map[string]any { return map[string]any{"type": a.name, "call": a.call, a.to: a.value} },
	nil, // the words as a frame
}

// newAsker brings a call up. byTrunk lets transfers go by REFER, digits by INFO and hold by re-INVITE.
func newAsker(t *testing.T, to, from, name, value, sdp string, byTrunk bool) *asker {
	t.Helper()
	a := &asker{t: t, to: to, from: from, name: name, value: value, sdp: sdp, n: trunktest.NewNetwork(dayBegan, 1, trunktest.Weather{})}
	s := replay.Setup{}
	if byTrunk {
		s.Rules = translator.TrunkRules{Refer: true, Digits: translator.DigitsInfo, Hold: translator.HoldSendonly}
	}
	a.o = newOffice(t, a.n, s)
	pbx, err := trunktest.NewPeer(a.n, pbxAddr, usAddr, dialog.Trunk{AcceptRefer: true}, 3)
	if err != nil {
		t.Fatal(err)
	}
	a.pbx = pbx
	pbx.Invited = func(l *trunktest.Leg, in *dialog.Invite) {
		l.Later(time.Second, dialog.Ring{})
		l.Later(2*time.Second, dialog.Answer{SDP: describe(2, in.SDP, "sendrecv")})
	}
	pbx.Heard = func(l *trunktest.Leg, r dialog.Report) {
		switch {
		case r.Kind == dialog.Reoffered:
			l.Later(0, dialog.AnswerReoffer{SDP: describe(3, r.SDP, "sendrecv")})
		case r.Kind == dialog.Referred:
			l.Later(0, dialog.AcceptRefer{})
			l.Later(time.Second, dialog.ReferNews{Status: 486})
		}
	}
	a.n.Join(pbx, a.o)
	a.o.heard = func(agent string, c protocol.Call, was protocol.Phase) {
		if a.call = c.ID; c.Phase == protocol.PhaseOffered && was == "" {
			a.o.later(0, func() {
				a.o.ask(agent, map[string]any{"type": "accept", "call": c.ID, "sdp": replay.BrowserAnswer(c.SDP.SDP)})
			})
		}
	}
	a.o.w.Hello("alice", protocol.Available)
	if _, err := pbx.Call(dialog.Outgoing{Target: "sip:billing@192.0.2.20", SDP: describe(1, nil, "sendrecv")}); err != nil {
		t.Fatal(err)
	}
	a.run(2 * time.Second)
	if len(a.o.open("alice", protocol.PhaseConnected)) != 1 {
		t.Fatal("the call is not up")
	}
	a.o.heard = nil
	return a
}

func (a *asker) run(d time.Duration) {
	a.t.Helper()
	if !a.n.Run(a.n.Now().Add(d)) {
		a.t.Fatal("it never comes to rest")
	}
}

// ask sends the request, if the protocol takes it for one.
func (a *asker) ask(frame func(*asker) map[string]any) {
	fields := map[string]any{}
	if frame == nil {
		if json.Unmarshal([]byte(a.sdp), &fields) != nil {
			return
		}
	} else {
		fields = frame(a)
	}
	if fields["type"] == "hello" || fields["type"] == "beat" {
		return
	}
	delete(fields, "id")
	a.o.ask("alice", fields)
	a.run(8 * time.Second)
}

// end lets everybody go, and wants nothing left.
func (a *asker) end() {
	a.t.Helper()
	a.o.ask("alice", map[string]any{"type": "bye"})
	for _, l := range a.pbx.Legs {
		l.Later(time.Second, dialog.Hangup{})
	}
	a.run(10 * time.Minute)
	a.o.catchUp()
	if err := a.o.w.Idle(); err != nil {
		a.t.Error(err)
	}
	for _, p := range a.o.w.Problems() {
		a.t.Error(p)
	}
}

// ourHeaders are those that a message of ours may have, each at most once where true.
var ourHeaders = map[string]bool{
	"via": false, "record-route": false, "route": false,
	"from": true, "to": true, "call-id": true, "cseq": true, "max-forwards": true, "contact": true, "allow": true, "supported": true, "require": true,
	"session-expires": true, "min-se": true, "content-type": true, "content-length": true, "reason": true, "refer-to": true, "referred-by": true,
	"refer-sub": true, "replaces": true, "event": true, "subscription-state": true, "retry-after": true, "warning": true, "accept": true, "unsupported": true,
	"x-ticket": true,
}

// judge looks at all that went to the trunk.
func (a *asker) judge(value string) {
	a.t.Helper()
	for _, m := range a.o.w.Messages() {
		if m.Party != "trunk" || m.In || m.SIP == "" {
			continue
		}
		if why := notOurs(m.SIP, value); why != "" {
			a.t.Errorf("%s:\n%q", why, m.SIP)
		}
	}
	if s := a.pbx.Tx.Stats(); s.Malformed != 0 || s.Refused != 0 {
		a.t.Errorf("the PBX cannot read %d messages and refuses %d", s.Malformed, s.Refused)
	}
}

// notOurs says what of a message is not as we make it, "" for nothing.
func notOurs(text, value string) string {
	head, body, ok := strings.Cut(text, "\r\n\r\n")
	if !ok {
		return "it has no end"
	}
	lines := strings.Split(head, "\r\n")
	if first := strings.Split(lines[0], " "); len(first) < 3 || lines[0][:8] != "SIP/2.0 " && (len(first) != 3 || first[2] != "SIP/2.0") {
		return "a start line that is none"
	}
	if i := strings.IndexFunc(head, func(r rune) bool { return r < ' ' && r != '\r' && r != '\n' || r == 0x7f }); i >= 0 || strings.ContainsAny(strings.ReplaceAll(head, "\r\n", ""), "\r\n") {
		return "a control character in the head"
	}
	seen := map[string]bool{}
	for _, l := range lines[1:] {
		n, v, ok := strings.Cut(l, ": ")
		once, known := ourHeaders[strings.ToLower(n)]
		switch {
		case !ok || !known:
			return "a header that is not ours: " + l
		case once && seen[strings.ToLower(n)]:
			return "a header twice: " + l
		case strings.EqualFold(n, "x-ticket") && strings.TrimSpace(v) != strings.TrimSpace(value):
			return "data that is not what the agent gave: " + l
		case strings.EqualFold(n, "content-length") && v != strconv.Itoa(len(body)):
			return "a body of another length than " + v
		}
		seen[strings.ToLower(n)] = true
	}
	return notOurBody(body, seen["content-type"])
}

// notOurBody says what of a body is not as we make it: our descriptions name no address but ours, and hold nothing of the agent's words.
func notOurBody(body string, typed bool) string {
	if body == "" || !strings.HasPrefix(body, "v=") {
		if body != "" && !typed {
			return "a body without a type"
		}
		return ""
	}
	for l := range strings.Lines(body) {
		switch {
		case len(l) < 4 || l[1] != '=' || !strings.HasSuffix(l, "\r\n"):
			return "a line that is none: " + l
		case strings.HasPrefix(l, "c=") && l != "c=IN IP4 192.0.2.20\r\n":
			return "an address that is not ours: " + l
		case !slices.Contains([]string{"v", "o", "s", "c", "t", "m", "a"}, l[:1]):
			return "a line that we never write: " + l
		}
	}
	return ""
}
