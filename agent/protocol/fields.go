package protocol

import (
	"bytes"
	"fmt"
	"strconv"
)

// need says whether a field has to be there.
type need int

const (
	optional need = iota // absent and empty mean the same
	required             // there and not empty
	may                  // there, and possibly empty
)

// find is the member called name, nil where there is none. A key that is name in another case is a fault, not an unknown key.
func (f *fields) find(name string, n need) *member {
	if f.err != nil {
		return nil
	}
	var found *member
	for i := range f.list {
		switch m := &f.list[i]; {
		case string(m.key) == name:
			found = m
		case bytes.EqualFold(m.key, []byte(name)):
			f.fail(name, "is written in another case")
			return nil
		}
	}
	if found == nil && n != optional {
		f.fail(name, "is missing")
	}
	return found
}

// str is the string called name, at most max bytes, each of which ok allows.
func (f *fields) str(name string, n need, max int, ok func([]byte) bool) string {
	m := f.find(name, n)
	if m == nil {
		return ""
	}
	if !m.is('"') {
		f.fail(name, "must be a string")
		return ""
	}
	text, err := unescape(m.value[1 : len(m.value)-1])
	switch {
	case err != nil:
		f.fail(name, "is not text")
	case len(text) > max:
		f.fail(name, fmt.Sprintf("is longer than %d bytes", max))
	case len(text) == 0 && n == required:
		f.fail(name, "is empty")
	case !ok(text):
		f.fail(name, "has a character that is not allowed")
	}
	if f.err != nil {
		return ""
	}
	return string(text)
}

// line is a string without control characters, as everything must be that may become part of a SIP message or a log line.
func (f *fields) line(name string, n need) string { return f.str(name, n, MaxString, plain) }

// text is a string of several lines.
func (f *fields) text(name string, n need, max int) string { return f.str(name, n, max, lines) }

func (f *fields) sdp(n need) string { return f.text("sdp", n, MaxSDP) }

func (f *fields) token() string { return f.str("token", required, MaxToken, plain) }

func (f *fields) digits() string { return f.str("digits", required, MaxDigits, tones) }

// oneOf is a string that is one of values.
func (f *fields) oneOf(name string, n need, values ...string) string {
	got := f.line(name, n)
	if got == "" {
		return ""
	}
	for _, v := range values {
		if got == v {
			return v
		}
	}
	f.fail(name, "is not a value that it can have")
	return ""
}

// wish is what an agent may ask to be.
func (f *fields) wish(n need) AgentState {
	return AgentState(f.oneOf("state", n, string(Available), string(Away)))
}

func (f *fields) flag(name string, n need) bool {
	m := f.find(name, n)
	if m == nil {
		return false
	}
	if !m.is('t') && !m.is('f') {
		f.fail(name, "must be true or false")
	}
	return m.is('t')
}

// whole is an integer written as one: no fraction, no exponent.
func (f *fields) whole(name string, n need, from, to int64) int64 {
	m := f.find(name, n)
	if m == nil {
		return 0
	}
	i, err := strconv.ParseInt(string(m.value), 10, 64)
	if err != nil || i < from || i > to {
		f.fail(name, fmt.Sprintf("must be an integer from %d to %d", from, to))
		return 0
	}
	return i
}

// id is the request's id. A beat has none, and what it carries by that name is ignored.
func (f *fields) id() int64 {
	if f.head.Kind == "beat" {
		return 0
	}
	return f.whole("id", required, 1, MaxID)
}

func (f *fields) seconds(name string, max int64) int { return int(f.whole(name, optional, 0, max)) }

func (f *fields) float(name string, n need, from, to float64) float64 {
	m := f.find(name, n)
	if m == nil {
		return 0
	}
	x, err := strconv.ParseFloat(string(m.value), 64)
	if err != nil || !(from <= x && x <= to) {
		f.fail(name, fmt.Sprintf("must be a number from %g to %g", from, to))
		return 0
	}
	return x
}

// pairs is an object of strings, nil where it is absent or empty.
func (f *fields) pairs(name string) map[string]string {
	m := f.find(name, optional)
	if m == nil {
		return nil
	}
	if !m.is('{') {
		f.fail(name, "must be an object of strings")
		return nil
	}
	list, err := (&scanner{in: m.value}).members(MaxFields)
	if err != nil {
		f.fail(name, fmt.Sprintf("has more than %d members, or a key that is not text", MaxFields))
		return nil
	}
	return f.fill(name, list)
}

func (f *fields) fill(name string, list []member) map[string]string {
	inner := fields{list: list}
	inner.duplicates()
	var out map[string]string
	for i := range list {
		key := list[i].key
		if len(key) == 0 || len(key) > MaxKey || !plain(key) {
			inner.fail("key", "is empty, longer than 64 bytes or has a control character")
		}
		value := inner.text(string(key), may, MaxString)
		if out == nil {
			out = make(map[string]string, len(list))
		}
		out[string(key)] = value
	}
	if inner.err != nil {
		f.fail(name, inner.err.Message)
		return nil
	}
	return out
}

// plain reports whether text has no control character: C0, DEL, C1, and the two line separators of Unicode.
func plain(text []byte) bool {
	for i, c := range text {
		if c < ' ' || c == 0x7f {
			return false
		}
		if c == 0xc2 && text[i+1] < 0xa0 { // U+0080 to U+009F
			return false
		}
		if c == 0xe2 && text[i+1] == 0x80 && text[i+2]&0xfe == 0xa8 { // U+2028, U+2029
			return false
		}
	}
	return true
}

// lines reports whether text has no control character but tab and line ends.
func lines(text []byte) bool {
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// tones reports whether text is nothing but the characters of the dtmf request.
func tones(text []byte) bool {
	for _, c := range text {
		if bytes.IndexByte([]byte("0123456789ABCD*#,"), c) < 0 {
			return false
		}
	}
	return true
}
