package dialog

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSecurityLogs: what sipgo logs never holds a whole datagram, is cut, and comes at most once a second (libraries.md trap 22).
func TestSecurityLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		l := newQuiet(slog.New(slog.NewJSONHandler(&b, nil)))
		l.Warn("TCP ref went negative")
		if b.Len() != 0 {
			t.Errorf("sipgo's own counting is told: %s", b.String())
		}
		for range 100 {
			l.Error("failed to parse", "data", "INVITE canary", "error", strings.Repeat("x", 5000))
			l.Debug("detail")
		}
		if n := strings.Count(b.String(), "\n"); n != 1 {
			t.Errorf("%d lines in one moment", n)
		}
		if strings.Contains(b.String(), "canary") || b.Len() > 1024 {
			t.Errorf("%d bytes: %.200s", b.Len(), b.String())
		}
		time.Sleep(time.Second)
		l.With("k", "v").WithGroup("g").Warn("again")
		if n := strings.Count(b.String(), "\n"); n != 2 {
			t.Errorf("%d lines after a second", n)
		}
	})
}

// TestContactIsNeverShared: each message gets headers of its own; a shared one would be written by several transactions (libraries.md trap 18).
func TestContactIsNeverShared(t *testing.T) {
	s := newStage(t)
	if s.v.us.contactHeader() == s.v.us.contactHeader() || s.v.us.via() == s.v.us.via() {
		t.Error("one header for two messages")
	}
}
