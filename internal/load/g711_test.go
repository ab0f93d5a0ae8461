package load

import "testing"

// Values of ITU-T G.711 tables 1a, 2a: the ends, the steps at zero, and one from the middle of a segment.
func TestG711KnownValues(t *testing.T) {
	for _, row := range []struct {
		codec  Codec
		octet  byte
		sample int16
	}{
		{PCMU, 0xFF, 0}, {PCMU, 0x80, 32124}, {PCMU, 0x00, -32124}, {PCMU, 0xFE, 8}, {PCMU, 0x7E, -8}, {PCMU, 0xB5, 3260},
		{PCMA, 0xD5, 8}, {PCMA, 0x55, -8}, {PCMA, 0xAA, 32256}, {PCMA, 0x2A, -32256}, {PCMA, 0xD4, 24},
	} {
		var got [1]int16
		row.codec.Decode(got[:], []byte{row.octet})
		if got[0] != row.sample {
			t.Errorf("%v %#02x decodes to %d, want %d", row.codec, row.octet, got[0], row.sample)
		}
	}
}

func TestG711EncodesWhatItDecodes(t *testing.T) {
	for _, codec := range []Codec{PCMU, PCMA} {
		for octet := range 256 {
			if codec == PCMU && octet == 0x7F {
				continue // µ-law has two zeros, and encodes the other
			}
			var pcm [1]int16
			var back [1]byte
			codec.Decode(pcm[:], []byte{byte(octet)})
			codec.Encode(back[:], pcm[:])
			if back[0] != byte(octet) {
				t.Errorf("%v %#02x is %d, which encodes to %#02x", codec, octet, pcm[0], back[0])
			}
		}
	}
}

func TestG711EncodesEverySampleNearly(t *testing.T) {
	for _, codec := range []Codec{PCMU, PCMA} {
		for s := -32768; s <= 32767; s++ {
			var octet [1]byte
			var back [1]int16
			codec.Encode(octet[:], []int16{int16(s)})
			codec.Decode(back[:], octet[:])
			if off := abs(int(back[0]) - s); off > 8+abs(s)/16 && abs(s) < 32256 {
				t.Fatalf("%v: %d comes back as %d", codec, s, back[0])
			}
		}
	}
}

func abs(x int) int { return max(x, -x) }
