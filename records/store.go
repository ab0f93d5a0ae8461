package records

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"offhook/translator"
)

// Store keeps records in a folder and reads them back. Its methods may be called from any goroutine.
type Store struct {
	// Fixed after Open.
	cfg     Config
	log     *slog.Logger
	spool   *spool
	locked  *os.File
	closing chan struct{}
	closed  chan struct{} // closed when the writer is gone
	once    sync.Once

	failing    atomic.Bool
	unreadable atomic.Uint64

	recents recents
}

// Open begins to keep records in a folder. It reports why that cannot be; a disk that is only full is no reason.
func Open(cfg Config) (*Store, error) { return open(cfg, realDisk{}) }

func open(cfg Config, d disk) (*Store, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := makeFolder(cfg.Folder); err != nil {
		return nil, fmt.Errorf("call records: %w", err)
	}
	locked, err := lock(cfg.Folder)
	if err != nil {
		return nil, fmt.Errorf("call records: %w", err)
	}
	s := &Store{cfg: cfg, log: cfg.Log, spool: newSpool(), locked: locked, closing: make(chan struct{}), closed: make(chan struct{})}
	w := &writer{store: s, spool: s.spool, files: appender{disk: d, folder: cfg.Folder, log: cfg.Log}}
	w.mend()
	if err := s.recall(); err != nil {
		_ = locked.Close()
		return nil, fmt.Errorf("call records: %w", err)
	}
	go w.run()
	return s, nil
}

// Add keeps a record. It returns at once; r may not be changed afterwards.
func (s *Store) Add(r translator.CallRecord) {
	s.recents.add(r)
	l, fits := encode(r, time.Now())
	if !fits {
		s.spool.lose()
		s.log.Error("a call record is lost: it is too long", "call", r.ID, "bytes", len(l.text))
		return
	}
	s.spool.add(l) // a spool that is full is counted, and told of by the writer
}

// Close writes what waits, and ends the store. Records that are added from now on are lost. It returns when all is on the disk, and before that when ctx
// is done or the disk fails: then the error says how many are not.
func (s *Store) Close(ctx context.Context) error {
	s.spool.close()
	s.once.Do(func() { close(s.closing) })
	select {
	case <-s.closed:
	case <-ctx.Done():
	}
	if waiting, _, _ := s.spool.count(); waiting > 0 {
		return fmt.Errorf("%d call records could not be written and are lost", waiting)
	}
	return nil
}

// Stats are a store's figures.
type Stats struct {
	Kept uint64 // on the disk, since the start
	Lost uint64 // for want of room in memory, or too long
	// Spooled is how many wait for the disk now; MaxSpooled is the most.
	Spooled int
	// Failing says that the disk does not take them.
	Failing bool
	// Unreadable are lines that were passed over when records were read back, counted each time.
	Unreadable uint64
}

// Stats gives the figures as they are now.
func (s *Store) Stats() Stats {
	waiting, kept, lost := s.spool.count()
	return Stats{Kept: kept, Lost: lost, Spooled: waiting, Failing: s.failing.Load(), Unreadable: s.unreadable.Load()}
}
