package queue

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata/stream.jsonl and docs/queue-states.md")

const streamFile = "testdata/stream.jsonl"

// A recorded stream gives the same decisions, byte for byte (invariant 7). The stream is that of random histories with every strategy and kind of
// event; a change of it is a change of what the engine decides.
func TestRecordedStream(t *testing.T) {
	if *update {
		writeStream(t)
	}
	f, err := os.Open(streamFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	var e *Engine
	n := 0
	for ; lines.Scan(); n++ {
		var en Entry
		if err := json.Unmarshal(lines.Bytes(), &en); err != nil {
			t.Fatalf("line %d: %v", n+1, err)
		}
		if _, begins := en.Event.(SettingsChanged); begins && len(en.Decisions) == 0 && e.fresh() {
			e, _ = New(Settings{})
		}
		en.Decisions = e.Apply(en.Event, en.At)
		if got := encoded(t, en); !bytes.Equal(got, lines.Bytes()) {
			t.Fatalf("line %d\ngot  %s\nwant %s", n+1, got, lines.Bytes())
		}
	}
	if err := lines.Err(); err != nil || n < 500 {
		t.Errorf("%d lines, %v", n, err)
	}
}

// fresh says whether a new history begins: nothing is left of the one before.
func (e *Engine) fresh() bool { return e == nil || e.Census() == (Census{}) }

func encoded(t *testing.T, en Entry) []byte {
	t.Helper()
	b, err := json.Marshal(en)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeStream(t *testing.T) {
	var out bytes.Buffer
	put := func(en Entry) {
		out.Write(encoded(t, en))
		out.WriteByte('\n')
	}
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 0x5713ea))
		first, moves := uint16(rng.Uint32()), draw(rng)
		o, err := play(first, moves)
		if err != nil {
			t.Fatal(err)
		}
		e, _ := New(Settings{})
		for i, r := range o.record {
			if i == 0 {
				begin := SettingsChanged{variant(first)}
				put(Entry{r.at, begin, e.Apply(begin, r.at)})
			}
			put(Entry{r.at, r.event, e.Apply(r.event, r.at)})
		}
	}
	if err := os.WriteFile(streamFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every event and every decision can be recorded: the lists in record.go have all that kinds.go names.
func TestEveryKindIsRecorded(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "kinds.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		name := fn.Recv.List[0].Type.(*ast.Ident).Name
		known := recordedEvents
		if fn.Name.Name == "decision" {
			known = recordedDecisions
		}
		if known[name] == nil {
			t.Errorf("%s %s cannot be recorded", fn.Name.Name, name)
		}
	}
}

func TestSecurityRecordRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, text := range []string{
		`{"at":"2026-03-02T09:00:00Z","event":{"is":"Nothing"}}`,
		`{"at":"2026-03-02T09:00:00Z","event":{"is":"Offer"}}`,
		`{"at":"2026-03-02T09:00:00Z","event":{"is":"Tick"},"decisions":[{"is":"Tick"}]}`,
		`{"at":"2026-03-02T09:00:00Z","event":{"is":"AgentBeat","with":7}}`,
		`{"at":"2026-03-02T09:00:00Z","event":{"is":"SettingsChanged","with":{"Settings":{"Queues":[{"Hours":{"Zone":"Nowhere/Land"}}]}}}}`,
		`[]`,
	} {
		var en Entry
		if err := json.Unmarshal([]byte(text), &en); err == nil {
			t.Errorf("%s: read as %+v", text, en)
		}
	}
	if _, err := json.Marshal(Entry{}); err == nil || !strings.Contains(err.Error(), "without an event") {
		t.Errorf("an entry without an event: %v", err)
	}
}
