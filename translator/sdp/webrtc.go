package sdp

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	psdp "github.com/pion/sdp/v3"
)

// Faults of the caller of this package, not of a description.
var (
	errNoOffer      = errors.New("sdp: the trunk has described nothing yet")
	errNoAnswer     = errors.New("sdp: the leg's browser has not answered yet")
	errNoLocalOffer = errors.New("sdp: no offer of ours is open")
	errNoAddress    = errors.New("sdp: no address of ours")
	errNoToken      = errors.New("sdp: ufrag, pwd, fingerprint or CNAME of ours cannot be written")
	errNoSecret     = errors.New("sdp: no secret to make SRTP keys of")
	errBegun        = errors.New("sdp: the call has descriptions already")
	errSelf         = errors.New("sdp: a leg does not talk with itself")
	errNotDialled   = errors.New("sdp: the leg has no offer of its browser to answer")
)

// checkWebRTC says whether a browser's section can carry the call. It may name one of the roles in a=setup; none means
// active (RFC 5763 §5, RFC 4145 §4).
func (s *Section) checkWebRTC(session *Session, roles ...string) *Error {
	switch {
	case session.Lite:
		return unacceptable(warnMisc, "both sides are ICE-lite") // RFC 8445 §6.1.1
	case s.Fault != "":
		return unacceptable(warnMisc, "m=audio: "+s.Fault)
	case s.Media != "audio" || s.Port == 0:
		return unacceptable(warnMedia, "audio section refused or missing")
	case !isWebRTC(s.Proto):
		return unacceptable(warnTransport, "m=audio: transport "+s.Proto)
	case !strong(s.Fingerprints): // RFC 8827 §6.5: SDES is not an alternative
		return unacceptable(warnMisc, "no a=fingerprint that can be used")
	case !iceChars(s.Ufrag, 4) || !iceChars(s.Pwd, 22):
		return unacceptable(warnMisc, "no a=ice-ufrag and a=ice-pwd that can be used") // RFC 8839 §5.4
	case !s.RTCPMux:
		return unacceptable(warnMisc, "no a=rtcp-mux")
	case s.Setup != "" && !slices.Contains(roles, s.Setup):
		return unacceptable(warnMisc, "a=setup leaves no role for a DTLS server") // RFC 8842 §5
	case s.MID != "" && !isToken(s.MID):
		return unacceptable(warnMisc, "a=mid is no token")
	}
	return nil
}

// isWebRTC reports whether a transport is one that browsers name (RFC 8829 §5.1.2); without TLS in its name it is an old browser,
// whose fingerprint says that it means DTLS.
func isWebRTC(proto string) bool {
	switch proto {
	case "UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "RTP/SAVPF", "RTP/SAVP":
		return true
	}
	return false
}

// iceChars reports whether s is ice-char of the right length (RFC 8839 §5.4).
func iceChars(s string, least int) bool {
	if len(s) < least || len(s) > 256 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/') {
			return false
		}
	}
	return true
}

// pickWebRTC finds the section of a browser's offer that is used: the first audio that is good and not inactive, else the first
// good one.
func pickWebRTC(s *Session) (int, *Section, *Error) {
	refusal := unacceptable(warnMedia, "no audio offered")
	refused, quiet := false, -1
	for i := range s.Sections {
		sec := &s.Sections[i]
		if sec.Media != "audio" || sec.Port == 0 && sec.Fault == "" {
			continue
		}
		err := sec.checkWebRTC(s, "active", "actpass")
		switch {
		case err != nil && !refused:
			refusal, refused = err, true
		case err == nil && sec.Direction != Inactive:
			return i, sec, nil
		case err == nil && quiet < 0:
			quiet = i
		}
	}
	if quiet >= 0 {
		return quiet, &s.Sections[quiet], nil
	}
	return 0, nil, refusal
}

// pinned copies the fingerprints of which one must match: SHA-1 is none of them.
func (s *Section) pinned() []Fingerprint {
	var out []Fingerprint
	for _, f := range s.Fingerprints {
		if f.Hash != "sha-1" {
			out = append(out, f)
		}
	}
	return out
}

// answerOffer writes the answer to a browser's offer: get in its used section with what far wishes, all others refused.
func (l *AgentLeg) answerOffer(s *Session, used int, get []Codec, far *farSide, local *AgentLocal) ([]byte, error) {
	sec := &s.Sections[used]
	m := webrtc{
		local: local, setup: "passive", mid: strings.Clone(sec.MID), protos: strings.Split(sec.Proto, "/"),
		direction: sec.Direction.answered(), bundle: s.bundles(sec.MID),
	}
	d := describe(local.SessionID, local.ip())
	m.session(d)
	if len(s.Sections) > 1 {
		d.ConnectionInformation = connection(local.ip()) // refused sections have none of their own (RFC 8866 §5.7)
	}
	for i, e := range echoes(s) {
		section := e.refused()
		if i == used {
			section = m.audio(far.wishes(get), far.ptime, far.maxPTime)
		} else if e.mid != "" {
			section.Attributes = append(section.Attributes, psdp.Attribute{Key: "mid", Value: e.mid})
		}
		d.MediaDescriptions = append(d.MediaDescriptions, section)
	}
	return l.out.print(d)
}

// bundles reports whether the session bundles mid (RFC 9143 §7.3).
func (s *Session) bundles(mid string) bool {
	return mid != "" && slices.ContainsFunc(s.Bundles, func(group []string) bool { return slices.Contains(group, mid) })
}

// webrtc writes our side of an agent leg.
type webrtc struct {
	local     *AgentLocal
	setup     string
	mid       string // "" writes none
	bundle    bool   // a group of this mid alone
	protos    []string
	direction Direction
}

// session writes the session's attributes.
func (w *webrtc) session(d *psdp.SessionDescription) {
	d.Attributes = append(d.Attributes, psdp.Attribute{Key: "ice-lite"})
	if w.bundle {
		d.Attributes = append(d.Attributes, psdp.Attribute{Key: "group", Value: "BUNDLE " + w.mid})
	}
}

// audio writes the one section in use.
func (w *webrtc) audio(codecs []Codec, ptime, maxPTime int) *psdp.MediaDescription {
	m := audio(w.local.Candidates[0].Port(), w.protos)
	m.d.ConnectionInformation = connection(w.local.ip())
	for _, c := range codecs {
		m.codec(c)
	}
	m.times(ptime, maxPTime)
	if w.mid != "" {
		m.add("mid", w.mid)
	}
	m.add(w.direction.String(), "")
	m.add("rtcp-mux", "")
	m.add("setup", w.setup)
	m.add("fingerprint", "sha-256 "+w.local.Fingerprint)
	m.add("ice-ufrag", w.local.Ufrag)
	m.add("ice-pwd", w.local.Pwd)
	for i, c := range w.local.Candidates {
		m.add("candidate", candidate(i, c))
	}
	m.add("end-of-candidates", "")
	if w.direction.Sends() {
		m.add("msid", "- audio0")
		m.add("ssrc", strconv.FormatUint(uint64(w.local.SSRC), 10)+" cname:"+w.local.CNAME)
	}
	return m.d
}

// candidate writes the i-th host candidate, best first (RFC 8839 §5.1, priorities of RFC 8445 §5.1.2.1).
func candidate(i int, addr netip.AddrPort) string {
	n := strconv.Itoa(i + 1)
	priority := 126<<24 | (65535-uint64(min(i, 65535)))<<8 | 255
	return n + " 1 udp " + strconv.FormatUint(priority, 10) + " " + addr.Addr().Unmap().String() + " " + strconv.Itoa(int(addr.Port())) + " typ host"
}

func (l *AgentLocal) ip() netip.Addr { return l.Candidates[0].Addr().Unmap() }

// check holds our own facts to what may be written: pion/sdp writes line ends as they are given.
func (l *AgentLocal) check() error {
	if len(l.Candidates) == 0 {
		return errNoAddress
	}
	for _, c := range l.Candidates {
		if !c.IsValid() || c.Addr().IsUnspecified() || c.Addr().Zone() != "" {
			return errNoAddress
		}
	}
	if !iceChars(l.Ufrag, 4) || !iceChars(l.Pwd, 22) || !isHexPairs(l.Fingerprint) || !isCNAME(l.CNAME) {
		return errNoToken
	}
	return nil
}

// isHexPairs reports whether f is the digits of a SHA-256 fingerprint.
func isHexPairs(f string) bool {
	var s Section
	s.readFingerprint("sha-256 " + f)
	return !s.BadFingerprint
}

// isCNAME reports whether n can stand as a CNAME: printable, without blanks (RFC 5576 §6.1).
func isCNAME(n string) bool {
	for i := range len(n) {
		if n[i] <= ' ' || n[i] > '~' {
			return false
		}
	}
	return n != "" && len(n) <= 255
}
