package sdp

import (
	"net/netip"
	"strings"
)

// trunkOffer holds what is kept of an offer of the trunk: copies, so that its text can go.
type trunkOffer struct {
	sections []echo
	used     int // index of the section in use
	codecs   []Codec
	events   []Codec
	noise    Codec
	// direction is what the far side means to do, a zero address counted in.
	direction       Direction
	rtp, rtcp       netip.AddrPort
	ipv6            bool
	ptime, maxPTime int
}

// readTrunkOffer judges an offer. inUse is the index of the section that carries the call already, -1 for a first offer.
func (p *TrunkPolicy) readTrunkOffer(text []byte, inUse int) (*trunkOffer, *Error) {
	s, err := parse(text)
	if err != nil {
		return nil, err
	}
	if inUse >= 0 && inUse < len(s.Sections) {
		if o, err := p.judge(&s.Sections[inUse]); err == nil {
			return o.of(s, inUse), nil
		}
	}
	refusal := unacceptable(warnMedia, "no audio offered")
	refused := false
	for i := range s.Sections {
		sec := &s.Sections[i]
		if sec.Media != "audio" || sec.Port == 0 && sec.Fault == "" {
			continue
		}
		o, err := p.judge(sec)
		if err == nil {
			return o.of(s, i), nil
		}
		if !refused {
			refusal, refused = err, true
		}
	}
	return nil, refusal
}

// of completes an offer judged good with what concerns all its sections.
func (o *trunkOffer) of(s *Session, used int) *trunkOffer {
	o.used = used
	o.sections = echoes(s)
	return o
}

// judge says whether a section can carry the call, and why not.
func (p *TrunkPolicy) judge(s *Section) (*trunkOffer, *Error) {
	switch {
	case s.Fault != "":
		return nil, unacceptable(warnMisc, "m=audio: "+s.Fault)
	case s.Media != "audio" || s.Port == 0:
		return nil, unacceptable(warnMedia, "audio section refused or missing")
	case s.Ports != 1:
		return nil, unacceptable(warnMisc, "m=audio: more than one port")
	case s.Proto != "RTP/AVP" && s.Proto != "RTP/AVPF":
		return nil, unacceptable(warnTransport, "m=audio: transport "+s.Proto)
	}
	if err := s.Conn.check(); err != nil {
		return nil, err
	}
	o := &trunkOffer{
		codecs: cloneCodecs(usable(s.Codecs, p.Codecs)), events: cloneCodecs(events(s.Codecs)), noise: comfortNoise(s.Codecs).clone(),
		direction: s.Direction, ipv6: s.Conn.Type == "IP6", ptime: s.PTime, maxPTime: s.MaxPTime,
	}
	if len(o.codecs) == 0 {
		return nil, noCodec("m=audio: no codec that this trunk may use")
	}
	return o, p.locate(s, o)
}

// locate finds where the far side's media is to be sent.
func (p *TrunkPolicy) locate(s *Section, o *trunkOffer) *Error {
	switch {
	case !p.speaks(o.ipv6):
		return unacceptable(warnAddress, "no address of the family of c=")
	case s.Conn.zero() && s.Ufrag == "":
		// Hold by address (RFC 3264 §8.4); with ICE it only means that candidates tell the address.
		o.direction = o.direction.withoutReceiving()
		return nil
	case !s.Conn.zero() && !s.Conn.IP.IsValid():
		return unacceptable(warnMisc, "c= is no plain address; names are not looked up")
	case s.Conn.IP.IsMulticast():
		return unacceptable(warnMulticast, "c= is a multicast address")
	case p.reachable(s.Conn.IP):
		o.rtp = netip.AddrPortFrom(s.Conn.IP, uint16(s.Port))
		o.rtcp = p.rtcp(s)
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
	if s.NoRTCP || port > 65535 {
		return netip.AddrPort{}
	}
	if p.reachable(s.RTCP.Conn.IP) {
		ip = s.RTCP.Conn.IP
	}
	return netip.AddrPortFrom(ip, uint16(port))
}

// codec gives the offer's payload type for an encoding, nil if it is not offered.
func (o *trunkOffer) codec(name string) *Codec {
	for i := range o.codecs {
		if o.codecs[i].Name == name {
			return &o.codecs[i]
		}
	}
	return nil
}

// remote gives the facts for the relay, c being the codec in use.
func (o *trunkOffer) remote(c Codec) TrunkRemote {
	d := o.direction.answered()
	r := TrunkRemote{
		RTP: o.rtp, RTCP: o.rtcp, Codec: c, Event: eventFor(o.events, c),
		Send: d.Sends(), Receive: d.Receives(), PTime: o.ptime,
	}
	if r.PTime == 0 {
		r.PTime = 20
	}
	return r
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
