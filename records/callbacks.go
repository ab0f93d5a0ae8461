package records

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
)

const (
	// MaxCallbacks is how many promised callbacks are kept. Calls in progress, which they are, are far fewer.
	MaxCallbacks = 10_000
	// callbacksFile is where they stand; damagedFile is one with lines that could not be read, set aside.
	callbacksFile = "callbacks.jsonl"
	damagedFile   = "callbacks.damaged.jsonl"
	// slack is how many lines that are no longer true the file may have beside twice as many as are.
	slack = 1000
)

// Callbacks keeps promised callbacks, so that the next process goes on with them. What is true now is in memory; the file is a copy of it that follows:
// one line for each change, and written anew when too many of its lines are no longer true, or when the disk has failed. So a disk that fails costs
// nothing but the safety of the copy, until it works again. Methods may be called from any goroutine, and but for Close return at once.
type Callbacks struct {
	// Fixed after OpenCallbacks.
	folder  string
	log     *slog.Logger
	disk    disk
	locked  *os.File
	wake    chan struct{} // has room for one: there is something to do
	closing chan struct{}
	closed  chan struct{} // closed when the writer is gone
	once    sync.Once

	mu         sync.Mutex        // guards the fields below
	now        map[string][]byte // the line of each callback, by its call
	bytes      int               // of now
	changes    []byte            // lines that are not in the file yet
	changed    int               // how many they are
	anew       bool              // the file has to be written anew
	unwritten  bool              // something is not on the disk
	failing    bool
	lost       uint64
	unreadable uint64
}

// callbackLine is a line of the file.
type callbackLine struct {
	At       protocol.Time        `json:"at"`
	Callback *translator.Callback `json:"callback,omitempty"`
	Done     string               `json:"done,omitempty"` // the call of which nothing is kept any more
}

// OpenCallbacks begins to keep callbacks in a folder, which is made where it is not there; the folder above has to be. It gives what an earlier process left
// there. It reports why that cannot be; a disk that is only full is no reason. log is told of what is wrong, never of who is to be called; nil for none.
func OpenCallbacks(folder string, log *slog.Logger) (*Callbacks, []translator.Callback, error) {
	return openCallbacks(folder, log, realDisk{})
}

func openCallbacks(folder string, log *slog.Logger, d disk) (*Callbacks, []translator.Callback, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := makeFolder(folder); err != nil {
		return nil, nil, fmt.Errorf("callbacks: %w", err)
	}
	locked, err := lock(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("callbacks: %w", err)
	}
	c := &Callbacks{
		folder: folder, log: log, disk: d, locked: locked, wake: make(chan struct{}, 1), closing: make(chan struct{}), closed: make(chan struct{}),
		now: map[string][]byte{}, anew: true,
	}
	list, err := c.recall()
	if err != nil {
		_ = locked.Close()
		return nil, nil, fmt.Errorf("callbacks: %w", err)
	}
	w := &copyist{c: c}
	w.work(time.Now()) // so that a file with lines that are no longer true is gone before anything else happens
	go w.run()
	return c, list, nil
}

// Keep implements [translator.Promises].
func (c *Callbacks) Keep(p translator.Callback) {
	text, fits := encodeCallback(p)
	if !c.keep(p.Record.ID, text, fits) {
		c.log.Error("a callback is not kept for the next start: there are too many, or it is too long", "call", p.Record.ID, "bytes", len(text))
	}
}

// keep takes a callback's line; false if there is no room.
func (c *Callbacks) keep(call string, text []byte, fits bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, known := c.now[call]
	if size := c.bytes - len(before) + len(text); !fits || !known && len(c.now) >= MaxCallbacks || size > maxSpooledBytes {
		c.lost++
		return false
	}
	c.bytes += len(text) - len(before)
	c.now[call] = text
	c.changeLocked(text)
	return true
}

// Done implements [translator.Promises].
func (c *Callbacks) Done(call string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, known := c.now[call]
	if !known {
		return
	}
	delete(c.now, call)
	c.bytes -= len(before)
	text, err := json.Marshal(callbackLine{At: protocol.At(time.Now()), Done: call})
	if err != nil {
		panic("records: " + err.Error())
	}
	c.changeLocked(append(text, '\n'))
}

// changeLocked has a line added to the file, or, when too much waits already, the file written anew.
func (c *Callbacks) changeLocked(line []byte) {
	c.unwritten = true
	if c.anew || len(c.changes)+len(line) > batchBytes {
		c.anew, c.changes, c.changed = true, nil, 0
	} else {
		c.changes, c.changed = append(c.changes, line...), c.changed+1
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// encodeCallback makes the line of a callback; false if it would be too long, even without what else is known of its call.
func encodeCallback(p translator.Callback) ([]byte, bool) {
	p.Record = finite(p.Record)
	text := marshalCallback(p)
	if len(text) > MaxLine {
		p.Record = withoutNotes(p.Record)
		text = marshalCallback(p)
	}
	return text, len(text) <= MaxLine
}

// marshalCallback cannot fail: see marshal.
func marshalCallback(p translator.Callback) []byte {
	text, err := json.Marshal(callbackLine{At: protocol.At(time.Now()), Callback: &p})
	if err != nil {
		panic("records: " + err.Error())
	}
	return append(text, '\n')
}

// Close brings what is not on the disk there, and ends the keeping. It returns when that is done, or cannot be, or ctx is done; then the error says so. The file is there for the next
// process either way, as far as it was written.
func (c *Callbacks) Close(ctx context.Context) error {
	c.once.Do(func() { close(c.closing) })
	select {
	case <-c.closed:
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unwritten {
		return fmt.Errorf("callbacks: what changed last is not on the disk; %d are promised", len(c.now))
	}
	return nil
}

// CallbackStats are the figures of kept callbacks.
type CallbackStats struct {
	// Kept are those that are promised now, Lost those that found no room, and end with the process.
	Kept int
	Lost uint64
	// Failing says that the disk does not take them.
	Failing bool
	// Unreadable are lines that were passed over at the start.
	Unreadable uint64
}

// Stats gives the figures as they are now.
func (c *Callbacks) Stats() CallbackStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return CallbackStats{Kept: len(c.now), Lost: c.lost, Failing: c.failing, Unreadable: c.unreadable}
}

// takeLocked is what is to be written: all of it if anew, else the lines to add.
func (c *Callbacks) takeLocked(anew bool) (text []byte, lines int) {
	if anew {
		var all bytes.Buffer
		for _, line := range c.now {
			all.Write(line)
		}
		text, lines = all.Bytes(), len(c.now)
	} else {
		text, lines = c.changes, c.changed
	}
	c.anew, c.changes, c.changed, c.unwritten = false, nil, 0, false
	return text, lines
}

func (c *Callbacks) path(name string) string { return filepath.Join(c.folder, name) }
