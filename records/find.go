package records

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
)

// The bounds of one page.
const (
	// MaxPage is the most records that one page has.
	MaxPage = 200
	// maxPageBytes ends a page of long records before that.
	maxPageBytes = 4 << 20
	// maxRead is how much is looked through for one page.
	maxRead = 64 << 20
)

// ErrCursor says that a cursor is none that Find gave.
var ErrCursor = errors.New("records: no such cursor")

// Filter chooses calls. An empty field chooses all; all that are set have to fit.
type Filter struct {
	// From and To are the time in which the call ended: from From on, before To.
	From, To time.Time
	// Agent had a part in it, be it an offer that came to nothing.
	Agent string
	// Queue is the queue that it came through.
	Queue string
	// Number is that of the caller or of the one called. Of numbers the digits count, however they are written.
	Number    string
	Direction protocol.Direction
	Cause     protocol.CauseCode
}

// Page is some calls, the last to be over first.
type Page struct {
	Calls []translator.CallRecord
	// Next is where the next page begins; "" if there is none. A page that has it may have fewer calls than were asked for, or none: so much is
	// looked through at once, and no more.
	Next string
}

// Find gives the calls that a filter chooses, at most limit (and MaxPage) of them, from cursor on: "" for the newest, else Next of the page before. It
// returns ErrCursor for a cursor that is none, and ctx's error when that is done.
func (s *Store) Find(ctx context.Context, f Filter, limit int, cursor string) (Page, error) {
	at, err := parseCursor(cursor)
	if err != nil {
		return Page{}, err
	}
	list, err := days(s.cfg.Folder)
	if err != nil {
		return Page{}, err
	}
	p := &pager{ctx: ctx, store: s, filter: f, marks: f.marks(), limit: min(max(limit, 1), MaxPage), budget: maxRead}
	for _, d := range slices.Backward(list) {
		if at.day != "" && d > at.day || !f.To.IsZero() && d > dayOf(f.To) {
			continue
		}
		if !f.From.IsZero() && d < dayOf(f.From) {
			break
		}
		end := int64(-1)
		if d == at.day {
			end = at.offset
		}
		if err := p.file(d, end); err != nil || p.page.Next != "" {
			return p.page, err
		}
	}
	return p.page, nil
}

// pager fills one page.
type pager struct {
	ctx    context.Context
	store  *Store
	filter Filter
	marks  [][]byte
	limit  int
	page   Page
	bytes  int
	budget int64
}

// file takes what fits from one day's file, from end backwards; from the file's own end if that is -1.
func (p *pager) file(d day, end int64) error {
	return p.store.lines(p.ctx, d, end, &p.budget, func(text []byte, begins int64) bool {
		if r, ok := p.store.parse(text, p.marks); ok && p.filter.fits(&r) {
			p.page.Calls = append(p.page.Calls, r)
			p.bytes += len(text)
		}
		if len(p.page.Calls) < p.limit && p.bytes < maxPageBytes && p.budget > 0 {
			return true
		}
		p.page.Next = cursor{d, begins}.String()
		return false
	})
}

// lines gives the lines of a day's file backwards from end, -1 for the file's own, until each returns false. What is read is taken from budget. A file
// that is gone has no lines.
func (s *Store) lines(ctx context.Context, d day, end int64, budget *int64, each func(text []byte, begins int64) bool) error {
	f, err := os.Open(filepath.Join(s.cfg.Folder, d.file()))
	if errors.Is(err, os.ErrNotExist) {
		return nil // removed since the folder was read
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if end < 0 || end > info.Size() {
		end = info.Size()
	}
	b := &backward{from: f, chunk: chunk, at: end, budget: budget}
	for n := 0; ; n++ {
		text, begins, err := b.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && n%256 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if !each(text, begins) {
			return nil
		}
	}
}

// parse reads a line that has all of marks; false for one that has not, or is no record.
func (s *Store) parse(text []byte, marks [][]byte) (r translator.CallRecord, ok bool) {
	for _, m := range marks {
		if !bytes.Contains(text, m) {
			return r, false
		}
	}
	if len(text) == 0 {
		return r, false
	}
	if err := json.Unmarshal(text, &r); err != nil || r.ID == "" {
		s.unreadable.Add(1)
		return r, false
	}
	return r, true
}

// marks are texts that stand in the line of each record that fits: most lines need not be read as JSON.
func (f *Filter) marks() (list [][]byte) {
	for _, value := range []string{f.Agent, f.Queue, string(f.Direction), string(f.Cause)} {
		if value != "" {
			text, _ := json.Marshal(value) // a string always can be
			list = append(list, text)
		}
	}
	return list
}

// fits reports whether a record is chosen.
func (f *Filter) fits(r *translator.CallRecord) bool {
	switch {
	case !f.From.IsZero() && r.Ended.Before(f.From), !f.To.IsZero() && !r.Ended.Before(f.To):
		return false
	case f.Queue != "" && r.Queue != f.Queue, f.Direction != "" && r.Direction != f.Direction, f.Cause != "" && r.Cause.Code != f.Cause:
		return false
	case f.Number != "" && !sameNumber(r.From.Number, f.Number) && !sameNumber(r.To.Number, f.Number):
		return false
	}
	return f.Agent == "" || slices.ContainsFunc(r.Agents, func(p translator.PartRecord) bool { return p.Agent == f.Agent })
}

// sameNumber compares what stands where a number may stand: numbers by their digits, names as they are.
func sameNumber(a, b string) bool {
	x, isNumber := digits(a)
	y, too := digits(b)
	if isNumber && too {
		return x == y
	}
	return strings.EqualFold(a, b)
}

// digits is a number without what may stand between, and before, its digits (RFC 3966 §5.1.1).
func digits(number string) (string, bool) {
	text := strings.NewReplacer("+", "", "-", "", ".", "", "(", "", ")", "", " ", "").Replace(number)
	return text, text != "" && strings.Trim(text, "0123456789*#") == ""
}

// cursor is a place between two lines: what comes next ends there.
type cursor struct {
	day    day
	offset int64
}

// String writes the cursor as it is read.
func (c cursor) String() string { return fmt.Sprintf("%s.%d", c.day, c.offset) }

func parseCursor(text string) (cursor, error) {
	if text == "" {
		return cursor{}, nil
	}
	d, offset, ok := strings.Cut(text, ".")
	n, err := strconv.ParseInt(offset, 10, 64)
	if !ok || err != nil || n < 0 || !day(d).valid() {
		return cursor{}, ErrCursor
	}
	return cursor{day(d), n}, nil
}
