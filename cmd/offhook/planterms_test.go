package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/internal/config"
	"offhook/media"
	"offhook/translator"
)

const spokenConfig = agentsAndOrigins + `
recordings: {folder: sound, notice: recorded}
queues:
  - {name: loud, answer: early, language: de, prompts: own, welcome: hello.wav, comfort: comfort+hold, comfort_every: 30s, announce_every: 20s, record: always}
  - {name: mute}
`

// spokenPath is a folder with spokenConfig, its files, and some in the folder of prompts.
func spokenPath(t *testing.T, text string, prompts map[string]string) string {
	t.Helper()
	path := writeConfig(t, text)
	dir := filepath.Dir(path)
	if err := os.Mkdir(filepath.Join(dir, "own"), 0o700); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"hello.wav": wav()}
	for name, text := range prompts {
		files[filepath.Join("own", name)] = text
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// What callers hear stands in the call's terms: the shipped phrases, a folder's own before them, and files.
func TestWhatCallersHearReachesTheCall(t *testing.T) {
	path := spokenPath(t, spokenConfig, map[string]string{"hold.wav": wav()})
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	set, err := plan(c, &said{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	terms, _ := set.queueTerms("loud")
	if terms.Answer != translator.AnswerEarly || len(terms.Welcome) != 1 || terms.Welcome[0] != (media.Sound{Name: filepath.Join(dir, "hello.wav")}) || terms.ComfortEvery != 30*time.Second {
		t.Errorf("got %+v", terms)
	}
	recorded := terms.Voice.Phrase("recorded")
	if len(recorded) != 1 || terms.RecordNotice != recorded[0] || set.dialTerms.RecordNotice != recorded[0] {
		t.Errorf("before a recording %v is said, on calls out %v, want %v", terms.RecordNotice, set.dialTerms.RecordNotice, recorded)
	}
	if own := (media.Sound{Name: filepath.Join(dir, "own", "hold.wav")}); len(terms.Comfort) != 2 || terms.Comfort[0] == own || terms.Comfort[1] != own {
		t.Errorf("comfort is %v", terms.Comfort)
	}
	for what, sounds := range map[string][]media.Sound{"a place": terms.Voice.Place(12), "a wait": terms.Voice.Wait(3 * time.Minute), "the end of a call that will be called back": terms.Voice.Phrase(translator.PhraseCallback)} {
		if len(sounds) == 0 {
			t.Errorf("the voice cannot say %s", what)
		}
	}
	mute, _ := set.queueTerms("mute")
	if mute.Welcome != nil || mute.Comfort != nil || mute.ComfortEvery != 0 || len(mute.Voice.Place(1)) == 0 {
		t.Errorf("got %+v", mute)
	}
	if a, b := mute.Voice.Place(2), terms.Voice.Place(2); a[0] == b[0] {
		t.Errorf("both languages say %v", a)
	}
}

// What cannot be said is a fault where it stands; a file of a folder that cannot be played is named and passed over.
func TestFaultSpokenFiles(t *testing.T) {
	for _, row := range []struct{ from, to, want string }{
		{"welcome: hello.wav", "welcome: hello", `:7:61: queues[0].welcome: "hello" is neither a phrase that there is in "de" nor a file that ends in .wav`},
		{"comfort+hold", "comfort+holt", `queues[0].comfort: "comfort+holt" is neither`},
		{"notice: recorded", "notice: taped", `recordings.notice: "taped" is neither`},
		{"notice: recorded", "notice: recorded+hold", `recordings.notice: "recorded+hold" is several phrases`},
		{"comfort+hold", "own/text.wav", `queues[0].comfort: `},
		{"{name: mute}", "{name: mute, on_full: {message: nope}}", `queues[1].on_full.message: "nope" is neither`},
		{"{name: mute}", "{name: mute, exits: {\"1\": {message: nope}}}", `queues[1].exits.1.message: "nope" is neither`},
		{"prompts: own", "prompts: hello.wav", `queues[0].prompts: `},
	} {
		path := spokenPath(t, strings.Replace(spokenConfig, row.from, row.to, 1), map[string]string{"text.wav": "no sound"})
		if _, err := offhook(t, "check", "-config", path); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v\nwant %s", row.to, err, row.want)
		}
	}
	path := spokenPath(t, spokenConfig, map[string]string{"hold.wav": "no sound", "welcome.wav": wav()})
	out, err := offhook(t, "check", "-config", path)
	bad := filepath.Join(filepath.Dir(path), "own", "hold.wav")
	if err != nil || !strings.Contains(out, "Warning        a file is left out: "+bad) {
		t.Errorf("%v\n%s", err, out)
	}
	if !strings.Contains(out, "  callers hear music, before the call is answered; first "+filepath.Join(filepath.Dir(path), "hello.wav")+"; comfort+hold each 30s; place and estimate at most each 20s (de)\n") {
		t.Errorf("got\n%s", out)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	log := &said{}
	set, err := planWith(c, slog.New(slog.NewTextHandler(log, nil)), new(slog.LevelVar))
	if err != nil {
		t.Fatal(err)
	}
	if terms, _ := set.queueTerms("loud"); len(terms.Comfort) != 2 || terms.Comfort[1].Name == bad || !strings.Contains(log.String(), bad) {
		t.Errorf("comfort is %v, the log says\n%s", terms.Comfort, log)
	}
}

// The phrases that the example and the pages name are there in both languages.
func TestTheExamplesPhrasesAreThere(t *testing.T) {
	text, err := os.ReadFile("../../offhook.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"en", "de"} {
		c, err := config.Parse([]byte(strings.NewReplacer("language: de", "language: "+language, "prompts: prompts", "prompts:").Replace(string(text))))
		if err != nil {
			t.Fatal(err)
		}
		v, err := loadVoices(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := queueTerms(c, v); err != nil {
			t.Errorf("%s: %v", language, err)
		}
	}
}
