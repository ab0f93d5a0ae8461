package sdp_test

// The cases are named as in the project's table of conformance cases: S what a trunk offers, H hold.

import (
	"net/netip"
	"strings"
	"testing"

	"offhook/translator/sdp"
)

// PCMA and PCMU with events, as most PBXs offer them.
var plainOffer = offerOf("m=audio 6000 RTP/AVP 8 0 101", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16")

func TestS01OtherMediaRefusedInOrder(t *testing.T) {
	b := call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 8", "m=video 6002 RTP/AVP 34 97", "a=mid:v", "m=image 6004 udptl t38"))
	text, err := b.TrunkAnswer(trunkLocal)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"m=audio 40002 RTP/AVP 8\r\n", "m=video 0 RTP/AVP 34 97\r\nm=image 0 udptl t38\r\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if s := parse(t, text); len(s.Sections) != 3 {
		t.Errorf("got %d sections, want 3", len(s.Sections))
	}
}

func TestS02StaticNumberNeedsNoRTPMap(t *testing.T) {
	b := call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 0"))
	if got := b.TrunkRemote().Codec; got.Name != "PCMU" || got.PT != 0 {
		t.Errorf("got %v, want PCMU on 0", got)
	}
}

func TestS03RTPMapBeatsStaticTable(t *testing.T) {
	b := call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 13", "a=rtpmap:13 PCMU/8000"))
	leg, offer := offerAgent(t, b)
	if got := formats(offer, 0); got != "0" {
		t.Errorf("browser is offered %q, want 0", got)
	}
	if _, err := leg.Answer(browser("active", "0")); err != nil {
		t.Fatal(err)
	}
	if got := formats(trunkAnswer(t, b), 0); got != "13" {
		t.Errorf("trunk is answered %q, want 13", got)
	}
	m, err := b.Connect(leg)
	if err != nil || m.ToAgent[13] != 0 || m.ToTrunk[0] != 13 || m.ToTrunk[13] != -1 {
		t.Errorf("got 13→%d, 0→%d, %v; want 13→0, 0→13", m.ToAgent[13], m.ToTrunk[0], err)
	}
}

func TestS04EventsOfTheCodecsClock(t *testing.T) {
	b := call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 8 101 96", "a=rtpmap:101 telephone-event/16000", "a=rtpmap:96 telephone-event/8000"))
	if got := formats(trunkAnswer(t, b), 0); got != "8 96" {
		t.Errorf("got %q, want 8 96", got)
	}
}

func TestS05EventsAreNeverTheCodec(t *testing.T) {
	b := call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 126 0 8", "a=rtpmap:126 telephone-event/8000"))
	r := b.TrunkRemote()
	if r.Codec.Name != "PCMU" || r.Event.PT != 126 {
		t.Errorf("got %v and %v, want PCMU and events 126", r.Codec, r.Event)
	}
	err := sdp.NewBridge(trunk()).TrunkOffer(offerOf("m=audio 6000 RTP/AVP 126", "a=rtpmap:126 telephone-event/8000"))
	wantError(t, err, "no_common_codec", 488, 305)
}

func TestS06RTCPWhereItIsSaid(t *testing.T) {
	rows := []struct{ name, lines, want string }{
		{"port only", "a=rtcp:39279", "192.0.2.10:39279"},
		{"with address", "a=rtcp:39279 IN IP4 192.0.2.11", "192.0.2.11:39279"},
		{"address outside the trunk's networks", "a=rtcp:39279 IN IP4 198.51.100.1", "192.0.2.10:39279"},
		{"not said", "a=x", "192.0.2.10:6001"},
		{"switched off", "b=RS:0\r\nb=RR:0", "invalid AddrPort"},
		{"only half switched off", "b=RR:0", "192.0.2.10:6001"},
		{"unknown type", "a=rtcp:1 IN IP7 X", "192.0.2.10:1"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			b := call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 0", r.lines))
			if got := b.TrunkRemote().RTCP.String(); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

func TestS07OpusWithoutChannelsIsNoOpus(t *testing.T) {
	b := call(t, trunk("opus", "PCMA"), offerOf("m=audio 6000 RTP/AVP 96 8", "a=rtpmap:96 opus/48000"))
	if got := b.TrunkRemote().Codec.Name; got != "PCMA" {
		t.Errorf("got %s, want PCMA", got)
	}
}

func TestS08NothingToUse(t *testing.T) {
	rows := []struct {
		name, code string
		warning    int
		sections   []string
	}{
		{"G729 only", "no_common_codec", 305, []string{"m=audio 6000 RTP/AVP 18"}},
		{"GSM only", "no_common_codec", 305, []string{"m=audio 6000 RTP/AVP 3"}},
		{"opus, which this trunk does not ask for", "no_common_codec", 305, []string{"m=audio 6000 RTP/AVP 96", "a=rtpmap:96 opus/48000/2"}},
		{"no m= line", "bad_sdp", 304, nil},
		{"video only", "bad_sdp", 304, []string{"m=video 6000 RTP/AVP 34"}},
		{"T.38 only", "bad_sdp", 304, []string{"m=image 6000 udptl t38"}},
		{"audio at port 0", "bad_sdp", 304, []string{"m=audio 0 RTP/AVP 0"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			wantError(t, sdp.NewBridge(trunk()).TrunkOffer(offerOf(r.sections...)), r.code, 488, r.warning)
		})
	}
}

func TestS09NetworkAddressTransport(t *testing.T) {
	rows := []struct {
		name            string
		conn, media     string
		status, warning int
	}{
		{"IP7", "c=IN IP7 192.0.2.10", "m=audio 6000 RTP/AVP 0", 400, 301},
		{"AF", "c=AF IP4 192.0.2.10", "m=audio 6000 RTP/AVP 0", 400, 300},
		{"XAVP", "c=IN IP4 192.0.2.10", "m=audio 6000 RTP/XAVP 0", 488, 302},
		{"no c=", "a=x", "m=audio 6000 RTP/AVP 0", 400, 399},
		{"c= without address", "c=IN IP4", "m=audio 6000 RTP/AVP 0", 400, 399},
		{"two ports", "c=IN IP4 192.0.2.10", "m=audio 6000/2 RTP/AVP 0", 488, 399},
		{"payload type 300", "c=IN IP4 192.0.2.10", "m=audio 6000 RTP/AVP 0 300", 488, 399},
		{"port 70000", "c=IN IP4 192.0.2.10", "m=audio 70000 RTP/AVP 0", 488, 399},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			offer := lines("v=0", "o=pbx 81 81 IN IP4 192.0.2.10", "s=-", r.conn, "t=0 0", r.media)
			wantError(t, sdp.NewBridge(trunk()).TrunkOffer(offer), "bad_sdp", r.status, r.warning)
		})
	}
}

func TestS10Families(t *testing.T) {
	offer := lines("v=0", "o=pbx 81 81 IN IP6 2001:db8::9", "s=-", "c=IN IP6 2001:db8::9", "t=0 0", "m=audio 6000 RTP/AVP 0")
	p := trunk()
	p.Own = []netip.Addr{netip.MustParseAddr("203.0.113.5")}
	wantError(t, sdp.NewBridge(p).TrunkOffer(offer), "bad_sdp", 488, 301)

	p.Own = append(p.Own, netip.MustParseAddr("2001:db8:1::5"))
	b := call(t, p, offer)
	_, err := b.TrunkAnswer(trunkLocal)
	wantError(t, err, "bad_sdp", 488, 301)
	text, err := b.TrunkAnswer(sdp.TrunkLocal{Addr: netip.MustParseAddrPort("[2001:db8:1::5]:40002")})
	if err != nil || !strings.Contains(string(text), "\r\nc=IN IP6 2001:db8:1::5\r\n") {
		t.Errorf("got %v\n%s", err, text)
	}
}

func TestS11LaterOffersKeepTheCodec(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	first, err := b.TrunkAnswer(trunkLocal)
	if err != nil {
		t.Fatal(err)
	}
	gone := offerOf("m=audio 6000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000")
	wantError(t, b.TrunkOffer(gone), "no_common_codec", 488, 305)
	again, err := b.TrunkAnswer(trunkLocal)
	if err != nil || string(again) != string(first) {
		t.Errorf("a refused offer changed the answer: %v\n%s", err, again)
	}
	kept := offerOf("m=audio 6008 RTP/AVP 0 8 97", "a=rtpmap:97 telephone-event/8000")
	if err := b.TrunkOffer(kept); err != nil {
		t.Fatal(err)
	}
	if got := formats(trunkAnswer(t, b), 0); got != "8 97" {
		t.Errorf("got %q, want the codec in use wherever it stands: 8 97", got)
	}
	if got := b.TrunkRemote().RTP.String(); got != "192.0.2.10:6008" {
		t.Errorf("got %s, want the new port", got)
	}
}

func TestS12SecureTransportIsOff(t *testing.T) {
	offer := offerOf("m=audio 6000 RTP/SAVP 0", "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5")
	wantError(t, sdp.NewBridge(trunk()).TrunkOffer(offer), "bad_sdp", 488, 302)
}

func TestS14CryptoBesideAVPIsPassedOver(t *testing.T) {
	b := call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"))
	s := trunkAnswer(t, b)
	if sec := s.Sections[0]; sec.Crypto != 0 || sec.Proto != "RTP/AVP" {
		t.Errorf("got %d crypto lines on %s, want plain RTP/AVP", sec.Crypto, sec.Proto)
	}
}

func TestS15BestEffortPairTakesThePlainSection(t *testing.T) {
	for _, order := range [][]string{{"RTP/AVP", "RTP/SAVP"}, {"RTP/SAVP", "RTP/AVP"}} {
		b := call(t, trunk(), offerOf("m=audio 6000 "+order[0]+" 0", "m=audio 6000 "+order[1]+" 0"))
		for i, sec := range trunkAnswer(t, b).Sections {
			if used := sec.Port != 0; used != (order[i] == "RTP/AVP") || sec.Proto != order[i] {
				t.Errorf("%v: section %d is %s on port %d", order, i, sec.Proto, sec.Port)
			}
		}
	}
}

func TestH01HoldAndResume(t *testing.T) {
	real, zero := "c=IN IP4 192.0.2.10", "c=IN IP4 0.0.0.0"
	rows := []struct {
		conn, offered, want string
		send, receive       bool
	}{
		{real, "sendrecv", "sendrecv", true, true},
		{real, "sendonly", "recvonly", false, true},
		{real, "recvonly", "sendonly", true, false},
		{real, "inactive", "inactive", false, false},
		{zero, "sendrecv", "recvonly", false, true},
		{zero, "sendonly", "recvonly", false, true},
		{zero, "recvonly", "inactive", false, false},
		{zero, "inactive", "inactive", false, false},
	}
	for _, r := range rows {
		t.Run(r.conn+" "+r.offered, func(t *testing.T) {
			b := call(t, trunk(), plainOffer)
			trunkAnswer(t, b)
			held := lines("v=0", "o=pbx 81 82 IN IP4 192.0.2.10", "s=-", "t=0 0", "m=audio 6000 RTP/AVP 8", r.conn, "a="+r.offered)
			if err := b.TrunkOffer(held); err != nil {
				t.Fatal(err)
			}
			text, err := b.TrunkAnswer(trunkLocal)
			if err != nil {
				t.Fatal(err)
			}
			if s := parse(t, text); s.Sections[0].Direction.String() != r.want || s.Sections[0].Conn.Addr != "203.0.113.5" {
				t.Errorf("got %s at %s, want %s at our address", s.Sections[0].Direction, s.Sections[0].Conn, r.want)
			}
			remote := b.TrunkRemote()
			if remote.Send != r.send || remote.Receive != r.receive {
				t.Errorf("got send %v receive %v, want %v %v", remote.Send, remote.Receive, r.send, r.receive)
			}
			if remote.RTP.IsValid() != (r.conn == real) {
				t.Errorf("RTP goes to %s", remote.RTP)
			}
			if err := b.TrunkOffer(plainOffer); err != nil || !b.TrunkRemote().Send || !b.TrunkRemote().Receive {
				t.Errorf("not resumed: %v", err)
			}
		})
	}
}

func TestH04UnchangedVersionIsHonoured(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	trunkAnswer(t, b)
	held := strings.Replace(string(plainOffer), "a=rtpmap", "a=sendonly\r\na=rtpmap", 1)
	if err := b.TrunkOffer([]byte(held)); err != nil || b.TrunkRemote().Send {
		t.Errorf("got %v, send %v; want hold", err, b.TrunkRemote().Send)
	}
}

func TestH05WithoutAudioTheCallGoesOn(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	before := trunkAnswer(t, b)
	for _, m := range []string{"m=image 6004 udptl t38", "m=audio 0 RTP/AVP 8"} {
		wantError(t, b.TrunkOffer(offerOf(m)), "bad_sdp", 488, 304)
	}
	if after := trunkAnswer(t, b); formats(after, 0) != formats(before, 0) || !b.TrunkRemote().Send {
		t.Errorf("the call did not go on unchanged")
	}
}

// TestVersionRisesWithTheText holds RFC 3264 §8: o= changes by one exactly when the text does.
func TestVersionRisesWithTheText(t *testing.T) {
	b := call(t, trunk(), plainOffer)
	hold := []byte(strings.Replace(string(plainOffer), "a=rtpmap", "a=sendonly\r\na=rtpmap", 1))
	for i, step := range []struct {
		offer []byte
		want  string
	}{{nil, "1"}, {nil, "1"}, {plainOffer, "1"}, {hold, "2"}, {hold, "2"}, {plainOffer, "3"}} {
		if step.offer != nil {
			if err := b.TrunkOffer(step.offer); err != nil {
				t.Fatal(err)
			}
		}
		if s := trunkAnswer(t, b); s.Origin.Version != step.want || s.Origin.SessionID != "2305" {
			t.Errorf("step %d: got version %s of %s, want %s of 2305", i, s.Origin.Version, s.Origin.SessionID, step.want)
		}
	}
}

func TestTrunkAnswerRepeatsTheProfile(t *testing.T) {
	b := call(t, trunk(), offerOf("m=audio 6000 RTP/AVPF 0", "a=rtcp-fb:* nack"))
	text, _ := b.TrunkAnswer(trunkLocal)
	if !strings.Contains(string(text), "m=audio 40002 RTP/AVPF 0\r\n") || strings.Contains(string(text), "rtcp-fb") {
		t.Errorf("got\n%s", text)
	}
}

// TestLayersOfTolerance holds what real senders write and strict parsers refuse.
func TestLayersOfTolerance(t *testing.T) {
	rows := map[string]string{
		"LF":               "v=0\no=- 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=0 0\nm=audio 6000 RTP/AVP 0\n",
		"CR":               "v=0\ro=- 1 1 IN IP4 192.0.2.10\rs=-\rc=IN IP4 192.0.2.10\rt=0 0\rm=audio 6000 RTP/AVP 0\r",
		"no last line end": "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\nc=IN IP4 192.0.2.10\r\nm=audio 6000 RTP/AVP 0",
		"NUL at the end":   "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\nc=IN IP4 192.0.2.10\r\nm=audio 6000 RTP/AVP 0\r\n\x00m=video",
		"blank lines":      "\r\n\r\nv=0\r\no=- 1 1 IN IP4 192.0.2.10\r\n\r\nc=IN IP4 192.0.2.10\r\nm=audio 6000 RTP/AVP 0\r\n",
		"comments":         "# x\r\nv=0\r\no=- 1 1 IN IP4 192.0.2.10\r\nc=IN IP4 192.0.2.10\r\nm=audio 6000 RTP/AVP 0\r\n",
		"c= after t=":      "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nt=0 0\r\nc=IN IP4 192.0.2.10\r\nm=audio 6000 RTP/AVP 0\r\n",
		"unknown letters":  "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\nf=x\r\nc=IN IP4 192.0.2.10\r\nb=CT:1.5\r\nm=audio 6000 RTP/AVP 0\r\nq=1\r\n",
		"two blanks":       "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\nc=IN  IP4  192.0.2.10\r\nm=audio  6000  RTP/AVP  0\r\na=rtpmap:0  pcmu/8000\r\n",
		"bad neighbour":    "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\nc=IN IP4 192.0.2.10\r\nm=\r\nm=video x\r\nm=audio 6000 RTP/AVP 0\r\n",
	}
	for name, text := range rows {
		t.Run(name, func(t *testing.T) {
			b := call(t, trunk(), []byte(text))
			if got := b.TrunkRemote(); got.Codec.Name != "PCMU" || got.RTP.String() != "192.0.2.10:6000" {
				t.Errorf("got %+v", got)
			}
			trunkAnswer(t, b)
		})
	}
}

func TestNoDescription(t *testing.T) {
	rows := map[string][]byte{
		"empty": nil, "no v=": lines("o=- 1 1 IN IP4 192.0.2.10", "m=audio 6000 RTP/AVP 0"), "v=1": lines("v=1", "o=- 1 1 IN IP4 192.0.2.10"),
		"no o=": lines("v=0", "m=audio 6000 RTP/AVP 0"), "empty o=": lines("v=0", "o=", "m=audio 6000 RTP/AVP 0"), "JSON": []byte(`{"sdp":"v=0"}`),
	}
	for name, text := range rows {
		t.Run(name, func(t *testing.T) { wantError(t, sdp.NewBridge(trunk()).TrunkOffer(text), "bad_sdp", 400, 399) })
	}
}

func TestPacketTimesArePassedOn(t *testing.T) {
	b := call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 0", "a=ptime:30", "a=maxptime:90"))
	if got := b.TrunkRemote().PTime; got != 30 {
		t.Errorf("got %d, want 30", got)
	}
	leg, offer := offerAgent(t, b)
	if sec := offer.Sections[0]; sec.PTime != 30 || sec.MaxPTime != 90 {
		t.Errorf("browser is offered ptime %d maxptime %d, want 30 90", sec.PTime, sec.MaxPTime)
	}
	if _, err := leg.Answer(browser("active", "0", "a=ptime:20", "a=maxptime:60")); err != nil {
		t.Fatal(err)
	}
	if sec := trunkAnswer(t, b).Sections[0]; sec.PTime != 20 || sec.MaxPTime != 60 {
		t.Errorf("trunk is answered ptime %d maxptime %d, want 20 60", sec.PTime, sec.MaxPTime)
	}
	b = call(t, trunk(), offerOf("m=audio 6000 RTP/AVP 0", "a=ptime:200"))
	if _, offer = offerAgent(t, b); offer.Sections[0].PTime != 0 {
		t.Errorf("ptime %d was passed on", offer.Sections[0].PTime)
	}
}

func wantError(t testing.TB, err error, code string, status, warning int) {
	t.Helper()
	e, ok := err.(*sdp.Error)
	if !ok || e.Code != code || e.Status != status || e.Warning != warning {
		t.Errorf("got %#v, want %s %d %d", err, code, status, warning)
	}
}
