package records

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

// The bounds of a store.
const (
	// SyncWithin is how long a record may be in its file and not yet on the disk.
	SyncWithin = 100 * time.Millisecond
	// MaxSpooled is how many records may wait for the disk.
	MaxSpooled = 10_000
	// maxSpooledBytes bounds what they take.
	maxSpooledBytes = 64 << 20
	// MaxLine is the longest record, in bytes of JSON. One that is longer is kept without what agents noted; one that is longer still is lost.
	MaxLine = 1 << 20
	// retryAfter is how long a disk that failed is left alone.
	retryAfter = time.Second
	// alarmEvery is how often the log says that it still fails.
	alarmEvery = time.Minute
	// sweepEvery is how often files are looked for that are too old.
	sweepEvery = time.Hour
)

// Config is what a store is made from.
type Config struct {
	// Folder holds the files. It is made where it is not there; the folder above has to be.
	Folder string
	// KeepDays is for how many days after that of their end calls are kept; 0 for ever.
	KeepDays int
	// Log is told of what is wrong, never of what is in a record. nil for none.
	Log *slog.Logger
}

// Try reports why records could not be kept in a folder, nil if they can: it makes the folder, and a file in it, and removes them again. A store that
// is using the folder is not disturbed.
func Try(folder string) error {
	_, err := os.Stat(folder)
	isNew := errors.Is(err, os.ErrNotExist)
	if err := makeFolder(folder); err != nil {
		return err
	}
	err = tryFile(folder)
	if isNew { // it may be another account that serves
		err = errors.Join(err, os.Remove(folder))
	}
	return err
}

func tryFile(folder string) error {
	f, err := os.CreateTemp(folder, ".try-*")
	if err != nil {
		return err
	}
	_, werr := f.WriteString("{}\n")
	return errors.Join(werr, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// Readable reports whether others than its owner may look into a folder.
func Readable(folder string) bool {
	info, err := os.Stat(folder)
	return err == nil && info.Mode().Perm()&0o077 != 0
}

func makeFolder(folder string) error {
	if folder == "" {
		return errors.New("records: no folder")
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Stat(folder)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", folder)
	}
	return err
}
