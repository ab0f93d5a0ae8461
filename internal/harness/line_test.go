package harness

import (
	"context"
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"offhook/internal/load"
	"offhook/media/prompts"
)

// rtp is a packet of an audio stream or of a key.
func rtp(payloadType byte, sequence uint16, timestamp uint32, payload []byte) string {
	b := []byte{0x80, payloadType}
	b = binary.BigEndian.AppendUint16(b, sequence)
	b = binary.BigEndian.AppendUint32(b, timestamp)
	return string(append(binary.BigEndian.AppendUint32(b, 7), payload...))
}

// spoken are packets of 20 ms.
func spoken(pcm []int16) (packets []Packet) {
	for i := 0; len(pcm) >= load.FrameSamples; i++ {
		coded := make([]byte, load.FrameSamples)
		load.PCMA.Encode(coded, pcm[:load.FrameSamples])
		packets = append(packets, Packet{Payload: []byte(rtp(byte(load.PCMA), uint16(i), 0, coded))})
		pcm = pcm[load.FrameSamples:]
	}
	return packets
}

// music is n samples of the built-in music, at 8 kHz.
func music(n int) []int16 {
	pcm, clip := make([]int16, n), prompts.Music()
	for i := range pcm {
		pcm[i] = clip.PCM[i*clip.Rate/load.Rate]
	}
	return pcm
}

// Each sound is what it is, and nothing else.
func TestLineTellsSoundsApart(t *testing.T) {
	const second = load.Rate
	half := func(a, b []int16) []int16 { return append(a[:second/2:second/2], b[:second/2]...) }
	for _, c := range []struct {
		name  string
		pcm   []int16
		music bool
		tone  float64
	}{
		{"music", music(second), true, 0},
		{"agent", load.Sine(AgentTone, -12).Samples(second), false, AgentTone},
		{"second agent", load.Sine(SecondTone, -12).Samples(second), false, SecondTone},
		{"colleague", load.Sine(ColleagueTone, -12).Samples(second), false, ColleagueTone},
		{"silence", make([]int16, second), false, 0},
		{"music with a gap", half(music(second), make([]int16, second)), false, 0},
		{"music after the agent", half(load.Sine(AgentTone, -12).Samples(second), music(second)), false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &Line{Wire: &Wire{t: t, added: make(chan struct{})}}
			for _, p := range spoken(c.pcm) {
				l.hear(p)
			}
			if len(l.windows) != lineMusic {
				t.Fatalf("%d windows", len(l.windows))
			}
			if got := isMusic(l.windows); got != c.music {
				t.Errorf("music: %v", got)
			}
			for _, hz := range tones {
				if got := shareOf(l.windows, hz); (got == 1) != (hz == c.tone) && c.tone != 0 {
					t.Errorf("%.0f Hz: %.2f", hz, got)
				}
			}
			if got := silent(l.windows); got != (c.name == "silence") {
				t.Errorf("silent: %v", got)
			}
		})
	}
}

// Whatever second of the music is heard, it is music.
func TestLineKnowsAllTheMusic(t *testing.T) {
	const second = load.Rate
	clip := prompts.Music()
	all := music(len(clip.PCM) * load.Rate / clip.Rate)
	for ; len(all) >= second; all = all[second/10:] {
		l := &Line{}
		for _, p := range spoken(all[:second]) {
			l.hear(p)
		}
		if !isMusic(l.windows) {
			t.Fatalf("no music, %d samples before its end: %s", len(all), portrait(l.windows))
		}
	}
}

// Quiet waits out what is still heard; no packets at all are silence.
func TestLineFallsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Line{Wire: &Wire{t: t, added: make(chan struct{})}}
		began := time.Now()
		go func() {
			for _, p := range spoken(load.Sine(AgentTone, -12).Samples(load.Rate)) {
				time.Sleep(20 * time.Millisecond)
				l.mu.Lock()
				l.hear(p)
				close(l.added)
				l.added = make(chan struct{})
				l.mu.Unlock()
			}
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		l.Quiet(ctx, t, "the line")
		if took := time.Since(began); took != 1500*time.Millisecond {
			t.Errorf("quiet after %v, want the second of the tone and half of one", took)
		}
		synctest.Wait()
	})
}

// event is a packet of a key: its duration in samples at 8 kHz.
func event(sequence uint16, timestamp uint32, key, flags byte, marker byte, duration uint16) []byte {
	return udp(rtp(101|marker, sequence, timestamp, binary.BigEndian.AppendUint16([]byte{key, flags | 10}, duration)))
}

func TestWireReadsPresses(t *testing.T) {
	const end, marker = 0x80, 0x80
	w := wireOf(t,
		event(1, 800, 5, 0, marker, 160), event(2, 800, 5, 0, 0, 320), event(2, 800, 5, 0, 0, 320), event(3, 800, 5, end, 0, 480), event(4, 800, 5, end, 0, 480), event(5, 800, 5, end, 0, 480),
		udp("\x80\x08rtp of another kind, not looked at"),
		event(6, 1600, 11, 0, 0, 320), event(7, 1600, 11, end, 0, 160),
	)
	presses := w.Presses(101)
	if Keys(presses) != "5#" {
		t.Fatalf("the keys are %q: %+v", Keys(presses), presses)
	}
	if p := presses[0]; p.Duration != 60*time.Millisecond || p.Packets != 5 || p.Ends != 3 || !p.Marked || !p.Rising || p.SSRC != 7 || p.Level != -10 || p.Ended.IsZero() {
		t.Errorf("the first is %+v", p)
	}
	if p := presses[1]; p.Marked || p.Rising || p.Ends != 1 || p.Pause != 40*time.Millisecond {
		t.Errorf("the second has no marker, shrinks, and begins 40 ms after the first: %+v", p)
	}
}
