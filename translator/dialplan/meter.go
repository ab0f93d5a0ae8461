package dialplan

import (
	"fmt"
	"sync"
	"time"
)

// mostAgents is how many agents a meter keeps. One is kept while he has a call, and for a day after he began his last.
const mostAgents = 20_000

// Meter counts what each agent calls, and says when it is enough. It may be used by any number of goroutines.
type Meter struct {
	limits Limits
	most   int

	mu     sync.Mutex
	start  time.Time // hours are counted from here, so that a clock that is set changes nothing
	agents map[string]*usage
	swept  int // the hour of the last sweep
	full   int // the hour in which the meter was last full; -1 for never
}

// usage is what one agent called.
type usage struct {
	open    int
	minute  []time.Time // of the calls of the last 60 s, oldest first; at most PerMinute
	hours   [24]int     // calls begun, by hour
	hour    int         // the last hour of hours
	alarmed map[Why]int // the hour of the last alarm
}

// NewMeter makes a meter. Limits of 0 mean the defaults.
func NewMeter(l Limits) *Meter {
	return &Meter{limits: l.filled(), most: mostAgents, agents: map[string]*usage{}, full: -1}
}

// Begin counts a call that an agent begins at now. done is to be called once when it is over; further calls of it do nothing. A call that is refused is
// not counted, and then done is nil.
func (m *Meter) Begin(agent string, now time.Time) (done func(), refused *Denied) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.start.IsZero() {
		m.start = now
	}
	hour := max(0, int(now.Sub(m.start)/time.Hour))
	m.sweep(hour)
	u := m.agents[agent]
	if u == nil {
		if len(m.agents) >= m.most {
			alarm := m.full != hour
			m.full = hour
			return nil, &Denied{Code: TooMany, Message: "too many agents place calls", Why: Full, Alarm: alarm}
		}
		u = &usage{hour: hour, alarmed: map[Why]int{}}
		m.agents[agent] = u
	}
	u.pass(hour, now)
	if refused := m.limits.judge(u); refused != nil {
		last, known := u.alarmed[refused.Why]
		refused.Alarm = refused.Why != AtOnce && (!known || hour > last)
		u.alarmed[refused.Why] = max(hour, last)
		return nil, refused
	}
	u.open++
	u.minute = append(u.minute, now)
	u.hours[u.hour%24]++
	return m.closer(u), nil
}

// closer gives what ends a call.
func (m *Meter) closer(u *usage) func() {
	return sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		u.open--
	})
}

// pass forgets what is too long ago. Time that goes back forgets nothing.
func (u *usage) pass(hour int, now time.Time) {
	for i := 0; u.hour < hour && i < 24; i++ {
		u.hour++
		u.hours[u.hour%24] = 0
	}
	u.hour = max(u.hour, hour)
	old := 0
	for old < len(u.minute) && now.Sub(u.minute[old]) >= time.Minute {
		old++
	}
	u.minute = append(u.minute[:0], u.minute[old:]...)
}

func (u *usage) day() (n int) {
	for _, calls := range u.hours {
		n += calls
	}
	return n
}

// judge says which limit one more call would break.
func (l Limits) judge(u *usage) *Denied {
	deny := func(why Why, format string, n int) *Denied {
		return &Denied{Code: TooMany, Message: fmt.Sprintf(format, n), Why: why}
	}
	switch {
	case u.open >= l.AtOnce:
		return deny(AtOnce, "you have %d calls already", u.open)
	case len(u.minute) >= l.PerMinute:
		return deny(PerMinute, "no more than %d calls a minute", l.PerMinute)
	case u.day() >= l.PerDay:
		return deny(PerDay, "no more than %d calls a day", l.PerDay)
	}
	return nil
}

// sweep drops agents without a call for a day, once an hour.
func (m *Meter) sweep(hour int) {
	if hour == m.swept {
		return
	}
	m.swept = hour
	for id, u := range m.agents {
		if u.open == 0 && hour-u.hour >= 24 {
			delete(m.agents, id)
		}
	}
}
