package translator

import (
	"log/slog"
	"testing"
	"time"

	"offhook/media"
	"offhook/translator/dialog"
)

// joinable is a session that can be joined with any other.
type joinable struct{ media.Session }

func (joinable) Join(media.Session) error { return nil }
func (joinable) Part()                    {}

// spied is an inbox that lets something happen while an event is put into it.
type spied struct {
	got    []any
	during func()
}

func (b *spied) post(ev any) posted {
	if f := b.during; f != nil {
		b.during = nil
		f()
	}
	b.got = append(b.got, ev)
	return boxTook
}

func (b *spied) stop() {}

// A message of a far leg that comes while the leg goes over to another call is not lost: that call learns of the leg first.
func TestFaultMessageWhileLegIsGiven(t *testing.T) {
	rt := NewStepped(time.Time{}, 0)
	x := &Exchange{rt: rt, log: slog.New(slog.DiscardHandler)}
	giver, taker := x.own(&Call{}), x.own(&Call{})
	here, there := &spied{}, &spied{}
	giver.actor.box, taker.actor.box = here, there
	w := newWire(7, giver)
	giver.legs[7] = &givenLeg{wire: w, session: joinable{}}
	there.during = func() { w.dialog(dialog.Tick{}) }
	if !giver.give(doGiveLeg{to: taker, given: evLegGiven{leg: &farLeg{n: 7}}, joins: joinable{}}) {
		t.Fatal("the leg was not given")
	}
	for _, ev := range here.got { // what came here is passed on
		giver.handle(ev, time.Time{})
	}
	if len(there.got) != 2 {
		t.Fatalf("the other call got %v", there.got)
	}
	if _, ok := there.got[0].(evLegGiven); !ok {
		t.Errorf("the other call got %T before it had the leg", there.got[0])
	}
}
