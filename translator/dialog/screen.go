package dialog

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Limits of a datagram, checked before anything is parsed (security rule S17, translation.md §1.5).
const (
	maxDatagram = 16 << 10
	maxBody     = 8 << 10
	maxHeaders  = 64
	maxLine     = 2 << 10
)

// fate is what the screen decided about a datagram.
type fate uint8

const (
	fatePass   fate = iota // to the transaction layer, in canonical form
	fateDrop               // nothing is sent
	fateRefuse             // refuse with status and phrase, statelessly
	fateIdle               // CRLF or zeros: not even counted as an error
)

// line is one header line, name in canonical form.
type line struct{ name, value string }

// screen reads one datagram tolerantly, judges its form and rewrites it so that sipgo's parser finds what is there. It does checks 0 to 2
// of translation.md §1.6 and the syntax part of check 6. One screen serves one reader; it keeps its buffers.
type screen struct {
	secret  []byte // makes our To tags unguessable and repeatable
	maxAll  int
	maxBody int

	from     netip.AddrPort
	method   string // "" for a response
	start    string
	lines    []line
	body     []byte
	top      hop
	hasVia   bool
	callID   string
	fromTag  string
	toTag    string
	outside  bool // a request without a To tag of its own
	seq      string
	status   int
	phrase   string
	out      []byte
	assemble []byte
}

func newScreen(secret []byte) *screen {
	return &screen{secret: secret, maxAll: maxDatagram, maxBody: maxBody, lines: make([]line, 0, maxHeaders)}
}

// newStreamScreen makes the screen of a connection, where bodies may be longer.
func newStreamScreen(secret []byte) *screen {
	s := newScreen(secret)
	s.maxAll, s.maxBody = maxHead+maxStreamBody, maxStreamBody
	return s
}

// refuse notes the answer to a broken request.
func (s *screen) refuse(status int, phrase string) fate {
	if s.status == 0 { // the first fault is the one that is told
		s.status, s.phrase = status, phrase
	}
	return fateRefuse
}

// read judges one datagram. With fatePass the canonical text is in s.out, good until the next read.
func (s *screen) read(raw []byte, from netip.AddrPort) fate {
	*s = screen{secret: s.secret, maxAll: s.maxAll, maxBody: s.maxBody, lines: s.lines[:0], out: s.out[:0], assemble: s.assemble[:0], from: from}
	raw = bytes.TrimLeft(raw, "\r\n \t\x00")
	if len(raw) == 0 {
		return fateIdle
	}
	f := fatePass
	if len(raw) > s.maxAll {
		f, raw = s.refuse(513, "Message Too Large"), raw[:s.maxAll]
	}
	for _, look := range [...]func() fate{func() fate { return s.readHead(raw) }, s.readVersion, s.readFields} {
		if g := look(); f == fatePass { // they go on after a fault so that the refusal has all that can be had
			f = g
		}
	}
	for _, look := range [...]func() fate{s.readStart, s.fitBody} {
		if f == fatePass {
			f = look()
		}
	}
	if f == fateRefuse && (!s.hasVia || s.method == "" || s.method == "ACK") {
		return fateDrop // nobody to tell, or nothing to be told
	}
	if f == fatePass {
		s.write()
	}
	return f
}

// readHead cuts the datagram into start line, unfolded header lines and body. The lines are parts of one copy of the head.
func (s *screen) readHead(raw []byte) fate {
	end := headEnd(raw)
	f, first, ended := fatePass, true, false
	for head := string(raw[:end]); head != ""; {
		i := strings.IndexByte(head, '\n')
		if i < 0 {
			break
		}
		l := strings.TrimSuffix(head[:i], "\r")
		head = head[i+1:]
		if l == "" {
			ended = true
			break
		}
		if len(l) > maxLine {
			f, l = s.refuse(513, "Line Too Long"), l[:maxLine]
		}
		if first {
			s.start, first = l, false
			s.method = methodOf(s.start)
			continue
		}
		if g := s.addLine(l); f == fatePass {
			f = g
		}
	}
	s.body = raw[end:]
	if !ended && f == fatePass {
		return s.refuse(400, "Incomplete Message")
	}
	return f
}

// headEnd is where the body begins: after the first empty line, or after the last line if there is none.
func headEnd(raw []byte) int {
	end := 0
	for {
		i := bytes.IndexByte(raw[end:], '\n')
		if i < 0 {
			return end
		}
		empty := i == 0 || i == 1 && raw[end] == '\r'
		if end += i + 1; empty {
			return end
		}
	}
}

// maxMethod is what the name of a method may have. RFC 4475 §3.1.1.2 has one of 44 characters.
const maxMethod = 64

// methodOf returns the request's method, upper or lower case as sent, or "" for a response and for garbage.
func methodOf(start string) string {
	m, _, ok := strings.Cut(start, " ")
	if !ok || m == "" || len(m) > maxMethod || !strings.Contains(strings.ToUpper(start), " SIP/") || len(m) >= 4 && strings.EqualFold(m[:4], "SIP/") {
		return ""
	}
	for i := 0; i < len(m); i++ {
		if m[i] <= ' ' || m[i] >= 0x7f || strings.IndexByte("\"(),/:;<=>?@[\\]{}", m[i]) >= 0 {
			return ""
		}
	}
	return m
}

func (s *screen) addLine(l string) fate {
	if badControl(l) {
		return s.refuse(400, "Control Character")
	}
	if l[0] == ' ' || l[0] == '\t' {
		return s.unfold(l)
	}
	colon := strings.IndexByte(l, ':')
	if colon < 1 {
		return s.refuse(400, "Bad Header Line")
	}
	name := strings.TrimRight(l[:colon], " \t")
	if !isToken(name) || strings.ContainsAny(name, ":/@[]") {
		return s.refuse(400, "Bad Header Name")
	}
	if len(s.lines) == maxHeaders {
		return s.refuse(513, "Too Many Headers")
	}
	s.lines = append(s.lines, line{canonical(name), strings.TrimSpace(l[colon+1:])})
	return fatePass
}

// unfold joins a continuation to the line before it (RFC 3261 §7.3.1).
func (s *screen) unfold(l string) fate {
	if len(s.lines) == 0 {
		return s.refuse(400, "Bad Header Line")
	}
	last := &s.lines[len(s.lines)-1]
	if more := strings.TrimSpace(l); more != "" {
		last.value = strings.TrimLeft(last.value+" "+more, " ")
	}
	if len(last.value) > maxLine {
		return s.refuse(513, "Line Too Long")
	}
	return fatePass
}

// badControl finds control characters that are not escaped by a backslash; tabs are blanks.
func badControl(l string) bool {
	for i := range len(l) {
		c := l[i]
		if (c < ' ' && c != '\t' || c == 0x7f) && (i == 0 || l[i-1] != '\\' || c == '\r') {
			return true
		}
	}
	return false
}

// canonical gives the long, usual spelling of a header's name (RFC 3261 §7.3.3; the compact forms of the registry).
func canonical(name string) string {
	if usualNames[name] {
		return name
	}
	if long, ok := longNames[strings.ToLower(name)]; ok {
		return long
	}
	return name
}

// usualNames are the long names as they are usually spelt, which is how most messages have them.
var usualNames = func() map[string]bool {
	usual := map[string]bool{}
	for _, name := range longNames {
		usual[name] = true
	}
	return usual
}()

var longNames = map[string]string{
	"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length", "c": "Content-Type", "r": "Refer-To",
	"b": "Referred-By", "k": "Supported", "x": "Session-Expires", "s": "Subject", "o": "Event", "u": "Allow-Events", "e": "Content-Encoding",
	"a": "Accept-Contact", "j": "Reject-Contact", "d": "Request-Disposition", "y": "Identity",
	"via": "Via", "from": "From", "to": "To", "call-id": "Call-ID", "contact": "Contact", "content-length": "Content-Length",
	"content-type": "Content-Type", "cseq": "CSeq", "max-forwards": "Max-Forwards", "route": "Route", "record-route": "Record-Route",
	"require": "Require", "replaces": "Replaces", "reason": "Reason", "accept": "Accept", "timestamp": "Timestamp",
	"content-encoding": "Content-Encoding", "user-to-user": "User-to-User", "p-asserted-identity": "P-Asserted-Identity",
}

// readFields checks and rewrites the headers that make a message a message.
func (s *screen) readFields() fate {
	f := fatePass
	note := func(g fate) {
		if f == fatePass {
			f = g
		}
	}
	var count [fieldKinds]int
	kept := s.lines[:0]
	for _, l := range s.lines {
		k := kindOf(l.name)
		if count[k]++; k != fieldOther && k != fieldVia && count[k] > 1 {
			if k.mayRepeat() && sameValue(kept, l) {
				continue
			}
			note(s.refuse(400, "More Than One "+l.name))
			continue
		}
		if k != fieldOther {
			fixed, ok := s.readField(k, l.value)
			if !ok {
				note(s.refuse(400, "Bad "+l.name))
			}
			if !ok && fixed == "" {
				continue // not even fit for a refusal
			}
			l.value = fixed
		}
		kept = append(kept, l)
	}
	s.lines = kept
	for k, name := range needed {
		if count[k] == 0 {
			note(s.refuse(400, "Missing "+name))
		}
	}
	return f
}

type fieldKind uint8

const (
	fieldOther fieldKind = iota
	fieldVia
	fieldFrom
	fieldTo
	fieldCallID
	fieldCSeq
	fieldMaxForwards
	fieldLength
	fieldType
	fieldKinds
)

// needed are the headers that every message must have (RFC 3261 §8.1.1; Max-Forwards is forgiven).
var needed = map[fieldKind]string{fieldVia: "Via", fieldFrom: "From", fieldTo: "To", fieldCallID: "Call-ID", fieldCSeq: "CSeq"}

func kindOf(name string) fieldKind {
	switch name {
	case "Via":
		return fieldVia
	case "From":
		return fieldFrom
	case "To":
		return fieldTo
	case "Call-ID":
		return fieldCallID
	case "CSeq":
		return fieldCSeq
	case "Max-Forwards":
		return fieldMaxForwards
	case "Content-Length":
		return fieldLength
	case "Content-Type":
		return fieldType
	}
	return fieldOther
}

func (k fieldKind) mayRepeat() bool { return k == fieldLength || k == fieldType }

func sameValue(kept []line, l line) bool {
	for _, o := range kept {
		if o.name == l.name {
			return o.value == l.value
		}
	}
	return false
}

// readField checks one value and gives its regular form; "" if it cannot even be repeated in a refusal.
func (s *screen) readField(k fieldKind, v string) (string, bool) {
	switch k {
	case fieldVia:
		return s.readVia(v)
	case fieldFrom:
		a, fixed := s.readAddr(v)
		s.fromTag, _ = findParam(a.params, "tag")
		return fixed, fixed != "" && s.fromTag != "" && isToken(s.fromTag)
	case fieldTo:
		a, fixed := s.readAddr(v)
		tag, has := findParam(a.params, "tag")
		s.toTag = tag
		return fixed, fixed != "" && isToken(tag) && (!has || tag != "")
	case fieldCallID:
		s.callID = v
		return v, v != "" && len(v) <= 512 && !strings.ContainsAny(v, " \t,;")
	case fieldCSeq:
		return s.readCSeq(v)
	case fieldMaxForwards:
		n, err := strconv.ParseUint(v, 10, 8)
		return strconv.FormatUint(n, 10), err == nil
	case fieldLength:
		_, err := strconv.ParseUint(v, 10, 31)
		return v, err == nil
	}
	return v, v != ""
}

func (s *screen) readAddr(v string) (nameAddr, string) {
	a, ok := parseNameAddr(v)
	if !ok || !usableURI(a.uri) {
		return a, ""
	}
	s.assemble = a.write(s.assemble[:0])
	return a, string(s.assemble)
}

// usableURI says whether sipgo's parser takes the URI.
func usableURI(uri string) bool {
	var u sip.Uri
	return sip.ParseUri(uri, &u) == nil && !u.Wildcard
}

func (s *screen) readVia(v string) (string, bool) {
	b := s.assemble[:0]
	values := listValues(v, maxHeaders)
	for i, one := range values {
		h, ok := parseHop(one)
		if !ok && s.hasVia {
			return v, false // a refusal repeats the rest as it came: the way back is the sender's affair
		}
		if !ok {
			return "", false
		}
		if !s.hasVia {
			s.top, s.hasVia = h, true
		}
		if h.version != "2.0" {
			return v, false
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = h.write(b)
	}
	s.assemble = b
	return string(b), len(values) > 0
}

func (s *screen) readCSeq(v string) (string, bool) {
	num, method, ok := strings.Cut(v, " ")
	method = strings.TrimSpace(method)
	n, err := strconv.ParseUint(num, 10, 32)
	if !ok || err != nil || method == "" || !isToken(method) {
		return "", false
	}
	s.seq = strconv.FormatUint(n, 10)
	return s.seq + " " + method, n < 1<<31 && (s.method == "" || method == s.method) // a number that is too large is repeated in its refusal
}

// readVersion checks the form and the version of a start line (RFC 3261 §7.1, §7.2).
func (s *screen) readVersion() fate {
	if s.method == "" {
		code, _, ok := strings.Cut(strings.TrimPrefix(s.start, "SIP/2.0 "), " ")
		n, err := strconv.Atoi(code)
		if !ok || err != nil || n < 100 || n > 699 || len(code) != 3 || !strings.HasPrefix(s.start, "SIP/2.0 ") {
			return fateDrop
		}
		return fatePass
	}
	parts := strings.Split(s.start, " ")
	if len(parts) != 3 || strings.ContainsAny(s.start, "\t<>\"") {
		return s.refuse(400, "Bad Request Line")
	}
	if strings.EqualFold(parts[2], "SIP/2.0") {
		return fatePass
	}
	if len(parts[2]) > 4 && strings.EqualFold(parts[2][:4], "SIP/") {
		return s.refuse(505, "Version Not Supported")
	}
	return s.refuse(400, "Bad Request Line")
}

// readStart checks method and Request-URI of a request line that has its form, and gives a request without a To tag ours.
func (s *screen) readStart() fate {
	if s.method == "" {
		return fatePass
	}
	uri := strings.Split(s.start, " ")[1]
	switch {
	case otherScheme(uri) && !usableURI(uri): // sipgo takes schemes of letters only
		return s.refuse(416, "Unsupported URI Scheme")
	case !usableURI(uri) || hasHeaders(uri):
		return s.refuse(400, "Bad Request-URI")
	}
	if strings.ToUpper(s.method) != s.method { // methods are case-sensitive; sipgo would take "invite" for INVITE
		return s.refuse(405, "Method Not Allowed")
	}
	s.start = s.method + " " + uri + " SIP/2.0"
	s.tagTo()
	return fatePass
}

// otherScheme says whether a URI has a scheme (RFC 3986 §3.1) that is not one of SIP's.
func otherScheme(uri string) bool {
	scheme, _, ok := strings.Cut(uri, ":")
	for i, c := range []byte(scheme) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		ok = ok && (letter || i > 0 && (c >= '0' && c <= '9' || strings.IndexByte("+-.", c) >= 0))
	}
	return ok && scheme != "" && !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") && !strings.EqualFold(scheme, "tel")
}

// hasHeaders says whether a SIP URI carries headers, which a Request-URI may not (RFC 3261 §19.1.1). A question mark before the @ is part of the user.
func hasHeaders(uri string) bool {
	scheme, rest, _ := strings.Cut(uri, ":")
	isSIP := strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips")
	return isSIP && strings.Contains(rest[strings.LastIndexByte(rest, '@')+1:], "?")
}

// tagTo gives a request outside any dialog our To tag, so that sipgo's own answers carry it as ours do. It is derived from the message:
// a retransmission, the CANCEL of an INVITE and a stateless refusal get the same one (RFC 3261 §8.2.6.2, §9.2).
func (s *screen) tagTo() {
	if s.toTag != "" {
		return
	}
	s.outside = true
	s.toTag = deriveTag(s.secret, s.callID, s.fromTag, s.top.branch(), s.seq)
	for i := range s.lines {
		if s.lines[i].name == "To" {
			s.lines[i].value += ";tag=" + s.toTag
		}
	}
}

// deriveTag makes our tag for a request outside a dialog: 64 bits that nobody else can compute.
func deriveTag(secret []byte, callID, fromTag, branch, seq string) string {
	var buf [256]byte
	text := buf[:0]
	for _, p := range [...]string{callID, fromTag, branch, seq} {
		text = append(append(text, p...), 0)
	}
	m := hmac.New(sha256.New, secret)
	m.Write(text)
	var sum [sha256.Size]byte
	return hex.EncodeToString(m.Sum(sum[:0])[:8])
}

// fitBody holds the body against Content-Length (RFC 3261 §18.3): too little is refused, surplus is cut.
func (s *screen) fitBody() fate {
	for _, l := range s.lines {
		if l.name != "Content-Length" {
			continue
		}
		n, _ := strconv.Atoi(l.value)
		if n > len(s.body) {
			return s.refuse(400, "Body Shorter Than Content-Length")
		}
		s.body = s.body[:n]
	}
	if len(s.body) > s.maxBody {
		return s.refuse(513, "Message Too Large")
	}
	return fatePass
}

// write puts the message together again.
func (s *screen) write() {
	b := append(s.out[:0], s.start...)
	b = append(b, "\r\n"...)
	for _, l := range s.lines {
		if l.name == "Content-Length" {
			continue
		}
		b = append(b, l.name...)
		b = append(b, ": "...)
		b = append(b, l.value...)
		b = append(b, "\r\n"...)
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(s.body)), 10)
	b = append(b, "\r\n\r\n"...)
	s.out = append(b, s.body...)
}

// reply builds a stateless response to the request last read, and where it goes (RFC 3261 §8.2.6, §18.2.2; RFC 3581 §4).
func (s *screen) reply(status int, phrase string, extra ...line) ([]byte, netip.AddrPort) {
	b := append([]byte("SIP/2.0 "), strconv.Itoa(status)...)
	b = append(b, ' ')
	b = append(b, phrase...)
	first := true
	for _, l := range s.lines {
		switch l.name {
		case "Via":
			if first {
				l.value, first = s.received(l.value), false
			} else if l.value = repeatable(l.value); l.value == "" {
				continue
			}
		case "To":
			if !strings.Contains(l.value, ";tag=") {
				l.value += ";tag=" + deriveTag(s.secret, s.callID, s.fromTag, s.top.branch(), s.seq)
			}
		case "From", "Call-ID", "CSeq":
		default:
			continue
		}
		b = append(b, "\r\n"+l.name+": "+l.value...)
	}
	if status == 405 {
		extra = append(extra, line{"Allow", allowed})
	}
	for _, l := range extra {
		b = append(b, "\r\n"+l.name+": "+l.value...)
	}
	return append(b, "\r\nContent-Length: 0\r\n\r\n"...), s.replyTo()
}

func (s *screen) received(via string) string {
	_, rest, more, _ := cutOutside(via, ',')
	h := s.top
	h.params = stamp(append([]param(nil), h.params...), s.from, h.host)
	v := string(h.write(nil))
	if rest = repeatable(rest); more && rest != "" {
		v += ", " + rest
	}
	return v
}

// repeatable are the hops of a Via value up to the first that is none: a refusal repeats only what can be read again.
func repeatable(via string) string {
	var hops []string
	for _, one := range listValues(via, maxHeaders) {
		h, ok := parseHop(one)
		if !ok {
			break
		}
		hops = append(hops, string(h.write(nil)))
	}
	return strings.Join(hops, ", ")
}

// stamp fills in rport and received (RFC 3261 §18.2.1, RFC 3581 §4).
func stamp(ps []param, from netip.AddrPort, host string) []param {
	rport := false
	for i := range ps {
		if ps[i].name == "rport" {
			ps[i].value, rport = strconv.Itoa(int(from.Port())), true
		}
	}
	if _, has := findParam(ps, "received"); !has && (rport || strings.Trim(host, "[]") != from.Addr().String()) {
		ps = append(ps, param{"received", from.Addr().String()})
	}
	return ps
}

// replyTo is the source's address with the port of the top Via, or the source's port if rport was asked for.
func (s *screen) replyTo() netip.AddrPort { return s.top.replyTo(s.from) }

func (h hop) replyTo(from netip.AddrPort) netip.AddrPort {
	if _, rport := findParam(h.params, "rport"); rport {
		return from
	}
	if h.port > 0 {
		return netip.AddrPortFrom(from.Addr(), uint16(h.port))
	}
	return netip.AddrPortFrom(from.Addr(), 5060)
}

// key names the server transaction of the request last read (RFC 3261 §17.2.3). method is INVITE for a CANCEL's or ACK's target.
func (s *screen) key(method string) string {
	return s.top.branch() + " " + s.top.host + ":" + strconv.Itoa(s.top.port) + " " + method
}
