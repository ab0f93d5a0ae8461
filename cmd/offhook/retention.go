package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"time"
)

// recordingName is a recording's name: a call's ID, a number from the second on.
var recordingName = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}(-[1-9][0-9]*)?\.wav$`)

// sweepEvery is how often recordings that are too old are looked for.
const sweepEvery = time.Hour

// sweeper removes recordings that were kept for long enough, once an hour, on a goroutine of its own. It touches what recordingSettings.path names, and
// nothing else: neither other files, nor what links lead to.
type sweeper struct {
	set  recordingSettings
	log  *slog.Logger
	now  func() time.Time
	stop context.CancelFunc
	done chan struct{}
}

// startSweeper makes the folder, and keeps it swept until close; nil where there is no folder.
func startSweeper(set recordingSettings, log *slog.Logger) (*sweeper, error) {
	if set.folder == "" {
		return nil, nil
	}
	if err := makeFolder(set.folder); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &sweeper{set, log, time.Now, stop, make(chan struct{})}
	go s.run(ctx)
	return s, nil
}

// makeFolder makes a folder that is for this account alone, if the one above it is there.
func makeFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", path)
	}
	return err
}

func (s *sweeper) run(ctx context.Context) {
	defer close(s.done)
	if s.set.keepDays == 0 {
		return
	}
	every := time.NewTicker(sweepEvery)
	defer every.Stop()
	for {
		s.sweep(ctx)
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// close returns when the goroutine is gone. It may be called on nil.
func (s *sweeper) close() {
	if s != nil {
		s.stop()
		<-s.done
	}
}

// sweep removes what is too old now, and says so. The root keeps links inside from leading out of the folder.
func (s *sweeper) sweep(ctx context.Context) {
	root, err := os.OpenRoot(s.set.folder)
	if err != nil {
		s.log.Error("recordings that are too old could not be looked for", "error", err)
		return
	}
	defer root.Close()
	days, err := fs.ReadDir(root.FS(), ".")
	removed := 0
	for _, day := range days {
		if ctx.Err() == nil && day.IsDir() && s.isOver(day.Name()) {
			n, e := sweepDay(ctx, root, day.Name())
			removed, err = removed+n, errors.Join(err, e)
		}
	}
	if err != nil {
		s.log.Error("recordings that are too old could not be removed", "error", err)
	}
	if removed > 0 {
		s.log.Info("recordings are removed, as configured", "files", removed, "keep_days", s.set.keepDays)
	}
}

// isOver reports whether a folder is that of a day whose recordings have been kept for long enough.
func (s *sweeper) isOver(name string) bool {
	day, err := time.Parse(dayLayout, name)
	return err == nil && !s.now().Before(day.AddDate(0, 0, s.set.keepDays+1))
}

// sweepDay removes the recordings of a day, and its folder if nothing else is in it.
func sweepDay(ctx context.Context, root *os.Root, day string) (removed int, err error) {
	files, err := fs.ReadDir(root.FS(), day)
	left := len(files)
	for _, file := range files {
		if ctx.Err() != nil {
			return removed, err
		}
		if !file.Type().IsRegular() || !recordingName.MatchString(file.Name()) {
			continue
		}
		if e := root.Remove(day + "/" + file.Name()); e != nil {
			err = errors.Join(err, e)
			continue
		}
		removed, left = removed+1, left-1
	}
	if left == 0 && err == nil {
		err = root.Remove(day)
	}
	return removed, err
}
