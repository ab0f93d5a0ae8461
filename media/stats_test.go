package media

import (
	"math"
	"testing"
	"time"
)

func TestMOS(t *testing.T) {
	const ms = time.Millisecond
	for _, row := range []struct {
		name        string
		loss        float64
		jitter, rtt time.Duration
		want        float64
	}{
		{"nothing wrong", 0, 0, 0, 4.39},
		{"a good line", 0, 5 * ms, 40 * ms, 4.37},
		{"one packet of a hundred", 0.01, 5 * ms, 40 * ms, 4.30},
		{"five of a hundred", 0.05, 20 * ms, 100 * ms, 3.79},
		{"far away", 0, 5 * ms, 600 * ms, 3.39},
		{"hardly to be understood", 0.3, 50 * ms, 300 * ms, 1.32},
		{"nothing comes", 1, 0, 0, 1.15},
		{"nothing comes, from the moon", 1, 0, 3 * time.Second, 1},
		{"nonsense", 7, 0, 0, 1.15},
	} {
		if got := MOS(row.loss, row.jitter, row.rtt); math.Abs(got-row.want) > 0.02 {
			t.Errorf("%s: %.2f, want %.2f", row.name, got, row.want)
		}
	}
	last := 5.0
	for percent := range 100 { // more loss is never better
		got := MOS(float64(percent)/100, 20*ms, 100*ms)
		if got > last || got < 1 || math.IsNaN(got) {
			t.Fatalf("%d %%: %.3f after %.3f", percent, got, last)
		}
		last = got
	}
}

func TestLoss(t *testing.T) {
	if got := (Quality{}).Loss(); got != 0 {
		t.Errorf("without packets: %v", got)
	}
	if got := (Quality{Packets: 98, Lost: 2}).Loss(); got != 0.02 {
		t.Errorf("2 of 100: %v", got)
	}
}
