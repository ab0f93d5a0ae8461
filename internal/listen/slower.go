package listen

import "math"

// lowPass leaves what lies under 900 Hz, where most of a voice is: a sinc under a Hann window.
var lowPass = func() (h [65]float64) {
	const cut, mid = 900.0 / rate, len(h) / 2
	for i := range h {
		x := float64(i - mid)
		h[i] = 2 * cut
		if i != mid {
			h[i] = math.Sin(2*math.Pi*cut*x) / (math.Pi * x)
		}
		h[i] *= 0.5 - 0.5*math.Cos(2*math.Pi*float64(i+1)/float64(len(h)+1))
	}
	return h
}()

// slower gives sound at the rate of the search.
func slower(pcm []float64) []float64 {
	out := make([]float64, (len(pcm)+coarse-1)/coarse)
	for i := range out {
		first := i*coarse - len(lowPass)/2
		for k, h := range lowPass {
			if at := first + k; at >= 0 && at < len(pcm) {
				out[i] += h * pcm[at]
			}
		}
	}
	return out
}
