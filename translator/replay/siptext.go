package replay

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// sipText is a SIP message as text whose headers can be read and replaced one by one; what is not touched stays byte for byte, odd blanks and all.
type sipText struct {
	start   string
	headers []headerText
	body    string
}

// headerText is one header: its full name in lower case, its value on one line, and how it was written.
type headerText struct{ name, value, raw string }

// compact are the one-letter names (RFC 3261 §7.3.3, RFC 3515 §2.1, RFC 3892 §5, RFC 4028 §4, RFC 6665 §8.2.1).
var compact = map[string]string{
	"i": "call-id", "m": "contact", "e": "content-encoding", "l": "content-length", "c": "content-type", "f": "from", "s": "subject", "k": "supported",
	"t": "to", "v": "via", "r": "refer-to", "b": "referred-by", "x": "session-expires", "o": "event", "u": "allow-events",
}

// readSIP takes a message apart.
func readSIP(text string) *sipText {
	text = strings.TrimLeft(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	m := &sipText{start: lines[0], body: body}
	for _, line := range lines[1:] {
		if n := len(m.headers); n > 0 && line != "" && (line[0] == ' ' || line[0] == '\t') {
			m.headers[n-1].raw += "\n" + line
			m.headers[n-1].value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		if long, ok := compact[name]; ok {
			name = long
		}
		m.headers = append(m.headers, headerText{name, strings.TrimSpace(value), line})
	}
	return m
}

// String is the message with CRLF. Its Content-Length is counted anew where it has one.
func (m *sipText) String() string {
	body := strings.ReplaceAll(m.body, "\n", "\r\n")
	var b strings.Builder
	b.WriteString(m.start + "\r\n")
	for _, h := range m.headers {
		if h.name == "content-length" {
			h.raw = fmt.Sprintf("Content-Length: %d", len(body))
		}
		b.WriteString(strings.ReplaceAll(h.raw, "\n", "\r\n") + "\r\n")
	}
	return b.String() + "\r\n" + body
}

// get is the first header of that name, "" for none.
func (m *sipText) get(name string) string {
	for _, h := range m.headers {
		if h.name == name {
			return h.value
		}
	}
	return ""
}

// edit changes every header of that name.
func (m *sipText) edit(name string, change func(value string) string) {
	for i, h := range m.headers {
		if h.name != name {
			continue
		}
		if value := change(h.value); value != h.value {
			written, _, _ := strings.Cut(h.raw, ":")
			m.headers[i].value, m.headers[i].raw = value, written+": "+value
		}
	}
}

// replace puts the headers of that name that another message has in the place of ours.
func (m *sipText) replace(name string, from *sipText) {
	var theirs, out []headerText
	for _, h := range from.headers {
		if h.name == name {
			theirs = append(theirs, h)
		}
	}
	for _, h := range m.headers {
		if h.name != name {
			out = append(out, h)
			continue
		}
		out = append(out, theirs...)
		theirs = nil
	}
	m.headers = append(out, theirs...)
}

func (m *sipText) remove(name string) {
	out := m.headers[:0]
	for _, h := range m.headers {
		if h.name != name {
			out = append(out, h)
		}
	}
	m.headers = out
}

// method is a request's, "" for a response.
func (m *sipText) method() string {
	if m.status() != 0 {
		return ""
	}
	method, _, _ := strings.Cut(m.start, " ")
	return strings.ToUpper(method)
}

// status is a response's, 0 for a request.
func (m *sipText) status() int {
	rest, ok := strings.CutPrefix(m.start, sipVersion+" ")
	if !ok {
		return 0
	}
	code, _, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(code)
	if err != nil {
		return 0
	}
	return n
}

// uri is a request's Request-URI.
func (m *sipText) uri() string {
	if f := strings.Fields(m.start); len(f) == 3 && m.status() == 0 {
		return f[1]
	}
	return ""
}

func (m *sipText) setURI(uri string) {
	method, _, _ := strings.Cut(m.start, " ")
	m.start = method + " " + uri + " " + sipVersion
}

// cseq is the number and the method of CSeq.
func (m *sipText) cseq() (n int, method string) {
	f := strings.Fields(m.get("cseq"))
	if len(f) != 2 {
		return 0, ""
	}
	n, err := strconv.Atoi(f[0])
	if err != nil {
		return 0, ""
	}
	return n, strings.ToUpper(f[1])
}

var tagParam = regexp.MustCompile(`(?i);\s*tag\s*=\s*([^;,\s>]+)`)

// tag is the tag of From or To.
func (m *sipText) tag(name string) string {
	if t := tagParam.FindStringSubmatch(m.get(name)); t != nil {
		return t[1]
	}
	return ""
}

// setTag replaces the tag of From or To, or adds one.
func (m *sipText) setTag(name, tag string) {
	m.edit(name, func(v string) string {
		if tagParam.MatchString(v) {
			return tagParam.ReplaceAllLiteralString(v, ";tag="+tag)
		}
		return v + ";tag=" + tag
	})
}

var realmParam = regexp.MustCompile(`(?i)\brealm\s*=\s*"([^"]*)"`)

var branchParam = regexp.MustCompile(`(?i);\s*branch\s*=\s*([^;,\s]+)`)

// branch is that of the topmost Via.
func (m *sipText) branch() string {
	if b := branchParam.FindStringSubmatch(m.get("via")); b != nil {
		return b[1]
	}
	return ""
}

// contactURI is the URI of Contact, without what stands around it.
func (m *sipText) contactURI() string { return bareURI(m.get("contact")) }

// bareURI is the URI of a name-addr or addr-spec.
func bareURI(v string) string {
	if _, rest, ok := strings.Cut(v, "<"); ok {
		uri, _, _ := strings.Cut(rest, ">")
		return uri
	}
	uri, _, _ := strings.Cut(strings.TrimSpace(v), ";")
	return uri
}

// hasSDP says whether the body holds a session description.
func (m *sipText) hasSDP() bool {
	return strings.HasPrefix(m.body, "v=0") || strings.Contains(m.body, "\nv=0")
}
