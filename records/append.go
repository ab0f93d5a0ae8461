package records

import (
	"log/slog"
	"path/filepath"
)

// appender writes to the file of one day at a time. What was not synced when something failed is taken back before anything else is written to
// that file.
type appender struct {
	disk   disk
	folder string
	log    *slog.Logger

	open   file // nil when none is
	of     day
	synced int64 // of the file of the day `of`: how much is on the disk; meaningful while owed or open
	size   int64
	owed   bool // the file may have more than synced: it has to be cut before it is used
	told   day  // the file whose broken line was reported
}

// write puts text at the end of the day's file. The file of another day has to be synced before.
func (a *appender) write(of day, text []byte) error {
	if a.open == nil || a.of != of {
		if err := a.use(of); err != nil {
			return err
		}
	}
	n, err := a.open.Write(text)
	a.size += int64(n)
	return err
}

// sync brings what was written to the disk.
func (a *appender) sync() error {
	if a.open == nil {
		return nil
	}
	if err := a.open.Sync(); err != nil {
		return err
	}
	a.synced = a.size
	return nil
}

// use opens a day's file, and makes its end a line end.
func (a *appender) use(of day) error {
	a.leave()
	f, err := a.disk.open(filepath.Join(a.folder, of.file()))
	if err != nil {
		return err
	}
	if err := a.begin(f, of); err != nil {
		_ = f.Close()
		return err
	}
	a.open = f
	return nil
}

func (a *appender) begin(f file, of day) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	if a.owed && a.of == of && size > a.synced {
		if err := f.Truncate(a.synced); err != nil {
			return err
		}
		size = a.synced
	}
	a.of, a.owed, a.synced, a.size = of, false, size, size
	ended, err := f.Ended()
	if err != nil || ended {
		return err
	}
	if a.told != of {
		a.told = of
		a.log.Warn("a call record was cut off when the server stopped: its line is left as it is, and passed over", "file", of.file())
	}
	n, err := f.Write([]byte("\n"))
	if a.size += int64(n); err != nil {
		a.owed = n > 0
	}
	return err
}

// fail takes back what was not synced, now if that works, else before the file is used again.
func (a *appender) fail() {
	if a.open == nil {
		return
	}
	a.owed = a.size > a.synced && a.open.Truncate(a.synced) != nil
	a.size = a.synced
	a.leave()
}

// leave closes the file.
func (a *appender) leave() {
	if a.open != nil {
		_ = a.open.Close()
		a.open = nil
	}
}
