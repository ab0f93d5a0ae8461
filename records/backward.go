package records

import (
	"bytes"
	"io"
)

// chunk is how much is read at once.
const chunk = 64 << 10

// backward reads the lines of a file from an offset on towards its beginning. What stands behind the last line end before that offset is not a line
// (yet), and is passed over.
type backward struct {
	from  io.ReaderAt
	chunk int64
	at    int64  // where buf begins in the file
	buf   []byte // what is read and not given; its last byte is a line end, once begun
	begun bool
	// budget is how many bytes may still be read; reading goes on below 0, whoever reads asks.
	budget *int64
}

// next gives the line before, without its end, and where in the file it begins; io.EOF after the first line of the file. The text is good until
// the next call. A line longer than MaxLine comes as one that is no record.
func (b *backward) next() (text []byte, begins int64, err error) {
	for {
		if b.begun && len(b.buf) > 0 {
			if i := bytes.LastIndexByte(b.buf[:len(b.buf)-1], '\n'); i >= 0 || b.at == 0 {
				text, b.buf = b.buf[i+1:len(b.buf)-1], b.buf[:i+1]
				return text, b.at + int64(i) + 1, nil
			}
		}
		if b.at == 0 {
			return nil, 0, io.EOF
		}
		if err := b.more(); err != nil {
			return nil, 0, err
		}
	}
}

// more reads the chunk before.
func (b *backward) more() error {
	if len(b.buf) > MaxLine {
		b.buf = b.buf[len(b.buf)-1:] // the line's end alone: what is left of it is no record
	}
	n := min(b.chunk, b.at)
	buf := make([]byte, n, int(n)+len(b.buf))
	if _, err := b.from.ReadAt(buf, b.at-n); err != nil {
		return err
	}
	b.at -= n
	*b.budget -= n
	b.buf = append(buf, b.buf...)
	if !b.begun {
		i := bytes.LastIndexByte(b.buf, '\n')
		b.buf, b.begun = b.buf[:i+1], i >= 0
	}
	return nil
}
