package prompts

// G722Decoder turns G.722 octets into 16 kHz samples, two for an octet (mode 1, §1.4.2: all 64 kbit/s are sound). The zero value is ready. What follows a
// gap sounds wrong for a moment, until the predictors have found each other again.
type G722Decoder struct {
	low, high g722Band
	history   [24]int32
	started   bool
}

// g722QM6 are the outputs of the low band's inverse quantizer at 6 bits (§6.2.1.2, table 14).
var g722QM6 = [64]int32{
	-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
	-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
	24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
	4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
}

// Append decodes the octets and appends the samples to dst.
func (d *G722Decoder) Append(dst []int16, b []byte) []int16 {
	if !d.started {
		d.low.det, d.high.det, d.started = 32, 8, true
	}
	for _, octet := range b {
		low := bounded(d.low.s + d.low.det*g722QM6[octet&63]>>15)    // INVQBL, RECONS, LIMIT
		high := bounded(d.high.s + d.high.det*g722QM2[octet>>6]>>15) // INVQAH
		d.low.adaptLow(octet & 63)
		d.high.adaptHigh(octet >> 6)
		first, second := d.join(low, high)
		dst = append(dst, first, second)
	}
	return dst
}

// join is the receive quadrature mirror filter (§4.4).
func (d *G722Decoder) join(low, high int32) (first, second int16) {
	copy(d.history[:], d.history[2:])
	d.history[22], d.history[23] = low+high, low-high
	var odd, even int32
	for i, c := range g722QMF {
		even += d.history[2*i] * c
		odd += d.history[2*i+1] * g722QMF[11-i]
	}
	return int16(sat16(odd >> 11)), int16(sat16(even >> 11))
}

// bounded is LIMIT: reconstructed signals have 15 bits.
func bounded(x int32) int32 { return min(max(x, -16384), 16383) }
