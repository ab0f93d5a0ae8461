package prompts

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// makers has the built-in sounds that are no words, by the names that [offhook/media.Session.Play] knows.
var makers = map[string]func() *Clip{
	"ringing": Ringing,
	"music":   Music,
}

// spokenPrefix begins the names of built-in phrases: "prompt:en/welcome".
const spokenPrefix = "prompt:"

//go:embed voices/en/*.wav voices/de/*.wav
var spokenFiles embed.FS

// spoken has the file of each built-in phrase by its name.
var spoken = func() map[string]string {
	files := make(map[string]string)
	matches, _ := fs.Glob(spokenFiles, "voices/*/*.wav")
	for _, file := range matches {
		language := path.Base(path.Dir(file))
		files[spokenName(language, strings.TrimSuffix(path.Base(file), ".wav"))] = file
	}
	return files
}()

func spokenName(language, phrase string) string { return spokenPrefix + language + "/" + phrase }

// BuiltIn reports whether a name is that of a built-in sound, and not of a file.
func BuiltIn(name string) bool { return makers[name] != nil || spoken[name] != "" }

// Find returns a sound by its name: a built-in one, else the WAV file of that path ([Load]). The clip may be shared: it is not to be changed.
func Find(name string) (*Clip, error) {
	if f := makers[name]; f != nil {
		return f(), nil
	}
	file := spoken[name]
	if file == "" {
		return Load(name)
	}
	b, err := spokenFiles.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	return ReadWAV(bytes.NewReader(b))
}

// Languages returns those that phrases ship in, as in BCP 47 and in order: de, en.
func Languages() []string {
	all := make(map[string]bool)
	for name := range spoken {
		language, _, _ := strings.Cut(strings.TrimPrefix(name, spokenPrefix), "/")
		all[language] = true
	}
	return slices.Sorted(maps.Keys(all))
}
