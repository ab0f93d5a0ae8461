package records

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"offhook/translator"
)

// ErrNotFound says that there is no record of a call: it is not over, was never, or is too long ago.
var ErrNotFound = errors.New("records: no such call")

// Get gives the record of one call, ErrNotFound if there is none, and ctx's error when that is done first.
func (s *Store) Get(ctx context.Context, id string) (r translator.CallRecord, err error) {
	arrived, ok := arrival(id)
	if !ok {
		return r, ErrNotFound
	}
	list, err := days(s.cfg.Folder)
	if err != nil {
		return r, err
	}
	name, _ := json.Marshal(id)
	first := dayOf(arrived.AddDate(0, 0, -1)) // a clock may have been set back
	begin, _ := slices.BinarySearch(list, first)
	budget := int64(math.MaxInt64)
	for _, d := range list[begin:] {
		err := s.lines(ctx, d, -1, &budget, func(text []byte, _ int64) bool {
			found, ok := s.parse(text, [][]byte{name})
			if ok = ok && found.ID == id; ok {
				r = found
			}
			return !ok
		})
		if err != nil || r.ID != "" {
			return r, err
		}
	}
	return r, ErrNotFound
}

// arrival is when a call with that ID arrived: its first ten characters are milliseconds in Crockford's base 32 (the ULID format).
func arrival(id string) (time.Time, bool) {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	if len(id) != 26 || id[0] > '7' {
		return time.Time{}, false
	}
	var ms int64
	for i := range len(id) {
		n := strings.IndexByte(alphabet, id[i])
		if n < 0 {
			return time.Time{}, false
		}
		if i < 10 {
			ms = ms<<5 | int64(n)
		}
	}
	return time.UnixMilli(ms), true
}
