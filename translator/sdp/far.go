package sdp

import (
	"net/netip"
	"slices"
	"strings"
)

// farSide holds what is kept of the far side's last description, its offer or its answer: copies, so that its text can go.
type farSide struct {
	sections []echo
	used     int // index of the section in use
	codecs   []Codec
	events   []Codec
	noise    Codec
	// direction is what the far side means to do, a zero address counted in, within what our offer allowed.
	direction       Direction
	rtp, rtcp       netip.AddrPort
	ipv6            bool
	ptime, maxPTime int
	key             Key
	prints          *Fingerprints // of DTLS, nil without it
	mux             bool
	origin          Origin
	older           bool // its version is lower than that of the description before
}

// readTrunkOffer judges an offer. inUse is the index of the section that carries the call already, -1 for a first offer.
func (p *TrunkPolicy) readTrunkOffer(text []byte, inUse int) (*farSide, *Error) {
	s, err := parse(text)
	if err != nil {
		return nil, err
	}
	if inUse >= 0 && inUse < len(s.Sections) {
		if f, err := p.judgeOffer(&s.Sections[inUse]); err == nil {
			return f.of(s, inUse), nil
		}
	}
	refusal := unacceptable(warnMedia, "no audio offered")
	refused := false
	for i := range s.Sections {
		sec := &s.Sections[i]
		if sec.Media != "audio" || sec.Port == 0 && sec.Fault == "" {
			continue
		}
		f, err := p.judgeOffer(sec)
		if err == nil {
			return p.best(s, i, f), nil
		}
		if !refused {
			refusal, refused = err, true
		}
	}
	return nil, refusal
}

// best gives section i, found good, or its secured double: best-effort senders describe one stream twice, on one port.
func (p *TrunkPolicy) best(s *Session, i int, f *farSide) *farSide {
	for j := i + 1; p.sdes() != SRTPOff && !secure(s.Sections[i].Proto) && j < len(s.Sections); j++ {
		if sec := &s.Sections[j]; secure(sec.Proto) && sec.Port == s.Sections[i].Port {
			if double, err := p.judgeOffer(sec); err == nil {
				return double.of(s, j)
			}
		}
	}
	return f.of(s, i)
}

// of completes a section judged good with what concerns all of them.
func (f *farSide) of(s *Session, used int) *farSide {
	f.used, f.origin = used, s.Origin.clone()
	f.sections = echoes(s)
	return f
}

// after notes whether a description is older than the one before, which is honoured all the same (RFC 3264 §8).
func (f *farSide) after(last *farSide) *farSide {
	f.older = last != nil && f.origin.olderThan(last.origin)
	return f
}

// judgeOffer says whether an offered section can carry the call, and why not.
func (p *TrunkPolicy) judgeOffer(s *Section) (*farSide, *Error) {
	f, err := p.judge(s, "active", "actpass")
	if err != nil {
		return nil, err
	}
	f.codecs, f.events, f.noise = cloneCodecs(usable(s.Codecs, p.Codecs)), cloneCodecs(events(s.Codecs)), comfortNoise(s.Codecs).clone()
	if len(f.codecs) == 0 {
		return nil, noCodec("m=audio: no codec that this trunk may use")
	}
	if f.key, err = p.key(s); err != nil {
		return nil, err
	}
	return f, p.locate(s, f)
}

// judgeAnswer says whether an answer's section can carry the call. offered are the payload types and keys of our offer.
func (p *TrunkPolicy) judgeAnswer(s *Section, offered []Codec, keys []Key) (*farSide, *Error) {
	f, err := p.judge(s, "active")
	if err != nil {
		return nil, err
	}
	got := answeredOf(offered, s)
	f.codecs, f.events, f.noise = usableOf(got), events(got), comfortNoise(got)
	if len(f.codecs) == 0 {
		return nil, noCodec("m=audio: none of the codecs offered was taken")
	}
	if f.key, err = p.answeredKey(s, keys); err != nil {
		return nil, err
	}
	return f, p.locate(s, f)
}

// judge says what offers and answers have in common: a section that can carry sound at all. roles are those that its sender may have in DTLS.
func (p *TrunkPolicy) judge(s *Section, roles ...string) (*farSide, *Error) {
	switch {
	case s.Fault != "":
		return nil, unacceptable(warnMisc, "m=audio: "+s.Fault)
	case s.Media != "audio" || s.Port == 0:
		return nil, unacceptable(warnMedia, "audio section refused or missing")
	case s.Ports != 1:
		return nil, unacceptable(warnMisc, "m=audio: more than one port")
	case !p.carries(s.Proto):
		return nil, unacceptable(warnTransport, "m=audio: transport "+s.Proto)
	}
	if err := s.Conn.check(); err != nil {
		return nil, err
	}
	f := &farSide{
		direction: s.Direction, ipv6: s.Conn.Type == "IP6", ptime: s.PTime, maxPTime: s.MaxPTime, mux: s.RTCPMux && p.muxes(),
	}
	if p.DTLS {
		if err := s.judgeDTLS(roles...); err != nil {
			return nil, err
		}
		prints := Fingerprints(s.pinned())
		f.prints = &prints
	}
	return f, nil
}

// carries reports whether a transport can be used on this trunk.
func (p *TrunkPolicy) carries(proto string) bool {
	if p.DTLS {
		return strings.HasPrefix(proto, "UDP/TLS/RTP/SAVP") && isWebRTC(proto) || secure(proto) // older ones mean it by their fingerprint
	}
	return proto == "RTP/AVP" || proto == "RTP/AVPF" || p.SRTP != SRTPOff && secure(proto)
}

// locate finds where the far side's media is to be sent.
func (p *TrunkPolicy) locate(s *Section, f *farSide) *Error {
	switch {
	case !p.speaks(f.ipv6):
		return unacceptable(warnAddress, "no address of the family of c=")
	case s.Conn.zero() && s.Ufrag == "":
		// Hold by address (RFC 3264 §8.4); with ICE it only means that candidates tell the address.
		f.direction = f.direction.withoutReceiving()
		return nil
	case !s.Conn.zero() && !s.Conn.IP.IsValid():
		return unacceptable(warnMisc, "c= is no plain address; names are not looked up")
	case s.Conn.IP.IsMulticast():
		return unacceptable(warnMulticast, "c= is a multicast address")
	case p.reachable(s.Conn.IP):
		f.rtp = netip.AddrPortFrom(s.Conn.IP, uint16(s.Port))
		if f.rtcp = p.rtcp(s); f.mux && f.rtcp.IsValid() {
			f.rtcp = f.rtp
		}
		return nil
	case p.NAT:
		return nil
	}
	return unacceptable(warnMisc, "c= is outside the trunk's media networks")
}

// rtcp gives where RTCP is to be sent: a=rtcp, else the next port (RFC 3550 §11, RFC 3605). An address in a=rtcp must pass the
// rules of c=; else RTP's is used.
func (p *TrunkPolicy) rtcp(s *Section) netip.AddrPort {
	ip, port := s.Conn.IP, s.RTCP.Port
	if port == 0 {
		port = s.Port + 1
	}
	if s.NoRTCP || port > 65535 || p.DTLS && !s.RTCPMux {
		return netip.AddrPort{}
	}
	if p.reachable(s.RTCP.Conn.IP) {
		ip = s.RTCP.Conn.IP
	}
	return netip.AddrPortFrom(ip, uint16(port))
}

// codec gives the far side's payload type for an encoding, nil if it has none.
func (f *farSide) codec(name string) *Codec {
	for i := range f.codecs {
		if f.codecs[i].Name == name {
			return &f.codecs[i]
		}
	}
	return nil
}

// wishes gives a browser's payload types with the parameters of the far side, whose wishes the browser is to obey, and the events that both
// have (RFC 7587 §7, RFC 4733 §2.4.1).
func (f *farSide) wishes(get []Codec) []Codec {
	out := slices.Clone(get)
	for i := range out {
		c := &out[i]
		if theirs := f.codec(c.Name); theirs != nil {
			c.Fmtp = theirs.Fmtp
		} else if c.isEvent() {
			c.Fmtp = commonEvents(c.Fmtp, eventFor(f.events, *c).Fmtp)
		}
	}
	return out
}

func (c Codec) clone() Codec {
	c.Name, c.Fmtp = strings.Clone(c.Name), strings.Clone(c.Fmtp)
	return c
}

func cloneCodecs(list []Codec) []Codec {
	for i := range list {
		list[i] = list[i].clone()
	}
	return list
}
