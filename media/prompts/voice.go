package prompts

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"offhook/media"
)

const (
	// MaxPhrase is how long a phrase of a user's folder may last.
	MaxPhrase = 2 * time.Minute
	// maxPhrases is how many files of a folder are looked at.
	maxPhrases = 2000
)

// The reasons why a file is no phrase; those of its form are [ErrWAV].
var (
	ErrTooLong = errors.New("prompts: longer than a phrase may last")
	ErrName    = errors.New("prompts: the name of a phrase has small letters, digits and hyphens alone")
	ErrNoFile  = errors.New("prompts: not a file")
	ErrTooMany = errors.New("prompts: too many files in the folder")
)

// ErrLanguage is wrapped by [LoadVoice] for a language that no phrases ship in.
var ErrLanguage = errors.New("prompts: no phrases in this language")

// Voice says things to callers in one language, as sounds to be played one after another. It holds names only: it never
// changes, and its methods read and decode nothing. The zero Voice says nothing.
type Voice struct {
	phrases map[string]media.Sound
}

// phraseName is what the files of phrases are called, without their ending.
var phraseName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// LoadVoice makes the voice of a language, "en" or "de". If folder is not "", the WAV files in it go before the phrases of the same name that
// ship, file by file, and may add phrases of other names. Each file is read once, so that one that cannot be played is
// known now and not when a caller waits for it.
//
// bad names the files that are left out, and why; what ships is said instead of them. An err says that there is no voice: the language is unknown
// ([ErrLanguage]), or the folder cannot be read.
func LoadVoice(language, folder string) (v *Voice, bad []error, err error) {
	v = &Voice{phrases: make(map[string]media.Sound)}
	for name := range spoken {
		if phrase, ok := strings.CutPrefix(name, spokenName(language, "")); ok {
			v.phrases[phrase] = media.Sound{Name: name}
		}
	}
	if len(v.phrases) == 0 {
		return nil, nil, fmt.Errorf("%w: %q; there are %s", ErrLanguage, language, strings.Join(Languages(), " and "))
	}
	if folder == "" {
		return v, nil, nil
	}
	bad, err = v.takeFolder(folder)
	if err != nil {
		return nil, nil, err
	}
	return v, bad, nil
}

// takeFolder puts the phrases of a folder before those that are there.
func (v *Voice) takeFolder(folder string) (bad []error, err error) {
	folder, err = filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	taken := 0
	for _, f := range files {
		ending := filepath.Ext(f.Name())
		if !strings.EqualFold(ending, ".wav") {
			continue
		}
		if taken++; taken > maxPhrases {
			return append(bad, fmt.Errorf("%s: %w: only the first %d are used", folder, ErrTooMany, maxPhrases)), nil
		}
		path := filepath.Join(folder, f.Name())
		phrase := strings.TrimSuffix(f.Name(), ending)
		if err := checkPhrase(path, phrase); err != nil {
			bad = append(bad, err)
			continue
		}
		v.phrases[phrase] = media.Sound{Name: path}
	}
	return bad, nil
}

// checkPhrase says why a file cannot be a phrase, naming it.
func checkPhrase(path, phrase string) error {
	if !phraseName.MatchString(phrase) {
		return fmt.Errorf("%s: %w", path, ErrName)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("prompts: %w", err)
	case !info.Mode().IsRegular(): // a pipe would be waited for
		return fmt.Errorf("%s: %w", path, ErrNoFile)
	}
	clip, err := Load(path)
	if err != nil {
		return err
	}
	if clip.Duration() > MaxPhrase {
		return fmt.Errorf("%s: %w: %v of %v", path, ErrTooLong, clip.Duration().Round(time.Second), MaxPhrase)
	}
	return nil
}

// Phrases returns the names of all that Phrase knows, in order.
func (v *Voice) Phrases() []string { return slices.Sorted(maps.Keys(v.phrases)) }

// Phrase says something fixed: a phrase by its name ("comfort"), or several joined by a plus sign ("comfort+press-1+to-be-called-back"). It
// returns nil if it does not have all of them.
func (v *Voice) Phrase(name string) []media.Sound { return v.say(strings.Split(name, "+")...) }

// say returns phrases one after another, nil if one of them is not there, or they are too many to be played at once.
func (v *Voice) say(names ...string) []media.Sound {
	if len(names) > media.MaxSounds {
		return nil
	}
	sounds := make([]media.Sound, 0, len(names))
	for _, name := range names {
		s, ok := v.phrases[name]
		if !ok {
			return nil
		}
		sounds = append(sounds, s)
	}
	return sounds
}
