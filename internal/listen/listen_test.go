package listen

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/media"
	"offhook/media/prompts"
)

// played is sounds in a codec, one after another, as samples that were decoded again.
func played(t *testing.T, codec string, sounds ...media.Sound) (pcm []int16) {
	t.Helper()
	for _, s := range sounds {
		clip, err := prompts.Find(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		pcm = append(pcm, clip.At(rate).PCM...)
	}
	b, err := prompts.Encode(&prompts.Clip{Rate: rate, PCM: pcm}, codec)
	if err != nil {
		t.Fatal(err)
	}
	switch codec {
	case "PCMU":
		return prompts.AppendFromPCMU(nil, b)[:len(pcm)]
	case "PCMA":
		return prompts.AppendFromPCMA(nil, b)[:len(pcm)]
	}
	wide := new(prompts.G722Decoder).Append(nil, b)
	return (&prompts.Clip{Rate: 2 * rate, PCM: wide}).At(rate).PCM[:len(pcm)]
}

func names(sounds []media.Sound) string {
	var all []string
	for _, s := range sounds {
		all = append(all, s.Name[strings.LastIndexByte(s.Name, '/')+1:])
	}
	return strings.Join(all, " ")
}

// lossy sends sound as packets of 20 ms, of which some are lost and some come late, behind a start that no frame begins at.
func lossy(pcm []int16, loss float64) []int16 {
	chance := rand.New(rand.NewPCG(1, 2))
	var take Take
	take.Add(0, make([]int16, 1237))
	var late []int
	for at := 0; at+160 <= len(pcm); at += 160 {
		switch x := chance.Float64(); {
		case x < loss:
		case x < 2*loss:
			late = append(late, at)
		default:
			take.Add(uint32(1237+at), pcm[at:at+160])
		}
	}
	for _, at := range late {
		take.Add(uint32(1237+at), pcm[at:at+160])
	}
	return take.PCM()
}

// Each number's place and wait are told apart from all others, in each codec, although packets are lost.
func TestWords(t *testing.T) {
	ringing := media.Sound{Name: "ringing"}
	for _, language := range prompts.Languages() {
		v, _, err := prompts.LoadVoice(language, "")
		if err != nil {
			t.Fatal(err)
		}
		heard := Of(t, language)
		for i, row := range [][]media.Sound{
			slices.Concat(v.Phrase("welcome"), v.Place(1), v.Wait(0)),
			slices.Concat(v.Place(21), v.Place(31), v.Place(22), v.Place(11)),
			slices.Concat(v.Place(116), v.Place(160), v.Wait(6*time.Minute)),
			slices.Concat(v.Phrase("comfort+press-1+to-be-called-back"), v.Place(9876)),
			slices.Concat([]media.Sound{ringing}, v.Wait(15*time.Minute), v.Wait(2*time.Hour), v.Phrase("callback")),
		} {
			if testing.Short() && i != 1 {
				continue // the race detector makes transforms slow
			}
			codec := []string{"PCMU", "PCMA", "G722"}[i%3]
			want := strings.TrimPrefix(names(row), "ringing ")
			got := heard.Names(lossy(played(t, codec, row...), 0.03))
			if got != want {
				t.Errorf("%s, %s: heard\n%s, want\n%s", language, codec, got, want)
			}
		}
	}
}

// Words are found where they are, to the sample.
func TestWordsAreFoundInTime(t *testing.T) {
	v, _, err := prompts.LoadVoice("de", "")
	if err != nil {
		t.Fatal(err)
	}
	words := Of(t, "de").Words(slices.Concat(make([]int16, 4321), played(t, "PCMA", v.Place(23)...)))
	if len(words) != 3 || words[0].From != 4321*time.Second/rate || words[0].Score < 0.98 {
		t.Fatalf("heard %+v", words)
	}
	for i, w := range words {
		if w.To <= w.From || i > 0 && (w.From < words[i-1].To || w.From > words[i-1].To+100*time.Millisecond) {
			t.Errorf("%d: %+v", i, words)
		}
	}
}

// What is no phrase is none: music, tones, noise, another language, half a phrase, and one with a louder voice under it.
func TestNoWords(t *testing.T) {
	en, de := Of(t, "en"), Of(t, "de")
	chance := rand.New(rand.NewPCG(3, 4))
	tone, noise := make([]int16, 2*rate), make([]int16, 2*rate)
	for i := range tone {
		tone[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/rate))
		noise[i] = int16(chance.IntN(16000) - 8000)
	}
	comfort := played(t, "PCMU", media.Sound{Name: "prompt:en/comfort"})
	mixed := slices.Clone(comfort)
	for i, s := range prompts.Greeting()[:len(mixed)] {
		mixed[i] += 2 * s
	}
	for name, pcm := range map[string][]int16{
		"nothing": nil, "silence": make([]int16, rate), "tone": tone, "noise": noise,
		"music": played(t, "PCMU", media.Sound{Name: "music"})[:5*rate],
		"half":  comfort[:len(comfort)/2], "mixed": mixed, "greeting": prompts.Greeting(),
	} {
		if got := en.Names(pcm); got != "" {
			t.Errorf("%s: heard %s", name, got)
		}
	}
	if got := de.Names(comfort); got != "" {
		t.Errorf("English is heard as %s", got)
	}
}

// A stream is put together by its timestamps, also over their end.
func TestTake(t *testing.T) {
	var take Take
	first := uint32(math.MaxUint32 - 100)
	take.Add(first, []int16{1, 2})
	take.Add(first+4, []int16{5, 6})
	take.Add(first+2, []int16{3})
	take.Add(first-2, []int16{9, 9})
	take.Add(first+maxTake-1, []int16{9, 9})
	take.Add(first+200, []int16{7})
	if got := take.PCM(); len(got) != 201 || !slices.Equal(got[:6], []int16{1, 2, 3, 0, 5, 6}) || got[200] != 7 {
		t.Errorf("%d samples: %v", len(got), got[:6])
	}
}
