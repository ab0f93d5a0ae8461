package translator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/trunktest"
	"offhook/translator/dialog"
	"offhook/translator/replay"
)

// office is offhook whole, with its agents, as one party of a network: the other is a PBX.
type office struct {
	n     *trunktest.Network
	w     *replay.World
	seen  int // messages that were looked at
	calls map[string]map[string]protocol.Call
	plan  []act
	heard func(agent string, c protocol.Call, was protocol.Phase)
}

// act is something that an agent does, and when.
type act struct {
	at time.Time
	do func()
}

var dayBegan = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newOffice(t *testing.T, n *trunktest.Network, s replay.Setup) *office {
	t.Helper()
	o := &office{n: n, calls: map[string]map[string]protocol.Call{}}
	s.Watch = o.watch
	w, err := replay.NewWorld(s)
	if err != nil {
		t.Fatal(err)
	}
	o.w = w
	return o
}

// watch keeps the newest object of each call of each agent.
func (o *office) watch(agent string, object any) {
	c, ok := object.(protocol.Call)
	if !ok {
		return
	}
	if o.calls[agent] == nil {
		o.calls[agent] = map[string]protocol.Call{}
	}
	was := o.calls[agent][c.ID]
	if o.calls[agent][c.ID] = c; o.heard != nil {
		o.heard(agent, c, was.Phase)
	}
}

// open lists the calls that an agent has in one of these phases.
func (o *office) open(agent string, phases ...protocol.Phase) (ids []string) {
	for id, c := range o.calls[agent] {
		if slices.Contains(phases, c.Phase) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// later plans an act.
func (o *office) later(after time.Duration, do func()) {
	o.plan = append(o.plan, act{o.n.Now().Add(after), do})
	slices.SortStableFunc(o.plan, func(a, b act) int { return a.at.Compare(b.at) })
}

// ask sends a frame of an agent's page; what is refused is nothing to this test.
func (o *office) ask(agent string, frame map[string]any) {
	if o.w.Attached(agent) {
		o.w.Ask(agent, frame)
	}
}

func (o *office) catchUp() { o.w.Advance(o.n.Now().Sub(dayBegan)) }

// Receive is part of trunktest.Party.
func (o *office) Receive(data []byte, _ time.Time) {
	o.catchUp()
	o.w.Trunk(string(data))
}

// Sent is part of trunktest.Party.
func (o *office) Sent(time.Time) (out [][]byte) {
	all := o.w.Messages()
	for _, m := range all[o.seen:] {
		if m.Party == "trunk" && !m.In && m.SIP != "" {
			out = append(out, []byte(m.SIP))
		}
	}
	o.seen = len(all)
	return out
}

// Deadline is part of trunktest.Party.
func (o *office) Deadline() (at time.Time, ok bool) {
	due, ok := o.w.Next()
	at = dayBegan.Add(due)
	if len(o.plan) > 0 && (!ok || o.plan[0].at.Before(at)) {
		return o.plan[0].at, true
	}
	return at, ok
}

// Tick is part of trunktest.Party.
func (o *office) Tick(now time.Time) {
	o.catchUp()
	for len(o.plan) > 0 && !o.plan[0].at.After(now) {
		do := o.plan[0].do
		o.plan = o.plan[1:]
		do()
	}
}

// describe is a description of the PBX, for an offer, or for an answer to the one given. Each has a version of its own.
func describe(version int, offer []byte, direction string) []byte {
	codecs, events := "8 0", "101"
	if len(offer) > 0 {
		codecs, events = "", ""
		for line := range strings.SplitSeq(string(offer), "\r\n") {
			if f := strings.Fields(line); len(f) > 3 && f[0] == "m=audio" && codecs == "" {
				for _, pt := range []string{"8", "0"} {
					if slices.Contains(f[3:], pt) {
						codecs = pt
						break
					}
				}
			}
			if pt, ok := strings.CutSuffix(strings.TrimPrefix(line, "a=rtpmap:"), " telephone-event/8000"); ok && strings.HasPrefix(line, "a=rtpmap:") {
				events = pt
			}
			if d := mirror[strings.TrimPrefix(line, "a=")]; d != "" && strings.HasPrefix(line, "a=") {
				direction = d
			}
		}
	}
	text := fmt.Sprintf("v=0\r\no=pbx 7 %d IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 49172 RTP/AVP %s\r\n", version, strings.TrimSpace(codecs+" "+events))
	if events != "" {
		text += "a=rtpmap:" + events + " telephone-event/8000\r\n"
	}
	return []byte(text + "a=" + direction + "\r\n")
}

// mirror is the direction that answers one (RFC 3264 §6.1); sendrecv leaves the choice.
var mirror = map[string]string{"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}

// upAt counts a PBX's calls that are not over.
func upAt(p *trunktest.Peer) (n int) {
	for _, l := range p.Legs {
		if l.D.State() != dialog.StateTerminated {
			n++
		}
	}
	return n
}
