package load

import (
	"encoding/binary"
	"errors"
	"time"
)

const rtpHeader = 12

var errNotRTP = errors.New("not an RTP packet")

// A stream makes the packets of one outgoing RTP stream (RFC 3550 §5.1). It belongs to one goroutine.
type stream struct {
	codec  Codec
	source Source

	ssrc      uint32
	sequence  uint16
	timestamp uint32
	started   bool
	pcm       [FrameSamples]int16
	packet    [rtpHeader + FrameSamples]byte
}

// next is the next packet, good until the following call.
func (s *stream) next() []byte {
	s.source(s.pcm[:])
	p := s.packet[:]
	p[0], p[1] = 2<<6, byte(s.codec)
	if !s.started {
		s.started = true
		p[1] |= 0x80 // marker: a talkspurt begins (RFC 3551 §4.1)
	}
	binary.BigEndian.PutUint16(p[2:], s.sequence)
	binary.BigEndian.PutUint32(p[4:], s.timestamp)
	binary.BigEndian.PutUint32(p[8:], s.ssrc)
	s.codec.Encode(p[rtpHeader:], s.pcm[:])
	s.sequence++
	s.timestamp += FrameSamples
	return p
}

// readRTP finds the payload of a packet, past CSRCs and header extension and before the padding.
func readRTP(p []byte) (payloadType uint8, payload []byte, err error) {
	if len(p) < rtpHeader || p[0]>>6 != 2 {
		return 0, nil, errNotRTP
	}
	start := rtpHeader + 4*int(p[0]&0xF)
	if p[0]&0x10 != 0 {
		if len(p) < start+4 {
			return 0, nil, errNotRTP
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(p[start+2:]))
	}
	end := len(p)
	if p[0]&0x20 != 0 {
		end -= int(p[len(p)-1])
	}
	if start > end {
		return 0, nil, errNotRTP
	}
	return p[1] & 0x7F, p[start:end], nil
}

// A hearer decodes what comes in and hands it on. It belongs to one goroutine.
type hearer struct {
	heard func(pcm []int16)
	digit func(digit byte, length time.Duration)
	pcm   [1600]int16
	keys  keys
}

// take decodes one packet; what is neither G.711 nor a digit is passed over. It says whether it was sound.
func (h *hearer) take(packet []byte) bool {
	payloadType, payload, err := readRTP(packet)
	if err != nil || len(payload) > len(h.pcm) {
		return false
	}
	if payloadType != uint8(PCMU) && payloadType != uint8(PCMA) {
		if digit, length, ended := h.keys.take(payloadType, binary.BigEndian.Uint32(packet[4:]), payload); ended && h.digit != nil {
			h.digit(digit, length)
		}
		return false
	}
	Codec(payloadType).Decode(h.pcm[:], payload)
	if h.heard != nil {
		h.heard(h.pcm[:len(payload)])
	}
	return true
}
