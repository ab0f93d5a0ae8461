package dialog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// FuzzDatagram feeds anything to the screen, the router and a call that is up. Nothing panics, nothing grows without bound, all that is
// sent parses again and goes to the trunk, and nothing is sent that was not asked for by a request.
func FuzzDatagram(f *testing.F) {
	for _, m := range []string{"INVITE", "BYE", "OPTIONS", "CANCEL", "ACK", "UPDATE", "INFO", "REFER", "NOTIFY", "PRACK", "REGISTER"} {
		f.Add([]byte(message(m, 2, "seed", "", offer)))
		f.Add([]byte(message(m, 3, "inv", "TAG", "")))
	}
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Add([]byte("\r\n\r\n"))
	if dir := os.Getenv("OFFHOOK_CORPUS"); dir != "" {
		files, _ := filepath.Glob(filepath.Join(dir, "sip", "*"))
		for _, name := range files {
			if b, err := os.ReadFile(name); err == nil {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newStage(t, referring, func(c *Config) { c.Trunks[0].Reliable = true })
		_, tag := s.confirmed()
		n := len(s.packets)
		began := time.Now()
		msg := strings.ReplaceAll(string(data), "TAG", tag)
		s.receive(msg)
		s.receive(msg)
		for _, o := range s.calls[1:] {
			o.step(Ring{})
			o.step(Answer{SDP: []byte(answer)})
			o.step(Hangup{})
		}
		if up := s.calls[0]; up.has(Reoffered) != nil {
			up.step(AnswerReoffer{SDP: []byte(answer)})
		}
		for _, p := range s.packets[n:] {
			if _, err := sip.ParseMessage(p.Data); err != nil {
				t.Errorf("sent what does not parse: %v\n%q", err, p.Data)
			}
			if !strings.HasPrefix(p.To.Addr().String(), "198.51.100.") {
				t.Errorf("sent to %v", p.To)
			}
			if len(p.Data) > 2*maxDatagram {
				t.Errorf("sent %d bytes", len(p.Data))
			}
		}
		if len(s.packets)-n > 8 || s.v.Transactions() > 6 || s.v.Dialogs() > 2 {
			t.Errorf("%d packets, %d transactions, %d dialogs", len(s.packets)-n, s.v.Transactions(), s.v.Dialogs())
		}
		if d := time.Since(began); d > time.Second {
			t.Errorf("took %v", d)
		}
		s.pass(6 * time.Minute)
		if s.v.Transactions() != 0 {
			t.Errorf("%d transactions left", s.v.Transactions())
		}
	})
}
