package prompts

import (
	"math"
	"testing"
)

// decoded is what is heard of octets, and its rate.
func decoded(t testing.TB, codec string, b []byte) (pcm []int16, rate int) {
	t.Helper()
	switch codec {
	case "PCMU":
		return AppendFromPCMU(nil, b), 8000
	case "PCMA":
		return AppendFromPCMA(nil, b), 8000
	}
	return decodeG722(b)
}

var codecs = []string{"PCMU", "PCMA", "G722"}

// level is how loud sound is where it is no pause, in dB of full scale.
func level(pcm []int16, rate int) float64 {
	const fullScale, pause = 32768 * 32768, -45
	sum, n := 0.0, 0
	frame := rate / 50
	for ; len(pcm) >= frame; pcm = pcm[frame:] {
		if p := power(pcm[:frame]) / fullScale; 10*math.Log10(p) > pause {
			sum, n = sum+p, n+1
		}
	}
	return 10 * math.Log10(sum/float64(n))
}

func peak(pcm []int16) (p int) {
	for _, s := range pcm {
		p = max(p, abs(int(s)))
	}
	return p
}

// What callers hear one after another is equally loud, -22 dB of full scale within 3 dB, and never cut off.
func TestSoundsAreEquallyLoud(t *testing.T) {
	sounds := map[string]*Clip{"greeting": {Rate: 8000, PCM: Greeting()}, "music": Music(), "ringing": Ringing()}
	for name := range spoken {
		clip, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		sounds[name] = clip
	}
	for name, clip := range sounds {
		if got := level(clip.PCM, clip.Rate); math.Abs(got+22) > 3 || peak(clip.PCM) > 32200 {
			t.Errorf("%s: %.1f dB, peak %d", name, got, peak(clip.PCM))
		}
	}
}

// Where a sound follows on another, or on itself, there is no click: what is heard in the first tenth of a second besides the sound is softer than the two, and nothing is
// cut off.
func TestSoundsFollowWithoutAClick(t *testing.T) {
	for _, names := range [][]string{
		{"music", "music", "music"},
		{"ringing", "ringing"},
		{"music", "prompt:en/wait", "prompt:en/number-5", "prompt:en/wait-end", "music"},
		{"music", "prompt:de/place", "prompt:de/number-21", "prompt:de/place-end", "prompt:de/comfort", "music"},
		{"prompt:en/welcome", "music"},
	} {
		for _, codec := range codecs {
			if testing.Short() && (codec != "G722" || names[1] != "prompt:en/wait") {
				continue // the race detector makes it slow
			}
			follow(t, codec, names)
		}
	}
}

func follow(t *testing.T, codec string, names []string) {
	t.Helper()
	var octets []byte
	var want []int16
	var begins []int
	_, rate := decoded(t, codec, nil)
	for _, name := range names {
		clip, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "music" { // its end is as loud as its beginning
			clip = &Clip{Rate: clip.Rate, PCM: clip.PCM[len(clip.PCM)-3*clip.Rate/2:]}
		}
		b, err := Encode(clip, codec)
		if err != nil {
			t.Fatal(err)
		}
		n := len(clip.PCM) * 8000 / clip.Rate
		begins = append(begins, len(want))
		octets, want = append(octets, b[:n]...), append(want, clip.At(rate).PCM[:n*rate/8000]...)
	}
	heard, _ := decoded(t, codec, octets)
	delay := 0
	if codec == "G722" {
		delay = 22
	}
	begins = append(begins, len(want))
	for i, at := range begins[1 : len(begins)-1] {
		before, after := want[begins[i]:at], want[at:begins[i+2]]
		besides := power(difference(heard, want, at, at+rate/10, delay))
		if most := max(power(loudest(before)), power(loudest(after))); besides > most/2 {
			t.Errorf("%s: %s after %s: %.1f dB besides", codec, names[i+1], names[i], 10*math.Log10(besides/most))
		}
		if got := peak(heard[at : at+rate/10]); got > 32500 && peak(after) < 32500 {
			t.Errorf("%s: %s after %s is cut off", codec, names[i+1], names[i])
		}
	}
}

// difference is what is heard besides what was meant. A G.722 encoder and its decoder delay sound by 22 samples together.
func difference(heard, want []int16, from, to, delay int) (d []int16) {
	for i := from; i < to && i+delay < len(heard); i++ {
		d = append(d, clip16(float64(heard[i+delay])-float64(want[i])))
	}
	return d
}
