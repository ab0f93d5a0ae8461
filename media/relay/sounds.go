package relay

import (
	"os"
	"sync"
	"time"

	"offhook/media"
	"offhook/media/prompts"
)

// sounds keeps what was read and encoded, for all calls.
type sounds struct {
	mu      sync.Mutex
	encodes map[soundKey]*encoding
}

// soundKey is one state of one sound in one codec.
type soundKey struct {
	name, codec string
	size        int64
	changed     time.Time
}

type encoding struct {
	once   sync.Once
	octets []byte
	err    error
}

// maxSounds bounds the encodings kept; when there are more, all are made anew.
const maxSounds = 256

func newSounds() *sounds { return &sounds{encodes: make(map[soundKey]*encoding)} }

// check says whether a sound can be played, without reading it whole.
func (c *sounds) check(name string) error {
	if builtIn(name) != nil {
		return nil
	}
	_, err := os.Stat(name)
	return err
}

// encoded returns a sound's octets in a codec. It may take a while.
func (c *sounds) encoded(name, codec string) ([]byte, error) {
	key := soundKey{name: name, codec: codec}
	if builtIn(name) == nil {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		key.size, key.changed = info.Size(), info.ModTime()
	}
	c.mu.Lock()
	e := c.encodes[key]
	if e == nil {
		if len(c.encodes) >= maxSounds {
			clear(c.encodes)
		}
		e = new(encoding)
		c.encodes[key] = e
	}
	c.mu.Unlock()
	e.once.Do(func() { e.octets, e.err = encode(name, codec) })
	return e.octets, e.err
}

func encode(name, codec string) ([]byte, error) {
	if f := builtIn(name); f != nil {
		return prompts.Encode(f(), codec)
	}
	clip, err := prompts.Load(name)
	if err != nil {
		return nil, err
	}
	return prompts.Encode(clip, codec)
}

// builtIn returns the maker of a built-in sound, nil for the name of a file.
func builtIn(name string) func() *prompts.Clip {
	switch name {
	case media.SoundRinging.Name:
		return prompts.Ringing
	case media.SoundMusic.Name:
		return prompts.Music
	}
	return nil
}
