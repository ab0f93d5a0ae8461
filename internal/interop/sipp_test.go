package interop

import (
	"context"
	"net/netip"
	"path/filepath"
	"testing"

	"offhook/internal/harness"
)

// startSipp plays a scenario of testdata from an address and port to another, calling support. It sends back every RTP packet.
func startSipp(ctx context.Context, t *testing.T, scenario, from, to string) *harness.SippRun {
	t.Helper()
	return harness.Sipp{
		Scenario: filepath.Join("testdata", scenario), From: netip.MustParseAddrPort(from), To: netip.MustParseAddrPort(to), Number: support,
		Options: []string{"-rtp_echo", "-m", "1"},
	}.Start(ctx, t)
}
