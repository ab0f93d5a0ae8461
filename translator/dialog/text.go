package dialog

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is taken from a message or written into one.
const (
	maxField      = 128 // characters of a display name, user or host
	maxReasonText = 200 // bytes of a Reason header's text
	maxUserToUser = 256 // bytes of a User-to-User header
)

// ErrText says that a string from outside may not stand in a SIP header: it holds CR, LF, NUL or another control character, is not
// UTF-8, or is too long. Such strings are refused, not repaired (security rule S8).
var ErrText = errors.New("dialog: text not allowed in a header")

// clean checks a string that is to be written into a header: no control character, valid UTF-8, at most max bytes.
// It is the only gate for strings of agents, of the CRM and of the other leg.
func clean(s string, max int) (string, error) {
	if len(s) > max || !utf8.ValidString(s) {
		return "", ErrText
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return "", ErrText
		}
	}
	return s, nil
}

// quote makes a quoted-string (RFC 3261 §25.1) of text that passed clean.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// quotedText is quote(clean(s)), and whether the text was allowed.
func quotedText(s string, max int) (string, bool) {
	t, err := clean(s, max)
	if err != nil || t == "" {
		return "", false
	}
	return quote(t), true
}

// tidy makes a string of a received message safe to show and to keep: controls and direction marks go, and it is cut to max characters.
func tidy(s string, max int) string {
	if isTidy(s, max) {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "") {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			continue
		}
		if n++; n > max {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isTidy is the quick test for plain ASCII.
func isTidy(s string, max int) bool {
	if len(s) > max {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// unquote takes a quoted-string apart, or returns a token as it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// cutOutside cuts s at the first sep that is outside quotes and angle brackets. ok is false if quotes do not balance.
func cutOutside(s string, sep byte) (before, after string, found, ok bool) {
	quoted, angle := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == sep && !angle:
			return s[:i], s[i+1:], true, true
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		}
	}
	return s, "", false, !quoted
}

// listValues splits a header's value at the commas outside quotes and angle brackets, at most max values.
func listValues(s string, max int) []string {
	var out []string
	for len(out) < max {
		v, rest, more, ok := cutOutside(s, ',')
		if !ok {
			return out
		}
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
		if !more {
			break
		}
		s = rest
	}
	return out
}

// param is one ;name=value of a header; the name is in lower case, the value as written.
type param struct{ name, value string }

// parseParams reads ;a=b;c, with blanks anywhere around the marks. s begins after the first semicolon.
func parseParams(s string) ([]param, bool) {
	var out []param
	for s != "" {
		one, rest, _, ok := cutOutside(s, ';')
		if !ok {
			return nil, false
		}
		s = rest
		name, value, _ := strings.Cut(one, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		out = append(out, param{name, strings.TrimSpace(value)})
	}
	return out, true
}

func findParam(ps []param, name string) (string, bool) {
	for _, p := range ps {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

// isToken says whether s is an RFC 3261 token, a host or a number: something that needs no quotes and splits nowhere.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("-.!%*_+`'~[]:@/$&", c) >= 0:
		default:
			return false
		}
	}
	return true
}
