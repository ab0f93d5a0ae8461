package relay

import (
	"io/fs"
	"os"
	"sync"
	"time"

	"offhook/media/prompts"
)

// sounds keeps what was read and encoded, for all calls.
type sounds struct {
	mu      sync.Mutex
	encodes map[soundKey]*encoding
	octets  int // of all of them
}

// soundKey is one state of one sound in one codec.
type soundKey struct {
	name, codec string
	size        int64
	changed     time.Time
}

type encoding struct {
	once  sync.Once
	sound encoded
	err   error
}

const (
	// maxSounds bounds the encodings kept, and maxOctets what they take: an hour and a half. When there are more, all are made anew.
	maxSounds = 2048
	maxOctets = 48 << 20
)

func newSounds() *sounds { return &sounds{encodes: make(map[soundKey]*encoding)} }

// check says whether a sound can be played, without reading it whole.
func (c *sounds) check(name string) error {
	if prompts.BuiltIn(name) {
		return nil
	}
	_, err := stat(name)
	return err
}

// stat knows a file that can be read to its end: no folder, and no pipe, which would be waited for.
func stat(name string) (fs.FileInfo, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "play", Path: name, Err: prompts.ErrNoFile}
	}
	return info, err
}

// encoded returns a sound in a codec. It may take a while.
func (c *sounds) encoded(name, codec string) (encoded, error) {
	key := soundKey{name: name, codec: codec}
	if !prompts.BuiltIn(name) {
		info, err := stat(name)
		if err != nil {
			return encoded{}, err
		}
		key.size, key.changed = info.Size(), info.ModTime()
	}
	e := c.encoding(key)
	e.once.Do(func() {
		e.sound, e.err = encode(name, codec)
		c.kept(key, e)
	})
	return e.sound, e.err
}

// encoding returns the place of an encoding, made or not.
func (c *sounds) encoding(key soundKey) *encoding {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.encodes[key]
	if e == nil {
		if len(c.encodes) >= maxSounds {
			c.forgetLocked()
		}
		e = new(encoding)
		c.encodes[key] = e
	}
	return e
}

// kept counts what an encoding takes.
func (c *sounds) kept(key soundKey, e *encoding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.encodes[key] != e {
		return // forgotten meanwhile
	}
	if c.octets += len(e.sound.octets); c.octets > maxOctets {
		c.forgetLocked()
	}
}

func (c *sounds) forgetLocked() {
	clear(c.encodes)
	c.octets = 0
}

// encode encodes a sound, and a frame of silence behind it.
func encode(name, codec string) (encoded, error) {
	clip, err := prompts.Find(name)
	if err != nil {
		return encoded{}, err
	}
	octets, err := prompts.Encode(clip, codec)
	if err != nil {
		return encoded{}, err
	}
	const second = prompts.FrameBytes * int(time.Second/frameTime)
	silence, err := prompts.Encode(&prompts.Clip{Rate: clip.Rate, PCM: make([]int16, clip.Rate/50)}, codec)
	return encoded{append(octets, silence...), len(clip.PCM) * second / clip.Rate}, err
}
