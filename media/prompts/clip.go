package prompts

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// FrameBytes is the size of 20 ms of sound in each codec of this package, in octets.
const FrameBytes = 160

// ErrCodec is returned by [Encode] for an encoding that this package does not speak.
var ErrCodec = errors.New("prompts: no encoder for this codec")

// Clip is a piece of sound: linear samples, one channel.
type Clip struct {
	Rate int // samples a second: 8000 or 16000
	PCM  []int16
}

// Duration is how long the clip lasts.
func (c *Clip) Duration() time.Duration {
	return time.Duration(len(c.PCM)) * time.Second / time.Duration(c.Rate)
}

// At returns the clip at the rate given, 8000 or 16000. The clip itself is returned when it has that rate.
func (c *Clip) At(rate int) *Clip {
	switch {
	case c.Rate == rate:
		return c
	case rate < c.Rate:
		return &Clip{Rate: rate, PCM: decimate(c.PCM)}
	default:
		return &Clip{Rate: rate, PCM: interpolate(c.PCM)}
	}
}

// Encode returns the clip as RTP payload octets of the codec named as in SDP (PCMU, PCMA or G722, any case), filled with
// silence up to a whole number of frames of [FrameBytes]. Other names give [ErrCodec].
func Encode(c *Clip, codec string) ([]byte, error) {
	switch strings.ToUpper(codec) {
	case "PCMU":
		return AppendPCMU(nil, padded(c.At(8000).PCM, FrameBytes)), nil
	case "PCMA":
		return AppendPCMA(nil, padded(c.At(8000).PCM, FrameBytes)), nil
	case "G722":
		return encodeG722(c.At(16000).PCM), nil
	}
	return nil, fmt.Errorf("%w: %s", ErrCodec, codec)
}

// encodeG722 encodes a sound that the same or another one may go before. A listener's decoder then has the scale of what it heard last, and would make a bang of
// what an encoder begins with that has heard nothing: so this one begins as behind the sound's own end, and one that goes round has no seam.
func encodeG722(pcm []int16) []byte {
	const heard = 10 * 16000 // ten seconds
	e := new(G722Encoder)
	e.Append(nil, pcm[max(0, len(pcm)-heard)&^1:])
	return e.Append(nil, padded(pcm, 2*FrameBytes))
}

func padded(pcm []int16, frame int) []int16 {
	if rest := len(pcm) % frame; rest != 0 {
		pcm = append(pcm[:len(pcm):len(pcm)], make([]int16, frame-rest)...)
	}
	return pcm
}

// halfBand is a low-pass filter that ends at half of the band: sinc under a Hamming window, 31 taps.
var halfBand = makeHalfBand()

func makeHalfBand() (h [31]float64) {
	const mid = len(h) / 2
	sum := 0.0
	for i := range h {
		x := float64(i-mid) / 2
		h[i] = 0.54 - 0.46*math.Cos(2*math.Pi*float64(i)/float64(len(h)-1))
		if i != mid {
			h[i] *= math.Sin(math.Pi*x) / (math.Pi * x)
		}
		sum += h[i]
	}
	for i := range h {
		h[i] /= sum
	}
	return h
}

// filtered is one output of the filter around sample i, of samples at(k).
func filtered(i int, at func(k int) float64) int16 {
	const mid = len(halfBand) / 2
	sum := 0.0
	for t, h := range halfBand {
		sum += h * at(i+t-mid)
	}
	return clip16(sum)
}

func decimate(pcm []int16) []int16 {
	at := func(k int) float64 {
		if k < 0 || k >= len(pcm) {
			return 0
		}
		return float64(pcm[k])
	}
	out := make([]int16, len(pcm)/2)
	for i := range out {
		out[i] = filtered(2*i, at)
	}
	return out
}

func interpolate(pcm []int16) []int16 {
	at := func(k int) float64 {
		if k < 0 || k%2 != 0 || k/2 >= len(pcm) {
			return 0
		}
		return 2 * float64(pcm[k/2]) // twice, for every second sample is empty
	}
	out := make([]int16, 2*len(pcm))
	for i := range out {
		out[i] = filtered(i, at)
	}
	return out
}

func clip16(x float64) int16 {
	return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(x))))
}
