package records

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// FuzzBackward: whatever stands in a file and however it is cut into chunks, its lines come the last first, each whole, from the offset on that was asked for.
func FuzzBackward(f *testing.F) {
	f.Add("a\nbb\n\nccc\nhalf", uint8(1), uint16(12))
	f.Add("\n\n\n", uint8(2), uint16(3))
	f.Add("no end", uint8(3), uint16(2))
	f.Add("{\"id\":\"a\"}\r\n\x00\xff\n", uint8(200), uint16(100))
	f.Fuzz(func(t *testing.T, text string, size uint8, offset uint16) {
		end := min(int(offset), len(text))
		whole := text[:strings.LastIndexByte(text[:end], '\n')+1]
		var want []string
		for l := range strings.Lines(whole) {
			want = append(want, strings.TrimSuffix(l, "\n"))
		}
		slices.Reverse(want)

		budget := int64(0)
		b := &backward{from: strings.NewReader(text), chunk: int64(size) + 1, at: int64(end), budget: &budget}
		var got []string
		for {
			l, begins, err := b.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(text[begins:], string(l)+"\n") {
				t.Errorf("%q does not begin at %d", l, begins)
			}
			got = append(got, string(l))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		if budget != -int64(end) {
			t.Errorf("%d of %d bytes were accounted for", -budget, end)
		}
	})
}
