package load

import "math/bits"

// Codec is one of the two encodings of ITU-T G.711, by its static payload type (RFC 3551 §6).
type Codec uint8

// The codecs.
const (
	PCMU Codec = 0
	PCMA Codec = 8
)

// String is the encoding's registered name.
func (c Codec) String() string {
	if c == PCMA {
		return "PCMA"
	}
	return "PCMU"
}

// Encode writes the codec's octet for each sample to dst, which is at least as long as pcm.
func (c Codec) Encode(dst []byte, pcm []int16) {
	encode := encodeMu
	if c == PCMA {
		encode = encodeA
	}
	for i, s := range pcm {
		dst[i] = encode(s)
	}
}

// Decode writes the sample for each octet to dst, which is at least as long as coded.
func (c Codec) Decode(dst []int16, coded []byte) {
	decode := decodeMu
	if c == PCMA {
		decode = decodeA
	}
	for i, b := range coded {
		dst[i] = decode(b)
	}
}

const (
	muBias = 0x84
	muClip = 32767 - muBias
)

func encodeMu(sample int16) byte {
	s, sign := int(sample), 0
	if s < 0 {
		s, sign = -s, 0x80
	}
	s = min(s, muClip) + muBias
	exponent := bits.Len(uint(s)) - 8
	return ^byte(sign | exponent<<4 | s>>(exponent+3)&0xF)
}

func decodeMu(b byte) int16 {
	b = ^b
	s := (int(b&0xF)<<3+muBias)<<(b>>4&7) - muBias
	if b&0x80 != 0 {
		return int16(-s)
	}
	return int16(s)
}

func encodeA(sample int16) byte {
	s, mask := int(sample)>>3, byte(0xD5) // 13 bits, even bits inverted
	if s < 0 {
		s, mask = -s-1, 0x55
	}
	segment := bits.Len(uint(s) >> 5)
	return byte(segment<<4|s>>max(segment, 1)&0xF) ^ mask
}

func decodeA(b byte) int16 {
	b ^= 0x55
	s := int(b&0xF)<<4 + 8
	if segment := b >> 4 & 7; segment > 0 {
		s = (s + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		return int16(-s)
	}
	return int16(s)
}
