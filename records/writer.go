package records

import (
	"os"
	"path/filepath"
	"time"
)

// writer is the one goroutine that writes. Everything in it is its own.
type writer struct {
	store *Store
	spool *spool
	files appender

	lastSync time.Time
	retryAt  time.Time // the disk is left alone until then
	alarmed  time.Time // when the log was last told that it fails; zero while it does not
	lost     uint64    // of the records lost, those that the log knows of
	sweepAt  time.Time
}

// run writes until the store is closed.
func (w *writer) run() {
	defer close(w.store.closed)
	defer w.store.locked.Close()
	defer w.files.leave()
	w.sweep(time.Now())
	timer := time.NewTimer(sweepEvery)
	defer timer.Stop()
	for {
		select {
		case <-w.spool.wake:
		case <-timer.C:
		case <-w.store.closing:
			w.retryAt, w.lastSync = time.Time{}, time.Time{}
			w.work(time.Now())
			return
		}
		w.work(time.Now())
		timer.Reset(time.Until(w.due()))
	}
}

// due is when there is something to do although nothing comes.
func (w *writer) due() time.Time {
	switch waiting, _, _ := w.spool.count(); {
	case waiting == 0:
		return w.sweepAt
	case !w.retryAt.IsZero():
		return w.retryAt
	}
	return w.lastSync.Add(SyncWithin)
}

// work does what is due.
func (w *writer) work(now time.Time) {
	if !now.Before(w.sweepAt) {
		w.sweep(now)
	}
	if now.Before(w.retryAt) {
		w.sayLost()
		return
	}
	if err := w.write(now); err != nil {
		w.failed(err, now)
		return
	}
	w.recovered()
}

// write brings what waits into the files, and what is in a file to the disk if it is time.
func (w *writer) write(now time.Time) error {
	for {
		of, text, n := w.spool.next()
		if n == 0 {
			break
		}
		if of != w.files.of && w.spool.unsynced() > 0 { // before another file is opened
			if err := w.sync(now); err != nil {
				return err
			}
		}
		if err := w.files.write(of, text); err != nil {
			return err
		}
		w.spool.wrote(n)
	}
	if w.spool.unsynced() > 0 && now.Sub(w.lastSync) >= SyncWithin {
		return w.sync(now)
	}
	return nil
}

func (w *writer) sync(now time.Time) error {
	if err := w.files.sync(); err != nil {
		return err
	}
	w.lastSync = now
	w.spool.synced()
	return nil
}

// failed takes back what is not on the disk, and has it tried again later.
func (w *writer) failed(err error, now time.Time) {
	w.files.fail()
	w.spool.undo()
	w.retryAt = now.Add(retryAfter)
	w.store.failing.Store(true)
	if now.Sub(w.alarmed) >= alarmEvery {
		w.alarmed = now
		waiting, _, _ := w.spool.count()
		w.store.log.Error("call records cannot be written: calls go on, their records wait in memory", "error", err, "waiting", waiting, "at_most", MaxSpooled)
	}
	w.sayLost()
}

func (w *writer) recovered() {
	w.retryAt = time.Time{}
	w.sayLost()
	if w.alarmed.IsZero() {
		return
	}
	w.alarmed = time.Time{}
	w.store.failing.Store(false)
	w.store.log.Info("call records are written again")
}

// sayLost tells the log of records lost, once for all that were lost since it was last told.
func (w *writer) sayLost() {
	if _, _, lost := w.spool.count(); lost > w.lost {
		w.store.log.Error("call records are lost", "records", lost-w.lost)
		w.lost = lost
	}
}

// mend gives the newest file an end, where the last line has none. A disk that is full leaves that to the first record.
func (w *writer) mend() {
	list, err := days(w.store.cfg.Folder)
	if err != nil || len(list) == 0 {
		return
	}
	if err := w.files.use(list[len(list)-1]); err == nil && w.files.size > w.files.synced {
		err = w.files.sync()
		if err != nil {
			w.files.fail()
		}
	}
}

// sweep removes the files of days that are too old.
func (w *writer) sweep(now time.Time) {
	w.sweepAt = now.Add(sweepEvery)
	cfg := w.store.cfg
	list, err := days(cfg.Folder)
	if err != nil {
		w.store.log.Error("the folder of call records cannot be read", "error", err)
		return
	}
	if cfg.KeepDays <= 0 {
		return
	}
	oldest := dayOf(now.AddDate(0, 0, -cfg.KeepDays))
	for _, d := range list {
		if d >= oldest {
			return
		}
		if d == w.files.of {
			w.files.leave()
		}
		if err := os.Remove(filepath.Join(cfg.Folder, d.file())); err != nil {
			w.store.log.Error("call records that are too old could not be removed", "file", d.file(), "error", err)
			continue
		}
		w.store.log.Info("call records are removed, as configured", "file", d.file(), "keep_days", cfg.KeepDays)
	}
}
