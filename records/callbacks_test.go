package records

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator"
)

// promised is the n-th callback, after so many tries.
func promised(n, tries int) translator.Callback {
	r := call(n)
	r.Ended, r.Cause = protocol.Time{}, protocol.Cause{}
	at := protocol.At(noon.Add(time.Duration(n) * time.Second))
	return translator.Callback{Record: r, Class: 1, HeadStart: 2000, Needs: []queue.Need{{Skill: "billing", Min: 2}}, Prefer: "jonas", Arrived: at, From: at, Joined: at, Tries: tries, Next: at}
}

// keeping opens a folder of callbacks, closed at the end of the test, and gives what it has, as "ID tries".
func keeping(t *testing.T, folder string, log *slog.Logger, d disk) (*Callbacks, []string) {
	t.Helper()
	c, list, err := openCallbacks(folder, log, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	has := []string{}
	for _, p := range list {
		has = append(has, name(p))
	}
	return c, has
}

func name(p translator.Callback) string { return fmt.Sprintf("%s %d", p.Record.ID, p.Tries) }

func ends(t *testing.T, c *Callbacks) {
	t.Helper()
	if err := c.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func linesOf(t *testing.T, folder string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, callbacksFile))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

// What is promised comes back as it was last put down; what is done does not; and the file holds nothing else after a start.
func TestCallbacksComeBack(t *testing.T) {
	folder := t.TempDir()
	c, has := keeping(t, folder, nil, realDisk{})
	if len(has) != 0 {
		t.Errorf("a fresh folder has %q", has)
	}
	c.Keep(promised(1, 0))
	c.Keep(promised(2, 0))
	c.Keep(promised(3, 0))
	c.Keep(promised(2, 1))
	c.Done(promised(1, 0).Record.ID)
	c.Done("unknown")
	ends(t, c)
	c, list, err := OpenCallbacks(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ends(t, c)
	if len(list) != 2 || linesOf(t, folder) != 2 || c.Stats() != (CallbackStats{Kept: 2}) {
		t.Fatalf("%d callbacks, %d lines, %+v", len(list), linesOf(t, folder), c.Stats())
	}
	want, _ := json.Marshal(promised(2, 1))
	if got, _ := json.Marshal(list[0]); string(got) != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if info, err := os.Stat(filepath.Join(folder, callbacksFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if _, _, err := OpenCallbacks(folder, nil); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second server gets %v", err)
	}
}

// A file does not grow with what is no longer true, while the server runs.
func TestCallbacksFileIsBounded(t *testing.T) {
	folder := t.TempDir()
	c, _ := keeping(t, folder, nil, realDisk{})
	for n := range 20 * slack {
		c.Keep(promised(n, 0))
		c.Done(promised(n, 0).Record.ID)
		if n%500 == 0 { // so that it does not all become one batch
			for range 1000 {
				if c.written() {
					break
				}
				time.Sleep(time.Millisecond)
			}
		}
	}
	ends(t, c)
	if n := linesOf(t, folder); n > 2*slack {
		t.Errorf("%d lines for nothing", n)
	}
}

func (c *Callbacks) written() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.unwritten
}

// Whatever the disk does, nobody waits for it, what is true stays known, the log and the figures say so, and the file is right again once it works.
func TestFaultCallbacksDiskFails(t *testing.T) {
	for what, fault := range map[string]func(d *poorDisk){
		"full at once":      func(d *poorDisk) { d.room = 0 },
		"full in a line":    func(d *poorDisk) { d.room = 100 },
		"syncs fail":        func(d *poorDisk) { d.noSync = true },
		"files do not open": func(d *poorDisk) { d.noOpen, d.noSync = true, true },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				folder, d, j := t.TempDir(), &poorDisk{room: plenty}, &journal{}
				c, _ := keeping(t, folder, j.log(), d)
				c.Keep(promised(0, 0))
				c.Keep(promised(1, 0))
				time.Sleep(time.Second)
				d.set(func() { fault(d) })
				begin := time.Now()
				c.Keep(promised(2, 0))
				c.Keep(promised(1, 2))
				c.Done(promised(0, 0).Record.ID)
				if took := time.Since(begin); took != 0 {
					t.Errorf("keeping took %s", took)
				}
				time.Sleep(10 * time.Minute)
				if st := c.Stats(); !st.Failing || st.Kept != 2 || st.Lost != 0 {
					t.Errorf("while it fails: %+v", st)
				}
				if n := strings.Count(j.String(), "cannot be written"); n < 9 || n > 12 {
					t.Errorf("the log was told %d times in 10 minutes", n)
				}
				if strings.Contains(j.String(), "+4930") {
					t.Errorf("the log has a number:\n%s", j)
				}
				died(t, folder, []string{name(promised(0, 0)), name(promised(1, 0))}, []string{name(promised(1, 2)), name(promised(2, 0))})
				d.set(func() { d.room, d.noSync, d.noOpen = plenty, false, false })
				time.Sleep(2 * time.Second)
				if st := c.Stats(); st.Failing || !strings.Contains(j.String(), "written again") {
					t.Errorf("after it was mended: %+v\n%s", st, j)
				}
				ends(t, c)
				if _, has := keeping(t, folder, nil, realDisk{}); !slices.Equal(has, []string{name(promised(1, 2)), name(promised(2, 0))}) {
					t.Errorf("the next start has %q", has)
				}
			})
		})
	}
}

// died looks at what a start would find now: what was there before the disk failed, or some of what came since; never less.
func died(t *testing.T, folder string, before, since []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, callbacksFile))
	if err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	if err := os.WriteFile(filepath.Join(copied, callbacksFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	c, has := keeping(t, copied, nil, realDisk{})
	ends(t, c)
	for _, id := range before {
		known := slices.ContainsFunc(has, func(h string) bool { return h[:26] == id[:26] })
		if gone := !slices.ContainsFunc(since, func(s string) bool { return s[:26] == id[:26] }); !known && !gone {
			t.Errorf("a start now has %q: %s is forgotten", has, id)
		}
	}
}

// A line that a crash cut off, or that something else spoiled, is named and passed over; the rest is kept, and what was spoiled can be looked at.
func TestFaultCallbacksBrokenLines(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, callbacksFile)
	c, _ := keeping(t, folder, nil, realDisk{})
	c.Keep(promised(1, 0))
	c.Keep(promised(2, 0))
	ends(t, c)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, second, _ := strings.Cut(string(whole), "\n")
	if !strings.Contains(first, promised(1, 0).Record.ID) { // they stand in no order
		first, second = strings.TrimSuffix(second, "\n"), first+"\n"
	}
	both, one := []string{name(promised(1, 0)), name(promised(2, 0))}, []string{name(promised(2, 0))}
	for _, row := range []struct {
		text     string
		want     []string
		says     string
		setAside bool
	}{
		{first + "\n" + second + first[:len(first)/2], both, "line=3", false},
		{first + "\n" + strings.TrimSuffix(second, "\n"), both, "", false},
		{first[:len(first)/2] + "\n" + second, one, "line=1", true},
		{"\x00\x00\n" + second, one, "line=1", true},
		{second + strings.Repeat("x", 3*MaxLine) + "\n{\"at\":\"x\"}\n{}\n[]\n\n", one, "line=6", true},
		{second + strings.Repeat("[", 3*MaxLine), one, "line=2", false},
		{"", []string{}, "", false},
	} {
		_ = os.Remove(filepath.Join(folder, damagedFile))
		if err := os.WriteFile(path, []byte(row.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var j journal
		c, has := keeping(t, folder, j.log(), realDisk{})
		if !slices.Equal(has, row.want) {
			t.Errorf("of %.60q are left %q, want %q", row.text, has, row.want)
		}
		if row.says != "" && (!strings.Contains(j.String(), row.says) || c.Stats().Unreadable == 0) || row.says == "" && j.String() != "" {
			t.Errorf("of %.60q the log says %q, %+v", row.text, &j, c.Stats())
		}
		if aside, err := os.ReadFile(filepath.Join(folder, damagedFile)); row.setAside && string(aside) != row.text || !row.setAside && err == nil {
			t.Errorf("of %.60q is set aside %.60q, %v", row.text, aside, err)
		}
		ends(t, c)
		if n := linesOf(t, folder); n != len(row.want) {
			t.Errorf("of %.60q are left %d lines", row.text, n)
		}
	}
}

// What is kept has an end: who is beyond it is called back by this process, and by no other; nothing that is known is dropped for him.
func TestFaultCallbacksAreBounded(t *testing.T) {
	var j journal
	folder := t.TempDir()
	c, _ := keeping(t, folder, j.log(), realDisk{})
	for n := range MaxCallbacks + 3 {
		c.Keep(promised(n, 0))
	}
	c.Keep(promised(0, 1)) // who is in stays in
	if st := c.Stats(); st.Kept != MaxCallbacks || st.Lost != 3 {
		t.Errorf("got %+v", st)
	}
	if n := strings.Count(j.String(), "not kept"); n != 3 {
		t.Errorf("the log says so %d times", n)
	}
	ends(t, c)
	if _, has := keeping(t, folder, nil, realDisk{}); len(has) != MaxCallbacks || has[0] != name(promised(0, 1)) {
		t.Errorf("%d came back, the first is %q", len(has), has[0])
	}
}

// A callback whose notes are too long is kept without them.
func TestCallbackTooLong(t *testing.T) {
	folder := t.TempDir()
	c, _ := keeping(t, folder, nil, realDisk{})
	p := promised(1, 0)
	p.Record.Agents[0].Notes = strings.Repeat("n", MaxLine)
	c.Keep(p)
	ends(t, c)
	c, has := keeping(t, folder, nil, realDisk{})
	if len(has) != 1 {
		t.Errorf("kept %q", has)
	}
	p.Prefer = queue.AgentID(strings.Repeat("n", MaxLine))
	if c.Keep(p); c.Stats().Lost != 1 {
		t.Errorf("one that is too long all the same: %+v", c.Stats())
	}
}
