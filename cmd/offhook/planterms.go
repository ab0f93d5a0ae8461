package main

import (
	"errors"
	"fmt"
	"slices"

	"offhook/internal/config"
	"offhook/media"
	"offhook/media/prompts"
	"offhook/translator"
)

// voices say things to callers, each queue's in its language.
type voices struct {
	by map[voiceKey]*prompts.Voice
	// first is the first queue's, and there without a queue too.
	first *prompts.Voice
	// bad are the files of folders that no voice could take.
	bad []error
}

// voiceKey is what makes a voice.
type voiceKey struct{ language, folder string }

// loadVoices makes the voices of all queues. The folders' files are read once.
func loadVoices(c *config.Config) (*voices, error) {
	v := &voices{by: map[voiceKey]*prompts.Voice{}}
	var errs []error
	for i, q := range c.Queues {
		key := voiceKey{q.Language, q.Prompts}
		if v.by[key] != nil {
			continue
		}
		voice, bad, err := prompts.LoadVoice(key.language, key.folder)
		if err != nil {
			errs = append(errs, c.Fault(fmt.Sprintf("queues[%d].prompts", i), "%v", err))
			continue
		}
		v.by[key] = voice
		v.bad = append(v.bad, bad...)
	}
	if len(c.Queues) > 0 {
		v.first = v.of(&c.Queues[0])
	} else {
		voice, _, err := prompts.LoadVoice("en", "")
		errs = append(errs, err)
		v.first = voice
	}
	return v, errors.Join(errs...)
}

func (v *voices) of(q *config.Queue) *prompts.Voice { return v.by[voiceKey{q.Language, q.Prompts}] }

// spoken are the sounds of a text that the file names: a WAV file's, or a phrase's in the queue's voice; none for "".
func spoken(v *prompts.Voice, text string) []media.Sound {
	switch {
	case text == "":
		return nil
	case config.IsFile(text):
		return []media.Sound{{Name: text}}
	}
	return v.Phrase(text)
}

// queueTerms are what calls live by, by queue. What callers are to hear and cannot be said is an error with its place in the file.
func queueTerms(c *config.Config, v *voices) (map[string]translator.Terms, error) {
	terms := map[string]translator.Terms{}
	var errs []error
	for i := range c.Queues {
		q := &c.Queues[i]
		for _, s := range saidAt(c, i) {
			switch sounds := spoken(v.of(q), s.text); {
			case len(sounds) == 0:
				errs = append(errs, c.Fault(s.setting, "%q is neither a phrase that there is in %q nor a file that ends in .wav", s.text, q.Language))
			case s.setting == "recordings.notice" && len(sounds) > 1:
				errs = append(errs, c.Fault(s.setting, "%q is several phrases: it is one, or a file", s.text))
			}
		}
		terms[q.Name] = termsOf(c, q, v.of(q))
	}
	for i, r := range c.Routes {
		if r.Message != "" && len(spoken(v.first, r.Message)) == 0 {
			errs = append(errs, c.Fault(fmt.Sprintf("routes[%d].message", i), "%q is neither a phrase that there is nor a file that ends in .wav", r.Message))
		}
	}
	if text := c.Recordings.Notice; text != "" && notice(v.first, c) == media.SoundNone && len(c.Queues) == 0 {
		errs = append(errs, c.Fault("recordings.notice", "%q is neither a phrase that there is nor a file that ends in .wav", text))
	}
	return terms, errors.Join(errs...)
}

func termsOf(c *config.Config, q *config.Queue, voice *prompts.Voice) translator.Terms {
	t := translator.Terms{
		Queue: q.Name, Label: q.Label, Answer: translator.AnswerMode(q.Answer), Sound: sound(q.Sound), Voice: voice, Welcome: spoken(voice, q.Welcome),
		MediaTimeout: c.Media.SetupTimeout, ResumeFor: c.Agents.ResumeFor, OnAgentLost: q.OnAgentLost, RingFor: q.RingFor, ConfirmWithin: c.Agents.ConfirmWithin, OutcomeRequired: q.OutcomeRequired,
		Record: recordMode(q.Record), RecordNotice: notice(voice, c),
	}
	if t.Comfort = spoken(voice, q.Comfort); t.Comfort != nil {
		t.ComfortEvery = q.ComfortEvery
	}
	for _, o := range q.Outcomes {
		t.Outcomes = append(t.Outcomes, o.Name)
	}
	return t.WithDefaults()
}

// notice is what a far side is told before it is recorded.
func notice(v *prompts.Voice, c *config.Config) media.Sound {
	if s := spoken(v, c.Recordings.Notice); len(s) > 0 {
		return s[0]
	}
	return media.SoundNone
}

// dialTerms are those of calls that agents dial. Their notice is said in the first queue's voice: whose language a number has, nobody knows.
func dialTerms(c *config.Config, v *voices) translator.Terms {
	return translator.Terms{Record: recordMode(c.Dial.Record), RecordNotice: notice(v.first, c)}
}

// saidText is a text that callers of a queue hear, with the setting that says so.
type saidText struct{ setting, text string }

// saidAt lists all that callers of the i-th queue may be told.
func saidAt(c *config.Config, i int) (list []saidText) {
	q := &c.Queues[i]
	at := fmt.Sprintf("queues[%d].", i)
	list = []saidText{{at + "welcome", q.Welcome}, {at + "comfort", q.Comfort}}
	for _, w := range q.Ways() {
		list = append(list, saidText{at + w.Setting + ".message", w.Message})
	}
	list = append(list, saidText{"recordings.notice", c.Recordings.Notice})
	return slices.DeleteFunc(list, func(s saidText) bool { return s.text == "" })
}

// readSounds reads the files that callers hear, as the engine will for the first of them.
func readSounds(c *config.Config) error {
	var errs []error
	read := func(s saidText) {
		if _, err := prompts.Load(s.text); err != nil {
			errs = append(errs, c.Fault(s.setting, "%v", err))
		}
	}
	for i, q := range c.Queues {
		for _, s := range append(saidAt(c, i), saidText{fmt.Sprintf("queues[%d].sound", i), q.Sound}) {
			if !prompts.BuiltIn(s.text) && (s.text == q.Sound || config.IsFile(s.text)) {
				read(s)
			}
		}
	}
	for i, r := range c.Routes {
		if config.IsFile(r.Message) {
			read(saidText{fmt.Sprintf("routes[%d].message", i), r.Message})
		}
	}
	return errors.Join(errs...)
}

// voiceWarnings name the files of folders that callers do not hear.
func voiceWarnings(v *voices) (list []string) {
	for _, err := range v.bad {
		list = append(list, fmt.Sprintf("a file is left out: %v", err))
	}
	return list
}
