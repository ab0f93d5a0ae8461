package replay

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"offhook/translator/dialog"
)

// What recording costs a message: an INVITE and the messages of its call, calls without end.
func BenchmarkRecorderTap(b *testing.B) {
	c, err := OpenCapture("../../testdata/traces/asterisk-in-answered.pcap")
	if err != nil {
		b.Fatal(err)
	}
	r, err := NewRecorder(RecorderConfig{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(r.Close)
	var messages [][]byte
	for _, m := range c.Messages {
		messages = append(messages, []byte(m.SIP))
	}
	id := []byte(c.Calls()[0].CallID)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if i%len(messages) == 0 {
			b.StopTimer()
			next := fmt.Appendf(nil, "%0*d", len(id), i)
			for k := range messages {
				messages[k] = bytes.ReplaceAll(messages[k], id, next)
			}
			id = next
			b.StartTimer()
		}
		r.Tap(dialog.Tapped{In: true, Network: dialog.UDP, Peer: trunkAddr, Data: messages[i%len(messages)]})
	}
}

// One captured call, played: hold and resume.
func BenchmarkPlayCall(b *testing.B) {
	c, err := OpenCapture("../../testdata/traces/baresip-in-hold.pcap")
	if err != nil {
		b.Fatal(err)
	}
	calls := c.Calls()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := PlayCall(calls[0], SideCaller, calls); err != nil {
			b.Fatal(err)
		}
	}
}

// A capture over TCP, read.
func BenchmarkReadCapture(b *testing.B) {
	file, err := os.ReadFile("../../testdata/traces/janus-in-lateoffer.pcap")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadCapture(bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}
