package harness

import (
	"context"
	"testing"

	"offhook/internal/load"
)

// G711 decodes an RTP packet (RFC 3550 §5.1) of PCMU or PCMA. It gives nil for any other.
func G711(packet []byte) []int16 {
	const header, version = 12, 2
	if len(packet) <= header || packet[0]>>6 != version {
		return nil
	}
	codec := load.Codec(packet[1] & 0x7f)
	if codec != load.PCMU && codec != load.PCMA {
		return nil
	}
	coded := packet[header:]
	pcm := make([]int16, len(coded))
	codec.Decode(pcm, coded)
	return pcm
}

// Tone waits until 100 ms of plain G.711 with a tone of hz have passed the wire from now on, and fails the test if they do not. The wire's filter
// lets no more than one direction of one call pass.
func (w *Wire) Tone(ctx context.Context, t testing.TB, who string, hz float64) {
	t.Helper()
	const window = load.Rate / 10
	var pcm []int16
	next := len(w.Packets())
	for {
		w.mu.Lock()
		packets, added := w.packets[next:], w.added
		w.mu.Unlock()
		for _, p := range packets {
			pcm = append(pcm, G711(p.Payload)...)
		}
		next += len(packets)
		for ; len(pcm) >= window; pcm = pcm[window:] {
			if load.Share(pcm[:window], hz) > 0.8 {
				return
			}
		}
		select {
		case <-added:
		case <-ctx.Done():
			t.Errorf("%s: no tone of %.0f Hz on the wire", who, hz)
			return
		}
	}
}
