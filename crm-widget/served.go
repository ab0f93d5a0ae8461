package crmwidget

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"path"
	"sync"
	"time"
)

// entry is the module that a page loads. It is served joined with all that it imports.
const entry = "offhook.js"

// lazy are the files of Widget, which are made when the first of them is asked for.
type lazy struct{}

// Open implements [fs.FS].
func (lazy) Open(name string) (fs.File, error) { return served().Open(name) }

// served makes the files of Widget, once.
var served = sync.OnceValue(func() fs.FS {
	files, err := serve(widget)
	if err != nil {
		panic(err) // the files are embedded: a test would have failed
	}
	return files
})

// serve returns files with the entry joined, what it loads later beside it, and beside each module its compressed form, .gz.
func serve(files fs.FS) (fs.FS, error) {
	made, err := join(files, entry)
	if err != nil {
		return nil, err
	}
	for name, text := range made {
		made[name+".gz"] = pack(text)
	}
	err = fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".js" {
			return err
		}
		if made[name] != nil {
			return nil
		}
		text, err := fs.ReadFile(files, name)
		made[name+".gz"] = pack(text)
		return err
	})
	return overlay{files, made}, err
}

// pack compresses text as small as gzip can.
func pack(text []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	w.Write(text)                                           // a buffer takes everything
	w.Close()
	return out.Bytes()
}

// overlay is a file system with some files made in memory in front of it.
type overlay struct {
	fs.FS
	made map[string][]byte
}

// Open opens a made file, or one of the file system behind.
func (o overlay) Open(name string) (fs.File, error) {
	if text, ok := o.made[name]; ok {
		return &file{Reader: bytes.NewReader(text), name: path.Base(name)}, nil
	}
	return o.FS.Open(name)
}

// file is a made file that was opened; it can be sought in, as net/http wants.
type file struct {
	*bytes.Reader
	name string
}

func (f *file) Stat() (fs.FileInfo, error)         { return f, nil }
func (f *file) Close() error                       { return nil }
func (f *file) ReadDir(int) ([]fs.DirEntry, error) { return nil, errors.ErrUnsupported }
func (f *file) Name() string                       { return f.name }
func (f *file) Mode() fs.FileMode                  { return 0o444 }
func (f *file) ModTime() time.Time                 { return time.Time{} }
func (f *file) IsDir() bool                        { return false }
func (f *file) Sys() any                           { return nil }
