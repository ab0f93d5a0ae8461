package main

import (
	"time"

	"offhook/agent/protocol"
	"offhook/internal/metrics"
	"offhook/queue"
)

// queueBook is what the exchange knows of a queue.
type queueBook struct {
	figures  queue.Figures
	estimate queue.Estimate
	serves   bool // open, and not paused
	agents   map[protocol.AgentState]int
	total    queue.Interval
}

// queues shows each queue's figures: those of now, and what the engine has counted since it began, which its intervals add up to. A queue that
// a reload takes away is shown no more.
func (m *meters) queues(read func() []queueBook) {
	m.queueGauges(read)
	m.queueCounts(read)
	m.reg.Series(metrics.Gauge, "offhook_queue_agents", "Agents of the queue who are logged in now, by state.", []string{"queue", "state"}, func(show func(float64, ...string)) {
		for _, q := range read() {
			for _, state := range shownStates {
				show(float64(q.agents[state]), q.figures.Queue, string(state))
			}
		}
	})
	m.reg.Series(metrics.Counter, "offhook_queue_left_total", "Callers who left the queue, by how: those who were offered to it are these and those who wait.", []string{"queue", "how"}, func(show func(float64, ...string)) {
		for _, q := range read() {
			for how, n := range map[string]int{
				"answered": q.total.Answered, "abandoned": q.total.Abandoned, "overflowed": q.total.Overflowed, "refused": q.total.Refused,
				"timed_out": q.total.TimedOut, "removed": q.total.Removed,
			} {
				show(float64(n), q.figures.Queue, how)
			}
		}
	})
}

// shownStates are those of agents who are logged in.
var shownStates = []protocol.AgentState{protocol.Available, protocol.Away, protocol.Offered, protocol.OnCall, protocol.WrapUp}

// ofQueues shows one series for each queue; value may leave a queue out.
func (m *meters) ofQueues(kind metrics.Kind, name, help string, read func() []queueBook, value func(q *queueBook) (float64, bool)) {
	m.reg.Series(kind, name, help, []string{"queue"}, func(show func(float64, ...string)) {
		for _, q := range read() {
			if v, ok := value(&q); ok {
				show(v, q.figures.Queue)
			}
		}
	})
}

func (m *meters) queueGauges(read func() []queueBook) {
	for _, f := range []struct {
		name, help string
		value      func(q *queueBook) (float64, bool)
	}{
		{"offhook_queue_waiting", "Callers who wait in the queue now, those included whom an agent is offered.", func(q *queueBook) (float64, bool) { return float64(q.figures.Waiting), true }},
		{"offhook_queue_callbacks_waiting", "Of those, who have hung up and are called back.", func(q *queueBook) (float64, bool) { return float64(q.figures.Callbacks), true }},
		{"offhook_queue_longest_wait_seconds", "How long the caller has waited who waits longest now; 0 while nobody does.", func(q *queueBook) (float64, bool) {
			if q.figures.Oldest.IsZero() {
				return 0, true
			}
			return max(0, time.Since(q.figures.Oldest).Seconds()), true
		}},
		{"offhook_queue_estimated_wait_seconds", "How long a caller would wait who came now; not shown while it cannot be told.", func(q *queueBook) (float64, bool) { return q.estimate.Wait.Seconds(), q.estimate.Known }},
		{"offhook_queue_serving", "1 while the queue serves: by its hours it is open, and it is not paused.", func(q *queueBook) (float64, bool) { return number(q.serves), true }},
		{"offhook_queue_service_level_ratio", "Share answered within the target, of those answered today; 1 before the first.", func(q *queueBook) (float64, bool) { return q.figures.ServiceLevel, true }},
	} {
		m.ofQueues(metrics.Gauge, f.name, f.help, read, f.value)
	}
}

func (m *meters) queueCounts(read func() []queueBook) {
	for _, f := range []struct {
		name, help string
		value      func(t *queue.Interval) float64
	}{
		{"offhook_queue_offered_total", "Callers who came to the queue, whether or not they could stay.", func(t *queue.Interval) float64 { return float64(t.Offered) }},
		{"offhook_queue_in_target_total", "Of those answered, those within the service level's target.", func(t *queue.Interval) float64 { return float64(t.InTarget) }},
		{"offhook_queue_short_abandoned_total", "Of those who abandoned, those who did so at once.", func(t *queue.Interval) float64 { return float64(t.ShortAbandoned) }},
		{"offhook_queue_requeued_total", "Callers who had to wait again after having been connected.", func(t *queue.Interval) float64 { return float64(t.Requeued) }},
		{"offhook_queue_callbacks_total", "Callers who hung up and wait on for a callback.", func(t *queue.Interval) float64 { return float64(t.Callbacks) }},
		{"offhook_queue_staffed_seconds_total", "Time that agents were logged in and not away, added up.", func(t *queue.Interval) float64 { return t.Staffed.Seconds() }},
		{"offhook_queue_busy_seconds_total", "Of that, on calls and in wrap-up: divided by it, the occupancy.", func(t *queue.Interval) float64 { return t.Busy.Seconds() }},
	} {
		m.ofQueues(metrics.Counter, f.name, f.help, read, func(q *queueBook) (float64, bool) { return f.value(&q.total), true })
	}
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
