package sdp_test

// The cases are named as in the project's table of conformance cases: W what a browser describes, here in calls that agents place; O the
// trunk's answers.

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"offhook/translator/sdp"
)

// chromeOffer is the offer of W01.
func chromeOffer(more ...string) []byte {
	return browser("actpass", "111 63 9 0 8 13 110 126", append(slices.Clone(chromeMaps), more...)...)
}

// dial is a call of a browser whose SIP offer is out.
func dial(t testing.TB, p sdp.TrunkPolicy, offer []byte) (*sdp.Bridge, *sdp.AgentLeg, *sdp.Session) {
	t.Helper()
	b := sdp.NewBridge(p)
	leg, err := b.Dial(offer)
	if err != nil {
		t.Fatal(err)
	}
	return b, leg, offerTrunk(t, b, sdp.Keep)
}

func offerTrunk(t testing.TB, b *sdp.Bridge, change sdp.Change) *sdp.Session {
	t.Helper()
	text, err := b.OfferTrunk(trunkLocal, change)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, text)
}

func answerDial(t testing.TB, leg *sdp.AgentLeg) (sdp.AgentRemote, *sdp.Session) {
	t.Helper()
	remote, text, err := leg.AnswerDial(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	return remote, parse(t, text)
}

// connect joins and gives the numbers.
func connect(t testing.TB, b *sdp.Bridge, leg *sdp.AgentLeg) sdp.PayloadMap {
	t.Helper()
	m, err := b.Connect(leg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// accept gives the trunk's 2xx of one dialog.
func accept(t testing.TB, b *sdp.Bridge, answer []byte) {
	t.Helper()
	if err := b.TrunkAccept("a", answer); err != nil {
		t.Fatal(err)
	}
}

var event101 = "a=rtpmap:101 telephone-event/8000"

func TestW01DialOffersTheBrowsersCodecs(t *testing.T) {
	b := sdp.NewBridge(trunk("opus", "G722", "PCMU", "PCMA"))
	if _, err := b.Dial(chromeOffer("a=extmap:1 urn:x", "a=ssrc:1 cname:x", "a=fmtp:111 minptime=10;useinbandfec=1")); err != nil {
		t.Fatal(err)
	}
	text, err := b.OfferTrunk(trunkLocal, sdp.Keep)
	if err != nil {
		t.Fatal(err)
	}
	want := "v=0\r\no=- 2305 1 IN IP4 203.0.113.5\r\ns=-\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\nm=audio 40002 RTP/AVP 111 9 0 8 110 126\r\n" +
		"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1;minptime=10\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n" +
		"a=rtpmap:110 telephone-event/48000\r\na=fmtp:110 0-15\r\na=rtpmap:126 telephone-event/8000\r\na=fmtp:126 0-15\r\na=sendrecv\r\n"
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if b.Signaling() != sdp.HaveLocalOffer {
		t.Errorf("state %s", b.Signaling())
	}
}

func TestDialOffersWhatTheTrunkMayUse(t *testing.T) {
	rows := []struct {
		name  string
		trunk sdp.TrunkPolicy
		offer []byte
		want  string
	}{
		{"G.711 in the browser's order", trunk("PCMA", "PCMU"), chromeOffer(), "0 8 126"},
		{"events that the browser lacks are made: the relay can send keys", trunk("PCMA"), browser("actpass", "8"), "8 96"},
		{"numbers outside 96-127 become ours", trunk("opus"), browser("actpass", "35 36", "a=rtpmap:35 opus/48000/2", "a=rtpmap:36 telephone-event/48000"), "96 97"},
		{"a consultation has the codec of its call", trunk("opus", "PCMA", "PCMU").Only("PCMA"), chromeOffer(), "8 126"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if _, _, s := dial(t, r.trunk, r.offer); formats(s, 0) != r.want {
				t.Errorf("got %q, want %q", formats(s, 0), r.want)
			}
		})
	}
	for name, p := range map[string]sdp.TrunkPolicy{"no codec in common": trunk("G722"), "a consultation in a codec that the trunk has not": trunk("PCMA").Only("opus")} {
		_, err := sdp.NewBridge(p).Dial(browser("actpass", "0 8"))
		t.Log(name)
		wantCode(t, err, "no_common_codec")
	}
}

func TestW02DialAnswerInTheBrowsersNumbers(t *testing.T) {
	b, leg, _ := dial(t, trunk(), chromeOffer())
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8 101", event101))
	remote, s := answerDial(t, leg)
	if got := formats(s, 0); got != "8 126" || remote.Codec.Name != "PCMA" || remote.Event.PT != 126 {
		t.Errorf("got %q, %v, %v; want 8 126", got, remote.Codec, remote.Event)
	}
	m := connect(t, b, leg)
	if m.ToTrunk[126] != 101 || m.ToAgent[101] != 126 || m.ToAgent[126] != 126 || m.ToTrunk[8] != 8 || m.ToTrunk[0] != -1 {
		t.Errorf("got 126→%d, 101→%d, 126→%d, 8→%d, 0→%d", m.ToTrunk[126], m.ToAgent[101], m.ToAgent[126], m.ToTrunk[8], m.ToTrunk[0])
	}
	if r := b.TrunkRemote(); r.Event.PT != 101 || r.EventIn.PT != 126 || r.EventIn.Name == "" || r.RTP.String() != "192.0.2.10:6000" || !r.Send || !r.Receive {
		t.Errorf("got %+v", r)
	}
	if b.Signaling() != sdp.Stable {
		t.Errorf("state %s", b.Signaling())
	}
}

func TestW03SeveralCodecsAnswered(t *testing.T) {
	b, leg, _ := dial(t, trunk(), chromeOffer())
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8 0 101", event101))
	if _, s := answerDial(t, leg); formats(s, 0) != "8 0 126" {
		t.Errorf("browser is answered %q, want 8 0 126", formats(s, 0))
	}
	if m := connect(t, b, leg); m.ToAgent[0] != 0 || m.ToTrunk[0] != 0 || m.ToAgent[8] != 8 || m.ToAgent[9] != -1 {
		t.Errorf("got 0→%d and back 0→%d, 8→%d, 9→%d", m.ToAgent[0], m.ToTrunk[0], m.ToAgent[8], m.ToAgent[9])
	}
	if got := b.TrunkRemote().Codec.Name; got != "PCMA" {
		t.Errorf("codec in use is %s, want the first of the answer", got)
	}
	if _, later := offerAgent(t, b); formats(later, 0) != "8 101" {
		t.Errorf("the next agent is offered %q, want only what is in use", formats(later, 0))
	}
}

func TestW04DialWithVideoAndData(t *testing.T) {
	b, leg, s := dial(t, trunk(), chromeOffer("a=group:BUNDLE 0→a=group:BUNDLE 0 1 2 7",
		"m=video 9 UDP/TLS/RTP/SAVPF 96 97", "a=mid:1", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:2"))
	if len(s.Sections) != 1 {
		t.Errorf("SIP is offered %d sections, want 1", len(s.Sections))
	}
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8"))
	_, text, err := leg.AnswerDial(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a=group:BUNDLE 0\r\n", "m=audio 40000 UDP/TLS/RTP/SAVPF 8\r\n",
		"m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\nm=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	_, again, err := leg.AnswerDial(agentLocal)
	if err != nil || string(again) != string(text) {
		t.Errorf("answered again: %v\n%s", err, again)
	}
}

// TestW05W06W07DialOfBadBrowsers holds that what a browser may not offer gets bad_sdp before the trunk hears of the call.
func TestW05W06W07DialOfBadBrowsers(t *testing.T) {
	print := "a=fingerprint:sha-256 " + strings.TrimSuffix(strings.Repeat("0B:", 32), ":")
	for name, change := range map[string]string{
		"W05 no audio": "m=audio→m=video", "W05 no fingerprint": print + "→a=x", "W05 no ufrag": "a=ice-ufrag:abcd→a=x", "W05 no rtcp-mux": "a=rtcp-mux→a=x",
		"W06 only crypto": print + "→a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", "W07 sha-256 of 31 octets": print + "→" + print[:len(print)-3],
		"passive": "a=setup:actpass→a=setup:passive", "lite": "s=-→s=-\r\na=ice-lite",
	} {
		t.Run(name, func(t *testing.T) {
			b := sdp.NewBridge(trunk())
			_, err := b.Dial(browser("actpass", "8", change))
			wantCode(t, err, "bad_sdp")
			if _, err := b.OfferTrunk(trunkLocal, sdp.Keep); err == nil {
				t.Error("the trunk is offered something")
			}
		})
	}
	dial(t, trunk(), browser("actpass", "8", "sha-256 0B:0B→SHA-256 0b:0b"))
}

func TestW08DialWithoutCandidatesIsNoHold(t *testing.T) {
	b, _, s := dial(t, trunk(), browser("actpass", "8", "a=candidate:1 1 udp 2113937151 3c8b.local 54321 typ host"))
	if s.Sections[0].Direction != sdp.SendRecv || b.HeldBy() != 0 {
		t.Errorf("got %s, held by %q", s.Sections[0].Direction, b.HeldBy())
	}
}

func TestDialOfAQuietBrowser(t *testing.T) {
	for offered, want := range map[string]sdp.Direction{"recvonly": sdp.SendOnly, "sendonly": sdp.RecvOnly, "inactive": sdp.Inactive} {
		b, leg, s := dial(t, trunk(), browser("actpass", "8", "a=sendrecv→a="+offered))
		accept(t, b, offerOf("m=audio 6000 RTP/AVP 8"))
		if _, answer := answerDial(t, leg); s.Sections[0].Direction != sdp.SendRecv || answer.Sections[0].Direction != want {
			t.Errorf("%s: the trunk is offered %s, the browser answered %s; want sendrecv and %s", offered, s.Sections[0].Direction, answer.Sections[0].Direction, want)
		}
	}
}

func TestW09DialAnswerMidAndRole(t *testing.T) {
	b, leg, _ := dial(t, trunk(), browser("actpass", "8", "a=mid:0→a=mid:audio", "BUNDLE 0→BUNDLE audio"))
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8"))
	_, text, err := leg.AnswerDial(agentLocal)
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

// TestO02FirstDescriptionWins holds RFC 3261 §13.2.1: the 18x's answer stays, the 2xx's of the same dialog is passed over.
func TestO02FirstDescriptionWins(t *testing.T) {
	for _, reliable := range []bool{false, true} {
		b, leg, _ := dial(t, trunk(), chromeOffer())
		if err := b.TrunkEarly("a", offerOf("m=audio 6000 RTP/AVP 8"), reliable); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]sdp.Signaling{false: sdp.HaveLocalOffer, true: sdp.Stable}[reliable]; b.Signaling() != want {
			t.Errorf("reliable %v: state %s, want %s", reliable, b.Signaling(), want)
		}
		if _, s := answerDial(t, leg); formats(s, 0) != "8" {
			t.Errorf("browser is answered %q, want 8", formats(s, 0))
		}
		other := offerOf("m=audio 7000 RTP/AVP 0")
		if err := b.TrunkEarly("a", other, false); err != nil {
			t.Error(err)
		}
		accept(t, b, other)
		if r := b.TrunkRemote(); r.RTP.Port() != 6000 || r.Codec.Name != "PCMA" || b.Signaling() != sdp.Stable {
			t.Errorf("got %+v in %s", r, b.Signaling())
		}
		accept(t, b, other) // the 2xx again
		if b.TrunkRemote().RTP.Port() != 6000 {
			t.Error("a repeated 2xx changed the call")
		}
	}
}

// TestReliableEarlyAnswerMayBeFollowedByAnUpdate holds RFC 3311 §5.1: the 2xx does not take back what an UPDATE said before.
func TestReliableEarlyAnswerMayBeFollowedByAnUpdate(t *testing.T) {
	b, _, _ := dial(t, trunk(), chromeOffer())
	if err := b.TrunkEarly("a", offerOf("m=audio 6000 RTP/AVP 8"), true); err != nil {
		t.Fatal(err)
	}
	if err := b.TrunkOffer(offerOf("m=audio 7000 RTP/AVP 8")); err != nil {
		t.Fatal(err)
	}
	trunkAnswer(t, b)
	accept(t, b, nil)
	if got := b.TrunkRemote().RTP.Port(); got != 7000 {
		t.Errorf("sends to port %d, want the UPDATE's", got)
	}
}

func TestAnswersByName(t *testing.T) {
	rows := []struct {
		name, formats string
		more          []string
		want          string // of the browser's answer
		in, out       int    // trunk's number of the codec to the browser's 8 or 111
	}{
		{"PCMA on a number of its own", "97 101", []string{"a=rtpmap:97 pcma/8000", event101}, "8 126", 97, 8},
		{"opus on another number", "96 101", []string{"a=rtpmap:96 opus/48000/2", event101}, "111 110", 96, 111},
		{"opus on our number without rtpmap", "111", nil, "111", 111, 111},
		{"surplus codecs are passed over", "18 8 3", nil, "8", 8, 8},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			b, leg, _ := dial(t, trunk("opus", "PCMA"), chromeOffer())
			accept(t, b, offerOf(append([]string{"m=audio 6000 RTP/AVP " + r.formats}, r.more...)...))
			if _, s := answerDial(t, leg); formats(s, 0) != r.want {
				t.Errorf("browser is answered %q, want %q", formats(s, 0), r.want)
			}
			if m := connect(t, b, leg); int(m.ToAgent[r.in]) != r.out || int(m.ToTrunk[r.out]) != r.in {
				t.Errorf("got %d→%d and %d→%d", r.in, m.ToAgent[r.in], r.out, m.ToTrunk[r.out])
			}
		})
	}
}

// TestAnswersThatEndTheCall holds what an answer may not be: the 2xx is acknowledged and the call ended.
func TestAnswersThatEndTheCall(t *testing.T) {
	rows := []struct {
		name, code string
		answer     []byte
	}{
		{"no codec of ours", "no_common_codec", offerOf("m=audio 6000 RTP/AVP 18")},
		{"only events", "no_common_codec", offerOf("m=audio 6000 RTP/AVP 126")},
		{"none at all", "no_common_codec", nil},
		{"audio refused", "bad_sdp", offerOf("m=audio 0 RTP/AVP 8")},
		{"no section", "bad_sdp", offerOf()},
		{"another medium", "bad_sdp", offerOf("m=image 6000 udptl t38")},
		{"secured though plain was offered", "bad_sdp", offerOf("m=audio 6000 RTP/SAVP 8", "a=crypto:1 "+crypto80)},
		{"another family", "bad_sdp", lines("v=0", "o=- 1 1 IN IP6 2001:db8::9", "s=-", "c=IN IP6 2001:db8::9", "t=0 0", "m=audio 6000 RTP/AVP 8")},
		{"no c=", "bad_sdp", lines("v=0", "o=- 1 1 IN IP4 192.0.2.10", "s=-", "t=0 0", "m=audio 6000 RTP/AVP 8")},
		{"outside the media networks", "bad_sdp", []byte(strings.ReplaceAll(string(plainOffer), "192.0.2.10", "198.51.100.9"))},
		{"no description", "bad_sdp", []byte("hello")},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			b, leg, _ := dial(t, trunk(), chromeOffer())
			wantCode(t, b.TrunkAccept("a", r.answer), r.code)
			if _, _, err := leg.AnswerDial(agentLocal); err == nil {
				t.Error("the browser was answered")
			}
			if b.Signaling() != sdp.HaveLocalOffer || b.TrunkRemote() != (sdp.TrunkRemote{}) {
				t.Errorf("state %s, %+v", b.Signaling(), b.TrunkRemote())
			}
		})
	}
}

func TestAnswerWithSurplusSections(t *testing.T) {
	b, _, _ := dial(t, trunk(), chromeOffer())
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8", "m=video 6002 RTP/AVP 34"))
	if s := offerTrunk(t, b, sdp.Hold); len(s.Sections) != 1 {
		t.Errorf("our next offer has %d sections, want 1", len(s.Sections))
	}
}

// TestForks holds §1.5: the newest early answer is heard, the first 2xx wins.
func TestForks(t *testing.T) {
	b, leg, _ := dial(t, trunk(), chromeOffer())
	early := func(tag, m string) error { return b.TrunkEarly(tag, offerOf(m), false) }
	if err := early("a", "m=audio 6000 RTP/AVP 8"); err != nil {
		t.Fatal(err)
	}
	answerDial(t, leg)
	if err := early("b", "m=audio 7000 RTP/AVP 0 8"); err != nil || b.TrunkRemote().RTP.Port() != 7000 || b.TrunkRemote().Codec.Name != "PCMA" {
		t.Errorf("got %v, %+v; want the newest in the codec in use", err, b.TrunkRemote())
	}
	if err := early("c", "m=audio 8000 RTP/AVP 0"); !errors.Is(err, sdp.ErrOtherCodec) || b.TrunkRemote().RTP.Port() != 7000 {
		t.Errorf("got %v, %+v; want a remark", err, b.TrunkRemote())
	}
	accept(t, b, nil)
	if b.TrunkRemote().RTP.Port() != 6000 || b.Signaling() != sdp.Stable {
		t.Errorf("got %+v, want the winner", b.TrunkRemote())
	}
	if err := b.TrunkAccept("b", nil); err != nil || b.TrunkRemote().RTP.Port() != 6000 {
		t.Errorf("a second 2xx changed the call: %v", err)
	}
}

// TestForkBesideAReliableOneWins holds that a completed early dialog is no reason to pass over the 2xx of another one.
func TestForkBesideAReliableOneWins(t *testing.T) {
	b, _, _ := dial(t, trunk(), chromeOffer())
	if err := b.TrunkEarly("a", offerOf("m=audio 6000 RTP/AVP 8"), true); err != nil {
		t.Fatal(err)
	}
	if err := b.TrunkAccept("b", offerOf("m=audio 7000 RTP/AVP 8")); err != nil || b.TrunkRemote().RTP.Port() != 7000 {
		t.Errorf("got %v, %+v", err, b.TrunkRemote())
	}
}

// TestForkWithAnotherCodecWins holds §1.5: it is offered the codec that the browser has, in a re-INVITE.
func TestForkWithAnotherCodecWins(t *testing.T) {
	b, leg, first := dial(t, trunk(), chromeOffer())
	if err := b.TrunkEarly("a", offerOf("m=audio 6000 RTP/AVP 8 101", event101), false); err != nil {
		t.Fatal(err)
	}
	answerDial(t, leg)
	connect(t, b, leg)
	if err := b.TrunkAccept("b", offerOf("m=audio 7000 RTP/AVP 0 101", event101)); !errors.Is(err, sdp.ErrOtherCodec) {
		t.Fatalf("got %v, want ErrOtherCodec", err)
	}
	if r := b.TrunkRemote(); r.Send || r.Receive {
		t.Errorf("got %+v, want silence", r)
	}
	if m := connect(t, b, leg); m.ToAgent[0] != -1 || m.ToTrunk[8] != -1 {
		t.Errorf("sound passes: %d %d", m.ToAgent[0], m.ToTrunk[8])
	}
	s := offerTrunk(t, b, sdp.Narrow)
	if formats(s, 0) != "8 126" || s.Origin.Version != "2" || first.Origin.Version != "1" {
		t.Errorf("got %q version %s, want 8 126 version 2", formats(s, 0), s.Origin.Version)
	}
	wantCode(t, b.TrunkAccept("b", offerOf("m=audio 7000 RTP/AVP 0")), "no_common_codec")
	accept(t, b, offerOf("m=audio 7000 RTP/AVP 8 101", event101))
	if m := connect(t, b, leg); m.ToAgent[8] != 8 || m.ToTrunk[8] != 8 || !b.TrunkRemote().Send {
		t.Errorf("no sound: %d %d", m.ToAgent[8], m.ToTrunk[8])
	}
}

func TestSecurityForksAreBounded(t *testing.T) {
	b, _, _ := dial(t, trunk(), chromeOffer())
	for i := range 16 {
		if err := b.TrunkEarly(strconv.Itoa(i), plainOffer, false); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, b.TrunkEarly("one more", plainOffer, false), "bad_sdp")
}

// TestO14NextRouteGetsTheBrowsersOffer holds that another trunk is offered what it may use of the same browser's offer.
func TestO14NextRouteGetsTheBrowsersOffer(t *testing.T) {
	b, leg, s := dial(t, trunk("PCMU"), chromeOffer())
	if err := b.Route(trunk("PCMA")); !errors.Is(err, sdp.ErrOpen) {
		t.Errorf("got %v, want ErrOpen", err)
	}
	b.TrunkRollback()
	wantCode(t, b.Route(trunk("PCMA").Only("opus")), "no_common_codec")
	if err := b.Route(trunk("PCMA")); err != nil {
		t.Fatal(err)
	}
	next := offerTrunk(t, b, sdp.Keep)
	if formats(s, 0) != "0 126" || formats(next, 0) != "8 126" || next.Origin.Version != "1" {
		t.Errorf("got %q then %q version %s", formats(s, 0), formats(next, 0), next.Origin.Version)
	}
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8"))
	if _, s := answerDial(t, leg); formats(s, 0) != "8" {
		t.Errorf("browser is answered %q", formats(s, 0))
	}
	if err := b.Route(trunk()); err == nil {
		t.Error("routed again after an answer")
	}
}

func TestDialOverIPv6(t *testing.T) {
	b := sdp.NewBridge(trunk())
	if _, err := b.Dial(chromeOffer()); err != nil {
		t.Fatal(err)
	}
	text, err := b.OfferTrunk(sdp.TrunkLocal{Addr: trunkLocal6}, sdp.Keep)
	if err != nil || !strings.Contains(string(text), "\r\nc=IN IP6 2001:db8:1::5\r\n") {
		t.Fatalf("got %v\n%s", err, text)
	}
	accept(t, b, lines("v=0", "o=- 1 1 IN IP6 2001:db8::9", "s=-", "c=IN IP6 2001:db8::9", "t=0 0", "m=audio 6000 RTP/AVP 8"))
	if got := b.TrunkRemote().RTP; got != netip.MustParseAddrPort("[2001:db8::9]:6000") {
		t.Errorf("sends to %s", got)
	}
}

// TestW10RestartOfADialledLeg holds that a reloaded page gets the codec in use alone and the trunk hears nothing of it.
func TestW10RestartOfADialledLeg(t *testing.T) {
	b, leg, _ := dial(t, trunk(), chromeOffer())
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8 0 101", event101))
	answerDial(t, leg)
	connect(t, b, leg)
	remote, text, err := leg.Offer(chromeOffer("ufrag:abcd→ufrag:efgh"), agentLocal)
	if err != nil || remote.Ufrag != "efgh" || formats(parse(t, text), 0) != "8 126" {
		t.Errorf("got %v, %+v\n%s", err, remote, text)
	}
	if m := connect(t, b, leg); m.ToTrunk[8] != 8 || m.ToAgent[101] != 126 {
		t.Errorf("got 8→%d, 101→%d", m.ToTrunk[8], m.ToAgent[101])
	}
	if b.Signaling() != sdp.Stable {
		t.Errorf("state %s", b.Signaling())
	}
}

// TestRestartWhileDialling holds that a page reloaded before the trunk answers is answered at once, and that the call ends up in that codec.
func TestRestartWhileDialling(t *testing.T) {
	restarted := func() (*sdp.Bridge, *sdp.AgentLeg) {
		b, leg, _ := dial(t, trunk(), chromeOffer())
		_, _, err := leg.Offer(browser("actpass", "9"), agentLocal)
		wantCode(t, err, "no_common_codec")
		_, text, err := leg.Offer(chromeOffer("ufrag:abcd→ufrag:efgh"), agentLocal)
		if err != nil || formats(parse(t, text), 0) != "0 126" {
			t.Fatalf("got %v\n%s", err, text)
		}
		if r := b.TrunkRemote(); r.Send || r.Receive {
			t.Errorf("sound before the trunk answered: %+v", r)
		}
		return b, leg
	}
	b, leg := restarted()
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 8 0 101", event101))
	if m := connect(t, b, leg); b.TrunkRemote().Codec.Name != "PCMU" || m.ToTrunk[0] != 0 || m.ToAgent[101] != 126 {
		t.Errorf("got %+v", b.TrunkRemote())
	}
	if remote, text, err := leg.AnswerDial(agentLocal); err != nil || remote.Ufrag != "efgh" || formats(parse(t, text), 0) != "0 126" {
		t.Errorf("answered otherwise: %v\n%s", err, text)
	}

	b, leg = restarted()
	if err := b.TrunkAccept("a", offerOf("m=audio 6000 RTP/AVP 8")); !errors.Is(err, sdp.ErrOtherCodec) {
		t.Fatalf("got %v, want ErrOtherCodec", err)
	}
	if s := offerTrunk(t, b, sdp.Narrow); formats(s, 0) != "0 126" {
		t.Errorf("got %q, want 0 126", formats(s, 0))
	}
	accept(t, b, offerOf("m=audio 6000 RTP/AVP 0"))
	connect(t, b, leg)

	b, _ = restarted()
	b.TrunkRollback()
	wantCode(t, b.Route(trunk("PCMA")), "no_common_codec")
	if err := b.Route(trunk("PCMA", "PCMU")); err != nil {
		t.Fatal(err)
	}
	if s := offerTrunk(t, b, sdp.Keep); formats(s, 0) != "0 126" {
		t.Errorf("the next route is offered %q, want 0 126", formats(s, 0))
	}
}

func TestDialOutOfOrder(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	if _, err := b.Dial(chromeOffer()); err == nil {
		t.Error("dialled in an inbound call")
	}
	leg, _ := offerAgent(t, b)
	if _, _, err := leg.AnswerDial(agentLocal); err == nil {
		t.Error("answered a leg that did not dial")
	}
	if err := sdp.NewBridge(trunk()).TrunkAccept("a", plainOffer); err != nil {
		t.Errorf("a stray 2xx: %v", err)
	}
	b, leg, _ = dial(t, trunk(), chromeOffer())
	if _, _, err := leg.AnswerDial(agentLocal); err == nil {
		t.Error("answered before the trunk did")
	}
	if _, err := b.TrunkAnswer(trunkLocal); err == nil {
		t.Error("answered the trunk, which offered nothing")
	}
	if _, err := b.OfferTrunk(trunkLocal, sdp.Keep); !errors.Is(err, sdp.ErrOpen) {
		t.Errorf("got %v, want ErrOpen", err)
	}
	if _, err := sdp.NewBridge(trunk()).OfferTrunk(trunkLocal, sdp.Keep); err == nil {
		t.Error("offered nothing")
	}
}
