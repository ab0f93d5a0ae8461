package relay

import (
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"offhook/media/prompts"
)

// The channels of a recording.
const (
	channelLeft  = iota // the caller
	channelRight        // the agent, or whoever is joined with the caller
)

// soundCodec is a codec that can be recorded.
type soundCodec uint8

// The codecs that can be recorded; codecNone stands for all others.
const (
	codecNone soundCodec = iota
	codecPCMU
	codecPCMA
	codecG722
)

func soundCodecOf(name string) soundCodec {
	switch name {
	case "PCMU":
		return codecPCMU
	case "PCMA":
		return codecPCMA
	case "G722":
		return codecG722
	}
	return codecNone
}

// rate is how many samples a second a codec has.
func (c soundCodec) rate() int {
	if c == codecG722 {
		return 2 * ticksPerSecond
	}
	return ticksPerSecond
}

const (
	// notesSize is the room for packets that wait for the writer, in octets: three seconds of both channels.
	notesSize = 64 << 10
	// noteHead is what stands before a packet's payload there.
	noteHead = 24
	// writeEvery is how often the writer looks, and makes the file's header right.
	writeEvery = 250 * time.Millisecond
)

// recording is one recording of a session. Packets are noted by whoever carries them, and written by one goroutine: neither waits for the other.
type recording struct {
	s      *Session
	path   string
	start  time.Time     // fixed
	stop   chan struct{} // closed when it is to end
	ending sync.Once

	mu      sync.Mutex // guards what follows
	notes   []byte     // packets that wait, up to its capacity
	over    bool       // nothing is noted any more
	endedAt time.Time  // when it was asked to end
	failure error      // why, if nobody asked for it

	lost atomic.Uint64 // packets for which there was no room

	// of the writer

	spare  []byte // takes turns with notes
	file   recordFile
	wav    *wavFile
	canvas *canvas
	tracks [wavChannels]track
	g722   [wavChannels]prompts.G722Decoder
	pcm    []int16
	closed bool
}

func newRecording(s *Session, path string, now time.Time) *recording {
	return &recording{s: s, path: path, start: now, stop: make(chan struct{}),
		notes: make([]byte, 0, notesSize), spare: make([]byte, 0, notesSize)}
}

// note keeps a packet for the writer. It neither waits nor allocates: a packet for which there is no room is lost, and is silence.
func (r *recording) note(channel uint8, codec soundCodec, source uint64, ts uint32, payload []byte, now time.Time) {
	if codec == codecNone {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return
	}
	if len(r.notes)+noteHead+len(payload) > cap(r.notes) {
		r.lost.Add(1)
		r.s.r.count.unrecorded.Add(1)
		return
	}
	b := append(r.notes, channel, byte(codec))
	b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	b = binary.BigEndian.AppendUint32(b, ts)
	b = binary.BigEndian.AppendUint64(b, source)
	b = binary.BigEndian.AppendUint64(b, uint64(now.Sub(r.start)))
	r.notes = append(b, payload...)
}

// end asks the writer to finish. Nothing is noted from now on.
func (r *recording) end(now time.Time) {
	if r == nil {
		return
	}
	r.ending.Do(func() {
		r.mu.Lock()
		r.over, r.endedAt = true, now
		r.mu.Unlock()
		close(r.stop)
	})
}

// fail ends a recording that cannot go on.
func (r *recording) fail(why error, now time.Time) {
	r.mu.Lock()
	r.failure = why
	r.mu.Unlock()
	r.end(now)
}

// run writes until the end, whatever ends it. It has a goroutine of its own, as disks may be slow.
func (r *recording) run() {
	err := errors.New("relay: a fault ended the recording")
	defer func() { // also when something panics
		if !r.closed && r.file != nil {
			r.file.Close()
		}
		r.s.recorded(r, err)
	}()
	err = r.write()
}

func (r *recording) write() (err error) {
	if r.file, err = r.s.r.create(r.path); err != nil {
		return err
	}
	if err := newWAVFile(r.file, ticksPerSecond).header(); err != nil { // the first packet tells the rate
		return err
	}
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	for err == nil {
		select {
		case <-tick.C:
			err = r.step()
			r.s.recordTime(r, time.Now())
			continue
		case <-r.stop:
		}
		return r.finish()
	}
	r.end(time.Now())
	return errors.Join(err, r.closeFile(0))
}

// step takes what was noted to the file.
func (r *recording) step() error {
	r.mu.Lock()
	notes := r.notes
	r.notes, r.spare = r.spare[:0], nil
	r.mu.Unlock()
	err := r.take(notes)
	r.mu.Lock()
	r.spare = notes[:0]
	r.mu.Unlock()
	switch {
	case err != nil:
		return err
	case r.wav == nil:
		return nil
	}
	if err := r.canvas.flush(r.wav); err != nil {
		return err
	}
	return r.wav.header()
}

// finish writes the rest, and closes the file at the length that the recording lasted.
func (r *recording) finish() error {
	err := r.step()
	return errors.Join(r.failure, err, r.closeFile(ticks(r.endedAt.Sub(r.start))))
}

// closeFile closes a file of some length, in ticks. One in which nothing was written is a whole file too.
func (r *recording) closeFile(length int64) error {
	r.closed = true
	r.open(ticksPerSecond)
	return r.wav.close(length * int64(r.wav.rate/ticksPerSecond))
}

// open begins the sound of the file, at the rate of its first packet.
func (r *recording) open(rate int) {
	if r.wav == nil {
		r.wav, r.canvas = newWAVFile(r.file, rate), newCanvas(rate)
	}
}

// take lays noted packets in their places.
func (r *recording) take(notes []byte) error {
	for len(notes) >= noteHead {
		channel, codec := notes[0], soundCodec(notes[1])
		size := int(binary.BigEndian.Uint16(notes[2:]))
		ts, source := binary.BigEndian.Uint32(notes[4:]), binary.BigEndian.Uint64(notes[8:])
		arrival := ticks(time.Duration(binary.BigEndian.Uint64(notes[16:])))
		payload := notes[noteHead : noteHead+size]
		notes = notes[noteHead+size:]
		if r.wav == nil {
			r.open(codec.rate())
			if err := r.wav.header(); err != nil {
				return err
			}
		}
		if t := &r.tracks[channel]; codec == codecG722 && (!t.known || t.source != source) {
			r.g722[channel] = prompts.G722Decoder{}
		}
		at := r.tracks[channel].place(source, ts, size, arrival)
		if err := r.put(at, channel, codec, payload); err != nil {
			return err
		}
	}
	return nil
}

// put decodes a packet and lays it at its place, in ticks.
func (r *recording) put(at int64, channel uint8, codec soundCodec, payload []byte) error {
	r.pcm = r.pcm[:0]
	switch codec {
	case codecPCMU:
		r.pcm = prompts.AppendFromPCMU(r.pcm, payload)
	case codecPCMA:
		r.pcm = prompts.AppendFromPCMA(r.pcm, payload)
	case codecG722:
		r.pcm = r.g722[channel].Append(r.pcm, payload)
	}
	if codec.rate() != r.wav.rate {
		return nil // a call has one codec
	}
	if at < 0 { // spoken before the recording began
		skip := min(-at*int64(r.wav.rate/ticksPerSecond), int64(len(r.pcm)))
		return r.canvas.put(0, int(channel), r.pcm[skip:], r.wav)
	}
	return r.canvas.put(at*int64(r.wav.rate/ticksPerSecond), int(channel), r.pcm, r.wav)
}

// ticks is a time in the clock of recordings.
func ticks(d time.Duration) int64 {
	return int64(d) * (ticksPerSecond / 1000) / int64(time.Millisecond)
}
