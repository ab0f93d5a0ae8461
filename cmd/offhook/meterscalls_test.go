package main

import (
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
)

// wantExemplars is wantFigures in OpenMetrics, where each line may be followed by its exemplar's value and time.
func wantExemplars(t *testing.T, m *meters, want ...string) {
	t.Helper()
	w, ask := httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil)
	ask.Header.Set("Accept", "application/openmetrics-text")
	m.reg.Handler().ServeHTTP(w, ask)
	for _, line := range want {
		if !strings.Contains(w.Body.String(), "\n"+line) {
			t.Errorf("no %s", line)
		}
	}
	if t.Failed() {
		t.Log(w.Body)
	}
}

// sum adds up the series of a figure.
func sum(t *testing.T, text, prefix string) (total float64) {
	t.Helper()
	for l := range strings.Lines(text) {
		if value := l[strings.LastIndex(l, " ")+1:]; strings.HasPrefix(l, prefix) {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			total += n
		}
	}
	return total
}

// A call that is over is measured in every respect, and each figure leads back to it.
func TestCallsAreMeasuredByTheirRecords(t *testing.T) {
	m := newMeters()
	from := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	at := func(s int) protocol.Time { return protocol.At(from.Add(time.Duration(s) * time.Second)) }
	m.sizes.ended(translator.CallRecord{
		ID: "01M826V30NE5064FVSTJRD10DZ", Direction: protocol.Inbound, Queue: "support", Arrived: at(0), Connected: at(25), Ended: at(100), WaitMS: 25_000,
		Legs: []translator.LegRecord{{Trunk: "pbx", Direction: protocol.Inbound, Began: at(0), Ended: at(100), Status: 200, Quality: &translator.QualityRecord{
			In: translator.StreamRecord{Packets: 3750, LossPct: 1.5, JitterMS: 4, MOS: 4.1}, RTTMS: 30,
		}}},
		Agents: []translator.PartRecord{
			{Agent: "anna", Began: at(0), Left: at(20)},
			{Agent: "ben", Began: at(20), Connected: at(25), Left: at(100), TalkMS: 75_000, HoldMS: 8_000, Holds: 1, WrapUpMS: 12_000},
		},
	})
	const call = ` # {call="01M826V30NE5064FVSTJRD10DZ"} `
	wantExemplars(t, m,
		`offhook_wait_seconds_bucket{outcome="answered",queue="support",le="30.0"} 1`+call+`25.0`,
		`offhook_ring_seconds_bucket{outcome="unanswered",queue="support",le="20.0"} 1`+call+`20.0`,
		`offhook_ring_seconds_bucket{outcome="answered",queue="support",le="5.0"} 1`+call+`5.0`,
		`offhook_talk_seconds_bucket{queue="support",le="90.0"} 1`+call+`75.0`,
		`offhook_hold_seconds_bucket{queue="support",le="10.0"} 1`+call+`8.0`,
		`offhook_wrap_up_seconds_bucket{queue="support",le="15.0"} 1`+call+`12.0`,
		`offhook_trunk_leg_seconds_bucket{direction="inbound",status="2xx",trunk="pbx",le="120.0"} 1`+call+`100.0`,
		`offhook_media_loss_ratio_bucket{direction="in",leg="trunk",le="0.02"} 1`+call+`0.015`,
		`offhook_media_jitter_seconds_bucket{direction="in",leg="trunk",le="0.005"} 1`+call+`0.004`,
		`offhook_media_mos_bucket{direction="in",leg="trunk",le="4.2"} 1`+call+`4.1`,
		`offhook_media_round_trip_seconds_bucket{leg="trunk",le="0.05"} 1`+call+`0.03`,
		`offhook_wait_seconds_sum{outcome="answered",queue="support"} 25.0`, `offhook_talk_seconds_count{queue="support"} 1`,
	)
	if text := figures(t, m); strings.Contains(text, `direction="out"`) || strings.Contains(text, "anna") {
		t.Error("what was not measured is shown, or an agent's name")
	}
}

// A customer who gives up has waited; a call that an agent dials has not, and nor has one who was refused at once an agent.
func TestCallsWithoutAnAgentAreMeasured(t *testing.T) {
	m := newMeters()
	at := protocol.At(time.Now())
	m.sizes.ended(translator.CallRecord{ID: "A", Direction: protocol.Inbound, Queue: "support", Arrived: at, Ended: at, WaitMS: 4_000, Legs: []translator.LegRecord{{Trunk: "pbx", Direction: protocol.Inbound, Began: at, Ended: at, Status: 487}}})
	m.sizes.ended(translator.CallRecord{ID: "B", Direction: protocol.Outbound, Arrived: at, Ended: at, WaitMS: 9_000, Legs: []translator.LegRecord{{Trunk: "pbx", Direction: protocol.Outbound, Began: at, Ended: at}}})
	wantExemplars(t, m,
		`offhook_wait_seconds_count{outcome="unanswered",queue="support"} 1`, `offhook_trunk_leg_seconds_count{direction="inbound",status="4xx",trunk="pbx"} 1`,
		`offhook_trunk_leg_seconds_count{direction="outbound",status="none",trunk="pbx"} 1`,
	)
	if text := figures(t, m); strings.Contains(text, `queue=""`) || strings.Contains(text, "offhook_talk_seconds_count") {
		t.Errorf("got\n%s", text)
	}
}

// What the queue's books had wrong reads zero from the start, by every reason that there is.
func TestRepairsAreShownFromTheStart(t *testing.T) {
	m := newMeters()
	wantFigures(t, m, `offhook_queue_repairs_total{reason="caller_without_call"} 0`, `offhook_queue_repairs_total{reason="state_without_deadline"} 0`)
	m.exchange("repair", string(queue.RepairSeized))
	wantFigures(t, m, `offhook_queue_repairs_total{reason="agent_seized"} 1`)
}

func TestTrunksAreShown(t *testing.T) {
	m := newMeters()
	m.trunks(func() []dialog.TrunkState {
		return []dialog.TrunkState{
			{Name: "pbx", Addresses: []dialog.Target{{Up: true}, {}, {}}},
			{Name: "carrier", Registration: "registered", Registered: true},
			{Name: "other", Registration: "trying"},
		}
	})
	wantFigures(t, m, `offhook_trunk_addresses{state="up",trunk="pbx"} 1`, `offhook_trunk_addresses{state="down",trunk="pbx"} 2`,
		`offhook_trunk_registered{trunk="carrier"} 1`, `offhook_trunk_registered{trunk="other"} 0`)
	if strings.Contains(figures(t, m), `offhook_trunk_registered{trunk="pbx"}`) {
		t.Error("a trunk without registration is shown as not registered")
	}
}

// A queue's figures are the engine's own totals, whatever happened: those offered are those who left and those who wait.
func TestQueuesAreShownAsTheEngineCounts(t *testing.T) {
	e, err := queue.New(queue.Settings{Queues: []queue.QueueSettings{{Name: "support", WrapUp: -1, Target: 20 * time.Second}}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(-time.Minute)
	apply := func(after time.Duration, ev queue.Event) []queue.Decision {
		now = now.Add(after)
		return e.Apply(ev, now)
	}
	apply(0, queue.AgentLoggedIn{Agent: "anna", Queues: []queue.Membership{{Queue: "support", Level: 1}}, State: queue.Available})
	apply(0, queue.CallerArrived{Caller: "c1", Queue: "support"})
	apply(time.Second, queue.OfferShown{Offer: 1})
	apply(time.Second, queue.OfferAccepted{Offer: 1})
	apply(time.Second, queue.CallConnected{Offer: 1})
	apply(time.Second, queue.CallerArrived{Caller: "c2", Queue: "support"})
	apply(2*time.Second, queue.CallerLeft{Caller: "c2", Reason: queue.LeaveAbandoned})
	apply(time.Second, queue.CallerArrived{Caller: "c3", Queue: "support"})
	m := newMeters()
	b := queueBook{serves: true, agents: map[protocol.AgentState]int{protocol.OnCall: 1}}
	b.figures, _ = e.Figures("support")
	b.total, _ = e.Totals("support")
	m.queues(func() []queueBook { return []queueBook{b} }) // figures are gathered by several goroutines
	wantFigures(t, m,
		`offhook_queue_waiting{queue="support"} 1`, `offhook_queue_serving{queue="support"} 1`, `offhook_queue_service_level_ratio{queue="support"} 1`,
		`offhook_queue_agents{queue="support",state="on_call"} 1`, `offhook_queue_agents{queue="support",state="available"} 0`,
		`offhook_queue_offered_total{queue="support"} 3`, `offhook_queue_in_target_total{queue="support"} 1`, `offhook_queue_short_abandoned_total{queue="support"} 1`,
		`offhook_queue_left_total{how="answered",queue="support"} 1`, `offhook_queue_left_total{how="abandoned",queue="support"} 1`, `offhook_queue_left_total{how="overflowed",queue="support"} 0`,
		`offhook_queue_staffed_seconds_total{queue="support"} 7`, `offhook_queue_busy_seconds_total{queue="support"} 5`,
	)
	text := figures(t, m)
	if strings.Contains(text, "offhook_queue_estimated_wait_seconds{") {
		t.Error("an estimate is shown that nobody knows")
	}
	if longest := sum(t, text, "offhook_queue_longest_wait_seconds{"); longest < 50 || longest > 60 {
		t.Errorf("the longest wait is %g s", longest)
	}
	if offered, left, waiting := sum(t, text, "offhook_queue_offered_total{"), sum(t, text, "offhook_queue_left_total{"), sum(t, text, "offhook_queue_waiting{"); offered != left+waiting {
		t.Errorf("%g offered, %g left, %g wait", offered, left, waiting)
	}
}
