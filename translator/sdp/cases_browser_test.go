package sdp_test

// The cases are named as in the project's table of conformance cases: W what a browser describes. Those of calls that agents
// place are told here of an agent's restart, which is the browser's offer in an inbound call.

import (
	"slices"
	"strings"
	"testing"

	"offhook/translator/sdp"
)

// richOffer is a trunk's offer of all that is passed through.
var richOffer = offerOf("m=audio 6000 RTP/AVP 9 8 0 96 13 101 102", "a=rtpmap:96 opus/48000/2", "a=fmtp:96 useinbandfec=1; x-evil=1;minptime=10",
	"a=rtpmap:101 telephone-event/8000", "a=rtpmap:102 telephone-event/48000", "a=fmtp:101 0-16")

func TestOfferToBrowserHasTheTrunksCodecs(t *testing.T) {
	rows := []struct {
		name  string
		trunk sdp.TrunkPolicy
		offer []byte
		want  string
	}{
		{"in the trunk's order", trunk("PCMU", "PCMA", "G722"), richOffer, "9 8 0 101 13"},
		{"opus where it is asked for, events per clock", trunk("opus", "PCMA"), richOffer, "8 96 101 102 13"},
		{"no events, no CN", trunk(), offerOf("m=audio 6000 RTP/AVP 18 8"), "8"},
		{"events clear of RTCP", trunk(), offerOf("m=audio 6000 RTP/AVP 8 72", "a=rtpmap:72 telephone-event/8000"), "8 96"},
		{"events for opus are made", trunk("opus"), offerOf("m=audio 6000 RTP/AVP 96 101", "a=rtpmap:96 opus/48000/2", "a=rtpmap:101 telephone-event/8000"), "96 97"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, offer := offerAgent(t, call(t, r.trunk, r.offer))
			if got := formats(offer, 0); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestOfferToBrowserIsWhole(t *testing.T) {
	b := call(t, trunk("opus", "PCMA"), richOffer)
	_, text, err := b.OfferAgent(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"o=- 4611 1 IN IP4 203.0.113.5", "s=-", "t=0 0", "a=ice-lite", "a=group:BUNDLE 0", "m=audio 40000 UDP/TLS/RTP/SAVPF 8 96 101 102 13",
		"c=IN IP4 203.0.113.5", "a=rtpmap:96 opus/48000/2", "a=fmtp:96 useinbandfec=1;minptime=10", "a=rtpmap:101 telephone-event/8000",
		"a=fmtp:101 0-15", "a=mid:0", "a=sendrecv", "a=rtcp-mux", "a=setup:actpass", "a=fingerprint:sha-256 " + agentLocal.Fingerprint,
		"a=ice-ufrag:ourUfrag", "a=ice-pwd:ourPasswordOfTwentyTwo", "a=candidate:1 1 udp 2130706431 203.0.113.5 40000 typ host",
		"a=end-of-candidates", "a=msid:- audio0", "a=ssrc:4242 cname:c",
	} {
		if !slices.Contains(strings.Split(string(text), "\r\n"), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, never := range []string{"x-evil", "192.0.2.10", "trickle", "crypto"} {
		if strings.Contains(string(text), never) {
			t.Errorf("%q stands in\n%s", never, text)
		}
	}
}

func TestTrunkGetsTheFirstOfTheBrowsersAnswer(t *testing.T) {
	b := call(t, trunk(), richOffer)
	leg, _ := offerAgent(t, b)
	remote, err := leg.Answer(browser("active", "0 9 101", "a=rtpmap:101 telephone-event/8000"))
	if err != nil {
		t.Fatal(err)
	}
	if remote.Codec.Name != "PCMU" || remote.Event.PT != 101 || len(remote.Codecs) != 2 || remote.Ufrag != "abcd" {
		t.Errorf("got %+v", remote)
	}
	if got := formats(trunkAnswer(t, b), 0); got != "0 101" {
		t.Errorf("got %q, want 0 101", got)
	}
	if _, later := offerAgent(t, b); formats(later, 0) != "0 101" {
		t.Errorf("the next agent is offered %q, want only what is in use", formats(later, 0))
	}
}

func TestComfortNoiseOnlyWhereBothHaveIt(t *testing.T) {
	b := call(t, trunk(), richOffer)
	leg, _ := offerAgent(t, b)
	if _, err := leg.Answer(browser("active", "8 13")); err != nil {
		t.Fatal(err)
	}
	if got := formats(trunkAnswer(t, b), 0); got != "8 101 13" {
		t.Errorf("got %q, want 8 101 13", got)
	}
	m, err := b.Connect(leg)
	if err != nil || m.ToAgent[13] != 13 || m.ToTrunk[13] != 13 {
		t.Errorf("CN is not passed: %v", err)
	}
	b = call(t, trunk(), richOffer)
	if got := formats(trunkAnswer(t, b), 0); got != "9 101" {
		t.Errorf("before an agent: got %q, want 9 101", got)
	}
}

func TestW02EventNumbersAreMapped(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	leg, _ := offerAgent(t, b)
	restart := browser("actpass", "111 63 9 0 8 13 110 126", chromeMaps...)
	remote, text, err := leg.Offer(restart, agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	if got := formats(parse(t, text), 0); got != "0 126" {
		t.Errorf("browser is answered %q, want its own first and its own event number: 0 126", got)
	}
	m, err := b.Connect(leg)
	if err != nil {
		t.Fatal(err)
	}
	if remote.Event.PT != 126 || m.ToTrunk[126] != 101 || m.ToAgent[101] != 126 || m.ToTrunk[110] != -1 {
		t.Errorf("got 126→%d, 101→%d", m.ToTrunk[126], m.ToAgent[101])
	}
}

// chromeMaps are the rtpmap lines of Chrome's numbers.
var chromeMaps = []string{"a=rtpmap:111 opus/48000/2", "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111", "a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000",
	"a=rtpmap:8 PCMA/8000", "a=rtpmap:13 CN/8000", "a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000"}

func TestW04OneSectionOfABrowserIsUsed(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	leg, _ := offerAgent(t, b)
	offer := browser("actpass", "111 8", "a=group:BUNDLE 0→a=group:BUNDLE 0 1 2 7", "a=rtpmap:111 opus/48000/2",
		"m=video 9 UDP/TLS/RTP/SAVPF 96 97", "a=mid:1", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:2")
	_, text, err := leg.Offer(offer, agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a=group:BUNDLE 0\r\n", "m=audio 40000 UDP/TLS/RTP/SAVPF 8\r\n",
		"m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\nm=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestW05W06W07BadBrowsers holds what makes a browser's description unusable, as offer and as answer.
func TestW05W06W07BadBrowsers(t *testing.T) {
	print := "a=fingerprint:sha-256 " + strings.TrimSuffix(strings.Repeat("0B:", 32), ":")
	rows := []struct{ name, change string }{
		{"no audio", "m=audio→m=video"},
		{"no fingerprint", print + "→a=x"},
		{"no ufrag", "a=ice-ufrag:abcd→a=x"},
		{"short ufrag", "a=ice-ufrag:abcd→a=ice-ufrag:abc"},
		{"ufrag with blanks", "a=ice-ufrag:abcd→a=ice-ufrag:ab cd"},
		{"short password", "a=ice-pwd:0123456789012345678901→a=ice-pwd:012345678901234567890"},
		{"no rtcp-mux", "a=rtcp-mux→a=x"},
		{"only crypto", print + "→a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x"},
		{"sha-256 of 31 octets", print + "→" + print[:len(print)-3]},
		{"only sha-1", print + "→a=fingerprint:sha-1 " + strings.TrimSuffix(strings.Repeat("0B:", 20), ":")},
		{"passive", "a=setup:actpass→a=setup:passive"},
		{"holdconn", "a=setup:actpass→a=setup:holdconn"},
		{"no role", "a=setup:actpass→a=setup:act"},
		{"both lite", "s=-→s=-\r\na=ice-lite"},
		{"plain RTP", "UDP/TLS/RTP/SAVPF→RTP/AVP"},
		{"mid that is no token", "a=mid:0→a=mid:0 0"},
		{"refused", "m=audio 9→m=audio 0"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			leg, _ := offerAgent(t, call(t, trunk(), plainOffer))
			_, _, err := leg.Offer(browser("actpass", "8", r.change), agentLocal)
			wantCode(t, err, "bad_sdp")
			_, err = leg.Answer(browser("active", "8", strings.ReplaceAll(r.change, "setup:actpass→", "setup:active→")))
			wantCode(t, err, "bad_sdp")
		})
	}
	leg, _ := offerAgent(t, call(t, trunk(), plainOffer))
	if _, err := leg.Answer(browser("actpass", "8")); err == nil {
		t.Error("an answer that chooses no role was taken")
	}
}

func TestW07HashNamesAndDigitsCompareWithoutCase(t *testing.T) {
	leg, _ := offerAgent(t, call(t, trunk(), plainOffer))
	remote, err := leg.Answer(browser("active", "8", "sha-256 0B:0B→SHA-256 0b:0b"))
	if err != nil {
		t.Fatal(err)
	}
	if f := remote.Fingerprints; len(f) != 1 || f[0].Hash != "sha-256" || len(f[0].Value) != 32 || f[0].Value[0] != 0x0B {
		t.Errorf("got %v", f)
	}
}

func TestW08CandidatesDoNotMatter(t *testing.T) {
	leg, _ := offerAgent(t, call(t, trunk(), plainOffer))
	for _, more := range [][]string{nil, {"a=candidate:1 1 udp 2113937151 3c8b.local 54321 typ host", "a=candidate:x", "a=candidate:2 1 tcp 1 1.2.3.4 9 typ host tcptype active"}} {
		if _, err := leg.Answer(browser("active", "8", more...)); err != nil {
			t.Error(err)
		}
	}
}

func TestW09MidAndRoleOfTheAnswer(t *testing.T) {
	leg, _ := offerAgent(t, call(t, trunk(), plainOffer))
	_, text, err := leg.Offer(browser("actpass", "8", "a=mid:0→a=mid:audio", "BUNDLE 0→BUNDLE audio"), agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a=group:BUNDLE audio", "a=mid:audio", "a=setup:passive", "a=ice-lite", "a=rtcp-mux",
		"a=candidate:1 1 udp 2130706431 203.0.113.5 40000 typ host", "a=end-of-candidates"} {
		if !slices.Contains(strings.Split(string(text), "\r\n"), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestW10RestartLeavesTheTrunkAlone holds that a reload reaches neither the trunk's text nor its numbers.
func TestW10RestartLeavesTheTrunkAlone(t *testing.T) {
	b := call(t, trunk(), richOffer)
	leg, _ := offerAgent(t, b)
	if _, err := leg.Answer(browser("active", "8 0 101", "a=rtpmap:101 telephone-event/8000")); err != nil {
		t.Fatal(err)
	}
	before, _ := b.TrunkAnswer(trunkLocal)
	remote, text, err := leg.Offer(browser("actpass", "111 63 9 0 8 13 110 126", append(chromeMaps, "ufrag:abcd→ufrag:efgh")...), agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	if remote.Ufrag != "efgh" || remote.Codec.Name != "PCMA" || formats(parse(t, text), 0) != "8 126" {
		t.Errorf("got %+v and %q, want the codec in use", remote, formats(parse(t, text), 0))
	}
	if after, _ := b.TrunkAnswer(trunkLocal); string(after) != string(before) {
		t.Errorf("the trunk's answer changed to\n%s", after)
	}
	m, err := b.Connect(leg)
	if err != nil || m.ToTrunk[126] != 101 || m.ToTrunk[101] != -1 || m.ToTrunk[0] != -1 {
		t.Errorf("got %v, 126→%d 101→%d 0→%d", err, m.ToTrunk[126], m.ToTrunk[101], m.ToTrunk[0])
	}
}

func TestRestartOfABrowserThatIsQuietIsAnsweredInKind(t *testing.T) {
	for offered, want := range map[string]sdp.Direction{"sendrecv": sdp.SendRecv, "recvonly": sdp.SendOnly, "sendonly": sdp.RecvOnly, "inactive": sdp.Inactive} {
		leg, _ := offerAgent(t, call(t, trunk(), plainOffer))
		_, text, err := leg.Offer(browser("actpass", "8", "a=sendrecv→a="+offered), agentLocal)
		if err != nil {
			t.Fatal(err)
		}
		if got := parse(t, text).Sections[0].Direction; got != want {
			t.Errorf("%s: got %s, want %s", offered, got, want)
		}
	}
}

func TestRestartWithoutTheCodecInUse(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	leg, _ := offerAgent(t, b)
	trunkAnswer(t, b)
	_, _, err := leg.Offer(browser("actpass", "0"), agentLocal)
	wantCode(t, err, "no_common_codec")
}

func TestAnswerWithNothingOffered(t *testing.T) {
	leg, _ := offerAgent(t, call(t, trunk(), plainOffer))
	_, err := leg.Answer(browser("active", "9"))
	wantCode(t, err, "no_common_codec")
}

// TestAnswerWithOtherNumbers holds RFC 3264 §6.1: the browser may choose its own numbers, and sends with ours.
func TestAnswerWithOtherNumbers(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	leg, _ := offerAgent(t, b)
	if _, err := leg.Answer(browser("active", "8 97", "a=rtpmap:97 telephone-event/8000")); err != nil {
		t.Fatal(err)
	}
	m, err := b.Connect(leg)
	if err != nil || m.ToAgent[101] != 97 || m.ToTrunk[101] != 101 || m.ToTrunk[97] != 101 {
		t.Errorf("got %v, 101→%d, back 101→%d 97→%d", err, m.ToAgent[101], m.ToTrunk[101], m.ToTrunk[97])
	}
}

func TestSecondAnswerReplacesTheFirst(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	leg, _ := offerAgent(t, b)
	if _, err := leg.Answer(browser("active", "8")); err != nil {
		t.Fatal(err)
	}
	if r, err := leg.Answer(browser("active", "0", "ufrag:abcd→ufrag:efgh")); err != nil || r.Codec.Name != "PCMU" || r.Ufrag != "efgh" {
		t.Errorf("got %+v, %v", r, err)
	}
	if got := formats(trunkAnswer(t, b), 0); got != "0 101" {
		t.Errorf("got %q, want that of the second answer: 0 101", got)
	}
}

func TestConnectRefusesAnotherCodec(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	first, _ := offerAgent(t, b)
	second, _ := offerAgent(t, b)
	for leg, pt := range map[*sdp.AgentLeg]string{first: "8", second: "0 8"} {
		if _, err := leg.Answer(browser("active", pt)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Connect(first); err != nil {
		t.Fatal(err)
	}
	_, err := b.Connect(second)
	wantCode(t, err, "no_common_codec")
	if got := formats(trunkAnswer(t, b), 0); got != "8 101" {
		t.Errorf("got %q, want that of the leg connected first: 8 101", got)
	}
}

func TestDroppedLegDoesNotChooseTheCodec(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	leg, _ := offerAgent(t, b)
	if _, err := leg.Answer(browser("active", "0")); err != nil {
		t.Fatal(err)
	}
	b.Drop(leg)
	b.Drop(leg)
	if got := formats(trunkAnswer(t, b), 0); got != "8 101" {
		t.Errorf("got %q, want the offer's first: 8 101", got)
	}
	if _, err := b.Connect(leg); err == nil {
		t.Error("a dropped leg was connected")
	}
}

func TestEventClocksAreRescaled(t *testing.T) {
	b := call(t, trunk("opus"), offerOf("m=audio 6000 RTP/AVP 96 101", "a=rtpmap:96 opus/48000/2", "a=rtpmap:101 telephone-event/8000"))
	leg, _ := offerAgent(t, b)
	if _, err := leg.Answer(browser("active", "96 97", "a=rtpmap:96 opus/48000/2", "a=rtpmap:97 telephone-event/48000")); err != nil {
		t.Fatal(err)
	}
	m, err := b.Connect(leg)
	if err != nil {
		t.Fatal(err)
	}
	if m.TrunkEvent != 101 || m.AgentEvent != 97 || m.EventToTrunk.Apply(960) != 160 || m.EventToAgent.Apply(160) != 960 {
		t.Errorf("got %d %d %+v %+v", m.TrunkEvent, m.AgentEvent, m.EventToTrunk, m.EventToAgent)
	}
}

func TestWithoutEventsNothingIsMapped(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	leg, _ := offerAgent(t, b)
	if _, err := leg.Answer(browser("active", "8")); err != nil {
		t.Fatal(err)
	}
	m, err := b.Connect(leg)
	if err != nil || m.ToAgent[101] != -1 || m.AgentEvent != -1 || m.ToAgent[8] != 8 || m.ToTrunk[8] != 8 || m.ToTrunk[101] != -1 {
		t.Errorf("got %v, %d %d", err, m.ToAgent[101], m.ToTrunk[101])
	}
	for pt := range m.ToAgent {
		if pt != 8 && m.ToAgent[pt] != -1 {
			t.Errorf("%d is passed as %d", pt, m.ToAgent[pt])
		}
	}
}

func TestOutOfOrderCallsAreErrors(t *testing.T) {
	b := sdp.NewBridge(trunk())
	if _, err := b.TrunkAnswer(trunkLocal); err == nil {
		t.Error("answer without offer")
	}
	if _, _, err := b.OfferAgent(agentLocal); err == nil {
		t.Error("agent offer without trunk offer")
	}
	if got := b.TrunkRemote(); got != (sdp.TrunkRemote{}) {
		t.Errorf("got %+v", got)
	}
	b = call(t, trunk(), plainOffer)
	leg, _ := offerAgent(t, b)
	if _, err := b.Connect(leg); err == nil {
		t.Error("connected before the browser answered")
	}
	other := call(t, trunk(), plainOffer)
	if _, err := leg.Answer(browser("active", "8")); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Connect(leg); err == nil {
		t.Error("connected with another call")
	}
	if _, err := b.TrunkAnswer(sdp.TrunkLocal{}); err == nil {
		t.Error("answered without an address")
	}
}
