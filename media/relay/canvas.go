package relay

// canvas is the part of a recording that is being put together: the last seconds of both channels, as packets may come late and in any order. What it holds
// is in samples of the file; what was not put is silence.
type canvas struct {
	samples []int16 // both channels, left first
	start   int64   // place of the first
	from    int64   // what lies in [from, to) is not in the file yet; places
	to      int64
}

// canvasTime is how long a canvas is, in seconds: what comes later is left out.
const canvasTime = 3

func newCanvas(rate int) *canvas { return &canvas{samples: make([]int16, canvasTime*rate*wavChannels)} }

// put lays sound of a channel (0 left, 1 right) at a place. What lies before the canvas is left out; what lies behind it moves it on, when all that leaves it
// has been written.
func (c *canvas) put(at int64, channel int, pcm []int16, w *wavFile) error {
	if at < c.start {
		if at+int64(len(pcm)) <= c.start {
			return nil
		}
		pcm, at = pcm[c.start-at:], c.start
	}
	size := int64(len(c.samples) / wavChannels)
	if beyond := at + int64(len(pcm)) - (c.start + size); beyond > 0 {
		if err := c.flush(w); err != nil {
			return err
		}
		c.move(min(beyond+size/canvasTime, at-c.start))
	}
	for i, s := range pcm {
		c.samples[(at-c.start+int64(i))*wavChannels+int64(channel)] = s
	}
	if c.from == c.to {
		c.from, c.to = at, at
	}
	c.from, c.to = min(c.from, at), max(c.to, at+int64(len(pcm)))
	return nil
}

// move lets the first n places go.
func (c *canvas) move(n int64) {
	kept := 0
	if gone := n * wavChannels; gone < int64(len(c.samples)) {
		kept = copy(c.samples, c.samples[gone:])
	}
	clear(c.samples[kept:])
	c.start += n
	c.from, c.to = c.start, c.start
}

// flush writes what is not in the file yet.
func (c *canvas) flush(w *wavFile) error {
	if c.from == c.to {
		return nil
	}
	err := w.write(c.from, c.samples[(c.from-c.start)*wavChannels:(c.to-c.start)*wavChannels])
	c.from = c.to
	return err
}
