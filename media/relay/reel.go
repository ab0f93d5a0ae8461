package relay

import "offhook/media/prompts"

// encoded is one sound in one codec: 8 000 octets a second. Behind its length there is at least one frame of silence.
type encoded struct {
	octets []byte
	length int
}

// reel is sounds one after another, without a gap and not even the rest of a frame between them. The octets belong to all who play them.
type reel struct {
	parts []encoded // the first is the one being played
	at    int       // how far
	loop  bool      // the last begins again
	from  int       // where the last begins the first time
	tail  []byte    // fills up the last frame
}

func newReel(parts []encoded, loop bool) *reel {
	r := &reel{loop: loop, tail: make([]byte, prompts.FrameBytes)}
	for _, p := range parts {
		if p.length > 0 {
			r.parts = append(r.parts, p)
			r.tail = p.octets[p.length:]
		}
	}
	return r
}

// goesRound reports whether there is a reel, and the last of its sounds, which begins again, is being played.
func (r *reel) goesRound() bool { return r != nil && r.loop && len(r.parts) == 1 }

// goOn has the sound that begins again begin somewhere else the first time. Nothing is played yet.
func (r *reel) goOn(at int) {
	if r.from = at; len(r.parts) == 1 {
		r.at = at % r.parts[0].length
	}
}

// over reports whether all is played.
func (r *reel) over() bool { return len(r.parts) == 0 }

// next fills a frame.
func (r *reel) next(frame []byte) {
	for len(frame) > 0 && !r.over() {
		p := r.parts[0]
		n := copy(frame, p.octets[r.at:p.length])
		frame = frame[n:]
		r.skip(n)
	}
	copy(frame, r.tail)
}

// skip leaves octets out.
func (r *reel) skip(n int) {
	r.at += n
	for !r.over() && r.at >= r.parts[0].length {
		if len(r.parts) == 1 && r.loop {
			r.at %= r.parts[0].length
			return
		}
		r.at -= r.parts[0].length
		if r.parts = r.parts[1:]; len(r.parts) == 1 && r.loop {
			r.at += r.from
		}
	}
}
