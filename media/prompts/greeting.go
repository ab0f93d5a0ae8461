package prompts

import (
	"bytes"
	_ "embed"
	"sync"
)

//go:embed greeting.wav
var greetingWAV []byte

// Greeting returns what the demo's caller says: 8 kHz linear samples, 11 s. The slice is shared: it is not to be changed.
func Greeting() []int16 { return greeting() }

var greeting = sync.OnceValue(func() []int16 {
	c, err := ReadWAV(bytes.NewReader(greetingWAV))
	if err != nil {
		panic(err) // the file is a part of the program
	}
	return c.PCM
})
