package prompts

import (
	"math"
	"sync"
)

// The built-in music: eight bars, our own, of broken chords under a slow tune, made by adding decaying sines like
// a small electric piano. It lasts about half a minute and ends where it begins, so it can go round.

const (
	musicRate  = 16000
	musicBeat  = musicRate * 60 / 72 // samples per quarter at 72 a minute
	musicBars  = 8
	musicLevel = 6200 // as loud as what is spoken
)

// chords has the four notes of each bar's broken chord, as MIDI numbers: C, a, F, G, e, a, d, G.
var chords = [musicBars][4]int{
	{48, 55, 60, 64}, {45, 52, 57, 60}, {41, 48, 57, 60}, {43, 50, 55, 59},
	{40, 47, 55, 59}, {45, 52, 57, 60}, {38, 45, 53, 57}, {43, 50, 55, 62},
}

// tune has the notes above, two to a bar; 0 is a rest.
var tune = [musicBars][2]int{
	{76, 72}, {69, 72}, {72, 69}, {71, 0},
	{71, 67}, {72, 76}, {77, 74}, {74, 71},
}

// Music returns the built-in music, to be played in a loop. The clip is shared: it is not to be changed.
func Music() *Clip { return music() }

var music = sync.OnceValue(func() *Clip {
	mix := make([]float64, musicBars*4*musicBeat)
	for bar := range musicBars {
		start := bar * 4 * musicBeat
		order := [8]int{0, 1, 2, 3, 2, 3, 2, 1}
		for eighth, note := range order {
			strike(mix, start+eighth*musicBeat/2, chords[bar][note], 0.55)
		}
		for half, note := range tune[bar] {
			if note != 0 {
				strike(mix, start+half*2*musicBeat, note, 1)
			}
		}
	}
	pcm := make([]int16, len(mix))
	for i, x := range mix {
		pcm[i] = clip16(musicLevel * x)
	}
	return &Clip{Rate: musicRate, PCM: pcm}
})

// strike adds one note, ringing out for two seconds and round the end to the beginning.
func strike(mix []float64, at, note int, loud float64) {
	const length = 2 * musicRate
	hertz := 440 * math.Pow(2, float64(note-69)/12)
	for harmonic, share := range []float64{1, 0.35, 0.12} {
		step := 2 * math.Pi * hertz * float64(harmonic+1) / musicRate
		turn, fade := 2*math.Cos(step), math.Exp(-float64(2+harmonic)*1.6/musicRate)
		before, now, amplitude := -math.Sin(step), 0.0, loud*share
		for i := range length {
			attack := min(1, float64(i)/(musicRate/125)) // 8 ms
			mix[(at+i)%len(mix)] += amplitude * attack * now
			before, now = now, turn*now-before // the next value of the sine
			amplitude *= fade
		}
	}
}
