package prompts

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/media"
)

// said returns the names of the phrases that are played, without where they are from.
func said(sounds []media.Sound) string {
	var names []string
	for _, s := range sounds {
		names = append(names, strings.TrimSuffix(s.Name[strings.LastIndexByte(s.Name, '/')+1:], ".wav"))
	}
	return strings.Join(names, " ")
}

func load(t *testing.T, language, folder string) (*Voice, []error) {
	t.Helper()
	v, bad, err := LoadVoice(language, folder)
	if err != nil {
		t.Fatal(err)
	}
	return v, bad
}

func TestPlace(t *testing.T) {
	for _, row := range []struct {
		position int
		want     string
	}{
		{-1, ""}, {0, ""},
		{1, "place-next"},
		{2, "place number-2 place-end"},
		{21, "place number-21 place-end"},
		{99, "place number-99 place-end"},
		{100, "place hundred-1 place-end"},
		{101, "place hundred-1 number-1 place-end"},
		{512, "place hundred-5 number-12 place-end"},
		{2000, "place thousand-2 place-end"},
		{9999, "place thousand-9 hundred-9 number-99 place-end"},
		{10000, ""},
	} {
		for _, language := range Languages() {
			v, _ := load(t, language, "")
			if got := said(v.Place(row.position)); got != row.want {
				t.Errorf("%s, %d: %q, want %q", language, row.position, got, row.want)
			}
		}
	}
}

func TestWait(t *testing.T) {
	for _, row := range []struct {
		wait time.Duration
		want string
	}{
		{-1, ""},
		{0, "wait-short"},
		{59 * time.Second, "wait-short"},
		{60 * time.Second, "wait-minute"},
		{89 * time.Second, "wait-minute"},
		{90 * time.Second, "wait number-2 wait-end"},
		{10*time.Minute + 29*time.Second, "wait number-10 wait-end"},
		{11 * time.Minute, "wait number-10 wait-end"},
		{13 * time.Minute, "wait number-15 wait-end"},
		{44 * time.Minute, "wait number-45 wait-end"},
		{62 * time.Minute, "wait number-60 wait-end"},
		{63 * time.Minute, "wait-long"},
		{1 << 62, "wait-long"},
	} {
		v, _ := load(t, "de", "")
		if got := said(v.Wait(row.wait)); got != row.want {
			t.Errorf("%v: %q, want %q", row.wait, got, row.want)
		}
	}
}

func TestPhrase(t *testing.T) {
	v, _ := load(t, "en", "")
	for name, want := range map[string]string{
		"comfort":                           "comfort",
		"comfort+press-1+to-be-called-back": "comfort press-1 to-be-called-back",
		"nonsense":                          "",
		"comfort+nonsense":                  "",
		"":                                  "",
		"+":                                 "",
		strings.Repeat("comfort+", 100) + "comfort": "",
	} {
		if got := said(v.Phrase(name)); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := said(new(Voice).Phrase("comfort")) + said(new(Voice).Place(3)); got != "" {
		t.Errorf("the zero voice says %q", got)
	}
}

// Both languages have the same phrases: those of their lists, each as a file that can be played, without silence in front, and about as loud.
func TestPhrasesShip(t *testing.T) {
	var before []string
	for _, language := range Languages() {
		text, err := os.ReadFile("voices/" + language + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		var listed []string
		for line := range strings.Lines(string(text)) {
			name, words, ok := strings.Cut(strings.TrimSpace(line), "\t")
			if !ok || words == "" {
				t.Errorf("%s: line %q", language, line)
			}
			listed = append(listed, name)
		}
		slices.Sort(listed)
		v, _ := load(t, language, "")
		if !slices.Equal(v.Phrases(), listed) {
			t.Errorf("%s: files %v, listed %v", language, v.Phrases(), listed)
		}
		if before != nil && !slices.Equal(before, listed) {
			t.Errorf("%s has other phrases", language)
		}
		before = listed
		octets := 0
		for _, name := range listed {
			sounds := v.Phrase(name)
			if len(sounds) != 1 || !BuiltIn(sounds[0].Name) || sounds[0].Loop {
				t.Fatalf("%s: %v", name, sounds)
			}
			octets += checkSpoken(t, sounds[0].Name)
		}
		if octets > 1500<<10 {
			t.Errorf("%s takes %d octets", language, octets)
		}
	}
	if len(before) == 0 {
		t.Error("no phrases")
	}
}

// checkSpoken checks how a phrase sounds, and returns what it takes.
func checkSpoken(t *testing.T, name string) int {
	t.Helper()
	c, err := Find(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if c.Rate != 8000 || c.Duration() < 200*time.Millisecond || c.Duration() > 15*time.Second {
		t.Errorf("%s: %d Hz, %v", name, c.Rate, c.Duration())
	}
	first := slices.IndexFunc(c.PCM, func(s int16) bool { return abs(int(s)) > 40 })
	if first < 0 || first > 8000/10 { // an s is soft
		t.Errorf("%s begins after %d samples", name, first)
	}
	if p := power(loudest(c.PCM)); p < 2000*2000 || p > 9000*9000 {
		t.Errorf("%s: power %.0f", name, p)
	}
	peak := 0
	for _, s := range c.PCM {
		peak = max(peak, abs(int(s)))
	}
	if peak > 32000 {
		t.Errorf("%s is cut off at the top", name)
	}
	return len(c.PCM)
}

// loudest is the loudest 100 ms of a clip.
func loudest(pcm []int16) []int16 {
	best, most := pcm[:800], 0.0
	for i := 0; i+800 <= len(pcm); i += 200 {
		if p := power(pcm[i : i+800]); p > most {
			best, most = pcm[i:i+800], p
		}
	}
	return best
}

// A user's files go before those that ship, and may be more.
func TestVoiceOfAFolder(t *testing.T) {
	folder := t.TempDir()
	put := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := wav(1, 1, 8000, 16, make([]byte, 3200))
	put("place.wav", good)
	put("summer-offer.WAV", good)
	put("README", []byte("no sound"))
	v, bad := load(t, "en", folder)
	if len(bad) != 0 {
		t.Errorf("left out: %v", bad)
	}
	want := []media.Sound{{Name: filepath.Join(folder, "place.wav")}, {Name: "prompt:en/number-2"}, {Name: "prompt:en/place-end"}}
	if got := v.Place(2); !slices.Equal(got, want) {
		t.Errorf("says %v, want %v", got, want)
	}
	if got := v.Phrase("summer-offer"); len(got) != 1 || got[0].Name != filepath.Join(folder, "summer-offer.WAV") {
		t.Errorf("says %v", got)
	}
	t.Chdir(folder)
	v, _ = load(t, "en", ".")
	if got := v.Phrase("place")[0].Name; !filepath.IsAbs(got) {
		t.Errorf("the path %q is lost when the folder changes", got)
	}
}

// Each bad file is named and left out, and what ships is said in its place.
func TestFaultBadFilesOfAVoice(t *testing.T) {
	folder := t.TempDir()
	long := wav(6, 1, 8000, 8, make([]byte, 8000*121))
	rows := []struct {
		file  string
		bytes []byte
		want  error
	}{
		{"comfort.wav", wav(1, 2, 8000, 16, make([]byte, 3200)), ErrWAV},
		{"hold.wav", wav(1, 1, 44100, 16, make([]byte, 3200)), ErrWAV},
		{"busy.wav", wav(1, 1, 8000, 16, nil), ErrWAV},
		{"closed.wav", []byte("MP3"), ErrWAV},
		{"welcome.wav", long, ErrTooLong},
		{"Number 1.wav", wav(1, 1, 8000, 16, make([]byte, 3200)), ErrName},
	}
	for _, row := range rows {
		if err := os.WriteFile(filepath.Join(folder, row.file), row.bytes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "recorded.wav"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(folder, "goodbye.wav")); err != nil {
		t.Fatal(err)
	}
	v, bad := load(t, "de", folder)
	if len(bad) != 8 {
		t.Fatalf("left out: %v", bad)
	}
	for _, row := range rows {
		if !slices.ContainsFunc(bad, func(err error) bool { return errors.Is(err, row.want) && strings.Contains(err.Error(), row.file) }) {
			t.Errorf("%s: not among %v", row.file, bad)
		}
	}
	if !slices.ContainsFunc(bad, func(err error) bool {
		return errors.Is(err, ErrNoFile) && strings.Contains(err.Error(), "recorded.wav")
	}) ||
		!slices.ContainsFunc(bad, func(err error) bool {
			return errors.Is(err, fs.ErrNotExist) && strings.Contains(err.Error(), "goodbye.wav")
		}) {
		t.Errorf("left out: %v", bad)
	}
	for _, name := range []string{"comfort", "hold", "busy", "closed", "welcome", "recorded", "goodbye"} {
		if got := v.Phrase(name); len(got) != 1 || got[0].Name != "prompt:de/"+name {
			t.Errorf("%s: says %v", name, got)
		}
	}
}

func TestFaultNoVoice(t *testing.T) {
	if _, _, err := LoadVoice("tlh", ""); !errors.Is(err, ErrLanguage) || !strings.Contains(err.Error(), "de and en") {
		t.Errorf("unknown language: %v", err)
	}
	if _, _, err := LoadVoice("en/../de", ""); !errors.Is(err, ErrLanguage) {
		t.Errorf("a path: %v", err)
	}
	if _, _, err := LoadVoice("en", "/nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// A folder of endless files costs no more than its bound.
func TestSecurityVoiceFolderIsBounded(t *testing.T) {
	folder := t.TempDir()
	for i := range maxPhrases + 5 {
		if err := os.WriteFile(filepath.Join(folder, "Bad"+strings.Repeat("x", i%9)+string(rune('a'+i%26))+time.Duration(i).String()+".wav"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, bad := load(t, "en", folder)
	if len(bad) != maxPhrases+1 || !errors.Is(bad[maxPhrases], ErrTooMany) {
		t.Errorf("%d errors, the last %v", len(bad), bad[len(bad)-1])
	}
}

// README.md lists the phrases that one may name, with their words.
func TestReadmeListsThePhrases(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	v, _ := load(t, "en", "")
	for _, name := range v.Phrases() {
		family, _, numbered := strings.Cut(name, "-")
		if numbered && slices.Contains([]string{"number", "hundred", "thousand", "press"}, family) {
			name = family + "-"
		}
		if !bytes.Contains(readme, []byte("`"+name)) {
			t.Errorf("%s is not there", name)
		}
	}
}
