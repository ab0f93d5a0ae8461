package sdp

import (
	"strconv"
	"strings"
)

// Session holds the facts of a description. Its strings are parts of the text: [Session] is to be read and let go.
type Session struct {
	// Origin is the o= line's session id and version, as text; they are compared, never written.
	Origin Origin
	// Lite is whether the peer is an ICE-lite agent (RFC 8839 §5.3).
	Lite bool
	// Bundles are the mids of each a=group:BUNDLE line (RFC 9143).
	Bundles [][]string
	// Sections are the m= sections in their order, the unusable ones among them.
	Sections []Section
}

// Origin is what is kept of an o= line (RFC 8866 §5.2).
type Origin struct{ SessionID, Version string }

// Section holds the facts of one m= section, those of the session part included where the section says nothing itself.
type Section struct {
	Media   string // "audio"
	Port    int    // 0: rejected, or held back by the offerer
	Ports   int    // the number of ports, 1 unless given
	Proto   string // "RTP/AVP"
	Formats []string
	// Fault says what makes the section unusable as text, "" if nothing does.
	Fault string

	Conn Connection
	// Codecs are all payload types of the format list with their encodings, static ones included, in the order of the list.
	// Unknown static numbers have no Name.
	Codecs    []Codec
	Direction Direction
	// PTime and MaxPTime are in ms, 0 when not given.
	PTime, MaxPTime int
	// RTCP is the a=rtcp line (RFC 3605); Port 0 when there is none.
	RTCP RTCP
	// NoRTCP is b=RS:0 with b=RR:0: no RTCP will be sent (RFC 3556 §2).
	NoRTCP  bool
	noRS    bool // b=RS:0 seen
	noRR    bool // b=RR:0 seen
	RTCPMux bool
	MID     string

	Ufrag, Pwd string
	// Candidates counts the a=candidate lines; they are not used.
	Candidates int
	// Fingerprints are the well-formed a=fingerprint lines; BadFingerprint says that there was another.
	Fingerprints   []Fingerprint
	BadFingerprint bool
	Setup          string // "active", "passive", "actpass", "holdconn" or ""
	// Crypto counts the a=crypto lines (RFC 4568); Keys are those that can be used, at most 16.
	Crypto int
	Keys   []Key
}

// RTCP is an a=rtcp line; Conn is the zero Connection when it names no address.
type RTCP struct {
	Port int
	Conn Connection
}

// Parse reads a description tolerantly. It fails, with an *[Error] of status 400, only for what leaves no description at
// all: no v=0, no o=, or more than the limits. What is wrong inside a section is a fact of that section.
func Parse(text []byte) (*Session, error) {
	s, err := parse(text)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func parse(text []byte) (*Session, *Error) {
	head, sections, err := scan(text)
	if err != nil {
		return nil, err
	}
	s := &Session{}
	var common Section // what the session part says for all sections
	if err := s.readHead(head, &common); err != nil {
		return nil, err
	}
	s.Sections = make([]Section, len(sections))
	for i, lines := range sections {
		s.Sections[i].read(lines)
		s.Sections[i].inherit(&common)
	}
	return s, nil
}

// readHead reads the session part.
func (s *Session) readHead(lines []line, common *Section) *Error {
	var version, origin bool
	for _, l := range lines {
		switch l.kind {
		case 'v':
			version = version || l.value == "0"
		case 'o':
			origin = origin || s.Origin.read(l.value)
		case 'c':
			common.readConn(l.value)
		case 'b':
			common.readBandwidth(l.value)
		case 'a':
			s.readAttribute(l.value, common)
		}
	}
	if !version {
		return malformed(warnMisc, "no v=0 line")
	}
	if !origin {
		return malformed(warnMisc, "no o= line")
	}
	return nil
}

func (s *Session) readAttribute(v string, common *Section) {
	switch name, value := attribute(v); name {
	case "ice-lite":
		s.Lite = true
	case "group":
		if f := strings.Fields(value); len(f) > 0 && f[0] == "BUNDLE" {
			s.Bundles = append(s.Bundles, f[1:])
		}
	case "rtpmap", "fmtp", "mid", "crypto", "candidate", "rtcp", "rtcp-mux":
		// Attributes of sections only; elsewhere they mean nothing.
	default:
		common.readAttribute(name, value)
	}
}

// read takes the o= line apart; it reports whether anything stood there.
func (o *Origin) read(v string) bool {
	f := strings.Fields(v)
	if len(f) == 0 {
		return false
	}
	if n := len(f); n >= 6 { // a user name may hold blanks, though it should not
		o.SessionID, o.Version = f[n-5], f[n-4]
	}
	return true
}

func (o Origin) clone() Origin { return Origin{strings.Clone(o.SessionID), strings.Clone(o.Version)} }

// olderThan reports whether o is an earlier version of the same session. Versions that are no numbers are equal.
func (o Origin) olderThan(last Origin) bool {
	now, err := strconv.ParseUint(o.Version, 10, 64)
	before, errBefore := strconv.ParseUint(last.Version, 10, 64)
	return err == nil && errBefore == nil && o.SessionID == last.SessionID && now < before
}

// read takes the section's lines, the first of which is its m= line.
func (s *Section) read(lines []line) {
	s.readMedia(lines[0].value)
	maps := rtpmaps{}
	for _, l := range lines[1:] {
		switch l.kind {
		case 'c':
			s.readConn(l.value)
		case 'b':
			s.readBandwidth(l.value)
		case 'a':
			switch name, value := attribute(l.value); name {
			case "rtpmap":
				maps.readRTPMap(value)
			case "fmtp":
				maps.readFmtp(value)
			default:
				s.readAttribute(name, value)
			}
		}
	}
	if s.isRTP() {
		s.readFormats(&maps)
	}
}

// readMedia reads "audio 49170/2 RTP/AVP 0 8" (RFC 8866 §5.14).
func (s *Section) readMedia(v string) {
	f := strings.Fields(v)
	s.Ports = 1
	if len(f) > 0 {
		s.Media = f[0]
	}
	if len(f) < 3 {
		s.fault("m= line incomplete")
		return
	}
	port, count, many := strings.Cut(f[1], "/")
	s.Port = number(port, 65535, -1)
	if s.Port < 0 {
		s.Port = 0
		s.fault("port out of range")
	}
	if many {
		s.Ports = number(count, 65535, 0)
	}
	s.Proto, s.Formats = f[2], f[3:]
	switch {
	case len(s.Formats) == 0:
		s.fault("no formats")
	case len(s.Formats) > maxFormats:
		s.Formats = s.Formats[:maxFormats]
		s.fault("more than 128 formats")
	}
	if !isToken(s.Media) || !isProto(s.Proto) {
		s.fault("m= line is not made of tokens")
	}
}

// readFormats makes Codecs of the format list.
func (s *Section) readFormats(maps *rtpmaps) {
	s.Codecs = make([]Codec, 0, len(s.Formats))
	for _, f := range s.Formats {
		pt := number(f, 127, -1)
		if pt < 0 {
			s.fault("payload type outside 0-127")
			return
		}
		s.Codecs = append(s.Codecs, maps.codec(uint8(pt)))
	}
}

func (s *Section) isRTP() bool { return strings.Contains(s.Proto, "RTP/") }

// fault notes the first thing that makes the section unusable.
func (s *Section) fault(text string) {
	if s.Fault == "" {
		s.Fault = text
	}
}

func (s *Section) readConn(v string) {
	if s.Conn == (Connection{}) {
		s.Conn = parseConnection(v)
	}
}

// readBandwidth looks for RTCP being switched off; other bandwidths are not obeyed (RFC 8866 §5.8).
func (s *Section) readBandwidth(v string) {
	s.noRS = s.noRS || v == "RS:0"
	s.noRR = s.noRR || v == "RR:0"
	s.NoRTCP = s.noRS && s.noRR
}

// readAttribute takes one attribute; the first of a kind counts.
func (s *Section) readAttribute(name, value string) {
	switch name {
	case "sendrecv", "sendonly", "recvonly", "inactive":
		if s.Direction == 0 {
			s.Direction = directionOf(name)
		}
	case "ptime":
		first(&s.PTime, milliseconds(value))
	case "maxptime":
		first(&s.MaxPTime, milliseconds(value))
	case "rtcp":
		if s.RTCP.Port == 0 {
			s.RTCP = parseRTCP(value)
		}
	case "rtcp-mux":
		s.RTCPMux = true
	case "mid":
		first(&s.MID, value)
	case "ice-ufrag":
		first(&s.Ufrag, value)
	case "ice-pwd":
		first(&s.Pwd, value)
	case "candidate":
		s.Candidates++
	case "fingerprint":
		s.readFingerprint(value)
	case "setup":
		first(&s.Setup, strings.ToLower(value))
	case "crypto":
		s.readCrypto(value)
	}
}

// inherit fills from the session part what the section does not say (RFC 8866 §5.7, §5.13).
func (s *Section) inherit(c *Section) {
	if s.Conn == (Connection{}) {
		s.Conn = c.Conn
	}
	if s.Direction == 0 {
		s.Direction = c.Direction
	}
	if s.Direction == 0 {
		s.Direction = SendRecv
	}
	first(&s.PTime, c.PTime)
	first(&s.MaxPTime, c.MaxPTime)
	first(&s.Ufrag, c.Ufrag)
	first(&s.Pwd, c.Pwd)
	first(&s.Setup, c.Setup)
	s.NoRTCP = s.NoRTCP || c.NoRTCP
	if len(s.Fingerprints) == 0 && !s.BadFingerprint {
		s.Fingerprints, s.BadFingerprint = c.Fingerprints, c.BadFingerprint
	}
}

// first sets *v to new if it is not set yet.
func first[T comparable](v *T, new T) {
	var zero T
	if *v == zero {
		*v = new
	}
}

// number reads a decimal number of at most limit, or gives bad.
func number(s string, limit int, bad int) int {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || int(n) > limit {
		return bad
	}
	return int(n)
}

// milliseconds reads a packet time; fractions, which RFC 8866 §6.4 allows, are cut.
func milliseconds(s string) int {
	whole, _, _ := strings.Cut(s, ".")
	return number(whole, 1000, 0)
}

func parseRTCP(v string) RTCP {
	port, rest, _ := strings.Cut(v, " ")
	r := RTCP{Port: number(port, 65535, 0)}
	if rest != "" {
		r.Conn = parseConnection(rest)
	}
	return r
}
