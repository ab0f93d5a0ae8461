package relay

import (
	"slices"
	"testing"
	"time"

	"offhook/internal/listen"
	"offhook/media"
	"offhook/media/prompts"
)

// A caller hears his place and how long it will take, word for word, and then music: what leaves as RTP is recognised.
func TestCallerHearsHisPlace(t *testing.T) {
	for _, row := range []struct {
		language string
		place    int
		wait     time.Duration
		want     string
	}{
		{"en", 2, time.Minute, "place number-2 place-end wait-minute"},
		{"de", 21, 5 * time.Minute, "place number-21 place-end wait number-5 wait-end"},
		{"de", 1, time.Hour, "place-next wait number-60 wait-end"},
	} {
		if testing.Short() && row.place != 21 {
			continue // the race detector makes transforms slow
		}
		v, _, err := prompts.LoadVoice(row.language, "")
		if err != nil {
			t.Fatal(err)
		}
		sounds := slices.Concat(v.Place(row.place), v.Wait(row.wait), []media.Sound{media.SoundMusic})
		got := playedBy(t, pcmuCall(t), 50*8, sounds...)
		if heard := listen.Of(t, row.language).Names(prompts.AppendFromPCMU(nil, got)); heard != row.want {
			t.Errorf("heard %q, want %q", heard, row.want)
		}
	}
}
