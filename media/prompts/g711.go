package prompts

import "math/bits"

// G.711 (ITU-T, 1988): logarithmic 8-bit samples, μ-law (PCMU) and A-law (PCMA).

const (
	mulawBias = 0x84  // added before the segment is found
	mulawMax  = 32635 // the largest magnitude that fits with the bias
)

// EncodePCMU returns one linear sample as μ-law.
func EncodePCMU(s int16) byte {
	x, sign := int(s), byte(0)
	if x < 0 {
		x, sign = -x, 0x80
	}
	x = min(x, mulawMax) + mulawBias
	segment := bits.Len(uint(x)) - 8
	return ^(sign | byte(segment)<<4 | byte(x>>(segment+3))&0x0f)
}

// DecodePCMU returns one μ-law octet as a linear sample.
func DecodePCMU(b byte) int16 { return mulawTable[b] }

// EncodePCMA returns one linear sample as A-law.
func EncodePCMA(s int16) byte {
	x, sign := int(s)>>3, byte(0x80) // 13 bits
	if x < 0 {
		x, sign = -x-1, 0
	}
	segment := max(0, bits.Len(uint(x))-5)
	mantissa := x >> max(1, segment)
	return (sign | byte(segment)<<4 | byte(mantissa)&0x0f) ^ 0x55
}

// DecodePCMA returns one A-law octet as a linear sample.
func DecodePCMA(b byte) int16 { return alawTable[b] }

// AppendPCMU appends the samples as μ-law to dst.
func AppendPCMU(dst []byte, pcm []int16) []byte {
	for _, s := range pcm {
		dst = append(dst, EncodePCMU(s))
	}
	return dst
}

// AppendPCMA appends the samples as A-law to dst.
func AppendPCMA(dst []byte, pcm []int16) []byte {
	for _, s := range pcm {
		dst = append(dst, EncodePCMA(s))
	}
	return dst
}

// AppendFromPCMU appends the μ-law octets to dst as linear samples.
func AppendFromPCMU(dst []int16, b []byte) []int16 {
	for _, x := range b {
		dst = append(dst, mulawTable[x])
	}
	return dst
}

// AppendFromPCMA appends the A-law octets to dst as linear samples.
func AppendFromPCMA(dst []int16, b []byte) []int16 {
	for _, x := range b {
		dst = append(dst, alawTable[x])
	}
	return dst
}

var mulawTable, alawTable = g711Tables()

func g711Tables() (mulaw, alaw [256]int16) {
	for i := range 256 {
		u := ^byte(i)
		x := (int(u&0x0f)<<3+mulawBias)<<(u>>4&7) - mulawBias
		if u&0x80 != 0 {
			x = -x
		}
		mulaw[i] = int16(x)

		a := byte(i) ^ 0x55
		segment := int(a >> 4 & 7)
		x = int(a&0x0f)<<4 + 8
		if segment > 0 {
			x = (x + 0x100) << (segment - 1)
		}
		if a&0x80 == 0 {
			x = -x
		}
		alaw[i] = int16(x)
	}
	return mulaw, alaw
}
