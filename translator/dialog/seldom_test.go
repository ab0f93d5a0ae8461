package dialog

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestSecurityStrangersInTheLog: whoever sets a trunk up wrongly finds the address in the log, and a flood of strangers is a line a minute.
func TestSecurityStrangersInTheLog(t *testing.T) {
	var log syncBuffer
	s := newStage(t, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	for i := range 130 {
		s.receiveFrom(message("INVITE", 1, "x", "", offer), netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), 5060))
		s.pass(time.Second)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], `msg="SIP from an address of no trunk" address=203.0.113.0 times=1`) || !strings.Contains(lines[1], "address=203.0.113.60 times=60") {
		t.Errorf("the log has\n%s", log.String())
	}
}
