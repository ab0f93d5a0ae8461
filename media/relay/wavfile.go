package relay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// recordFile is what is used of an [os.File].
type recordFile interface {
	io.WriterAt
	Sync() error
	Close() error
}

// createRecord makes a new file, and the folders above it. What is there already is never written over.
func createRecord(path string) (recordFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
}

const (
	wavHeader   = 44
	wavChannels = 2
	wavSample   = 2 * wavChannels // octets of one sample of both channels
	// maxWAV is how much sound a file can hold: its sizes have 32 bits.
	maxWAV = math.MaxUint32 - wavHeader
)

// errTooLong ends a recording whose file is full: after 37 hours, or 18 of G.722.
var errTooLong = errors.New("relay: the recording has the greatest length of a WAV file")

// wavFile writes a stereo WAV file of 16-bit samples, at any place of it. Its header is that of a whole file whenever header has returned; what was never
// written is silence.
type wavFile struct {
	file recordFile
	rate int   // samples a second
	end  int64 // octets of sound, as far as the header is to tell
	told int64 // as it tells; -1 before there is one
	room []byte
}

func newWAVFile(f recordFile, rate int) *wavFile { return &wavFile{file: f, rate: rate, told: -1} }

// write puts samples of both channels, left first, at a place counted in samples.
func (w *wavFile) write(at int64, samples []int16) error {
	if (at+int64(len(samples)/wavChannels))*wavSample > maxWAV {
		return errTooLong
	}
	w.room = w.room[:0]
	for _, s := range samples {
		w.room = binary.LittleEndian.AppendUint16(w.room, uint16(s))
	}
	if _, err := w.file.WriteAt(w.room, wavHeader+at*wavSample); err != nil {
		return fmt.Errorf("relay: recording: %w", err)
	}
	w.end = max(w.end, at*wavSample+int64(len(w.room)))
	return nil
}

// header writes the sizes as they are now.
func (w *wavFile) header() error {
	if w.told == w.end {
		return nil
	}
	le := binary.LittleEndian
	b := append(make([]byte, 0, wavHeader), "RIFF"...)
	b = le.AppendUint32(b, uint32(wavHeader-8+w.end))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, 1) // linear
	b = le.AppendUint16(b, wavChannels)
	b = le.AppendUint32(b, uint32(w.rate))
	b = le.AppendUint32(b, uint32(w.rate*wavSample))
	b = le.AppendUint16(b, wavSample)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(w.end))
	if _, err := w.file.WriteAt(b, 0); err != nil {
		return fmt.Errorf("relay: recording: %w", err)
	}
	w.told = w.end
	return nil
}

// close ends the file at a place counted in samples, with silence up to there.
func (w *wavFile) close(at int64) error {
	var err error
	if at > 0 && at*wavSample > w.end && at*wavSample <= maxWAV {
		err = w.write(at-1, []int16{0, 0})
	}
	return errors.Join(err, w.header(), w.file.Sync(), w.file.Close())
}
