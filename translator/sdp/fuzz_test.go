package sdp_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	psdp "github.com/pion/sdp/v3"

	"offhook/translator/sdp"
)

// FuzzRewrite gives any text as the trunk's offer, as its re-offer, and as a browser's offer and answer. Security rule S9: what
// we write has only our addresses and ports, is the same when written again, and keeps the limit.
func FuzzRewrite(f *testing.F) {
	f.Add([]byte(richOffer))
	f.Add([]byte(plainOffer))
	f.Add(browser("actpass", "111 63 9 0 8 13 110 126", chromeMaps...))
	f.Add(browser("active", "8 0 101", "a=rtpmap:101 telephone-event/8000"))
	f.Add(offerOf("m=audio 6000 RTP/AVP 0", "m=video 1 RTP/AVP "+strings.Repeat("5 ", 900)))
	f.Add(offerOf(strings.TrimSuffix(strings.Repeat("m=audio 1 RTP/AVP 0\r\n", 64), "\r\n")))
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
	m, err := b.Connect(leg)
	if err != nil {
		t.Fatal(err)
	}
	r := b.TrunkRemote()
	if pt := m.ToAgent[r.Codec.PT]; pt < 0 || m.ToTrunk[pt] != int16(r.Codec.PT) {
		t.Errorf("codec %d goes to %d and does not come back", r.Codec.PT, pt)
	}
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
		"setup", "fingerprint", "ice-ufrag", "ice-pwd", "candidate", "end-of-candidates", "msid", "ssrc"}
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
