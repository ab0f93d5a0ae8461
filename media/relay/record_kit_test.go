package relay

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"sync"
	"syscall"
	"testing"
)

// memory is a file in memory, that may be full or slow.
type memory struct {
	mu     sync.Mutex
	b      []byte
	full   int           // it takes no octet from here on, 0: any
	wait   chan struct{} // writing waits for it
	synced bool
	closed bool
}

func (m *memory) WriteAt(b []byte, at int64) (int, error) {
	if m.wait != nil {
		<-m.wait
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	end := int(at) + len(b)
	if m.full > 0 && end > m.full {
		return 0, syscall.ENOSPC
	}
	if end > len(m.b) {
		m.b = append(m.b, make([]byte, end-len(m.b))...)
	}
	copy(m.b[at:], b)
	return len(b), nil
}

func (m *memory) Sync() error  { m.synced = true; return nil }
func (m *memory) Close() error { m.closed = true; return nil }

func (m *memory) bytes() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.b)
}

// stereo reads a recording: its channels, and samples a second.
func stereo(t *testing.T, b []byte) (left, right []int16, rate int) {
	t.Helper()
	le := binary.LittleEndian
	if len(b) < wavHeader || string(b[:4]) != "RIFF" || string(b[8:16]) != "WAVEfmt " || string(b[36:40]) != "data" {
		t.Fatalf("no WAV file: %q", b[:min(len(b), wavHeader)])
	}
	rate = int(le.Uint32(b[24:]))
	if le.Uint16(b[20:]) != 1 || le.Uint16(b[22:]) != 2 || le.Uint32(b[28:]) != uint32(rate*4) || le.Uint16(b[32:]) != 4 || le.Uint16(b[34:]) != 16 {
		t.Fatalf("format % x", b[20:36])
	}
	size := int(le.Uint32(b[40:]))
	if int(le.Uint32(b[4:])) != size+36 || size > len(b)-wavHeader {
		t.Fatalf("told %d octets in %d, of a file of %d", size, le.Uint32(b[4:]), len(b))
	}
	for b = b[wavHeader : wavHeader+size]; len(b) >= 4; b = b[4:] {
		left, right = append(left, int16(le.Uint16(b))), append(right, int16(le.Uint16(b[2:])))
	}
	return left, right, rate
}

// loud is the part of some samples that is not silence.
func loud(pcm []int16) float64 {
	n := 0
	for _, s := range pcm {
		if s > 1000 || s < -1000 {
			n++
		}
	}
	return float64(n) / float64(max(len(pcm), 1))
}

// recordedSession is a session of a relay without sockets, for recordings alone.
func recordedSession(file recordFile) *Session {
	r := &Relay{log: slog.New(slog.NewTextHandler(io.Discard, nil)), create: func(string) (recordFile, error) { return file, nil }}
	return &Session{r: r, call: "c"}
}
