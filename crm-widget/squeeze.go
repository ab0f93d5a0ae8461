package crmwidget

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// squeeze returns a module without the spaces and line breaks that do not matter, and with short names for private members, which no one
// outside of their class can see. What stands in strings, templates and regular expressions is untouched.
func squeeze(source []byte) []byte {
	s := scanner{in: source}
	s.code(false)
	text, kept := s.out.Bytes(), s.kept
	short := shortNames(text, kept)
	out := make([]byte, 0, len(text))
	literal := false // what was written last is the end of a literal
	for i := 0; i < len(text); {
		if len(kept) > 0 && i == kept[0][0] {
			out = append(out, text[i:kept[0][1]]...)
			i, literal, kept = kept[0][1], true, kept[1:]
			continue
		}
		end := len(text)
		if len(kept) > 0 {
			end = kept[0][0]
		}
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\n':
			from := i
			for i < end && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n') {
				i++
			}
			gap := text[from:i]
			out = append(out, needed(out, text[i:], literal, bytes.IndexByte(gap, '\n') >= 0)...)
		case c == '#':
			name := private.Find(text[i:end])
			out, i, literal = append(out, short[string(name)]...), i+max(1, len(name)), false
			if name == nil {
				out = append(out, c)
			}
		default:
			out, i, literal = append(out, c), i+1, false
		}
	}
	return out
}

// needed returns what has to stay of a gap between what was written and what comes: nothing, a space, or a line break that ends a statement.
func needed(before, after []byte, literal, broken bool) string {
	if len(before) == 0 || len(after) == 0 {
		return ""
	}
	a, b := before[len(before)-1], after[0]
	if broken {
		step := bytes.HasSuffix(before, []byte("++")) || bytes.HasSuffix(before, []byte("--"))
		goesOn := !literal && !step && strings.IndexByte("{([,;:?=&|+-*/%<>!~^.", a) >= 0
		if goesOn || strings.IndexByte("})],;.?:&|=*%<>^", b) >= 0 {
			return ""
		}
		return "\n"
	}
	switch {
	case !literal && word(a) && word(b), a == b && strings.IndexByte("+-/", a) >= 0, a == '?' && b == '.':
		return " "
	}
	return ""
}

func word(c byte) bool {
	return c == '_' || c == '$' || c == '#' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

var private = regexp.MustCompile(`^#[A-Za-z_]\w*`)

// shortNames gives each private name that stands outside of literals a short one, the shortest to those used most.
func shortNames(text []byte, kept [][2]int) map[string]string {
	count := make(map[string]int)
	for i := 0; i < len(text); i++ {
		if len(kept) > 0 && i == kept[0][0] {
			i, kept = kept[0][1]-1, kept[1:]
			continue
		}
		if name := private.Find(text[i:]); name != nil {
			count[string(name)]++
		}
	}
	names := make([]string, 0, len(count))
	for name := range count {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(count[b]-count[a], strings.Compare(a, b)) })
	const letters = "abcdefghijklmnopqrstuvwxyz"
	short := make(map[string]string)
	for i, name := range names {
		short[name] = "#" + letters[i%26:i%26+1]
		if i >= 26 {
			short[name] += fmt.Sprint(i / 26)
		}
	}
	return short
}
