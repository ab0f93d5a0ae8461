package crmwidget

import (
	"bytes"
	"strings"
)

// strip returns a module of ours without comments, indentation and blank lines. What stands in strings, templates and regular
// expressions is untouched, and so is every line break that ends a statement: the lines of what is served can be read.
//
// It reads our own code, not any JavaScript: a slash begins a regular expression unless what stands before it is the end of a value.
func strip(source []byte) []byte {
	s := scanner{in: source}
	s.code(false)
	return s.tidy()
}

// scanner copies a module and leaves the comments out.
type scanner struct {
	in  []byte
	at  int
	out bytes.Buffer
	// kept are the ranges of out that are strings and templates: their spaces and lines stay.
	kept [][2]int
}

// code copies code up to its end, or up to the brace that ends a template's placeholder.
func (s *scanner) code(placeholder bool) {
	depth := 0
	for s.at < len(s.in) {
		c := s.in[s.at]
		switch {
		case c == '\'' || c == '"':
			s.literal(c)
		case c == '`':
			s.template()
		case c == '/' && s.next() == '/':
			s.skip("\n", 0)
		case c == '/' && s.next() == '*':
			s.skip("*/", 2)
		case c == '/' && !s.afterValue():
			s.expression()
		default:
			switch c {
			case '{':
				depth++
			case '}':
				if depth == 0 && placeholder {
					return
				}
				depth--
			}
			s.out.WriteByte(c)
			s.at++
		}
	}
}

func (s *scanner) next() byte {
	if s.at+1 < len(s.in) {
		return s.in[s.at+1]
	}
	return 0
}

// skip leaves out everything up to end, and as many bytes of end itself.
func (s *scanner) skip(end string, of int) {
	i := bytes.Index(s.in[s.at:], []byte(end))
	if i < 0 {
		s.at = len(s.in)
		return
	}
	s.at += i + of
}

// literal copies a string.
func (s *scanner) literal(quote byte) {
	from := s.out.Len()
	s.copy(1)
	for s.at < len(s.in) && s.in[s.at] != quote {
		s.copyEscaped()
	}
	s.copy(1)
	s.kept = append(s.kept, [2]int{from, s.out.Len()})
}

// template copies a template; the code in its placeholders loses its comments too.
func (s *scanner) template() {
	from := s.out.Len()
	s.copy(1)
	for s.at < len(s.in) && s.in[s.at] != '`' {
		if s.in[s.at] != '$' || s.next() != '{' {
			s.copyEscaped()
			continue
		}
		s.copy(2)
		s.kept = append(s.kept, [2]int{from, s.out.Len()})
		s.code(true)
		from = s.out.Len()
	}
	s.copy(1)
	s.kept = append(s.kept, [2]int{from, s.out.Len()})
}

// expression copies a regular expression; a slash in a character class does not end it.
func (s *scanner) expression() {
	from := s.out.Len()
	s.copy(1)
	for class := false; s.at < len(s.in) && (class || s.in[s.at] != '/'); {
		switch s.in[s.at] {
		case '[':
			class = true
		case ']':
			class = false
		}
		s.copyEscaped()
	}
	s.copy(1)
	s.kept = append(s.kept, [2]int{from, s.out.Len()})
}

// copy copies n bytes, or what is left.
func (s *scanner) copy(n int) {
	n = min(n, len(s.in)-s.at)
	s.out.Write(s.in[s.at : s.at+n])
	s.at += n
}

// copyEscaped copies one byte, or a backslash and what it escapes.
func (s *scanner) copyEscaped() {
	if s.in[s.at] == '\\' {
		s.copy(2)
		return
	}
	s.copy(1)
}

// afterValue reports whether a value ends just before: then a slash divides.
func (s *scanner) afterValue() bool {
	text := bytes.TrimRight(s.out.Bytes(), " \t\n")
	if len(text) == 0 || strings.IndexByte("(,=:[!&|?{;+-*%~^<>", text[len(text)-1]) >= 0 {
		return false
	}
	word := text[bytes.LastIndexFunc(text, func(r rune) bool { return r < 'a' || r > 'z' })+1:]
	switch string(word) {
	case "return", "typeof", "case", "of", "in":
		return false
	}
	return true
}

// tidy drops indentation, spaces at the ends of lines and blank lines outside of what is kept.
func (s *scanner) tidy() []byte {
	text := s.out.Bytes()
	out := make([]byte, 0, len(text))
	kept := s.kept
	for i := 0; i < len(text); i++ {
		for len(kept) > 0 && i >= kept[0][1] {
			kept = kept[1:]
		}
		c := text[i]
		if len(kept) > 0 && i >= kept[0][0] {
			out = append(out, c)
			continue
		}
		start := len(out) == 0 || out[len(out)-1] == '\n'
		switch {
		case c == '\n':
			out = bytes.TrimRight(out, " \t")
			if len(out) > 0 && out[len(out)-1] != '\n' {
				out = append(out, c)
			}
		case !start || (c != ' ' && c != '\t'):
			out = append(out, c)
		}
	}
	return out
}
