package records

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// writeUntilKilled is the server of TestFaultKill: it adds records as fast as it can and prints how many are on the disk.
func writeUntilKilled(folder string) {
	s, err := Open(Config{Folder: folder})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for n, told := 0, uint64(0); ; {
		st := s.Stats()
		if st.Kept > told {
			told = st.Kept
			fmt.Println(told)
		}
		if st.Spooled < MaxSpooled/2 {
			s.Add(call(n))
			n++
		}
	}
}

// A server that is killed loses nothing of what it said is on the disk; what it was writing is passed over.
func TestFaultKill(t *testing.T) {
	for round, killAfter := range []uint64{1, 200, 3000} {
		folder := t.TempDir()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "OFFHOOK_TEST_RECORDS="+folder)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		told := uint64(0)
		for lines := bufio.NewScanner(out); told < killAfter && lines.Scan(); {
			if told, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
				t.Fatal(lines.Text())
			}
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()

		s := opened(t, Config{Folder: folder})
		s.Add(call(1_000_000))
		kept(t, s, 1)
		seen := map[string]bool{}
		for _, r := range all(t, s, Filter{}, 200) {
			seen[r.ID] = true
		}
		for n := range int(told) {
			if !seen[call(n).ID] {
				t.Fatalf("round %d: record %d of %d is lost", round, n, told)
			}
		}
		if !seen[call(1_000_000).ID] {
			t.Errorf("round %d: what was added after the restart is lost", round)
		}
		if told == 0 {
			t.Errorf("round %d: nothing was written", round)
		}
		closed(t, s)
	}
}

// A line that a crash cut off is reported once, passed over, and does not take the next one with it.
func TestFaultBrokenLastLine(t *testing.T) {
	folder := t.TempDir()
	s := opened(t, Config{Folder: folder})
	s.Add(call(0))
	closed(t, s)
	path := fileOf(folder, noon)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, rest := range []string{string(whole[:len(whole)/2]), "{", "\x00\x00\x00", strings.TrimSuffix(string(whole), "\n")} {
		if err := os.WriteFile(path, append([]byte(whole), rest...), 0o600); err != nil {
			t.Fatal(err)
		}
		var j journal
		s := opened(t, Config{Folder: folder, Log: j.log()})
		s.Add(call(1))
		kept(t, s, 1)
		want := 2
		if strings.HasSuffix(rest, "}") { // the record was whole, its end was not
			want = 3
		}
		if list := all(t, s, Filter{}, 10); len(list) != want || list[0].ID != call(1).ID || list[want-1].ID != call(0).ID {
			t.Errorf("after %q: %d calls", rest, len(list))
		}
		if n := strings.Count(j.String(), "cut off"); n != 1 {
			t.Errorf("after %q: reported %d times in\n%s", rest, n, &j)
		}
		closed(t, s)
	}
}

// A line that cannot be a record costs that line, however long it is.
func TestFaultForeignLines(t *testing.T) {
	folder := t.TempDir()
	s := opened(t, Config{Folder: folder})
	s.Add(call(0))
	closed(t, s)
	f, err := os.OpenFile(fileOf(folder, noon), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []string{"", "null", "[]", `{"id":7}`, "{}", strings.Repeat("x", 3*MaxLine), strings.Repeat("[", MaxLine), "\xff"} {
		if _, err := f.WriteString(l + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	_ = f.Close()
	s = opened(t, Config{Folder: folder})
	s.Add(call(1))
	kept(t, s, 1)
	if list := all(t, s, Filter{}, 10); len(list) != 2 {
		t.Errorf("%d calls", len(list))
	}
	if s.Stats().Unreadable == 0 {
		t.Error("lines that are no records were not counted")
	}
}

// poorDisk is a real one with room for so many bytes, whose other operations may fail too.
type poorDisk struct {
	realDisk
	mu                          sync.Mutex
	room                        int
	noSync, noTruncate, noOpen  bool
	writes, syncs, opens, fails int
}

func (d *poorDisk) set(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func (d *poorDisk) open(path string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opens++; d.noOpen {
		d.fails++
		return nil, syscall.ENOSPC
	}
	f, err := d.realDisk.open(path)
	return poorFile{f, d}, err
}

type poorFile struct {
	file
	d *poorDisk
}

func (f poorFile) Write(p []byte) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	f.d.writes++
	n, err := f.file.Write(p[:min(len(p), f.d.room)])
	f.d.room -= n
	if err == nil && n < len(p) {
		f.d.fails++
		err = syscall.ENOSPC
	}
	return n, err
}

func (f poorFile) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.syncs++; f.d.noSync {
		f.d.fails++
		return syscall.EIO
	}
	return f.file.Sync()
}

func (f poorFile) Truncate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.noTruncate {
		return syscall.EIO
	}
	return f.file.Truncate(size)
}

const plenty = 1 << 40

// A disk that is full, does not sync, does not even take back, or is gone costs nothing but time: each record is there once in the end.
func TestFaultDiskFails(t *testing.T) {
	for name, fault := range map[string]func(d *poorDisk){
		"full at once":         func(d *poorDisk) { d.room = 0 },
		"full in a line":       func(d *poorDisk) { d.room = 500 },
		"syncs fail":           func(d *poorDisk) { d.noSync = true },
		"full, takes not back": func(d *poorDisk) { d.room, d.noTruncate = 500, true },
		"no sync, nor back":    func(d *poorDisk) { d.noSync, d.noTruncate = true, true },
		"files do not open":    func(d *poorDisk) { d.noOpen = true; d.noSync = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				folder, d, j := t.TempDir(), &poorDisk{room: plenty}, &journal{}
				s, err := open(Config{Folder: folder, Log: j.log()}, d)
				if err != nil {
					t.Fatal(err)
				}
				s.Add(call(0))
				time.Sleep(time.Second)
				d.set(func() { fault(d) })
				for n := 1; n <= 50; n++ {
					r := call(n)
					if n%10 == 0 {
						r.Ended.Time = r.Ended.AddDate(0, 0, 1) // into another file
					}
					s.Add(r)
					time.Sleep(100 * time.Millisecond)
				}
				if st := s.Stats(); !st.Failing || st.Spooled != 50 || st.Kept != 1 || st.Lost != 0 {
					t.Errorf("while it fails: %+v", st)
				}
				time.Sleep(10 * time.Minute)
				if n := strings.Count(j.String(), "cannot be written"); n < 9 || n > 12 {
					t.Errorf("the log was told %d times in 10 minutes", n)
				}
				d.set(func() {
					if d.fails > 700 {
						t.Errorf("the disk was tried %d times in 10 minutes", d.fails)
					}
				})
				d.set(func() { d.room, d.noSync, d.noTruncate, d.noOpen = plenty, false, false, false })
				time.Sleep(2 * time.Second) // recovery <= 10 s
				if st := s.Stats(); st.Failing || st.Kept != 51 || st.Spooled != 0 {
					t.Errorf("after it was mended: %+v", st)
				}
				seen := map[string]int{}
				for _, r := range all(t, s, Filter{}, 200) {
					seen[r.ID]++
				}
				for n := range 51 {
					if seen[call(n).ID] != 1 {
						t.Errorf("record %d is there %d times", n, seen[call(n).ID])
					}
				}
				if st := s.Stats(); st.Unreadable != 0 {
					t.Errorf("%d lines cannot be read", st.Unreadable)
				}
				closed(t, s)
				if !strings.Contains(j.String(), "written again") {
					t.Errorf("the log does not say that it is over:\n%s", j)
				}
			})
		})
	}
}

// The spool has an end: what is beyond it is lost, counted, and said so; nobody waits for the disk.
func TestFaultSpoolIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, d := &journal{}, &poorDisk{}
		s, err := open(Config{Folder: t.TempDir(), Log: j.log()}, d)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		for n := range MaxSpooled + 7 {
			s.Add(call(n))
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("adding took %s", took)
		}
		time.Sleep(5 * time.Second)
		if st := s.Stats(); st.Spooled != MaxSpooled || st.Lost != 7 || !st.Failing {
			t.Errorf("got %+v", st)
		}
		said := 0
		for _, m := range regexp.MustCompile(`are lost" records=(\d+)`).FindAllStringSubmatch(j.String(), -1) {
			n, _ := strconv.Atoi(m[1])
			said += n
		}
		if said != 7 {
			t.Errorf("the log says that %d records are lost, want 7:\n%s", said, j)
		}
		for line := range strings.Lines(j.String()) {
			if strings.Contains(line, "+4930") || strings.Contains(line, "jonas") {
				t.Errorf("the log has a number or a name: %s", line)
			}
		}
		err = s.Close(context.Background())
		if err == nil || !strings.Contains(err.Error(), strconv.Itoa(MaxSpooled)) {
			t.Errorf("closing with a disk that is full: %v", err)
		}
	})
}

// So has its memory.
func TestFaultSpooledBytesAreBounded(t *testing.T) {
	p := newSpool()
	taken := 0
	for p.add(line{"2026-11-22", make([]byte, MaxLine)}) {
		taken++
	}
	if taken != maxSpooledBytes/MaxLine {
		t.Errorf("took %d lines of 1 MiB", taken)
	}
}

// hungDisk never answers.
type hungDisk struct{ free chan struct{} }

func (h hungDisk) open(string) (file, error) {
	<-h.free
	return nil, errors.New("too late")
}

// A disk that hangs holds up neither calls nor, for longer than it may, the end.
func TestFaultDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hungDisk{make(chan struct{})}
		s, err := open(Config{Folder: t.TempDir()}, h)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		for n := range 100 {
			s.Add(call(n))
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("adding took %s", took)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Close(ctx); err == nil || time.Since(begin) != 5*time.Second {
			t.Errorf("closing gave %v after %s", err, time.Since(begin))
		}
		close(h.free)
	})
}

// Syncs are at most one in SyncWithin, and no record waits longer than that for its own.
func TestSyncsAreBatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &poorDisk{room: plenty}
		s, err := open(Config{Folder: t.TempDir()}, d)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 1000 {
			s.Add(call(n))
			time.Sleep(time.Millisecond)
			if st := s.Stats(); st.Spooled > 101 {
				t.Fatalf("%d records wait for their sync", st.Spooled)
			}
		}
		time.Sleep(SyncWithin)
		if st := s.Stats(); st.Kept != 1000 {
			t.Errorf("got %+v", st)
		}
		d.set(func() {
			if d.syncs < 10 || d.syncs > 12 {
				t.Errorf("%d syncs in 1 s", d.syncs)
			}
			if d.writes < 500 {
				t.Errorf("%d writes for 1000 records: a killed process would lose what was not written", d.writes)
			}
		})
		closed(t, s)
	})
}

// Old files go while the server runs, not only when it starts.
func TestRetentionWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		s, err := open(Config{Folder: folder, KeepDays: 1}, realDisk{})
		if err != nil {
			t.Fatal(err)
		}
		r := call(0)
		r.Ended.Time = time.Now()
		s.Add(r)
		time.Sleep(24 * time.Hour)
		if _, err := os.Stat(fileOf(folder, r.Ended.Time)); err != nil {
			t.Error("gone after a day:", err)
		}
		time.Sleep(25 * time.Hour)
		if _, err := os.Stat(fileOf(folder, r.Ended.Time)); !errors.Is(err, os.ErrNotExist) {
			t.Error("still there after two days:", err)
		}
		closed(t, s)
		if left, _ := filepath.Glob(filepath.Join(folder, "*.jsonl")); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	})
}
