package records

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"offhook/agent/protocol"
	"offhook/translator"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv("OFFHOOK_TEST_RECORDS"); folder != "" {
		writeUntilKilled(folder)
	}
	goleak.VerifyTestMain(m)
}

// noon is when the test's calls arrive.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// callID is a ULID of that instant, its random part the number n.
func callID(at time.Time, n int) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	ms := at.UnixMilli()
	id := []byte(fmt.Sprintf("0000000000%016d", n))
	for i := 9; i >= 0; i-- {
		id[i] = alphabet[ms&31]
		ms >>= 5
	}
	return string(id)
}

// call is the record of the n-th call: answered by jonas, 10 s long, ended n seconds after noon.
func call(n int) translator.CallRecord {
	at := func(s int) protocol.Time {
		return protocol.At(noon.Add(time.Duration(n)*time.Second - time.Duration(10-s)*time.Second))
	}
	return translator.CallRecord{
		ID: callID(at(0).Time, n), Direction: protocol.Inbound, Queue: "billing", From: protocol.Party{Number: fmt.Sprintf("+4930%06d", n)}, To: protocol.Party{Number: "+493023125000"},
		Arrived: at(0), Connected: at(2), Ended: at(10), WaitMS: 2000, TalkMS: 8000, Cause: protocol.Cause{Code: protocol.CauseNormal, By: protocol.ByCaller},
		Legs: []translator.LegRecord{{Trunk: "pbx", Direction: protocol.Inbound, Began: at(0), Answered: at(2), Ended: at(10), Status: 200, Codec: "PCMA"}},
		Agents: []translator.PartRecord{{Agent: "jonas", Began: at(0), Connected: at(2), Left: at(10), TalkMS: 8000,
			Cause: protocol.Cause{Code: protocol.CauseNormal, By: protocol.ByCaller}, Outcome: "solved", Notes: "two lines\nof notes"}},
	}
}

// journal is a log that tests read.
type journal struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.out.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.out.String()
}

func (j *journal) log() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func opened(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

func closed(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// waitFor waits for what another goroutine does.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it did not come", what)
		}
	}
}

func kept(t *testing.T, s *Store, n uint64) {
	t.Helper()
	waitFor(t, fmt.Sprint(n, " records on the disk"), func() bool { return s.Stats().Kept >= n })
}

// all pages through the store.
func all(t *testing.T, s *Store, f Filter, limit int) (calls []translator.CallRecord) {
	t.Helper()
	for cursor := ""; ; {
		p, err := s.Find(context.Background(), f, limit, cursor)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Calls) > limit {
			t.Fatalf("a page of %d, asked for %d", len(p.Calls), limit)
		}
		calls = append(calls, p.Calls...)
		if p.Next == "" {
			return calls
		}
		if p.Next == cursor {
			t.Fatalf("the page after %s begins there again", cursor)
		}
		cursor = p.Next
	}
}

func fileOf(folder string, at time.Time) string { return filepath.Join(folder, dayOf(at).file()) }

func readLines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
