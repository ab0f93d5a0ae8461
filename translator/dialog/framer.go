package dialog

import (
	"bytes"
	"strconv"
	"strings"
)

// Limits of a stream (security rule S17, translation.md §1.5).
const (
	maxStreamBody = 32 << 10
	maxHead       = maxDatagram
)

// framer cuts a byte stream into messages (RFC 3261 §18.3, §7.5). It holds at most one head and one body and does no I/O.
type framer struct {
	buf  []byte
	seen int // how far the end of the head was searched for
	head int // length of the head with its empty line, 0 if it is not known yet
	need int // length of the whole message
}

// unit is what a framer found.
type unit struct {
	kind   unitKind
	text   []byte // a message, or the head of one that is refused; good until the next call
	status int    // for unitBroken: the answer, if text lets us find out whom
	phrase string
}

type unitKind uint8

const (
	unitNone    unitKind = iota // more bytes are needed
	unitMessage                 // a whole message
	unitPing                    // CRLF CRLF, to be answered with CRLF (RFC 5626 §3.5.1)
	unitBroken                  // the stream cannot be read any further
)

// add takes what was read.
func (f *framer) add(b []byte) { f.buf = append(f.buf, b...) }

// started says whether a message has begun. Line ends between messages are none.
func (f *framer) started() bool { return len(bytes.TrimLeft(f.buf, "\r\n")) > 0 }

// next cuts off the next unit.
func (f *framer) next() unit {
	if f.head == 0 {
		if ping := f.skip(); ping {
			return unit{kind: unitPing}
		}
		if u, done := f.readHead(); !done {
			return u
		}
	}
	if len(f.buf) < f.need {
		return unit{}
	}
	u := unit{kind: unitMessage, text: f.buf[:f.need:f.need]}
	f.buf, f.seen, f.head, f.need = f.buf[f.need:], 0, 0, 0
	if len(f.buf) == 0 {
		f.buf = nil // a long message does not keep its buffer
	}
	return u
}

// skip takes line ends off the front and says whether they are a ping. One CRLF alone stays: it may be the first half of one.
func (f *framer) skip() bool {
	rest := bytes.TrimLeft(f.buf, "\r\n")
	blank := len(f.buf) - len(rest)
	ping := bytes.HasPrefix(f.buf, []byte("\r\n\r\n"))
	switch {
	case ping:
		f.buf = f.buf[4:]
	case len(rest) > 0 || blank > 3:
		f.buf = rest
	}
	return ping
}

// readHead looks for the end of the head. done is true if it is known.
func (f *framer) readHead() (u unit, done bool) {
	if !f.started() {
		return unit{}, false
	}
	line := bytes.IndexByte(f.buf, '\n')
	if line < 0 && len(f.buf) > maxLine || line >= 0 && !isStartLine(f.buf[:line]) {
		return unit{kind: unitBroken}, false
	}
	end := f.findEnd()
	if end < 0 && len(f.buf) <= maxHead {
		return unit{}, false
	}
	if end < 0 || end > maxHead {
		return f.broken(f.buf[:maxHead], 513, "Message Too Large"), false
	}
	n, fault := contentLength(f.buf[:end])
	if fault != "" {
		return f.broken(f.buf[:end], 400, fault), false
	}
	if n > maxStreamBody {
		return f.broken(f.buf[:end], 513, "Message Too Large"), false
	}
	f.head, f.need = end, end+n
	return unit{}, true
}

func (f *framer) broken(head []byte, status int, phrase string) unit {
	return unit{kind: unitBroken, text: head, status: status, phrase: phrase}
}

// findEnd gives the length of the head with its empty line, -1 if it is not there yet.
func (f *framer) findEnd() int {
	for i := f.seen; i < len(f.buf); i++ {
		if f.buf[i] != '\n' {
			continue
		}
		switch rest := f.buf[i+1:]; {
		case len(rest) > 0 && rest[0] == '\n':
			return i + 2
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return i + 3
		case len(rest) < 2:
			f.seen = i
			return -1
		}
	}
	f.seen = len(f.buf)
	return -1
}

// isStartLine says whether a line could begin a message: anything else on a stream is not SIP.
func isStartLine(l []byte) bool {
	s := string(bytes.TrimSuffix(l, []byte("\r")))
	return len(s) <= maxLine && (methodOf(s) != "" || strings.HasPrefix(s, "SIP/2.0 "))
}

// contentLength reads the header that a stream cannot do without. Equal repeats are one.
func contentLength(head []byte) (n int, fault string) {
	n = -1
	value, mine := "", false
	take := func() bool {
		if !mine {
			return true
		}
		mine = false
		v, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
		if err != nil || n >= 0 && n != int(v) {
			return false
		}
		n = int(v)
		return true
	}
	for len(head) > 0 {
		l, rest, _ := bytes.Cut(head, []byte("\n"))
		head = rest
		l = bytes.TrimSuffix(l, []byte("\r"))
		if len(l) > 0 && (l[0] == ' ' || l[0] == '\t') { // folded
			value += " " + string(l[:min(len(l), 64)])
			continue
		}
		if !take() {
			return 0, "Bad Content-Length"
		}
		name, v, _ := bytes.Cut(l, []byte(":"))
		if name = bytes.TrimRight(name, " \t"); len(name) == 1 && name[0]|0x20 == 'l' || bytes.EqualFold(name, []byte("Content-Length")) {
			value, mine = string(v[:min(len(v), 64)]), true
		}
	}
	if !take() {
		return 0, "Bad Content-Length"
	}
	if n < 0 {
		return 0, "Missing Content-Length"
	}
	return n, ""
}
