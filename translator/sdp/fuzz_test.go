package sdp_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	psdp "github.com/pion/sdp/v3"

	"offhook/translator/sdp"
)

// FuzzRewrite gives any text in every place where the two worlds speak: the trunk's offer and re-offer, its answer to a placed call, to a late
// offer and to a hold, secured and plain; the browser's offer and answer, in calls that come and that it places. Security rule S9: what we
// write has only our addresses and ports, is the same when written again, and keeps the limit. Whatever is refused leaves the call as it was.
func FuzzRewrite(f *testing.F) {
	f.Add([]byte(richOffer))
	f.Add([]byte(plainOffer))
	f.Add(browser("actpass", "111 63 9 0 8 13 110 126", chromeMaps...))
	f.Add(browser("active", "8 0 101", "a=rtpmap:101 telephone-event/8000"))
	f.Add(offerOf("m=audio 6000 RTP/AVP 0", "m=video 1 RTP/AVP "+strings.Repeat("5 ", 900)))
	f.Add(offerOf(strings.TrimSuffix(strings.Repeat("m=audio 1 RTP/AVP 0\r\n", 64), "\r\n")))
	f.Add(offerOf(savp, "a=crypto:7 "+crypto80, "a=crypto:8 "+cryptoGCM, "a=rtcp-mux"))
	f.Add(offerOf("m=video 1 RTP/AVP 34", "m=audio 6000 RTP/AVPF 97 98", "a=rtpmap:97 PCMA/8000", "a=rtpmap:98 telephone-event/48000", "a=inactive"))
	f.Add(means("0 sendonly"))
	f.Add(offerOf(udptls, theirPrint, "a=setup:actpass", "a=rtcp-mux"))
	for _, file := range seeds(f) {
		f.Add(file)
	}
	f.Fuzz(rewrite)
}

// seeds are the golden inputs, and the corpus where it is there.
func seeds(f *testing.F) (out [][]byte) {
	files, _ := filepath.Glob(golden + "/*/*.in.sdp")
	if dir := os.Getenv("OFFHOOK_CORPUS"); dir != "" {
		more, _ := filepath.Glob(dir + "/sdp/*.sdp")
		files = append(files, more...)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}

func rewrite(t *testing.T, text []byte) {
	s, err := sdp.Parse(text)
	if err != nil {
		s = &sdp.Session{}
	}
	b := sdp.NewBridge(everywhere())
	if b.TrunkOffer(text) == nil {
		rewriteTrunk(t, b, len(s.Sections))
		if err := b.TrunkOffer(text); err != nil {
			t.Errorf("refused when offered again: %v", err)
		}
	}
	leg := anyLeg(t)
	if _, out, err := leg.Offer(text, agentLocal); err == nil {
		ours(t, out, len(s.Sections))
		if _, again, err := leg.Offer(text, agentLocal); err != nil || !bytes.Equal(out, again) {
			t.Errorf("answered once with\n%s\nand again with %v\n%s", out, err, again)
		}
	}
	_, _ = leg.Answer(text)
	rewriteDial(t, text)
	rewriteAnswer(t, text)
	rewriteTalking(t, text)
	rewriteDTLS(t, text)
	rewriteTalk(t, text)
}

// rewriteDial places a call with the text, which the trunk takes as it is.
func rewriteDial(t *testing.T, text []byte) {
	b := sdp.NewBridge(withSRTP(everywhere()))
	leg, err := b.Dial(text)
	if err != nil {
		return
	}
	offer, err := b.OfferTrunk(secured, sdp.Keep)
	if err != nil {
		t.Fatal(err)
	}
	ours(t, offer, 1)
	if err := b.TrunkAccept("a", bytes.ReplaceAll(offer, []byte("203.0.113.5"), []byte("192.0.2.10"))); err != nil {
		t.Fatalf("what we offer cannot be answered: %v\n%s", err, offer)
	}
	s, _ := sdp.Parse(text)
	_, answer, err := leg.AnswerDial(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	ours(t, answer, len(s.Sections))
	joined(t, b, leg)
}

// rewriteAnswer gives the text as the trunk's answer to a placed call and to a late offer, of two forks.
func rewriteAnswer(t *testing.T, text []byte) {
	b, leg, _ := dial(t, withMux(everywhere()), chromeOffer())
	before := b.TrunkRemote()
	if err := b.TrunkEarly("a", text, false); err != nil && b.TrunkRemote() != before {
		t.Errorf("%v, and yet %+v", err, b.TrunkRemote())
	}
	if err := b.TrunkAccept("b", plainOffer); err != nil && !errors.Is(err, sdp.ErrOtherCodec) {
		t.Fatal(err)
	}
	if _, answer, err := leg.AnswerDial(agentLocal); err != nil {
		t.Fatal(err)
	} else {
		ours(t, answer, 1)
	}
	joined(t, b, leg)

	b = sdp.NewBridge(everywhere())
	if err := b.TrunkLate(); err != nil {
		t.Fatal(err)
	}
	late, offer, err := b.OfferAgent(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := late.Answer(asAnswer(offer)); err != nil {
		t.Fatal(err)
	}
	offerTrunk(t, b, sdp.Keep)
	if b.TrunkAccept("", text) == nil {
		joined(t, b, late)
	}
}

// rewriteTalking gives the text as answer and as offer within a call that the agent holds.
func rewriteTalking(t *testing.T, text []byte) {
	b := talking(t)
	offerTrunk(t, b, sdp.Hold)
	if b.TrunkAccept("", text) != nil {
		b.TrunkRollback()
	}
	before := b.TrunkRemote()
	if err := b.TrunkOffer(text); err != nil && b.TrunkRemote() != before {
		t.Errorf("%v, and yet %+v", err, b.TrunkRemote())
	} else if err == nil {
		if answer, err := b.TrunkAnswer(trunkLocal); err == nil {
			s, _ := sdp.Parse(text)
			ours(t, answer, len(s.Sections))
		}
	}
	if b.Signaling() != sdp.Stable {
		t.Errorf("the dialog stays %s", b.Signaling())
	}
	resume, err := b.OfferTrunk(trunkLocal, sdp.Resume)
	if err != nil {
		t.Fatal(err)
	}
	if b.TrunkRollback(); len(resume) > sdp.MaxBytes {
		t.Errorf("%d bytes", len(resume))
	}
}

// rewriteDTLS gives the text as offer and as answer to a trunk that is secured by DTLS.
func rewriteDTLS(t *testing.T, text []byte) {
	p := everywhere()
	p.DTLS = true
	b := sdp.NewBridge(p)
	if b.TrunkOffer(text) == nil {
		local := certified
		if b.TrunkRemote().RTP.Addr().Is6() {
			local.Addr = trunkLocal6
		}
		if answer, err := b.TrunkAnswer(local); err == nil {
			s, _ := sdp.Parse(text)
			ours(t, answer, len(s.Sections))
		}
		if prints := b.TrunkRemote().Fingerprints; prints == nil || len(*prints) == 0 {
			t.Error("taken without a fingerprint")
		}
	}
	b = sdp.NewBridge(p)
	if _, err := b.Dial(chromeOffer()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.OfferTrunk(certified, sdp.Keep); err != nil {
		t.Fatal(err)
	}
	if err := b.TrunkAccept("a", text); err == nil && b.TrunkRemote().Fingerprints == nil {
		t.Error("taken without a fingerprint")
	}
}

// rewriteTalk places a call with the text to another browser, which takes what it is offered.
func rewriteTalk(t *testing.T, text []byte) {
	b := sdp.NewBridge(everywhere())
	leg, err := b.Dial(text)
	if err != nil {
		return
	}
	other, offer, err := b.OfferAgent(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	ours(t, offer, 1)
	if _, err := other.Answer(asAnswer(offer)); err != nil {
		t.Fatalf("what we offer cannot be answered: %v\n%s", err, offer)
	}
	s, _ := sdp.Parse(text)
	_, answer, err := leg.AnswerDial(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	ours(t, answer, len(s.Sections))
	m, err := b.Talk(leg, other)
	if err != nil {
		t.Fatal(err)
	}
	if speech, err := b.Speech(); err != nil || m.ToTrunk[speech.Codec.PT] < 0 {
		t.Errorf("%v: codec %v is not passed on: %v", err, speech.Codec, m.ToTrunk)
	}
}

func withMux(p sdp.TrunkPolicy) sdp.TrunkPolicy {
	p.RTCPMux = true
	return p
}

// joined checks that the codec in use goes to the trunk and comes to the browser in the number that the browser sends. The trunk may send it
// with another number than it gets it (RFC 3264 §6.1).
func joined(t *testing.T, b *sdp.Bridge, leg *sdp.AgentLeg) {
	t.Helper()
	m := connect(t, b, leg)
	r := b.TrunkRemote()
	if !r.Send && !r.Receive {
		return // maybe a fork with another codec, to be offered ours
	}
	for pt, to := range m.ToTrunk {
		if to == int16(r.Codec.PT) && slices.Contains(m.ToAgent[:], int16(pt)) {
			return
		}
	}
	t.Errorf("codec %d is not passed both ways: %v %v", r.Codec.PT, m.ToTrunk, m.ToAgent)
}

// rewriteTrunk follows a good trunk offer to the browser and back.
func rewriteTrunk(t *testing.T, b *sdp.Bridge, sections int) {
	leg, offer, err := b.OfferAgent(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	ours(t, offer, 1)
	// A browser that takes everything as it is: our own offer, with its role chosen.
	if _, err := leg.Answer(bytes.Replace(bytes.Replace(offer, []byte("actpass"), []byte("active"), 1), []byte("a=ice-lite\r\n"), nil, 1)); err != nil {
		t.Fatalf("what we offer cannot be answered: %v\n%s", err, offer)
	}
	local := trunkLocal
	if b.TrunkRemote().RTP.Addr().Is6() {
		local.Addr = trunkLocal6
	}
	answer, err := b.TrunkAnswer(local)
	if err != nil {
		return // a family that this side has not
	}
	ours(t, answer, sections)
	if again, err := b.TrunkAnswer(local); err != nil || !bytes.Equal(answer, again) {
		t.Errorf("answered once with\n%s\nand again with %v\n%s", answer, err, again)
	}
	joined(t, b, leg)
}

// ours checks that a text of ours can be read again, line by line of kinds that we write, and names no place but ours.
func ours(t *testing.T, text []byte, sections int) {
	t.Helper()
	if len(text) > sdp.MaxBytes {
		t.Errorf("%d bytes", len(text))
	}
	s, err := sdp.Parse(text)
	if err != nil || len(s.Sections) != sections {
		t.Fatalf("%v, want %d sections\n%s", err, sections, text)
	}
	var strict psdp.SessionDescription
	if sections == 1 {
		if err := strict.Unmarshal(text); err != nil {
			t.Errorf("a strict parser says %v of\n%s", err, text)
		}
	}
	for l := range strings.SplitSeq(strings.TrimSuffix(string(text), "\r\n"), "\r\n") {
		if len(l) < 3 || l[1] != '=' || strings.ContainsAny(l, "\r\n\x00") || !ourLine(l[0], strings.Fields(l[2:])) {
			t.Errorf("line %q is not ours in\n%s", l, text)
		}
	}
}

var (
	ourAddresses = []string{"203.0.113.5", "2001:db8:1::5"}
	ourPorts     = []string{"0", "40000", "40002"}
	ourLines     = []string{"ice-lite", "group", "rtpmap", "fmtp", "ptime", "maxptime", "mid", "sendrecv", "sendonly", "recvonly", "inactive", "rtcp-mux",
		"setup", "fingerprint", "ice-ufrag", "ice-pwd", "candidate", "end-of-candidates", "msid", "ssrc", "crypto"}
)

func ourLine(kind byte, f []string) bool {
	switch kind {
	case 'v', 's', 't':
		return true
	case 'o':
		return len(f) == 6 && f[0] == "-" && isNumber(f[1]) && isNumber(f[2]) && slices.Contains(ourAddresses, f[5])
	case 'c':
		return len(f) == 3 && slices.Contains(ourAddresses, f[2])
	case 'm':
		return len(f) >= 4 && slices.Contains(ourPorts, f[1])
	case 'a':
		name, _, _ := strings.Cut(f[0], ":")
		if name == "candidate" && (f[4] != "203.0.113.5" || f[5] != "40000") {
			return false
		}
		return slices.Contains(ourLines, name)
	}
	return false
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 63)
	return err == nil
}
