package harness

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"offhook/internal/load"
)

// A Press is one key as telephone events told it (RFC 4733 §2.3), every packet of one timestamp being one key.
type Press struct {
	// Key is 0-9, *, #, A-D, or ? for another event.
	Key byte
	// Began is when its first packet was seen, and Ended its first one with the end bit; zero if there was none.
	Began, Ended time.Time
	// Duration is what its last packet says; Pause is the time from the end of the key before to its beginning, both as the far side plays them (RFC 4733
	// §2.5.1.3), 0 for the first.
	Duration, Pause time.Duration
	// Packets is how many there were, Ends how many of them had the end bit.
	Packets, Ends int
	// Marked says that the first packet had the marker bit, and no other; Rising that none said less than the one before.
	Marked, Rising bool
	// SSRC is the source, Level the power in dBm0.
	SSRC  uint32
	Level int

	timestamp uint32
}

// eventKeys are the keys by their events (RFC 4733 §3.2).
const eventKeys = "0123456789*#ABCD"

// Presses are the keys so far that passed with a payload type, at 8 kHz. A packet that came twice counts once.
func (w *Wire) Presses(payloadType byte) (presses []Press) {
	const header, event = 12, 4
	seen := map[uint16]bool{}
	for _, p := range w.Packets() {
		b := p.Payload
		if len(b) < header+event || b[0]>>6 != 2 || b[1]&0x7f != payloadType {
			continue
		}
		sequence, timestamp := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:])
		if seen[sequence] {
			continue
		}
		seen[sequence] = true
		if len(presses) == 0 || presses[len(presses)-1].timestamp != timestamp {
			next := Press{Key: keyOf(b[header]), Began: p.At, Marked: true, Rising: true, SSRC: binary.BigEndian.Uint32(b[8:]), timestamp: timestamp}
			if len(presses) > 0 {
				next.Pause = next.after(presses[len(presses)-1])
			}
			presses = append(presses, next)
		}
		presses[len(presses)-1].take(p.At, b[1]&0x80 != 0, b[header:])
	}
	return presses
}

// after is the time from the end of a press to the beginning of this one.
func (p *Press) after(before Press) time.Duration {
	return time.Duration(int32(p.timestamp-before.timestamp))*time.Second/load.Rate - before.Duration
}

func (p *Press) take(at time.Time, marker bool, event []byte) {
	duration := time.Duration(binary.BigEndian.Uint16(event[2:])) * time.Second / load.Rate
	p.Marked = p.Marked && marker == (p.Packets == 0)
	p.Rising = p.Rising && duration >= p.Duration
	p.Duration, p.Level = duration, -int(event[1]&0x3f)
	p.Packets++
	if event[1]&0x80 == 0 {
		return
	}
	if p.Ends++; p.Ends == 1 {
		p.Ended = at
	}
}

func keyOf(event byte) byte {
	if int(event) < len(eventKeys) {
		return eventKeys[event]
	}
	return '?'
}

// Keys are the keys of presses, in order.
func Keys(presses []Press) string {
	var keys []byte
	for _, p := range presses {
		keys = append(keys, p.Key)
	}
	return string(keys)
}

// Reads waits until so many keys have passed whole, the last of the three packets that end each included (RFC 4733 §2.5.1.4).
func (w *Wire) Reads(ctx context.Context, t testing.TB, payloadType byte, n int) {
	t.Helper()
	for {
		w.mu.Lock()
		added := w.added
		w.mu.Unlock()
		presses := w.Presses(payloadType)
		if len(presses) >= n && presses[n-1].Ends >= 3 {
			return
		}
		select {
		case <-added:
		case <-ctx.Done():
			t.Fatalf("%d keys did not come, but %+v", n, presses)
		}
	}
}
