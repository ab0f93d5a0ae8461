package prompts

// makers has the built-in sounds that are no words, by the names that [offhook/media.Session.Play] knows.
var makers = map[string]func() *Clip{
	"ringing": Ringing,
	"music":   Music,
}

// BuiltIn reports whether a name is that of a built-in sound, and not of a file.
func BuiltIn(name string) bool { return makers[name] != nil }

// Find returns a sound by its name: a built-in one, else the WAV file of that path ([Load]). The clip may be shared: it is not to be changed.
func Find(name string) (*Clip, error) {
	if f := makers[name]; f != nil {
		return f(), nil
	}
	return Load(name)
}
