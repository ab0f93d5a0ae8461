package prompts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"
)

// ITU-T G.711 tables 1a and 2a: the values at the ends of the segments and around zero.
func TestG711KnownValues(t *testing.T) {
	for _, row := range []struct {
		pcm        int16
		pcmu, pcma byte
	}{
		{0, 0xff, 0xd5},
		{-1, 0x7f, 0x55},
		{32767, 0x80, 0xaa},
		{-32768, 0x00, 0x2a},
		{1000, 0xce, 0xfa},
		{-1000, 0x4e, 0x7a},
	} {
		if got := EncodePCMU(row.pcm); got != row.pcmu {
			t.Errorf("EncodePCMU(%d) = %#x, want %#x", row.pcm, got, row.pcmu)
		}
		if got := EncodePCMA(row.pcm); got != row.pcma {
			t.Errorf("EncodePCMA(%d) = %#x, want %#x", row.pcm, got, row.pcma)
		}
	}
}

func TestG711CodesRoundTrip(t *testing.T) {
	for i := range 256 {
		b := byte(i)
		if got := EncodePCMA(DecodePCMA(b)); got != b {
			t.Errorf("PCMA %#x comes back as %#x", b, got)
		}
		if got := EncodePCMU(DecodePCMU(b)); got != b && b != 0x7f { // μ-law has two zeros
			t.Errorf("PCMU %#x comes back as %#x", b, got)
		}
	}
}

func TestG711ErrorIsSmall(t *testing.T) {
	for x := -32768; x < 32768; x++ {
		limit := max(8, abs(x)/16)
		if x > 32635 || x < -32635 {
			limit = 1100
		}
		if d := abs(int(DecodePCMU(EncodePCMU(int16(x)))) - x); d > limit {
			t.Fatalf("PCMU of %d is off by %d", x, d)
		}
		if d := abs(int(DecodePCMA(EncodePCMA(int16(x)))) - x); d > max(limit, 16) {
			t.Fatalf("PCMA of %d is off by %d", x, d)
		}
	}
}

func TestEncodeFillsFrames(t *testing.T) {
	clip := &Clip{Rate: 8000, PCM: tone(8000, 8000, 440)[:1001]}
	for _, codec := range []string{"PCMU", "pcma", "G722"} {
		b, err := Encode(clip, codec)
		if err != nil || len(b) != 7*FrameBytes {
			t.Errorf("%s: %d octets, error %v, want %d", codec, len(b), err, 7*FrameBytes)
		}
	}
	if _, err := Encode(clip, "opus"); !errors.Is(err, ErrCodec) {
		t.Errorf("opus: error %v, want ErrCodec", err)
	}
}

// The tone of each clip must be found at its place after every codec and change of rate.
func TestTonesSurvive(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		clip := &Clip{Rate: rate, PCM: tone(rate, rate, 1000)}
		for codec, decode := range decoders {
			b, err := Encode(clip, codec)
			if err != nil {
				t.Fatal(err)
			}
			pcm, at := decode(b)
			signal, rest := split(pcm[at/10:], at, 1000)
			if db := 10 * math.Log10(signal/rest); db < 25 {
				t.Errorf("%s of %d Hz: tone is %.1f dB over the rest, want 25", codec, rate, db)
			}
			if want := 1e4 * 1e4 / 2.0; signal < want/2 || signal > want*2 {
				t.Errorf("%s of %d Hz: power %.0f, want about %.0f", codec, rate, signal, want)
			}
		}
	}
}

// What lies in the upper half of the band must not come back as an alias.
func TestDecimateKeepsAliasesOut(t *testing.T) {
	low := (&Clip{Rate: 16000, PCM: tone(16000, 16000, 6000)}).At(8000)
	if p := power(low.PCM); p > 1e4*1e4/2/1000 {
		t.Errorf("6 kHz leaves power %.0f at 8 kHz", p)
	}
}

func TestRingingTone(t *testing.T) {
	r := Ringing().At(8000)
	if len(r.PCM) != 5*8000 {
		t.Fatalf("%d samples, want 5 s", len(r.PCM))
	}
	if signal, rest := split(r.PCM[:8000], 8000, 425); signal < 100*rest {
		t.Errorf("425 Hz has %.0f, the rest %.0f", signal, rest)
	}
	if p := power(r.PCM[8200:]); p != 0 {
		t.Errorf("power %f in the pause", p)
	}
}

func TestMusicIsWithinLimits(t *testing.T) {
	peak := 0
	for _, s := range Music().PCM {
		peak = max(peak, abs(int(s)))
	}
	if peak < 4000 || peak > 16000 {
		t.Errorf("peak %d, want loud enough and never cut", peak)
	}
	if p := power(Music().At(8000).PCM); p < 300*300 {
		t.Errorf("power %.0f: hardly to be heard", p)
	}
}

func TestGreeting(t *testing.T) {
	g := Greeting()
	if s := len(g) / 8000; s < 8 || s > 16 {
		t.Errorf("%d s long", s)
	}
	if p := power(g); p < 500*500 {
		t.Errorf("power %.0f: too quiet", p)
	}
}

func TestReadWAV(t *testing.T) {
	pcm := []byte{1, 0, 2, 0, 0xff, 0xff}
	for _, row := range []struct {
		name string
		file []byte
		want []int16
	}{
		{"linear", wav(1, 1, 8000, 16, pcm), []int16{1, 2, -1}},
		{"linear, 16 kHz", wav(1, 1, 16000, 16, pcm), []int16{1, 2, -1}},
		{"A-law", wav(6, 1, 8000, 8, []byte{0xd5}), []int16{8}},
		{"μ-law", wav(7, 1, 8000, 8, []byte{0xff, 0x00}), []int16{0, -32124}},
		{"cut off", wav(1, 1, 8000, 16, pcm)[:46], []int16{1}},
		{"two channels", wav(1, 2, 8000, 16, pcm), nil},
		{"44.1 kHz", wav(1, 1, 44100, 16, pcm), nil},
		{"8-bit linear", wav(1, 1, 8000, 8, pcm), nil},
		{"floating point", wav(3, 1, 8000, 32, pcm), nil},
		{"no samples", wav(1, 1, 8000, 16, nil), nil},
		{"no header", []byte("RIFFxxxx"), nil},
		{"empty", nil, nil},
	} {
		c, err := ReadWAV(bytes.NewReader(row.file))
		if row.want == nil {
			if !errors.Is(err, ErrWAV) {
				t.Errorf("%s: error %v, want ErrWAV", row.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if len(c.PCM) != len(row.want) {
			t.Errorf("%s: %v, want %v", row.name, c.PCM, row.want)
			continue
		}
		for i := range c.PCM {
			if c.PCM[i] != row.want[i] {
				t.Errorf("%s: %v, want %v", row.name, c.PCM, row.want)
				break
			}
		}
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add(wav(1, 1, 8000, 16, []byte{1, 2}))
	f.Add(wav(7, 1, 16000, 8, []byte{1, 2}))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ReadWAV(bytes.NewReader(b))
		if err == nil && (len(c.PCM) == 0 || c.Rate != 8000 && c.Rate != 16000) {
			t.Errorf("accepted: %d samples at %d", len(c.PCM), c.Rate)
		}
	})
}

func wav(code, channels, rate, width int, data []byte) []byte {
	b := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt "), 16, 0, 0, 0)
	le := binary.LittleEndian
	b = le.AppendUint16(b, uint16(code))
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*width/8))
	b = le.AppendUint16(b, uint16(channels*width/8))
	b = le.AppendUint16(b, uint16(width))
	b = le.AppendUint32(append(b, "data"...), uint32(len(data)))
	return append(b, data...)
}

var decoders = map[string]func([]byte) (pcm []int16, rate int){
	"PCMU": func(b []byte) ([]int16, int) { return AppendFromPCMU(nil, b), 8000 },
	"PCMA": func(b []byte) ([]int16, int) { return AppendFromPCMA(nil, b), 8000 },
	"G722": decodeG722,
}

func decodeG722(b []byte) (pcm []int16, rate int) { return new(G722Decoder).Append(nil, b), 16000 }

// All six bits of the low band are used: what comes back is nearer to what went in than four bits can bring it, quiet or loud.
func TestG722Decoder(t *testing.T) {
	for loud, want := range map[int]float64{300: 35, 3000: 45, 30000: 45} {
		pcm := tone(16000, 16000, 700)
		for i := range pcm {
			pcm[i] = int16(int(pcm[i]) * loud / 10000)
		}
		back := new(G722Decoder).Append(nil, new(G722Encoder).Append(nil, pcm))
		if len(back) != len(pcm) {
			t.Fatalf("%d samples of %d", len(back), len(pcm))
		}
		signal, rest := split(back[1600:], 16000, 700)
		if db := 10 * math.Log10(signal/rest); db < want {
			t.Errorf("at %d: %.1f dB, want %.0f", loud, db, want)
		}
	}
	for i, half := range [2][]int32{g722QM6[4:32], g722QM6[32:60]} { // the levels fall, from class to class, around those of four bits
		for k := range half {
			if k > 0 && max(half[k], -half[k]) >= max(half[k-1], -half[k-1]) {
				t.Errorf("half %d, level %d: %d after %d", i, k, half[k], half[k-1])
			}
			if four := g722QM4[1+k/4+8*i-i]; max(half[k]-four, four-half[k]) > max(four, -four)/4+200 {
				t.Errorf("half %d, level %d: %d is far from %d", i, k, half[k], four)
			}
		}
	}
}

func tone(rate, samples int, hertz float64) []int16 {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16(1e4 * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate)))
	}
	return pcm
}

// split parts the power of pcm into that of one frequency (Goertzel's way) and the rest.
func split(pcm []int16, rate int, hertz float64) (signal, rest float64) {
	var re, im float64
	for i, s := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * hertz * float64(i) / float64(rate))
		re, im = re+float64(s)*cos, im+float64(s)*sin
	}
	n := float64(len(pcm))
	signal = 2 * (re*re + im*im) / (n * n)
	return signal, math.Max(1, power(pcm)-signal)
}

func power(pcm []int16) (p float64) {
	for _, s := range pcm {
		p += float64(s) * float64(s)
	}
	return p / float64(len(pcm))
}

func abs(x int) int { return max(x, -x) }
