package sdp_test

import (
	"net/netip"
	"strings"
	"testing"

	"offhook/translator/sdp"
)

// Our side in the tests.
var (
	trunkLocal = sdp.TrunkLocal{Addr: netip.MustParseAddrPort("203.0.113.5:40002"), SessionID: 2305}
	agentLocal = sdp.AgentLocal{
		Candidates: []netip.AddrPort{netip.MustParseAddrPort("203.0.113.5:40000")},
		Ufrag:      "ourUfrag", Pwd: "ourPasswordOfTwentyTwo", Fingerprint: strings.TrimSuffix(strings.Repeat("A1:", 32), ":"),
		SSRC: 4242, CNAME: "c", SessionID: 4611,
	}
)

// trunk is a trunk at 192.0.2.10 whose media is in 192.0.2.0/24.
func trunk(codecs ...string) sdp.TrunkPolicy {
	return sdp.TrunkPolicy{
		Codecs: codecs, TrunkAddr: netip.MustParseAddr("192.0.2.10"),
		MediaNetworks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")},
	}
}

// lines joins the lines of a description.
func lines(l ...string) []byte { return []byte(strings.Join(l, "\r\n") + "\r\n") }

// offerOf is a trunk's offer from 192.0.2.10 with the given sections.
func offerOf(sections ...string) []byte {
	return lines(append([]string{"v=0", "o=pbx 81 81 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0"}, sections...)...)
}

// browser is a browser's description with one audio section; more lines, or a line's replacement "old→new", may follow.
func browser(setup, formats string, more ...string) []byte {
	l := []string{"v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
		"m=audio 9 UDP/TLS/RTP/SAVPF " + formats, "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
		"a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=fingerprint:sha-256 " + strings.TrimSuffix(strings.Repeat("0B:", 32), ":"),
		"a=setup:" + setup, "a=mid:0", "a=sendrecv", "a=rtcp-mux"}
	text := strings.Join(l, "\r\n") + "\r\n"
	for _, m := range more {
		if old, new, ok := strings.Cut(m, "→"); ok {
			text = strings.Replace(text, old, new, 1)
		} else {
			text += m + "\r\n"
		}
	}
	return []byte(text)
}

// call is a call whose trunk made offer.
func call(t testing.TB, p sdp.TrunkPolicy, offer []byte) *sdp.Bridge {
	t.Helper()
	b := sdp.NewBridge(p)
	if err := b.TrunkOffer(offer); err != nil {
		t.Fatal(err)
	}
	return b
}

// offerAgent gives a leg and the parsed offer to its browser.
func offerAgent(t testing.TB, b *sdp.Bridge) (*sdp.AgentLeg, *sdp.Session) {
	t.Helper()
	leg, text, err := b.OfferAgent(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	return leg, parse(t, text)
}

// trunkAnswer gives the parsed answer to the trunk.
func trunkAnswer(t testing.TB, b *sdp.Bridge) *sdp.Session {
	t.Helper()
	text, err := b.TrunkAnswer(trunkLocal)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, text)
}

func parse(t testing.TB, text []byte) *sdp.Session {
	t.Helper()
	s, err := sdp.Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return s
}

// formats gives the format list of a section.
func formats(s *sdp.Session, section int) string {
	return strings.Join(s.Sections[section].Formats, " ")
}

// asAnswer is a browser that takes an offer of ours as it is.
func asAnswer(offer []byte) []byte {
	return []byte(strings.NewReplacer("setup:actpass", "setup:active", "a=ice-lite\r\n", "").Replace(string(offer)))
}
