package imports

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "offhook"
	root   = "../.."
)

// wall is what one folder may import beside the standard library, and why no more.
type wall struct {
	ours  []string // folders of ours; "*" is all of them but test kits
	third []string // module paths; their packages are meant too
	why   string
	kit   bool // for tests only: no file of the product may import it
}

// walls is the table. A folder that is not in it does not pass: a new one needs a line here and a reason in docs/decisions.
var walls = map[string]wall{
	"cmd/offhook": {ours: []string{"*"}, why: "main wires the parts together and does nothing that a library would help with"},
	"translator": {ours: []string{"queue", "agent/protocol", "media", "translator/dialog", "translator/directory", "translator/sdp"},
		why: "a call is decided without a network, so that it can be replayed: SIP, sockets and packets stay behind the folders that it names"},
	"translator/dialog": {third: []string{"github.com/emiago/sipgo"},
		why: "a dialog knows SIP and nothing else, and is the only place that knows the SIP library"},
	"translator/sdp": {third: []string{"github.com/pion/sdp/v3"},
		why: "descriptions are rewritten by pure functions, so that every pair of them is a test"},
	"translator/dialplan": {why: "who may call what is decided from strings alone, so that every spelling of a number is a test"},
	"translator/directory": {ours: []string{"agent/protocol"}, third: []string{"golang.org/x/text"},
		why: "whom a query means is decided from strings alone, so that every spelling is a test; what an accent is, is Unicode's business"},
	"translator/replay": {ours: []string{"translator", "queue", "agent/protocol", "media", "translator/dialog", "translator/sdp"},
		third: []string{"github.com/gopacket/gopacket"}, why: "a recorded call is played through the translator, in virtual time and without what needs a network"},
	"queue":          {why: "the queue is pure: events in, decisions out; it never learns that SIP, sockets or a clock exist"},
	"queue/sim":      {ours: []string{"queue"}, why: "the planner asks the real engine, in virtual time"},
	"agent":          {ours: []string{"agent/protocol"}, third: []string{"github.com/gofiber/fiber/v2", "github.com/gofiber/contrib/websocket", "github.com/golang-jwt/jwt/v5"}, why: "the hub knows agents and frames; calls and queues stay behind its Backend"},
	"agent/protocol": {why: "the frames are a contract: whoever speaks them needs nothing else of ours"},
	"media":          {ours: []string{"translator/sdp"}, why: "the engine's interface is values; how sound is carried is the business of the folders below it"},
	"media/relay": {ours: []string{"media", "media/prompts", "translator/sdp"},
		third: []string{"github.com/pion/stun/v3", "github.com/pion/dtls/v3", "github.com/pion/srtp/v3", "github.com/pion/rtp", "github.com/pion/rtcp", "golang.org/x/net", "golang.org/x/sys"},
		why:   "the relay moves packets and knows nothing of calls, agents or SIP"},
	"media/prompts": {ours: []string{"media"}, why: "sounds are files; a voice names them as whoever plays them knows them"},
	"crm-widget":    {why: "the callbar is files that a page loads; the Go package only embeds them"},
	"records": {ours: []string{"translator", "agent/protocol"},
		why: "records are lines in files: they know what a call was, and nothing of how it is carried or asked for"},
	"api": {ours: []string{"agent", "agent/protocol", "queue", "records", "translator"}, third: []string{"github.com/gofiber/fiber/v2"},
		why: "the API shows what the parts say and decides nothing"},
	"internal/config":  {third: []string{"github.com/goccy/go-yaml"}, why: "the configuration is values; what they mean is said where they are used"},
	"internal/load":    {ours: []string{"translator/dialog", "agent/protocol"}, third: []string{"github.com/pion/webrtc/v4"}, why: "callers and agents as programs meet the server only over its sockets, as real ones do"},
	"internal/metrics": {third: []string{"github.com/prometheus/client_golang"}, why: "parts count through plain methods; Prometheus stays here"},
	"internal/journal": {why: "the call journal is read after a crash, before anything else runs"},
	"internal/imports": {why: "it is this test"},

	"internal/agenttest": {kit: true}, "internal/e2e": {kit: true}, "internal/harness": {kit: true}, "internal/listen": {kit: true}, "internal/trunktest": {kit: true},
}

// exceptions are the imports that the table does not allow, each with its reason, as "folder imports path". One that is no longer
// there does not pass either.
var exceptions = map[string]string{
	"agent imports github.com/fasthttp/websocket":         "the connection that contrib/websocket wraps in a pooled handle; only the inner one may be kept past the handler",
	"internal/load imports github.com/fasthttp/websocket": "an agent as a program needs a WebSocket client, and the server's library has one",
	"internal/load imports github.com/pion/ice/v4":        "pion/webrtc takes its ICE modes as values of this package",
	"internal/load imports github.com/pion/interceptor":   "pion/webrtc takes its registry of interceptors from here; an empty one saves the load generator half its work",
	"cmd/offhook imports github.com/gofiber/fiber/v2":     "the one HTTP app is made where hub, API and callbar are mounted on it",
}

func TestImportsKeepToTheWalls(t *testing.T) {
	used := map[string]bool{}
	for file, paths := range importsOfProduct(t) {
		folder := path.Dir(file)
		w, known := walls[folder]
		if !known {
			t.Errorf("%s: the folder %s is not in the table: say what it may import, and why it exists", file, folder)
			continue
		}
		for _, p := range paths {
			exception := folder + " imports " + p
			switch {
			case w.allows(p):
			case exceptions[exception] != "":
				used[exception] = true
			default:
				t.Errorf("%s imports %s, which %s may not: %s", file, p, folder, w.reason(p))
			}
		}
	}
	for e := range exceptions {
		if folder, _, _ := strings.Cut(e, " "); !used[e] && exists(t, folder) {
			t.Errorf("%q is no exception any more: take it out of the list", e)
		}
	}
}

// TestNothingOfTheProductImportsTestKits: a fake must never be what runs.
func TestNothingOfTheProductImportsTestKits(t *testing.T) {
	for file, paths := range importsOfProduct(t) {
		for _, p := range paths {
			if walls[strings.TrimPrefix(p, module+"/")].kit && !walls[path.Dir(file)].kit {
				t.Errorf("%s imports %s, which is for tests only", file, p)
			}
		}
	}
}

// TestTheTableIsSound: what it names exists, folders point one way, and every wall says why.
func TestTheTableIsSound(t *testing.T) {
	for _, folder := range slices.Sorted(maps.Keys(walls)) {
		w := walls[folder]
		if w.why == "" && !w.kit {
			t.Errorf("%s: no reason", folder)
		}
		for _, o := range w.ours {
			if _, known := walls[o]; o != "*" && !known {
				t.Errorf("%s may import %s, which is not in the table", folder, o)
			}
			if slices.Contains(walls[o].ours, folder) {
				t.Errorf("%s and %s may import each other", folder, o)
			}
		}
	}
}

// TestAForbiddenImportIsSeen tries the walls themselves: a table that allows everything would pass, too.
func TestAForbiddenImportIsSeen(t *testing.T) {
	rows := []struct {
		folder, imported string
		want             bool
	}{
		{"queue", "time", true},
		{"queue", "offhook/media", false},
		{"queue", "github.com/emiago/sipgo/sip", false},
		{"translator", "offhook/translator/sdp", true},
		{"translator", "offhook/translator/replay", false},
		{"translator/sdp", "github.com/pion/sdp/v3", true},
		{"translator/sdp", "github.com/pion/sdp/v4", false},
		{"translator/sdp", "github.com/pion/sdpx", false},
		{"translator/dialog", "github.com/emiago/sipgo/sip", true},
		{"cmd/offhook", "offhook/media/relay", true},
		{"cmd/offhook", "offhook/internal/e2e", false},
		{"media", "offhook/media/relay", false},
	}
	for _, r := range rows {
		t.Run(r.folder+" imports "+r.imported, func(t *testing.T) {
			if got := walls[r.folder].allows(r.imported); got != r.want {
				t.Errorf("allowed: %v, want %v", got, r.want)
			}
		})
	}
}

// allows reports whether an import passes.
func (w wall) allows(p string) bool {
	ours, isOurs := strings.CutPrefix(p, module+"/")
	switch {
	case w.kit || isStandard(p):
		return true
	case isOurs:
		return slices.Contains(w.ours, ours) || slices.Contains(w.ours, "*") && !walls[ours].kit
	}
	return slices.ContainsFunc(w.third, func(m string) bool { return p == m || strings.HasPrefix(p, m+"/") })
}

// reason explains the wall that an import runs into.
func (w wall) reason(p string) string {
	if strings.HasPrefix(p, module+"/") {
		return w.why
	}
	var behind []string
	for _, folder := range slices.Sorted(maps.Keys(walls)) {
		if o := walls[folder]; !o.kit && o.allows(p) {
			behind = append(behind, folder)
		}
	}
	if len(behind) == 0 {
		return w.why + "; a new library needs a line in the table and a reason in docs/decisions"
	}
	return fmt.Sprintf("%s; that library stands behind %s", w.why, strings.Join(behind, " and "))
}

// isStandard reports whether p is of the standard library: its first element has no dot and is not ours.
func isStandard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".") && first != module
}

// importsOfProduct reads the imports of every Go file that is not a test, by its path from the root.
func importsOfProduct(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "testdata" || base == "node_modules" || name != root && strings.HasPrefix(base, ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		out[rel] = []string{}
		for _, i := range file.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			out[rel] = append(out[rel], p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("only %d files were found", len(out))
	}
	return out
}

// exists reports whether a folder has files of the product.
func exists(t *testing.T, folder string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(importsOfProduct(t))), func(f string) bool { return path.Dir(f) == folder })
}
