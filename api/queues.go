package api

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator"
)

// queuesAPI serves queues and their figures.
type queuesAPI struct{ desk }

// queueShown is a queue. Times in _ms are milliseconds.
type queueShown struct {
	Name         string         `json:"name"`
	Label        string         `json:"label,omitempty"`
	Strategy     string         `json:"strategy"`
	Paused       bool           `json:"paused"`
	Open         bool           `json:"open"`
	Capacity     int            `json:"capacity"`
	Waiting      int            `json:"waiting"`
	Callbacks    int            `json:"callbacks"`
	LongestMS    int64          `json:"longest_wait_ms"`
	Ready        int            `json:"ready"`
	Agents       agentCounts    `json:"agents"`
	TargetMS     int64          `json:"target_ms"`
	ServiceLevel float64        `json:"service_level"`
	Estimate     *estimateShown `json:"estimate,omitempty"`
}

// agentCounts are a queue's agents who are logged in, by state.
type agentCounts struct {
	Available int `json:"available"`
	Away      int `json:"away"`
	Offered   int `json:"offered"`
	OnCall    int `json:"on_call"`
	WrapUp    int `json:"wrap_up"`
}

// estimateShown is how long who comes now will wait, and by how much such words were off over the last hour.
type estimateShown struct {
	WaitMS  int64 `json:"wait_ms"`
	ErrorMS int64 `json:"error_ms"`
}

type queuesPage struct {
	Queues []queueShown `json:"queues"`
}

func showQueue(q translator.QueueNow) queueShown {
	s := queueShown{
		Name: q.Settings.Name, Label: q.Label, Strategy: q.Settings.Strategy, Paused: q.Paused, Open: q.Open, Capacity: q.Settings.Capacity,
		Waiting: q.Figures.Waiting, Callbacks: q.Figures.Callbacks, Ready: q.Figures.Available, TargetMS: q.Settings.Target.Milliseconds(), ServiceLevel: q.Figures.ServiceLevel,
		Agents: agentCounts{
			q.States[protocol.Available], q.States[protocol.Away], q.States[protocol.Offered], q.States[protocol.OnCall], q.States[protocol.WrapUp],
		},
	}
	if !q.Figures.Oldest.IsZero() {
		s.LongestMS = max(time.Since(q.Figures.Oldest).Milliseconds(), 0)
	}
	if q.Estimate.Known {
		s.Estimate = &estimateShown{q.Estimate.Wait.Milliseconds(), q.Estimate.Error.Milliseconds()}
	}
	return s
}

// list is GET /queues.
func (a queuesAPI) list(c *fiber.Ctx) error {
	if f := noQuery(c); f != nil {
		return f
	}
	return a.do(func(ctx context.Context, center Center) error {
		all, err := center.Queues(ctx)
		if err != nil {
			return err
		}
		page := queuesPage{[]queueShown{}}
		for _, q := range all {
			page.Queues = append(page.Queues, showQueue(q))
		}
		return c.JSON(page)
	})
}

// one is GET /queues/:name.
func (a queuesAPI) one(c *fiber.Ctx) error {
	return a.about(c, func(ctx context.Context, center Center, name string) (translator.QueueNow, error) {
		return center.Queue(ctx, name)
	})
}

// pause is PUT /queues/:name/pause, resume is DELETE.
func (a queuesAPI) pause(c *fiber.Ctx) error {
	return a.about(c, func(ctx context.Context, center Center, name string) (translator.QueueNow, error) {
		return center.PauseQueue(ctx, name, true)
	})
}

func (a queuesAPI) resume(c *fiber.Ctx) error {
	return a.about(c, func(ctx context.Context, center Center, name string) (translator.QueueNow, error) {
		return center.PauseQueue(ctx, name, false)
	})
}

// about asks for one queue, and shows what comes.
func (a queuesAPI) about(c *fiber.Ctx, ask func(ctx context.Context, center Center, name string) (translator.QueueNow, error)) error {
	name, f := pathName(c, "name")
	if err := first(noQuery(c), f); err != nil {
		return err
	}
	return a.do(func(ctx context.Context, center Center) error {
		q, err := ask(ctx, center, name)
		if err != nil {
			return err
		}
		return c.JSON(showQueue(q))
	})
}

// figuresShown are a queue's figures: since the server began, and by quarters of an hour. BoundsMS are the upper bounds of the histograms' counts, the last of which is of all
// above.
type figuresShown struct {
	Queue     string          `json:"queue"`
	TargetMS  int64           `json:"target_ms"`
	BoundsMS  []int64         `json:"bounds_ms"`
	Total     intervalShown   `json:"total"`
	Intervals []intervalShown `json:"intervals"`
}

// intervalShown is what a queue counted. Offered is the sum of Answered, Abandoned, Overflowed, Refused, TimedOut, Removed and those who wait.
type intervalShown struct {
	From protocol.Time `json:"from"`

	Offered        int `json:"offered"`
	Answered       int `json:"answered"`
	InTarget       int `json:"in_target"`
	Abandoned      int `json:"abandoned"`
	ShortAbandoned int `json:"short_abandoned"`
	Overflowed     int `json:"overflowed"`
	Refused        int `json:"refused"`
	TimedOut       int `json:"timed_out"`
	Removed        int `json:"removed"`
	Requeued       int `json:"requeued"`
	Callbacks      int `json:"callbacks"`

	ServiceLevel        float64 `json:"service_level"`
	ServiceLevelOffered float64 `json:"service_level_offered"`
	Occupancy           float64 `json:"occupancy"`

	LongestMS int64          `json:"longest_wait_ms"`
	StaffedMS int64          `json:"staffed_ms"`
	BusyMS    int64          `json:"busy_ms"`
	Wait      histogramShown `json:"wait"`
	Talk      histogramShown `json:"talk"`
	Hold      histogramShown `json:"hold"`
	WrapUp    histogramShown `json:"wrap_up"`
}

// histogramShown counts durations by length.
type histogramShown struct {
	N      int   `json:"n"`
	SumMS  int64 `json:"sum_ms"`
	Counts []int `json:"counts"`
}

func showHistogram(h queue.Histogram) histogramShown {
	return histogramShown{h.N(), h.Sum.Milliseconds(), h.Counts[:]}
}

func showInterval(i queue.Interval) intervalShown {
	return intervalShown{
		From: protocol.At(i.From), Offered: i.Offered, Answered: i.Answered, InTarget: i.InTarget, Abandoned: i.Abandoned, ShortAbandoned: i.ShortAbandoned,
		Overflowed: i.Overflowed, Refused: i.Refused, TimedOut: i.TimedOut, Removed: i.Removed, Requeued: i.Requeued, Callbacks: i.Callbacks,
		ServiceLevel: i.ServiceLevel(), ServiceLevelOffered: i.ServiceLevelOffered(), Occupancy: i.Occupancy(),
		LongestMS: i.LongestWait.Milliseconds(), StaffedMS: i.Staffed.Milliseconds(), BusyMS: i.Busy.Milliseconds(),
		Wait: showHistogram(i.Wait), Talk: showHistogram(i.Talk), Hold: showHistogram(i.Hold), WrapUp: showHistogram(i.WrapUp),
	}
}

// figures is GET /queues/:name/figures.
func (a queuesAPI) figures(c *fiber.Ctx) error {
	var from, to time.Time
	name, f := pathName(c, "name")
	q := readQuery(c, query{"from": func(v string) string { return instant(&from, v) }, "to": func(v string) string { return instant(&to, v) }})
	if err := first(q, f); err != nil {
		return err
	}
	return a.do(func(ctx context.Context, center Center) error {
		now, err := center.Queue(ctx, name)
		if err != nil {
			return err
		}
		intervals, total, err := center.QueueFigures(ctx, name)
		if err != nil {
			return err
		}
		page := figuresShown{Queue: name, TargetMS: now.Settings.Target.Milliseconds(), Total: showInterval(total), Intervals: []intervalShown{}}
		for _, b := range queue.HistogramBounds {
			page.BoundsMS = append(page.BoundsMS, b.Milliseconds())
		}
		for _, i := range intervals {
			if !i.From.Before(from) && (to.IsZero() || i.From.Before(to)) {
				page.Intervals = append(page.Intervals, showInterval(i))
			}
		}
		return c.JSON(page)
	})
}
