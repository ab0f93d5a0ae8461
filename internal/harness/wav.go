package harness

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"offhook/internal/load"
)

// wavHeader is the header of a WAV file of 16-bit mono sound, as our own and baresip's begin.
type wavHeader struct {
	RIFF      [4]byte
	Size      uint32
	WAVE, Fmt [4]byte
	FmtSize   uint32
	Format    uint16
	Channels  uint16
	Rate      uint32
	ByteRate  uint32
	Align     uint16
	Bits      uint16
	Data      [4]byte
	DataSize  uint32
}

func four(s string) [4]byte { return [4]byte([]byte(s)) }

// WriteWAV writes sound of 8 kHz into a file.
func WriteWAV(t testing.TB, name string, pcm []int16) {
	t.Helper()
	var b bytes.Buffer
	size := uint32(2 * len(pcm))
	header := wavHeader{four("RIFF"), 36 + size, four("WAVE"), four("fmt "), 16, 1, 1, load.Rate, 2 * load.Rate, 2, 16, four("data"), size}
	for _, part := range []any{header, pcm} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ReadWAV reads a file of 16-bit mono sound of 8 kHz.
func ReadWAV(t testing.TB, name string) []int16 {
	t.Helper()
	_, pcm := readWAV(t, name, 1)
	return pcm
}

// ReadStereo reads a file of 16-bit stereo sound of 8 kHz, as far as its header says that it goes: what players play.
func ReadStereo(t testing.TB, name string) (left, right []int16) {
	t.Helper()
	header, pcm := readWAV(t, name, 2)
	pcm = pcm[:min(len(pcm), int(header.DataSize)/2)]
	for i := 0; i+1 < len(pcm); i += 2 {
		left, right = append(left, pcm[i]), append(right, pcm[i+1])
	}
	return left, right
}

func readWAV(t testing.TB, name string, channels uint16) (header wavHeader, pcm []int16) {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(file)
	if err := binary.Read(r, binary.LittleEndian, &header); err != nil {
		t.Fatal(err)
	}
	if header.RIFF != four("RIFF") || header.Data != four("data") || header.Channels != channels || header.Bits != 16 || header.Rate != load.Rate {
		t.Fatalf("%s is not 16-bit sound of 8 kHz with %d channels: %+v", name, channels, header)
	}
	pcm = make([]int16, r.Len()/2)
	if err := binary.Read(r, binary.LittleEndian, pcm); err != nil {
		t.Fatal(err)
	}
	return header, pcm
}
