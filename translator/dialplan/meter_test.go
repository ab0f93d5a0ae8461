package dialplan

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// begin begins a call and ends it at once.
func begin(m *Meter, agent string, at time.Duration) *Denied {
	done, denied := m.Begin(agent, start.Add(at))
	if denied == nil {
		done()
	}
	return denied
}

func TestSecurityDialAtOnce(t *testing.T) {
	m := NewMeter(Limits{})
	one, _ := m.Begin("anna", start)
	if _, denied := m.Begin("anna", start); denied != nil {
		t.Fatalf("the second call: %v", denied)
	}
	_, denied := m.Begin("anna", start)
	if whyOf(denied) != AtOnce || denied.Code != TooMany || denied.Field != "" || denied.Alarm {
		t.Fatalf("the third call: %+v", denied)
	}
	if denied := begin(m, "bert", 0); denied != nil {
		t.Errorf("another agent: %v", denied)
	}
	one()
	one() // once counts
	if _, denied := m.Begin("anna", start); denied != nil {
		t.Errorf("after one has ended: %v", denied)
	}
	if _, denied := m.Begin("anna", start); whyOf(denied) != AtOnce {
		t.Errorf("a call ended twice counted twice: %v", denied)
	}
}

func TestSecurityDialPerMinute(t *testing.T) {
	m := NewMeter(Limits{})
	for i := range 10 {
		if denied := begin(m, "anna", time.Duration(i)*time.Second); denied != nil {
			t.Fatalf("call %d: %v", i+1, denied)
		}
	}
	rows := []struct {
		at    time.Duration
		want  Why
		alarm bool
	}{
		{10 * time.Second, PerMinute, true}, {59 * time.Second, PerMinute, false}, {60 * time.Second, "", false}, {60 * time.Second, PerMinute, false}, {61 * time.Second, "", false},
	}
	for _, r := range rows {
		denied := begin(m, "anna", r.at)
		if whyOf(denied) != r.want || denied != nil && denied.Alarm != r.alarm {
			t.Errorf("after %s: %+v, want %+v", r.at, denied, r)
		}
	}
}

func TestSecurityDialPerDay(t *testing.T) {
	m := NewMeter(Limits{PerMinute: 100, PerDay: 50})
	for i := range 50 {
		if denied := begin(m, "anna", time.Duration(i)*20*time.Minute); denied != nil { // over 16 h 20 min
			t.Fatalf("call %d: %v", i+1, denied)
		}
	}
	first := begin(m, "anna", 17*time.Hour)
	if whyOf(first) != PerDay || !first.Alarm {
		t.Fatalf("the 51st call: %+v", first)
	}
	if again := begin(m, "anna", 17*time.Hour+time.Minute); whyOf(again) != PerDay || again.Alarm {
		t.Errorf("the alarm rings twice within an hour: %+v", again)
	}
	if later := begin(m, "anna", 18*time.Hour); whyOf(later) != PerDay || !later.Alarm {
		t.Errorf("an hour later: %+v", later)
	}
	if denied := begin(m, "anna", 23*time.Hour+59*time.Minute); whyOf(denied) != PerDay {
		t.Errorf("within 24 h of the first: %v", denied)
	}
	for i := range 3 { // the three of the first hour have gone
		if denied := begin(m, "anna", 24*time.Hour+time.Duration(i)*time.Minute); denied != nil {
			t.Errorf("call %d a day later: %v", i+1, denied)
		}
	}
	if denied := begin(m, "anna", 24*time.Hour+4*time.Minute); whyOf(denied) != PerDay {
		t.Errorf("the fourth a day later: %v", denied)
	}
	if denied := begin(m, "anna", 100*time.Hour); denied != nil {
		t.Errorf("days later: %v", denied)
	}
}

// TestFaultDialClockGoesBack: time that goes back neither frees nor forgets.
func TestFaultDialClockGoesBack(t *testing.T) {
	m := NewMeter(Limits{PerDay: 3})
	begin(m, "anna", 48*time.Hour)
	begin(m, "anna", -48*time.Hour)
	begin(m, "anna", 0)
	if denied := begin(m, "anna", 48*time.Hour); whyOf(denied) != PerDay {
		t.Errorf("got %v", denied)
	}
}

func TestSecurityDialMeterIsBounded(t *testing.T) {
	m := NewMeter(Limits{})
	m.most = 3
	held, _ := m.Begin("held", start)
	begin(m, "a", 0)
	begin(m, "b", 0)
	if denied := begin(m, "c", time.Hour); whyOf(denied) != Full || !denied.Alarm {
		t.Errorf("one more agent than there is room for: %+v", denied)
	}
	if denied := begin(m, "d", time.Hour); whyOf(denied) != Full || denied.Alarm {
		t.Errorf("the alarm rings for each: %+v", denied)
	}
	if denied := begin(m, "a", time.Hour); denied != nil {
		t.Errorf("an agent who is known: %v", denied)
	}
	if denied := begin(m, "c", 24*time.Hour); denied != nil {
		t.Errorf("b called a day ago and still takes room: %v", denied)
	}
	if len(m.agents) != 3 || m.agents["held"] == nil {
		t.Errorf("%d agents are kept, or the one with a call is not", len(m.agents))
	}
	held()
	for i := range 1000 {
		begin(m, fmt.Sprint(i), 48*time.Hour)
	}
	if len(m.agents) > 3 {
		t.Errorf("%d agents are kept", len(m.agents))
	}
}

func TestSecurityDialMeterHoldsUnderContention(t *testing.T) {
	m := NewMeter(Limits{AtOnce: 2, PerMinute: 600, PerDay: 100_000})
	var wg sync.WaitGroup
	var mu sync.Mutex
	open := 0
	for range 8 {
		wg.Go(func() {
			for range 50 {
				done, denied := m.Begin("anna", start)
				if denied != nil {
					continue
				}
				mu.Lock()
				if open++; open > 2 {
					t.Errorf("%d calls at once", open)
				}
				mu.Unlock()
				mu.Lock()
				open--
				mu.Unlock()
				done()
			}
		})
	}
	wg.Wait()
}
