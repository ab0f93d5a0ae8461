package relay

import "encoding/binary"

// rtpHeader is the size of the only header that we send: no contributing sources, no extension (RFC 3550 §5.1).
const rtpHeader = 12

// rtpPacket is what the relay reads of an RTP packet. The payload stands at [payload:end] of its buffer.
type rtpPacket struct {
	marker       bool
	pt           uint8
	seq          uint16
	ts, ssrc     uint32
	payload, end int
}

// parseRTP reads an RTP packet (RFC 3550 §5.1): ok is false when it is none. Padding is left out of the payload.
func parseRTP(b []byte) (p rtpPacket, ok bool) {
	if p, ok = parseHeader(b); !ok || b[0]&0x20 == 0 {
		return p, ok
	}
	padding := int(b[len(b)-1])
	if padding == 0 || p.payload+padding > len(b) {
		return p, false
	}
	p.end -= padding
	return p, true
}

// parseHeader reads as much as is plain in an SRTP packet too.
func parseHeader(b []byte) (p rtpPacket, ok bool) {
	if len(b) < rtpHeader || b[0]>>6 != 2 {
		return p, false
	}
	p = rtpPacket{
		marker: b[1]&0x80 != 0, pt: b[1] & 0x7f, seq: binary.BigEndian.Uint16(b[2:]),
		ts: binary.BigEndian.Uint32(b[4:]), ssrc: binary.BigEndian.Uint32(b[8:]),
		payload: rtpHeader + 4*int(b[0]&0x0f), end: len(b),
	}
	if b[0]&0x10 != 0 { // an extension: four octets and its words
		if len(b) < p.payload+4 {
			return p, false
		}
		p.payload += 4 + 4*int(binary.BigEndian.Uint16(b[p.payload+2:]))
	}
	return p, p.payload <= len(b)
}

// putRTP writes a plain header in front of the payload at [payload:end] of b, over what stood there, and returns the packet. payload is at
// least rtpHeader; the capacity behind the packet is kept, for the authentication tag.
func putRTP(b []byte, p rtpPacket) []byte {
	h := b[p.payload-rtpHeader : p.end]
	h[0], h[1] = 2<<6, p.pt
	if p.marker {
		h[1] |= 0x80
	}
	binary.BigEndian.PutUint16(h[2:], p.seq)
	binary.BigEndian.PutUint32(h[4:], p.ts)
	binary.BigEndian.PutUint32(h[8:], p.ssrc)
	return h
}

// The kinds of datagrams that share the port for browsers.
type packetKind uint8

const (
	kindNone packetKind = iota
	kindSTUN
	kindDTLS
	kindRTP
	kindRTCP
)

// classify tells the protocols of one port apart by their first octets (RFC 7983 §7, RFC 5761 §4).
func classify(b []byte) packetKind {
	if len(b) < 8 {
		return kindNone
	}
	switch first := b[0]; {
	case first <= 3:
		return kindSTUN
	case first >= 20 && first <= 63:
		return kindDTLS
	case first < 128 || first > 191:
		return kindNone
	}
	if b[1] >= 192 && b[1] <= 223 {
		return kindRTCP
	}
	if len(b) < rtpHeader {
		return kindNone
	}
	return kindRTP
}
