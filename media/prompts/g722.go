package prompts

// G.722 (ITU-T, 2012) at 64 kbit/s: two bands of 4 kHz, each by adaptive differences. The names of the blocks are those of
// the Recommendation, §§ 3 and 6.

// G722Encoder turns 16 kHz samples into G.722 octets, one for two samples. The zero value is ready.
type G722Encoder struct {
	low, high g722Band
	history   [24]int32 // the filter's last samples
	started   bool
}

// g722Band is one band's predictor and scale, as encoder and decoder both keep it.
type g722Band struct {
	s, sp, sz int32    // predicted signal and its two parts
	nb, det   int32    // logarithmic and linear scale
	a, r, p   [3]int32 // pole coefficients, reconstructed and partial signals
	b, d      [7]int32 // zero coefficients, quantized differences
}

var (
	g722QMF = [12]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}

	g722Q6 = [30]int32{0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714,
		786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919}
	g722ILN = [31]byte{0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19,
		18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4}
	g722ILP = [31]byte{0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47,
		46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32}
	g722ILB = [32]int32{2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008}

	g722QM4  = [16]int32{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	g722QM2  = [4]int32{-7408, -1616, 7408, 1616}
	g722RL42 = [16]byte{0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0}
	g722RH2  = [4]byte{2, 1, 2, 1}
	g722WL   = [8]int32{-60, -30, 58, 172, 334, 538, 1198, 3042}
	g722WH   = [3]int32{0, -214, 798}
)

// Append encodes the samples and appends the octets to dst. An odd last sample is left out.
func (e *G722Encoder) Append(dst []byte, pcm []int16) []byte {
	if !e.started {
		e.low.det, e.high.det, e.started = 32, 8, true
	}
	for i := 0; i+1 < len(pcm); i += 2 {
		low, high := e.split(int32(pcm[i]), int32(pcm[i+1]))
		dst = append(dst, e.encodeHigh(high)<<6|e.encodeLow(low))
	}
	return dst
}

// split is the transmit quadrature mirror filter (§3.1).
func (e *G722Encoder) split(first, second int32) (low, high int32) {
	copy(e.history[:], e.history[2:])
	e.history[22], e.history[23] = first, second
	var odd, even int32
	for i, c := range g722QMF {
		odd += e.history[2*i] * c
		even += e.history[2*i+1] * g722QMF[11-i]
	}
	return (even + odd) >> 14, (even - odd) >> 14
}

func (e *G722Encoder) encodeLow(x int32) byte {
	diff := sat16(x - e.low.s) // SUBTRA
	size := diff
	if diff < 0 {
		size = -(diff + 1)
	}
	level := 1 // QUANTL
	for level < len(g722Q6) && size >= g722Q6[level]*e.low.det>>12 {
		level++
	}
	code := g722ILP[level]
	if diff < 0 {
		code = g722ILN[level]
	}
	e.low.adaptLow(code)
	return code
}

func (e *G722Encoder) encodeHigh(x int32) byte {
	diff := sat16(x - e.high.s)
	size, sign := diff, byte(2)
	if diff < 0 {
		size, sign = -(diff + 1), 0
	}
	code := sign | 1 // QUANTH
	if size >= 564*e.high.det>>12 {
		code = sign
	}
	e.high.adaptHigh(code)
	return code
}

// adaptLow moves the low band on by one 6-bit code, of which its four upper bits count.
func (b *g722Band) adaptLow(code byte) {
	code >>= 2
	diff := b.det * g722QM4[code] >> 15                           // INVQAL
	b.nb = min(max(b.nb*127>>7+g722WL[g722RL42[code]], 0), 18432) // LOGSCL
	b.det = g722Scale(b.nb, 8)                                    // SCALEL
	b.predict(diff)
}

// adaptHigh moves the high band on by one 2-bit code.
func (b *g722Band) adaptHigh(code byte) {
	diff := b.det * g722QM2[code] >> 15
	b.nb = min(max(b.nb*127>>7+g722WH[g722RH2[code]], 0), 22528)
	b.det = g722Scale(b.nb, 10)
	b.predict(diff)
}

func g722Scale(nb, top int32) int32 {
	scale := g722ILB[nb>>6&31]
	if shift := top - nb>>11; shift < 0 {
		return scale << -shift << 2
	} else {
		return scale >> shift << 2
	}
}

// predict is block 4: it takes the quantized difference and predicts the next sample.
func (b *g722Band) predict(diff int32) {
	b.d[0] = diff
	b.r[0] = sat16(b.s + diff)  // RECONS
	b.p[0] = sat16(b.sz + diff) // PARREC
	b.a[1], b.a[2] = b.poles()
	b.zeros()

	copy(b.d[1:], b.d[:6]) // DELAYA
	b.r[2], b.r[1] = b.r[1], b.r[0]
	b.p[2], b.p[1] = b.p[1], b.p[0]

	b.sp = sat16(b.a[1]*sat16(2*b.r[1])>>15 + b.a[2]*sat16(2*b.r[2])>>15) // FILTEP
	b.sz = 0                                                              // FILTEZ
	for i := 1; i < 7; i++ {
		b.sz += b.b[i] * sat16(2*b.d[i]) >> 15
	}
	b.sz = sat16(b.sz)
	b.s = sat16(b.sp + b.sz) // PREDIC
}

func (b *g722Band) poles() (a1, a2 int32) {
	step := sat16(b.a[1] << 2) // UPPOL2
	if sameSign(b.p[0], b.p[1]) {
		step = min(-step, 32767)
	}
	a2 = step>>7 + b.a[2]*32512>>15 - 128
	if sameSign(b.p[0], b.p[2]) {
		a2 += 256
	}
	a2 = min(max(a2, -12288), 12288)

	a1 = b.a[1]*32640>>15 - 192 // UPPOL1
	if sameSign(b.p[0], b.p[1]) {
		a1 += 384
	}
	limit := sat16(15360 - a2)
	return min(max(sat16(a1), -limit), limit), a2
}

func (b *g722Band) zeros() { // UPZERO
	for i := 1; i < 7; i++ {
		step := int32(128)
		switch {
		case b.d[0] == 0:
			step = 0
		case !sameSign(b.d[0], b.d[i]):
			step = -128
		}
		b.b[i] = sat16(step + b.b[i]*32640>>15)
	}
}

func sameSign(x, y int32) bool { return x>>15 == y>>15 }

func sat16(x int32) int32 { return min(max(x, -32768), 32767) }
