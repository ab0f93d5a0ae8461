package translator_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/translator/replay"
)

// One call's whole signalling, without sockets and sound: INVITE, the offer to an agent, his answer, 200, ACK, BYE, and wrap-up skipped. Everything that it
// allocates is counted: SIP both ways with its transactions, descriptions both ways, the queue, the agent's objects. The far side's texts are made
// beforehand.
func BenchmarkCall(b *testing.B) {
	set := replay.Setup{}
	set.Queue.WrapUp = -1
	w, err := replay.NewWorld(set)
	if err != nil {
		b.Fatal(err)
	}
	w.Hello("alice", protocol.Available)
	tag := regexp.MustCompile(`(?m)^To: .*;tag=([^\s;]+)`)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		id := fmt.Sprintf("bench-%d", n)
		request := func(method string, cseq int, to, more, body string) string {
			return fmt.Sprintf("%s sip:billing@192.0.2.20 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-%s-%s\nMax-Forwards: 70\nFrom: <sip:+493023125142@192.0.2.10>;tag=1\n"+
				"To: <sip:billing@192.0.2.20>%s\nCall-ID: %s\nCSeq: %d %s\n%s\n%s", method, id, method, to, id, cseq, method, more, body)
		}
		before := len(w.Messages())
		w.Trunk(request("INVITE", 1, "", "Contact: <sip:caller@192.0.2.10:5060>\nContent-Type: application/sdp\n", farSDP))
		ask(b, w, map[string]any{"type": "ringing", "call": "$call", "sdp": "$answer"})
		w.Advance(w.Elapsed() + 100*time.Millisecond)
		ask(b, w, map[string]any{"type": "accept", "call": "$call"})
		to := ""
		for _, m := range w.Messages()[before:] {
			if strings.HasPrefix(m.SIP, "SIP/2.0 200") {
				to = ";tag=" + tag.FindStringSubmatch(m.SIP)[1]
			}
		}
		if to == "" {
			b.Fatal("not answered")
		}
		w.Trunk(request("ACK", 1, to, "", ""))
		w.Trunk(request("BYE", 2, to, "", ""))
		w.Advance(w.Elapsed() + 40*time.Second) // until the transactions are over
		if a, c, _ := w.Agent("alice"); a.State != protocol.Available || c.ID != "" {
			b.Fatalf("alice is %s", a.State)
		}
	}
	if err := w.Idle(); err != nil {
		b.Fatal(err)
	}
}

func ask(b *testing.B, w *replay.World, frame map[string]any) {
	if err := w.Ask("alice", frame); err != nil {
		b.Fatal(err)
	}
}
