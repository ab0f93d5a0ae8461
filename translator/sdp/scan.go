package sdp

import "strings"

// Limits of what is read. They bound every loop of the package.
const (
	MaxBytes    = 32 << 10 // of a description
	maxLines    = 512
	maxLine     = 2 << 10 // bytes
	maxSections = 64
	maxFormats  = 128 // per section
)

// line is one "x=value" line. Blanks around the value are gone.
type line struct {
	kind  byte
	value string
}

// scan splits a description into the lines of its session part and of each section. It takes CRLF, LF and CR as line ends, stops
// at NUL, drops what is not "x=", and cares for no order: RFC 8866 §5 fixes one, but gateways write c= after t=, leave
// out t=, add letters of their own and begin with blank lines.
func scan(text []byte) (session []line, sections [][]line, err *Error) {
	if len(text) > MaxBytes {
		return nil, nil, malformed(warnMisc, "longer than 32 KiB")
	}
	s := string(text)
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	lines, err := splitLines(s)
	if err != nil {
		return nil, nil, err
	}
	start := 0
	for i, l := range lines {
		if l.kind != 'm' {
			continue
		}
		if sections == nil {
			session = lines[:i]
		} else {
			sections = append(sections, lines[start:i])
		}
		start = i
		if sections == nil {
			sections = make([][]line, 0, 4)
		}
	}
	if sections == nil {
		return lines, nil, nil
	}
	sections = append(sections, lines[start:])
	if len(sections) > maxSections {
		return nil, nil, malformed(warnMisc, "more than 64 m= lines")
	}
	return session, sections, nil
}

// splitLines gives the "x=" lines of s.
func splitLines(s string) ([]line, *Error) {
	lines := make([]line, 0, min(strings.Count(s, "\n")+2, maxLines))
	for len(s) > 0 {
		var l string
		if i := strings.IndexAny(s, "\r\n"); i >= 0 {
			l, s = s[:i], s[i+1:]
		} else {
			l, s = s, ""
		}
		if len(l) > maxLine {
			return nil, malformed(warnMisc, "a line is longer than 2 KiB")
		}
		if len(l) < 2 || l[1] != '=' || l[0] < 'a' || l[0] > 'z' {
			continue
		}
		if len(lines) == maxLines {
			return nil, malformed(warnMisc, "more than 512 lines")
		}
		lines = append(lines, line{l[0], strings.TrimSpace(l[2:])})
	}
	return lines, nil
}

// attribute splits the value of an a= line at its first colon.
func attribute(v string) (name, value string) {
	name, value, _ = strings.Cut(v, ":")
	return strings.TrimSpace(name), strings.TrimSpace(value)
}

// isToken reports whether s is an RFC 8866 §9 token of at most 32 bytes: what may be written into a line of ours.
func isToken(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for i := range len(s) {
		if !tokenChar[s[i]] {
			return false
		}
	}
	return true
}

// isProto reports whether s is a transport such as UDP/TLS/RTP/SAVPF: tokens between slashes, 32 bytes at most.
func isProto(s string) bool {
	if len(s) > 32 {
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if !isToken(part) {
			return false
		}
	}
	return true
}

// tokenChar holds the token-char of RFC 8866 §9.
var tokenChar = func() (t [256]bool) {
	for c := byte('0'); c <= '9'; c++ {
		t[c] = true
	}
	for c := byte('a'); c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = true, true
	}
	for _, c := range "!#$%&'*+-.^_`{|}~" {
		t[byte(c)] = true
	}
	return t
}()
