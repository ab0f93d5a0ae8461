package listen

import (
	"math"
	"math/cmplx"
)

// fourier transforms blocks of one size, a power of two.
type fourier struct {
	turns []complex128 // exp(-2πi k/n), k < n/2
}

func newFourier(n int) *fourier {
	f := &fourier{turns: make([]complex128, n/2)}
	for k := range f.turns {
		f.turns[k] = cmplx.Rect(1, -2*math.Pi*float64(k)/float64(n))
	}
	return f
}

// forward transforms a block in place (Cooley and Tukey, radix 2).
func (f *fourier) forward(x []complex128) {
	n := len(x)
	for i, j := 1, 0; i < n; i++ { // bits in reverse
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		j ^= bit
		if i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	for half := 1; half < n; half *= 2 {
		step := n / (2 * half)
		for start := 0; start < n; start += 2 * half {
			for k := range half {
				a, b := x[start+k], x[start+k+half]*f.turns[k*step]
				x[start+k], x[start+k+half] = a+b, a-b
			}
		}
	}
}

// backward undoes forward, up to the complex conjugate of the result and the factor n.
func (f *fourier) backward(x []complex128) {
	for i, v := range x {
		x[i] = cmplx.Conj(v)
	}
	f.forward(x)
}
