package media

// Sound names what Play plays: a built-in one or a WAV file (8 or 16 kHz, 16-bit or G.711, mono).
type Sound struct {
	// Name is "" for none, "ringing" for the ringing tone, "music" for the built-in music, one of package prompts ("prompt:en/welcome"), else the path
	// of a WAV file.
	Name string
	// Loop plays it again from the start when it ends. Of several sounds it counts at the last one alone. Played again to the same party behind something else, it
	// goes on where it was; the ringing tone begins anew.
	Loop bool
	// Tag comes back in the [PlayEnded] of the sounds that this is the last of, so that their end is not taken for that of others.
	Tag uint64
}

// The built-in sounds that are no words.
var (
	SoundNone    = Sound{}
	SoundRinging = Sound{Name: "ringing", Loop: true}
	SoundMusic   = Sound{Name: "music", Loop: true}
)

// MaxSounds is how many sounds one [Session.Play] takes.
const MaxSounds = 64
