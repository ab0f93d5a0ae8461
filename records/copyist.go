package records

import (
	"errors"
	"os"
	"time"
)

// copyist is the one goroutine that writes the callbacks' file. What is in it is its own.
type copyist struct {
	c       *Callbacks
	open    file // nil when none is
	lines   int  // in the file
	retryAt time.Time
	alarmed time.Time // when the log was last told that the disk fails; zero while it does not
}

// run writes until the keeping is closed.
func (w *copyist) run() {
	defer close(w.c.closed)
	defer w.c.locked.Close()
	defer w.leave()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait := time.Hour
		if !w.retryAt.IsZero() {
			wait = time.Until(w.retryAt)
		}
		timer.Reset(wait)
		select {
		case <-w.c.wake:
		case <-timer.C:
		case <-w.c.closing:
			w.retryAt = time.Time{}
			w.work(time.Now())
			return
		}
		w.work(time.Now())
	}
}

// work brings what has changed to the disk.
func (w *copyist) work(now time.Time) {
	if now.Before(w.retryAt) {
		return
	}
	c := w.c
	c.mu.Lock()
	anew := c.anew || w.lines+c.changed > 2*len(c.now)+slack
	text, lines := c.takeLocked(anew)
	c.mu.Unlock()
	var err error
	switch {
	case anew:
		err = w.writeAnew(text, lines)
	case lines > 0:
		err = w.add(text, lines)
	}
	w.done(err, now)
}

// add writes lines behind the others.
func (w *copyist) add(text []byte, lines int) error {
	if w.open == nil {
		f, err := w.c.disk.open(w.c.path(callbacksFile))
		if err != nil {
			return err
		}
		w.open = f
	}
	if _, err := w.open.Write(text); err != nil {
		return err
	}
	w.lines += lines
	return w.open.Sync()
}

// writeAnew puts a new file in the place of the old one, which stays whole until the new one is.
func (w *copyist) writeAnew(text []byte, lines int) error {
	w.leave()
	c := w.c
	fresh := c.path(callbacksFile + ".new")
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := c.disk.open(fresh)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(fresh)
		return err
	}
	if err := os.Rename(fresh, c.path(callbacksFile)); err != nil {
		return err
	}
	w.lines = lines
	return syncFolder(c.folder)
}

func (w *copyist) leave() {
	if w.open != nil {
		_ = w.open.Close()
		w.open = nil
	}
}

// done notes how the writing went. After a failure all is written anew, later.
func (w *copyist) done(err error, now time.Time) {
	c := w.c
	c.mu.Lock()
	c.failing = err != nil
	if err != nil {
		c.anew, c.unwritten, c.changes, c.changed = true, true, nil, 0
	}
	kept := len(c.now)
	c.mu.Unlock()
	switch {
	case err == nil:
		if w.retryAt = (time.Time{}); !w.alarmed.IsZero() {
			w.alarmed = time.Time{}
			c.log.Info("callbacks are written again")
		}
		return
	case now.Sub(w.alarmed) >= alarmEvery:
		w.alarmed = now
		c.log.Error("promised callbacks cannot be written: they are kept in memory, and a restart would forget what changed", "error", err, "callbacks", kept)
	}
	w.leave()
	w.retryAt = now.Add(retryAfter)
}
