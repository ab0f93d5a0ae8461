package load

import "math"

// Rate is the sampling rate of all sound in this package, in Hz.
const Rate = 8000

// FrameSamples is the length of one packet's sound: 20 ms.
const FrameSamples = Rate / 50

// A Source makes sound: it fills frame with the next samples. It is called once a packet by the [Pacer]'s goroutine and
// must return at once.
type Source func(frame []int16)

// Sine is an endless tone of hz, at level dBFS (0 is the loudest, -6 half as loud).
func Sine(hz, level float64) Source {
	amplitude := 32767 * math.Pow(10, level/20)
	step, phase := 2*math.Pi*hz/Rate, 0.0
	return func(frame []int16) {
		for i := range frame {
			frame[i] = int16(amplitude * math.Sin(phase))
			phase += step
		}
		phase = math.Mod(phase, 2*math.Pi)
	}
}

// Silence is no sound at all; its packets are sent all the same.
func Silence() Source {
	return func(frame []int16) { clear(frame) }
}

// Samples takes n samples from a source.
func (s Source) Samples(n int) []int16 {
	pcm := make([]int16, n)
	for rest := pcm; len(rest) > 0; {
		frame := rest[:min(FrameSamples, len(rest))]
		s(frame)
		rest = rest[len(frame):]
	}
	return pcm
}

// Share is how much of the power of pcm lies at hz, from 0 to 1, found by Goertzel's algorithm. A clean tone gives nearly 1,
// speech or noise a few hundredths, silence 0. The window's length sets the width: 100 ms tell apart 10 Hz.
func Share(pcm []int16, hz float64) float64 {
	coefficient := 2 * math.Cos(2*math.Pi*hz/Rate)
	var s1, s2, power float64
	for _, sample := range pcm {
		x := float64(sample)
		s1, s2 = x+coefficient*s1-s2, s1
		power += x * x
	}
	if power == 0 {
		return 0
	}
	atTone := s1*s1 + s2*s2 - coefficient*s1*s2
	return min(1, 2*atTone/(float64(len(pcm))*power))
}

// Level is the power of pcm in dBFS: 0 for the loudest square wave, -3 for the loudest sine, -inf for silence.
func Level(pcm []int16) float64 {
	var power float64
	for _, sample := range pcm {
		power += float64(sample) * float64(sample)
	}
	return 10 * math.Log10(power/float64(max(1, len(pcm)))/(32767*32767))
}
