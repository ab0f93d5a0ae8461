package listen

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// Word is a phrase that was heard.
type Word struct {
	Name string
	// From and To say where it is in the sound, without silence behind it.
	From, To time.Duration
	// Score says how much of what was heard there is the phrase: 1 is all.
	Score float64
}

const (
	// likely is the score in the search from which on a place is looked at, certain that at which a phrase counts as heard.
	likely, certain = 0.5, 0.75
	// gain is how much louder or softer than it was made a phrase may be.
	gain = 2
)

// Words returns the phrases that are in the sound, which has 8000 samples a second, in the order of their time. Of two that lie over each other the one
// that explains more is told.
func (p *Phrases) Words(pcm []int16) []Word {
	sound := floats(pcm)
	low := slower(sound)
	blocks := p.transformed(low)
	power, lowPower := sums(sound), sums(low)
	var found []match
	for _, pair := range p.pairs {
		for i, places := range p.places(pair, blocks, lowPower) {
			for _, at := range places {
				if m, ok := pair.both[i].match(sound, power, at*coarse); ok {
					found = append(found, m)
				}
			}
		}
	}
	return told(found)
}

// Names says the words of a sound in one line: "place number-2 place-end".
func (p *Phrases) Names(pcm []int16) string {
	var names []string
	for _, w := range p.Words(pcm) {
		names = append(names, w.Name)
	}
	return strings.Join(names, " ")
}

// hop is how far one block begins behind another, so that each place of a head lies whole in one of them.
const hop = block - head

// transformed cuts sound into blocks, transformed each.
func (p *Phrases) transformed(low []float64) (blocks [][]complex128) {
	for start := 0; start < len(low); start += hop {
		b := make([]complex128, block)
		for i, x := range low[start:min(start+block, len(low))] {
			b[i] = complex(x, 0)
		}
		p.f.forward(b)
		blocks = append(blocks, b)
	}
	return blocks
}

// places returns where each phrase of a pair may begin: the peaks of its correlation, in samples of the search.
func (p *Phrases) places(pair pair, blocks [][]complex128, power []float64) (places [2][]int) {
	product := make([]complex128, block)
	products := [2][]float64{make([]float64, hop), make([]float64, hop)}
	for i, b := range blocks {
		for k, x := range b {
			product[k] = x * pair.turn[k]
		}
		p.f.backward(product)
		for k := range hop {
			products[0][k], products[1][k] = real(product[k])/block, -imag(product[k])/block
		}
		for n, ph := range pair.both {
			if ph != nil {
				places[n] = append(places[n], ph.peaks(products[n], i*hop, power)...)
			}
		}
	}
	return places
}

// peaks makes scores of a phrase's products, which begin at a sample of the search, and returns where the best of them are.
func (ph *phrase) peaks(products []float64, from int, power []float64) (at []int) {
	for k, x := range products {
		products[k] = score(x, ph.power, powerOf(power, from+k, len(ph.low)))
	}
	last := len(products) - 1
	for k, s := range products {
		if s >= likely && (k == 0 || s >= products[k-1]) && (k == last || s > products[k+1]) {
			at = append(at, from+k)
		}
	}
	return at
}

// match is a phrase that is there, at a sample, and how much of the sound it explains.
type match struct {
	ph        *phrase
	at        int
	score     float64
	explained float64
}

// match holds a whole phrase against the sound around a place.
func (ph *phrase) match(sound, power []float64, around int) (best match, ok bool) {
	own := sums(ph.pcm)[len(ph.pcm)]
	for at := max(around-2*coarse, 0); at <= around+2*coarse && at+len(ph.pcm) <= len(sound); at++ {
		product := 0.0
		for i, x := range ph.pcm {
			product += x * sound[at+i]
		}
		if s := score(product, own, powerOf(power, at, len(ph.pcm))); s > best.score {
			best = match{ph: ph, at: at, score: s, explained: s * product}
		}
	}
	return best, best.score >= certain
}

// told picks what explains most, first, and leaves out what lies over it.
func told(found []match) (words []Word) {
	slices.SortFunc(found, func(a, b match) int { return cmp.Compare(b.explained, a.explained) })
	const slack = rate / 25 // phrases follow each other closely
	var taken []match
	for _, m := range found {
		if !slices.ContainsFunc(taken, func(o match) bool { return m.at+slack < o.at+len(o.ph.pcm) && o.at+slack < m.at+len(m.ph.pcm) }) {
			taken = append(taken, m)
		}
	}
	slices.SortFunc(taken, func(a, b match) int { return cmp.Compare(a.at, b.at) })
	for _, m := range taken {
		words = append(words, Word{Name: m.ph.name, From: instant(m.at), To: instant(m.at + len(m.ph.pcm)), Score: m.score})
	}
	return words
}

func instant(sample int) time.Duration { return time.Duration(sample) * time.Second / rate }

// score is a correlation, normalised by the powers of both: 1 for the same sound. It is 0 where one is far louder than the other.
func score(product, own, theirs float64) float64 {
	if product <= own/gain || product >= own*gain || theirs <= 0 {
		return 0
	}
	return product / math.Sqrt(own*theirs)
}

// sums returns the power before each sample, and of all.
func sums(x []float64) []float64 {
	out := make([]float64, len(x)+1)
	for i, v := range x {
		out[i+1] = out[i] + v*v
	}
	return out
}

// powerOf is the power of n samples from one on; none is there behind the end.
func powerOf(sums []float64, at, n int) float64 {
	last := len(sums) - 1
	return sums[min(at+n, last)] - sums[min(at, last)]
}
