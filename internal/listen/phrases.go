package listen

import (
	"maps"
	"math/cmplx"
	"slices"
	"testing"

	"offhook/media/prompts"
)

const (
	rate = 8000 // of what was received
	// coarse is how many samples are one in the search.
	coarse = 4
	// block is the size of transforms, and head how much of a phrase is searched for, in samples of the search.
	block = 8192
	head  = rate / coarse
)

// Phrases are what may be heard. It belongs to one goroutine at a time.
type Phrases struct {
	f     *fourier
	pairs []pair
}

// phrase is one clip as it is looked for.
type phrase struct {
	name  string
	pcm   []float64 // at 8 kHz, without the silence behind it
	low   []float64 // its head, for the search
	power float64   // of its head
}

// pair is two phrases that are searched for at once: sounds are real, so one transform has room for both.
type pair struct {
	both [2]*phrase // the second may be nil
	turn []complex128
}

// Of returns the phrases that ship in a language.
func Of(t testing.TB, language string) *Phrases {
	t.Helper()
	v, _, err := prompts.LoadVoice(language, "")
	if err != nil {
		t.Fatal(err)
	}
	clips := make(map[string]*prompts.Clip)
	for _, name := range v.Phrases() {
		clip, err := prompts.Find(v.Phrase(name)[0].Name)
		if err != nil {
			t.Fatal(err)
		}
		clips[name] = clip
	}
	return New(clips)
}

// New returns phrases by the names that they are told by.
func New(clips map[string]*prompts.Clip) *Phrases {
	p := &Phrases{f: newFourier(block)}
	var next pair
	for _, name := range slices.Sorted(maps.Keys(clips)) {
		pcm := spokenPart(clips[name].At(rate).PCM)
		if len(pcm) == 0 {
			continue
		}
		low := slower(pcm[:min(len(pcm), head*coarse)])
		ph := &phrase{name: name, pcm: pcm, low: low, power: sums(low)[len(low)]}
		if next.both[0] == nil {
			next.both[0] = ph
			continue
		}
		next.both[1] = ph
		p.pairs, next = append(p.pairs, p.paired(next)), pair{}
	}
	if next.both[0] != nil {
		p.pairs = append(p.pairs, p.paired(next))
	}
	return p
}

// paired transforms the heads of two phrases, for correlation: the first as the real part, the second as the imaginary one.
func (p *Phrases) paired(next pair) pair {
	next.turn = make([]complex128, block)
	for i, ph := range next.both {
		if ph == nil {
			continue
		}
		turn := make([]complex128, block)
		for k, x := range ph.low {
			turn[k] = complex(x, 0)
		}
		p.f.forward(turn)
		for k, x := range turn {
			next.turn[k] += cmplx.Conj(x) * [2]complex128{1, 1i}[i]
		}
	}
	return next
}

// spokenPart leaves out the silence behind a clip.
func spokenPart(pcm []int16) []float64 {
	n := len(pcm)
	for n > 0 && pcm[n-1] >= -64 && pcm[n-1] <= 64 {
		n--
	}
	return floats(pcm[:n])
}

func floats(pcm []int16) []float64 {
	out := make([]float64, len(pcm))
	for i, s := range pcm {
		out[i] = float64(s)
	}
	return out
}
