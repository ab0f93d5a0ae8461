package sdp_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"offhook/translator/sdp"
)

// corpusFacts is one section's facts in the corpus's expected.json.
type corpusFacts struct {
	Media     string   `json:"media"`
	Port      int      `json:"port"`
	Proto     string   `json:"proto"`
	Formats   []string `json:"formats"`
	Direction string   `json:"direction"`
	Codecs    [][2]any `json:"codecs"`
	Events    [][2]any `json:"telephone_event"`
	Conn      string   `json:"conn"`
	Crypto    int      `json:"crypto"`
	ICE       bool     `json:"ice"`
	Print     bool     `json:"fingerprint"`
}

type corpusOutcome struct {
	Result    string   `json:"result"`
	Status    int      `json:"status"`
	Error     string   `json:"error"`
	Section   int      `json:"accepted_section"`
	Sections  int      `json:"sections"`
	Codecs    [][2]any `json:"codecs"`
	EventPT   any      `json:"dtmf_pt"`
	Direction string   `json:"answer_direction"`
}

type corpusFile struct {
	File   string        `json:"file"`
	Kind   string        `json:"kind"`
	Facts  []corpusFacts `json:"facts"`
	Expect corpusOutcome `json:"expect"`
}

// hostNames are the corpus's descriptions whose addresses are names of a document (RFC 4317): the corpus takes them for good
// for want of a better; a name of a message is never looked up, so a trunk gets 488.
const hostNames = "sdp/rfc4317-"

// corpusExceptions are the files whose facts or outcome differ from expected.json, with the reason.
var corpusExceptions = map[string]string{
	"sdp/avd-cisco-bfcp.sdp facts": "its third section is UDP/BFCP, whose format 0 is no payload type; the corpus reads it as PCMU",
	"sdp/jsep-answer-C2.sdp":       "a=setup:passive leaves no role for us: offhook is always the DTLS server (RFC 8842 §5.3)",
}

// corpus reads the folder of real descriptions, which is not part of the product.
func corpus(t testing.TB) (string, []corpusFile) {
	dir := os.Getenv("OFFHOOK_CORPUS")
	if dir == "" {
		t.Skip("OFFHOOK_CORPUS is not set")
	}
	data, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		SDP []corpusFile `json:"sdp"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return dir, all.SDP
}

func (f corpusFile) read(t testing.TB, dir string) []byte {
	text, err := os.ReadFile(filepath.Join(dir, f.File))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestCorpusFacts holds the parser to what stands in each section of each description.
func TestCorpusFacts(t *testing.T) {
	dir, files := corpus(t)
	for _, f := range files {
		t.Run(f.File, func(t *testing.T) {
			if why := corpusExceptions[f.File+" facts"]; why != "" {
				t.Skip(why)
			}
			s, err := sdp.Parse(f.read(t, dir))
			if err != nil {
				if f.Expect.Result == "reject" && f.Expect.Status == 400 {
					return
				}
				t.Fatal(err)
			}
			if len(s.Sections) != len(f.Facts) {
				t.Fatalf("got %d sections, want %d", len(s.Sections), len(f.Facts))
			}
			for i, want := range f.Facts {
				got := factsOf(s.Sections[i])
				want.normalise()
				if !reflect.DeepEqual(got, want) {
					t.Errorf("section %d\n got %s\nwant %s", i, asJSON(got), asJSON(want))
				}
			}
		})
	}
}

// factsOf puts a section into the corpus's words.
func factsOf(s sdp.Section) corpusFacts {
	f := corpusFacts{
		Media: s.Media, Port: s.Port, Proto: s.Proto, Formats: s.Formats, Direction: s.Direction.String(), Crypto: s.Crypto,
		ICE: s.Ufrag != "" && s.Pwd != "", Print: len(s.Fingerprints) > 0 || s.BadFingerprint,
	}
	if s.Conn != (sdp.Connection{}) {
		f.Conn = s.Conn.String()
	}
	for _, c := range s.Codecs {
		switch {
		case c.Relayed():
			f.Codecs = append(f.Codecs, [2]any{float64(c.PT), c.Name})
		case c.Name == "telephone-event":
			f.Events = append(f.Events, [2]any{float64(c.PT), float64(c.Clock)})
		}
	}
	f.normalise()
	return f
}

// normalise makes empty lists nil.
func (f *corpusFacts) normalise() {
	if len(f.Formats) == 0 {
		f.Formats = nil
	}
	if len(f.Codecs) == 0 {
		f.Codecs = nil
	}
	if len(f.Events) == 0 {
		f.Events = nil
	}
}

func asJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// everywhere is a trunk whose media may be anywhere, private networks included, with opus.
func everywhere() sdp.TrunkPolicy {
	p := sdp.TrunkPolicy{Codecs: []string{"opus", "G722", "PCMU", "PCMA"}}
	for _, n := range []string{"0.0.0.0/0", "::/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "fc00::/7"} {
		p.MediaNetworks = append(p.MediaNetworks, netip.MustParsePrefix(n))
	}
	return p
}

// TestCorpusTrunkOffers holds the judgement of each description that a trunk might offer, and our answer to it.
func TestCorpusTrunkOffers(t *testing.T) {
	dir, files := corpus(t)
	for _, f := range files {
		if f.Kind != "SIP offer" {
			continue
		}
		t.Run(f.File, func(t *testing.T) {
			if why := corpusExceptions[f.File]; why != "" {
				t.Skip(why)
			}
			b := sdp.NewBridge(everywhere())
			err := b.TrunkOffer(f.read(t, dir))
			if strings.HasPrefix(f.File, hostNames) {
				wantStatus(t, err, 488)
				return
			}
			if f.Expect.Result == "reject" {
				wantStatus(t, err, f.Expect.Status)
				return
			}
			if err != nil {
				t.Fatalf("got %v, want %s", err, f.Expect.Result)
			}
			checkCorpusAnswer(t, b, f)
		})
	}
}

func checkCorpusAnswer(t *testing.T, b *sdp.Bridge, f corpusFile) {
	remote := b.TrunkRemote()
	local := trunkLocal
	text, err := b.TrunkAnswer(local)
	if err != nil {
		local.Addr = trunkLocal6
		if text, err = b.TrunkAnswer(local); err != nil {
			t.Fatal(err)
		}
	}
	s, err := sdp.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if f.Expect.Result != "accept" { // "either": it was taken, and that is one of the two
		return
	}
	if len(s.Sections) != f.Expect.Sections {
		t.Fatalf("got %d sections, want %d", len(s.Sections), f.Expect.Sections)
	}
	for i, sec := range s.Sections {
		if used := sec.Port != 0; used != (i == f.Expect.Section) {
			t.Errorf("section %d has port %d, section %d is the one to use", i, sec.Port, f.Expect.Section)
		}
	}
	used := s.Sections[f.Expect.Section]
	if got := used.Direction.String(); got != f.Expect.Direction {
		t.Errorf("got a=%s, want a=%s", got, f.Expect.Direction)
	}
	if got := [2]any{float64(remote.Codec.PT), remote.Codec.Name}; got != f.Expect.Codecs[0] {
		t.Errorf("got codec %v, want %v", got, f.Expect.Codecs[0])
	}
	if want, ok := f.Expect.EventPT.(float64); ok && (remote.Event.Name == "" || float64(remote.Event.PT) != want) {
		t.Errorf("got events %v, want %v", remote.Event, want)
	}
}

// TestCorpusBrowserOffers holds the judgement of each description that a browser might offer.
func TestCorpusBrowserOffers(t *testing.T) {
	dir, files := corpus(t)
	for _, f := range files {
		if f.Kind != "WebRTC offer" {
			continue
		}
		t.Run(f.File, func(t *testing.T) {
			if why := corpusExceptions[f.File]; why != "" {
				t.Skip(why)
			}
			leg := anyLeg(t)
			remote, text, err := leg.Offer(f.read(t, dir), agentLocal)
			if f.Expect.Result == "reject" {
				wantCode(t, err, f.Expect.Error)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := [2]any{float64(remote.Codec.PT), remote.Codec.Name}; got != f.Expect.Codecs[0] {
				t.Errorf("got codec %v, want %v", got, f.Expect.Codecs[0])
			}
			s, err := sdp.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			for i, sec := range s.Sections {
				if used := sec.Port != 0; used != (i == f.Expect.Section) {
					t.Errorf("section %d has port %d, section %d is the one to use", i, sec.Port, f.Expect.Section)
				}
			}
		})
	}
}

// TestCorpusBrowserAnswers holds the judgement of each description that a browser might answer with.
func TestCorpusBrowserAnswers(t *testing.T) {
	dir, files := corpus(t)
	for _, f := range files {
		if f.Kind != "WebRTC answer" {
			continue
		}
		t.Run(f.File, func(t *testing.T) {
			if why := corpusExceptions[f.File]; why != "" {
				t.Skip(why)
			}
			remote, err := anyLeg(t).Answer(f.read(t, dir))
			if f.Expect.Result == "reject" {
				wantCode(t, err, f.Expect.Error)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := [2]any{float64(remote.Codec.PT), remote.Codec.Name}; got != f.Expect.Codecs[0] {
				t.Errorf("got codec %v, want %v", got, f.Expect.Codecs[0])
			}
		})
	}
}

// anyLeg is a leg of a call whose trunk offered everything.
func anyLeg(t testing.TB) *sdp.AgentLeg {
	b := sdp.NewBridge(everywhere())
	offer := offerOf("m=audio 6000 RTP/AVP 96 9 0 8 101 102", "a=rtpmap:96 opus/48000/2", "a=rtpmap:101 telephone-event/8000",
		"a=rtpmap:102 telephone-event/48000")
	if err := b.TrunkOffer(offer); err != nil {
		t.Fatal(err)
	}
	leg, _, err := b.OfferAgent(agentLocal)
	if err != nil {
		t.Fatal(err)
	}
	return leg
}

func wantStatus(t testing.TB, err error, status int) {
	t.Helper()
	var e *sdp.Error
	if !errors.As(err, &e) || e.Status != status {
		t.Errorf("got %v, want status %d", err, status)
	}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	var e *sdp.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("got %v, want %s", err, code)
	}
}
