package translator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/replay"
	"offhook/translator/sdp"
)

// TestCorpusStatuses sends each real SIP message of the corpus to offhook whole, twice: the number that it calls is unknown, 404; and it leads to a queue
// that answers at once. The final status is one of those that the corpus lists; of a good INVITE ("route") 200, or 488 where no codec of its is ours.
func TestCorpusStatuses(t *testing.T) {
	dir := os.Getenv("OFFHOOK_CORPUS")
	if dir == "" {
		t.Skip("OFFHOOK_CORPUS is not set")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		SIP []struct {
			File  string          `json:"file"`
			Reply json.RawMessage `json:"reply"`
		} `json:"sip"`
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.SIP) < 100 {
		t.Fatalf("only %d messages", len(all.SIP))
	}
	for _, c := range all.SIP {
		t.Run(filepath.Base(c.File), func(t *testing.T) {
			msg, err := os.ReadFile(filepath.Join(dir, c.File))
			if err != nil {
				t.Fatal(err)
			}
			known, unknown := listed(c.Reply)
			if status := corpusExceptions[filepath.Base(c.File)]; status != "" {
				known = []string{status}
			}
			if got := finals(t, msg, true); !slices.Contains(known, got) {
				t.Errorf("its number known: got %q, want one of %q (%s)", got, known, c.Reply)
			}
			if got := finals(t, msg, false); !slices.Contains(unknown, got) {
				t.Errorf("its number unknown: got %q, want one of %q (%s)", got, unknown, c.Reply)
			}
		})
	}
}

// corpusExceptions are the messages that get another status than the corpus lists, each with its reason.
var corpusExceptions = map[string]string{
	"rfc5118-ipv4-mapped-ipv6.dat": "488", // 200 is listed, but G726-32, the one codec of its audio, is no trunk's of ours
}

// listed are the outcomes that are right, with the number known and unknown; "" is silence.
func listed(reply json.RawMessage) (known, unknown []string) {
	if string(reply) == `"route"` {
		return []string{"200", "488"}, []string{"404"}
	}
	var list []any
	if json.Unmarshal(reply, &list) != nil || len(list) == 0 {
		return []string{""}, []string{""}
	}
	for _, one := range list {
		s := fmt.Sprint(one)
		if s == "drop" {
			s = ""
		}
		unknown = append(unknown, s)
		if s != "404" {
			known = append(known, s)
		}
	}
	if len(known) < len(unknown) && !slices.Contains(known, "200") {
		known = append(known, "200", "488") // it is good, but for the number
	}
	return known, unknown
}

// finals gives the final responses to a message, in order.
func finals(t *testing.T, msg []byte, known bool) string {
	t.Helper()
	var anywhere []netip.Prefix
	for _, p := range []string{"0.0.0.0/0", "::/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} {
		anywhere = append(anywhere, netip.MustParsePrefix(p))
	}
	w, err := replay.NewWorld(replay.Setup{Route: routing(known), Policy: func(p *sdp.TrunkPolicy) { p.MediaNetworks = anywhere }})
	if err != nil {
		t.Fatal(err)
	}
	w.Tx.Receive(msg, pbxAddr, w.Now())
	w.Advance(100 * time.Millisecond)
	var got []string
	for _, m := range w.Messages() {
		if code, ok := strings.CutPrefix(m.SIP, "SIP/2.0 "); ok && !m.In && code >= "2" {
			got = append(got, code[:3])
		}
	}
	for _, p := range w.Problems() {
		t.Error(p)
	}
	return strings.Join(got, " ")
}

// routing leads every call to the queue, or knows no number.
func routing(known bool) func(*dialog.Invite) translator.Routing {
	if !known {
		return func(*dialog.Invite) translator.Routing {
			return translator.Routing{Status: http.StatusNotFound, Q850: 1}
		}
	}
	return func(*dialog.Invite) translator.Routing {
		terms := translator.Terms{Answer: translator.AnswerAtOnce}.WithDefaults()
		terms.Queue = "billing"
		return translator.Routing{Terms: terms}
	}
}
