package records

import (
	"bufio"
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"offhook/agent/protocol"
)

// perDay is how many of them end on one day.
const perDay = 5000

// manyRecords puts n records into folder, oldest first.
func manyRecords(t *testing.T, folder string, n int) {
	t.Helper()
	var f *os.File
	var w *bufio.Writer
	shut := func() {
		if f == nil {
			return
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		r := call(i % perDay)
		r.Arrived.Time = r.Arrived.AddDate(0, 0, i/perDay)
		r.Ended.Time = r.Ended.AddDate(0, 0, i/perDay)
		r.ID = callID(r.Arrived.Time, i)
		if i%1000 == 999 {
			r.Agents[0].Agent = "ana"
		}
		l, _ := encode(r, r.Ended.Time)
		if i%perDay == 0 {
			shut()
			var err error
			if f, err = os.Create(fileOf(folder, r.Ended.Time)); err != nil {
				t.Fatal(err)
			}
			w = bufio.NewWriterSize(f, 1<<20)
		}
		if _, err := w.Write(l.text); err != nil {
			t.Fatal(err)
		}
	}
	shut()
}

// A hundred thousand records are paged through with memory for a page, a rare one among them is found quickly, and the server starts as quickly.
func TestHundredThousandRecords(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	folder := t.TempDir()
	manyRecords(t, folder, n)
	begin := time.Now()
	s := opened(t, Config{Folder: folder})
	t.Logf("opened in %s", time.Since(begin))

	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most, count, last := uint64(0), 0, ""
	begin = time.Now()
	for cursor := ""; ; {
		p, err := s.Find(context.Background(), Filter{}, MaxPage, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Calls {
			if last != "" && r.ID >= last {
				t.Fatalf("%s comes after %s", r.ID, last)
			}
			last = r.ID
		}
		count += len(p.Calls)
		if count%5000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	t.Logf("%d records in pages of %d: %s, heap at most %d KiB more", count, MaxPage, time.Since(begin), (int64(most)-int64(before.HeapAlloc))>>10)
	if count != n {
		t.Errorf("got %d records", count)
	}
	if most > before.HeapAlloc+8<<20 {
		t.Errorf("the heap grew from %d to %d", before.HeapAlloc, most)
	}

	begin = time.Now()
	if got := all(t, s, Filter{Agent: "ana", Cause: protocol.CauseNormal}, 7); len(got) != n/1000 {
		t.Errorf("ana has %d calls", len(got))
	}
	t.Logf("one record in a thousand: %s", time.Since(begin))
	begin = time.Now()
	first := call(0)
	if got, err := s.Get(context.Background(), first.ID); err != nil || got.ID != first.ID {
		t.Errorf("the oldest: %v", err)
	}
	t.Logf("the oldest by its ID: %s", time.Since(begin))
}

// So much is looked through for one page and no more, and the next goes on from there.
func TestSecurityAPageReadsSoMuch(t *testing.T) {
	folder := t.TempDir()
	manyRecords(t, folder, 2000)
	s := opened(t, Config{Folder: folder})
	list, err := days(folder)
	if err != nil {
		t.Fatal(err)
	}
	p := &pager{ctx: context.Background(), store: s, filter: Filter{Agent: "ana"}, limit: 10, budget: chunk}
	if err := p.file(list[0], -1); err != nil {
		t.Fatal(err)
	}
	if p.page.Next == "" || len(p.page.Calls) > 1 {
		t.Errorf("got %d calls, next %q", len(p.page.Calls), p.page.Next)
	}
	rest, err := s.Find(context.Background(), Filter{Agent: "ana"}, 10, p.page.Next)
	if err != nil || len(rest.Calls)+len(p.page.Calls) != 2 {
		t.Errorf("got %d and %d calls, %v", len(p.page.Calls), len(rest.Calls), err)
	}
}
