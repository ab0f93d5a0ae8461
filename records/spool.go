package records

import "sync"

// line is a record as it is written, with the file that it belongs to.
type line struct {
	day  day
	text []byte // with the line end
}

// spool holds the lines that are not yet on the disk, oldest first. The first `written` of them are in their file, not yet synced: they are kept until
// that is done, because a failed sync says nothing of what it did.
type spool struct {
	wake chan struct{} // has room for one: there is something to do

	mu      sync.Mutex // guards the fields below
	lines   []line
	bytes   int
	written int
	kept    uint64 // on the disk
	lost    uint64 // for want of room, or too long
	closed  bool
}

func newSpool() *spool { return &spool{wake: make(chan struct{}, 1)} }

// add takes a line; false if there is no room, or no more is taken.
func (s *spool) add(l line) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.lines) >= MaxSpooled || s.bytes+len(l.text) > maxSpooledBytes {
		s.lost++
		return false
	}
	s.lines = append(s.lines, l)
	s.bytes += len(l.text)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return true
}

// lose counts a record that could not become a line.
func (s *spool) lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost++
}

// batchBytes is about how much is written at once.
const batchBytes = 1 << 20

// next gives the text of lines that are to be written, all of one day, and how many they are; 0 if there are none.
func (s *spool) next() (of day, text []byte, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lines[s.written:] {
		if n > 0 && (l.day != of || len(text)+len(l.text) > batchBytes) {
			break
		}
		of = l.day
		text = append(text, l.text...)
		n++
	}
	return of, text, n
}

// wrote says that the next n lines are in their file.
func (s *spool) wrote(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written += n
}

// undo says that no line is known to be in its file.
func (s *spool) undo() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written = 0
}

// synced says that what was written is on the disk.
func (s *spool) synced() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.written {
		s.bytes -= len(s.lines[i].text)
		s.lines[i].text = nil // the array lives on for a while
	}
	s.kept += uint64(s.written)
	s.lines, s.written = s.lines[s.written:], 0
	if len(s.lines) == 0 {
		s.lines = nil
	}
}

// unsynced is how many lines are in their file and not known to be on the disk.
func (s *spool) unsynced() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written
}

// close ends the taking of lines.
func (s *spool) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// count is how many wait, are on the disk, and were lost.
func (s *spool) count() (waiting int, kept, lost uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lines), s.kept, s.lost
}
