package load

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

func TestShareFindsTheToneAlone(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := Source(func(frame []int16) {
		for i := range frame {
			frame[i] = int16(random.NormFloat64() * 1000)
		}
	})
	for _, row := range []struct {
		name     string
		pcm      []int16
		hz       float64
		min, max float64
	}{
		{"the tone itself", Sine(440, -10).Samples(800), 440, 0.98, 1},
		{"a faint tone", Sine(440, -50).Samples(800), 440, 0.95, 1},
		{"another tone", Sine(1000, -10).Samples(800), 440, 0, 0.01},
		{"a tone near by", Sine(460, -10).Samples(800), 440, 0, 0.1},
		{"noise", noise.Samples(800), 440, 0, 0.05},
		{"silence", Silence().Samples(800), 440, 0, 0},
		{"nothing", nil, 440, 0, 0},
	} {
		if got := Share(row.pcm, row.hz); got < row.min || got > row.max {
			t.Errorf("%s: %.3f of its power is at %g Hz, want %g to %g", row.name, got, row.hz, row.min, row.max)
		}
	}
}

func TestShareSurvivesG711(t *testing.T) {
	for _, codec := range []Codec{PCMU, PCMA} {
		pcm := Sine(1000, -12).Samples(800)
		coded := make([]byte, len(pcm))
		codec.Encode(coded, pcm)
		codec.Decode(pcm, coded)
		if got := Share(pcm, 1000); got < 0.97 {
			t.Errorf("%v leaves %.3f of a tone", codec, got)
		}
	}
}

func TestLevel(t *testing.T) {
	if got := Level(Sine(400, -20).Samples(800)); math.Abs(got+23) > 0.2 {
		t.Errorf("a sine of -20 dBFS has the level %.1f, want -23 (a sine's power is half its peak's)", got)
	}
	if got := Level(Silence().Samples(800)); !math.IsInf(got, -1) {
		t.Errorf("silence has the level %g", got)
	}
}

func TestEarTellsToneAndSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		pacer := NewPacer()
		defer pacer.Close()
		var ear Ear
		speak := Silence()
		var frame [FrameSamples]int16
		tick := func() {
			speak(frame[:])
			ear.Hear(frame[:])
		}
		leave := pacer.Add(tick)
		if err := ear.Quiet(ctx); err != nil {
			t.Error(err)
		}
		leave()
		speak = Sine(700, -10)
		defer pacer.Add(tick)()
		if err := ear.Tone(ctx, 700); err != nil {
			t.Error(err)
		}
		if err := ear.Sound(ctx); err != nil {
			t.Error(err)
		}
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := ear.Tone(short, 500); err == nil {
			t.Error("a tone of 500 Hz was found in one of 700 Hz")
		}
	})
}

func TestPacerGivesFiftyPacketsASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pacer := NewPacer()
		ticks := 0
		leave := pacer.Add(func() { ticks++ })
		time.Sleep(10*time.Second + PacketTime/2)
		leave()
		if ticks < 499 || ticks > 501 {
			t.Errorf("%d packets in 10 s, want 500", ticks)
		}
		time.Sleep(time.Second)
		pacer.Close()
		if ticks > 501 {
			t.Errorf("%d packets after leaving", ticks)
		}
	})
}

func TestReadRTPSkipsWhatIsNotPayload(t *testing.T) {
	header := []byte{0x80, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3}
	with := func(first byte, rest ...byte) []byte {
		p := append([]byte(nil), header...)
		p[0] = first
		return append(p, rest...)
	}
	for _, row := range []struct {
		name   string
		packet []byte
		want   string
		bad    bool
	}{
		{"plain", with(0x80, 'a', 'b'), "ab", false},
		{"with a CSRC", with(0x81, 1, 2, 3, 4, 'a'), "a", false},
		{"with an extension", with(0x90, 0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 'a'), "a", false},
		{"with padding", with(0xA0, 'a', 0, 2), "a", false},
		{"empty payload", with(0x80), "", false},
		{"short", header[:11], "", true},
		{"not version 2", with(0x40, 'a'), "", true},
		{"extension cut off", with(0x90, 0xBE, 0xDE, 0, 9, 1), "", true},
		{"padding longer than the packet", with(0xA0, 200), "", true},
		{"CSRCs cut off", with(0x8F, 1), "", true},
	} {
		_, payload, err := readRTP(row.packet)
		if (err != nil) != row.bad || string(payload) != row.want {
			t.Errorf("%s: %q, %v", row.name, payload, err)
		}
	}
}

func TestStreamCounts(t *testing.T) {
	s := stream{codec: PCMA, source: Sine(440, -10), ssrc: 7, sequence: 0xFFFF}
	first := append([]byte(nil), s.next()...)
	second := s.next()
	if first[1] != 0x80|8 || second[1] != 8 {
		t.Errorf("marker and type %#x, then %#x", first[1], second[1])
	}
	if second[2] != 0 || second[3] != 0 {
		t.Errorf("sequence % x after ff ff", second[2:4])
	}
	if string(second[4:8]) != "\x00\x00\x00\xa0" {
		t.Errorf("timestamp % x, want 160", second[4:8])
	}
	heard := 0
	h := hearer{heard: func(pcm []int16) { heard += len(pcm) }}
	if !h.take(second) || heard != FrameSamples {
		t.Errorf("%d samples heard", heard)
	}
}
