package records

import (
	"os"
	"path/filepath"
)

// disk opens the files that are written to. Tests put one in its place that fails.
type disk interface {
	// open opens a file for appending, and makes it where it is not there.
	open(path string) (file, error)
}

// file is one of them.
type file interface {
	Write([]byte) (int, error)
	Sync() error
	Truncate(size int64) error
	// Size is the size, and Ended whether the file is empty or ends with a line end.
	Size() (int64, error)
	Ended() (bool, error)
	Close() error
}

// realDisk is the machine's.
type realDisk struct{}

func (realDisk) open(path string) (file, error) {
	_, err := os.Stat(path)
	isNew := os.IsNotExist(err)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if isNew { // the name is on the disk only when the folder is
		if err := syncFolder(filepath.Dir(path)); err != nil {
			_ = f.Close()
			return nil, err
		}
	}
	return realFile{f}, nil
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	_ = d.Close()
	return err
}

type realFile struct{ *os.File }

// Size is the file's size.
func (f realFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Ended reports whether the last line is a whole one.
func (f realFile) Ended() (bool, error) {
	size, err := f.Size()
	if err != nil || size == 0 {
		return err == nil, err
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], size-1)
	return last[0] == '\n', err
}
