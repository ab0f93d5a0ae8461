package protocol

import (
	"bytes"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// The scanner splits one frame into its members without building anything. encoding/json is not used for what strangers send: it folds the
// case of keys, lets the last duplicate win and knows no depth. The grammar is RFC 8259's, nothing more.

var (
	errSyntax = errors.New("not JSON")
	errDeep   = errors.New("nested too deep")
	errMany   = errors.New("too many members")
)

// member is one name and value of an object. key is what the name means, its escapes undone; value is the raw text of the value.
type member struct {
	key   []byte
	value []byte
}

// is reports the kind of a value by its first byte.
func (m *member) is(first byte) bool { return m.value[0] == first }

type scanner struct {
	in  []byte
	pos int
}

// members reads one whole object of at most max members. Nothing but white space may follow it.
func (s *scanner) members(max int) ([]member, error) {
	s.space()
	list, err := s.object(max)
	if err != nil {
		return nil, err
	}
	s.space()
	if s.pos != len(s.in) {
		return nil, errSyntax
	}
	return list, nil
}

// object reads the object that begins here and keeps its members.
func (s *scanner) object(max int) ([]member, error) {
	if !s.take('{') {
		return nil, errSyntax
	}
	list := make([]member, 0, 6) // most requests have no more
	for s.space(); !s.take('}'); s.space() {
		if len(list) > 0 && !s.comma() {
			return nil, errSyntax
		}
		if len(list) == max {
			return nil, errMany
		}
		name, value, err := s.member(1)
		if err != nil {
			return nil, err
		}
		key, err := unescape(name)
		if err != nil {
			return nil, err
		}
		list = append(list, member{key, value})
	}
	return list, nil
}

// member reads a name, a colon and a value; depth is that of the object that it stands in.
func (s *scanner) member(depth int) (key, value []byte, err error) {
	if key, err = s.str(); err != nil {
		return nil, nil, err
	}
	s.space()
	if !s.take(':') {
		return nil, nil, errSyntax
	}
	s.space()
	start := s.pos
	if err = s.value(depth); err != nil {
		return nil, nil, err
	}
	return key, s.in[start:s.pos], nil
}

// value reads and checks any value that stands in something depth deep.
func (s *scanner) value(depth int) error {
	if s.pos == len(s.in) {
		return errSyntax
	}
	switch c := s.in[s.pos]; {
	case c == '"':
		_, err := s.str()
		return err
	case c == '{' || c == '[':
		if depth == MaxDepth {
			return errDeep
		}
		return s.nested(c, depth+1)
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.number()
}

// nested passes over an object or an array and checks it.
func (s *scanner) nested(open byte, depth int) error {
	s.pos++
	end := byte('}')
	if open == '[' {
		end = ']'
	}
	s.space()
	for first := true; !s.take(end); first = false {
		if !first && !s.comma() {
			return errSyntax
		}
		var err error
		if open == '{' {
			_, _, err = s.member(depth)
		} else {
			err = s.value(depth)
		}
		if err != nil {
			return err
		}
		s.space()
	}
	return nil
}

// str reads a string and returns what stands between its quotes, escapes and all.
func (s *scanner) str() ([]byte, error) {
	if !s.take('"') {
		return nil, errSyntax
	}
	for start := s.pos; s.pos < len(s.in); s.pos++ {
		switch c := s.in[s.pos]; {
		case c == '"':
			s.pos++
			return s.in[start : s.pos-1], nil
		case c < ' ':
			return nil, errSyntax
		case c == '\\':
			n := escapeLen(s.in[s.pos:])
			if n == 0 {
				return nil, errSyntax
			}
			s.pos += n - 1
		}
	}
	return nil, errSyntax
}

// number reads a number, RFC 8259 §6.
func (s *scanner) number() error {
	s.take('-')
	if !s.take('0') && s.digits() == 0 {
		return errSyntax
	}
	if s.take('.') && s.digits() == 0 {
		return errSyntax
	}
	if s.take('e') || s.take('E') {
		_ = s.take('+') || s.take('-')
		if s.digits() == 0 {
			return errSyntax
		}
	}
	return nil
}

func (s *scanner) digits() (n int) {
	for s.pos < len(s.in) && '0' <= s.in[s.pos] && s.in[s.pos] <= '9' {
		s.pos++
		n++
	}
	return n
}

func (s *scanner) word(w string) error {
	if !bytes.HasPrefix(s.in[s.pos:], []byte(w)) {
		return errSyntax
	}
	s.pos += len(w)
	return nil
}

// comma reads a comma after which something has to come: a closing bracket may not.
func (s *scanner) comma() bool {
	if !s.take(',') {
		return false
	}
	s.space()
	return s.pos < len(s.in) && s.in[s.pos] != '}' && s.in[s.pos] != ']'
}

func (s *scanner) take(c byte) bool {
	if s.pos < len(s.in) && s.in[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) space() {
	for s.pos < len(s.in) {
		switch s.in[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// escapeLen is how many bytes the escape at the start of b has, 0 if it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	if bytes.IndexByte([]byte(`"\/bfnrt`), b[1]) >= 0 {
		return 2
	}
	if _, ok := hex4(b); ok {
		return 6
	}
	return 0
}

// hex4 reads the \uXXXX at the start of b.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

var plainEscapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

var errSurrogate = errors.New("half a surrogate pair")

// unescape is the text that the inside of a checked string means; without escapes it is raw itself. Half a surrogate pair means no text
// (RFC 8259 §8.2) and is refused.
func unescape(raw []byte) ([]byte, error) {
	at := bytes.IndexByte(raw, '\\')
	if at < 0 {
		return raw, nil
	}
	out := append(make([]byte, 0, len(raw)), raw[:at]...)
	for raw = raw[at:]; len(raw) > 0; {
		if raw[0] != '\\' {
			out, raw = append(out, raw[0]), raw[1:]
			continue
		}
		if raw[1] != 'u' {
			out, raw = append(out, plainEscapes[raw[1]]), raw[2:]
			continue
		}
		r, _ := hex4(raw)
		raw = raw[6:]
		if utf16.IsSurrogate(r) {
			low, ok := hex4(raw)
			if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
				return nil, errSurrogate
			}
			raw = raw[6:]
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}
