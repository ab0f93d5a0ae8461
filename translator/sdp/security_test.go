package sdp_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	psdp "github.com/pion/sdp/v3"

	"offhook/translator/sdp"
)

// forgeries are addresses that a trunk tells us and that nothing may ever be sent to: our own network, many hosts, no host,
// another address in disguise, or a name.
var forgeries = []string{
	"IP4 127.0.0.1", "IP4 127.255.255.254", "IP4 127.1", "IP4 127.0.1", "IP4 0x7f000001", "IP4 0x7f.0.0.1", "IP4 2130706433", "IP4 0177.0.0.1",
	"IP4 127.0.0.1.", "IP4 127.000.000.001", "IP4 localhost", "IP4 localhost.", "IP4 gateway.local", "IP4 3c8b1e6a.local", "IP4 example.com",
	"IP4 169.254.169.254", "IP4 10.0.0.1", "IP4 172.16.0.1", "IP4 192.168.1.1", "IP4 100.64.0.1", "IP4 192.0.0.1", "IP4 198.18.0.1",
	"IP4 224.0.0.1", "IP4 239.255.255.250/127", "IP4 240.0.0.1", "IP4 255.255.255.255", "IP4 0.0.0.1", "IP4 0",
	"IP4 203.0.113.5", "IP4 ::1", "IP4 ::ffff:127.0.0.1", "IP4 [::1]", "IP4 ①②⑦.⓪.⓪.①", "IP4 -1.0.0.1",
	"IP6 ::1", "IP6 ::ffff:127.0.0.1", "IP6 ::ffff:7f00:1", "IP6 ::127.0.0.1", "IP6 0:0:0:0:0:0:0:1", "IP6 fe80::1", "IP6 fe80::1%eth0",
	"IP6 fc00::1", "IP6 fd12::1", "IP6 fec0::1", "IP6 ff02::1", "IP6 ff05::2/3", "IP6 64:ff9b::7f00:1", "IP6 2002:7f00:1::1", "IP6 2001:0:7f00:1::",
	"IP6 2001:db8:1::5", "IP6 [2001:db8::1]", "IP6 127.0.0.1", "IP6 192.0.2.10",
}

// TestSecurityForgery holds security rule S10 for addresses told in c= and a=rtcp: even on a trunk whose media may come from the
// whole Internet, none of the forgeries is ever a place to send to.
func TestSecurityForgery(t *testing.T) {
	open := sdp.TrunkPolicy{
		TrunkAddr:     netip.MustParseAddr("192.0.2.10"),
		MediaNetworks: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")},
		Own:           []netip.Addr{netip.MustParseAddr("203.0.113.5"), netip.MustParseAddr("2001:db8:1::5")},
	}
	if len(forgeries) < 40 {
		t.Fatalf("only %d spellings", len(forgeries))
	}
	for _, addr := range forgeries {
		t.Run(addr, func(t *testing.T) {
			offer := lines("v=0", "o=- 1 1 IN "+addr, "s=-", "c=IN "+addr, "t=0 0", "m=audio 6000 RTP/AVP 0")
			if err := sdp.NewBridge(open).TrunkOffer(offer); err == nil {
				t.Error("accepted")
			}
			section := lines("v=0", "o=- 1 1 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0", "m=audio 6000 RTP/AVP 0", "c=IN "+addr)
			if err := sdp.NewBridge(open).TrunkOffer(section); err == nil {
				t.Error("accepted in the section")
			}
			nat := open
			nat.NAT = true
			b := sdp.NewBridge(nat)
			if err := b.TrunkOffer(offer); err == nil && b.TrunkRemote().RTP.IsValid() {
				t.Errorf("sends to %s behind NAT", b.TrunkRemote().RTP)
			}
			b = call(t, open, offerOf("m=audio 6000 RTP/AVP 0", "a=rtcp:7000 IN "+addr))
			if got := b.TrunkRemote().RTCP.Addr().String(); got != "192.0.2.10" {
				t.Errorf("sends RTCP to %s", got)
			}
		})
	}
}

// TestSecurityForgeryNetworks holds which networks open which addresses.
func TestSecurityForgeryNetworks(t *testing.T) {
	rows := []struct {
		addr, trunk, networks string
		want                  bool
	}{
		{"192.0.2.10", "192.0.2.10", "", true},
		{"192.0.2.11", "192.0.2.10", "", false},
		{"127.0.0.1", "127.0.0.1", "", true}, // a PBX on this machine
		{"127.0.0.1", "::ffff:127.0.0.1", "", true},
		{"127.0.0.2", "127.0.0.1", "", false},
		{"10.1.2.3", "10.1.2.3", "", true},
		{"10.1.2.3", "192.0.2.10", "10.0.0.0/8", true},
		{"10.1.2.3", "192.0.2.10", "10.1.0.0/16", true},
		{"10.2.2.3", "192.0.2.10", "10.1.0.0/16", false},
		{"10.1.2.3", "192.0.2.10", "0.0.0.0/0", false},
		{"10.1.2.3", "192.0.2.10", "8.0.0.0/5", false},
		{"127.0.0.1", "192.0.2.10", "127.0.0.0/8", true},
		{"224.0.0.1", "224.0.0.1", "224.0.0.0/4", false},
		{"203.0.113.5", "192.0.2.10", "203.0.113.0/24", false}, // ours
		{"203.0.113.6", "192.0.2.10", "203.0.113.0/24", true},
		{"203.0.113.5", "203.0.113.5", "", true}, // the PBX is on this machine, its calls have ports of their own
	}
	for _, r := range rows {
		t.Run(fmt.Sprintf("%s by %s in [%s]", r.addr, r.trunk, r.networks), func(t *testing.T) {
			p := sdp.TrunkPolicy{TrunkAddr: netip.MustParseAddr(r.trunk), Own: []netip.Addr{netip.MustParseAddr("203.0.113.5")}}
			if r.networks != "" {
				p.MediaNetworks = []netip.Prefix{netip.MustParsePrefix(r.networks)}
			}
			err := sdp.NewBridge(p).TrunkOffer([]byte(strings.ReplaceAll(string(plainOffer), "192.0.2.10", r.addr)))
			if got := err == nil; got != r.want {
				t.Errorf("accepted: %v (%v), want %v", got, err, r.want)
			}
		})
	}
}

// TestSecurityForgeryNAT holds that behind NAT a private address is no reason to refuse, and nothing is sent there.
func TestSecurityForgeryNAT(t *testing.T) {
	p := trunk()
	p.NAT = true
	b := call(t, p, []byte(strings.ReplaceAll(string(plainOffer), "192.0.2.10", "192.168.1.20")))
	if r := b.TrunkRemote(); r.RTP.IsValid() || r.RTCP.IsValid() || !r.Send || !r.Receive {
		t.Errorf("got %+v, want an address to be learned", r)
	}
}

// TestSecurityNothingIsCopied puts a mark into everything that the two sides may say and looks for it in all that we write.
func TestSecurityNothingIsCopied(t *testing.T) {
	const mark = "canary"
	offer := lines("v=0", "o="+mark+" 1 1 IN IP4 192.0.2.10", "s="+mark, "i="+mark, "u=http://"+mark, "e="+mark, "p="+mark, "c=IN IP4 192.0.2.10",
		"b="+mark+":1", "t=0 0", "k="+mark, "a="+mark, "a=tool:"+mark, "m=audio 6000 RTP/AVP 96 0 101 "+mark[:0]+"13", "i="+mark, "a=rtpmap:96 opus/48000/2",
		"a=fmtp:96 "+mark+"=1;minptime="+mark+";stereo=1", "a=fmtp:0 "+mark, "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15,"+mark,
		"a=mid:"+mark, "a=label:"+mark, "a=ssrc:1 cname:"+mark, "a=crypto:1 "+mark, "a=ice-ufrag:"+mark, "a=candidate:"+mark, "a=x-"+mark)
	b := call(t, trunk("opus", "PCMU"), offer)
	leg, toBrowser, err := b.OfferAgent(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := leg.Answer(browser("active", "96 101 13", "a=rtpmap:96 opus/48000/2", "a=fmtp:96 "+mark+";usedtx=1", "a=rtpmap:101 telephone-event/8000",
		"a=ssrc:1 cname:"+mark, "a=msid:"+mark, "s=-→s="+mark)); err != nil {
		t.Fatal(err)
	}
	toTrunk, err := b.TrunkAnswer(trunkLocal)
	if err != nil {
		t.Fatal(err)
	}
	for side, text := range map[string][]byte{"browser": toBrowser, "trunk": toTrunk} {
		if strings.Contains(string(text), mark) {
			t.Errorf("the %s gets\n%s", side, text)
		}
	}
}

// TestSecurityEchoIsTokens holds what a refused section repeats to tokens, few of them.
func TestSecurityEchoIsTokens(t *testing.T) {
	b := call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 0", "m=vi\tdeo 1 RTP/AVP 5", "m=video\x01 1 RTP/AVP 5", "m=video 1 RTP/AV\"P 5", "m=video 1 RTP//AVP 5",
		"m=video 1 RTP/AVP <b> 5", "m=video 1 RTP/AVP "+strings.Repeat("5 ", 900), "m=video 1 RTP/AVP "+strings.Repeat("5", 900), "m=x"))
	s := trunkAnswer(t, b)
	if len(s.Sections) != 9 {
		t.Fatalf("got %d sections, want 9", len(s.Sections))
	}
	for i, sec := range s.Sections[1:] {
		if sec.Port != 0 || sec.Fault != "" || len(strings.Join(sec.Formats, " ")) > 256 {
			t.Errorf("section %d: %+v", i+1, sec)
		}
	}
}

// TestSecurityOurOwnFactsAreHeldToo: pion/sdp writes line ends as they are given, so what cannot be written is refused.
func TestSecurityOurOwnFactsAreHeldToo(t *testing.T) {
	d := psdp.SessionDescription{SessionName: "a\r\nb=c"}
	if text, _ := d.Marshal(); !strings.Contains(string(text), "\r\nb=c") {
		t.Log("pion/sdp refuses line ends by itself now: the checks here are a second wall")
	}
	changes := map[string]func(*sdp.AgentLocal){
		"ufrag":       func(l *sdp.AgentLocal) { l.Ufrag = "abcd\r\na=x" },
		"pwd":         func(l *sdp.AgentLocal) { l.Pwd += "\r\na=x" },
		"fingerprint": func(l *sdp.AgentLocal) { l.Fingerprint += "\r\na=x" },
		"CNAME":       func(l *sdp.AgentLocal) { l.CNAME = "c\r\na=x" },
		"candidate":   func(l *sdp.AgentLocal) { l.Candidates = []netip.AddrPort{{}} },
		"zone":        func(l *sdp.AgentLocal) { l.Candidates = []netip.AddrPort{netip.MustParseAddrPort("[fe80::1%a]:1")} },
		"none":        func(l *sdp.AgentLocal) { l.Candidates = nil },
	}
	for name, change := range changes {
		local := agentLocal
		change(&local)
		b := call(t, trunk(), plainOffer)
		if _, _, err := b.OfferAgent(local); err == nil {
			t.Errorf("%s was written", name)
		}
		leg, _ := offerAgent(t, b)
		if _, _, err := leg.Offer(browser("actpass", "8"), local); err == nil {
			t.Errorf("%s was written in an answer", name)
		}
	}
}

// TestSecurityLimits reaches each limit of what is read.
func TestSecurityLimits(t *testing.T) {
	many := func(n int, line string) string { return strings.TrimSuffix(strings.Repeat(line+"\r\n", n), "\r\n") }
	rows := []struct {
		name  string
		lines string
		good  bool
	}{
		{"512 lines", many(506, "a=x"), true},
		{"513 lines", many(507, "a=x"), false},
		{"line of 2 KiB", "a=" + strings.Repeat("x", 2046), true},
		{"longer line", "a=" + strings.Repeat("x", 2047), false},
		{"64 sections", many(63, "m=video 0 RTP/AVP 0"), true},
		{"65 sections", many(64, "m=video 0 RTP/AVP 0"), false},
		{"32 KiB", many(16, "a="+strings.Repeat("x", 2030)), true},
		{"more", many(17, "a="+strings.Repeat("x", 2030)), false},
		{"many candidates", many(400, "a=candidate:1 1 udp 1 192.0.2.1 1 typ host"), true},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			err := sdp.NewBridge(trunk()).TrunkOffer(offerOf("m=audio 6000 RTP/AVP 0", r.lines))
			if (err == nil) != r.good {
				t.Errorf("got %v, want good: %v", err, r.good)
			}
			if !r.good {
				wantError(t, err, "bad_sdp", 400, 399)
			}
		})
	}
	formats := "m=audio 6000 RTP/AVP" + strings.Repeat(" 0", 128)
	if err := sdp.NewBridge(trunk()).TrunkOffer(offerOf(formats)); err != nil {
		t.Errorf("128 formats: %v", err)
	}
	wantError(t, sdp.NewBridge(trunk()).TrunkOffer(offerOf(formats+" 0")), "bad_sdp", 488, 399)
}
