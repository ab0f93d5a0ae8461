package relay

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"offhook/media"
	"offhook/translator/sdp"
)

var loopback6 = netip.IPv6Loopback()

// overIPv6 makes an engine whose two sides are on ::1, where the machine has it.
func overIPv6(t *testing.T) (*Relay, sdp.TrunkPolicy) {
	t.Helper()
	if probe, err := net.ListenPacket("udp6", "[::1]:0"); err != nil {
		t.Skip("no IPv6 here:", err)
	} else {
		probe.Close()
	}
	r := newRelay(t, func(c *Config) {
		c.Listen, c.TrunkListen = []netip.AddrPort{netip.AddrPortFrom(loopback6, 0)}, loopback6
	})
	return r, sdp.TrunkPolicy{TrunkAddr: loopback6, MediaNetworks: []netip.Prefix{netip.PrefixFrom(loopback6, 128)}}
}

func TestIPv6(t *testing.T) {
	r, policy := overIPv6(t)
	c := newCall(t, r, policy)
	page := newBrowserOn(t, webrtc.NetworkTypeUDP6)
	offer, err := c.s.OfferAgent(1)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(offer), "c=IN IP6 ::1") {
		t.Errorf("the page is offered\n%s", offer)
	}
	if err := c.s.AgentAnswer(1, page.answer(offer)); err != nil {
		t.Fatal(err)
	}
	c.wait(media.AgentUp)
	page.connected()
	c.accept(1)
	c.speaks(page, 1)
	c.hears(page, c.trunk, 2)
}

func TestIPv6Dial(t *testing.T) {
	r, policy := overIPv6(t)
	policy.SRTP = sdp.SRTPRequired
	c := newSessionCall(t, r, policy)
	page := newBrowserOn(t, webrtc.NetworkTypeUDP6)
	if err := c.s.Dial(1, page.offer(nil)); err != nil {
		t.Fatal(err)
	}
	offer := c.offerTrunk(sdp.Keep)
	if !strings.Contains(string(offer), "c=IN IP6 ::1") {
		t.Errorf("the trunk is offered\n%s", offer)
	}
	key := farKey(sdp.AESCM80, 1)
	if err := c.s.TrunkAccept("a", c.trunk.secured(key)); err != nil {
		t.Fatal(err)
	}
	c.trunk.use(key, offer)
	c.takes(page)
	c.hears(page, c.trunk, 1)
	c.speaks(page, 2)
	c.reportsGo(t)
}

// reportsGo holds that the far side's reports come to the next port.
func (c *call) reportsGo(t *testing.T) {
	t.Helper()
	before := c.r.Stats().Dropped["srtp"]
	to := netip.AddrPortFrom(c.trunk.addr, c.trunk.to.Port()+1)
	if _, err := c.trunk.rtcp.WriteToUDPAddrPort([]byte{0x80, 201, 0, 1, 0, 0, 0, 1}, to); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the plain report is seen and refused", func() bool { return c.r.Stats().Dropped["srtp"] == before+1 })
}

// A trunk of the other family is refused by its description (RFC 3264 §6, Warning 301).
func TestIPv6Refused(t *testing.T) {
	c := newSessionCall(t, newRelay(t), policy())
	offer := strings.ReplaceAll(string(c.trunk.offer()), "IN IP4 127.0.0.1", "IN IP6 ::1")
	if err := c.s.TrunkOffer([]byte(offer)); err == nil {
		t.Error("taken")
	}
}
