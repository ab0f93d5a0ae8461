package main

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const someCall = "01M826V30NE5064FVSTJRD10DZ"

// filesIn lists the files and the empty folders below a folder.
func filesIn(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if name, _ := filepath.Rel(dir, path); !d.IsDir() || isEmpty(path) {
			list = append(list, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func isEmpty(dir string) bool {
	in, err := os.ReadDir(dir)
	return err == nil && len(in) == 0
}

func put(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Recordings go after their days, at the beginning and then within the hour, and their folder with the last of them; what is not ours stays.
func TestRecordingsAreKeptForTheirDays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sound")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now().UTC() // midnight of 2000-01-01
		day := func(n int) string { return start.AddDate(0, 0, n).Format(dayLayout) }
		kept := []string{
			"2000-1-1/" + someCall + ".wav", someCall + ".wav", day(-9) + "/" + someCall + ".wav.txt", day(-9) + "/" + strings.ToLower(someCall) + ".wav",
			day(-9) + "/notes.txt", "old/" + someCall + ".wav",
		}
		for _, name := range append(kept, day(-9)+"/"+someCall+".wav", day(-8)+"/"+someCall+".wav", day(-8)+"/"+someCall+"-12.wav", day(-7)+"/"+someCall+".wav", day(0)+"/"+someCall+".wav") {
			put(t, filepath.Join(dir, name))
		}
		log := &strings.Builder{}
		s, err := startSweeper(recordingSettings{dir, 7}, slog.New(slog.NewTextHandler(log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		want := func(days ...string) {
			t.Helper()
			synctest.Wait()
			all := slices.Clone(kept)
			for _, d := range days {
				all = append(all, d+"/"+someCall+".wav")
			}
			slices.Sort(all)
			if got := filesIn(t, dir); !slices.Equal(got, all) {
				t.Errorf("got  %v\nwant %v", got, all)
			}
		}
		want(day(-7), day(0))
		time.Sleep(23 * time.Hour)
		want(day(-7), day(0))
		time.Sleep(time.Hour)
		want(day(0))
		time.Sleep(8 * 24 * time.Hour)
		want()
		s.close()
		if !strings.Contains(log.String(), "files=3 keep_days=7") || strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("the log says\n%s", log)
		}
	})
}

// Without an end nothing goes, and no goroutine stays.
func TestRecordingsAreKeptForEver(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "1999-01-01", someCall+".wav"))
	synctest.Test(t, func(t *testing.T) {
		s, err := startSweeper(recordingSettings{dir, 0}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(1000 * 24 * time.Hour)
		s.close()
	})
	if got := filesIn(t, dir); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}

// What a link leads to is not ours, wherever it stands.
func TestSecuritySweepingFollowsNoLinks(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	put(t, filepath.Join(other, someCall+".wav"))
	put(t, filepath.Join(dir, "1999-01-02", "keep"))
	for _, link := range []struct{ to, at string }{{other, "1999-01-01"}, {filepath.Join(other, someCall+".wav"), "1999-01-02/" + someCall + ".wav"}} {
		if err := os.Symlink(link.to, filepath.Join(dir, link.at)); err != nil {
			t.Skip(err)
		}
	}
	s := &sweeper{set: recordingSettings{dir, 1}, log: slog.New(slog.DiscardHandler), now: time.Now}
	s.sweep(t.Context())
	if got := filesIn(t, other); !slices.Equal(got, []string{someCall + ".wav"}) {
		t.Errorf("elsewhere is left: %v", got)
	}
	if got := filesIn(t, dir); len(got) != 3 {
		t.Errorf("left: %v", got)
	}
}

// A folder that is gone is told of, and is no reason to stop.
func TestFaultSweepingWithoutAFolder(t *testing.T) {
	log := &strings.Builder{}
	s := &sweeper{set: recordingSettings{filepath.Join(t.TempDir(), "gone"), 1}, log: slog.New(slog.NewTextHandler(log, nil)), now: time.Now}
	s.sweep(t.Context())
	if !strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("the log says\n%s", log)
	}
	if _, err := startSweeper(recordingSettings{filepath.Join(t.TempDir(), "a", "b"), 1}, s.log); err == nil {
		t.Error("a folder that cannot be made is taken")
	}
}
