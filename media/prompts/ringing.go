package prompts

import "math"

// Ringing returns one turn of the ringing tone, to be played in a loop: 425 Hz for 1 s, silence for 4 s, as most of Europe rings
// (ITU-T E.180 §4).
func Ringing() *Clip {
	const (
		rate  = 16000
		hertz = 425
		level = 4500 // -14 dBm0 (ITU-T E.180 §4), little more than what is spoken
		edge  = rate / 200
	)
	pcm := make([]int16, 5*rate)
	for i := range rate {
		soft := min(1, float64(min(i, rate-1-i))/edge) // 5 ms in and out, against clicks
		pcm[i] = int16(soft * level * math.Sin(2*math.Pi*hertz*float64(i)/rate))
	}
	return &Clip{Rate: rate, PCM: pcm}
}
