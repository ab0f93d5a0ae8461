package queue

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func engine(t testing.TB, queues ...QueueSettings) *Engine {
	t.Helper()
	e, err := New(Settings{Queues: queues})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestNextDeadline(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	if at, ok := e.NextDeadline(); ok {
		t.Fatalf("nothing there, but a deadline at %v", at)
	}
	e.Apply(annaIn, monday)
	want := func(d time.Duration) {
		t.Helper()
		if at, ok := e.NextDeadline(); !ok || !at.Equal(monday.Add(d)) {
			t.Errorf("got %v, %v, want %v", at.Sub(monday), ok, d)
		}
	}
	want(32 * time.Second) // the lease
	e.Apply(c1, monday.Add(time.Second))
	want(4 * time.Second) // confirm
	e.Apply(OfferShown{1}, monday.Add(2*time.Second))
	want(21 * time.Second) // ring time
}

// An offer says how long it may ring, and how long the caller has waited.
func TestOfferSaysItsTimes(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	e.Apply(c1, monday)
	offer, ok := got[Offer](e.Apply(annaIn, monday.Add(7*time.Second)))
	want := Offer{1, "c1", "anna", "billing", monday.Add(10 * time.Second), monday.Add(27 * time.Second), 7 * time.Second, 1, false}
	if !ok || offer != want {
		t.Errorf("got %+v, want %+v", offer, want)
	}
}

// A page that never shows an offer is unreachable, not one who missed, also where the ring time is shorter than the time to confirm.
func TestRingTimeShorterThanConfirm(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", RingFor: time.Second})
	e.Apply(annaIn, monday)
	offer, _ := got[Offer](e.Apply(c1, monday))
	if !offer.ConfirmBy.Equal(monday.Add(time.Second)) {
		t.Errorf("confirm by %v", offer.ConfirmBy.Sub(monday))
	}
	w, _ := got[Withdraw](e.Apply(Tick{}, monday.Add(time.Second)))
	if w.Reason != WithdrawUnreachable {
		t.Errorf("got %q, want unreachable", w.Reason)
	}
}

// Timeouts that the owner was late for happen each as of its own time, in the order of their deadlines.
func TestFaultLateTick(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", WrapUp: 5 * time.Second})
	for _, ev := range []Event{annaIn, c1, OfferAccepted{1}, CallConnected{1}, CallEnded{1}} {
		e.Apply(ev, monday)
	}
	e.Apply(AgentLoggedIn{Agent: "bert", Queues: annaIn.Queues, State: Available}, monday.Add(time.Second))
	e.Apply(CallerArrived{Caller: "c2", Queue: "billing"}, monday.Add(time.Second))
	var lines []string
	for _, d := range e.Apply(Tick{}, monday.Add(30*time.Second)) {
		switch d := d.(type) {
		case AgentChanged:
			lines = append(lines, fmt.Sprintf("%s %s at %v", d.Agent, d.State, d.Since.Sub(monday)))
		case Withdraw:
			lines = append(lines, fmt.Sprintf("%s %s", d.Agent, d.Reason))
		}
	}
	want := "bert unreachable, bert available at 4s, anna available at 5s, anna offered at 30s"
	if got := strings.Join(lines, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A clock that steps back stops the engine's time; nothing is undone and nothing is early.
func TestFaultClockStepsBack(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	e.Apply(c1, monday)
	e.Apply(CallerArrived{Caller: "c2", Queue: "billing"}, monday.Add(-time.Hour))
	offer, _ := got[Offer](e.Apply(annaIn, monday.Add(-time.Minute)))
	if offer.Caller != "c1" || offer.Waited != 0 || !offer.ConfirmBy.Equal(monday.Add(3*time.Second)) {
		t.Errorf("got %+v", offer)
	}
}

// Times far out of range neither overflow nor reorder.
func TestSecurityExtremeTimes(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	const forever = time.Duration(1<<63 - 1)
	e.Apply(CallerArrived{Caller: "plain", Queue: "billing"}, monday)
	e.Apply(CallerArrived{Caller: "late", Queue: "billing", HeadStart: -forever}, monday)
	e.Apply(CallerArrived{Caller: "future", Queue: "billing", Since: monday.Add(forever)}, monday)
	e.Apply(CallerArrived{Caller: "ancient", Queue: "billing", Since: time.Time{}.Add(1), HeadStart: forever}, monday)
	var order []string
	for range 4 {
		offer, _ := got[Offer](e.Apply(annaIn, monday))
		order = append(order, string(offer.Caller))
		e.Apply(AgentLoggedOut{"anna"}, monday)
		e.Apply(CallerLeft{Caller: offer.Caller}, monday)
	}
	if got := strings.Join(order, " "); got != "ancient plain future late" {
		t.Errorf("order: %s", got)
	}
}

// An offer that fails through nobody's fault, again and again, costs one attempt each failDelay.
func TestFaultFailingOffersDoNotSpin(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	e.Apply(annaIn, monday)
	offer, ok := got[Offer](e.Apply(c1, monday))
	attempts := 0
	for at := monday; ok && at.Before(monday.Add(30*time.Second)); attempts++ {
		e.Apply(AgentBeat{"anna"}, at)
		e.Apply(OfferFailed{offer.Offer, FaultNone}, at)
		at, _ = e.NextDeadline()
		offer, ok = got[Offer](e.Apply(Tick{}, at))
	}
	if attempts != 10 {
		t.Errorf("%d attempts in 30 s, want 10", attempts)
	}
}

// However long the line: an arrival is told its place, a departure moves at most Told places.
func TestSecurityPlacesAreBounded(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing", Capacity: 1000})
	for i := range 300 {
		p, ok := got[Position](e.Apply(CallerArrived{Caller: CallerID(fmt.Sprint(i)), Queue: "billing"}, monday))
		if !ok || p.Position != i+1 {
			t.Fatalf("caller %d: place %+v, %v", i, p, ok)
		}
	}
	n := 0
	for _, d := range e.Apply(CallerLeft{Caller: "0"}, monday) {
		if p, ok := d.(Position); ok {
			if n++; p.Position != n {
				t.Errorf("place %d told as %d", n, p.Position)
			}
		}
	}
	if n != Told {
		t.Errorf("%d places told, want %d", n, Told)
	}
	if d := e.Apply(CallerLeft{Caller: "250"}, monday); len(d) != 2 {
		t.Errorf("a departure behind the first %d: %d decisions, want leave and figures", Told, len(d))
	}
}

// A value that is no event, or a pointer to one, changes nothing.
func TestNoEvent(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	for _, ev := range []Event{nil, &CallerArrived{Caller: "c1", Queue: "billing"}, CallerArrived{Queue: "billing"}, AgentLoggedIn{}} {
		if d := e.Apply(ev, monday); d != nil {
			t.Errorf("%#v: got %v", ev, d)
		}
	}
	if c := e.Census(); c != (Census{}) {
		t.Errorf("census %+v", c)
	}
}

// Decisions belong to the caller: a later Apply does not write over them.
func TestDecisionsAreKept(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	first := e.Apply(annaIn, monday)
	was := fmt.Sprint(first)
	e.Apply(c1, monday)
	if now := fmt.Sprint(first); now != was {
		t.Errorf("was %s, is %s", was, now)
	}
}

// A new lease counts from the last beat, and does not bring back an agent whose old one is over.
func TestReloadOfLease(t *testing.T) {
	settings := func(lease time.Duration) SettingsChanged {
		return SettingsChanged{Settings{Lease: lease, Queues: []QueueSettings{{Name: "billing"}}}}
	}
	e := engine(t, QueueSettings{Name: "billing"})
	e.Apply(annaIn, monday)
	e.Apply(settings(10*time.Second), monday.Add(5*time.Second))
	if at, _ := e.NextDeadline(); !at.Equal(monday.Add(10 * time.Second)) {
		t.Errorf("lease ends at %v, want 10s", at.Sub(monday))
	}
	e.Apply(settings(60*time.Second), monday.Add(20*time.Second))
	if f, _ := e.Figures("billing"); f.Available != 0 {
		t.Error("a longer lease brings back an agent who was silent")
	}
}

// What agents leave behind in their queues is nothing, whatever levels their tokens name.
func TestSecurityLevelsAreBounded(t *testing.T) {
	e := engine(t, QueueSettings{Name: "billing"})
	for n := range 1000 {
		e.Apply(AgentLoggedIn{Agent: "anna", Queues: []Membership{{Queue: "billing", Level: n * 7919}}, State: Available}, monday)
		if levels := len(e.queues["billing"].levels); levels != 1 {
			t.Fatalf("one agent, %d levels", levels)
		}
	}
	e.Apply(AgentLoggedOut{"anna"}, monday)
	if levels := len(e.queues["billing"].levels); levels != 0 {
		t.Errorf("no agent, %d levels", levels)
	}
}
