package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
)

// A record comes back as it was given, by its ID and among others.
func TestRecordsComeBack(t *testing.T) {
	s := opened(t, Config{Folder: filepath.Join(t.TempDir(), "calls")})
	for n := range 3 {
		r := call(n)
		if n == 2 { // names another call
			r.Data = map[string]string{"x-before": call(1).ID}
		}
		s.Add(r)
	}
	kept(t, s, 3)
	got, err := s.Get(context.Background(), call(1).ID)
	if want := call(1); err != nil || !sameRecord(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	list := all(t, s, Filter{}, 2)
	if len(list) != 3 || list[0].ID != call(2).ID || list[2].ID != call(0).ID {
		t.Errorf("got %d calls, %+v", len(list), list)
	}
	for _, id := range []string{callID(noon, 99), "", "x", strings.Repeat("Z", 26), "../../../../etc/passwd"} {
		if _, err := s.Get(context.Background(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func sameRecord(a, b translator.CallRecord) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// A call is one line in the file of the day on which it ended, UTC; a new store goes on in the same file.
func TestFilesAreByDay(t *testing.T) {
	folder := t.TempDir()
	late := call(0)
	late.Ended = protocol.At(time.Date(2026, 11, 23, 0, 30, 0, 0, time.FixedZone("CET", 3600))) // 23:30 of the 22nd
	next := call(1)
	next.Ended = protocol.At(noon.AddDate(0, 0, 1))
	for _, r := range []translator.CallRecord{late, next, call(2)} {
		s, err := Open(Config{Folder: folder})
		if err != nil {
			t.Fatal(err)
		}
		s.Add(r)
		closed(t, s)
	}
	if got := readLines(t, fileOf(folder, noon)); len(got) != 2 || !strings.Contains(got[1], call(2).ID) {
		t.Errorf("the 22nd has %q", got)
	}
	if got := readLines(t, fileOf(folder, noon.AddDate(0, 0, 1))); len(got) != 1 {
		t.Errorf("the 23rd has %q", got)
	}
}

// Records are for the server's own account alone.
func TestSecurityRecordsArePrivate(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "calls")
	s := opened(t, Config{Folder: folder})
	s.Add(call(0))
	kept(t, s, 1)
	for path, want := range map[string]os.FileMode{folder: 0o700, fileOf(folder, noon): 0o600, filepath.Join(folder, ".lock"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
	if Readable(folder) {
		t.Error("the folder counts as readable by others")
	}
	if err := os.Chmod(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	if !Readable(folder) {
		t.Error("a folder of a group does not count as readable by others")
	}
}

// What strangers put into names stays inside one line, and what JSON cannot write does not cost the record.
func TestSecurityOneRecordOneLine(t *testing.T) {
	folder := t.TempDir()
	s := opened(t, Config{Folder: folder})
	r := call(0)
	r.From.Name = "evil\n{\"id\":\"forged\"}\r\u2028\x00\xff"
	r.Legs[0].Quality = &translator.QualityRecord{RTTMS: math.NaN(), In: translator.StreamRecord{LossPct: math.Inf(1), MOS: 4.1}}
	r.Agents[0].Quality = &translator.QualityRecord{Out: translator.StreamRecord{JitterMS: math.NaN()}}
	r.Transfers = nil
	s.Add(r)
	empty := translator.CallRecord{ID: callID(noon, 1), Ended: protocol.At(noon)}
	s.Add(empty)
	kept(t, s, 2)
	if got := readLines(t, fileOf(folder, noon)); len(got) != 2 || !strings.Contains(got[1], `"legs":[],"agents":[]`) {
		t.Errorf("got %q", got)
	}
	if !math.IsNaN(r.Legs[0].Quality.RTTMS) {
		t.Error("the caller's record was changed")
	}
	got, err := s.Get(context.Background(), r.ID)
	if err != nil || got.Legs[0].Quality.In.MOS != 4.1 || got.Legs[0].Quality.RTTMS != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A record that is too long loses its notes before it is lost.
func TestLongRecords(t *testing.T) {
	s := opened(t, Config{Folder: t.TempDir()})
	long, tooLong := call(0), call(1)
	long.Agents[0].Notes = strings.Repeat("n", MaxLine)
	tooLong.Queue = strings.Repeat("q", MaxLine)
	s.Add(long)
	s.Add(tooLong)
	kept(t, s, 1)
	if got, err := s.Get(context.Background(), long.ID); err != nil || got.Agents[0].Notes != "" || got.Agents[0].Outcome != "solved" {
		t.Errorf("got %+v, %v", got, err)
	}
	if st := s.Stats(); st.Lost != 1 {
		t.Errorf("got %+v, want 1 lost", st)
	}
}

// Two servers with one folder would take back each other's lines.
func TestFaultAFolderHasOneStore(t *testing.T) {
	folder := t.TempDir()
	first := opened(t, Config{Folder: folder})
	if _, err := Open(Config{Folder: folder}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second store: %v", err)
	}
	if err := Try(folder); err != nil {
		t.Errorf("trying the folder of a running server: %v", err)
	}
	closed(t, first)
	closed(t, opened(t, Config{Folder: folder}))
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "file")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"", plain, filepath.Join(dir, "no", "such")} {
		if s, err := Open(Config{Folder: folder}); err == nil {
			t.Errorf("%q was opened", folder)
			_ = s.Close(context.Background())
		}
		if Try(folder) == nil {
			t.Errorf("%q was tried with success", folder)
		}
	}
	if err := Try(filepath.Join(dir, "new")); err != nil {
		t.Errorf("a folder that is to be made: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("trying left %v, %v", left, err)
	}
}

// Many add, many read, and none is lost or seen twice.
func TestConcurrent(t *testing.T) {
	const writers, each = 8, 250
	s := opened(t, Config{Folder: t.TempDir()})
	stop := make(chan struct{})
	var reading, writing sync.WaitGroup
	for range 3 {
		reading.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				p, err := s.Find(context.Background(), Filter{Agent: "jonas"}, 50, "")
				if err != nil {
					t.Error(err)
					return
				}
				_ = p
				_ = s.Recents("jonas")
				_ = s.Stats()
			}
		})
	}
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				s.Add(call(w*each + i))
			}
		})
	}
	writing.Wait()
	kept(t, s, writers*each)
	close(stop)
	reading.Wait()
	seen := map[string]bool{}
	for _, r := range all(t, s, Filter{}, 200) {
		if seen[r.ID] {
			t.Errorf("%s comes twice", r.ID)
		}
		seen[r.ID] = true
	}
	if len(seen) != writers*each || s.Stats().Unreadable != 0 {
		t.Errorf("got %d records of %d, %+v", len(seen), writers*each, s.Stats())
	}
}

// Files older than the days that are kept go, and nothing else does.
func TestRetention(t *testing.T) {
	folder := t.TempDir()
	today := time.Now()
	names := map[string]bool{".lock": true, "notes.txt": true, "calls-2001-01-01.jsonl.bak": true, "calls-2001-13-01.jsonl": true}
	for age, stays := range map[int]bool{0: true, 29: true, 30: true, 31: false, 400: false} {
		names[dayOf(today.AddDate(0, 0, -age)).file()] = stays
	}
	for name := range names {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("{}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, opened(t, Config{Folder: folder}))
	for name := range names {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Errorf("without a limit: %v", err)
		}
	}
	closed(t, opened(t, Config{Folder: folder, KeepDays: 30}))
	for name, stays := range names {
		if _, err := os.Stat(filepath.Join(folder, name)); (err == nil) != stays {
			t.Errorf("%s: %v, want it to stay: %v", name, err, stays)
		}
	}
}

// Close writes what waits, twice is as once, and what comes after it is counted.
func TestClose(t *testing.T) {
	folder := t.TempDir()
	s := opened(t, Config{Folder: folder})
	for n := range 500 {
		s.Add(call(n))
	}
	closed(t, s)
	closed(t, s)
	s.Add(call(500))
	if st := s.Stats(); st.Kept != 500 || st.Lost != 1 || st.Spooled != 0 {
		t.Errorf("got %+v", st)
	}
	if got := readLines(t, fileOf(folder, noon)); len(got) != 500 {
		t.Errorf("%d lines", len(got))
	}
}

// One row a filter: which of the calls it chooses.
func TestFilters(t *testing.T) {
	s := opened(t, Config{Folder: t.TempDir()})
	calls := []translator.CallRecord{call(0), call(1), call(2), call(3)}
	calls[1].Queue, calls[1].Agents[0].Agent = "sales", "ana"
	calls[2].Direction, calls[2].Queue, calls[2].To.Number = protocol.Outbound, "", "+441214960000"
	calls[2].Cause.Code = protocol.CauseBusyHere
	calls[3].Agents = append(calls[3].Agents, translator.PartRecord{Agent: "ana"})
	calls[3].From = protocol.Party{Number: "Anonymous"}
	calls[3].Ended = protocol.At(noon.AddDate(0, 0, 1))
	for _, r := range calls {
		s.Add(r)
	}
	kept(t, s, 4)
	for _, row := range []struct {
		name   string
		filter Filter
		want   []int
	}{
		{"all", Filter{}, []int{3, 2, 1, 0}},
		{"an agent", Filter{Agent: "ana"}, []int{3, 1}},
		{"an agent whose name stands elsewhere", Filter{Agent: "pbx"}, nil},
		{"a queue", Filter{Queue: "billing"}, []int{3, 0}},
		{"a direction", Filter{Direction: protocol.Outbound}, []int{2}},
		{"a cause", Filter{Cause: protocol.CauseBusyHere}, []int{2}},
		{"a caller's number", Filter{Number: "+4930000001"}, []int{1}},
		{"what is no number", Filter{Number: "+49 30 / 000001"}, nil},
		{"with separators", Filter{Number: " 49 (30) 000-001"}, []int{1}},
		{"a called number", Filter{Number: "441214960000"}, []int{2}},
		{"no number", Filter{Number: "anonymous"}, []int{3}},
		{"from", Filter{From: noon.Add(time.Second)}, []int{3, 2, 1}},
		{"to", Filter{To: noon.Add(time.Second)}, []int{0}},
		{"between", Filter{From: noon.Add(time.Second), To: noon.Add(2 * time.Second)}, []int{1}},
		{"another day", Filter{From: noon.AddDate(0, 0, 1)}, []int{3}},
		{"before that day", Filter{To: noon.AddDate(0, 0, 1)}, []int{2, 1, 0}},
		{"all of them", Filter{Agent: "ana", Queue: "billing", Cause: protocol.CauseNormal, Direction: protocol.Inbound}, []int{3}},
		{"none fits all", Filter{Agent: "ana", Direction: protocol.Outbound}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			var want, got []string
			for _, n := range row.want {
				want = append(want, calls[n].ID)
			}
			for _, r := range all(t, s, row.filter, 1) {
				got = append(got, r.ID)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}

// Cursors that nobody gave are refused, and one that points nowhere does no harm.
func TestSecurityCursors(t *testing.T) {
	s := opened(t, Config{Folder: t.TempDir()})
	for n := range 5 {
		s.Add(call(n))
	}
	kept(t, s, 5)
	for _, cursor := range []string{"x", ".", "2026-11-22", "2026-11-22.", "2026-11-22.-1", "2026-11-22.x", "../2026.1", "2026-11-22.99999999999999999999", "2026-11-22.1.1"} {
		if _, err := s.Find(context.Background(), Filter{}, 1, cursor); !errors.Is(err, ErrCursor) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
	for cursor, want := range map[string]int{"2026-11-22.999999999": 5, "2026-11-22.0": 0, "2026-11-22.10": 0, "2026-11-21.5": 0, "2026-11-23.5": 5} {
		p, err := s.Find(context.Background(), Filter{}, 10, cursor)
		if err != nil || len(p.Calls) != want {
			t.Errorf("%q: %d calls, %v, want %d", cursor, len(p.Calls), err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Find(ctx, Filter{}, 1, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
	if _, err := s.Get(ctx, call(0).ID); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
}

// An agent's last calls outlive the server.
func TestRecents(t *testing.T) {
	folder := t.TempDir()
	s := opened(t, Config{Folder: folder})
	for n := range 30 {
		s.Add(call(n))
	}
	missed := call(30)
	missed.Agents[0].Connected, missed.Agents[0].TalkMS, missed.Agents[0].Cause.Code = protocol.Time{}, 0, protocol.CauseMissed
	missed.Agents = append(missed.Agents, translator.PartRecord{Agent: "ana"})
	s.Add(missed)
	check := func(s *Store) {
		t.Helper()
		got := s.Recents("jonas")
		if len(got) != 20 || got[0].ID != missed.ID || !got[0].Missed || got[1].ID != call(29).ID || got[1].Missed || got[1].TalkMS != 8000 || got[1].Cause.Code != protocol.CauseNormal || got[1].EndedAt != call(29).Agents[0].Left {
			t.Errorf("got %d, %+v", len(got), got[:min(2, len(got))])
		}
		if got := s.Recents("ana"); len(got) != 1 {
			t.Errorf("ana has %+v", got)
		}
		if got := s.Recents("nobody"); len(got) != 0 {
			t.Errorf("nobody has %+v", got)
		}
	}
	check(s)
	closed(t, s)
	check(opened(t, Config{Folder: folder}))
}

// However many agents there ever were, those who called last are kept, and no more.
func TestRecentsAreBounded(t *testing.T) {
	var r recents
	for n := range maxRecentAgents + 100 {
		c := call(n)
		c.Agents[0].Agent = fmt.Sprint("agent-", n)
		r.add(c)
		again := call(n)
		again.Agents[0].Agent = "agent-0"
		r.add(again)
	}
	if len(r.by) != maxRecentAgents || r.order.Len() != maxRecentAgents || r.by["agent-0"] == nil || r.by["agent-1"] != nil {
		t.Errorf("got %d and %d agents", len(r.by), r.order.Len())
	}
}
