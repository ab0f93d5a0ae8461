package prompts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxWAV is the largest file that is read, in octets: 16 minutes of 16-bit sound at 16 kHz.
const maxWAV = 32 << 20

// ErrWAV is wrapped by every error about a file's form.
var ErrWAV = errors.New("prompts: not a usable WAV file")

// The format codes of WAV files that are read.
const (
	wavPCM        = 1
	wavPCMA       = 6
	wavPCMU       = 7
	wavExtensible = 0xfffe // the real code is in the extension
)

// Load reads a WAV file: see [ReadWAV].
func Load(path string) (*Clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	defer f.Close()
	c, err := ReadWAV(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// ReadWAV reads a WAV file of 8 or 16 kHz, one channel, 16-bit linear or G.711. A data chunk that is cut off or has no length (as written to a
// pipe) is read as far as it goes. Errors are of kind [ErrWAV], or the reader's.
func ReadWAV(r io.Reader) (*Clip, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxWAV+1))
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	if len(b) > maxWAV {
		return nil, fmt.Errorf("%w: larger than %d MiB", ErrWAV, maxWAV>>20)
	}
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, fmt.Errorf("%w: no RIFF WAVE header", ErrWAV)
	}
	var format wavFormat
	for b = b[12:]; len(b) >= 8; {
		name, size := string(b[:4]), uint64(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		body := b[:min(size, uint64(len(b)))]
		switch name {
		case "fmt ":
			if format, err = parseFormat(body); err != nil {
				return nil, err
			}
		case "data":
			return format.clip(body)
		}
		b = b[min(size+size&1, uint64(len(b))):] // chunks begin at even places
	}
	return nil, fmt.Errorf("%w: no data", ErrWAV)
}

type wavFormat struct{ code, rate int }

func parseFormat(b []byte) (wavFormat, error) {
	if len(b) < 16 {
		return wavFormat{}, fmt.Errorf("%w: format chunk of %d octets", ErrWAV, len(b))
	}
	f := wavFormat{code: int(binary.LittleEndian.Uint16(b)), rate: int(binary.LittleEndian.Uint32(b[4:]))}
	if f.code == wavExtensible && len(b) >= 26 {
		f.code = int(binary.LittleEndian.Uint16(b[24:]))
	}
	channels, width := binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint16(b[14:])
	if channels != 1 {
		return f, fmt.Errorf("%w: %d channels, want 1", ErrWAV, channels)
	}
	if f.rate != 8000 && f.rate != 16000 {
		return f, fmt.Errorf("%w: %d Hz, want 8000 or 16000", ErrWAV, f.rate)
	}
	known := f.code == wavPCM && width == 16 || (f.code == wavPCMA || f.code == wavPCMU) && width == 8
	if !known {
		return f, fmt.Errorf("%w: encoding %d of %d bits, want 16-bit linear or G.711", ErrWAV, f.code, width)
	}
	return f, nil
}

func (f wavFormat) clip(b []byte) (*Clip, error) {
	c := &Clip{Rate: f.rate}
	switch f.code {
	case wavPCM:
		c.PCM = make([]int16, len(b)/2)
		for i := range c.PCM {
			c.PCM[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
	case wavPCMA:
		c.PCM = AppendFromPCMA(make([]int16, 0, len(b)), b)
	case wavPCMU:
		c.PCM = AppendFromPCMU(make([]int16, 0, len(b)), b)
	default:
		return nil, fmt.Errorf("%w: data before format", ErrWAV)
	}
	if len(c.PCM) == 0 {
		return nil, fmt.Errorf("%w: no samples", ErrWAV)
	}
	return c, nil
}
