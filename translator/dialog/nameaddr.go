package dialog

import (
	"strconv"
	"strings"
)

// nameAddr is a name-addr or addr-spec with its header parameters (RFC 3261 §20.10).
type nameAddr struct {
	display string // as written, without the quotes, escapes kept
	uri     string
	params  []param
}

// parseNameAddr reads the value of From, To, Contact and their like. It is exact about quotes, brackets and blanks in
// the URI and lenient about blanks elsewhere.
func parseNameAddr(s string) (nameAddr, bool) {
	s = strings.TrimSpace(s)
	var a nameAddr
	rest := s
	if strings.HasPrefix(s, `"`) {
		end := closingQuote(s)
		if end < 0 {
			return a, false
		}
		a.display = s[1:end]
		rest = strings.TrimLeft(s[end+1:], " \t")
		if !strings.HasPrefix(rest, "<") {
			return a, false
		}
	}
	if open := strings.IndexByte(rest, '<'); open >= 0 {
		if a.display == "" {
			a.display = strings.TrimSpace(rest[:open])
			if strings.ContainsAny(a.display, "\";<>") {
				return a, false
			}
			a.display = strings.ReplaceAll(a.display, `\`, `\\`) // it is written in quotes, where this one would escape
		}
		end := strings.IndexByte(rest, '>')
		if end < open {
			return a, false
		}
		a.uri, rest = rest[open+1:end], strings.TrimLeft(rest[end+1:], " \t")
	} else {
		a.uri, rest, _ = strings.Cut(rest, ";")
		a.uri = strings.TrimSpace(a.uri)
		if rest != "" {
			rest = ";" + rest
		}
	}
	if a.uri == "" || strings.ContainsAny(a.uri, " \t\"<>") {
		return a, false
	}
	if rest == "" {
		return a, true
	}
	if rest[0] != ';' {
		return a, false
	}
	var ok bool
	a.params, ok = parseParams(rest[1:])
	return a, ok
}

// closingQuote returns the index of the quote that closes the one at s[0], or -1.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// write prints the address in the one form that sipgo reads correctly: quoted display name, brackets, parameters that are tokens.
// Parameters with quotes or marks in them, which sipgo would split, are left out.
func (a nameAddr) write(b []byte) []byte {
	if a.display != "" {
		b = append(b, '"')
		b = append(b, a.display...)
		b = append(b, '"', ' ')
	}
	b = append(b, '<')
	b = append(b, a.uri...)
	b = append(b, '>')
	return writeParams(b, a.params)
}

func writeParams(b []byte, ps []param) []byte {
	for _, p := range ps {
		if !isToken(p.name) || !isToken(p.value) {
			continue
		}
		b = append(b, ';')
		b = append(b, p.name...)
		if p.value != "" {
			b = append(b, '=')
			b = append(b, p.value...)
		}
	}
	return b
}

// party is the address as the call sees it.
func (a nameAddr) party() Party {
	uri := bareURI(a.uri)
	p := Party{Display: tidy(unquote(`"`+a.display+`"`), maxField), URI: tidy(uri, 2*maxField)}
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return p
	}
	if strings.EqualFold(scheme, "tel") {
		p.User = tidy(rest, maxField)
		return p
	}
	user, host, at := lastCut(rest, '@')
	if !at {
		host = rest
	} else {
		user, _, _ = strings.Cut(user, ":") // never show a password
		user, _, _ = strings.Cut(user, ";") // user parameters: phone-context and their like
	}
	if i := strings.LastIndexByte(host, ':'); i > strings.IndexByte(host, ']') {
		host = host[:i]
	}
	p.User, p.Host = tidy(unescape(user), maxField), tidy(host, maxField)
	return p
}

// bareURI cuts parameters and headers off a URI.
func bareURI(uri string) string {
	at := strings.LastIndexByte(uri, '@') + 1
	if i := strings.IndexAny(uri[at:], ";?"); i >= 0 {
		uri = uri[:at+i]
	}
	return uri
}

func lastCut(s string, sep byte) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return "", s, false
}

// unescape decodes %hh once; what is not well formed stays.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// hop is one value of a Via header (RFC 3261 §20.42).
type hop struct {
	version   string // "2.0" but in a message that is refused for it
	transport string
	host      string // IPv6 in brackets
	port      int    // 0 if none is given
	params    []param
}

// parseHop reads a Via value: blanks may stand around every mark (RFC 4475 §3.1.1.1 does that).
func parseHop(s string) (hop, bool) {
	var h hop
	name, s, ok1 := strings.Cut(s, "/")
	version, s, ok2 := strings.Cut(s, "/")
	s = strings.TrimSpace(s)
	sp := strings.IndexAny(s, " \t")
	if !ok1 || !ok2 || sp < 0 || !strings.EqualFold(strings.TrimSpace(name), "SIP") {
		return h, false
	}
	h.version = strings.TrimSpace(version)
	h.transport = strings.ToUpper(s[:sp])
	sentBy, params, _ := strings.Cut(s[sp:], ";")
	if !h.readSentBy(strings.TrimSpace(sentBy)) || !isToken(h.transport) || !isToken(h.version) || h.version == "" {
		return h, false
	}
	var ok bool
	h.params, ok = parseParams(params)
	return h, ok
}

func (h *hop) readSentBy(s string) bool {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i > strings.IndexByte(s, ']') {
		host, port = strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1:])
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return false
		}
		h.port = int(n)
	}
	h.host = host
	if strings.HasPrefix(host, "[") != strings.HasSuffix(host, "]") {
		return false
	}
	return host != "" && isToken(host) && !strings.ContainsAny(host, "/@")
}

func (h hop) write(b []byte) []byte {
	b = append(b, "SIP/"...)
	b = append(b, h.version...)
	b = append(b, '/')
	b = append(b, h.transport...)
	b = append(b, ' ')
	b = append(b, h.host...)
	if h.port > 0 {
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(h.port), 10)
	}
	return writeParams(b, h.params)
}

// branch is the transaction's name, "" if the sender is of RFC 2543.
func (h hop) branch() string {
	b, _ := findParam(h.params, "branch")
	return b
}
