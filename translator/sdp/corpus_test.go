package sdp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
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
	Result    string         `json:"result"`
	Status    int            `json:"status"`
	Error     string         `json:"error"`
	Section   int            `json:"accepted_section"`
	Sections  int            `json:"sections"`
	Codecs    [][2]any       `json:"codecs"`
	EventPT   any            `json:"dtmf_pt"` // a number of SIP, by clock of WebRTC
	Fallback  any            `json:"dtmf_pt_8000_fallback"`
	Direction string         `json:"answer_direction"`
	Peer      string         `json:"peer_direction"`
	Browser   string         `json:"direction"`
	SDES      string         `json:"with_sdes"`
	G711      *corpusOutcome `json:"g711_only"`
}

type corpusFile struct {
	File   string        `json:"file"`
	Kind   string        `json:"kind"`
	Facts  []corpusFacts `json:"facts"`
	Expect corpusOutcome `json:"expect"`
}

// hostNames are the corpus's descriptions whose addresses are names of a document (RFC 4317). The corpus takes the names for good for
// want of a better; a name of a message is never looked up, so it is refused. With an address in its place they are held to all else.
const hostNames = "sdp/rfc4317-"

var documentName = regexp.MustCompile(`IN IP4 \S+\.example\.com`)

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

// everywhere is a trunk whose media may be anywhere, private networks included, with all codecs or those given.
func everywhere(codecs ...string) sdp.TrunkPolicy {
	if codecs == nil {
		codecs = []string{"opus", "G722", "PCMU", "PCMA"}
	}
	p := sdp.TrunkPolicy{Codecs: codecs}
	for _, n := range []string{"0.0.0.0/0", "::/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "fc00::/7"} {
		p.MediaNetworks = append(p.MediaNetworks, netip.MustParsePrefix(n))
	}
	return p
}

// corpusTrunks are the trunks that an outcome is told for.
var corpusTrunks = []struct {
	name   string
	trunk  sdp.TrunkPolicy
	expect func(corpusOutcome) *corpusOutcome // nil: nothing is told
}{
	{"all codecs", everywhere(), func(o corpusOutcome) *corpusOutcome { return &o }},
	{"G.711 only", everywhere("PCMU", "PCMA"), func(o corpusOutcome) *corpusOutcome { return o.G711 }},
	{"SDES", withSRTP(everywhere()), func(o corpusOutcome) *corpusOutcome {
		if o.SDES == "" {
			return nil
		}
		return &corpusOutcome{Result: o.SDES, Status: 488}
	}},
}

func withSRTP(p sdp.TrunkPolicy) sdp.TrunkPolicy {
	p.SRTP = sdp.SRTPOptional
	return p
}

// eachOutcome runs a check for each file of a kind on each trunk that its outcome is told for.
func eachOutcome(t *testing.T, kind string, check func(t *testing.T, p sdp.TrunkPolicy, text []byte, want corpusOutcome)) {
	dir, files := corpus(t)
	seen := 0
	for _, f := range files {
		if f.Kind != kind {
			continue
		}
		seen++
		for _, c := range corpusTrunks {
			want := c.expect(f.Expect)
			if want == nil {
				continue
			}
			t.Run(f.File+" "+c.name, func(t *testing.T) {
				if why := corpusExceptions[f.File]; why != "" {
					t.Skip(why)
				}
				text := f.read(t, dir)
				if strings.HasPrefix(f.File, hostNames) {
					check(t, c.trunk, text, corpusOutcome{Result: "reject", Status: 488, Error: want.Error})
					text = documentName.ReplaceAll(text, []byte("IN IP4 192.0.2.10"))
				}
				check(t, c.trunk, text, *want)
			})
		}
	}
	if seen == 0 {
		t.Errorf("the corpus has no %s", kind)
	}
}

// TestCorpusTrunkOffers holds the judgement of each description that a trunk might offer, and our answer to it.
func TestCorpusTrunkOffers(t *testing.T) {
	eachOutcome(t, "SIP offer", func(t *testing.T, p sdp.TrunkPolicy, text []byte, want corpusOutcome) {
		b := sdp.NewBridge(p)
		err := b.TrunkOffer(text)
		if want.Result == "reject" {
			if want.Status == 0 { // of G.711 only: no codec
				want.Status = 488
			}
			wantStatus(t, err, want.Status)
			return
		}
		if err != nil {
			t.Fatalf("got %v, want %s", err, want.Result)
		}
		checkCorpusAnswer(t, b, want)
	})
}

func checkCorpusAnswer(t *testing.T, b *sdp.Bridge, want corpusOutcome) {
	remote := b.TrunkRemote()
	local := secured
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
	if want.Codecs == nil { // "either", and it was taken; or SDES, of which no more is told than that
		return
	}
	checkSections(t, s, want)
	used := s.Sections[want.Section]
	if got := used.Direction.String(); got != want.Direction {
		t.Errorf("got a=%s, want a=%s", got, want.Direction)
	}
	checkRemote(t, remote, want)
}

func checkSections(t *testing.T, s *sdp.Session, want corpusOutcome) {
	t.Helper()
	if len(s.Sections) != want.Sections {
		t.Fatalf("got %d sections, want %d", len(s.Sections), want.Sections)
	}
	for i, sec := range s.Sections {
		if used := sec.Port != 0; used != (i == want.Section) {
			t.Errorf("section %d has port %d, section %d is the one to use", i, sec.Port, want.Section)
		}
	}
}

// checkRemote holds codec and events of the trunk.
func checkRemote(t *testing.T, remote sdp.TrunkRemote, want corpusOutcome) {
	t.Helper()
	if got := pair(remote.Codec); got != want.Codecs[0] {
		t.Errorf("got codec %v, want %v", got, want.Codecs[0])
	}
	event, ok := want.EventPT.(float64)
	if !ok {
		event, ok = want.Fallback.(float64)
	}
	if ok != (remote.Event.Name != "") || ok && float64(remote.Event.PT) != event {
		t.Errorf("got events %v, want %v", remote.Event, event)
	}
}

func pair(c sdp.Codec) [2]any { return [2]any{float64(c.PT), c.Name} }

// TestCorpusTrunkAnswers takes each description that a trunk might answer with as the answer to the offer of a call that a browser places, and
// holds what the browser is answered.
func TestCorpusTrunkAnswers(t *testing.T) {
	eachOutcome(t, "SIP answer", func(t *testing.T, p sdp.TrunkPolicy, text []byte, want corpusOutcome) {
		b, leg, _ := dial(t, p, chromeOffer())
		err := b.TrunkAccept("a", text)
		if want.Result == "reject" {
			wantStatus(t, err, 488)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		remote := b.TrunkRemote()
		checkRemote(t, remote, want)
		if sends, receives := strings.Contains(want.Peer, "send"), want.Peer == "sendrecv" || want.Peer == "recvonly"; remote.Receive != sends || remote.Send != receives {
			t.Errorf("got send %v, receive %v from a peer that is %s", remote.Send, remote.Receive, want.Peer)
		}
		_, s := answerDial(t, leg)
		if got, names := relayedOf(s.Sections[0]), namesOf(want.Codecs); got != names {
			t.Errorf("the browser is answered %q, want %q", got, names)
		}
		m := connect(t, b, leg)
		for _, c := range want.Codecs {
			if m.ToAgent[int(c[0].(float64))] < 0 {
				t.Errorf("%v does not reach the browser", c)
			}
		}
	})
}

// relayedOf names the codecs of a section.
func relayedOf(s sdp.Section) string {
	var names []string
	for _, c := range s.Codecs {
		if c.Relayed() {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, " ")
}

func namesOf(codecs [][2]any) string {
	var names []string
	for _, c := range codecs {
		names = append(names, c[1].(string))
	}
	return strings.Join(names, " ")
}

// TestCorpusDial places a call with each description that a browser might offer: what the trunk is offered, and what the browser is answered when
// the trunk takes everything.
func TestCorpusDial(t *testing.T) {
	eachOutcome(t, "WebRTC offer", func(t *testing.T, p sdp.TrunkPolicy, text []byte, want corpusOutcome) {
		b := sdp.NewBridge(p)
		leg, err := b.Dial(text)
		if want.Result == "reject" {
			wantCode(t, err, want.Error)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		offer, err := b.OfferTrunk(trunkLocal, sdp.Keep)
		if err != nil {
			t.Fatal(err)
		}
		if s := parse(t, offer); len(s.Sections) != 1 || relayedOf(s.Sections[0]) != namesOf(want.Codecs) {
			t.Errorf("the trunk is offered %q in %d sections, want %q in 1", relayedOf(s.Sections[0]), len(s.Sections), namesOf(want.Codecs))
		}
		accept(t, b, bytes.ReplaceAll(offer, []byte("203.0.113.5"), []byte("192.0.2.10")))
		remote, s := answerDial(t, leg)
		checkSections(t, s, want)
		checkBrowser(t, remote, want)
		if got := s.Sections[want.Section].Direction; got != mirror[want.Browser] {
			t.Errorf("a browser that is %s is answered %s", want.Browser, got)
		}
		if got := relayedOf(s.Sections[want.Section]); got != namesOf(want.Codecs) {
			t.Errorf("the browser is answered %q, want %q", got, namesOf(want.Codecs))
		}
	})
}

var mirror = map[string]sdp.Direction{"sendrecv": sdp.SendRecv, "sendonly": sdp.RecvOnly, "recvonly": sdp.SendOnly, "inactive": sdp.Inactive}

// checkBrowser holds codec and events of a browser: those of the codec's clock, else those at 8000 Hz.
func checkBrowser(t *testing.T, remote sdp.AgentRemote, want corpusOutcome) {
	t.Helper()
	if got := pair(remote.Codec); got != want.Codecs[0] {
		t.Errorf("got codec %v, want %v", got, want.Codecs[0])
	}
	byClock, _ := want.EventPT.(map[string]any)
	event, ok := byClock[strconv.Itoa(remote.Codec.Clock)].(float64)
	if !ok {
		event, ok = byClock["8000"].(float64)
	}
	if ok != (remote.Event.Name != "") || ok && float64(remote.Event.PT) != event {
		t.Errorf("got events %v, want %v of %v", remote.Event, event, byClock)
	}
}

// TestCorpusBrowserOffers restarts a leg with each description that a browser might offer.
func TestCorpusBrowserOffers(t *testing.T) {
	eachOutcome(t, "WebRTC offer", func(t *testing.T, p sdp.TrunkPolicy, text []byte, want corpusOutcome) {
		remote, out, err := legOf(t, p).Offer(text, agentLocal)
		if want.Result == "reject" {
			wantCode(t, err, want.Error)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		checkBrowser(t, remote, want)
		checkSections(t, parse(t, out), want)
	})
}

// TestCorpusBrowserAnswers holds the judgement of each description that a browser might answer with.
func TestCorpusBrowserAnswers(t *testing.T) {
	eachOutcome(t, "WebRTC answer", func(t *testing.T, p sdp.TrunkPolicy, text []byte, want corpusOutcome) {
		remote, err := legOf(t, p).Answer(text)
		if want.Result == "reject" {
			wantCode(t, err, want.Error)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		checkBrowser(t, remote, want)
		var got [][2]any
		for _, c := range remote.Codecs {
			got = append(got, pair(c))
		}
		if !reflect.DeepEqual(got, want.Codecs) {
			t.Errorf("got codecs %v, want %v", got, want.Codecs)
		}
	})
}

// anyLeg is a leg of a call whose trunk offered everything.
func anyLeg(t testing.TB) *sdp.AgentLeg { return legOf(t, everywhere()) }

func legOf(t testing.TB, p sdp.TrunkPolicy) *sdp.AgentLeg {
	b := sdp.NewBridge(p)
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
