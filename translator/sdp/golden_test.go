package sdp_test

import (
	"bytes"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	psdp "github.com/pion/sdp/v3"

	"offhook/translator/sdp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden is the folder of the pairs; its README tells their origin.
const golden = "../../testdata/sdp"

var trunkLocal6 = netip.MustParseAddrPort("[2001:db8:1::5]:40002")

// TestGoldenTrunkOffers holds, for each offer of a trunk (x.in.sdp), what the browser is offered (x.want.sdp) and what the trunk is
// answered once the browser took all of it (x.answer.want.sdp). An offer that is refused has its error in x.want.sdp.
func TestGoldenTrunkOffers(t *testing.T) {
	for _, in := range goldenInputs(t, "trunk") {
		t.Run(filepath.Base(in), func(t *testing.T) {
			b := sdp.NewBridge(everywhere())
			if err := b.TrunkOffer(readFile(t, in)); err != nil {
				compare(t, in, ".want.sdp", []byte(err.Error()+"\n"))
				return
			}
			leg, offer, err := b.OfferAgent(agentLocal)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, in, ".want.sdp", offer)
			taken := strings.NewReplacer("setup:actpass", "setup:active", "a=ice-lite\r\n", "").Replace(string(offer))
			if _, err := leg.Answer([]byte(taken)); err != nil {
				t.Fatal(err)
			}
			local := trunkLocal
			if b.TrunkRemote().RTP.Addr().Is6() {
				local.Addr = trunkLocal6
			}
			answer, err := b.TrunkAnswer(local)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, in, ".answer.want.sdp", answer)
		})
	}
}

// TestGoldenBrowserOffers holds, for each offer of a browser, our answer.
func TestGoldenBrowserOffers(t *testing.T) {
	for _, in := range goldenInputs(t, "browser") {
		t.Run(filepath.Base(in), func(t *testing.T) {
			_, answer, err := anyLeg(t).Offer(readFile(t, in), agentLocal)
			if err != nil {
				answer = []byte(err.Error() + "\n")
			} else {
				// What a browser gets is read by a strict parser too, here pion/sdp's.
				var d psdp.SessionDescription
				if err := d.Unmarshal(answer); err != nil {
					t.Error(err)
				}
			}
			compare(t, in, ".want.sdp", answer)
		})
	}
}

// TestGoldenDial holds, for each offer of a browser that places a call, what the trunk is offered (x.want.sdp), and for the trunk's answer
// (x.answer.in.sdp) what the browser is answered (x.answer.want.sdp).
func TestGoldenDial(t *testing.T) {
	for _, in := range goldenInputs(t, "dial") {
		t.Run(filepath.Base(in), func(t *testing.T) {
			b := sdp.NewBridge(everywhere())
			leg, err := b.Dial(readFile(t, in))
			if err != nil {
				compare(t, in, ".want.sdp", []byte(err.Error()+"\n"))
				return
			}
			offer, err := b.OfferTrunk(trunkLocal, sdp.Keep)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, in, ".want.sdp", offer)
			if err := b.TrunkAccept("a", readFile(t, strings.TrimSuffix(in, ".in.sdp")+".answer.in.sdp")); err != nil {
				compare(t, in, ".answer.want.sdp", []byte(err.Error()+"\n"))
				return
			}
			_, answer, err := leg.AnswerDial(agentLocal)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, in, ".answer.want.sdp", answer)
		})
	}
}

// TestGoldenSecured holds our answer to each offer of a trunk where SRTP is optional.
func TestGoldenSecured(t *testing.T) {
	for _, in := range goldenInputs(t, "secured") {
		t.Run(filepath.Base(in), func(t *testing.T) {
			b := sdp.NewBridge(withSRTP(everywhere()))
			var answer []byte
			err := b.TrunkOffer(readFile(t, in))
			if err == nil {
				answer, err = b.TrunkAnswer(secured)
			}
			if err != nil {
				answer = []byte(err.Error() + "\n")
			}
			compare(t, in, ".want.sdp", answer)
		})
	}
}

// TestGoldenLate holds what is offered when the INVITE has no offer, and what follows the ACK's answer.
func TestGoldenLate(t *testing.T) {
	for _, in := range goldenInputs(t, "late") {
		t.Run(filepath.Base(in), func(t *testing.T) {
			b := sdp.NewBridge(everywhere())
			if err := b.TrunkLate(); err != nil {
				t.Fatal(err)
			}
			leg, toBrowser, err := b.OfferAgent(agentLocal)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := leg.Answer(asAnswer(toBrowser)); err != nil {
				t.Fatal(err)
			}
			toTrunk, err := b.OfferTrunk(trunkLocal, sdp.Keep)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, in, ".offer.want.sdp", append(append(toBrowser, '\n'), toTrunk...))
			if err := b.TrunkAccept("", readFile(t, in)); err != nil {
				compare(t, in, ".want.sdp", []byte(err.Error()+"\n"))
				return
			}
			hold, err := b.OfferTrunk(trunkLocal, sdp.Hold)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, in, ".want.sdp", hold)
		})
	}
}

func goldenInputs(t *testing.T, side string) []string {
	files, err := filepath.Glob(filepath.Join(golden, side, "*.in.sdp"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	return slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".answer.in.sdp") })
}

// compare holds got to the file beside in, or writes it.
func compare(t *testing.T, in, suffix string, got []byte) {
	t.Helper()
	file := strings.TrimSuffix(in, ".in.sdp") + suffix
	text := normalise(got)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := string(readFile(t, file)); text != want {
		t.Errorf("%s\n got\n%s\nwant\n%s", file, text, want)
	}
}

// normalise puts names in place of what is random in a running gateway. Nothing else is masked; line ends become LF.
func normalise(text []byte) string {
	for s := sdp.AESCM80; s <= sdp.GCM256; s++ {
		text = bytes.ReplaceAll(text, []byte(inline(s)), []byte("KEY"))
	}
	return strings.NewReplacer("\r\n", "\n", agentLocal.Fingerprint, "FINGERPRINT", agentLocal.Ufrag, "UFRAG", agentLocal.Pwd, "PWD",
		"o=- 4611 ", "o=- SESSION ", "o=- 2305 ", "o=- SESSION ", "ssrc:4242 cname:c", "ssrc:SSRC cname:CNAME").Replace(string(text))
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
