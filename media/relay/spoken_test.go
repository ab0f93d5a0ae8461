package relay

import (
	"testing"

	"offhook/internal/listen"
	"offhook/media"
	"offhook/media/prompts"
)

// A caller is told his place in words, and then hears music: what arrives is what was to be said, and nothing more.
func TestCallerHearsHisPlace(t *testing.T) {
	v, _, err := prompts.LoadVoice("en", "")
	if err != nil {
		t.Fatal(err)
	}
	c := newCall(t, newRelay(t), policy())
	c.answer()
	if err := c.s.Play(append(v.Place(2), media.SoundMusic)...); err != nil {
		t.Fatal(err)
	}
	var take listen.Take
	for range 150 {
		p := c.trunk.receive(patience)
		if p == nil {
			t.Fatal("nothing is heard")
		}
		take.Add(p.Timestamp, prompts.AppendFromPCMA(nil, p.Payload))
	}
	if got := listen.Of(t, "en").Names(take.PCM()); got != "place number-2 place-end" {
		t.Errorf("heard %q", got)
	}
}
