package relay

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// Where both sides say so RTCP comes and goes on the RTP port (RFC 5761).
func TestMuxedReports(t *testing.T) {
	r := newRelay(t, func(c *Config) { c.Reports, c.AgentSilence = 20*time.Millisecond, 100*time.Millisecond })
	p := policy()
	p.RTCPMux = true
	c := newSessionCall(t, r, p)
	if err := c.s.TrunkOffer(c.trunk.offer("a=rtcp-mux")); err != nil {
		t.Fatal(err)
	}
	c.answer()
	c.trunk.send(8, sound(1))
	sr, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: c.trunk.ssrc, NTPTime: 0x1111222233334444}})
	if err != nil {
		t.Fatal(err)
	}
	c.trunk.write(c.trunk.rtp, sr)
	eventually(t, "a report that answers ours", func() bool {
		packets, err := rtcp.Unmarshal(datagram(c.trunk.rtp, patience))
		if err != nil {
			t.Fatal(err)
		}
		report, ok := packets[0].(*rtcp.ReceiverReport)
		return ok && len(report.Reports) == 1 && report.Reports[0].LastSenderReport == 0x22223333
	})
	if b := datagram(c.trunk.rtcp, soon); b != nil {
		t.Errorf("a report came to the other port: %x", b)
	}
}
